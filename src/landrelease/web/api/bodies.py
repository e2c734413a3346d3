"""Reading bodies of requests: JSON as its standard has it, and no text that a database refuses."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from django.http import HttpRequest
from ninja.parser import Parser

#: How deep a body may be nested; a polygon of polygons needs eight.
DEEPEST = 32


class Strict(Parser):
    """Parser that refuses what is no JSON (``NaN``), no text (NUL, half a character), or a pit."""

    def parse_body(self, request: HttpRequest) -> Any:
        try:
            body = json.loads(request.body, parse_constant=_no_number)
        except RecursionError:
            raise ValueError("the body is nested too deeply") from None
        _check(body, 0)
        return body


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")


def _check(value: Any, depth: int) -> None:
    if depth > DEEPEST:
        raise ValueError("the body is nested too deeply")
    match value:
        case str():
            if "\0" in value or any("\ud800" <= one <= "\udfff" for one in value):
                raise ValueError("a text holds a character that is none (NUL, half a pair)")
        case dict():
            for name, each in value.items():
                _check(name, depth)
                _check(each, depth + 1)
        case list():
            for each in value:
                _check(each, depth + 1)
