"""Lists in pages, by key: a page begins after the last key of the one before.

While rows are added or removed, a reader who walks such a list meets every other row exactly once;
and page ten thousand costs as much as the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

#: Rows of a page.
SIZE = 50


@dataclass(frozen=True)
class Page:
    """Some rows of a list, and where the next page begins.

    Attributes
    ----------
    rows
        The rows.
    next
        Key to pass as ``after`` for the next page; None on the last.
    first
        Whether it is the first page.
    """

    rows: list[Any]
    next: int | None
    first: bool


def page(request: HttpRequest, rows: QuerySet[Any], *, newest: bool = False, size: int = SIZE,
         parameter: str = "after") -> Page:  # fmt: skip
    """Take the page of a list that a request asks for.

    Parameters
    ----------
    request
        Its query parameter ``after`` holds the last key of the page before.
    rows
        The whole list; its key is ``id``.
    newest
        Whether the highest key comes first.
    size
        Rows of a page.
    parameter
        Name of the query parameter.
    """
    after = _key(request.GET.get(parameter, ""))
    if after is not None:
        rows = rows.filter(id__lt=after) if newest else rows.filter(id__gt=after)
    found = list(rows.order_by("-id" if newest else "id")[: size + 1])
    more = len(found) > size
    found = found[:size]
    return Page(found, found[-1].id if more else None, after is None)


def _key(text: str) -> int | None:
    """A key as given in an address; anything else is the beginning."""
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 19 else None


def query(request: HttpRequest, **changes: Any) -> str:
    """Write the request's own query with some parameters changed; None takes one out."""
    parameters = request.GET.copy()
    for name, value in changes.items():
        parameters.pop(name, None)
        if value is not None:
            parameters[name] = str(value)
    return parameters.urlencode()
