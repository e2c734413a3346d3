"""Derived: sums and counts kept beside the ledger lines, by the units of each time.

The two columns of a unit stand in each table: a backup holds rows in the order of the fields, and a
model that they would be inherited from puts its own first.
"""

from __future__ import annotations

from django.db import models

from ..fields import UID_LENGTH


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
    """What is counted beside the areas; see :mod:`..counted` for what each column means."""

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
