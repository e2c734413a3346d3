"""Webhooks: told of decisions after they are written, signed, again until they are heard, and only
where the settings allow."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from registering import HAZARD, consent, hazards, landrelease, ready_release, square, submit, table

from landrelease.register import journal, people, webhooks
from landrelease.register.errors import RegisterError
from landrelease.register.models import (
    Hazard,
    JournalEntry,
    PeopleEvent,
    Webhook,
    WebhookDelivery,
)

ADMIN = people.Actor("root", "Authority", authenticated=True)


class Receiver(ThreadingHTTPServer):
    """Takes deliveries on loopback and answers as it is told to."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.heard: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 204
        self.url = f"http://localhost:{self.server_port}/hooks?to=me"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def allow(workspace, text: str) -> None:
    path = workspace.folder / "landrelease.toml"
    written = path.read_text(encoding="utf-8").split("[webhooks]")[0]
    path.write_text(f"{written}\n[webhooks]\n{text}\n", encoding="utf-8")


@pytest.fixture
def hook(workspace, receiver) -> tuple[Webhook, str]:
    allow(workspace, 'hosts = ["localhost"]\nprivate = ["localhost"]')
    return webhooks.register(receiver.url, by=ADMIN)


def due_now() -> None:
    WebhookDelivery.objects.update(next_at="2000-01-01T00:00:00.000000Z")


def test_a_decision_is_told_once_signed_and_without_data(hook, receiver, tmp_path):
    row, secret = hook
    hazards(tmp_path, (square(), {**HAZARD, "name": "Secret meadow"}))
    assert (webhooks.make(), webhooks.make()) == (1, 0)
    assert (webhooks.send(), webhooks.send()) == (1, 0)
    ((path, headers, body),) = receiver.heard
    assert path == "/hooks?to=me"
    told = json.loads(body)
    entry = JournalEntry.objects.get(kind="accept")
    assert (told["event"], told["entry"], told["entry_sha256"]) == ("accept", entry.seq, entry.hash)
    assert told["receipt"] == journal.data_of(entry)["data"]["submission"]["receipt"]
    assert (told["records"], len(told["named"])) == (1, 1)
    assert [part["sha256"] for part in told["parts"]] == [
        part["sha256"] for part in journal.data_of(entry)["parts"]
    ]
    assert b"meadow" not in body
    assert b"clerk" not in body
    moment, signed = headers["Landrelease-Signature"].removeprefix("t=").split(",v1=")
    expected = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256)
    assert signed == expected.hexdigest()
    delivery = row.deliveries.get()
    assert (delivery.state, delivery.attempts, delivery.status) == ("delivered", 1, 204)
    assert headers["Landrelease-Delivery"] == delivery.uid


def test_what_was_decided_before_is_not_told_and_kinds_are_chosen(workspace, receiver, tmp_path):
    allow(workspace, 'hosts = ["localhost"]\nprivate = ["localhost"]')
    ready_release(tmp_path)
    row, _ = webhooks.register(receiver.url, by=ADMIN, kinds=("release",))
    hazards(tmp_path, (square(40), {**HAZARD, "source_id": "H9"}), name="more.geojson")
    consent("AC-1")
    assert webhooks.make() == 1
    webhooks.send()
    assert [json.loads(body)["event"] for _, _, body in receiver.heard] == ["release"]
    assert row.deliveries.count() == 1


def test_nothing_of_victims_is_named(hook, receiver, tmp_path):
    rows = [{"source_id": "V1", "name": "Jana Nobody", "sex": "female"}]
    submit(table(tmp_path / "victims.csv", rows), "victims")
    webhooks.make()
    webhooks.send()
    ((_, _, body),) = receiver.heard
    told = json.loads(body)
    assert (told["records"], told["named"]) == (1, [])
    assert b"Jana" not in body


def test_restricted_records_are_counted_and_not_named(hook, receiver, tmp_path):
    hazards(
        tmp_path,
        (square(), {**HAZARD, "tier": "restricted"}),
        (square(9), {**HAZARD, "source_id": "H2"}),
    )
    webhooks.make()
    webhooks.send()
    ((_, _, body),) = receiver.heard
    told = json.loads(body)
    seen = Hazard.objects.get(source_id="H2")
    assert (told["records"], told["named"]) == (2, [f"hazard:{seen.uid}"])


def test_it_is_told_again_until_it_is_heard(hook, receiver, tmp_path):
    row, _ = hook
    receiver.status = 503
    hazards(tmp_path, (square(), HAZARD))
    webhooks.make()
    assert (webhooks.send(), webhooks.send()) == (1, 0), "not at once again"
    delivery = row.deliveries.get()
    assert (delivery.state, delivery.status, delivery.said) == ("waiting", 503, "answered 503")
    waits = []
    for _ in range(3):
        due_now()
        webhooks.send()
        delivery.refresh_from_db()
        waits.append(delivery.next_at)
    assert waits == sorted(waits)
    receiver.status = 200
    due_now()
    webhooks.send()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("delivered", 5)
    assert len({headers["Landrelease-Delivery"] for _, headers, _ in receiver.heard}) == 1
    assert len({body for _, _, body in receiver.heard}) == 1


def test_in_the_end_it_has_failed_and_stays_in_the_log(hook, receiver, tmp_path):
    row, _ = hook
    receiver.status = 500
    hazards(tmp_path, (square(), HAZARD))
    webhooks.make()
    for _ in range(len(webhooks.WAITS) + 2):
        due_now()
        webhooks.send()
    delivery = row.deliveries.get()
    assert (delivery.state, delivery.attempts) == ("failed", len(webhooks.WAITS))
    assert len(receiver.heard) == len(webhooks.WAITS)


def test_a_redirect_is_not_followed(hook, receiver, tmp_path):
    receiver.status = 307
    hazards(tmp_path, (square(), HAZARD))
    webhooks.make()
    webhooks.send()
    assert hook[0].deliveries.get().said == "answered 307"
    assert len(receiver.heard) == 1


def test_what_was_rolled_back_is_not_told(hook, tmp_path):
    from django.db import transaction

    with transaction.atomic():
        hazards(tmp_path, (square(), HAZARD))
        transaction.set_rollback(True)
    assert webhooks.make() == 0


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/x", "http://hooks.example.org/x", "ftp://hooks.example.org/x",
        "https://user:password@hooks.example.org/x", "https://hooks.example.org/x#y", "x", "",
        "https://hooks.example.org:99999/", "https://[::1", "https://127.0.0.1/",
        "https://hooks.example.org.evil.example/", "https://hooks.example.org@evil.example/",
    ],
)  # fmt: skip
def test_only_allowed_addresses_are_registered(workspace, url):
    allow(workspace, 'hosts = ["hooks.example.org"]')
    with pytest.raises(RegisterError):
        webhooks.register(url, by=ADMIN)
    webhooks.register("https://hooks.example.org/x", by=ADMIN)
    with pytest.raises(RegisterError, match="registered already"):
        webhooks.register("https://hooks.example.org/x", by=ADMIN)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.8", "192.168.1.1", "169.254.169.254", "0.0.0.0", "::1", "fe80::1%1",
        "fd00::1", "::ffff:10.0.0.1", "2002:0a00:0001::1", "224.0.0.1", "100.64.0.1",
    ],
)  # fmt: skip
def test_a_name_that_leads_inside_is_told_nothing(workspace, monkeypatch, tmp_path, address):
    """Also when it did not, the day it was registered."""
    allow(workspace, 'hosts = ["hooks.example.org"]')
    row, _ = webhooks.register("https://hooks.example.org/x", by=ADMIN)
    found = [(None, None, None, "", (address, 443))]
    monkeypatch.setattr(webhooks.socket, "getaddrinfo", lambda *_, **__: found)
    hazards(tmp_path, (square(), HAZARD))
    webhooks.make()
    webhooks.send()
    delivery = row.deliveries.get()
    assert delivery.state == "waiting"
    assert "no public address" in delivery.said


def test_a_host_that_is_no_longer_allowed_is_told_nothing(hook, workspace, receiver, tmp_path):
    hazards(tmp_path, (square(), HAZARD))
    webhooks.make()
    allow(workspace, "hosts = []")
    webhooks.send()
    assert receiver.heard == []
    assert "name it under [webhooks] hosts" in hook[0].deliveries.get().said


def test_the_secret_is_kept_under_the_key_of_the_workspace(hook):
    row, secret = hook
    assert secret not in Webhook.objects.get().secret
    assert secret not in json.dumps(list(PeopleEvent.objects.values()), default=str)
    assert [one.what for one in PeopleEvent.objects.all()] == ["webhook_registered"]
    webhooks.remove(row.id, by=ADMIN)
    with pytest.raises(RegisterError, match="no webhook"):
        webhooks.remove(row.id, by=ADMIN)


def test_a_removed_webhook_is_told_nothing_more(hook, receiver, tmp_path):
    hazards(tmp_path, (square(), HAZARD))
    webhooks.make()
    webhooks.remove(hook[0].id, by=ADMIN)
    hazards(tmp_path, (square(5), {**HAZARD, "source_id": "H2"}), name="more.geojson")
    assert (webhooks.make(), webhooks.send()) == (0, 0)
    assert receiver.heard == []
    assert hook[0].deliveries.get().state == "failed"


def test_settings_that_are_not_understood(workspace):
    allow(workspace, "hosts = [1]")
    with pytest.raises(RegisterError, match=r"\[webhooks\]"):
        webhooks.allowed()


def test_at_the_command_line(workspace, receiver, tmp_path):
    allow(workspace, 'hosts = ["localhost"]\nprivate = ["localhost"]')
    folder = workspace.folder
    added = landrelease(folder, "webhook", "add", receiver.url, "--kind", "accept")
    assert len(added.stdout.strip()) == 43
    hazards(tmp_path, (square(), HAZARD))
    done = landrelease(folder, "tasks", "run", "--once")
    assert "1 deliveries made, 1 sent" in done.stderr
    assert "delivered" in landrelease(folder, "webhook", "deliveries", "1").stdout
    assert len(receiver.heard) == 1
    landrelease(folder, "webhook", "remove", "1")
    listed = landrelease(folder, "webhook", "list", "--format", "json").stdout
    assert json.loads(listed)[0]["removed_at"]
    refused = landrelease(folder, "webhook", "add", "https://x.example/", check=False)
    assert refused.returncode == 1
    assert "hosts" in refused.stderr
