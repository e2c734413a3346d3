"""What each rule does, one small programme at a time. Areas are in mm² of made-up squares."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from landrelease.land.balance import balance, drift
from landrelease.land.events import Events, LedgerError
from landrelease.land.ledger import post
from landrelease.land.measured import measured


def square(x0: float, x1: float, y1: float = 100) -> shapely.Polygon:
    return shapely.box(x0, 0, x1, y1)


def hazard(uid="HA-1", polygon=None, on="2020-01-01", **columns) -> dict:
    columns.setdefault("classes", ["ap"])
    return {"kind": "hazard", "uid": uid, "polygon": polygon, "on": on, **columns}


def release(uid="AC-1", polygon=None, on="2021-01-01", **columns) -> dict:
    columns = {"hazard": "HA-1", "result": "cleared", "classes": ["ap"], **columns}
    return {"kind": "release", "uid": uid, "polygon": polygon, "on": on, **columns}


def historic(uid="HR-1", polygon=None, on=None, **columns) -> dict:
    columns = {"result": "cleared", "classes": ["all"], **columns}
    return {"kind": "historic", "uid": uid, "polygon": polygon, "on": on, **columns}


def moves(posting, scope: str = "any") -> list[tuple]:
    bit = {"any": 1, "ap": 2, "ap_improvised": 4, "av": 8}[scope]
    lines = posting.lines
    return [
        (
            f"{lines.uid[i]} {lines.kind[i]}",
            f"{lines.claim_from[i]}>{lines.claim_to[i]}",
            f"{lines.ground_from[i]}>{lines.ground_to[i]}",
            int(lines.mm2[i]),
        )
        for i in range(len(lines))
        if lines.scopes[i] & bit
    ]


def posted(*records: dict):
    events = Events.from_records(records)
    posting = post(events)
    gap = drift(events, posting.lines)
    assert gap.within_bound
    assert balance(posting.lines, keys=posting.lines.hazard).residual == 0
    return posting


def rules(posting) -> list[tuple]:
    return [(d.rule, d.uid, d.hazard, d.mm2) for d in posting.discrepancies]


def total(posting, **how) -> dict[str, int]:
    accounts = balance(posting.lines, **how).total.accounts
    return {name: mm2 for name, mm2 in accounts.items() if mm2 and name != "outside"}


def test_a_hazard_without_a_type_is_held_as_suspected():
    posting = posted(hazard(polygon=square(0, 10)), hazard("HA-2", square(20, 30), type="CHA"))
    assert moves(posting) == [
        ("HA-1 recorded", "outside>suspected", "outside>suspected", 1000),
        ("HA-2 recorded", "outside>confirmed", "outside>confirmed", 1000),
    ]
    assert posting.lines.piece.tolist() == [None, None]


def test_on_overlapping_ground_the_more_cautious_status_wins():
    posting = posted(
        hazard(polygon=square(0, 10)),
        hazard("HA-2", square(5, 15), "2020-02-01", type="CHA"),
        release(polygon=square(0, 10)),
        release("AC-2", square(5, 15), "2022-01-01", hazard="HA-2", result="reduced"),
    )
    assert moves(posting) == [
        ("HA-1 recorded", "outside>suspected", "outside>suspected", 1000),
        ("HA-2 recorded", "outside>confirmed", "outside>confirmed", 500),
        ("HA-2 recorded", "outside>confirmed", "suspected>confirmed", 500),
        ("AC-1 cleared", "suspected>cleared", "confirmed>confirmed", 500),
        ("AC-1 cleared", "suspected>cleared", "suspected>cleared", 500),
        ("AC-2 reduced", "confirmed>reduced", "confirmed>reduced", 1000),
    ]
    books = balance(posting.lines, keys=posting.lines.hazard)
    assert [row.key for row in books.rows] == ["HA-1", "HA-2"]
    assert books.overlap.accounts["cleared"] == -500
    assert books.overlap.accounts["outside"] == 500
    assert total(posting) == {"cleared": 500, "reduced": 1000}
    assert total(posting, as_of="2021-06-30") == {"cleared": 500, "confirmed": 1000}


def test_a_release_closes_only_the_classes_that_it_names():
    posting = posted(
        hazard(polygon=square(0, 10), classes=["ap", "av"]),
        release(polygon=square(0, 10)),
    )
    assert total(posting) == {"suspected": 1000}
    assert total(posting, scope="ap") == {"cleared": 1000}
    assert total(posting, scope="av") == {"suspected": 1000}
    closed = posted(
        hazard(polygon=square(0, 10), classes=["ap", "av"]),
        release(polygon=square(0, 10)),
        release("AC-2", square(0, 10), "2022-01-01", classes=["all"], result="reduced"),
    )
    assert total(closed) == {"reduced": 1000}
    assert total(closed, scope="ap") == {"cleared": 1000}
    assert rules(closed) == []


def test_a_new_version_extends_corrects_and_reclassifies():
    posting = posted(
        hazard(polygon=square(0, 10)),
        hazard(polygon=square(4, 13), on="2020-06-01", version=2, type="CHA"),
    )
    assert sorted(moves(posting)[1:]) == [
        ("HA-1 corrected", "suspected>corrected", "suspected>corrected", 400),
        ("HA-1 extended", "outside>confirmed", "outside>confirmed", 300),
        ("HA-1 reclassified", "suspected>confirmed", "suspected>confirmed", 600),
    ]
    assert total(posting) == {"confirmed": 900, "corrected": 400}
    pieces = dict(zip(posting.lines.kind, posting.lines.piece, strict=True))
    assert pieces["corrected"].equals(square(0, 4))


def test_evidence_after_a_release_reopens_the_ground():
    posting = posted(
        hazard(polygon=square(0, 10)),
        release(polygon=square(0, 10)),
        hazard("HA-2", square(8, 12), "2022-01-01"),
    )
    assert moves(posting)[2:] == [
        ("HA-2 recorded", "outside>suspected", "outside>suspected", 200),
        ("HA-2 reopened", "outside>suspected", "cleared>suspected", 200),
    ]
    again = posted(
        hazard(polygon=square(0, 10)),
        release(polygon=square(0, 10)),
        hazard(polygon=square(0, 10), on="2021-01-01", version=2),
    )
    assert moves(again)[-1] == (
        "HA-1 reopened",
        "cleared>suspected",
        "cleared>suspected",
        1000,
    )  # on equal dates evidence prevails


def test_a_reopened_claim_that_proves_wrong_does_not_bring_the_release_back():
    posting = posted(
        hazard(polygon=square(0, 10)),
        release(polygon=square(0, 10)),
        hazard(polygon=square(0, 10), on="2022-01-01", version=2),
        hazard(polygon=shapely.Polygon(), on="2023-01-01", version=3),
    )
    assert total(posting) == {"corrected": 1000}


def test_a_correction_uncovers_the_release_of_another_claim_on_the_same_ground():
    posting = posted(
        hazard(polygon=square(0, 10)),
        hazard("HA-2", square(0, 10)),
        release(polygon=square(0, 10)),
        hazard("HA-2", shapely.Polygon(), "2022-01-01", version=2),
    )
    assert total(posting, as_of="2021-12-31") == {"suspected": 1000}
    assert total(posting) == {"cleared": 1000}


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"hazard": ""}, "release_unlinked"),
        ({"hazard": "HA-9"}, "release_hazard_unknown"),
        ({"on": None}, "release_undated"),
        ({"on": "2020-01-01"}, "release_not_after_evidence"),
        ({"result": ""}, "release_without_result"),
        ({"polygon": None}, "release_without_polygon"),
        ({"classes": None}, "release_names_no_class"),
        ({"classes": ["av"]}, "release_class_not_held"),
    ],
)
def test_a_faulty_release_moves_nothing_and_is_shown(changes, rule):
    posting = posted(hazard(polygon=square(0, 10)), {**release(polygon=square(0, 10)), **changes})
    assert total(posting) == {"suspected": 1000}
    (found,) = posting.discrepancies
    assert found.rule == rule
    assert found.uid == "AC-1"
    assert "AC-1" in found.message
    assert found.mm2 == (None if rule == "release_without_polygon" else 1000)


def test_release_outside_or_already_released_moves_nothing_with_its_polygon():
    posting = posted(
        hazard(polygon=square(0, 10)),
        release(polygon=square(0, 6)),
        release("AC-2", square(4, 12), "2022-01-01"),
    )
    assert total(posting) == {"cleared": 1000}
    assert rules(posting) == [
        ("release_outside_hazard", "AC-2", "HA-1", 200),
        ("release_already_released", "AC-2", "HA-1", 200),
    ]
    assert posting.discrepancies[0].polygon.equals(square(10, 12))
    assert posting.discrepancies[1].polygon.equals(square(4, 6))


def test_a_release_does_not_reach_into_a_neighbour():
    posting = posted(
        hazard(polygon=square(0, 10)),
        hazard("HA-2", square(10, 20)),
        release(polygon=square(0, 20)),
    )
    assert total(posting) == {"cleared": 1000, "suspected": 1000}


def test_a_hazard_of_unknown_place_stays_without_area():
    posting = posted(hazard(), release(polygon=square(0, 10)))
    assert len(posting.lines) == 0
    assert rules(posting) == [("release_hazard_without_polygon", "AC-1", "HA-1", 1000)]


def test_a_version_without_polygon_keeps_the_one_before():
    posting = posted(hazard(polygon=square(0, 10)), hazard(on="2020-06-01", version=2, type="CHA"))
    assert total(posting) == {"confirmed": 1000}
    assert posting.lines.piece[1].equals(square(0, 10))


def test_historic_releases_enter_the_opening_and_never_take_open_ground():
    posting = posted(
        hazard(polygon=square(0, 10), on=None),
        historic(polygon=square(5, 15), result=""),
        historic("HR-2", square(12, 20)),
    )
    assert moves(posting) == [
        ("HA-1 recorded", "outside>suspected", "outside>suspected", 1000),
        ("HR-1 historic", "outside>released_not_recorded", "outside>released_not_recorded", 500),
        ("HR-2 historic", "outside>cleared", "outside>cleared", 500),
        ("HR-2 historic", "outside>cleared", "released_not_recorded>released_not_recorded", 300),
    ]
    assert rules(posting) == [("historic_release_on_open_ground", "HR-1", "HA-1", 500)]
    assert posting.discrepancies[0].polygon.equals(square(5, 10))


def test_a_hazard_on_an_undated_historic_release_wins_and_is_shown_not_reopened():
    posting = posted(historic(polygon=square(0, 10)), hazard(polygon=square(5, 15)))
    assert [kind for kind, *_ in moves(posting)] == [
        "HR-1 historic",
        "HA-1 recorded",
        "HA-1 recorded",
    ]
    assert total(posting) == {"cleared": 500, "suspected": 1000}
    assert rules(posting) == [("historic_release_on_open_ground", "HR-1", "HA-1", 500)]


def test_a_hazard_after_a_dated_historic_release_reopens():
    posting = posted(
        historic(polygon=square(0, 10), on="2015-01-01"), hazard(polygon=square(5, 10))
    )
    assert moves(posting)[1] == ("HA-1 reopened", "outside>suspected", "cleared>suspected", 500)


def test_a_version_that_corrects_the_date_replaces_the_mistyped_one():
    posting = posted(
        hazard(polygon=square(0, 10), on="2201-01-01"),
        hazard(polygon=square(0, 8), on="2021-01-01", version=2),
    )
    assert total(posting) == {"suspected": 800}
    assert rules(posting) == [("version_superseded", "HA-1", "HA-1", 1000)]


def test_lines_that_hold_in_several_scopes_are_written_once():
    posting = posted(
        hazard(polygon=square(0, 10), classes=["ap", "av"]), hazard("HA-2", square(5, 15))
    )
    assert posting.lines.scopes.tolist() == [0b1011, 0b0011, 0b0011]


def test_rows_by_key_and_sums_beyond_an_int64():
    huge = shapely.box(0, 0, 3e9, 3e9)
    records = [hazard(f"HA-{n}", shapely.affinity.translate(huge, n * 3e9)) for n in range(3)]
    lines = post(Events.from_records(records)).lines
    books = balance(lines, keys={"HA-0": "north", "HA-1": "north", "HA-2": "south"})
    assert [row.key for row in books.rows] == ["north", "south"]
    assert books.rows[0].accounts["suspected"] == 18 * 10**18  # more than 2**63
    assert books.total.identified == 27 * 10**18
    assert books.residual == 0
    with pytest.raises(LedgerError, match="HA-2"):
        balance(lines, keys={"HA-0": "a", "HA-1": "b"})
    with pytest.raises(LedgerError, match="keys for 3 lines"):
        balance(lines, keys=np.array(["a"], dtype=object))
    with pytest.raises(LedgerError, match="Scope"):
        balance(lines, scope="mines")


def test_books_that_are_wrong_show_drift():
    events = Events.from_records([hazard(polygon=square(0, 10))])
    lines = post(events).lines
    lines.mm2[0] += 7
    gap = drift(events, lines)
    assert gap.suspected == 7
    assert not gap.within_bound


def test_no_events_no_lines():
    posting = post(Events.from_records([]))
    assert len(posting.lines) == 0
    assert balance(posting.lines).total.identified == 0


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([hazard(polygon=square(0, 1)), hazard(polygon=square(0, 2))], "more than once"),
        ([hazard(polygon=shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]))], "Self-intersection"),
        ([hazard(polygon=shapely.Point(0, 0))], "no polygon"),
        ([hazard(type="DHA")], "unknown type"),
        ([release(result="completed")], "unknown result"),
        ([{"kind": "survey", "uid": "x"}], "unknown kind"),
        ([hazard(uid="")], "no id"),
    ],
)
def test_events_that_cannot_be_posted_are_refused(records, message):
    with pytest.raises(LedgerError, match=message):
        post(Events.from_records(records))


def test_unknown_classes_are_refused():
    with pytest.raises(KeyError, match="anti-tank"):
        Events.from_records([hazard(classes=["anti-tank"])])


NOWHERE = shapely.Polygon()


def test_voiding_withdraws_what_is_open_and_keeps_what_was_released():
    posting = posted(
        hazard(polygon=square(0, 10)),
        release(polygon=square(0, 4)),
        hazard(polygon=NOWHERE, on="2022-01-01", version=2, cause="voided"),
    )
    assert moves(posting)[2:] == [
        ("HA-1 voided", "suspected>corrected", "suspected>corrected", 600)
    ]
    assert total(posting) == {"cleared": 400, "corrected": 600}
    with pytest.raises(LedgerError, match="voided and has a polygon"):
        posted(
            hazard(polygon=square(0, 10)),
            hazard(polygon=square(0, 9), on="2022-01-01", version=2, cause="voided"),
        )


def merged(absorbing, **changes) -> list[dict]:
    """HA-2, of which a part is cleared, is merged into HA-1 beside it."""
    day = "2022-01-01"
    return [
        hazard(polygon=square(0, 10)),
        hazard("HA-2", square(10, 20), type="CHA"),
        release(polygon=square(10, 13), hazard="HA-2"),
        {**hazard(polygon=absorbing, on=day, version=2, cause="merged", type="CHA"), **changes},
        hazard("HA-2", NOWHERE, day, version=2, cause="merged"),
    ]


def test_a_merge_moves_claims_and_no_ground():
    posting = posted(*merged(square(0, 20), type="SHA"))
    assert moves(posting)[3:] == [
        ("HA-1 merged", "outside>suspected", "confirmed>confirmed", 700),
        ("HA-2 merged", "confirmed>corrected", "confirmed>suspected", 700),
    ]
    posting = posted(*merged(square(0, 20)))
    assert moves(posting)[3:] == [
        ("HA-1 merged", "outside>confirmed", "confirmed>confirmed", 700),
        ("HA-1 reclassified", "suspected>confirmed", "suspected>confirmed", 1000),
        ("HA-2 merged", "confirmed>corrected", "confirmed>confirmed", 700),
    ]
    assert total(posting) == {"cleared": 300, "confirmed": 1700}  # what was released stays so
    assert rules(posting) == []


def test_what_a_merge_does_not_cover_stays_open_and_is_shown():
    posting = posted(*merged(square(0, 15)))
    assert total(posting) == {"cleared": 300, "confirmed": 1700}
    assert rules(posting) == [("merged_ground_left", "HA-2", "HA-2", 500)]
    books = balance(posting.lines, keys=posting.lines.hazard)
    assert {row.key: row.open for row in books.rows} == {"HA-1": 1200, "HA-2": 500}
    other_day = posted(*merged(square(0, 20), on="2022-02-01"))
    assert sorted(rules(other_day)) == [
        ("merged_beyond", "HA-1", "HA-1", 1000),
        ("merged_ground_left", "HA-2", "HA-2", 700),
    ]
    assert total(other_day) == {"cleared": 300, "confirmed": 1700}


def test_a_merge_opens_nothing_that_was_not_open():
    posting = posted(*merged(square(0, 25)))
    assert total(posting) == {"cleared": 300, "confirmed": 1700}
    assert rules(posting) == [("merged_beyond", "HA-1", "HA-1", 500)]


def test_a_split_hands_on_what_is_open_and_lists_the_rounding():
    day = "2022-01-01"
    parent = shapely.box(0, 0, 20, 5000)
    # One millimetre of 0.5 mm width is left between the children at the top.
    right = shapely.Polygon([(10, 0), (20, 0), (20, 4999), (10, 5000)])
    posting = posted(
        hazard(polygon=parent),
        release(polygon=shapely.box(0, 0, 20, 1000)),
        hazard("HA-1a", shapely.box(0, 0, 10, 5000), day, cause="split"),
        hazard("HA-1b", right, day, cause="split"),
        hazard(polygon=NOWHERE, on=day, version=2, cause="split"),
        release("AC-2", shapely.box(0, 0, 10, 5000), "2023-01-01", hazard="HA-1a"),
    )
    assert [move for move in moves(posting) if move[0].endswith("split")] == [
        ("HA-1a split", "outside>suspected", "suspected>suspected", 40_000),
        ("HA-1b split", "outside>suspected", "suspected>suspected", 39_995),
        ("HA-1 split", "suspected>corrected", "suspected>corrected", 5),
        ("HA-1 split", "suspected>corrected", "suspected>suspected", 79_995),
    ]
    assert total(posting) == {"cleared": 60_000, "suspected": 39_995, "corrected": 5}
    assert rules(posting) == [
        ("split_sliver", "HA-1", "HA-1", 5),
        ("release_outside_hazard", "AC-2", "HA-1a", 10_000),  # released before the split
    ]


def test_a_release_that_extends_its_hazard_identifies_and_releases():
    posting = posted(
        hazard(polygon=square(0, 10)),
        hazard("HA-2", square(12, 20), type="CHA"),
        release(polygon=square(5, 14), classes=["all"], extends=True),
    )
    assert moves(posting)[2:] == [
        ("AC-1 extended", "outside>suspected", "confirmed>confirmed", 200),
        ("AC-1 extended", "outside>suspected", "outside>suspected", 200),
        ("AC-1 cleared", "suspected>cleared", "confirmed>confirmed", 200),
        ("AC-1 cleared", "suspected>cleared", "suspected>cleared", 700),
    ]
    assert total(posting) == {"cleared": 700, "suspected": 500, "confirmed": 800}
    assert total(posting, scope="av") == {}  # only what the hazard was recorded with
    assert rules(posting) == []


def test_ground_that_was_released_before_is_not_extended_again():
    posting = posted(
        hazard(polygon=square(0, 10)),
        release(polygon=square(8, 12), extends=True),
        release("AC-2", square(9, 13), "2022-01-01", extends=True),
    )
    assert [move for move in moves(posting) if move[0] == "AC-2 extended"] == [
        ("AC-2 extended", "outside>suspected", "outside>suspected", 100)
    ]
    assert rules(posting) == [("release_already_released", "AC-2", "HA-1", 300)]
    assert total(posting) == {"suspected": 800, "cleared": 500}


def test_measured_is_by_groups_and_independent_of_the_lines():
    events = Events.from_records(
        [
            hazard(polygon=square(0, 10)),
            hazard("HA-2", square(5, 15), type="CHA"),
            hazard("HA-3", square(30, 40)),
            release(polygon=square(30, 36), hazard="HA-3"),
            historic(polygon=square(60, 70)),
        ]
    )
    found = measured(events)
    of = dict(zip(found.uid.tolist(), found.group.tolist(), strict=True))
    assert of["HA-1"] == of["HA-2"]
    assert len({of["HA-1"], of["HA-3"], of["HR-1"]}) == 3
    assert found.suspected[of["HA-1"]] == pytest.approx(500)
    assert found.confirmed[of["HA-1"]] == pytest.approx(1000)
    assert found.suspected[of["HA-3"]] == pytest.approx(400)
    assert found.identified[of["HA-3"]] == pytest.approx(1000)
    assert (found.suspected[of["HR-1"]], found.identified[of["HR-1"]]) == (0, 1000)
    assert measured(events, "2020-06-01").suspected.sum() == pytest.approx(1500)
    with pytest.raises(LedgerError, match="Scope"):
        measured(events, scope="mines")


def test_a_failing_overlay_leaves_the_ground_open(monkeypatch):
    from landrelease.land import overlay

    def fails(*_, **__):
        raise shapely.errors.GEOSException("TopologyException: side location conflict")

    records = [
        hazard(polygon=square(0, 10)),
        hazard("HA-2", square(5, 15), "2020-02-01"),
        release(polygon=square(0, 9)),
    ]
    events = Events.from_records(records)
    monkeypatch.setattr(overlay.shapely, "difference", fails)
    posting = post(events)
    assert [d.rule for d in posting.discrepancies] == ["overlay_failed"] * 2
    assert total(posting)["suspected"] == 2000  # counted twice rather than not at all
    assert balance(posting.lines).residual == 0
