"""Five languages: nothing untranslated, figures and exports the same.

How pages look in them: `test_every_page`.
"""

from __future__ import annotations

import html
import re
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation
from reporting_programme import programme
from told_reports import PASSWORD, reviewer, take_in
from typer.testing import CliRunner

from landrelease.cli.main import app
from landrelease.register.models import Person
from landrelease.web import glossary

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import messages  # noqa: E402

CODES = [code for code, _ in settings.LANGUAGES]
OTHERS = [code for code in CODES if code != "en"]

# --- catalogues -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def texts():
    found = messages.collect()
    assert len(found) > 1000
    return found


@pytest.mark.parametrize("code", OTHERS)
def test_nothing_is_left_untranslated(texts, code):
    wrong = messages.complaints(code, texts)
    assert not wrong, "run scripts/messages.py and translate:\n" + "\n".join(wrong)


@pytest.mark.parametrize("code", OTHERS)
def test_what_is_compiled_is_what_is_written(code):
    compiled = messages.po_file(code).with_suffix(".mo")
    assert compiled.is_file(), "run `make bundle`, which compiles the catalogues"
    assert compiled.read_bytes() == messages.compiled(code)


def test_the_languages_of_the_pages_are_those_of_the_catalogues():
    assert set(OTHERS) == set(messages.LANGUAGES)
    assert set(glossary.LANGUAGES) == set(CODES)


def test_a_lack_is_noticed(texts, monkeypatch):
    key = (None, "No record does not mean safe.")
    catalog = messages.read("fr")
    catalog.get(key[1]).string = ""
    catalog.get("Nobody is called %(name)s.").string = "Personne."
    catalog.get("Hazardous areas").flags.add("fuzzy")
    monkeypatch.setattr(messages, "read", lambda language: catalog)
    wrong = "\n".join(messages.complaints("fr", texts))
    assert "not translated: 'No record does not mean safe.'" in wrong
    assert "other placeholders than 'Nobody is called %(name)s.'" in wrong
    assert "fuzzy: 'Hazardous areas'" in wrong
    assert wrong.count("\n") == 3  # what is fuzzy counts as not translated, too


def test_catalogues_are_written_the_same_again(tmp_path, texts, monkeypatch):
    before = messages.po_file("ar").read_bytes()
    known = messages.translations(messages.read("ar"))
    monkeypatch.setattr(messages, "LOCALE", tmp_path)
    messages.write("ar", texts, known)
    assert messages.po_file("ar").read_bytes() == before


def test_the_glossary_says_what_is_unverified(client, store):
    assert (ROOT / "docs/glossary.md").read_text(encoding="utf-8") == messages.glossary()
    page = text(client.get("/glossary/"))
    unverified = sum(len(CODES) - 1 - len(term.verified) for term in glossary.terms())
    assert page.count(">unverified</span>") == unverified > 100


# --- switch ---------------------------------------------------------------------------------------


def text(response) -> str:
    assert response.status_code == 200, response.content.decode()[:2000]
    return response.content.decode()


def test_the_switch_is_kept_and_leads_nowhere_else(store, client):
    assert '<html lang="en" dir="ltr">' in text(client.get("/"))
    answer = client.post("/language/", {"language": "ar", "next": "/hazards/"})
    assert (answer.status_code, answer["Location"]) == (302, "/hazards/")
    page = text(client.get("/"))
    assert '<html lang="ar" dir="rtl">' in page
    assert "عدم وجود سجل لا يعني أن المكان آمن." in page
    answer = client.post("/language/", {"language": "xx", "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"
    assert '<html lang="ar"' in text(client.get("/"))
    assert client.get("/language/").status_code == 405


def test_the_browser_decides_where_nobody_has_chosen(store, client):
    page = text(client.get("/", headers={"accept-language": "de, uk;q=0.8, en;q=0.5"}))
    assert '<html lang="uk" dir="ltr">' in page
    assert '<html lang="en"' in text(client.get("/", headers={"accept-language": "de"}))


def test_who_has_signed_in_finds_their_language_everywhere(store):
    reviewer()
    first, second = (Client(HTTP_HOST="127.0.0.1") for _ in range(2))
    for client in (first, second):
        client.post("/account/login/", {"login": "rana", "password": PASSWORD})
    first.post("/language/", {"language": "fr"})
    assert Person.objects.get(user__username="rana").language == "fr"
    assert '<html lang="fr"' in text(second.get("/"))
    # The cookie of somebody else at the same browser does not win over it.
    second.cookies[settings.LANGUAGE_COOKIE_NAME] = "es"
    assert '<html lang="fr"' in text(second.get("/"))


# --- figures --------------------------------------------------------------------------------------

FIGURE = re.compile(r'<a class="traced" href="([^"]+)">(.*?)</a>')
EXACT = re.compile(r'<data class="area" value="([^"]+)"')


def told(page: str) -> list[tuple[str, str]]:
    """Every figure of a page: its address and its value, exact or with its digits alone."""
    found = []
    for address, shown in FIGURE.findall(page):
        exact = EXACT.search(shown)
        found.append((html.unescape(address), exact[1] if exact else re.sub(r"\D", "", shown)))
    return found


PAGES = (
    "/", "/balance/years/", "/statement/?year=2022", "/statement/?year=2022&by=unit",
    "/statement/?year=2022&by=method", "/statement/?year=2022&by=class",
)  # fmt: skip


def test_figures_are_the_same_in_every_language(store, client, tmp_path):
    programme(tmp_path)
    for address in PAGES:
        pages = {}
        for code in CODES:
            client.cookies[settings.LANGUAGE_COOKIE_NAME] = code
            pages[code] = text(client.get(address))
            if "<html" in pages[code]:  # the years are a part of a page
                assert f'<html lang="{code}"' in pages[code]
        figures = told(pages["en"])
        assert figures, address
        values = EXACT.findall(pages["en"])
        for code in OTHERS:
            assert told(pages[code]) == figures, (address, code)
            assert EXACT.findall(pages[code]) == values, (address, code)
            assert pages[code] != pages["en"]


def test_what_programs_read_is_the_same_in_every_language(store, client, tmp_path):
    programme(tmp_path)
    take_in(1)
    figure = told(text(client.get("/")))[0][0]
    for address in ("/claims/map/places.geojson", f"{figure}polygons/", "/tiles/0/0/0.mvt"):
        answers = set()
        for code in CODES:
            client.cookies[settings.LANGUAGE_COOKIE_NAME] = code
            answer = client.get(address)
            assert answer.status_code == 200
            answers.add(answer.content)
        assert len(answers) == 1, address


COMMANDS = (
    ("export", "{}.csv", "--as", "hazards"),
    ("export", "{}.geojson", "--as", "hazards"),
    ("ledger", "balance", "--by", "unit", "--format", "json"),
    ("ledger", "balance", "--by", "unit", "--format", "csv"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_exports_are_the_same_bytes_in_every_language(store, tmp_path, command):
    programme(tmp_path)
    outputs = set()
    for code in CODES:
        name = tmp_path / f"out-{code}"
        words = [part.format(name) for part in command]
        with translation.override(code):
            done = CliRunner().invoke(app, ["-w", str(store.folder), *words])
        assert done.exit_code == 0, done.output
        files = sorted(path for path in tmp_path.glob(f"out-{code}.*"))
        files = [path for path in files if path.suffix in {".csv", ".geojson"}]
        outputs.add(b"".join(path.read_bytes() for path in files) or done.stdout.encode())
    assert len(outputs) == 1
    assert len(outputs.pop()) > 50
