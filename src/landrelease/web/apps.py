"""The Django application of the pages."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "landrelease.web"
    label = "web"

    def ready(self) -> None:
        from allauth.account.signals import password_changed
        from allauth.mfa.signals import (
            authentication_failed,
            authenticator_added,
            authenticator_removed,
            authenticator_reset,
        )
        from axes.models import AccessFailureLog
        from django.db.models.signals import post_save

        from .accounts import sign_ins

        post_save.connect(
            sign_ins.keep_no_unknown_name,
            sender=AccessFailureLog,
            dispatch_uid="landrelease.unknown_name",
        )
        authenticator_added.connect(_shown_by_setting_up, dispatch_uid="landrelease.second_factor")
        password_changed.connect(_changed_by_its_owner, dispatch_uid="landrelease.password")
        for signal, noted in (
            (password_changed, sign_ins.password_changed),
            (authenticator_added, sign_ins.factor_added),
            (authenticator_removed, sign_ins.factor_removed),
            (authenticator_reset, sign_ins.codes_renewed),
            (authentication_failed, sign_ins.factor_failed),
        ):
            signal.connect(noted, dispatch_uid=f"landrelease.noted.{noted.__name__}")


def _changed_by_its_owner(sender: Any, request: Any, user: Any, **_: Any) -> None:
    """A password that its owner has chosen may stay."""
    from landrelease.register.models import Person

    Person.objects.filter(user=user).update(must_change_password=False)


def _shown_by_setting_up(
    sender: Any, request: Any, user: Any, authenticator: Any, **_: Any
) -> None:
    """Who has just set up a second factor has shown it: they typed its code or touched the key."""
    from allauth.account.internal.flows.login import record_authentication

    if authenticator.type != authenticator.Type.RECOVERY_CODES:
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)
