"""Land of a treaty's scope: ground of several contamination classes, counted once.

The ledger keeps one account for each class and one over all classes. The Mine Ban Treaty counts
areas with anti-personnel mines, improvised ones included: two classes, which may lie on the same
ground, so that their accounts must not be added up. Where records of both classes exist, the events
are posted once more with these classes only, by the same rules; "any class" of that posting is the
treaty's ground, counted once. Where only one of them occurs, the lines that stand are the ground.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from landrelease import land
from landrelease.land import accounts
from landrelease.treaty.tables import SCOPE_CLASSES

from . import bulk, land_events, lines, shares
from .errors import RegisterError

#: Key of ground outside all units, as in the figures.
OUTSIDE_ALL: Final = "outside all units"


@dataclass(frozen=True)
class ScopedGround:
    """The ledger of one scope as known at a journal entry.

    Attributes
    ----------
    name
        Name of the scope, as in the ids of figures.
    lines
        Its lines.
    scope
        Scope of the ledger in which these lines are to be read.
    ids
        Numbers of the lines in the register; None where they were posted for this scope.
    seq
        The journal entry.
    """

    name: str
    lines: land.Lines
    scope: str
    ids: NDArray[np.int64] | None
    seq: int

    @cached_property
    def in_scope(self) -> NDArray[np.bool_]:
        """Which lines belong to the scope."""
        bit = accounts.SCOPE_BIT[self.scope]
        return np.asarray((self.lines.scopes & bit) > 0, dtype=bool)

    def events_of(self, events: land.Events) -> land.Events:
        """All events of the register as this ledger posts them."""
        if self.ids is not None:
            return events
        return _restricted(events, SCOPE_CLASSES[self.name])

    def shares(self, epoch: shares.Epoch | None) -> land.LineShares:
        """How the lines divide over the units of a time, by the units' keys.

        Parameters
        ----------
        epoch
            The time; None where no unit is in force, and everything lies outside.
        """
        named = {} if epoch is None else {unit.uid: unit.key for unit in epoch.units}
        if self.ids is None:
            return self._divided(epoch)
        of_lines = shares.of_lines(self.ids, epoch, self.seq)
        keys = [named.get(uid, OUTSIDE_ALL) for uid in of_lines.unit.tolist()]
        row = np.searchsorted(self.ids, of_lines.line)
        return land.LineShares(row, bulk.objects(keys), of_lines.mm2)

    def _divided(self, epoch: shares.Epoch | None) -> land.LineShares:
        rows = np.flatnonzero(self.lines.mm2)
        pieces, mm2 = self.lines.piece[rows], self.lines.mm2[rows]
        if epoch is None:
            return land.LineShares(
                rows, np.full(len(rows), OUTSIDE_ALL, dtype=object), np.asarray(mm2)
            )
        found = land.divide(pieces, mm2, shares.planes(epoch.units, self.seq))
        # The last name is what -1 (outside all units) picks.
        keys = bulk.objects([*(unit.key for unit in epoch.units), OUTSIDE_ALL])
        return land.LineShares(rows[found.piece], keys[found.unit], found.mm2)


def ground(name: str, seq: int) -> ScopedGround:
    """The ledger of a scope as known at a journal entry.

    Parameters
    ----------
    name
        A scope of the ledger (``any``, a class), or ``mine_ban``.
    seq
        The journal entry.

    Raises
    ------
    RegisterError
        When the scope is unknown.
    """
    standing = lines.standing(seq)
    if name in accounts.SCOPE_BIT:
        return ScopedGround(name, standing.lines, name, standing.id, seq)
    classes = SCOPE_CLASSES.get(name)
    if classes is None:
        known = ", ".join((*accounts.SCOPES, *SCOPE_CLASSES))
        raise RegisterError(f"no scope is called {name!r}; there are: {known}")
    together = np.bitwise_or.reduce(standing.lines.scopes, initial=0)
    present = [code for code in classes if int(together) & accounts.SCOPE_BIT[code]]
    if len(present) <= 1:
        code = (present or list(classes))[0]
        return ScopedGround(name, standing.lines, code, standing.id, seq)
    return ScopedGround(name, _posted(classes, seq), "any", None, seq)


def _posted(classes: tuple[str, ...], seq: int) -> land.Lines:
    """Lines of a ledger that knows these classes only; every line with its polygon."""

    events = _restricted(land_events.all_events(seq), classes)
    found = land.post(events, validated=True).lines
    whole = shapely.is_missing(found.piece)
    piece = found.piece.copy()
    piece[whole] = events.polygon[found.event[whole]]
    return replace(found, piece=piece)


def _restricted(events: land.Events, classes: tuple[str, ...]) -> land.Events:
    """The same events, which speak of these classes only."""
    return replace(events, classes=events.classes & np.uint8(land.class_mask(classes)))
