"""Cells: what has two readings is never guessed in silence."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landrelease.exchange import values, vocabulary
from landrelease.register import codes
from landrelease.register.schema import RECORD_TYPES


@pytest.mark.parametrize(
    ("cell", "start", "end"),
    [
        ("2015-03-04", "2015-03-04", "2015-03-04"),
        ("2015/3/4", "2015-03-04", "2015-03-04"),
        ("2015-03-04T10:20:00+02:00", "2015-03-04", "2015-03-04"),
        ("20150304", "2015-03-04", "2015-03-04"),
        ("31.12.2015", "2015-12-31", "2015-12-31"),
        ("12/31/2015", "2015-12-31", "2015-12-31"),
        ("2016-02", "2016-02-01", "2016-02-29"),
        ("02/2016", "2016-02-01", "2016-02-29"),
        ("February 2016", "2016-02-01", "2016-02-29"),
        ("4 March 2015", "2015-03-04", "2015-03-04"),
        ("1 de mayo de 2010", "2010-05-01", "2010-05-01"),
        ("2015", "2015-01-01", "2015-12-31"),
        (2015, "2015-01-01", "2015-12-31"),
        (2015.0, "2015-01-01", "2015-12-31"),
        ("2015-2016", "2015-01-01", "2016-12-31"),
        ("2015-01-02/2015-03-04", "2015-01-02", "2015-03-04"),
        ("May 2015 to June 2015", "2015-05-01", "2015-06-30"),
        (dt.datetime(2015, 3, 4, 5), "2015-03-04", "2015-03-04"),  # noqa: DTZ001
        (dt.date(2015, 3, 4), "2015-03-04", "2015-03-04"),
    ],
)
def test_dates_with_one_reading(cell, start, end):
    parsed = values.date(cell)
    assert parsed.value == {"start": start, "end": end}
    assert not parsed.rule


@pytest.mark.parametrize(
    ("order", "start", "end", "rule"),
    [
        (None, "2015-03-04", "2015-04-03", "ambiguous_date"),
        ("dmy", "2015-04-03", "2015-04-03", ""),
        ("mdy", "2015-03-04", "2015-03-04", ""),
    ],
)
def test_a_date_with_two_readings_covers_both(order, start, end, rule):
    parsed = values.date("03/04/2015", order=order)
    assert parsed.value == {"start": start, "end": end}
    assert parsed.rule == rule
    assert parsed.keep == bool(rule)


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ("31/02/2015", "impossible_date"),
        ("2015-13-01", "impossible_date"),
        ("12/03/15", "not_a_date"),
        ("yesterday", "not_a_date"),
        ("soon", "not_a_date"),
        ("0212-01-01", "date_out_of_range"),
        ("2016-2015", "reversed_dates"),
        (123456, "not_a_date"),
        (True, "not_a_date"),
    ],
)
def test_what_is_no_date_is_kept_and_named(cell, rule):
    parsed = values.date(cell)
    assert parsed.value is None
    assert (parsed.rule, parsed.keep) == (rule, True)


def test_years_with_separator_and_days_of_excel():
    assert values.date("2,006").value == values.year_interval(2006)
    assert values.date("2,006").severity == "info"
    assert values.date(45000, excel=True).value["start"] == "2023-03-15"
    assert values.date(45000).value is None


@pytest.mark.parametrize("cell", ["", " ", "unknown", "N/A", "-", "n.d.", "Sin información", "?"])
def test_words_for_not_recorded_are_no_value_and_no_fault(cell):
    for parsed in (
        values.date(cell),
        values.number(cell),
        values.choice(cell, codes.SEXES, {}),
        values.classes(cell, codes.CLASSES, {}),
        values.boolean(cell),
    ):
        assert parsed.value is None
        assert not parsed.rule


@pytest.mark.parametrize(
    ("cell", "options", "expected"),
    [
        ("12.50", {}, "12.50"),
        ("12,5", {}, "12.5"),
        ("1.234,5", {}, "1234.5"),
        ("1,234.5", {}, "1234.5"),
        ("1,234,567", {}, "1234567"),
        ("12 345", {}, "12345"),
        ("12'345", {}, "12345"),
        ("2,006", {"mark": "."}, "2006"),
        ("2,006", {"mark": ","}, "2.006"),
        ("2,006", {"whole": True}, 2006),
        ("1.5e3", {}, "1500"),
        (3.0, {}, "3"),
        (0.1, {}, "0.1"),
        ("2.5 ha", {"unit": "m2"}, "25000.0"),
        ("0.5 km²", {"unit": "m2"}, "500000.0"),
        ("2,5", {"unit": "m2", "factor": Decimal(10_000)}, "25000.0"),
        ("20 mm", {"unit": "cm"}, "2.0"),
    ],
)
def test_numbers(cell, options, expected):
    parsed = values.number(cell, **options)
    assert parsed.value == expected
    assert not parsed.rule


@pytest.mark.parametrize(
    ("cell", "options", "rule"),
    [
        ("2,006", {}, "ambiguous_number"),
        ("1.234", {"mark": ","}, None),
        ("12 furlongs", {"unit": "m2"}, "unknown_unit"),
        ("-3", {}, "negative_number"),
        ("1,2,3", {}, "not_a_number"),
        ("about 50", {}, "not_a_number"),
        ("2.5", {"whole": True}, "not_whole"),
        (float("inf"), {}, "not_a_number"),
        (True, {}, "not_a_number"),
    ],
)
def test_numbers_that_cannot_be_taken_over(cell, options, rule):
    parsed = values.number(cell, **options)
    if rule is None:  # the column showed decimal commas, so this point groups
        assert parsed.value == "1234"
    else:
        assert (parsed.value, parsed.rule, parsed.keep) == (None, rule, True)


@pytest.mark.parametrize(
    ("texts", "marks"),
    [
        (["2,006", "1,200"], ""),
        (["2,006", "0,5"], ","),
        (["2,006", "17.25"], "."),
        (["1.234,5"], ","),
        (["1,234,567"], "."),
        (["0,5", "0.5"], ",."),
    ],
)
def test_a_column_shows_its_decimal_mark(texts, marks):
    assert values.decimal_marks(texts) == marks


@given(st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False))
def test_grouped_and_plain_writings_of_a_number_agree(number):
    assert Decimal(values.number(f"{number:,.2f}", mark=".").value) == number
    european = f"{number:,.2f}".translate(str.maketrans(",.", ".,"))
    assert Decimal(values.number(european, mark=",").value) == number


@pytest.mark.parametrize(
    ("text", "choices", "code"),
    [
        ("Suspected Minefield", codes.HAZARD_TYPES, "SHA"),
        ("suspected hazardous areas", codes.HAZARD_TYPES, "SHA"),
        ("cha", codes.HAZARD_TYPES, "CHA"),
        ("Cleared Areas", codes.RESULTS, "cleared"),
        ("Canceled", codes.RESULTS, "cancelled"),
        ("Cancelled (non-technical survey)", codes.RESULTS, "cancelled"),
        ("Hombre", codes.SEXES, "male"),
        ("Muerta", codes.CONSEQUENCES, "killed"),
        ("18+", codes.AGE_BANDS, "adult"),
        ("<18", codes.AGE_BANDS, "child"),
        ("Battle-Area Clearance", codes.ACTIVITY_KINDS, "bac"),
    ],
)
def test_words_of_the_field(text, choices, code):
    assert values.choice(text, choices, {}).value == code


def test_every_code_and_label_of_the_schema_is_its_own_word():
    for kind in RECORD_TYPES.values():
        for field in kind.fields:
            for code, label in (field.choices or {}).items():
                assert values.choice(code, field.choices, {}).value == code
                assert values.choice(label, field.choices, {}).value == code


def test_every_synonym_stands_for_one_code_only():
    for choices, synonyms in vocabulary._KNOWN.values():
        table = vocabulary.words(choices)
        for code, words in synonyms.items():
            assert code in choices
            for word in words:
                assert table[vocabulary.word_key(word)] == code, word


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("AP mines, AV mines", ["ap", "av"]),
        ("UXO and submunitions", ["cmr", "erw"]),
        ("AP/AV", ["ap", "av"]),
        ("A/P mine", ["ap"]),
        ("cmr|ap", ["ap", "cmr"]),
        ("Other explosive remnants of war", ["erw"]),
        ("mines", None),
        ("AP mines, IED", None),
    ],
)
def test_classes_are_all_or_none(text, expected):
    parsed = values.classes(text, codes.CLASSES, {})
    assert parsed.value == expected
    assert parsed.keep == (expected is None)


@given(st.text(max_size=30))
def test_no_text_breaks_a_parser(text):
    for parsed in (
        values.number(text, unit="m2"),
        values.choice(text, codes.SEXES, {}),
        values.classes(text, codes.CLASSES, {}),
        values.boolean(text),
        values.identifier(text),
    ):
        assert parsed.value is None or not (parsed.keep and parsed.severity == "error")
        assert parsed.value is not None or parsed.rule or values.says_nothing(text)
