"""Small counts that are not published, and what else must not be, so that they stay unknown.

A count below a threshold may point at single people or places (rule 25), so it is not printed. As
totals are printed, it could be computed from the rest of its row; more has to be left out with it.
Which, is found by linear programming, the established way for tables that add up:

    J. P. Kelly, B. L. Golden, A. A. Assad: Cell suppression: disclosure protection for sensitive
    tabular data. Networks 22 (1992) 397-417. M. Fischetti, J. J. Salazar: Solving the cell
    suppression problem on tabular data with linear constraints. Management Science 47 (2001)
    1008-1027.

**The attacker** knows every count that was ever published of this table, that counts are not
negative, that they add up to their totals, and which of them have not changed in between; about
each count that is not printed he solves for the least and the largest it can be.

**What holds** (:func:`bounds` measures it): for every count that is not printed, these are at
least the threshold apart; for a small count the least is zero.

**Time.** Published and then not, or the other way round, a table gives away by difference what
neither gives away alone. So all publications are one system: a count that stayed the same is one
unknown, which once printed is known for good and once withheld stays so; and where a printed
count has since changed by less than the threshold, its new value counts as small, too. If no
choice protects everything, the last published table stands for longer (:func:`protect` gives
None).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array, hstack

#: Category that stands for all of a dimension.
ALL: Final = "all"

Cell = tuple[str, ...]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: Slack of the solver: how far it may miss a bound.
_TOLERANCE = 1e-6
#: Categories of a dimension among which a count is protected, before all are looked at.
_FEW = 2


@dataclass(frozen=True)
class Published:
    """A table as it was published, with what was withheld.

    Attributes
    ----------
    counts
        Cells of the inside of the table, one category a dimension, to the count; a cell that is
        not in it counts nothing.
    shown
        Cells, totals with :data:`ALL` included, that were printed. A cell of which every category
        is among :attr:`categories` and that is not in it was withheld.
    categories
        Of each dimension, without :data:`ALL`.
    """

    counts: Mapping[Cell, int]
    shown: frozenset[Cell]
    categories: tuple[tuple[str, ...], ...]

    def cells(self) -> list[Cell]:
        """Every cell of the table, totals last in each dimension."""
        return all_cells(self.categories)


def all_cells(categories: Sequence[Sequence[str]]) -> list[Cell]:
    """Cells of a table with all its totals."""
    return list(itertools.product(*[(*names, ALL) for names in categories]))


def all_values(counts: Mapping[Cell, int]) -> dict[Cell, int]:
    """Counts with all their totals; what is not among them counts nothing."""
    full: dict[Cell, int] = {}
    for cell, count in counts.items():
        for total in itertools.product(*[(name, ALL) for name in cell]):
            full[total] = full.get(total, 0) + count
    return full


def protect(
    counts: Mapping[Cell, int],
    threshold: int,
    before: Sequence[Published] = (),
    *,
    dimensions: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Published | None:
    """Choose which counts of a table are printed.

    Parameters
    ----------
    counts
        Cells of the inside to their counts.
    threshold
        Counts from 1 up to one less are small.
    before
        The table as published earlier, oldest first.
    dimensions
        Number of dimensions; needed only for a table without any count.
    progress
        Told of the counts looked at, and of all to be looked at.

    Returns
    -------
    Published or None
        None when the table cannot be published without giving away a small count or a small
        change: what was published last stands for longer.

    Raises
    ------
    ValueError
        For a threshold below 2 or a negative count.
    """
    if threshold < 2:
        raise ValueError(f"a threshold of {threshold} hides no count; give 2 or more")
    if any(count < 0 for count in counts.values()):
        raise ValueError("a count is negative")
    system = _System.of(counts, before, dimensions)
    chosen = _Choice(system, threshold)
    while True:
        open_ = chosen.unprotected()
        withheld = int(chosen.withheld.sum())
        progress(withheld - len(open_), withheld)
        if not open_:
            break
        if not chosen.widen(open_[0]):
            return None
    return Published(
        {cell: count for cell, count in counts.items() if count},
        frozenset(
            cell for cell, at in system.current.items() if not chosen.withheld[at]
        ),
        system.categories,
    )  # fmt: skip


def bounds(table: Published, before: Sequence[Published] = ()) -> dict[Cell, tuple[float, float]]:
    """Least and largest value that an attacker can give each withheld count of a table.

    Parameters
    ----------
    table
        As published.
    before
        As published earlier, oldest first; the attacker is taken to know which counts have not
        changed since.

    Returns
    -------
    dict
        Withheld cells to (least, largest); ``inf`` where nothing limits it.
    """
    system = _System.of(table.counts, before, len(table.categories))
    withheld = system.withheld_before.copy()
    for cell, at in system.current.items():
        if cell in table.shown:
            withheld[at] = False
        elif not system.known[at]:
            withheld[at] = True
    return {
        cell: system.interval(at, withheld)
        for cell, at in system.current.items()
        if withheld[at]
    }  # fmt: skip


# --- the system of all publications ---------------------------------------------------------------


@dataclass(frozen=True)
class _System:
    """Unknowns (a count while it stayed the same) and the sums that bind them.

    Attributes
    ----------
    values
        Of each unknown.
    sums
        Matrix with one row a sum: its parts count +1, the total -1.
    current
        Cells of the new table to their unknowns.
    known
        Unknowns that an earlier publication has printed.
    withheld_before
        Unknowns that an earlier publication withheld.
    earlier_value
        Unknowns of the new table to the value of the same count before.
    places
        Of each unknown: the number of its category in each dimension; that of a total is one more
        than the last.
    """

    values: Ints
    sums: Any
    current: dict[Cell, int]
    known: Bools
    withheld_before: Bools
    earlier_value: dict[int, int]
    categories: tuple[tuple[str, ...], ...]
    places: Ints

    @classmethod
    def of(
        cls, counts: Mapping[Cell, int], before: Sequence[Published], dimensions: int | None
    ) -> _System:
        wide = dimensions or len(next(iter(counts), ())) or (
            len(before[0].categories) if before else 0
        )  # fmt: skip
        named: list[set[str]] = [set() for _ in range(wide)]
        for table in (*[one.counts for one in before], counts):
            for cell in table:
                for names, name in zip(named, cell, strict=True):
                    names.add(name)
        for one in before:
            for names, listed in zip(named, one.categories, strict=True):
                names.update(listed)
        if any(ALL in names for names in named):
            raise ValueError(f"{ALL!r} stands for totals and cannot be a category")
        categories = tuple(tuple(sorted(names)) for names in named)
        cells = all_cells(categories)
        values: list[int] = []
        known: list[bool] = []
        withheld: list[bool] = []
        latest: dict[Cell, int] = {}
        earlier: dict[int, int] = {}
        places: list[tuple[int, ...]] = []
        numbers = [{name: n for n, name in enumerate((*names, ALL))} for names in categories]
        rows: dict[tuple[tuple[int, int], ...], None] = {}
        for number, table in enumerate((*[one.counts for one in before], counts)):
            full = all_values(table)
            now = number == len(before)
            for cell in cells:
                value = full.get(cell, 0)
                at = latest.get(cell)
                if at is None or values[at] != value:
                    values.append(value)
                    known.append(False)
                    withheld.append(False)
                    places.append(
                        tuple(known_as[name] for known_as, name in zip(numbers, cell, strict=True))
                    )
                    if at is not None and now:
                        earlier[len(values) - 1] = values[at]
                    at = latest[cell] = len(values) - 1
                if not now:
                    one = before[number]
                    # A category that the table did not have then was seen to count nothing.
                    absent = any(
                        name != ALL and name not in names
                        for name, names in zip(cell, one.categories, strict=True)
                    )
                    known[at] = known[at] or absent or cell in one.shown
                    withheld[at] = withheld[at] or not (absent or cell in one.shown)
            for sum_ in _sums(cells, categories, latest):
                rows[sum_] = None
        entries = [(row, at, sign) for row, sum_ in enumerate(rows) for at, sign in sum_]
        row, column, sign = zip(*entries, strict=True) if entries else ((), (), ())
        return cls(
            np.array(values, dtype=np.int64),
            csr_array((sign, (row, column)), shape=(len(rows), len(values)), dtype=float),
            dict(latest),
            np.array(known, dtype=bool),
            np.array(withheld, dtype=bool) & ~np.array(known, dtype=bool),
            earlier,
            categories,
            np.array(places, dtype=np.int64).reshape(len(values), wide),
        )

    def interval(self, at: int, withheld: Bools) -> tuple[float, float]:
        """What an attacker can say of one unknown, when those of a mask are withheld."""
        ends = []
        for sign in (1.0, -1.0):
            move = self.farthest(at, sign, withheld)
            ends.append(float("inf") if move is None else float(self.values[at] + move[at]))
        return ends[1], ends[0]

    def farthest(self, at: int, sign: float, withheld: Bools) -> Floats | None:
        """Change the withheld counts so that one moves as far as it goes, and all sums stay true.

        Parameters
        ----------
        at, sign
            Which unknown is to move, and whither.
        withheld
            Unknowns that may move.

        Returns
        -------
        ndarray or None
            Change of every unknown; None when there is no limit.
        """
        where = np.flatnonzero(withheld)
        moves = _Moves(self, where)
        moves.cost[np.searchsorted(where, at)] = -sign
        return moves.solve()

    def cheapest(
        self, at: int, sign: float, by: float, withheld: Bools, prices: Floats
    ) -> Floats | None:
        """Change counts so that one moves by an amount, all sums stay true, and it costs least.

        Parameters
        ----------
        at, sign, by
            Which unknown is to move, whither and how far.
        withheld
            Unknowns that may move without cost.
        prices
            Cost of moving the others, by one. Infinite: fixed.

        Returns
        -------
        ndarray or None
            Change of every unknown. None when there is no way.
        """
        may = withheld | np.isfinite(prices)
        for near in self._neighbourhoods(at, by, withheld, prices):
            where = np.flatnonzero(may if near is None else may & near)
            moves = _Moves(self, where)
            target = int(np.searchsorted(where, at))
            moves.least[target] = moves.most[target] = sign * by
            moves.charge(np.where(withheld, 0.0, prices)[where])
            change = moves.solve()
            if change is not None:
                return change
        return None

    def _neighbourhoods(
        self, at: int, by: float, withheld: Bools, prices: Floats
    ) -> Iterator[Bools | None]:
        """Parts of the table in which a count may be protected, wider ones last; None is all.

        A part has all that is withheld, and of the rest what stands in a few categories of each
        dimension and their totals: those in whose line it costs least to move something, and those
        where there is enough to move it down by as much.
        """
        here = self.places[at]
        widths = np.array([len(names) for names in self.categories])
        for few in (_FEW, 4 * _FEW):
            if np.prod(np.minimum(widths, 2 * few) + 2) > len(self.values) / 2:
                break
            near = np.ones(len(self.values), dtype=bool)
            for axis, width in enumerate(widths):
                line = np.all(np.delete(self.places == here, axis, axis=1), axis=1)
                line &= (self.places[:, axis] != here[axis]) & (self.places[:, axis] < width)
                found = np.flatnonzero(line & (withheld | np.isfinite(prices)))
                cost = np.where(withheld, 0.0, prices)[found]
                order = found[np.lexsort((found, cost))]
                enough = order[self.values[order] >= by]
                keep = np.zeros(width + 1, dtype=bool)
                keep[[here[axis], width]] = True
                keep[self.places[order[:few], axis]] = True
                keep[self.places[enough[:few], axis]] = True
                near &= keep[self.places[:, axis]]
            yield near | withheld
        yield None

    def move_all(
        self, targets: Sequence[int], sign: float, withheld: Bools, by: float
    ) -> Floats | None:
        """Change withheld counts so that many move the same way at once, each up to ``by``."""
        where = np.flatnonzero(withheld)
        moves = _Moves(self, where)
        moves.reward(np.searchsorted(where, targets), sign, by)
        return moves.solve()


class _Moves:
    """Changes of some counts that leave all sums true, as a linear program.

    One variable a count says by how much it changes; costs and rewards add variables for parts of
    a change.

    Attributes
    ----------
    cost, least, most
        Of each count that may change: what a change by one costs, and its limits.
    """

    def __init__(self, system: _System, where: Ints) -> None:
        self.system, self.where = system, where
        sums = system.sums[:, where]
        self._sums = sums[np.diff(sums.indptr) > 0]
        self.cost = np.zeros(len(where))
        self.least = -system.values[where].astype(float)
        self.most = np.full(len(where), np.inf)
        #: Further variables: the count each belongs to, its direction, cost and limit.
        self._more: list[tuple[Ints, float, Floats, Floats]] = []

    def charge(self, prices: Floats) -> None:
        """Let the change of a count cost its price by one, whichever way."""
        paid = np.flatnonzero(prices)
        # Upward by the variable itself, downward by a second one.
        self.cost[paid] = prices[paid]
        down = -self.least[paid]
        self.least[paid] = np.maximum(self.least[paid], 0.0)
        self._more.append((paid, -1.0, prices[paid], down))

    def reward(self, targets: Ints, sign: float, by: float) -> None:
        """Prize the change of some counts one way, up to an amount."""
        limit = np.full(len(targets), by)
        if sign < 0:
            limit = np.minimum(limit, -self.least[targets])
        self._more.append((targets, sign, np.full(len(targets), -1.0), limit))
        if sign < 0:
            # What is left to go down by the variable itself.
            self.least[targets] += limit

    def solve(self) -> Floats | None:
        """Change of every unknown of the system; None when there is none, or no limit to it."""
        columns = [self._sums, *(sign * self._sums[:, at] for at, sign, _, _ in self._more)]
        cost = np.concatenate([self.cost, *(cost for _, _, cost, _ in self._more)])
        least = np.concatenate([self.least, *(np.zeros(len(at)) for at, _, _, _ in self._more)])
        most = np.concatenate([self.most, *(limit for _, _, _, limit in self._more)])
        matrix = hstack(columns).tocsr()
        found = linprog(
            cost,
            A_eq=matrix if matrix.shape[0] else None,
            b_eq=np.zeros(matrix.shape[0]) if matrix.shape[0] else None,
            bounds=np.column_stack([least, most]),
            method="highs",
        )
        if found.status != 0:
            return None
        parts = np.split(found.x, np.cumsum([len(self.where), *(len(m[0]) for m in self._more)]))
        change = np.zeros(len(self.system.values))
        change[self.where] = parts[0]
        for (at, sign, _, _), part in zip(self._more, parts[1:], strict=False):
            change[self.where[at]] += sign * part
        return change


def _sums(
    cells: Sequence[Cell], categories: Sequence[Sequence[str]], at: Mapping[Cell, int]
) -> list[tuple[tuple[int, int], ...]]:
    """Each total with its parts along each dimension."""
    found = []
    for cell in cells:
        for axis, name in enumerate(cell):
            if name == ALL:
                parts = [(*cell[:axis], each, *cell[axis + 1 :]) for each in categories[axis]]
                found.append((*[(at[part], 1) for part in parts], (at[cell], -1)))
    return found


# --- choosing -------------------------------------------------------------------------------------


class _Choice:
    """Which unknowns are withheld, and what is certain to be protected by now."""

    def __init__(self, system: _System, threshold: int) -> None:
        self.system = system
        self.threshold = threshold
        self.now = np.zeros(len(system.values), dtype=bool)
        self.now[list(system.current.values())] = True
        values = system.values
        self.small = self.now & ~system.known & (values > 0) & (values < threshold)
        for at, value in system.earlier_value.items():
            if abs(int(values[at]) - value) < threshold and not system.known[at]:
                self.small[at] = True
        self.withheld = system.withheld_before | self.small
        #: How far each unknown can certainly be moved by moving withheld ones alone.
        self._reach_up = np.zeros(len(values))
        self._reach_down = np.zeros(len(values))

    def unprotected(self) -> list[int]:
        """Withheld unknowns, the small ones first, not yet shown to be protected."""
        for sign in (1.0, -1.0):
            self._move_all(sign)
        return self._open()

    def _open(self) -> list[int]:
        order = [*np.flatnonzero(self.withheld & self.small), *np.flatnonzero(self.withheld)]
        return [at for at in dict.fromkeys(map(int, order)) if not self._protected(at)]

    def _protected(self, at: int) -> bool:
        up, down = self._reach_up[at] + _TOLERANCE, self._reach_down[at] + _TOLERANCE
        value = self.system.values[at]
        if 0 < value < self.threshold:
            return bool(down >= value and up >= self.threshold - value)
        return bool(up + down >= self.threshold)

    def widen(self, at: int) -> bool:
        """Withhold what it takes to protect one unknown; False when nothing does."""
        value = float(self.system.values[at])
        wanted = float(self.threshold)
        if 0 < value < wanted:
            for sign, by in ((1.0, wanted), (-1.0, value)):
                change = self._cheapest(at, sign, by)
                if change is None:
                    return False
                self._keep(change)
            return True
        for sign in (1.0, -1.0) if value < wanted else (-1.0, 1.0):
            change = self._cheapest(at, sign, wanted)
            if change is not None:
                self._keep(change)
                return True
        return False

    def _cheapest(self, at: int, sign: float, by: float) -> Floats | None:
        # What only the new table prints may still be withheld; the larger a count the dearer.
        may = self.now & ~self.system.known
        prices = np.where(may, 1.0 + np.log1p(self.system.values), np.inf)
        return self.system.cheapest(at, sign, by, self.withheld, prices)

    def _move_all(self, sign: float) -> None:
        """Move all that is not yet protected at once, as far as what is withheld lets it."""
        open_ = self._open()
        if len(open_) > 1:
            change = self.system.move_all(open_, sign, self.withheld, float(self.threshold))
            if change is not None:
                self._keep(change)

    def _keep(self, change: Floats) -> None:
        """Withhold what a change moves, and note how far it lets everything move."""
        self.withheld |= np.abs(change) > _TOLERANCE
        np.maximum(self._reach_up, change, out=self._reach_up)
        np.maximum(self._reach_down, -change, out=self._reach_down)
