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
from landrelease.register.models import ClaimGathering, IndexedClaim, NamedState

from . import charts, claim_words, claims, keyset, shown_names

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


def page(request: HttpRequest) -> HttpResponse:
    """Show what was said when, filtered, page by page."""
    found = narrowed(request)
    total, count = ClaimGathering.objects.count(), found.count()
    listed = keyset.page(request, found)
    return render(
        request,
        "web/timeline.html",
        {
            "entries": entries(listed.rows, request),
            "columns": overview(found),
            "filters": [
                claims.state_choice(request.GET.get("state", "")),
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
            "undated": found.filter(value="").count(),
            "page": listed,
            "next_query": keyset.query(request, after=listed.next),
            "first_query": keyset.query(request, after=None),
            "stale": not corroborated.current(),
        },
    )  # fmt: skip


def narrowed(request: HttpRequest) -> QuerySet[ClaimGathering]:
    """Narrow what was said by state, kind and time.

    What is dated to a month or a year is kept when that time reaches into the window; what has no
    date is kept only where no window is asked for.
    """
    found = ClaimGathering.objects.all()
    state, kind = request.GET.get("state", ""), request.GET.get("kind", "")
    if state:
        of = NamedState.objects.filter(state=state)
        found = found.filter(id__in=of.values("gathering_id"))
    if kind:
        found = found.filter(kind=kind)
    since, until = _when(request, "since"), _when(request, "until")
    if since or until:
        found = found.exclude(value="")
    if since:
        # "2022" is not over before "2022-06": a coarse time is compared by what it begins with.
        prefixes = [since[:4], since[:7]]
        found = found.filter(value__gte=since) | found.filter(value__in=prefixes)
    if until:
        found = found.filter(value__lte=until + "~")
    return found


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
        Its reader's tier decides how speakers are named.

    Returns
    -------
    list of dict
    """
    tier = shown_names.tier(request)
    ids = [row.id for row in rows]
    members: dict[int, list[str]] = {id_: [] for id_ in ids}
    by_claim: dict[tuple[int, str], str] = {}
    sizes = dict(
        IndexedClaim.objects.filter(gathering_id__in=ids)
        .values_list("gathering_id")
        .annotate(Count("id"))
    )
    for gathering, claim, row in (
        IndexedClaim.objects.filter(gathering_id__in=ids)
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
    known = claims.others({*first.values(), *(r for own in near.values() for r in own)}, tier)
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


def overview(found: QuerySet[ClaimGathering]) -> list[Column]:
    """Count what is dated by month, by year, or by ten years where it reaches far.

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
