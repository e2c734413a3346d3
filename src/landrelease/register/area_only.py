"""Reports of released land that state an area and have no polygon (rule 8).

Nobody knows where such land lies, so it moves nothing: the mapped hazard stays wholly open, and is
marked as partly released at an unknown place. What the report states stands in a column of its own
beside the ledger, never in one of its accounts. Nobody has decided these reports; the column says
so (docs/decisions/0013-area-only-reports.md).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, Final

from landrelease.treaty.tables import SCOPE_CLASSES

from . import bulk, counted, knowledge, releases, shares
from .counted import Counts, Numbers
from .models import Activity

#: What a hazard is called on which such a report lies.
MARK: Final = "partly released, place unknown"

_NAMES: Final = (
    "uid",
    "report",
    "status",
    "kind",
    "result",
    "area_mm2",
    "classes",
    "date_end",
    "method",
    "depth_cm",
    "tasked_depth_cm",
    "released_m2",
    "hazard_uid",
    "unit_uid",
)


@dataclass(frozen=True)
class Report:
    """An accepted completion report that states a released area and has no valid polygon.

    Attributes
    ----------
    uid
        Id of the activity.
    on
        Day on which the work ended.
    thousandths
        Released area that it states, whole thousandths of a square metre.
    classes
        Contamination classes that it names.
    hazard_uid, unit_uid
        The hazard and the administrative unit that it names.
    """

    uid: str
    on: date
    thousandths: int
    classes: tuple[str, ...]
    hazard_uid: str | None
    unit_uid: str | None

    @property
    def m2(self) -> Decimal:
        """Released area that it states, m²."""
        return self.numbers.declared_released_m2

    @property
    def numbers(self) -> Numbers:
        """What it adds to the counts of a row."""
        return Numbers(area_only=1, declared_released=self.thousandths)


def reports(
    *,
    seq: int | None = None,
    uids: Collection[str] | None = None,
    since: date | None = None,
    until: date | None = None,
    scope: str = "any",
) -> list[Report]:
    """Find the reports against which nothing stands but that they have no valid polygon.

    Parameters
    ----------
    seq
        Last journal entry that counts; None for all.
    uids
        Activities to look at; None for all.
    since, until
        First and last day; None for no such bound.
    scope
        ``any``, a contamination class, or a scope that joins several: reports that name one.

    Returns
    -------
    list of Report
        In the order of their numbers.
    """
    rows = [
        SimpleNamespace(**dict(zip(_NAMES, row, strict=True)))
        for row in _without_polygon(seq, uids)
    ]
    wanted = None if scope == "any" else set(SCOPE_CLASSES.get(scope, (scope,)))
    found = []
    for row in rows:
        stated = Decimal(row.released_m2)
        if releases.in_the_report(row) != [releases.NO_POLYGON]:
            continue
        # A larger area than the Earth's is no statement of a size.
        if not 0 < stated <= counted.EARTH_M2:
            continue
        classes = tuple(row.classes.split("|"))
        if (since is not None and row.date_end < since) or (
            until is not None and row.date_end > until
        ):
            continue
        if wanted is None or wanted.intersection(classes):
            thousandths = round(stated * 1000)
            found.append(
                Report(row.uid, row.date_end, thousandths, classes, row.hazard_uid, row.unit_uid)
            )
    failed = releases.failed_last_visit([one.uid for one in found], seq) if found else set()
    return [one for one in found if one.uid not in failed]


def _without_polygon(seq: int | None, uids: Collection[str] | None) -> Iterable[tuple[Any, ...]]:
    """Activities that state a released area and have no valid polygon, which few are."""
    if seq is not None:
        rows = knowledge.rows("activity", _NAMES, seq=seq, uids=uids)
        area, stated = _NAMES.index("area_mm2"), _NAMES.index("released_m2")
        return [row for row in rows if row[area] is None and row[stated] is not None]
    query = Activity.objects.filter(area_mm2__isnull=True, released_m2__isnull=False)
    query = query.order_by("id")
    if uids is None:
        return list(query.values_list(*_NAMES))
    if len(uids) > bulk.NAMED:
        wanted = set(uids)
        return [row for row in query.values_list(*_NAMES) if row[0] in wanted]
    chunks = (query.filter(uid__in=some) for some in bulk.in_chunks(sorted(uids)))
    return [row for chunk in chunks for row in chunk.values_list(*_NAMES)]


def at_once(found: Iterable[Report]) -> Counts:
    """Counts of reports in the programme."""
    return {(one.uid, ""): one.numbers for one in found}


def by_unit(
    found: Collection[Report], epoch: shares.Epoch | None, seq: int | None = None
) -> Counts:
    """Counts of reports by unit: where their point lies, or as they state."""
    if not found:
        return {}
    where = counted.placed("activity", [(one.uid, one.unit_uid) for one in found], epoch, seq)
    return {(one.uid, where[one.uid]): one.numbers for one in found}


def by_class(found: Iterable[Report]) -> dict[str, Numbers]:
    """Counts by contamination class; a report counts in each class that it names."""
    sums: dict[str, Numbers] = defaultdict(Numbers)
    for one in found:
        for name in one.classes:
            sums[name].add(one.numbers)
    return dict(sums)


def on_hazards(uids: Iterable[str], seq: int | None = None) -> dict[str, list[Report]]:
    """Find the reports that name some hazards: these are partly released, nobody knows where.

    Parameters
    ----------
    uids
        Ids of hazards.
    seq
        Last journal entry that counts; None for all.

    Returns
    -------
    dict of str to list of Report
        By id of the hazard; hazards without such a report are left out.
    """
    linked: set[str] = set()
    for some in bulk.in_chunks(sorted(set(uids))):
        rows = Activity.objects.filter(hazard_uid__in=some)
        linked |= set(rows.values_list("uid", flat=True))
    found: dict[str, list[Report]] = defaultdict(list)
    for one in reports(seq=seq, uids=linked) if linked else ():
        if one.hazard_uid:
            found[one.hazard_uid].append(one)
    return dict(found)
