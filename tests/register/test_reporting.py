"""Reports gathered from the register: the right land, the right people, nothing made up."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

import openpyxl
import pytest
from registering import HAZARD, activities, hazards, landrelease, operator, square, submit, table
from reporting_programme import RITA, late_news, programme, units

from landrelease.land import FigureId
from landrelease.register import (
    balances,
    contributions,
    figures,
    human_figures,
    journal,
    reporting,
    reports,
    scopes,
)
from landrelease.register.errors import RegisterError
from landrelease.register.models import Activity, Hazard
from landrelease.register.scope_figures import LandFigures, Period
from landrelease.treaty.tables import Absent, Figure, ReportDocument, Row, Table, shown, shown_km2

SINCE, UNTIL = date(2022, 1, 1), date(2022, 12, 31)
WANTED = reporting.Wanted("article7", SINCE, UNTIL)


@pytest.fixture
def land(workspace, tmp_path):
    programme(tmp_path)
    return workspace


def people(folder):
    """Accidents, victims, sessions, items and stocks of several years, some of them undated."""
    submit(
        table(
            folder / "accidents.csv",
            [
                {"source_id": "X1", "date": "2022-03-01", "device_class": "ap", "killed": 1,
                 "injured": 2},
                {"source_id": "X2", "date": "2021-03-01", "killed": 9},
                {"source_id": "X3", "date": "2022", "injured": 1, "unknown": 1},
            ],
        ),
        "accidents",
    )  # fmt: skip
    submit(
        table(
            folder / "victims.csv",
            [
                {"source_id": "V1", "accident": "X1", "consequence": "killed", "sex": "female",
                 "age_band": "child", "person_status": "civilian", "name": "Somebody Named"},
                {"source_id": "V2", "accident": "X1", "consequence": "injured", "sex": "male",
                 "age_band": "adult", "person_status": "deminer"},
                {"source_id": "V3", "accident": "X3", "consequence": None, "sex": "male"},
                {"source_id": "V4", "accident": "X2", "consequence": "killed"},
                {"source_id": "V5", "consequence": "killed"},
                {"source_id": "V6", "date": "2022-07-01", "consequence": "injured",
                 "device_class": "erw"},
            ],
        ),
        "victims",
    )  # fmt: skip
    submit(
        table(
            folder / "sessions.csv",
            [
                {"source_id": "S1", "date": "2022-01-10", "method": "interpersonal", "women": 5,
                 "men": 4, "girls": 3, "boys": 2, "total": 15},
                {"source_id": "S2", "date": "2022-12-31", "method": None, "sex_age_unknown": 7},
                {"source_id": "S3", "date": "2023-01-01", "method": "interpersonal", "women": 90},
                {"source_id": "S4", "method": "training", "women": 70},
            ],
        ),
        "education_sessions",
    )  # fmt: skip
    submit(
        table(
            folder / "ordnance.csv",
            [
                {"source_id": "E1", "date": "2022-02-01", "ordnance_class": "ap", "quantity": 3,
                 "condition": "destroyed"},
                {"source_id": "E2", "date": "2022-02-01", "ordnance_class": "ap", "quantity": 50,
                 "condition": "found"},
                {"source_id": "E3", "date": "2022-05-01", "ordnance_class": "ap",
                 "condition": "destroyed"},
                {"source_id": "E4", "date": "2021-05-01", "ordnance_class": "av", "quantity": 8,
                 "condition": "destroyed"},
                {"source_id": "E5", "date": "2022-05-01", "ordnance_class": "cmr",
                 "condition": "destroyed"},
            ],
        ),
        "ordnance",
    )  # fmt: skip
    submit(
        table(
            folder / "stocks.csv",
            [
                {"source_id": "T1", "date": "2020-12-31", "purpose": "retained",
                 "device_class": "ap", "quantity": 100, "designation": "Type 1"},
                {"source_id": "T2", "date": "2022-06-30", "purpose": "retained",
                 "device_class": "ap", "quantity": 86, "designation": "Type 1"},
                {"source_id": "T3", "date": "2023-06-30", "purpose": "retained",
                 "device_class": "ap", "quantity": 1, "designation": "Type 1"},
                {"source_id": "T4", "date": "2021-06-30", "purpose": "retained",
                 "device_class": "ap", "quantity": 4, "designation": "Type 2"},
                {"source_id": "T5", "date": "2022-06-30", "purpose": "stockpile",
                 "device_class": "ap", "quantity": 0},
                {"source_id": "T6", "date": "2022-06-30", "purpose": "destroyed",
                 "device_class": "ap"},
                {"source_id": "T7", "date": "2022-06-30", "purpose": "stockpile",
                 "device_class": "cmr", "quantity": 55},
            ],
        ),
        "stockpiles",
    )  # fmt: skip


def found(document: ReportDocument, key: str) -> Table:
    return next(table for table in document.all_tables() if table.key == key)


def row(table: Table, key: str) -> Row:
    return next(row for row in table.rows if row.key == key)


def value(document: ReportDocument, key: str, name: str, column: str):
    cell = row(found(document, key), name).cells[column]
    return cell.value if isinstance(cell, Figure) else cell


def area(model, number: int) -> int:
    return model.objects.get(id=number).area_mm2


# --- land -----------------------------------------------------------------------------------------


def test_the_mine_ban_tables_hold_the_land_of_their_scope(land):
    made = reporting.document(WANTED)
    # H2 is anti-vehicle only; H4 names no class: neither is in the mine ban tables.
    remaining = found(made, "remaining_mine_ban")
    open_ = value(made, "remaining_mine_ban", "total", "mapped")
    released = area(Activity, 1) + area(Activity, 2)
    assert open_ == area(Hazard, 1) + area(Hazard, 3) - released
    assert value(made, "released_mine_ban", "total", "cleared") == released
    for column in ("mapped", "suspected", "confirmed"):
        rows = [r.cells[column].value for r in remaining.rows if r.role == "body"]
        assert sum(rows) == row(remaining, "total").cells[column].value
    # A2 lies across the boundary of the units: half of it was released in each.
    halves = [value(made, "released_mine_ban", name, "cleared") for name in ("U1", "U2")]
    assert halves[0] == pytest.approx(area(Activity, 1) + area(Activity, 2) / 2, rel=1e-4)
    assert sum(halves) == released
    # H3 came in the year; H1 was there before.
    assert value(made, "identified_mine_ban", "total", "newly_identified") == area(Hazard, 3)


def test_what_is_out_of_scope_or_has_no_size_stays_visible(land):
    made = reporting.document(WANTED)
    assert value(made, "excluded", "av", "areas") == 1
    assert value(made, "excluded", "av", "open") == area(Hazard, 2)
    unrecorded = found(made, "remaining_not_recorded")
    assert row(unrecorded, "total").cells["mapped"].value == area(Hazard, 4)
    inside = row(unrecorded, "U2").cells["mapped"].value
    outside = row(unrecorded, balances.OUTSIDE_ALL).cells["mapped"].value
    assert inside + outside == area(Hazard, 4)
    assert min(inside, outside) > 0
    assert row(unrecorded, "U2").cells["declared"].value == 5000
    assert row(unrecorded, balances.NO_PLACE).cells["unknown_size"].value == 1
    total = row(unrecorded, "total").cells
    assert total["mapped_and_declared"].value == Decimal(area(Hazard, 4)) / 1_000_000 + 5000
    assert value(made, "not_known", "unknown_size", "count") == 1
    assert value(made, "not_known", "declared_only", "area") == 5000


def test_the_statement_closes_with_the_ground(land):
    made = reporting.document(WANTED)
    for name in ("statement_mine_ban", "statement_not_recorded"):
        terms = [r for r in found(made, name).rows if r.role in ("body", "total")]
        for account in ("suspected", "confirmed", "open"):
            # Where no date is recorded a term holds no number, and moved nothing.
            found_values = [r.cells[account].value for r in terms]
            values = [0 if isinstance(v, Absent) else v for v in found_values]
            assert sum(values[:-1]) == values[-1]
            measured = value(made, name, "measured", account)
            assert abs(measured - values[-1]) <= 10
    numbers = {r.key: r.cells["areas"].value for r in found(made, "counts_mine_ban").rows}
    assert numbers["opening"] + numbers["new"] - numbers["closed"] == numbers["closing"] == 2


def test_ground_of_two_mine_classes_is_counted_once(workspace, tmp_path):
    operator(tmp_path)
    hazards(
        tmp_path,
        (square(0, 0, 2), HAZARD),
        (square(1, 0, 2), {**HAZARD, "source_id": "H2", "classes": "ap_improvised"}),
        (square(1, 1, 2), {**HAZARD, "source_id": "H3", "classes": "erw"}),
    )
    made = reporting.document(replace(WANTED, kind="monitor-profile"))
    once = value(made, "statement_mine_ban", "closing", "open")
    by_class = {r.key: r.cells["confirmed"].value for r in found(made, "classes").rows}
    assert by_class["ap"] == area(Hazard, 1)
    assert by_class["ap_improvised"] == area(Hazard, 2)
    # Two squares of two by two that share two: six of eight.
    assert once == pytest.approx((by_class["ap"] + by_class["ap_improvised"]) * 6 / 8, rel=1e-4)
    assert abs(once - value(made, "statement_mine_ban", "measured", "open")) <= 10
    ground = scopes.ground("mine_ban", journal.head().seq)
    assert ground.ids is None
    with pytest.raises(RegisterError, match="mine_ban"):
        scopes.ground("mines", 1)


def test_where_nothing_is_dated_or_classed_the_report_says_so(workspace, tmp_path):
    units(tmp_path)
    hazards(tmp_path, (square(1, 1), {"source_id": "H1"}), (square(11, 1), {"source_id": "H2"}))
    activities(tmp_path, (square(1, 1, 0.5), {"source_id": "A1", "result": "cleared"}))
    made = reporting.document(WANTED)
    assert made.cover.standing == "Not an official report"
    for column in ("mapped", "suspected_areas", "unknown_size"):
        assert value(made, "remaining_mine_ban", "total", column) is Absent.NOT_RECORDED
    assert value(made, "released_not_recorded", "total", "cleared") is Absent.NOT_RECORDED
    identified = found(made, "identified_not_recorded")
    assert row(identified, "total").cells["newly_identified"].value is Absent.NOT_RECORDED
    assert any("0 cannot be said" in note for note in identified.notes)
    assert value(made, "remaining_not_recorded", "U1", "mapped") == area(Hazard, 1)
    assert value(made, "not_known", "undated", "count") == 2
    assert value(made, "not_known", "undecided_undated", "count") == 1
    for name in ("victims", "education", "stocks", "destroyed"):
        shown_cells = {shown(cell) for r in found(made, name).rows for cell in r.cells.values()}
        assert shown_cells == {"not recorded"}, name


def test_an_empty_register_cannot_report(workspace):
    with pytest.raises(RegisterError, match="nothing to report"):
        reporting.document(WANTED)


def test_a_period_that_ends_before_it_starts_and_an_unknown_kind_are_refused():
    with pytest.raises(RegisterError, match="ends before it starts"):
        reporting.Wanted("article7", UNTIL, SINCE)
    with pytest.raises(RegisterError, match="monitor-profile"):
        reporting.Wanted("article9", SINCE, UNTIL)


def test_the_annex_tells_each_year_and_their_sum(land):
    wanted = reporting.Wanted("article5-extension", date(2020, 1, 1), date(2023, 12, 31))
    made = reporting.document(wanted)
    years = found(made, "years").rows
    assert [r.key for r in years] == ["2020", "2021", "2022", "2023"]
    for before, after in pairwise(years):
        assert before.cells["closing"].value == after.cells["opening"].value
    cleared = sum(r.cells["cleared"].value for r in years)
    assert cleared == value(made, "statement_mine_ban", "cleared", "open")
    assert "% of" in years[2].cells["share"]


def test_a_report_and_the_balance_say_the_same(land):
    ours = LandFigures(Period(SINCE, UNTIL, WANTED.seq)).scope("any", measure=True)
    theirs = figures.balance(as_of=UNTIL, by="unit", known_seq=WANTED.seq)
    rows = {row.key: row for row in theirs.rows}
    lines = [*ours.units, *ours.special, replace(ours.total, key="total")]
    for line in lines:
        row_ = theirs.total if line.key == "total" else rows[line.key]
        for column in ("suspected", "confirmed"):
            assert line.figures[column].value == getattr(row_, f"{column}_mm2"), line.key
        assert line.figures["declared"].value == row_.declared_only_m2
        assert line.figures["unknown_size"].value == row_.unknown_size
    assert ours.residual.value == 0
    assert abs(ours.closing_measured["open"].value - ours.total.figures["mapped"].value) <= 10


def test_every_figure_of_a_report_can_be_traced_to_its_value(land, tmp_path):
    people(tmp_path)
    late_news(tmp_path)
    known = 0
    for figure in reporting.figures_of("article7", SINCE, UNTIL):
        parsed = FigureId.parse(figure.id)
        # A labelled sum of two figures, and rows that became no record: said by the trace.
        if parsed.column in ("open_and_declared", "rejected_rows"):
            continue
        parts = contributions.of(parsed)
        if isinstance(figure.value, Absent):
            assert parts.total == 0, figure
        else:
            assert (parts.total, parts.unit) == (figure.value, figure.unit), figure
            known += 1
    assert known > 200


# --- people and devices ---------------------------------------------------------------------------


def test_people_and_devices_are_counted_by_what_is_recorded(land, tmp_path):
    people(tmp_path)
    made = reporting.document(WANTED, fewer_than=0)
    victims = found(made, "victims")
    # V4 is of another year; V5 has no date and no accident.
    total = {name: cell.value for name, cell in row(victims, "total").cells.items()}
    assert total == {"killed": 1, "injured": 2, "unknown": 1, "total": 4}
    assert row(victims, "sex_age=female_child").cells["killed"].value == 1
    assert row(victims, "sex=not_recorded").cells["total"].value == 1
    assert row(victims, "status=not_recorded").cells["total"].value == 2
    assert row(victims, "device=ap").cells["total"].value == 2  # said by the accident
    assert row(victims, "device=erw").cells["total"].value == 1
    for by in ("status", "sex", "age", "sex_age", "device"):
        parts = [r.cells["total"].value for r in victims.rows if r.key.startswith(f"{by}=")]
        assert sum(parts) == 4, by
    accidents = {name: cell.value for name, cell in row(victims, "accidents").cells.items()}
    assert accidents == {"killed": 1, "injured": 3, "unknown": 1, "total": Absent.UNKNOWN}
    assert any(note.startswith("1 victims have no date") for note in victims.notes)

    sessions = found(made, "education")
    reached = {name: cell.value for name, cell in row(sessions, "total").cells.items()}
    assert reached == {
        "sessions": 2, "women": 5, "men": 4, "girls": 3, "boys": 2, "sex_age_unknown": 7,
        "parts": 21, "total": 15,
    }  # fmt: skip
    assert "1 of 2 records do not say" in row(sessions, "total").cells["women"].note
    assert row(sessions, "interpersonal").cells["parts"].value == 14

    assert value(made, "destroyed", "ap", "destroyed") == 3
    assert value(made, "destroyed", "ap", "not_counted") == 1
    assert value(made, "destroyed", "av", "destroyed") == 0
    assert value(made, "destroyed", "cmr", "destroyed") is Absent.UNKNOWN
    # Of Type 1 the count of 2022, of Type 2 that of 2021: 86 and 4.
    assert value(made, "stocks", "ap", "retained") == 90
    assert value(made, "stocks", "ap", "stockpile") is Absent.NONE
    assert value(made, "stocks", "ap", "destroyed") is Absent.UNKNOWN
    assert value(made, "stocks", "ap", "transferred") is Absent.NOT_RECORDED
    assert value(made, "stocks", "ap", "not_counted") == 1
    assert "cmr" not in [r.key for r in found(made, "stocks").rows]


def test_the_records_behind_a_figure_are_those_it_counts(land, tmp_path):
    people(tmp_path)
    made = reporting.document(WANTED, fewer_than=0)
    by_id = {figure.id: figure for figure in made.figures()}

    def behind(text: str) -> list[str]:
        name = f"{text}@{WANTED.seq}"
        assert name in by_id
        return human_figures.behind(FigureId.parse(name))

    period = "2022-01-01..2022-12-31"
    assert behind(f"victims:killed:{period}") == ["VI-1"]
    assert behind(f"victims:total:{period}:sex=male") == ["VI-2", "VI-3"]
    assert behind(f"victims:killed:{period}:source=accidents") == ["AX-1", "AX-3"]
    assert behind(f"education:women:{period}:method=not_recorded") == ["RE-2"]
    assert behind(f"ordnance:destroyed:{period}:class=ap") == ["EO-1", "EO-3"]
    assert behind(f"ordnance:not_counted:{period}:class=ap") == ["EO-3"]
    assert behind("stockpile:retained:2022-12-31:class=ap") == ["ST-4", "ST-2"]
    assert behind(f"stockpile:not_counted:{period}:class=ap") == ["ST-6"]
    with pytest.raises(RegisterError, match="no figure of victims"):
        human_figures.behind(FigureId("land", "open", 3, None, UNTIL))
    for figure in made.figures():
        parsed = FigureId.parse(figure.id)
        if parsed.topic == "victims" and not parsed.by and parsed.column in ("killed", "total"):
            assert len(human_figures.behind(parsed)) == figure.value


def test_no_report_holds_a_name(land, tmp_path):
    people(tmp_path)
    for kind in ("article7", "monitor-profile", "ccm"):
        body = reporting.document(replace(WANTED, kind=kind), fewer_than=0)
        texts = [str(place) for place in body.places()]
        assert not any("Somebody" in text for text in texts)


# --- two clocks, frozen reports -------------------------------------------------------------------


def test_a_report_known_earlier_never_changes(land, tmp_path):
    seq = reports.last_known()
    before = reporting.figures_of("article7", SINCE, UNTIL, seq)
    late_news(tmp_path)
    people(tmp_path)
    assert reporting.figures_of("article7", SINCE, UNTIL, seq) == before
    now = {f.id.rpartition("@")[0]: f.value for f in reporting.figures_of("article7", SINCE, UNTIL)}
    changed = [f.id for f in before if now[f.id.rpartition("@")[0]] != f.value]
    assert any("newly_identified" in name for name in changed)


def freeze(number: str) -> None:
    seq = reports.last_known()
    figures_ = reporting.figures_of("article7", SINCE, UNTIL, seq)
    draft = reports.draft(number, "article7", figures_, since=SINCE, until=UNTIL, known_seq=seq)
    reports.freeze(draft, RITA)


def test_a_report_is_official_only_as_it_was_frozen(land, tmp_path):
    assert not reporting.document(WANTED).cover.official
    with pytest.raises(RegisterError, match="freeze it first"):
        reporting.document(WANTED, official=True)
    freeze("A7/2022")
    frozen_at = reports.find("A7/2022").known_seq
    made = reporting.document(WANTED)
    assert made.cover.official
    assert made.cover.standing == "Report A7/2022, approved by rita"
    assert not reporting.document(WANTED, official=False).cover.official
    # Another period, another kind, later news: not what was approved.
    assert not reporting.document(replace(WANTED, kind="ccm")).cover.official
    assert not reporting.document(replace(WANTED, until=date(2022, 12, 30))).cover.official
    late_news(tmp_path)
    assert not reporting.document(WANTED).cover.official
    assert reporting.document(replace(WANTED, known_seq=frozen_at)).cover.official


def test_what_changed_since_a_report_is_told_with_the_entries(land, tmp_path):
    freeze("A7/2022")
    unchanged = reporting.document(WANTED, since_report="A7/2022")
    assert found(unchanged, "changes").rows[0].label == "Nothing changed"
    late_news(tmp_path)
    made = reporting.document(WANTED, since_report="A7/2022")
    changes = found(made, "changes")
    assert len(changes.rows) > 5
    for changed in changes.rows:
        before, after, difference = (
            changed.cells[name].value for name in ("before", "after", "difference")
        )
        if isinstance(before, Absent) or isinstance(after, Absent):
            continue
        assert after - before == difference != 0
    name = f"land:newly_identified:2022-01-01..2022-12-31:mine_ban@{WANTED.seq}"
    told = row(changes, name)
    assert told.cells["difference"].value > 0
    assert "entry" in told.cells["entries"]
    with pytest.raises(RegisterError, match="no report is frozen"):
        reporting.document(WANTED, since_report="A7/1999")


# --- the command ----------------------------------------------------------------------------------


def test_the_command_writes_what_it_says_and_a_dry_run_nothing(land, tmp_path):
    folder = land.folder
    dry = landrelease(
        folder, "report", "article7", "--year", "2022", "-o", tmp_path / "a.xlsx", "--dry-run",
        "--format", "json",
    )  # fmt: skip
    assert not (tmp_path / "a.xlsx").exists()
    printed = {line["id"]: line for line in json.loads(dry.stdout)}
    cleared = printed[f"land:cleared:2022-01-01..2022-12-31:mine_ban@{WANTED.seq}"]
    assert str(cleared["value"]) == str(area(Activity, 1) + area(Activity, 2))
    done = landrelease(
        folder, "report", "article7", "--since", "2022-01-01", "--until", "2022-12-31",
        "-o", tmp_path / "a.xlsx", "-o", tmp_path / "a.pdf", "-o", tmp_path / "a.html",
        "-o", tmp_path / "a.json",
    )  # fmt: skip
    assert "Not an official report" in done.stderr
    assert "Figures" in openpyxl.load_workbook(tmp_path / "a.xlsx").sheetnames
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    body = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert {f["id"] for f in body["figures"]} >= printed.keys()
    for words in (
        ("report", "article7", "--year", "2022"),
        ("report", "article7", "-o", tmp_path / "b.pdf"),
        ("report", "article7", "--year", "2022", "-o", tmp_path / "b.docx"),
    ):
        refused = landrelease(folder, *words, check=False)
        assert refused.returncode != 0, words


@pytest.mark.shared
def test_bosnia_is_reported_as_what_it_is(workspace, shared):
    """Dates, methods, classes and devices are not recorded there: no 0 stands in their place."""
    data = shared / "data" / "bosnia_mines"
    submit(data / "cantons.geojson", "units")
    submit(data / "suspect_areas_simplyfied.geojson", "hazards")
    made = reporting.document(reporting.Wanted("article7", date(2023, 1, 1), date(2023, 12, 31)))
    assert made.cover.standing == "Not an official report"
    assert value(made, "remaining_mine_ban", "total", "mapped") is Absent.NOT_RECORDED
    remaining = found(made, "remaining_not_recorded")
    assert row(remaining, "total").cells["unknown_size"].value == 3_564
    assert row(remaining, "total").cells["suspected_areas"].value == 11_068
    assert shown_km2(row(remaining, "total").cells["mapped"]) == "758"
    rows = [r.cells["mapped"].value for r in remaining.rows if r.role == "body"]
    assert sum(rows) == row(remaining, "total").cells["mapped"].value
    assert len(rows) + len(remaining.left_out) > 130
