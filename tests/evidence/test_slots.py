"""Money, device behaviour, restriction, the times and the places that claims speak of."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.test_claims import extract
from landrelease.evidence import Claim, claims, from_text, stories
from landrelease.evidence.claims import modality_of
from landrelease.evidence.money import money
from landrelease.evidence.places import Unit, with_units
from landrelease.evidence.restricted import restricted
from landrelease.evidence.slots import slots
from landrelease.evidence.times import spoken_of


@pytest.mark.parametrize(
    ("text", "currency", "lower", "upper"),
    [
        ("a $275 million aid package", "USD", 275e6, 275e6),
        ("$2.5 million", "USD", 2.5e6, 2.5e6),
        ("between $1 million and $2 million", "USD", 1e6, 2e6),
        ("$2-3 million", "USD", 2e6, 3e6),
        ("up to €5m", "EUR", None, 5e6),
        ("more than 5 million euros", "EUR", 5e6, None),
        ("UAH 300 million or more", "UAH", 300e6, None),
        ("USD 12,500", "USD", 12_500, 12_500),
        ("40,000 Ukrainian hryvnias", "UAH", 40_000, 40_000),
        ("at least C$3.5bn", "CAD", 3.5e9, None),
        ("no more than 12 Norwegian kroner", "NOK", None, 12),
        ("5,000 rupees", None, 5000, 5000),
        ("it cost $2, he said", "USD", 2, 2),
    ],
)
def test_money(text: str, currency: str | None, lower: float | None, upper: float | None) -> None:
    (found,) = money(text, 0)
    assert (found["currency"], found["lower"], found["upper"]) == (currency, lower, upper)
    assert text[found["start"] : found["end"]] == found["text"]


def test_two_sums_are_no_range_and_a_shared_sign_says_so() -> None:
    assert [(one["text"], one["assumed"]) for one in money("$5 and $7", 0)] == [
        ("$5", True), ("$7", True)
    ]  # fmt: skip
    assert "assumed" not in money("US$5", 0)[0]
    assert [one["text"] for one in money("5 and 7 dollars", 0)] == ["7 dollars"]
    assert money("ALL 50 people, 20 TOP 10 lists", 0) == []


@pytest.mark.parametrize(
    ("text", "lower", "upper", "exact"),
    [
        ("20,000 or more people", 20_000, None, True),
        ("20,000 people or more", 20_000, None, True),
        ("10 or fewer mines", None, 10, True),
        ("tens of thousands of people", 20_000, None, False),
        ("hundreds of landmines", 200, None, False),
        ("five boys and two men", 2, 2, True),
        ("as few as four to six men", 4, 6, True),
    ],
)
def test_open_bounds(text: str, lower: float | None, upper: float | None, exact: bool) -> None:
    found = slots(text, (0, len(text)))["quantities"][-1]
    assert (found["lower"], found["upper"], found["exact"]) == (lower, upper, exact)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("the mines self-destruct after four hours", "self_destruct_period"),
        ("the mines self-deactivate within 90 days", "self_deactivation_period"),
        ("within two weeks they become inert", "self_deactivation_period"),
        ("it can injure people up to 50 feet away", "effect_radius"),
        ("the work takes two weeks", None),
        ("a road of 5 km", None),
    ],
)
def test_what_a_figure_says_of_a_device(text: str, name: str | None) -> None:
    (found,) = slots(text, (0, len(text)))["quantities"]
    assert found.get("property") == name


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("an arms cache was found under the school", ("cache",)),
        ("ammunition stored in the old mill", ("store",)),
        ("a depot full of mines stands open", ("store",)),
        ("the army handed over its minefield records", ("military minefield record",)),
        ("maps of the old minefields are kept by the brigade", ("military minefield record",)),
        ("nine shells await destruction", ("item not destroyed",)),
        ("the state has a stockpile of 3 million mines", ()),
        ("nine mines were destroyed", ()),
        ("a cache of documents", ()),
    ],
)
def test_restricted_by_default(text: str, reasons: tuple[str, ...]) -> None:
    assert restricted(text) == reasons
    (claim, *_) = extract(f"Mara Lind said that {text}.")
    body = claim.to_json()
    assert body["restricted"] is bool(reasons)
    assert body["restricted_because"] == list(reasons)
    assert Claim.from_json(body) == claim
    old = {key: value for key, value in body.items() if not key.startswith("restricted")}
    assert Claim.from_json(old).restricted == reasons


@pytest.mark.parametrize(
    ("words", "ahead", "value", "precision", "until"),
    [
        ("on Wednesday", False, "2024-11-20", "day", None),
        ("on Thursday", False, "2024-11-14", "day", None),
        ("on Thursday", True, "2024-11-21", "day", None),
        ("in 2022", False, "2022", "year", None),
        ("in June", False, "2024-06", "month", None),
        ("in June", True, "2025-06", "month", None),
        ("last week", False, "2024-11-11", "range", "2024-11-17"),
        ("between 3 and 5 March", False, "2024-03-03", "range", "2024-03-05"),
        ("since June", False, "2024-06-01", "range", None),
        ("on 5/6/2024", False, "2024", "year", None),  # day or month first: not known
        ("last summer", False, None, None, None),
    ],
)
def test_time_spoken_of(
    words: str, ahead: bool, value: str | None, precision: str | None, until: str | None
) -> None:
    text = f"mines were found {words}."
    (found,) = spoken_of(text, [(0, len(text))], dt.date(2024, 11, 20), ahead=ahead)
    assert (found["value"], found["precision"], found.get("until")) == (value, precision, until)
    assert text[found["start"] : found["end"]] == found["text"]


def test_without_a_day_only_what_is_fixed_is_resolved() -> None:
    text = "in 2022, on Monday, on 3 May 2019, now"
    assert [one["value"] for one in spoken_of(text, [(0, len(text))], None)] == [
        "2022", None, "2019-05-03"
    ]  # fmt: skip


def test_time_spoken_of_stands_beside_the_time_it_was_said() -> None:
    (claim,) = extract(
        "OLBURG, November 22, 2024 (AFP) - Mara Lind said Thursday that the road was mined on "
        "Tuesday and that it takes two weeks to clear."
    )
    assert claim.time == {"value": "2024-11-21", "precision": "day"}
    assert [(t["text"], t["value"]) for t in claim.slots["speaks_of"]] == [
        ("Tuesday", "2024-11-19")
    ]
    assert [q["quantity"] for q in claim.slots["quantities"]] == ["duration"]


def placed(text: str, **options: Any) -> list[list[tuple[str, str, str]]]:
    documents = [from_text(text, path="a")]
    found = claims(documents, stories(documents), **options)
    for claim in found:
        for place in claim.slots["places"]:
            assert documents[0].text[place["start"] : place["end"]] == place["text"]
    return [[(p["text"], p["within"], p["kind"]) for p in c.slots["places"]] for c in found]


def test_places_are_those_of_the_claim_itself() -> None:
    text = (
        "Speaking in Oslo, Mara Lind said that the fields near Kharkiv are mined. "
        "Karl Weiss said that nobody was hurt."
    )
    assert placed(text) == [[("Oslo", "sentence", "name"), ("Kharkiv", "content", "name")], []]


def test_a_government_is_no_place_and_a_speaker_is_none() -> None:
    (first, second) = placed(
        "Norway said that Washington would supply Ukraine with mines. "
        "Paris Hilton said that Kyiv laid mines in Kharkiv."
    )
    assert first == [
        ("Washington", "content", "government"), ("Ukraine", "content", "government")
    ]  # fmt: skip
    assert second == [("Kyiv", "content", "government"), ("Kharkiv", "content", "name")]


def test_a_seat_of_government_speaks_for_its_state() -> None:
    found = extract(
        "Moscow said that the road is mined. Lee Washington, head of the Sorrel Trust, said that "
        "it is not. Washington said no more of it."
    )
    assert [(c.source["name"], c.source["organisation"]) for c in found][:2] == [
        ("Moscow", "Russia"), ("Lee Washington", "Sorrel Trust")
    ]  # fmt: skip
    assert {c.source["name"] for c in found[2:]} <= {"Lee Washington"}


def test_places_can_be_left_out_and_units_brought_along() -> None:
    documents = [from_text("Mara Lind said that Upper Olburg is mined.", path="a")]
    grouped = stories(documents)
    (claim,) = claims(documents, grouped, places=False)
    assert "places" not in claim.slots
    units = with_units([Unit("XX01", "Upper Olburg", 48.0, 31.0, "UA")])
    (claim,) = claims(documents, grouped, gazetteer=units)
    assert [place["id"] for place in claim.slots["places"]] == ["pcode:XX01"]


@pytest.mark.parametrize(
    ("content", "modality"),
    [
        ("the army has used mines", "asserted"),
        ("it had planted mines", "asserted"),
        ("we have never used mines", "denied"),
        ("the army did not use mines", "denied"),
        ("the army didn't use mines", "denied"),
        ("no mines were used", "denied"),
        ("neither side laid mines", "denied"),
        ("it has no stockpile", "denied"),
        ("the allegations are false", "denied"),
        ("it will no longer use mines", "announced"),
        ("its forces would not use mines", "conditional"),
        ("they reportedly used mines", "alleged"),
    ],
)
def test_modality_of_a_content(content: str, modality: str) -> None:
    assert modality_of("said", content) == modality


def test_a_later_speaker_ends_the_content_before() -> None:
    found = extract(
        "OLBURG, May 4, 2020 (AFP) - The ministry has approved sending mines to Angola, Mara Lind "
        "confirmed on Sunday."
    )
    by_source = {claim.source["text"]: claim for claim in found}
    ministry, lind = by_source["The ministry"], by_source["Mara Lind"]
    assert ministry.content["text"] == "sending mines to Angola"
    assert (ministry.nested, lind.nested) == (True, False)
    assert lind.time["value"] == "2020-05-03"


def test_who_is_whoever_stands_before_it() -> None:
    found = extract(
        "Mara Lind, head of the Olburg clinic, said the valley is mined. The visit of Karl Weiss, "
        "who has criticized the clinic, comes too late."
    )
    assert [c.source["name"] for c in found if c.source["text"] == "who"] == ["Karl Weiss"]


def test_what_shows_something_is_nobody() -> None:
    (found,) = extract("Norway's use of mines shows that the road is closed.")
    assert (found.source["name"], found.source["organisation"]) == (None, None)


@settings(max_examples=80, deadline=None)
@given(st.text(alphabet="0123456789$€.,- andtoUSDmiloreupbtw\u202e½", max_size=60))
def test_money_in_any_text(text: str) -> None:
    for one in money(text, 0):
        assert text[one["start"] : one["end"]] == one["text"]
        assert None in (one["lower"], one["upper"]) or one["lower"] <= one["upper"]
