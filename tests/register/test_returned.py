"""Files for editing go out to GIS programs and come back: three-way, field by field.

The editing is done by GDAL's own command line tools, as a person's program would.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registering import ANNA, BEN, CLERK, hazards, square, submit

from landrelease.exchange import ExchangeError
from landrelease.exchange.deliveries import open_back
from landrelease.exchange.editing import write_for_editing
from landrelease.register import decisions, returned, states, submissions
from landrelease.register.models import Hazard, JournalEntry, Submission
from landrelease.register.schema import RECORD_TYPES

ROWS = (
    (square(), {"source_id": "H1", "name": "North", "type": "SHA", "classes": "ap", "date": "2020",
                "declared_m2": "12.50", "remarks": "first", "organisation": "OP9"}),
    (square(east=3), {"source_id": "H2", "name": "South", "type": "CHA", "classes": "ap|cmr",
                      "date": "2021-05-01", "beneficiaries": 12}),
    (shapely.MultiPolygon([square(east=6), square(east=8)]), {"source_id": "H3", "name": "=1+1"}),
    (None, {"source_id": "H4", "name": "Known by name only", "declared_m2": 400}),
    # Edges over 500 m are divided on the way in; out and back they must be the same.
    (square(north=20, size=30), {"source_id": "H5", "name": "Large"}),
)  # fmt: skip


def quiet(*_):
    pass


@pytest.fixture
def out(workspace, tmp_path):
    """A register with hazards, and the file that went out for editing."""
    hazards(tmp_path, *ROWS)
    return export(tmp_path / "edited.gpkg")


def export(path, kind="hazard", **options):
    write_for_editing(path, RECORD_TYPES[kind], quiet, **options)
    return path


def sql(path, statement, layer="edited"):
    """Change the file with GDAL's own tool."""
    subprocess.run(
        ["ogrinfo", "-q", str(path), "-sql", statement.format(t=layer)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip


def back(path, *, actor=CLERK, accept=False, dry_run=False, repair=False, as_="", **options):
    stated = RECORD_TYPES[as_] if as_ else None
    delivery = open_back(path, stated, **options)
    return submissions.submit(delivery, actor=actor, accept=accept, dry_run=dry_run, repair=repair)


def hazard(source_id):
    return Hazard.objects.get(source_id=source_id)


def counted(outcome):
    return {name: number for name, number in outcome.counts.items() if number}


def conflicts(outcome):
    return {(c["ref"], c["field"]): (c["base"], c["theirs"], c["ours"])
            for c in outcome.details["conflicts"]}  # fmt: skip


def rules(outcome):
    return {rule: sum(found.values()) for rule, found in outcome.findings.items()}


# --- what goes out --------------------------------------------------------------------------------


def test_the_file_is_one_that_old_programs_open(out):
    database = sqlite3.connect(out)
    assert database.execute("pragma user_version").fetchone() == (10200,)
    kinds = dict(
        database.execute("select table_name, geometry_type_name from gpkg_geometry_columns")
    )
    assert kinds == {"edited": "MULTIPOLYGON"}
    (style,) = database.execute("select f_table_name, styleQML, useAsDefault from layer_styles")
    assert style[0] == "edited"
    assert style[2] == 1
    assert 'name="Suspected hazardous area" value="SHA"' in style[1]
    assert '<field name="record_uid" editable="0"' in style[1]
    shown = subprocess.run(["ogrinfo", "-ro", "-al", "-so", str(out)], capture_output=True,
                           text=True, check=True).stdout  # fmt: skip
    assert "Feature Count: 5" in shown
    assert "Warning" not in shown


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32627", "EPSG:3857"])
def test_a_file_that_nobody_changed_changes_nothing(out, tmp_path, crs):
    path = export(tmp_path / "again.gpkg", crs=crs)
    outcome = back(path, accept=True)
    assert counted(outcome) == {"unchanged": 5}
    assert outcome.state == Submission.UNCHANGED
    assert rules(outcome) == {}
    assert outcome.details["conflicts"] == []


def test_nor_does_one_that_gdal_wrote_anew(out, tmp_path):
    """Copied by ogr2ogr the list of what was exported stays behind, as in QField's packages."""
    copy = tmp_path / "copy.gpkg"
    subprocess.run(["ogr2ogr", str(copy), str(out), "edited"], check=True, capture_output=True)
    outcome = back(copy, as_="hazard")
    assert counted(outcome) == {"unchanged": 5}
    assert rules(outcome) == {"no_list_of_what_was_exported": 1}
    with pytest.raises(ExchangeError, match="--as"):
        back(copy)


# --- three ways -----------------------------------------------------------------------------------


def test_what_only_the_file_changed_is_proposed(out):
    sql(out, "UPDATE {t} SET remarks = 'seen in May', beneficiaries = 40 WHERE source_id = 'H1'")
    outcome = back(out, dry_run=True)
    assert counted(outcome) == {"changed": 1, "unchanged": 4}
    assert not Submission.objects.filter(filename="edited.gpkg").exists()
    (change,) = outcome.changes
    assert change.fields == {"remarks": ("first", "seen in May"), "beneficiaries": (None, 40)}
    outcome = back(out)
    assert hazard("H1").remarks == "first", "a proposal is no decision"
    decisions.accept_submission(outcome.receipt, CLERK)
    record = hazard("H1")
    assert (record.remarks, record.beneficiaries, record.version) == ("seen in May", 40, 2)
    assert (record.declared_m2, record.organisation_given) == ("12.50", "OP9"), "word for word"
    assert record.date_end.isoformat() == "2020-12-31"


def test_the_same_file_again_changes_nothing(out):
    sql(out, "UPDATE {t} SET remarks = 'seen in May' WHERE source_id = 'H1'")
    back(out, accept=True)
    entries = JournalEntry.objects.count()
    again = back(out, accept=True)
    assert counted(again) == {"unchanged": 5}
    assert again.details["conflicts"] == []
    assert JournalEntry.objects.count() == entries


def test_what_both_changed_is_a_conflict_with_all_three_values(out, tmp_path):
    hazards(tmp_path, (square(), {**ROWS[0][1], "name": "North, new", "remarks": "ours"}))
    sql(out, "UPDATE {t} SET remarks = 'theirs', priority = 'high' WHERE source_id = 'H1'")
    outcome = back(out, accept=True)
    ref = hazard("H1").ref
    assert conflicts(outcome) == {(ref, "remarks"): ("'first'", "'theirs'", "'ours'")}
    assert outcome.findings["edit_conflict"] == {"error": 1}
    record = hazard("H1")
    assert record.remarks == "ours", "nothing is overwritten"
    assert record.name == "North, new", "what the file did not touch stays as the register has it"
    assert record.priority == "high", "the other field is taken"
    kept = Submission.objects.get(receipt=outcome.receipt).findings.get(rule="edit_conflict")
    assert all(word in kept.message for word in ("'first'", "'theirs'", "'ours'"))
    # Whoever agrees to the same value leaves nothing to decide.
    sql(out, "UPDATE {t} SET remarks = 'ours' WHERE source_id = 'H1'")
    assert back(out).details["conflicts"] == []


def test_a_moved_boundary_is_a_field_of_its_own(out, tmp_path):
    before = states.of_record(hazard("H2"))
    sql(out, "UPDATE {t} SET geom = ST_Buffer(geom, 0.001) WHERE source_id = 'H2'")
    outcome = back(out, accept=True)
    assert counted(outcome) == {"changed": 1, "unchanged": 4}
    after = states.of_record(hazard("H2"))
    assert int(after["area_mm2"]) > int(before["area_mm2"])
    assert {k for k in after if after[k] != before.get(k)} == {"area_mm2", "geometry_hash", "plane"}


def test_two_boundaries_are_a_conflict(out, tmp_path):
    hazards(tmp_path, (square(east=3, size=2), ROWS[1][1]))
    ours = hazard("H2").geometry_hash
    sql(out, "UPDATE {t} SET geom = ST_Buffer(geom, 0.001) WHERE source_id = 'H2'")
    outcome = back(out, accept=True)
    ((_, field), values) = next(iter(conflicts(outcome).items()))
    assert field == "geometry"
    assert len(set(values)) == 3
    assert all(" ha (" in value for value in values)
    assert hazard("H2").geometry_hash == ours


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("geom = ST_Buffer(geom, -0.0002)", "lose ground"),
        ("geom = NULL", "lose ground"),
        ("type = 'SHA'", "no longer be confirmed"),
        ("type = NULL", "no longer be confirmed"),
        ("classes = 'ap'", "taken away"),
        ("date_start = '2023-01-01', date_end = '2023-01-01'", "later"),
        ("date_start = NULL, date_end = NULL", "taken away"),
    ],
)  # fmt: skip
def test_what_lowers_caution_is_held_for_two_people(out, change, reason):
    sql(out, f"UPDATE {{t}} SET {change} WHERE source_id = 'H2'")
    before = states.of_record(hazard("H2"))
    outcome = back(out, accept=True)
    assert counted(outcome) == {"held_for_second_person": 1, "unchanged": 4}
    assert any(reason in told for told in outcome.changes[0].lowers_caution)
    assert states.of_record(hazard("H2")) == before
    decisions.approve_held(outcome.receipt, ANNA)
    assert states.of_record(hazard("H2")) == before
    decisions.approve_held(outcome.receipt, BEN)
    assert states.of_record(hazard("H2")) != before


def test_an_emptied_field_is_an_edit(out):
    sql(out, "UPDATE {t} SET remarks = NULL, declared_m2 = NULL WHERE source_id = 'H1'")
    outcome = back(out, accept=True)
    assert counted(outcome) == {"changed": 1, "unchanged": 4}
    assert (hazard("H1").remarks, hazard("H1").declared_m2) == (None, None)


def test_a_deleted_column_is_not_spoken_of(out):
    sql(out, "ALTER TABLE {t} DROP COLUMN remarks")
    assert counted(back(out)) == {"unchanged": 5}


def test_half_a_date_is_no_column_of_its_own(out):
    """The other end was deleted in QGIS: the date stays, and nothing lands beside the fields."""
    sql(out, "ALTER TABLE {t} DROP COLUMN date_start")
    sql(out, "UPDATE {t} SET date_end = '2026-01-01' WHERE source_id = 'H2'")
    outcome = back(out, accept=True)
    assert counted(outcome) == {"unchanged": 5}
    assert rules(outcome) == {"half_a_date": 1}
    assert hazard("H2").extra is None


def test_a_cell_that_is_no_value_is_said_and_changes_nothing(out):
    sql(out, "UPDATE {t} SET type = 'purple' WHERE source_id = 'H2'")
    outcome = back(out, accept=True)
    assert counted(outcome) == {"unchanged": 5}
    assert rules(outcome) == {"unknown_choice": 1}
    assert hazard("H2").type == "CHA"
    assert hazard("H2").extra is None


# --- rows that are new, gone, or twice there ------------------------------------------------------


def test_a_deleted_row_closes_nothing(out):
    before = {h.uid: h.content for h in Hazard.objects.all()}
    sql(out, "DELETE FROM {t} WHERE source_id IN ('H1', 'H2')")
    outcome = back(out, accept=True)
    assert counted(outcome) == {"unchanged": 3, "missing_from_file": 2}
    assert hazard("H1").ref in outcome.examples["missing_from_file"]
    assert {h.uid: h.content for h in Hazard.objects.all()} == before


def test_a_new_row_is_a_new_record_once(out):
    sql(out, "INSERT INTO {t} (source_id, name, type, geom) SELECT 'H9', 'Found', 'SHA', "
             "ST_Translate(geom, 0, -0.01, 0) FROM {t} WHERE source_id = 'H1'")  # fmt: skip
    outcome = back(out, accept=True, namespace="Survey")
    assert counted(outcome) == {"new": 1, "unchanged": 5}
    new = hazard("H9")
    assert (new.name, new.type, new.geometry_state) == ("Found", "SHA", "valid")
    assert new.geometry.geom_type == "Polygon"
    assert counted(back(out, accept=True, namespace="Survey")) == {"unchanged": 6}
    # Once it is there, a later version of the same row is compared and never overwrites.
    sql(out, "UPDATE {t} SET name = 'Found again' WHERE source_id = 'H9'")
    outcome = back(out, accept=True, namespace="Survey")
    assert conflicts(outcome) == {
        (new.ref, "name"): ("(a new row of the file)", "'Found again'", "'Found'")
    }
    assert hazard("H9").name == "Found"


def test_a_new_row_with_the_id_of_a_record_overwrites_nothing(out):
    before = hazard("H1").content
    sql(out, "INSERT INTO {t} (source_id, name) VALUES ('H1', 'Another')")
    outcome = back(out, accept=True, namespace="Survey")
    assert (hazard("H1").ref, "name") in conflicts(outcome)
    assert hazard("H1").content == before


def test_an_area_cut_in_two_is_not_taken_over(out):
    sql(out, "INSERT INTO {t} (record_uid, record_version, record_base, source_id, name, geom) "
             "SELECT record_uid, record_version, record_base, source_id, name, "
             "ST_Buffer(geom, -0.0002) FROM {t} WHERE source_id = 'H2'")  # fmt: skip
    outcome = back(out, accept=True)
    assert counted(outcome) == {"unchanged": 4}
    assert rules(outcome) == {"record_in_several_rows": 2}
    assert "hazard split" in outcome.examples["record_in_several_rows"]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("record_uid = '00000000000000000000000000000000'", "unknown_record"),
        ("record_version = '7'", "not_as_exported"),
        ("record_version = NULL", "not_as_exported"),
        ("record_base = 'x'", "not_as_exported"),
    ],
)
def test_marks_that_were_tampered_with_are_refused(out, change, rule):
    sql(out, f"UPDATE {{t}} SET {change}, name = 'changed' WHERE source_id = 'H1'")
    outcome = back(out, accept=True)
    assert outcome.findings[rule] == {"error": 1}
    assert hazard("H1").name == "North"


def test_a_file_of_another_register_is_refused_row_by_row(out, tmp_path):
    """Version 1 of a record here is not version 1 of a record there."""
    sql(out, "UPDATE {t} SET record_base = (SELECT record_base FROM {t} WHERE source_id = 'H2'), "
             "name = 'changed' WHERE source_id = 'H1'")  # fmt: skip
    assert rules(back(out)) == {"not_as_exported": 1}


def test_a_file_without_marks_is_no_edited_file(out, tmp_path):
    plain = tmp_path / "plain.gpkg"
    shutil.copy(out, plain)
    sql(plain, "ALTER TABLE {t} DROP COLUMN record_base")
    with pytest.raises(ExchangeError, match="for-editing"):
        back(plain)


@pytest.mark.parametrize("kind", sorted(returned.NOT_EDITED))
def test_persons_documents_and_claims_are_not_edited_in_files(workspace, tmp_path, kind):
    with pytest.raises(ExchangeError, match="not edited in files"):
        export(tmp_path / "a.gpkg", kind)


def test_the_source_imported_again_does_not_undo_the_edit(out, tmp_path):
    sql(out, "UPDATE {t} SET remarks = 'edited' WHERE source_id = 'H1'")
    back(out, accept=True)
    outcome = hazards(tmp_path, *ROWS)
    assert counted(outcome) == {"unchanged": 5}
    assert hazard("H1").remarks == "edited"


def test_a_proposal_is_void_once_the_record_has_moved_on(out, tmp_path):
    sql(out, "UPDATE {t} SET remarks = 'edited' WHERE source_id = 'H1'")
    outcome = back(out)
    hazards(tmp_path, (square(), {**ROWS[0][1], "name": "Renamed"}))
    with pytest.raises(decisions.DecisionRefused, match="changed since"):
        decisions.accept_submission(outcome.receipt, CLERK)
    assert counted(back(out)) == {"changed": 1, "unchanged": 4}


@pytest.mark.shared
def test_a_real_map_out_and_back_is_unchanged(workspace, shared, tmp_path):
    """Also what is invalid, has no outline, or is a point: nothing changes on the way."""
    source = shared / "data" / "bosnia_mines" / "suspect_areas_simplyfied.geojson"
    taken = submit(source, "hazards", source="Map")
    path = export(tmp_path / "map.gpkg", crs="EPSG:32633")
    outcome = back(path, accept=True)
    records = Hazard.objects.count()
    assert taken.counts["new"] == records > 10_000
    assert counted(outcome) == {"unchanged": records}
    assert rules(outcome) == {}


# --- whatever is edited ---------------------------------------------------------------------------

TEXT = st.text(st.sampled_from("ab =+'\"é|\n"), min_size=1, max_size=6).filter(lambda t: t.strip())
EDIT = st.fixed_dictionaries(
    {},
    optional={
        "name": TEXT | st.none(),
        "remarks": TEXT | st.none(),
        "priority": st.sampled_from(["high", "low"]) | st.none(),
        "beneficiaries": st.integers(0, 10**6) | st.none(),
    },
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(theirs=EDIT, ours=EDIT)
def test_every_field_ends_as_the_rule_says(workspace_of_edits, theirs, ours):
    """Not touched: ours. By the file alone: theirs. By both alike: that. Else: a conflict."""
    folder, number = workspace_of_edits, Hazard.objects.count()
    base = {"source_id": f"E{number}", "name": "N", "remarks": "R", "beneficiaries": 5}
    hazards(folder, (square(east=number), base))
    path = export(folder / f"edited{number}.gpkg")
    table = pyogrio.read_dataframe(path, layer=path.stem)
    table = table[table.source_id == base["source_id"]]
    for name, value in theirs.items():
        table[name] = np.array([value] * len(table), dtype=object)
    edited = folder / f"back{number}.gpkg"
    pyogrio.write_dataframe(table, edited, layer="any", driver="GPKG", geometry_type="MultiPolygon")
    now = {**base, **{k: v for k, v in ours.items() if v is not None}}
    hazards(folder, (square(east=number), now))
    outcome = back(edited, as_="hazard", accept=True)
    record = hazard(base["source_id"])
    expected = {}
    for name in ("name", "remarks", "priority", "beneficiaries"):
        was, has = base.get(name), now.get(name)
        wants = theirs.get(name, was)
        both = wants != was and has not in (was, wants)
        expected[name] = has if wants == was or both else wants
        assert ((record.ref, name) in conflicts(outcome)) == both, name
    assert {name: getattr(record, name) for name in expected} == expected


@pytest.fixture
def workspace_of_edits(workspace, tmp_path):
    return tmp_path
