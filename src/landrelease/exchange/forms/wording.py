"""The languages of the forms.

The English wording is the schema's own. A language is a table from the English text to its own
(``wording/CODE.yaml``), and a national profile may add or replace entries. A text that a language
lacks is shown in English and counted, never left empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

import yaml

#: Code to the language's own name, as phones list it.
NAMES = {
    "en": "English",
    "ar": "العربية",
    "es": "Español",
    "fr": "Français",
    "uk": "Українська",
}


@cache
def shipped(code: str) -> dict[str, str]:
    """The table that comes with the program; empty for English and for languages without one."""
    file = resources.files(__package__) / "wording" / f"{code}.yaml"
    if not file.is_file():
        return {}
    table = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    return {str(english): str(own) for english, own in table.items()}


@dataclass
class Language:
    """One language of a form.

    Attributes
    ----------
    code
        ISO 639-1.
    own
        Entries of the national profile, which come first.
    missing
        English texts that were asked for and are not in the tables.
    """

    code: str
    own: Mapping[str, str] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        """As XLSForm names a language: ``Español (es)``."""
        return f"{NAMES.get(self.code, self.code)} ({self.code})"

    def say(self, english: str) -> str:
        """Give a text in this language, or in English where it has none."""
        if not english:
            return ""
        if english in self.own:
            return self.own[english]
        if self.code == "en":
            return english
        found = shipped(self.code).get(english)
        if found is None:
            self.missing.add(english)
            return english
        return found
