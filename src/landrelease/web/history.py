"""A record at any time, and two of its versions side by side; as a page and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from landrelease.register import history, journal, moments, release_access, shown_history
from landrelease.register.errors import RegisterError
from landrelease.register.shown_history import Shown

from . import gate, keyset, mapping, records
from . import reader as readers


@gate.by_role(records.against)
def page(request: HttpRequest, plural: str, id_: int) -> HttpResponse:
    """Show the versions of a record, the one that held at a time, and two compared.

    Versions beyond what the reader sees are told of by number and time alone.

    ``?at=2020-05-01`` is the day on the ground, ``?known_at=`` what the register knew: the number
    of a report or of a journal entry, a day or a time. ``?one=1&other=3`` compares two versions.
    ``?format=json`` gives the same as JSON.
    """
    reader = readers.of(request)
    found = records.find(reader, plural, id_)
    versions = shown_history.shown(history.history(found), reader.caller, found)
    as_json = request.GET.get("format") == "json"
    try:
        on, moment = _asked(request, versions, reader.shown(found))
        compared = _comparison(request, versions)
    except RegisterError as error:
        if as_json:
            return JsonResponse({"error": str(error)}, status=400)
        return render(request, "web/history.html", _context(request, found, plural, versions)
                      | {"error": str(error)}, status=400)  # fmt: skip
    held = history.at(versions, on=on, known=None if moment is None else moment.seq)
    if as_json:
        head = journal.head()
        return JsonResponse(
            {
                "at": None if on is None else on.isoformat(),
                "comparison": None if compared is None else compared.to_json(),
                "head": None if head is None else {"hash": head.hash, "seq": head.seq},
                "held": None if held is None else held.to_json(),
                "known_at": None if moment is None else moment.seq,
                "record": found.ref,
                "refused_releases": [
                    one.to_json() for one in release_access.refused(reader.caller, found)
                ],
                "record_type": found.schema.name,
                "versions": [one.to_json() for one in versions],
            }
        )
    context = _context(request, found, plural, versions) | {
        "asked": on is not None or moment is not None,
        "held": held,
        "held_fields": [] if held is None else list(history.fields_of(held.state).items()),
        "known_seq": None if moment is None else moment.seq,
        "comparison": compared,
        "box": _box(compared, held),
    }
    return render(request, "web/history.html", context)


@gate.by_role(records.against)
def ground(request: HttpRequest, plural: str, id_: int) -> JsonResponse:
    """Give the place of the compared versions, or of the one that held, as GeoJSON."""
    reader = readers.of(request)
    found = records.find(reader, plural, id_)
    versions = shown_history.shown(history.history(found), reader.caller, found)
    try:
        compared = _comparison(request, versions)
        on, moment = _asked(request, versions, reader.shown(found))
    except RegisterError as error:
        return JsonResponse({"error": str(error)}, status=400)
    if compared is not None:
        places = [("before", compared.one.state), ("after", compared.other.state)]
    else:
        held = history.at(versions, on=on, known=None if moment is None else moment.seq)
        places = [] if held is None else [("after", held.state)]
    return JsonResponse(history.collection(places), content_type="application/geo+json")


def asked(
    day: str, known: str, versions: Sequence[Shown], shown: set[str]
) -> tuple[date | None, moments.Moment | None]:
    """The day on the ground and the moment of knowledge that a request asks for.

    Parameters
    ----------
    day, known
        As they were given; empty where they were not.
    versions
        All of the record, as the reader sees them.
    shown
        Names of the fields that the reader sees of it.

    Raises
    ------
    RegisterError
        When what was asked is none, or when the answer would hang on the date of a version that
        the reader is not shown.
    """
    day, known = day.strip(), known.strip()
    try:
        on = date.fromisoformat(day) if day else None
    except ValueError:
        raise RegisterError(gettext("“%s” is no day; write it as 2020-05-01.") % day) from None
    if on is not None and (any(one.withheld for one in versions) or "date" not in shown):
        raise RegisterError(
            gettext(
                "Which version held on a day hangs on dates that your roles do not reach; "
                "ask without a day."
            )
        )
    return on, moments.parse(known) if known else None


def comparison(one: str, other: str, versions: Sequence[Shown]) -> history.Comparison | None:
    """Two versions side by side; None where none or only one is named.

    Raises
    ------
    RegisterError
        When there is no such version, or the reader is not shown it.
    """
    if not (one and other):
        return None
    first, second = (_version(text, versions) for text in (one, other))
    if first.withheld or second.withheld:
        raise RegisterError(
            gettext("One of these versions lay outside what your roles reach; it is not shown.")
        )
    return history.compare(first, second)


def _version(text: str, versions: Sequence[Shown]) -> Shown:
    plain = text.isdecimal() and text.isascii() and len(text) <= 9
    number = int(text) if plain else 0
    if not 1 <= number <= len(versions):
        raise RegisterError(
            gettext("There is no version “%(version)s”; there are 1 to %(last)s.")
            % {"version": text[:20], "last": len(versions)}
        )
    return versions[number - 1]


def _asked(
    request: HttpRequest, versions: Sequence[Shown], shown: set[str]
) -> tuple[date | None, moments.Moment | None]:
    return asked(request.GET.get("at", ""), request.GET.get("known_at", ""), versions, shown)


def _comparison(request: HttpRequest, versions: Sequence[Shown]) -> history.Comparison | None:
    return comparison(request.GET.get("one", ""), request.GET.get("other", ""), versions)


def _context(
    request: HttpRequest, found: Any, plural: str, versions: Sequence[Shown]
) -> dict[str, Any]:
    reader = readers.of(request)
    return {
        "record": found,
        "reader": reader,
        "refused_releases": release_access.refused(reader.caller, found),
        "plural": plural,
        "heading": records.LISTED[plural][0],
        "versions": versions,
        "history": versions,
        "one": request.GET.get("one", str(max(1, len(versions) - 1))),
        "other": request.GET.get("other", str(len(versions))),
        "at": request.GET.get("at", ""),
        "known_at": request.GET.get("known_at", ""),
        "json_query": keyset.query(request, format="json"),
        "ground": f"{reverse('history_ground', args=[plural, found.id])}?"
        f"{keyset.query(request, format=None)}",
    }


def _box(comparison: history.Comparison | None, held: history.Change | None) -> str:
    states = []
    if comparison is not None:
        states = [comparison.one.state, comparison.other.state]
    elif held is not None:
        states = [held.state]
    return mapping.box_of(history.collection(("", state) for state in states))
