"""A filled-in form into the register, by the one way in.

Phones send the same form again until they have an answer, two at a time if need be, and in any
order. What was received once changes nothing the second time; what bears a known id and says
something else is kept and flagged, and never overwrites; nothing is accepted here: people decide.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q

from landrelease.register import (
    canonical,
    decisions,
    field_forms,
    journal,
    reviewing,
    submissions,
)
from landrelease.register import profile as profiles
from landrelease.register.errors import RegisterError
from landrelease.register.field_forms import Attachment
from landrelease.register.models import FieldInstance, FormVersion, Submission
from landrelease.register.people import Actor
from landrelease.register.submissions import Delivery

from ..problems import ExchangeError
from . import instances
from .catalogue import FORMS, FormKind
from .instances import Instance, PartRows

#: Largest attachments of one form, all together.
LARGEST_ATTACHMENTS = 100_000_000


class UnknownForm(ExchangeError):
    """The register has published no such form; nothing was kept, the phone keeps the answers."""


@dataclass
class Receipt:
    """What the phone is told.

    Attributes
    ----------
    receipt
        Receipt of the submission that keeps what was sent.
    repeated
        Whether it was received before; nothing was changed then.
    state
        State of the filling-in: see :class:`.models.FieldInstance`.
    attachments
        How many attachments were new.
    missing
        How many files that the form names have not come.
    submissions
        Record type to receipt of what it became.
    """

    receipt: str
    form: str
    version: str
    instance_id: str
    repeated: bool
    state: str
    attachments: int
    missing: int = 0
    submissions: dict[str, str] = field(default_factory=dict)


def receive(
    xml: bytes, attachments: Sequence[Attachment], actor: Actor, *, token: int | None = None
) -> Receipt:
    """Take in a filled-in form.

    Parameters
    ----------
    xml
        As sent.
    attachments
        Files that came with it; the rest may come later with the same XML.
    actor
        The person whose phone it is.
    token
        Number of the phone's token, by which is counted how much it sends a day; None at the
        machine of the workspace.

    Raises
    ------
    QuotaExceeded
        When it is more than may be kept of the phone today; nothing was kept. What was received
        before is no more: the phone gets its receipt again.
    InstanceError
        When it is no filled-in form.
    UnknownForm
        When no form of that name was published.
    """
    instance = instances.parse(xml)
    kind = FORMS.get(instance.form)
    if kind is None or field_forms.latest(instance.form) is None:
        raise UnknownForm(
            f"this register has published no form {instance.form!r}; get the forms anew "
            "and keep the answers"
        )
    with transaction.atomic():
        journal.lock_head()  # the same form sent twice at once: one after the other
        known = field_forms.known(instance.instance_id)
        found = _received_before(known, xml)
        repeated = found is not None
        arrived = field_forms.new_attachments(found, attachments)
        forms = 0 if repeated else 1
        size = forms * len(xml) + sum(len(one.data) for one in arrived)
        field_forms.refuse_beyond_quota(token, actor.name, forms=forms, size=size)
        if found is None:
            found = _take(instance, xml, kind, actor, ordinal=len(known))
        new = sum(field_forms.attach(found, attachment) for attachment in arrived)
        field_forms.note_sent(found, token, forms=forms, size=size)
        missing = _missing(found, instance)
        field_forms.say_missing(found, missing)
        return Receipt(
            receipt=found.holder.receipt,
            form=found.form,
            version=found.version,
            instance_id=found.instance_id,
            repeated=repeated,
            state=found.state,
            attachments=new,
            missing=missing,
            submissions={s.record_type: s.receipt for s in found.submissions.order_by("id")},
        )


def _missing(found: FieldInstance, instance: Instance) -> int:
    """How many files that a form names have not come; none is told of a form that was not read."""
    version = field_forms.version(found.form, found.version)
    if found.state != FieldInstance.READ or version is None or field_forms.erased(found):
        return 0
    named = instances.named_files(instance, json.loads(version.plan))
    come = {field_forms.attachment_name(one) for one in found.attachments.all()} if named else set()
    return len(named - come)


def _received_before(known: Sequence[FieldInstance], xml: bytes) -> FieldInstance | None:
    for one in known:
        # After an erasure nobody can tell any more whether it is the same: a phone that sends it
        # again must not bring the person back.
        if field_forms.erased(one) or field_forms.same(one, xml):
            return one
    return None


def _take(
    instance: Instance, xml: bytes, kind: FormKind, actor: Actor, *, ordinal: int
) -> FieldInstance:
    key = field_forms.key_of(instance.instance_id, instance.deprecated_id)
    version = field_forms.version(instance.form, instance.version)
    later = field_forms.corrected_by(instance.instance_id)
    keeping = _Keeping(instance, xml, kind, actor, key, ordinal)
    if ordinal:
        return keeping.unread(
            FieldInstance.CONFLICT,
            Submission.RECEIVED,
            "instance_conflict",
            "a form with the same id and other content was received before; this one was kept "
            "and not read. Compare the two, then read it as a record of its own (landrelease "
            "form take) or reject it",
        )
    if version is None:
        return keeping.unread(
            FieldInstance.FAILED,
            Submission.FAILED,
            "unknown_form_version",
            f"it answers version {instance.version!r} of the form {instance.form}, which this "
            "register has not published; it was kept and not read",
        )
    if later is not None:
        return keeping.unread(
            FieldInstance.SUPERSEDED,
            Submission.UNCHANGED,
            "corrected_already",
            f"its correction ({later.holder.receipt}) came first; this one was kept and not read, "
            "so that it does not undo the correction",
        )
    return keeping.read(version)


def take(receipt: str, actor: Actor) -> FieldInstance:
    """Read a kept form again, for people to decide on: one in conflict as a record of its own, one
    whose record has changed since as a difference from what the record is by now.

    What comes of it counts as handed in by whoever sent the form (rule 14).

    Raises
    ------
    RegisterError
        When the receipt is none of such a form, or the form can no longer be read.
    """
    reviewing.refuse_unless_submitter(actor)
    with transaction.atomic():
        journal.lock_head()
        named = Q(holder__receipt=receipt) | Q(submissions__receipt=receipt)
        old = FieldInstance.objects.filter(named).order_by("id").first()
        past = [] if old is None or old.state != FieldInstance.READ else _past(old)
        if old is None or not (past or old.state == FieldInstance.CONFLICT):
            raise RegisterError(
                f"{receipt} is no form in conflict, nor one whose record has changed since; see "
                "'landrelease form submissions'"
            )
        xml = field_forms.original(old)
        version = field_forms.version(old.form, old.version)
        if xml is None or version is None:
            raise RegisterError(f"the form of {receipt} can no longer be read")
        if past:
            return _compare_anew(old, xml, version, past, actor)
        return _as_its_own(old, xml, version, actor)


def _as_its_own(
    old: FieldInstance, xml: bytes, version: FormVersion, actor: Actor
) -> FieldInstance:
    key = f"{old.instance_id}#{old.ordinal}"
    state, reason, parts = _again(old, xml, key).submit(version, holder=old.holder)
    old.state, old.reason, old.key = state, reason, key
    old.save()
    if state == FieldInstance.READ:
        old.holder.state = Submission.UNCHANGED
        old.holder.reason = f"read as a record of its own, by {actor.name}"
        old.holder.save()
    old.submissions.add(*parts)
    return old


def _past(instance: FieldInstance) -> list[Submission]:
    """What is open of a form and was a difference from a state that is past."""
    states = (Submission.CHECKED, Submission.PARTLY)
    waiting = instance.submissions.filter(state__in=states).order_by("id")
    return [submission for submission in waiting if decisions.stale(submission)]


def _compare_anew(
    old: FieldInstance, xml: bytes, version: FormVersion, past: list[Submission], actor: Actor
) -> FieldInstance:
    later = field_forms.corrected_by(old.instance_id)
    if later is not None and later.holder.state not in Submission.TURNED_DOWN:
        raise RegisterError(
            f"the form of {old.holder.receipt} was corrected by {later.holder.receipt}: decide on "
            f"that one, and reject {', '.join(one.receipt for one in past)}"
        )
    records = {one.record_type for one in past}
    keeping = _again(old, xml, old.key)
    state, reason, parts = keeping.submit(version, holder=old.holder, only=records)
    if state != FieldInstance.READ:
        raise RegisterError(f"the form of {old.holder.receipt} can no longer be read: {reason}")
    made = ", ".join(one.receipt for one in parts)
    for one in past:
        decisions.reject_submission(
            one.receipt, actor, f"the record has changed since; compared anew as {made}"
        )
    old.submissions.add(*parts)
    return old


def _again(old: FieldInstance, xml: bytes, key: str) -> _Keeping:
    """A kept form on its way in once more, in the name of whoever sent it."""
    sender = Actor(old.submitter)
    return _Keeping(instances.parse(xml), xml, FORMS[old.form], sender, key, old.ordinal)


class _Keeping:
    """One form on its way in."""

    def __init__(
        self,
        instance: Instance,
        xml: bytes,
        kind: FormKind,
        actor: Actor,
        key: str,
        ordinal: int,
    ) -> None:
        self.instance, self.xml, self.kind, self.actor = instance, xml, kind, actor
        self.key, self.ordinal = key, ordinal
        # Each filling-in is a namespace of its own: erasing a person reaches the originals that
        # name them and no others, and a victim taken out by a correction is seen to be missing.
        self.namespace = f"field:{key}"
        #: The part whose submission keeps the XML: the one about persons, so that it is sealed.
        self.holding = (kind.personal or kind.main).record

    def read(self, version: FormVersion) -> FieldInstance:
        state, reason, parts = self.submit(version, holder=None)
        holder = next(p for p in parts if p.record_type == self.holding)
        return self._note(state, reason, holder, parts)

    def unread(self, state: str, submission_state: str, rule: str, message: str) -> FieldInstance:
        holder = submissions.receive(self._delivery(self.holding, None), self.actor, self.xml)
        field_forms.flag(holder, submission_state, rule, message)
        return self._note(state, message, holder, [holder])

    def submit(
        self,
        version: FormVersion,
        holder: Submission | None,
        only: Collection[str] | None = None,
    ) -> tuple[str, str, list[Submission]]:
        """Read the form and hand in its rows, or only those of some record types; what cannot be
        read is kept all the same."""
        try:
            with transaction.atomic():
                return FieldInstance.READ, "", self._submit(version, holder, only)
        except (RegisterError, ExchangeError, ValueError, KeyError, TypeError) as error:
            # What went wrong may quote an answer: nothing of a form about persons stays in clear.
            about = type(error).__name__
            reason = "it could not be read (" + (
                f"{about})" if self.kind.personal else f"{about}: {error})"
            )
            if holder is None:
                holder = submissions.receive(
                    self._delivery(self.holding, None), self.actor, self.xml
                )
            field_forms.flag(holder, Submission.FAILED, "form_unreadable", reason)
            return FieldInstance.FAILED, reason, [holder]

    def _submit(
        self, version: FormVersion, holder: Submission | None, only: Collection[str] | None
    ) -> list[Submission]:
        parts = instances.read(
            self.instance,
            json.loads(version.plan),
            key=self.key,
            namespace=self.namespace,
            extra_fields=profiles.current().extra_fields,
        )
        made = []
        for part in parts:
            if only is not None and part.record_type.name not in only:
                continue
            holds = part.record_type.name == self.holding and holder is None
            if not len(part.typed) and not holds:
                continue
            outcome = submissions.submit(
                self._delivery(part.record_type.name, part, self.xml if holds else _extract(part)),
                actor=self.actor,
                answers=self._answers(part.record_type.name),
            )
            made.append(Submission.objects.get(receipt=outcome.receipt))
        return made

    def _answers(self, record: str) -> str:
        """Receipt of what was returned to the sender and is put right by this correction."""
        before = FieldInstance.objects.filter(instance_id=self.instance.deprecated_id, ordinal=0)
        if not self.instance.deprecated_id or (corrected := before.first()) is None:
            return ""
        returned = corrected.submissions.filter(record_type=record, state=Submission.RETURNED)
        return returned.order_by("-id").values_list("receipt", flat=True).first() or ""

    def _delivery(self, record: str, part: PartRows | None, data: bytes | None = None) -> Delivery:
        from landrelease.register.schema import RECORD_TYPES

        return Delivery(
            record_type=RECORD_TYPES[record],
            path=Path(f"{self.kind.name}.xml"),
            source=f"Field form {self.kind.name}",
            namespace=self.namespace,
            layer="",
            batches=[] if part is None else [(part.raw, part.typed)],
            options={
                "form": self.instance.form,
                "instance": self.instance.instance_id,
                "version": self.instance.version,
            },
            data=data,
        )

    def _note(
        self, state: str, reason: str, holder: Submission, parts: list[Submission]
    ) -> FieldInstance:
        return field_forms.keep_instance(
            instance_id=self.instance.instance_id,
            ordinal=self.ordinal,
            deprecated_id=self.instance.deprecated_id,
            key=self.key,
            form=self.instance.form,
            version=self.instance.version,
            xml=self.xml,
            actor=self.actor,
            state=state,
            reason=reason,
            holder=holder,
            submissions=parts,
        )


def _extract(part: PartRows) -> bytes:
    """The cells of one part as they stood in the form: what the submission beside the one that
    keeps the form itself is made of."""
    rows: list[dict[str, Any]] = [{} for _ in range(len(part.raw))]
    for name, cells in part.raw.columns.items():
        for row, cell in zip(rows, cells, strict=True):
            if cell is not None:
                row[name] = cell
    if part.raw.geometry is not None:
        for row, geometry in zip(rows, part.raw.geometry, strict=True):
            if geometry is not None:
                row["geometry"] = geometry.wkt
    return canonical.dumps(rows)
