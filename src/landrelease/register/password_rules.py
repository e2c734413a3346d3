"""Rules for passwords beside those of Django, and how long one holds that somebody else chose."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from . import clock, people
from .models import PeopleEvent, Person

#: Characters of the longest password (OWASP ASVS 4.0.3, 2.1.2).
LONGEST = 128
#: Line of the log about a password that its owner has to change since it is too weak by now.
WEAK = "password_too_weak"
#: How long a password holds on the pages that somebody else chose and its owner has not changed.
GIVEN_DAYS = 7


class LongestValidator:
    """Refuses what is longer than any password: hashing it would only cost time."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Check a password.

        Raises
        ------
        ValidationError
            When it is too long.
        """
        if len(password) > LONGEST:
            raise ValidationError(
                gettext("The password is longer than %(longest)s characters."),
                code="password_too_long",
                params={"longest": LONGEST},
            )

    def get_help_text(self) -> str:
        """The rule, for the form."""
        return gettext("Your password can have at most %(longest)s characters.") % {
            "longest": LONGEST
        }


def given_has_ended(person: Person) -> bool:
    """Whether a person's password was chosen by somebody else and has been left for too long.

    The log of people says when it was chosen; where it does not (an account of an early version),
    it has not ended.
    """
    if not person.must_change_password:
        return False
    last = (
        PeopleEvent.objects.filter(
            about=person.user.get_username(),
            what__in=("person_added", "password_reset", WEAK),
        )
        .order_by("-id")
        .first()
    )
    if last is None or last.what == WEAK:
        return False
    return _time(clock.now()) - _time(last.at) > timedelta(days=GIVEN_DAYS)


def change_if_weak(person: Person, password: str) -> bool:
    """Have a person change a password that today's rules would refuse; whether they have to.

    It was good enough when it was set: the list of common passwords and the rules grow.
    """
    try:
        validate_password(password, person.user)
    except ValidationError as error:
        if not person.must_change_password:
            person.must_change_password = True
            person.save(update_fields=["must_change_password"])
            name = person.user.get_username()
            rules = sorted(str(one.code) for one in error.error_list)
            people.log(people.Actor(name), WEAK, name, rules=rules)
        return True
    return False


def _time(at: str) -> datetime:
    return datetime.strptime(at, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
