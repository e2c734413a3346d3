"""A workspace of each release opens, migrates, verifies and replays in every later version."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from django.db import connection

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import make  # noqa: E402

from landrelease.register.workspace import open_workspace  # noqa: E402

VERSIONS = sorted(path.parent.name for path in HERE.glob("*/expected.json"))


def test_there_is_a_golden_workspace():
    assert VERSIONS


@pytest.mark.parametrize("version", VERSIONS)
def test_a_golden_workspace_opens_verifies_and_replays(version, tmp_path):
    expected = make.restore(version, tmp_path / "workspace")
    open_workspace(tmp_path / "workspace")
    found = make.measure()
    connection.close()
    assert found["problems"] == []
    for part in expected.keys() - {"problems"}:
        assert _as_then(found[part], expected[part]) == expected[part], part


@pytest.mark.parametrize("version", VERSIONS)
def test_a_golden_workspace_goes_on(version, tmp_path):
    """It takes the next decision, on top of the old chain."""
    from landrelease.exchange.deliveries import open_delivery
    from landrelease.register import people, submissions
    from landrelease.register.schema import record_type
    from landrelease.register.verify import verify

    expected = make.restore(version, tmp_path / "workspace")
    open_workspace(tmp_path / "workspace")
    path = make._write(tmp_path / "hazards.geojson", make.HAZARDS[:1])
    delivery = open_delivery(path, record_type("hazards"), source="Made up")
    clerk = people.Actor("clerk", "Authority", authenticated=True)
    assert submissions.submit(delivery, actor=clerk, accept=True).counts["unchanged"] == 1
    path = make._write(tmp_path / "new.geojson", [(make._square(15, 15), {"source_id": "H9"})])
    delivery = open_delivery(path, record_type("hazards"), source="Made up")
    assert submissions.submit(delivery, actor=clerk, accept=True).counts["new"] == 1
    verdict = verify()
    connection.close()
    assert verdict.well, verdict.problems
    assert verdict.entries > expected["entries"]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_golden_workspace_lived_through_every_kind_of_decision(version):
    text = (HERE / version / "register.sql").read_text(encoding="utf-8")
    for kind in ("workspace", "accept", "accept_held", "release", "historic", "posting"):
        assert f"'{kind}'" in text, kind
    assert "Made-up Person" not in text
    balances = json.loads((HERE / version / "expected.json").read_text())["balances"]
    assert int(balances["total"]["total"]["cleared_mm2"]) > 0


def _as_then(found, expected):
    """What is found, without the columns that came later."""
    if isinstance(found, dict) and isinstance(expected, dict):
        return {name: _as_then(found[name], expected[name]) for name in expected if name in found}
    return found
