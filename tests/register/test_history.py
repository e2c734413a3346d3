"""A record at any time on both clocks, and two of its versions against each other."""

from __future__ import annotations

from datetime import date

from acting import basis, decided, hazard, survey_report
from registering import HAZARD, hazards, square, submit, table

from landrelease.register import hazard_acts, history
from landrelease.register.models import RECORDS, Hazard


def versions(ref: str = "HA-1") -> list[history.Change]:
    return history.history(hazard(ref))


def test_the_version_that_held_on_a_day_as_it_was_known(workspace, tmp_path):
    hazards(tmp_path, (square(), {**HAZARD, "date": "2020-05-01"}))
    hazards(tmp_path, (square(size=2), {**HAZARD, "date": "2020-05-01", "name": "Larger"}))
    one, two = versions()
    # The later statement is about the same day: from then on it is the one that held.
    assert history.at([one, two]) is two
    assert history.at([one, two], known=one.seq) is one
    assert history.at([one, two], known=one.seq - 1) is None
    assert history.at([one, two], on=date(2020, 5, 1)) is two
    assert history.at([one, two], on=date(2020, 4, 30)) is None
    assert history.at([one, two], on=date(2020, 4, 30), known=one.seq) is None


def test_what_has_no_date_has_always_held(workspace, tmp_path):
    row = {name: value for name, value in HAZARD.items() if name != "date"}
    hazards(tmp_path, (square(), row))
    (only,) = versions()
    assert only.holds_from is None
    assert history.at([only], on=date(1900, 1, 1)) is only


def test_an_act_holds_from_its_own_day_and_says_why(workspace, tmp_path):
    hazards(tmp_path, (square(size=2), HAZARD))
    survey_report(tmp_path)
    why = basis(reason="no such field", on=date(2021, 3, 1))
    decided(lambda: hazard_acts.void("HA-1", why))
    before, after = versions()
    assert after.reason == "no such field"
    assert after.deciders == ["anna", "ben"]
    assert after.holds_from == date(2021, 3, 1)
    assert history.at([before, after], on=date(2021, 2, 28)) is before
    assert history.at([before, after], on=date(2021, 3, 1)) is after


def test_two_versions_side_by_side(workspace, tmp_path):
    hazards(tmp_path, (square(size=2), HAZARD))
    hazards(tmp_path, (square(size=3), {**HAZARD, "name": "Larger"}))
    one, two = versions()
    found = history.compare(one, two)
    assert {"name", "boundary"} <= found.differing
    assert found.fields["name"] == (None, "Larger")
    assert found.fields["type"] == ("CHA", "CHA")
    assert found.lost_mm2 == 0
    area = Hazard.objects.get().area_mm2
    assert found.gained_mm2 is not None
    assert abs(found.gained_mm2 - area * 5 / 9) < area / 1000
    back = history.compare(two, one)
    assert (back.lost_mm2, back.gained_mm2) == (found.gained_mm2, 0)
    written = found.to_json()
    assert written["gained_mm2"] == str(found.gained_mm2)
    west, south, *_ = written["one"]["geometry"]["coordinates"][0][0]
    assert abs(west + 20) < 0.01
    assert abs(south + 20) < 0.01


def test_no_version_gives_personal_data_away(workspace, tmp_path):
    submit(table(tmp_path / "x.csv", [{"source_id": "X1", "date": "2021"}]), "accidents")
    for name in ("Ada Example", "Ada Sample"):
        row = {"source_id": "V1", "accident": "X1", "name": name, "sex": "female"}
        submit(table(tmp_path / "v.csv", [row]), "victims")
    victim = RECORDS["victim"].objects.get()
    one, two = history.history(victim)
    found = history.compare(one, two)
    assert found.differing == {"personal data"}
    told = str([one.to_json(), two.to_json(), found.to_json()])
    assert "Ada" not in told
    for secret in (victim.sealed, victim.person_key, victim.commitment):
        assert secret not in told
