"""How the speaker of a claim is named on pages: the one place through which every name passes.

Private persons in reports are pseudonymised outside the restricted tier (rule 24). Which tier a
reader has is decided by ``register.access`` and arrives here as ``tier``. The pages of documents
and claims show the whole register, so that the gate lets nobody below the restricted tier reach
them; what is said here holds all the same, should a page be opened further.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext

from . import session

RESTRICTED = "restricted"
PUBLIC = "public"


@dataclass(frozen=True)
class Shown:
    """A speaker as a reader may see him.

    Attributes
    ----------
    name
        Name, pseudonym, or the words of the text for somebody unnamed.
    role, organisation
        Empty when the text does not say, or must not be shown.
    named
        Whether ``name`` is a name; False for the words of the text ("an official").
    pseudonym
        Whether it stands for a name that is not shown.
    """

    name: str
    role: str
    organisation: str
    named: bool
    pseudonym: bool = False


def tier(request: HttpRequest) -> str:
    """Tell the tier of a reader: that of their roles, or the restricted one at this machine."""
    return session.caller(request).tier


def speaker(source: Mapping[str, Any], tier: str) -> Shown:
    """Name the source of a claim.

    Parameters
    ----------
    source
        Of the claim: ``text``, ``name``, ``role``, ``organisation``.
    tier
        Of the reader; see :func:`tier`.

    Returns
    -------
    Shown
        As the text has it in the restricted tier. Elsewhere a person for whom the text gives no
        organisation is taken for a private one: a pseudonym that stays the same within a
        workspace stands for the name, and neither role nor the words of the text are shown.
    """
    name, organisation = source.get("name"), source.get("organisation") or ""
    if tier == RESTRICTED or not _private(source):
        words = " ".join(str(source.get("text") or "").split())
        return Shown(
            str(name or words),
            str(source.get("role") or ""),
            "" if organisation == name else str(organisation),
            bool(name),
        )
    if not name:
        return Shown(gettext("a person"), "", "", False)
    return Shown(gettext("person %s") % _mark(str(name)), "", "", True, True)


def may_read_text(tier: str) -> bool:
    """Whether a reader may see kept text, in which persons are named."""
    return tier == RESTRICTED


def _private(source: Mapping[str, Any]) -> bool:
    return not source.get("organisation")


def _mark(name: str) -> str:
    """A short mark that only this workspace can make from a name."""
    plain = " ".join(name.casefold().split())
    return hmac.new(str(settings.SECRET_KEY).encode(), plain.encode(), hashlib.sha256).hexdigest()[
        :6
    ]
