"""Files handed in on a page: kept as received, looked at, then submitted or withdrawn.

The file is kept under a receipt before anything of it is understood (:func:`keep`). Until its
sender submits it, it is no proposal: it stands as *received*, and only they can look at what it
would do. What they say of it (layer, coordinate system, source) stands with it and can be put right
without sending the file again.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from django.db import transaction

from . import clock, decisions, kept, profile, reviewing, seal, submissions
from .errors import QuotaExceeded, SubmissionError
from .models import Person, ReviewEvent, Submission
from .people import Actor
from .schema import RECORD_TYPES

#: Stands in the options of a submission that was kept for its sender to look at.
MARK: Final = '"asked": {'
_ASKED, _BYTES = "asked", "bytes"


@dataclass(frozen=True)
class Asked:
    """How a sender says that their file is to be read.

    Attributes
    ----------
    record_type
        What the rows are (name of a record type).
    source
        Who or what the data come from; empty for the name of the file.
    namespace
        System whose ids the rows use; empty for the source.
    layer, crs, encoding
        Where the file does not say it, or holds several; empty for what it says.
    back
        The file was exported for editing: it is compared three ways.
    repair
        Repair invalid polygons.
    answers
        Receipt of a returned submission that it puts right; may be empty.
    """

    record_type: str
    source: str = ""
    namespace: str = ""
    layer: str = ""
    crs: str = ""
    encoding: str = ""
    back: bool = False
    repair: bool = False
    answers: str = ""


def bytes_today(name: str) -> int:
    """Bytes that a person or service has handed in today (UTC) on pages and over the API."""
    rows = Submission.objects.filter(
        submitter=name, received_at__gte=clock.now()[:10], options__contains=f'"{_BYTES}": '
    )
    found = (json.loads(options) for options in rows.values_list("options", flat=True))
    return sum(int(options.get(_BYTES, 0)) for options in found)


def refuse_beyond_quota(name: str, size: int) -> None:
    """Hold that somebody may hand in a file of this size today.

    Parameters
    ----------
    name
        Sign-in name, or ``service:NAME``.
    size
        Bytes.

    Raises
    ------
    QuotaExceeded
        Saying how much may be handed in, and when again.
    """
    limits = profile.current().deliveries
    if size > limits.largest_bytes:
        raise QuotaExceeded(
            f"the file has {size:,} bytes; at most {limits.largest_bytes:,} are taken at once. "
            "Split it, or use landrelease import on the machine of the workspace"
        )
    today = bytes_today(name)
    if today + size > limits.bytes_per_day:
        raise QuotaExceeded(
            f"{name} has handed in {today:,} bytes today and may hand in {limits.bytes_per_day:,} "
            f"a day (UTC); this file has {size:,}. Wait for tomorrow, or use landrelease import on "
            "the machine of the workspace"
        )


def noted(options: dict[str, Any], size: int) -> dict[str, Any]:
    """Options of a delivery that counts for the quota of its sender."""
    return {**options, _BYTES: size}


def keep(filename: str, data: bytes, asked: Asked, actor: Actor) -> Submission:
    """Keep a file as received and give a receipt; nothing of it is read.

    Parameters
    ----------
    filename
        Its name, without folders.
    asked
        How it is to be read.
    actor
        The person who hands it in, who has signed in.

    Raises
    ------
    DecisionRefused
        When the person may not hand in records, or it answers a submission that was not returned.
    QuotaExceeded
        When it is more than they may hand in today.
    """
    reviewing.refuse_unless_submitter(actor)
    if asked.answers:
        decisions.refuse_unless_returned(asked.answers, asked.record_type)
    source = asked.source or Path(filename).stem
    delivery = submissions.Delivery(
        record_type=RECORD_TYPES[asked.record_type],
        path=Path(filename),
        source=source,
        namespace=asked.namespace or source,
        layer=asked.layer,
        batches=(),
        options=noted({_ASKED: asdict(asked)}, len(data)),
        data=data,
    )
    with transaction.atomic():
        # One file of a person at a time: two together must not pass a quota that each fits into.
        list(Person.objects.select_for_update().filter(user__username=actor.name))
        refuse_beyond_quota(actor.name, len(data))
        return submissions.receive(delivery, actor, data)


def asked_of(submission: Submission) -> Asked | None:
    """How a file is to be read; None for what was not handed in on a page."""
    asked = json.loads(submission.options).get(_ASKED)
    return None if asked is None else Asked(**asked)


def waits_for(submission: Submission, name: str) -> bool:
    """Whether a file waits for this very person to submit or withdraw it."""
    return (
        submission.state == Submission.RECEIVED
        and submission.submitter == name
        and asked_of(submission) is not None
    )


def ask_anew(submission: Submission, asked: Asked, actor: Actor) -> None:
    """Say otherwise how a file is to be read. What the rows are cannot be changed: records about
    persons are sealed from the first moment, and what they answer was said.

    Raises
    ------
    SubmissionError
        When it does not wait for this person.
    """
    refuse_unless_waiting(submission, actor)
    before = asked_of(submission)
    assert before is not None, "it waits, so it was handed in on a page"
    asked = replace(asked, record_type=before.record_type, answers=before.answers)
    options = json.loads(submission.options) | {_ASKED: asdict(asked)}
    submission.options = json.dumps(options, sort_keys=True)
    submission.save(update_fields=["options"])


@transaction.atomic
def withdraw(submission: Submission, actor: Actor) -> None:
    """Take a file back that was not submitted; it is kept, and nothing comes of it.

    Raises
    ------
    SubmissionError
        When it does not wait for this person.
    """
    refuse_unless_waiting(submission, actor)
    submission.state = Submission.WITHDRAWN
    submission.reason = f"{actor.name}: withdrawn before it was submitted"
    submission.save(update_fields=["state", "reason"])
    ReviewEvent.objects.create(
        submission=submission, at=clock.now(), actor=actor.name, what=Submission.WITHDRAWN
    )


def refuse_unless_waiting(submission: Submission, actor: Actor) -> None:
    """Hold that a file waits for a person to submit or withdraw it.

    Raises
    ------
    SubmissionError
        When it does not.
    """
    submission.refresh_from_db()
    if not waits_for(submission, actor.name):
        raise SubmissionError(
            f"{submission.receipt} is {submission.state}; it does not wait for {actor.name}"
        )


def data_of(submission: Submission) -> bytes:
    """The file as received.

    Raises
    ------
    SubmissionError
        When a person who may be named in it was erased.
    """
    data = kept.read(submission.kept)
    if not submission.sealed:
        return data
    opened = seal.open_bytes(seal.file_key_id(submission), data)
    if opened is None:
        raise SubmissionError(
            f"{submission.receipt}: a person who may be named in it was erased; it cannot be read "
            "any more. Hand in a file without them"
        )
    return opened
