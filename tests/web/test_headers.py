"""Every answer carries the headers that OWASP ASVS 4.0 asks for in V14.4, whatever gave it."""

from __future__ import annotations

import pytest
from django.test import Client
from shapely import box
from test_sign_in import TLS, Browser, site, site_settings  # noqa: F401

from landrelease.web.security import DATA_POLICY, HEADERS, POLICY

#: One address of each class of answers, as a site gives it to a stranger, and its status.
OF_A_SITE = {
    "page": ("/about/", 200),
    "form": ("/account/login/", 200),
    "static file": ("/static/dist/app.css", 200),
    "static script": ("/static/dist/app.js", 200),
    "no such static file": ("/static/dist/none.js", 404),
    "redirect": ("/hazards/", 302),
    "refusal": ("/tiles/0/0/0.mvt", 403),
    "no such page": ("/no/such/page/", 404),
    "phone": ("/openrosa/formList", 401),
}


@pytest.mark.parametrize("kind", OF_A_SITE)
def test_every_answer_of_a_site(site, kind):  # noqa: F811
    path, status = OF_A_SITE[kind]
    browser = Browser(site, **TLS)
    assert browser.ask(path) == status
    carries(browser.headers)
    assert browser.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_answers_that_no_page_gives(site):  # noqa: F811
    plain = Browser(site)
    assert plain.ask("/about/") == 301
    carries(plain.headers)
    stranger = Browser(site, **TLS, HTTP_HOST="elsewhere.example.org")
    assert stranger.ask("/about/") == 400
    carries(stranger.headers)


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "PUT", "MADEUP"])
@pytest.mark.parametrize("path", ["/about/", "/account/login/", "/hazards/"])
def test_a_method_that_nothing_uses_is_refused_before_anybody_looks(site, method, path):  # noqa: F811
    browser = Browser(site, **TLS)
    assert browser.ask(path, method) == 405
    assert "GET" in browser.headers["Allow"]
    assert "PUT" not in browser.headers["Allow"]
    carries(browser.headers)


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_the_api_says_itself_which_methods_an_address_has(store, client: Client, method):
    answer = client.generic(method, "/api/v1/records/hazards")
    assert answer.status_code in (401, 405)
    assert answer["Content-Type"] == "application/problem+json"


def test_no_other_site_is_told_that_it_may_read(site):  # noqa: F811
    """There is no Access-Control header, and where a request comes from opens nothing."""
    for origin in ("https://elsewhere.example.org", "null", "https://mines.example.org"):
        for path in ("/about/", "/hazards/", "/api/v1/openapi.json"):
            browser = Browser(site, **TLS, HTTP_ORIGIN=origin)
            status = browser.ask(path)
            assert not [name for name in browser.headers if name.startswith("Access-Control")]
            assert Browser(site, **TLS).ask(path) == status


def test_an_error_of_the_program(site, monkeypatch):  # noqa: F811
    from django.urls import get_resolver

    from landrelease.web import gate

    @gate.public
    def fails(request):
        raise RuntimeError("made up")

    about = next(p for p in get_resolver().url_patterns if getattr(p, "name", "") == "about")
    monkeypatch.setattr(about, "callback", fails)
    browser = Browser(site, **TLS)
    assert browser.ask("/about/") == 500
    carries(browser.headers)


def test_data_can_run_nothing_even_if_a_browser_shows_them(store, client: Client, bring):
    bring("hazards", [(box(-20, -38.5, -19.9, -38.4), {"source_id": "1", "type": "SHA"})])
    tile = client.get("/tiles/5/14/19.mvt")
    assert tile.status_code == 200
    carries(tile.headers, policy=DATA_POLICY)
    assert "sandbox" in tile["Content-Security-Policy"]
    assert "'none'" in tile["Content-Security-Policy"]
    page = client.get("/hazards/")
    carries(page.headers, policy=POLICY)


def test_answers_of_the_api_are_saved_and_never_shown(store, client: Client):
    """ASVS 14.4.2, in a sandbox as well and with a type that nobody guesses again."""
    for address, status in (
        ("/api/v1/records", 200), ("/api/v1/releases", 200), ("/api/v1/openapi.json", 200),
        ("/api/v1/submissions/none", 404), ("/api/v1/none", 404),
        ("/api/v1/ogc/collections/hazards/items", 200),
    ):  # fmt: skip
        answer = client.get(address)
        assert answer.status_code == status, address
        assert answer["Content-Disposition"] == 'attachment; filename="api.json"', address
        carries(answer.headers, policy=DATA_POLICY)
    stranger = client.get("/api/v1/records", headers={"Authorization": "Bearer lrt_none"})
    assert stranger.status_code == 401
    assert stranger["Content-Disposition"].startswith("attachment")
    for page in ("/api/v1/docs", "/api/v1/ogc/collections/hazards/items?f=html"):
        answer = client.get(page)
        assert "Content-Disposition" not in answer, page
        carries(answer.headers, policy=POLICY)


def carries(headers, policy=None) -> None:
    """All headers are there, once, and nothing in them is loosened."""
    headers = dict(headers)
    for name, value in HEADERS.items():
        if name != "Content-Security-Policy":
            assert headers[name] == value, name
    assert headers["Content-Security-Policy"] in ((policy,) if policy else (POLICY, DATA_POLICY))
    assert "unsafe" not in headers["Content-Security-Policy"]
    content = headers.get("Content-Type", "")
    assert not content.startswith("text/") or "charset=" in content.lower(), "ASVS 14.4.1"
