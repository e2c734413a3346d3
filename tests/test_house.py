"""Rules that hold for every file of the project, and for what it says about itself."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

#: What no file may hold. The expressions are written so that they do not match themselves.
FORBIDDEN = {
    "host of a package registry; the locks must work with any mirror": re.compile(
        r"pypi[.]org|files[.]pythonhosted[.]org|registry[.](npmjs|yarnpkg)[.](org|com)"
        r"|(deb|security)[.]debian[.]org|proxy[.]golang[.]org|(index|static)[.]crates[.]io"
    ),
    "absolute path of somebody's machine": re.compile(r"(?<![\w.~$}])/(?:work|root|home/\w+)/"),
    "key or token": re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bgh[pousr]_[A-Za-z0-9]{30,}|\bAKIA[0-9A-Z]{16}\b"
    ),
}

#: The largest file that may be committed; what is larger is data, and data stay outside.
LARGEST = 1_000_000


def tracked_files() -> list[Path]:
    """List the files of the project: what git tracks, and what it would if asked."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = listed.stdout.decode().split("\0")
    return [path for name in names if name and (path := ROOT / name).is_file()]


@pytest.fixture(scope="module")
def files() -> list[Path]:
    found = tracked_files()
    assert ROOT / "pyproject.toml" in found
    return found


def text_of(path: Path) -> str | None:
    """Read a file as text; None when it is none."""
    content = path.read_bytes()
    return None if b"\0" in content else content.decode("utf-8", "replace")


def test_no_file_holds_what_is_forbidden(files: list[Path]) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {what}: {line.strip()[:120]}"
        for path in files
        if (text := text_of(path)) is not None
        for number, line in enumerate(text.splitlines(), start=1)
        for what, pattern in FORBIDDEN.items()
        if pattern.search(line)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "line",
    [
        "see https://pypi" + ".org/project/x",
        '"resolved": "https://registry' + '.npmjs.org/x.tgz"',
        "cd /" + "work/data",
        "'/" + "root/x'",
        "open('/" + "home/anna/x')",
    ],
)
def test_the_forbidden_is_recognised(line: str) -> None:
    assert any(pattern.search(line) for pattern in FORBIDDEN.values())


@pytest.mark.parametrize("line", ["/network/of", "docs/work/x", "$T/home/x", "{base}/root/x"])
def test_the_harmless_is_not(line: str) -> None:
    assert not any(pattern.search(line) for pattern in FORBIDDEN.values())


def test_no_file_is_large(files: list[Path]) -> None:
    large = {str(p.relative_to(ROOT)): p.stat().st_size for p in files}
    assert not {name: size for name, size in large.items() if size > LARGEST}


def test_nothing_derived_is_committed(files: list[Path]) -> None:
    derived = ("static/dist/", "node_modules/", ".venv/", "__pycache__/", ".egg-info/")
    names = [path.relative_to(ROOT).as_posix() for path in files]
    assert not [name for name in names if any(part in name for part in derived)]


@pytest.mark.shared
def test_no_real_data_is_part_of_the_project(files: list[Path], shared: Path) -> None:
    """No file is a copy of one in the shared folder, and none holds a longer passage of one."""
    ours: dict[str, list[Path]] = defaultdict(list)
    for path in files:
        if path.stat().st_size:
            ours[hashlib.sha256(path.read_bytes()).hexdigest()].append(path)
    long_lines: dict[str, Path] = {}
    for path in sorted((shared / "data").rglob("*")):
        if not path.is_file():
            continue
        content = path.read_bytes()
        copies = ours.get(hashlib.sha256(content).hexdigest(), [])
        assert not copies, f"{copies} are copies of a file of the real data"
        if path.suffix.lower() in {".txt", ".md", ".html"}:
            for line in content.decode("utf-8", "replace").splitlines():
                if len(line.strip()) >= 60:
                    long_lines[line.strip()] = path
    assert long_lines, "the real data holds no reports to compare with"
    quoted = [
        f"{path.relative_to(ROOT)}: a line of {long_lines[line.strip()].name}"
        for path in files
        if (text := text_of(path)) is not None
        for line in text.splitlines()
        if line.strip() in long_lines and path.name != "LICENSE"
    ]
    assert not quoted, "\n".join(quoted)


# --- What the project says about itself -----------------------------------------------------------


def locked_names(lock: str) -> set[str]:
    text = (ROOT / lock).read_text(encoding="utf-8")
    return set(re.findall(r"^([A-Za-z0-9][\w.-]*)==", text, re.MULTILINE))


def noticed() -> dict[str, str]:
    """Read the tables of NOTICE: names and licences."""
    rows = re.findall(r"^(@?[\w./-]+) {2,}(\S.*)$", (ROOT / "NOTICE").read_text(), re.MULTILINE)
    return dict(rows)


def test_notice_names_every_package_that_runs() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    npm = {
        path.rsplit("node_modules/", 1)[1]
        for path, entry in lock.items()
        if path and not entry.get("dev")
    }
    runs = locked_names("requirements/run.txt") | npm
    assert set(noticed()) == runs, "run `make lock`, which writes NOTICE anew"


def test_notice_credits_the_data() -> None:
    text = " ".join((ROOT / "NOTICE").read_text(encoding="utf-8").split())
    assert "GeoNames" in text
    assert "Creative Commons Attribution 4.0" in text
    assert "Natural Earth" in text


def test_no_package_that_runs_asks_for_more_than_the_licence_allows() -> None:
    """Copyleft that would reach the whole program has no place among what it runs on."""
    strong = re.compile(r"(?<!L)\bA?GPL")
    # A choice between licences is fine as long as one of them is.
    reach = {
        name: licence
        for name, licence in noticed().items()
        if all(strong.search(choice) for choice in licence.split(" OR "))
    }
    assert not reach


def test_licence_is_the_one_stated() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["license"] == "Apache-2.0"
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_changelog_knows_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert project["version"] in headings or "Unreleased" in headings


@pytest.mark.parametrize(
    "lock",
    ["requirements/run.txt", "requirements/dev.txt", "scripts/build.txt", "scripts/node.txt"],
)
def test_every_locked_package_has_hashes(lock: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / lock).read_text(encoding="utf-8").strip())
    packages = [entry for entry in entries if "==" in entry]
    assert packages
    assert not [entry.splitlines()[0] for entry in packages if "--hash=sha256:" not in entry]


def test_locks_agree() -> None:
    """What the tests run on is what the program runs on."""

    def versions(lock: str) -> dict[str, str]:
        text = (ROOT / lock).read_text(encoding="utf-8")
        return dict(re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE))

    run, dev = versions("requirements/run.txt"), versions("requirements/dev.txt")
    assert run.items() <= dev.items()


def test_npm_packages_are_locked_without_a_registry() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    for group in ("dependencies", "devDependencies"):
        assert lock[""][group] == wanted[group], "run `make lock`"
    packages = {path: entry for path, entry in lock.items() if path}
    assert not [path for path, entry in packages.items() if "resolved" in entry]
    assert not [path for path, entry in packages.items() if "integrity" not in entry]


def test_no_two_test_modules_share_a_name() -> None:
    """Which of two modules an import meets would depend on the order of collecting."""
    named = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("*.py")):
        packaged = (path.parent / "__init__.py").exists()
        if path.name not in ("__init__.py", "conftest.py"):
            named[f"{path.parent.name}.{path.stem}" if packaged else path.stem].append(path)
    assert {name: paths for name, paths in named.items() if len(paths) > 1} == {}
