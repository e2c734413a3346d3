"""Counts of areas close like the land does (rule 10)."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from landrelease.land import LedgerError
from landrelease.land.balance import balance
from landrelease.land.counts import (
    COUNT_MEMO_NOTES,
    COUNT_MEMOS,
    COUNT_NOTES,
    COUNT_TERMS,
    Acts,
    Areas,
    counts,
)
from landrelease.land.divide import divide
from landrelease.land.events import Events
from landrelease.land.ledger import post
from landrelease.land.statement import LineShares

from .oracle import day
from .programmes import nasty_programmes
from .test_ledger import hazard, historic, release, square
from .test_ledger_properties import thorough


def areas_of(events: Events) -> Areas:
    rows: dict[str, list[int]] = {}
    for row in np.flatnonzero(events.kind == "hazard").tolist():
        rows.setdefault(events.uid[row], []).append(row)
    uids = np.array(sorted(rows), dtype=object)
    newest = [max(rows[uid], key=lambda row: events.version[row]) for uid in uids]
    return Areas(
        uid=uids,
        first=np.array([min(events.on[rows[uid]]) for uid in uids], dtype="datetime64[D]"),
        confirmed=events.type[newest] == "CHA",
        classes=events.classes[newest],
    )


def acts_of(*rows: tuple) -> Acts:
    uid, act, on, opens = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Acts(
        np.array(uid, dtype=object),
        np.array(act, dtype=object),
        np.array(on, dtype="datetime64[D]"),
        np.array(opens, dtype=bool),
    )


def counted(*records, acts=(), year=2021, **how):
    events = Events.from_records(records)
    made = counts(
        areas_of(events),
        post(events).lines,
        acts_of(*acts),
        f"{year}-01-01",
        f"{year}-12-31",
        **how,
    )
    assert made.residual == 0
    return made


def told(row) -> dict[str, int]:
    figures = {"opening": row.opening, **row.terms, "closing": row.closing, **row.memos}
    return {name: count for name, count in figures.items() if count}


def test_a_year_of_areas():
    made = counted(
        hazard(polygon=square(0, 10)),
        hazard("HA-2", square(20, 30), on=None),
        hazard("HA-3", square(40, 50), "2021-02-01", type="CHA"),
        hazard("HA-4", square(60, 70)),
        hazard("HA-5", on="2021-05-01", type="CHA"),
        hazard("HA-6", square(80, 90), "2022-01-01"),
        historic(polygon=square(90, 95)),
        release(polygon=square(0, 4)),
        release("AC-2", square(20, 30), hazard="HA-2"),
        hazard("HA-4", shapely.Polygon(), "2021-03-01", version=2),
        hazard("HA-4", square(60, 65), "2021-08-01", version=3),
    )
    assert told(made.total) == {
        "opening": 3,
        "new": 2,
        "reopened": 1,
        "closed": 2,
        "closing": 4,
        "suspected": 2,
        "confirmed": 2,
        "partly_released": 1,
        "without_polygon": 1,
    }


def test_splits_merges_and_voids_have_columns_of_their_own():
    nothing = shapely.Polygon()
    made = counted(
        hazard(polygon=square(0, 10)),
        hazard("HA-2", square(20, 30)),
        hazard("HA-3", square(40, 50)),
        hazard("HA-4", square(60, 70)),
        hazard("HA-9"),
        hazard(polygon=nothing, on="2021-03-01", version=2, cause="split"),
        hazard("HA-1a", square(0, 3), "2021-03-01", cause="split"),
        hazard("HA-1b", square(3, 6), "2021-03-01", cause="split"),
        hazard("HA-1c", square(6, 10), "2021-03-01", cause="split"),
        hazard(
            "HA-2",
            shapely.MultiPolygon([square(20, 30), square(40, 50)]),
            "2021-04-01",
            version=2,
            cause="merged",
        ),
        hazard("HA-3", nothing, "2021-04-01", version=2, cause="merged"),
        hazard("HA-4", nothing, "2021-05-01", version=2, cause="voided"),
        acts=[
            ("HA-1", "split", "2021-03-01", False),
            *((f"HA-1{part}", "split", "2021-03-01", True) for part in "abc"),
            ("HA-3", "merged", "2021-04-01", False),
            ("HA-4", "voided", "2021-05-01", False),
            ("HA-9", "voided", "2021-05-01", False),
        ],
    )
    assert told(made.total) == {
        "opening": 5,
        "split": 2,
        "merged": 1,
        "closed": 2,
        "voided": 2,
        "closing": 4,
        "suspected": 4,
    }


def test_an_area_of_unknown_place_counts_until_somebody_closes_it():
    records = [hazard(polygon=None), release(polygon=square(0, 10))]
    assert told(counted(*records).total) == {
        "opening": 1,
        "closing": 1,
        "suspected": 1,
        "without_polygon": 1,
    }
    closed = counted(*records, acts=[("HA-1", "", "2021-06-01", False)]).total
    assert told(closed) == {"opening": 1, "closed": 1}
    located = counted(*records, hazard(polygon=square(0, 5), on="2021-06-01", version=2)).total
    assert told(located) == {"opening": 1, "closing": 1, "suspected": 1}


def test_a_class_counts_the_areas_that_hold_it():
    records = [
        hazard(polygon=square(0, 10), classes=["ap", "av"]),
        hazard("HA-2", classes=["av"]),
        release(polygon=square(0, 10), on="2021-06-01", classes=["ap"]),
    ]
    assert told(counted(*records, scope="ap").total) == {"opening": 1, "closed": 1}
    assert counted(*records, scope="av").total.closing == 2
    assert counted(*records, scope="cmr").total.opening == 0


def by_unit(records, boundary: float, **how):
    events = Events.from_records(records)
    lines = post(events).lines
    pieces = np.where(shapely.is_missing(lines.piece), events.polygon[lines.event], lines.piece)
    units = np.array([square(-1000, boundary), square(boundary, 1000)], dtype=object)
    found = divide(pieces, lines.mm2, units)
    names = np.array(["west", "east", "outside"], dtype=object)
    shares = LineShares(found.piece, names[found.unit], found.mm2)
    areas = areas_of(events)
    keys = np.full(len(areas.uid), "place not recorded", dtype=object)
    made = counts(areas, lines, None, "2021-01-01", "2021-12-31", keys=keys, shares=shares, **how)
    assert made.residual == 0
    return {row.key: told(row) for row in made.rows}, told(made.total)


def test_by_unit_an_area_counts_wherever_it_has_open_ground():
    rows, total = by_unit(
        [
            hazard(polygon=square(0, 10)),
            hazard("HA-2", square(20, 30), "2021-02-01"),
            hazard("HA-3"),
            hazard("HA-3", square(2, 3), "2021-05-01", version=2),
            hazard("HA-4"),
            release(polygon=square(0, 6), on="2021-06-01"),
        ],
        6,
    )
    assert rows == {
        "west": {"opening": 1, "located": 1, "closed": 1, "closing": 1, "suspected": 1},
        "east": {"opening": 1, "new": 1, "closing": 2, "suspected": 2},
        "place not recorded": {
            "opening": 2,
            "located": -1,
            "closing": 1,
            "suspected": 1,
            "without_polygon": 1,
        },
    }
    assert total == {
        "opening": 3,
        "new": 1,
        "closing": 4,
        "suspected": 4,
        "partly_released": 1,
        "without_polygon": 1,
    }


def test_rows_by_a_key_of_the_area():
    made = counted(
        hazard(polygon=square(0, 10)),
        hazard("HA-2", square(20, 30), "2021-02-01"),
        keys=np.array(["A", "B"], dtype=object),
    )
    assert [(row.key, row.opening, row.closing) for row in made.rows] == [("A", 1, 1), ("B", 0, 1)]


def test_nothing_recorded():
    assert told(counted().total) == {}
    assert all(COUNT_NOTES[term] for term in COUNT_TERMS)
    assert all(COUNT_MEMO_NOTES[memo] for memo in COUNT_MEMOS)


def test_what_cannot_be_counted():
    events = Events.from_records([hazard(polygon=square(0, 10))])
    areas, lines = areas_of(events), post(events).lines
    nobody = Areas(*(column[:0] for column in vars(areas).values()))
    twice = Areas(*(np.repeat(column, 2) for column in vars(areas).values()))
    with pytest.raises(LedgerError, match="HA-1: list every recorded hazard"):
        counts(nobody, lines)
    with pytest.raises(LedgerError, match="more than once"):
        counts(twice, lines)
    with pytest.raises(LedgerError, match="1 acts name an area that is not listed"):
        counts(areas, lines, acts_of(("HA-7", "split", "2021-01-01", True)))
    with pytest.raises(LedgerError, match="'moved'"):
        counts(areas, lines, acts_of(("HA-1", "moved", "2021-01-01", True)))
    with pytest.raises(LedgerError, match="Scope"):
        counts(areas, lines, scope="mines")
    with pytest.raises(LedgerError, match="0 keys for 1 areas"):
        counts(areas, lines, keys=np.array([], dtype=object))
    shares = LineShares(np.array([0]), np.array(["A"], dtype=object), lines.mm2)
    with pytest.raises(LedgerError, match="place is not recorded"):
        counts(areas, lines, shares=shares)


@thorough
@given(
    nasty_programmes(),
    st.integers(-1, 5),
    st.integers(0, 4),
    st.sampled_from(["any", "ap", "not_recorded"]),
)
def test_counts_close_chain_and_agree_with_the_claims(records, start, length, scope):
    events = Events.from_records(records)
    lines, areas = post(events).lines, areas_of(events)
    keys = np.array([f"K{n % 2}" for n in range(len(areas.uid))], dtype=object)
    first = np.datetime64(day(start), "D")
    last = first + length
    made = counts(areas, lines, None, first, last, keys=keys, scope=scope)
    after = counts(areas, lines, None, last + 1, None, keys=keys, scope=scope)
    joined = counts(areas, lines, None, first, None, keys=keys, scope=scope)
    assert made.residual == after.residual == joined.residual == 0
    assert sum(row.closing for row in made.rows) == made.total.closing
    for one, two, both in zip(
        [made.total, *made.rows],
        [after.total, *after.rows],
        [joined.total, *joined.rows],
        strict=True,
    ):
        assert one.closing == two.opening
        assert both.closing == two.closing
        for term in COUNT_TERMS:
            assert one.terms[term] + two.terms[term] == both.terms[term]
    # Every area here has a polygon in each version, so it is open where its claim is.
    placed = balance(lines, last, keys=lines.hazard, scope=scope)
    uids = set(areas.uid.tolist())
    assert made.total.closing - made.total.memos["without_polygon"] == sum(
        row.open > 0 for row in placed.rows if row.key in uids
    )
