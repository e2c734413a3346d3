"""What QGIS reads of layers: run by the Python that QGIS comes with, not by the tests' own.

    /usr/bin/python3 tests/qgis_reader.py '[["ogr", "areas.gpkg|layername=hazards"]]'

Prints a JSON list, one object a layer: whether QGIS takes it for valid, what it complains of,
the features with their ids, the kinds of geometry and the bounding box.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import Any

#: Debian's QGIS comes with the system's Python.
PYTHON = "/usr/bin/python3"


def installed() -> bool:
    """Whether there is a QGIS that can be asked."""
    if shutil.which(PYTHON) is None:
        return False
    asked = [PYTHON, "-c", "from qgis.core import Qgis"]
    done = subprocess.run(asked, capture_output=True, env=_environment(), check=False)
    return done.returncode == 0


def read(*layers: tuple[str, str]) -> list[dict[str, Any]]:
    """Have QGIS read layers, given by provider and address, in a process of its own."""
    done = subprocess.run(
        [PYTHON, __file__, json.dumps(layers)],
        capture_output=True, text=True, env=_environment(), timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told: list[dict[str, Any]] = json.loads(done.stdout.strip().splitlines()[-1])
    return told


def _environment() -> dict[str, str]:
    # Neither the tests' own Python and PROJ, nor a window.
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "PROJ", "GDAL", "VIRTUAL_ENV"))}  # fmt: skip
    return {**kept, "QT_QPA_PLATFORM": "offscreen", "QGIS_DISABLE_MESSAGE_HOOKS": "1"}


def _look(provider: str, address: str) -> dict[str, Any]:
    from qgis.core import QgsVectorLayer, QgsWkbTypes

    layer = QgsVectorLayer(address, "layer", provider)
    if not layer.isValid():
        return {"valid": False, "error": layer.error().message()}
    features = list(layer.getFeatures())
    box = layer.dataProvider().extent()
    return {
        "valid": True,
        "crs": layer.crs().authid(),
        "fields": layer.fields().names(),
        "refs": sorted(str(one["ref"]) for one in features),
        "placed": sum(not one.geometry().isNull() for one in features),
        "kinds": sorted({QgsWkbTypes.displayString(one.geometry().wkbType())
                         for one in features if not one.geometry().isNull()}),
        "box": [box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum()],
    }  # fmt: skip


def main() -> None:
    from qgis.core import QgsApplication

    application = QgsApplication([], False)
    application.initQgis()
    found = [_look(provider, address) for provider, address in json.loads(sys.argv[1])]
    print(json.dumps(found), flush=True)
    # QGIS may crash on its way out when threads of the network are still there.
    os._exit(0)


if __name__ == "__main__":
    main()
