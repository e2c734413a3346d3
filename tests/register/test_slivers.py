"""Slivers are listed from the register, and nothing moves for them."""

from __future__ import annotations

import json

import pytest
from registering import (
    HAZARD,
    REPORT,
    activities,
    consent,
    hazards,
    landrelease,
    operator,
    square,
    total,
)

from landrelease.register import slivers


@pytest.fixture
def traced_twice(workspace, tmp_path):
    """Two hazards some decimetres apart, and a release that stops short of an edge."""
    operator(tmp_path)
    hazards(
        tmp_path,
        (square(0, 0, 1), HAZARD),
        (square(1.005, 0, 1), {**HAZARD, "source_id": "H2"}),
        (square(9, 0, 1), {**HAZARD, "source_id": "H3"}),
        (None, {"source_id": "H4"}),
    )
    activities(tmp_path, (square(0.003, -1, 3), REPORT))
    assert consent("AC-1").released == ["AC-1"]
    return workspace


def test_gaps_and_strips_are_listed_and_stay_what_they_are(traced_twice, tmp_path):
    before = total()
    found = slivers.listed()
    assert [(sliver.kind, sliver.hazards) for sliver in found] == [
        ("gap", ("HA-1", "HA-2")),
        ("rest", ("HA-1",)),
    ]
    gap, strip = found
    assert gap.mm2 / 1e6 == pytest.approx(0.005 * 104.6 * 110.7, rel=0.02)
    assert strip.mm2 / 1e6 == pytest.approx(0.003 * 104.6 * 110.7, rel=0.02)
    assert -20 + 0.001 < gap.lon < -20 + 0.001005
    assert total() == before
    assert slivers.listed(width_m=0.2) == []

    out = tmp_path / "slivers.geojson"
    done = landrelease(
        traced_twice.folder, "ledger", "slivers", "--format", "json", "--polygons", out
    )
    assert [row["kind"] for row in json.loads(done.stdout)] == ["gap", "rest"]
    assert len(json.loads(out.read_text())["features"]) == 2
    table = landrelease(traced_twice.folder, "ledger", "slivers").stdout
    assert "1 gaps between hazards, 1 strips beside releases" in table


def test_an_empty_register_has_none(workspace):
    assert slivers.listed() == []
