"""Groups of one text among very many reports: out of core, with Dask, on any number of workers.

Every step is a task on one part of the collection that reads and writes arrays in a folder. What a
task gives depends on the reports alone, and what is added up are whole numbers: so the groups are
the same for 1, 2 or n workers and for any order of the reports.
"""

from __future__ import annotations

import json
import multiprocessing
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landrelease.evidence import grouping, likeness, prints
from landrelease.evidence.errors import EvidenceError
from landrelease.evidence.likeness import Rarity, Sketches

PART = 5_000  # reports of a task
_CUT = 1_000  # texts cut into sentences at a time
_POSTED = 2_000_000  # postings of a task, about; a pair of words has forty on average at most

Source = Sequence[Path] | Sequence[tuple[str, str]]
Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True)
class Grouped:
    """The groups of a collection.

    Attributes
    ----------
    ids : list of str
        Of the reports, in the order read.
    groups : list of tuple of int
        Positions in `ids`, ascending. Every report stands in one group at least; a report that
        puts two stories together stands in several.
    """

    ids: list[str]
    groups: list[tuple[int, ...]]


@dataclass(frozen=True)
class _Lines:
    """A run of lines of a JSON-lines file."""

    path: Path
    offset: int
    count: int


def groups(
    source: Source,
    *,
    workers: int = 1,
    folder: Path | None = None,
    client: Any = None,
    progress: Progress = lambda stage, done, total: None,
) -> Grouped:
    """Group reports that go back to one text.

    Memory is bounded by a part of the collection in each worker, and by the pairs that may be
    copies (some 100 bytes each) in the calling process.

    Parameters
    ----------
    source : sequence of Path, or of (str, str)
        JSON-lines files with an object ``{"id", "text"}`` a line; or ids and texts. Texts are
        compared as they are: notices that an outlet puts under every report are common, and
        so weigh nothing.
    workers : int
        Processes.
    folder : Path, optional
        Where intermediate arrays are written, about 10 kB a report; by default a temporary
        folder. What is written there is removed.
    client : distributed.Client, optional
        Runs the tasks instead of processes of this machine; `folder` must be one that all its
        workers see.
    progress : callable
        Called with the stage, the number of tasks done and that of all.

    Returns
    -------
    Grouped
        The same whatever the number of workers and, up to the numbering, the order of reports.

    Raises
    ------
    EvidenceError
        When a line is no such object, or two reports have one id.
    """
    parts = list(_parts(source))
    with (
        tempfile.TemporaryDirectory(dir=folder, prefix="copies-") as name,
        _Runner(workers, client, progress) as run,
    ):
        return _Work(Path(name), run).groups(parts)


def _parts(source: Source) -> Iterator[_Lines | list[tuple[str, str]]]:
    if source and isinstance(source[0], Path):
        for path in source:
            assert isinstance(path, Path)
            with path.open("rb") as lines:
                while True:
                    offset = lines.tell()
                    count = sum(1 for _ in islice(iter(lines.readline, b""), PART))
                    if not count:
                        break
                    yield _Lines(path, offset, count)
    else:
        for begin in range(0, len(source), PART):
            yield list(source[begin : begin + PART])  # type: ignore[arg-type]


class _Runner:
    """Runs tasks with Dask, in this process or in others."""

    def __init__(self, workers: int, client: Any, progress: Progress) -> None:
        self.client, self.progress = client, progress
        self.pool = None
        if client is None and workers > 1:
            # Not forked: the caller may have threads, whose locks a forked process would keep.
            context = multiprocessing.get_context("spawn")
            self.pool = ProcessPoolExecutor(workers, mp_context=context)

    def __enter__(self) -> _Runner:
        return self

    def __exit__(self, *_: object) -> None:
        if self.pool is not None:
            self.pool.shutdown()

    def __call__(
        self, stage: str, task: Callable[..., Any], each: Sequence[tuple[Any, ...]]
    ) -> Any:
        dask: Any = import_module("dask")  # only where it is used; its package has no types
        self.progress(stage, 0, len(each))
        delayed = [dask.delayed(task, pure=False)(*arguments) for arguments in each]
        if self.client is not None:
            done = self.client.gather(self.client.compute(delayed))
        elif self.pool is not None:
            done = dask.compute(*delayed, scheduler="processes", pool=self.pool, chunksize=1)
        else:
            done = dask.compute(*delayed, scheduler="synchronous")
        self.progress(stage, len(each), len(each))
        return list(done)


class _Work:
    """The steps, over the arrays in one folder."""

    def __init__(self, folder: Path, run: _Runner) -> None:
        self.folder, self.run = folder, run

    def groups(self, parts: Sequence[Any]) -> Grouped:
        """Go through all steps."""
        numbers = range(len(parts))
        made = self.run(
            "reading reports",
            _sketch_part,
            [(self.folder, number, part) for number, part in zip(numbers, parts, strict=True)],
        )
        ids = [name for names, _ in made for name in names]
        if len(set(ids)) < len(ids):
            twice = next(name for name, count in Counter(ids).items() if count > 1)
            raise EvidenceError(f"two reports have the id {twice!r}; give each an id of its own")
        starts = likeness.offsets(np.array([len(names) for names, _ in made], dtype=np.int64))
        if not ids:
            return Grouped([], [])
        keys, hashes, counts = (
            np.concatenate([np.load(self.folder / f"{name}-{number}.npy") for number in numbers])
            for name in ("key", "sentences", "counts")
        )
        lead = prints.representatives(keys, hashes, counts)
        del hashes
        chosen = np.unique(lead)
        chosen = chosen[np.argsort(keys[chosen], kind="stable")]
        number_of = np.zeros(len(ids), dtype=np.int64)
        number_of[chosen] = np.arange(len(chosen))
        which = number_of[lead]
        self._keep(chosen, starts)
        first, second, odds = self._odds(starts, sum(count for _, count in made), len(chosen))
        # Positions among the different texts, which are numbered by their hashes.
        grouped = grouping.groups(which[first], which[second], odds, range(len(chosen)))
        held: list[list[int]] = [[] for _ in chosen]
        for place, report in enumerate(which.tolist()):
            held[report].append(place)
        return Grouped(
            ids, sorted(tuple(sorted(p for one in group for p in held[one])) for group in grouped)
        )

    def _keep(self, chosen: NDArray[np.int64], starts: NDArray[np.int64]) -> None:
        """Note which reports stand for all that print their text."""
        single = np.zeros(starts[-1], dtype=bool)
        single[chosen] = True
        np.save(self.folder / "single.npy", single)

    def _odds(
        self, starts: NDArray[np.int64], features: int, reports: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        numbers = range(len(starts) - 1)
        bits = Rarity.size(features)
        table = np.zeros(1 << bits, dtype=np.uint16)
        tasks = [(self.folder, number, starts, bits) for number in numbers]
        for step in range(0, len(tasks), 64):
            for entry, count in self.run("counting", _count_part, tasks[step : step + 64]):
                table[entry] = np.minimum(table[entry].astype(np.uint32) + count, 0xFFFF)
        np.save(self.folder / "rarity.npy", table)
        del table
        # Most pairs of words stand in one report alone, or in very many: a sixth is indexed, about.
        partitions = 1 + features // (6 * _POSTED)
        posted = self.run(
            "indexing",
            _post_part,
            [(self.folder, number, starts, reports, partitions) for number in numbers],
        )
        np.save(self.folder / "entries.npy", np.concatenate(posted))
        self.run(
            "looking for candidates",
            _meet,
            [(self.folder, partition, starts) for partition in range(partitions)],
        )
        found = self.run(
            "comparing",
            _measure_part,
            [(self.folder, number, starts, reports, partitions) for number in numbers],
        )
        first, second, odds = (np.concatenate(column) for column in zip(*found, strict=True))
        return first, second, odds


def _documents(part: _Lines | list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    if not isinstance(part, _Lines):
        yield from part
        return
    with part.path.open("rb") as lines:
        lines.seek(part.offset)
        for number, line in enumerate(islice(lines, part.count)):
            try:
                one = json.loads(line)
                yield str(one["id"]), str(one["text"])
            except (ValueError, KeyError, TypeError) as error:
                raise EvidenceError(
                    f"{part.path}: line {number + 1} after byte {part.offset} is no JSON object "
                    'with "id" and "text"'
                ) from error


def _sketch_part(folder: Path, number: int, part: Any) -> tuple[list[str], int]:
    documents = list(_documents(part))
    texts = [text for _, text in documents]
    made = [likeness.sketch(texts[k : k + _CUT]) for k in range(0, len(texts), _CUT)]
    whole = likeness.joined(made)
    for name in ("starts", "bounds", "feature", "key"):
        np.save(folder / f"{name}-{number}.npy", getattr(whole, name))
    for name, column in zip(("sentences", "counts"), prints.sentences(whole), strict=True):
        np.save(folder / f"{name}-{number}.npy", column)
    return [name for name, _ in documents], len(whole.feature)


def _load(folder: Path, number: int) -> Sketches:
    return Sketches(
        *(
            np.load(folder / f"{name}-{number}.npy", mmap_mode="r")
            for name in ("starts", "bounds", "feature", "key")
        )
    )


def _single(folder: Path, number: int, starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Reports of a part that stand for all that print their text."""
    single = np.load(folder / "single.npy", mmap_mode="r")
    return np.flatnonzero(single[starts[number] : starts[number + 1]])


def _rarity(folder: Path, reports: int) -> Rarity:
    return Rarity(np.load(folder / "rarity.npy", mmap_mode="r"), reports)


def _count_part(folder: Path, number: int, starts: NDArray[np.int64], bits: int) -> Any:
    return likeness.counted(_load(folder, number).take(_single(folder, number, starts)), bits)


def _post_part(
    folder: Path, number: int, starts: NDArray[np.int64], reports: int, partitions: int
) -> NDArray[np.int32]:
    """Write the entries of a part, and count those of each of its reports."""
    chosen = _single(folder, number, starts)
    part = _load(folder, number).take(chosen)
    posted = likeness.postings(part, _rarity(folder, reports), chosen + starts[number])
    edges = (np.arange(1, partitions, dtype=np.uint64) << np.uint64(32)) // np.uint64(partitions)
    cuts = np.searchsorted(posted, edges << np.uint64(32))
    for partition, share in enumerate(np.split(posted, cuts)):
        np.save(folder / f"posted-{partition}-{number}.npy", share)
    owner = (posted & np.uint64(0xFFFFFFFF)).astype(np.int64) - starts[number]
    size = int(starts[number + 1] - starts[number])
    return np.bincount(owner, minlength=size).astype(np.int32)


def _meet(folder: Path, partition: int, starts: NDArray[np.int64]) -> None:
    files = [folder / f"posted-{partition}-{number}.npy" for number in range(len(starts) - 1)]
    posted = np.sort(np.concatenate([np.load(file) for file in files]))
    for file in files:
        file.unlink()
    met, count = likeness.counted_meetings(likeness.meetings(posted))
    cuts = np.searchsorted(met, starts[1:-1].astype(np.uint64) << np.uint64(32))
    for number, (pairs, counts) in enumerate(
        zip(np.split(met, cuts), np.split(count, cuts), strict=True)
    ):
        np.save(folder / f"met-{partition}-{number}.npy", pairs)
        np.save(folder / f"often-{partition}-{number}.npy", counts)


def _candidates(folder: Path, number: int, partitions: int) -> NDArray[np.uint64]:
    pairs, counts = (
        np.concatenate(
            [
                np.load(folder / f"{name}-{partition}-{number}.npy")
                for partition in range(partitions)
            ]
        )
        for name in ("met", "often")
    )
    if not len(pairs):
        return pairs
    order = np.argsort(pairs)
    begin = np.flatnonzero(np.append(True, np.diff(pairs[order]) != 0))
    often = np.add.reduceat(counts[order].astype(np.int64), begin)
    posted = np.load(folder / "entries.npy", mmap_mode="r")
    return likeness.candidates(pairs[order][begin], often, posted)


def _measure_part(
    folder: Path, number: int, starts: NDArray[np.int64], reports: int, partitions: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    found = _candidates(folder, number, partitions)
    first = (found >> np.uint64(32)).astype(np.int64)
    second = (found & np.uint64(0xFFFFFFFF)).astype(np.int64)
    rarity = _rarity(folder, reports)
    odds = []
    # Some reports at a time, so that what they are compared with fits into memory.
    cuts = np.append(np.arange(0, len(first), 50_000), len(first))
    for begin, end in pairwise(cuts.tolist()):
        one, other = first[begin:end], second[begin:end]
        needed = np.flatnonzero(np.bincount(np.concatenate((one, other)))).astype(np.int64)
        owner = np.searchsorted(starts, needed, side="right") - 1
        held = likeness.joined(
            [
                _load(folder, part).take(needed[owner == part] - starts[part])
                for part in np.unique(owner).tolist()
            ]
        )
        odds.append(
            likeness.measure(
                held, rarity, np.searchsorted(needed, one), np.searchsorted(needed, other)
            ).odds()
        )
    total = np.concatenate(odds) if odds else np.empty(0, dtype=np.int64)
    kept = total - grouping.CAUTION > grouping.AGAINST
    return first[kept], second[kept], total[kept]
