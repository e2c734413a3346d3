"""The history of a record as a caller sees it: no version and no field beyond their tier and scope.

A version in which the record lay outside what the caller reads (another organisation had it, it was
restricted) is told of by its number and time alone: that something is withheld may be said, what it
was may not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from . import access
from .history import Change
from .models import RECORDS
from .schema import RECORD_TYPES

#: What the journal holds of a record besides its fields and is seen by whoever sees the record.
BESIDE: Final = frozenset({"plane", "geometry_state", "area_mm2", "source"})


@dataclass(frozen=True)
class Shown(Change):
    """One version as a caller sees it.

    Attributes
    ----------
    withheld
        The record lay outside what the caller sees: nothing but when it was is here.
    people
        Whether it is said who handed in and who decided.
    """

    withheld: bool = False
    people: bool = True

    def to_json(self) -> dict[str, Any]:
        return super().to_json() | {"withheld": self.withheld}


def shown(versions: Sequence[Change], caller: access.Caller, record: Any) -> list[Shown]:
    """Versions of a record as a caller sees them.

    Parameters
    ----------
    versions
        All of them, of :func:`.history.history`, oldest first.
    record
        The record; the caller sees it as it is now.

    Returns
    -------
    list of Shown
        As many, with the same numbers. Of a field that the caller does not see there is nothing; a
        reference to a record that they do not see keeps what the source gave, without its id.
    """
    if caller.sees_everything:
        return [Shown(**vars(one)) for one in versions]
    name = record.schema.name
    seen = access.Fields(caller, name).of(record) | BESIDE
    named = _Named(caller, name)
    found: list[Shown] = []
    hidden_before = False
    for one in versions:
        hidden = not access.was_visible(caller, name, one.state)
        state = {} if hidden else {k: named.plain(k, v) for k, v in one.state.items() if k in seen}
        # What it was changed from is told only where that was shown, too.
        changes = {
            field: (
                None if hidden_before else named.plain(field, before),
                named.plain(field, after),
            )
            for field, (before, after) in one.changes.items()
            if field in seen and not hidden
        }
        found.append(
            Shown(
                **vars(
                    replace(
                        one,
                        state=state,
                        changes=changes,
                        actor="",
                        deciders=[],
                        receipt="",
                        submission=None,
                        reason="",
                        source="" if hidden else one.source,
                        holds_from=None if hidden or "date" not in seen else one.holds_from,
                    )
                ),
                withheld=hidden,
                people=False,
            )
        )
        hidden_before = hidden
    return found


class _Named:
    """References of a record type, without the ids of records that the caller does not see."""

    def __init__(self, caller: access.Caller, record_type: str) -> None:
        self._caller = caller
        self._to = {f.name: f.to for f in RECORD_TYPES[record_type].fields if f.kind == "reference"}
        self._seen: dict[tuple[str, str], bool] = {}

    def plain(self, field: str, value: Any) -> Any:
        """A value of a state as it may be shown."""
        if field not in self._to or not isinstance(value, dict) or not value.get("uid"):
            return value
        key = (self._to[field], value["uid"])
        if key not in self._seen:
            rows = access.records(self._caller, key[0])
            self._seen[key] = key[0] in RECORDS and rows.filter(uid=key[1]).exists()
        return value if self._seen[key] else {**value, "uid": None}
