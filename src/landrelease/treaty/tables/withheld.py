"""Small numbers of persons, withheld so that they cannot be worked out from the totals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .cells import Absent, Figure
from .inputs import Line


def withhold(lines: Sequence[Line], columns: Sequence[str], *, fewer_than: int) -> list[Line]:
    """Withhold small counts, and as many others as it takes that none can be worked out.

    The totals over the lines are known to every reader, and so is the last column, which is the
    sum of the others. So in each row and each column of the table either nothing is withheld or at
    least two cells; zeros are withheld only where nothing else is left (complementary cell
    suppression for a two-way table; Willenborg and de Waal, Elements of Statistical Disclosure
    Control, 2001, ch. 3, whose hypercube condition this is in its simplest form).

    Parameters
    ----------
    lines
        Parts of one whole; figures in persons.
    columns
        Names of the figures; the last is the sum of the others.
    fewer_than
        Counts from 1 to one less than this are withheld.

    Returns
    -------
    list[Line]
        The lines, with :attr:`.cells.Absent.WITHHELD` in place of what is withheld.
    """
    counts = [[_number(line.figures.get(name)) for name in columns] for line in lines]
    hidden = {
        (row, column)
        for row, numbers in enumerate(counts)
        for column, number in enumerate(numbers)
        if number is not None and 0 < number < fewer_than
    }
    while (row_and_column := _unprotected(counts, hidden)) is not None:
        hidden.add(row_and_column)
    out = []
    for row, line in enumerate(lines):
        figures = dict(line.figures)
        for column, name in enumerate(columns):
            if (row, column) in hidden:
                figures[name] = replace(figures[name], value=Absent.WITHHELD)
        out.append(replace(line, figures=figures))
    return out


def _number(figure: Figure | None) -> int | None:
    return None if figure is None or isinstance(figure.value, Absent) else int(figure.value)


def _unprotected(
    counts: list[list[int | None]], hidden: set[tuple[int, int]]
) -> tuple[int, int] | None:
    """Return the next cell to withhold: the smallest in a row or column with one gap only."""
    height, width = len(counts), len(counts[0]) if counts else 0
    lines = [[(row, column) for column in range(width)] for row in range(height)]
    lines += [[(row, column) for row in range(height)] for column in range(width)]
    for cells in lines:
        if sum(cell in hidden for cell in cells) != 1:
            continue
        free = [
            (number == 0, number, cell)
            for cell in cells
            if cell not in hidden and (number := counts[cell[0]][cell[1]]) is not None
        ]
        if free:
            return min(free)[2]
    return None
