"""Opening, causes, closing: each from lines of its own, and nothing left over."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from landrelease import land
from landrelease.land import LedgerError
from landrelease.land.balance import balance
from landrelease.land.divide import divide
from landrelease.land.events import Events
from landrelease.land.ledger import LINE_KINDS, post
from landrelease.land.statement import (
    BOUNDARY_REFORM,
    COLUMNS,
    MEMO_NOTES,
    TERM_NOTES,
    TERMS,
    LineShares,
    statement,
)

from .oracle import day
from .programmes import grid_programmes, nasty_programmes
from .test_ledger import hazard, historic, release, square
from .test_ledger_properties import thorough


def changes(row) -> dict[str, int]:
    """Terms that changed open land, and nothing else."""
    return {term: row.terms[term]["open"] for term in TERMS if row.terms[term]["open"]}


def stated(*records, year=2021, **how):
    lines = post(Events.from_records(records)).lines
    made = statement(lines, f"{year}-01-01", f"{year}-12-31", **how)
    assert made.residual == 0
    return made


def test_a_year_with_one_of_everything():
    made = stated(
        hazard(polygon=square(0, 10)),
        hazard("HA-2", square(20, 30), "2021-02-01"),
        hazard(polygon=square(0, 12), on="2021-03-01", version=2),
        release(polygon=square(0, 3), on="2021-06-01"),
        release("AC-2", square(3, 5), "2021-07-01", result="reduced"),
        release("AC-3", square(5, 6), "2021-08-01", result="cancelled"),
        hazard(polygon=square(2, 11), on="2021-09-01", version=3),
        historic(polygon=square(40, 41), on="2021-10-01"),
        historic("HR-2", square(50, 52)),
        release("AC-4", square(6, 8), "2022-01-01"),
    )
    row = made.total
    assert row.opening["open"] == 1000
    assert changes(row) == {
        "newly_identified": 1000,
        "extended": 200,
        "cleared": -300,
        "reduced": -200,
        "cancelled": -100,
        "reopened": 400,  # 2 to 6, released since June
        "corrected": -100,  # 11 to 12; what was released at 0 to 2 stays released
    }
    assert row.closing["open"] == 1900
    assert row.opening["cleared"] == 200  # HR-2: its date is unknown, it is no flow
    assert row.terms["historic"]["cleared"] == 100
    assert row.terms["reopened"]["reduced"] == -200
    assert row.closing["cleared"] == 200 + 100 + 200


def test_reclassification_moves_within_open_land_only():
    made = stated(
        hazard(polygon=square(0, 10), type="SHA"),
        hazard(polygon=square(0, 10), on="2021-03-01", version=2, type="CHA"),
    )
    assert changes(made.total) == {}
    assert made.total.terms["reclassified"]["confirmed"] == 1000
    assert made.total.terms["reclassified"]["suspected"] == -1000


def test_on_shared_ground_the_change_of_status_is_overlap_not_a_report():
    records = [
        hazard(polygon=square(0, 10)),
        hazard("HA-2", square(5, 15), "2021-02-01", type="CHA"),
        release("AC-2", square(5, 15), "2021-06-01", hazard="HA-2", result="reduced"),
    ]
    made = stated(*records[:2], year=2021)
    assert made.total.terms["overlap"]["confirmed"] == 500
    assert made.total.terms["overlap"]["suspected"] == -500
    assert made.total.terms["overlap"]["open"] == 0
    assert changes(made.total) == {"newly_identified": 500}
    assert made.total.memos == {"worked_again": 0, "recorded_again": 500}
    made = stated(*records, year=2021)
    assert changes(made.total) == {"newly_identified": 500, "reduced": -500}
    assert made.total.terms["overlap"]["suspected"] == 0  # there and back
    assert made.total.memos["worked_again"] == 500


def test_ground_is_released_when_the_last_claim_falls_under_that_decision():
    records = [
        hazard(polygon=square(0, 10)),
        hazard("HA-2", square(0, 10)),
        release(polygon=square(0, 10), on="2021-06-01"),
        release("AC-2", square(0, 10), "2022-06-01", hazard="HA-2", result="reduced"),
    ]
    first, second = stated(*records), stated(*records, year=2022)
    assert changes(first.total) == {}
    assert first.total.memos["worked_again"] == 1000
    assert changes(second.total) == {"reduced": -1000}
    assert second.total.closing["cleared"] == 0


def test_rows_of_claims_join_the_ground_through_the_overlap_row():
    records = [
        hazard(polygon=square(0, 10), on="2021-01-05"),
        hazard("HA-2", square(5, 15), "2021-02-01"),
    ]
    lines = post(Events.from_records(records)).lines
    made = statement(lines, "2021-01-01", "2021-12-31", keys=lines.hazard)
    assert [(row.key, row.closing["open"]) for row in made.rows] == [("HA-1", 1000), ("HA-2", 1000)]
    assert made.overlap.closing["open"] == -500
    assert made.total.closing["open"] == 1500
    assert made.residual == 0
    by_operator = statement(lines, keys={"HA-1": "A", "HA-2": "B"}, count="ground")
    assert [(row.key, row.closing["open"]) for row in by_operator.rows] == [("A", 1000), ("B", 500)]
    assert by_operator.residual == 0


def test_evidence_on_an_undated_historic_release_is_neither_new_nor_reopened():
    made = stated(historic(polygon=square(0, 10)), hazard(polygon=square(5, 15), on="2021-03-01"))
    assert changes(made.total) == {"historic": 500, "newly_identified": 500}
    assert made.total.terms["historic"]["cleared"] == -500


def test_a_boundary_reform_is_a_row_of_its_own_and_moves_no_ground():
    records = [
        hazard(polygon=square(0, 10)),
        release(polygon=square(0, 2), on="2021-06-01"),
    ]
    events = Events.from_records(records)
    lines = post(events).lines
    pieces = np.where(shapely.is_missing(lines.piece), events.polygon[lines.event], lines.piece)

    def by(boundary: float) -> LineShares:
        units = np.array([square(-5, boundary), square(boundary, 8)], dtype=object)
        found = divide(pieces, lines.mm2, units)
        names = np.array(["west", "east", "outside"], dtype=object)
        return LineShares(found.piece, names[found.unit], found.mm2)

    made = statement(lines, "2021-01-01", "2021-12-31", shares=by(6), opening_shares=by(4))
    rows = {row.key: row for row in made.rows}
    assert rows["west"].opening["open"] == 400
    assert rows["west"].terms[BOUNDARY_REFORM]["open"] == 200
    assert rows["west"].closing["open"] == 400
    assert rows["east"].terms[BOUNDARY_REFORM]["open"] == -200
    assert rows["outside"].closing["open"] == 200
    assert made.residual == 0
    with pytest.raises(LedgerError, match=r"line 1 \(cleared by AC-1\): 100 mm² of 200"):
        statement(lines, shares=_without(by(6)))


def _without(shares: LineShares) -> LineShares:
    """Lose half of the release."""
    mm2 = shares.mm2.copy()
    mm2[shares.line == 1] //= 2
    return LineShares(shares.line, shares.key, mm2)


def test_books_that_are_wrong_leave_a_residual():
    lines = post(Events.from_records([hazard(polygon=square(0, 10), on="2021-03-01")])).lines
    made = statement(lines, "2021-01-01", "2021-12-31")
    made.total.terms["newly_identified"]["open"] -= 7
    assert made.total.residuals()["open"] == -7
    assert made.total.residual == 7
    assert made.residual == 7


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"scope": "mines"}, "Scope 'mines' is unknown"),
        ({"count": "records"}, "claims or ground"),
        ({"since": "2022-01-01", "until": "2021-01-01"}, "ends before it starts"),
        ({"keys": {}}, "1 hazards have no key, the first is HA-1"),
        ({"keys": np.array([], dtype=object)}, "0 keys for 1 lines"),
    ],
)
def test_what_cannot_be_stated(how, message):
    lines = post(Events.from_records([hazard(polygon=square(0, 10))])).lines
    with pytest.raises(LedgerError, match=message):
        statement(lines, **how)


def test_a_line_of_an_unknown_kind_is_never_left_out():
    lines = post(Events.from_records([hazard(polygon=square(0, 10))])).lines
    lines.kind[0] = "conjured"
    with pytest.raises(LedgerError, match="conjured"):
        statement(lines)


def test_every_kind_of_line_has_a_term_and_every_term_a_note():
    lines = post(Events.from_records([hazard(polygon=square(0, 10))])).lines
    for kind in LINE_KINDS:
        lines.kind[0] = kind
        assert statement(lines).residual == 0
    assert all(TERM_NOTES.values())
    assert all(MEMO_NOTES.values())


def test_sums_outgrow_an_int64():
    huge = shapely.box(0, 0, 2.9e9, 3e9)
    records = [
        hazard(f"HA-{n}", shapely.affinity.translate(huge, n * 3e9), "2021-01-02") for n in range(3)
    ]
    made = stated(*records)
    assert made.total.terms["newly_identified"]["open"] == 3 * 87 * 10**17


# -------------------------------------------------------------------- on any programme

periods = st.tuples(st.integers(-1, 6), st.integers(0, 6)).map(lambda p: (p[0], p[0] + p[1]))


@thorough
@given(nasty_programmes(), periods, st.sampled_from(["any", "ap", "av"]))
def test_a_statement_closes_and_agrees_with_the_balance(records, period, scope):
    lines = post(Events.from_records(records)).lines
    first, last = (np.datetime64(day(number), "D") for number in period)
    for keys in (None, lines.hazard, lines.uid):
        made = statement(lines, first, last, keys=keys, scope=scope)
        assert made.residual == 0
    before = balance(lines, first - 1, keys=lines.hazard, scope=scope)
    after = balance(lines, last, keys=lines.hazard, scope=scope)
    made = statement(lines, first, last, keys=lines.hazard, scope=scope)
    assert made.total.opening == {"open": before.total.open, **before.total.accounts}
    assert made.total.closing == {"open": after.total.open, **after.total.accounts}
    assert made.overlap.closing["open"] == after.overlap.open
    closing = {row.key: row.closing["open"] for row in made.rows}
    assert {row.key: row.open for row in after.rows}.items() <= closing.items()
    ground = statement(lines, first, last, keys=lines.uid, count="ground", scope=scope)
    assert ground.residual == 0
    # A term moves land between accounts, it makes none.
    for row in (made.total, *made.rows):
        for sums in (row.opening, row.closing, *row.terms.values()):
            assert sum(mm2 for column, mm2 in sums.items() if column != "open") == 0


@thorough
@given(grid_programmes(), st.integers(-1, 5), st.integers(0, 3), st.integers(1, 3))
def test_consecutive_periods_chain_and_add_up(programme, start, first_length, second_length):
    lines = post(Events.from_records(event.record() for event in programme)).lines
    edges = [np.datetime64(day(start), "D")]
    edges += [edges[0] + first_length + 1, edges[0] + first_length + 1 + second_length]
    one = statement(lines, edges[0], edges[1] - timedelta(1), keys=lines.hazard)
    two = statement(lines, edges[1], edges[2], keys=lines.hazard)
    both = statement(lines, edges[0], edges[2], keys=lines.hazard)
    for a, b, joined in zip(
        (one.total, one.overlap, *one.rows),
        (two.total, two.overlap, *two.rows),
        (both.total, both.overlap, *both.rows),
        strict=True,
    ):
        assert a.closing == b.opening
        for term in TERMS:
            for column in COLUMNS:
                assert a.terms[term][column] + b.terms[term][column] == joined.terms[term][column]
        for memo in joined.memos:
            assert a.memos[memo] + b.memos[memo] == joined.memos[memo]


@thorough
@given(nasty_programmes(), periods, st.lists(st.integers(0, 40), min_size=2, max_size=4))
def test_rows_by_unit_sum_to_the_total_with_and_without_a_reform(records, period, edges):
    events = Events.from_records(records)
    lines = post(events).lines
    pieces = np.where(shapely.is_missing(lines.piece), events.polygon[lines.event], lines.piece)

    def by(order: list[int]) -> LineShares:
        units = np.array(
            [
                shapely.box(x * 25_000, -1e6, (x + 13) * 25_000, 4e5 + 20_000 * place)
                for place, x in enumerate(order)
            ],
            dtype=object,
        )
        found = divide(pieces, lines.mm2, units)
        return LineShares(found.piece, found.unit.astype(str).astype(object), found.mm2)

    first, last = day(period[0]), day(period[1])
    for old in (None, by(edges[::-1])):
        made = statement(lines, first, last, shares=by(edges), opening_shares=old)
        assert made.residual == 0
        whole = statement(lines, first, last)
        assert made.total == whole.total
        assert sum(row.terms[BOUNDARY_REFORM]["open"] for row in made.rows) == 0


def test_exported():
    assert land.statement is statement
    assert land.LineShares is LineShares
