"""The tables.

Three kinds stand side by side:

* **as received**: :class:`Submission` and what hangs on it, and :class:`Part`, the
  content-addressed store of proposed and decided changes;
* **the journal**: :class:`JournalEntry` and :class:`JournalPart`, append-only, hash-chained;
* **the state**: one table a record type (built from :mod:`.schema`), the ledger lines and the
  releases. Only :func:`.apply.apply` writes them, and the journal can rebuild them all.

Derived tables (proposed links, stories, claims) can be computed again at any time and are no part
of the state.
"""

from __future__ import annotations

from typing import Any

from django.db import models

from . import schema
from .fields import GeometryField

UID_LENGTH = 32


# --- as received ---------------------------------------------------------------------------------


class Part(models.Model):
    """JSON lines of one kind, kept once under their hash; never changed."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=40)
    count = models.IntegerField()
    body = models.BinaryField()


class Submission(models.Model):
    """Something that was handed in: kept as received, with a receipt."""

    RECEIVED, CHECKED, ACCEPTED, PARTLY, RETURNED, REJECTED, UNCHANGED, FAILED, WITHDRAWN = (
        "received",
        "checked",
        "accepted",
        "partly_accepted",
        "returned",
        "rejected",
        "unchanged",
        "failed",
        "withdrawn",
    )
    #: What will never be decided any more: the file and the reason are kept.
    TURNED_DOWN = (RETURNED, REJECTED)

    id = models.BigAutoField(primary_key=True)
    receipt = models.CharField(max_length=20, unique=True)
    received_at = models.CharField(max_length=32)
    submitter = models.TextField()
    record_type = models.CharField(max_length=40)
    filename = models.TextField()
    layer = models.TextField(default="")
    source = models.TextField()
    namespace = models.TextField()
    sha256 = models.CharField(max_length=64, db_index=True)
    #: Path of the kept file below the attachments folder.
    kept = models.TextField()
    #: Whether the kept file is encrypted because it holds personal data.
    sealed = models.BooleanField(default=False)
    #: How it was read: the options and the mapping, as JSON.
    options = models.TextField(default="{}")
    state = models.CharField(max_length=20, default=RECEIVED, db_index=True)
    #: Counts of rows by what became of them, findings by rule, as JSON.
    summary = models.TextField(default="{}")
    reason = models.TextField(default="")
    #: Receipt of the returned submission that this one answers, or empty.
    answers = models.CharField(max_length=20, default="", db_index=True)


class SubmissionPart(models.Model):
    """Proposed changes of a submission, in order."""

    id = models.BigAutoField(primary_key=True)
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="parts")
    ordinal = models.IntegerField()
    #: ``accepted`` at once, ``held`` for a second person, or ``proposed``.
    standing = models.CharField(max_length=20)
    part = models.ForeignKey(Part, on_delete=models.PROTECT)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "ordinal"], name="submission_part_ordinal"
            )
        ]


class SubmissionFinding(models.Model):
    """What a validator found, by rule and row."""

    id = models.BigAutoField(primary_key=True)
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="findings")
    rule = models.CharField(max_length=60)
    severity = models.CharField(max_length=10)
    row = models.BigIntegerField(null=True)
    field = models.TextField(default="")
    message = models.TextField()
    longitude = models.FloatField(null=True)
    latitude = models.FloatField(null=True)

    class Meta:
        indexes = [models.Index(fields=["submission", "rule", "id"], name="finding_by_rule")]


class RejectedRow(models.Model):
    """A row that could not become a record; its values stay here, word for word."""

    id = models.BigAutoField(primary_key=True)
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="rejected")
    row = models.BigIntegerField()
    rules = models.TextField()
    #: The cells as received, JSON; sealed when the record type holds personal data.
    cells = models.TextField()
    #: Key under which they are sealed; empty where they are not, or, in rows from before each had
    #: a key of its own, where it is that of the kept file.
    key = models.CharField(max_length=40, default="")


class SealedRow(models.Model):
    """A row of a file about persons, sealed under the key of the person whom it is about.

    The file itself cannot outlive the erasure of anybody in it; these can.
    """

    id = models.BigAutoField(primary_key=True)
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="sealed_rows")
    row = models.BigIntegerField()
    record_uid = models.CharField(max_length=UID_LENGTH, db_index=True)
    key = models.CharField(max_length=40)
    #: The cells as received, sealed.
    cells = models.TextField()


class ReviewEvent(models.Model):
    """Who did what to a submission, when and why; append-only."""

    id = models.BigAutoField(primary_key=True)
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="events")
    at = models.CharField(max_length=32)
    actor = models.TextField()
    #: ``accepted``, ``consented``, ``decided``, ``returned``, ``rejected``, ``answered`` or
    #: ``withdrawn``.
    what = models.CharField(max_length=20)
    reason = models.TextField(default="")
    #: Journal entry of a decision; NULL for what moves nothing.
    entry_seq = models.BigIntegerField(null=True)


# --- the journal ---------------------------------------------------------------------------------


class JournalEntry(models.Model):
    """One decision. ``body`` is canonical JSON and holds the hash of the entry before it."""

    seq = models.BigIntegerField(primary_key=True)
    prev_hash = models.CharField(max_length=64, unique=True)
    hash = models.CharField(max_length=64, unique=True)
    recorded_at = models.CharField(max_length=32, db_index=True)
    kind = models.CharField(max_length=40, db_index=True)
    body = models.TextField()


class JournalPart(models.Model):
    """The parts an entry commits to, in order."""

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(JournalEntry, on_delete=models.PROTECT, related_name="parts")
    ordinal = models.IntegerField()
    part = models.ForeignKey(Part, on_delete=models.PROTECT)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "ordinal"], name="journal_part_ordinal")
        ]


class JournalTimestamp(models.Model):
    """What a time-stamping authority said of the head of the journal (RFC 3161); append-only."""

    id = models.BigAutoField(primary_key=True)
    #: The entry that was the head, and its hash.
    seq = models.BigIntegerField(db_index=True)
    hash = models.CharField(max_length=64)
    tsa = models.TextField()
    requested_at = models.CharField(max_length=32)
    #: The time that the authority states, ISO 8601.
    stamped_at = models.CharField(max_length=32)
    #: Request and answer, DER.
    request = models.BinaryField()
    answer = models.BinaryField()


# --- people and keys -----------------------------------------------------------------------------


class Person(models.Model):
    """What the register knows of a user beside the sign-in: who employs them."""

    user = models.OneToOneField("auth.User", on_delete=models.PROTECT, primary_key=True)
    organisation = models.TextField(default="")
    #: Somebody else chose the password: on the pages nothing goes on before it is changed.
    must_change_password = models.BooleanField(default=False)
    #: Language of the pages (ISO 639-1); empty: what the browser asks for.
    language = models.CharField(max_length=8, default="")


class RoleAssignment(models.Model):
    """A role given to a person, and where and when it holds; never deleted, only revoked."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="roles")
    role = models.CharField(max_length=40)
    #: Code or name of the organisation whose records it is for; empty: of all.
    organisation = models.TextField(default="")
    #: Id of the unit it is for, with the units below it; empty: for all.
    unit_uid = models.CharField(max_length=UID_LENGTH, default="")
    #: First and last day; NULL: from ever, for ever.
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    granted_by = models.TextField()
    granted_at = models.CharField(max_length=32)
    revoked_by = models.TextField(default="")
    revoked_at = models.CharField(max_length=32, default="")


class AppToken(models.Model):
    """A token by which a phone or a service is known; only its hash is kept."""

    PHONE, SERVICE = "phone", "service"

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=10)
    name = models.TextField()
    #: SHA-256 of the token.
    sha256 = models.CharField(max_length=64, unique=True)
    #: Whose phone; NULL for a service.
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="tokens")
    #: Actions it may be used for, with ``|``; never more than its owner may do.
    scopes = models.TextField()
    #: What a service is limited to, as of a role; of a phone its owner's roles decide.
    organisation = models.TextField(default="")
    unit_uid = models.CharField(max_length=UID_LENGTH, default="")
    issued_by = models.TextField()
    issued_at = models.CharField(max_length=32)
    expires_at = models.CharField(max_length=32)
    last_used_at = models.CharField(max_length=32, default="")
    revoked_by = models.TextField(default="")
    revoked_at = models.CharField(max_length=32, default="")


class PeopleEvent(models.Model):
    """Who entered, gave, took away or shut what, and when; append-only."""

    id = models.BigAutoField(primary_key=True)
    at = models.CharField(max_length=32)
    actor = models.TextField()
    what = models.CharField(max_length=40)
    about = models.TextField(db_index=True)
    #: The particulars, JSON; never a password, a token or a key.
    detail = models.TextField(default="{}")


class PersonalRead(models.Model):
    """Every reading of somebody's personal data: who, whose record, what for; append-only."""

    id = models.BigAutoField(primary_key=True)
    at = models.CharField(max_length=32)
    reader = models.TextField()
    record_type = models.CharField(max_length=40)
    record_uid = models.CharField(max_length=UID_LENGTH, db_index=True)
    purpose = models.TextField()


class PublishedTable(models.Model):
    """A table of counts as it was published, with what was withheld: what a later one must not
    give away by difference. Holds the withheld counts, too, and is itself never published."""

    id = models.BigAutoField(primary_key=True)
    at = models.CharField(max_length=32)
    name = models.CharField(max_length=60, db_index=True)
    #: Last journal entry that it counts.
    seq = models.BigIntegerField()
    #: Threshold, categories, counts and printed cells, JSON.
    body = models.TextField()


class Approval(models.Model):
    """One person's consent to one exact proposal; two make a decision (rule 14)."""

    id = models.BigAutoField(primary_key=True)
    proposal = models.CharField(max_length=64, db_index=True)
    kind = models.CharField(max_length=40)
    username = models.TextField()
    organisation = models.TextField()
    given_at = models.CharField(max_length=32)
    statement = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["proposal", "username"], name="one_approval_a_person")
        ]


class PersonKey(models.Model):
    """The wrapped key of one person's data; destroying it erases the person."""

    id = models.CharField(max_length=40, primary_key=True)
    wrapped = models.TextField()


# --- the API -------------------------------------------------------------------------------------


class Webhook(models.Model):
    """An address that is told of decisions; never deleted, only removed."""

    id = models.BigAutoField(primary_key=True)
    url = models.TextField()
    #: What deliveries are signed with, under the workspace's own key.
    secret = models.TextField()
    #: Kinds of journal entry that it is told of, with ``|``; empty: all.
    kinds = models.TextField(default="")
    #: Last journal entry for which deliveries were made.
    after_seq = models.BigIntegerField()
    registered_by = models.TextField()
    registered_at = models.CharField(max_length=32)
    removed_by = models.TextField(default="")
    removed_at = models.CharField(max_length=32, default="")


class WebhookDelivery(models.Model):
    """One decision told to one webhook: what is still to be sent, and the log of what was."""

    WAITING, DELIVERED, FAILED = "waiting", "delivered", "failed"

    id = models.BigAutoField(primary_key=True)
    uid = models.CharField(max_length=UID_LENGTH, unique=True)
    webhook = models.ForeignKey(Webhook, on_delete=models.PROTECT, related_name="deliveries")
    #: The journal entry.
    seq = models.BigIntegerField()
    state = models.CharField(max_length=10, default=WAITING, db_index=True)
    attempts = models.IntegerField(default=0)
    #: Not before this moment.
    next_at = models.CharField(max_length=32)
    #: What the last attempt met: HTTP status, or what went wrong.
    status = models.IntegerField(null=True)
    said = models.TextField(default="")
    made_at = models.CharField(max_length=32)
    tried_at = models.CharField(max_length=32, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["webhook", "seq"], name="one_delivery_an_entry")
        ]


class KeptAnswer(models.Model):
    """The answer to a request with an Idempotency-Key, kept for a day."""

    id = models.BigAutoField(primary_key=True)
    caller = models.TextField()
    key = models.CharField(max_length=200)
    #: SHA-256 of the request.
    request = models.CharField(max_length=64)
    #: NULL while the request is being carried out.
    status = models.IntegerField(null=True)
    media_type = models.CharField(max_length=80, default="")
    body = models.TextField(default="")
    at = models.CharField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["caller", "key"], name="one_answer_a_key")]


# --- the state: records --------------------------------------------------------------------------


class Record(models.Model):
    """Columns every record has. ``content`` is the hash of its full state."""

    id = models.BigIntegerField(primary_key=True)
    uid = models.CharField(max_length=UID_LENGTH, unique=True)
    version = models.IntegerField()
    content = models.CharField(max_length=32)
    #: Hash of the row as last received, to see at once that a re-import brings nothing new.
    received = models.CharField(max_length=32)
    created_seq = models.BigIntegerField()
    changed_seq = models.BigIntegerField()
    submission_id = models.BigIntegerField(db_index=True)
    source_row = models.BigIntegerField(null=True)
    namespace = models.TextField(null=True)
    source = models.TextField(null=True)
    extra = models.TextField(null=True)

    schema: schema.RecordType

    class Meta:
        abstract = True

    @property
    def ref(self) -> str:
        """Short reference people see and say: ``HA-12``."""
        return f"{self.schema.prefix}-{self.id}"

    def __str__(self) -> str:
        return self.ref


class PlacedRecord(Record):
    """A record with a place: geometry for display, the plane in whole millimetres for measuring."""

    geometry = GeometryField(null=True)
    min_lon = models.FloatField(null=True)
    min_lat = models.FloatField(null=True)
    max_lon = models.FloatField(null=True)
    max_lat = models.FloatField(null=True)
    plane = models.BinaryField(null=True)
    geometry_state = models.CharField(max_length=20)
    geometry_hash = models.CharField(max_length=64, null=True)
    #: rint(area) of a valid polygon; NULL where the size is not known from a polygon.
    area_mm2 = models.BigIntegerField(null=True)

    class Meta:
        abstract = True


class SealedRecord(Record):
    """A record about a person: its personal fields in one token under the person's own key."""

    sealed = models.TextField(null=True)
    person_key = models.CharField(max_length=40, null=True)
    #: HMAC of the personal fields under the person's key: tells change from no change, and tells
    #: nobody anything once the key is destroyed.
    commitment = models.CharField(max_length=64, null=True)

    class Meta:
        abstract = True


def _columns(field: schema.Field) -> dict[str, models.Field]:
    match field.kind:
        case "text" if field.name == "source_id":
            return {field.name: models.CharField(max_length=200, null=True)}
        case "text" | "decimal":
            return {field.name: models.TextField(null=True)}
        case "integer":
            return {field.name: models.BigIntegerField(null=True)}
        case "boolean":
            return {field.name: models.BooleanField(null=True)}
        case "choice":
            return {field.name: models.CharField(max_length=40, null=True)}
        case "classes":
            return {field.name: models.CharField(max_length=80, null=True)}
        case "date":
            return {
                f"{field.name}_start": models.DateField(null=True),
                f"{field.name}_end": models.DateField(null=True),
            }
        case "reference":
            return {
                f"{field.name}_uid": models.CharField(max_length=UID_LENGTH, null=True),
                f"{field.name}_given": models.TextField(null=True),
            }
    raise ValueError(f"field kind {field.kind!r} has no column")


def _indexes(record_type: schema.RecordType) -> list[models.Index]:
    """Indexes over what records are looked up by; rows without the value cost nothing."""
    names = ["source_id"] if "source_id" in record_type.by_name else []
    names += [f"{f.name}_uid" for f in record_type.fields if f.kind == "reference"]
    short = record_type.name[:12]
    return [
        models.Index(
            fields=[name],
            name=f"{short}_{name[:14]}_idx",
            condition=models.Q(**{f"{name}__isnull": False}),
        )
        for name in names
    ]


def _record_model(record_type: schema.RecordType) -> type[Record]:
    base: type[models.Model] = Record
    if record_type.geometry:
        base = PlacedRecord
    elif record_type.personal_fields:
        base = SealedRecord
    class_name = "".join(word.capitalize() for word in record_type.name.split("_"))
    attributes: dict[str, Any] = {
        "__module__": __name__,
        "__doc__": f"{record_type.label}; fields declared in the schema.",
        "schema": record_type,
        "Meta": type(
            "Meta",
            (),
            {"db_table": f"register_{record_type.name}", "indexes": _indexes(record_type)},
        ),
    }
    for field in record_type.fields:
        if not field.personal:
            attributes |= _columns(field)
    return type(class_name, (base,), attributes)


RECORDS: dict[str, type[Record]] = {
    name: _record_model(record_type) for name, record_type in schema.RECORD_TYPES.items()
}
globals().update({model.__name__: model for model in RECORDS.values()})
#: Names for readers and type checkers; the classes are built above.
Unit, Organisation, Document = RECORDS["unit"], RECORDS["organisation"], RECORDS["document"]
Hazard, Activity, Evidence = RECORDS["hazard"], RECORDS["activity"], RECORDS["evidence"]
Accident, Victim = RECORDS["accident"], RECORDS["victim"]


class RecordVersion(models.Model):
    """Where in the journal each later version of a record stands."""

    id = models.BigAutoField(primary_key=True)
    uid = models.CharField(max_length=UID_LENGTH, db_index=True)
    version = models.IntegerField()
    entry_seq = models.BigIntegerField()
    ordinal = models.IntegerField()


# --- the state: land -----------------------------------------------------------------------------


class HazardPast(models.Model):
    """What the ledger needs of a hazard as it was before its boundary, type or classes changed."""

    id = models.BigAutoField(primary_key=True)
    uid = models.CharField(max_length=UID_LENGTH, db_index=True)
    #: Ordinal among the versions that matter to the ledger, from 1.
    version = models.IntegerField()
    content = models.CharField(max_length=32)
    date_start = models.DateField(null=True)
    type = models.CharField(max_length=40, null=True)
    classes = models.CharField(max_length=80, null=True)
    plane = models.BinaryField(null=True)
    area_mm2 = models.BigIntegerField(null=True)


class Release(models.Model):
    """A decision that an activity moves land, or that it was decided elsewhere (historic)."""

    DECIDED, HISTORIC = "decided", "historic"

    activity_uid = models.CharField(max_length=UID_LENGTH, primary_key=True)
    standing = models.CharField(max_length=10)
    hazard_uid = models.CharField(max_length=UID_LENGTH, null=True, db_index=True)
    seq = models.BigIntegerField()
    authority = models.TextField(null=True)
    document = models.TextField(null=True)
    deciders = models.TextField()


class ReleaseRefusal(models.Model):
    """Somebody refused the release of land by a report, as the report then was; nothing moves.

    A row is never changed. Whether it still stands against the report follows from what is new
    since (:mod:`.refusals`).
    """

    id = models.BigAutoField(primary_key=True)
    seq = models.BigIntegerField()
    activity_uid = models.CharField(max_length=UID_LENGTH, db_index=True)
    #: Hash of the report as it was looked at, and the hazard it was looked at with.
    content = models.CharField(max_length=64)
    hazard_uid = models.CharField(max_length=UID_LENGTH, null=True)
    reason = models.TextField()
    deciders = models.TextField()


class LedgerLine(models.Model):
    """One posting: whole mm2 from one account to another, on the ground and in a hazard's claim.

    A line is never changed; a later decision that posts the same event anew retires it
    (``retired_seq``), so that the figures known at any earlier moment can be had again.
    """

    id = models.BigAutoField(primary_key=True)
    seq = models.BigIntegerField()
    retired_seq = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=20)
    event_uid = models.CharField(max_length=UID_LENGTH, db_index=True)
    event_version = models.IntegerField()
    hazard_uid = models.CharField(max_length=UID_LENGTH, null=True, db_index=True)
    valid_on = models.DateField(null=True)
    scopes = models.IntegerField()
    claim_from = models.CharField(max_length=24)
    claim_to = models.CharField(max_length=24)
    ground_from = models.CharField(max_length=24)
    ground_to = models.CharField(max_length=24)
    mm2 = models.BigIntegerField()
    #: Plane geometry (WKB, mm) of the piece; NULL when it is the whole polygon of the event.
    piece = models.BinaryField(null=True)


class LedgerDiscrepancy(models.Model):
    """What a report says that the ground does not: nothing was moved for it."""

    id = models.BigAutoField(primary_key=True)
    seq = models.BigIntegerField()
    retired_seq = models.BigIntegerField(null=True)
    rule = models.CharField(max_length=60)
    event_uid = models.CharField(max_length=UID_LENGTH, db_index=True)
    hazard_uid = models.CharField(max_length=UID_LENGTH, null=True)
    valid_on = models.DateField(null=True)
    mm2 = models.BigIntegerField(null=True)
    message = models.TextField()
    piece = models.BinaryField(null=True)


class LandAct(models.Model):
    """A decision about a hazard as a record of land: voided, merged, split, extended, reopened.

    The ground follows from the versions and releases that it names; this row says why, on what
    evidence, and which records came of it (rule 10).
    """

    id = models.BigAutoField(primary_key=True)
    seq = models.BigIntegerField()
    act = models.CharField(max_length=20)
    hazard_uid = models.CharField(max_length=UID_LENGTH, db_index=True)
    #: Day on which it takes effect on the ground (valid time).
    on = models.DateField(null=True)
    #: Version of the hazard, as the ledger counts them, that it brought about; NULL for none.
    version = models.IntegerField(null=True)
    #: Ids of the hazards that came of it (split), or that it goes on in (merged), with ``|``.
    kin = models.TextField(default="")
    #: Id of the activity whose release it concerns (extended, reopened), or empty.
    activity_uid = models.CharField(max_length=UID_LENGTH, default="", db_index=True)
    reason = models.TextField()
    #: Ids of the evidence items and documents it rests on, with ``|``.
    evidence = models.TextField(default="")
    deciders = models.TextField()


class Question(models.Model):
    """Released land that is "in question": evidence of a hazard was recorded on it (rule 6).

    A row stands until a person decides (``resolved_seq``).
    """

    id = models.BigAutoField(primary_key=True)
    seq = models.BigIntegerField()
    resolved_seq = models.BigIntegerField(null=True)
    #: Record that raised it: accident, ordnance item, evidence item.
    cause_type = models.CharField(max_length=40)
    cause_uid = models.CharField(max_length=UID_LENGTH, db_index=True)
    activity_uid = models.CharField(max_length=UID_LENGTH, db_index=True)
    hazard_uid = models.CharField(max_length=UID_LENGTH, null=True)
    on = models.DateField(null=True)
    mm2 = models.BigIntegerField(null=True)
    message = models.TextField()
    resolution = models.TextField(default="")
    deciders = models.TextField(default="")


class SameAs(models.Model):
    """People say that two records speak of the same thing, or that they do not.

    Both records keep their ids and everything that hangs on them; the ledger and the figures do
    not know of this row. It stands until somebody takes it back (``ended_seq``).
    """

    SAME, DISTINCT = "same", "distinct"

    id = models.BigAutoField(primary_key=True)
    seq = models.BigIntegerField()
    record_type = models.CharField(max_length=40)
    said = models.CharField(max_length=10)
    #: The record that lists leave out, and the one they show in its place.
    uid = models.CharField(max_length=UID_LENGTH, db_index=True)
    shown_uid = models.CharField(max_length=UID_LENGTH, db_index=True)
    reason = models.TextField()
    deciders = models.TextField()
    ended_seq = models.BigIntegerField(null=True)
    ended_reason = models.TextField(default="")
    ended_by = models.TextField(default="")


class ClaimDecision(models.Model):
    """What a person decided about a claim, with the claim as it then was.

    Claims are computed again with every new version of the extractor; decisions are not. A row is
    never changed or removed: the last one about a claim is its state.
    """

    id = models.BigAutoField(primary_key=True)
    seq = models.BigIntegerField()
    #: Id of the claim that was decided on: of its text, the span of its words, and its source.
    claim_id = models.CharField(max_length=40, db_index=True)
    #: One of :data:`.codes.CLAIM_STATES`, ``proposed`` excepted.
    state = models.CharField(max_length=20)
    document_uid = models.CharField(max_length=UID_LENGTH, db_index=True)
    #: Hash of the kept text, to which the span refers.
    text_sha256 = models.CharField(max_length=64)
    span_start = models.IntegerField()
    span_end = models.IntegerField()
    #: What extracted it: ``landrelease.evidence VERSION``, or ``model:NAME``.
    extractor = models.TextField()
    #: The claim as it was decided on, canonical JSON.
    body = models.TextField()
    evidence_uid = models.CharField(max_length=UID_LENGTH, null=True, db_index=True)
    hazard_uid = models.CharField(max_length=UID_LENGTH, null=True, db_index=True)
    #: Whether the hazard was recorded with this decision, as an indication without area.
    indication = models.BooleanField(default=False)
    decided_at = models.CharField(max_length=32)
    deciders = models.TextField()
    reason = models.TextField(default="")


class Report(models.Model):
    """A report as it was submitted: frozen with its number, cut-off, hash and approver."""

    id = models.BigAutoField(primary_key=True)
    seq = models.BigIntegerField()
    number = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=40)
    since = models.DateField(null=True)
    until = models.DateField(null=True)
    #: Last journal entry known to it.
    known_seq = models.BigIntegerField()
    #: SHA-256 of its figures, canonical JSON.
    sha256 = models.CharField(max_length=64)
    approver = models.TextField()
    profile = models.TextField()
    #: The parts that hold its figures, by hash, with ``|``.
    figures = models.TextField()


# --- field forms ---------------------------------------------------------------------------------


class FormVersion(models.Model):
    """A form as it was given to phones; never changed, so that every answer stays readable."""

    id = models.BigAutoField(primary_key=True)
    form = models.CharField(max_length=60)
    version = models.CharField(max_length=20)
    title = models.TextField()
    #: The XForm, and its SHA-256 without the version, to see that nothing has changed.
    xform = models.TextField()
    content = models.CharField(max_length=64)
    #: The workbook, and the media files (name, SHA-256, MD5, path), as kept in the attachments.
    workbook = models.TextField()
    media = models.TextField(default="[]")
    #: How answers are read back, JSON.
    plan = models.TextField()
    published_at = models.CharField(max_length=32)
    published_by = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["form", "version"], name="one_form_version")]


class FieldInstance(models.Model):
    """A filled-in form as a phone sent it.

    The same id with other content is another row (``ordinal`` from 1): kept, flagged, never
    written over the first.
    """

    READ, FAILED, CONFLICT, SUPERSEDED = "read", "failed", "conflict", "superseded"

    id = models.BigAutoField(primary_key=True)
    instance_id = models.CharField(max_length=200)
    ordinal = models.IntegerField(default=0)
    #: The filling-in that this one corrects, and the first of that chain: the record's key.
    deprecated_id = models.CharField(max_length=200, default="", db_index=True)
    key = models.CharField(max_length=240, db_index=True)
    form = models.CharField(max_length=60)
    version = models.CharField(max_length=200)
    #: Of the XML as received; a keyed commitment where that is sealed.
    sha256 = models.CharField(max_length=64)
    received_at = models.CharField(max_length=32)
    submitter = models.TextField()
    state = models.CharField(max_length=20)
    reason = models.TextField(default="")
    #: The submission that keeps the XML, and whose receipt the phone was given.
    holder = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="+")
    #: Every submission that it became, one a record type.
    submissions = models.ManyToManyField(Submission, related_name="field_instances")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["instance_id", "ordinal"], name="one_field_instance")
        ]


class FieldAttachment(models.Model):
    """A file that came with a filled-in form, as received; sealed where the form is."""

    id = models.BigAutoField(primary_key=True)
    instance = models.ForeignKey(
        FieldInstance, on_delete=models.PROTECT, related_name="attachments"
    )
    #: As received; sealed where the form is.
    name = models.TextField()
    content_type = models.CharField(max_length=120, default="")
    size = models.BigIntegerField()
    #: Of the file as received; a keyed commitment where it is sealed.
    sha256 = models.CharField(max_length=64)
    kept = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["instance", "name", "sha256"], name="one_field_attachment"
            )
        ]


# --- derived -------------------------------------------------------------------------------------


class Boundaries(models.Model):
    """The administrative units of one level that were in force together (rule 11)."""

    id = models.BigAutoField(primary_key=True)
    level = models.IntegerField(null=True)
    #: First and last day of that time; NULL where it has no beginning or no end.
    valid_start = models.DateField(null=True)
    valid_end = models.DateField(null=True)
    #: Hash of the level, the first day, the units and their boundaries.
    sha256 = models.CharField(max_length=64, unique=True)
    #: Whether the units as they are recorded now make these boundaries; others are kept for the
    #: figures that were known before.
    current = models.BooleanField(default=True)


class LedgerShare(models.Model):
    """The part of a ledger line that lies in one unit; shares of a line sum to its mm2."""

    id = models.BigAutoField(primary_key=True)
    line_id = models.BigIntegerField(db_index=True)
    boundaries_id = models.BigIntegerField()
    #: Empty: outside all units.
    unit_uid = models.CharField(max_length=UID_LENGTH, default="")
    mm2 = models.BigIntegerField()


class UnitTotal(models.Model):
    """Sums of the lines that stand now, ground counted once, by unit, scope and account."""

    id = models.BigAutoField(primary_key=True)
    #: 0: the programme as one, whatever the units.
    boundaries_id = models.BigIntegerField()
    unit_uid = models.CharField(max_length=UID_LENGTH, default="")
    #: Place in ``land.SCOPES``.
    scope = models.IntegerField()
    account = models.CharField(max_length=24)
    mm2 = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["boundaries_id", "scope", "unit_uid", "account"], name="one_unit_total"
            )
        ]


class Count(models.Model):
    """What is counted beside the areas; see :mod:`.counted` for what each column means."""

    boundaries_id = models.BigIntegerField()
    #: As in :class:`LedgerShare`; ``-``: the place is not recorded.
    unit_uid = models.CharField(max_length=UID_LENGTH, default="")
    hazards = models.IntegerField(default=0)
    open_areas = models.IntegerField(default=0)
    unknown_size = models.IntegerField(default=0)
    #: Whole thousandths of a square metre, as sums have to be exact.
    declared_only = models.BigIntegerField(default=0)
    type_not_recorded = models.IntegerField(default=0)
    undecided = models.IntegerField(default=0)
    undated = models.IntegerField(default=0)
    undated_mm2 = models.BigIntegerField(default=0)
    area_only = models.IntegerField(default=0)
    #: Whole thousandths of a square metre.
    declared_released = models.BigIntegerField(default=0)
    indications = models.IntegerField(default=0)

    class Meta:
        abstract = True


class Counted(Count):
    """What one record adds to the counts of each unit in which it lies."""

    id = models.BigAutoField(primary_key=True)
    record_uid = models.CharField(max_length=UID_LENGTH, db_index=True)


class UnitCount(Count):
    """Sums of :class:`Counted` by unit."""

    id = models.BigAutoField(primary_key=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["boundaries_id", "unit_uid"], name="one_unit_count")
        ]


class GroundGroup(models.Model):
    """Records that hang together on the ground, directly or through others.

    Only groups of several have rows: a record without one shares ground with nobody.
    """

    uid = models.CharField(max_length=UID_LENGTH, primary_key=True)
    group_uid = models.CharField(max_length=UID_LENGTH, db_index=True)


class MeasuredGround(models.Model):
    """Ground of one group of records, measured on the dissolved geometry as it stands now.

    In whole mm2 and millionths of them, so that sums are exact. The row without an id is the sum
    of the others.
    """

    uid = models.CharField(max_length=UID_LENGTH, primary_key=True)
    suspected = models.BigIntegerField(default=0)
    suspected_millionths = models.BigIntegerField(default=0)
    confirmed = models.BigIntegerField(default=0)
    confirmed_millionths = models.BigIntegerField(default=0)
    identified = models.BigIntegerField(default=0)
    identified_millionths = models.BigIntegerField(default=0)


class Tally(models.Model):
    """A number that is kept: live ledger lines, live discrepancies by rule."""

    name = models.CharField(max_length=80, primary_key=True)
    count = models.BigIntegerField()


class ProposedLink(models.Model):
    """An activity without a hazard id lies on a hazard: a proposal, never a fact (rule 5)."""

    id = models.BigAutoField(primary_key=True)
    activity_uid = models.CharField(max_length=UID_LENGTH, db_index=True)
    hazard_uid = models.CharField(max_length=UID_LENGTH, db_index=True)
    overlap_mm2 = models.BigIntegerField()


class Story(models.Model):
    """Documents of one origin, as last computed by ``landrelease.evidence``."""

    id = models.CharField(max_length=40, primary_key=True)
    body = models.TextField()


class Claim(models.Model):
    """An attributed statement, as last computed by ``landrelease.evidence``."""

    id = models.CharField(max_length=40, primary_key=True)
    document_uid = models.CharField(max_length=UID_LENGTH, db_index=True)
    story_id = models.CharField(max_length=40, db_index=True)
    start = models.IntegerField()
    body = models.TextField()


class ClaimsRead(models.Model):
    """What the tables below were computed from: they hold for these stories and claims alone."""

    id = models.BigAutoField(primary_key=True)
    #: Of the stories and claims; see :func:`.corroborated.mark`.
    mark = models.CharField(max_length=120)
    claims = models.BigIntegerField()
    computed_at = models.CharField(max_length=40)


class ClaimGathering(models.Model):
    """Claims of one content with the origins that can stand behind them; ids run with time."""

    id = models.BigAutoField(primary_key=True)
    #: As ``evidence.gather`` calls it.
    gathering = models.CharField(max_length=40, unique=True)
    #: When it was said, ISO 8601 at its precision; empty when unknown.
    value = models.CharField(max_length=10, default="")
    precision = models.CharField(max_length=8, default="")
    #: 'said', 'published' or 'unknown'.
    basis = models.CharField(max_length=12)
    kind = models.CharField(max_length=40)
    at_most = models.IntegerField()
    strength = models.TextField()
    standing = models.CharField(max_length=20)
    #: Canonical JSON of ``evidence.Entry``.
    body = models.TextField()


class IndexedClaim(models.Model):
    """What a list of claims is searched and ordered by; ids run with the documents' text."""

    id = models.BigAutoField(primary_key=True)
    #: Id of the row in :class:`Claim`.
    claim_row = models.CharField(max_length=40, unique=True)
    #: Id of the claim as people and files call it ("claim-…"). Two files of one text share it.
    claim = models.CharField(max_length=40, db_index=True)
    document_uid = models.CharField(max_length=UID_LENGTH, db_index=True)
    gathering_id = models.BigIntegerField(db_index=True)
    kind = models.CharField(max_length=40, db_index=True)
    modality = models.CharField(max_length=20)
    stance = models.CharField(max_length=20)
    #: When it was said, ISO 8601 at its precision; empty when unknown.
    value = models.CharField(max_length=10, default="")
    quantities = models.IntegerField(default=0)
    #: Places it names that are drawn as points on the map.
    places = models.IntegerField(default=0)
    contradicted = models.BooleanField(default=False)
    #: Not for everybody by its words (rule 22).
    restricted = models.BooleanField(default=False)


class ClaimComparison(models.Model):
    """Two claims held against each other in one slot; ids run contradictions first."""

    id = models.BigAutoField(primary_key=True)
    verdict = models.CharField(max_length=20, db_index=True)
    slot = models.CharField(max_length=80)
    #: Rows of :class:`Claim`.
    one_row = models.CharField(max_length=40, db_index=True)
    other_row = models.CharField(max_length=40, db_index=True)
    #: The words that are compared.
    one_value = models.TextField()
    other_value = models.TextField()
    independence = models.TextField()


class TreatyComparison(models.Model):
    """What a report says of a state's treaty status, held against the register of that status."""

    id = models.BigAutoField(primary_key=True)
    verdict = models.CharField(max_length=20, db_index=True)
    state = models.CharField(max_length=3, db_index=True)
    treaty = models.CharField(max_length=20)
    document_uid = models.CharField(max_length=UID_LENGTH)
    #: Row of :class:`Claim`, empty when the report says it in its own voice.
    claim_row = models.CharField(max_length=40, default="")
    #: Canonical JSON of what ``corroborations.check`` gives.
    body = models.TextField()


class ClaimPlace(models.Model):
    """A place that a claim names and that has a point; never the place of a hazard."""

    id = models.BigAutoField(primary_key=True)
    claim_row = models.CharField(max_length=40, db_index=True)
    #: As the gazetteer calls it.
    place = models.CharField(max_length=80, db_index=True)
    name = models.TextField()
    country = models.CharField(max_length=3, default="")
    feature = models.CharField(max_length=20, default="")
    #: A country or larger: a point for it would say nothing.
    large = models.BooleanField(default=False)
    #: It stands beside what is said, and may only be where that was said.
    beside = models.BooleanField(default=False)
    lon = models.FloatField()
    lat = models.FloatField()
    #: How sure it is that the words name this place, 0 to 1; NULL when not said.
    confidence = models.FloatField(null=True)


class NamedState(models.Model):
    """A state that a claim is about or that speaks in it."""

    id = models.BigAutoField(primary_key=True)
    claim_row = models.CharField(max_length=40, db_index=True)
    gathering_id = models.BigIntegerField(db_index=True)
    #: ISO 3166-1 alpha-3.
    state = models.CharField(max_length=3, db_index=True)
    #: 'named' in what is said, 'speaks' for its own, or a role that the extraction gives.
    role = models.CharField(max_length=40)


class SuspectedDuplicate(models.Model):
    """Two records that may speak of the same thing, as last looked for; never a fact."""

    id = models.BigAutoField(primary_key=True)
    record_type = models.CharField(max_length=40, db_index=True)
    one_uid = models.CharField(max_length=UID_LENGTH, db_index=True)
    other_uid = models.CharField(max_length=UID_LENGTH, db_index=True)
    #: What speaks for it: codes of :data:`.duplicates.SIGNS`, with ``|``.
    signs = models.CharField(max_length=80)
    #: Shared area over joint area of the two polygons, 0 to 1; NULL where either has none.
    iou = models.FloatField(null=True)
    #: Last journal entry that was known when it was looked for.
    known_seq = models.BigIntegerField()


class SetApart(models.Model):
    """What stands in a kept text and is no part of the report: never taken for content."""

    id = models.BigAutoField(primary_key=True)
    document_uid = models.CharField(max_length=UID_LENGTH, unique=True)
    #: JSON list of [start, end, kind], characters of the kept text.
    spans = models.TextField()


class IndexedStory(models.Model):
    """A story in lists; ids run with first publication, unknown last."""

    id = models.BigAutoField(primary_key=True)
    #: Id of the row in :class:`Story`.
    story = models.CharField(max_length=40, unique=True)
    documents = models.IntegerField()
    claims = models.IntegerField()


class StoryDocument(models.Model):
    """A document of a story; ids run with the story's own order, the first known one first."""

    id = models.BigAutoField(primary_key=True)
    story = models.CharField(max_length=40, db_index=True)
    document_uid = models.CharField(max_length=UID_LENGTH, db_index=True)
    #: Of ``evidence.Member``: 'first', 'copy', 'near_copy', 'partial', 'rewritten', 'merged' or
    #: 'unclear'.
    relation = models.CharField(max_length=20)
