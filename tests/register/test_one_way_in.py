"""Submissions: the same file twice, a corrected file, identity, what is missing, what is wrong."""

from __future__ import annotations

import csv
import json

import pytest
import shapely
from registering import (
    ANNA,
    CLERK,
    HAZARD,
    REPORT,
    activities,
    bow_tie,
    geojson,
    hazards,
    operator,
    snapshot,
    square,
    submit,
    table,
    total,
    verified,
)

from landrelease.cli.importing import write_rejects
from landrelease.register import decisions, kept
from landrelease.register.errors import DecisionRefused, SubmissionError
from landrelease.register.history import history
from landrelease.register.models import (
    Accident,
    Activity,
    Hazard,
    JournalEntry,
    ProposedLink,
    Release,
    Submission,
)
from landrelease.register.references import resolve

# --- twice, and corrected ---------------------------------------------------------------------


def test_the_same_file_twice_changes_nothing(workspace, tmp_path):
    rows = [(square(i * 2), {**HAZARD, "source_id": f"H{i}"}) for i in range(5)]
    first = hazards(tmp_path, *rows)
    before = snapshot()
    second = hazards(tmp_path, *rows)
    assert first.counts["new"] == 5
    assert second.counts["unchanged"] == 5
    assert second.counts["new"] == second.counts["changed"] == 0
    assert second.state == "unchanged"
    assert second.entry is None
    assert snapshot() == before
    assert Submission.objects.count() == 2, "what was handed in is kept each time"
    verified()


def test_a_corrected_file_shows_exactly_what_differs(workspace, tmp_path):
    rows = [(square(i * 2), {**HAZARD, "source_id": f"H{i}"}) for i in range(3)]
    hazards(tmp_path, *rows)
    rows[1][1]["priority"] = "high"
    rows[2][1]["name"] = "North field"
    preview = hazards(tmp_path, *rows, dry_run=True)
    assert (preview.counts["changed"], preview.counts["unchanged"]) == (2, 1)
    assert {c.ref: c.fields for c in preview.changes} == {
        "HA-2": {"priority": (None, "high")},
        "HA-3": {"name": (None, "North field")},
    }
    assert Hazard.objects.get(id=2).priority is None, "a dry run changes nothing"

    hazards(tmp_path, *rows)
    changed = Hazard.objects.get(id=2)
    assert (changed.priority, changed.version) == ("high", 2)
    versions = history(changed)
    assert [v.version for v in versions] == [1, 2]
    assert versions[1].changes == {"priority": (None, "high")}
    assert versions[1].actor == "clerk"
    assert versions[0].changes["type"] == (None, "CHA")
    assert versions[0].source == "Survey"
    verified()


def test_a_field_that_the_file_does_not_speak_of_stays(workspace, tmp_path):
    hazards(tmp_path, (square(), {**HAZARD, "name": "North field"}))
    outcome = hazards(tmp_path, (square(), {"source_id": "H1", "priority": "high"}))
    assert outcome.counts["changed"] == 1
    hazard = Hazard.objects.get()
    assert (hazard.name, hazard.type, hazard.priority) == ("North field", "CHA", "high")


def test_a_dry_run_keeps_nothing(workspace, tmp_path):
    outcome = hazards(tmp_path, (square(), HAZARD), dry_run=True)
    assert outcome.counts["new"] == 1
    assert outcome.receipt is None
    assert not Submission.objects.exists()
    assert not JournalEntry.objects.exists()
    assert not any(workspace.attachments.rglob("*"))


def test_what_was_handed_in_is_kept_as_received(workspace, tmp_path):
    path = geojson(tmp_path / "hazards.geojson", [(square(), HAZARD)])
    outcome = submit(path, "hazards")
    submission = Submission.objects.get(receipt=outcome.receipt)
    assert kept.read(submission.kept) == path.read_bytes()
    assert submission.submitter == CLERK.name


def test_a_file_that_cannot_be_read_is_kept_with_its_receipt(workspace, tmp_path):
    path = geojson(tmp_path / "hazards.geojson", [(square(), HAZARD)])
    intact = path.read_bytes()

    def cut(batches):
        yield from batches
        raise ValueError("the file ends in the middle of a row")

    from landrelease.exchange.deliveries import open_delivery
    from landrelease.register import submissions
    from landrelease.register.schema import HAZARD as TYPE

    delivery = open_delivery(path, TYPE, source="Survey")
    delivery.batches = cut(delivery.batches)
    with pytest.raises(SubmissionError, match="is kept, but could not be read") as caught:
        submissions.submit(delivery, actor=CLERK, accept=True)
    submission = Submission.objects.get()
    assert submission.receipt in str(caught.value)
    assert submission.state == Submission.FAILED
    assert "in the middle of a row" in submission.reason
    assert kept.read(submission.kept) == intact
    assert not Hazard.objects.exists()


# --- accept, reject, stale ----------------------------------------------------------------------


def test_a_submission_waits_until_it_is_accepted(workspace, tmp_path):
    outcome = hazards(tmp_path, (square(), HAZARD), accept=False)
    assert outcome.state == Submission.CHECKED
    assert not Hazard.objects.exists()
    decisions.accept_submission(outcome.receipt, ANNA)
    assert Hazard.objects.get().source_id == "H1"
    with pytest.raises(DecisionRefused, match="is accepted"):
        decisions.accept_submission(outcome.receipt, ANNA)
    verified()


def test_a_rejection_needs_a_reason_and_changes_nothing(workspace, tmp_path):
    outcome = hazards(tmp_path, (square(), HAZARD), accept=False)
    with pytest.raises(DecisionRefused, match="reason"):
        decisions.reject_submission(outcome.receipt, ANNA, "  ")
    decisions.reject_submission(outcome.receipt, ANNA, "wrong zone; send again")
    submission = Submission.objects.get()
    assert (submission.state, submission.reason) == ("rejected", "anna: wrong zone; send again")
    with pytest.raises(DecisionRefused, match="is rejected"):
        decisions.accept_submission(outcome.receipt, ANNA)
    assert not Hazard.objects.exists()
    assert kept.read(submission.kept)


def test_a_stale_proposal_is_refused(workspace, tmp_path):
    hazards(tmp_path, (square(), HAZARD))
    waiting = hazards(tmp_path, (square(), {**HAZARD, "priority": "high"}), accept=False)
    hazards(tmp_path, (square(), {**HAZARD, "priority": "low"}))
    with pytest.raises(DecisionRefused, match="has changed since"):
        decisions.accept_submission(waiting.receipt, ANNA)
    assert Hazard.objects.get().priority == "low"


def test_a_proposed_new_record_goes_stale_too(workspace, tmp_path):
    one = hazards(tmp_path, (square(), HAZARD), accept=False)
    other = hazards(tmp_path, (square(), {**HAZARD, "priority": "high"}), accept=False)
    decisions.accept_submission(one.receipt, ANNA)
    with pytest.raises(DecisionRefused, match="has changed since"):
        decisions.accept_submission(other.receipt, ANNA)
    assert Hazard.objects.get().priority is None


def test_accept_never_releases(workspace, tmp_path):
    operator(tmp_path)
    hazards(tmp_path, (square(size=2), HAZARD))
    before = total()
    outcome = activities(tmp_path, (square(), REPORT))
    assert outcome.state == "accepted"
    assert not Release.objects.exists()
    assert total() == before
    assert before["cleared"] == 0 < before["confirmed"]


# --- identity -----------------------------------------------------------------------------------


def test_without_a_key_identity_is_source_layer_geometry_and_occurrence(workspace, tmp_path):
    bare = {"type": "SHA", "date": "2020"}
    first = hazards(tmp_path, (square(0), bare), (square(5), bare), (square(0), bare))
    assert first.counts["new"] == 3, "an identical duplicate is an occurrence of its own"
    assert len(set(Hazard.objects.values_list("uid", flat=True))) == 3

    again = hazards(tmp_path, (square(5), bare), (square(0), bare), (square(0), bare))
    assert again.counts["unchanged"] == 3, "the order of the rows does not matter"
    more = hazards(tmp_path, *[(square(0), bare)] * 3, (square(5), bare))
    assert (more.counts["unchanged"], more.counts["new"]) == (3, 1)

    elsewhere = hazards(tmp_path, (square(0), bare), source="Another survey")
    assert elsewhere.counts["new"] == 1, "the same shape from another source is another record"
    layer = hazards(tmp_path, (square(0), bare), name="second_layer.geojson")
    assert layer.counts["new"] + layer.counts["unchanged"] == 1
    verified()


def test_without_key_and_geometry_the_content_identifies(workspace, tmp_path):
    rows = [(None, {"name": "Old road", "type": "SHA"}), (None, {"name": "Bridge", "type": "SHA"})]
    assert hazards(tmp_path, *rows).counts["new"] == 2
    assert hazards(tmp_path, *rows[::-1]).counts["unchanged"] == 2
    verified()


def test_a_key_identifies_within_its_namespace(workspace, tmp_path):
    hazards(tmp_path, (square(), HAZARD), namespace="imsma")
    moved = hazards(tmp_path, (square(size=2), HAZARD), namespace="imsma")
    assert moved.counts["changed"] == 1, "the same key is the same record wherever it lies"
    other = hazards(tmp_path, (square(9), HAZARD), namespace="operator")
    assert other.counts["new"] == 1
    assert sorted(Hazard.objects.values_list("namespace", "source_id")) == [
        ("imsma", "H1"),
        ("operator", "H1"),
    ]


def test_a_row_missing_from_a_reimport_is_never_closed(workspace, tmp_path):
    rows = [(square(i * 2), {**HAZARD, "source_id": f"H{i}"}) for i in range(3)]
    hazards(tmp_path, *rows)
    before = snapshot()
    outcome = hazards(tmp_path, rows[0])
    assert outcome.counts["missing_from_file"] == 2
    assert "never closed" in outcome.examples["missing_from_file"]
    assert snapshot() == before


# --- geometry -----------------------------------------------------------------------------------


def test_an_invalid_polygon_is_kept_as_of_unknown_size(workspace, tmp_path):
    from landrelease.register import figures

    outcome = hazards(tmp_path, (bow_tie(), {"source_id": "H1"}), (square(9), {"source_id": "H2"}))
    bad = Hazard.objects.get(source_id="H1")
    assert bad.geometry_state == "invalid"
    assert bad.area_mm2 is None
    assert bad.geometry is not None, "it stays on the map as it was drawn"
    assert outcome.measured["before_repair_mm2"] == outcome.measured["after_repair_mm2"]
    found = figures.balance().total
    assert (found.hazards, found.unknown_size) == (2, 1)
    assert found.suspected_mm2 == Hazard.objects.get(source_id="H2").area_mm2
    verified()


def test_an_invalid_polygon_is_repaired_only_when_asked(workspace, tmp_path):
    rows = [(bow_tie(), {"source_id": "H1"}), (square(9), {"source_id": "H2"})]
    outcome = hazards(tmp_path, *rows, repair=True)
    mended, whole = Hazard.objects.get(source_id="H1"), Hazard.objects.get(source_id="H2")
    assert mended.geometry_state == "repaired"
    assert mended.geometry.is_valid
    assert outcome.measured["before_repair_mm2"] == whole.area_mm2
    assert outcome.measured["after_repair_mm2"] == whole.area_mm2 + mended.area_mm2
    original = kept.read(Submission.objects.get().kept)
    assert (
        shapely.from_geojson(json.dumps(json.loads(original)["features"][0]["geometry"]))
        == bow_tie()
    ), "the original stays in the kept file"


def test_an_area_without_polygon_counts_as_declared_or_unknown(workspace, tmp_path):
    from landrelease.register import figures

    hazards(tmp_path, (None, {"source_id": "H1", "declared_m2": 2500}), (None, {"source_id": "H2"}))
    found = figures.balance().total
    assert (found.hazards, int(found.declared_only_m2), found.unknown_size) == (2, 2500, 1)
    assert found.suspected_mm2 == 0
    assert total()["suspected"] == 0


# --- rejects --------------------------------------------------------------------------------------


def test_unusable_rows_are_kept_and_written_out_harmless(workspace, tmp_path):
    formula = '=HYPERLINK("http://example.org","x")'
    rows = [
        {"source_id": "O1", "ordnance_class": "ap", "quantity": 1, "remarks": "fine"},
        {"source_id": "O2", "ordnance_class": "", "quantity": 2, "remarks": formula},
        {"source_id": "O3", "ordnance_class": "", "quantity": -3, "remarks": "+1"},
        {"source_id": "@O4", "ordnance_class": "", "quantity": 4, "remarks": "\t=1"},
    ]
    outcome = submit(table(tmp_path / "found.csv", rows), "ordnance")
    assert (outcome.received, outcome.rejected, outcome.counts["new"]) == (4, 3, 1)
    submission = Submission.objects.get(receipt=outcome.receipt)
    assert json.loads(submission.rejected.order_by("id")[0].cells)["remarks"] == formula
    written = tmp_path / "rejects.csv"
    assert write_rejects(submission, written) == 3
    with written.open(newline="", encoding="utf-8") as handle:
        cells = list(csv.DictReader(handle))
    assert [row["remarks"] for row in cells] == ["'" + formula, "'+1", "'\t=1"]
    assert cells[2]["source_id"] == "'@O4"
    assert all(row["rules"] for row in cells)
    assert not any(
        (value or "").startswith(("=", "+", "@", "\t", "\r"))
        for row in cells
        for value in row.values()
    )


def test_coordinates_off_the_earth_are_rejected_by_rule(workspace, tmp_path):
    off = shapely.box(500_000, 4_800_000, 500_100, 4_800_100)
    outcome = hazards(tmp_path, (off, {"source_id": "H1"}), (square(), {"source_id": "H2"}))
    assert outcome.findings["coordinates_out_of_range"] == {"error": 1}
    assert "coordinate system" in outcome.examples["coordinates_out_of_range"]
    assert outcome.rejected == 1
    assert Hazard.objects.get().source_id == "H2"


# --- references ---------------------------------------------------------------------------------


def test_references_are_resolved_and_never_guessed(workspace, tmp_path):
    hazards(tmp_path, (square(), HAZARD), namespace="survey")
    outcome = activities(
        tmp_path,
        (square(0), {"source_id": "A1", "hazard": "H1"}),
        (square(1), {"source_id": "A2", "hazard": "HA-1"}),
        (square(2), {"source_id": "A3", "hazard": "H99"}),
        (square(3), {"source_id": "A4", "hazard": "h 1"}),
        namespace="operator",
    )
    uid = Hazard.objects.get().uid
    linked = dict(Activity.objects.values_list("source_id", "hazard_uid"))
    assert linked == {"A1": uid, "A2": uid, "A3": None, "A4": None}
    assert Activity.objects.get(source_id="A3").hazard_given == "H99", "kept as given"
    assert outcome.findings["reference_not_found"] == {"warning": 2}

    hazards(tmp_path, (square(9), HAZARD), namespace="another")
    assert resolve("hazard", "operator", ["H1"]) == {}, "an ambiguous key is no link"
    assert resolve("hazard", "survey", ["H1"]) == {"H1": uid}, "its own namespace wins"


def test_an_activity_without_hazard_gets_a_proposal_not_a_link(workspace, tmp_path):
    hazards(tmp_path, (square(size=2), HAZARD))
    outcome = activities(tmp_path, (square(), {"source_id": "A1", "kind": "clearance"}))
    assert outcome.details["proposed_links"] == 1
    activity, link = Activity.objects.get(), ProposedLink.objects.get()
    assert activity.hazard_uid is None
    assert link.hazard_uid == Hazard.objects.get().uid
    assert link.overlap_mm2 == activity.area_mm2


# --- not recorded is not zero -------------------------------------------------------------------


def test_not_recorded_is_not_zero(workspace, tmp_path):
    submit(
        table(
            tmp_path / "accidents.csv",
            [
                {"source_id": "X1", "killed": 0, "injured": 2, "date": "2021"},
                {"source_id": "X2", "killed": "", "injured": "", "date": "2021-03"},
                {"source_id": "X3", "killed": "", "injured": 0, "date": ""},
            ],
        ),
        "accidents",
    )
    got = {a.source_id: (a.killed, a.injured) for a in Accident.objects.all()}
    assert got == {"X1": (0, 2), "X2": (None, None), "X3": (None, 0)}
    lines = [
        json.loads(line)
        for part in JournalEntry.objects.get(kind="accept").parts.all()
        for line in bytes(part.part.body).split(b"\n")
    ]
    states = {line["state"]["source_id"]: line["state"] for line in lines}
    assert states["X1"]["killed"] == 0
    assert "killed" not in states["X2"]
    verified()


def test_dates_are_intervals(workspace, tmp_path):
    given = {"H1": "2021", "H2": "2021-02", "H3": "2021-02-03", "H4": None}
    hazards(
        tmp_path,
        *(
            (square(i * 2), {"source_id": key, **({"date": day} if day else {})})
            for i, (key, day) in enumerate(given.items())
        ),
    )
    got = {
        h.source_id: tuple(d and d.isoformat() for d in (h.date_start, h.date_end))
        for h in Hazard.objects.all()
    }
    assert got == {
        "H1": ("2021-01-01", "2021-12-31"),
        "H2": ("2021-02-01", "2021-02-28"),
        "H3": ("2021-02-03", "2021-02-03"),
        "H4": (None, None),
    }


def test_words_of_any_script_and_length_survive_on_both_databases(workspace, tmp_path):
    odd = "Поље 東 \U0001f33e \x7f\u2028 " + "x" * 500
    rows = [
        (square(), {"source_id": "ИД-1", "name": odd, "\U0001f33e ﬀ column": odd}),
        (square(5), {"source_id": "N" * 150, "name": "b"}),
    ]
    hazards(tmp_path, *rows)
    assert Hazard.objects.count() == 2
    first = Hazard.objects.get(id=1)
    assert (first.source_id, first.name) == ("ИД-1", odd.strip())
    assert json.loads(first.extra)["\U0001f33e ﬀ column"].strip() == odd.strip()
    assert Hazard.objects.get(id=2).source_id == "N" * 150
    assert hazards(tmp_path, *rows).counts["unchanged"] == 2
    verified()


def test_what_no_database_keeps_is_said(workspace, tmp_path):
    outcome = hazards(
        tmp_path,
        (square(), {"source_id": "H1", "remarks": "cut\0here", "odd": "a\0b"}),
        (square(3), {"source_id": "x" * 201}),
    )
    assert outcome.counts["new"] == 1
    assert outcome.rejected == 1
    assert outcome.findings["nul_character"] == {"warning": 2}
    assert outcome.findings["id_too_long"] == {"error": 1}
    record = Hazard.objects.get()
    assert record.remarks == "cut\N{REPLACEMENT CHARACTER}here"
    verified()
