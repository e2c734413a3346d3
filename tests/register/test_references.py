"""Short references are taken apart in one place, and what is none is nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registering import HAZARD, hazards, square

from landrelease.register import references
from landrelease.register.errors import DecisionRefused
from landrelease.register.models import RECORDS, Hazard
from landrelease.register.schema import RECORD_TYPES

PREFIXES = sorted(one.prefix for one in RECORD_TYPES.values())


def test_no_two_record_types_share_a_prefix() -> None:
    assert len(set(PREFIXES)) == len(RECORDS)


@given(st.sampled_from(PREFIXES), st.integers(0, 10**18 - 1))
def test_a_reference_gives_back_its_number(prefix: str, number: int) -> None:
    assert references.numbered(prefix, f"{prefix}-{number}") == number


@given(st.sampled_from(PREFIXES), st.sampled_from(PREFIXES), st.text(max_size=30))
def test_what_is_no_reference_of_its_kind_has_no_number(prefix: str, other: str, text: str) -> None:
    found = references.numbered(prefix, f"{other}-{text}")
    assert found is None or (other == prefix and text.strip().isdecimal())


@pytest.mark.parametrize(
    "ref", ["HA-", "HA-0", "HA--1", "HA-1.0", "HA-1e3", "ha-1", "AC-1", "1", "", "HA-" + "9" * 30]
)
def test_what_names_no_record_is_refused_in_one_wording(workspace, tmp_path, ref: str) -> None:
    hazards(tmp_path, (square(), HAZARD))
    assert references.among(Hazard.objects.all(), ref) is None
    assert references.find(ref, ["hazard"]) is None
    with pytest.raises(DecisionRefused) as refused:
        references.by_ref(ref, "hazard")
    assert str(refused.value) == (
        f"no hazardous area is called {ref!r} (references look like HA-12)"
    )


def test_a_record_is_found_by_its_reference_and_among_those_seen_alone(workspace, tmp_path) -> None:
    hazards(tmp_path, (square(), HAZARD))
    hazard = Hazard.objects.get()
    assert references.by_ref(f" {hazard.ref} ", "activity", "hazard").uid == hazard.uid
    assert references.find(hazard.ref).uid == hazard.uid
    assert references.among(Hazard.objects.all(), hazard.ref) == hazard
    assert references.among(Hazard.objects.none(), hazard.ref) is None
    assert references.resolve("hazard", "other", [hazard.ref]) == {hazard.ref: hazard.uid}


def test_several_types_are_all_named_where_nothing_is_called_so(workspace) -> None:
    with pytest.raises(DecisionRefused) as refused:
        references.by_ref("EV-7", "evidence", "document")
    assert str(refused.value) == (
        "no evidence item or source document is called 'EV-7' (references look like EV-12, DOC-12)"
    )
