"""Forms from the record types: valid, whole, in every language, with lists that cascade."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET

import answering
import openpyxl
import pytest
from answering import LANGUAGES, XFORMS

from landrelease.exchange.forms import labels, lists, model, publishing, wording, xform, xlsform
from landrelease.exchange.forms.catalogue import FORMS, NEVER_ASKED, NoSuchForm, form_kind
from landrelease.register.profile import ExtraField, Forms
from landrelease.register.schema import RECORD_TYPES

FURNISHED = lists.Lists(
    units={
        1: [lists.UnitEntry("N", "Northland", "", "1.5 2.5")],
        2: [lists.UnitEntry("N1", "North Hill", "N", "1.25 2.25")],
        3: [lists.UnitEntry("N1A", "Upper Village", "N1", "")],
    },
    organisations=[("OP1", "First Operator")],
)
BARE = lists.Lists()
NATIONAL = {
    "hazard": {
        "owner": ExtraField(kind="choice", choices=("public", "private"), required=True),
        "checked": ExtraField(kind="boolean"),
        "seen": ExtraField(kind="date"),
        "slope": ExtraField(kind="decimal"),
    },
    "victim": {"guardian": ExtraField(kind="text", label="Name of a guardian")},
}


def made(name, given, national=NATIONAL, **settings):
    return model.build(FORMS[name], lists=given, settings=Forms(**settings), extra_fields=national)


def languages(*codes):
    return [wording.Language(code) for code in codes]


@pytest.mark.parametrize("given", [FURNISHED, BARE], ids=["furnished", "bare"])
@pytest.mark.parametrize("name", FORMS)
def test_odk_validate_finds_every_form_valid(name, given, java):
    form = made(name, given)
    book = xlsform.workbook(form, languages=languages(*LANGUAGES), version="2026010101")
    converted = xform.from_workbook(book, name)
    assert xform.validate(converted.xml, name) == []
    # Photos are kept as taken; nothing else is to be said.
    assert [w for w in converted.warnings if "max-pixels" not in w] == []


def test_odk_validate_is_really_asked(java):
    """A formula that names no question is found, so that silence means something."""
    form = made("hazard", FURNISHED)
    form.questions.insert(3, model.Question("calculate", "wrong", calculation="nosuch(/data/x) +"))
    book = xlsform.workbook(form, languages=languages("en"), version="1")
    with pytest.raises(xform.FormError, match="hazard"):
        xform.validate(xform.from_workbook(book, "hazard").xml, "hazard")


def test_without_java_the_check_says_so(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(xform.FormError, match="default-jre-headless"):
        xform.validate(b"<x/>", "hazard")


def test_what_pyxform_refuses_is_one_sentence():
    form = made("hazard", BARE)
    form.questions.append(model.Question("text", "a name with blanks", "x"))
    book = xlsform.workbook(form, languages=languages("en"), version="1")
    with pytest.raises(xform.FormError, match="the form hazard cannot be converted"):
        xform.from_workbook(book, "hazard")


# --- languages ------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [c for c in LANGUAGES if c != "en"])
def test_every_text_has_its_wording(code):
    language = wording.Language(code)
    for given in (FURNISHED, BARE):
        for name in FORMS:
            for text in model.texts(made(name, given, national={})):
                assert language.say(text).strip()
    assert language.missing == set()


@pytest.mark.parametrize("code", [c for c in LANGUAGES if c != "en"])
def test_no_two_answers_of_a_list_read_the_same(code):
    """Two answers that nobody can tell apart would be swapped in the field."""
    language = wording.Language(code)
    for name in FORMS:
        for listed, codes in made(name, FURNISHED).choices.items():
            said = [language.say(label) for label in codes.values()]
            assert len(set(said)) == len(said), (name, listed)


def test_the_wording_is_used_up():
    """An entry that no form asks for is a leftover of a text that was changed."""
    asked = {f"Administrative unit, level {n}" for n in range(1, 6)}
    for given in (FURNISHED, BARE):
        for name in FORMS:
            asked |= set(model.texts(made(name, given, national={})))
    for code in LANGUAGES[1:]:
        assert set(wording.shipped(code)) - asked == set()


@pytest.mark.parametrize("name", FORMS)
def test_each_language_is_in_the_form_that_phones_load(name):
    form = made(name, FURNISHED, national={})
    book = xlsform.workbook(form, languages=languages(*LANGUAGES), version="1")
    root = ET.fromstring(xform.from_workbook(book, name).xml)
    texts = {
        translation.get("lang"): {
            text.get("id"): text.findtext(f"{{{XFORMS}}}value")
            for text in translation.findall(f"{{{XFORMS}}}text")
        }
        for translation in root.iter(f"{{{XFORMS}}}translation")
    }
    assert set(texts) == {"English (en)", "Español (es)", "Français (fr)", "العربية (ar)",
                          "Українська (uk)"}  # fmt: skip
    english = texts["English (en)"]
    for lang, theirs in texts.items():
        assert set(theirs) == set(english), lang
        assert all(theirs.values())
        if lang.startswith(("العربية", "Українська")):
            assert not [key for key, text in theirs.items() if text == english[key]], lang


def test_a_national_wording_comes_first_and_a_lacking_one_is_counted():
    own = wording.Language("es", {"Yes": "Sí, señor"})
    assert own.say("Yes") == "Sí, señor"
    assert own.say("No") == "No"
    assert own.say("Nothing of ours") == "Nothing of ours"
    assert own.missing == {"Nothing of ours"}


def test_a_language_nobody_has_worded_shows_english(programme):
    answering.write_profile(programme.folder, languages=["en", "sw"])
    found = publishing.make(FORMS["education"])
    assert "Women reached" in found.missing["sw"]
    assert len(found.missing["sw"]) > 20


# --- what is asked and read -----------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMS)
def test_every_field_is_asked_or_left_out_on_purpose(name):
    form = made(name, FURNISHED, national={})
    for part, plan in zip(FORMS[name].parts, form.plan["parts"], strict=True):
        asked = {*plan["fields"], *plan["dates"]}
        fields = set(RECORD_TYPES[part.record].by_name)
        assert asked | {*NEVER_ASKED, *part.omit, *part.constants} >= fields
        assert asked <= fields


@pytest.mark.parametrize("given", [FURNISHED, BARE], ids=["furnished", "bare"])
@pytest.mark.parametrize("name", FORMS)
def test_what_is_read_is_what_is_asked(name, given):
    """Each path of the reading plan is a question of the form that phones load."""
    form = made(name, given)
    book = xlsform.workbook(form, languages=languages("en"), version="7")
    root = ET.fromstring(xform.from_workbook(book, name).xml)
    instance = next(iter(root.find(f".//{{{XFORMS}}}instance")))
    assert (instance.get("id"), instance.get("version")) == (name, "7")
    for plan in form.plan["parts"]:
        top = answering.at(instance, plan["repeat"]) if plan["repeat"] else instance
        for path in model.paths(plan):
            answering.at(top, path)


def test_a_spot_task_asks_for_nothing_that_releases_land():
    form = made("eod_spot", FURNISHED)
    main = form.plan["parts"][0]
    assert main["constants"] == {"kind": "eod_spot"}
    assert not {"result", "released_m2", "report", "kind"} & set(main["fields"])


def test_labels_name_fields_that_exist():
    assert not [
        (record, name)
        for record, name in labels.QUESTIONS
        if name not in RECORD_TYPES[record].by_name
    ]


def test_the_profile_leaves_out_fields_but_never_what_a_record_needs():
    form = made("eod_spot", BARE, omit={"ordnance": ("condition", "ordnance_class")})
    asked = form.plan["parts"][1]["fields"]
    assert "condition" not in asked
    assert "ordnance_class" in asked


def test_without_the_question_of_safety_no_centre_stands_in():
    form = made("hazard", FURNISHED, ask_geo_safe=False)
    assert form.plan["parts"][0]["centroid"] == ""
    assert not [q for q in form.questions if "geo_safe" in q.relevant]


def test_personal_fields_are_announced_as_sealed():
    for kind in FORMS.values():
        form = made(kind.name, FURNISHED)
        said = any(q.label == model.SEALED for q in form.questions)
        assert said == (kind.personal is not None) == form.plan["personal"]


def test_the_same_form_is_the_same_bytes():
    books = [
        xlsform.workbook(made("hazard", FURNISHED), languages=languages("en"), version="1")
        for _ in range(2)
    ]
    assert books[0] == books[1]


def test_a_label_is_never_a_formula():
    national = {"hazard": {"odd": ExtraField(kind="text", label="=1+1")}}
    form = made("hazard", BARE, national=national)
    book = xlsform.workbook(form, languages=languages("en"), version="1")
    sheet = openpyxl.load_workbook(io.BytesIO(book))["survey"]
    (cell,) = [c for row in sheet.iter_rows() for c in row if c.value == "=1+1"]
    assert cell.data_type == "s" or cell.quotePrefix or cell.data_type != "f"


def test_a_form_that_is_not_there_names_those_that_are():
    assert form_kind("EOD-spot") is FORMS["eod_spot"]
    with pytest.raises(NoSuchForm, match="hazard, accident"):
        form_kind("minefield")


# --- lists of the register ------------------------------------------------------------------------


def rows_of(media, name):
    return list(csv.DictReader(io.StringIO(media[name].decode())))


def test_units_cascade_and_have_a_centre_inside(programme):
    found = publishing.make(FORMS["hazard"])
    media = found.form.media
    assert set(media) == {"units_1.csv", "units_2.csv", "units_3.csv", "organisations.csv"}
    second = {row["name"]: row for row in rows_of(media, "units_2.csv")}
    assert {name: row["parent"] for name, row in second.items()} == {
        "N1": "N", "N2": "N", "S1": "S"
    }  # fmt: skip
    shapes = {code: shape for code, *_, shape in answering.UNITS}
    import shapely

    for level in (1, 2, 3):
        for row in rows_of(media, f"units_{level}.csv"):
            latitude, longitude = map(float, row["centre"].split())
            assert shapes[row["name"]].contains(shapely.Point(longitude, latitude))
    filters = [q.choice_filter for q in found.form.questions if q.name.startswith("unit_")]
    assert filters == ["", "parent = ${unit_1} or parent = ''", "parent = ${unit_2} or parent = ''"]


def test_names_with_commas_and_quotes_survive(programme):
    organisations = rows_of(publishing.make(FORMS["hazard"]).form.media, "organisations.csv")
    assert {row["name"]: row["label"] for row in organisations} == {
        "OP1": "First Operator", "OP2": "Second, “other” Operator"
    }  # fmt: skip


def test_units_that_cannot_be_chosen_are_counted(workspace, tmp_path):
    from registering import submit, table

    rows = [
        {"pcode": "A", "name": "Aland", "level": 1},
        {"pcode": "", "name": "No code", "level": 1},
        {"pcode": "B", "name": "No level", "level": ""},
        {"pcode": "A1", "name": "Part", "level": 2, "parent": "A"},
        {"pcode": "X1", "name": "Orphan", "level": 2, "parent": ""},
    ]
    submit(table(tmp_path / "units.csv", rows), "units", source="Units")
    found = publishing.make(FORMS["hazard"])
    notes = " / ".join(found.warnings)
    assert "1 administrative units have no usable p-code" in notes
    assert "1 administrative units have no level" in notes
    assert "1 units of level 2 name no parent" in notes
    second = {row["name"]: row["parent"] for row in rows_of(found.form.media, "units_2.csv")}
    assert second == {"A1": "A", "X1": ""}, "an orphan is offered, not lost"


# --- versions -------------------------------------------------------------------------------------


def test_a_form_in_which_nothing_changed_keeps_its_version(programme, tmp_path):
    from registering import submit, table

    first, new = publishing.publish(FORMS["hazard"], answering.OFFICE, check=False)
    assert not new
    submit(table(tmp_path / "more.csv", [{"source_id": "OP3", "name": "Third"}]), "organisations")
    second, new = publishing.publish(FORMS["hazard"], answering.OFFICE, check=False)
    assert new
    assert int(second.version) == int(first.version) + 1
    # A form without the list of organisations is not touched by it.
    assert publishing.publish(FORMS["accident"], answering.OFFICE, check=False)[1] is False


def test_what_is_published_is_valid(programme, java):
    """The very forms of a furnished workspace, as phones are given them."""
    from landrelease.register import field_forms

    for version in field_forms.current():
        assert xform.validate(version.xform.encode(), version.form) == []
