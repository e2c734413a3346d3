"""The made-up reports of the demonstration, taken in; and people who decide about their claims."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import landrelease
from landrelease.register import documents, people
from landrelease.register.models import Claim
from landrelease.register.roles import Grant, Role

FOLDER = Path(landrelease.__file__).parent / "cli/demo/reports"
PASSWORD = "a long enough pass phrase"


def take_in(*numbers: int) -> None:
    """Take reports of the demonstration in, by their numbers; all unless some are given."""
    paths = [
        path for path in sorted(FOLDER.iterdir()) if not numbers or int(path.name[:2]) in numbers
    ]
    documents.add(paths, people.at_the_command_line())


def reviewer(name: str = "rana", role: Role = Role.reviewer) -> Any:
    """Enter a person who may decide about claims."""
    return people.add(name, PASSWORD, organisation="Office", grants=[Grant(role)])


def signed_in(client: Any, user: Any) -> Any:
    """A client in which a person has signed in."""
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def claim(words: str, number: int = 0) -> Claim:
    """The row of a claim that holds some words; of several the one with a number."""
    rows = [
        row
        for row in Claim.objects.order_by("document_uid", "start", "id")
        if words in json.loads(row.body)["content"]["text"]
    ]
    return rows[number]


def public_id(row: Claim) -> str:
    """What people call a claim."""
    return str(json.loads(row.body)["claim"])


def document_of(row: Claim) -> Any:
    """Record of a claim's document."""
    return documents.Document.objects.get(uid=row.document_uid)
