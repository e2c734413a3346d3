"""Django's settings, made from a workspace instead of a settings module.

One process works in one workspace at a time; opening another one points Django's default
connection at its database.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import django
from django.conf import settings
from django.db import connections

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
                "django.contrib.staticfiles",
                "landrelease.register",
                "landrelease.web",
            ],
            MIDDLEWARE=[
                "django.middleware.security.SecurityMiddleware",
                "landrelease.web.security.ContentSecurityPolicy",
                "django.middleware.locale.LocaleMiddleware",
                "django.middleware.common.CommonMiddleware",
                "django.middleware.csrf.CsrfViewMiddleware",
                "django.middleware.clickjacking.XFrameOptionsMiddleware",
            ],
            ROOT_URLCONF="landrelease.web.urls",
            TEMPLATES=[
                {
                    "BACKEND": "django.template.backends.django.DjangoTemplates",
                    "APP_DIRS": True,
                    "OPTIONS": {
                        "context_processors": [
                            "django.template.context_processors.request",
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
            DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
            AUTH_PASSWORD_VALIDATORS=[
                {
                    "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
                    "OPTIONS": {"min_length": 10},
                },
                {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
            ],
            LOGGING_CONFIG=None,
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
    "PASSWORD": "",
    "HOST": "",
    "PORT": "",
    "TEST": {"CHARSET": None, "COLLATION": None, "MIGRATE": True, "MIRROR": None, "NAME": None},
}
