"""The pages that are written by a script are what the script would write today."""

from __future__ import annotations

import pytest

from scripts_of import script


@pytest.mark.parametrize(
    ("name", "page"), [("cli_reference", "reference"), ("data_dictionary", "dictionary")]
)
def test_the_page_is_current(name: str, page: str) -> None:
    with script(name) as module:
        written = module.PAGE.read_text(encoding="utf-8")
        assert written == getattr(module, page)(), f"run .venv/bin/python scripts/{name}.py"
