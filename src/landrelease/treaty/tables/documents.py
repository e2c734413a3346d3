"""The reports: which tables each has, in which order, over which land.

Scopes: Mine Ban reports count areas with anti-personnel mines, improvised ones included; Cluster
reports count cluster munition remnants; land of unrecorded class has tables of its own in both;
what has other classes only is left out where everybody sees it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import landrelease

from . import devices, land, people
from .cells import shown
from .cover import cover
from .document import ReportDocument, Table
from .inputs import Gathered, LandScope

MINE_BAN, CLUSTER, NOT_RECORDED, ANY = "mine_ban", "cmr", "not_recorded", "any"
#: Classes that count in a scope.
SCOPE_CLASSES: Final = {
    MINE_BAN: ("ap", "ap_improvised"),
    CLUSTER: ("cmr",),
    NOT_RECORDED: ("not_recorded",),
}
SCOPE_LABELS: Final = {
    MINE_BAN: "areas recorded with anti-personnel mines, improvised ones included",
    CLUSTER: "areas recorded with cluster munition remnants",
    NOT_RECORDED: "areas whose contamination class is not recorded",
    ANY: "areas of any class",
}
#: Scopes of land that a report needs, its own first.
SCOPES_OF: Final = {
    "article7": (MINE_BAN, NOT_RECORDED),
    "monitor-profile": (MINE_BAN, CLUSTER, NOT_RECORDED),
    "ccm": (CLUSTER, NOT_RECORDED),
    "article5-extension": (MINE_BAN, NOT_RECORDED),
}
TITLES: Final = {
    "article7": "Mine Ban Treaty, Article 7: transparency report",
    "monitor-profile": "Landmine Monitor profile",
    "ccm": "Convention on Cluster Munitions: contamination and clearance",
    "article5-extension": "Mine Ban Treaty, Article 5: annex to a request for extension",
}
KINDS: Final = tuple(TITLES)
#: Parts of persons smaller than this are withheld in what may be published.
SMALL: Final = 3


def report(
    kind: str, gathered: Gathered, *, fewer_than: int = SMALL, trace_url: str = ""
) -> ReportDocument:
    """Return a report as a document of plain tables.

    Parameters
    ----------
    kind
        One of :data:`KINDS`.
    gathered
        All its figures.
    fewer_than
        Parts of persons smaller than this are withheld; 0 withholds nothing.
    trace_url
        Address before a figure's id that shows where it comes from.

    Returns
    -------
    ReportDocument
        The report.

    Raises
    ------
    ValueError
        If the kind is unknown.
    """
    if kind not in _TABLES:
        raise ValueError(f"no report is called {kind!r}; there are: {', '.join(KINDS)}")
    return ReportDocument(
        kind=kind,
        generator=f"landrelease {landrelease.__version__}",
        recorded_at=gathered.known.recorded_at,
        cover=cover(TITLES[kind], gathered),
        tables=tuple(_TABLES[kind](gathered, fewer_than)),
        trace_url=trace_url,
    )


def _article7(gathered: Gathered, fewer_than: int) -> list[Table]:
    since, until = gathered.since, gathered.until
    return [
        *_land(gathered, MINE_BAN),
        *_land(gathered, NOT_RECORDED),
        land.excluded(gathered.excluded, "without anti-personnel mines", until),
        devices.destroyed(gathered.ordnance, since, until),
        devices.stocks(gathered.stocks, since, until),
        people.victims(gathered.victims, since, until, fewer_than=fewer_than),
        people.education(gathered.education, since, until),
    ]


def _monitor(gathered: Gathered, fewer_than: int) -> list[Table]:
    since, until = gathered.since, gathered.until
    tables = [land.classes(gathered.classes, until)]
    for scope in (MINE_BAN, CLUSTER, NOT_RECORDED):
        tables.append(land.statement(gathered.scopes[scope], since, until, f"statement_{scope}"))
    return [
        *tables,
        devices.destroyed(gathered.ordnance, since, until),
        devices.stocks(gathered.stocks, since, until),
        people.victims(gathered.victims, since, until, fewer_than=fewer_than),
        people.education(gathered.education, since, until),
    ]


def _ccm(gathered: Gathered, fewer_than: int) -> list[Table]:
    since, until = gathered.since, gathered.until
    return [
        *_land(gathered, CLUSTER),
        *_land(gathered, NOT_RECORDED),
        land.excluded(gathered.excluded, "without cluster munition remnants", until),
        devices.destroyed(gathered.ordnance, since, until),
        devices.stocks(gathered.stocks, since, until),
        people.victims(gathered.victims, since, until, fewer_than=fewer_than),
        people.education(gathered.education, since, until),
    ]


def _article5(gathered: Gathered, fewer_than: int) -> list[Table]:
    until = gathered.until
    by_year = [(gathered.since.year + number, scope) for number, scope in enumerate(gathered.years)]
    scope, other = gathered.scopes[MINE_BAN], gathered.scopes[NOT_RECORDED]
    return [
        land.years(by_year, scope.label),
        land.statement(scope, gathered.since, until, "statement_mine_ban"),
        land.remaining(
            scope, gathered.units, until, "remaining_mine_ban", _beside(gathered, MINE_BAN)
        ),
        land.counts(scope, gathered.since, until, "counts_mine_ban"),
        land.statement(other, gathered.since, until, "statement_not_recorded"),
        land.remaining(other, gathered.units, until, "remaining_not_recorded"),
        land.excluded(gathered.excluded, "without anti-personnel mines", until),
    ]


def _land(gathered: Gathered, name: str) -> list[Table]:
    scope: LandScope = gathered.scopes[name]
    units, since, until = gathered.units, gathered.since, gathered.until
    return [
        land.remaining(scope, units, until, f"remaining_{name}", _beside(gathered, name)),
        land.released(scope, units, since, until, f"released_{name}"),
        land.identified(scope, units, since, until, f"identified_{name}"),
        land.statement(scope, since, until, f"statement_{name}"),
        land.counts(scope, since, until, f"counts_{name}"),
    ]


def _beside(gathered: Gathered, name: str) -> str:
    """Say below a scope's land that land of unrecorded class may belong to it too."""
    if name == NOT_RECORDED:
        return ""
    figures = gathered.scopes[NOT_RECORDED].total.figures
    total, unknown = figures["mapped_and_declared"], figures["unknown_size"]
    return (
        f"Areas whose class is not recorded may belong here too: {shown(total)} m² mapped and "
        f"declared, and {shown(unknown)} areas of unknown size. They have a table of their own."
    )


_TABLES: Final[dict[str, Callable[[Gathered, int], list[Table]]]] = {
    "article7": _article7,
    "monitor-profile": _monitor,
    "ccm": _ccm,
    "article5-extension": _article5,
}
