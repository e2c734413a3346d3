"""Dates, times and durations in text, in sentences of our own."""

from __future__ import annotations

import datetime as dt
import sys
from argparse import Namespace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landrelease.evidence.datetimes import LANGUAGES, datetimes, durations
from landrelease.evidence.datetimes.actions import ACTIONS
from landrelease.evidence.datetimes.readers import READERS
from landrelease.evidence.datetimes.rules import Grammar
from landrelease.evidence.times import resolve

WEDNESDAY = dt.date(2024, 11, 20)


def read(text: str, language: str = "en", day: dt.date | dt.datetime = WEDNESDAY) -> list[tuple]:
    """(words, type, timex of each meaning) of every expression."""
    return [
        (one.text, one.kind, [option.timex for option in one.options])
        for one in datetimes(text, day, language)
    ]


def values(text: str, language: str = "en", day: dt.date | dt.datetime = WEDNESDAY) -> list[tuple]:
    """(value or start, end, mod) of each meaning of the first expression."""
    (one, *_) = datetimes(text, day, language)
    return [(option.value or option.start, option.end, option.mod) for option in one.options]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The team left on 3 May 2019.", ("3 May 2019", "date", ["2019-05-03"])),
        ("Signed March 18th, 2021 in Oslo", ("March 18th, 2021", "date", ["2021-03-18"])),
        ("due 2024-03-09 at noon", ("2024-03-09 at noon", "datetime", ["2024-03-09T12"])),
        ("on the 7th of June", ("the 7th of June", "date", ["XXXX-06-07", "XXXX-06-07"])),
        ("said Tuesday", ("Tuesday", "date", ["XXXX-WXX-2", "XXXX-WXX-2"])),
        ("two weeks before Christmas", ("two weeks before Christmas", "date", ["2024-12-11"])),
        ("cleared in 2007", ("2007", "daterange", ["2007"])),
        ("since March 2022", ("since March 2022", "daterange", ["2022-03"])),
        (
            "from April to June 2017",
            ("from April to June 2017", "daterange", ["(2017-04-01,2017-06-01,P2M)"]),
        ),
        ("in the third quarter of 2020", None),
        ("late last night", None),
        ("in the 1990s", ("the 1990s", "daterange", ["(1990-01-01,2000-01-01,P10Y)"])),
        ("for two hours and a half", ("two hours and a half", "duration", ["PT2.5H"])),
        ("every other Monday", ("every other Monday", "set", ["XXXX-WXX-1"])),
        ("at half past six", ("half past six", "time", ["T06:30", "T18:30"])),
    ],
)
def test_english(text: str, found: tuple | None) -> None:
    if found is None:
        assert read(text)
    else:
        assert read(text) == [found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Salieron el 3 de mayo de 2019.", ("3 de mayo de 2019", "date", ["2019-05-03"])),
        ("ayer por la tarde", ("ayer por la tarde", "datetimerange", ["2024-11-19TEV"])),
        ("hace tres semanas", ("hace tres semanas", "date", ["2024-10-30"])),
        ("desde enero de 2020", ("desde enero de 2020", "daterange", ["2020-01"])),
        ("entre 2010 y 2014", ("entre 2010 y 2014", "daterange", ["(2010-01-01,2014-01-01,P4Y)"])),
        ("durante dos semanas", ("dos semanas", "duration", ["P2W"])),
        ("cada martes", ("cada martes", "set", ["XXXX-WXX-2"])),
        ("a las siete menos cuarto", ("siete menos cuarto", "time", ["T06:45", "T18:45"])),
        ("el 5/4/2018", ("5/4/2018", "date", ["2018-04-05"])),
        (
            "en mil novecientos noventa y siete",
            ("mil novecientos noventa y siete", "daterange", ["1997"]),
        ),
    ],
)
def test_spanish(text: str, found: tuple) -> None:
    assert read(text, "es") == [found]


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        (
            "uk",
            "у середу, 20 листопада 2024 року",
            [("середу, 20 листопада 2024 року", "2024-11-20")],
        ),
        ("uk", "Мер міста бачив 5 лис", []),
        ("uk", "вчора", [("вчора", "2024-11-19")]),
        ("ru", "3 мая 2019 г. подписали", [("3 мая 2019 г.", "2019-05-03")]),
        ("fr", "le 1er mai 2020, la mer", [("1er mai 2020", "2020-05-01")]),
        ("ar", "في ٢٠ نوفمبر ٢٠٢٤", [("٢٠ نوفمبر ٢٠٢٤", "2024-11-20")]),
    ],
)
def test_other_languages_dates_only(language: str, text: str, found: list) -> None:
    seen = [(one.text, one.options[0].value) for one in datetimes(text, WEDNESDAY, language)]
    assert seen == found


def test_a_month_of_another_language_after_in() -> None:
    (one,) = datetimes("Это было в мае 2023 года.", WEDNESDAY, "ru")
    assert one.options[0].timex == "2023-05"


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="not in 'km'"):
        datetimes("2024", WEDNESDAY, "km")
    with pytest.raises(ValueError, match="not in 'uk'"):
        durations("2024", "uk")


def test_candidates_lie_around_the_reference() -> None:
    assert values("Monday") == [("2024-11-18", None, None), ("2024-11-25", None, None)]
    assert values("in March") == [
        ("2024-03-01", "2024-04-01", None),
        ("2025-03-01", "2025-04-01", None),
    ]
    assert values("last Monday") == [("2024-11-11", None, None)]
    assert values("29 February") == [("2024-02-29", None, None), ("2028-02-29", None, None)]


def test_ranges_with_one_end() -> None:
    assert values("before 2010") == [(None, "2010-01-01", "before")]
    assert values("after March 2010") == [("2010-04-01", None, "after")]
    assert values("since late July 2020") == [("2020-07-16", None, "since-end")]
    assert values("no later than 1 May 2025") == [(None, "2025-05-01", "before")]


def test_hours_from_now_need_the_hour_of_publication() -> None:
    moment = dt.datetime.fromisoformat("2024-11-20T16:30")
    assert values("in 45 minutes", day=moment) == [("2024-11-20 17:15:00", None, None)]
    assert values("within two hours", day=moment) == [
        ("2024-11-20 16:30:00", "2024-11-20 18:30:00", None)
    ]
    assert values("from 4 pm today to 5 pm tomorrow", day=moment) == [
        ("2024-11-20 16:00:00", "2024-11-21 17:00:00", None)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "They may not return.",
        "the march of the army",
        "a budget of $2024",
        "phone +47 138-2010-2015",
        "score 3-2 in overtime",
        "2000 mines were found",
        "6.45 percent of the land",
        "a second round of clearance",
        "The sun was up.",
        "file 133-03-03-2020",
    ],
)
def test_words_and_numbers_that_are_no_dates(text: str) -> None:
    assert read(text) == []


def test_a_day_that_does_not_exist_is_not_resolved() -> None:
    assert values("30 February 2019") == [("not resolved", None, None)]


def test_offsets_are_those_of_the_text() -> None:
    text = "  «Вчора» – on  3 May\n2019, and last week…"
    for one in datetimes(text, WEDNESDAY):
        assert text[one.start : one.end] == one.text


@pytest.mark.parametrize(
    ("text", "lower", "upper"),
    [
        ("inert after two weeks", 1209600, 1209600),
        ("from as little as four hours to two weeks", 14400, 1209600),
        ("between 3 days and two weeks", 259200, 1209600),
        ("up to 48 hours", None, 172800),
        ("at least an hour", 3600, None),
        ("more than 30 minutes", 1800, None),
        ("less than a day", None, 86400),
        ("two weeks and three days", 1468800, 1468800),
    ],
)
def test_durations_are_bounds(text: str, lower: float | None, upper: float | None) -> None:
    (one,) = durations(text)
    assert (one.lower, one.upper) == (lower, upper)
    assert text[one.start : one.end] == one.text


def test_durations_in_spanish() -> None:
    (one,) = durations("de cuatro horas a dos semanas", "es")
    assert (one.lower, one.upper) == (14400, 1209600)


@pytest.mark.parametrize(
    ("text", "day", "value"),
    [
        ("told reporters on Wednesday", WEDNESDAY, "2024-11-20"),
        ("said on Wednesday morning", WEDNESDAY, "2024-11-20"),
        ("said two days ago", WEDNESDAY, "2024-11-18"),
        ("In 2022 he signed; he said on Tuesday", WEDNESDAY, "2024-11-19"),
        ("will speak tomorrow", WEDNESDAY, None),
        ("has said for two weeks", WEDNESDAY, None),
        ("said on 5/3", WEDNESDAY, None),
        ("said on Monday, 2 September 2024", None, "2024-09-02"),
        ("said in May 2020", None, "2020-05"),
        ("said last year", None, None),
    ],
)
def test_when_something_was_said(text: str, day: dt.date | None, value: str | None) -> None:
    found = resolve(text, day)
    assert (None if found is None else found.value) == value


def test_a_rule_that_does_not_fit_its_action_is_refused() -> None:
    words = {"MONTH": {"may": 5}}
    with pytest.raises(ValueError, match="month_day"):
        Grammar("TOP : m:MONTH x:D12 -> month_dayx", ACTIONS, words, READERS)
    with pytest.raises(ValueError, match="unexpected keyword argument 'x'"):
        Grammar("TOP : m:MONTH d:D12 x:D12 -> month_day", ACTIONS, words, READERS)
    with pytest.raises(ValueError, match="contains itself: A > B > A"):
        Grammar("A : B of\nB : A and", ACTIONS, words, READERS)
    with pytest.raises(ValueError, match="MONHT"):
        Grammar("TOP : m:MONHT d:D12 -> month_day", ACTIONS, words, READERS)


_PIECES = st.sampled_from(
    [
        "from",
        "to",
        "between",
        "and",
        "the",
        "3",
        "12",
        "2024",
        "31",
        "may",
        "May",
        "Monday",
        "monday",
        "week",
        "last",
        "next",
        "of",
        "at",
        "pm",
        "a.m.",
        ":",
        "-",
        "/",
        ".",
        ",",
        "(",
        ")",
        "two",
        "hours",
        "before",
        "after",
        "since",
        "noon",
        "end",
        "early",
        "every",
        "half",
        "past",
        "quarter",
        "½",
        "1990",
        "s",
        "desde",
        "hasta",
        "el",
        "de",
        "mañana",
        "las",
        "y",
        "media",
        "años",
        "última",
        "semana",
        "próximo",
        "листопада",
        "року",
        "вчора",
        "hier",
        "mai",
        "0",
        "00",
        "99999999999999999999",
        "²",
        "٣",
        "\n",
    ]
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(_PIECES, max_size=40).map(" ".join) | st.text(max_size=80),
    st.dates() | st.datetimes(),
    st.sampled_from(LANGUAGES),
)
def test_any_words_and_any_day(text: str, day: dt.date | dt.datetime, language: str) -> None:
    end = 0
    for one in datetimes(text, day, language):
        assert end <= one.start < one.end <= len(text)
        assert text[one.start : one.end] == one.text
        assert one.options
        for option in one.options:
            assert option.timex
        end = one.end
    resolve(text, day.date() if isinstance(day, dt.datetime) else day)


@pytest.mark.shared
def test_reach_on_the_recognizers_cases(shared: Path) -> None:
    sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
    from evidence_corpora import recognizers

    scores = recognizers.score(shared / "data/recognizers_datetime", Namespace(part="all"))
    assert scores["n"] == 985 + 831
    assert scores["scores"]["english_fully_right"] > 0.85
    assert scores["scores"]["spanish_fully_right"] > 0.75
