"""Which records only the restricted tier reads, as rows, one by one and as they were (rule 22)."""

from __future__ import annotations

import pytest
from registering import CLERK, HAZARD, hazards, square, table
from registering import submit as hand_in

from landrelease.register import access, document_tier, knowledge, profile, restricted, states
from landrelease.register.models import RECORDS
from landrelease.register.people import Actor
from landrelease.register.roles import Grant, Role

TYPES = ("hazard", "document", "evidence")


def caller(role: Role, organisation: str = "") -> access.Caller:
    return access.Caller(Actor(role, "", authenticated=True), (Grant(role, organisation),))


VIEWER, REVIEWER = caller(Role.viewer), caller(Role.reviewer)
SCOPED = caller(Role.reviewer, "OP1")


@pytest.fixture
def country(workspace, tmp_path, monkeypatch):
    """Three documents and hazards that rest on them, came from the military, or are marked."""
    kept = profile.current()
    own = kept.publication.model_copy(update={"restricted_namespaces": ["military"]})
    changed = kept.model_copy(update={"publication": own})
    monkeypatch.setattr(profile, "current", lambda: changed)
    rows = [{"source_id": f"D{n}", "title": f"Title {n}", "kind": "report"} for n in (1, 2, 3)]
    hand_in(table(tmp_path / "documents.csv", rows), "documents")
    document_tier.mark("DOC-1", "restricted", CLERK)
    at = iter(range(0, 100, 10))
    for source_id, more, namespace in (
        ("H1", {"document": "D1"}, ""), ("H2", {"document": "D2"}, ""), ("H3", {}, "military"),
        ("H4", {"tier": "Restricted "}, ""), ("H5", {"tier": "partner"}, ""),
        ("H6", {"tier": "who knows"}, ""), ("H7", {"organisation": "OP1", "document": "D3"}, ""),
    ):  # fmt: skip
        hazards(
            tmp_path, (square(next(at)), {**HAZARD, "source_id": source_id, **more}),
            name=f"{source_id}.geojson", **({"namespace": namespace} if namespace else {}),
        )  # fmt: skip
    items = [
        {"source_id": "E1", "kind": "interview", "date": "2021-05-01", "document": "D3",
         "restricted": "true", "statement": "x"},
        {"source_id": "E2", "kind": "interview", "date": "2021-05-01", "statement": "y"},
    ]  # fmt: skip
    hand_in(table(tmp_path / "evidence.csv", items), "evidence")
    return workspace


def ids(rows) -> set[str]:
    return set(rows.values_list("source_id", flat=True))


def test_marks_namespaces_and_documents_restrict(country):
    assert ids(restricted.rows("document")) == {"D1", "D3"}, "D3: restricted evidence rests on it"
    assert ids(restricted.rows("hazard")) == {"H1", "H3", "H4", "H6", "H7"}
    assert ids(restricted.rows("evidence")) == {"E1"}


def test_rows_one_record_and_its_state_say_the_same(country):
    for name in TYPES:
        rows = ids(restricted.rows(name))
        for record in RECORDS[name].objects.all():
            is_so = record.source_id in rows
            assert restricted.holds(record) == is_so, record
            seen = access.records(VIEWER, name).filter(pk=record.pk).exists()
            assert seen == bool(access.may(VIEWER, "view", record)), record
            if name != "document":
                assert restricted.held(name, states.of_record(record)) == is_so, record
                then = knowledge.states_at(name, [record.uid], record.changed_seq)[record.uid]
                assert restricted.held(name, then) == is_so, record


def test_the_restricted_tier_reads_them_within_its_scope(country):
    assert ids(access.records(VIEWER, "hazard")) == {"H2", "H5"}
    assert ids(access.records(REVIEWER, "hazard")) == {f"H{n}" for n in range(1, 8)}
    assert ids(access.records(SCOPED, "hazard")) == {"H7"}
    assert ids(access.records(VIEWER, "document")) == {"D2"}


def test_a_mark_counts_from_the_entry_on_that_brings_it(country):
    assert ids(access.records(VIEWER, "hazard")) == {"H2", "H5"}
    document_tier.mark("DOC-2", "restricted", CLERK)
    assert ids(access.records(VIEWER, "hazard")) == {"H5"}
    assert not access.records(VIEWER, "document").exists()


def test_sums_are_given_to_whoever_sees_all_that_they_add_up(country):
    assert access.against_sum(REVIEWER, "this page", *access.LAND) == []
    (why, further) = access.against_sum(VIEWER, "this page", *access.LAND)
    assert "adds up all hazards, activities" in why
    assert "nothing here says that there are none" in further
    assert access.reads_whole(VIEWER, "activity")
    assert not access.reads_whole(VIEWER, "victim"), "victims are above the partner tier"
    assert not access.reads_whole(SCOPED, "activity")
    assert access.against_sum(access.anonymous(), "this page", "activity")
