"""The fields of the record of a report, as the report itself says them."""

from __future__ import annotations

import calendar
from typing import Any

from landrelease import evidence


def values_of(document: evidence.Document) -> dict[str, Any]:
    """Fields of the record of a report that it says itself; those it does not say are left out."""
    published = document.published
    values = {
        "source_id": document.sha256,
        "title": document.title,
        "kind": "news" if document.publisher or document.agency else None,
        "publisher": document.publisher,
        "author": document.byline,
        "agency": document.agency,
        "published": None if published is None else _interval(published),
        "language": document.language,
        "place": document.place_line,
        "locator": document.locator,
        "text_sha256": document.text_sha256,
        "url": document.url,
        "retrieved": None
        if document.retrieved is None
        else {"end": document.retrieved, "start": document.retrieved},
        "remarks": "; ".join(document.notes) or None,
    }
    return {name: value for name, value in values.items() if value is not None}


def _interval(published: evidence.Published) -> dict[str, str] | None:
    if published.value is None:
        return None
    value = published.value
    parts = [int(part) for part in value.split("-")]
    if len(parts) == 1:
        return {"end": f"{value}-12-31", "start": f"{value}-01-01"}
    if len(parts) == 2:
        last = calendar.monthrange(parts[0], parts[1])[1]
        return {"end": f"{value}-{last:02d}", "start": f"{value}-01"}
    return {"end": value, "start": value}
