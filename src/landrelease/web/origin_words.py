"""How many origins stand behind claims, in the reader's language.

The evidence package says it in English (``at most 2 independent origins``), and so it is stored.
"""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext, gettext_lazy, ngettext

#: Why claims hang together, as :mod:`landrelease.evidence.origins` says it.
JOINED_BY: dict[str, Any] = {
    "same origin of the stories": gettext_lazy("same origin of the stories"),
    "same speaker": gettext_lazy("same speaker"),
    "same story": gettext_lazy("same story"),
    "same utterance": gettext_lazy("same utterance"),
}

_AT_MOST = re.compile(r"at most (\d+) independent origins?(; independence unknown)?")
_ONE = re.compile(r"one origin: (.+)")


def origins(text: str) -> str:
    """Tell how many independent origins there are at most, or why it is one; what is put otherwise
    stands as it is.

    Parameters
    ----------
    text
        Strength of a gathering of claims, or the independence of two of them.
    """
    if at_most := _AT_MOST.fullmatch(text):
        number = int(at_most[1])
        told = ngettext(
            "at most %(n)s independent origin", "at most %(n)s independent origins", number
        ) % {"n": number}
        return f"{told}; {gettext('independence unknown')}" if at_most[2] else told
    if one := _ONE.fullmatch(text):
        reasons = [str(JOINED_BY.get(reason, reason)) for reason in one[1].split(", ")]
        return gettext("one origin: %s") % ", ".join(reasons)
    return text
