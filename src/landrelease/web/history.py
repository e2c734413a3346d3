"""A record at any time, and two of its versions side by side; as a page and as JSON."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from landrelease.register import history, journal, moments
from landrelease.register.errors import RegisterError
from landrelease.register.models import RECORDS
from landrelease.register.schema import record_type as record_type_of

from . import keyset, mapping, records


def page(request: HttpRequest, plural: str, id_: int) -> HttpResponse:
    """Show the versions of a record, the one that held at a time, and two compared.

    ``?at=2020-05-01`` is the day on the ground, ``?known_at=`` what the register knew: the number
    of a report or of a journal entry, a day or a time. ``?one=1&other=3`` compares two versions.
    ``?format=json`` gives the same as JSON.
    """
    found = _record(plural, id_)
    versions = history.history(found)
    as_json = request.GET.get("format") == "json"
    try:
        on, moment = _asked(request)
    except RegisterError as error:
        if as_json:
            return JsonResponse({"error": str(error)}, status=400)
        return render(request, "web/history.html", _context(request, found, plural, versions)
                      | {"error": str(error)}, status=400)  # fmt: skip
    held = history.at(versions, on=on, known=None if moment is None else moment.seq)
    comparison = _comparison(request, versions)
    if as_json:
        head = journal.head()
        return JsonResponse(
            {
                "at": None if on is None else on.isoformat(),
                "comparison": None if comparison is None else comparison.to_json(),
                "head": None if head is None else {"hash": head.hash, "seq": head.seq},
                "held": None if held is None else held.to_json(),
                "known_at": None if moment is None else moment.seq,
                "record": found.ref,
                "record_type": found.schema.name,
                "versions": [one.to_json() for one in versions],
            }
        )
    context = _context(request, found, plural, versions) | {
        "asked": on is not None or moment is not None,
        "held": held,
        "held_fields": [] if held is None else list(history.fields_of(held.state).items()),
        "known_seq": None if moment is None else moment.seq,
        "comparison": comparison,
        "box": _box(comparison, held),
    }
    return render(request, "web/history.html", context)


def ground(request: HttpRequest, plural: str, id_: int) -> JsonResponse:
    """Give the place of the compared versions, or of the one that held, as GeoJSON."""
    versions = history.history(_record(plural, id_))
    comparison = _comparison(request, versions)
    if comparison is not None:
        places = [("before", comparison.one.state), ("after", comparison.other.state)]
    else:
        try:
            on, moment = _asked(request)
        except RegisterError as error:
            return JsonResponse({"error": str(error)}, status=400)
        held = history.at(versions, on=on, known=None if moment is None else moment.seq)
        places = [] if held is None else [("after", held.state)]
    return JsonResponse(history.collection(places), content_type="application/geo+json")


def _record(plural: str, id_: int) -> Any:
    model = RECORDS[record_type_of(plural).name]
    found = model.objects.filter(id=id_).first()
    if found is None:
        raise Http404(gettext("There is no such record."))
    return found


def _asked(request: HttpRequest) -> tuple[date | None, moments.Moment | None]:
    """The day on the ground and the moment of knowledge that a request asks for."""
    day, known = request.GET.get("at", "").strip(), request.GET.get("known_at", "").strip()
    try:
        on = date.fromisoformat(day) if day else None
    except ValueError:
        raise RegisterError(gettext("“%s” is no day; write it as 2020-05-01.") % day) from None
    return on, moments.parse(known) if known else None


def _comparison(request: HttpRequest, versions: list[history.Change]) -> history.Comparison | None:
    one, other = (_version(request.GET.get(name, ""), versions) for name in ("one", "other"))
    if one is None or other is None:
        return None
    return history.compare(one, other)


def _version(text: str, versions: list[history.Change]) -> history.Change | None:
    if not text.isdecimal() or not text.isascii() or len(text) > 9:
        return None
    number = int(text)
    return versions[number - 1] if 1 <= number <= len(versions) else None


def _context(
    request: HttpRequest, found: Any, plural: str, versions: list[history.Change]
) -> dict[str, Any]:
    return {
        "record": found,
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
