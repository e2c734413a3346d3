"""docs/asvs.md names every requirement of level 2, and only files and tests that there are."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "asvs.md"
STATES = ("holds", "in part", "not", "n/a")

#: Requirements of level 1 and 2 in each section of ASVS 4.0.3, without those it has deleted;
#: counted in the file that docs/asvs.md names.
SECTIONS = {
    "1.1": 7, "1.2": 4, "1.4": 3, "1.5": 4, "1.6": 4, "1.7": 2, "1.8": 2, "1.9": 2, "1.10": 1,
    "1.11": 2, "1.12": 1, "1.14": 6,
    "2.1": 12, "2.2": 3, "2.3": 3, "2.4": 6, "2.5": 7, "2.6": 3, "2.7": 6, "2.8": 7, "2.9": 3,
    "2.10": 4,
    "3.1": 1, "3.2": 4, "3.3": 4, "3.4": 5, "3.5": 3, "3.7": 1,
    "4.1": 4, "4.2": 2, "4.3": 3,
    "5.1": 5, "5.2": 8, "5.3": 10, "5.4": 3, "5.5": 4,
    "6.1": 3, "6.2": 6, "6.3": 2, "6.4": 2,
    "7.1": 4, "7.2": 2, "7.3": 3, "7.4": 3,
    "8.1": 4, "8.2": 3, "8.3": 8,
    "9.1": 3, "9.2": 4,
    "10.2": 2, "10.3": 3,
    "11.1": 8,
    "12.1": 3, "12.2": 1, "12.3": 6, "12.4": 2, "12.5": 2, "12.6": 1,
    "13.1": 4, "13.2": 5, "13.3": 2, "13.4": 2,
    "14.1": 4, "14.2": 6, "14.3": 2, "14.4": 7, "14.5": 4,
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One requirement, as the page has it."""

    number: str
    level: str
    asks: str
    said: str
    where: str
    shown: str

    @property
    def state(self) -> str:
        """The state that the row begins with."""
        return next((one for one in STATES if re.match(rf"{one}(\W|$)", self.said)), "")


def rows() -> list[Row]:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    cells = [[one.strip() for one in line.strip("|").split("|")] for line in lines]
    return [Row(*row) for row in cells if len(row) == 6 and re.match(r"\d+\.", row[0])]


def test_every_requirement_stands_on_the_page_once_and_in_order():
    numbers = [row.number for row in rows()]
    assert len(set(numbers)) == len(numbers) == 260
    assert Counter(number.rpartition(".")[0] for number in numbers) == SECTIONS
    parts = [tuple(map(int, number.split("."))) for number in numbers]
    assert parts == sorted(parts)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.number)
def test_a_row_says_its_state_and_how_it_is_known(row):
    assert row.state, row.said
    assert row.level in ("L1", "L2", "L2 (optional)")
    if row.state in ("holds", "in part"):
        assert "`" in row.where, "no module"
        assert row.shown in ("read", "package") or "`" in row.shown, "no test"
    if row.state in ("in part", "n/a"):
        assert ":" in row.said, "it says neither what lacks nor why it does not apply"


def test_every_file_and_test_that_is_named_exists():
    tests = {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", file.read_text("utf-8"), re.MULTILINE)
    }
    lacking = []
    for row in rows():
        for name in re.findall(r"`([^`]+)`", f"{row.where} {row.shown}"):
            if name.startswith("test_"):
                known = name in tests
            else:
                known = any((base / name).exists() for base in (ROOT / "src" / "landrelease", ROOT))
            if not known:
                lacking.append((row.number, name))
    assert not lacking


def test_the_sums_on_the_page_about_security_are_those_of_the_rows():
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    chapters = Counter((row.number.split(".")[0], row.state) for row in rows())
    told = {}
    for line in text.splitlines():
        if found := re.match(r"\| V(\d+) [^|]*\|([^|]+)\|([^|]+)\|([^|]+)\|([^|]+)\|$", line):
            for state, number in zip(STATES, found.groups()[1:], strict=True):
                told[found[1], state] = int(number)
    assert told == {
        (str(v), state): chapters[str(v), state] for v in range(1, 15) for state in STATES
    }
    total = re.search(r"^\| \*\*all\*\* \|(.+)\|$", text, re.MULTILINE)
    assert total is not None
    sums = Counter(row.state for row in rows())
    assert [int(one.strip(" *")) for one in total[1].split("|")] == [sums[one] for one in STATES]
    levels = Counter(row.level[:2] for row in rows() if row.state == "not")
    assert f"{levels['L1']} of level 1" in text
    for row in rows():
        if row.state == "not":
            assert re.search(rf"\b{re.escape(row.number)}\b", text), f"{row.number} is not named"
