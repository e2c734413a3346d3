"""What every page knows: whose programme this is and how far the data reach."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from landrelease.register import clock, journal
from landrelease.register.models import RECORDS


def programme(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the programme's name, and the date of its data."""
    return {
        "programme": SimpleLazyObject(lambda: RECORDS["programme"].objects.order_by("id").first()),
        "data_date": SimpleLazyObject(data_date),
    }


def data_date() -> dict[str, Any]:
    """When the register last learnt something: the time of the last journal entry.

    Returns
    -------
    dict
        ``seq``, ``recorded_at`` and ``hash`` of the last entry; None in an empty register.
    """
    last = journal.head()
    if last is None:
        return {"seq": None, "recorded_at": None, "hash": None, "printed": clock.now()}
    return {
        "seq": last.seq,
        "recorded_at": last.recorded_at,
        "hash": last.hash,
        "printed": clock.now(),
    }
