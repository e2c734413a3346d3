"""`make sbom`: everything that is locked, with its hashes, as CycloneDX."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion

from scripts_of import script

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def sbom():
    with script("sbom") as module:
        yield module


def written(bom) -> dict:
    return json.loads(make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string())


@pytest.mark.filterwarnings("ignore:The Component this BOM is describing:UserWarning")
def test_every_package_of_python_is_listed_with_its_hashes(sbom):
    lock = (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8")
    listed = written(sbom.python_packages(lock))
    pins = re.findall(r"^([\w.-]+)==(\S+)", lock, re.MULTILINE)
    assert sorted((one["name"], one["version"]) for one in listed["components"]) == sorted(
        (name.lower(), version) for name, version in pins
    )
    hashes = {one["content"] for part in listed["components"] for one in part["hashes"]}
    assert hashes == set(re.findall(r"--hash=sha256:(\w+)", lock))
    assert listed["metadata"]["component"]["name"] == "landrelease"
    markers = {
        one["purl"]: one["properties"][0]["value"]
        for one in listed["components"] if "properties" in one
    }  # fmt: skip
    assert len(markers) == len(re.findall(r"^[\w.-]+==\S+ ;", lock, re.MULTILINE)) > 0


@pytest.mark.filterwarnings("ignore:The Component this BOM is describing:UserWarning")
def test_what_the_pages_load_is_listed_and_what_only_builds_is_not(sbom):
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    listed = written(sbom.front_end(lock))
    purls = {one["purl"].partition("@")[0] for one in listed["components"]}
    assert {"pkg:npm/htmx.org", "pkg:npm/maplibre-gl"} <= purls
    assert not purls & {"pkg:npm/esbuild", "pkg:npm/axe-core", "pkg:npm/vue"}
    assert all(len(one["hashes"][0]["content"]) == 128 for one in listed["components"])


def test_a_package_without_a_hash_is_not_passed_over(sbom):
    with pytest.raises(ValueError, match="no hash"):
        sbom.python_packages("django==5.2.19\n")
    with pytest.raises(ValueError, match="names no package"):
        sbom.python_packages("# nothing\n")
    with pytest.raises(ValueError, match="SHA-512"):
        sbom.front_end({"packages": {"node_modules/pbf": {"version": "1"}}})
