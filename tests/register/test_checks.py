"""``landrelease check`` over a register: what the records declare against ground, sums, history."""

from __future__ import annotations

import datetime as dt
import json

import pytest
import yaml
from acting import basis, decided, survey_report
from registering import (
    HAZARD,
    REPORT,
    activities,
    consent,
    geojson,
    hazards,
    operator,
    ready_release,
    square,
    submit,
    table,
)

from landrelease.land.assertions import Tolerances
from landrelease.register import checks, hazard_acts, profile
from landrelease.register.models import Activity, Hazard, JournalEntry

TODAY = dt.date(2026, 11, 22)


def check(**options):
    return checks.check(today=TODAY, **options)


def m2(size: float = 1) -> float:
    """Area of a square of that many steps, from the register itself."""
    return float(Hazard.objects.order_by("id").first().area_mm2) / 1e6 * size**2


def found(outcome):
    return {(one.mismatch.rule, one.records): one.mismatch.cause for one in outcome.found}


@pytest.fixture
def ground(workspace, tmp_path):
    """One hazard of one step, to know how large a step is."""
    hazards(tmp_path, (square(), {**HAZARD, "source_id": "first"}))
    return workspace


def test_an_empty_register_holds(workspace):
    outcome = check()
    assert outcome.found == []
    assert outcome.looked
    assert {one.rows for one in outcome.looked} == {0}
    assert outcome.unverified


def test_a_sound_register_holds_and_nothing_is_changed(workspace, tmp_path):
    ready_release(tmp_path)
    consent("AC-1")
    size = float(Activity.objects.get().area_mm2) / 1e6
    submit(
        table(
            tmp_path / "re.csv",
            [{"source_id": "R1", "date": "2022-03-01", "women": 3, "men": 4, "girls": 12,
              "boys": 9, "total": 28, "organisation": "OP1"}],
        ),
        "education_sessions",
    )  # fmt: skip
    submit(
        table(
            tmp_path / "ho.csv",
            [{"source_id": "O1", "date": "2022-07-01", "activity": "A1", "area_m2": round(size)}],
        ),
        "handovers",
    )
    entries = JournalEntry.objects.count()
    assert found(check()) == {}
    looked = {(one.assertion, one.record_type): one.rows for one in check().looked}
    assert looked["release after survey", "activity"] == 0, "decided releases are decided"
    assert looked["handover after the work", "handover"] == 1
    assert JournalEntry.objects.count() == entries


def test_a_submission_in_hectares_is_one_finding(ground, tmp_path):
    size = m2()
    rows = [
        (square(3 * i, 3), {**HAZARD, "source_id": f"ha{i}", "declared_m2": round(size / 1e4, 3)})
        for i in range(12)
    ]
    right = [
        (square(3 * i, 9), {**HAZARD, "source_id": f"m{i}", "declared_m2": round(size)})
        for i in range(12)
    ]
    right[4][1]["declared_m2"] = round(size) * 3
    hazards(tmp_path, *rows, name="hectares.geojson")
    hazards(tmp_path, *right, name="metres.geojson", source="Other survey")
    outcome = check()
    (whole, one) = outcome.by_rule("declared_area")
    assert (whole.mismatch.cause, whole.count, whole.mismatch.severity) == (
        "unit_hectare", 12, "error",
    )  # fmt: skip
    assert whole.records[0] == "HA-2"
    assert whole.mismatch.message.startswith("Submission 20")
    assert one.records == ("HA-18",)
    assert one.mismatch.cause == ""
    assert outcome.errors == 1
    body = json.loads(json.dumps(outcome.to_json()))
    assert body["findings"][0]["records"][:2] == ["HA-2", "HA-3"]
    assert body["profile_unverified"] is True


def test_a_hazard_of_the_size_of_the_country(ground, tmp_path):
    submit(
        geojson(
            tmp_path / "units.geojson",
            [
                (square(0, 0, 50), {"source_id": "U1", "name": "North", "level": 1}),
                (square(0, 0, 25), {"source_id": "U11", "name": "Parish", "level": 2}),
                (square(0, 25, 25), {"source_id": "U12", "name": "parish", "level": 2}),
            ],
        ),
        "units",
    )
    hazards(
        tmp_path,
        (None, {**HAZARD, "source_id": "all", "declared_m2": round(m2(50)), "unit": "Parish"}),
        (None, {**HAZARD, "source_id": "one", "declared_m2": 5_000, "unit": "U11"}),
        name="declared.geojson",
    )
    outcome = check()
    assert found(outcome) == {
        ("implausible_area", ("HA-2",)): "whole_territory",
        ("label_of_several_units", ("AU-2", "AU-3")): "one_label_several_units",
        ("label_of_several_units", ("HA-2",)): "one_label_several_units",
    }
    assert outcome.errors == 1


def test_released_area_larger_than_the_hazard(ground, tmp_path):
    operator(tmp_path)
    size = m2()
    report = {**REPORT, "hazard": "first"}
    activities(
        tmp_path,
        (None, {**report, "source_id": "big", "released_m2": round(2 * size)}),
        (None, {**report, "source_id": "a", "released_m2": round(0.7 * size)}),
        (None, {**report, "source_id": "b", "released_m2": round(0.7 * size)}),
        (None, {**report, "source_id": "draft", "released_m2": round(9 * size),
                "status": "planned"}),
        (None, {**report, "source_id": "work", "released_m2": round(9 * size),
                "report": "progress"}),
    )  # fmt: skip
    kinds = found(check())
    assert kinds["released_over_hazard", ("AC-1",)] == "area_over_hazard"
    assert kinds["releases_over_hazard", ("AC-2", "AC-3")] == "resubmission"
    assert kinds["resubmission", ("AC-2", "AC-3")] == "resubmission"
    assert len(kinds) == 4, kinds
    # The planned and the progress report claim nothing, but are the same work twice on paper.
    assert ("resubmission", ("AC-4", "AC-5")) in kinds


def test_dates_out_of_order(ground, tmp_path):
    operator(tmp_path)
    report = {**REPORT, "hazard": "first"}
    activities(
        tmp_path,
        (square(), {**report, "source_id": "early", "date": "2019-06-01"}),
        (
            square(),
            {**report, "source_id": "turned", "started": "2022-07-09", "date": "2022-06-30"},
        ),
        (square(), {**report, "source_id": "future", "date": "2027-01-01"}),
        (square(), {**report, "source_id": "fine", "started": "2022", "date": "2022-03"}),
    )
    assert found(check()) == {
        ("release_before_survey", ("AC-1",)): "later_evidence",
        ("dates_out_of_order", ("AC-2",)): "dates_out_of_order",
        ("future_date", ("AC-3",)): "year",
    }


def test_closed_by_the_source_but_never_released(ground, tmp_path):
    hazards(
        tmp_path,
        (square(4, 4), {**HAZARD, "source_id": "c", "status": "closed"}),
        (square(4, 4), {**HAZARD, "source_id": "twice", "type": "SHA"}),
        name="more.geojson",
    )
    kinds = found(check())
    assert kinds == {
        ("closed_without_release", ("HA-2",)): "no_completion_report",
        ("resubmission", ("HA-2", "HA-3")): "resubmission",
    }
    (again,) = check().by_rule("resubmission")
    assert "type CHA and SHA" in again.mismatch.message
    assert Hazard.objects.get(source_id="c").geometry_hash not in again.mismatch.message


def test_a_hazard_that_was_voided_declares_nothing_any_more(ground, tmp_path):
    twice = {**HAZARD, "source_id": "twice", "declared_m2": round(m2() * 100)}
    hazards(tmp_path, (square(), twice), name="twice.geojson")
    assert set(found(check())) == {
        ("resubmission", ("HA-1", "HA-2")),
        ("declared_area", ("HA-2",)),
    }
    survey_report(tmp_path)
    decided(lambda: hazard_acts.void("HA-2", basis()))
    assert found(check()) == {}


def test_casualties_that_do_not_add_up_or_contradict_the_victims(workspace, tmp_path):
    submit(
        table(
            tmp_path / "accidents.csv",
            [
                {"source_id": "X1", "date": "2021-05-01", "killed": 38, "injured": 84,
                 "unknown": 0, "casualties": 112},
                {"source_id": "X2", "date": "2021-05-02", "killed": 1, "injured": 0,
                 "casualties": 3},
                {"source_id": "X3", "date": "2021-05-03", "killed": 0, "injured": 1,
                 "unknown": 0, "casualties": 1},
            ],
        ),
        "accidents",
    )  # fmt: skip
    secret = "Ardent Witness"
    submit(
        table(
            tmp_path / "victims.csv",
            [
                {"source_id": f"V{i}", "accident": "X3", "consequence": "injured",
                 "date": date, "name": secret}
                for i, date in enumerate(["2021-05-03", "2021-05-03", "2021-06-01"])
            ],
        ),
        "victims",
    )  # fmt: skip
    outcome = check()
    kinds = found(outcome)
    assert kinds["casualty_sum", ("AX-1",)] == "carry"
    assert kinds["victims_over_casualties", ("AX-3",)] == "resubmission"
    assert kinds["victim_date", ()] == "dates_out_of_order"
    (dated,) = outcome.by_rule("victim_date")
    assert dated.count == 1
    assert len(outcome.by_rule("victims_over_casualties")) == 2, "casualties and injured"
    everything = json.dumps(outcome.to_json())
    assert secret not in everything
    assert "VI-" not in everything


def test_casualties_on_released_land(workspace, tmp_path):
    ready_release(tmp_path)
    consent("AC-1")
    inside, outside = square().centroid, square(1.2, 1.2, 0.5).centroid
    assert not square().contains(outside)
    days = {"before": "2021-01-01", "same day": "2022-06-30", "after": "2023-04-05",
            "year": "2022", "undated": None}  # fmt: skip
    rows = [(inside, {"source_id": name, "date": day, "killed": 1}) for name, day in days.items()]
    rows.append((outside, {"source_id": "beside", "date": "2023-04-05", "killed": 1}))
    submit(geojson(tmp_path / "accidents.geojson", rows), "accidents")
    submit(
        geojson(
            tmp_path / "eo.geojson",
            [
                (inside, {"source_id": "E1", "ordnance_class": "ap", "date": "2022-05-01"}),
                (inside, {"source_id": "E2", "ordnance_class": "ap", "date": "2024-05-01"}),
                (
                    inside,
                    {
                        "source_id": "E3",
                        "ordnance_class": "ap",
                        "date": "2022-08-01",
                        "activity": "A1",
                    },
                ),
            ],
        ),
        "ordnance",
    )
    outcome = check()
    on_land = outcome.by_rule("casualties_on_released_land")
    assert {one.records: one.mismatch.severity for one in on_land} == {
        ("AX-3",): "error",
        ("AX-4",): "warning",
        ("AX-5",): "warning",
    }
    sure = on_land[0].mismatch
    assert "released by AC-1 on 2022-06-30" in sure.message
    assert "in question until two people decide" in sure.message, "rule 6 put the question"
    assert sure.difference == 279
    assert [one.records for one in outcome.by_rule("ordnance_on_released_land")] == [("EO-2",)]


def test_risk_education(workspace, tmp_path):
    operator(tmp_path)
    base = {"organisation": "OP1", "unit": None}
    people = {"women": 31, "men": 27, "girls": 142, "boys": 139, "sex_age_unknown": 4}
    submit(
        table(
            tmp_path / "sessions.csv",
            [
                {**base, "source_id": "ok", "date": "2024-01-01", "women": 1, "men": 2, "total": 3},
                {**base, "source_id": "off", "date": "2024-01-02", "women": 20, "men": 4,
                 "girls": 3, "boys": 3, "sex_age_unknown": 0, "total": 10},
                {**base, "source_id": "a", "date": "2024-02-01", **people, "total": 343},
                {**base, "source_id": "b", "date": "2024-02-01", **people, "total": 343},
                {**base, "source_id": "c", "date": "2024-03-01", **people, "total": 343},
            ],
        ),
        "education_sessions",
    )  # fmt: skip
    kinds = found(check())
    assert kinds == {
        ("education_sum", ("RE-2",)): "left_out",
        ("resubmission", ("RE-3", "RE-4")): "resubmission",
    }


def test_a_form_with_crossed_names_is_pointed_out(workspace, tmp_path):
    rows = [{"eore_id": "1", "start_dt": "2024-01-01", "fem_adlt": 9, "fem_child": 3,
             "male_adlt": 2, "male_child": 1}]  # fmt: skip
    submit(table(tmp_path / "form.csv", rows), "education_sessions")
    (one,) = check().by_rule("heading")
    assert one.records == ("RE-1",)
    assert one.mismatch.cause == "swapped_columns"
    assert set(one.mismatch.fields) == {"women", "men", "girls", "boys"}
    assert "fem_adlt" in one.mismatch.message


def test_stockpiles_open_and_close(workspace, tmp_path):
    def row(number, date, purpose, quantity, designation="X", institution="Army"):
        return {
            "source_id": number,
            "date": date,
            "purpose": purpose,
            "device_class": "ap",
            "designation": designation,
            "quantity": quantity,
            "institution": institution,
        }

    rows = [
        row(1, "2022-12-31", "stockpile", 10_000),
        row(2, "2023-06-01", "destroyed", 4_000),
        row(3, "2023-12-31", "stockpile", 6_000),
        row(4, "2024-06-01", "destroyed", 1_000),
        row(5, "2024-12-31", "stockpile", 4_500),
        row(6, "2023-12-31", "stockpile", 50, "Y", "Army"),
        row(7, "2024-12-31", "stockpile", 20, "Y", "Police"),
    ]
    submit(table(tmp_path / "stock.csv", rows), "stockpiles")
    (wrong,) = check().found
    assert (wrong.mismatch.rule, wrong.records) == ("stockpile_balance", ("ST-3", "ST-5"))
    assert wrong.mismatch.difference == -500
    assert wrong.mismatch.message.startswith("X: ")
    looked = {one.assertion: one.rows for one in check().looked}
    assert looked["stockpiles: opening and closing"] == 2, "other institutions: nothing to compare"


def test_handed_over_before_the_work_and_more_than_was_released(workspace, tmp_path):
    ready_release(tmp_path)
    submit(
        table(
            tmp_path / "ho.csv",
            [{"source_id": "O1", "date": "2021-07-01", "activity": "A1", "area_m2": 9_999_999}],
        ),
        "handovers",
    )
    assert set(found(check())) == {
        ("dates_out_of_order", ("HO-1",)),
        ("handed_over_over_released", ("HO-1",)),
    }


def test_only_some_record_types(ground, tmp_path):
    hazards(tmp_path, (square(4, 4), {**HAZARD, "date": "2030-01-01"}), name="late.geojson")
    assert found(check()) == {("future_date", ("HA-2",)): "year"}
    assert check(record_types=["accident"]).found == []
    assert {one.record_type for one in check(record_types=["accident"]).looked} == {"accident"}


def test_the_tolerances_are_those_of_the_profile(ground, tmp_path):
    size = m2()
    hazards(
        tmp_path,
        (square(4, 4), {**HAZARD, "source_id": "near", "declared_m2": round(1.04 * size)}),
        name="near.geojson",
    )
    assert found(check()) == {}
    text = (profile.resources.files("landrelease.profiles") / "default.yaml").read_text()
    strict = ground.folder / "strict.yaml"
    strict.write_text(text.replace("area_fraction: 0.05", "area_fraction: 0.01"))
    settings = ground.folder / "landrelease.toml"
    settings.write_text(
        settings.read_text().replace('profile = "default"', 'profile = "strict.yaml"')
    )
    from landrelease.register.workspace import open_workspace

    open_workspace(ground.folder)
    outcome = check()
    assert [one.mismatch.rule for one in outcome.found] == ["declared_area"]
    shown = {one.assertion: one.tolerance for one in outcome.looked}
    assert shown["declared_m2 against the polygon"] == "0.01 of the area, at least 1 m²"


def test_a_profile_without_tolerances_has_those_of_the_default():
    text = (profile.resources.files("landrelease.profiles") / "default.yaml").read_text()
    shipped = profile.load("default")
    assert shipped.assertions == profile.Assertions()
    assert checks.tolerances(shipped) == Tolerances()
    without = yaml.safe_load(text)
    del without["assertions"]
    assert profile.Profile.model_validate(without) == shipped
