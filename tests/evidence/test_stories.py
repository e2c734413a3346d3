"""Copies are found by what is copied, not by what was said to everybody."""

from __future__ import annotations

import itertools

import pytest

from evidence import texts
from landrelease.evidence import from_text, stories
from landrelease.evidence.copies import compare, content


def relation(one: str, other: str) -> str | None:
    found = compare(content(from_text(one)), content(from_text(other)))
    return None if found is None else found[0]


def test_relations_of_an_agency_text_to_its_offspring() -> None:
    assert relation(texts.AGENCY, texts.AGENCY + "\nComment:\n") == "copy"
    assert relation(texts.AGENCY, texts.REORDERED) in ("copy", "near_copy")
    assert relation(texts.AGENCY, texts.CUT) in ("partial", "near_copy")
    assert relation(texts.AGENCY, texts.PARAPHRASED) == "rewritten"


def test_one_shared_quotation_is_one_utterance_not_one_story() -> None:
    assert relation(texts.AGENCY, texts.OTHER_STORY) is None
    assert relation(texts.PARAPHRASED, texts.OTHER_STORY) is None


def test_a_short_note_of_little_but_the_shared_quotation_is_no_part_of_the_story() -> None:
    note = """The interior minister spoke at the opening of the Velma fish market on Sunday. \
"We cannot send a single child back to the school at Little Oake until every path is surveyed," \
Tomas Arrel said between two rounds of applause from stall holders."""
    assert relation(texts.AGENCY, note) is None


def test_comparison_is_symmetric() -> None:
    everything = (texts.AGENCY, texts.CUT, texts.REORDERED, texts.PARAPHRASED, texts.OTHER_STORY)
    for one, other in itertools.combinations(everything, 2):
        assert relation(one, other) == relation(other, one)


def test_stories_group_the_copies_and_name_the_agency() -> None:
    documents = [
        from_text(text, path=name)
        for name, text in (
            ("paraphrased", texts.PARAPHRASED),
            ("other", texts.OTHER_STORY),
            ("reordered", texts.REORDERED),
            ("agency", texts.AGENCY),
            ("cut", texts.CUT),
        )
    ]
    found = stories(documents)
    assert [{m.path for m in story.documents} for story in found] == [
        {"agency", "cut", "reordered", "paraphrased"},
        {"other"},
    ]
    story, other = found
    assert (story.origin.name, story.origin.kind) == ("AFP", "agency")
    assert (other.origin.name, other.origin.kind) == ("Harbour Herald", "publisher")
    relations = {m.path: m.relation for m in story.documents}
    assert relations["agency"] == "first"
    assert relations["paraphrased"] == "rewritten"
    assert story.to_json()["documents"][0] == {
        "path": "agency",
        "published": "2021-03-04",
        "publisher": None,
        "relation": "first",
    }


def test_stories_do_not_depend_on_the_order_of_documents() -> None:
    documents = [
        from_text(text, path=str(number))
        for number, text in enumerate(
            (texts.AGENCY, texts.OTHER_STORY, texts.PARAPHRASED, texts.CUT)
        )
    ]
    expected = [story.to_json() for story in stories(documents)]
    for order in itertools.permutations(documents):
        assert [story.to_json() for story in stories(list(order))] == expected


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("The army used mines, the Velma Post first reported. It was first reported by the Velma "
         "Post on Monday.", ("Velma Post", "publisher")),
        ("The army used mines on the coast, according to a report by Sorrel Watch.\n\nMore text.",
         ("Sorrel Watch", "document")),
        ("Mines were found, a guard said.", (None, "unknown")),
        ("OLBURG (Reuters) - Mines were found, a guard said.", ("Reuters", "agency")),
    ],
)  # fmt: skip
def test_origins(text: str, origin: tuple[str | None, str]) -> None:
    (story,) = stories([from_text(text)])
    assert (story.origin.name, story.origin.kind) == origin


def test_a_report_mentioned_late_is_background_not_origin() -> None:
    lead = "The road was opened.\n\nPeople came.\n\nThey sang.\n\n"
    (story,) = stories([from_text(lead + "Mines kill, according to a report by Sorrel Watch.")])
    assert story.origin.kind == "unknown"


def test_every_document_stands_in_one_story_even_without_words() -> None:
    documents = [
        from_text(text, path=str(i)) for i, text in enumerate(("", "", "…", "Mines.", "Mines."))
    ]
    found = stories(documents)
    assert sorted(m.path for story in found for m in story.documents) == ["0", "1", "2", "3", "4"]
    assert sorted(len(story.documents) for story in found) == [1, 1, 1, 2]
