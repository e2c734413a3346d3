"""The state: what people decided about records, claims and reports; the ledger knows none of it."""

from __future__ import annotations

from django.db import models

from ..fields import UID_LENGTH


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
    #: One of :data:`..codes.CLAIM_STATES`, ``proposed`` excepted.
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
