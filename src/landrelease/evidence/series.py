"""Series: what one publisher has said of one figure over time, and what others say of it.

A later report that gives another value for the same year *revises* the earlier one: both are kept.
A figure relayed by somebody else is the figure of the one who is relayed, and no second origin.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from landrelease.evidence.errors import EvidenceError

COLUMNS = ("indicator", "period_year", "value", "unit", "qualifier", "publisher", "source_title")
ROUGH = 0.05  # "nearly 20" reaches from 19 to 20, "about 20" from 19 to 21
_RELAYED = re.compile(r"^(?P<by>.*?)\s*\((?:relaying|via|citing|quoting)\s+(?P<whose>.+)\)$", re.I)
_VIA = re.compile(r"\(via\s", re.I)
_YEAR = re.compile(r"\b((?:19|20)\d{2})\b")
_SCOPE = re.compile(r"_(?P<scope>[A-Z]{3}|global|states_parties|alltime)$")
_LOWER = re.compile(r"\b(?:at least|more than|over|mindestens|minimum)\b", re.I)
_JUST = re.compile(r"\b(?:just over|slightly over)\b", re.I)
_BELOW = re.compile(r"\b(?:nearly|almost|just under|slightly under)\b", re.I)
_ABOUT = re.compile(r"\b(?:about|around|approximately|rounded|estimated|some)\b", re.I)


@dataclass(frozen=True)
class Figure:
    """A number that somebody published.

    Attributes
    ----------
    key : str
        What the caller knows it by, for example the row of a table.
    indicator, scope : str
        What is counted, and of whom: 'global', 'states_parties', 'alltime' or an ISO 3166-1
        alpha-3 code; empty where it is not said.
    period : str
        The year it is about.
    value : float
        In ``unit``.
    unit, qualifier : str
        As published ("at least").
    publisher : str
        Whose figure it is, the one relayed where it was relayed.
    relayed_by : str
        Through whom it came, empty if directly.
    published : str
        Year of publication as the title of the source tells it; empty when it does not.
    title : str
        Of the source.
    """

    key: str
    indicator: str
    scope: str
    period: str
    value: float
    unit: str
    qualifier: str
    publisher: str
    relayed_by: str
    published: str
    title: str

    @property
    def bounds(self) -> tuple[float | None, float | None]:
        """Lower and upper bound that the qualifier leaves, in ``unit``."""
        if _JUST.search(self.qualifier):
            return self.value, self.value * (1 + ROUGH)
        if _BELOW.search(self.qualifier):
            return self.value * (1 - ROUGH), self.value
        if _ABOUT.search(self.qualifier):
            return self.value * (1 - ROUGH), self.value * (1 + ROUGH)
        return self.value, None if _LOWER.search(self.qualifier) else self.value

    def to_json(self) -> dict[str, Any]:
        """Give plain values for JSON."""
        return {
            "key": self.key,
            "value": self.value,
            "unit": self.unit,
            "qualifier": self.qualifier,
            "publisher": self.publisher,
            "relayed_by": self.relayed_by,
            "published": self.published,
            "title": self.title,
        }


@dataclass(frozen=True)
class Series:
    """The values that one publisher gave for one indicator, scope and year.

    Attributes
    ----------
    indicator, scope, period, unit, publisher : str
    figures : tuple of Figure
        In the order of publication, unknown last; relayed ones behind those at first hand.
    """

    indicator: str
    scope: str
    period: str
    unit: str
    publisher: str
    figures: tuple[Figure, ...]

    @property
    def values(self) -> tuple[float, ...]:
        """The successive values at first hand, each change once; relayed ones if none is."""
        direct = [figure for figure in self.figures if not figure.relayed_by] or self.figures
        found: list[float] = []
        for figure in direct:
            if not found or figure.value != found[-1]:
                found.append(figure.value)
        return tuple(found)

    @property
    def revised(self) -> bool:
        """Whether the publisher has changed the value."""
        return len(self.values) > 1

    @property
    def latest(self) -> Figure:
        """The last value known at first hand."""
        direct = [figure for figure in self.figures if not figure.relayed_by] or self.figures
        return direct[-1]

    def to_json(self) -> dict[str, Any]:
        """Give plain values for JSON."""
        return {
            "indicator": self.indicator,
            "scope": self.scope,
            "period": self.period,
            "unit": self.unit,
            "publisher": self.publisher,
            "values": list(self.values),
            "revised": self.revised,
            "figures": [figure.to_json() for figure in self.figures],
        }


@dataclass(frozen=True)
class Disagreement:
    """Two publishers on one indicator and year.

    Attributes
    ----------
    verdict : str
        'agrees' when bounds overlap, 'contradicts' when they are disjoint, 'other_scope' when they
        are disjoint and the two count different states: that may be all there is to it.
    one, other : Figure
        The latest of each.
    """

    verdict: str
    one: Figure
    other: Figure

    def to_json(self) -> dict[str, Any]:
        """Give plain values for JSON."""
        return {
            "verdict": self.verdict,
            "indicator": self.one.indicator,
            "period": self.one.period,
            "scopes": [self.one.scope, self.other.scope],
            "figures": [self.one.to_json(), self.other.to_json()],
        }


def read(path: Path) -> list[Figure]:
    """Read published figures from a table.

    Parameters
    ----------
    path : Path
        CSV in UTF-8 with the columns of `COLUMNS`, and ``claim_id`` as the key if there is one.
        An indicator may end in its scope: ``_global``, ``_states_parties``, ``_UKR``.

    Returns
    -------
    list of Figure
        In the order of the rows.

    Raises
    ------
    EvidenceError
        A column is missing, or a value is not a number.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise EvidenceError(f"{path}: the table has no column {', '.join(missing)}")
            rows = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise EvidenceError(f"{path}: no CSV in UTF-8 ({error})") from error
    publishers = _publishers(rows)
    return [_figure(path, number, row, publishers) for number, row in enumerate(rows, start=2)]


def series(figures: Iterable[Figure]) -> list[Series]:
    """Put figures into series.

    Parameters
    ----------
    figures : iterable of Figure

    Returns
    -------
    list of Series
        One for each indicator, scope, year, unit and publisher, in that order.
    """
    held: dict[tuple[str, str, str, str, str], list[Figure]] = defaultdict(list)
    for one in figures:
        held[one.indicator, one.scope, one.period, one.unit, one.publisher].append(one)
    return [
        Series(*key, tuple(sorted(own, key=lambda f: (f.published or "9999", f.relayed_by != ""))))
        for key, own in sorted(held.items())
    ]


def disagreements(found: Sequence[Series]) -> list[Disagreement]:
    """Hold what different publishers say of one indicator and year against each other.

    Parameters
    ----------
    found : sequence of Series
        As `series` gives them.

    Returns
    -------
    list of Disagreement
        Those that contradict first. One publisher's figures for two scopes are not compared.
    """
    held: dict[tuple[str, str, str], list[Series]] = defaultdict(list)
    for one in found:
        held[one.indicator, one.period, one.unit].append(one)
    made = [
        Disagreement(_verdict(a.latest, b.latest), a.latest, b.latest)
        for own in held.values()
        for place, a in enumerate(own)
        for b in own[place + 1 :]
        if a.publisher != b.publisher and (a.scope == b.scope or _wide(a) == _wide(b) is True)
    ]
    order = ("contradicts", "other_scope", "agrees")
    return sorted(made, key=lambda d: (order.index(d.verdict), d.one.indicator, d.one.period))


def _wide(one: Series) -> bool:
    """Counts many states: such scopes overlap, those of two single states do not."""
    return one.scope in ("global", "states_parties", "")


def _verdict(one: Figure, other: Figure) -> str:
    (a, b), (c, d) = one.bounds, other.bounds
    low = max(x for x in (a, c, float("-inf")) if x is not None)
    high = min(x for x in (b, d, float("inf")) if x is not None)
    if low <= high:
        return "agrees"
    return "contradicts" if one.scope == other.scope else "other_scope"


def _publishers(rows: Sequence[dict[str, str]]) -> dict[str, str]:
    """Names under which a publisher is relayed: its own, and the titles of its reports."""
    known: dict[str, str] = {}
    for row in rows:
        name = (row["publisher"] or "").strip()
        if not name or _RELAYED.match(name):
            continue
        known.setdefault(name.casefold(), name)
        for piece in name.split("-"):
            known.setdefault(piece.casefold(), name)
        known.setdefault(_untitled(row["source_title"] or ""), name)
    return known


def _untitled(title: str) -> str:
    """A report's name without its year and what follows: "Landmine Monitor"."""
    return _YEAR.split(title)[0].strip().casefold()


def _whose(publisher: str, known: dict[str, str]) -> tuple[str, str]:
    match = _RELAYED.match(publisher.strip())
    if match is None:
        return publisher.strip(), ""
    if _VIA.search(publisher):
        return match["by"], match["whose"]  # "the agency (via the site)": the site relays
    whose = match["whose"].strip()
    return known.get(_untitled(whose), known.get(whose.casefold(), whose)), match["by"]


def _figure(path: Path, number: int, row: dict[str, str], publishers: dict[str, str]) -> Figure:
    raw = (row["value"] or "").strip()
    try:
        value = float(raw.replace(",", ""))
    except ValueError:
        raise EvidenceError(f"{path}, row {number}: {raw!r} in 'value' is not a number") from None
    indicator = row["indicator"] or ""
    scope = _SCOPE.search(indicator)
    publisher, relay = _whose(row["publisher"] or "", publishers)
    years = _YEAR.findall(f"{row['source_title']} {row['publisher']}")
    return Figure(
        key=str(row.get("claim_id") or number),
        indicator=indicator if scope is None else indicator[: scope.start()],
        scope="" if scope is None else scope["scope"],
        period=(row["period_year"] or "").strip(),
        value=value,
        unit=(row["unit"] or "").strip(),
        qualifier=(row["qualifier"] or "").strip(),
        publisher=publisher,
        relayed_by=relay,
        published=years[0] if years else "",
        title=(row["source_title"] or "").strip(),
    )
