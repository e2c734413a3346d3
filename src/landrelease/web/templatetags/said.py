"""Filters for what the register says: see :mod:`landrelease.web.told`."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from landrelease.register import provenance
from landrelease.register.schema import RECORD_TYPES
from landrelease.web import facts, names, origin_words
from landrelease.web import told as telling

register = template.Library()


@register.filter
def told(text: str) -> str:
    """A sentence of the register, in the language of the reader."""
    return telling.told(text)


@register.filter
def all_told(texts: Iterable[str]) -> str:
    """Several of them as one."""
    return "; ".join(telling.told(text) for text in texts)


@register.filter
def stored(text: str) -> str | SafeString:
    """A stored sentence; what has no translation is marked as English."""
    return telling.told_stored(text)


@register.filter
def word(code: str) -> str:
    """A word of the register's own (a state, a kind), in the language of the reader."""
    return gettext(code) if code else ""


@register.filter
def decision(kind: str) -> str:
    """What a kind of journal entry decides, in words."""
    return gettext(provenance.called(kind)) if kind else ""


@register.filter
def field_word(code: str | None, of: str) -> str:
    """A value as the page of its record writes it.

    Parameters
    ----------
    of
        Record type and field, such as ``activity.result``.
    """
    record_type, _, name = of.partition(".")
    return facts.shown(RECORD_TYPES[record_type].by_name[name], code) if code else "–"


@register.filter
def record_type(name: str) -> str:
    """What a type of record is called; its name where there is no such type."""
    return gettext(RECORD_TYPES[name].label) if name in RECORD_TYPES else name


@register.filter
def origins(text: str) -> str:
    """How many origins stand behind claims, or why it is one."""
    return origin_words.origins(text)


@register.filter
def account(code: str) -> str:
    """What an account of the ledger is called."""
    return str(names.ACCOUNTS.get(code) or names.BESIDE.get(code) or code)


@register.filter
def kind(code: str) -> str:
    """What a line of the ledger does."""
    return str(names.TERMS.get(code) or names.KINDS.get(code) or code)
