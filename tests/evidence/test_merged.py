"""A report put together from two stories stands in both, joins neither, and is no third origin."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from evidence import texts
from landrelease.evidence import Story, claims, family, from_text, origins, stories
from landrelease.evidence.mergers import Settled, components, settled

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


FACTS = [
    f"{who} {did} {number} {what} {where}."
    for who, did, number, what, where in (
        ("Surveyor Anna Tolm", "fenced", 417, "orchards", "above the Velk valley"),
        ("Baker Juri Hask", "baked", 903, "loaves", "for the village of Brenn"),
        ("Pilot Dara Minch", "landed", 288, "crates", "beside the Orlo runway"),
        ("Miller Pavel Kost", "repaired", 561, "wheels", "at the Tanner mill"),
        ("Nurse Olena Birk", "vaccinated", 734, "children", "in the Sorrel clinic"),
        ("Teacher Nils Varga", "printed", 652, "primers", "at Gannet school"),
        ("Diver Rosa Quell", "raised", 129, "anchors", "from Harrow bay"),
        ("Judge Emil Stark", "heard", 845, "petitions", "in Ulmen court"),
        ("Farmer Ivo Lund", "planted", 376, "saplings", "along Pike ridge"),
        ("Driver Kaja Moss", "hauled", 918, "barrels", "across Finch bridge"),
        ("Painter Lars Odum", "restored", 243, "icons", "inside Wren chapel"),
        ("Mayor Petra Zell", "opened", 507, "wells", "around Drake town"),
    )
]  # fmt: skip


def test_a_report_that_may_be_a_merger_ties_two_stories_and_makes_them_one_origin() -> None:
    """It is like two groups, yet too little of it is told by one of them alone."""
    groups = [(0, 1, 4), (2, 3, 4)]
    documents = [
        from_text(" ".join(sentences), path=path)
        for path, sentences in {
            "a": FACTS[:9], "a again": FACTS[:8], "b": FACTS[1:10], "b again": FACTS[1:9],
            "open": FACTS[1:9],
        }.items()
    ]  # fmt: skip
    told = settled(groups, documents)
    assert told.groups == groups
    assert told.tied == ((0, 1),)
    assert told.unclear == {(0, 4), (1, 4)}


def test_several_open_reports_that_are_most_of_a_group_make_one_story() -> None:
    documents = [
        from_text(" ".join(sentences), path=path)
        for path, sentences in {
            "a": FACTS[:9], "a again": FACTS[:8], "b": FACTS[1:10],
            "open": FACTS[1:9], "open too": FACTS[1:8],
        }.items()
    ]  # fmt: skip
    told = settled([(0, 1, 3, 4), (2, 3, 4)], documents)
    assert told.groups == [(0, 1, 2, 3, 4)]
    assert told.tied == ()
    assert told.unclear == frozenset()


def tied_stories() -> tuple[list[Story], list[str]]:
    """Stories as `stories` gives them, with what is open between the first two and the third."""
    plain = [
        from_text(f"{fact} Nils Varga said that the {path} field is full of mines.", path=path)
        for path, fact in zip("abcd", FACTS[::3], strict=True)
    ]
    made = stories(plain)
    assert len(made) == 4
    least = min(story.story for story in made[:3])
    return [
        replace(story, counted_as=least if number < 3 else "") for number, story in enumerate(made)
    ], [story.documents[0].path for story in made]


def test_tied_stories_are_one_origin_even_through_a_story_that_says_nothing() -> None:
    made, paths = tied_stories()
    claim = claims([DOCUMENTS[0]], [s for s in EXPECTED if "agency" in str(s)], places=False)[0]
    unnamed = {**claim.source, "name": None, "organisation": None}
    said = [
        replace(
            claim, story=made[k].story, document=paths[k], source=unnamed, slots={}, claim=f"{k}"
        )
        for k in (0, 2, 3)
    ]
    roots = origins(said, made)
    assert [root.claims for root in roots] == [(0, 1), (2,)]
    assert "stories that may be one" in roots[0].joined_by
    assert roots[1].joined_by == ()
    # A passage that a merged report may have from a tied story is no origin beside the other.
    open_ = replace(said[2], slots={"stories": sorted((made[3].story, made[0].story))})
    assert len(origins([said[1], open_], made)) == 1


def test_stories_are_counted_as_the_smallest_that_they_hang_together_with() -> None:
    assert components(6, [(4, 3), (1, 4)]) == [0, 1, 2, 1, 1, 5]


@settings(max_examples=60, deadline=None)
@given(
    groups=st.lists(st.frozensets(st.integers(0, 5), min_size=1), min_size=1, max_size=6),
    order=st.randoms(use_true_random=False),
)
def test_whatever_overlaps_every_document_keeps_a_story_and_each_story_one_of_its_own(
    groups: list[frozenset[int]], order: random.Random
) -> None:
    groups += [frozenset({place}) for place in set(range(6)).difference(*groups)]
    given_groups = [tuple(sorted(group)) for group in set(groups)]
    told = settled(given_groups, DOCUMENTS)
    assert {place for group in told.groups for place in group} == set(range(6))
    count = Counter(place for group in told.groups for place in group)
    assert all(any(count[place] == 1 for place in group) for group in told.groups)
    for one, other in told.tied:
        assert one < other < len(told.groups)
    for number, place in told.unclear:
        assert place in told.groups[number]
        assert count[place] > 1
    order.shuffle(given_groups)
    again = settled(given_groups, DOCUMENTS)
    assert _plainly(again) == _plainly(told)


def _plainly(told: Settled) -> tuple[set[object], ...]:
    return (
        set(told.groups),
        {frozenset((told.groups[a], told.groups[b])) for a, b in told.tied},
        {(told.groups[number], place) for number, place in told.unclear},
    )
