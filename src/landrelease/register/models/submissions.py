"""What was handed in: files as received, with receipts, findings and who decided on them."""

from __future__ import annotations

from django.db import models

from ..fields import UID_LENGTH
from .journal import Part


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
