"""What people, their roles and what was done about them are called on pages."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.translation import gettext

from landrelease.register import roles
from landrelease.web import person_words

register = template.Library()


@register.filter
def somebody(name: str | None) -> str:
    """Who did something, as people read it; a dash where nobody is recorded."""
    return person_words.somebody(name or "") or "–"


@register.filter
def people(names: str | Iterable[str] | None) -> str:
    """Several of them; as text, they are set apart by ``|`` as in the tables."""
    each = names.split("|") if isinstance(names, str) else names or ()
    return ", ".join(person_words.somebody(name) for name in each if name) or "–"


@register.filter
def role(code: str) -> str:
    """What a role is called."""
    known = {str(one): name for one, name in roles.NAMES.items()}
    return gettext(known[code]) if code in known else code


@register.filter
def scopes(codes: str) -> str:
    """What a token may do, in words."""
    return "; ".join(person_words.scope(code) for code in codes.split("|") if code)


@register.filter
def token_kind(code: str) -> str:
    """What a token is for."""
    return str(person_words.TOKEN_KINDS.get(code, code))


@register.filter
def happened(code: str) -> str:
    """What was done about a person or a token, as the log of people tells it."""
    return str(person_words.HAPPENED.get(code) or code.replace("_", " "))
