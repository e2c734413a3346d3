"""How django-allauth fits into the register: nobody signs up, secrets are kept encrypted."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.http import HttpRequest

from landrelease.register import workspace

from .. import context, session


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are entered by an administrator; no e-mail is sent."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        # The first page of the programme is a sum over all of it, which not every role is given.
        session.forget(request)
        return str(context.pages(request)["home"])

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
