"""Which releases need not wait for others."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from landrelease.land import lanes, overlay
from landrelease.land.events import Events, admit, posting_rank
from landrelease.land.grouping import columns_and_groups, groups
from landrelease.land.workers import spread

BOX = shapely.box(0, 0, 1000, 1000)
NEIGHBOUR = {"kind": "hazard", "uid": "HB", "on": "2020-02-01", "classes": ["ap"]}


def found(releases, *records) -> list[list[str]]:
    """Return the ids of the releases of hazard HA by lane."""
    events = Events.from_records(
        [
            {"kind": "hazard", "uid": "HA", "on": "2020-01-01", "classes": ["ap"], "polygon": BOX},
            *records,
            *(
                {
                    **{"kind": "release", "uid": uid, "hazard": "HA", "on": f"2021-01-0{number}"},
                    **{"result": "cleared", "classes": ["ap"]},
                    **(given if isinstance(given, dict) else {"polygon": shapely.box(*given)}),
                }
                for number, (uid, given) in enumerate(releases.items(), start=1)
            ),
        ]
    )
    admission = admit(events)
    group = groups(events, admission)
    alone, _ = columns_and_groups(events, admission, group)
    there = lanes.find(events, admission, group, alone, posting_rank(events), spread(None))
    assert events.uid[there.hazard].tolist() == ["HA"] * len(there.release)
    by_lane: dict[int, list[str]] = {}
    for row, lane in zip(there.release.tolist(), there.lane.tolist(), strict=True):
        by_lane.setdefault(lane, []).append(events.uid[row])
    return sorted(by_lane.values())


def test_releases_that_do_not_meet_have_lanes_of_their_own():
    assert found({"A": (100, 100, 200, 200), "B": (300, 100, 400, 200)}) == [["A"], ["B"]]


def test_releases_that_meet_share_a_lane_in_the_order_of_posting():
    releases = {"B": (100, 100, 200, 200), "A": (150, 100, 300, 200), "C": (300, 100, 400, 200)}
    assert found(releases) == [["B", "A", "C"]]


def test_releases_that_reach_the_boundary_share_a_lane():
    releases = {
        **{"A": (-50, 100, 50, 200), "B": (300, 300, 400, 400), "C": (900, 900, 1000, 1000)},
        **{"D": (2000, 0, 2100, 100)},
    }
    assert found(releases) == [["A", "C"], ["B"], ["D"]]


@pytest.mark.parametrize(
    ("release", "lane"),
    [
        ((100, 100, 200, 200), [["A"]]),
        ((2000, 0, 2100, 100), [["A"]]),  # wholly outside: moves nothing
        ((-50, 100, 50, 200), []),  # reaches the boundary
        ((400, 400, 600, 600), []),  # meets the neighbour
        ((400, 400, 500, 600), []),  # touches the neighbour
        ({"polygon": shapely.box(100, 100, 200, 200), "extends": True}, []),
    ],
)
def test_in_a_group_only_what_meets_nobody_has_a_lane(release, lane):
    neighbour = {**NEIGHBOUR, "polygon": shapely.box(500, 0, 1500, 1000)}
    assert found({"A": release}, neighbour) == lane


def test_a_release_waits_for_one_that_waits_for_the_cells():
    neighbour = {**NEIGHBOUR, "polygon": shapely.box(500, 0, 1500, 1000)}
    releases = {"A": (300, 100, 600, 200), "B": (200, 150, 310, 300), "C": (100, 700, 200, 800)}
    assert found(releases, neighbour) == [["C"]]


def test_a_hazard_with_a_history_has_no_lanes():
    again = {"kind": "hazard", "uid": "HA", "on": "2020-06-01", "version": 2, "classes": ["ap"]}
    assert found({"A": (100, 100, 200, 200)}, {**again, "polygon": BOX}) == []


def test_a_release_that_does_not_name_all_classes_has_no_lane():
    neighbour = {**NEIGHBOUR, "polygon": shapely.box(500, 0, 1500, 1000)}
    other = {"polygon": shapely.box(100, 100, 200, 200), "classes": ["av"]}
    assert found({"A": other}, neighbour) == []


@given(st.integers(1, 30), st.data())
def test_connected_groups_are_those_of_a_search(size, data):
    node = st.integers(0, size - 1)
    pairs = data.draw(st.lists(st.tuples(node, node), max_size=40))
    ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    label = overlay.components(size, ends[:, 0], ends[:, 1])
    reached: dict[int, set[int]] = {at: {at} for at in range(size)}
    for one, other in pairs:
        joined = reached[one] | reached[other]
        reached.update(dict.fromkeys(joined, joined))
    heads = sorted({min(some) for some in reached.values()})
    assert label.tolist() == [heads.index(min(reached[at])) for at in range(size)]
