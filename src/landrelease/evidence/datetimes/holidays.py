"""Days with a name, as the calendars of English- and Spanish-speaking countries know them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from dateutil.easter import easter as _easter

# First day of Eid al-Fitr as computed (Umm al-Qura); the day on which it is kept can differ by one.
_EID = {2020: (5, 24), 2021: (5, 13), 2022: (5, 2), 2023: (4, 21), 2024: (4, 10), 2025: (3, 30)}


def _nth(month: int, weekday: int, n: int) -> Callable[[int], dt.date | None]:
    def find(year: int) -> dt.date | None:
        if n > 0:
            first = dt.date(year, month, 1)
            return first + dt.timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))
        last = dt.date(year, month + 1, 1) - dt.timedelta(days=1)
        return last - dt.timedelta(days=(last.weekday() - weekday) % 7)

    return find


def _from_easter(days: int) -> Callable[[int], dt.date | None]:
    def find(year: int) -> dt.date | None:
        if year < 1583:
            return None
        sunday: dt.date = _easter(year)
        return sunday + dt.timedelta(days=days)

    return find


def _after(find: Callable[[int], dt.date | None], days: int) -> Callable[[int], dt.date | None]:
    def moved(year: int) -> dt.date | None:
        day = find(year)
        return None if day is None else day + dt.timedelta(days=days)

    return moved


def _fixed(month: int, day: int) -> Callable[[int], dt.date | None]:
    return lambda year: dt.date(year, month, day)


_THANKSGIVING = _nth(11, 3, 4)

DAYS: dict[str, Callable[[int], dt.date | None]] = {
    "new year": _fixed(1, 1),
    "new year eve": _fixed(12, 31),
    "epiphany": _fixed(1, 6),
    "martin luther king": _nth(1, 0, 3),
    "presidents": _nth(2, 0, 3),
    "valentine": _fixed(2, 14),
    "women": _fixed(3, 8),
    "patrick": _fixed(3, 17),
    "mine awareness": _fixed(4, 4),
    "earth": _fixed(4, 22),
    "labour international": _fixed(5, 1),
    "mother": _nth(5, 6, 2),
    "memorial": _nth(5, 0, -1),
    "children": _fixed(6, 1),
    "father": _nth(6, 6, 3),
    "juneteenth": _fixed(6, 19),
    "independence": _fixed(7, 4),
    "labor": _nth(9, 0, 1),
    "columbus": _nth(10, 0, 2),
    "halloween": _fixed(10, 31),
    "all saints": _fixed(11, 1),
    "all souls": _fixed(11, 2),
    "veterans": _fixed(11, 11),
    "thanksgiving": _THANKSGIVING,
    "black friday": _after(_THANKSGIVING, 1),
    "cyber monday": _after(_THANKSGIVING, 4),
    "christmas": _fixed(12, 25),
    "christmas eve": _fixed(12, 24),
    "boxing": _fixed(12, 26),
    "human rights": _fixed(12, 10),
    "good friday": _from_easter(-2),
    "easter": _from_easter(0),
    "easter monday": _from_easter(1),
    "palm sunday": _from_easter(-7),
    "ash wednesday": _from_easter(-46),
    "pentecost": _from_easter(49),
    "eid al-fitr": lambda year: dt.date(year, *_EID[year]) if year in _EID else None,
}
"""Day of a year for each name; None where it is not known."""

LONG_WEEKEND = {"labor": (0, 1), "memorial": (0, 1), "thanksgiving": (-2, 0), "easter": (-1, 1)}
"""Days before Saturday and after Sunday that belong to the weekend of a holiday."""
