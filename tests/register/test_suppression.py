"""An attacker who knows all that was ever published, and solves for the rest, learns too little."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from landrelease.register import suppression
from landrelease.register.suppression import ALL, Published, all_cells, all_values, protect

K = 5


def attack(publications: list[Published]) -> list[tuple[float, float]]:
    """Least and largest value of each count withheld from every publication that has its value.

    Written apart from the module: one unknown for each count and publication; equations for the
    sums, for what was printed, and for counts that did not change, which the attacker is told.
    """
    categories = [
        sorted({name for one in publications for name in one.categories[axis]})
        for axis in range(len(publications[0].categories))
    ]
    cells = all_cells(categories)
    index = {
        (number, cell): at
        for at, (number, cell) in enumerate(itertools.product(range(len(publications)), cells))
    }
    values = [all_values(one.counts) for one in publications]
    left, right = [], []

    def equation(parts: dict[int, float], total: float) -> None:
        row = np.zeros(len(index))
        for at, factor in parts.items():
            row[at] = factor
        left.append(row)
        right.append(total)

    for number, one in enumerate(publications):
        for cell in cells:
            at = index[number, cell]
            absent = any(
                n != ALL and n not in names for n, names in zip(cell, one.categories, strict=True)
            )
            if absent or cell in one.shown:
                equation({at: 1.0}, values[number].get(cell, 0))
            for axis, name in enumerate(cell):
                if name == ALL:
                    parts = [(*cell[:axis], n, *cell[axis + 1 :]) for n in categories[axis]]
                    equation({at: -1.0, **{index[number, part]: 1.0 for part in parts}}, 0.0)
            if number and values[number].get(cell, 0) == values[number - 1].get(cell, 0):
                equation({at: 1.0, index[number - 1, cell]: -1.0}, 0.0)
    found = []
    for number, one in enumerate(publications):
        for cell in one.cells():
            if cell in one.shown:
                continue
            goal = np.zeros(len(index))
            goal[index[number, cell]] = 1.0
            ends = []
            for sign in (1.0, -1.0):
                solved = linprog(sign * goal, A_eq=np.array(left), b_eq=np.array(right))
                assert solved.status in (0, 3), solved.message
                ends.append(float("inf") if solved.status == 3 else sign * solved.fun)
            found.append((ends[0], ends[1]))
    return found


counts_2d = st.dictionaries(
    st.tuples(st.sampled_from("ABC"), st.sampled_from("xyz")), st.integers(1, 14), min_size=1
)
counts_3d = st.dictionaries(
    st.tuples(st.sampled_from("AB"), st.sampled_from("xy"), st.sampled_from(["2001", "2002"])),
    st.integers(1, 14),
    min_size=1,
)


@given(st.one_of(counts_2d, counts_3d))
@settings(max_examples=40)
def test_no_withheld_count_can_be_narrowed(counts):
    table = protect(counts, K)
    assert table is not None
    full = all_values(counts)
    assert not [cell for cell in table.shown if 0 < full.get(cell, 0) < K]
    for least, largest in attack([table]):
        assert largest - least >= K - 1e-5


@given(counts_2d, st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from("xyz"),
                                     st.integers(-3, 8)), min_size=1, max_size=3))  # fmt: skip
@settings(max_examples=40)
def test_two_publications_give_away_no_more_by_difference(counts, changes):
    first = protect(counts, K)
    later = dict(counts)
    for unit, name, change in changes:
        later[unit, name] = max(0, later.get((unit, name), 0) + change)
    second = protect(later, K, [first], dimensions=2)
    if second is None:
        return  # the first stands for longer
    for least, largest in attack([first, second]):
        assert largest - least >= K - 1e-5
    before, after = all_values(counts), all_values(later)
    for cell in first.shown & second.shown:
        assert not 0 < abs(after.get(cell, 0) - before.get(cell, 0)) < K


def test_one_small_count_takes_others_with_it():
    counts = {("A", "x"): 2, ("A", "y"): 20, ("B", "x"): 30, ("B", "y"): 40}
    table = protect(counts, K)
    assert ("A", "x") not in table.shown
    assert len(set(table.cells()) - table.shown) >= 4
    assert min(high - low for low, high in suppression.bounds(table).values()) >= K


def test_large_counts_are_all_printed():
    counts = {(a, b): 10 for a in "AB" for b in "xy"}
    table = protect(counts, K)
    assert table.shown == frozenset(table.cells())


def test_what_did_not_change_is_printed_as_before():
    counts = {("A", "x"): 2, ("A", "y"): 20, ("B", "x"): 30, ("B", "y"): 40}
    first = protect(counts, K)
    assert protect(counts, K, [first]).shown == first.shown


def test_a_threshold_hides_something_and_counts_are_counts():
    with pytest.raises(ValueError, match="hides no count"):
        protect({("A",): 3}, 1)
    with pytest.raises(ValueError, match="negative"):
        protect({("A",): -3}, 5)
    with pytest.raises(ValueError, match="stands for totals"):
        protect({(ALL,): 3}, 5)
