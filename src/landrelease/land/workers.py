"""Groups of overlapping records, posted in this process or shared out to others.

Posting event by event is half Python, which threads cannot speed up, and half GEOS, which they can.
So a small number of groups goes to the threads that post the columns, and a large number to
processes. The groups know nothing of each other: the result is the same.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from . import overlay
from .events import RELEASE, Discrepancy, Events
from .ground import Asking, Ground, Parts, Split
from .lanes import Spread
from .lines import Lines
from .succession import Succession

#: Events below which starting processes costs more than they save.
WORTH_PROCESSES: Final = 40_000
#: Shares for each worker, as large groups take longer than many small ones.
_SHARES: Final = 8
#: Geometries that a thread takes at a time.
_CHUNK: Final = 4_096


@dataclass(frozen=True)
class Batch:
    """What some groups gave."""

    lines: Lines
    discrepancies: list[Discrepancy]

    def without(self, events: NDArray[np.bool_]) -> Batch:
        """Return the batch without what some events gave."""
        return Batch(
            self.lines.take(~events[self.lines.event]),
            [found for found in self.discrepancies if not events[found.event]],
        )


def spread(threads: Executor | None) -> Spread:
    """Return what applies an array function to columns, chunk by chunk where there are threads.

    Parameters
    ----------
    threads
        The threads, None for none.

    Returns
    -------
    callable
        Takes the function and its columns, gives the column of results.
    """

    def apply(function: Callable[..., Any], *columns: NDArray[Any]) -> NDArray[Any]:
        if threads is None or len(columns[0]) <= _CHUNK:
            return np.asarray(function(*columns))
        starts = range(0, len(columns[0]), _CHUNK)
        tasks = [
            threads.submit(function, *(column[start : start + _CHUNK] for column in columns))
            for start in starts
        ]
        return np.concatenate([task.result() for task in tasks])

    return apply


@dataclass(frozen=True)
class Groups:
    """Groups of events to post on the cells of their ground.

    Attributes
    ----------
    events
        All events.
    succession
        Whose ground goes on under which other ids.
    rank
        Order of posting of each event.
    group
        Group of each event.
    """

    events: Events
    succession: Succession
    rank: NDArray[np.int64]
    group: NDArray[np.int64]

    def shares(self, chosen: NDArray[np.bool_], number: int) -> list[NDArray[np.int64]]:
        """Cut some events into shares of whole groups.

        Parameters
        ----------
        chosen
            Which events.
        number
            About how many shares.

        Returns
        -------
        list of ndarray of int64
            Rows, sorted by group and order of posting.
        """
        rows = np.flatnonzero(chosen)
        if not len(rows):
            return []
        rows = rows[np.lexsort((self.rank[rows], self.group[rows]))]
        ends = np.append(np.flatnonzero(np.diff(self.group[rows])) + 1, len(rows))
        wanted = np.linspace(0, len(rows), number + 1)[1:-1]
        cuts = np.unique(ends[np.searchsorted(ends, wanted)])
        return [share for share in np.split(rows, cuts) if len(share)]

    def post(self, rows: NDArray[np.int64]) -> Batch:
        """Post one share."""
        return _post(self.events, self.succession, self.rank, _split(self.group, rows))

    def submit(self, chosen: NDArray[np.bool_], workers: int, threads: Executor) -> Iterable[Batch]:
        """Post some events with several workers; threads go on while the caller does other work.

        Parameters
        ----------
        chosen
            Which events.
        workers
            Number of processes, should there be enough to do for them.
        threads
            Takes what is too little for processes.

        Returns
        -------
        iterable of Batch
            The results in the order of the groups.
        """
        shares = self.shares(chosen, _SHARES * workers)
        if chosen.sum() < WORTH_PROCESSES:
            return threads.map(self.post, shares)
        # Not forked: the caller may have threads, whose locks a forked process would keep for ever.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            tasks = [
                pool.submit(
                    _post_share,
                    self.events.take(share),
                    self.succession,
                    self.rank[share],
                    self.group[share],
                )
                for share in shares
            ]
            return [_back(task.result(), share) for task, share in zip(tasks, shares, strict=True)]


def _split(group: NDArray[np.int64], rows: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    return np.split(rows, np.flatnonzero(np.diff(group[rows])) + 1)


def _post_share(
    events: Events, succession: Succession, rank: NDArray[np.int64], group: NDArray[np.int64]
) -> Batch:
    return _post(events, succession, rank, _split(group, np.arange(len(events))))


def _back(batch: Batch, rows: NDArray[np.int64]) -> Batch:
    """Number the events as the caller does."""
    return Batch(
        replace(batch.lines, event=rows[batch.lines.event]),
        [replace(found, event=int(rows[found.event])) for found in batch.discrepancies],
    )


def _post(
    events: Events,
    succession: Succession,
    rank: NDArray[np.int64],
    groups: list[NDArray[np.int64]],
) -> Batch:
    grounds = [Ground(events, succession) for _ in groups]
    asking = [_in_turn(ground, rank, rows) for ground, rows in zip(grounds, groups, strict=True)]
    _answer(asking)
    found = [discrepancy for ground in grounds for discrepancy in ground.discrepancies]
    return Batch(_columns(events, [line for ground in grounds for line in ground.lines]), found)


def _in_turn(ground: Ground, rank: NDArray[np.int64], rows: NDArray[np.int64]) -> Asking:
    for row in rows.tolist():
        yield from ground.post(row, int(rank[row]))


def _answer(asking: list[Asking]) -> None:
    """Answer what all groups ask at a time with one overlay, until none asks any more."""
    asked = [(group, next(group, None)) for group in asking]
    while pending := [(group, split) for group, split in asked if split is not None]:
        splits = [split for _, split in pending]
        size = [len(split.cells) for split in splits]
        polygons = np.empty(len(splits), dtype=object)
        polygons[:] = [split.polygon for split in splits]
        cells = np.concatenate([split.cells for split in splits])
        outer = np.repeat([split.outer_wanted for split in splits], size)
        beyond = np.repeat([split.beyond_wanted for split in splits], size)
        try:
            parts = overlay.split_pairs(cells, np.repeat(polygons, size), outer, beyond)
        except overlay.OverlayError:
            asked = [(group, _answer_one(group, split)) for group, split in pending]
            continue
        ends = np.cumsum(size).tolist()
        asked = [
            (group, _sent(group, _cut_out(parts, end - n, end)))
            for (group, _), n, end in zip(pending, size, ends, strict=True)
        ]


def _cut_out(parts: Parts, start: int, end: int) -> Parts:
    inner, outer, beyond = parts
    return inner[start:end], outer[start:end], beyond[start:end]


def _answer_one(group: Asking, split: Split) -> Split | None:
    """Answer one group, with the error if its overlay fails."""
    polygons = np.full(len(split.cells), split.polygon, dtype=object)
    outer = np.full(len(split.cells), split.outer_wanted)
    beyond = np.full(len(split.cells), split.beyond_wanted)
    try:
        parts = overlay.split_pairs(split.cells, polygons, outer, beyond)
    except overlay.OverlayError as error:
        try:
            return group.throw(error)
        except StopIteration:
            return None
    return _sent(group, parts)


def _sent(group: Asking, parts: Parts) -> Split | None:
    try:
        return group.send(parts)
    except StopIteration:
        return None


def _columns(events: Events, lines: list[Any]) -> Lines:
    """Put lines into columns."""
    rows = np.array([line.event for line in lines], dtype=np.int64)
    release = events.kind[rows] == RELEASE

    def column(name: str) -> NDArray[np.object_]:
        out = np.empty(len(lines), dtype=object)
        out[:] = [getattr(line, name) for line in lines]
        return out

    return Lines(
        event=rows,
        uid=events.uid[rows],
        kind=column("kind"),
        hazard=np.where(release, events.hazard[rows], events.uid[rows]).astype(object),
        on=events.on[rows],
        scopes=column("scopes").astype(np.uint8),
        claim_from=column("claim_from"),
        claim_to=column("claim_to"),
        ground_from=column("ground_from"),
        ground_to=column("ground_to"),
        mm2=column("mm2").astype(np.int64),
        exact=column("exact").astype(np.float64),
        piece=column("piece"),
    )
