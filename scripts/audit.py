"""Look for weaknesses: in the code with bandit, in what is locked with pip-audit and npm audit.

    .venv/bin/python scripts/audit.py

The last two ask databases on the network. Where one cannot be asked, or does not know a package,
that is said and is no pass. The status is 0 when everything was asked and nothing found, 1 when a
weakness was found, 3 when something could not be asked.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
LOCKS = ("run", "dev", "bench")
FOUND, NOT_ASKED = 1, 3
#: npm's own words are long; the beginning says which address gave what.
WORDS = 300
#: Reasons shown of one part; a database that cannot be reached gives one for each package.
SHOWN = 5


@dataclass
class Part:
    """What came out of one question.

    Attributes
    ----------
    what
        What was looked at.
    looked_at
        How many packages or lines were.
    found
        Weaknesses, one text each.
    not_asked
        Why there is no answer, or for which packages there is none; empty when all were asked.
    """

    what: str
    looked_at: int = 0
    found: list[str] = field(default_factory=list)
    not_asked: list[str] = field(default_factory=list)


def main() -> int:
    """Ask everything, say what came out, and give the status."""
    parts = [bandit(), *(pip_audit(lock) for lock in LOCKS), npm_audit()]
    for part in parts:
        print(f"{part.what}: {verdict(part)}")
        for line in part.found:
            print(f"  weakness: {line}")
        for line in part.not_asked[:SHOWN]:
            print(f"  not asked: {line}")
        if len(part.not_asked) > SHOWN:
            print(f"  not asked: and {len(part.not_asked) - SHOWN} more")
    if any(part.not_asked for part in parts):
        print("This is no pass: ask again where the network reaches the databases.")
    if any(part.found for part in parts):
        return FOUND
    return NOT_ASKED if any(part.not_asked for part in parts) else 0


def verdict(part: Part) -> str:
    """One line about a part."""
    if part.not_asked and not part.looked_at:
        return "COULD NOT BE ASKED"
    said = f"{len(part.found)} weaknesses in {part.looked_at}"
    return f"{said}, {len(part.not_asked)} NOT ASKED" if part.not_asked else said


def bandit() -> Part:
    """The code of the program."""
    done = _run(
        sys.executable, "-m", "bandit", "-q", "-f", "json", "-r", "-c", "pyproject.toml",
        "src/landrelease",
    )  # fmt: skip
    part = Part("code (bandit)")
    try:
        told = json.loads(done.stdout)
    except ValueError:
        part.not_asked.append(_words(done))
        return part
    part.looked_at = int(told["metrics"]["_totals"]["loc"])
    part.found = [
        f"{one['filename']}:{one['line_number']} {one['test_id']} {one['issue_text']}"
        for one in told["results"]
    ]
    part.not_asked = [f"{one['filename']}: {one['reason']}" for one in told["errors"]]
    return part


def pip_audit(lock: str) -> Part:
    """The packages of one lock file of Python."""
    part = Part(f"requirements/{lock}.txt (pip-audit)")
    done = _run(
        sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off",
        "--disable-pip", "--no-deps", "--requirement", f"requirements/{lock}.txt",
    )  # fmt: skip
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        part.not_asked.append(_words(done))
        return part
    for one in packages:
        if "skip_reason" in one:
            part.not_asked.append(f"{one['name']}: {one['skip_reason']}")
            continue
        part.looked_at += 1
        part.found += [
            f"{one['name']} {one['version']}: {weakness['id']}, mended in "
            f"{', '.join(weakness['fix_versions']) or 'no version'}"
            for weakness in one["vulns"]
        ]
    return part


def npm_audit() -> Part:
    """The packages of the front end."""
    part = Part("package-lock.json (npm audit)")
    path = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
    npm = shutil.which("npm", path=path)
    if npm is None:
        part.not_asked.append("npm is not installed; `make bundle` brings it")
        return part
    done = _run(npm, "audit", "--package-lock-only", "--json", path=path)
    try:
        told = json.loads(done.stdout)
        counts = told["metadata"]["dependencies"]["total"]
    except (ValueError, KeyError, TypeError):
        part.not_asked.append(_words(done))
        return part
    part.looked_at = int(counts)
    part.found = [
        f"{name} {one['range']}: {one['severity']}" for name, one in told["vulnerabilities"].items()
    ]
    return part


def _run(*words: str, path: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": path} if path else None
    return subprocess.run(
        words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def _words(done: subprocess.CompletedProcess[str]) -> str:
    """The last words of a tool that gave no answer."""
    lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    said = " ".join(lines[-3:]) if lines else f"it ended with {done.returncode} and said nothing"
    return said[:WORDS]


if __name__ == "__main__":
    sys.exit(main())
