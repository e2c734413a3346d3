"""What requests carry that are to change something; the tables call each by its name."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from marked_register import Register, box
from registering import HAZARD

FORM = "application/x-www-form-urlencoded"


def made(name: str, register: Register) -> dict[str, Any]:
    """Data and content type of a body; nothing for no name."""
    if not name:
        return {}
    if name in _UPLOADS:
        fields = _UPLOADS[name](register)
        return {"data": encode_multipart(BOUNDARY, fields), "content_type": MULTIPART_CONTENT}
    if name.startswith("consent_"):
        said = json.dumps({"seen": register.names[f"seen_{name[-1]}"]})
        return {"data": said, "content_type": "application/json"}
    if name.startswith("refuse_"):
        said = {
            "decision": "refuse",
            "reason": "unchecked",
            "seen": register.names[f"seen_{name[-1]}"],
        }
        return {"data": json.dumps(said), "content_type": "application/json"}
    if name.startswith("take_back_"):
        seen = register.names[f"seen_{name[-1]}"]
        said = {"decision": "take_back", "reason": "a wrong report", "seen": seen}
        return {"data": json.dumps(said), "content_type": "application/json"}
    if name in _JSON:
        return {"data": json.dumps(_JSON[name]), "content_type": "application/json"}
    fields = {key: _filled(value, register) for key, value in _FORMS[name].items()}
    return {"data": urlencode(fields, doseq=True), "content_type": FORM}


def _filled(value: Any, register: Register) -> Any:
    return [register.names[one] for one in value] if isinstance(value, tuple) else value


def _rows(organisation: str, unit: str, x: float) -> dict[str, Any]:
    fields = {**HAZARD, "source_id": "FRESH", "organisation": organisation, "unit": unit}
    place = box(x, 44.4).__geo_interface__
    return {"record_type": "hazards", "source": "Survey",
            "rows": [{"properties": fields, "geometry": place}]}  # fmt: skip


_JSON: dict[str, Any] = {
    "rows": _rows("OP1", "U1", 17.4),
    "rows_elsewhere": _rows("OP2", "U2", 18.7),
    "accept": {"decision": "accept"},
    "approve": {"decision": "approve"},
    "reject": {"decision": "reject", "reason": "of no use"},
    "claim_reject": {"act": "reject", "reason": "hearsay"},
    "hook": {"url": "https://hooks.example.org/y"},
}

_PASSWORD = "staple battery horse"

_FORMS: dict[str, dict[str, Any]] = {
    "f_none": {},
    "f_accept": {"act": "accept"},
    "f_approve": {"act": "approve"},
    "f_reject": {"act": "reject", "reason": "of no use"},
    "f_several": {"act": "accept", "chosen": ("submission_id", "submission_elsewhere_id")},
    "f_consent": {},
    "f_refuse": {"act": "refuse", "reason": "unchecked"},
    "f_take_back": {"act": "take_back", "reason": "a wrong report"},
    "f_releases": {"chosen": ["AC-2"]},
    "f_apart": {"act": "apart", "reason": "they lie far from each other"},
    "f_purpose": {"purpose": "a request of the person"},
    "f_original": {"purpose": "a request of the person", "what": "original"},
    "f_no_purpose": {"what": "original"},
    "f_person": {"name": "newcomer", "organisation": "OP1", "password": _PASSWORD},
    "f_grant": {"do": "grant", "role": "approver"},
    "f_disable": {"do": "disable"},
    "f_reset": {"do": "reset"},
    "f_phone": {"name": "tablet", "kind": "phone", "scopes": ["view", "submit"], "days": "3"},
    "f_service": {"name": "charts", "kind": "service", "scopes": ["view"], "days": "3"},
    "f_password": {"oldpassword": "wrong", "password1": _PASSWORD, "password2": _PASSWORD},
    "f_language": {"language": "fr", "next": "/about/"},
}


def _file(register: Register) -> dict[str, Any]:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return {
        "record_type": "organisations",
        "source": "Survey",
        "file": SimpleUploadedFile("fresh.csv", b"source_id,name\nFRESH,Fresh\n"),
    }


def _upload(register: Register) -> dict[str, Any]:
    return {**_file(register), "record_type": "organisation"}


def _form(register: Register) -> dict[str, Any]:
    import answering
    from django.core.files.uploadedfile import SimpleUploadedFile

    told = {"about/local_id": "FRESH", "about/type": "SHA", "about/classes": "ap",
            "about/date": "2026-03-14", "place/geo_safe": "yes", "place/placed_by": "shape",
            "place/shape": answering.WALKED}  # fmt: skip
    xml = answering.answer("hazard", told)
    return {"xml_submission_file": SimpleUploadedFile("form.xml", xml, "text/xml")}


_UPLOADS: dict[str, Any] = {"file": _file, "form": _form, "upload": _upload}
