"""The timeline: what was said when, each content once, with the origins behind it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.functions import Substr
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from landrelease.register import corroborated
from landrelease.register.evidence_access import Reading, Seen
from landrelease.register.models import ClaimGathering

from . import charts, claim_words, claims, keyset, readers

_WHEN = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")
#: Columns of the overview; beyond this many years it counts by ten.
COLUMNS = 40
#: Up to so many years are counted by month.
MONTHLY = 3
#: Pixels of the drawing, and those that a label takes.
HEIGHT = 170
LABEL = 62.0


@dataclass(frozen=True)
class Column:
    """One column of the overview: a year, a month, or ten years.

    Attributes
    ----------
    label, written
        What it counts; the same where there is room to write it, else empty.
    """

    label: str
    written: str
    count: int
    x: float
    y: float
    width: float
    height: float


@readers.for_readers
def page(request: HttpRequest) -> HttpResponse:
    """Show what was said when, filtered, page by page."""
    reader = readers.reading(request)
    found, otherwise = narrowed(request)
    total = reader.alike().count() + len(reader.seen())
    count = found.count() + len(otherwise)
    listed, rows = listed_of(request, found, otherwise)
    return render(
        request,
        "web/timeline.html",
        {
            "entries": entries(rows, request),
            "columns": overview(found, otherwise),
            "filters": [
                claims.state_choice(request.GET.get("state", ""), reader),
                claims.choice("kind", gettext("Kind"), claim_words.KINDS,
                              request.GET.get("kind", "")),
            ],
            "since": request.GET.get("since", ""),
            "until": request.GET.get("until", ""),
            "misread": [name for name in ("since", "until")
                        if request.GET.get(name) and not _when(request, name)],
            "count": count,
            "total": total,
            "hidden": total - count,
            "undated": found.filter(value="").count()
            + sum(not one.row.value for one in otherwise),
            "page": listed,
            "next_query": keyset.query(request, after=listed.next),
            "first_query": keyset.query(request, after=None),
            "stale": not corroborated.current(),
            "part": not reader.whole,
        },
    )  # fmt: skip


def narrowed(request: HttpRequest) -> tuple[QuerySet[ClaimGathering], list[Seen]]:
    """Narrow what was said by state, kind and time.

    What is dated to a month or a year is kept when that time reaches into the window; what has no
    date is kept only where no window is asked for.

    Returns
    -------
    found : QuerySet
        What stands for this reader as for everybody.
    otherwise : list of Seen
        What stands otherwise for them, narrowed by what they see of it.
    """
    reader = readers.reading(request)
    state, kind = request.GET.get("state", ""), request.GET.get("kind", "")
    of = reader.states().filter(state=state).values("gathering_id") if state else None
    found, otherwise = split(reader, [kind] if kind else None, of)
    since, until = _when(request, "since"), _when(request, "until")
    if since or until:
        found = found.exclude(value="")
    if since:
        # "2022" is not over before "2022-06": a coarse time is compared by what it begins with.
        prefixes = [since[:4], since[:7]]
        found = found.filter(value__gte=since) | found.filter(value__in=prefixes)
    if until:
        found = found.filter(value__lte=until + "~")
    return found, [one for one in otherwise if _within(one.row.value, since, until)]


def _within(value: str, since: str, until: str) -> bool:
    """Whether a time reaches into a window, as the query above has it."""
    if not value:
        return not (since or until)
    late = not since or value >= since or value in (since[:4], since[:7])
    return late and (not until or value <= until + "~")


def split(
    reader: Reading, kinds: Sequence[str] | None, of: QuerySet[Any] | None
) -> tuple[QuerySet[ClaimGathering], list[Seen]]:
    """What was said, as everybody sees it and as this reader alone does.

    Parameters
    ----------
    kinds
        Only these kinds; all without.
    of
        Ids of what is asked for, a query of one column; all without.
    """
    known = reader.seen()
    found = reader.alike()
    if of is not None:
        found = found.filter(id__in=of)
        known = {id_: known[id_] for id_ in set(of.values_list(flat=True)) & set(known)}
    if kinds is not None:
        found = found.filter(kind__in=kinds)
    otherwise = [one for one in known.values() if kinds is None or one.row.kind in kinds]
    return found, otherwise


def listed_of(
    request: HttpRequest, found: QuerySet[ClaimGathering], otherwise: Sequence[Seen]
) -> tuple[keyset.Page, list[ClaimGathering]]:
    """The page of a list by time that a request asks for, with what stands otherwise for its
    reader put in where its time is."""
    page = keyset.page(request, found)
    begin = -1 if page.first else int(request.GET.get("after", "0"))
    own = [((row.id, "", ""), row) for row in page.rows]
    own += [
        ((one.place, one.row.value or "9999-99", one.row.gathering), one.row)
        for one in otherwise
        if begin < one.place and (page.next is None or one.place <= page.next)
    ]
    return page, [row for _, row in sorted(own, key=lambda pair: pair[0])]


def _when(request: HttpRequest, name: str) -> str:
    given = request.GET.get(name, "").strip()
    return given if _WHEN.fullmatch(given) else ""


def entries(rows: Sequence[ClaimGathering], request: HttpRequest) -> list[dict[str, Any]]:
    """Tell gatherings with who said it first, who else, and links to the words.

    Parameters
    ----------
    rows
        Those of one page.
    request
        Its reader decides what is shown, and how speakers are named.

    Returns
    -------
    list of dict
    """
    reader = readers.reading(request)
    readable = reader.indexed()
    ids = [row.id for row in rows]
    members: dict[int, list[str]] = {id_: [] for id_ in ids}
    by_claim: dict[tuple[int, str], str] = {}
    sizes = dict(
        readable.filter(gathering_id__in=ids).values_list("gathering_id").annotate(Count("id"))
    )
    for gathering, claim, row in (
        readable.filter(gathering_id__in=ids)
        .order_by("id")
        .values_list("gathering_id", "claim", "claim_row")[: claims.LOOKED_AT]
    ):
        members[gathering].append(row)
        by_claim.setdefault((gathering, claim), row)
    bodies = {row.id: json.loads(row.body) for row in rows}
    first = {
        row.id: by_claim.get((row.id, bodies[row.id]["claims"][0]))
        or next(iter(members[row.id]), "")
        for row in rows
    }
    near = {
        id_: [row for row in own if row != first[id_]][: claims.LISTED]
        for id_, own in members.items()
    }
    known = claims.others({*first.values(), *(r for own in near.values() for r in own)}, reader)
    return [
        {
            "value": row.value,
            "basis": row.basis,
            "kind": claim_words.word(claim_words.KINDS, row.kind),
            "modality": claim_words.word(claim_words.MODALITIES, bodies[row.id]["modality"]),
            "denied": bodies[row.id]["modality"] == "denied",
            "stance": claim_words.word(claim_words.STANCES, bodies[row.id]["stance"]),
            "strength": row.strength,
            "standing": row.standing,
            "one": known.get(first[row.id]),
            "others": [known[other] for other in near[row.id] if other in known],
            "further": max(0, sizes.get(row.id, 1) - 1 - len(near[row.id])),
        }
        for row in rows
    ]


def overview(found: QuerySet[ClaimGathering], otherwise: Sequence[Seen] = ()) -> list[Column]:
    """Count what is dated by month, by year, or by ten years where it reaches far.

    Parameters
    ----------
    found
        What stands for this reader as for everybody.
    otherwise
        What stands otherwise for them.

    Returns
    -------
    list of Column
        Every month, year or decade between the first and the last, those without anything as well.
        By month, what is dated to a year alone is counted in a column of the year before its
        months.
    """
    dated = found.exclude(value="")
    counted = dict(
        dated.annotate(month=Substr("value", 1, 7))
        .order_by("month")
        .values_list("month")
        .annotate(Count("id"))
    )
    for one in otherwise:
        if one.row.value:
            counted[one.row.value[:7]] = counted.get(one.row.value[:7], 0) + 1
    if not counted:
        return []
    low, high = int(min(counted)[:4]), int(max(counted)[:4])
    if high - low < MONTHLY:
        labels = [
            label
            for year in range(low, high + 1)
            for label in (f"{year:04d}", *(f"{year:04d}-{month:02d}" for month in range(1, 13)))
        ]
        used = [place for place, label in enumerate(labels) if label in counted]
        counts = {label: counted.get(label, 0) for label in labels[used[0] : used[-1] + 1]}
    else:
        step = 1 if high - low < COLUMNS else 10
        counts = {}
        for begin in range(low - low % step, high + 1, step):
            years = {f"{year:04d}" for year in range(begin, begin + step)}
            label = str(begin) if step == 1 else f"{begin}–{begin + step - 1}"
            counts[label] = sum(n for month, n in counted.items() if month[:4] in years)
    return _laid(counts)


def _laid(counts: Mapping[str, int]) -> list[Column]:
    """Lay out columns; only as many labels as have room."""
    most = max(counts.values())
    foot, top = HEIGHT - 24, 22
    room = charts.WIDTH / len(counts)
    width = min(48.0, room * 0.7)
    every = math.ceil(LABEL / room)
    laid = []
    for place, (label, count) in enumerate(counts.items()):
        height = (foot - top) * count / most
        laid.append(
            Column(
                label,
                label if place % every == 0 else "",
                count,
                round(place * room + (room - width) / 2, 2),
                round(foot - height, 2),
                round(width, 2),
                round(height, 2),
            )
        )
    return laid
