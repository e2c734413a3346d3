"""Which fields of its records a caller sees."""

from __future__ import annotations

from typing import Any

from .. import profile, roles
from ..schema import RECORD_TYPES
from . import callers
from .callers import TIERS, Caller


def fields(caller: Caller, record_type: str, record: Any = None) -> set[str]:
    """The fields of a record type that a caller sees; personal ones are never among them.

    Parameters
    ----------
    record
        A record of the type: the tier of those roles that reach it counts. Without it the lowest
        tier counts at which the caller sees any record of the type.
    """
    limits = profile.current().access.fields
    own = {**limits.get("any", {}), **limits.get(record_type, {})}
    tier = _tier_at(caller, record_type, record)
    return {
        one.name
        for one in RECORD_TYPES[record_type].fields
        if not one.personal and callers.tier_holds(tier, own.get(one.name, "public"))
    }


def _tier_at(caller: Caller, record_type: str, record: Any) -> str:
    if caller.sees_everything:
        return "restricted"
    if not caller.reads_at_all:
        return "public"
    reading = callers.grants_for(caller, "view")
    if record is not None:
        return callers.highest(caller.reads_at(one) for one in reading if roles.covers(one, record))
    reaching = [one for one in reading if roles.covering(one, record_type) is not None]
    # What a role reaches is read at the tier of whichever role reaches all of that, too: two roles
    # for one part are read at the higher one.
    tiers = [
        callers.highest(caller.reads_at(other) for other in reading if roles.includes(other, one))
        for one in reaching
    ]
    return min(tiers, key=TIERS.index, default="public")


class Fields:
    """Which fields of its records a caller sees, asked once where it is the same for all."""

    def __init__(self, caller: Caller, record_type: str) -> None:
        self._caller, self._type = caller, record_type
        tiers = {caller.reads_at(grant) for grant in caller.grants}
        self._same = caller.sees_everything or len(tiers) < 2
        #: What is seen of every record, and so may be asked for.
        self.of_all = fields(caller, record_type)

    def of(self, record: Any) -> set[str]:
        """Names of the fields seen of a record."""
        return self.of_all if self._same else fields(self._caller, self._type, record)

    def beside(self, record: Any) -> bool:
        """Whether the caller sees what stands beside the fields of a record: columns that no field
        takes, and who handed in and decided what. It takes the restricted tier."""
        return _tier_at(self._caller, self._type, record) == "restricted"
