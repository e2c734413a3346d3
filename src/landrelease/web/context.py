"""What every page knows: whose programme this is and how far the data reach."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy

from landrelease.register import clock, journal
from landrelease.register.models import RECORDS

from . import gate


def programme(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the programme's name, and the date of its data."""
    return {
        "programme": SimpleLazyObject(lambda: RECORDS["programme"].objects.order_by("id").first()),
        "data_date": SimpleLazyObject(data_date),
        "pages": SimpleLazyObject(lambda: pages(request)),
        # Each as its speakers call it, whatever language the page is in.
        "languages": settings.LANGUAGES,
    }


#: Pages of the main navigation: address, its parts, whether pages below it count as it, heading.
_MAIN: tuple[tuple[str, dict[str, str], bool, Any], ...] = (
    ("balance", {}, False, gettext_lazy("Balance")),
    ("statement", {}, False, gettext_lazy("Statement")),
    ("reports", {}, True, gettext_lazy("Reports")),
    ("map", {}, False, gettext_lazy("Map")),
    ("records", {"plural": "hazards"}, True, gettext_lazy("Hazardous areas")),
    ("records", {"plural": "activities"}, True, gettext_lazy("Activities")),
    ("documents", {}, True, gettext_lazy("Documents")),
    ("releases", {}, True, gettext_lazy("Releases")),
    ("submissions", {}, True, gettext_lazy("Submissions")),
)


def pages(request: HttpRequest) -> dict[str, Any]:
    """The pages that the reader of a request reaches.

    Returns
    -------
    dict
        ``main``: (address, heading, whether it is this page) of the navigation; ``home``: the
        first of them; ``search``: whether hazardous areas can be searched.
    """
    main = []
    for name, parts, below, label in _MAIN:
        if gate.reaches(request, name, **parts):
            address = reverse(name, kwargs=parts)
            here = request.path.startswith(address) if below else request.path == address
            main.append((address, label, here))
    return {
        "main": main,
        "home": main[0][0] if main else reverse("about"),
        "search": gate.reaches(request, "records", plural="hazards"),
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
