"""The addresses that ODK Collect and KoboCollect use: forms out, filled-in forms in.

OpenRosa 1.0 (form list, form manifest, form submission). A phone signs in with Basic
authentication, the name of the person and an app token of theirs as password; a Bearer token does
too. A token is sent with every request and never by a browser of its own accord, so these
addresses need no protection against forged requests, and no cookie opens them.

Everything a phone sends is untrusted. What it is told: 201 with a receipt when it is kept (or was
kept before); 4xx with a reason when it is not, so that it keeps the answers and shows the reason.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring  # nosec B405 # types and writing only; defusedxml parses

from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.urls import path, reverse
from django.utils.http import http_date
from django.views.decorators.csrf import csrf_exempt

from landrelease.exchange.forms import receiving
from landrelease.exchange.forms.instances import LARGEST_XML, InstanceError
from landrelease.exchange.forms.receiving import LARGEST_ATTACHMENTS, Receipt, UnknownForm
from landrelease.register import access, clock, field_forms, kept, tokens
from landrelease.register.errors import QuotaExceeded, RegisterError
from landrelease.register.field_forms import Attachment
from landrelease.register.people import Actor

from . import gate, writing

#: What one request may carry; a phone with larger attachments sends them in several.
LARGEST_REQUEST = 30_000_000
XML = "text/xml; charset=utf-8"
REALM = 'Basic realm="landrelease", charset="UTF-8"'

FORM_LIST = "http://openrosa.org/xforms/xformsList"
MANIFEST = "http://openrosa.org/xforms/xformsManifest"
RESPONSE = "http://openrosa.org/http/response"
METADATA = "http://www.opendatakit.org/xforms"

View = Callable[..., HttpResponse]


# --- who asks -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Credentials:
    """What a request signs in with: a token, and the name it was given with (or none)."""

    name: str | None
    token: str


def credentials(request: HttpRequest) -> Credentials | None:
    """Read the Authorization header; None when there is none that is understood."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and given.strip():
        return Credentials(None, given.strip())
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, token = base64.b64decode(given.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return Credentials(name, token) if colon and token else None


def _caller(request: HttpRequest) -> access.Caller | None:
    """Whoever holds the token that the request bears; None when there is no such token."""
    given = credentials(request)
    caller = None if given is None else tokens.authenticate(given.token)
    # A token of somebody else is a mix-up of phones: better found out now than in the register.
    if given is None or caller is None or given.name not in (None, caller.name):
        return None
    with writing.lifted():
        tokens.note_use(given.token)
    return caller


def openrosa(view: View) -> View:
    """Let in whoever may hand in records, and answer as OpenRosa wants it."""

    @gate.token_only
    @csrf_exempt
    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = _let_in(request, lambda actor: view(request, actor, *args, **kwargs))
        response["X-OpenRosa-Version"] = "1.0"
        response["X-OpenRosa-Accept-Content-Length"] = str(LARGEST_REQUEST)
        response["Date"] = http_date()
        # What is for one person's phone is for no cache between.
        response["Cache-Control"] = "private, no-store"
        return response

    return answered


def _let_in(request: HttpRequest, view: Callable[[Actor], HttpResponse]) -> HttpResponse:
    caller = _caller(request)
    if caller is None or caller.actor is None:
        response = _message(401, "sign in with your name and an app token of yours")
        response["WWW-Authenticate"] = REALM
        return response
    verdict = access.may(caller, "submit")
    if not verdict:
        return _message(403, "; ".join(verdict.reasons))
    if request.method == "POST":
        writing.allow()
    return view(caller.actor)


# --- forms out ------------------------------------------------------------------------------------


@openrosa
def form_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """List the forms that phones are given, the newest version of each."""
    if (refused := _only(request, "GET", "HEAD")) is not None:
        return refused
    wanted = request.GET.get("formID")
    root = Element("xforms", xmlns=FORM_LIST)
    for version in field_forms.current():
        if wanted and wanted != version.form:
            continue
        entry = SubElement(root, "xform")
        at = {"form": version.form, "version": version.version}
        for name, text in (
            ("formID", version.form),
            ("name", version.title),
            ("version", version.version),
            ("hash", f"md5:{_md5(version.xform.encode())}"),
            ("downloadUrl", request.build_absolute_uri(reverse("openrosa_form", kwargs=at))),
        ):
            SubElement(entry, name).text = text
        if field_forms.media(version):
            SubElement(entry, "manifestUrl").text = request.build_absolute_uri(
                reverse("openrosa_manifest", kwargs=at)
            )
    return _xml(root)


@openrosa
def form(request: HttpRequest, actor: Actor, form: str, version: str) -> HttpResponse:
    """Give one version of a form, old ones included."""
    if (refused := _only(request, "GET", "HEAD")) is not None:
        return refused
    found = field_forms.version(form, version)
    if found is None:
        return _message(404, f"there is no version {version} of a form {form}")
    return HttpResponse(found.xform, content_type=XML)


@openrosa
def manifest(request: HttpRequest, actor: Actor, form: str, version: str) -> HttpResponse:
    """List the files that go with a form."""
    if (refused := _only(request, "GET", "HEAD")) is not None:
        return refused
    found = field_forms.version(form, version)
    if found is None:
        return _message(404, f"there is no version {version} of a form {form}")
    root = Element("manifest", xmlns=MANIFEST)
    for file in field_forms.media(found):
        entry = SubElement(root, "mediaFile")
        SubElement(entry, "filename").text = file["name"]
        SubElement(entry, "hash").text = f"md5:{file['md5']}"
        SubElement(entry, "downloadUrl").text = request.build_absolute_uri(
            reverse(
                "openrosa_media", kwargs={"form": form, "version": version, "name": file["name"]}
            )
        )
    return _xml(root)


@openrosa
def media(request: HttpRequest, actor: Actor, form: str, version: str, name: str) -> HttpResponse:
    """Give a file that goes with a form."""
    if (refused := _only(request, "GET", "HEAD")) is not None:
        return refused
    found = field_forms.version(form, version)
    files = {} if found is None else {f["name"]: f["kept"] for f in field_forms.media(found)}
    if name not in files:
        return _message(404, f"there is no file {name} of version {version} of a form {form}")
    return HttpResponse(kept.read(files[name]), content_type="text/csv; charset=utf-8")


# --- filled-in forms in ---------------------------------------------------------------------------


@openrosa
def submission(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Take in a filled-in form with its attachments; HEAD asks whether that is possible."""
    if request.method == "HEAD":
        # A phone asks before it sends, to sign in once and to learn how much a request may carry.
        return HttpResponse(status=204)
    if (refused := _only(request, "POST")) is not None:
        return refused
    if _length(request) > LARGEST_REQUEST:
        return _message(
            413,
            f"a request may carry {LARGEST_REQUEST // 1_000_000} MB; send the attachments apart",
        )
    try:
        xml, attachments = _sent(request)
        receipt = receiving.receive(xml, attachments, actor, token=_token(request))
    except UnknownForm as error:
        return _message(404, str(error))
    except (InstanceError, _NotSent) as error:
        return _message(400, str(error))
    except QuotaExceeded as error:
        return _message(429, str(error))
    except RegisterError as error:
        return _message(503, f"it was not kept, send it again later: {error}")
    return _receipt(receipt)


def _token(request: HttpRequest) -> int | None:
    given = credentials(request)
    return None if given is None else tokens.number(given.token)


class _NotSent(Exception):
    """The request is none that carries a form."""


def _length(request: HttpRequest) -> int:
    length = request.headers.get("Content-Length", "")
    return int(length) if length.isdigit() else 0


def _sent(request: HttpRequest) -> tuple[bytes, list[Attachment]]:
    """The form and its attachments, as multipart parts.

    The form comes as a file of the name ``xml_submission_file``, from older clients as a field.
    """
    try:
        files, fields = request.FILES, request.POST
    except MultiPartParserError as error:
        raise _NotSent(f"the request is not readable as multipart: {error}") from error
    parts = [(name, part) for name, listed in files.lists() for part in listed]
    forms = [part for name, part in parts if name == FORM_PART]
    if len(forms) == 1:
        if (forms[0].size or 0) > LARGEST_XML:
            raise _NotSent(f"the form is larger than {LARGEST_XML // 1_000_000} MB")
        xml = forms[0].read()
    elif not forms and fields.get(FORM_PART):
        xml = fields[FORM_PART].encode()
    else:
        raise _NotSent(f"the request holds {len(forms)} parts {FORM_PART}; it has to hold one")
    others = [(name, part) for name, part in parts if name != FORM_PART]
    if sum(part.size or 0 for _, part in others) > LARGEST_ATTACHMENTS:
        raise _NotSent("the attachments are too large")
    return xml, [
        Attachment(_file_name(part.name or name), part.content_type or "", part.read())
        for name, part in others
    ]


FORM_PART = "xml_submission_file"


def _file_name(name: str) -> str:
    """The name without any folder: it is only ever shown, files are kept under their hash."""
    return name.replace("\\", "/").rsplit("/", 1)[-1].replace("\0", "")[:200]


def _receipt(receipt: Receipt) -> HttpResponse:
    root = Element("OpenRosaResponse", xmlns=RESPONSE)
    nature = "submit_success"
    said = {
        "read": "received; people decide on it",
        "conflict": "received, but a form with the same id and other content came before: the "
        "office has to look at both",
        "failed": "received and kept, but it could not be read: the office has to look at it",
        "superseded": "received; its correction came first",
    }.get(receipt.state, "received")
    again = " (it was received before)" if receipt.repeated else ""
    SubElement(root, "message", nature=nature).text = f"Receipt {receipt.receipt}: {said}{again}."
    SubElement(
        root,
        "submissionMetadata",
        xmlns=METADATA,
        id=receipt.form,
        instanceID=receipt.instance_id,
        version=receipt.version,
        isComplete="false" if receipt.missing else "true",
        submissionDate=clock.now(),
    )
    response = _xml(root, status=201)
    response["X-Receipt"] = receipt.receipt
    return response


# --- answers --------------------------------------------------------------------------------------


def _only(request: HttpRequest, *methods: str) -> HttpResponse | None:
    if request.method in methods:
        return None
    response = _message(405, f"this address answers {', '.join(methods)}")
    response["Allow"] = ", ".join(methods)
    return response


def _message(status: int, text: str) -> HttpResponse:
    root = Element("OpenRosaResponse", xmlns=RESPONSE)
    SubElement(root, "message", nature="error").text = text
    return _xml(root, status=status)


def _xml(root: Element, status: int = 200) -> HttpResponse:
    body = b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="utf-8")
    return HttpResponse(body, status=status, content_type=XML)


def _md5(data: bytes) -> str:
    # The protocol's own hash; it tells a phone whether it has the file already, no more.
    import hashlib

    return hashlib.md5(data, usedforsecurity=False).hexdigest()


urlpatterns = [
    path("formList", form_list, name="openrosa_list"),
    path("submission", submission, name="openrosa_submission"),
    path("forms/<slug:form>/<slug:version>.xml", form, name="openrosa_form"),
    path("forms/<slug:form>/<slug:version>/manifest", manifest, name="openrosa_manifest"),
    path("forms/<slug:form>/<slug:version>/media/<str:name>", media, name="openrosa_media"),
]
