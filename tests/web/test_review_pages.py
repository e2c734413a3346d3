"""Deciding on pages without scripts: submissions, releases, duplicates; why somebody may not."""

from __future__ import annotations

import html
import json

import pytest
from deciders import person, signed_in
from django.test import Client, override_settings
from registering import (
    ANNA,
    CLERK,
    HAZARD,
    HISTORIAN,
    REPORT,
    activities,
    hazards,
    operator,
    ready_release,
    square,
    submit,
    table,
    total,
    verified,
)

from landrelease.register import decisions, people, submissions, tokens
from landrelease.register.models import (
    Activity,
    Approval,
    Hazard,
    JournalTimestamp,
    Release,
    ReleaseRefusal,
    SameAs,
    Submission,
    SuspectedDuplicate,
)
from landrelease.register.roles import Grant, Role


def text(response) -> str:
    return html.unescape(response.content.decode())


def waiting(folder, *rows, **options) -> Submission:
    outcome = hazards(folder, *rows, accept=False, **options)
    return Submission.objects.get(receipt=outcome.receipt)


def decide(browser, found: Submission, act: str, reason: str = ""):
    return browser.post(f"/submissions/{found.id}/decide/", {"act": act, "reason": reason})


# --- submissions ----------------------------------------------------------------------------------


def test_the_inbox_says_what_waits(store, client, tmp_path):
    hazards(tmp_path, (square(size=2), HAZARD))
    held = waiting(tmp_path, (square(), HAZARD))
    plain = waiting(tmp_path, (square(9), {**HAZARD, "source_id": "H9"}), name="nine.geojson")
    page = text(client.get("/submissions/?state=waiting"))
    assert held.receipt in page
    assert plain.receipt in page
    assert page.count("held for two people") == 1
    assert "2 wait for a decision" in page
    assert 'name="chosen"' not in page, "nobody has signed in"
    assert Submission.objects.get(state="accepted").receipt not in page
    rana = signed_in(person("rana", Role.reviewer))
    assert text(rana.get("/submissions/?state=waiting")).count('name="chosen"') == 2


def test_a_reviewer_accepts_and_sees_before_what_it_does(store, tmp_path):
    hazards(tmp_path, (square(), HAZARD))
    found = waiting(tmp_path, (square(size=2), {**HAZARD, "name": "Meadow"}))
    rana = signed_in(person("rana", Role.reviewer))
    page = text(rana.get(f"/submissions/{found.id}/"))
    assert "The boundary changes." in page
    assert "Meadow" in page
    assert "You may, because:" in page
    assert "rana holds the role reviewer (everywhere)" in page
    ground = json.loads(rana.get(f"/submissions/{found.id}/ground.geojson").content)
    assert [one["properties"]["when"] for one in ground["features"]] == ["before", "after"]
    response = decide(rana, found, "accept")
    assert response.status_code == 302
    found.refresh_from_db()
    assert found.state == Submission.ACCEPTED
    assert Hazard.objects.get().name == "Meadow"
    page = text(rana.get(f"/submissions/{found.id}/"))
    assert "accepted by <bdi>rana</bdi>" in page
    again = decide(rana, found, "accept")
    assert again.status_code == 409
    assert "is accepted; only a checked submission" in text(again)
    verified()


def test_the_submitter_sees_why_it_came_back_and_hands_in_again(store, tmp_path):
    dana = person("dana", Role.data_entry)
    actor = people.actor_of(dana, second_factor=False)
    found = waiting(tmp_path, (square(), HAZARD), actor=actor)
    rana = signed_in(person("rana", Role.reviewer))
    refused = decide(rana, found, "return")
    assert refused.status_code == 422
    assert "needs a reason" in text(refused)
    assert decide(rana, found, "return", "moved by 100 m").status_code == 302
    own = signed_in(dana)
    assert found.receipt in text(own.get("/submissions/?own=1&state=returned"))
    page = text(own.get(f"/submissions/{found.id}/"))
    assert "rana: moved by 100 m" in page
    assert f"--answers {found.receipt}" in page
    again = waiting(tmp_path, (square(1), HAZARD), actor=actor, answers=found.receipt)
    assert again.receipt in text(own.get(f"/submissions/{found.id}/"))
    page = text(own.get(f"/submissions/{again.id}/"))
    assert found.receipt in page
    assert "moved by 100 m" in page


def test_what_lowers_caution_takes_two_people_on_pages(store, tmp_path):
    hazards(tmp_path, (square(size=2), HAZARD))
    before = total()
    found = waiting(tmp_path, (square(), HAZARD))
    anna = signed_in(person("anna", Role.approver))
    ben = signed_in(person("ben", Role.approver, organisation="Inspection"))
    page = text(anna.get(f"/submissions/{found.id}/"))
    assert "Lowers caution: the boundary would lose ground" in " ".join(
        page.replace("<strong>", "").replace("</strong>", "").split()
    )
    assert decide(anna, found, "approve").status_code == 302
    assert total() == before
    page = text(anna.get(f"/submissions/{found.id}/"))
    assert "You have consented. Somebody else has to be the second." in page
    assert decide(anna, found, "approve").status_code == 302, "twice is once"
    assert total() == before
    assert decide(ben, found, "approve").status_code == 302
    assert total()["confirmed"] < before["confirmed"]
    found.refresh_from_db()
    assert found.state == Submission.ACCEPTED
    verified()


def test_the_page_of_held_changes_says_why_somebody_may_not(store, tmp_path):
    hazards(tmp_path, (square(size=2), {**HAZARD, "organisation": "OP1"}))
    found = waiting(tmp_path, (square(), {**HAZARD, "organisation": "OP1"}))
    cases = {
        "clerk submitted this and may not decide it": person("clerk", Role.approver),
        "is employed by OP1, which did the work": person("carl", Role.approver, organisation="OP1"),
        "it takes one of the roles approver": person("adam", Role.administrator),
    }
    for words, user in cases.items():
        browser = signed_in(user)
        page = text(browser.get(f"/submissions/{found.id}/"))
        assert "You may not, because:" in page
        assert words in page
        refused = decide(browser, found, "approve")
        assert refused.status_code == 403, words
        assert words in text(refused)
    assert not Approval.objects.exists()
    found.refresh_from_db()
    assert found.state == Submission.CHECKED


def test_several_are_decided_one_by_one_with_a_report(store, tmp_path):
    rows = [{**HAZARD, "source_id": f"H{n}"} for n in range(3)]
    found = [
        waiting(tmp_path, (square(2 * n), row), name=f"{n}.geojson") for n, row in enumerate(rows)
    ]
    # The second one is decided meanwhile, the third one goes stale.
    decisions.accept_submission(found[1].receipt, CLERK)
    hazards(tmp_path, (square(8), rows[2]))
    rana = signed_in(person("rana", Role.reviewer))
    chosen = [one.id for one in found]
    assert rana.post("/submissions/decide/", {"act": "accept"}).status_code == 422
    response = rana.post("/submissions/decide/", {"act": "accept", "chosen": chosen})
    page = text(response)
    assert response.status_code == 200
    assert "1 of 3 done" in page
    assert f"{found[1].receipt} is accepted; only a checked submission can be accepted" in page
    assert "has changed since this difference was shown" in page
    states = [Submission.objects.get(id=one.id).state for one in found]
    assert states == ["accepted", "accepted", "checked"]
    without = rana.post("/submissions/decide/", {"act": "return", "chosen": chosen[2:]})
    assert without.status_code == 422
    dana = signed_in(person("dana", Role.data_entry))
    page = text(dana.post("/submissions/decide/", {"act": "accept", "chosen": chosen[2:]}))
    assert "0 of 1 done" in page
    assert "it takes one of the roles reviewer, approver" in page
    verified()


def test_nobody_decides_without_signing_in_or_without_the_form(store, tmp_path):
    found = waiting(tmp_path, (square(), HAZARD))
    nobody = Client(HTTP_HOST="127.0.0.1")
    assert decide(nobody, found, "accept").status_code == 403
    strict = signed_in(person("rana", Role.reviewer), enforce_csrf_checks=True)
    assert decide(strict, found, "accept").status_code == 403
    assert not Hazard.objects.exists()


def test_a_token_decides_nothing_that_releases(store, tmp_path):
    activity = ready_release(tmp_path)
    scopes = ("view", "view_restricted", "review")
    browser = with_token(*scopes)
    response = browser.post(f"/releases/{activity.id}/decide/", {})
    assert response.status_code == 403
    assert "rule 14" in text(response)
    told = {"act": "refuse", "reason": "no"}
    assert browser.post(f"/releases/{activity.id}/decide/", told).status_code == 403
    assert not Release.objects.exists()
    assert not Approval.objects.exists()
    assert not ReleaseRefusal.objects.exists()


def with_token(*scopes: str) -> Client:
    raw = tokens.issue(
        " ".join(scopes), kind="service", scopes=scopes, days=3, by=people.at_the_command_line()
    )
    return Client(HTTP_HOST="127.0.0.1", HTTP_AUTHORIZATION=f"Bearer {raw}")


def test_on_this_machine_a_token_reads_as_far_as_it_goes(store, client, tmp_path):
    """Whoever sits there reads all, signed in or not; what somebody else was given does not."""
    activity = ready_release(tmp_path)
    found = Submission.objects.get(record_type="hazard")
    addresses = (f"/releases/{activity.id}/", f"/submissions/{found.id}/")
    dana = signed_in(person("dana", Role.data_entry))
    for browser in (client, dana, with_token("view", "view_restricted", "review")):
        assert [browser.get(one).status_code for one in addresses] == [200, 200]
        assert found.receipt in text(browser.get("/submissions/"))
    viewing = with_token("view")
    assert [viewing.get(one).status_code for one in addresses] == [403, 404]
    assert found.receipt not in text(viewing.get("/submissions/"))


def test_on_a_site_people_with_a_narrow_role_see_their_own_submissions_only(store, tmp_path):
    hazards(tmp_path, (square(), {**HAZARD, "name": "Secret meadow"}))
    dana = person("dana", Grant(Role.data_entry, organisation="OP7"))
    actor = people.actor_of(dana, second_factor=False)
    own = waiting(tmp_path, (square(5), {**HAZARD, "source_id": "H5"}), actor=actor, source="Own")
    changing = waiting(tmp_path, (square(size=2), HAZARD), actor=actor)
    other = Submission.objects.exclude(submitter="dana").get()
    with override_settings(LANDRELEASE_SITE=True, ALLOWED_HOSTS=["mines.example.org"]):
        browser = signed_in(dana, host="mines.example.org")
        page = text(browser.get("/submissions/", secure=True))
        assert own.receipt in page
        assert other.receipt not in page
        assert browser.get(f"/submissions/{own.id}/", secure=True).status_code == 200
        assert browser.get(f"/submissions/{other.id}/", secure=True).status_code == 404
        page = text(browser.get(f"/submissions/{changing.id}/", secure=True))
        assert "Secret meadow" not in page
        assert "What the record says now is not shown to your roles." in page
        address = f"/submissions/{changing.id}/ground.geojson"
        ground = json.loads(browser.get(address, secure=True).content)
        assert [one["properties"]["when"] for one in ground["features"]] == ["after"]
        anonymous = Client(HTTP_HOST="mines.example.org")
        shut = anonymous.get(f"/submissions/{own.id}/", secure=True)
        assert shut["Location"].startswith("/account/login/")


# --- releases -------------------------------------------------------------------------------------


def test_two_people_release_land_through_the_pages(store, tmp_path):
    activity = ready_release(tmp_path)
    anna = signed_in(person("anna", Role.approver))
    ben = signed_in(person("ben", Role.approver, organisation="Inspection"))
    before = total()
    page = text(anna.get(f"/releases/{activity.id}/"))
    assert "Nothing in the report or the evidence stands against it." in page
    assert "You may, because:" in page
    seen = page.split('name="seen" value="')[1].split('"')[0]
    first = anna.post(f"/releases/{activity.id}/decide/", {"seen": seen})
    assert first.status_code == 302
    assert total() == before
    assert "First consent: <strong><bdi>anna</bdi>" in text(ben.get(f"/releases/{activity.id}/"))
    assert ben.post(f"/releases/{activity.id}/decide/", {"seen": seen}).status_code == 302
    assert total()["cleared"] > 0
    assert Release.objects.get().deciders == "anna|ben"
    page = text(ben.get("/releases/?state=decided"))
    assert "here" in page
    assert "anna, ben" in page
    again = ben.post(f"/releases/{activity.id}/decide/", {"seen": seen})
    assert again.status_code == 409
    verified()


def test_a_release_is_refused_through_the_pages_and_proposed_again(store, client, tmp_path):
    activity = ready_release(tmp_path)
    anna = signed_in(person("anna", Role.approver))
    ben = signed_in(person("ben", Role.approver, organisation="Inspection"))
    address, before = f"/releases/{activity.id}/", total()
    anna.post(f"{address}decide/", {})
    page = text(ben.get(address))
    assert "Refuse the release" in page
    seen = page.split('name="seen" value="')[1].split('"')[0]
    without = ben.post(f"{address}decide/", {"seen": seen, "act": "refuse", "reason": " "})
    assert without.status_code == 422
    assert "a refusal needs a reason" in text(without)
    why = "east lane <b>unchecked</b>"
    told = {"seen": seen, "act": "refuse", "reason": why}
    assert ben.post(f"{address}decide/", told).status_code == 302
    assert total() == before
    page = text(anna.get(address))
    for what in ("Refused; the land stays as it was.", "<bdi>ben</bdi>", "was refused in journal"):
        assert what in page
    assert "<bdi>east lane &lt;b&gt;" in anna.get(address).content.decode()
    assert "Refuse the release" not in page, "once is enough"
    assert activity.ref not in text(anna.get("/releases/"))
    listed = text(anna.get("/releases/?state=refused"))
    assert activity.ref in listed
    assert why in listed
    again = anna.post(f"{address}decide/", {"seen": seen, "act": "refuse", "reason": "me too"})
    assert "was refused already" in text(again)
    assert anna.post(f"{address}decide/", {"seen": seen}).status_code == 422
    for page_of in (f"/activities/{activity.id}/", f"/activities/{activity.id}/history/"):
        assert why in text(client.get(page_of)), page_of
    asked = client.get(f"/activities/{activity.id}/history/?format=json").json()
    (kept,) = asked["refused_releases"]
    assert (kept["by"], kept["reason"], kept["stands"]) == ("ben", why, True)
    submit(table(tmp_path / "q.csv", [{"source_id": "Q1", "activity": "A1", "date": "2022-08-01",
                                       "result": "passed"}]), "quality_visits")  # fmt: skip
    page = text(ben.get(address))
    assert "Refused before; something new has come in since." in page
    assert "First consent: <strong>nobody yet" in page
    for browser in (anna, ben):
        assert browser.post(f"{address}decide/", {}).status_code == 302
    assert Release.objects.get().deciders == "anna|ben"
    assert "Refused before" in text(client.get(address)), "it stays visible"
    verified()


def test_a_refusal_is_taken_back_on_the_page_by_who_refused(store, client, tmp_path):
    activity = ready_release(tmp_path)
    anna = signed_in(person("anna", Role.approver))
    ben = signed_in(person("ben", Role.approver, organisation="Inspection"))
    address = f"/releases/{activity.id}/"
    anna.post(f"{address}decide/", {})
    told = {"act": "refuse", "reason": "wrong report"}
    assert "Take your refusal back" not in text(ben.get(address))
    assert ben.post(f"{address}decide/", told).status_code == 302
    assert "Take your refusal back" in text(ben.get(address))
    assert "Take your refusal back" not in text(anna.get(address))
    taken = {"act": "take_back", "reason": "I meant <b>AC-2</b>"}
    refused = anna.post(f"{address}decide/", taken)
    assert refused.status_code == 403
    assert "only ben, who refused" in text(refused)
    without = ben.post(f"{address}decide/", {**taken, "reason": " "})
    assert without.status_code == 422
    assert "taking a refusal back needs a reason" in text(without)
    assert ben.post(f"{address}decide/", taken).status_code == 302
    for browser, page_of in ((ben, address), (client, f"/activities/{activity.id}/")):
        page = text(browser.get(page_of))
        assert "Refused before; taken back by who refused." in page
        assert "I meant <b>AC-2</b>" in page
        assert "<b>AC-2" not in browser.get(page_of).content.decode()
    page = text(ben.get(address))
    assert "Take your refusal back" not in page
    assert "First consent: <strong>nobody yet" in page
    assert activity.ref in text(anna.get("/releases/"))
    for browser in (ben, anna):
        assert browser.post(f"{address}decide/", {}).status_code == 302
    assert Release.objects.get().deciders == "ben|anna"
    verified()


def test_the_page_of_a_release_says_why_somebody_may_not(store, tmp_path):
    activity = ready_release(tmp_path)
    cases = {
        "clerk submitted this and may not decide it": person("clerk", Role.approver),
        "is employed by OP1, which did the work": person("carl", Role.approver, organisation="OP1"),
        "it takes one of the roles approver": person("adam", Role.administrator),
        "it is not recorded who employs": person("ned", Role.approver, organisation=""),
    }
    for words, user in cases.items():
        browser = signed_in(user)
        page = text(browser.get(f"/releases/{activity.id}/"))
        assert "You may not, because:" in page
        assert words in page
        refused = browser.post(f"/releases/{activity.id}/decide/", {})
        assert refused.status_code == 403, words
    assert not Approval.objects.exists()
    assert not Release.objects.exists()


def test_what_stands_against_a_release_is_shown_and_holds(store, tmp_path):
    activity = ready_release(tmp_path, depth_cm=5)
    anna = signed_in(person("anna", Role.approver))
    page = text(anna.get(f"/releases/{activity.id}/"))
    assert "cleared to 5 cm where 20 cm were asked (rule 2)" in page
    refused = anna.post(f"/releases/{activity.id}/decide/", {})
    assert refused.status_code == 422
    assert "cleared to 5 cm" in text(refused)
    assert 'name="chosen"' not in text(anna.get("/releases/"))


def test_a_report_that_changed_since_the_page_was_shown_is_not_consented_to(store, tmp_path):
    activity = ready_release(tmp_path)
    anna = signed_in(person("anna", Role.approver))
    page = text(anna.get(f"/releases/{activity.id}/"))
    seen = page.split('name="seen" value="')[1].split('"')[0]
    activities(tmp_path, (square(size=1.5), REPORT))
    response = anna.post(f"/releases/{activity.id}/decide/", {"seen": seen})
    assert "has changed since this page was shown" in text(response)
    assert not Approval.objects.exists()


def test_an_unlinked_report_is_released_to_the_area_that_both_name(store, tmp_path):
    activity = ready_release(tmp_path, hazard=None)
    anna = signed_in(person("anna", Role.approver))
    page = text(anna.get(f"/releases/{activity.id}/"))
    assert "it is linked to no hazardous area (rule 5)" in page
    assert '<option value="HA-1"' in page
    assert 'name="hazard" value="HA-1"' not in page, "nothing is chosen by itself"
    named = text(anna.get(f"/releases/{activity.id}/?hazard=HA-1"))
    assert "it is linked to no hazardous area" not in named
    for user in (anna, signed_in(person("ben", Role.approver, organisation="Inspection"))):
        user.post(f"/releases/{activity.id}/decide/", {"hazard": "HA-1"})
    assert Release.objects.get().hazard_uid == Hazard.objects.get().uid


def test_several_releases_are_consented_to_one_by_one(store, tmp_path):
    ready_release(tmp_path)
    activities(
        tmp_path,
        (square(1), {**REPORT, "source_id": "A2"}),
        (square(1, 1), {**REPORT, "source_id": "A3", "status": "completed"}),
        name="more.geojson",
    )
    anna = signed_in(person("anna", Role.approver))
    page = text(anna.post("/releases/decide/", {"chosen": ["AC-1", "AC-2", "AC-3", "AC-9"]}))
    assert "2 of 4 done" in page
    assert "not accepted by quality control" in page
    assert Approval.objects.count() == 2


def test_releases_from_elsewhere_are_never_shown_as_decided_here(store, client, tmp_path):
    operator(tmp_path)
    hazards(tmp_path, (square(size=2), HAZARD))
    activities(
        tmp_path,
        (square(5), {**REPORT, "hazard": None}),
        actor=HISTORIAN,
        legacy=submissions.Legacy(authority="Old Office", document="Certificates"),
    )
    activity = Activity.objects.get()
    assert Release.objects.get().standing == "historic"
    listed = text(client.get("/releases/?state=decided"))
    assert "elsewhere; entered in the opening balance" in listed
    assert "Old Office" in listed
    page = text(client.get(f"/releases/{activity.id}/"))
    assert "Decided elsewhere, not here." in page
    assert "decided by" not in page
    assert activity.ref not in text(client.get("/releases/"))


# --- duplicates -----------------------------------------------------------------------------------


def test_duplicates_are_looked_for_linked_and_unlinked_on_pages(store, client, tmp_path):
    hazards(tmp_path, (square(size=2), HAZARD))
    hazards(tmp_path, (square(0.05, 0, 2), {**HAZARD, "source_id": "X1"}), source="Other",
            name="other.geojson")  # fmt: skip
    before = total()
    dana, rana = signed_in(person("dana", Role.data_entry)), signed_in(
        person("rana", Role.reviewer)
    )  # fmt: skip
    assert dana.post("/duplicates/look/").status_code == 403
    assert rana.post("/duplicates/look/").status_code == 302
    assert SuspectedDuplicate.objects.count() == 1
    assert "their polygons are nearly the same" in text(client.get("/duplicates/"))
    address = "/duplicates/HA-1/HA-2/"
    refused = dana.post(address, {"act": "link", "shown": "HA-1", "reason": "so"})
    assert refused.status_code == 403
    assert "neither of the roles reviewer and approver" in text(refused)
    assert rana.post(address, {"act": "link", "shown": "HA-1"}).status_code == 422
    done = rana.post(address, {"act": "link", "shown": "HA-1", "reason": "one field"})
    assert done.status_code == 302
    assert not SuspectedDuplicate.objects.exists()
    listed = text(client.get("/hazards/"))
    assert "also recorded as HA-2" in listed
    assert ">HA-2</a>" not in listed
    assert "1 record is left out of this list" in listed
    assert ">HA-2</a>" in text(client.get("/hazards/?alike=1"))
    assert ">HA-2</a>" in text(client.get("/hazards/?q=X1")), "each is found by its own id"
    assert "lists show that one" in text(client.get("/hazards/2/"))
    assert "Also recorded as" in text(client.get("/hazards/1/"))
    assert total() == before
    assert rana.post(address, {"act": "undo", "reason": "no"}).status_code == 302
    assert ">HA-2</a>" in text(client.get("/hazards/"))
    assert "taken back:" in text(client.get(address))
    assert SameAs.objects.get().ended_by == "rana"
    verified()


# --- history and the head -------------------------------------------------------------------------


def test_the_history_of_a_record_as_page_and_as_json(store, client, tmp_path):
    hazards(tmp_path, (square(size=2), HAZARD))
    hazards(tmp_path, (square(size=3), {**HAZARD, "name": "Larger"}))
    page = text(client.get("/hazards/1/history/?one=1&other=2"))
    assert "Ground gained:" in page
    assert "Larger" in page
    found = client.get("/hazards/1/history/?one=1&other=2&format=json").json()
    assert found["comparison"]["fields"]["name"] == [None, "Larger"]
    assert [one["version"] for one in found["versions"]] == [1, 2]
    first = found["versions"][0]["entry"]
    then = client.get(f"/hazards/1/history/?known_at={first}&format=json").json()
    assert then["held"]["version"] == 1
    assert client.get("/hazards/1/history/?at=2019-01-01&format=json").json()["held"] is None
    page = text(client.get("/hazards/1/history/?at=2019-01-01"))
    assert "It was not on record then. No record does not mean safe." in page
    assert client.get("/hazards/1/history/?at=yesterday").status_code == 400
    wrong = client.get("/hazards/1/history/?known_at=never&format=json")
    assert wrong.status_code == 400
    assert "is no frozen report" in wrong.json()["error"]
    ground = json.loads(client.get("/hazards/1/history/ground.geojson?one=1&other=2").content)
    assert len(ground["features"]) == 2
    assert client.get("/hazards/7/history/").status_code == 404


@pytest.mark.parametrize("plural", ["hazards", "activities", "accidents", "evidence"])
def test_every_listed_record_has_a_history(store, client, tmp_path, plural):
    assert client.get(f"/{plural}/1/history/").status_code == 404


def test_every_page_shows_the_head_and_about_shows_all_of_it(store, client, tmp_path):
    hazards(tmp_path, (square(), HAZARD))
    from landrelease.register import journal

    head = journal.head()
    assert head.hash[:16] in text(client.get("/hazards/"))
    about = text(client.get("/about/"))
    assert head.hash in about
    assert "time-stamped" not in about
    JournalTimestamp.objects.create(
        seq=head.seq, hash=head.hash, tsa="https://tsa.example.org", requested_at="",
        stamped_at=head.recorded_at, request=b"", answer=b"",
    )  # fmt: skip
    assert "was time-stamped by https://tsa.example.org" in text(client.get("/about/"))


def test_new_pages_stand_in_an_empty_register_under_the_policy(store, client):
    for address in ("/releases/", "/releases/?state=decided", "/duplicates/", "/submissions/"):
        response = client.get(address)
        assert response.status_code == 200, address
        assert " style=" not in text(response)
        assert "unsafe" not in response["Content-Security-Policy"]
    assert ANNA.may_release
