"""The definition of the API as OpenAPI 3.0, which the OGC standard and its clients read.

django-ninja writes 3.1; what differs is put the older way: a value that may be null, constants,
examples, and bounds that exclude their end.
"""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI

from .problems import MEDIA_TYPE

VERSION = "3.0.3"
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457: what is wrong (detail), where (errors), and what to do (to_do).",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "to_do": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"where": {"type": "string"}, "what": {"type": "string"}},
            },
        },
    },
}
_SERVER_STATUS = "5XX"


def definition(api: NinjaAPI, server: str) -> dict[str, Any]:
    """Write the definition.

    Parameters
    ----------
    server
        Address before which the paths of the definition stand.
    """
    written: dict[str, Any] = _older(dict(api.get_openapi_schema(path_prefix="")))
    written["openapi"] = VERSION
    written["servers"] = [{"url": server}]
    written["components"].setdefault("schemas", {})["Problem"] = _PROBLEM
    problem = {
        "description": "A problem: what is wrong, where, and what to do",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    paths = {}
    for path, methods in written["paths"].items():
        for operation in methods.values():
            answers = {str(code): told for code, told in operation["responses"].items()}
            operation["responses"] = {**answers, "4XX": problem}
        paths[f"/{path.lstrip('/')}"] = methods
    written["paths"] = paths
    return written


def _older(value: Any) -> Any:
    match value:
        case dict():
            return _older_dict({name: _older(each) for name, each in value.items()})
        case list():
            return [_older(each) for each in value]
    return value


def _older_dict(value: dict[str, Any]) -> dict[str, Any]:
    choices = value.get("anyOf")
    if isinstance(choices, list) and {"type": "null"} in choices:
        left = [one for one in choices if one != {"type": "null"}]
        rest = {name: each for name, each in value.items() if name != "anyOf"}
        if len(left) == 1 and "$ref" not in left[0]:
            value = {**left[0], **rest, "nullable": True}
        else:
            value = {**rest, "anyOf": left, "nullable": True}
        if value.get("default", "") is None:
            del value["default"]
    if "const" in value and "properties" not in value:
        value = {**value, "enum": [value["const"]]}
        del value["const"]
    for bound, excluded in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        number = value.get(excluded)
        if isinstance(number, int | float) and not isinstance(number, bool):
            value = {**value, bound: number, excluded: True}
    examples = value.get("examples")
    if isinstance(examples, list):
        value = {**value, "example": examples[0]}
        del value["examples"]
    return value
