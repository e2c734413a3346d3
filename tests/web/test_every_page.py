"""Every page there is, in English and Arabic, wide and narrow: axe-core, room, untranslated text.

An address that is neither walked here nor named among those that are no pages fails the test.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import axe
import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from deciders import PASSWORD, signed_in
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import get_resolver
from made_up_register import Register, fill

from landrelease.register.models import IndexedStory, Person
from landrelease.web import deciding, records
from serving import served

#: Addresses that show no page, and why not.
NO_PAGES = {
    "years": "a part of the balance",
    "report_changes": "a part of a report",
    "here": "a part of the map",
    "decide_hazards": "a part of the form of a decision",
    "set_language": "only takes a choice",
    "review_decide": "only takes a decision; what it answers is walked as the submission",
    "review_several": "only takes decisions",
    "release_decide": "only takes a decision; what it answers is walked as the release",
    "release_several": "only takes decisions",
    "duplicates_look": "only takes the wish to look",
    "mfa_download_recovery_codes": "a file",
    "trace_polygons": "GeoJSON",
    "claim_places": "GeoJSON",
    "submission_ground": "GeoJSON",
    "release_ground": "GeoJSON",
    "pair_ground": "GeoJSON",
    "history_ground": "GeoJSON",
    "tile": "a vector tile",
    "openrosa_list": "XML",
    "openrosa_submission": "XML",
    "openrosa_form": "XML",
    "openrosa_manifest": "XML",
    "openrosa_media": "a file",
}
#: Addresses of the API that are pages, too; the others answer JSON to whoever asks.
API_PAGES = ("api:operations", "api:landing", "api:conformance", "api:collections",
             "api:collection", "api:items", "api:item")  # fmt: skip

OGC = "/api/v1/ogc"
COLLECTION = f"{OGC}/collections/hazards"

#: Pages by the name of their address, as ``anna``, who has every role, sees them.
PAGES: dict[str, tuple[str, ...]] = {
    "balance": ("/",),
    "statement": ("/statement/", "/statement/?year=2022&by=unit", "/statement/?year=2022&by=class"),
    "trace": ("{figure}", "{flow}"),
    "reports": ("/reports/",),
    "report": ("/reports/{report}/",),
    "about": ("/about/",),
    "glossary": ("/glossary/",),
    "map": ("/map/",),
    "documents": ("/documents/", "/documents/?q=zuvra"),
    "document": ("/documents/{document}/", "/documents/{document}/?kind=casualties"),
    "claims": ("/claims/",),
    "claim_map": ("/claims/map/",),
    "claim": ("/claims/{claim}/",),
    "decide": tuple(f"/claims/{{claim}}/{act}/" for act in deciding.ACTS),
    "stories": ("/stories/",),
    "story": ("/stories/{story}/",),
    "conflicts": ("/conflicts/", "/conflicts/?all=1"),
    "timeline": ("/timeline/",),
    "positions": ("/positions/",),
    "positions_of": ("/positions/UKR/",),
    "submissions": ("/submissions/", "/submissions/?state=waiting"),
    "submission": tuple(
        f"/submissions/{{{what}}}/" for what in ("waiting", "held", "found", "returned", "rejected")
    ),
    "releases": ("/releases/",),
    "release": tuple(
        f"/releases/{{{what}}}/" for what in ("ready", "blocked", "unlinked", "activity")
    ),
    "duplicates": ("/duplicates/",),
    "pair": ("/duplicates/{one}/{other}/",),
    "records": tuple(f"/{plural}/" for plural in records.LISTED),
    "record": ("/hazards/{hazard}/", "/hazards/{unknown}/", "/activities/{activity}/",
               "/accidents/{accident}/"),
    "history": ("/hazards/{hazard}/history/", "/hazards/{hazard}/history/?one=1&other=1",
                "/hazards/{hazard}/history/?at=2021-01-01"),
    "api:operations": ("/api/v1/docs",),
    "api:landing": (f"{OGC}?f=html",),
    "api:conformance": (f"{OGC}/conformance?f=html",),
    "api:collections": (f"{OGC}/collections?f=html",),
    "api:collection": (f"{COLLECTION}?f=html",),
    "api:items": (f"{COLLECTION}/items?f=html",),
    "api:item": (f"{COLLECTION}/items/{{hazard}}?f=html",),
    "account": ("/account/",),
    "account_logout": ("/account/logout/",),
    "account_reauthenticate": ("/account/reauthenticate/",),
    "account_change_password": ("/account/password/",),
    "account_sessions": ("/account/sessions/",),
    "account_may": ("/account/may/", "/account/may/?person=carl&record=AC-{ready}",
                    "/account/may/?person=zuvra"),
    "mfa_index": ("/account/second-factor/",),
    "mfa_reauthenticate": ("/account/second-factor/again/",),
    "mfa_deactivate_totp": ("/account/second-factor/app/remove/",),
    "mfa_view_recovery_codes": ("/account/second-factor/codes/",),
    "mfa_generate_recovery_codes": ("/account/second-factor/codes/new/",),
    "mfa_list_webauthn": ("/account/second-factor/keys/",),
    "mfa_add_webauthn": ("/account/second-factor/keys/add/",),
    "mfa_reauthenticate_webauthn": ("/account/second-factor/keys/again/",),
    "mfa_edit_webauthn": ("/account/second-factor/keys/{key}/",),
    "mfa_remove_webauthn": ("/account/second-factor/keys/{key}/remove/",),
    "people": ("/account/people/",),
    "people_add": ("/account/people/add/",),
    "person": ("/account/people/olha/",),
    "tokens": ("/account/tokens/",),
    "hand_in": ("/submissions/new/",),
    "handed_in": ("/submissions/{handed_in}/handed-in/",),
    "personal": ("/personal/",),
    "personal_readings": ("/personal/readings/",),
    "personal_record": ("/victims/{victim}/personal/",),
    "personal_original": ("/submissions/{sealed}/personal/",),
}  # fmt: skip
#: Pages that other people see otherwise, or at all.
OTHERWISE: dict[str, dict[str, tuple[str, ...]]] = {
    "": {
        "account_login": ("/account/login/",),
        "account_inactive": ("/account/inactive/",),
        "balance": ("/",),
        "map": ("/map/",),
        "record": ("/hazards/{hazard}/",),
        "claims": ("/claims/",),
        "document": ("/documents/{document}/",),
        "submission": ("/submissions/{held}/",),
        "release": ("/releases/{ready}/",),
    },
    "olha": {
        "account": ("/account/",),
        "mfa_activate_totp": ("/account/second-factor/app/add/",),
        "mfa_index": ("/account/second-factor/",),
        "account_may": ("/account/may/?record=AC-{ready}",),
        "people": ("/account/people/",),  # refused: 403
    },
    "carl": {"release": ("/releases/{ready}/",), "submission": ("/submissions/{held}/",)},
}
#: Pages that are walked by what leads to them.
LED_TO = {"mfa_authenticate": "the second step of signing in"}


def addresses() -> Iterator[str]:
    """Name every address of the program."""

    def below(resolver: Any, space: str) -> Iterator[str]:
        for pattern in resolver.url_patterns:
            if hasattr(pattern, "url_patterns"):
                inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
                yield from below(pattern, inner)
            else:
                yield f"{space}{pattern.name}"

    yield from below(get_resolver(), "")


def test_every_address_is_walked_or_is_no_page():
    walked = {*PAGES, *LED_TO, *(name for pages in OTHERWISE.values() for name in pages)}
    there = {name for name in addresses() if not name.startswith("api:")} | set(API_PAGES)
    assert walked | NO_PAGES.keys() == there, "walk a new page here"
    assert not walked & NO_PAGES.keys()
    assert set(API_PAGES) <= set(addresses())


# --- looking at a page ----------------------------------------------------------------------------

#: What is nobody's language: names, codes, numbers, quotations that say which language they are in.
#: The title of a page repeats its heading.
FOREIGN = "bdi, code, kbd, samp, data, time, script, style, noscript, title, [lang]:not(html)"
#: Text of a page, with what is said by attributes; shown or not.
TEXTS = """(foreign) => {
  const found = [];
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    if (node.parentElement && !node.parentElement.closest(foreign)) found.push(node.data);
  for (const one of document.querySelectorAll('[aria-label], [placeholder], [title], [alt]'))
    if (!one.closest(foreign))
      for (const name of ['aria-label', 'placeholder', 'title', 'alt'])
        found.push(one.getAttribute(name) ?? '');
  return found;
}"""
#: Words without which there is hardly an English sentence, beside another word.
_LITTLE = "the|and|of|is|are|was|not|no|for|with|has|this|that|it|by|to|in|on|or|an|from|may|you"
ENGLISH = re.compile(rf"\b[A-Za-z]+ (?:{_LITTLE})\b|\b(?:{_LITTLE}) [a-z]+\b")


def english(texts: list[str]) -> list[str]:
    """Those texts that hold what looks like English, each once."""
    return [
        text for text in dict.fromkeys(" ".join(t.split()) for t in texts) if ENGLISH.search(text)
    ]


def test_english_is_found():
    assert english(["the area", "Nobody may see", "هذا AC-1", "landrelease", "OGC API"]) == [
        "the area", "Nobody may see",
    ]  # fmt: skip


WIDTHS = (1280, 390)


@dataclass
class Walk:
    """A browser that goes from page to page and notes what is wrong with them."""

    page: Any
    address: str
    language: str
    whole: bool
    complaints: list[str]

    def go(self, path: str) -> None:
        """Open a page and look at it."""
        self.page.goto(self.address + path)
        self.look(path)

    def look(self, where: str) -> None:
        """Look at the page that is open, at each width."""
        wrong = []
        if where == "/claims/map/":
            self.page.wait_for_selector("[data-claims-map][data-idle]", timeout=60_000)
            if not self.page.locator("[data-status]").is_hidden():
                wrong.append("the map is drawn, and still says that it is not")
        if self.page.locator("html").get_attribute("lang") != self.language:
            wrong.append("another language")
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 844})
            if self.whole:
                wrong += [f"{width}: {found}" for found in axe.complaints(self.page)]
            if (over := axe.overflow(self.page)) > 0:
                wrong.append(f"{width}: {over} px wider than the window")
        if self.language != "en":
            shown = english(self.page.evaluate(TEXTS, FOREIGN))
            wrong += [f"English: {text[:200]}" for text in shown]
        self.complaints += [f"{where}: {one}" for one in wrong]

    def choose_language(self) -> None:
        """Take the language the way people do."""
        self.page.goto(f"{self.address}/about/")
        self.page.select_option("#language", self.language)
        self.page.locator("form.languages button").click()
        self.page.wait_for_selector(f"html[lang={self.language}]")

    def become(self, session: dict[str, str] | None) -> None:
        """Go on as somebody else."""
        self.page.context.clear_cookies()
        language = {"name": settings.LANGUAGE_COOKIE_NAME, "value": self.language}
        for cookie in filter(None, (session, language)):
            self.page.context.add_cookies([{**cookie, "url": self.address}])


def session_of(user: Any) -> dict[str, str]:
    """A session that lasts for the walk: nobody is asked once more who they are."""
    browser = signed_in(user)
    session = browser.session
    methods = session["account_authentication_methods"]
    session["account_authentication_methods"] = [
        {**method, "at": time.time() + 24 * 3600} for method in methods
    ]
    session.save()
    return {"name": "sessionid", "value": browser.cookies["sessionid"].value}


def second_factors(user: Any) -> None:
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)


def figures_of() -> dict[str, str]:
    """Addresses of two figures: a stock and a flow."""
    client = Client(HTTP_HOST="127.0.0.1")
    found = {}
    for name, path in {"figure": "/", "flow": "/statement/?year=2022"}.items():
        page = client.get(path).content.decode()
        found[name] = re.findall(r'<a class="traced" href="([^"]+)"', page)[-1].replace(
            "&amp;", "&"
        )
    return found


# --- the walk -------------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.parametrize(
    ("workspace_folder", "language"),
    [("sqlite", "en"), ("sqlite", "ar"), ("postgresql", "ar")],
    indirect=["workspace_folder"],
)
def test_every_page_is_for_everybody(store, tmp_path, request, browser_watch, language):
    """No page has a serious violation of axe-core, is wider than its window, or speaks English
    where another language was chosen."""
    made = fill(tmp_path)
    made.names |= figures_of()
    Person.objects.update(language=language)
    second_factors(made.people["anna"])
    sessions = {name: session_of(user) for name, user in made.people.items()}
    sessions[""] = None
    # What pages look like hardly depends on the database: axe-core looks at them on one.
    whole = connection.vendor == "sqlite"
    with served(store.folder) as address:
        page = request.getfixturevalue("browser_page")
        # Browsers take security keys for a name, not for an address.
        walk = Walk(page, address.replace("127.0.0.1", "localhost"), language, whole, [])
        walk.choose_language()
        walk.become(sessions["anna"])
        made.names["key"] = add_key(walk)
        for path in paths(PAGES, made):
            walk.go(path)
        refused_forms(walk, made)
        for name, pages in OTHERWISE.items():
            walk.become(sessions[name])
            for path in paths(pages, made):
                walk.go(path)
        walk.become(None)
        signing_in(walk)
        failures(walk)
    # Pages that say what went wrong are noted on the console; that was wanted here.
    browser_watch.errors[:] = [e for e in browser_watch.errors if "the server responded" not in e]
    assert walk.complaints == [], "\n".join(walk.complaints)


def paths(pages: dict[str, tuple[str, ...]], made: Register) -> Iterator[str]:
    for several in pages.values():
        for path in several:
            yield path.format(**made.names)


def add_key(walk: Walk) -> int:
    """Add a security key the way people do; gives its id."""
    devices = walk.page.context.new_cdp_session(walk.page)
    devices.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "usb", "hasResidentKey": True,
               "hasUserVerification": True, "isUserVerified": True,
               "automaticPresenceSimulation": True}  # fmt: skip
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    walk.page.goto(f"{walk.address}/account/second-factor/keys/add/")
    walk.page.fill("main input[name=name]", "Zuvra")
    walk.page.click("#mfa_webauthn_add")
    walk.page.wait_for_url(lambda url: "/add/" not in url)
    return apart(lambda: Authenticator.objects.get(type=Authenticator.Type.WEBAUTHN).pk)


def apart(do: Callable[[], Any]) -> Any:
    """Ask the database in a thread of its own: Playwright keeps an event loop in this one."""
    with ThreadPoolExecutor(1) as pool:

        def done() -> Any:
            try:
                return do()
            finally:
                connection.close()

        return pool.submit(done).result()


def refused_forms(walk: Walk, made: Register) -> None:
    """Forms that were sent without what they need say so."""
    for path in ("/submissions/{waiting}/", "/duplicates/{one}/{other}/"):
        walk.page.goto(walk.address + path.format(**made.names))
        walk.page.locator("main form.deciding button").last.click()
        walk.page.get_by_role("alert").first.wait_for()
        walk.look(f"{path}, without a reason")


def signing_in(walk: Walk) -> None:
    """The steps of signing in, and one guess too many."""
    login = f"{walk.address}/account/login/"
    walk.page.goto(login)
    walk.page.fill("input[name=login]", "anna")
    walk.page.fill("input[name=password]", PASSWORD)
    walk.page.locator("main button[type=submit]").click()
    walk.page.wait_for_url("**/second-factor/show/**")
    walk.look("/account/second-factor/show/")
    walk.page.fill("main input[name=code]", "000000")
    walk.page.locator("main button[type=submit]").first.click()
    walk.page.locator(".errorlist").first.wait_for()
    walk.look("/account/second-factor/show/, a wrong code")
    walk.become(None)  # what had begun ends
    for guess in range(6):
        walk.page.goto(login)
        walk.page.fill("input[name=login]", "nina")
        walk.page.fill("input[name=password]", f"{PASSWORD} {guess}")
        walk.page.locator("main button[type=submit]").click()
        walk.page.wait_for_load_state()
        if guess in (0, 5):
            walk.look(f"/account/login/, wrong password {guess}")


def failures(walk: Walk) -> None:
    """Pages that say that there is none, or that something broke."""
    walk.go("/nothing-here/")
    walk.go("/hazards/999999/")
    table = connection.ops.quote_name(IndexedStory._meta.db_table)

    def break_it() -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} RENAME TO gone")  # nosec B608

    apart(break_it)
    answer = walk.page.goto(f"{walk.address}/stories/")
    assert answer is not None
    assert answer.status == 500
    walk.look("500")
