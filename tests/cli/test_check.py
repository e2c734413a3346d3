"""The command: a workspace, and tables of figures with the faults of real ones."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from landrelease.cli import app, context

RUN = CliRunner()


@pytest.fixture
def check(tmp_path):
    """Run the command on a table, without a workspace; gives the JSON it prints."""
    context.folder = tmp_path / "no workspace"

    def run(*words, status=1, form="json"):
        folder = tmp_path / "no workspace"
        done = RUN.invoke(app, ["-w", str(folder), "check", *map(str, words), "--format", form])
        assert done.exit_code == status, (done.output, done.exception)
        return json.loads(done.stdout) if form == "json" else done.stdout

    yield run
    context.folder = Path()


def written(path: Path, rows) -> Path:
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(dict.fromkeys(k for row in rows for k in row)))
        writer.writeheader()
        writer.writerows(rows)
    return path


def rules(body):
    return [(f["rule"], f["records"], f["cause"]) for f in body["findings"]]


def test_sums_that_the_headings_promise(check, tmp_path):
    path = written(
        tmp_path / "casualties.csv",
        [
            {"Quarter": "1-2", "Killed": 38, "Injured": 84, "Fate unknown": 0, "Total": 112},
            {"Quarter": "3-4", "Killed": 17_867, "Injured": "51,711", "Fate unknown": 3_998,
             "Total": "73,576"},
        ],
    )  # fmt: skip
    body = check(path)
    assert rules(body) == [("casualty_sum", ["2"], "carry")]
    found = body["findings"][0]
    assert (found["declared"], found["found"], found["difference"]) == ("112", "122", "-10")
    assert body["looked_at"][0]["assertion"] == "Total = Killed + Injured + Fate unknown"


def test_sums_percentages_units_and_labels_that_the_caller_states(check, tmp_path):
    path = written(
        tmp_path / "units.csv",
        [
            {"province": "North", "code": "N1", "opening": 542.6, "released": 17.3, "new": 63.7,
             "closing": 589.0, "ap": 240, "all": 516, "ap %": "45 %"},
            {"province": "North", "code": "N2", "opening": 10.0, "released": 2.5, "new": 0,
             "closing": 12.5, "ap": 1, "all": 4, "ap %": "25 %"},
            {"province": "South", "code": "N1", "opening": 1.0, "released": 0, "new": 0,
             "closing": 1.0, "ap": 1, "all": 2, "ap %": "50 %"},
        ],
    )  # fmt: skip
    body = check(
        path,
        *("--sum", "closing = opening - released + new"),
        *("--percent", "ap % = ap / all"),
        *("--unit", "code"),
        *("--label", "province = code"),
    )
    assert rules(body) == [
        ("balance", ["3"], "sign"),
        ("percentage", ["2"], ""),
        ("resubmission", ["2", "4"], "resubmission"),
        ("label_of_several_units", ["2", "3"], "one_label_several_units"),
    ]
    bare = check(path, "--percent", "ap % = ap /", status=0)
    assert {f["rule"] for f in bare["findings"]} == {"no_denominator"}


def test_a_published_form_with_crossed_labels(check, tmp_path):
    path = written(
        tmp_path / "form.csv",
        [
            {"type": "integer", "name": "fem_child", "label": "Direct female adult beneficiaries"},
            {"type": "integer", "name": "fem_adlt", "label": "Direct female children"},
            {"type": "date", "name": "start_dt", "label": "Start of the session"},
        ],
    )
    body = check(path)
    assert rules(body) == [
        ("heading", ["2"], "swapped_columns"),
        ("heading", ["3"], "swapped_columns"),
    ]


def test_years_places_words_and_dates(check, tmp_path):
    rows = [
        {"ano": "2,006", "estado": "Hombre", "genero": "Herido", "lat": 4 + i / 100,
         "lon": -74 - i / 100, "start_date": "2020-01-01", "end_date": "2020-02-01"}
        for i in range(40)
    ]  # fmt: skip
    rows[7]["lon"] = 74.07
    rows[9]["end_date"] = "2019-12-31"
    body = check(written(tmp_path / "rows.csv", rows))
    assert {(f["rule"], f["count"], f["cause"]) for f in body["findings"]} == {
        ("column_words", 0, "swapped_columns"),
        ("year_with_separator", 40, "thousands_separator"),
        ("coordinates", 1, "sign"),
        ("dates_out_of_order", 1, "year"),
    }
    printed = check(tmp_path / "rows.csv", form="table")
    assert "4 findings, 4 of them errors; nothing was changed" in printed
    assert "unverified" in printed
    listed = list(csv.DictReader(io.StringIO(check(tmp_path / "rows.csv", form="csv"))))
    assert len(listed) == 4
    assert (
        len(next(r for r in listed if r["rule"] == "year_with_separator")["records"].split()) == 40
    )


def test_a_sound_table_holds(check, tmp_path):
    # Without a column of those whose fate is not known, the total may be larger.
    rows = [{"killed": 3, "injured": 4, "total": 7}, {"killed": 3, "injured": 4, "total": 9}]
    path = written(tmp_path / "sound.csv", rows)
    assert "everything that was looked at holds" in check(path, status=0, form="table")


def test_a_total_smaller_than_its_parts_fails_without_a_column_of_the_unknown(check, tmp_path):
    path = written(tmp_path / "t.csv", [{"killed": 3, "injured": 4, "total": 6}])
    assert rules(check(path)) == [("casualty_sum", ["2"], "")]
    stated = written(tmp_path / "u.csv", [{"killed": 3, "injured": 4, "total": 9}])
    assert rules(check(stated, "--sum", "total = killed + injured")) == [("sum", ["2"], "")]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--sum", "total killed"), "is no sum; write it like"),
        (("--sum", "total = killed + wounded dogs"), "is no sum"),
        (("--sum", "total = killed + dogs"), "there is no column 'dogs'; there are: killed, total"),
        (("--percent", "total"), "write 'share = part / whole'"),
        (("--type", "hazards"), "--type is for a workspace"),
    ],
)
def test_errors_say_what_to_do(tmp_path, words, says):
    path = written(tmp_path / "t.csv", [{"killed": 3, "total": 7}])
    done = RUN.invoke(app, ["-w", str(tmp_path), "check", str(path), *words])
    assert done.exit_code != 0
    assert says in " ".join((done.output + str(done.exception)).replace("│", " ").split())


def test_a_workspace(workspace, tmp_path):
    rows = [{"source_id": "H1", "type": "SHA", "date": "2031-01-01"}]
    path = written(tmp_path / "h.csv", rows)
    root = ["-w", str(workspace.folder)]
    done = RUN.invoke(app, [*root, "import", str(path), "--as", "hazards", "--accept"])
    assert done.exit_code == 0, done.output
    done = RUN.invoke(app, [*root, "check"])
    assert done.exit_code == 1
    assert "future_date" in done.stdout
    assert "HA-1" in done.stdout
    done = RUN.invoke(app, [*root, "check", "--type", "accidents", "--format", "json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["findings"] == []
    done = RUN.invoke(app, [*root, "check", "--type", "unicorns"])
    assert "no record type is called 'unicorns'" in done.output
    done = RUN.invoke(app, [*root, "check", "--sum", "a = b"])
    assert "for a table, so name a file" in " ".join(done.output.replace("│", " ").split())
    context.folder = Path()


# --- real data: only what the faults are, never a row ---------------------------------------------


@pytest.mark.shared
def test_the_colombian_victim_register(check, shared):
    """Sex and consequence stand under each other's heading; every year reads "2,006"."""
    body = check(shared / "data/colombia_victimas/SituacionVictimas.csv")
    assert {(f["rule"], f["count"], f["cause"]) for f in body["findings"]} == {
        ("column_words", 0, "swapped_columns"),
        ("year_with_separator", 12_390, "thousands_separator"),
    }


@pytest.mark.shared
def test_the_colombian_events(check, shared):
    """One longitude has lost its sign; municipal names are shared by several departments."""
    path = shared / "data/colombia_events/events_1990_2014.csv"
    body = check(path, "--label", "municipio = departamento")
    kinds = {f["rule"] for f in body["findings"]}
    assert kinds == {"coordinates", "label_of_several_units"}
    (place,) = [f for f in body["findings"] if f["rule"] == "coordinates"]
    assert (place["count"], place["cause"]) == (1, "sign")
