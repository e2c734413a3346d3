"""Bandit finds nothing in the program that is not explained where it stands."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCE = ROOT / "src" / "landrelease"
EXPLAINED = re.compile(r"# nosec (B\d{3})(, B\d{3})* # \S+ \S+")


def bandit(*places: Path) -> list[dict]:
    """What bandit finds, with the settings of the project."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "bandit", "-q", "-f", "json", "-r"),
            *("-c", str(ROOT / "pyproject.toml"), *map(str, places)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(done.stdout)
    assert not report["errors"]
    assert report["metrics"]["_totals"]["loc"] > 0, "it read nothing"
    return report["results"]


def test_nothing_is_found_that_is_not_explained():
    found = [
        f"{Path(one['filename']).name}:{one['line_number']} {one['test_id']} {one['issue_text']}"
        for one in bandit(SOURCE)
    ]
    assert not found, "mend it, or write `# nosec BXXX # why` behind the line:\n" + "\n".join(found)


def test_what_is_dangerous_is_found(tmp_path):
    """The settings leave bandit its teeth."""
    (tmp_path / "bad.py").write_text(
        "import subprocess, sqlite3\n"
        "def run(name, db):\n"
        "    subprocess.run('ls ' + name, shell=True)\n"
        "    db.execute(f\"SELECT * FROM t WHERE name = '{name}'\")\n"
        "    eval(name)\n"
    )
    assert {"B602", "B608", "B307"} <= {one["test_id"] for one in bandit(tmp_path)}


@pytest.mark.parametrize("file", sorted(SOURCE.rglob("*.py")), ids=lambda f: f.name)
def test_each_exception_says_which_finding_and_why(file):
    lines = file.read_text(encoding="utf-8").splitlines()
    bare = [n for n, line in enumerate(lines, 1) if "nosec" in line and not EXPLAINED.search(line)]
    assert not bare
