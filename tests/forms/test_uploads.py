"""What somebody uploads comes back out of no address as something a browser would run."""

from __future__ import annotations

import hashlib
import re

import pytest
from answering import Attachment, hazard
from test_openrosa import phone, post, token  # noqa: F401

from landrelease.register import workspace
from landrelease.register.models import FieldAttachment

MARK = b"<script>alert('made up')</script>"
HARMFUL = [
    Attachment("page.html", "text/html", b"<html>" + MARK),
    Attachment("picture.svg", "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'>" + MARK),
    Attachment("picture.jpg", "text/html", b"\xff\xd8\xff\xe0" + MARK),
    Attachment("../../../keys/master.key", "application/x-sh", b"#!/bin/sh" + MARK),
    Attachment("<img src=x onerror=alert(1)>.png", "image/png", b"\x89PNG" + MARK),
]


@pytest.mark.parametrize("file", HARMFUL, ids=lambda f: f.content_type)
def test_a_harmful_file_is_kept_and_given_out_by_no_address(phone, file):  # noqa: F811
    key = workspace.current().folder / "keys" / "master.key"
    before = key.read_bytes()
    answer = post(phone, hazard(), file)
    assert answer.status_code == 201
    kept = FieldAttachment.objects.get()
    name = hashlib.sha256(file.data).hexdigest()
    assert kept.kept == f"{name[:2]}/{name}", "under its hash, whatever it was called"
    assert (workspace.current().attachments / kept.kept).read_bytes() == file.data
    assert key.read_bytes() == before
    pages = ["/submissions/", "/submissions/1/", "/openrosa/formList", "/hazards/"]
    guesses = [f"/attachments/{kept.kept}", f"/static/{kept.kept}", f"/media/{kept.kept}"]
    guesses += [f"/static/../attachments/{kept.kept}", f"/static/%2e%2e/attachments/{kept.kept}"]
    for path in [*pages, *guesses]:
        shown = phone.get(str(phone.base_url.copy_with(path="/")).rstrip("/") + path)
        assert MARK not in shown.content, path
        assert shown.headers["x-content-type-options"] == "nosniff"
        assert not re.search(rb"<img[^>]+onerror", shown.content), path
        if path in guesses:
            assert shown.status_code == 404, path
