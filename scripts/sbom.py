"""List what the program is made of, as CycloneDX 1.6: the Python packages and those of the pages.

    .venv/bin/python scripts/sbom.py            build/sbom/python.cdx.json and front-end.cdx.json

Made of the lock files alone, so nothing is asked of the network: each package with its version and
the hashes its files may have, those of Python with the marker under which they are installed. Who
needs whom does not stand in the lock files, and so not in the lists.
"""

from __future__ import annotations

import json
import re
import sys
import warnings
from base64 import b64decode
from pathlib import Path
from typing import Any

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "build" / "sbom"
_PACKAGE = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^ ;\\]+)(?P<rest>(?:.*\\\n)*.*)",
    re.MULTILINE,
)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def python_packages(lock: str) -> Bom:
    """The packages of a lock file of Python.

    Parameters
    ----------
    lock
        Text of ``requirements/run.txt``.

    Raises
    ------
    ValueError
        When it names no package, or one without a hash.
    """
    bom = _empty("landrelease")
    for found in _PACKAGE.finditer(lock):
        name, version = found["name"].lower(), found["version"]
        hashes = _HASH.findall(found["rest"])
        if not hashes:
            raise ValueError(f"{name} {version} has no hash in the lock file")
        marker = found["rest"].partition(";")[2].partition("\\")[0].strip()
        bom.components.add(
            Component(
                name=name,
                version=version,
                type=ComponentType.LIBRARY,
                bom_ref=f"pkg:pypi/{name}@{version}",
                purl=PackageURL("pypi", name=name, version=version),
                hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one) for one in hashes],
                properties=[Property(name="marker", value=marker)] if marker else [],
            )
        )
    if not bom.components:
        raise ValueError("the lock file names no package")
    return bom


def front_end(lock: dict[str, Any]) -> Bom:
    """The packages that the pages load.

    Parameters
    ----------
    lock
        ``package-lock.json``. What only builds or tests (``dev``) is left out.

    Raises
    ------
    ValueError
        When a package has no SHA-512.
    """
    bom = _empty("landrelease-front-end")
    for where, one in lock["packages"].items():
        if not where or one.get("dev"):
            continue
        group, _, name = where.rpartition("node_modules/")[2].rpartition("/")
        algorithm, _, digest = one.get("integrity", "").partition("-")
        if algorithm != "sha512":
            raise ValueError(f"{where} has no SHA-512 in the lock file")
        bom.components.add(
            Component(
                name=name,
                group=group or None,
                version=one["version"],
                type=ComponentType.LIBRARY,
                purl=PackageURL("npm", group or None, name, one["version"]),
                hashes=[HashType(alg=HashAlgorithm.SHA_512, content=b64decode(digest).hex())],
            )
        )
    return bom


def _empty(name: str) -> Bom:
    bom = Bom()
    bom.metadata.component = Component(
        name=name, version=_version(), type=ComponentType.APPLICATION
    )
    return bom


def _version() -> str:
    text = (ROOT / "src" / "landrelease" / "__init__.py").read_text(encoding="utf-8")
    (found,) = re.findall(r'^__version__ = "([^"]+)"', text, re.MULTILINE)
    return str(found)


def main() -> int:
    """Write both lists."""
    TARGET.mkdir(parents=True, exist_ok=True)
    boms = {
        "python": python_packages((ROOT / "requirements" / "run.txt").read_text("utf-8")),
        "front-end": front_end(json.loads((ROOT / "package-lock.json").read_text("utf-8"))),
    }
    for name, bom in boms.items():
        # Who needs whom does not stand in the locks.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            written = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6)
            text = written.output_as_string(indent=1)
        path = TARGET / f"{name}.cdx.json"
        path.write_text(text + "\n", encoding="utf-8")
        print(f"{path.relative_to(ROOT)}: {len(bom.components)} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
