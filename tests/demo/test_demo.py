"""The demonstration programme: the same every time, in empty ocean, and as wrong as it says."""

from __future__ import annotations

import csv
import filecmp
import itertools
import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
import openpyxl
import pyogrio
import pytest
import shapely
from pyproj import Geod, Transformer

from landrelease.cli.demo import DemoFile, Manifest, generate
from landrelease.cli.demo.hazard_files import CORRECTED, DECLINATION
from landrelease.exchange.mapping import Mapping, TypedBatch
from landrelease.exchange.read import open_source
from landrelease.land.checks import check_declared, check_geometry, check_units
from landrelease.land.measure import Plane
from landrelease.register import codes
from landrelease.register.schema import record_type

GEOD = Geod(ellps="WGS84")
TO_PLANE = Transformer.from_crs("EPSG:4326", "EPSG:32727", always_xy=True).transform
TO_DEGREES = Transformer.from_crs("EPSG:32727", "EPSG:4326", always_xy=True).transform
ACTIVITY_FILES = [f"activities_{year}.gpkg" for year in range(2020, 2025)]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest]:
    folder = tmp_path_factory.mktemp("demo")
    return folder, generate(folder)


def features(folder: Path, name: str) -> list[dict]:
    return json.loads((folder / name).read_text(encoding="utf-8"))["features"]


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(newline="", encoding="utf-8") as stream:
        read = list(csv.DictReader(stream))
    return [row for row in read if not any(str(v).startswith("#") for v in row.values())]


def activities(folder: Path) -> list[dict]:
    """All activities under the headings of the common files, geometry on the plane."""
    found = []
    for name in ACTIVITY_FILES:
        meta, _, wkb, values = pyogrio.raw.read(folder / name)
        other = name == "activities_2022.gpkg"
        shapes = shapely.from_wkb(wkb)
        if not other:
            shapes = shapely.transform(shapes, TO_PLANE, interleaved=False)
        names = list(meta["fields"])
        if other:
            common = list(pyogrio.read_info(folder / ACTIVITY_FILES[0])["fields"])
            names = common
        columns = [v.tolist() for v in values]
        for n, shape in enumerate(shapes):
            row = {name: column[n] for name, column in zip(names, columns, strict=True)}
            found.append({**row, "file": name, "shape": shape})
    return found


def old_rows(folder: Path) -> list[dict]:
    sheet = openpyxl.load_workbook(folder / "hazards_old_utm.xlsx")["Minefields"]
    values = list(sheet.iter_rows(values_only=True))
    assert "made-up" in values[0][0]
    return [dict(zip(values[2], row, strict=True)) for row in values[3:]]


def polygon_of(feature: dict) -> shapely.Geometry | None:
    geometry = feature["geometry"]
    if geometry is None:
        return None
    if geometry["type"] == "Polygon" and any(len(ring) < 4 for ring in geometry["coordinates"]):
        return None  # a ring that no geometry library builds
    return shapely.geometry.shape(geometry)


@pytest.fixture(scope="session")
def survey(made: tuple[Path, Manifest]) -> list[dict]:
    return features(made[0], "hazards_survey.geojson")


@pytest.fixture(scope="session")
def mapped(made: tuple[Path, Manifest], survey: list[dict]) -> dict[str, shapely.Geometry]:
    """Id to polygon in longitude and latitude, of survey and old workbook, first of each id."""
    shapes: dict[str, shapely.Geometry] = {}
    for feature in survey:
        polygon = polygon_of(feature)
        if polygon is not None:
            shapes.setdefault(feature["properties"]["hazard_id"].strip(), polygon)
    for row in old_rows(made[0]):
        plane = shapely.from_wkt(row["Outline (UTM 27S)"])
        shapes[row["Minefield No."]] = shapely.transform(plane, TO_DEGREES, interleaved=False)
    return shapes


@pytest.fixture(scope="session")
def districts(made: tuple[Path, Manifest]) -> dict[str, shapely.Geometry]:
    return {
        f["properties"]["pcode"]: shapely.geometry.shape(f["geometry"])
        for f in features(made[0], "units.geojson")
        if f["properties"]["admin_level"] == 2
    }


# The whole ------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bytes(made, tmp_path):
    folder, manifest = made
    again = generate(tmp_path / "again")
    names = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
    others = sorted(
        str(p.relative_to(tmp_path / "again"))
        for p in (tmp_path / "again").rglob("*")
        if p.is_file()
    )
    assert names == others
    match, mismatch, errors = filecmp.cmpfiles(folder, tmp_path / "again", names, shallow=False)
    assert (mismatch, errors) == ([], [])
    assert len(match) == len(names) > 40
    assert again == manifest


@pytest.mark.parametrize("seed", [1, 7, 2026])
def test_other_seeds_give_other_islands_with_the_same_faults(made, tmp_path, seed):
    other = generate(tmp_path, seed)
    assert (tmp_path / "units.geojson").read_bytes() != (made[0] / "units.geojson").read_bytes()
    vary = {"crosses_boundary"}
    kept = {rule: n for rule, n in made[1].counts().items() if rule not in vary}
    assert {rule: n for rule, n in other.counts().items() if rule not in vary} == kept


def test_every_file_has_the_rows_that_the_manifest_says(made):
    folder, manifest = made
    for file in manifest.files:
        path = folder / file.name
        if path.suffix == ".csv":
            assert len(rows(folder, file.name)) == file.rows, file.name
        elif path.suffix == ".gpkg":
            assert pyogrio.read_info(path)["features"] == file.rows, file.name
        elif path.suffix == ".geojson":
            assert len(features(folder, file.name)) == file.rows, file.name
        elif path.suffix == ".xlsx":
            assert len(old_rows(folder)) == file.rows
        if file.record_type:
            assert record_type(file.record_type).plural == file.record_type
        if file.map_file:
            assert (folder / file.map_file).is_file()
    assert 390 <= sum(f.rows for f in manifest.files if f.name.startswith("hazards_")) - 251 <= 420
    saved = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert saved["counts"] == manifest.counts()


def test_the_island_lies_in_empty_ocean_and_says_that_it_is_made_up(made, districts):
    _, manifest = made
    assert "made up" in manifest.title
    # The nearest charted land: Tristan da Cunha, Inaccessible, Nightingale, Gough.
    land = [(-12.28, -37.11), (-12.68, -37.30), (-12.48, -37.42), (-9.94, -40.32)]
    coast = shapely.get_coordinates(list(districts.values()))
    for lon, lat in land:
        n = len(coast)
        _, _, metres = GEOD.inv(coast[:, 0], coast[:, 1], np.full(n, lon), np.full(n, lat))
        assert metres.min() > 500_000
    assert GEOD.inv(*manifest.centre, *coast[0])[2] < 100_000


def test_units_tile_the_island_and_provinces_are_their_districts(made, districts):
    units = features(made[0], "units.geojson")
    assert Counter(u["properties"]["admin_level"] for u in units) == {1: 3, 2: 14}
    assert all(re.fullmatch(r"XD\d{2}(\d{2})?", u["properties"]["pcode"]) for u in units)
    shapes = np.array(list(districts.values()))
    assert shapely.is_valid(shapes).all()
    together = shapely.union_all(shapes)
    assert together.geom_type == "Polygon"
    assert shapely.area(shapes).sum() == pytest.approx(together.area, rel=1e-9)
    for unit in units:
        if unit["properties"]["admin_level"] == 1:
            pcode = unit["properties"]["pcode"]
            parts = [shape for key, shape in districts.items() if key.startswith(pcode)]
            province = shapely.geometry.shape(unit["geometry"])
            assert province.symmetric_difference(shapely.union_all(parts)).area < 1e-10


def test_sizes_and_kinds_of_hazards_are_varied(mapped, survey):
    sound = [shape for shape in mapped.values() if shape.is_valid]
    areas = np.array([abs(GEOD.geometry_area_perimeter(shape)[0]) for shape in sound])
    assert ((areas > 1_900) & (areas < 1_001_000)).mean() > 0.98
    assert areas.max() / np.median(areas) > 10
    assert any(shape.geom_type == "MultiPolygon" for shape in sound)
    assert any(shapely.get_num_interior_rings(shape) > 0 for shape in sound)
    dates = [f["properties"]["date_of_information"] for f in survey]
    forms = Counter(None if d is None else len(d) for d in dates)
    assert set(forms) == {None, 4, 7, 10}
    named = {c for f in survey for c in (f["properties"]["contamination"] or "").split("|") if c}
    assert named == set(codes.CLASSES)
    assert any(f["properties"]["contamination"] is None for f in survey)


# Planted in the hazards -------------------------------------------------------------------------


def test_only_the_planted_polygons_are_invalid(made, mapped):
    planted = {*made[1].records("invalid_ring"), *made[1].records("parts_overlap")}
    assert {key for key, shape in mapped.items() if not shape.is_valid} == planted
    assert len(planted) == 5


def test_rings_of_two_corners_repeated_corners_and_missing_geometry(made, survey):
    two, repeated, missing = set(), set(), set()
    for feature in survey:
        identity, geometry = feature["properties"]["hazard_id"].strip(), feature["geometry"]
        if geometry is None:
            missing.add(identity)
            continue
        polygons = geometry["coordinates"]
        for ring in polygons if geometry["type"] == "Polygon" else [r for p in polygons for r in p]:
            if len({tuple(corner) for corner in ring}) < 3:
                two.add(identity)
            elif any(a == b for a, b in itertools.pairwise(ring)):
                repeated.add(identity)
    assert two == set(made[1].records("too_few_vertices"))
    assert repeated == set(made[1].records("repeated_points"))
    assert missing == set(made[1].records("geometry_missing"))


def test_ids_twice_and_with_a_blank(made, survey):
    ids = [f["properties"]["hazard_id"] for f in survey]
    twice = {key for key, n in Counter(i.strip() for i in ids).items() if n > 1}
    assert twice == set(made[1].records("duplicate_id"))
    assert {i.strip() for i in ids if i != i.strip()} == set(made[1].records("trimmed_id"))
    copies = [f for f in survey if f["properties"]["hazard_id"] in twice]
    same = [a == b for n, a in enumerate(copies) for b in copies[n + 1 :]]
    assert sum(same) == 1


def test_one_polygon_under_two_ids(made, mapped):
    seen: dict[bytes, str] = {}
    copies = []
    for key, shape in mapped.items():
        if seen.setdefault(shapely.to_wkb(shape), key) != key:
            copies.append(key)
    assert copies == made[1].records("duplicate_geometry")


def test_overlaps_are_the_planted_ones(made, mapped):
    valid = {key: shape for key, shape in mapped.items() if shape.is_valid}
    keys, shapes = list(valid), np.array(list(valid.values()))
    tree = shapely.STRtree(shapes)
    first, second = tree.query(shapes, predicate="intersects")
    pairs = {
        (keys[a], keys[b])
        for a, b in zip(first, second, strict=True)
        if a != b and shapes[a].intersection(shapes[b]).area > 1e-10
    }
    found = {key for pair in pairs for key in pair}
    spiked = set(made[1].records("vertices_far_apart"))
    for record in made[1].records("overlap"):
        partner = next(p.note for p in made[1].planted if p.record == record).split()[-1]
        assert (record, partner) in pairs
        assert [b for a, b in pairs if a == record and b not in spiked] == [partner]
    planted = {
        *made[1].records("overlap"),
        *made[1].records("duplicate_geometry"),
    }
    assert all({a, b} & (planted | spiked) for a, b in pairs)
    assert set(made[1].records("overlap")) <= found


def test_stated_areas_agree_but_for_the_planted(made, survey):
    factors: dict[str, float] = {}
    for feature in survey:
        polygon = polygon_of(feature)
        declared = feature["properties"]["area_m2"]
        identity = feature["properties"]["hazard_id"].strip()
        if polygon is None or not polygon.is_valid or identity in factors:
            continue
        factors[identity] = abs(GEOD.geometry_area_perimeter(polygon)[0]) / declared
    off = {key for key, factor in factors.items() if not 0.85 < factor < 1.18}
    spiked = set(made[1].records("vertices_far_apart"))
    assert off == {*made[1].records("area_vs_declared"), *spiked}
    hectares = [p.record for p in made[1].planted if "hectares" in p.note]
    assert all(factors[key] == pytest.approx(10_000, rel=0.05) for key in hectares)


def test_edges_longer_than_five_kilometres_and_the_sliver(made, mapped):
    far, sliver = set(), set()
    for key, shape in mapped.items():
        corners = shapely.get_coordinates(shapely.get_exterior_ring(shapely.get_parts(shape)[0]))
        _, _, edges = GEOD.inv(*corners[:-1].T, *corners[1:].T)
        if edges.max() > 5_000:
            far.add(key)
        if shape.is_valid and abs(GEOD.geometry_area_perimeter(shape)[0]) < 100:
            sliver.add(key)
    assert far == set(made[1].records("vertices_far_apart"))
    assert sliver == set(made[1].records("sliver"))


def test_places_disagree_with_units_as_planted(made, survey, mapped, districts):
    outside_named, several, nowhere = set(), set(), set()
    spiked = set(made[1].records("vertices_far_apart"))
    for feature in survey:
        identity = feature["properties"]["hazard_id"].strip()
        polygon = polygon_of(feature)
        if polygon is None or not polygon.is_valid or identity in spiked:
            continue
        touched = {key for key, shape in districts.items() if shape.intersects(polygon)}
        named = feature["properties"]["pcode"]
        if not touched:
            nowhere.add(identity)
        elif len(touched) > 1:
            several.add(identity)
        elif named and named not in touched:
            outside_named.add(identity)
    assert outside_named == set(made[1].records("outside_unit"))
    assert several == set(made[1].records("several_units"))
    assert nowhere == set(made[1].records("outside_all_units"))


def test_unusable_values_stand_in_the_files(made, survey):
    folder, manifest = made
    by_file = {p.file: p.record for p in manifest.planted if p.rule == "unusable_value"}
    assert [
        f["properties"]["hazard_id"]
        for f in survey
        if f["properties"]["date_of_information"] == "2016-02-31"
    ] == [by_file["hazards_survey.geojson"]]
    words = {None, "Suspected Minefield", "Confirmed Minefield"}
    assert [r["Minefield No."] for r in old_rows(folder) if r["Category"] not in words] == [
        by_file["hazards_old_utm.xlsx"]
    ]
    points = rows(folder, "hazards_points.csv")
    odd = [r["hazard_id"] for r in points if r["area_m2"] and not r["area_m2"].isdigit()]
    assert odd == [by_file["hazards_points.csv"]]
    assert 5 < sum(not r["area_m2"] for r in points) < 30


@pytest.mark.parametrize(
    ("name", "north", "turn"),
    [
        ("hazards_traverse.csv", "true", 0.0),
        ("hazards_traverse_magnetic.csv", "magnetic", DECLINATION),
    ],
)
def test_traverses_close_within_their_precision(made, districts, name, north, turn):
    """Walk the legs of each traverse: magnetic bearings are turned by the stated declination."""
    for row in rows(made[0], name):
        assert row["north"] == north
        assert float(row["declination"] or 0) == turn
        lon, lat = float(row["reference_lon"]), float(row["reference_lat"])
        to_start, around = row["legs"].split("; ", 1)
        lon, lat, _ = _walk(lon, lat, to_start, turn)
        end_lon, end_lat, length = _walk(lon, lat, around, turn)
        misclosure = GEOD.inv(lon, lat, end_lon, end_lat)[2]
        assert 0 < misclosure < 0.01 * length
        if row["pcode"]:
            assert districts[row["pcode"]].contains(shapely.Point(lon, lat))


def _walk(lon: float, lat: float, legs: str, turn: float) -> tuple[float, float, float]:
    length = 0.0
    for leg in legs.split("; "):
        bearing, distance = map(float, leg.split("/"))
        lon, lat, _ = GEOD.fwd(lon, lat, bearing + turn, distance)
        length += distance
    return lon, lat, length


def test_the_corrected_file_differs_exactly_where_it_says(made, survey):
    folder, manifest = made
    before = {f["properties"]["hazard_id"].strip(): f for f in survey}
    after = {f["properties"]["hazard_id"].strip(): f for f in features(folder, CORRECTED)}
    changed = {key for key in after if after[key] != before[key]}
    stated = {c.record: c.rule for c in manifest.corrections}
    assert changed == {key for key, rule in stated.items() if rule != "record_missing"}
    assert set(before) - set(after) == {k for k, rule in stated.items() if rule == "record_missing"}
    for key in changed:
        attributes = {
            name
            for name, value in after[key]["properties"].items()
            if value != before[key]["properties"][name]
        }
        moved = after[key]["geometry"] != before[key]["geometry"]
        assert (attributes, moved) == {
            "declared_changed": ({"area_m2"}, False),
            "geometry_changed": (set(), True),
            "boundary_shrunk": (set(), True),
            "date_changed": ({"date_of_information"}, False),
            "type_changed": ({"hazard_type"}, False),
            "type_lowered": ({"hazard_type"}, False),
        }[stated[key]]


# Work -------------------------------------------------------------------------------------------


def test_results_follow_the_process_and_spot_tasks_release_nothing(made):
    done = activities(made[0])
    follows = {"nts": "cancelled", "ts": "reduced", "clearance": "cleared", "bac": "cleared"}
    assert {a["activity_type"] for a in done} == {*follows, "eod_spot"}
    assert all(a["release"] == follows.get(a["activity_type"]) for a in done)
    spots = [a for a in done if a["activity_type"] == "eod_spot"]
    assert all(np.isnan(a["released_area"]) and a["report_kind"] is None for a in spots)
    assert {a["activity_status"] for a in done} <= set(codes.ACTIVITY_STATUS)
    assert len({a["activity_id"] for a in done}) == len(done) > 300


def test_releases_lie_inside_their_hazard_but_for_the_planted(made, mapped):
    crossing, inside = set(), 0
    skipped = {*made[1].records("unlinked"), *made[1].records("unknown_hazard")}
    for a in activities(made[0]):
        if a["shape"] is None or a["release"] is None or a["activity_id"] in skipped:
            continue
        if a["hazard_id"] not in mapped:
            assert a["hazard_id"].startswith("XD-T-")
            continue
        hazard = shapely.transform(mapped[a["hazard_id"]], TO_PLANE, interleaved=False)
        outside = a["shape"].difference(hazard).area
        assert a["shape"].is_valid
        # Files give corners to 1 cm (the old workbook to 10 cm): a strip that thin is no crossing.
        if outside > 0.1 * hazard.length:
            crossing.add(a["activity_id"])
        else:
            inside += 1
    planted = set(made[1].records("crosses_boundary"))
    assert crossing <= planted
    assert len(crossing) > 0.7 * len(planted)
    assert 0.08 < len(planted) / (len(planted) + inside) < 0.16


def test_troubles_of_completion_reports(made):
    folder, manifest = made
    done = {a["activity_id"]: a for a in activities(folder)}
    known = {h.strip() for f in _hazard_ids(folder) for h in f}
    releases = {key: a for key, a in done.items() if a["release"]}

    def those(test) -> set[str]:
        return {key for key, a in releases.items() if test(a)}

    deep = ("clearance", "bac")
    assert those(lambda a: a["hazard_id"] is None) == set(manifest.records("unlinked"))
    assert those(lambda a: a["end_date"] is None) == set(manifest.records("undated"))
    assert those(lambda a: a["depth"] < a["tasked_depth"]) == set(manifest.records("shallow"))
    assert those(lambda a: a["activity_type"] in deep and np.isnan(a["depth"])) == set(
        manifest.records("depth_missing")
    )
    assert those(lambda a: (a["end_date"] or "9") < "2012") == set(
        manifest.records("before_evidence")
    )
    assert those(lambda a: a["hazard_id"] is not None and a["hazard_id"] not in known) == set(
        manifest.records("unknown_hazard")
    )
    assert those(lambda a: a["activity_status"] == "rejected") == set(manifest.records("rejected"))
    assert those(lambda a: a["activity_status"] == "completed") == set(
        manifest.records("not_accepted")
    )
    assert those(lambda a: a["shape"] is None) == set(manifest.records("release_without_polygon"))
    for planted in manifest.planted:
        if planted.record in done:
            assert done[planted.record]["file"] == planted.file


def _hazard_ids(folder: Path) -> list[list[str]]:
    return [
        [f["properties"]["hazard_id"] for f in features(folder, "hazards_survey.geojson")],
        [r["Minefield No."] for r in old_rows(folder)],
        [r["hazard_id"] for r in rows(folder, "hazards_traverse.csv")],
        [r["hazard_id"] for r in rows(folder, "hazards_traverse_magnetic.csv")],
        [r["hazard_id"] for r in rows(folder, "hazards_points.csv")],
    ]


def test_reopened_and_historic_areas_lie_where_they_say(made, mapped):
    folder, manifest = made
    done = {a["activity_id"]: a["shape"] for a in activities(folder)}
    found = {
        f["properties"]["hazard_id"]: polygon_of(f)
        for f in features(folder, "hazards_resurvey_2023.geojson")
    }
    assert len(found) == 8
    for planted in (p for p in manifest.planted if p.rule == "reopened"):
        shape = shapely.transform(found[planted.record], TO_PLANE, interleaved=False)
        released = done[planted.note.split()[-1]]
        assert shape.intersection(released).area > 0.99 * shape.area
    historic = features(folder, "cleared_before_register.geojson")
    undated = {f["properties"]["activity_id"] for f in historic if not _day(f)}
    assert undated == set(manifest.records("historic_undated"))
    everything = shapely.union_all([s for s in mapped.values() if s.is_valid])
    on_open = {
        f["properties"]["activity_id"]
        for f in historic
        if polygon_of(f).intersection(everything).area > 1e-10
    }
    assert on_open == set(manifest.records("historic_release_on_open_ground"))
    assert all(f["properties"]["authority"] and f["properties"]["document"] for f in historic)


def _day(feature: dict) -> str | None:
    return feature["properties"]["completion_date"]


# Tables -----------------------------------------------------------------------------------------


def test_monthly_reports_sum_to_the_area_worked(made):
    done = {a["activity_id"]: a for a in activities(made[0])}
    sums: Counter[str] = Counter()
    for row in rows(made[0], "progress_reports.csv"):
        assert re.fullmatch(r"\d{4}-\d{2}", row["period"])
        sums[row["activity_id"]] += int(row["area_worked"])
    assert len(sums) > 50
    for key, total in sums.items():
        unit = 10_000 if done[key]["file"] == "activities_2022.gpkg" else 1
        assert total == pytest.approx(done[key]["area_worked"] * unit)


def test_ordnance_and_accidents(made):
    folder, manifest = made
    ordnance = rows(folder, "ordnance.csv")
    assert {r["id"] for r in ordnance if not r["class"]} == set(manifest.records("unusable_row"))
    assert {r["class"] for r in ordnance} - {""} <= set(codes.CLASSES)
    assert any(r["condition"] == "left" for r in ordnance)
    accidents = rows(folder, "accidents.csv")
    off = {
        r["accident_id"]
        for r in accidents
        if r["killed"] and int(r["killed"]) + int(r["injured"]) != int(r["total"])
    }
    assert off == set(manifest.records("total_mismatch"))
    assert any(not r["killed"] for r in accidents)
    with (folder / "accidents.csv").open(encoding="utf-8") as stream:
        assert stream.readlines()[1].startswith("#event+id,#date")
    done = {a["activity_id"]: a for a in activities(folder)}
    places = {r["id"]: r for r in ordnance} | {r["accident_id"]: r for r in accidents}
    for planted in (p for p in manifest.planted if p.rule == "found_on_released"):
        row = places[planted.record]
        point = shapely.Point(TO_PLANE(float(row["longitude"]), float(row["latitude"])))
        assert done[planted.note.split()[-1]]["shape"].distance(point) < 2
        assert (row.get("found") or row["date"]) > done[planted.note.split()[-1]]["end_date"]


def test_persons_are_invented_and_belong_to_an_accident(made):
    accidents = {r["accident_id"] for r in rows(made[0], "accidents.csv")}
    persons = rows(made[0], "victims.csv")
    assert len(persons) > 40
    assert {p["accident_id"] for p in persons} <= accidents
    assert all(p["victim_name"].endswith("(made up)") for p in persons if p["victim_name"])
    assert all(p["phone"].startswith("+000 ") for p in persons if p["phone"])
    for column in ("gender", "age_group", "status", "victim_name"):
        assert any(not p[column] for p in persons), f"{column} is never left unrecorded"


@pytest.mark.parametrize(
    ("name", "column", "choices"),
    [
        ("organisations.csv", "type", codes.ORGANISATION_KINDS),
        ("accreditations.csv", "activity_kind", codes.ACTIVITY_KINDS),
        ("quality_visits.csv", "result", codes.VISIT_RESULTS),
        ("quality_visits.csv", "severity", codes.SEVERITIES),
        ("ordnance.csv", "condition", codes.ORDNANCE_CONDITIONS),
        ("accidents.csv", "accident_type", codes.ACCIDENT_KINDS),
        ("victims.csv", "killed_or_injured", codes.CONSEQUENCES),
        ("education.csv", "method", codes.EDUCATION_METHODS),
        ("stockpile.csv", "purpose", codes.STOCK_PURPOSES),
        ("evidence.csv", "evidence_kind", codes.EVIDENCE_KINDS),
        ("evidence.csv", "reliability", codes.RELIABILITY),
        ("evidence.csv", "credibility", codes.CREDIBILITY),
    ],
)
def test_values_are_terms_of_the_register(made, name, column, choices):
    values = {row[column] for row in rows(made[0], name)} - {""}
    assert values
    assert values <= set(choices)


def _typed(folder: Path, file: DemoFile) -> tuple[list[TypedBatch], Mapping]:
    source = open_source(folder / file.name)
    if file.map_file:
        mapping = Mapping.load(folder / file.map_file)
        assert mapping.record_type.plural == file.record_type
    else:
        mapping = Mapping.guess(file.record_type, source.columns, source.hxl)
    return list(mapping.typed(source)), mapping


def test_the_exchange_understands_every_heading(made):
    """Guessed or mapped, each column finds its field; only what no field holds is left over."""
    folder, manifest = made
    left_over: dict[str, set[str]] = {}
    problems: dict[str, Counter[str]] = {}
    for file in (f for f in manifest.files if f.record_type):
        batches, _ = _typed(folder, file)
        assert sum(len(batch) for batch in batches) == file.rows, file.name
        unused = {name for b in batches for row in b.extra for name in row}
        if unused:
            left_over[file.name] = unused
        found = Counter(p.rule for b in batches for p in b.problems)
        if found:
            problems[file.name] = found
    # An unusable value stays under its heading; the authority and the north have no field.
    assert left_over == {
        "hazards_survey.geojson": {"date_of_information"},
        "hazards_survey_corrected.geojson": {"date_of_information"},
        "hazards_old_utm.xlsx": {"Category"},
        "hazards_points.csv": {"area_m2"},
        "hazards_traverse.csv": {"north"},
        "hazards_traverse_magnetic.csv": {"north", "declination"},
        "cleared_before_register.geojson": {"authority"},
    }
    planted = manifest.counts("hazards_survey.geojson")
    for rule in ("trimmed_id", "duplicate_id"):
        assert problems["hazards_survey.geojson"][rule] == planted[rule]
    assert sum(batch.unusable.sum() for batch in _typed(folder, manifest.file("ordnance.csv"))[0])
    assert problems["ordnance.csv"] == {"missing_required": 2}
    assert problems["hazards_traverse.csv"] == {"misclosure": 26}


def test_the_validators_find_what_was_planted(made, districts):
    """Read the survey as an import does, check it, and compare rule by rule."""
    folder, manifest = made
    (batch,), _ = _typed(folder, manifest.file("hazards_survey.geojson"))
    plane = Plane.at(*manifest.centre)
    planar = plane.project(batch.geometry)
    found = check_geometry(batch.geometry, planar, batch.rows)
    areas = np.array([float(area) for area in batch.fields["declared_m2"]])
    found.add(check_declared(planar, areas, batch.rows))
    pcodes = list(districts)
    units = np.empty(len(pcodes), dtype=object)
    units[:] = list(districts.values())
    named = [pcodes.index(u["given"]) if u else -1 for u in batch.fields["unit"]]
    found.add(
        check_units(planar, batch.rows, plane.project(units), pcodes, np.array(named, dtype=int))
    )
    name_of = dict(zip(batch.rows.tolist(), batch.fields["source_id"], strict=True))

    def records(rule: str) -> set[str]:
        return {name_of[row] for row in found.rows(rule)}

    spiked = set(manifest.records("vertices_far_apart"))
    for rule in ("vertices_far_apart", "outside_all_units", "repeated_points", "sliver"):
        assert records(rule) == set(manifest.records(rule)), rule
    # The exchange names a ring of two corners and hands the record on without a place.
    assert records("geometry_missing") == {
        *manifest.records("geometry_missing"),
        *manifest.records("too_few_vertices"),
    }
    for rule in ("invalid_ring", "area_vs_declared", "outside_unit", "duplicate_geometry"):
        assert records(rule) >= set(manifest.records(rule)), rule
    assert records("invalid_ring") == {
        *manifest.records("invalid_ring"),
        *manifest.records("parts_overlap"),
    }
    assert records("outside_unit") - set(manifest.records("outside_unit")) <= spiked
    within = [p.record for p in manifest.planted if p.rule == "overlap" and "XD-S" in p.record]
    assert records("overlap") >= set(within)


# Reports ----------------------------------------------------------------------------------------


def test_reports_are_labelled_and_tell_one_story_in_four_outlets(made):
    folder, manifest = made
    texts = {p.name: p.read_text(encoding="utf-8") for p in (folder / "reports").iterdir()}
    assert len(texts) == len([f for f in manifest.files if f.name.startswith("reports/")]) == 14
    assert all(re.search(r"made[- ]up|landrelease demonstration", t, re.I) for t in texts.values())
    shared = "What we do not have is a second season without money"
    carrying = {name[:2] for name, text in texts.items() if shared in text}
    assert carrying == {"01", "02", "03", "04", "05"}
    assert "Quenerley" in texts["04_island_radio_2024-06-12.txt"]


def test_unknown_file_names_are_refused(made):
    with pytest.raises(KeyError, match=r"no\.csv"):
        made[1].file("no.csv")
