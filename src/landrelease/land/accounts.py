"""The accounts that land stands in, the contamination classes, and the scopes of a ledger line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

OUTSIDE: Final = "outside"
SUSPECTED: Final = "suspected"
CONFIRMED: Final = "confirmed"
CANCELLED: Final = "cancelled"
REDUCED: Final = "reduced"
CLEARED: Final = "cleared"
RELEASED_NOT_RECORDED: Final = "released_not_recorded"
CORRECTED: Final = "corrected"

#: Land that is open: nobody may take it for safe.
OPEN: Final = (SUSPECTED, CONFIRMED)
#: Land that an accepted decision released, by the process that gave the evidence.
RELEASED: Final = (CANCELLED, REDUCED, CLEARED, RELEASED_NOT_RECORDED)
#: Accounts of the balance.
INTERNAL: Final = OPEN + RELEASED
#: Where land comes from and where corrected entries go: they hold no land of the programme.
EXTERNAL: Final = (OUTSIDE, CORRECTED)
ACCOUNTS: Final = (OUTSIDE, *INTERNAL, CORRECTED)

#: Contamination classes by bit. Land whose class was not recorded has a bit of its own.
CLASSES: Final = ("ap", "ap_improvised", "av", "cmr", "erw", "not_recorded")
CLASS_BIT: Final = {name: 1 << place for place, name in enumerate(CLASSES)}
NOT_RECORDED: Final = CLASS_BIT["not_recorded"]
ALL_CLASSES: Final = (1 << len(CLASSES)) - 1

#: Scopes by place: ``any`` counts ground once over all classes, then one scope for each class.
#: Bit *s* of ``Lines.scopes`` says that a line holds in scope *s*.
SCOPES: Final = ("any", *CLASSES)
SCOPE_BIT: Final = {name: 1 << place for place, name in enumerate(SCOPES)}


def class_mask(classes: Iterable[str]) -> int:
    """Return the bit mask of contamination classes.

    Parameters
    ----------
    classes
        Codes of :data:`CLASSES`, or ``all`` for every class, recorded or not.

    Returns
    -------
    int
        Bit mask; 0 for no classes.

    Raises
    ------
    KeyError
        If a code is unknown.
    """
    mask = 0
    for name in classes:
        if name == "all":
            return ALL_CLASSES
        if name not in CLASS_BIT:
            raise KeyError(
                f"Contamination class {name!r} is unknown; known are {', '.join(CLASSES)} and all."
            )
        mask |= CLASS_BIT[name]
    return mask
