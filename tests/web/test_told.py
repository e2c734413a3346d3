"""What the register says is stored in English and told in the reader's language, value by value."""

from __future__ import annotations

import copy
import json
import re
from datetime import date

import numpy as np
import pytest
import shapely
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from registering import HAZARD, bow_tie, hazards, square

from landrelease import land, treaty
from landrelease.register import canonical, caution, erased_again, said
from landrelease.register.errors import DecisionRefused
from landrelease.register.models import Submission
from landrelease.register.said import Said
from landrelease.web import origin_words, stored, told
from landrelease.web.templatetags.said import all_told

WORDS = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
SUBMITTED = "%(name)s submitted this and may not decide it (rule 14)"


@given(WORDS, WORDS)
def test_a_sentence_is_its_english_text_wherever_it_is_kept(name, other):
    one = said.said(SUBMITTED, name=name)
    assert one == f"{name} submitted this and may not decide it (rule 14)"
    assert json.loads(json.dumps([one])) == [str(one)]
    assert canonical.dumps({"reason": one}) == canonical.dumps({"reason": str(one)})
    two = said.said("%(name)s may not decide releases", name=other)
    assert said.joined([one, two]) == f"{one}; {two}"
    assert said.of(DecisionRefused(one)) is one
    again = copy.deepcopy(one)
    assert (again, again.pattern, again.given) == (one, one.pattern, one.given)


@given(WORDS)
def test_values_stand_in_every_language_as_they_are(name):
    one = said.joined([said.said(SUBMITTED, name=name), said.said("it is decided already")])
    told_in = set()
    for code in ("en", "ar", "fr", "es", "uk"):
        with translation.override(code):
            text = told.told(one)
        assert text.count(name) >= 1
        told_in.add(text)
    assert len(told_in) == 5
    assert str(one) in told_in
    assert said.joined([]) == ""


def test_an_error_is_told_and_what_nobody_knows_stays():
    with translation.override("ar"):
        assert told.told(DecisionRefused(said.said("it is decided already"))) == "تقرر ذلك بالفعل"
        assert told.told(ValueError("a tube is bent")) == "a tube is bent"
        # A name in a sentence is no sentence, even if it reads like one.
        odd = said.said("%(name)s may not decide releases", name="undated")
        assert "undated" in told.told(odd)
        assert told.told_stored("a tube <is> bent") == (
            '<span lang="en" dir="ltr">a tube &lt;is&gt; bent</span>'
        )
        assert all_told(["it is undated (rule 5)"]) == "it is undated (rule 5)"
    assert told.told_stored("a tube <is> bent") == "a tube <is> bent"


@given(st.data())
def test_what_is_stored_is_recognised_and_never_changed(data):
    pattern = data.draw(st.sampled_from(stored.SENTENCES))
    names = re.findall(r"%\((\w+)\)s", pattern)
    values = {name: data.draw(WORDS.filter(bool)) for name in names}
    text = pattern % values if values else pattern
    found = told.recognised(text)
    assert found is not None
    assert found == text
    with translation.override("en"):
        assert told.told(text) == text


@given(WORDS)
def test_no_text_is_made_another_one(text):
    found = told.recognised(text)
    assert found is None or found == text
    with translation.override("en"):
        assert told.told(text) == text


# --- composed anew --------------------------------------------------------------------------------


def findings():
    """What the checks of places say of places that are wrong in every way they know."""
    here = square(size=1)
    lonlat = np.array(
        [
            None, shapely.Polygon(), shapely.Point(1, 1), shapely.box(200, 0, 201, 1),
            shapely.box(-1e-4, -1e-4, 1e-4, 1e-4), bow_tie(), here, here, square(0.5, 0),
            square(9000, 0), shapely.box(-20, -20, -15, -15),
            shapely.Polygon([(-20, -20), (-20, -20), (-20, -19.999), (-19.999, -19.999)]),
            shapely.Polygon([(-20, -20), (-20, -20), (-20, -19.999)]),
            shapely.MultiPolygon([square(3), square(3.5)]), square(5, 0, 0.001),
            # The place on the other side of the world with a wrong sign.
            shapely.box(20, -20, 20.001, -19.999),
        ],
        dtype=object,
    )  # fmt: skip
    plane = land.Plane(-20, -20)
    planar = plane.project(lonlat, "EPSG:4326")
    rows = np.arange(1, len(lonlat) + 1)
    options = land.CheckOptions(expect="polygon")
    found = [*land.check_geometry(lonlat, planar, rows, options, projection=plane)]
    declared = np.full(len(rows), np.nan)
    declared[[6, 8]] = 5.0, 1e9
    found += land.check_declared(planar, declared, rows)
    polygons = planar[[6]]
    named = np.full(len(rows), -1)
    named[[8, 9]] = 0
    found += land.check_units(planar, rows, polygons, ["Zuvra"], named)
    return found


def test_every_finding_of_a_place_is_recognised():
    found = findings()
    rules = {one.rule for one in found}
    assert len(rules) >= 12, rules
    unknown = {one.message for one in found if told.recognised(one.message) is None}
    assert not unknown
    seen = {told.recognised(one.message).given["found"] for one in found}
    patterns = {part.pattern for part in seen if isinstance(part, Said)}
    missing = {one for one in stored.PLACES[1:] if one not in patterns}
    assert missing <= {
        # Both need a fault that these places do not have; they are held by the walk of the pages.
        "the polygon is invalid (%(reason)s): it has no definite area. Correct it in the source, "
        "or ask for a repair.",
        "as received the ring touches or crosses itself within less than a millimetre; at whole "
        "millimetres it is valid and has a definite area",
    }


def test_every_reason_of_caution_is_recognised():
    old = {
        "type": "CHA", "classes": ["ap", "av"], "geometry_hash": "a", "plane": None,
        "geometry_state": "invalid", "date": {"start": "2020-01-01"}, "declared_m2": 10,
    }  # fmt: skip
    new = {
        "type": "SHA", "classes": ["ap"], "geometry_hash": "b", "plane": None,
        "geometry_state": "repaired", "date": {"start": "2021-01-01"}, "declared_m2": 5,
    }  # fmt: skip
    found = [
        *caution._hazard(old, new),
        *caution._hazard({**old, "classes": []}, new),
        *caution._evidence(
            {"hazard": 1, "directness": "direct", "date": {"start": "2021"}},
            {"hazard": 2, "directness": None, "date": {"start": "2020"}, "standing": "withdrawn"},
        ),
        *caution._document({"extra": {"tier": "restricted"}}, {"extra": {"tier": "public"}}),
    ]
    assert len(found) >= 10
    assert not [text for text in found if told.recognised(text) is None]


def test_findings_of_a_delivery_are_told(store, client, tmp_path):
    hazards(tmp_path, (square(), HAZARD), (square(3), {**HAZARD, "source_id": "H2"}))
    outcome = hazards(
        tmp_path,
        (square(size=2), {**HAZARD, "source_id": "H5"}),
        (square(9), {**HAZARD, "source_id": "H5"}),
        (square(7), {**HAZARD, "source_id": "H6"}),
        (square(7), {**HAZARD, "source_id": "H6"}),
        accept=False,
        name="more.geojson",
    )
    found = Submission.objects.get(receipt=outcome.receipt)
    for finding in found.findings.all():
        assert told.recognised(finding.message) is not None, finding.message
    client.cookies["django_language"] = "ar"
    page = client.get(f"/submissions/{found.id}/").content.decode()
    assert "لا يُغلق أبدًا سجل غاب عن استيراد لاحق" in page
    assert "is never closed" not in page
    client.cookies["django_language"] = "en"
    page = client.get(f"/submissions/{found.id}/").content.decode()
    assert "2 records of this source are not in the file; they stay as they are" in page


def test_that_a_person_was_erased_is_told():
    finding = erased_again.finding(type("record", (), {"ref": "VI-3"}), 4)
    with translation.override("fr"):
        assert told.told(finding.message).startswith(
            "les données personnelles de VI-3 ont été effacées"
        )


@pytest.mark.parametrize(
    ("text", "english", "arabic"),
    [
        ("at most 1 independent origin", None, "منشأ مستقل واحد على الأكثر"),
        (
            "at most 3 independent origins; independence unknown", None,
            "3 مناشئ مستقلة على الأكثر; الاستقلال غير معروف",
        ),
        ("one origin: same speaker, same story", None, "منشأ واحد: المتكلم نفسه, القصة نفسها"),
        ("", None, ""),
        ("something else", None, "something else"),
    ],
)  # fmt: skip
def test_origins_are_counted_in_words(text, english, arabic):
    with translation.override("en"):
        assert origin_words.origins(text) == (english or text)
    with translation.override("ar"):
        assert origin_words.origins(text) == arabic


def test_every_note_on_a_treaty_status_is_told():
    """Whatever the register of treaty status remarks, of every state and about any day."""
    days = [date(year, 6, 1) for year in (1999, 2005, 2025, 2026, 2040)]
    notes = {
        note
        for state in treaty.all_states().values()
        for day in days
        for one in treaty.status(state.iso3, day).treaties.values()
        for note in one.notes
    }
    assert len(notes) > 15
    assert [note for note in sorted(notes) if told.recognised(note) is None] == []
    with translation.override("fr"):
        assert not [note for note in notes if told.told(note) == note]
