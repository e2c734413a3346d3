"""Health, metrics and logs: they tell the one who keeps the server, and nobody about anybody."""

from __future__ import annotations

import io
import json
import logging
import shutil
from collections import namedtuple

import pytest
from django.db import connection
from django.test import Client

from landrelease.register import clock, configuration, lastly, people, tokens
from landrelease.web import health, logs, metrics

#: What must never be found in a log, a metric or an answer of health.
NAME, WORD = "Zyxandra", "Quillfeather"
ADMIN = people.Actor("root", "Authority", authenticated=True)


def ask(path, *, peer="127.0.0.1", method="GET", inner=None, **headers):
    """Ask the application the way a server does; gives status, headers and body."""
    got = {}

    def start(status, given):
        got.update(status=int(status.split()[0]), headers=dict(given))

    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "REMOTE_ADDR": peer, "SERVER_NAME": "x",
        "SERVER_PORT": "80", "QUERY_STRING": "", "wsgi.input": io.BytesIO(), **headers,
    }  # fmt: skip
    body = b"".join(health.Probes(inner or (lambda *_: [b"the pages"]))(environ, start))
    return got.get("status"), got.get("headers"), body


@pytest.fixture(autouse=True)
def not_serving():
    """What a serving thread may not is not left to the next test."""
    yield
    from landrelease.web import writing

    writing._state.serving = False
    connection.close()


# --- health ---------------------------------------------------------------------------------------


def test_a_server_that_works_is_alive_and_ready(store):
    assert ask("/healthz")[::2] == (200, b"alive\n")
    assert ask("/readyz")[::2] == (200, b"ready\n")
    assert ask("/readyz", peer="203.0.113.9")[0] == 200
    assert ask("/map/")[2] == b"the pages", "everything else goes on"
    assert ask("/metrics", method="POST")[0] == 405


def test_without_its_database_it_is_alive_and_not_ready(store):
    configuration.point(
        "default", configuration.postgresql_database("postgresql://u:pass-word@/x?host=/nowhere")
    )
    assert ask("/healthz")[0] == 200
    status, _, body = ask("/readyz")
    assert (status, b"the database does not answer" in body) == (503, True)
    assert b"pass-word" not in body
    assert ask("/readyz", peer="203.0.113.9")[2] == b"not ready\n", "why is not for everybody"
    assert ask("/metrics")[::2] == (503, b"not ready\n")


def test_a_full_or_missing_disk_is_not_ready(store, monkeypatch):
    usage = namedtuple("usage", "total used free")
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", lambda _: usage(10, 10, 0))
        assert ask("/readyz")[0] == 503
    shutil.rmtree(store.attachments)
    assert ask("/readyz")[0] == 503


# --- metrics --------------------------------------------------------------------------------------


def test_metrics_tell_what_is_in_the_register(bring, store):
    import shapely

    bring("hazards", [(shapely.box(1, 1, 1.001, 1.001), {"source_id": "H1", "date": "2020"})])
    lastly.note(store.folder, lastly.Verification(clock.now(), "", True))
    status, headers, body = ask("/metrics")
    assert status == 200
    assert headers["Content-Type"].startswith("text/plain")
    lines = body.decode().splitlines()
    assert 'landrelease_submissions{state="accepted"} 1.0' in lines
    (length,) = [line for line in lines if line.startswith("landrelease_journal_entries ")]
    assert float(length.split()[1]) >= 2
    assert "landrelease_verify_well 1.0" in lines
    assert any(line.startswith("landrelease_verify_age_seconds ") for line in lines)
    assert not any(line.startswith("landrelease_backup_age") for line in lines), "never is not 0"


def test_requests_are_counted_by_route(store, client):
    def count(route, status):
        return (
            metrics.REGISTRY.get_sample_value(
                "landrelease_requests_total", {"method": "GET", "route": route, "status": status}
            )
            or 0
        )

    before = count("about", "200"), count("none", "404"), count("record", "404")
    client.get("/about/")
    client.get(f"/{NAME}/{WORD}/")
    client.get("/hazards/777/")
    after = count("about", "200"), count("none", "404"), count("record", "404")
    assert after == tuple(n + 1 for n in before)
    taken = metrics.REGISTRY.get_sample_value(
        "landrelease_request_seconds_count", {"route": "about"}
    )
    assert taken >= 1
    assert NAME.encode() not in metrics.text()


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        ("203.0.113.9", {}),
        ("10.0.0.5", {}),
        ("127.0.0.1", {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}),
        ("127.0.0.1", {"HTTP_FORWARDED": "for=127.0.0.1"}),
        ("127.0.0.1", {"HTTP_X_FORWARDED_PROTO": "https"}),
        ("", {}),
        ("203.0.113.9", {"HTTP_AUTHORIZATION": "Bearer wrong"}),
        ("203.0.113.9", {"HTTP_AUTHORIZATION": "Basic cm9vdDpyb290"}),
    ],
)
def test_metrics_are_not_for_others(store, peer, headers):
    status, answered, body = ask("/metrics", peer=peer, **headers)
    assert (status, answered["WWW-Authenticate"]) == (401, "Bearer")
    assert b"landrelease_" not in body


def test_a_token_that_may_read_gets_the_metrics(store):
    issued = tokens.issue("prometheus", kind="service", scopes=["view"], by=ADMIN, days=30)
    raw = issued if isinstance(issued, str) else issued[0]
    asked = {"peer": "203.0.113.9", "HTTP_AUTHORIZATION": f"Bearer {raw}"}
    assert ask("/metrics", **asked)[0] == 200


# --- logs -----------------------------------------------------------------------------------------


@pytest.fixture
def written(monkeypatch):
    """What this process writes to its log from now on."""
    out = io.StringIO()
    monkeypatch.setattr("sys.stderr", out)
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    logs.install(requests=True)
    yield out
    root.handlers[:] = before
    root.setLevel(level)
    logs.REQUESTS.setLevel(logging.CRITICAL)


def lines_of(out):
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_request_with_a_name_in_it_leaves_none_in_the_log(store, client, written):
    browser = Client(HTTP_HOST="127.0.0.1", HTTP_USER_AGENT=NAME, HTTP_REFERER=f"/{WORD}")
    browser.get(f"/{NAME}/?q={WORD}")
    browser.get(f"/account/people/{NAME}/")
    browser.get("/hazards/", {"q": f"{NAME} {WORD}"})
    browser.post("/account/login/", {"login": NAME, "password": WORD})
    browser.post(f"/documents/{NAME}", json.dumps({"name": WORD}), content_type="application/json")
    Client(HTTP_HOST=f"{NAME}.example.org").get("/about/")
    assert NAME not in written.getvalue()
    assert WORD not in written.getvalue()
    requests = [line for line in lines_of(written) if line["logger"] == "landrelease.requests"]
    assert len(requests) == 6
    assert {line["route"] for line in requests} >= {"none", "records", "account_login"}
    assert all(line.keys() >= {"at", "method", "status", "ms"} for line in requests)
    assert "127.0.0.1" not in written.getvalue(), "an address is of somebody"


def test_what_is_refused_says_to_whom_by_number(store, written):
    """Refusals name the account by its number, never the person or the token."""
    from landrelease.register import people

    people.add("nina", WORD, organisation=NAME)
    number = people.find("nina").pk
    browser = Client(HTTP_HOST="127.0.0.1")
    browser.post("/account/login/", {"login": "nina", "password": WORD})
    assert browser.get("/account/people/").status_code == 403
    assert browser.get("/account/").status_code == 200
    token = f"lrt_{WORD}"
    bearer = Client(HTTP_HOST="127.0.0.1", HTTP_AUTHORIZATION=f"Bearer {token}")
    assert bearer.get("/api/v1/records/hazards").status_code == 401
    assert Client(HTTP_HOST="127.0.0.1").generic("TRACE", "/about/").status_code == 405
    assert Client(HTTP_HOST="elsewhere.example.org").get("/about/").status_code == 400
    lines = [line for line in lines_of(written) if line["logger"] == "landrelease.requests"]
    assert [(line["status"], line.get("who")) for line in lines] == [
        (302, None), (403, f"account {number}"), (200, None), (401, "token"), (405, "nobody"),
        (400, "nobody"),
    ]  # fmt: skip
    for secret in ("nina", NAME, WORD, token):
        assert secret not in written.getvalue()


def test_an_error_tells_its_type_and_place_and_no_value(store, written, monkeypatch):
    from landrelease.web import programme

    def fail(*_):
        raise ValueError(f"{NAME} {WORD} cannot be read")

    monkeypatch.setattr(programme, "_balance", fail)
    browser = Client(HTTP_HOST="127.0.0.1", raise_request_exception=False)
    assert browser.get(f"/?q={WORD}").status_code == 500
    logging.getLogger("somebody.else").warning("about %s", NAME)
    logging.getLogger("somebody.else").warning(f"about {WORD}")
    assert NAME not in written.getvalue()
    assert WORD not in written.getvalue()
    (error,) = [line for line in lines_of(written) if "error" in line]
    assert error["error"] == "builtins.ValueError"
    assert any("programme" in place for place in error["places"])
    assert [line["logger"] for line in lines_of(written)].count("somebody.else") == 2
