"""Claims gathered, counted by origin, and held against each other slot by slot."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence import texts
from landrelease.evidence import (
    Claim,
    Comparison,
    Gathering,
    claims,
    compare,
    from_text,
    gather,
    read,
    stories,
    timeline,
)
from landrelease.evidence.corroboration import overlap


def pile(*reports: str) -> tuple[list[Claim], list]:
    documents = [from_text(text, path=str(number)) for number, text in enumerate(reports)]
    grouped = stories(documents)
    return claims(documents, grouped), grouped


def gathered(*reports: str) -> list[Gathering]:
    return gather(*pile(*reports))


def compared(*reports: str) -> list[Comparison]:
    return compare(*pile(*reports))


def test_two_speakers_in_two_reports_corroborate_as_far_as_is_known() -> None:
    first, *rest = gathered(
        "Mara Lind said the northern army mined the orchard beside the school.",
        "Karl Weiss said the orchard beside the school was mined by the northern army.",
    )
    assert rest == []
    assert len(first.origins) == 2
    assert first.strength == "at most 2 independent origins; independence unknown"
    assert first.standing == "reported"  # where the reports come from is not known


def test_copies_add_nothing() -> None:
    alone = {g.gathering: len(g.origins) for g in gathered(texts.AGENCY)}
    copied = gathered(texts.AGENCY, texts.AGENCY, texts.CUT)
    assert {len(g.origins) for g in copied} == {1}
    assert set(alone) & {g.gathering for g in copied}
    assert max(len(g.claims) for g in copied) == 3


def test_other_matters_stay_apart() -> None:
    found = gathered(
        "Mara Lind said the orchard beside the school is mined.",
        "Karl Weiss said the harbour loan would be repaid from fishing licences.",
        "Ida Moor said that the orchard beside the school in Norway is mined.",
        "Jan Falk said that the orchard beside the school in Angola is mined.",
    )
    together = [sorted(claim.document for claim in g.claims) for g in found if len(g.claims) > 1]
    assert not any("1" in group or {"2", "3"} <= set(group) for group in together)


def test_belief_is_not_gathered_with_statement() -> None:
    found = gathered(
        "Mara Lind said the orchard beside the school is mined.",
        "Karl Weiss believes the orchard beside the school is mined.",
    )
    assert sorted(g.claims[0].stance for g in found) == ["believed", "stated"]


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        ("up to two weeks", "four hours to two weeks", "agrees"),
        ("up to two weeks", "at least three weeks", "contradicts"),
        ("about 20 days", "21 days", "agrees"),
        ("about 20 days", "22 days", "contradicts"),
        ("more than 10 days", "less than 11 days", "agrees"),
    ],
)
def test_periods_are_compared_as_bounds(one: str, other: str, verdict: str) -> None:
    (found,) = compared(
        f"Mara Lind said the devices become inert after {one}.",
        f"Karl Weiss said such devices become inert after {other}.",
    )
    assert (found.verdict, found.slot) == (verdict, "duration")
    assert found.independence == "at most 2 independent origins; independence unknown"


def test_disjoint_figures_are_not_gathered_but_contradict() -> None:
    reports = (
        "Mara Lind said 40 people were killed by mines in the orchard last winter.",
        "Karl Weiss said 12 people were killed by mines in the orchard last winter.",
    )
    assert len(gathered(*reports)) == 2
    (found,) = compared(*reports)
    assert (found.verdict, found.slot) == ("contradicts", "count of people")
    assert len(set(found.gatherings)) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("40 people were killed by mines in 2019", "12 people were killed by mines in 2020"),
        ("12 hectares of pasture are suspected", "3 hectares of pasture were cleared"),
        ("40 people were killed by mines in Angola", "12 people were killed by mines in Norway"),
        ("40 people were killed near Olburg by mines", "12 people were killed near Velma by mines"),
    ],
)
def test_figures_of_other_matters_do_not_contradict(one: str, other: str) -> None:
    assert compared(f"Mara Lind said {one}.", f"Karl Weiss said {other}.") == []


def test_one_speaker_at_two_times_revises() -> None:
    (found,) = compared(
        "Mara Lind said on May 2, 2020 that 40 people were killed by mines in the orchard.",
        "Mara Lind said on June 9, 2020 that 47 people were killed by mines in the orchard.",
    )
    assert found.verdict == "revised"
    assert [side["time"] for side in found.to_json()["sides"]] == ["2020-05-02", "2020-06-09"]


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        ("$3 million", "up to $4 million", "agrees"),
        ("$3 million", "$5 million", "contradicts"),
        ("€3 million", "$5 million", None),
        ("3,000 rupees", "5,000 rupees", None),  # of which state is not said
    ],
)
def test_money_is_compared_within_its_currency(one: str, other: str, verdict: str | None) -> None:
    found = compared(
        f"Mara Lind said the clearance of the harbour road will cost {one}.",
        f"Karl Weiss said the clearance of the harbour road will cost {other}.",
    )
    assert [(c.verdict, c.slot) for c in found] == ([] if verdict is None else [(verdict, "money")])


def test_places_that_hold_each_other_agree_and_others_are_another_matter() -> None:
    told = "12 people were killed by mines beside the old school in {}"
    inside = compared(
        f"Mara Lind said {told.format('Kharkiv')}.", f"Karl Weiss said {told.format('Ukraine')}."
    )
    assert ("agrees", "place") in {(c.verdict, c.slot) for c in inside}
    apart = (f"Mara Lind said {told.format('Kharkiv')}.",
             f"Karl Weiss said {told.format('Odesa').replace('12', '40')}.")  # fmt: skip
    assert compared(*apart) == []
    assert len(gathered(*apart)) == 2


def test_the_same_words_put_in_two_places_contradict() -> None:
    said = "“the mines beside the old school of {} killed nine of our people”"
    found = compared(
        f"Mara Lind said {said.format('Kharkiv')}.", f"Mara Lind said {said.format('Odesa')}."
    )
    assert ("contradicts", "place") in {(c.verdict, c.slot) for c in found}


def test_times_that_are_spoken_of() -> None:
    told = "12 people were killed by mines beside the old school {}"
    (found,) = [
        c
        for c in compared(
            f"Mara Lind said {told.format('on 3 May 2019')}.",
            f"Karl Weiss said {told.format('in May 2019')}.",
        )
        if c.slot == "time"
    ]
    assert (found.verdict, found.values) == ("agrees", ("2019-05-03", "2019-05-01 to 2019-05-31"))
    apart = (f"Mara Lind said {told.format('on 3 May 2019')}.",
             f"Karl Weiss said {told.format('on 9 May 2019').replace('12', '40')}.")  # fmt: skip
    assert compared(*apart) == []


def test_swapped_roles_contradict_and_are_not_gathered() -> None:
    reports = (
        "Mara Lind said Norway supplied Angola with anti-personnel mines for the harbour road.",
        "Karl Weiss said Angola supplied Norway with anti-personnel mines for the harbour road.",
    )
    assert len(gathered(*reports)) == 2
    assert {(c.verdict, c.slot) for c in compared(*reports)} == {
        ("contradicts", "supplier"), ("contradicts", "recipient")
    }  # fmt: skip


def test_a_claim_is_not_held_against_one_inside_it() -> None:
    report = (
        "Mara Lind said that Karl Weiss said that 40 people were killed by mines in the orchard "
        "beside the old school."
    )
    assert compared(report) == []
    assert all(len(g.claims) == 1 for g in gathered(report))


def test_bodies_that_speak_together_are_each_the_body_that_speaks_alone() -> None:
    found = gathered(
        "Groups like Sorrel Watch and Tern International warned of mines in the orchard beside "
        "the old school.",
        "Tern International warned of mines in the orchard beside the old school.",
    )
    assert len(found[0].claims) == 2
    assert len(found[0].origins) == 1
    assert "same body" in found[0].origins[0].joined_by


def test_one_utterance_in_two_stories_is_one_origin() -> None:
    said = '"No path in the orchard is safe until every one has been searched," Mara Lind said'
    documents = [
        from_text(f"{said} on Monday. The barley is late, and farmers wait for rain.", path="a"),
        from_text(f"{said} in Olburg. Fishing boats stayed in port as winds rose.", path="b"),
    ]
    grouped = stories(documents)
    assert len(grouped) == 2
    (one,) = gather(claims(documents, grouped), grouped)
    assert one.strength.startswith("at most 1 independent origin")
    assert "same utterance" in one.origins[0].joined_by


def test_hundreds_of_copies_are_gathered_as_one_is() -> None:
    text = "Mara Lind said the northern army mined the orchard beside the old school."
    other = "Karl Weiss said the harbour loan would be repaid from fishing licences."
    found, grouped = pile(*[text, other] * 150)
    made = gather(found, grouped)
    assert [len(g.claims) for g in made] == [150, 150]
    assert {len(g.origins) for g in made} == {1}


def test_denial_stands_against_allegation() -> None:
    (found,) = compared(
        "Mara Lind claimed that the northern army planted mines in the orchard.",
        "The northern army denied that it planted mines in the orchard.",
    )
    assert (found.verdict, found.slot) == ("contradicts", "denial")
    assert sorted(found.values) == ["alleged", "denied"]


def test_denial_of_the_allegation_is_of_the_last_one() -> None:
    found = compared(
        "The farmers' league alleged that a field was never searched. Tern Clearance denied the "
        "allegation."
    )
    assert [(c.verdict, c.slot) for c in found] == [("contradicts", "denial")]
    assert found[0].one.modality == "alleged"
    assert "same story" in found[0].independence


def test_order_of_claims_does_not_matter() -> None:
    found, grouped = pile(texts.AGENCY, texts.PARAPHRASED, texts.OTHER_STORY, texts.REORDERED)
    shuffled = random.Random(5).sample(found, len(found))
    assert [g.to_json() for g in gather(found, grouped)] == [
        g.to_json() for g in gather(shuffled, grouped)
    ]
    assert [c.to_json() for c in compare(found, grouped)] == [
        c.to_json() for c in compare(shuffled, grouped)
    ]


def test_every_claim_is_gathered_once() -> None:
    found, grouped = pile(texts.AGENCY, texts.PARAPHRASED, texts.OTHER_STORY)
    listed = [id(claim) for g in gather(found, grouped) for claim in g.claims]
    assert sorted(listed) == sorted(map(id, found))


def test_timeline_tells_what_was_said_from_what_was_published() -> None:
    found, grouped = pile(
        texts.AGENCY, "Mara Lind said in 1999 that the orchard is mined.", "Karl Weiss said so too."
    )
    entries = timeline(gather(found, grouped), grouped)
    assert (entries[0].value, entries[0].precision, entries[0].basis) == ("1999", "year", "said")
    days = {(e.value, e.basis) for e in entries if e.gathering.claims[0].document == "0"}
    assert days == {("2021-03-04", "said"), ("2021-03-04", "published")}
    assert [e.value or "9999" for e in entries] == sorted(e.value or "9999" for e in entries)


bounds = st.one_of(st.none(), st.floats(-1e9, 1e9))


@given(bounds, bounds, bounds, bounds)
def test_overlap_is_symmetric_and_reflexive(
    a: float | None, b: float | None, c: float | None, d: float | None
) -> None:
    one = (a, b) if a is None or b is None or a <= b else (b, a)
    other = (c, d) if c is None or d is None or c <= d else (d, c)
    assert overlap(one, one)
    assert overlap(one, other) == overlap(other, one)
    if a is not None and d is not None and one[0] is not None and other[1] is not None:
        assert overlap(one, other) or one[0] > other[1] or other[0] > one[1]  # type: ignore


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([
    "Mara Lind said", "the army denied that", "it", "40 people", "were killed", "by mines", "“",
    "”", ".", ",", "Karl Weiss claimed", "the allegation", "two weeks", "up to", "Norway", "\n\n",
    "\x00",
    "’s", "signed the Mine Ban Treaty", "in 1999", "neither", "not", "\u202e",
]), max_size=40))  # fmt: skip
def test_anything_goes_through(words: list[str]) -> None:
    from landrelease.evidence import chain, treaty_claims

    document = from_text(" ".join(words), path="a")
    grouped = stories([document])
    found = claims([document], grouped)
    made = gather(found, grouped)
    assert sum(len(g.claims) for g in made) == len(found)
    for entry in timeline(made, grouped):
        assert entry.to_json()["strength"].startswith("at most 1 independent origin")
    for comparison in compare(found, grouped):
        assert comparison.verdict in ("agrees", "contradicts", "revised")
    for claim in treaty_claims([document], grouped, found):
        assert document.text[claim.start : claim.end] == claim.text
    for link in chain(document):
        assert document.text[link.start : link.end] == link.text


@pytest.mark.shared
def test_real_reports_periods_agree_as_bounds(shared: Path) -> None:
    documents = [read(path) for path in sorted((shared / "data" / "reports").glob("*.txt"))]
    grouped = stories(documents)
    found = compare(claims(documents, grouped), grouped)
    (periods,) = [c for c in found if c.slot == "duration"]
    assert periods.verdict == "agrees"
    assert {Path(c.document).name[:3] for c in (periods.one, periods.other)} == {"001", "004"}
    assert periods.independence == "at most 2 independent origins; independence unknown"
    strengths = [g.strength for g in gather(claims(documents, grouped), grouped)]
    assert all(s.startswith("at most 1 ") for s in strengths)
