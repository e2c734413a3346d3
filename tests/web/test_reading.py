"""Cutting a text for reading, and saying what claims say in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landrelease.web import claim_words, reading, shown_names

TEXT = "abcdefghijklmnopqrstuvwxyz"
spans = st.tuples(
    st.integers(-3, 30), st.integers(-3, 30), st.sampled_from(["content", "source", "cue"])
)
claims = st.lists(st.tuples(st.sampled_from("pqrst"), st.lists(spans, max_size=4)), max_size=5)
aparts = st.lists(
    st.tuples(st.integers(0, 26), st.integers(0, 26), st.sampled_from(["caption", "widget"])),
    max_size=4,
)


@given(claims, aparts, st.tuples(st.integers(0, 26), st.integers(0, 26)).map(sorted))
def test_every_character_is_shown_once_whatever_overlaps(claims, apart, window):
    first, last = window
    cut = reading.segments(TEXT, claims, apart, (first, last))
    assert "".join(one.text for one in cut) == TEXT[first:last]
    begun = [key for one in cut for key in one.begins]
    ended = [key for one in cut for key in one.ends]
    assert sorted(begun) == sorted(ended)
    assert len(set(begun)) == len(begun)


def test_claims_inside_and_across_each_other_are_told_apart():
    cut = reading.segments(
        TEXT,
        [
            ("outer", [(0, 12, "content"), (14, 16, "source")]),
            ("inner", [(4, 6, "source"), (6, 10, "content")]),
            ("piecewise", [(10, 14, "content"), (18, 20, "content")]),
        ],
        [(22, 26, "caption")],
    )
    assert [(one.text, one.depth, one.claims) for one in cut if one.depth] == [
        ("abcd", 1, ["outer"]),
        ("ef", 1, ["outer", "inner"]),
        ("ghij", 2, ["outer", "inner"]),
        ("kl", 2, ["outer", "piecewise"]),
        ("mn", 1, ["piecewise"]),
        ("st", 1, ["piecewise"]),
    ]
    assert {one.text: one.begins for one in cut if one.begins} == {
        "abcd": ["outer"], "ghij": ["inner"], "kl": ["piecewise"],
    }  # fmt: skip
    assert {one.text: one.ends for one in cut if one.ends} == {
        "ghij": ["inner"], "kl": ["outer"], "st": ["piecewise"],
    }  # fmt: skip
    assert [(one.text, one.apart, one.apart_begins) for one in cut if one.apart] == [
        ("wxyz", "caption", True)
    ]


def test_a_very_long_text_is_shown_around_the_claims_of_a_page():
    long = "x" * (reading.LONGEST + 1)
    first, last = reading.window(long, [(50_000, 50_010, "content"), (50_500, 50_600, "content")])
    assert (first, last) == (50_000 - reading.AROUND, 50_600 + reading.AROUND)
    assert reading.window("short", []) == (0, 5)


def quantity(**given):
    return claim_words.quantity(given).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"unit": "s", "lower": 14_400, "upper": 1_209_600}, "4 h – 14 d"),
        ({"unit": "s", "lower": None, "upper": 1_209_600}, "up to 14 d"),
        ({"unit": "s", "lower": 129_600, "upper": 129_600}, "36 h"),
        ({"unit": "s", "lower": 63_072_000, "upper": None}, "at least 2 years"),
        ({"unit": "m", "lower": None, "upper": 15.24}, "up to 15.2 m"),
        ({"unit": "m2", "lower": 1.8e6, "upper": 2.5e6}, "1.8 – 2.5 km²"),
        ({"unit": "m2", "lower": 640_000, "upper": 640_000}, "64 ha"),
        ({"unit": "kg", "lower": 0.2, "upper": 0.2}, "200 g"),
        ({"unit": "1", "lower": 20_000, "upper": None, "of": "people"}, "at least 20,000 people"),
        ({"unit": "1", "lower": 20, "upper": 20, "exact": False}, "about 20"),
        ({"unit": "USD", "lower": 900_000, "upper": 900_000}, "USD 900,000"),
        ({"unit": "m", "lower": None, "upper": None, "text": "some way"}, "some way"),
    ],
)
def test_quantities_are_said_with_their_bounds(given, said):
    assert quantity(**{"exact": True, **given}) == said


def test_what_is_nearly_certain_is_not_said_to_be_certain():
    assert claim_words.percent(0.999) == "over 99 %"
    assert claim_words.percent(0.5).replace("\N{NO-BREAK SPACE}", " ") == "50 %"


FARMER = {"text": "Hanne Osterlay, who keeps a farm", "name": "Hanne Osterlay", "role": "farmer",
          "organisation": None}  # fmt: skip
DIRECTOR = {"text": "Tomas Quennerly", "name": "Tomas Quennerly", "role": "director",
            "organisation": "Demonstration Mine Action Office"}  # fmt: skip


def test_private_persons_are_pseudonymised_outside_the_restricted_tier(store):
    shown = shown_names.speaker(FARMER, "restricted", "d1")
    assert (shown.name, shown.role, shown.pseudonym) == ("Hanne Osterlay", "farmer", False)
    for tier in ("partner", "public"):
        hidden = shown_names.speaker(FARMER, tier, "d1")
        assert hidden.pseudonym
        assert "Osterlay" not in f"{hidden}"
        assert "farm" not in f"{hidden}"
        assert hidden.name == shown_names.speaker({**FARMER, "text": "she"}, tier, "d1").name
        assert hidden.name != shown_names.speaker(FARMER, tier, "d2").name
        assert shown_names.speaker(DIRECTOR, tier, "d1").name == "Tomas Quennerly"
        unnamed = {"text": "a widow from Lonmarsh", "name": None, "organisation": None}
        assert "Lonmarsh" not in f"{shown_names.speaker(unnamed, tier, 'd1')}"
        assert not shown_names.may_read_text(tier)


def test_pages_and_exports_give_a_person_the_same_pseudonym(store):
    from landrelease.register.shown_names import shown

    page = shown_names.speaker(FARMER, "partner", "d1")
    assert page.name == shown(FARMER, "partner", "d1").name
