"""What makes the difference between two states of a figure: lines, or records, one by one.

Lines of the register are told apart by their number. What was taken back and posted anew with the
same content (a neighbour changed, and the whole group was posted again) cancels.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from . import bulk, canonical, provenance, trace
from .contributions import Contributions
from .models import RECORDS, LedgerLine, RecordVersion
from .provenance import Origin

Number = int | Decimal

ADDED, RETIRED, CHANGED = "added", "taken back", "counted elsewhere"


@dataclass(frozen=True)
class Cause:
    """A ledger line, or a record, that a figure gained, lost or counts differently.

    Attributes
    ----------
    amount
        What it adds to the difference, with its sign.
    how
        ``added``, ``taken back``, or ``counted elsewhere`` (the same line, by other boundaries of
        units, or of a record that says otherwise who did the work).
    entry
        Journal entry that did it; None where no single entry did.
    origin
        The record whose report it is.
    line, kind, valid_on, mm2
        The ledger line; empty where records are counted.
    """

    amount: Number
    how: str
    entry: int | None
    origin: Origin | None
    line: int | None = None
    kind: str = ""
    valid_on: str | None = None
    mm2: int | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "amount": str(self.amount),
            "how": self.how,
            "entry": self.entry,
            "record": None if self.origin is None else self.origin.to_json(),
            "line": self.line,
            "kind": self.kind,
            "valid_on": self.valid_on,
            "mm2": None if self.mm2 is None else str(self.mm2),
        }


def between(before: Contributions, after: Contributions, since: int, until: int) -> list[Cause]:
    """Find what makes the difference between two states of one figure.

    Parameters
    ----------
    before, after
        What the figure is the sum of at the earlier and at the later moment.
    since, until
        Last journal entry known at each.

    Returns
    -------
    list of Cause
        They sum to the later total minus the earlier one.
    """
    if before.lines is None:
        return _record_causes(before, after, since, until)
    return _line_causes(before, after, since, until)


# --- lines ---------------------------------------------------------------------------------------

_FIELDS = ("id", "seq", "retired_seq", "piece")

#: What a line says, whenever it was posted: two that say the same cancel.
_Content = tuple[Any, ...]


@dataclass
class _Line:
    """A line that only one of the moments has, or both with different amounts."""

    amount: int
    how: str
    entry: int | None
    number: int | None
    uid: str
    kind: str
    on: Any
    mm2: int


def _line_causes(
    before: Contributions, after: Contributions, since: int, until: int
) -> list[Cause]:
    if before.ids is None or after.ids is None:
        found = _by_content(before, after, since, until)
    else:
        found = _by_number(before, after, since, until)
    origins = provenance.origins({line.uid for line in found}, at_seq=until)
    changed = [line for line in found if line.how == CHANGED]
    for line in changed:
        line.entry = (
            changed[0].entry
            if before.figure.by == "unit" and line is not changed[0]
            else _changed_by(before, origins.get(line.uid), since, until)
        )
    return [
        Cause(
            line.amount,
            line.how,
            line.entry,
            origins.get(line.uid),
            line.number,
            line.kind,
            None if line.on is None else line.on.isoformat(),
            line.mm2,
        )
        for line in found
    ]


def _by_number(before: Contributions, after: Contributions, since: int, until: int) -> list[_Line]:
    """Differing lines of the register: those of both moments have the same number."""
    assert before.ids is not None
    assert after.ids is not None
    ids = np.union1d(before.ids, after.ids)
    change = np.zeros(len(ids), dtype=np.int64)
    np.subtract.at(change, np.searchsorted(ids, before.ids), before.amount)
    np.add.at(change, np.searchsorted(ids, after.ids), after.amount)
    ids, change = ids[change != 0], change[change != 0]
    rows = {row[0]: row[1:] for row in trace.line_rows(ids.tolist(), _FIELDS)}
    place: dict[int, tuple[Contributions, int]] = {}
    for found in (before, after):
        assert found.ids is not None
        at = np.flatnonzero(np.isin(found.ids, ids))
        numbers = found.ids[at].tolist()
        place |= {n: (found, row) for n, row in zip(numbers, at.tolist(), strict=True)}
    groups: dict[_Content, list[_Line]] = defaultdict(list)
    for number, amount in zip(ids.tolist(), change.tolist(), strict=True):
        seq, retired, piece = rows[number]
        how, entry = CHANGED, None
        if seq > since:
            how, entry = ADDED, seq
        elif retired is not None and retired <= until:
            how, entry = RETIRED, retired
        found, row = place[number]
        mark = None if piece is None else canonical.short_hash(bytes(piece))
        line = _line(found, row, amount, how, entry, number)
        groups[*_content(found, row), mark].append(line)
    return [line for same in groups.values() if sum(li.amount for li in same) for line in same]


def _changed_by(before: Contributions, origin: Origin | None, since: int, until: int) -> int | None:
    """Last entry that put a line into another row: of the units, or of the record behind it."""
    if before.figure.by == "unit":
        units = RECORDS["unit"].objects
        changes = {*units.values_list("created_seq", flat=True)}
        versions = RecordVersion.objects.filter(uid__in=units.values("uid"))
        changes |= {*versions.values_list("entry_seq", flat=True)}
    else:
        changes = set(() if origin is None else origin.entries)
    return max((seq for seq in changes if since < seq <= until), default=None)


def _by_content(before: Contributions, after: Contributions, since: int, until: int) -> list[_Line]:
    """Differing lines where the ledger was posted once more for a scope: what they say decides.

    Such a line came with the last posting of its event, and went with the first one after.
    """
    sides: dict[_Content, list[_Line]] = defaultdict(list)
    for found, how, sign in ((before, RETIRED, -1), (after, ADDED, 1)):
        marks = trace.marks(found)
        for row, amount in enumerate(found.amount.tolist()):
            sides[*_content(found, row), marks[row]].append(
                _line(found, row, sign * amount, how, None, None)
            )
    differing = [line for same in sides.values() if sum(li.amount for li in same) for line in same]
    posted, retired = _postings({line.uid for line in differing}, since, until)
    for line in differing:
        line.entry = (posted if line.how == ADDED else retired).get(line.uid)
    return differing


def _postings(uids: set[str], since: int, until: int) -> tuple[dict[str, int], dict[str, int]]:
    """Last entry that posted each event, and first that took a posting of it back, in between."""
    posted: dict[str, int] = {}
    retired: dict[str, int] = {}
    for some in bulk.in_chunks(sorted(uids)):
        rows = LedgerLine.objects.filter(event_uid__in=some)
        for uid, seq, back in rows.values_list("event_uid", "seq", "retired_seq"):
            if since < seq <= until:
                posted[uid] = max(posted.get(uid, seq), seq)
            if back is not None and since < back <= until:
                retired[uid] = min(retired.get(uid, back), back)
    return posted, retired


def _content(found: Contributions, row: int) -> _Content:
    lines = found.lines
    assert lines is not None
    columns = ("uid", "kind", "hazard", "claim_from", "claim_to", "ground_from", "ground_to")
    named = tuple(getattr(lines, name)[row] for name in columns)
    return (*named, lines.on[row].item(), int(lines.mm2[row]), int(lines.scopes[row]))


def _line(
    found: Contributions, row: int, amount: int, how: str, entry: int | None, number: int | None
) -> _Line:
    lines = found.lines
    assert lines is not None
    return _Line(
        amount,
        how,
        entry,
        number,
        str(lines.uid[row]),
        str(lines.kind[row]),
        lines.on[row].item(),
        int(lines.mm2[row]),
    )


# --- records -------------------------------------------------------------------------------------


def _record_causes(
    before: Contributions, after: Contributions, since: int, until: int
) -> list[Cause]:
    assert before.record is not None
    assert after.record is not None
    amounts: dict[str, Number] = defaultdict(int)
    for found, sign in ((before, -1), (after, 1)):
        assert found.record is not None
        for uid, amount in zip(found.record.tolist(), found.amount.tolist(), strict=True):
            amounts[uid] += sign * amount
    changed = {uid: amount for uid, amount in amounts.items() if amount}
    origins = provenance.origins(changed, after.record_types, at_seq=until)
    had = set(before.record.tolist())
    has = set(after.record.tolist())
    causes = []
    for uid, amount in changed.items():
        origin = origins.get(uid)
        later = [seq for seq in origin.entries if seq > since] if origin is not None else []
        how = ADDED if uid not in had else RETIRED if uid not in has else CHANGED
        causes.append(Cause(amount, how, later[-1] if later else None, origin))
    return sorted(causes, key=lambda c: (c.entry or 0, "" if c.origin is None else c.origin.ref))
