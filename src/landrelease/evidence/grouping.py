"""From pairs of like reports to groups of one text; a merged report stands in several.

Groups grow by average linkage (Sokal and Michener 1958): two groups join while the mean log-odds
over all pairs between them speaks for one text. A chain of single resemblances does not suffice.
Then every report is held against the groups that it is not in: one that puts two stories together
belongs to both, and does not make them one.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

AGAINST = -6_000  # log-odds in thousandths: pairs that were no candidates, and the least for any
FOR = 5_000  # the most: one close resemblance must not outweigh two clear differences
CAUTION = 500  # two reports are told apart unless the odds are clearly for one text


def groups(
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    odds: NDArray[np.int64],
    rank: Sequence[int],
) -> list[tuple[int, ...]]:
    """Group reports.

    Parameters
    ----------
    first, second : ndarray of int64
        Pairs of positions, each pair once.
    odds : ndarray of int64
        Log-odds of each pair in thousandths.
    rank : sequence of int
        A number for each report that does not depend on its position: it decides between equal
        cases, so that the order of the reports is no matter.

    Returns
    -------
    list of tuple of int
        Positions, ascending; every report stands in one group at least.
    """
    clipped = np.clip(odds - CAUTION, AGAINST, FOR)
    told = clipped > AGAINST
    ties: list[dict[int, int]] = [{} for _ in range(len(rank))]
    pairs = zip(first[told].tolist(), second[told].tolist(), clipped[told].tolist(), strict=True)
    for one, other, value in pairs:
        ties[one][other] = ties[other][one] = value
    members = _linked(ties, rank)
    owner = {report: number for number, held in members.items() for report in held}
    made = {number: list(held) for number, held in members.items()}
    for report, near in enumerate(ties):
        sums: dict[int, list[int]] = {}
        for other, value in near.items():
            group = owner[other]
            if group != owner[report]:
                entry = sums.setdefault(group, [0, 0])
                entry[0] += value
                entry[1] += 1
        for group, (total, seen) in sums.items():
            if total + AGAINST * (len(members[group]) - seen) > 0:
                made[group].append(report)
    return sorted({tuple(sorted(group)) for group in made.values()})


def _linked(ties: Sequence[dict[int, int]], rank: Sequence[int]) -> dict[int, list[int]]:
    """Join groups by their mean log-odds, the likeliest first."""
    members = {number: [number] for number in range(len(ties))}
    name = list(rank)  # the smallest rank of its members names a group
    # For each group its neighbours, with the sum over the known pairs and their number.
    near = [{other: (value, 1) for other, value in own.items()} for own in ties]
    version = [0] * len(ties)
    heap: list[tuple[float, int, int, int, int, int, int]] = []

    def offer(one: int, other: int) -> None:
        total, seen = near[one][other]
        size = len(members[one]) * len(members[other])
        total += AGAINST * (size - seen)
        if total > 0:
            low, high = (one, other) if name[one] < name[other] else (other, one)
            heapq.heappush(
                heap,
                (-total / size, name[low], name[high], low, high, version[low], version[high]),
            )

    for one, own in enumerate(near):
        for other in own:
            if one < other:
                offer(one, other)
    while heap:
        _, _, _, one, other, seen_one, seen_other = heapq.heappop(heap)
        if version[one] != seen_one or version[other] != seen_other:
            continue
        if len(near[one]) < len(near[other]):
            one, other = other, one
        members[one] += members.pop(other)
        name[one] = min(name[one], name[other])
        version[one] += 1
        version[other] = -1
        for third, (total, seen) in near[other].items():
            if third == one:
                continue
            held, known = near[one].get(third, (0, 0))
            near[one][third] = near[third][one] = (held + total, known + seen)
            del near[third][other]
        near[one].pop(other, None)
        near[other] = {}
        for third in near[one]:
            offer(one, third)
    return members
