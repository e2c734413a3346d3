"""Who copied whom, and what each did with the text."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence import texts
from landrelease.evidence import (
    Branch,
    Document,
    EvidenceError,
    Family,
    Story,
    claims,
    family,
    from_text,
    read,
    stories,
)
from landrelease.evidence.versions import Version, differences


def tree(*reports: str) -> tuple[Family, dict[str, Document]]:
    documents = [from_text(text, path=str(number)) for number, text in enumerate(reports)]
    (story,) = stories(documents)
    found = claims(documents, [story], places=False)
    return family(story, documents, found), {one.path: one for one in documents}


def check(found: Family, documents: dict[str, Document]) -> dict[str, Branch]:
    """Every document once, parents before copies, each span at its words."""
    seen: set[str] = set()
    for branch in found.branches:
        assert branch.parent is None or branch.parent in seen
        seen.add(branch.document)
        assert 0 <= branch.share <= 1
        for one in branch.differences:
            if one.before is not None and one.kind in ("dropped", "changed", "name", "figure"):
                assert documents[branch.parent or ""].text[slice(*one.before)] == one.before_text
            if one.after is not None and one.kind in ("added", "changed", "name", "figure"):
                assert documents[branch.document].text[slice(*one.after)] == one.after_text
            for edit in one.edits:
                for side, path in (("before", branch.parent), ("after", branch.document)):
                    if edit[side] is not None:
                        words = documents[path or ""].text[slice(*edit[side])]
                        assert words == edit[f"{side}_text"]
    assert seen == set(documents)
    assert [branch.parent for branch in found.branches].count(None) == 1
    json.dumps(found.to_json())
    return {branch.document: branch for branch in found.branches}


def test_a_copy_and_a_cut_hang_on_the_agency_text() -> None:
    found, documents = tree(texts.CUT, texts.AGENCY, texts.AGENCY + "\n")
    branches = check(found, documents)
    assert found.origin.name == "AFP"
    root = next(branch for branch in found.branches if branch.parent is None)
    assert root.document in ("1", "2")
    cut = branches["0"]
    assert cut.parent in ("1", "2")
    assert (cut.share, cut.basis) == (1.0, "holds the other")
    assert {one.kind for one in cut.differences} == {"dropped"}
    assert any("Sorrel Watch" in one.before_text for one in cut.differences)
    assert not any("return to the school" in one.before_text for one in cut.differences)


def test_dates_come_first() -> None:
    later = texts.CUT.replace("March 4, 2021", "March 2, 2021")
    branches = check(*tree(texts.AGENCY, later))
    assert branches["1"].parent is None  # dated before, however much the other one holds
    assert branches["0"].parent == "1"
    assert branches["0"].basis == "earlier date"
    assert {"added"} <= {one.kind for one in branches["0"].differences}


def test_a_rewritten_copy_and_its_respelt_name() -> None:
    branches = check(*tree(texts.AGENCY, texts.PARAPHRASED))
    one = branches["1"]
    assert (one.parent, one.basis, one.relation) == ("0", "earlier date", "rewritten")
    assert 0.05 < one.share < 0.6
    names = [(d.before_text, d.after_text) for d in one.differences if d.kind == "name"]
    assert names == [("Tomas", "Thomas")]
    assert {"changed", "dropped"} <= {d.kind for d in one.differences}


def test_order_within_a_text_is_no_change() -> None:
    branches = check(*tree(texts.AGENCY, texts.REORDERED))
    child = next(branch for branch in branches.values() if branch.parent is not None)
    assert child.share > 0.9
    assert not [d for d in child.differences if d.kind in ("added", "figure", "name")]


def test_figures_dates_and_speakers_that_changed() -> None:
    told = texts.AGENCY + (
        "\nThe province asked for $3 million on 12 May 2020 to search the harbour road again.\n"
    )
    altered = (
        told.replace("More than 1,200 people", "More than 1,500 people")
        .replace("$3 million on 12 May 2020", "$5 million on 14 May 2020")
        .replace('Arrel told reporters at the harbour. "The survey',
                 'Karl Weiss told reporters at the harbour. "The survey')
        .replace("March 4, 2021", "March 5, 2021")
    )  # fmt: skip
    branch = check(*tree(told, altered))["1"]
    found = {one.kind: one for one in branch.differences}
    figures = [(d.what, d.before_text, d.after_text) for d in branch.differences
               if d.kind == "figure"]  # fmt: skip
    # "More than 1,200" and "more than 1,500" may both be right, and that is said.
    assert ("count of people (bounds overlap)", "More than 1,200 people",
            "More than 1,500 people") in figures  # fmt: skip
    assert ("USD", "$3 million", "$5 million") in figures
    assert "2020-05-12" in found["date"].before_text
    assert "2020-05-14" in found["date"].after_text
    speakers = {(d.before_text, d.after_text) for d in branch.differences
                if d.kind == "attribution"}  # fmt: skip
    assert ("Tomas Arrel", "Karl Weiss") in speakers


def test_how_mines_lie_is_no_figure() -> None:
    before = Version(from_text("The field has mines 5 metres apart beside the road to town."))
    after = Version(from_text("The field has mines 7 metres apart beside the road to town."))
    assert not [one for one in differences(before, after) if one.kind == "figure"]


def test_boilerplate_is_left_out() -> None:
    appeal = (
        "\nA Message from Coast Daily:\nDear readers,\nOur work needs you more than ever, and "
        "whatever you give helps us go on.\n"
    )
    branches = check(*tree(texts.AGENCY, texts.AGENCY + appeal))
    assert all(branch.differences == () for branch in branches.values())


def test_order_of_documents_does_not_matter() -> None:
    reports = [texts.AGENCY, texts.PARAPHRASED, texts.REORDERED, texts.CUT]
    documents = [from_text(text, path=str(number)) for number, text in enumerate(reports)]
    (story,) = stories(documents)
    found = claims(documents, [story], places=False)
    shuffled = random.Random(3).sample(documents, len(documents))
    assert (
        family(story, documents, found).to_json() == family(story, shuffled, found[::-1]).to_json()
    )


def test_a_text_that_is_not_given_is_named() -> None:
    documents = [from_text(texts.AGENCY, path="a")]
    (story,) = stories(documents)
    with pytest.raises(EvidenceError, match="the text of a is not at hand"):
        family(story, [])
    assert family(story, documents).branches[0].basis == "the only one known here"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=80), min_size=1, max_size=3))
def test_any_texts_go_through(tails: list[str]) -> None:
    documents = [from_text(texts.AGENCY + "\n" + t, path=str(n)) for n, t in enumerate(tails)]
    for story in stories(documents):
        own = {d.path: d for d in documents if d.path in {m.path for m in story.documents}}
        check(family(story, documents), own)


@pytest.mark.shared
def test_real_reports(shared: Path) -> None:
    documents = [read(path) for path in sorted((shared / "data" / "reports").glob("*.txt"))]
    grouped = stories(documents)
    found = claims(documents, grouped, places=False)
    (story,) = [one for one in grouped if len(one.documents) == 3]
    assert isinstance(story, Story)
    drawn = family(story, documents, found)
    own = {d.path: d for d in documents if d.path in {m.path for m in story.documents}}
    branches = {Path(p).name[:3]: b for p, b in check(drawn, own).items()}
    assert branches["003"].parent is None  # the earliest with a day
    assert branches["002"].basis == "earlier date"
    for number in ("001", "002"):
        assert Path(str(branches[number].parent)).name.startswith("003")
        names = {(d.before_text, d.after_text) for d in branches[number].differences
                 if d.kind == "name"}  # fmt: skip
        assert names == {("Loyd", "Lloyd")}
    assert branches["001"].share > branches["002"].share > 0.1
    assert any("$275 million" in d.after_text for d in branches["001"].differences)
