"""Cells of a column as values of a field.

One cell for itself is read by :mod:`.values`; here stands what a column knows of its cells: words
stated for codes, the order of its dates, its decimal mark, its unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from landrelease.register.schema import Field

from . import values
from .problems import Problem, shorten
from .source import Objects, RawBatch
from .values import NOTHING, Parsed, as_text

#: A date in several columns: ``{"start", "end"}`` or ``{"year", "month", "day"}`` to column.
Parts = dict[str, str]

#: Dates that are a period of validity: a single column gives its beginning, and it goes on.
PERIODS = {"valid"}

#: Distinct cells of a column that are kept parsed, so that memory stays bounded.
CACHED = 50_000


class Cells:
    """Reads the columns of one source; remembers the cells that it has parsed.

    Parameters
    ----------
    translations
        Field to codes by word, as :func:`.vocabulary.key` gives it.
    date_order
        Of day, month and year where a date does not show it.
    decimal
        Decimal mark; None: as the numbers of each column show.
    factors
        Field to the factor from the stated unit to the field's own.
    """

    def __init__(
        self,
        translations: Mapping[str, dict[str, str]],
        date_order: values.Order | None,
        decimal: str | None,
        factors: Mapping[str, Decimal],
    ) -> None:
        self.translations = translations
        self.date_order = date_order
        self.decimal = decimal
        self.factors = factors
        self._cache: dict[str, dict[Any, Parsed]] = {}
        self._marks: dict[str, set[str]] = {}
        self._said: set[tuple[str, str]] = set()

    def read(
        self,
        item: Field,
        column: str | Parts,
        batch: RawBatch,
        extra: list[dict[str, Any]],
        problems: list[Problem],
        excel: bool,
    ) -> list[Any]:
        """Typed values of one field; each distinct cell is parsed once.

        Parameters
        ----------
        column
            Heading of the column, or of several for a date.
        extra, problems
            Take what could not be read, and why.
        excel
            Whether bare numbers in date columns count Excel's days.
        """
        if isinstance(column, dict):
            names = list(column.values())
            cells: Any = list(zip(*(batch.columns[name] for name in names), strict=True))
        else:
            names = [column]
            cells = batch.columns[column]
            if item.kind == "text" and item.name != "source_id":
                return [c if c is None or type(c) is str else as_text(c) for c in cells]
            if item.name == "source_id" and all(type(c) is str and c == c.strip() for c in cells):
                return list(cells)  # nothing to trim or to say
        cache = self._cache.setdefault(item.name, {})
        if len(cache) > CACHED:
            cache.clear()
        mark = ""
        if item.kind == "decimal":
            mark = self._mark(item.name, cells, cache)
        empty = (None,) * len(names) if isinstance(column, dict) else None
        cache[empty] = NOTHING
        for cell in set(cells) - cache.keys():
            if isinstance(column, dict):
                cache[cell] = self._date_parts(dict(zip(column, cell, strict=True)), excel)
            else:
                cache[cell] = self.parse(item, cell, mark, excel=excel)
        found = [cache[cell] for cell in cells]
        said = [i for i, parsed in enumerate(found) if parsed.rule]
        for i in said:
            parsed = found[i]
            if parsed.keep:
                for name in names:
                    keep_cells(batch.columns[name], name, [i], extra)
            if parsed.severity == "info":  # the same about a whole column: said once
                if (parsed.rule, item.name) in self._said:
                    continue
                self._said.add((parsed.rule, item.name))
            given = cells[i] if not isinstance(column, dict) else "/".join(
                as_text(c) for c in cells[i] if c is not None
            )  # fmt: skip
            problems.append(
                Problem(
                    parsed.rule, parsed.severity,
                    f"not readable as {item.help.lower()}" if item.personal else parsed.message,
                    parsed.hint, int(batch.rows[i]), item.name,
                    None if item.personal else shorten(as_text(given)),
                )
            )  # fmt: skip
        return [parsed.value for parsed in found]

    def parse(self, item: Field, cell: Any, mark: str = "", *, excel: bool = False) -> Parsed:
        """One cell as a value of a field; ``mark`` is the decimal mark, where it is known."""
        own = self.translations.get(item.name, {})
        if item.kind == "choice":
            return values.choice(cell, item.choices or {}, own)
        if item.kind == "classes":
            if isinstance(cell, (list, tuple)):
                cell = "|".join(map(str, cell))
            return values.classes(cell, item.choices or {}, own)
        if item.kind == "date":
            found = values.date(cell, order=self.date_order, excel=excel)
            return _open_ended(found) if item.name in PERIODS else found
        if item.kind == "integer":
            return values.number(cell, whole=True)
        if item.kind == "decimal":
            return values.number(
                cell, unit=item.unit, factor=self.factors.get(item.name), mark=mark
            )
        if item.kind == "boolean":
            return values.boolean(cell)
        if item.kind == "reference":
            found = values.identifier(cell)
            given = None if found.value is None else {"given": found.value}
            return Parsed(given, found.rule, found.message, found.hint, found.severity)
        if item.name == "source_id":
            return values.identifier(cell)
        return Parsed(as_text(cell))

    def _mark(self, name: str, cells: Any, cache: dict[Any, Parsed]) -> str:
        """Decimal mark of a column: as stated, or as its unmistakable numbers show."""
        if self.decimal:
            return self.decimal
        marks = self._marks.setdefault(name, set())
        seen = marks | set(values.decimal_marks(c for c in set(cells) if isinstance(c, str)))
        if seen != marks:
            marks |= seen
            cache.clear()
        return next(iter(marks)) if len(marks) == 1 else ""

    def _date_parts(self, parts: dict[str, Any], excel: bool) -> Parsed:
        if "year" in parts:
            return _composed(parts)
        start, end = (
            NOTHING if parts[end] is None
            else values.date(parts[end], order=self.date_order, excel=excel)
            for end in ("start", "end")
        )  # fmt: skip
        for one in (start, end):
            if one.value is None and one.rule:
                return one
        if start.value is None or end.value is None:
            return end if start.value is None else start
        if start.value["start"] > end.value["end"]:
            return values.bad(
                "reversed_dates",
                f"ends ({end.value['end']}) before it begins ({start.value['start']})",
            )
        said = start if start.rule else end
        days = {"start": start.value["start"], "end": end.value["end"]}
        return Parsed(days, said.rule, said.message, said.hint, said.severity, said.keep)


def keep_cells(cells: Objects, name: str, at: Iterable[int], extra: list[dict[str, Any]]) -> None:
    """Keep cells as texts among what no field took over, in the rows that are named."""
    for i in at:
        if cells[i] is not None:
            cell = cells[i]
            extra[i][name] = cell if type(cell) is str else as_text(cell)


def _open_ended(found: Parsed) -> Parsed:
    """A period from the date found on, unless the date is an interval of its own."""
    if found.value is None or found.value["start"] != found.value["end"]:
        return found
    return replace(found, value={**found.value, "end": values.OPEN_END})


def _composed(parts: dict[str, Any]) -> Parsed:
    """Date of separate cells for year, month and day."""
    given = {
        role: NOTHING if c is None else values.number(c, whole=True) for role, c in parts.items()
    }
    for role, parsed in given.items():
        if parsed.rule:
            return values.bad(parsed.rule, f"{role}: {parsed.message}", parsed.hint)
    numbers = {role: parsed.value for role, parsed in given.items()}
    year, month, day = (numbers.get(role) for role in ("year", "month", "day"))
    if year is None:
        text = "/".join(as_text(c) for c in parts.values() if c is not None)
        return values.bad("not_a_date", f"{text!r} has no year") if month or day else NOTHING
    text = "-".join(f"{n:0{w}d}" for n, w in ((year, 4), (month, 2), (day, 2)) if n)
    if day and not month:
        return values.bad("not_a_date", f"day {day} of {year} without a month")
    return values.date(text)
