"""The terms of mine action in the languages of the pages, each with where it is defined."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

#: Languages of the table, in its order.
LANGUAGES = ("en", "uk", "fr", "es", "ar")
RTL = frozenset({"ar"})


@dataclass(frozen=True)
class Term:
    """One term.

    Attributes
    ----------
    words
        Language (ISO 639-1) to the term in it.
    meaning
        How this program uses it, in English.
    source
        Document that defines it.
    verified
        Languages whose term a native speaker who works in mine action has confirmed, or that were
        compared with a source; all others are shown as unverified.
    """

    words: dict[str, str]
    meaning: str
    source: str
    verified: tuple[str, ...] = ()

    def cells(self) -> list[tuple[str, str, str, bool]]:
        """Language, direction, term and whether it is unverified, for each column."""
        return [
            (
                code,
                "rtl" if code in RTL else "ltr",
                self.words[code],
                code != "en" and code not in self.verified,
            )
            for code in LANGUAGES
        ]


@cache
def terms() -> list[Term]:
    """Read the terms, in order of the English ones.

    Raises
    ------
    KeyError
        If a term lacks a language; the tests keep that from happening.
    """
    text = (resources.files(__package__) / "glossary_data/terms.yaml").read_text(encoding="utf-8")
    found = [
        Term(
            {code: str(entry[code]) for code in LANGUAGES},
            str(entry["meaning"]),
            str(entry["source"]),
            tuple(entry.get("verified", ())),
        )
        for entry in yaml.safe_load(text)
    ]
    return sorted(found, key=lambda term: term.words["en"].casefold())


def page(request: HttpRequest) -> HttpResponse:
    """Show the terms."""
    return render(request, "web/glossary.html", {"terms": terms()})
