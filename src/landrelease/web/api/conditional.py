"""Answers that need not be sent again: ETag from the head of the journal and from who asks."""

from __future__ import annotations

import hashlib

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import get_language

from landrelease import __version__
from landrelease.register import access, clock, journal

from . import callers


def tag(request: HttpRequest, *more: object) -> str:
    """ETag of what a caller would be given for a request now.

    What a caller sees can change with the day, too: roles begin and end. The head of the journal
    is told by its hash: after an older backup was restored, its entries are numbered the same.

    Parameters
    ----------
    more
        What else an answer depends on, beside the journal.
    """
    head = journal.head()
    said = (
        head.hash if head else "", __version__, access.mark(callers.of(request)), clock.now()[:10],
        get_language(),
        request.get_host(), request.scheme, request.get_full_path(),
        request.headers.get("Accept", ""), *more,
    )  # fmt: skip
    return f'"{hashlib.sha256(repr(said).encode()).hexdigest()[:40]}"'


def not_modified(request: HttpRequest, etag: str) -> HttpResponse | None:
    """The answer to a caller who has it already; None when they do not."""
    found = get_conditional_response(request, etag=etag)
    return found if isinstance(found, HttpResponseNotModified) else None


def mark(response: HttpResponse, etag: str | None = None) -> HttpResponse:
    """Say that an answer is for this caller only, and what it can be recognised by."""
    response["Cache-Control"] = "private, no-cache" if etag else "private, no-store"
    if etag:
        response["ETag"] = etag
    patch_vary_headers(response, ["Accept", "Authorization", "Cookie"])
    return response
