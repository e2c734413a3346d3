"""Translation catalogues: collect what the pages say, keep each language up to date, compile.

    .venv/bin/python scripts/messages.py            collect, write the .po files, compile, check
    .venv/bin/python scripts/messages.py compile    the .mo files alone, when a source is newer
    .venv/bin/python scripts/messages.py check      say what lacks; status 1 when anything does
    .venv/bin/python scripts/messages.py lacking fr what lacks in one language, as a table to fill
    .venv/bin/python scripts/messages.py fill fr done.yaml   take a filled table over

What is translated comes from three places: calls of gettext in the Python of the package, ``trans``
tags of its templates, and the vocabularies of the register (labels, choices and descriptions of
fields, notes of figures), which are plain English where they stand and go through gettext where
they are shown.

A text that the field forms have in a language (``exchange/forms/wording``) is taken from there and
stands in no .po file: one text, one translation. The .mo files hold both; they are derived and not
committed.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src/landrelease"
LOCALE = PACKAGE / "web/locale"
WORDING = PACKAGE / "exchange/forms/wording"
GLOSSARY = ROOT / "docs/glossary.md"
#: English is the language of the source; its catalogue would repeat every text.
LANGUAGES = ("ar", "es", "fr", "uk")

KEYWORDS: dict[str, Any] = {
    # What the register says (register/said.py) and what stays as it was stored (web/stored.py).
    "said": None,
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
#: What must stand in a translation as it stands in the text.
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
#: A catalogue says nothing about when it was made, so that making it again changes nothing.
NO_DAY = datetime(2026, 1, 1, tzinfo=UTC)

Key = tuple[str | None, str]


@dataclass
class Text:
    """One text to translate.

    Attributes
    ----------
    context
        Of pgettext; None without one.
    singular, plural
        The English text; the plural is None where there is none.
    places
        Files it stands in, from the root of the package.
    """

    context: str | None
    singular: str
    plural: str | None = None
    places: set[str] = field(default_factory=set)

    @property
    def key(self) -> Key:
        return self.context, self.singular


# --- collecting -----------------------------------------------------------------------------------


def collect() -> dict[Key, Text]:
    """Collect every text, in the order in which catalogues list them."""
    _set_django_up()
    found: dict[Key, Text] = {}
    for context, singular, plural, place in [*_in_files(), *_in_vocabularies()]:
        text = found.setdefault((context, singular), Text(context, singular, plural))
        text.plural = text.plural or plural
        text.places.add(place)
    return dict(sorted(found.items(), key=lambda item: (min(item[1].places), str(item[0]))))


def _set_django_up() -> None:
    """Vocabularies are read from modules that know models; no database is opened for it."""
    from django.conf import settings

    from landrelease.register import configuration

    if not settings.configured:
        configuration.configure(configuration.sqlite_database(":memory:"), "nothing is signed")


def _in_files() -> Iterator[tuple[str | None, str, str | None, str]]:
    from django.utils.translation.template import templatize

    for path in sorted(PACKAGE.rglob("*")):
        place = path.relative_to(PACKAGE).as_posix()
        if path.suffix == ".py":
            source = path.read_text(encoding="utf-8")
        elif path.suffix in {".html", ".txt"} and "templates" in path.parts:
            source = templatize(path.read_text(encoding="utf-8"), origin=place)
        else:
            continue
        options = {"encoding": "utf-8"}
        for _, message, _, context in extract(
            "python", io.BytesIO(source.encode()), KEYWORDS, options=options
        ):
            texts = message if isinstance(message, tuple) else (message,)
            if texts[0]:
                yield context, texts[0], texts[1] if len(texts) > 1 else None, place


def _in_vocabularies() -> Iterator[tuple[str | None, str, str | None, str]]:
    from landrelease.web import vocabularies

    for context, text, place in vocabularies.texts():
        yield context, text, None, place


# --- catalogues -----------------------------------------------------------------------------------


def shared(language: str) -> dict[str, str]:
    """Translations that the field forms have; no .po file repeats them."""
    table = yaml.safe_load((WORDING / f"{language}.yaml").read_text(encoding="utf-8")) or {}
    return {str(english): str(own) for english, own in table.items()}


def po_file(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES/django.po"


def read(language: str) -> Catalog:
    """Read the catalogue of a language; an empty one where there is no file yet."""
    path = po_file(language)
    if not path.is_file():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def write(language: str, texts: dict[Key, Text], known: dict[Key, Any]) -> None:
    """Write a catalogue with these translations; what is no longer said is left out."""
    catalog = _empty(language)
    elsewhere = shared(language)
    for text in texts.values():
        if _taken_from_forms(text, elsewhere):
            continue
        catalog.add(
            (text.singular, text.plural) if text.plural else text.singular,
            _translation(known, text, catalog),
            locations=[(place, 0) for place in sorted(text.places)],
            flags=(),
            context=text.context,
        )
    path = po_file(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=0, include_lineno=False)


def _empty(language: str) -> Catalog:
    return Catalog(
        locale=language,
        project="landrelease",
        version="1",
        copyright_holder="the contributors of landrelease",
        creation_date=NO_DAY,
        revision_date=NO_DAY,
        last_translator="the contributors of landrelease",
        language_team=language,
        header_comment=(
            "# What the pages say. Written by scripts/messages.py; translations are kept.\n"
            "# unverified: no native speaker who works in mine action has read these yet."
        ),
        fuzzy=False,
    )


def _translation(known: dict[Key, Any], text: Text, catalog: Catalog) -> Any:
    own = known.get(text.key)
    if text.plural:
        forms = tuple(own) if isinstance(own, (tuple, list)) else ()
        return forms if len(forms) == catalog.num_plurals else ("",) * catalog.num_plurals
    return own if isinstance(own, str) else ""


def _taken_from_forms(text: Text, elsewhere: dict[str, str]) -> bool:
    return text.context is None and text.plural is None and text.singular in elsewhere


def translations(catalog: Catalog) -> dict[Key, Any]:
    """Translations of a catalogue by context and text; a fuzzy one is none."""
    found: dict[Key, Any] = {}
    for message in catalog:
        if message.id and not message.fuzzy:
            singular = message.id[0] if isinstance(message.id, tuple) else message.id
            found[message.context, singular] = message.string
    return found


def update() -> None:
    """Write every catalogue anew from what the pages say now."""
    texts = collect()
    for language in LANGUAGES:
        write(language, texts, translations(read(language)))


# --- compiling ------------------------------------------------------------------------------------


def compile_all(*, force: bool = False) -> list[str]:
    """Compile the catalogues whose sources are newer than they; say which."""
    done = []
    for language in LANGUAGES:
        target = po_file(language).with_suffix(".mo")
        sources = (po_file(language), WORDING / f"{language}.yaml", Path(__file__))
        newest = max(source.stat().st_mtime_ns for source in sources)
        if not force and target.is_file() and target.stat().st_mtime_ns > newest:
            continue
        target.write_bytes(compiled(language))
        done.append(language)
    return done


def compiled(language: str) -> bytes:
    """The catalogue and the wording of the forms as one .mo file."""
    catalog = read(language)
    for english, own in shared(language).items():
        catalog.add(english, own)
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


# --- checking -------------------------------------------------------------------------------------


def complaints(language: str, texts: dict[Key, Text] | None = None) -> list[str]:
    """Say what is wrong with a language, one line each; nothing when nothing is."""
    texts = collect() if texts is None else texts
    elsewhere = shared(language)
    catalog = read(language)
    known = translations(catalog)
    wrong = []
    for message in catalog:
        if message.id and message.fuzzy:
            wrong.append(f"{language}: fuzzy: {message.id!r}; translate it and take the mark away")
    for text in texts.values():
        if _taken_from_forms(text, elsewhere):
            wrong += _differing(language, text, (elsewhere[text.singular],))
            if text.key in known:
                wrong.append(f"{language}: {text.singular!r} stands in wording/{language}.yaml too")
            continue
        own = known.get(text.key)
        forms = own if isinstance(own, (tuple, list)) else (own,)
        lacking = not all(forms) or (text.plural and len(forms) != catalog.num_plurals)
        if lacking:
            wrong.append(f"{language}: not translated: {text.singular!r} ({min(text.places)})")
        else:
            wrong += _differing(language, text, forms)
    for context, english in known.keys() - texts.keys():
        wrong.append(f"{language}: no longer said: {english!r} ({context or 'no context'})")
    return wrong


def _differing(language: str, text: Text, forms: tuple[Any, ...]) -> list[str]:
    """Placeholders that differ. One form of a plural may leave out the number it stands for."""
    wanted = sorted(PLACEHOLDER.findall(text.singular))
    if text.plural:
        allowed = [wanted, sorted(PLACEHOLDER.findall(text.plural))]
        allowed += [sorted(set(allowed[1]) - {name}) for name in allowed[1]]
    else:
        allowed = [wanted]
    return [
        f"{language}: other placeholders than {text.singular!r}: {form!r}"
        for form in forms
        if sorted(PLACEHOLDER.findall(form)) not in allowed
    ]


# --- the glossary ---------------------------------------------------------------------------------


def glossary() -> str:
    """Give docs/glossary.md, from the terms that the glossary page shows."""
    from landrelease.web.glossary import LANGUAGES as COLUMNS
    from landrelease.web.glossary import terms

    names = {"en": "English", "uk": "Ukrainian", "fr": "French", "es": "Spanish", "ar": "Arabic"}
    lines = [
        "# Glossary",
        "",
        "This page is written by `scripts/messages.py` from "
        "`src/landrelease/web/glossary_data/terms.yaml`; change that file, not the page.",
        "",
        "The terms of mine action in the languages of the pages. A term with * is **unverified**: "
        "it was written from memory of the usage of the field, and no native speaker who works in "
        "mine action has confirmed it. Where words differ, the English term and its source hold. "
        "The number of the IMAS is where the term is defined or used; it was not looked up again.",
        "",
        "| " + " | ".join([*(names[code] for code in COLUMNS), "Meaning here", "Source"]) + " |",
        "|" + " --- |" * (len(COLUMNS) + 2),
    ]
    for term in terms():
        words = [
            term.words[code] + ("" if code == "en" or code in term.verified else " *")
            for code in COLUMNS
        ]
        lines.append("| " + " | ".join([*words, term.meaning, term.source]) + " |")
    return "\n".join(lines) + "\n"


# --- a table to fill ------------------------------------------------------------------------------


def lacking(language: str) -> list[dict[str, Any]]:
    """List what a language lacks, as entries whose ``own`` is to be filled."""
    catalog, elsewhere = read(language), shared(language)
    known = translations(catalog)
    entries: list[dict[str, Any]] = []
    for text in collect().values():
        own = known.get(text.key)
        if _taken_from_forms(text, elsewhere):
            continue
        if all(own) if isinstance(own, (tuple, list)) else own:
            continue
        entry: dict[str, Any] = {"english": text.singular}
        if text.plural:
            entry["plural"] = text.plural
        if text.context:
            entry["context"] = text.context
        entry["own"] = [""] * catalog.num_plurals if text.plural else ""
        entries.append(entry)
    return entries


def fill(language: str, entries: list[dict[str, Any]]) -> None:
    """Take the ``own`` of entries over into a catalogue."""
    known = translations(read(language))
    for entry in entries:
        if entry.get("own"):
            known[entry.get("context"), entry["english"]] = entry["own"]
    write(language, collect(), known)


def main() -> int:
    """Do what was asked; status 1 when something lacks."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "do", nargs="?", default="all", choices=("all", "compile", "check", "lacking", "fill")
    )
    parser.add_argument("language", nargs="?", choices=LANGUAGES)
    parser.add_argument("file", nargs="?", type=Path)
    chosen = parser.parse_args()
    if chosen.do == "compile":
        if done := compile_all():
            print(f"messages: compiled {', '.join(done)}")
        return 0
    if chosen.do == "lacking":
        if chosen.language is None:
            parser.error("name a language: lacking fr")
        yaml.safe_dump(lacking(chosen.language), sys.stdout, allow_unicode=True, sort_keys=False)
        return 0
    if chosen.do == "fill":
        if chosen.language is None or chosen.file is None:
            parser.error("name a language and a file: fill fr done.yaml")
        fill(chosen.language, yaml.safe_load(chosen.file.read_text(encoding="utf-8")))
        return 0
    if chosen.do == "all":
        update()
        _set_django_up()
        GLOSSARY.write_text(glossary(), encoding="utf-8")
        compile_all(force=True)
    texts = collect()
    wrong = [line for language in LANGUAGES for line in complaints(language, texts)]
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
    print(f"messages: {len(texts)} texts, {len(LANGUAGES)} languages, {len(wrong)} complaints")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
