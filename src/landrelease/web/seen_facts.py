"""The facts of a record that a reader sees, with nothing of records that are not shown to them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.utils.translation import gettext

from landrelease.register import access
from landrelease.register.schema import Field

from . import facts

#: Whose names are no secret: who did the work has to be known to whoever decides (rule 14).
NAMED = ("organisation", "unit")


def of(record: Any, caller: access.Caller) -> list[facts.Fact]:
    """List the fields of a record that somebody sees, recorded or not.

    A reference to a record that is not shown to them says so, and nothing of that record.
    """
    if not settings.LANDRELEASE_SITE or caller.sees_everything:
        return facts.of(record)
    seen = access.fields(caller, record.schema.name, record)
    return [_fact(record, one, caller) for one in record.schema.fields if one.name in seen]


def link(record: Any, caller: access.Caller) -> str:
    """Address of a record's page, empty where somebody does not see it."""
    whole = not settings.LANDRELEASE_SITE or caller.sees_everything
    return facts.link(record) if whole or _seen(caller, record.schema.name, record.uid) else ""


def _fact(record: Any, field: Field, caller: access.Caller) -> facts.Fact:
    shown = facts.fact(record, field)
    uid = getattr(record, f"{field.name}_uid", None) if field.kind == "reference" else None
    if not uid or _seen(caller, field.to, uid):
        return shown
    if field.to in NAMED:
        return replace(shown, link="")
    return replace(shown, text=gettext("recorded; not shown to your roles"), note="", link="")


def _seen(caller: access.Caller, record_type: str, uid: str) -> bool:
    # Which documents somebody reads depends on the mark of each (register.evidence_access); a
    # title is not worth asking.
    if record_type == "document":
        return False
    return bool(access.records(caller, record_type).filter(uid=uid).exists())
