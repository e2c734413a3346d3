"""Everything a text attributes: constructions, stances, parts, nesting, what names nobody."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from landrelease.evidence import Statement, attributions, cues, from_text, statements


def spans(text: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """Source, cue and parts of the content of every attribution that is not nested."""
    document = from_text(text)
    assert document.text == text
    return [
        (text[slice(*one.source)], text[slice(*one.cue)], tuple(text[slice(*p)] for p in one.parts))
        for one in attributions(document)
        if not one.nested
    ]


@pytest.mark.parametrize(
    ("text", "source", "cue", "content"),
    [
        # verb groups: auxiliaries, adverbs, negation, particles
        ("The ministry has repeatedly warned of mines near the river.", "The ministry",
         "has repeatedly warned of", "mines near the river"),
        ("The army did not explain why the road was closed.", "The army", "did not explain",
         "why the road was closed"),
        ("Mara Lind pointed out that the harvest was lost.", "Mara Lind", "pointed out",
         "that the harvest was lost"),
        ("He’s claiming that the fields are safe.", "He", "’s claiming",
         "that the fields are safe"),
        # hearers and occasions belong to neither cue nor content
        ("The mayor told a crowd in Olburg on Friday that the bridge is mined.", "The mayor",
         "told", "that the bridge is mined"),
        ("The group said in a report that nine children were hurt.", "The group", "said",
         "that nine children were hurt"),
        ("Farmers said the field was mined in an interview with the Herald.", "Farmers", "said",
         "the field was mined"),
        ("The trust urged donors to pay for the survey.", "The trust", "urged",
         "to pay for the survey"),
        ("Rights groups warn of the dangers to farmers.", "Rights groups", "warn of",
         "the dangers to farmers"),
        ("The mayor is leaving office having criticised the survey.", "The mayor",
         "having criticised", "the survey"),
        ("Research done in Olburg found that the soil is poisoned.", "Research done in Olburg",
         "found", "that the soil is poisoned"),
        # beliefs, wishes, plans, judgements
        ("Villagers in Olburg believe that the hills are still mined.", "Villagers in Olburg",
         "believe", "that the hills are still mined"),
        ("The team wants to clear nine fields.", "The team", "wants", "to clear nine fields"),
        ("The army refused to leave the valley.", "The army", "refused", "to leave the valley"),
        ("The charity condemned the use of cluster munitions.", "The charity", "condemned",
         "the use of cluster munitions"),
        ("The ministry accused the rebels of laying mines.", "The ministry",
         "accused the rebels of", "laying mines"),
        ("Parents are worried about mines on the way to school.", "Parents",
         "are worried about", "mines on the way to school"),
        ("Aid groups raised concerns about the new weapons.", "Aid groups",
         "raised concerns about", "the new weapons"),
        # sources with appositions, relative clauses, lists, brackets
        ("Mara Lind, who runs the clinic in Olburg, said nobody was hurt.",
         "Mara Lind, who runs the clinic in Olburg", "said", "nobody was hurt"),
        ("Ida Moor (Sorrel Trust) said the coast is mined.", "Ida Moor (Sorrel Trust)", "said",
         "the coast is mined"),
        ("The family, farmers and mayors said the road was closed.",
         "The family, farmers and mayors", "said", "the road was closed"),
        ("Last week the group said that work had stopped.", "the group", "said",
         "that work had stopped"),
        # passive with its agent; nouns
        ("The plan was endorsed by the Sorrel Trust.", "the Sorrel Trust", "was endorsed by",
         "The plan"),
        ("Nobody believed the minister's claim that the road is safe.", "the minister's", "claim",
         "that the road is safe"),
    ],
)  # fmt: skip
def test_constructions(text: str, source: str, cue: str, content: str) -> None:
    assert (source, cue, (content,)) in spans(text)


def test_content_around_an_interposed_source_has_parts() -> None:
    text = "The mines, Mara Lind said, were older than the village."
    (one,) = statements(from_text(text))
    assert [text[slice(*part)] for part in one.parts] == [
        "The mines",
        "were older than the village",
    ]
    assert text[slice(*one.content)] == text[:-1]  # the hull
    assert text[slice(*one.source)] == "Mara Lind"


def test_quotations_that_go_on_are_one_attribution_and_a_statement_each() -> None:
    text = '"We came home," Moor told reporters. "The field was gone for us. It was mined."'
    (one,) = attributions(from_text(text))
    assert [text[slice(*part)] for part in one.parts] == [
        '"We came home,"',
        '"The field was gone for us. It was mined."',
    ]
    first, second = statements(from_text(text))
    assert (first.continued, second.continued) == (False, True)
    assert text[slice(*second.content)] == '"The field was gone for us. It was mined."'


def test_joined_cues_share_their_source() -> None:
    text = (
        "The minister said the army had cleared the road, adding that nobody was hurt, "
        "and denied that mines were left."
    )
    assert spans(text) == [
        ("The minister", "said", ("the army had cleared the road",)),
        ("The minister", "adding", ("that nobody was hurt",)),
        ("The minister", "denied", ("that mines were left",)),
    ]


def test_name_beside_a_quotation_and_quotation_behind_a_colon() -> None:
    text = "“The hills are full of mines.” ― Mara Lind"
    assert spans(text) == [("Mara Lind", "", ("“The hills are full of mines.”",))]
    assert statements(from_text(text)) == []  # no cue: no claim rests on layout alone
    text = 'The Olburg Herald reports:\n\n"Nine fields were cleared last week."'
    assert spans(text) == [
        ("The Olburg Herald", "reports", ('"Nine fields were cleared last week."',))
    ]


@pytest.mark.parametrize(
    ("text", "cue", "parts"),
    [
        ("Nine people were reportedly killed.", "reportedly", ("Nine people were", "killed")),
        ("The army was accused of laying mines.", "was accused of", ("The army", "laying mines")),
    ],
)
def test_nobody_named(text: str, cue: str, parts: tuple[str, ...]) -> None:
    assert spans(text) == [("", cue, parts)]
    assert statements(from_text(text)) == []


def only(text: str) -> Statement:
    (one,) = [one for one in attributions(from_text(text)) if not one.nested]
    return one


def test_stance_negation_and_nesting() -> None:
    assert only("The mayor said the road is shut.").stance == "stated"
    assert only("The mayor praised the deminers.").stance == "judged"
    assert only("The mayor believes the road is shut.").stance == "believed"
    assert only("The mayor hopes the road will open.").stance == "wished"
    planned = only("The mayor plans to open the road.")
    assert planned.stance == "planned"
    assert statements(from_text("The mayor plans to open the road.")) == []
    denied = only("The mayor never said that the road is safe.")
    assert denied.negated
    assert statements(from_text("The mayor never said that the road is safe.")) == []
    text = "The trust said villagers believe the hills are mined."
    nested = {text[slice(*one.cue)]: one.nested for one in attributions(from_text(text))}
    assert nested == {"said": False, "believe": True}


def test_a_cue_has_one_entry() -> None:
    # A verb with two stances would silently take the later one.
    listed = [*cues.VERBS]
    assert len(listed) == len(set(listed)) > 200
    for frame in (*cues.VERBS.values(), *cues.NOUNS.values(), *cues.ADJECTIVES.values()):
        assert frame.takes <= set("cnixhlwg_")
        assert frame.stance in ("stated", "judged", "believed", "wished", "planned")


MARKS = ['"', "“", "”", ",", ".", ";", ":", "—", "(", ")", "-", "'", "5", "%", "ée", "\n\n"]
PHRASES = ["said", "that", "the mayor", "Mara Lind", "who", "which", "according to", "and", "but",
           "not", "was", "by", "claims of", "reportedly", "accused", "told reporters", "on Friday",
           "adding", "he’s", "wants", "believe", "seems to", "it was unclear"]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(some.lists(some.sampled_from(MARKS + PHRASES), max_size=60))
def test_any_order_of_words_gives_spans_of_the_text(words: list[str]) -> None:
    document = from_text(" ".join(words))
    for one in attributions(document):
        assert 0 <= one.content[0] < one.content[1] <= len(document.text)
        assert one.source[0] <= one.source[1]
        assert one.cue[0] <= one.cue[1]
        assert one.parts
        assert one.content == (min(a for a, _ in one.parts), max(b for _, b in one.parts))
        assert list(one.parts) == sorted(one.parts)
