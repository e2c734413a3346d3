"""Forms as they were given to phones, and what the phones sent."""

from __future__ import annotations

from django.db import models

from .submissions import Submission


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
