"""Workbooks for editing go out and come back: the same three ways, without places."""

from __future__ import annotations

import openpyxl
import pytest
from registering import ANNA, CLERK, hazards
from test_returned import ROWS, back, conflicts, counted, export, hazard, rules

from landrelease.exchange import ExchangeError
from landrelease.register import decisions
from landrelease.register.models import Hazard


@pytest.fixture
def out(workspace, tmp_path):
    """A register with hazards, and the workbook that went out for editing."""
    hazards(tmp_path, *ROWS)
    return export(tmp_path / "edited.xlsx")


def edit(path, source_id, **changes):
    """Change cells of a record as a person does, and save the workbook anew."""
    book = openpyxl.load_workbook(path)
    page = book["hazards"]
    at = {cell.value: cell.column for cell in page[1]}
    (row,) = [
        cells[0].row for cells in page.iter_rows(min_row=2)
        if cells[at["source_id"] - 1].value == source_id
    ]  # fmt: skip
    for name, value in changes.items():
        page.cell(row, at[name]).value = value
    book.save(path)


def test_the_workbook_helps_to_fill_it_in(out):
    book = openpyxl.load_workbook(out)
    page = book["hazards"]
    at = {cell.value: cell.column_letter for cell in page[1]}
    assert book.active is page
    assert "geometry" not in at
    hidden = {
        page.cell(1, number).value
        for dimension in page.column_dimensions.values()
        if dimension.hidden
        for number in range(dimension.min, dimension.max + 1)
    }
    assert hidden == {"record_uid", "record_version", "record_base"}
    assert book["landrelease_export"].sheet_state == "hidden"
    listed = {
        str(rule.sqref).split(":")[0]: rule.formula1
        for rule in page.data_validations.dataValidation
        if rule.type == "list"
    }
    column = listed[at["type"] + "2"].split("$")[1]
    choices = [cell.value for cell in book["lists (landrelease)"][column]]
    assert choices[0] == "type"
    assert set(choices[1:3]) == {"CHA", "SHA"}
    told = {str(rule.sqref): rule.prompt for rule in page.data_validations.dataValidation}
    assert "Suspected hazardous area" in told[at["type"] + "1"]


def test_a_workbook_that_nobody_changed_changes_nothing(out):
    assert counted(back(out, accept=True)) == {"unchanged": 5}
    openpyxl.load_workbook(out).save(out)
    outcome = back(out, accept=True)
    assert counted(outcome) == {"unchanged": 5}
    assert rules(outcome) == {}


def test_what_only_the_workbook_changed_is_proposed_and_places_stay(out):
    before = hazard("H1").geometry.wkb
    edit(out, "H1", remarks="seen in May", beneficiaries=40)
    outcome = back(out)
    (change,) = outcome.changes
    assert change.fields == {"remarks": ("first", "seen in May"), "beneficiaries": (None, 40)}
    decisions.accept_submission(outcome.receipt, CLERK)
    record = hazard("H1")
    assert (record.remarks, record.beneficiaries) == ("seen in May", 40)
    assert record.geometry.wkb == before
    assert record.geometry_state == "valid"


def test_what_both_changed_is_a_conflict(out, tmp_path):
    edit(out, "H2", name="South of the road", remarks="told by the village")
    (shape, fields) = ROWS[1]
    hazards(tmp_path, (shape, {**fields, "name": "South of the river"}), name="again.geojson")
    outcome = back(out)
    ref = hazard("H2").ref
    assert conflicts(outcome) == {
        (ref, "name"): ("'South'", "'South of the road'", "'South of the river'")
    }
    decisions.accept_submission(outcome.receipt, ANNA)
    record = hazard("H2")
    assert (record.name, record.remarks) == ("South of the river", "told by the village")


def test_a_row_that_is_no_longer_there_closes_nothing(out):
    book = openpyxl.load_workbook(out)
    book["hazards"].delete_rows(2)
    book.save(out)
    outcome = back(out, accept=True)
    assert rules(outcome) == {"missing_from_file": 1}
    assert Hazard.objects.count() == 5


def test_a_lower_type_is_held(out):
    edit(out, "H2", type="SHA")
    outcome = back(out, accept=True)
    assert counted(outcome) == {"held_for_second_person": 1, "unchanged": 4}
    assert hazard("H2").type == "CHA"


def test_a_workbook_without_marks_is_no_edited_file(out):
    book = openpyxl.load_workbook(out)
    page = book["hazards"]
    at = {cell.value: cell.column for cell in page[1]}
    page.delete_cols(at["record_base"])
    book.save(out)
    with pytest.raises(ExchangeError, match="--for-editing"):
        back(out)
