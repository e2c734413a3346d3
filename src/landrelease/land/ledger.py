"""The land ledger: events become lines that move whole mm² between accounts.

Every line carries two movements of the same area. The *claim* movement is what one hazard (or one
historic release) holds; the *ground* movement counts ground once, however many records hold it,
under the more cautious status. The difference between both is the overlap, an explicit row.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from . import columns, lanes
from .events import (
    RELEASE,
    Discrepancy,
    Events,
    admit,
    posting_rank,
    refuse_invalid,
)
from .grouping import columns_and_groups, groups
from .lines import LINE_KINDS, Lines, stacked
from .succession import Succession
from .workers import Batch, Groups, spread

__all__ = ["LINE_KINDS", "Lines", "Posting", "post"]


@dataclass(frozen=True)
class Posting:
    """What posting gives.

    Attributes
    ----------
    lines
        The ledger lines.
    discrepancies
        What moved nothing, in the order of posting.
    """

    lines: Lines
    discrepancies: list[Discrepancy]


def post(events: Events, *, validated: bool = False, workers: int = 1) -> Posting:
    """Post events to the ledger.

    Records that overlap nobody, in one version, are posted as whole columns, and so are releases
    that take ground which only their hazard holds (:mod:`.columns`, :mod:`.lanes`). Groups of
    records that overlap, or have a history, are posted event by event on the cells of their ground
    (:mod:`.ground`). The result depends neither on the order of arrival nor on the number of
    workers.

    Parameters
    ----------
    events
        Accepted events; polygons in whole millimetres of one :class:`.measure.Plane`.
    validated
        The caller has checked that every polygon is valid; saves looking again.
    workers
        How many threads to use, and processes for large numbers of overlapping records.

    Returns
    -------
    Posting
        Lines and discrepancies.

    Raises
    ------
    LedgerError
        If a record occurs twice in the same version, a voided hazard has a polygon, or a polygon
        is invalid.
    """
    if not validated:
        refuse_invalid(events)
    rank = posting_rank(events)
    admission = admit(events)
    with ThreadPoolExecutor(workers) as pool:
        threads = pool if workers > 1 else None
        group = groups(events, admission)
        alone, together = columns_and_groups(events, admission, group)
        found = lanes.find(events, admission, group, alone, rank, spread(threads))
        together[found.release] = False
        records = alone[events.kind[alone] != RELEASE]
        on_ground = Groups(events, Succession.of(events, admission.moves), rank, group)
        if threads:
            shared = on_ground.submit(together, workers, threads)
            posted = columns.post(events, records, found, threads)
            batches = list(shared)
        else:
            batches = [on_ground.post(share) for share in on_ground.shares(together, 1)]
            posted = columns.post(events, records, found)
    batches.append(Batch(posted.lines, posted.discrepancies))
    if len(posted.left):
        again = np.isin(group, group[posted.left]) & (group >= 0)
        batches = [batch.without(again) for batch in batches]
        batches += [on_ground.post(share) for share in on_ground.shares(again, 1)]
    discrepancies = list(admission.discrepancies)
    for batch in batches:
        discrepancies += batch.discrepancies
    lines = stacked([batch.lines for batch in batches])
    lines = lines.take(np.argsort(rank[lines.event], kind="stable"))
    discrepancies.sort(key=lambda found: int(rank[found.event]))
    return Posting(lines, discrepancies)
