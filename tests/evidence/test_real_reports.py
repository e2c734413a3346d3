"""Five real news reports: names, dates and counts, found by the general method."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.test_claims import check_offsets
from landrelease.evidence import Claim, Document, Story, claims, read, stories

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
