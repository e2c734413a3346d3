"""Reading bodies of requests: JSON as its standard has it, and no text that a database refuses."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, NoReturn

from django.http import HttpRequest
from ninja.parser import Parser

from .problems import Problem

#: What bodies are, in their Content-Type.
JSON = "application/json"

#: How deep a body may be nested; a polygon of polygons needs eight.
DEEPEST = 32


class Strict(Parser):
    """Parser that refuses what is no JSON (``NaN``), no text (NUL, half a character), or a pit."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Read a body that says of itself that it is JSON.

        Raises
        ------
        Problem
            When it says that it is something else, or nothing (415).
        ValueError
            When it is not what it says.
        """
        if request.content_type != JSON:
            raise Problem(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                f"the body is {request.content_type or 'of no type'!r}, and is to be {JSON!r}",
                f"Send it as JSON (Content-Type: {JSON}).",
            )
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
