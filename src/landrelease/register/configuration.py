"""Django's settings, made from a workspace instead of a settings module.

One process works in one workspace at a time; opening another one points Django's default
connection at its database.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import django
from django.conf import settings
from django.db import connections

from . import password_hashing
from .errors import WorkspaceError

#: Every write waits for the disk, readers never wait for writers, a writing transaction takes the
#: write lock when it begins, and a delete hidden in INSERT OR REPLACE meets the triggers.
SQLITE_PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "recursive_triggers": "ON",
    "foreign_keys": "ON",
    # What is deleted is overwritten: a destroyed key must not survive in a free page.
    "secure_delete": "ON",
    # 128 MB of pages in memory: the ids of records are hashes, so a large import touches its
    # indexes everywhere.
    "cache_size": "-131072",
    "temp_store": "MEMORY",
}


#: Languages of the pages, each by its own name.
LANGUAGES = [
    ("en", "English"),
    ("uk", "Українська"),
    ("fr", "Français"),
    ("es", "Español"),
    ("ar", "العربية"),
]

#: Seconds without a request after which a session ends, and after which it ends in any case.
IDLE_SECONDS = 30 * 60
LONGEST_SECONDS = 12 * 60 * 60

#: Signing in: django-allauth with a second factor, django-axes against guessing. Accounts are made
#: by an administrator; nobody signs up, nothing is sent by e-mail.
SIGN_IN: dict[str, Any] = {
    "AUTHENTICATION_BACKENDS": [
        "axes.backends.AxesStandaloneBackend",
        "django.contrib.auth.backends.ModelBackend",
    ],
    # The first one makes new hashes; what the other one made stays readable, and is made anew when
    # its owner signs in.
    "PASSWORD_HASHERS": [
        *(
            ["landrelease.register.password_hashing.Argon2idHasher"]
            if password_hashing.supported()
            else []
        ),
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ],
    "AUTH_PASSWORD_VALIDATORS": [
        {
            "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
            "OPTIONS": {"min_length": 12},
        },
        {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
        {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
        {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
        {"NAME": "landrelease.register.password_rules.LongestValidator"},
    ],
    "LOGIN_URL": "account_login",
    "LOGIN_REDIRECT_URL": "balance",
    "SESSION_ENGINE": "landrelease.web.session_store",
    "SESSION_COOKIE_AGE": LONGEST_SECONDS,
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "CSRF_COOKIE_HTTPONLY": True,
    "CSRF_COOKIE_SAMESITE": "Lax",
    "CSRF_FAILURE_VIEW": "landrelease.web.gate.csrf_failure",
    "MESSAGE_STORAGE": "django.contrib.messages.storage.session.SessionStorage",
    "EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend",
    # Who may be served beside this machine; see landrelease.web.server.
    "LANDRELEASE_SITE": False,
    "ACCOUNT_ADAPTER": "landrelease.web.accounts.adapters.AccountAdapter",
    "ACCOUNT_LOGIN_METHODS": {"username"},
    "ACCOUNT_SIGNUP_FIELDS": ["username*", "password1*", "password2*"],
    "ACCOUNT_EMAIL_VERIFICATION": "none",
    "ACCOUNT_EMAIL_NOTIFICATIONS": False,
    # A session ends with the browser, and its owner cannot choose otherwise.
    "ACCOUNT_SESSION_REMEMBER": False,
    "ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE": True,  # nosec B105 # no password
    "ACCOUNT_REAUTHENTICATION_REQUIRED": True,
    # Guesses are counted in the database by django-axes (below); this counts an address faster. An
    # office of 50 may sign in within a minute from one address, half of it at the second try. One
    # name is guessed at 96 times an hour at most, from wherever it comes.
    "ACCOUNT_RATE_LIMITS": {"login": "150/m/ip", "login_failed": "30/m/ip,8/5m/key"},
    "MFA_ADAPTER": "landrelease.web.accounts.adapters.SecondFactorAdapter",
    "MFA_SUPPORTED_TYPES": ["totp", "webauthn", "recovery_codes"],
    "MFA_PASSKEY_LOGIN_ENABLED": False,
    "MFA_RECOVERY_CODES_SHOW_ONCE": True,
    # One step of 30 seconds either way, for clocks that are not exact.
    "MFA_TOTP_TOLERANCE": 1,
    "AXES_FAILURE_LIMIT": 5,
    "AXES_COOLOFF_TIME": timedelta(minutes=15),
    # An account is shut for the address that guesses, not for its owner at another one.
    "AXES_LOCKOUT_PARAMETERS": [["username", "ip_address"]],
    "AXES_RESET_ON_SUCCESS": True,
    "AXES_CLIENT_IP_CALLABLE": "landrelease.web.session.address",
    "AXES_LOCKOUT_CALLABLE": "landrelease.web.gate.locked_out",
    "AXES_ENABLE_ADMIN": False,
    "AXES_VERBOSE": False,
    # Wrong passwords stay on record when the right one was given; the latest thousand of a name.
    "AXES_ENABLE_ACCESS_FAILURE_LOG": True,
}


def sqlite_database(path: Path | str) -> dict[str, Any]:
    """Connection settings of an embedded database."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {
            "init_command": "; ".join(f"PRAGMA {k}={v}" for k, v in SQLITE_PRAGMAS.items()),
            "transaction_mode": "IMMEDIATE",
            "timeout": 120,
        },
    }


def postgresql_database(url: str) -> dict[str, Any]:
    """Connection settings from ``postgresql://user:password@host:port/name?options``.

    A unix socket folder may be given as ``?host=/path``.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres"):
        raise WorkspaceError(
            f"the database {url!r} is not understood; give postgresql://USER@HOST/NAME, "
            "or nothing for a database file in the workspace"
        )
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or query.pop("user", "")),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or query.pop("port", "")),
        "OPTIONS": query,
    }


def configure(database: dict[str, Any], secret: str) -> None:
    """Point Django at a database; set Django up the first time."""
    database = {**_DATABASE_DEFAULTS, **database}
    if not settings.configured:
        settings.configure(
            DATABASES={"default": database},
            SECRET_KEY=secret,
            INSTALLED_APPS=[
                "django.contrib.contenttypes",
                "django.contrib.auth",
                "django.contrib.sessions",
                "django.contrib.messages",
                "django.contrib.staticfiles",
                "landrelease.register",
                # Before allauth, whose templates it puts its own in the place of.
                "landrelease.web",
                "allauth",
                "allauth.account",
                "allauth.mfa",
                "allauth.usersessions",
                "axes",
            ],
            MIDDLEWARE=[
                "landrelease.web.metrics.Measured",
                "landrelease.web.security.KnownMethods",
                "django.middleware.security.SecurityMiddleware",
                "landrelease.web.security.ContentSecurityPolicy",
                "django.contrib.sessions.middleware.SessionMiddleware",
                "django.middleware.locale.LocaleMiddleware",
                "django.middleware.common.CommonMiddleware",
                "django.middleware.csrf.CsrfViewMiddleware",
                "django.contrib.auth.middleware.AuthenticationMiddleware",
                "django.contrib.messages.middleware.MessageMiddleware",
                "django.middleware.clickjacking.XFrameOptionsMiddleware",
                "allauth.account.middleware.AccountMiddleware",
                "landrelease.web.session.TimedSession",
                "landrelease.web.languages.OwnLanguage",
                "landrelease.web.gate.Gate",
                "axes.middleware.AxesMiddleware",
            ],
            ROOT_URLCONF="landrelease.web.urls",
            TEMPLATES=[
                {
                    "BACKEND": "django.template.backends.django.DjangoTemplates",
                    "APP_DIRS": True,
                    "OPTIONS": {
                        "context_processors": [
                            "django.template.context_processors.request",
                            "django.contrib.auth.context_processors.auth",
                            "django.contrib.messages.context_processors.messages",
                            "landrelease.web.context.programme",
                        ]
                    },
                }
            ],
            STATIC_URL="/static/",
            ALLOWED_HOSTS=["127.0.0.1", "localhost", "[::1]"],
            USE_TZ=True,
            TIME_ZONE="UTC",
            USE_I18N=True,
            LANGUAGE_CODE="en",
            FORMAT_MODULE_PATH=["landrelease.web.formats"],
            LANGUAGES=LANGUAGES,
            LANGUAGE_COOKIE_AGE=365 * 24 * 3600,
            LANGUAGE_COOKIE_HTTPONLY=True,
            LANGUAGE_COOKIE_SAMESITE="Lax",
            DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
            LOGGING_CONFIG=None,
            **SIGN_IN,
        )
        django.setup()
        return
    settings.SECRET_KEY = secret
    point("default", database)


def point(alias: str, database: dict[str, Any]) -> None:
    """Make ``alias`` mean another database from now on, in this thread and new ones."""
    if alias in connections.settings:
        connections[alias].close()
        if hasattr(connections._connections, alias):
            del connections[alias]
    connections.settings[alias] = {**_DATABASE_DEFAULTS, **database}


_DATABASE_DEFAULTS: dict[str, Any] = {
    "ATOMIC_REQUESTS": False,
    "AUTOCOMMIT": True,
    "CONN_MAX_AGE": 0,
    "CONN_HEALTH_CHECKS": False,
    "OPTIONS": {},
    "TIME_ZONE": None,
    "USER": "",
    "PASSWORD": "",  # nosec B105 # no password
    "HOST": "",
    "PORT": "",
    "TEST": {"CHARSET": None, "COLLATION": None, "MIGRATE": True, "MIRROR": None, "NAME": None},
}
