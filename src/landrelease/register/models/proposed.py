"""Derived: what the register proposes about records. People decide; none of it is a fact."""

from __future__ import annotations

from django.db import models

from ..fields import UID_LENGTH


class ProposedLink(models.Model):
    """An activity without a hazard id lies on a hazard: a proposal, never a fact (rule 5)."""

    id = models.BigAutoField(primary_key=True)
    activity_uid = models.CharField(max_length=UID_LENGTH, db_index=True)
    hazard_uid = models.CharField(max_length=UID_LENGTH, db_index=True)
    overlap_mm2 = models.BigIntegerField()


class SuspectedDuplicate(models.Model):
    """Two records that may speak of the same thing, as last looked for; never a fact."""

    id = models.BigAutoField(primary_key=True)
    record_type = models.CharField(max_length=40, db_index=True)
    one_uid = models.CharField(max_length=UID_LENGTH, db_index=True)
    other_uid = models.CharField(max_length=UID_LENGTH, db_index=True)
    #: What speaks for it: codes of :data:`..duplicates.SIGNS`, with ``|``.
    signs = models.CharField(max_length=80)
    #: Shared area over joint area of the two polygons, 0 to 1; NULL where either has none.
    iou = models.FloatField(null=True)
    #: Last journal entry that was known when it was looked for.
    known_seq = models.BigIntegerField()
