"""How django-allauth fits into the register: nobody signs up, secrets are kept encrypted."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext

from landrelease.register import password_rules, workspace
from landrelease.register.models import Person

from .. import context, session


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are entered by an administrator; no e-mail is sent."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        # The first page of the programme is a sum over all of it, which not every role is given.
        session.forget(request)
        return str(context.pages(request)["home"])

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Check name and password, and whether the password may go on being used.

        Raises
        ------
        ValidationError
            When it is right, but somebody else chose it too long ago.
        """
        user = super().authenticate(request, **credentials)
        person = Person.objects.filter(user=user).first() if user is not None else None
        if person is None:
            return user
        if password_rules.given_has_ended(person):
            raise ValidationError(
                gettext("The password you were given has ended: ask for a new one.")
            )
        password_rules.change_if_weak(person, str(credentials.get("password", "")))
        return user

    def get_client_ip(self, request: HttpRequest) -> str:
        return session.address(request)


class SecondFactorAdapter(DefaultMFAAdapter):
    """The secrets of second factors are kept encrypted under the workspace's master key."""

    def encrypt(self, text: str) -> str:
        return Fernet(workspace.current().master_key).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return Fernet(workspace.current().master_key).decrypt(encrypted_text.encode()).decode()

    def get_totp_issuer(self) -> str:
        return "landrelease"
