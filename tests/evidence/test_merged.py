"""A report put together from two stories stands in both, joins neither, and is no third origin."""

from __future__ import annotations

import random
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from evidence import texts
from landrelease.evidence import Story, claims, family, from_text, origins, stories

FERRY = """\
OLBURG, March 3, 2021 (Reuters) - The old ferry between Olburg and the island of Senn will be \
repaired before summer, its owners announced, ending a dispute that left islanders without a boat.

"We counted eleven holes in the hull below the water line," engineer Marta Quill said in a drafty \
shed beside the shipyard. Welders from the mainland had already replaced two plates, Quill added.

Islanders paid for a fishing cutter during the winter, which carried mail and medicine twice a week.

The mayor of Senn, Jonas Reth, said schoolchildren had slept in a boarding house since November.

An insurer refused to cover the damage because the captain had ignored a storm warning.

A new timetable with four crossings a day will be printed in May, the owners promised.
"""
FERRY_CUT = "\n\n".join(FERRY.split("\n\n")[:5]) + "\n"
MERGED = "\n\n".join([*texts.AGENCY.split("\n\n")[:5], *FERRY.split("\n\n")[1:5]]) + "\n"
TEXTS = {
    "agency": texts.AGENCY,
    "cut": texts.CUT,
    "reordered": texts.REORDERED,
    "ferry": FERRY,
    "ferry cut": FERRY_CUT,
    "merged": MERGED,
}
DOCUMENTS = [from_text(text, path=path) for path, text in TEXTS.items()]


def by_members(found: list[Story]) -> dict[frozenset[str], Story]:
    return {frozenset(member.path for member in story.documents): story for story in found}


MINES = frozenset({"agency", "cut", "reordered", "merged"})
BOAT = frozenset({"ferry", "ferry cut", "merged"})


def test_it_stands_in_both_stories_and_joins_neither() -> None:
    found = by_members(stories(DOCUMENTS))
    assert set(found) == {MINES, BOAT}
    assert found[MINES].story != found[BOAT].story
    for story in found.values():
        relations = {member.path: member.relation for member in story.documents}
        assert relations["merged"] == "merged"
        assert list(relations.values()).count("first") == 1
        assert story.documents[-1].path == "merged"
    # The agency of the one is not taken for that of the other.
    assert found[MINES].origin.name == "AFP"
    assert found[BOAT].origin.name == "Reuters"


def test_its_claims_belong_to_the_story_that_tells_their_passage() -> None:
    grouped = stories(DOCUMENTS)
    found = by_members(grouped)
    own = [c for c in claims(DOCUMENTS, grouped, places=False) if c.document == "merged"]
    of = {claim.source["name"]: claim.story for claim in own}
    assert of["Marta Quill"] == found[BOAT].story
    assert of["Ilse Venning"] == found[MINES].story
    assert len(own) >= 4
    assert all("stories" not in claim.slots for claim in own)


def test_a_passage_that_nobody_else_tells_is_no_origin_beside_either_story() -> None:
    extra = 'A teacher, Vera Lind, said: "The school bell was sold for scrap in spring."\n'
    documents = [
        from_text(text + ("\n" + extra if path == "merged" else ""), path=path)
        for path, text in TEXTS.items()
    ]
    grouped = stories(documents)
    assert set(by_members(grouped)) == {MINES, BOAT}
    said = claims(documents, grouped, places=False)
    (claim,) = [one for one in said if "bell" in one.content["text"]]
    assert claim.slots["stories"] == sorted(story.story for story in grouped)
    for path in ("agency", "ferry"):
        other = next(one for one in said if one.document == path)
        (root,) = origins([claim, other], grouped)
        assert "same story" in root.joined_by


def test_claims_of_one_document_are_the_same_whichever_others_are_asked_for() -> None:
    grouped = stories(DOCUMENTS)
    whole = claims(DOCUMENTS, grouped, places=False)
    for path in TEXTS:
        alone = claims(DOCUMENTS, grouped, only=[path], places=False)
        assert alone == [claim for claim in whole if claim.document == path]


def test_nothing_hangs_on_it_in_the_tree_of_a_story() -> None:
    undated = [from_text(one.text.replace(", 2021", ""), path=one.path) for one in DOCUMENTS]
    for story in stories(undated):
        tree = family(story, undated)
        assert tree.branches[0].document != "merged"
        assert "merged" not in {branch.parent for branch in tree.branches}
        (branch,) = [branch for branch in tree.branches if branch.document == "merged"]
        assert branch.relation == "merged"


def test_the_text_that_others_were_cut_from_is_no_merger_of_them() -> None:
    parts = MERGED.split("\n\n")
    whole = "\n\n".join(["Posted on 02/28/2021", *parts[1:]])
    halves = {"one": parts[1:5], "other": parts[5:]}
    documents = [from_text(whole, path="whole")] + [
        from_text("\n\n".join(["Posted on 03/22/2021", *held]), path=path)
        for path, held in halves.items()
    ]
    assert set(by_members(stories(documents))) == {frozenset({"whole", "one", "other"})}


@settings(max_examples=20, deadline=None)
@given(order=st.permutations(range(len(DOCUMENTS))))
def test_the_order_of_the_documents_is_no_matter(order: list[int]) -> None:
    assert stories([DOCUMENTS[place] for place in order]) == EXPECTED


EXPECTED = stories(DOCUMENTS)


def test_short_notes_are_copies_word_for_word_or_none() -> None:
    note = "Marta Quill counted eleven holes in the hull. Welders had already replaced two plates."
    again = note + " More on Friday."
    part = FERRY.split("\n\n")[2] + "\n\n" + FERRY.split("\n\n")[4]
    other = 'The shed was cold. "We counted eleven holes in the hull below the water," she said.'
    documents = [
        from_text(text, path=path)
        for path, text in {
            "ferry": FERRY, "note": note, "again": again, "part": part, "other": other
        }.items()
    ]  # fmt: skip
    expected = {frozenset({"ferry", "part"}), frozenset({"note", "again"}), frozenset({"other"})}
    for order in list(permutations(documents))[::17]:
        assert set(by_members(stories(order))) == expected


def test_many_short_notes_are_no_chain() -> None:
    rng = random.Random(5)
    stems = ("karber", "lomnik", "tessol", "winber", "podnik")
    notes = [
        " ".join(f"{rng.choice(stems)}{rng.randint(1, 999)}" for _ in range(20)) for _ in range(50)
    ]
    documents = [from_text(f"{note}.", path=f"{n}") for n, note in enumerate(notes)]
    documents += [from_text(f"{note}. Again.", path=f"{n} again") for n, note in enumerate(notes)]
    assert {frozenset(one) for one in by_members(stories(documents))} == {
        frozenset({f"{n}", f"{n} again"}) for n in range(50)
    }
