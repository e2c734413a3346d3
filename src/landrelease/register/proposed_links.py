"""Links from reports to hazards that the ground proposes and people decide."""

from __future__ import annotations

from typing import Any

import shapely
from django.db import connection

from landrelease import land

from . import bulk
from .models import Activity, Hazard, ProposedLink, Release, Submission


def propose_links(submission: Submission) -> dict[str, Any]:
    """Propose the hazard an unlinked activity lies on (rule 5: a proposal, never a fact)."""
    ProposedLink.objects.all().delete()
    table = Activity._meta.db_table
    decided = f'SELECT activity_uid FROM "{Release._meta.db_table}"'  # nosec B608 # names are of our own schema, values are bound
    activities = list(
        bulk.select(
            connection,
            f'SELECT uid, plane FROM "{table}" WHERE hazard_uid IS NULL AND area_mm2 IS NOT NULL '  # nosec B608 # names are of our own schema, values are bound
            f"AND uid NOT IN ({decided})",
        )
    )
    if not activities:
        return {"proposed_links": 0}
    hazards = list(
        bulk.select(
            connection,
            f'SELECT uid, plane FROM "{Hazard._meta.db_table}" WHERE area_mm2 IS NOT NULL',  # nosec B608 # names are of our own schema, values are bound
        )
    )
    if not hazards:
        return {"proposed_links": 0}
    work = bulk.shapes(plane for _, plane in activities)
    ground = bulk.shapes(plane for _, plane in hazards)
    i, j = shapely.STRtree(ground).query(work, predicate="intersects")
    overlap = land.book(shapely.area(shapely.intersection(work[i], ground[j])))
    ProposedLink.objects.bulk_create(
        (
            ProposedLink(
                activity_uid=activities[a][0], hazard_uid=hazards[h][0], overlap_mm2=int(mm2)
            )
            for a, h, mm2 in zip(i, j, overlap, strict=True)
            if mm2 > 0
        ),
        batch_size=5_000,
    )
    return {"proposed_links": int((overlap > 0).sum())}
