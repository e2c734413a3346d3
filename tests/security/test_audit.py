"""`make audit`: what cannot be asked is said, and is no pass."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from scripts_of import script

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def audit():
    with script("audit") as module:
        yield module


def answers(monkeypatch, audit, text: str, code: int = 0, error: str = "") -> None:
    """Every tool says this."""
    monkeypatch.setattr(
        audit, "_run", lambda *words, path="": subprocess.CompletedProcess(words, code, text, error)
    )


@pytest.fixture
def unreachable(monkeypatch):
    """No database can be reached: all requests go to a port where nothing listens."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("npm_config_fetch_retries", "0")


def test_without_a_network_the_packages_are_not_said_to_be_well(audit, unreachable, tmp_path):
    """The real tools, with nothing that answers them."""
    python, pages = audit.pip_audit("run"), audit.npm_audit()
    for part in (python, pages):
        assert part.not_asked, part
        assert part.looked_at == 0
        assert audit.verdict(part) == "COULD NOT BE ASKED"


def test_the_status_says_what_was_not_asked(audit, monkeypatch, capsys):
    well = audit.Part("code", looked_at=3)
    monkeypatch.setattr(audit, "bandit", lambda: well)
    monkeypatch.setattr(audit, "npm_audit", lambda: well)
    monkeypatch.setattr(audit, "pip_audit", lambda lock: well)
    assert audit.main() == 0
    mute = audit.Part("packages", not_asked=["no route"])
    monkeypatch.setattr(audit, "pip_audit", lambda lock: mute)
    assert audit.main() == audit.NOT_ASKED
    assert "no pass" in capsys.readouterr().out
    bad = audit.Part("packages", looked_at=1, found=["django 1.0: CVE-1"], not_asked=["no route"])
    monkeypatch.setattr(audit, "pip_audit", lambda lock: bad)
    assert audit.main() == audit.FOUND
    assert "CVE-1" in capsys.readouterr().out


def test_what_pip_audit_finds_and_what_it_skips(audit, monkeypatch):
    told = {
        "dependencies": [
            {"name": "django", "version": "5.2.1", "vulns": [
                {"id": "PYSEC-1", "fix_versions": ["5.2.2"], "aliases": [], "description": ""}]},
            {"name": "click", "version": "8.5.1", "vulns": []},
            {"name": "ours", "skip_reason": "not there"},
        ],
        "fixes": [],
    }  # fmt: skip
    answers(monkeypatch, audit, json.dumps(told), 1)
    part = audit.pip_audit("run")
    assert part.looked_at == 2
    assert part.found == ["django 5.2.1: PYSEC-1, mended in 5.2.2"]
    assert part.not_asked == ["ours: not there"]
    assert audit.verdict(part) == "1 weaknesses in 2, 1 NOT ASKED"


def test_what_npm_finds(audit, monkeypatch):
    told = {
        "vulnerabilities": {"pbf": {"range": "<3", "severity": "high"}},
        "metadata": {"dependencies": {"total": 29}},
    }
    answers(monkeypatch, audit, json.dumps(told), 1)
    monkeypatch.setattr(audit.shutil, "which", lambda name, path="": "npm")
    part = audit.npm_audit()
    assert (part.looked_at, part.found, part.not_asked) == (29, ["pbf <3: high"], [])


def test_a_tool_that_says_nothing_was_not_asked(audit, monkeypatch):
    answers(monkeypatch, audit, "", 1, "Traceback\nConnectionError: no route")
    assert audit.pip_audit("run").not_asked == ["Traceback ConnectionError: no route"]
    answers(monkeypatch, audit, "", 2)
    assert "said nothing" in audit.bandit().not_asked[0]


def test_make_audit_is_this(audit):
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "\naudit: setup-dev\n\t@$(BIN)/python scripts/audit.py\n" in text
    assert os.access(ROOT / "scripts" / "audit.py", os.R_OK)
