"""The journal: append-only, hash-chained, with the content-addressed parts it commits to."""

from __future__ import annotations

from django.db import models


class Part(models.Model):
    """JSON lines of one kind, kept once under their hash; never changed."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=40)
    count = models.IntegerField()
    body = models.BinaryField()


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
