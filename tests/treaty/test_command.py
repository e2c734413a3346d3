"""``landrelease treaty``: no workspace, three forms, and errors that say what to write."""

from __future__ import annotations

import csv
import io
import json

import pytest
from typer.testing import CliRunner

from landrelease.cli import app

RUN = CliRunner()


def ask(*words, status=0):
    result = RUN.invoke(app, ["treaty", *words])
    assert result.exit_code == status, result.output
    return result.output


def test_status_of_ukraine_as_a_table_for_people():
    shown = " ".join(ask("status", "Ukraine", "--on", "2025-11-20").split())
    assert "Ukraine (UKR), 2025-11-20" in shown
    assert "2005-12-27 ratification" in shown
    assert "2033-12-01 (unverified)" in shown
    assert "contested: Announced suspension" in shown
    assert "not applicable" in shown
    assert "source untc-2013" in shown


def test_status_in_json_says_where_every_date_was_read():
    found = json.loads(ask("status", "LT", "--on", "2024-11-20", "--format", "json"))
    assert (found["state"], found["on"]) == ("LTU", "2024-11-20")
    (ccm,) = [one for one in found["treaties"] if one["treaty"] == "ccm"]
    assert ccm["standing"] == "party"
    assert ccm["withdrawal"]["date"] == "2025-03-06"
    for step in ccm["steps"].values():
        assert step["source"]["retrieved"] == "2026-11-22"
        assert step["source"]["title"]


def test_status_in_csv_has_a_row_a_treaty():
    found = list(csv.DictReader(io.StringIO(ask("status", "UKR", "--format", "csv"))))
    assert found[0]["treaty"] == "Mine Ban Treaty"
    assert len(found) == 5
    assert {row["state"] for row in found} == {"UKR"}
    assert found[2]["clearance"] == "not applicable"


def test_deadlines_count_the_yearly_reports_and_list_the_rest():
    shown = ask("deadlines", "--year", "2026", "--treaty", "apmbc", "--on", "2026-11-22")
    assert "2026-04-30: yearly reports of 160 states under the Mine Ban Treaty" in shown
    assert "MHL" in shown
    assert "no declarations of completion" in " ".join(shown.split())
    rows = list(
        csv.DictReader(
            io.StringIO(ask("deadlines", "--year", "2026", "--treaty", "apmbc", "--format", "csv"))
        )
    )
    assert len([row for row in rows if row["obligation"] == "yearly report"]) == 160


def test_deadlines_of_one_state_and_one_obligation():
    found = json.loads(
        ask("deadlines", "--year", "2026", "--state", "THA", "--obligation", "clearance",
            "--format", "json")
    )  # fmt: skip
    assert [(one["state"], one["due"], one["verified"]) for one in found["deadlines"]] == [
        ("THA", "2026-12-31", False)
    ]


def test_a_claim_is_checked():
    found = json.loads(
        ask("check", "UKR", "apmbc", "party", "--since", "2005", "--on", "2024-11-20",
            "--format", "json")
    )  # fmt: skip
    assert (found["verdict"], found["verified"]) == ("imprecise", True)
    assert "2005 is the deposit" in found["explanation"]
    assert "imprecise" in ask("check", "UKR", "apmbc", "party", "--since", "2005-12-27")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("status", "Ucraine"), "is no state"),
        (("deadlines", "--year", "2026", "--treaty", "nato"), "is no treaty"),
        (("deadlines", "--year", "2026", "--state", "Atlantis"), "is no state"),
        (("check", "UKR", "apmbc", "friend"), "is no status"),
        (("check", "UKR", "apmbc", "party", "--since", "long ago"), "is no date"),
        (("check", "UKR", "apmbc", "party", "--since", "2005-12"), "neither a year nor a day"),
    ],
)
def test_what_cannot_be_answered_says_what_to_write(words, said):
    shown = ask(*words, status=2)
    assert said in " ".join(shown.replace("│", " ").split())
