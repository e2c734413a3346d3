"""Releases over the API: read by who sees the register, consented to by two humans, no token."""

from __future__ import annotations

import pytest
from calling import ADMIN, HOST, PASSWORD, Api, person, service, stranger, whole
from django.core.cache import cache
from django.test import Client, override_settings
from registering import (
    HAZARD,
    REPORT,
    activities,
    hazards,
    ready_release,
    square,
    submit,
    table,
    verified,
)

from landrelease.register import people, tokens
from landrelease.register.errors import RegisterError
from landrelease.register.models import (
    Activity,
    Approval,
    JournalEntry,
    Release,
    ReleaseRefusal,
)
from landrelease.register.roles import Grant, Role

RELEASES = "/api/v1/releases"
ONE = f"{RELEASES}/1"
DECISIONS = f"{ONE}/decisions"


@pytest.fixture
def ready(store, tmp_path):
    cache.clear()
    ready_release(tmp_path)
    with override_settings(LANDRELEASE_SITE=True, ALLOWED_HOSTS=[HOST]):
        yield store


def approver(name: str, organisation: str = "Authority") -> Api:
    return person(name, Grant(Role.approver), organisation=organisation)


def consent(who: Api, *, status: int = 200, address: str = DECISIONS, **more):
    seen = who.ask(address.removesuffix("/decisions"))["seen"]
    return who.tell(address, {"seen": seen, **more}, status=status)


# --- reading --------------------------------------------------------------------------------------


def test_what_waits_and_what_a_decision_needs(ready, tmp_path):
    activities(tmp_path, (square(1), {**REPORT, "source_id": "A2", "depth_cm": 5}), name="b.json")
    rita = whole()
    told = rita.ask(RELEASES)
    assert (told["state"], told["next_after"]) == ("waiting", None)
    first, second = told["releases"]
    assert (first["ref"], first["hazard"], first["obstacles"]) == ("AC-1", "HA-1", [])
    assert first["lacking"] == 2
    assert any("rule 2" in why for why in second["obstacles"])
    one = rita.ask(ONE)
    assert one["report"]["ref"] == "AC-1"
    assert one["hazard_record"]["ref"] == "HA-1"
    assert isinstance(one["outside_mm2"], str)
    assert one["may_consent"]["allowed"] is False
    assert "it takes one of the roles approver" in one["may_consent"]["reasons"][0]
    assert rita.ask(f"{RELEASES}/99", status=404)
    assert rita.ask(DECISIONS)["ref"] == "AC-1"
    assert rita.ask(RELEASES, {"state": "decided"})["releases"] == []


def test_evidence_visits_and_sentences_are_with_it(ready, tmp_path):
    submit(table(tmp_path / "e.csv", [
        {"source_id": "E1", "kind": "interview", "hazard": "H1", "statement": "seen by the river",
         "date": "2019-01-01"}
    ]), "evidence")  # fmt: skip
    submit(table(tmp_path / "q.csv", [
        {"source_id": "Q1", "activity": "A1", "date": "2023-01-01", "result": "passed"}
    ]), "quality_visits")  # fmt: skip
    one = whole().ask(ONE)
    (item,) = one["evidence"]
    assert (item["statement"], item["withdrawn"]) == ("seen by the river", False)
    (visit,) = one["quality_visits"]
    assert visit["result"] == "passed"
    assert one["latest_information"]


def test_who_neither_reviews_nor_decides_reads_none(ready):
    for caller in (person("vera", Grant(Role.viewer)), service("view"), service("submit"),
                   service("view", "view_restricted", organisation="OP1")):  # fmt: skip
        for address in (RELEASES, ONE, DECISIONS):
            assert caller.ask(address, status=403)["detail"]
    assert stranger().ask(RELEASES, status=401)


# --- a part of the programme ----------------------------------------------------------------------


@pytest.fixture
def divided(ready, tmp_path):
    """Two hazards with a report each; the operator OP2 has the second of both."""
    submit(table(tmp_path / "o.csv", [{"source_id": "OP2", "name": "Second"}]), "organisations")
    for operator, hazard, report, east in (("OP1", "H1", "A1", 0), ("OP2", "H2", "A2", 5)):
        hazards(tmp_path, (square(east, size=2),
                           {**HAZARD, "source_id": hazard, "organisation": operator}),
                name=f"{hazard}.json")  # fmt: skip
        activities(tmp_path, (square(east), {**REPORT, "source_id": report, "hazard": hazard,
                                             "organisation": operator}),
                   name=f"{report}.json")  # fmt: skip
    submit(table(tmp_path / "e.csv", [
        {"source_id": "E1", "kind": "interview", "hazard": "H1", "statement": "Qinformant saw it",
         "date": "2019-01-01"}
    ]), "evidence")  # fmt: skip
    return ready


def of_part(name: str, organisation: str = "OP1", employer: str = "Authority") -> Api:
    return person(name, Grant(Role.approver, organisation=organisation), organisation=employer)


def test_who_decides_for_a_part_sees_it_and_is_told_that_it_is_one(divided):
    paul = of_part("paul")
    told = paul.ask(RELEASES)
    assert [one["ref"] for one in told["releases"]] == ["AC-1"]
    assert told["partial"] is True
    assert paul.ask(f"{RELEASES}/2", status=404)
    assert paul.ask(f"{RELEASES}/2/decisions", status=404)
    assert paul.tell(f"{RELEASES}/2/decisions", {"seen": "x"}, status=404)
    assert paul.ask(f"{ONE}?hazard=HA-2", status=404)
    whole_told = whole().ask(RELEASES)
    assert [one["ref"] for one in whole_told["releases"]] == ["AC-1", "AC-2"]
    assert whole_told["partial"] is False


def test_what_they_are_told_is_no_more_than_the_page_tells(divided):
    one = of_part("paul").ask(ONE)
    (item,) = one["evidence"]
    assert item["kind"] == "verbal_report"
    assert "Qinformant" not in str(one), "evidence lies in no organisation"
    assert (one["sentences"], one["sentences_withheld"]) == ([], True)
    everything = whole().ask(ONE)
    assert "Qinformant" in str(everything["evidence"])
    assert everything["sentences_withheld"] is False


def test_two_who_decide_for_a_part_release_in_it(divided):
    consent(of_part("paul"))
    assert consent(of_part("petra", employer="Inspection"))["standing"] == "released"
    assert not Release.objects.filter(activity_uid=Activity.objects.get(id=2).uid).exists()
    verified()


# --- refusing -------------------------------------------------------------------------------------


def refuse(who: Api, *, status: int = 200, reason: str = "east lane unchecked", address=DECISIONS):
    seen = who.ask(address.removesuffix("/decisions"))["seen"]
    told = {"decision": "refuse", "seen": seen, "reason": reason}
    return who.tell(address, told, status=status)


def test_a_second_person_refuses_and_the_land_stays(ready):
    consent(approver("anna"))
    told = refuse(approver("ben", "Inspection"))
    assert (told["standing"], told["consents"]) == ("refused", [])
    assert JournalEntry.objects.get(seq=told["entry"]).kind == "release_refused"
    assert not Release.objects.exists()
    rita = whole()
    assert rita.ask(RELEASES)["releases"] == []
    (listed,) = rita.ask(RELEASES, {"state": "refused"})["releases"]
    (refusal,) = listed["refusals"]
    assert (refusal["by"], refusal["reason"], refusal["stands"]) == (
        "ben", "east lane unchecked", True
    )  # fmt: skip
    assert rita.ask(DECISIONS)["consents"] == []
    cara = approver("cara")
    assert "was refused" in consent(cara, status=422)["errors"][0]["what"]
    assert "refused already" in refuse(cara, status=409)["detail"]
    verified()


def test_a_refusal_takes_a_reason_a_fresh_look_and_one_of_the_two(ready, tmp_path):
    anna = approver("anna")
    assert refuse(anna, reason="  ", status=409)
    robot = service("view", "view_restricted", "review")
    assert "rule 14" in refuse(robot, status=403)["detail"]
    assert "did the work" in refuse(approver("carl", "OP1"), status=403)["detail"]
    assert refuse(person("rob", Grant(Role.reviewer)), status=403)
    stale = anna.ask(ONE)["seen"]
    hazards(tmp_path, (square(size=3), {**HAZARD, "name": "another boundary"}))
    told = {"decision": "refuse", "seen": stale, "reason": "no"}
    assert "has changed since" in anna.tell(DECISIONS, told, status=409)["detail"]
    assert not ReleaseRefusal.objects.exists()


def test_an_etag_follows_a_refusal(ready):
    rita = whole()
    etag = rita.get(ONE)["ETag"]
    refuse(approver("anna"))
    assert rita.get(ONE, If_None_Match=etag).status_code == 200


def test_who_refused_takes_it_back(ready):
    anna, ben = approver("anna"), approver("ben", "Inspection")
    consent(anna)
    told = {"decision": "take_back", "seen": ben.ask(ONE)["seen"], "reason": "a wrong report"}
    assert "no refusal stands" in ben.tell(DECISIONS, told, status=409)["detail"]
    refuse(ben)
    etag = anna.get(ONE)["ETag"]
    for who, status in ((anna, 403), (approver("carl", "OP1"), 403),
                        (service("view", "view_restricted", "review"), 403)):  # fmt: skip
        who.tell(DECISIONS, told, status=status)
    assert "only ben" in anna.tell(DECISIONS, told, status=403)["detail"]
    assert "reason" in ben.tell(DECISIONS, {**told, "reason": " "}, status=409)["detail"]
    back = ben.tell(DECISIONS, told)
    assert (back["standing"], back["consents"]) == ("waiting", [])
    assert JournalEntry.objects.get(seq=back["entry"]).kind == "refusal_taken_back"
    assert anna.get(ONE, If_None_Match=etag).status_code == 200
    (listed,) = anna.ask(RELEASES)["releases"]
    (kept,) = listed["refusals"]
    assert (kept["stands"], kept["taken_back"]["by"], kept["taken_back"]["reason"]) == (
        False, "ben", "a wrong report"
    )  # fmt: skip
    assert listed["lacking"] == 2
    consent(ben)
    assert consent(anna)["standing"] == "released"
    verified()


def test_pages_of_the_list(ready, tmp_path):
    rows = [(square(n), {**REPORT, "source_id": f"B{n}"}) for n in range(60)]
    activities(tmp_path, *rows, name="many.json")
    rita = whole()
    first = rita.ask(RELEASES)
    rest = rita.ask(RELEASES, {"after": first["next_after"]})
    refs = [one["ref"] for page in (first, rest) for one in page["releases"]]
    assert len(refs) == len(set(refs)) == 61
    assert rest["next_after"] is None


def test_an_etag_follows_consents_and_roles_too(ready):
    rita = whole()
    etag = rita.get(ONE)["ETag"]
    assert rita.get(ONE, If_None_Match=etag).status_code == 304
    assert rita.get(RELEASES)["ETag"]
    consent(approver("anna"))
    fresh = rita.get(ONE, If_None_Match=etag)
    assert fresh.status_code == 200
    assert fresh.json()["consents"] == ["anna"]
    people.set_active("anna", False, by=ADMIN)
    lapsed = rita.get(ONE, If_None_Match=fresh["ETag"])
    assert lapsed.status_code == 200
    assert lapsed.json()["consents"] == []


# --- consenting -----------------------------------------------------------------------------------


def test_two_people_release_land(ready):
    first = consent(approver("anna"))
    assert (first["standing"], first["entry"], first["consents"]) == ("consented", None, ["anna"])
    assert not Release.objects.exists()
    second = consent(approver("ben", "Inspection"))
    assert second["standing"] == "released"
    assert second["consents"] == ["anna", "ben"]
    assert JournalEntry.objects.get(seq=second["entry"]).kind == "release"
    rita = whole()
    told = rita.ask(ONE)
    assert told["decision"]["deciders"] == ["anna", "ben"]
    assert told["obstacles"] == []
    assert rita.ask(RELEASES)["releases"] == []
    again = consent(approver("cara"), status=409)
    assert "decided already" in again["detail"]
    verified()


def test_one_person_is_not_two(ready):
    anna = approver("anna")
    consent(anna)
    again = consent(anna)
    assert (again["standing"], again["consents"]) == ("consented", ["anna"])
    assert not Release.objects.exists()


@pytest.mark.parametrize(
    "scopes", [("view", "view_restricted"), ("view", "view_restricted", "review", "submit")]
)
def test_a_token_consents_to_nothing_and_is_told_why(ready, scopes):
    robot = service(*scopes)
    seen = robot.ask(ONE)["seen"]
    refused = robot.tell(DECISIONS, {"seen": seen}, status=403)
    assert "no authenticated human (rule 14)" in refused["detail"]
    assert not Approval.objects.exists()


def test_nor_does_the_token_of_an_approver(ready):
    """A phone shows its owner's token; that is not its owner."""
    anna = approver("anna")
    seen = anna.ask(ONE)["seen"]
    raw = tokens.issue(
        "phone", kind="phone", scopes=("view", "submit"), days=3, by=ADMIN, person="anna"
    )
    refused = Api(Client(HTTP_HOST=HOST), raw).tell(DECISIONS, {"seen": seen}, status=403)
    assert "no authenticated human (rule 14)" in refused["detail"]
    with pytest.raises(RegisterError, match="cannot be issued for approve_release"):
        tokens.issue(
            "other", kind="phone", scopes=("approve_release",), days=3, by=ADMIN, person="anna"
        )
    assert not Approval.objects.exists()


def test_the_excluded_are_refused_with_the_reason(ready):
    cases = {
        "clerk": (Grant(Role.approver), "Authority", "submitted this and may not decide it"),
        "carl": (Grant(Role.approver), "OP1", "which did the work (rule 14)"),
        "adam": (Grant(Role.administrator), "Authority", "it takes one of the roles approver"),
        "rita": (Grant(Role.reviewer), "Authority", "it takes one of the roles approver"),
        "mute": (Grant(Role.approver), " ", "it is not recorded who employs mute"),
    }
    seen = whole("reader").ask(ONE)["seen"]
    for name, (grant, organisation, why) in cases.items():
        caller = person(name, grant, organisation=organisation)
        refused = caller.tell(DECISIONS, {"seen": seen}, status=403)
        assert why in refused["detail"], name
    assert not Approval.objects.exists()


def test_a_session_without_its_proof_or_second_factor_decides_nothing(ready):
    seen = whole("reader").ask(ONE)["seen"]
    forged = person("anna", Grant(Role.approver), csrf=True)
    assert "forgery" in forged.tell(DECISIONS, {"seen": seen}, status=403)["detail"]
    user = people.add("ben", PASSWORD, organisation="Authority", grants=[Grant(Role.approver)])
    browser = Client(HTTP_HOST=HOST)
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert "second factor" in Api(browser).tell(DECISIONS, {"seen": seen}, status=403)["detail"]
    assert not Approval.objects.exists()


def test_obstacles_are_listed_one_by_one_and_nothing_is_recorded(ready, tmp_path):
    activities(tmp_path, (square(1), {**REPORT, "source_id": "A2", "depth_cm": 5}), name="b.json")
    anna = approver("anna")
    refused = consent(anna, status=422, address=f"{RELEASES}/2/decisions")
    obstacles = anna.ask(f"{RELEASES}/2")["obstacles"]
    assert [one["what"] for one in refused["errors"]] == obstacles
    assert not Approval.objects.exists()


def test_what_changed_since_it_was_read_is_not_consented_to(ready, tmp_path):
    anna = approver("anna")
    seen = anna.ask(ONE)["seen"]
    hazards(tmp_path, (square(size=3), {**HAZARD, "name": "another boundary"}))
    refused = anna.tell(DECISIONS, {"seen": seen}, status=409)
    assert "has changed since" in refused["detail"]
    assert anna.tell(DECISIONS, {}, status=400)["errors"]
    assert anna.tell(DECISIONS, {"seen": "x", "decision": "reject"}, status=400)["errors"]
    assert not Approval.objects.exists()


def test_an_unlinked_report_takes_the_hazard_that_both_name(ready, tmp_path):
    unlinked = {name: value for name, value in REPORT.items() if name != "hazard"}
    activities(tmp_path, (square(), {**unlinked, "source_id": "A3"}), name="c.json")
    activity = Activity.objects.get(source_id="A3")
    address = f"{RELEASES}/{activity.id}"
    anna, ben = approver("anna"), approver("ben", "Inspection")
    assert any("rule 5" in why for why in anna.ask(address)["obstacles"])
    told = anna.ask(address, {"hazard": "HA-1"})
    assert told["hazard_named"] is True
    for who, standing in ((anna, "consented"), (ben, "released")):
        seen = who.ask(address, {"hazard": "HA-1"})["seen"]
        done = who.tell(f"{address}/decisions", {"seen": seen, "hazard": "HA-1"})
        assert done["standing"] == standing
    assert anna.ask(address, {"hazard": "HA-99"}, status=404)
    assert anna.ask(address, {"hazard": "x"}, status=400)
    verified()


def test_a_consent_sent_twice_is_given_once(ready):
    anna = approver("anna")
    seen = anna.ask(ONE)["seen"]
    first = anna.tell(DECISIONS, {"seen": seen}, Idempotency_Key="k1")
    again = anna.post(DECISIONS, f'{{"seen": "{seen}"}}', "application/json", Idempotency_Key="k1")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == first
    assert Approval.objects.count() == 1
