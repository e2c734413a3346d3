"""The ledger against the oracle, and the identities that hold on any geometry."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from landrelease.land import accounts
from landrelease.land.balance import balance, drift
from landrelease.land.events import Events
from landrelease.land.ledger import Lines, post

from .oracle import Replay, day
from .programmes import grid_programmes, nasty_programmes

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
