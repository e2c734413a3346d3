"""What readers of files find is told in the reader's language: each sentence is read where it is
composed, and has to be one of those that the pages know (:mod:`landrelease.web.stored`)."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

import landrelease
from landrelease.register.assemble import _with_advice
from landrelease.register.said import Said
from landrelease.web import told

PACKAGE = Path(landrelease.__file__).parent
MODULES = sorted(
    [*(PACKAGE / "exchange").rglob("*.py")]
    + [PACKAGE / f"register/{name}.py" for name in ("assemble", "returned", "indications")]
)
#: Calls that compose a finding: which of their arguments is the message; advice comes after it.
FINDINGS = {"Problem": 2, "bad": 1, "Parsed": 2, "Finding": 2, "_refused": 2}
#: What the value in a place of a sentence may be here; it reads like no sentence.
VALUE = "Zuvra 7"
#: Findings that are never on a page, and why.
ELSEWHERE = {
    "exchange/write.py": "about files that are written; commands print them",
    "exchange/source.py": "a mistake of the program, not of a file",
}
#: Endings of the two halves of one finding that are never said with the other half's advice.
NEVER = (
    "with the same content: correct the id, or delete the row that is out of date",
    "already, with other content",
)


def readings(node: ast.expr | None) -> list[str]:
    """Every text that an expression can be, with one value for whatever is filled in."""
    match node:
        case None:
            return [""]
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return ["".join(some) for some in itertools.product(*map(readings, parts))]
        case ast.FormattedValue(value=inner) if isinstance(inner, ast.IfExp):
            return readings(inner)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return [a + b for a, b in itertools.product(readings(left), readings(right))]
        case ast.IfExp(body=one, orelse=other):
            return readings(one) + readings(other)
    return [VALUE]


def composed(module: Path) -> Iterator[tuple[int, str]]:
    """Findings that a module composes, by line."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in FINDINGS:
                at = FINDINGS[name]
                named = {one.arg: one.value for one in node.keywords}
                message = node.args[at] if len(node.args) > at else named.get("message")
                advice = node.args[at + 1] if len(node.args) > at + 1 else named.get("hint")
                if name in ("Finding", "_refused"):
                    advice = None
                for text, hint in itertools.product(readings(message), readings(advice)):
                    yield node.lineno, _with_advice(text, hint)
            case ast.Raise(exc=ast.Call(func=ast.Name(id="ValueError"), args=[message])):
                for text in readings(message):
                    yield node.lineno, text


def has_words(text: str) -> bool:
    """Whether anything of it is said here, rather than filled in."""
    return bool(text.replace(VALUE, "").strip(" :;,"))


FOUND = [
    (path, line, text)
    for path in MODULES
    if (name := path.relative_to(PACKAGE).as_posix()) not in ELSEWHERE
    for line, text in composed(path)
    if has_words(text) and not text.endswith(NEVER)
]


def test_many_findings_are_read():
    assert len(FOUND) > 100
    assert {"values.py", "vertex_rows.py", "esri.py"} <= {path.name for path, _, _ in FOUND}


@pytest.mark.parametrize("code", ["fr", "es", "uk", "ar"])
def test_every_finding_is_told_in_the_language_of_the_reader(code):
    unknown = []
    for path, line, text in FOUND:
        found = told.recognised(text)
        with translation.override(code):
            own = None if found is None else told.told(found)
        if own is None or own == text:
            unknown.append(f"{path.name}:{line}: {text}")
        else:
            assert isinstance(found, Said)
            assert found == text
            assert own.count(VALUE) >= min(1, text.count(VALUE))
    assert not unknown, "say it in web/stored.py, too:\n" + "\n".join(unknown)
