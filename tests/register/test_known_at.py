"""The second clock: what was known at a moment is found again whatever happened since."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from random_work import Work
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
)
from registering import submit as hand_in

from landrelease import land
from landrelease.register import balances, figures, knowledge, land_events, lines
from landrelease.register.errors import RegisterError
from landrelease.register.models import Hazard, JournalEntry, LedgerLine, Release
from landrelease.register.statements import statement

PERIOD = (date(2021, 1, 1), date(2022, 12, 31))


def printed(seq: int) -> dict[str, Any]:
    """Every figure there is, as known at a journal entry."""
    found: dict[str, Any] = {}
    for by in (None, "unit", "class", "organisation", "method"):
        for as_of in (None, date(2021, 12, 31), date(2022, 6, 30)):
            balance = figures.balance(by=by, as_of=as_of, known_seq=seq).to_json()
            # What was handed in and not decided is in no journal.
            balance.pop("rejected_rows", None)
            found[f"balance {by} {as_of}"] = balance
        since, until = PERIOD
        said = statement(since=since, until=until, by=by, known_seq=seq)
        found[f"statement {by}"] = said.to_json()
    return json.loads(json.dumps(found))


@pytest.mark.parametrize("seed", range(3))
def test_figures_known_at_a_past_moment_never_change(workspace, tmp_path, seed):
    work = Work(tmp_path, 100 + seed)
    work.begin()
    frozen: dict[int, dict[str, Any]] = {}
    for number in range(13):
        if number % 4 == 0:
            seq = knowledge.head_seq()
            frozen[seq] = printed(seq)
        work.step()
    for seq, before in frozen.items():
        after = printed(seq)
        for name, figure in before.items():
            assert after[name] == figure, f"{name} as known at {seq}"
            assert figure["residual_mm2"] == "0"
            drift, bound = float(figure["drift_mm2"]), int(figure["drift_bound_mm2"])
            assert abs(drift) <= bound, f"{name} as known at {seq}"


@pytest.mark.parametrize("seed", range(2))
def test_events_of_a_past_moment_post_the_lines_of_that_moment(workspace, tmp_path, seed):
    work = Work(tmp_path, 200 + seed)
    work.begin()
    seqs = []
    for _ in range(10):
        work.step()
        seqs.append(knowledge.head_seq())
    for seq in seqs:
        posted = land.post(land_events.all_events(seq), validated=True).lines
        then = lines.standing(seq).lines
        assert _sorted(posted) == _sorted(then), f"as known at {seq}"


def _sorted(some: land.Lines) -> list[tuple[Any, ...]]:
    names = ("uid", "kind", "scopes", "claim_from", "claim_to", "ground_from", "ground_to", "mm2")
    return sorted(
        (*row, str(on))
        for *row, on in zip(
            *(getattr(some, n).tolist() for n in names), some.on.tolist(), strict=True
        )
    )


def test_records_of_a_past_moment(workspace, tmp_path):
    hazards(tmp_path, (square(), HAZARD), (square(5, 5), {**HAZARD, "source_id": "H2"}))
    before = knowledge.head_seq()
    hazards(
        tmp_path,
        (square(0, 0, 2), {**HAZARD, "name": "Larger"}),
        (square(9, 9), {**HAZARD, "source_id": "H3"}),
        name="later.geojson",
    )
    then = {record["ref"]: record for record in knowledge.records("hazard", before)}
    now = {record["ref"]: record for record in knowledge.records("hazard")}
    assert list(then) == ["HA-1", "HA-2"]
    assert list(now) == ["HA-1", "HA-2", "HA-3"]
    assert "name" not in then["HA-1"]
    assert now["HA-1"]["name"] == "Larger"
    assert int(now["HA-1"]["area_mm2"]) > 3 * int(then["HA-1"]["area_mm2"])
    assert then["HA-2"] == now["HA-2"]
    names = ("uid", "area_mm2", "date_start", "plane", "type")
    rows = {row[0]: row for row in knowledge.rows("hazard", names, seq=before)}
    first = Hazard.objects.get(id=1)
    assert rows[first.uid][1] == int(then["HA-1"]["area_mm2"])
    assert rows[first.uid][2] == date(2020, 5, 1)
    assert bytes(rows[first.uid][3]) != bytes(first.plane)
    second = Hazard.objects.get(id=2)
    assert rows[second.uid] == (
        second.uid, second.area_mm2, second.date_start, second.plane, second.type,
    )  # fmt: skip
    assert knowledge.records("hazard", knowledge.NOTHING) == []


def test_moments(workspace, tmp_path):
    assert knowledge.seq_at("2020-01-01") == knowledge.NOTHING
    hazards(tmp_path, (square(), HAZARD))
    last = JournalEntry.objects.order_by("-seq").first()
    recorded = datetime.fromisoformat(last.recorded_at)
    assert knowledge.seq_at(recorded) == last.seq == knowledge.head_seq()
    assert knowledge.seq_at(last.recorded_at) == last.seq
    first = JournalEntry.objects.order_by("seq").first()
    assert knowledge.seq_at(first.recorded_at) == 0
    early = datetime(2001, 1, 1, tzinfo=UTC)
    assert knowledge.seq_at(early) == knowledge.NOTHING
    assert knowledge.seq_at(date(2999, 1, 1)) == last.seq
    with pytest.raises(RegisterError, match="'tomorrow' is no moment"):
        knowledge.seq_at("tomorrow")
    nothing = figures.balance(by="unit", known_seq=knowledge.NOTHING)
    assert nothing.total.hazards == nothing.total.confirmed_mm2 == 0


def test_a_late_release_changes_the_year_only_for_who_knows_it(workspace, tmp_path):
    operator(tmp_path)
    hazards(tmp_path, (square(size=2), HAZARD))
    activities(tmp_path, (square(), {**REPORT, "date": "2022-06-30"}))
    before = knowledge.head_seq()
    year = {"since": date(2022, 1, 1), "until": date(2022, 12, 31)}
    assert statement(**year).total.term("cleared") == 0
    assert consent("AC-1").released == ["AC-1"]
    cleared = LedgerLine.objects.get(kind="cleared").mm2
    assert statement(**year).total.term("cleared") == -cleared
    assert statement(**year).total.term("cleared", "cleared") == cleared
    assert statement(**year, known_seq=before).total.term("cleared") == 0
    assert figures.balance(known_seq=before).total.cleared_mm2 == 0
    assert figures.balance().total.cleared_mm2 == cleared
    assert Release.objects.get().seq > before


def test_statement_by_unit_over_a_boundary_reform(workspace, tmp_path):
    work = Work(tmp_path, 1)
    work.begin()
    hazards(
        tmp_path,
        (square(10, 1, 2), {**HAZARD, "source_id": "east", "date": "2020-01-01"}),
        name="e.geojson",
    )
    work.reform()
    since, until = PERIOD
    said = statement(since=since, until=until, by="unit")
    assert said.reform
    assert said.residual_mm2 == 0
    rows = {row.key: row for row in said.rows}
    assert rows["U2"].closing == 0
    assert rows["U2"].term("boundary_reform") == -rows["U2"].opening < 0
    assert rows["U3"].opening == 0
    moved = sum(row.term("boundary_reform") for row in said.rows)
    assert moved == 0, "a reform moves ground between units and none away"
    for row in said.rows:
        change = sum(row.term(name) for name in land.TERMS)
        assert row.opening + change == row.closing
    for name in land.TERMS:
        assert sum(row.term(name) for row in said.rows) == said.total.term(name)
    assert sum(row.opening for row in said.rows) == said.total.opening
    assert abs(said.drift_mm2) <= said.drift_bound_mm2


@pytest.mark.parametrize("by", ["class", "organisation", "method", "hazard", "unit"])
def test_statements_close_by_whatever(workspace, tmp_path, by):
    work = Work(tmp_path, 17)
    work.begin()
    for _ in range(10):
        work.step()
    since, until = PERIOD
    said = statement(since=since, until=until, by=by)
    assert said.residual_mm2 == 0
    assert said.rows
    if by != "class":
        for name in ("newly_identified", "cleared", "overlap"):
            assert sum(row.term(name) for row in said.rows) == said.total.term(name)
    for row in [*said.rows, said.total]:
        for column, text in row.ids.items():
            figure = land.FigureId.parse(text)
            assert figure.column == column
            assert figure.seq == said.known_seq
            assert (figure.since, figure.until) == PERIOD
    body = said.to_json()
    assert body["closing_measured_mm2"] is not None
    assert json.dumps(body)


def test_statement_refuses_what_it_cannot_say(workspace):
    with pytest.raises(RegisterError, match="not by 'colour'"):
        statement(by="colour")
    with pytest.raises(RegisterError, match="ends before it starts"):
        statement(since=date(2024, 1, 1), until=date(2023, 1, 1))
    with pytest.raises(RegisterError, match="no class is called"):
        statement(scope="everything")


def test_units_of_a_past_moment_divide_the_figures_of_that_moment(workspace, tmp_path):
    hazards(tmp_path, (square(1, 1), HAZARD))
    before = knowledge.head_seq()
    units = [(square(0, 0, 10), {"source_id": "U1", "name": "West"})]
    hand_in(geojson(tmp_path / "units.geojson", units), "units")
    then = {r.key: r for r in figures.balance(by="unit", known_seq=before).rows}
    now = {r.key: r for r in figures.balance(by="unit").rows}
    assert list(then) == [balances.OUTSIDE_ALL, balances.NO_PLACE]
    assert then[balances.OUTSIDE_ALL].confirmed_mm2 == now["U1"].confirmed_mm2 > 0
    assert now[balances.OUTSIDE_ALL].confirmed_mm2 == 0


def test_the_commands_print_what_was_known(workspace_folder, tmp_path):
    from landrelease.register.workspace import open_workspace

    open_workspace(workspace_folder)
    operator(tmp_path)
    hazards(tmp_path, (square(size=2), HAZARD))
    activities(tmp_path, (square(), REPORT))
    moment = JournalEntry.objects.order_by("-seq").values_list("recorded_at", flat=True)[0]
    consent("AC-1")
    cleared = LedgerLine.objects.get(kind="cleared").mm2
    year = ("ledger", "statement", "--year", "2022")
    now = json.loads(landrelease(workspace_folder, *year, "--format", "json").stdout)
    assert now["total"]["terms_mm2"]["cleared"]["cleared"] == str(cleared)
    then = landrelease(workspace_folder, *year, "--known-at", moment, "--format", "json")
    assert json.loads(then.stdout)["total"]["terms_mm2"]["cleared"]["cleared"] == "0"
    table = landrelease(workspace_folder, *year, "--by", "organisation").stdout
    assert "opening" in table
    assert "residual 0 mm2" in table
    rows = landrelease(workspace_folder, *year, "--by", "unit", "--format", "csv").stdout
    assert rows.splitlines()[0].startswith("key,label,opening_mm2,newly_identified_mm2")
    known = landrelease(workspace_folder, "ledger", "balance", "--known-at", moment).stdout
    assert "as known at" in known
    refused = landrelease(workspace_folder, *year, "--since", "2022-02-01", check=False)
    assert refused.returncode
    assert "not both" in refused.stderr
