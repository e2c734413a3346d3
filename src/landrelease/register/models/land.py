"""The state: what was decided about land, and the ledger lines that follow."""

from __future__ import annotations

from django.db import models

from ..fields import UID_LENGTH


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
    since, and from a later row that takes it back (:mod:`..refusals`).
    """

    id = models.BigAutoField(primary_key=True)
    seq = models.BigIntegerField()
    activity_uid = models.CharField(max_length=UID_LENGTH, db_index=True)
    #: Hash of the report as it was looked at, or "takes back 12" for the refusal of journal entry
    #: 12; and the hazard it was looked at with.
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
