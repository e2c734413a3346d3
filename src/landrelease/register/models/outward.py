"""What is told to others, so that it is told once and nothing is given away by difference."""

from __future__ import annotations

from django.db import models

from ..fields import UID_LENGTH


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
