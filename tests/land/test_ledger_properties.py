"""The ledger against the oracle, and the identities that hold on any geometry."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from landrelease.land import accounts, columns, lanes, ledger, overlay, workers
from landrelease.land.balance import balance, drift
from landrelease.land.events import Events
from landrelease.land.ledger import Lines, post

from .oracle import Replay, day
from .programmes import grid_programmes, nasty_programmes, worked_programmes

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
# No shrinking: on geometry it takes minutes and seldom gets far.
thorough = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=SLOW,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


def internal(row) -> dict[str, int]:
    return {
        account: row.accounts[account]
        for account in (*accounts.INTERNAL, accounts.CORRECTED)
        if row.accounts[account]
    }


@thorough
@given(grid_programmes())
def test_every_account_equals_the_cell_by_cell_replay(programme):
    posting = post(Events.from_records(event.record() for event in programme))
    lines = posting.lines
    for as_of in (None, -1, 0, 2, 4):
        replay = Replay(programme, as_of)
        for scope in accounts.SCOPES:
            books = balance(
                lines, None if as_of is None else day(as_of), keys=lines.hazard, scope=scope
            )
            expected = {uid: sums for uid, sums in replay.claims(scope).items() if sums}
            claims = {row.key: internal(row) for row in books.rows if internal(row)}
            assert claims == expected, (scope, as_of)
            assert internal(books.total) == replay.ground(scope), (scope, as_of)
            assert books.residual == 0


def comparable(lines: Lines) -> list[tuple]:
    pieces = [None if p is None else shapely.to_wkb(p.normalize()) for p in lines.piece]
    columns = (
        lines.uid,
        lines.kind,
        lines.hazard,
        lines.on.astype(str),
        lines.scopes,
        lines.claim_from,
        lines.claim_to,
        lines.ground_from,
        lines.ground_to,
        lines.mm2,
        lines.exact,
        pieces,
    )
    return list(zip(*(list(column) for column in columns), strict=True))


@thorough
@given(nasty_programmes(), st.randoms(use_true_random=False))
def test_books_close_on_any_geometry_in_any_order(records, random):
    events = Events.from_records(records)
    posting = post(events)
    for scope in ("any", "ap", "av"):
        for as_of in (None, day(2)):
            books = balance(posting.lines, as_of, keys=posting.lines.hazard, scope=scope)
            assert books.residual == 0
            gap = drift(events, posting.lines, as_of, scope)
            assert gap.within_bound, gap
    shuffled = list(records)
    random.shuffle(shuffled)
    again = post(Events.from_records(shuffled))
    assert comparable(again.lines) == comparable(posting.lines)
    shown = [(d.rule, d.uid, d.hazard, d.mm2, d.message) for d in posting.discrepancies]
    assert [(d.rule, d.uid, d.hazard, d.mm2, d.message) for d in again.discrepancies] == shown
    assert not [d for d in posting.discrepancies if d.rule == "overlay_failed"]


@thorough
@given(nasty_programmes())
def test_each_booked_part_is_within_a_square_millimetre_of_its_measure(records):
    lines = post(Events.from_records(records)).lines
    pieces = np.flatnonzero(~shapely.is_missing(lines.piece))
    measured = shapely.area(lines.piece[pieces])
    cells = 50  # cells that one line joins, each within 1 mm²
    assert np.all(np.abs(lines.mm2 - lines.exact) <= cells)
    assert measured == pytest.approx(lines.exact[pieces], abs=1.0)
    assert np.all(lines.mm2 >= 0)


def shown(posting) -> list[tuple]:
    return [
        (d.rule, d.uid, d.hazard, d.mm2, d.message, shapely.to_wkb(shapely.normalize(d.polygon)))
        for d in posting.discrepancies
    ]


def event_by_event(events: Events):
    """Post everything on the cells of its ground, nothing as columns."""
    with pytest.MonkeyPatch.context() as patch:
        nothing = np.empty(0, dtype=np.int64)
        patch.setattr(ledger, "columns_and_groups", lambda _, __, group: (nothing, group >= 0))
        patch.setattr(ledger.lanes, "find", lambda *_: lanes.Lanes(nothing, nothing, nothing))
        return post(events)


@thorough
@given(st.one_of(worked_programmes(), worked_programmes(), nasty_programmes()))
def test_columns_give_what_posting_event_by_event_gives(records):
    events = Events.from_records(records)
    posting, one_by_one = post(events), event_by_event(events)
    # The same vertices; but an area is summed from where a ring starts, which rounds differently.
    exact = one_by_one.lines.exact
    assert posting.lines.exact == pytest.approx(exact, rel=1e-12, abs=1e-6)
    assert comparable(replace(posting.lines, exact=exact)) == comparable(one_by_one.lines)
    assert shown(posting) == shown(one_by_one)
    for scope in ("any", "ap"):
        assert drift(events, posting.lines, day(4), scope).within_bound


@thorough
@given(worked_programmes())
def test_threads_and_shares_change_nothing(records):
    events = Events.from_records(records)
    alone = post(events, workers=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "CHUNK", 1)
        two = post(events, workers=2)
    assert comparable(two.lines) == comparable(alone.lines)
    assert shown(two) == shown(alone)


def test_two_processes_give_what_one_gives(monkeypatch):
    records = []
    for number in range(40):
        here = shapely.box(number * 300, 0, number * 300 + 100, 100)
        beside = shapely.box(number * 300 + 50, 0, number * 300 + 150, 100)
        records += [
            {"kind": "hazard", "uid": f"HA-{number}", "on": "2020-01-01", "polygon": here},
            {"kind": "hazard", "uid": f"HB-{number}", "on": "2020-02-01", "polygon": beside},
            {
                **{"kind": "release", "uid": f"AC-{number}", "hazard": f"HA-{number}"},
                **{"on": "2021-01-01", "result": "cleared", "classes": ["all"]},
                "polygon": beside,
            },
        ]
    events = Events.from_records(records)
    alone = post(events)
    assert len(alone.lines) == 40 * 4
    monkeypatch.setattr(workers, "WORTH_PROCESSES", 10)
    two = post(events, workers=2)
    assert comparable(two.lines) == comparable(alone.lines)
    assert shown(two) == shown(alone)
    assert two.lines.event.tolist() == alone.lines.event.tolist()
    assert [d.event for d in two.discrepancies] == [d.event for d in alone.discrepancies]


def test_hazards_whose_overlay_fails_are_left_to_the_cells(monkeypatch):
    records = []
    for number in range(6):
        x = number * 300
        records.append(
            {
                **{"kind": "hazard", "uid": f"HA-{number}", "on": "2020-01-01"},
                "polygon": shapely.box(x, 0, x + 100, 100),
            }
        )
        records += [
            {
                **{"kind": "release", "uid": f"AC-{number}-{turn}", "hazard": f"HA-{number}"},
                **{"on": f"202{turn}-01-01", "result": "cleared", "classes": ["all"]},
                "polygon": shapely.box(x + 50 + 20 * turn, -10, x + 90 + 20 * turn, 50),
            }
            for turn in (1, 2)
        ]
    events = Events.from_records(records)
    expected = post(events)
    doubted = []

    def doubtful(a, b, *wanted):
        parts = overlay.overlaid(a, b, *wanted)
        doubted.append(len(a))
        parts.sound[::2] = False
        return parts

    known = {**vars(overlay), "overlaid": doubtful}
    monkeypatch.setattr(columns, "overlay", SimpleNamespace(**known))  # not that of the cells
    posting = post(events)
    assert doubted
    assert comparable(posting.lines) == comparable(expected.lines)
    assert shown(posting) == shown(expected)
