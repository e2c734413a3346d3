"""Templates: what people fill in comes back without a mapping file."""

from __future__ import annotations

import datetime as dt

import openpyxl
import pytest

from landrelease.exchange import ExchangeError, Mapping, open_source
from landrelease.exchange.tables import DICTIONARY_SHEET, EXAMPLE, LISTS_SHEET
from landrelease.exchange.template import PLACES, columns_of, write_template
from landrelease.register import codes
from landrelease.register.schema import RECORD_TYPES, Field

NATIONAL = [
    Field("land_use", "choice", "Use", choices={"farm": "farm", "wood": "wood"}),
    Field("blast_radius_known", "boolean", "Whether it is known"),
]


def made(tmp_path, kind="hazard", **options):
    path = tmp_path / f"{kind}.xlsx"
    write_template(path, RECORD_TYPES[kind], **options)
    return path


def filled(path, *rows):
    """Fill rows in as a person does: below the example, the sheets left as they are."""
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    names = [cell.value for cell in page[1]]
    for number, row in enumerate(rows, 3):
        for name, value in row.items():
            page.cell(number, names.index(name) + 1, value)
    book.save(path)
    return path


def typed(path, kind="hazard", national=()):
    source = open_source(path)
    mapping = Mapping.guess(kind, source.columns, source.hxl, extra_fields=national)
    (batch,) = mapping.typed(source)
    return source, mapping, batch


@pytest.mark.parametrize("kind", RECORD_TYPES)
@pytest.mark.parametrize("place", PLACES)
def test_every_heading_is_the_field_of_its_name(tmp_path, kind, place):
    record_type = RECORD_TYPES[kind]
    path = made(tmp_path, kind, place=place, national=NATIONAL)
    source = open_source(path)
    mapping = Mapping.guess(kind, source.columns, source.hxl, extra_fields=NATIONAL)
    names = [item.name for item in (*record_type.fields, *NATIONAL)]
    assert mapping.columns == {name: name for name in names}
    assert mapping.problems == []
    if record_type.geometry and place != "none":
        assert mapping.place is not None
        assert mapping.place.kind == place
    else:
        assert mapping.place is None


@pytest.mark.parametrize("kind", RECORD_TYPES)
def test_an_empty_template_holds_no_record_and_says_why(tmp_path, kind):
    source = open_source(made(tmp_path, kind))
    assert source.row_count == 0
    assert list(source.batches()) == []
    (said,) = source.problems
    assert said.rule == "example_row"
    assert EXAMPLE in said.hint


def test_what_was_filled_in_comes_back(tmp_path):
    path = filled(
        made(tmp_path, national=NATIONAL),
        {"source_id": "007", "name": "-", "type": "CHA", "classes": "ap|cmr", "date": "2024",
         "declared_m2": 1250.5, "beneficiaries": 0, "unit": "XX01", "longitude": "17.5",
         "latitude": 44.25, "land_use": "farm", "blast_radius_known": "yes"},
        {"source_id": "008", "type": "Suspected hazardous area", "date": dt.date(2024, 6, 30)},
    )  # fmt: skip
    source, _, batch = typed(path, national=NATIONAL)
    assert (source.row_count, batch.rows.tolist()) == (2, [3, 4])
    fields = {name: values[0] for name, values in batch.fields.items() if values[0] is not None}
    assert fields == {
        "source_id": "007", "name": "-", "type": "CHA", "classes": ["ap", "cmr"],
        "date": {"start": "2024-01-01", "end": "2024-12-31"}, "declared_m2": "1250.5",
        "beneficiaries": 0, "unit": {"given": "XX01"},
    }  # fmt: skip
    assert batch.extra[0] == {"land_use": "farm", "blast_radius_known": True}
    assert batch.geometry[0].coords[0] == (17.5, 44.25)
    assert batch.fields["type"][1] == "SHA"
    assert batch.fields["date"][1] == {"start": "2024-06-30", "end": "2024-06-30"}


def test_corners_of_an_outline_come_back_as_an_area(tmp_path):
    path = filled(
        made(tmp_path, place="vertices"),
        {"source_id": "1", "vertices": "44.1 17.1; 44.1 17.2; 44.2 17.2"},
    )
    _, _, batch = typed(path)
    assert batch.geometry[0].geom_type == "Polygon"
    assert batch.geometry[0].bounds == (17.1, 44.1, 17.2, 44.2)


def test_the_example_saved_as_csv_is_no_record_either(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(f"source_id,name\n{EXAMPLE},…\n1,North\n", encoding="utf-8")
    source = open_source(path)
    assert source.row_count == 1
    (batch,) = source.batches()
    assert batch.columns["name"].tolist() == ["North"]
    assert [p.rule for p in source.problems] == ["example_row"]


def test_an_example_that_was_written_over_is_a_record(tmp_path):
    path = made(tmp_path)
    book = openpyxl.load_workbook(path)
    book.worksheets[0]["A2"] = "H1"
    book.save(path)
    assert open_source(path).row_count == 1


def test_choices_are_lists_and_the_header_is_locked(tmp_path):
    units = [(f"XX{i:05d}", f"Unit {i}") for i in range(3_000)]
    path = made(tmp_path, lists={"unit": units, "organisation": []}, national=NATIONAL)
    book = openpyxl.load_workbook(path)
    page, dictionary, lists = book.worksheets
    assert [sheet.title for sheet in book.worksheets] == ["hazards", DICTIONARY_SHEET, LISTS_SHEET]
    names = {cell.value: cell for cell in page[1]}
    assert page.protection.sheet
    assert all(cell.protection.locked for cell in names.values())
    assert not page["A2"].protection.locked
    assert not page.column_dimensions["B"].protection.locked
    rules = {str(rule.sqref).split(":")[0]: rule for rule in page.data_validations.dataValidation}

    def offered(name):
        rule = rules[f"{names[name].column_letter}2"]
        sheet, _, cells = rule.formula1.rpartition("!")
        assert sheet == f"'{LISTS_SHEET}'"
        return [cell.value for (cell,) in lists[cells.replace("$", "")]], rule

    assert offered("type")[0] == list(codes.HAZARD_TYPES)
    assert offered("type")[1].errorStyle in (None, "stop")
    assert offered("classes")[1].errorStyle == "information", "several may be joined"
    assert offered("unit")[0] == [code for code, _ in units]
    assert offered("land_use")[0] == ["farm", "wood"]
    assert f"{names['organisation'].column_letter}2" not in rules
    assert rules[f"{names['declared_m2'].column_letter}2"].type == "decimal"
    for column in columns_of(RECORD_TYPES["hazard"], national=NATIONAL):
        assert column.help in names[column.name].comment.text
    told = {(row[0], row[1]) for row in dictionary.iter_rows(values_only=True)}
    assert {("type", "CHA"), ("classes", "cmr"), ("land_use", "wood")} <= told
    assert "Date of information, never of emplacement" in {meaning for _, meaning in told}


def test_personal_columns_say_so(tmp_path):
    page = openpyxl.load_workbook(made(tmp_path, "victim")).worksheets[0]
    comments = {cell.value: cell.comment.text for cell in page[1]}
    assert "Personal data" in comments["birth"]
    assert "Personal data" not in comments["sex"]


def test_a_sheet_with_the_name_of_somebody_else_is_not_passed_over(tmp_path):
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    for title in ("one", "dictionary"):
        page = book.create_sheet(title)
        page.append(["name"])
        page.append(["x"])
    book.save(path)
    with pytest.raises(ExchangeError, match="one, dictionary"):
        open_source(path)


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("a.ods", {}, "xlsx"),
        ("none/a.xlsx", {}, "does not exist"),
        ("a.xlsx", {"place": "globe"}, "lonlat"),
    ],
)
def test_what_cannot_be_written_is_said_and_leaves_nothing(tmp_path, name, options, said):
    with pytest.raises(ExchangeError, match=said):
        write_template(tmp_path / name, RECORD_TYPES["hazard"], **options)
    assert list(tmp_path.iterdir()) == []
