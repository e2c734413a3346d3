"""Figures of publishers over time: revised, relayed, and held against each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from landrelease.evidence.errors import EvidenceError
from landrelease.evidence.series import Figure, disagreements, read, series

HEAD = "claim_id,indicator,period_year,value,unit,qualifier,publisher,source_title\n"
TABLE = HEAD + (
    "1,injured_global,2011,805,people,at least,Heron-Watch,Heron Review 2012\n"
    "2,injured_global,2011,937,people,,Heron-Watch,Heron Review 2013\n"
    "3,injured_global,2011,937,people,,Coast Daily (relaying Heron Review 2013),A coast counted\n"
    "4,cleared_states_parties,2014,19.3,km2,,Heron-Watch,Heron Review 2015\n"
    "5,cleared_global,2014,17,km2,nearly,Tern Report (via a site),Tern 2015\n"
    "6,cleared_global,2014,30,km2,more than,Gull Institute,Gull 2015\n"
    "7,injured_NOR,2011,4,people,,Tern Report,Tern 2012\n"
    "8,injured_global,2011,900,people,about,Tern Report,Tern 2012\n"
    "9,injured_global,2011,936,people,mindestens,Gull Institute,Gull 2015\n"
)


@pytest.fixture
def figures(tmp_path: Path) -> list[Figure]:
    path = tmp_path / "figures.csv"
    path.write_text(TABLE, encoding="utf-8")
    return read(path)


def test_revision_is_kept_as_a_series_and_a_relay_is_no_new_voice(figures: list[Figure]) -> None:
    (own,) = [
        s for s in series(figures) if (s.indicator, s.publisher) == ("injured", "Heron-Watch")
    ]
    assert own.values == (805, 937)
    assert own.revised
    assert own.latest.key == "2"
    assert [(f.key, f.published, f.relayed_by) for f in own.figures] == [
        ("1", "2012", ""), ("2", "2013", ""), ("3", "2013", "Coast Daily")
    ]  # fmt: skip
    assert own.to_json()["values"] == [805, 937]


def test_publishers_are_compared_with_their_latest_bounds(figures: list[Figure]) -> None:
    found = {
        (d.one.indicator, frozenset((d.one.publisher, d.other.publisher))): d.verdict
        for d in disagreements(series(figures))
    }
    assert found == {
        ("cleared", frozenset(("Tern Report", "Gull Institute"))): "contradicts",
        ("cleared", frozenset(("Heron-Watch", "Tern Report"))): "other_scope",
        ("cleared", frozenset(("Heron-Watch", "Gull Institute"))): "other_scope",
        ("injured", frozenset(("Heron-Watch", "Tern Report"))): "agrees",
        ("injured", frozenset(("Heron-Watch", "Gull Institute"))): "agrees",
        ("injured", frozenset(("Tern Report", "Gull Institute"))): "agrees",
    }


def test_what_is_not_a_number_is_named_with_its_row(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(HEAD + "1,injured,2011,many,people,,Tern,Tern 2012\n", encoding="utf-8")
    with pytest.raises(EvidenceError, match="row 2: 'many' in 'value' is not a number"):
        read(path)
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(EvidenceError, match="no column indicator"):
        read(path)


@pytest.mark.shared
def test_real_figures(shared: Path) -> None:
    found = series(read(shared / "data" / "monitor_claims" / "claims.csv"))
    (casualties,) = [s for s in found if s.revised]
    assert (casualties.scope, casualties.period) == ("global", "2016")
    assert casualties.values == (8605, 9437)
    cleared = [
        d
        for d in disagreements(found)
        if d.one.indicator == "apm_land_cleared" and d.one.period == "2022"
    ]
    assert [(d.verdict, {d.one.value, d.other.value}) for d in cleared] == [
        ("other_scope", {219.31, 189})
    ]
