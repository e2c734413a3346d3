"""Explosive-hazard events: what counts as a report of one, and the score of the harness."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landrelease.evidence import from_text
from landrelease.evidence.events import Event, current, events
from landrelease.evidence.places import Place

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def only(text: str) -> Event:
    (event,) = current(events(text))
    return event


@pytest.mark.parametrize(
    ("text", "kind", "stage"),
    [
        ("Two farmers were killed when a landmine exploded near Velna on Monday.", "mine",
         "occurred"),
        ("A boy stepped on a mine in the village and lost a leg yesterday.", "mine", "occurred"),
        ("A BOMB WENT OFF LAST NIGHT IN FRONT OF THE TOWN HALL.", "device", "occurred"),
        ("Police defused an explosive device left outside the station today.", "device",
         "occurred"),
        ("Villagers found a cluster munition in a field near the school on Friday.", "device",
         "found"),
        ("An explosion destroyed a shop in Velna this morning.", "explosion", "occurred"),
        ("Men tried to blow up the bridge; they were attempting a dynamite attack on it today.",
         "device", "attempted"),
        ("The school in Velna received a bomb threat on Tuesday.", "explosion", "threatened"),
        ("Unidentified men hurled grenades at the office of the daily El Faro.", "device",
         "occurred"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("case", [str, str.upper])
def test_reported_events(text: str, kind: str, stage: str, case: type[str]) -> None:
    event = only(case(text))
    assert (event.kind, event.stage) == (kind, stage)
    assert case(text)[event.start : event.end] == event.text


@pytest.mark.parametrize(
    "text",
    [
        "There were no explosions in the city today.",
        "The minister said a bomb would kill many people if it exploded in the station.",
        "The group threatened to blow up the bridge on Monday.",
        "The two sides will stop the use of mines in the area.",
        "Teams removed all mines planted in the area; they cleared the mines left in Velna.",
        "The country faces a population explosion, the ministry in Velna said today.",
        "A social explosion was near, he said at the meeting.",
        "The crisis exploded today in the capital.",
        "Soldiers seized rifles, ammunition and 20 grenades in a house, killing one man.",
        "The bomb squad visited the school today.",
        "The Ministry of Mines and Energy was left without a budget today.",
        "Shots and explosions were heard in the city overnight.",
        "The miners said a mine near the town was closed and left empty yesterday.",
        "A gas explosion damaged a house in Velna yesterday.",
        "He bought a grenade launcher and left the shop today.",
    ],
)
@pytest.mark.parametrize("case", [str, str.upper])
def test_what_is_no_event(text: str, case: type[str]) -> None:
    assert current(events(case(text))) == []


def test_fire_from_the_air_is_told_apart() -> None:
    (event,) = events("Aircraft bombed the village of Velna this morning.")
    assert event.kind == "air"
    assert current([event]) == []
    # A bare bombing in a report on aircraft is theirs; a device that was left is not.
    text = "Helicopters flew over Velna. The bombing damaged a house today."
    assert [event.kind for event in events(text)] == ["air"]
    assert (
        only("Helicopters flew over Velna. A bomb left in a car exploded today.").kind == "device"
    )


def test_old_events_are_background() -> None:
    wire = "VELNA, 5 DEC 89 (XYZ) -- [TEXT] THE MAYOR SPOKE. "
    assert current(events(wire + "HIS HOUSE WAS DAMAGED BY A BOMB IN AUGUST.")) == []
    assert current(events(wire + "HIS HOUSE WAS DAMAGED BY A BOMB LAST YEAR.")) == []
    assert len(current(events(wire + "HIS HOUSE WAS DAMAGED BY A BOMB ON 3 DECEMBER."))) == 1
    assert len(events(wire + "HIS HOUSE WAS DAMAGED BY A BOMB IN AUGUST.")) == 1
    january = "VELNA, 5 JAN 90 -- HIS HOUSE WAS DAMAGED BY A BOMB IN DECEMBER 1989."
    assert len(current(events(january))) == 1
    several = "A wave of bomb attacks has shaken the region and killed many."
    assert [event.background for event in events(several)] == [True]


def test_talk_needs_the_marks_of_news() -> None:
    said = "They planted bombs among our people. That is who they are."
    assert len(current(events(said))) == 1
    assert current(events("VELNA, 5 DEC 89 -- [SPEECH] [TEXT] " + said)) == []
    fresh = "VELNA, 5 DEC 89 -- [SPEECH] [TEXT] A bomb killed two people here last night."
    assert len(current(events(fresh))) == 1


@pytest.mark.parametrize(
    ("words", "killed", "injured"),
    [
        ("killing two people and wounding at least 10 persons", (2, 2), (10, None)),
        ("killing more than 20 civilians", (21, None), None),
        ("and three soldiers were killed", (3, 3), None),
        ("which left up to 1,200 people injured", None, (None, 1200)),
        ("killing about 30 people", (None, None), None),
        ("but there were no casualties", (0, 0), (0, 0)),
        ("and a house was damaged", None, None),
    ],
)
def test_casualties_are_bounds(
    words: str, killed: tuple[int | None, int | None] | None,
    injured: tuple[int | None, int | None] | None,
) -> None:  # fmt: skip
    text = f"A bomb exploded in Velna on Monday, {words}."
    event = only(text)
    for count, bounds in ((event.killed, killed), (event.injured, injured)):
        assert (None if count is None else (count.lower, count.upper)) == bounds
        if count is not None:
            assert text[count.start : count.end] in words


def test_time_and_places_stand_in_the_sentence() -> None:
    text = "The mayor spoke in Orta. A mine exploded near Velna yesterday, police said."
    far, near = (
        Place(text.index(name), text.index(name) + len(name), name, "name", None, None, None, None,
              None, None, None, 1.0, 0.0)
        for name in ("Orta", "Velna")
    )  # fmt: skip
    (event,) = events(text, places=[far, near])
    assert event.places == (near,)
    assert event.time is not None
    assert text[event.time.start : event.time.end] == event.time.text == "yesterday"
    assert text[slice(*event.sentence)].strip().startswith("A mine exploded")


def test_a_time_is_resolved_only_against_a_known_day() -> None:
    text = "A mine exploded near Velna yesterday, killing two people."
    undated = only(text).time
    assert undated is not None
    assert undated.options == ()
    dated = only("VELNA, 5 DEC 89 -- " + text).time
    assert dated is not None
    assert [option.value for option in dated.options] == ["1989-12-04"]
    full = only("A mine exploded near Velna on 4 December 1989, killing two people.").time
    assert full is not None
    assert [option.value for option in full.options] == ["1989-12-04"]


def test_what_a_report_sets_apart_is_passed_over() -> None:
    text = "The mayor opened a school. A bomb exploded in front of my house yesterday."
    document = replace(from_text(text), boilerplate=((27, len(text), "comment"),))
    assert current(events(document)) == []
    assert len(current(events(document.text))) == 1


_PIECES = st.sampled_from(
    ["bomb", "BOMB", "exploded", "placed", "mines", "killing", "five", "1,000", "people", "no",
     "will", "yesterday", ". ", "; ", "\n", "\n\n", " -- ", "[SPEECH]", "VELNA, 5 DEC 89 -- ",
     "İ", "\u202e", "9" * 30, "in August", "air force", "of", "heard", "LIMA, 31 FEB 00 --"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(_PIECES, max_size=50).map(" ".join)))
def test_any_text_is_read_and_offsets_hold(text: str) -> None:
    for event in events(text):
        assert text[event.start : event.end] == event.text
        assert event.sentence[0] <= event.start < event.end <= event.sentence[1]
        if event.time is not None:
            assert text[event.time.start : event.time.end] == event.time.text
        for count in (event.killed, event.injured):
            assert count is None or event.sentence[0] <= count.start < count.end


@pytest.fixture(scope="module")
def muc() -> ModuleType:
    sys.path.insert(0, str(BENCHMARKS))
    try:
        from evidence_corpora import muc
    finally:
        sys.path.remove(str(BENCHMARKS))
    return muc


def template(name: str, kind: str, instrument: str) -> str:
    return (
        f"0.  MESSAGE: ID                     {name} (X)\n"
        "1.  MESSAGE: TEMPLATE               1\n"
        f"4.  INCIDENT: TYPE                  {kind}\n"
        f"7.  INCIDENT: INSTRUMENT TYPE       {instrument}\n\n"
    )


def test_score_definitions(muc: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "dev-muc3-0001").write_text(
        "DEV-MUC3-0001 (X)\n\n  A BOMB EXPLODED IN VELNA TODAY.\n\n"
        "DEV-MUC3-0002 (X)\n\n  THE BOMB SQUAD ATE LUNCH.\n\n"
        "DEV-MUC3-0003 (X)\n\n  A MINE KILLED TWO MEN NEAR ORTA.\n\n"
        "DEV-MUC3-0004 (X)\n\n  MEN ROBBED A BANK.\n\n"
        "DEV-MUC3-0005 (X)\n\n  NO KEY: A BOMB EXPLODED TODAY IN ORTA.\n"
    )
    (tmp_path / "key-dev").write_text(
        template("DEV-MUC3-0001", "BOMBING", "-")
        + template("DEV-MUC3-0002", "*", "*")
        + template("DEV-MUC3-0003", "ATTACK", 'GUN: "RIFLE"\n        MINE: "MINE"')
        + template("DEV-MUC3-0004", "ROBBERY", 'GUN: "BOMB-SHAPED GUN"')
    )
    every = argparse.Namespace(part="all")
    result = muc.score(tmp_path, every)
    scores = result["scores"]
    assert result["n"] == scores["dev texts"] == 4
    assert scores["dev relevant"] == 2
    assert scores["dev f1"] == 1.0
    assert scores["dev baseline f1"] == pytest.approx(0.8)
    assert scores["dev above baseline"] == pytest.approx(0.2)
    halves = [muc.score(tmp_path, argparse.Namespace(part=part))["n"] for part in ("even", "odd")]
    assert sum(halves) == 4
    assert muc.score(tmp_path / "dev-muc3-0001", every)["scores"]["dev texts"] == 4


@pytest.mark.shared
@pytest.mark.parametrize(("part", "texts"), [("dev", 1300), ("tst1", 100), ("tst2", 100)])
def test_the_bar_on_wire_texts(muc: ModuleType, shared: Path, part: str, texts: int) -> None:
    result = muc.score(shared / "data" / "muc34" / part, argparse.Namespace(part="all"))
    assert result["n"] == texts
    assert result["scores"][f"{part} above baseline"] >= 0.08
