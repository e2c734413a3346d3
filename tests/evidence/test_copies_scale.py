"""Groups of one text in whole arrays and with Dask: what is found, and what must not matter."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence import texts
from landrelease.evidence import grouping, likeness, prints, scale
from landrelease.evidence.errors import EvidenceError
from landrelease.evidence.units import units

WORDS = [f"{a}{b}{c}" for a in ("kar", "lom", "tes", "win", "pod") for b in ("ber", "nik", "sol")
         for c in ("gat", "dun", "rim", "fel")]  # fmt: skip


def made_up(seed: int, sentences: int = 12) -> list[str]:
    """Sentences that share no pair of words with those of another seed, but by chance."""
    rng = random.Random(seed)
    return [
        " ".join(
            f"{rng.choice(WORDS)} {rng.randint(10_000, 99_999)}" for _ in range(5)
        ).capitalize()
        + "."
        for _ in range(sentences)
    ]


def grouped(documents: dict[str, str], **options: object) -> set[frozenset[str]]:
    found = scale.groups(list(documents.items()), **options)  # type: ignore[arg-type]
    return {frozenset(found.ids[place] for place in group) for group in found.groups}


def test_cut_reordered_and_rewritten_copies_are_one_group_and_a_shared_quotation_is_not() -> None:
    documents = {
        "agency": texts.AGENCY,
        "cut": texts.CUT,
        "reordered": texts.REORDERED,
        "paraphrased": texts.PARAPHRASED,
        "other": texts.OTHER_STORY,
    }
    assert grouped(documents) == {
        frozenset({"agency", "cut", "reordered", "paraphrased"}),
        frozenset({"other"}),
    }


def test_a_merged_report_stands_in_both_groups_and_does_not_join_them() -> None:
    one, other = made_up(1), made_up(2)
    documents = {
        "one": "\n".join(one),
        "one cut": "\n".join(one[:7]),
        "other": "\n".join(other),
        "other reordered": "\n".join(other[::-1]),
        "merged": "\n".join([*one[:10], *other[:10]]),
    }
    assert grouped(documents) == {
        frozenset({"one", "one cut", "merged"}),
        frozenset({"other", "other reordered", "merged"}),
    }


def test_a_text_that_a_hundred_outlets_print_is_one_group() -> None:
    body = made_up(3)
    documents = {
        f"outlet {number}": "\n".join([*made_up(100 + number, 1), *body]) for number in range(100)
    }
    assert grouped(documents) == {frozenset(documents)}


def test_a_notice_under_every_report_joins_nothing() -> None:
    notice = made_up(4, 2)
    documents = {f"report {n}": "\n".join([*made_up(200 + n, 6), *notice]) for n in range(60)}
    assert grouped(documents) == {frozenset({name}) for name in documents}


def test_reports_without_words_stand_alone_and_short_ones_with_their_equals() -> None:
    documents = {"a": "", "b": "", "c": "…", "d": "Mines.", "e": "Mines.", "f": "the of and"}
    assert grouped(documents) == {
        frozenset("a"), frozenset("b"), frozenset("c"), frozenset("de"), frozenset("f")
    }  # fmt: skip
    assert scale.groups([]).groups == []


def press() -> dict[str, str]:
    """A small press: stories, copies of them, and mergers."""
    documents: dict[str, str] = {}
    for story in range(6):
        body = made_up(story)
        documents[f"{story} first"] = "\n".join(body)
        documents[f"{story} cut"] = "\n".join(body[: 5 + story])
        documents[f"{story} turned"] = "\n".join([*made_up(50 + story, 3), *body[::-1]])
    documents["merged"] = "\n".join([*made_up(0)[:8], *made_up(1)[:8]])
    documents["again"] = documents["2 first"]
    return documents


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(order=st.permutations(sorted(press())), part=st.integers(1, 25))
def test_groups_depend_neither_on_the_order_nor_on_the_parts(order: list[str], part: int) -> None:
    documents = press()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scale, "PART", part)
        assert grouped({name: documents[name] for name in order}) == EXPECTED


EXPECTED = grouped(press())


def test_groups_are_the_same_for_any_number_of_workers_and_from_files(tmp_path: Path) -> None:
    documents = list(press().items())
    files = []
    for number in range(3):
        file = tmp_path / f"documents-{number}.jsonl"
        file.write_text(
            "".join(json.dumps({"id": k, "text": v}) + "\n" for k, v in documents[number::3])
        )
        files.append(file)
    stages = []
    alone = scale.groups(files, progress=lambda stage, done, total: stages.append(stage))
    assert scale.groups(files, workers=2) == scale.groups(files, workers=3) == alone
    assert {frozenset(alone.ids[place] for place in group) for group in alone.groups} == EXPECTED
    assert {"reading reports", "comparing"} <= set(stages)


def test_a_distributed_client_gives_the_same(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    with distributed.Client(
        n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None
    ) as client:
        assert grouped(press(), client=client, folder=tmp_path) == EXPECTED
    assert list(tmp_path.iterdir()) == []  # intermediate arrays are removed


def test_errors_say_where(tmp_path: Path) -> None:
    file = tmp_path / "documents.jsonl"
    file.write_text('{"id": "a", "text": "x"}\n{"id": "b"}\n')
    with pytest.raises(EvidenceError, match=r"documents\.jsonl: line 2 after byte 0"):
        scale.groups([file])
    with pytest.raises(EvidenceError, match="two reports have the id 'a'"):
        scale.groups([("a", "x"), ("a", "y")])


def test_sentences_end_where_a_reader_sees_them_end() -> None:
    text = 'Dr. Arrel spoke in Velma at 5.30. "Mines remain," he said. J. Venning, of the U.S. team'
    cut = units([text, "A headline without stop\n\nThe text under it begins here."])
    assert cut.document.tolist() == [0, 0, 0, 1, 1]


@pytest.mark.parametrize(
    ("one", "other"),
    [("Lloyd", "Loyd"), ("Zelensky", "Zelenskyi"), ("Kyiv", "Kiev"), ("supplied", "supplies")],
)
def test_spellings_of_one_name_meet(one: str, other: str) -> None:
    made = units([one, other])
    assert len(made.stem) == 2
    assert (made.stem[0] == made.stem[1]) == (one != "supplied")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=200), max_size=6))
def test_any_text_can_be_cut_and_no_text_changes_its_neighbours(given_texts: list[str]) -> None:
    together = units(given_texts)
    assert (np.diff(together.document) >= 0).all()
    apart = [units([text]) for text in given_texts]
    assert together.stem.tolist() == [stem for one in apart for stem in one.stem.tolist()]
    assert len(together.document) == sum(len(one.document) for one in apart)


def test_measures_do_not_depend_on_which_report_comes_first() -> None:
    part = likeness.sketch(list(press().values()))
    table = np.zeros(1 << 12, dtype=np.uint16)
    entry, count = likeness.counted(part, 12)
    table[entry] = count
    rarity = likeness.Rarity(table, len(part))
    first, second = np.triu_indices(len(part), 1)
    forth = likeness.measure(part, rarity, first, second).odds()
    back = likeness.measure(part, rarity, second, first).odds()
    assert forth.tolist() == back.tolist()
    assert (forth > 0).sum() >= 18


def test_candidates_leave_out_what_stands_in_very_many_reports() -> None:
    many = likeness.sketch(["\n".join([*made_up(n, 3), *made_up(999, 3)]) for n in range(300)])
    table = np.zeros(1 << 14, dtype=np.uint16)
    entry, count = likeness.counted(many, 14)
    table[entry] = count
    posted = likeness.postings(many, likeness.Rarity(table, 300), np.arange(300))
    entries = np.bincount((posted & np.uint64(0xFFFFFFFF)).astype(np.int64), minlength=300)
    pairs, often = likeness.counted_meetings(likeness.meetings(posted))
    found = len(likeness.candidates(pairs, often.astype(np.int64), entries))
    assert found < 0.02 * 300 * 299 / 2  # what is left shares words by chance


def test_a_chain_of_resemblances_is_no_group() -> None:
    first, second = np.arange(9), np.arange(1, 10)
    found = grouping.groups(first, second, np.full(9, 2_000), range(10))
    assert max(map(len, found)) <= 3
    assert {report for group in found for report in group} == set(range(10))


def test_representatives_do_not_depend_on_the_order() -> None:
    body = made_up(5)
    reports = ["\n".join([*made_up(300 + n, 1), *body]) for n in range(20)] + [
        "\n".join(made_up(400 + n)) for n in range(5)
    ]
    leads = []
    for order in (list(range(25)), list(range(25))[::-1]):
        part = likeness.sketch([reports[place] for place in order])
        lead = prints.representatives(part.key, *prints.sentences(part))
        leads.append({order[place]: order[to] for place, to in enumerate(lead.tolist())})
    assert leads[0] == leads[1]
    assert len({leads[0][place] for place in range(20)}) == 1
    assert [leads[0][place] for place in range(20, 25)] == list(range(20, 25))


@pytest.mark.shared
def test_three_real_reports_are_one_text_and_two_stand_apart(shared: Path) -> None:
    files = sorted((shared / "data" / "reports").glob("*.txt"))
    found = grouped({file.name[:3]: file.read_text(errors="replace") for file in files})
    joined = {name for group in found if "001" in group for name in group}
    assert joined == {"001", "002", "003"}
    assert {frozenset({"000"}), frozenset({"004"})} < found
