"""The addresses under /account/: those of django-allauth that we offer, and our own.

There is no sign-up, no e-mail and no password reset by oneself, so their addresses do not exist.
Everything here is for whoever has signed in; the steps of signing in are open (:mod:`..gate`).
"""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as second_factor
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as keys
from django.urls import path

from ..gate import signed_in
from . import own, people, tokens

urlpatterns = [
    path("", signed_in(own.account), name="account"),
    path("login/", account.login, name="account_login"),
    path("logout/", own.sign_out, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", signed_in(account.reauthenticate), name="account_reauthenticate"),
    path("password/", signed_in(account.password_change), name="account_change_password"),
    path("sessions/", signed_in(own.sessions), name="account_sessions"),
    path("may/", signed_in(own.explain), name="account_may"),
    # The second factor.
    path("second-factor/", signed_in(second_factor.index), name="mfa_index"),
    path("second-factor/show/", second_factor.authenticate, name="mfa_authenticate"),
    path(
        "second-factor/again/", signed_in(second_factor.reauthenticate), name="mfa_reauthenticate"
    ),
    path("second-factor/app/add/", signed_in(totp.activate_totp), name="mfa_activate_totp"),
    path("second-factor/app/remove/", signed_in(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("second-factor/codes/", signed_in(recovery.view_recovery_codes),
         name="mfa_view_recovery_codes"),
    path("second-factor/codes/new/", signed_in(recovery.generate_recovery_codes),
         name="mfa_generate_recovery_codes"),
    path("second-factor/codes/file/", signed_in(recovery.download_recovery_codes),
         name="mfa_download_recovery_codes"),
    path("second-factor/keys/", signed_in(keys.list_webauthn), name="mfa_list_webauthn"),
    path("second-factor/keys/add/", signed_in(keys.add_webauthn), name="mfa_add_webauthn"),
    path("second-factor/keys/again/", signed_in(keys.reauthenticate_webauthn),
         name="mfa_reauthenticate_webauthn"),
    path("second-factor/keys/<int:pk>/remove/", signed_in(keys.remove_webauthn),
         name="mfa_remove_webauthn"),
    path("second-factor/keys/<int:pk>/", signed_in(keys.edit_webauthn), name="mfa_edit_webauthn"),
    # For administrators.
    path("people/", signed_in(people.listing), name="people"),
    path("people/add/", signed_in(people.add), name="people_add"),
    path("people/<str:name>/", signed_in(people.person), name="person"),
    path("tokens/", signed_in(tokens.listing), name="tokens"),
]  # fmt: skip
