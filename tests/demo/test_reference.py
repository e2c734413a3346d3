"""The pages that are written by a script are what the script would write today."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def script(name: str):
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("name", "page"), [("cli_reference", "reference"), ("data_dictionary", "dictionary")]
)
def test_the_page_is_current(name: str, page: str) -> None:
    module = script(name)
    written = module.PAGE.read_text(encoding="utf-8")
    assert written == getattr(module, page)(), f"run .venv/bin/python scripts/{name}.py"
