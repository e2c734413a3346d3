"""Webhooks: other systems are told of decisions, by ids and hashes and nothing else.

The journal itself is the list of what is to be told: a webhook remembers the last entry for which
deliveries were made, so that no decision can be written without being told, and none is told that
was rolled back. ``landrelease tasks run`` makes the deliveries and sends them, again and again at
growing intervals until the receiver has said yes or :data:`WAITS` is used up.

Where deliveries may go stands in ``landrelease.toml``, not in the database::

    [webhooks]
    hosts = ["hooks.example.org"]
    private = []                    # those of the hosts that may lie in a private network

A host that is not named there is told nothing; an address that is not public is refused unless its
host stands under ``private``, and the connection goes to the very address that was looked at.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
import socket
import time
import tomllib
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from cryptography.fernet import Fernet, InvalidToken
from django.db import transaction

from . import canonical, clock, journal, knowledge, people, profile, restricted, workspace
from .errors import RegisterError
from .models import JournalEntry, Webhook, WebhookDelivery
from .people import Actor
from .schema import RECORD_TYPES

#: Kinds of journal entry that are decisions; what follows from them (posting) is none.
DECISIONS: Final = (
    "accept", "accept_held", "act", "claim", "cut_over", "historic", "question",
    "refusal_taken_back", "release", "release_refused", "report",
)  # fmt: skip
#: Minutes between one attempt and the next; after the last the delivery has failed.
WAITS: Final = (1, 5, 30, 120, 360, 1440)
#: Seconds that a receiver has to answer.
PATIENCE: Final = 10.0
#: Most ids in a message; the count tells when there were more.
MOST_IDS: Final = 100
SIGNATURE: Final = "Landrelease-Signature"
_LONGEST_URL: Final = 1_000


@dataclass(frozen=True)
class Allowed:
    """Where deliveries may go: hosts, and those of them that may lie in a private network."""

    hosts: frozenset[str]
    private: frozenset[str]


def allowed() -> Allowed:
    """What the settings of the workspace allow.

    Raises
    ------
    RegisterError
        When they are not understood.
    """
    path = workspace.current().folder / workspace.SETTINGS_FILE
    given = tomllib.loads(path.read_text(encoding="utf-8")).get("webhooks", {})
    unknown = sorted(set(given) - {"hosts", "private"})
    lists = [given.get(name, []) for name in ("hosts", "private")]
    if unknown or not all(isinstance(h, str) for names in lists for h in names):
        raise RegisterError(
            f"{path}: [webhooks] takes hosts and private, each a list of host names"
        )
    return Allowed(*(frozenset(host.lower() for host in names) for names in lists))


def _checked(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address that may be told anything.

    Raises
    ------
    RegisterError
        When it may not, saying why.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise RegisterError(f"{url[:200]!r} is no address: {error}") from None
    host = (parts.hostname or "").lower()
    known = allowed()
    if len(url) > _LONGEST_URL or parts.username or parts.password or parts.fragment or not host:
        raise RegisterError(
            f"{url[:200]!r} is no address for deliveries: give https://HOST/PATH without a "
            "password in it"
        )
    if host not in known.hosts:
        raise RegisterError(
            f"{host} is no host that may be told: name it under [webhooks] hosts in "
            f"{workspace.SETTINGS_FILE}"
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and host in known.private):
        raise RegisterError(
            f"{url[:200]!r}: deliveries go over https (plain http only to hosts under [webhooks] "
            "private)"
        )
    return parts.scheme, host, port or (443 if parts.scheme == "https" else 80)


def _resolved(host: str, port: int) -> str:
    """The address to connect to.

    Raises
    ------
    RegisterError
        When the host has an address that is not public, and is not allowed one.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise RegisterError(f"{host} cannot be found: {error}") from error
    addresses = [str(one[4][0]) for one in found]
    if host not in allowed().private:
        inner = [one for one in addresses if not _is_public(one)]
        if inner:
            raise RegisterError(
                f"{host} leads to {inner[0]}, which is no public address; if it may, name the "
                f"host under [webhooks] private in {workspace.SETTINGS_FILE}"
            )
    return addresses[0]


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return found.is_global and not found.is_multicast and (inner is None or inner.is_global)


# --- registering ----------------------------------------------------------------------------------


@transaction.atomic
def register(url: str, *, by: Actor, kinds: tuple[str, ...] = ()) -> tuple[Webhook, str]:
    """Register an address that is told of decisions from now on.

    Parameters
    ----------
    kinds
        Kinds of journal entry, of :data:`DECISIONS`; all of them unless given.

    Returns
    -------
    webhook, secret
        The secret with which deliveries are signed; it cannot be shown again.

    Raises
    ------
    RegisterError
        When the address or a kind is not allowed, or the address is registered already.
    """
    _checked(url)
    unknown = sorted(set(kinds) - set(DECISIONS))
    if unknown:
        raise RegisterError(
            f"no decision is called {', '.join(unknown)}; there are: {', '.join(DECISIONS)}"
        )
    if Webhook.objects.filter(url=url, removed_at="").exists():
        raise RegisterError(f"{url} is registered already; remove it first to change it")
    secret = secrets.token_urlsafe(32)
    row = Webhook.objects.create(
        url=url,
        secret=_box().encrypt(secret.encode()).decode(),
        kinds="|".join(sorted(set(kinds))),
        after_seq=knowledge.head_seq(),
        registered_by=by.name,
        registered_at=clock.now(),
    )
    people.log(by, "webhook_registered", f"webhook:{row.id}", kinds=row.kinds, url=url)
    return row, secret


@transaction.atomic
def remove(number: int, *, by: Actor) -> None:
    """Tell an address nothing more; what was delivered stays in the log.

    Raises
    ------
    RegisterError
        When there is no such webhook, or it was removed already.
    """
    row = Webhook.objects.filter(id=number, removed_at="").first()
    if row is None:
        raise RegisterError(f"no webhook that still stands has the number {number}")
    row.removed_by, row.removed_at = by.name, clock.now()
    row.save(update_fields=["removed_by", "removed_at"])
    row.deliveries.filter(state=WebhookDelivery.WAITING).update(
        state=WebhookDelivery.FAILED, said="the webhook was removed"
    )
    people.log(by, "webhook_removed", f"webhook:{row.id}", url=row.url)


def _box() -> Fernet:
    return Fernet(workspace.current().master_key)


# --- making deliveries ----------------------------------------------------------------------------


@transaction.atomic
def make() -> int:
    """Make the deliveries of all entries that were written since; how many there are."""
    head = knowledge.head_seq()
    made = 0
    for hook in Webhook.objects.select_for_update().filter(removed_at="", after_seq__lt=head):
        kinds = hook.kinds.split("|") if hook.kinds else DECISIONS
        entries = JournalEntry.objects.filter(seq__gt=hook.after_seq, seq__lte=head, kind__in=kinds)
        now = clock.now()
        rows = [
            WebhookDelivery(uid=uuid.uuid4().hex, webhook=hook, seq=seq, next_at=now, made_at=now)
            for seq in entries.order_by("seq").values_list("seq", flat=True)
        ]
        WebhookDelivery.objects.bulk_create(rows, ignore_conflicts=True)
        hook.after_seq = head
        hook.save(update_fields=["after_seq"])
        made += len(rows)
    return made


def message(delivery: WebhookDelivery) -> dict[str, Any]:
    """What a delivery says: ids and hashes, no personal data, no places, no names of people.

    Records of types that only a higher tier is shown, and single records that are restricted, are
    counted and not named.
    """
    entry = JournalEntry.objects.get(seq=delivery.seq)
    data = journal.data_of(entry)
    refs: list[str] = []
    records = 0
    for kind, body in journal.parts_of(entry):
        lines = journal.lines_of(body)
        name = kind.removeprefix("records/")
        if kind == name or name not in RECORD_TYPES:
            continue
        records += len(lines)
        if _may_be_named(name):
            open_ = _unrestricted(name, [line["uid"] for line in lines])
            refs += [f"{name}:{uid}" for uid in islice(open_, MOST_IDS - len(refs))]
    return {
        "delivery": delivery.uid,
        "event": entry.kind,
        "entry": entry.seq,
        "entry_sha256": entry.hash,
        "recorded_at": entry.recorded_at,
        "receipt": data["data"].get("submission", {}).get("receipt"),
        "parts": data["parts"],
        "records": records,
        "named": refs,
    }


def _may_be_named(record_type: str) -> bool:
    tiers = profile.current().access.record_types
    personal = bool(RECORD_TYPES[record_type].personal_fields)
    return not personal and tiers.get(record_type, "public") == "public"


def _unrestricted(record_type: str, uids: Sequence[str]) -> Iterator[str]:
    for first in range(0, len(uids), MOST_IDS):
        some = uids[first : first + MOST_IDS]
        rows = restricted.rows(record_type).filter(uid__in=some)
        hidden = set(rows.values_list("uid", flat=True))
        yield from (uid for uid in some if uid not in hidden)


def signature(secret: str, moment: int, body: bytes) -> str:
    """Value of the header :data:`SIGNATURE`: HMAC-SHA256 over ``moment.body``."""
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256)
    return f"t={moment},v1={digest.hexdigest()}"


# --- sending --------------------------------------------------------------------------------------


def send(limit: int = 100, told: Callable[[WebhookDelivery], None] | None = None) -> int:
    """Send what is due; how many attempts were made.

    Parameters
    ----------
    limit
        Most attempts.
    told
        Called after each.
    """
    due = WebhookDelivery.objects.filter(
        state=WebhookDelivery.WAITING, next_at__lte=clock.now(), webhook__removed_at=""
    )
    made = 0
    for number in list(due.order_by("next_at", "id").values_list("id", flat=True)[:limit]):
        delivery = _taken(number)
        if delivery is None:
            continue
        status, said = _attempt(delivery)
        _note(delivery, status, said)
        made += 1
        if told is not None:
            told(delivery)
    return made


@transaction.atomic
def _taken(number: int) -> WebhookDelivery | None:
    """A delivery that nobody else sends meanwhile: the next attempt is put off first, so that one
    that is broken off in the middle is made again."""
    now = clock.now()
    free = WebhookDelivery.objects.filter(
        id=number, state=WebhookDelivery.WAITING, next_at__lte=now
    )
    delivery = free.select_related("webhook").first()
    if delivery is None:
        return None
    later = _after(WAITS[min(delivery.attempts, len(WAITS) - 1)])
    taken = free.filter(next_at=delivery.next_at, attempts=delivery.attempts).update(
        attempts=delivery.attempts + 1, next_at=later, tried_at=now
    )
    if not taken:
        return None
    delivery.refresh_from_db()
    return delivery


def _attempt(delivery: WebhookDelivery) -> tuple[int | None, str]:
    """Send one delivery: HTTP status, and what went wrong."""
    hook = delivery.webhook
    try:
        scheme, host, port = _checked(hook.url)
        address = _resolved(host, port)
        secret = _box().decrypt(hook.secret.encode()).decode()
    except RegisterError as error:
        return None, str(error)
    except InvalidToken:
        return None, "the secret cannot be read with the key of this workspace"
    body = canonical.dumps(message(delivery))
    parts = urlsplit(hook.url)
    at = f"[{address}]" if ":" in address else address
    default = port == (443 if scheme == "https" else 80)
    target = httpx.URL(f"{scheme}://{at}:{port}{parts.path or '/'}").copy_with(
        query=parts.query.encode() or None
    )
    headers = {
        "Content-Type": "application/json",
        "Host": host if default else f"{host}:{port}",
        "User-Agent": "landrelease-webhook",
        "Landrelease-Delivery": delivery.uid,
        SIGNATURE: signature(secret, int(time.time()), body),
    }
    try:
        # No proxy of the environment, no redirects: nothing leads elsewhere than was looked at.
        with (
            httpx.Client(trust_env=False, follow_redirects=False, timeout=PATIENCE) as client,
            client.stream(
                "POST", target, content=body, headers=headers,
                extensions={"sni_hostname": host},
            ) as response,
        ):  # fmt: skip
            status = response.status_code
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        return None, f"{type(error).__name__}: {error}"[:300]
    return status, "" if 200 <= status < 300 else f"answered {status}"


def _note(delivery: WebhookDelivery, status: int | None, said: str) -> None:
    delivery.status, delivery.said = status, said
    if not said:
        delivery.state = WebhookDelivery.DELIVERED
    elif delivery.attempts >= len(WAITS):
        delivery.state = WebhookDelivery.FAILED
    delivery.save(update_fields=["status", "said", "state"])


def _after(minutes: float) -> str:
    later = datetime.now(UTC) + timedelta(minutes=minutes)
    return later.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
