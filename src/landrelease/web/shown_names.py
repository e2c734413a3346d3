"""How the speaker of a claim is named on pages: the one place through which every name passes.

Private persons in reports are pseudonymised outside the restricted tier (rule 24). Which tier a
reader has is decided by ``register.evidence_access`` and arrives here as ``tier``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from landrelease.register import shown_names

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


def speaker(source: Mapping[str, Any], tier: str, document: str) -> Shown:
    """Name the source of a claim, as :mod:`landrelease.register.shown_names` has it.

    Parameters
    ----------
    source
        Of the claim: ``text``, ``name``, ``role``, ``organisation``.
    tier
        Of the reader.
    document
        SHA-256 of the document, in which a pseudonym stays the same.

    Returns
    -------
    Shown
        As the text has it in the restricted tier; elsewhere private persons by a pseudonym, or as
        "a person" when they have no name.
    """
    return told(shown_names.shown(source, tier, document), source, tier)


def told(found: shown_names.Shown, source: Mapping[str, Any], tier: str) -> Shown:
    """Put a source as a reader may see it into the words of a page.

    Parameters
    ----------
    found
        It, as :mod:`landrelease.register.shown_evidence` gives it.
    source
        Of the claim, as extracted.
    tier
        Of the reader.
    """
    hidden = found.private and tier != RESTRICTED
    named = bool(source.get("name"))
    if hidden and not named:
        return Shown(gettext("a person"), "", "", False)
    repeated = named and found.organisation == found.name
    return Shown(
        found.name,
        str(found.role or ""),
        "" if repeated else str(found.organisation or ""),
        named,
        hidden,
    )


def may_read_text(tier: str) -> bool:
    """Whether a reader may see kept text, in which persons are named."""
    return tier == RESTRICTED
