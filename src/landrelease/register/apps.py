"""The Django application of the register."""

from __future__ import annotations

from django.apps import AppConfig


class RegisterConfig(AppConfig):
    name = "landrelease.register"
    label = "register"
    default_auto_field = "django.db.models.BigAutoField"
