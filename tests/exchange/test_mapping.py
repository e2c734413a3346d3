"""From columns to fields: guessed, stated, and nothing dropped."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from landrelease.exchange import ExchangeError, Mapping, open_source
from landrelease.exchange.source import RawBatch, objects
from landrelease.register.schema import Field, record_type


def batch(first=2, geometry=None, **columns):
    n = len(next(iter(columns.values())))
    return RawBatch(
        np.arange(first, first + n, dtype=np.int64),
        {name: objects(cells) for name, cells in columns.items()},
        None if geometry is None else objects(geometry),
        None if geometry is None else "EPSG:4326",
    )


def apply(kind, raw, **options):
    return Mapping.guess(kind, list(raw.columns), **options).apply(raw)


def rules(found, severity=None):
    return [(p.rule, p.row) for p in found.problems if severity in (None, p.severity)]


# --- guessing -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "columns", "expected"),
    [
        ("hazards", ["HA Code", "TypeArea", "Area (m2)"], {"source_id": "HA Code",
         "type": "TypeArea", "declared_m2": "Area (m2)"}),
        ("hazards", ["type", "Hazard_Type"], {"type": "type"}),
        ("activities", ["id", "date_start", "date_end"], {"source_id": "id",
         "started": "date_start", "date": "date_end"}),
        ("activities", ["started_start", "started_end", "date_start", "date_end"],
         {"started": {"start": "started_start", "end": "started_end"},
          "date": {"start": "date_start", "end": "date_end"}}),
        ("victims", ["ano", "mes"], {"date": {"year": "ano", "month": "mes"}}),
        ("victims", ["Year"], {"date": "Year"}),
        ("units", ["ADM2_PCODE", "ADM2_NAME", "junk"], {"source_id": "ADM2_PCODE",
         "name": "ADM2_NAME"}),
        ("accidents", ["nothing", "known"], {}),
    ],
)  # fmt: skip
def test_guess_by_name_and_synonym(kind, columns, expected):
    assert Mapping.guess(kind, columns).columns == expected


def test_guess_by_hxl_tag_and_place_columns():
    hxl = {"a": "#affected+killed", "b": "#geo+lat", "c": "#geo+lon", "d": "#affected+f+killed"}
    mapping = Mapping.guess("accidents", ["a", "b", "c", "d"], hxl)
    assert mapping.columns == {"killed": "a"}
    assert (mapping.place.kind, mapping.place.columns) == ("lonlat", {"lon": "c", "lat": "b"})


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        (["Longitude", "Latitude"], "lonlat"),
        (["Easting", "Northing", "UTM zone"], "utm"),
        (["MGRS"], "mgrs"),
        (["geom_wkt", "lon", "lat"], "wkt"),
        (["geoshape"], "vertices"),
    ],
)
def test_guess_of_places(columns, kind):
    assert Mapping.guess("hazards", columns).place.kind == kind


def test_two_columns_for_one_field_are_said():
    mapping = Mapping.guess("hazards", ["area", "size"])
    assert mapping.columns == {"declared_m2": "area"}
    assert [p.rule for p in mapping.problems] == ["several_columns"]


def test_the_synonyms_of_the_schema_are_guessed():
    for name in ("hazard", "activity", "accident", "victim", "unit", "ordnance"):
        for field in record_type(name).fields:
            for synonym in (field.name, *field.synonyms):
                heading = synonym.replace("_", " ").title()
                # Some synonyms belong to two fields ("date end"); one of them takes the column.
                columns = Mapping.guess(name, [heading]).columns
                assert list(columns.values()) == [heading], (name, field.name, synonym)


# --- applying -----------------------------------------------------------------------------------


def test_typed_values_and_extras():
    raw = batch(
        code=["A", "B"], type=["Suspected Minefield", "CHA"], classes=["AP mines; AV mines", None],
        date=["2015", "2016-02-03"], area=["12.50", None], organisation=["Operator A", None],
        beneficiaries=["1,200", "0"], village=["Foča ", None], nr=[7.0, None],
        geometry=[shapely.box(0, 0, 1, 1), None],
    )  # fmt: skip
    found = apply("hazards", raw)
    fields = found.fields
    assert fields["source_id"] == ["A", "B"]
    assert fields["type"] == ["SHA", "CHA"]
    assert fields["classes"] == [["ap", "av"], None]
    assert fields["date"][0] == {"start": "2015-01-01", "end": "2015-12-31"}
    assert fields["declared_m2"] == ["12.50", None]
    assert fields["organisation"] == [{"given": "Operator A"}, None]
    assert fields["beneficiaries"] == [1200, 0]
    assert fields["priority"] == [None, None]
    assert found.extra == [{"village": "Foča ", "nr": "7"}, {}]
    assert found.geometry[1] is None
    assert not found.problems
    assert not found.unusable.any()
    assert set(fields) == set(record_type("hazards").by_name)


def test_a_bad_value_is_kept_beside_the_record():
    found = apply(
        "hazards", batch(code=["A", "B"], type=["Zone rouge", "SHA"], area=["2,006", "1"])
    )
    assert found.fields["type"] == [None, "SHA"]
    assert found.extra == [{"type": "Zone rouge", "area": "2,006"}, {}]
    assert {(p.rule, p.severity, p.row, p.field, p.value) for p in found.problems} == {
        ("unknown_choice", "warning", 2, "type", "Zone rouge"),
        ("ambiguous_number", "warning", 2, "declared_m2", "2,006"),
    }
    assert all(p.hint for p in found.problems)
    assert not found.unusable.any()


def test_the_decimal_mark_of_a_column_settles_its_numbers():
    found = apply("hazards", batch(area=["2,006", "0,5"]))
    assert found.fields["declared_m2"] == ["2.006", "0.5"]
    found = apply("hazards", batch(area=["2,006", "17.25"]))
    assert found.fields["declared_m2"] == ["2006", "17.25"]


def test_ids_are_trimmed_and_that_is_said():
    found = apply("hazards", batch(code=[" A", "B"], hazard_type=["SHA", "SHA"]))
    assert found.fields["source_id"] == ["A", "B"]
    assert rules(found, "warning") == [("trimmed_id", 2)]


def test_duplicate_ids_across_batches():
    mapping = Mapping.guess("hazards", ["code", "type"])
    one, other = shapely.box(0, 0, 1, 1), shapely.box(0, 0, 1, 2)
    first = mapping.apply(batch(code=["A", "B"], type=["SHA", "SHA"], geometry=[one, one]))
    second = mapping.apply(
        batch(4, code=["A", "B", None, "A "], type=["SHA"] * 4, geometry=[one, other, one, other])
    )
    assert not first.problems
    assert {(p.rule, p.severity, p.row) for p in second.problems} == {
        ("duplicate_id", "warning", 4), ("duplicate_id", "error", 5), ("trimmed_id", "warning", 7),
        ("duplicate_id", "error", 7),
    }  # fmt: skip
    assert second.repeated.tolist() == [True, False, False, False]
    assert second.unusable.tolist() == [False, True, False, True]
    mapping.reset()
    assert not mapping.apply(batch(code=["A"], type=["SHA"], geometry=[other])).problems


def test_required_fields_and_empty_rows():
    found = apply("units", batch(pcode=["X", "Y"], name=["North", None]))
    assert found.unusable.tolist() == [False, True]
    assert rules(found, "error") == [("missing_required", 3)]
    found = apply("hazards", batch(type=[None, None], note=["something", None]))
    assert found.unusable.tolist() == [False, True]
    assert rules(found, "error") == [("empty_row", 3)]


def test_text_na_stays_text_and_validity_goes_on():
    raw = batch(pcode=["NA", "NA01"], name=["NA", "None"], parent_pcode=[None, "NA"],
                valid_from=["2021-11-17", None])  # fmt: skip
    found = apply("units", raw)
    assert found.fields["source_id"] == ["NA", "NA01"]
    assert found.fields["name"] == ["NA", "None"]
    assert found.fields["parent"] == [None, {"given": "NA"}]
    assert found.fields["valid"] == [{"start": "2021-11-17", "end": "9999-12-31"}, None]


def test_swapped_columns_are_found_and_not_taken_over():
    raw = batch(id=list("abcd"), sex=["killed", "injured", "killed", "unknown"],
                consequence=["male", "female", "Male", "male"])  # fmt: skip
    found = apply("victims", raw)
    assert [(p.rule, p.severity, p.field, p.row) for p in found.problems] == [
        ("swapped_columns", "error", "consequence", None),
        ("swapped_columns", "error", "sex", None),
    ]
    assert "columns: {sex: consequence, consequence: sex}" in found.problems[0].hint
    assert found.fields["sex"] == found.fields["consequence"] == [None] * 4
    assert found.extra[0] == {"sex": "killed", "consequence": "male"}
    stated = Mapping("victims", {"sex": "consequence", "consequence": "sex"}).apply(raw)
    assert stated.fields["sex"] == ["male", "female", "male", "male"]
    assert stated.fields["consequence"] == ["killed", "injured", "killed", None]


def test_personal_values_are_not_repeated_in_findings():
    raw = batch(id=[1], name=["A Person"], birth=["1980"], sex=["nonsense"])
    found = apply("victims", raw)
    assert found.fields["name"] == ["A Person"]
    assert all("A Person" not in f"{p.message}{p.value}" for p in found.problems)


def test_profile_fields_are_typed_in_extra():
    profile = [Field("slope", "integer", "Slope", synonyms=("gradient",)),
               Field("fenced", "boolean", "Fenced")]  # fmt: skip
    raw = batch(code=["A", "B"], Gradient=["12", "steep"], fenced=["yes", None], other=["x", None])
    found = Mapping.guess("hazards", list(raw.columns), extra_fields=profile).apply(raw)
    assert found.extra == [
        {"slope": 12, "fenced": True, "other": "x"}, {"Gradient": "steep"},
    ]  # fmt: skip
    assert rules(found) == [("not_a_number", 3)]
    later = Mapping.guess("hazards", list(raw.columns)).apply(raw, profile)
    assert later.extra == found.extra


def test_cells_of_a_failed_place_are_kept():
    found = apply("accidents", batch(id=["1", "2"], lon=["17", "east"], lat=["44", "44"]))
    assert found.geometry[0] == shapely.Point(17, 44)
    assert found.extra == [{}, {"lon": "east", "lat": "44"}]


# --- mapping files ------------------------------------------------------------------------------

YAML = """
as: hazards
columns:
  source_id: Nr
  type: Klasse
  declared_m2: Size
  date: {year: Y, month: M}
constants: {location_origin: digitised}
values: {type: {Zone rouge: CHA}}
dates: {order: dmy}
numbers: {decimal: ","}
units: {declared_m2: ha}
geometry: {kind: utm, easting: E, northing: N, zone: 33N}
where: {Land: [X, 7]}
namespace: demo
crs: EPSG:32633
layer: Sheet1
"""


def load(tmp_path, text, *args, **kwargs):
    path = tmp_path / "map.yaml"
    path.write_text(text, "utf-8")
    return Mapping.load(path, *args, **kwargs)


def test_a_mapping_file(tmp_path):
    mapping = load(tmp_path, YAML)
    assert (mapping.namespace, mapping.crs, mapping.layer) == ("demo", "EPSG:32633", "Sheet1")
    raw = batch(
        Nr=["1", "2", "3"], Klasse=["Zone rouge", "SHA", "SHA"], Size=["2,006", "1", None],
        Y=["2,015", "2016", None], M=["3", None, None], E=["500000", None, None],
        N=["4900000", None, None], Land=["X", 7, "Z"],
    )  # fmt: skip
    found = mapping.apply(raw)
    assert found.rows.tolist() == [2, 3]
    assert found.left_out.tolist() == [4]
    assert rules(found, "info") == [("left_out_by_where", None)]
    assert found.fields["type"] == ["CHA", "SHA"]
    assert found.fields["declared_m2"] == ["20060.000", "10000"]
    assert found.fields["date"] == [
        {"start": "2015-03-01", "end": "2015-03-31"}, {"start": "2016-01-01", "end": "2016-12-31"},
    ]  # fmt: skip
    assert found.fields["location_origin"] == ["digitised"] * 2
    assert found.crs == "EPSG:32633"
    assert found.geometry[0] == shapely.Point(500_000, 4_900_000)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colums: {}", "unknown key colums"),
        ("as: hazards\ncolumns: {sort: X}", "no field sort"),
        ("as: unicorns", "unicorns"),
        ("columns: {}", "does not say what the rows are"),
        ("as: hazards\nvalues: {type: {x: ABC}}", "no code ABC"),
        ("as: hazards\nvalues: {name: {x: ABC}}", "no codes"),
        ("as: hazards\nunits: {declared_m2: parsec}", "parsec"),
        ("as: hazards\nunits: {name: ha}", "no unit"),
        ("as: hazards\ndates: {order: ydm}", "ydm"),
        ("as: hazards\ndates: {oder: dmy}", "oder"),
        ("as: hazards\nnumbers: {decimal: x}", "decimal"),
        ("as: hazards\ngeometry: {kind: lonlat, lon: x}", "lat"),
        ("as: hazards\ngeometry: {kind: lonlat, lon: x, lat: y, alt: z}", "alt"),
        ("as: hazards\nconstants: {type: nonsense}", "nonsense"),
        ("as: hazards\ncolumns: {date: {from: a, to: b}}", "start, end"),
        ("as: hazards\ncolumns: [a]", "columns"),
        ("- a", "mapping file"),
        ("a: [", "YAML"),
    ],
)
def test_mistakes_in_a_mapping_file_are_named(tmp_path, text, said):
    with pytest.raises(ExchangeError, match=said) as error:
        load(tmp_path, text)
    assert "map.yaml" in str(error.value)


def test_columns_that_the_source_lacks_are_named(tmp_path):
    mapping = load(tmp_path, "as: hazards\ncolumns: {source_id: Code, type: Sort}\nwhere: {A: b}")
    with pytest.raises(ExchangeError, match="'Sort', 'A'"):
        mapping.apply(batch(Code=["1"]))
    with pytest.raises(ExchangeError, match="not for accidents"):
        load(tmp_path, "as: hazards", "accidents")


def test_the_rest_can_be_guessed(tmp_path):
    mapping = load(tmp_path, "as: hazards\nguess: true\ncolumns: {name: code}")
    found = mapping.apply(batch(code=["A"], type=["SHA"]))
    assert found.fields["name"] == ["A"]
    assert found.fields["type"] == ["SHA"]
    assert found.fields["source_id"] == [None]


def test_start_and_end_columns():
    mapping = Mapping("hazards", {"date": {"start": "a", "end": "b"}})
    found = mapping.apply(
        batch(a=["2015", "2016", None, "2017"], b=["2015-06", None, "2014", "2016"])
    )
    assert [d and (d["start"], d["end"]) for d in found.fields["date"]] == [
        ("2015-01-01", "2015-06-30"), ("2016-01-01", "2016-12-31"), ("2014-01-01", "2014-12-31"),
        None,
    ]  # fmt: skip
    assert rules(found) == [("reversed_dates", 5)]
    assert found.extra[3] == {"a": "2017", "b": "2016"}


def test_vertex_rows_from_a_file(tmp_path):
    path = tmp_path / "turning_points.csv"
    path.write_text(
        "ha,tp,lon,lat,type\nA,1,0,0,SHA\nA,2,1,0,SHA\nA,3,1,1,SHA\nB,1,0,0,CHA\n", "utf-8"
    )
    mapping = load(
        tmp_path,
        "as: hazards\ncolumns: {source_id: ha, type: type}\n"
        "geometry: {kind: vertex_rows, id: ha, sequence: tp, x: lon, y: lat, crs: EPSG:4326}",
    )
    (found,) = mapping.typed(open_source(path))
    assert found.fields["source_id"] == ["A", "B"]
    assert found.fields["type"] == ["SHA", "CHA"]
    assert found.geometry[0].area == 0.5
    assert found.geometry[1] is None
    assert rules(found, "error") == [("bad_coordinate", 5)]
    assert [m.tolist() for m in found.merged] == [[2, 3, 4], [5]]
