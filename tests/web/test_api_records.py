"""Records, submissions, the ledger and claims over the API: the one way in, and the same rules."""

from __future__ import annotations

import json
import tempfile
import uuid

import pytest
from calling import HOST, person, service, stranger, walk, whole
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from registering import (
    HAZARD,
    REPORT,
    activities,
    consent,
    geojson,
    hazards,
    operator,
    square,
    submit,
    table,
)

from landrelease.register import people, restricted
from landrelease.register.models import (
    AppToken,
    Hazard,
    JournalEntry,
    KeptAnswer,
    Person,
    PersonalRead,
    Submission,
)
from landrelease.register.roles import Grant, Role

RECORDS = "/api/v1/records"
SUBMISSIONS = "/api/v1/submissions"


@pytest.fixture
def site(store):
    cache.clear()
    with override_settings(LANDRELEASE_SITE=True, ALLOWED_HOSTS=[HOST]):
        yield store


@pytest.fixture
def country(site, tmp_path):
    operator(tmp_path)
    hazards(
        tmp_path,
        (square(size=2), {**HAZARD, "organisation": "OP1"}),
        (square(10), {**HAZARD, "source_id": "H2", "organisation": "OP2"}),
    )
    activities(tmp_path, (square(), REPORT))
    return site


ROWS = {
    "record_type": "hazards",
    "source": "Survey",
    "rows": [
        {
            "properties": {"source_id": "N1", "type": "SHA", "classes": "ap", "date": "2024-05-01"},
            "geometry": json.loads(json.dumps(square(60).__geo_interface__)),
        }
    ],
}


def shrunk() -> dict:
    """Hazard H1 with half of its ground: that lowers caution (rule 4)."""
    shape = json.loads(json.dumps(square().__geo_interface__))
    return {**ROWS, "rows": [{"properties": {**HAZARD, "organisation": "OP1"}, "geometry": shape}]}


# --- records --------------------------------------------------------------------------------------


def test_records_of_every_type_that_a_caller_reads(country):
    rita = whole()
    types = {one["name"]: one for one in rita.ask(RECORDS)["types"]}
    assert {"hazards", "activities", "victims", "evidence"} <= set(types)
    assert not any(
        field["name"] in ("full_name", "name") for field in types["victims"]["fields"]
    ), "no personal field"
    for name in types:
        page = rita.ask(f"{RECORDS}/{name}")
        assert page["matched"] == page["returned"] == len(page["records"])
    viewer = person("vera", Grant(Role.viewer))
    seen = {one["name"] for one in viewer.ask(RECORDS)["types"]}
    assert "victims" not in seen
    assert viewer.ask(f"{RECORDS}/victims", status=403)["detail"]
    assert viewer.ask(f"{RECORDS}/ordnance", status=403)["detail"]


def test_personal_data_are_in_no_answer(country, tmp_path):
    submit(
        table(tmp_path / "victims.csv", [
            {"source_id": "V1", "name": "Jana Nobody", "age": 31, "sex": "female"}
        ]),
        "victims",
    )  # fmt: skip
    rita = whole()
    for address in (f"{RECORDS}/victims", f"{RECORDS}/victims/1", f"{RECORDS}/victims/1/history"):
        response = rita.get(address)
        assert response.status_code == 200
        for told in (b"Jana", b"sealed", b"person_key", b"commitment"):
            assert told not in response.content
    (receipt,) = Submission.objects.filter(record_type="victim").values_list("receipt", flat=True)
    told = rita.ask(f"{SUBMISSIONS}/{receipt}")
    assert told["sha256"] is None
    assert "Jana" not in json.dumps(told)
    assert not PersonalRead.objects.exists()


def test_a_record_and_what_happened_to_it(country, tmp_path):
    hazards(tmp_path, (square(size=3), {**HAZARD, "organisation": "OP1", "name": "Mill"}))
    rita = whole()
    record = rita.ask(f"{RECORDS}/hazards/1")
    assert (record["ref"], record["name"], record["version"]) == ("HA-1", "Mill", 2)
    assert isinstance(record["area_mm2"], str)
    first, second = rita.ask(f"{RECORDS}/hazards/1/history")["versions"]
    assert (first["actor"], first["decision"]) == ("clerk", "accept")
    assert second["changes"]["name"] == {"before": None, "after": "Mill"}
    viewer = person("vera", Grant(Role.viewer))
    for version in viewer.ask(f"{RECORDS}/hazards/1/history")["versions"]:
        assert version["actor"] is None
        assert version["deciders"] is None
    assert rita.ask(f"{RECORDS}/hazards/99/history", status=404)


def test_a_record_at_any_time_and_two_versions_compared(country, tmp_path):
    place = f"{RECORDS}/hazards/1/history"
    wider = (square(size=3), {**HAZARD, "organisation": "OP1", "name": "Mill"})
    hazards(tmp_path, wider)
    rita = whole()
    first, second = rita.ask(place)["versions"]
    assert (first["reason"], second["reason"]) == ("", "")
    compared = rita.ask(f"{place}?one=1&other=2")["comparison"]
    assert (compared["one"], compared["other"]) == (1, 2)
    assert {"boundary", "name"} <= set(compared["differing"])
    assert compared["fields"]["name"] == [None, "Mill"]
    assert int(compared["gained_mm2"]) > 0
    known = rita.ask(f"{place}?known_at={first['entry']}")["held"]
    assert known["version"] == 1
    assert "name" not in known["fields"]
    assert known["geometry"]["type"] == "Polygon"
    assert rita.ask(f"{place}?at=2019-01-01")["held"] is None, "nothing held before its date"
    assert rita.ask(f"{place}?at=2024-01-01")["held"]["version"] == 2
    for wrong in ("one=1&other=9", "one=x&other=1", "at=soon", "known_at=never"):
        refused = rita.ask(f"{place}?{wrong}", status=422)
        assert refused["detail"]
    assert "there are 1 to 2" in rita.ask(f"{place}?one=1&other=9", status=422)["detail"]


def test_the_past_of_a_record_is_no_way_around_the_scope(country, tmp_path):
    hazards(tmp_path, (square(10), {**HAZARD, "source_id": "H2", "organisation": "OP1"}))
    own = service("view", organisation="OP1")
    place = f"{RECORDS}/hazards/2/history"
    assert own.ask(f"{place}?known_at=1")["held"] is None
    for wrong in ("one=1&other=2", "at=2024-01-01"):
        assert "OP2" not in json.dumps(own.ask(f"{place}?{wrong}", status=422))


def test_the_history_withholds_what_lay_outside_the_scope(country, tmp_path):
    hazards(tmp_path, (square(10), {**HAZARD, "source_id": "H2", "organisation": "OP1"}))
    own = service("view", organisation="OP1")
    first, second = own.ask(f"{RECORDS}/hazards/2/history")["versions"]
    assert (first["withheld"], first["changes"]) == (True, {})
    assert second["withheld"] is False
    assert all(change["before"] is None for change in second["changes"].values())
    assert "OP2" not in json.dumps([first, second])


def test_documents_for_a_higher_tier_are_hidden_and_not_counted(country, tmp_path):
    from registering import CLERK

    from landrelease.register import document_tier
    from landrelease.register.documents import add

    for number in (1, 2):
        path = tmp_path / f"report{number}.txt"
        path.write_text(f"Deminers found something on day {number}.", encoding="utf-8")
        add([path], CLERK)
    document_tier.mark("DOC-2", "restricted", CLERK)
    viewer = person("vera", Grant(Role.viewer))
    page = viewer.ask(f"{RECORDS}/documents")
    assert [one["ref"] for one in page["records"]] == ["DOC-1"]
    assert page["matched"] == 1
    assert viewer.ask(f"{RECORDS}/documents/2", status=404)
    assert whole().ask(f"{RECORDS}/documents")["matched"] == 2


def test_lists_in_pages(country, tmp_path):
    hazards(tmp_path, *[(square(n), {**HAZARD, "source_id": f"M{n}"}) for n in range(5)])
    found = walk(whole(), f"{RECORDS}/hazards", {"limit": 3})
    assert [len(page["records"]) for page in found] == [3, 3, 1]
    assert {page["matched"] for page in found} == {7}


# --- handing in -----------------------------------------------------------------------------------


def test_rows_are_handed_in_and_decided_by_somebody_else(country):
    sender = service("submit", name="tablets")
    told = sender.tell(SUBMISSIONS, ROWS, status=201)
    assert (told["state"], told["received"], told["rejected"]) == ("checked", 1, 0)
    assert told["counts"] is None, "a sender learns nothing of what the register holds"
    receipt = told["receipt"]
    assert sender.ask(f"{SUBMISSIONS}/{receipt}")["state"] == "checked"
    assert Hazard.objects.count() == 2
    refused = sender.tell(f"{SUBMISSIONS}/{receipt}/decisions", {"decision": "accept"}, status=403)
    assert "not for the action review" in refused["detail"]
    rita = whole()
    done = rita.tell(f"{SUBMISSIONS}/{receipt}/decisions", {"decision": "accept"})
    assert done["state"] == "accepted"
    assert JournalEntry.objects.get(seq=done["entry"]).kind == "accept"
    assert Hazard.objects.count() == 3
    submission = Submission.objects.get(receipt=receipt)
    assert submission.submitter == "service:tablets"
    again = rita.tell(f"{SUBMISSIONS}/{receipt}/decisions", {"decision": "accept"}, status=409)
    assert "accepted" in again["detail"]


def test_what_lowers_caution_takes_two_people_and_no_token(country):
    receipt = service("submit").tell(SUBMISSIONS, shrunk(), status=201)["receipt"]
    decisions = f"{SUBMISSIONS}/{receipt}/decisions"
    robot = service("view", "view_restricted", "review")
    robot.tell(decisions, {"decision": "accept"})  # nothing but what is held is in it
    refused = robot.tell(decisions, {"decision": "approve"}, status=403)
    assert "lower_caution" in refused["detail"]
    area = Hazard.objects.get(id=1).area_mm2
    anna = person("anna", Grant(Role.approver))
    ben = person("ben", Grant(Role.approver), organisation="Inspection")
    carl = person("carl", Grant(Role.approver), organisation="OP1")
    assert "OP1" in carl.tell(decisions, {"decision": "approve"}, status=403)["detail"]
    first = anna.tell(decisions, {"decision": "approve"})
    assert (first["entry"], Hazard.objects.get(id=1).area_mm2) == (None, area)
    assert anna.tell(decisions, {"decision": "approve"})["entry"] is None, "the same person twice"
    assert anna.ask(f"{SUBMISSIONS}/{receipt}")["consents"] == ["anna"]
    done = ben.tell(decisions, {"decision": "approve"})
    assert JournalEntry.objects.get(seq=done["entry"]).kind == "accept_held"
    assert Hazard.objects.get(id=1).area_mm2 < area


def test_a_file_is_handed_in_as_a_form(country, tmp_path):
    sender = service("submit")
    path = geojson(tmp_path / "new.geojson", [(square(70), {**HAZARD, "source_id": "F1"})])
    form = {
        "record_type": "hazards", "source": "Survey",
        "file": SimpleUploadedFile("../../new.geojson", path.read_bytes()),
    }  # fmt: skip
    response = sender.browser.post(
        f"{SUBMISSIONS}/files", form, secure=True, headers=sender._headers({})
    )
    assert response.status_code == 201, response.content
    told = response.json()
    assert (told["filename"], told["state"]) == ("new.geojson", "checked")
    kept = Submission.objects.get(receipt=told["receipt"])
    assert (country.attachments / kept.kept).read_bytes() == path.read_bytes()
    form["file"] = SimpleUploadedFile("x.exe", b"MZ")
    response = sender.browser.post(
        f"{SUBMISSIONS}/files", form, secure=True, headers=sender._headers({})
    )
    assert response.status_code == 422
    assert ".geojson" in response.json()["to_do"]
    form["file"] = SimpleUploadedFile("x.gpkg", b"not a database")
    response = sender.browser.post(
        f"{SUBMISSIONS}/files", form, secure=True, headers=sender._headers({})
    )
    assert response.status_code == 422
    assert str(tmp_path) not in response.content.decode()
    assert tempfile.gettempdir() not in response.json()["detail"]


def test_a_sender_learns_nothing_of_records_they_do_not_see(country):
    """The same answer whether the id belongs to somebody else's record or to nothing."""
    sender = service("submit", "view", organisation="OP1")
    answers = []
    for source_id in ("H2", "H77"):
        row = {"properties": {**HAZARD, "source_id": source_id, "organisation": "OP1"},
               "geometry": ROWS["rows"][0]["geometry"]}  # fmt: skip
        told = sender.tell(SUBMISSIONS, {**ROWS, "rows": [row]}, status=201)
        for name in ("receipt", "received_at", "sha256"):
            told.pop(name)
        answers.append(told)
    assert answers[0] == answers[1]
    identical = {**HAZARD, "source_id": "H2", "organisation": "OP2"}
    row = {"properties": identical, "geometry": json.loads(json.dumps(
        square(10).__geo_interface__))}  # fmt: skip
    assert sender.tell(SUBMISSIONS, {**ROWS, "rows": [row]}, status=201)["state"] == "checked"


def test_others_submissions_are_seen_by_who_sees_everything(country):
    mine = service("submit", name="one")
    receipt = mine.tell(SUBMISSIONS, ROWS, status=201)["receipt"]
    other = service("submit", name="two")
    assert other.ask(f"{SUBMISSIONS}/{receipt}", status=404)
    assert other.ask(SUBMISSIONS)["submissions"] == []
    assert [one["receipt"] for one in mine.ask(SUBMISSIONS)["submissions"]] == [receipt]
    assert receipt in [one["receipt"] for one in whole().ask(SUBMISSIONS)["submissions"]]
    within = person("olga", Grant(Role.reviewer, organisation="OP1"))
    assert within.ask(f"{SUBMISSIONS}/{receipt}", status=404), "of no organisation"
    own = mine.tell(SUBMISSIONS, shrunk(), status=201)["receipt"]
    assert within.ask(f"{SUBMISSIONS}/{own}")["receipt"] == own


def test_a_session_needs_its_proof_against_forgery(country):
    dana = person("dana", Grant(Role.data_entry), csrf=True)
    refused = dana.tell(SUBMISSIONS, ROWS, status=403)
    assert "forgery" in refused["detail"]
    dana.get("/account/")  # a page sets the cookie
    token = dana.browser.cookies["csrftoken"].value
    told = dana.tell(
        SUBMISSIONS, ROWS, status=201, X_CSRFToken=token, Referer=f"https://{HOST}/account/"
    )
    assert told["state"] == "checked"
    assert Submission.objects.get(receipt=told["receipt"]).submitter == "dana"


def test_a_password_somebody_else_chose_opens_nothing(country):
    dana = person("dana", Grant(Role.data_entry))
    Person.objects.update(must_change_password=True)
    assert "password" in dana.ask(RECORDS, status=403)["detail"]


@pytest.mark.parametrize(
    "body",
    [
        "", "{", "[]", '{"record_type": "hazards"}',
        '{"record_type": "x", "source": "s", "rows": []}',
        '{"record_type": "hazards", "source": "s", "rows": [{"properties": {"name": "\\ud800"}}]}',
        json.dumps({**ROWS, "rows": []}),
    ],
)  # fmt: skip
def test_a_body_that_is_not_understood_is_a_problem(country, body):
    response = service("submit").post(SUBMISSIONS, body, "application/json")
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["detail"]


# --- sent twice -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_that_does_not_say_it_is_json_is_refused(country, kind):
    """Before anything is read: 415, and nothing is handed in."""
    before = Submission.objects.count()
    answer = service("submit").post(SUBMISSIONS, json.dumps(ROWS), kind)
    assert answer.status_code == 415
    assert "application/json" in answer.json()["to_do"]
    assert Submission.objects.count() == before


def test_a_request_sent_twice_is_carried_out_once(country):
    sender, key = service("submit"), str(uuid.uuid4())
    first = sender.post(SUBMISSIONS, json.dumps(ROWS), "application/json", Idempotency_Key=key)
    again = sender.post(SUBMISSIONS, json.dumps(ROWS), "application/json", Idempotency_Key=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    assert Submission.objects.filter(submitter__startswith="service").count() == 1
    other = sender.post(SUBMISSIONS, json.dumps(shrunk()), "application/json", Idempotency_Key=key)
    assert other.status_code == 422
    elsewhere = service("submit", name="another")
    assert (
        elsewhere.tell(SUBMISSIONS, ROWS, status=201, Idempotency_Key=key)["receipt"]
        != (first.json()["receipt"])
    )
    KeptAnswer.objects.filter(key=key).update(status=None)
    assert sender.tell(SUBMISSIONS, ROWS, status=409, Idempotency_Key=key)["to_do"]
    assert sender.tell(SUBMISSIONS, ROWS, status=400, Idempotency_Key="x" * 201)["detail"]


def test_an_answer_is_kept_for_a_day(country):
    sender = service("submit")
    sender.tell(SUBMISSIONS, ROWS, status=201, Idempotency_Key="k")
    KeptAnswer.objects.update(at="2020-01-01T00:00:00.000000Z")
    sender.tell(SUBMISSIONS, ROWS, status=201, Idempotency_Key="other")
    assert list(KeptAnswer.objects.values_list("key", flat=True)) == ["other"]


# --- the ledger -----------------------------------------------------------------------------------


def test_the_account_of_the_land(country):
    consent("AC-1")
    rita = whole()
    from landrelease.register import figures, statements

    told = rita.ask("/api/v1/ledger/balance", {"by": "class"})
    assert told == json.loads(json.dumps(figures.balance(by="class").to_json()))
    for row in (*told["rows"], told["total"]):
        assert all(isinstance(v, str) for name, v in row.items() if name.endswith("_mm2"))
    assert int(told["total"]["cleared_mm2"]) > 0
    figure = told["figures"]["total"]["cleared"]
    trace = rita.ask(f"/api/v1/ledger/trace/{figure}")
    assert trace["value"] == told["total"]["cleared_mm2"]
    assert trace["parts"][0]["record"]["record"] == "AC-1"
    statement = rita.ask("/api/v1/ledger/statement", {"since": "2022-01-01", "until": "2022-12-31"})
    assert statement["residual_mm2"] == "0"
    assert statement["known_seq"] == statements.statement().known_seq
    response = rita.get("/api/v1/ledger/balance")
    again = rita.get("/api/v1/ledger/balance", If_None_Match=response["ETag"])
    assert again.status_code == 304


def test_sums_are_given_to_whoever_sees_all_that_they_add_up(country):
    """As on the pages: a role for everywhere at the partner tier, while nothing is restricted."""
    consent("AC-1")
    rita, vera = whole(), person("vera", Grant(Role.viewer))
    told = rita.ask("/api/v1/ledger/balance", {"by": "unit"})
    assert vera.ask("/api/v1/ledger/balance", {"by": "unit"}) == told
    assert vera.ask("/api/v1/ledger/statement") == rita.ask("/api/v1/ledger/statement")
    figure = told["figures"]["total"]["cleared"]
    all_told, partly = (who.ask(f"/api/v1/ledger/trace/{figure}") for who in (rita, vera))
    assert partly["value"] == all_told["value"]
    assert [part["amount"] for part in partly["parts"]] == [
        part["amount"] for part in all_told["parts"]
    ]
    assert any(entry["deciders"] for entry in all_told["entries"])
    for entry in partly["entries"]:
        assert not entry["deciders"]
        assert not entry["actor"]
        document = entry["document"] or {}
        assert not any(document.get(name) for name in ("filename", "sha256", "source", "submitter"))
    # With the first restricted hazard its land could be had by subtraction.
    Hazard.objects.filter(source_id="H2").update(extra='{"tier":"restricted"}')
    restricted._kept_marks.cache_clear()
    refused = vera.ask("/api/v1/ledger/balance", status=403)
    assert refused["detail"].startswith("a balance adds up all hazards")
    assert rita.ask("/api/v1/ledger/balance", {"by": "unit"}) == told


def test_sums_are_refused_to_who_sees_a_part(country):
    for caller in (
        service("view", "view_restricted", organisation="OP1"),
        person("vera", Grant(Role.viewer, unit="U1")),
        service("submit"),
    ):
        for name in ("balance", "statement", "trace/x"):
            assert caller.ask(f"/api/v1/ledger/{name}", status=403)["to_do"]


@pytest.mark.parametrize(
    "address",
    [
        "balance?by=colour", "balance?as_of=2024-13-01", "balance?known_at=x", "trace/x",
        "statement?since=2024-01-01&until=2023-01-01", "statement?scope=x", "balance?level=-1",
        "trace/land.cleared.9999", "balance?as_of=2024",
    ],
)  # fmt: skip
def test_a_wrong_question_about_the_land(country, address):
    problem = whole().ask(f"/api/v1/ledger/{address}", status=400)
    assert problem["detail"]


# --- claims ---------------------------------------------------------------------------------------


def test_claims_are_read_and_decided(country, tmp_path):
    from claiming import take_in

    take_in(tmp_path, "harbour.txt")
    rita = whole()
    found = rita.ask("/api/v1/claims")["claims"]
    assert found
    claim = found[0]["id"]
    assert rita.ask(f"/api/v1/claims/{claim}")["decision"]["state"] == "proposed"
    decisions = f"/api/v1/claims/{claim}/decisions"
    refused = rita.tell(decisions, {"act": "accept"}, status=409)
    assert "indication" in refused["detail"]
    assert rita.tell(decisions, {"act": "reject"}, status=409)["detail"]
    done = rita.tell(decisions, {"act": "accept", "indication": True, "classes": ["ap"]})
    assert (done["state"], done["standing"]) == ("accepted", "decided")
    assert rita.ask(decisions)["evidence_ref"] == done["evidence_ref"]
    viewer = person("vera", Grant(Role.viewer))
    assert viewer.ask("/api/v1/claims")["matched"] == len(found)
    assert viewer.tell(decisions, {"act": "reject", "reason": "x"}, status=403)
    clerk = person("dana", Grant(Role.data_entry))
    assert "review" in clerk.tell(decisions, {"act": "reject", "reason": "x"}, status=403)["detail"]
    assert rita.ask("/api/v1/claims/claim-nothing", status=404)


# --- tokens ---------------------------------------------------------------------------------------


def test_a_token_that_was_revoked_opens_nothing(country):
    from landrelease.register import tokens

    caller = service("view", "view_restricted")
    assert caller.ask(RECORDS)["types"]
    assert AppToken.objects.get().last_used_at
    tokens.revoke(AppToken.objects.get().id, by=people.Actor("root"))
    assert caller.ask(RECORDS, status=401)
    assert stranger().ask(RECORDS, status=401)
