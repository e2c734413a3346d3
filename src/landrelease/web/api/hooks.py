"""Webhooks, for administrators."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema, Status
from pydantic import Field

from landrelease.register import access, webhooks
from landrelease.register.models import Webhook

from . import callers
from .problems import Problem, not_found

router = Router(tags=["Webhooks"])

_PAGE = 100
Number = Path(..., ge=1, lt=2**63, description="Number of the webhook.")
Kind = Literal[webhooks.DECISIONS]  # type: ignore[valid-type]


class WebhookIn(Schema):
    """An address that is told of decisions."""

    url: str = Field(min_length=1, max_length=1_000, examples=["https://hooks.example.org/x"])
    kinds: list[Kind] = Field([], description="Kinds of decision; all of them unless given.")


class WebhookOut(Schema):
    id: int
    url: str
    kinds: list[str]
    registered_by: str
    registered_at: str
    removed_at: str | None


class WebhookNew(WebhookOut):
    secret: str = Field(description="With which deliveries are signed; it is not shown again.")


class DeliveryOut(Schema):
    delivery: str
    entry: int
    state: str
    attempts: int
    status: int | None
    said: str
    made_at: str
    tried_at: str | None
    next_at: str | None


class DeliveryList(Schema):
    deliveries: list[DeliveryOut]
    next_before: int | None


@router.get("", summary="Webhooks", response=list[WebhookOut])
def listing(request: HttpRequest) -> list[dict[str, Any]]:
    """Webhooks, those that were removed among them."""
    _administrator(request)
    return [_told(one) for one in Webhook.objects.order_by("id")]


@router.post("", summary="Register a webhook", response={201: WebhookNew})
def register(request: HttpRequest, webhook: WebhookIn) -> Status[dict[str, Any]]:
    """Tell an address of decisions from now on; its host stands in the settings."""
    caller = _administrator(request)
    assert caller.actor is not None, "only a person manages people"
    row, secret = webhooks.register(webhook.url, by=caller.actor, kinds=tuple(webhook.kinds))
    return Status(HTTPStatus.CREATED, {**_told(row), "secret": secret})


@router.get("/{number}", summary="One webhook", response=WebhookOut)
def one(request: HttpRequest, number: int = Number) -> dict[str, Any]:
    """A webhook by its number."""
    _administrator(request)
    return _told(_row(number))


@router.delete("/{number}", summary="Remove a webhook", response={204: None})
def remove(request: HttpRequest, number: int = Number) -> Status[None]:
    """Tell an address nothing more."""
    caller = _administrator(request)
    if _row(number).removed_at:
        raise Problem(HTTPStatus.CONFLICT, f"webhook {number} was removed already", "Nothing.")
    assert caller.actor is not None, "only a person manages people"
    webhooks.remove(number, by=caller.actor)
    return Status(HTTPStatus.NO_CONTENT, None)


@router.get("/{number}/deliveries", summary="Log of deliveries", response=DeliveryList)
def deliveries(
    request: HttpRequest,
    number: int = Number,
    before: int | None = Query(None, ge=1, lt=2**63, description="next_before of the last page."),
) -> dict[str, Any]:
    """What was sent, what is still to be sent, and what went wrong; the latest first."""
    _administrator(request)
    rows = _row(number).deliveries.order_by("-id")
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = list(rows[: _PAGE + 1])
    return {
        "deliveries": [
            {
                "delivery": one.uid, "entry": one.seq, "state": one.state,
                "attempts": one.attempts, "status": one.status, "said": one.said,
                "made_at": one.made_at, "tried_at": one.tried_at or None,
                "next_at": one.next_at if one.state == one.WAITING else None,
            }
            for one in found[:_PAGE]
        ],
        "next_before": found[_PAGE - 1].id if len(found) > _PAGE else None,
    }  # fmt: skip


def _administrator(request: HttpRequest) -> access.Caller:
    caller = callers.of(request)
    callers.require(caller, "manage_people")
    return caller


def _row(number: int) -> Any:
    row = Webhook.objects.filter(id=number).first()
    if row is None:
        raise not_found(f"webhook {number}")
    return row


def _told(row: Webhook) -> dict[str, Any]:
    return {
        "id": row.id,
        "url": row.url,
        "kinds": row.kinds.split("|") if row.kinds else [],
        "registered_by": row.registered_by,
        "registered_at": row.registered_at,
        "removed_at": row.removed_at or None,
    }
