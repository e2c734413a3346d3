"""Personal data on pages: for the officer, for a purpose, logged before opening (rule 24)."""

from __future__ import annotations

import pytest
from deciders import person, signed_in
from django.test import Client, override_settings
from registering import submit, table

from landrelease.register import erasures, personal, seal, tokens
from landrelease.register.models import RECORDS, PersonalRead, Submission
from landrelease.register.roles import Grant, Role

NAME, CONTACT = "Zyxandra Quillfeather", "+999-555-0147"
HOST = "mines.example.org"
VICTIM = RECORDS["victim"]
PAGE = "/victims/1/personal/"


@pytest.fixture
def victims(store, tmp_path):
    """Two victims, one without personal data, and a row that could not become a record."""
    rows = [
        {"source_id": "V1", "sex": "female", "name": NAME, "contact": CONTACT,
         "national card": "NID-8"},
        {"source_id": "V2", "sex": "male", "name": "", "contact": "", "national card": ""},
        {"source_id": "V1", "sex": "male", "name": NAME, "contact": "", "national card": ""},
    ]  # fmt: skip
    submit(table(tmp_path / "victims.csv", rows), "victims")
    with override_settings(LANDRELEASE_SITE=True, ALLOWED_HOSTS=[HOST]):
        yield store


def officer(name: str = "dora", grant: Grant | None = None) -> Client:
    return signed_in(person(name, grant or Role.data_protection_officer), HOST)


def test_the_officer_reads_one_record_for_a_purpose_and_it_is_logged(victims):
    browser = officer()
    shut = browser.get(PAGE, secure=True)
    assert shut.status_code == 200
    assert NAME not in shut.text
    assert not PersonalRead.objects.exists(), "looking at the form is no reading"
    opened = browser.post(PAGE, {"purpose": "request of the family"}, secure=True)
    assert opened.status_code == 200
    for secret in (NAME, CONTACT, "NID-8"):
        assert secret in opened.text
    assert "no-store" in opened["Cache-Control"]
    assert 'hx-history="false"' in opened.text
    (line,) = PersonalRead.objects.values("reader", "record_type", "record_uid", "purpose")
    uid = VICTIM.objects.get(id=1).uid
    assert line == {
        "reader": "dora", "record_type": "victim", "record_uid": uid,
        "purpose": "request of the family",
    }  # fmt: skip
    again = browser.get(PAGE, secure=True)
    assert NAME not in again.text
    assert "request of the family" in again.text, "who read it stands on the page"


def test_it_is_logged_before_anything_is_decrypted(victims, monkeypatch):
    def broken(key_id, token):
        assert PersonalRead.objects.count() == 1
        raise RuntimeError("made up")

    monkeypatch.setattr(seal, "open_sealed", broken)
    with pytest.raises(RuntimeError, match="made up"):
        officer().post(PAGE, {"purpose": "an audit"}, secure=True)
    assert PersonalRead.objects.count() == 1


@pytest.mark.parametrize("purpose", ["", "   ", "nul\0", "x" * 501])
def test_without_a_purpose_nothing_is_opened(victims, purpose):
    refused = officer().post(PAGE, {"purpose": purpose}, secure=True)
    assert refused.status_code == 422
    assert NAME not in refused.text
    assert not PersonalRead.objects.exists()


@pytest.mark.parametrize(
    "role", [role for role in Role if role is not Role.data_protection_officer]
)
def test_nobody_else_reads(victims, role):
    browser = signed_in(person("nora", role), HOST)
    for address in (PAGE, "/personal/", "/personal/readings/", "/submissions/1/personal/"):
        for response in (
            browser.get(address, secure=True),
            browser.post(address, {"purpose": "curiosity", "what": "original"}, secure=True),
        ):
            assert response.status_code in (403, 405), address
            assert NAME not in response.text
    assert not PersonalRead.objects.exists()


def test_nor_does_a_stranger_or_a_token_or_the_machine(victims):
    raw = tokens.issue("robot", kind="service", scopes=("view", "view_restricted"), days=3,
                       by=_admin())  # fmt: skip
    stranger, robot = Client(HTTP_HOST=HOST), {"HTTP_AUTHORIZATION": f"Bearer {raw}"}
    assert stranger.get(PAGE, secure=True).status_code == 302
    assert stranger.get(PAGE, secure=True, **robot).status_code == 403
    assert stranger.post(PAGE, {"purpose": "x"}, secure=True, **robot).status_code == 403
    with override_settings(LANDRELEASE_SITE=False, ALLOWED_HOSTS=["127.0.0.1"]):
        local = Client(HTTP_HOST="127.0.0.1")
        assert local.get(PAGE).status_code == 302
        assert local.post(PAGE, {"purpose": "x"}).status_code in (302, 403)
    assert not PersonalRead.objects.exists()


def _admin():
    from landrelease.register import people

    return people.Actor("root", "Authority", authenticated=True)


@pytest.mark.parametrize("site", [True, False])
def test_the_second_factor_has_to_be_shown(victims, site):
    user = person("dora", Role.data_protection_officer)
    with override_settings(LANDRELEASE_SITE=site, ALLOWED_HOSTS=[HOST, "127.0.0.1"]):
        browser = Client(HTTP_HOST=HOST)
        browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        assert browser.get(PAGE, secure=True).status_code == (302 if site else 403)
        assert browser.post(PAGE, {"purpose": "x"}, secure=True).status_code == 403
    assert not PersonalRead.objects.exists()


def test_who_showed_it_a_while_ago_is_asked_once_more(victims):
    browser = officer()
    session = browser.session
    shown = session["account_authentication_methods"]
    session["account_authentication_methods"] = [{**shown[0], "at": 0.0}]
    session.save()
    asked = browser.post(PAGE, {"purpose": "an audit"}, secure=True)
    assert asked.status_code == 302
    assert "again" in asked["Location"] or "reauthenticate" in asked["Location"]
    assert not PersonalRead.objects.exists()


def test_who_was_erased_and_who_has_none_are_told_apart(victims):
    browser = officer()
    erasures.destroy(erasures.plan(VICTIM.objects.get(id=1).ref))
    told = browser.get(PAGE, secure=True).text
    assert "This person was erased" in told
    read = browser.post(PAGE, {"purpose": "an audit"}, secure=True)
    assert "This person was erased" in read.text
    assert PersonalRead.objects.count() == 1, "the attempt stands in the log"
    VICTIM.objects.filter(id=2).update(person_key=None, sealed=None)
    assert "No personal data were recorded" in browser.get("/victims/2/personal/", secure=True).text
    listed = browser.get("/personal/", secure=True).text
    assert "erased" in listed
    assert "none recorded" in listed
    assert browser.get("/victims/99/personal/", secure=True).status_code == 404


def test_rows_are_shown_as_received_and_as_erased(victims, tmp_path):
    """A later file corrects the contact; what the first one had stays readable, until erased."""
    again = [{"source_id": "V1", "sex": "female", "name": NAME, "contact": "none any more",
              "items": 0}]  # fmt: skip
    submit(table(tmp_path / "again.csv", again), "victims")
    first, second = Submission.objects.order_by("id")
    browser = officer()
    opened = browser.post(PAGE, {"purpose": "an audit"}, secure=True).text
    assert PersonalRead.objects.count() == 1, "one reading, one line"
    rows = opened[opened.index('id="received"') :]
    assert rows.index(first.receipt) < rows.index(CONTACT) < rows.index(second.receipt)
    assert "none any more" in rows
    assert "national card" in rows
    assert "<dt><bdi>items</bdi></dt><dd><bdi>0</bdi></dd>" in rows, "nought is a value"
    erasures.destroy(erasures.plan(VICTIM.objects.get(id=1).ref))
    assert '<form class="form" method="post"' not in browser.get(PAGE, secure=True).text
    gone = browser.post(PAGE, {"purpose": "an audit"}, secure=True).text
    for secret in (NAME, CONTACT, "NID-8", "none any more"):
        assert secret not in gone
    assert gone.count("The person of this row was erased.") == 2
    # Reported anew after the erasure, the row is kept as erased.
    submit(table(tmp_path / "anew.csv", [{"source_id": "V1", "contact": "a new one"}]), "victims")
    anew = browser.post(PAGE, {"purpose": "an audit"}, secure=True).text
    assert "a new one" not in anew
    assert CONTACT not in anew


def test_rows_of_who_has_no_personal_values_are_opened_for_a_purpose_too(victims):
    VICTIM.objects.filter(id=2).update(person_key=None, sealed=None)
    browser, address = officer(), "/victims/2/personal/"
    shut = browser.get(address, secure=True).text
    assert "No personal data were recorded" in shut
    assert "Open the personal data" in shut
    assert "national card" not in shut
    opened = browser.post(address, {"purpose": "an audit"}, secure=True).text
    assert "<dt><bdi>national card</bdi></dt>" in opened


def test_a_sealed_file_is_saved_and_its_rejected_rows_are_shown(victims, tmp_path):
    browser = officer()
    found = Submission.objects.get()
    address = f"/submissions/{found.id}/personal/"
    assert NAME not in browser.get(address, secure=True).text
    saved = browser.post(address, {"purpose": "an audit", "what": "original"}, secure=True)
    assert saved.content == (tmp_path / "victims.csv").read_bytes()
    assert saved["Content-Disposition"] == f'attachment; filename="{found.receipt}.csv"'
    assert saved["Content-Type"] == "application/octet-stream"
    assert "sandbox" in saved["Content-Security-Policy"]
    assert "no-store" in saved["Cache-Control"]
    rows = browser.post(address, {"purpose": "an audit", "what": "rejected"}, secure=True)
    assert (NAME in rows.text) == found.rejected.exists()
    wrong = browser.post(address, {"purpose": "an audit", "what": "attachment-9"}, secure=True)
    assert wrong.status_code == 422
    assert set(PersonalRead.objects.values_list("record_type", "record_uid")) == {
        (personal.ORIGINAL, found.receipt), (personal.REJECTED, found.receipt),
    }  # fmt: skip
    erasures.destroy(erasures.plan(VICTIM.objects.get(id=1).ref))
    gone = browser.post(address, {"purpose": "an audit", "what": "original"}, secure=True)
    assert "was erased" in gone.text
    assert NAME not in gone.text


def test_an_officer_of_a_part_sees_only_their_part(victims):
    browser = officer("paula", Grant(Role.data_protection_officer, organisation="OP1"))
    assert browser.get(PAGE, secure=True).status_code == 404, "no organisation is recorded of it"
    refused = browser.post(
        f"/submissions/{Submission.objects.get().id}/personal/",
        {"purpose": "x", "what": "original"}, secure=True,
    )  # fmt: skip
    assert refused.status_code == 403
    assert "limited to a part" in refused.text
    officer().post(PAGE, {"purpose": "the secret of another"}, secure=True)
    assert "the secret of another" not in browser.get("/personal/readings/", secure=True).text


def test_the_log_names_reader_record_and_purpose(victims):
    browser = officer()
    browser.post(PAGE, {"purpose": "=cmd|x"}, secure=True)
    told = browser.get("/personal/readings/", secure=True).text
    assert "VI-1" in told
    assert "=cmd|x" in told
    found = browser.get("/personal/", {"ref": "VI-1"}, secure=True)
    assert found["Location"] == PAGE
    unknown = browser.get("/personal/", {"ref": "HA-1"}, secure=True)
    assert unknown.status_code == 404
    assert "HA-1" in unknown.text


def test_a_report_out_of_a_mail_is_said_to_hold_sealed_correspondents(victims, tmp_path):
    from landrelease.register import documents, people

    for name, data in (
        ("one.eml", f"From: {NAME} <zyx@coast.example>\n\nThe field was searched, he said."),
        ("two.txt", "The field beside the mill was searched, the mayor said."),
    ):
        (tmp_path / name).write_text(data, encoding="utf-8")
        documents.add([tmp_path / name], people.at_the_command_line())
    browser = officer()
    told = browser.get("/personal/", {"ref": "DOC-1"}, secure=True)
    assert told.status_code == 404
    assert "DOC-1 came by e-mail" in told.text
    assert "landrelease person-data read DOC-1" in told.text
    assert NAME not in told.text
    plain = browser.get("/personal/", {"ref": "DOC-2"}, secure=True)
    assert "DOC-2 holds no personal data." in plain.text
