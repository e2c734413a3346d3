"""The account of the land: balances, statements, traces. Every number of mm² is a string.

They are given to whoever sees every record that they add up, as on the pages
(:func:`landrelease.register.access.against_sum`). To a reader below the whole register a trace
names no people and nothing of files that were handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from http import HTTPStatus
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Path, Query, Router, Schema
from pydantic import Field

from landrelease import land
from landrelease.register import access, figures, knowledge, trace
from landrelease.register.errors import RegisterError

from .. import kept_statements, traces
from ..reader import Reader
from . import callers, conditional
from .problems import Problem

router = Router(tags=["Ledger"])

By = Literal["unit", "class", "hazard", "organisation", "method"]
#: Parts of a figure on a page.
_MOST_PARTS = 1_000


class Known(Schema):
    """What the figures are by, and what they know."""

    by: By | None = Field(None, description="Rows by unit, class, hazard, organisation or method.")
    level: int | None = Field(
        None,
        ge=0,
        le=20,
        description="Administrative level of rows by unit; the finest unless given.",
    )
    known_at: str | None = Field(
        None, description="Only what the register knew at that moment (UTC)."
    )


class BalanceAsked(Known):
    """Parameters of a balance."""

    as_of: date | None = Field(None, description="Last day that counts.")


class StatementAsked(Known):
    """Parameters of a statement."""

    since: date | None = Field(None, description="First day.")
    until: date | None = Field(None, description="Last day.")
    scope: Literal[tuple(land.SCOPES)] = Field(  # type: ignore[valid-type]
        "any", description="any (ground counted once) or a contamination class."
    )


@router.get("/balance", summary="Balance of the land")
def balance(request: HttpRequest, asked: Query[BalanceAsked]) -> HttpResponse:
    """What is suspected, confirmed, cancelled, reduced, cleared; with the id of every figure."""
    return _answered(request, "a balance", access.LAND, lambda: figures.balance(
        as_of=asked.as_of, by=asked.by, level=asked.level, known_seq=_known(asked.known_at),
    ).to_json())  # fmt: skip


@router.get("/statement", summary="Statement of a period")
def statement(request: HttpRequest, asked: Query[StatementAsked]) -> HttpResponse:
    """Opening, every cause of change, closing; with the id of every figure."""
    return _answered(request, "a statement", access.LAND, lambda: kept_statements.statement(
        kept_statements.Asked(asked.since, asked.until, asked.by, asked.level,
                              _known(asked.known_at), asked.scope)
    ).to_json())  # fmt: skip


@router.get("/trace/{figure}", summary="Where a figure comes from")
def parts(
    request: HttpRequest,
    figure: str = Path(..., min_length=1, max_length=400, description="Id of the figure."),
    after: int = Query(0, ge=0, lt=2**63, description="next_after of the page before."),
    limit: int = Query(trace.PAGE, ge=1, le=_MOST_PARTS, description="Parts of a page."),
) -> HttpResponse:
    """The parts that a figure is the sum of, largest first, with entries, records and documents."""
    reader = Reader(callers.of(request))

    def traced() -> dict[str, Any]:
        return traces.narrowed(trace.trace(figure, limit=limit, after=after), reader).to_json()

    return _answered(request, "a trace", traces.types_of(figure), traced)


def _known(moment: str | None) -> int | None:
    return None if moment is None else knowledge.seq_at(moment)


def _answered(
    request: HttpRequest, what: str, types: Sequence[str], make: Callable[[], dict[str, Any]]
) -> HttpResponse:
    callers.require_sum(callers.of(request), what, *types)
    etag = conditional.tag(request)
    unchanged = conditional.not_modified(request, etag)
    if unchanged is not None:
        return conditional.mark(unchanged, etag)  # type: ignore[arg-type]
    try:
        body = make()
    except (RegisterError, OverflowError) as error:
        raise Problem(
            HTTPStatus.BAD_REQUEST, str(error), "Correct it and ask again; a balance lists the ids "
            "of its figures under figures.",
        ) from error  # fmt: skip
    return conditional.mark(JsonResponse(body), etag)
