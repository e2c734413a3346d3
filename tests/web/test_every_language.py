"""Every page in every language: nothing of ours stays English, and every figure is the same.

No browser is needed for this. The pages are those of the walk with one
(:mod:`test_every_page`), but for what a browser alone can show.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import lxml.html
from django.conf import settings
from django.test import Client
from django.utils import translation
from made_up_register import fill
from test_every_page import OTHERWISE, PAGES, figures_of, paths, second_factors, session_of

from landrelease.register.models import Person

sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts"))

import messages

CODES = [code for code, _ in settings.LANGUAGES]
OTHERS = [code for code in CODES if code != "en"]

#: Pages that only a browser with a security key has, by their names.
NEEDS_A_KEY = {"mfa_edit_webauthn", "mfa_remove_webauthn"}

#: What is nobody's language: names, codes, quotations. The language menu names each language in
#: itself.
NOBODYS = (
    "ancestor-or-self::*[self::bdi or self::code or self::kbd or self::samp or self::data"
    " or self::time or self::script or self::style or self::noscript]"
)
#: What says which language it is in: words of reports, and what has no translation.
MARKED = "ancestor-or-self::*[@lang and not(self::html)]"

#: Texts of ours that are shown in English, by the beginning of the address, with the reason.
ALLOWED: dict[str, tuple[set[str], str]] = {
    "/glossary/": ({"cluster munition remnants"}, "the English term beside the others"),
    "/api/v1/": (
        {"Hazardous areas", "Hazardous area", "Released land", "not recorded"},
        "titles and values of the service, as programs read them; marked as English",
    ),
}
#: Pages on which each look gives other numbers: codes that are made anew.
MADE_ANEW = ("/account/second-factor/codes/", "/account/second-factor/app/add/")


def allowed(path: str) -> set[str]:
    """What a page may say in English."""
    return {one for begins, (some, _) in ALLOWED.items() if path.startswith(begins) for one in some}


def texts(page: str, *, marked: bool = True) -> list[str]:
    """Everything a page says; without ``marked`` not what says which language it is in."""
    root = lxml.html.document_fromstring(page)
    # The title of a page repeats its heading, quotations and all.
    foreign = f"{NOBODYS} or parent::title" + ("" if marked else f" or {MARKED}")
    found = root.xpath(f"//text()[not({foreign})]")
    for name in ("aria-label", "placeholder", "title", "alt"):
        found += root.xpath(f"//@{name}[not(parent::*[{foreign}])]")
    return [text for one in found if (text := " ".join(str(one).split()))]


@cache
def ours(code: str) -> tuple[dict[str, str], list[tuple[str, re.Pattern[str]]]]:
    """Texts of ours that are said otherwise in a language: whole ones, and those with values."""
    whole, filled = {}, []
    for context, english in messages.collect():
        with translation.override(code):
            own = (
                translation.pgettext(context, english) if context else translation.gettext(english)
            )
        if own == english or len(english.split()) < 2:
            continue
        parts = messages.PLACEHOLDER.split(english)
        if len(parts) == 1:
            whole[" ".join(english.split())] = own
        # A sentence that is hardly more than its values would be found in many.
        elif len(re.findall(r"[A-Za-z]{2,}", " ".join(parts))) >= 3:
            looks = ".+?".join(re.escape(" ".join(part.split(" "))) for part in parts)
            filled.append((english, re.compile(looks)))
    return whole, filled


def in_english(page: str, code: str) -> set[str]:
    """What a page says in English though there are words for it in its language, marked as English
    or not; and what looks like English and is not marked."""
    whole, filled = ours(code)
    known = {
        text
        for text in texts(page)
        if text in whole or any(looks.fullmatch(text) for _, looks in filled)
    }
    return known | {text for text in texts(page, marked=False) if ENGLISH.search(text)}


#: Words that no language of ours but English has, beside another word.
_LITTLE = "the|and|of|is|are|was|not|with|this|that|it|by|from|you|be|which"
ENGLISH = re.compile(rf"\b[A-Za-z]+ (?:{_LITTLE})\b|\b(?:{_LITTLE}) [a-z]+\b")


#: What sets digits of one number apart: each language has its own.
APART = re.compile(r"(?<=\d)[.,\u066b\u066c ](?=\d)")
#: The time of day, which goes on between one look and the next.
CLOCK = re.compile(r"\d\d:\d\d(:\d\d(\.\d+)?)?")
#: Numbers that Arabic says in words, as its plural forms for one and two do.
IN_WORDS = {"ar": {"1", "2"}}


def numbers(page: str) -> Counter[str]:
    """The numbers a page says, and the exact figures behind them."""
    root = lxml.html.document_fromstring(page)
    exact = root.xpath("//data/@value") + root.xpath("//time/@datetime")
    shown = root.xpath("//data//text()")
    said = Counter(
        digits for text in [*texts(page), *map(str, shown)]
        for digits in re.findall(r"\d+", APART.sub("", CLOCK.sub("", " ".join(text.split()))))
    )  # fmt: skip
    return said + Counter(f"={value}" for value in exact)


def test_no_page_speaks_english_and_every_figure_is_the_same(store, tmp_path):
    made = fill(tmp_path)
    made.names |= {"key": 0, **figures_of()}
    second_factors(made.people["anna"])
    pages = {name: several for name, several in PAGES.items() if name not in NEEDS_A_KEY}
    complaints = []
    for who, addresses in {"anna": pages, **OTHERWISE}.items():
        browser = Client(HTTP_HOST="127.0.0.1")
        if who:
            browser.cookies["sessionid"] = session_of(made.people[who])["value"]
        for path in paths(addresses, made):
            shown = {}
            for code in CODES:
                Person.objects.update(language=code)
                browser.cookies[settings.LANGUAGE_COOKIE_NAME] = code
                answer = browser.get(path, follow=True)
                assert answer.status_code in (200, 401, 403, 404), path
                shown[code] = answer.content.decode()
                if f'<html lang="{code}"' not in shown[code]:
                    complaints.append(f"{code} {path}: in another language")
            figures = numbers(shown["en"])
            for code in OTHERS:
                wrong = sorted(in_english(shown[code], code) - allowed(path))
                complaints += [f"{code} {path}: {one[:300]}" for one in wrong]
                own = numbers(shown[code])
                lacking, more = figures - own, own - figures
                if path.startswith(MADE_ANEW):
                    continue
                if more or set(lacking) - IN_WORDS.get(code, set()):
                    complaints.append(f"{code} {path}: lacks {lacking}, has {more}")
    assert not complaints, "\n".join(complaints)
