"""Field forms in the register: the versions given to phones, and what phones sent.

A version is never changed, so that every answer stays readable. A filled-in form is kept as
received by a submission like any other; here stand its id, its attachments and what became of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from . import canonical, clock, journal, kept, profile, seal
from .errors import QuotaExceeded, RegisterError
from .models import (
    FieldAttachment,
    FieldInstance,
    FormVersion,
    Submission,
    SubmissionFinding,
)
from .people import Actor

# --- versions -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Draft:
    """A form about to be published.

    Attributes
    ----------
    xform
        With ``version`` as its version.
    content
        SHA-256 of what makes it what it is, the version left out.
    """

    form: str
    version: str
    title: str
    xform: bytes
    content: str
    workbook: bytes
    media: Mapping[str, bytes]
    plan: Mapping[str, Any]


def next_version(form: str) -> str:
    """The version that a form published now bears: the day and a running number."""
    day = clock.now()[:10].replace("-", "")
    versions = FormVersion.objects.filter(form=form).values_list("version", flat=True)
    last = max((int(v) for v in versions if v.isdigit()), default=0)
    # A clock set back must not make an older number the newest.
    return str(max(int(f"{day}01"), last + 1))


def publish(draft: Draft, actor: Actor) -> FormVersion:
    """Keep a version; phones are given it from now on.

    Raises
    ------
    RegisterError
        When the version is taken already, by another process a moment ago.
    """
    media = [
        {
            "kept": kept.keep_bytes(data),
            "md5": hashlib.md5(data, usedforsecurity=False).hexdigest(),
            "name": name,
            "sha256": canonical.sha256(data),
        }
        for name, data in sorted(draft.media.items())
    ]
    with transaction.atomic():
        journal.lock_head()
        if FormVersion.objects.filter(form=draft.form, version=draft.version).exists():
            raise RegisterError(
                f"version {draft.version} of the form {draft.form} was published a moment ago; "
                "publish it again to get the next one"
            )
        return FormVersion.objects.create(
            form=draft.form,
            version=draft.version,
            title=draft.title,
            xform=draft.xform.decode(),
            content=draft.content,
            workbook=kept.keep_bytes(draft.workbook),
            media=json.dumps(media, sort_keys=True),
            plan=json.dumps(draft.plan, sort_keys=True),
            published_at=clock.now(),
            published_by=actor.name,
        )


def latest(form: str) -> FormVersion | None:
    """The version phones are given, None when the form was never published."""
    return FormVersion.objects.filter(form=form).order_by("-id").first()


def current() -> list[FormVersion]:
    """The version of each form that phones are given, by name."""
    newest: dict[str, FormVersion] = {}
    for version in FormVersion.objects.order_by("id"):
        newest[version.form] = version
    return [newest[form] for form in sorted(newest)]


def version(form: str, name: str) -> FormVersion | None:
    """One version, old ones included."""
    return FormVersion.objects.filter(form=form, version=name).first()


def media(version: FormVersion) -> list[dict[str, str]]:
    """The files that go with a version: name, kept path, MD5 and SHA-256."""
    return json.loads(version.media)


# --- what phones sent -----------------------------------------------------------------------------


def known(instance_id: str) -> list[FieldInstance]:
    """What was received under an id: the first, and what came later with other content."""
    return list(
        FieldInstance.objects.filter(instance_id=instance_id)
        .select_related("holder")
        .order_by("ordinal")
    )


def erased(instance: FieldInstance) -> bool:
    """Whether what was received can no longer be read, because a person in it was erased."""
    return instance.holder.sealed and _mark(instance.holder, "") is None


def same(instance: FieldInstance, xml: bytes) -> bool:
    """Whether these are the bytes that were received."""
    return instance.sha256 == _mark(instance.holder, canonical.sha256(xml))


def _mark(holder: Submission, digest: str) -> str | None:
    """A hash as it may be kept: in clear, or as a commitment under the key of the original."""
    if not holder.sealed:
        return digest
    return seal.commitment(seal.file_key_id(holder), {"sha256": digest})


def key_of(instance_id: str, deprecated_id: str) -> str:
    """The record that a filling-in is about: its own id, or that of the one it corrects."""
    if not deprecated_id:
        return instance_id
    before = FieldInstance.objects.filter(instance_id=deprecated_id, ordinal=0).first()
    return deprecated_id if before is None else before.key


def corrected_by(instance_id: str) -> FieldInstance | None:
    """The filling-in that came first although it corrects this one."""
    return FieldInstance.objects.filter(deprecated_id=instance_id).order_by("id").first()


def keep_instance(
    *,
    instance_id: str,
    ordinal: int,
    deprecated_id: str,
    key: str,
    form: str,
    version: str,
    xml: bytes,
    actor: Actor,
    state: str,
    reason: str,
    holder: Submission,
    submissions: list[Submission],
) -> FieldInstance:
    """Note a filling-in and the submissions that it became."""
    instance = FieldInstance.objects.create(
        instance_id=instance_id,
        ordinal=ordinal,
        deprecated_id=deprecated_id,
        key=key,
        form=form,
        version=version,
        sha256=_mark(holder, canonical.sha256(xml)) or "",
        received_at=clock.now(),
        submitter=actor.name,
        state=state,
        reason=reason,
        holder=holder,
    )
    instance.submissions.set(submissions)
    return instance


def flag(submission: Submission, state: str, rule: str, message: str) -> None:
    """Mark a submission that was kept and not read, so that a person looks at it."""
    submission.state = state
    submission.reason = message
    submission.save()
    SubmissionFinding.objects.create(
        submission=submission, rule=rule, severity="error", message=message
    )


# --- how much a phone may send ---


def refuse_beyond_quota(token: int | None, submitter: str, *, forms: int, size: int) -> None:
    """Hold that so much more may be kept today of what a phone sends.

    Parameters
    ----------
    token
        Number of the phone's token; None for somebody at the machine of the workspace, who has no
        quota.
    submitter
        Whose phone it is.
    forms
        Filled-in forms that were not received before.
    size
        Bytes that were not, with attachments.

    Raises
    ------
    QuotaExceeded
        Saying how much may be kept, and when again.
    """
    if token is None or not size:
        return
    limits = profile.current().deliveries
    kept_forms, kept_bytes = kept_today(token, submitter)
    if kept_forms + forms > limits.phone_forms_per_day:
        raise QuotaExceeded(
            f"this phone has sent {kept_forms:,} forms today, as many as are taken of one a day "
            "(UTC); nothing is lost, send it again tomorrow, or ask the office to raise the limit"
        )
    if kept_bytes + size > limits.phone_bytes_per_day:
        raise QuotaExceeded(
            f"this phone has sent {kept_bytes / 1e6:,.1f} MB today, this form has {size / 1e6:,.1f}"
            f" MB, and {limits.phone_bytes_per_day / 1e6:,.1f} MB are taken of one a day (UTC); "
            "nothing is lost, send it again tomorrow, or ask the office to raise the limit"
        )


def kept_today(token: int, submitter: str) -> tuple[int, int]:
    """Forms and bytes kept today (UTC) of what a phone sent."""
    today = _day_of(token)
    found = FieldInstance.objects.filter(
        submitter=submitter, holder__options__contains=f'"{today}": '
    ).values_list("holder__options", flat=True)
    counts = [json.loads(options)[_SENT][today] for options in found]
    return sum(one["forms"] for one in counts), sum(one["bytes"] for one in counts)


def note_sent(instance: FieldInstance, token: int | None, *, forms: int, size: int) -> None:
    """Count what was kept for the quota of the phone that sent it; attachments may come later."""
    if token is None or not size:
        return
    holder = instance.holder
    options = json.loads(holder.options)
    today = options.setdefault(_SENT, {}).setdefault(_day_of(token), {"bytes": 0, "forms": 0})
    today["bytes"] += size
    today["forms"] += forms
    holder.options = json.dumps(options, sort_keys=True)
    holder.save(update_fields=["options"])


#: Stands in the options of the submission that keeps a form: what came of which phone, by day.
_SENT = "sent"


def _day_of(token: int) -> str:
    return f"phone {token} on {clock.now()[:10]}"


# --- attachments ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Attachment:
    """A file that came with a form."""

    name: str
    content_type: str
    data: bytes


def new_attachments(
    instance: FieldInstance | None, attachments: Sequence[Attachment]
) -> list[Attachment]:
    """Those that were not received before; the same name with other content was not.

    Parameters
    ----------
    instance
        The form that they came with; None where it is new itself.
    """
    found: list[Attachment] = []
    for attachment in attachments:
        if attachment not in found and (instance is None or not _attached(instance, attachment)):
            found.append(attachment)
    return found


def _attached(instance: FieldInstance, attachment: Attachment) -> bool:
    mark = _mark(instance.holder, canonical.sha256(attachment.data))
    if mark is None:
        return True  # a person in it was erased: nothing more is kept
    same = instance.attachments.filter(sha256=mark)
    return any(attachment_name(other) == attachment.name for other in same)


def attach(instance: FieldInstance, attachment: Attachment) -> bool:
    """Keep an attachment, once; sealed where the form is.

    Returns
    -------
    bool
        Whether it was new. The same name with other content is kept beside the first.
    """
    if _attached(instance, attachment):
        return False
    holder = instance.holder
    mark = _mark(holder, canonical.sha256(attachment.data))
    assert mark is not None, "nobody in it was erased"
    data, name = attachment.data, attachment.name
    if holder.sealed:
        # The name, too: people call a picture after who is in it.
        key = seal.file_key_id(holder)
        data, name = seal.seal_bytes(key, data), seal.seal(key, {"name": name})
    FieldAttachment.objects.create(
        instance=instance,
        name=name,
        content_type=attachment.content_type[:120],
        size=len(attachment.data),
        sha256=mark,
        kept=kept.keep_bytes(data),
    )
    return True


def say_missing(instance: FieldInstance, files: int) -> None:
    """Keep, as a finding of what was received, how many files that a form names have not come; the
    finding goes when they do. It names none: people call a picture after who is in it."""
    found = instance.holder.findings.filter(rule="attachment_missing")
    message = (
        f"{files} of the pictures that the form names have not come (a phone may send them later, "
        "with the same form); ask the team if they stay away"
    )
    if files and found.filter(message=message).exists():
        return
    found.delete()
    if files:
        SubmissionFinding.objects.create(
            submission=instance.holder, rule="attachment_missing", severity="warning",
            message=message,
        )  # fmt: skip


def attachment_name(attachment: FieldAttachment) -> str | None:
    """The name an attachment came with; None when a person in it was erased."""
    holder = attachment.instance.holder
    if not holder.sealed:
        return attachment.name
    opened = seal.open_sealed(seal.file_key_id(holder), attachment.name)
    return None if opened is None else opened["name"]


def attachment_bytes(attachment: FieldAttachment) -> bytes | None:
    """An attachment as received; None when a person in it was erased."""
    return _opened(attachment.instance.holder, kept.read(attachment.kept))


def original(instance: FieldInstance) -> bytes | None:
    """The XML as received; None when a person in it was erased."""
    return _opened(instance.holder, kept.read(instance.holder.kept))


def _opened(holder: Submission, data: bytes) -> bytes | None:
    return seal.open_bytes(seal.file_key_id(holder), data) if holder.sealed else data
