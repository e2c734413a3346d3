"""The API as other programs use it: GDAL reads every layer; made-up requests break nothing."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest
import requests
import schemathesis
from calling import ADMIN, HOST, Api, person, service, stranger
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from filling_api import fill
from hypothesis import HealthCheck, Phase, given, settings
from registering import verified
from schemathesis import Case

from landrelease.register import figures, releases, tokens, webhooks
from landrelease.register.models import Activity, Claim, Submission, Webhook
from landrelease.register.roles import Grant, Role
from landrelease.web import releases as web_releases
from landrelease.web.api import openapi
from landrelease.web.api import service as api_service
from serving import served

# --- GDAL -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layer", "count"),
    [("hazards", 4), ("activities", 2), ("released_land", 1), ("accidents", 1)],
)
def test_gdal_reads_every_layer(store, tmp_path, ogr2ogr, layer, count):
    fill(tmp_path)
    raw = tokens.issue(
        "gdal", kind="service", scopes=("view", "view_restricted"), days=3,
        by=ADMIN,
    )  # fmt: skip
    target = tmp_path / f"{layer}.geojson"
    with served(store.folder) as address:
        source = f"OAPIF:{address}/api/v1/ogc"
        options = ["--config", "GDAL_HTTP_HEADERS", f"Authorization: Bearer {raw}"]
        listed = _run("ogrinfo", *options, source)
        assert layer in listed
        _run(ogr2ogr, *options, "-f", "GeoJSON", str(target), source, layer, "-oo", "PAGE_SIZE=2")
        # Through a box: GDAL asks the service, and looks again itself.
        boxed = tmp_path / "box.geojson"
        _run(ogr2ogr, *options, "-spat", "-20.0005", "-20.0005", "-19.9", "-19.9", "-f", "GeoJSON",
             str(boxed), source, layer)  # fmt: skip
    found = json.loads(target.read_text())["features"]
    assert len(found) == count
    assert len({one["properties"]["ref"] for one in found}) == count
    placed = [one for one in found if one["geometry"]]
    assert placed
    inside = json.loads(boxed.read_text())["features"]
    assert 0 < len(inside) <= len(found)


def _run(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr, done.stderr
    return done.stdout


def test_a_server_of_its_own_takes_in_what_is_sent(store, tmp_path):
    """Its threads only read, until a request with a token is let through."""
    import httpx
    from test_api_records import ROWS

    fill(tmp_path)
    raw = tokens.issue("phone", kind="service", scopes=("submit",), days=3, by=ADMIN)
    headers = {"Authorization": f"Bearer {raw}", "Idempotency-Key": "a"}
    with (
        served(store.folder) as address,
        httpx.Client(base_url=f"{address}/api/v1", trust_env=False, timeout=60) as client,
    ):
        first = client.post("/submissions", json=ROWS, headers=headers)
        assert first.status_code == 201, first.text
        again = client.post("/submissions", json=ROWS, headers=headers)
        assert (again.json(), again.headers["Idempotency-Replayed"]) == (first.json(), "true")
        assert client.post("/submissions", json=ROWS).status_code == 401
        receipt = first.json()["receipt"]
        file = {"file": ("orgs.csv", b"source_id,name\nOP9,Ninth\n")}
        form = {"record_type": "organisations", "source": "s"}
        bearer = {"Authorization": f"Bearer {raw}"}
        sent = client.post("/submissions/files", data=form, files=file, headers=bearer)
        assert sent.status_code == 201, sent.text
        head = client.head("/ogc/collections/hazards/items")
        assert (head.status_code, head.content) == (200, b"")
        tagged = client.get("/ogc/collections/hazards/items")
        same = client.get(
            "/ogc/collections/hazards/items", headers={"If-None-Match": tagged.headers["ETag"]}
        )
        assert same.status_code == 304
    assert Submission.objects.get(receipt=receipt).submitter == "service:phone"


# --- made-up requests -----------------------------------------------------------------------------

#: Made-up requests for each operation and caller; benchmarks/security_api.py makes more.
EXAMPLES = 3


@pytest.fixture
def site(store, tmp_path):
    cache.clear()
    fill(tmp_path)
    with (store.folder / "landrelease.toml").open("a") as settings_file:
        settings_file.write('[webhooks]\nhosts = ["hooks.example.org"]\n')
    with override_settings(
        LANDRELEASE_SITE=True, ALLOWED_HOSTS=[HOST], LANDRELEASE_API_RATE="100000/min"
    ):
        yield store


#: Everybody who calls: each role, those that can be narrowed for a part as well; services.
ROLES = {
    "nobody": (),
    **{role.value: (Grant(role),) for role in Role},
    **{f"{role.value}_of_one": (Grant(role, organisation="OP1"),)
       for role in (Role.viewer, Role.data_entry, Role.reviewer, Role.approver)},
}  # fmt: skip
SERVICES = {
    "service": ("view", "view_restricted", "submit", "review"),
    "service_that_reads": ("view",),
    "service_that_sends": ("submit",),
}


def callers() -> dict[str, Api]:
    """Everybody who calls the API, and somebody it does not know."""
    return {
        "stranger": stranger(),
        **{name: person(name, *grants) for name, grants in ROLES.items()},
        **{name: service(*scopes, name=name) for name, scopes in SERVICES.items()},
    }


class Real:
    """What there is in the register: without it nearly every made-up request leads nowhere."""

    def __init__(self) -> None:
        from test_api_records import ROWS

        balance = figures.balance().to_json()["figures"]["total"]
        self._addresses = {
            "number": "1",
            "name": "hazards",
            "plural": "hazards",
            "figure": balance["cleared"],
            "claim": Claim.objects.order_by("id")[0].id,
        }
        self._bodies: dict[str, Any] = {
            "POST /submissions": ROWS,
            "POST /submissions/{receipt}/decisions": {"decision": "accept"},
            "POST /claims/{claim}/decisions": {"act": "reject", "reason": "hearsay"},
            "POST /webhooks": {"url": "https://hooks.example.org/x"},
        }
        # The second report waits for its release.
        report = Activity.objects.get(id=2)
        seen = web_releases.seen(report, releases.hazard_of(report))
        self._bodies["POST /releases/{number}/decisions"] = {"seen": seen}

    def put(self, case: Case, label: str, *, address: bool, body: bool) -> None:
        """Lead a made-up request to something that is there, or let it carry what can be done."""
        if address and case.path_parameters:
            known = {**self._addresses, "receipt": self._receipt(label)}
            if "/releases/" in label:
                known["number"] = "2"
            if "/webhooks/" in label:
                known["number"] = str(Webhook.objects.order_by("removed_at", "id")[0].id)
            for name in set(case.path_parameters) & set(known):
                case.path_parameters[name] = known[name]
        if body and label in self._bodies:
            case.body = self._bodies[label]

    @staticmethod
    def _receipt(label: str) -> str:
        waiting = Submission.objects.filter(state=Submission.CHECKED).order_by("id")
        any_ = Submission.objects.order_by("id")
        return (waiting.last() if label.startswith("POST") and waiting else any_[0]).receipt


def test_made_up_requests_break_nothing_and_reach_every_operation(site):
    """No request that follows the definition, or nearly, brings the server down, whoever asks;
    what is refused is refused as a problem; each operation is done for somebody who may."""
    webhooks.register("https://hooks.example.org/first", by=ADMIN)
    reached: dict[str, set[str]] = {}
    for name, caller in callers().items():
        for label, statuses in ask_everything(caller, EXAMPLES).items():
            done = any(200 <= status < 300 for status in statuses)
            reached.setdefault(label, set()).update({name} if done else ())
            if name == "stranger":
                # 400 where the address itself cannot be read.
                assert statuses <= {400, 401}, (label, statuses)
            if name == "nobody" and not label.startswith("GET"):
                assert not done, label
    assert not [label for label, who in reached.items() if not who]
    assert reached["POST /webhooks"] == {"administrator"}
    assert reached["DELETE /webhooks/{number}"] == {"administrator"}
    verified()


def ask_everything(caller: Api, examples: int) -> dict[str, set[int]]:
    """Made-up requests for every operation; the statuses that each was answered with."""
    schema = schemathesis.openapi.from_dict(openapi.definition(api_service.api, "/api/v1"))
    real = Real()
    answered: dict[str, set[int]] = {}
    for result in schema.get_all_operations():
        operation = result.ok()
        answered[operation.label] = _made_up(caller, operation, real, examples)
    return answered


def _made_up(caller: Api, operation: Any, real: Real, examples: int) -> set[int]:
    statuses: set[int] = set()
    asked = 0

    @settings(
        max_examples=examples, derandomize=True, database=None, deadline=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy())
    def ask(case: Case) -> None:
        nonlocal asked
        # The first is right; of the others some lead to what is there.
        real.put(case, operation.label, address=asked % 2 == 0, body=asked % 4 == 0)
        if asked == 0:
            case.query = {}
        response = _send(caller, case, right=asked == 0)
        said = (operation.label, case.path_parameters, case.query, case.body, response.content)
        assert response.status_code < 500, said
        if response.status_code >= 400:
            assert response["Content-Type"] == "application/problem+json", said
            assert json.loads(response.content)["detail"], said
        statuses.add(response.status_code)
        asked += 1

    ask()
    return statuses


def _send(caller: Api, case: Case, *, right: bool) -> Any:
    if right and case.operation.label == "POST /submissions/files":
        # What is made up has no name of a file, by which its format is known.
        file = SimpleUploadedFile("orgs.csv", b"source_id,name\nOP9,Ninth\n")
        form = {"record_type": "organisations", "source": "s", "file": file}
        headers = caller._headers({})
        return caller.browser.post("/api/v1/submissions/files", form, secure=True, headers=headers)
    request = case.as_transport_kwargs(base_url=f"https://{HOST}/api/v1")
    prepared = requests.Request(
        **{name: request[name] for name in ("method", "url", "headers", "params", "json", "data",
                                            "files") if name in request}
    ).prepare()  # fmt: skip
    body = prepared.body or b""
    return caller.browser.generic(
        prepared.method or "GET",
        prepared.path_url,
        body if isinstance(body, bytes) else body.encode(),
        content_type=prepared.headers.get("Content-Type", "application/json"),
        secure=True,
        headers=caller._headers({}),
    )


def test_every_operation_is_answered_with_success(site):
    """Each operation does what it is for, once, for somebody who may."""
    from test_api_records import ROWS

    rita = service("view", "view_restricted", "submit", "review")
    adam = person("adam", Grant(Role.administrator))
    operations = {
        f"{method.upper()} {path}"
        for path, methods in rita.ask("/api/v1/openapi.json")["paths"].items()
        for method in methods
    }
    done = set()

    def ok(caller: Api, method: str, path: str, body: Any = None, **names: Any) -> Any:
        address = "/api/v1" + path.format(**names)
        if method == "GET":
            response = caller.get(address)
        elif isinstance(body, dict) and "file" in body:
            response = caller.browser.post(address, body, secure=True, headers=caller._headers({}))
        elif method == "POST":
            response = caller.post(address, json.dumps(body), "application/json")
        else:
            response = caller.call(method, address)
        assert 200 <= response.status_code < 300, (method, address, response.content)
        done.add(f"{method} {path}")
        return json.loads(response.content) if response.content else None

    for name in ("hazards", "activities", "released_land", "accidents"):
        for path in ("", "/queryables", "/items", "/items/{number}"):
            ok(rita, "GET", f"/ogc/collections/{{name}}{path}", name=name, number=1)
    for path in ("/ogc", "/ogc/conformance", "/ogc/collections", "/records", "/submissions",
                 "/submissions/files", "/ledger/statement", "/claims"):  # fmt: skip
        ok(rita, "GET", path)
    for path in ("", "/{number}", "/{number}/history"):
        ok(rita, "GET", f"/records/{{plural}}{path}", plural="hazards", number=1)
    figure = ok(rita, "GET", "/ledger/balance")["figures"]["total"]["cleared"]
    ok(rita, "GET", "/ledger/trace/{figure}", figure=figure)
    receipt = ok(rita, "POST", "/submissions", ROWS)["receipt"]
    ok(rita, "GET", "/submissions/{receipt}", receipt=receipt)
    ok(rita, "GET", "/submissions/{receipt}/decisions", receipt=receipt)
    ok(rita, "POST", "/submissions/{receipt}/decisions", {"decision": "accept"}, receipt=receipt)
    file = SimpleUploadedFile("orgs.csv", b"source_id,name\nOP9,Ninth\n")
    form = {"record_type": "organisations", "source": "s", "file": file}
    ok(rita, "POST", "/submissions/files", form)
    claim = ok(rita, "GET", "/claims")["claims"][0]["id"]
    ok(rita, "GET", "/claims/{claim}", claim=claim)
    ok(rita, "GET", "/claims/{claim}/decisions", claim=claim)
    rejection = {"act": "reject", "reason": "hearsay"}
    ok(rita, "POST", "/claims/{claim}/decisions", rejection, claim=claim)
    anna = person("anna", Grant(Role.approver))
    ok(rita, "GET", "/releases")
    ok(rita, "GET", "/releases/{number}/decisions", number=2)
    seen = ok(anna, "GET", "/releases/{number}", number=2)["seen"]
    ok(anna, "POST", "/releases/{number}/decisions", {"seen": seen}, number=2)
    ok(adam, "GET", "/webhooks")
    hook = ok(adam, "POST", "/webhooks", {"url": "https://hooks.example.org/x"})
    assert hook["secret"]
    ok(adam, "GET", "/webhooks/{number}", number=hook["id"])
    ok(adam, "GET", "/webhooks/{number}/deliveries", number=hook["id"])
    ok(adam, "DELETE", "/webhooks/{number}", number=hook["id"])
    assert done == operations
    assert rita.ask("/api/v1/webhooks", status=403)["detail"]
