"""Which claims go back to one origin, and what is said about their number."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence import texts
from landrelease.evidence import (
    Claim,
    Document,
    Story,
    at_most,
    chain,
    claims,
    from_text,
    origins,
    read,
    stories,
)
from landrelease.evidence.origins import quoted_runs, same_speaker, same_utterance

SAFE = '"No path in the orchard is safe until every one has been searched,"'

HARBOUR = (
    "Fishing boats were kept in port because of high winds, and the ferry did not run. Dockers "
    "plan a march through the old town on the day after the vote about the new harbour."
)
HARVEST = (
    "The barley is late this summer. Farmers in the hills wait for rain, and the price of bread "
    "has risen for three months in a row while the mill stands idle."
)


def pile(*reports: str) -> tuple[list[Document], list[Story], list[Claim]]:
    documents = [from_text(text, path=str(number)) for number, text in enumerate(reports)]
    grouped = stories(documents)
    return documents, grouped, claims(documents, grouped)


def counted(*reports: str) -> str:
    _, grouped, found = pile(*reports)
    return at_most(origins(found, grouped))


def test_copies_are_one_origin() -> None:
    documents, grouped, found = pile(texts.AGENCY, texts.CUT)
    assert len(grouped) == 1
    (root,) = origins(found, grouped)
    assert len(root.claims) == len(found) > 5
    assert {found[place].document for place in root.claims} == {d.path for d in documents}
    assert "same story" in root.joined_by


def test_one_utterance_in_separate_stories_is_one_origin() -> None:
    _, grouped, found = pile(texts.AGENCY, texts.OTHER_STORY)
    assert len(grouped) == 2
    said = [claim for claim in found if "every path" in claim.content["text"]]
    assert {claim.story for claim in said} == {story.story for story in grouped}
    (root,) = origins(said, grouped)
    assert {"same speaker", "same utterance"} <= set(root.joined_by)


def test_one_utterance_under_two_names_is_one_origin() -> None:
    _, grouped, found = pile(
        f"{HARBOUR}\n\n{SAFE} said Ida Moor, head of the Olburg clinic.",
        f"{HARVEST}\n\n{SAFE} the nurse said.",
    )
    assert len({claim.story for claim in found}) == 2
    assert same_utterance(*found)
    (root,) = origins(found, grouped)
    assert root.joined_by == ("same utterance",)


def test_speakers_of_one_body_are_one_origin() -> None:
    _, grouped, found = pile(
        f"{HARBOUR}\n\nSorrel Watch said the orchard is full of mines.",
        f"{HARVEST}\n\nSorrel Watch's Ida Moor said nobody can walk in the orchard for mines.",
    )
    assert {claim.source["organisation"] for claim in found} == {"Sorrel Watch"}
    assert len(origins(found, grouped)) == 1


def test_strangers_are_two_and_unknown_origins_are_said_to_be() -> None:
    one = f"{HARBOUR}\n\nMara Lind {{}} the orchard is full of mines."
    two = f"{HARVEST}\n\n{{}} {{}} the orchard is full of mines."
    assert counted(one.format("said"), two.format("Karl Weiss", "said")) == (
        "at most 2 independent origins; independence unknown"
    )
    heard = one.format("told the Harbour Herald that")
    assert counted(heard, two.format("Karl Weiss", "told Coast Daily that")) == (
        "at most 2 independent origins"
    )
    assert counted(heard, two.format("Villagers", "told Coast Daily that")) == (
        "at most 2 independent origins; independence unknown"
    )


def test_number_never_exceeds_what_is_known() -> None:
    assert at_most([]) == "at most 0 independent origins"
    _, grouped, found = pile(texts.AGENCY)
    assert at_most(origins(found, grouped)) == "at most 1 independent origin"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Lloyd Arrel", "Loyd Arrel", True),
        ("Ilse Venning", "I. Venning", True),
        ("Ilse Venning", "Tomas Venning", False),
        ("Tomas Arrel", "Tomas Brandt", False),
        ("Tomas Quennerly", "Tomas Quenerley", True),
    ],
)
def test_speakers_by_name(one: str, other: str, same: bool) -> None:
    _, _, found = pile(f"{one} said the valley is mined.", f"{other} said the valley is mined.")
    assert [claim.source["name"] for claim in found] == [one, other]
    assert same_speaker(*found) is same


def test_unnamed_speakers_are_never_taken_for_one() -> None:
    _, _, found = pile("Officials said the valley is mined.", "Officials said it is not mined.")
    assert not same_speaker(*found)


def test_runs_are_five_words_of_a_quotation() -> None:
    _, _, found = pile('Mara Lind said "one two three four five six".')
    assert quoted_runs(found[0]) == {
        ("one", "two", "three", "four", "five"),
        ("two", "three", "four", "five", "six"),
    }


def test_chain_shows_the_words() -> None:
    text = (
        "The plan was first reported by the Harbour Herald. According to a report by Sorrel Watch, "
        "the orchard is mined. Ida Moor told Coast Daily that nobody goes there. An expert from "
        "the Halden Study Group said that it takes years."
    )
    links = chain(from_text(text, path="a"))
    assert [(link.kind, link.name) for link in links] == [
        ("first_reporter", "Harbour Herald"),
        ("told", "Coast Daily"),
        ("document", "Sorrel Watch"),
    ]
    for link in links:
        assert text[link.start : link.end] == link.text != ""
    assert ("agency", "AFP") in [(k.kind, k.name) for k in chain(from_text(texts.AGENCY, path="b"))]


@pytest.mark.shared
def test_real_reports_share_one_utterance_across_stories(shared: Path) -> None:
    documents = [read(path) for path in sorted((shared / "data" / "reports").glob("*.txt"))]
    grouped = stories(documents)
    found = claims(documents, grouped)
    minister = [claim for claim in found if "Austin" in (claim.source["name"] or "")]
    assert len({claim.story for claim in minister}) == 2
    quoted = [claim for claim in minister if quoted_runs(claim)]
    (root,) = origins(quoted, grouped)
    assert len(root.stories) == 2
    assert "same utterance" in root.joined_by
