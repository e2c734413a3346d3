"""Why a figure changed: the lines add up to the difference exactly, whatever happened."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registering import (
    HAZARD,
    REPORT,
    activities,
    consent,
    geojson,
    hazards,
    landrelease,
    operator,
    square,
    submit,
)
from reporting_programme import RITA, YEAR, frozen, late_news, programme

from landrelease.register import (
    balances,
    explain,
    journal,
    moments,
    report_figures,
    reports,
)
from landrelease.register.errors import RegisterError
from landrelease.register.models import LedgerLine


@pytest.fixture
def land(workspace, tmp_path):
    programme(tmp_path)
    return workspace


def explained(earlier, later="now", **options):
    return explain.explain(moments.parse(earlier), moments.parse(later), **options)


def by_column(found):
    return {(d.old.column, d.old.key): d for d in found.differences}


def held(found):
    """Every difference is the sum of its causes, and what is not listed did not change."""
    assert found.adds_up
    for difference in found.differences:
        assert difference.change == sum(cause.amount for cause in difference.causes)
        assert difference.change == sum(amount for _, amount, _ in difference.by_entry())
    return by_column(found)


def test_nothing_changed(land):
    frozen()
    found = explained("A7/2022")
    assert found.compared > 50
    assert found.differences == []


def test_late_news_is_told_by_entry(land, tmp_path):
    frozen()
    late_news(tmp_path)
    found = explained("A7/2022")
    differing = held(found)
    cleared = differing["cleared", "U1"]
    ((seq, amount, (cause,)),) = cleared.by_entry()
    assert amount == cleared.change > 0
    assert (cause.how, cause.kind, cause.origin.ref, cause.valid_on) == (
        "added", "cleared", "AC-4", "2022-12-01",
    )  # fmt: skip
    entry = found.entries[seq]
    assert entry.kind == "posting"
    decision = found.entries[entry.decision]
    assert (decision.kind, decision.deciders) == ("release", ("anna", "ben"))
    documents = {e.document.filename for e in found.entries.values() if e.document}
    assert "late-work.geojson" in documents
    assert differing["newly_identified.open", ""].change > 0
    refs = {c.origin.ref for d in found.differences for c in d.causes}
    assert {"HA-7", "AC-4"} <= refs


def test_a_restated_report_explains_itself_against_the_first(land, tmp_path):
    frozen()
    late_news(tmp_path)
    frozen("A7/2022-restated")
    found = explained("A7/2022", "A7/2022-restated")
    assert held(found).keys() == held(explained("A7/2022")).keys()
    assert explained("A7/2022-restated").differences == []


def test_what_was_posted_anew_as_it_was_is_no_cause(land, tmp_path):
    """A neighbour that was there before posts a record anew; what it says as before cancels."""
    seq = journal.head().seq
    hazards(
        tmp_path,
        (square(3.5, 1.5), {**HAZARD, "source_id": "H8", "date": "2019", "classes": "erw"}),
        name="earlier.geojson",
    )
    av, any_ = (f"land:open:2022-12-31{scope}@{seq}" for scope in (":av", ""))
    retired = {line.id: line for line in LedgerLine.objects.filter(retired_seq__gt=seq)}
    assert any(line.scopes >> 3 & 1 for line in retired.values()), "lines of AV mines went"
    found = explained(str(seq), figures=[av, any_])
    differing = [str(difference.old) for difference in found.differences]
    assert differing == [any_], "and came back as they were"
    (difference,) = held(found).values()
    assert {cause.how for cause in difference.causes} == {"added", "taken back"}
    assert {cause.origin.ref for cause in difference.causes} == {"HA-2", "HA-7"}


def test_moments_and_entries_can_be_named(land, tmp_path):
    frozen()
    since = journal.head()
    late_news(tmp_path)
    by_report = explained("A7/2022")
    name = str(by_report.differences[0].old)
    for earlier in (str(since.seq), since.recorded_at):
        (difference,) = explained(earlier, figures=[name]).differences
        assert difference.causes == by_report.differences[0].causes


def test_new_boundaries_of_units_are_told_apart(land, tmp_path):
    frozen()
    submit(
        geojson(
            tmp_path / "more.geojson",
            [(square(10, 0, 20), {"source_id": "U2", "name": "East", "level": 2})],
        ),
        "units",
    )
    found = explained("A7/2022")
    differing = held(found)
    outside, east = (differing["suspected", key] for key in (balances.OUTSIDE_ALL, "U2"))
    assert outside.change == -east.change < 0
    (cause,) = east.causes
    assert (cause.how, cause.origin.ref) == ("counted elsewhere", "HA-4")
    assert found.entries[cause.entry].document.filename == "more.geojson"
    assert ("suspected", "") not in differing, "the programme has what it had"


def test_a_line_of_one_scope_is_explained_where_classes_join(workspace, tmp_path):
    """The Mine Ban scope joins two classes; its ledger is posted for itself."""
    operator(tmp_path)
    hazards(
        tmp_path,
        (square(0, 0, 2), HAZARD),
        (square(1, 0, 2), {**HAZARD, "source_id": "H2", "classes": "ap_improvised"}),
        (square(5, 5), {**HAZARD, "source_id": "H3", "classes": "erw"}),
    )
    seq = journal.head().seq
    activities(tmp_path, (square(), {**REPORT, "date": "2022-06-30"}))
    consent("AC-1")
    found = explained(str(seq), figures=[f"land:open:2022-12-31:mine_ban@{seq}"])
    (difference,) = held(found).values()
    (cause,) = difference.causes
    assert (cause.how, cause.kind, cause.origin.ref) == ("added", "cleared", "AC-1")
    assert found.entries[cause.entry].kind == "posting"
    assert difference.change == -cause.mm2


def test_a_frozen_figure_that_is_not_what_the_ledger_said_is_not_explained_away(land):
    figures_ = list(report_figures.of_land(*YEAR, journal.head().seq))
    wrong = [
        reports.Figure(f.id, f.value + 5, f.unit) if "closing.open" in f.id else f for f in figures_
    ]
    seq = journal.head().seq
    reports.freeze(
        reports.draft("W1", "land", wrong, since=YEAR[0], until=YEAR[1], known_seq=seq), RITA
    )
    found = explained("W1")
    (difference,) = found.differences
    assert (difference.change, difference.unexplained, difference.causes) == (-5, -5, [])
    assert not found.adds_up


def test_what_a_report_did_not_know_is_no_change_by_itself(land, tmp_path):
    """A figure frozen as "not recorded" differs once there is something to sum, not before."""
    name = "land:reduced:2022-01-01..2022-12-31"
    seq = journal.head().seq
    unknown = reports.Figure(f"{name}@{seq}", None, "mm2", "not recorded")
    for number, figure in (("N1", unknown), ("N2", replace(unknown, value=0, absent=""))):
        draft = reports.draft(number, "land", [figure], since=YEAR[0], until=YEAR[1], known_seq=seq)
        reports.freeze(draft, RITA)
    assert explained("N1").differences == []
    (difference,) = explained("N1", "N2").differences
    assert (difference.change, difference.unexplained) == (0, 0)
    assert "'not recorded'" in difference.note
    activities(
        tmp_path,
        (square(1, 2), {**REPORT, "source_id": "A9", "kind": "ts", "result": "reduced"}),
        name="reduced.geojson",
    )
    assert consent("AC-4").released == ["AC-4"]
    (difference,) = held(explained("N1")).values()
    assert difference.change > 0


def test_what_cannot_be_compared_says_why(land):
    with pytest.raises(RegisterError, match="is later than"):
        explained("now", "0")
    with pytest.raises(RegisterError, match="name a frozen report"):
        explained("0")
    for text, says in (("A9", "is no frozen report"), ("999", "has the entries 0 to"),
                       ("2001-01-01", "nothing was recorded yet")):  # fmt: skip
        with pytest.raises(RegisterError, match=says):
            moments.parse(text)


def test_the_command(workspace_folder, tmp_path):
    from landrelease.register.workspace import open_workspace

    open_workspace(workspace_folder)
    programme(tmp_path)
    frozen()
    late_news(tmp_path)
    words = ("ledger", "explain", "--between", "A7/2022", "now")
    body = json.loads(landrelease(workspace_folder, *words, "--format", "json").stdout)
    assert body["adds_up"] is True
    for difference in body["differences"]:
        causes = sum(int(cause["amount"]) for cause in difference["causes"])
        assert (
            causes
            == int(difference["change"])
            == int(difference["after"]) - int(difference["before"])
        )
    shown = landrelease(workspace_folder, *words).stdout
    assert "nothing is left over" in shown
    assert "release of land by two people" in shown
    assert "AC-4 2022-12-01" in shown


DAYS = st.dates(date(2021, 1, 1), date(2023, 12, 31)).map(str)
PLACES = st.tuples(st.integers(0, 12), st.integers(0, 4), st.integers(1, 3))


@given(
    known=st.lists(st.tuples(PLACES, DAYS), min_size=1, max_size=4),
    late=st.lists(st.tuples(PLACES, DAYS), min_size=1, max_size=4),
)
@settings(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_any_late_news_adds_up(workspace_templates, tmp_path_factory, known, late):
    """Hazards anywhere, on any day, on top of each other: no difference is left over."""
    from landrelease.register.workspace import open_workspace

    folder = tmp_path_factory.mktemp("any")
    place, _ = workspace_templates.copy("sqlite", folder / "workspace")
    open_workspace(place)
    for name, rows in (("known", known), ("late", late)):
        hazards(
            folder,
            *(
                (square(*where), {**HAZARD, "source_id": f"{name}{number}", "date": on,
                                  "type": "SHA" if number % 2 else "CHA"})
                for number, (where, on) in enumerate(rows)
            ),
            name=f"{name}.geojson",
        )  # fmt: skip
        if name == "known":
            frozen("R1")
    found = explained("R1")
    differing = held(found)
    now = {f.id: f.value for f in report_figures.of_land(*YEAR, journal.head().seq - 0)}
    was = {f.id.rpartition("@")[0]: f.value for f in reports.figures_of(reports.find("R1"))}
    for name, value in now.items():
        about = name.rpartition("@")[0]
        changed = value - was[about]
        listed = [d.change for d in differing.values() if str(d.old).rpartition("@")[0] == about]
        assert listed == ([changed] if changed else [])
