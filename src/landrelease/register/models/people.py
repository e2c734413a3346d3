"""People: who they are, what they were given, what they consented to, whose data they read."""

from __future__ import annotations

from django.db import models

from ..fields import UID_LENGTH


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
