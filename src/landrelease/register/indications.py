"""Indications without area: something was reported somewhere, and no hazardous area is established.

A record that is an indication has neither polygon nor stated size (rule 20). It is no suspected
and no confirmed area: it stands in no account of the ledger and in no number of areas, and is
counted on a line of its own, beside every headline.
"""

from __future__ import annotations

from typing import Any

from . import codes


def settle(old: dict[str, Any] | None, new: dict[str, Any]) -> str:
    """Hold that a hazard which is called an indication is one; the state is put right in place.

    Parameters
    ----------
    old, new
        Full states of a hazard before (None for a new one) and after.

    Returns
    -------
    str
        What was put right, in a sentence; empty where nothing was. A polygon or a size that is
        called an indication is an area, held as suspected; and an area never becomes an indication
        again, which would take it out of the figures.
    """
    if new.get("type") != codes.INDICATION:
        return ""
    if old is not None and old.get("type") != codes.INDICATION:
        if "type" in old:
            new["type"] = old["type"]
        else:
            del new["type"]
        return (
            "a hazardous area on record never becomes an indication: its type stays "
            f"{old.get('type') or 'not recorded'}; void it on evidence if it is none"
        )
    if new.get("plane") or new.get("declared_m2") is not None:
        del new["type"]
        return (
            "an indication has no polygon and no size: what has one is a hazardous area, here held "
            "as suspected; record it as SHA or CHA"
        )
    return ""
