"""Five real news reports: names, dates and counts, found by the general method."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from evidence.test_claims import check_offsets
from landrelease.evidence import (
    Claim,
    Document,
    Story,
    claims,
    compare,
    gather,
    read,
    stories,
    timeline,
    treaty_claims,
)
from landrelease.treaty import check_claim

pytestmark = pytest.mark.shared

WEEK = 7 * 86_400


@pytest.fixture(scope="module")
def documents(shared: Path) -> dict[str, Document]:
    paths = sorted((shared / "data" / "reports").glob("*.txt"))
    assert len(paths) == 5
    return {path.name[:3]: read(path) for path in paths}


@pytest.fixture(scope="module")
def grouped(documents: dict[str, Document]) -> list[Story]:
    return stories(list(documents.values()))


@pytest.fixture(scope="module")
def found(documents: dict[str, Document], grouped: list[Story]) -> list[Claim]:
    return claims(list(documents.values()), grouped)


def of(found: list[Claim], number: str, name: str) -> list[Claim]:
    return [
        claim
        for claim in found
        if Path(claim.document).name.startswith(number) and name in (claim.source["name"] or "")
    ]


def test_three_are_one_agency_story_and_two_stand_apart(grouped: list[Story]) -> None:
    groups = {
        frozenset(Path(member.path).name[:3] for member in story.documents): story
        for story in grouped
    }
    assert set(groups) == {frozenset({"001", "002", "003"}), frozenset({"000"}), frozenset({"004"})}
    story = groups[frozenset({"001", "002", "003"})]
    assert (story.origin.name, story.origin.kind) == ("AFP", "agency")
    assert groups[frozenset({"000"})].origin.kind == "document"
    assert groups[frozenset({"000"})].origin.name == "Human Rights Watch"
    assert groups[frozenset({"004"})].origin.name == "Washington Post"
    assert sorted(member.relation for member in story.documents) == [
        "first", "rewritten", "rewritten"
    ]  # fmt: skip


def test_metadata(documents: dict[str, Document]) -> None:
    assert documents["000"].publisher == "Business Insider"
    assert documents["001"].publisher == "The Moscow Times"
    assert documents["001"].agency == documents["003"].agency == "AFP"
    assert documents["002"].place_line == "WASHINGTON"
    for number in ("003", "004"):
        published = documents[number].published
        assert published is not None
        assert (published.value, published.precision) == ("2024-11-20", "day")
    undated = documents["002"].published
    assert undated is not None
    assert (undated.value, undated.month_day) == (None, (11, 21))
    assert documents["001"].published is None
    assert {document.language for document in documents.values()} == {"en"}


def test_boilerplate_kinds(documents: dict[str, Document]) -> None:
    kinds = {number: {k for _, _, k in d.boilerplate} for number, d in documents.items()}
    assert kinds["000"] == {"bullet_summary", "caption", "read_original"}
    assert kinds["001"] == {"reader_appeal"}
    assert kinds["002"] == {"place_line", "end_mark", "comments"}
    assert kinds["003"] == {"date_line"}
    assert kinds["004"] == {"title_repeat", "date_line", "editorial_note", "comments"}


def test_every_offset_points_at_its_words_and_none_at_boilerplate(
    documents: dict[str, Document], found: list[Claim]
) -> None:
    texts = {document.path: document for document in documents.values()}
    assert len(found) > 50
    for claim in found:
        document = texts[claim.document]
        check_offsets(claim, document.text)
        for start, end, _ in document.boilerplate:
            assert claim.content["end"] <= start or end <= claim.content["start"]


@pytest.mark.parametrize(
    ("number", "name", "organisation", "least"),
    [
        ("000", "Frederick Kagan", "Institute for the Study of War", 5),
        ("000", "Human Rights Watch", "Human Rights Watch", 4),
        ("001", "Lloyd Austin", "United States", 4),
        ("001", "Matthew Miller", "State Department", 2),
        ("001", "Mary Wareham", "Human Rights Watch", 4),
        ("001", "Amnesty International", "Amnesty International", 2),
        ("002", "Lloyd Austin", "United States", 3),
        ("002", "Mary Wareham", "Human Rights Watch", 2),
        ("003", "Loyd Austin", "United States", 4),
        ("003", "Mary Wareham", "Human Rights Watch", 4),
        ("003", "Amnesty International", "Amnesty International", 1),
        ("004", "Lloyd Austin", None, 4),
    ],
)
def test_speakers(
    found: list[Claim], number: str, name: str, organisation: str | None, least: int
) -> None:
    own = of(found, number, name)
    assert len(own) >= least
    assert {claim.source["organisation"] for claim in own} == {organisation}


def test_unnamed_officials_stay_unnamed(found: list[Claim]) -> None:
    officials = [
        claim
        for claim in found
        if claim.source["name"] is None and "official" in (claim.source["role"] or "")
    ]
    assert {claim.source["organisation"] for claim in officials} == {"United States", "Ukraine"}
    assert len(officials) == 4


def test_austin_spoke_on_the_same_wednesday_in_every_report(found: list[Claim]) -> None:
    days = {
        claim.time["value"]
        for claim in found
        if "Austin" in (claim.source["name"] or "") and claim.time["value"]
    }
    assert days == {"2024-11-20"}
    for number in ("001", "002", "003", "004"):
        assert any(claim.time["value"] for claim in of(found, number, "Austin"))


def test_periods_are_bounds(found: list[Claim]) -> None:
    periods = {
        (Path(claim.document).name[:3], slot["lower"], slot["upper"])
        for claim in found
        for slot in claim.slots.get("quantities", [])
        if slot["quantity"] == "duration"
    }
    assert ("001", None, 2 * WEEK) in periods
    assert ("004", 4 * 3600, 2 * WEEK) in periods


def test_other_quantities(found: list[Claim]) -> None:
    (reach,) = [
        slot
        for claim in of(found, "000", "Human Rights Watch")
        for slot in claim.slots.get("quantities", [])
    ]
    assert (reach["unit"], reach["lower"], reach["upper"]) == ("m", None, 15.24)
    (dead,) = of(found, "003", "Halo Trust")
    assert dead.kind == "casualties"
    assert dead.slots["quantities"][0]["lower"] == 20_000


def test_exact_words_of_one_speaker_are_the_same_in_each_copy(
    documents: dict[str, Document], found: list[Claim]
) -> None:
    texts = {document.path: document.text for document in documents.values()}
    said: dict[str, set[str]] = {}
    for number in ("001", "002", "003"):
        said[number] = {
            texts[claim.document][span["start"] + 1 : span["end"] - 2]
            for claim in of(found, number, "Austin")
            for span in claim.slots.get("quotations", [])
        }
    assert said["001"] & said["002"] & said["003"]


def named(found: list[Claim], number: str, words: str) -> Claim:
    """The one claim of a report whose content begins with these words."""
    (claim,) = [
        claim
        for claim in found
        if Path(claim.document).name.startswith(number)
        and claim.content["text"].lstrip('“"').startswith(words)
    ]
    return claim


def test_who_stands_before_who_is_meant(found: list[Claim]) -> None:
    """A relative clause about somebody else is not laid into the last speaker's mouth."""
    (judged,) = [c for c in of(found, "001", "Trump") if c.source["text"] == "who"]
    assert judged.stance == "judged"
    assert judged.time["value"] is None
    assert not [c for c in of(found, "001", "Austin") if c.source["text"] == "who"]


def test_things_and_those_who_are_only_talked_of_are_no_speakers(found: list[Claim]) -> None:
    sources = {
        c.source["text"]: c.source for c in found if c.document.rpartition("/")[2][:3] == "000"
    }
    for words in ("Insider photos", "they"):
        assert (sources[words]["name"], sources[words]["organisation"]) == (None, None)
    assert [c for c in found if c.source["organisation"] == "Insider photos"] == []


def test_what_was_confirmed_ends_before_who_confirms(found: list[Claim]) -> None:
    outer = named(found, "004", "The Biden administration has approved")
    inner = [c for c in found if c.source["name"] == "Biden administration" and c.nested]
    assert (outer.source["name"], outer.nested) == ("Lloyd Austin", False)
    assert outer.time == {"value": "2024-11-20", "precision": "day"}
    assert len(inner) == 1
    assert inner[0].content["end"] == outer.content["end"]


def test_parties_and_their_roles(found: list[Claim]) -> None:
    def roles(claim: Claim) -> set[tuple[str | None, str]]:
        return {(party["code"], party["role"]) for party in claim.slots["parties"]}

    supply = {("USA", "supplier"), ("UKR", "recipient")}
    assert supply <= roles(named(found, "001", "Washington's decision"))
    assert supply <= roles(named(found, "003", "The US decision"))
    assert roles(named(found, "000", "Russian forces")) == {("RUS", "user"), ("UKR", "affected")}
    for number in ("001", "003"):
        assert ("UKR", "user") in roles(named(found, number, "Ukraine's use of the mines"))
    inquiry = named(found, "001", "Ukraine, which has signed")
    assert {("UKR", "treaty_party"), ("UKR", "accused")} <= roles(inquiry)
    assert ("UKR", "user") in roles(named(found, "004", "The US intends"))


def test_places_and_times_of_a_claim_are_its_own(found: list[Claim]) -> None:
    search = named(found, "000", "On Monday")
    assert [(p["text"], p["within"]) for p in search.slots["places"]] == [("Kharkiv", "content")]
    assert search.slots["places"][0]["country"] == "UA"
    # The report is not dated, so nobody knows which Monday.
    assert [(t["text"], t["value"]) for t in search.slots["speaks_of"]] == [("Monday", None)]
    inquiry = named(found, "001", "Ukraine, which has signed")
    assert [(t["value"], t["precision"]) for t in inquiry.slots["speaks_of"]] == [("2022", "year")]
    assert inquiry.time["value"] == "2024-11-20"
    told = [c for c in found if "Austin" in (c.source["name"] or "") and c.slots["places"]]
    assert {p["within"] for c in told for p in c.slots["places"] if p["name"] == "Laos"} == {
        "sentence"
    }
    assert named(found, "000", "The deadly").slots["places"] == []
    assert not [p for c in found for p in c.slots["places"] if p["text"] in ("Kagan", "Austin")]


def test_what_figures_say_of_devices(found: list[Claim]) -> None:
    told = {
        (Path(c.document).name[:3], slot.get("property"))
        for c in found
        for slot in c.slots.get("quantities", [])
    }
    assert {
        ("000", "effect_radius"),
        ("001", "self_deactivation_period"),
        ("004", "self_deactivation_period"),
    } <= told


def test_nothing_there_is_restricted_or_denied(found: list[Claim]) -> None:
    assert not [claim for claim in found if claim.restricted or claim.modality == "denied"]


def test_one_utterance_is_one_origin_across_stories(
    found: list[Claim], grouped: list[Story]
) -> None:
    shared = [
        g
        for g in gather(found, grouped)
        if {Path(c.document).name[:3] for c in g.claims} >= {"001", "002", "003", "004"}
    ]
    assert shared
    for gathering in shared:
        assert gathering.strength == "at most 1 independent origin"
        assert gathering.standing == "reported"
        assert {"Austin"} == {(c.source["name"] or "").split()[-1] for c in gathering.claims}
    assert any("same utterance" in g.origins[0].joined_by for g in shared)


def test_no_conflict_is_found_where_none_is(found: list[Claim], grouped: list[Story]) -> None:
    (periods,) = compare(found, grouped)
    assert (periods.verdict, periods.slot) == ("agrees", "duration")
    assert periods.independence == "at most 2 independent origins; independence unknown"


def test_treaty_status_as_told(
    documents: dict[str, Document], grouped: list[Story], found: list[Claim]
) -> None:
    told = {
        (Path(one.document).name[:3], one.state, one.stated, one.since)
        for one in treaty_claims(list(documents.values()), grouped, found)
    }
    assert told >= {
        ("000", "UKR", "signed", 1999), ("000", "UKR", "party", 2005),
        ("000", "RUS", "not_party", None), ("000", "USA", "not_party", None),
        ("001", "RUS", "non-signatory", None), ("001", "USA", "non-signatory", None),
        ("001", "UKR", "signed", None), ("003", "UKR", "signatory", None),
    }  # fmt: skip
    assert {one.treaty for one in treaty_claims(list(documents.values()), grouped, found)} == {
        "apmbc"
    }


def test_dates_of_ukraine_are_checked(
    documents: dict[str, Document], grouped: list[Story], found: list[Claim]
) -> None:
    checked = {}
    for one in treaty_claims(list(documents.values()), grouped, found):
        if one.state == "UKR":
            on = one.on or dt.date(2026, 1, 1)  # the undated report, at any day after it
            told = check_claim(one.state, one.treaty, one.stated, on, one.since)
            checked[Path(one.document).name[:3], one.stated] = (told.verdict, told.explanation)
    assert checked["000", "signed"][0] == "agrees"
    assert "1999-02-24" in checked["000", "signed"][1]
    verdict, why = checked["000", "party"]
    assert verdict == "imprecise"
    assert "2005-12-27" in why
    assert "2006-06-01" in why
    assert checked["003", "signatory"][0] == "imprecise"


def test_timeline(found: list[Claim], grouped: list[Story]) -> None:
    entries = timeline(gather(found, grouped), grouped)
    assert [(e.value, e.basis) for e in entries[:2]] == [("2022", "said"), ("2022-06", "said")]
    dated = {(e.value, e.basis) for e in entries[2:]}
    assert dated == {("2024-11-20", "said"), ("2024-11-20", "published"), (None, "unknown")}
