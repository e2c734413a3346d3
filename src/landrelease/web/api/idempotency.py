"""A request that is sent twice is carried out once (header ``Idempotency-Key``)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from landrelease.register import clock
from landrelease.register.models import KeptAnswer

from . import callers
from .problems import Problem

HEADER = "Idempotency-Key"
#: How long an answer is kept.
KEPT = timedelta(days=1)
_LONGEST = 200
#: Members of an answer that are never kept: they are told once.
_SECRET = frozenset({"secret"})


def once(request: HttpRequest, carry_out: Callable[[], HttpResponse]) -> HttpResponse:
    """Carry a request out, or give the answer that it was given before.

    Raises
    ------
    Problem
        400 for a key that is none; 422 when it was used for another request; 409 while the first
        is being carried out, or broke off in the middle.
    """
    key = request.headers.get(HEADER)
    if request.method != "POST" or key is None:
        return carry_out()
    if not (0 < len(key) <= _LONGEST and key.isascii() and key.isprintable()):
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            f"{HEADER}: a key has 1 to {_LONGEST} printable ASCII characters",
            "Use a new UUID for each request.",
        )
    who, digest = callers.of(request).name, _digest(request)
    kept, is_new = _claimed(who, key, digest)
    if not is_new:
        return _again(kept, digest)
    try:
        response = carry_out()
    except Exception:
        kept.delete()
        raise
    if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        kept.delete()
        return response
    kept.status = response.status_code
    kept.media_type = response.headers.get("Content-Type", "")
    kept.body = _without_secrets(response.content.decode())
    kept.save(update_fields=["status", "media_type", "body"])
    return response


@transaction.atomic
def _claimed(who: str, key: str, digest: str) -> tuple[KeptAnswer, bool]:
    ends = datetime.now(UTC) - KEPT
    KeptAnswer.objects.filter(at__lt=ends.strftime("%Y-%m-%dT%H:%M:%S.%fZ")).delete()
    return KeptAnswer.objects.get_or_create(
        caller=who, key=key, defaults={"request": digest, "at": clock.now()}
    )


def _again(kept: KeptAnswer, digest: str) -> HttpResponse:
    if kept.request != digest:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"{HEADER}: this key was used for another request",
            "Use a new key for each request; send the same request again with its own key.",
        )
    if kept.status is None:
        raise Problem(
            HTTPStatus.CONFLICT,
            f"{HEADER}: the first request with this key is being carried out, or broke off",
            "Wait a moment and send it again; if this stays so, look in the list (such as GET "
            "/api/v1/submissions) whether it was done, before you send it with a new key.",
        )
    response = HttpResponse(kept.body, status=kept.status, content_type=kept.media_type)
    response["Idempotency-Replayed"] = "true"
    return response


def _digest(request: HttpRequest) -> str:
    """Hash of a request; of a form its fields and files, as its boundary is new each time."""
    said = [request.method or "", request.path]
    if request.content_type == "multipart/form-data":
        said += [f"{name}={value}" for name, value in sorted(request.POST.items())]
        for name, file in sorted(request.FILES.items()):
            content = hashlib.sha256()
            for chunk in file.chunks():
                content.update(chunk)
            file.seek(0)
            said.append(f"{name}:{file.name}:{content.hexdigest()}")
    else:
        said.append(hashlib.sha256(request.body).hexdigest())
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _without_secrets(text: str) -> str:
    try:
        body = json.loads(text)
    except ValueError:
        return text
    if not isinstance(body, dict) or not _SECRET & body.keys():
        return text
    return json.dumps({name: value for name, value in body.items() if name not in _SECRET})
