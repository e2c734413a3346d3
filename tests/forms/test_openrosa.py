"""OpenRosa over real HTTP, with the requests that ODK Collect and KoboCollect send."""

from __future__ import annotations

import base64
import hashlib
import threading
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor

import answering
import httpx
import pytest
from answering import PHOTO, accident, hazard
from django.core.files.uploadedfile import SimpleUploadedFile
from phones import PASSWORD, served_here, team_token

from landrelease.register import field_forms, people, tokens
from landrelease.register.models import FieldAttachment, FieldInstance, Hazard, Submission
from landrelease.register.roles import Grant, Role

LIST = "{http://openrosa.org/xforms/xformsList}"
MANIFEST = "{http://openrosa.org/xforms/xformsManifest}"
RESPONSE = "{http://openrosa.org/http/response}"


@pytest.fixture
def token(programme):
    """An app token of a member of the team."""
    return team_token()


@pytest.fixture
def phone(token):
    """A phone that has signed in as ODK Collect does."""
    with (
        served_here() as address,
        httpx.Client(
            base_url=f"{address}/openrosa/",
            auth=httpx.BasicAuth("amra", token),
            headers={"X-OpenRosa-Version": "1.0", "User-Agent": "a test of the protocol"},
            timeout=60,
        ) as client,
    ):
        yield client


def post(phone, xml, *attachments, **options):
    """Send a form as ODK Collect does: asked with HEAD, then one multipart request."""
    asked = phone.head("submission", params={"deviceID": "collect:1"})
    assert asked.status_code == 204
    parts = [("xml_submission_file", ("form.xml", xml, "text/xml"))]
    parts += [(a.name, (a.name, a.data, a.content_type)) for a in attachments]
    return phone.post("submission", params={"deviceID": "collect:1"}, files=parts, **options)


def received():
    """How many submissions came from phones."""
    return Submission.objects.filter(source__startswith="Field form").count()


def said(response):
    return ET.fromstring(response.content).findtext(f"{RESPONSE}message")


# --- forms out ------------------------------------------------------------------------------------


def test_a_phone_gets_every_form_with_its_files(phone):
    listed = phone.get("formList")
    assert listed.status_code == 200
    assert listed.headers["content-type"].startswith("text/xml")
    assert listed.headers["x-openrosa-version"] == "1.0"
    assert listed.headers["date"]
    entries = ET.fromstring(listed.content).findall(f"{LIST}xform")
    assert {e.findtext(f"{LIST}formID") for e in entries} == set(answering.FORMS)
    for entry in entries:
        form = phone.get(entry.findtext(f"{LIST}downloadUrl"))
        assert form.status_code == 200
        digest = hashlib.md5(form.content, usedforsecurity=False).hexdigest()
        assert entry.findtext(f"{LIST}hash") == f"md5:{digest}"
        version = entry.findtext(f"{LIST}version")
        assert f'version="{version}"'.encode() in form.content
        manifest = ET.fromstring(phone.get(entry.findtext(f"{LIST}manifestUrl")).content)
        files = manifest.findall(f"{MANIFEST}mediaFile")
        wanted = {
            i.get("src").rsplit("/", 1)[-1]
            for i in ET.fromstring(form.content).iter(f"{{{answering.XFORMS}}}instance")
            if i.get("src")
        }
        assert {f.findtext(f"{MANIFEST}filename") for f in files} == wanted
        for file in files:
            data = phone.get(file.findtext(f"{MANIFEST}downloadUrl")).content
            digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
            assert file.findtext(f"{MANIFEST}hash") == f"md5:{digest}"
            assert data.startswith(b"name,label")


def test_one_form_may_be_asked_for(phone):
    entries = ET.fromstring(phone.get("formList", params={"formID": "hazard"}).content)
    assert [e.findtext(f"{LIST}formID") for e in entries] == ["hazard"]


@pytest.mark.parametrize(
    "path",
    [
        "forms/hazard/1.xml",
        "forms/poem/1/manifest",
        "forms/hazard/1/media/units_1.csv",
        "forms/hazard/1/media/..%2Fmaster.key",
    ],
)
def test_what_is_not_there_is_404(phone, path):
    assert phone.get(path).status_code == 404


def test_methods_that_make_no_sense_are_refused(phone):
    assert phone.post("formList").status_code == 405
    refused = phone.get("submission")
    assert refused.status_code == 405
    assert refused.headers["allow"] == "POST"


# --- filled-in forms in ---------------------------------------------------------------------------


def test_a_form_is_answered_with_a_receipt_and_shown_in_the_inbox(phone):
    asked = phone.head("submission")
    assert asked.status_code == 204
    assert int(asked.headers["x-openrosa-accept-content-length"]) >= 10_000_000
    answered = post(phone, hazard(), PHOTO)
    assert answered.status_code == 201
    receipt = Submission.objects.get(record_type="hazard").receipt
    assert receipt in said(answered)
    assert answered.headers["x-receipt"] == receipt
    metadata = ET.fromstring(answered.content).find(
        "{http://www.opendatakit.org/xforms}submissionMetadata"
    )
    assert metadata.get("instanceID") == "uuid:1"
    shown = phone.get(str(phone.base_url.join("/submissions/")))
    assert receipt in shown.text
    assert FieldInstance.objects.get().submitter == "amra"
    assert Hazard.objects.count() == 0


def test_a_form_sent_again_gets_the_same_receipt(phone):
    first, again = post(phone, hazard(), PHOTO), post(phone, hazard(), PHOTO)
    assert first.status_code == again.status_code == 201
    assert first.headers["x-receipt"] == again.headers["x-receipt"]
    assert "received before" in said(again)
    assert received() == 2
    assert FieldAttachment.objects.count() == 1


def test_another_content_under_the_same_id_is_kept_and_said(phone):
    first = post(phone, hazard())
    other = post(phone, hazard(changes={"about/name": "South field"}))
    assert other.status_code == 201
    assert other.headers["x-receipt"] != first.headers["x-receipt"]
    assert "look at both" in said(other)


def test_attachments_in_several_requests(phone):
    for number in range(3):
        photo = answering.Attachment(f"{number}.jpg", "image/jpeg", b"picture %d" % number)
        assert post(phone, hazard(), photo).status_code == 201
    assert FieldInstance.objects.count() == 1
    assert FieldAttachment.objects.count() == 3


def test_a_correction_and_its_original_in_either_order(phone):
    corrected = hazard(changes={"about/type": "CHA"}, instance_id="uuid:2", deprecated="uuid:1")
    assert post(phone, corrected).status_code == 201
    late = post(phone, hazard())
    assert late.status_code == 201
    assert "its correction came first" in said(late)
    assert set(FieldInstance.objects.values_list("key", flat=True)) == {"uuid:1"}


def test_many_phones_at_once(phone):
    """Six forms, each sent by two threads at the same moment."""
    forms = [hazard(instance_id=f"uuid:{n}") for n in range(6)]
    start = threading.Barrier(4)

    def send(share):
        start.wait(30)
        return [post(phone, xml).headers["x-receipt"] for xml in share]

    with ThreadPoolExecutor(4) as pool:
        one, two, three, four = pool.map(send, [forms[:3], forms[:3], forms[3:], forms[3:]])
    assert one == two
    assert three == four
    assert FieldInstance.objects.count() == 6
    assert Submission.objects.filter(record_type="hazard").count() == 6


def test_personal_data_do_not_show_in_the_inbox(phone):
    answered = post(phone, accident(), PHOTO)
    assert answered.status_code == 201
    for submission in Submission.objects.all():
        page = str(phone.base_url.join(f"/submissions/{submission.id}/"))
        own = phone.get(page)  # a phone reads what it sent itself and nothing else
        assert own.status_code == (200 if submission.submitter == "amra" else 404)
        shown = httpx.get(page, timeout=60)  # whoever is at the machine of the workspace
        assert shown.status_code == 200
        assert not [secret for secret in answering.SECRETS if secret in own.text]
        assert not [secret for secret in answering.SECRETS if secret in shown.text]


def test_what_is_no_form_is_refused_with_a_reason(phone):
    cases = [
        ({"files": [("xml_submission_file", ("f.xml", b"<data>"))]}, 400, "not readable"),
        ({"files": [("other", ("f.xml", hazard(), "text/xml"))]}, 400, "0 parts"),
        (
            {"files": [("xml_submission_file", ("f.xml", hazard(), "text/xml"))] * 2},
            400,
            "2 parts",
        ),
        ({"content": hazard(), "headers": {"Content-Type": "text/xml"}}, 400, "0 parts"),
        (
            {"content": b"--x\r\n", "headers": {"Content-Type": "multipart/form-data"}},
            400,
            "multipart",
        ),
        (
            {
                "files": [
                    (
                        "xml_submission_file",
                        ("f.xml", b'<d id="poem"><meta><instanceID>u</instanceID></meta></d>'),
                    )
                ]
            },
            404,
            "no form 'poem'",
        ),
    ]  # fmt: skip
    for request, status, why in cases:
        answered = phone.post("submission", **request)
        assert answered.status_code == status, why
        assert why in said(answered)
    assert received() == 0


def test_a_request_that_is_too_large_is_told_so(phone):
    """The head of the request is enough: the phone is told before it has sent it all."""
    answered = post(
        phone, hazard(), answering.Attachment("big.jpg", "image/jpeg", b"\0" * 30_100_000)
    )
    assert answered.status_code == 413
    assert "apart" in said(answered)
    assert FieldInstance.objects.count() == 0


def test_the_name_of_an_attachment_is_only_a_name(phone):
    odd = answering.Attachment("../../keys/master.key", "image/jpeg", b"picture")
    assert post(phone, hazard(), odd).status_code == 201
    assert FieldAttachment.objects.get().name == "master.key"


def test_an_older_client_sends_the_form_as_a_field(phone):
    answered = phone.post("submission", files=[("xml_submission_file", (None, hazard().decode()))])
    assert answered.status_code == 201


# --- who is let in --------------------------------------------------------------------------------


def test_nobody_without_a_token_of_their_own(phone, token):
    address = str(phone.base_url.join("submission"))
    files = [("xml_submission_file", ("form.xml", hazard(), "text/xml"))]
    wrong = [
        None,
        httpx.BasicAuth("amra", PASSWORD),
        httpx.BasicAuth("amra", token[:-1]),
        httpx.BasicAuth("somebody", token),
        httpx.BasicAuth("", ""),
    ]
    for auth in wrong:
        answered = httpx.post(address, files=files, auth=auth)
        assert answered.status_code == 401
        assert answered.headers["www-authenticate"].startswith("Basic realm=")
        assert httpx.head(address, auth=auth).status_code == 401
    listed = str(phone.base_url.join("formList"))
    for header in ("Basic !!!", "Basic " + base64.b64encode(b"\xff\xfe").decode(), "Digest x",
                   f"Bearer {token}x", "Bearer"):  # fmt: skip
        assert httpx.get(listed, headers={"Authorization": header}).status_code == 401
    assert FieldInstance.objects.count() == 0


def test_no_cookie_opens_what_phones_use_and_no_page_is_needed_to_send(programme, token):
    from django.contrib.auth.models import User
    from django.test import Client

    browser = Client(HTTP_HOST="127.0.0.1", enforce_csrf_checks=True)
    browser.force_login(
        User.objects.get(username="amra"), "django.contrib.auth.backends.ModelBackend"
    )
    assert browser.get("/openrosa/formList").status_code == 401
    assert browser.post("/openrosa/submission").status_code == 401
    basic = base64.b64encode(f"amra:{token}".encode()).decode()
    form = SimpleUploadedFile("form.xml", hazard(), "text/xml")
    sent = browser.post(
        "/openrosa/submission", {"xml_submission_file": form}, HTTP_AUTHORIZATION=f"Basic {basic}"
    )
    assert sent.status_code == 201


def test_a_bearer_token_does_too(phone, token):
    listed = str(phone.base_url.join("formList"))
    answered = httpx.get(listed, headers={"Authorization": f"Bearer {token}"})
    assert answered.status_code == 200


def test_a_token_that_was_revoked_or_may_not_submit(phone, token):
    from landrelease.register.models import AppToken

    by = people.at_the_command_line()
    reader = tokens.issue("reader", kind="phone", scopes=("view",), days=30, by=by, person="amra")
    listed = str(phone.base_url.join("formList"))
    refused = httpx.get(listed, auth=httpx.BasicAuth("amra", reader))
    assert refused.status_code == 403
    assert said(refused)
    row = AppToken.objects.get(name="tablet")
    assert row.last_used_at == ""
    assert phone.get("formList").status_code == 200
    row.refresh_from_db()
    assert row.last_used_at != ""
    tokens.revoke(row.id, by=by)
    assert phone.get("formList").status_code == 401


def test_a_person_whose_roles_do_not_reach(programme, phone):
    people.add("viktor", PASSWORD, organisation="OP1", grants=[Grant(Role.viewer)])
    raw = tokens.issue(
        "tablet of viktor", kind="phone", scopes=("submit",), days=30,
        by=people.at_the_command_line(), person="viktor",
    )  # fmt: skip
    answered = httpx.post(
        str(phone.base_url.join("submission")),
        files=[("xml_submission_file", ("form.xml", hazard(), "text/xml"))],
        auth=httpx.BasicAuth("viktor", raw),
    )
    assert answered.status_code == 403
    assert FieldInstance.objects.count() == 0


def test_the_submitter_of_a_form_is_no_second_person(phone):
    """Who sent it from a phone is known by name, and has not signed in (rule 14)."""
    post(phone, hazard())
    found = Submission.objects.filter(source="Field form hazard")
    assert {one.submitter for one in found} == {"amra"}
    assert field_forms.known("uuid:1")[0].submitter == "amra"
