"""The attribution score: definitions on a made-up corpus, and the reach on the real one."""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def polnear() -> ModuleType:
    sys.path.insert(0, str(BENCHMARKS))
    try:
        from evidence_corpora import polnear
    finally:
        sys.path.remove(str(BENCHMARKS))
    return polnear


TEXT = "The mayor said the road is mined. Farmers deny it."
GOLD = (
    "T1\tSource 0 9\tThe mayor\nT2\tCue 10 14\tsaid\nT3\tContent 15 33\tthe road is mined.\n"
    "E1\tAttribution:T9 Content:T3 Cue:T2 Source:T1\nT9\tAttribution 10 14\tsaid\n"
    "T4\tCue 42 46\tdeny\nT5\tContent 47 49\tit\nE2\tAttribution-no-source:T4 Content:T5 Cue:T4\n"
)


def corpus(folder: Path, name: str = "one", codes: tuple[str, ...] = ("a",)) -> Path:
    for part in ("text", "attributions"):
        (folder / part).mkdir(exist_ok=True)
    (folder / "text" / f"{name}.txt").write_text(TEXT)
    for code in codes:
        content = GOLD if code == min(codes) else ""
        (folder / "attributions" / f"{name}_{code}.ann").write_text(content)
    return folder


def test_gold_is_read_from_the_first_annotator(tmp_path: Path, polnear: ModuleType) -> None:
    (article,) = polnear.articles(corpus(tmp_path, codes=("b", "a")))
    first, second = article.gold
    assert "".join(TEXT[i] for i in sorted(first.content)) == "theroadismined"
    assert second.source == frozenset()  # nobody named
    assert "".join(TEXT[i] for i in sorted(second.cue)) == "deny"


def test_parts_by_the_hash_of_the_file_name(tmp_path: Path, polnear: ModuleType) -> None:
    for name in ("a", "b", "c", "d"):
        corpus(tmp_path, name)
    names = {part: {a.name for a in polnear.articles(tmp_path, part)} for part in ("even", "odd")}
    assert names["even"] | names["odd"] == {"a.txt", "b.txt", "c.txt", "d.txt"}
    for name in names["even"]:
        assert int(hashlib.sha256(name.encode()).hexdigest(), 16) % 2 == 0
    assert not names["even"] & names["odd"]


def test_score_of_the_package_on_the_made_up_article(tmp_path: Path, polnear: ModuleType) -> None:
    result = polnear.score(corpus(tmp_path), argparse.Namespace(part="all"))
    scores = result["scores"]
    assert result["n"] == 1
    # The second attribution has a source that the gold does not give: cue and content still count.
    assert scores["exact_cue_f1"] == scores["exact_content_f1"] == 1.0
    assert scores["exact_source_precision"] == 0.5
    assert scores["exact_source_recall"] == 1.0


def test_matching_prefers_exact_roles_to_shared_letters(polnear: ModuleType) -> None:
    def one(source: range, cue: range, content: range) -> object:
        return polnear.Attribution(frozenset(source), frozenset(cue), frozenset(content))

    gold = [one(range(3), range(4, 8), range(10, 100))]
    longer = one(range(2), range(4, 7), range(10, 99))  # shares most letters, nothing exact
    exact = one(range(3), range(200, 204), range(300, 310))
    ((_, chosen),) = polnear.match(gold, [longer, exact])
    assert chosen is exact
    tally = polnear.Tally()
    tally.add(gold, [longer, exact])
    assert (tally.exact["source"], tally.exact["cue"], tally.overlap["content"]) == (1, 0, 0)
    assert tally.found == {"source": 2, "cue": 2, "content": 2}


def test_composed_accents_keep_the_offsets_of_the_article(polnear: ModuleType) -> None:
    text = "Jose\u0301 said the road is mined."
    (found,) = polnear.predicted(text)
    assert "".join(text[i] for i in sorted(found.cue)) == "said"


@pytest.mark.shared
def test_reach_on_the_development_articles(shared: Path, polnear: ModuleType) -> None:
    folder = shared / "data" / "polnear" / "dev"
    scores = polnear.score(folder, argparse.Namespace(part="even"))["scores"]
    for role, exact in (("source", 0.70), ("cue", 0.68), ("content", 0.58)):
        assert scores[f"exact_{role}_f1"] >= exact
        assert scores[f"overlap_{role}_f1"] >= 0.74
