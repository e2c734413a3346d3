"""Every figure on a page is a link to where it comes from; statements and reports, on pages."""

from __future__ import annotations

import html
import re
from datetime import date

import pytest
from registering import REPORT, activities
from reporting_programme import RITA, YEAR, late_news, programme

from landrelease import land
from landrelease.land import FigureId
from landrelease.register import balances, journal, report_figures, reports, statements
from landrelease.register.models import Hazard, Part
from landrelease.web import measures, names, traces

LINK = re.compile(
    r'<a class="traced" href="([^"]+)"><data class="area" value="(-?\d+)"( data-unit="m2")?'
)


@pytest.fixture
def made(store, tmp_path):
    programme(tmp_path)
    return store


def text(response) -> str:
    assert response.status_code == 200, response.content.decode()[:2000]
    return response.content.decode()


def links(page: str) -> list[tuple[str, int]]:
    """Address and area of every figure that leads somewhere."""
    return [(html.unescape(address), int(mm2)) for address, mm2, m2 in LINK.findall(page) if not m2]


def freeze(number: str = "A7/2022"):
    figures_ = list(report_figures.of_land(*YEAR, reports.last_known()))
    draft = reports.draft(
        number, "land", figures_, since=YEAR[0], until=YEAR[1], known_seq=reports.last_known()
    )
    return reports.freeze(draft, RITA)


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/balance/years/",
        "/statement/?year=2022",
        "/statement/?year=2022&by=unit",
        "/statement/?year=2022&by=organisation",
        "/statement/?year=2022&by=method",
        "/statement/?year=2022&by=hazard&scope=ap",
        "/statement/?since=2022-06-01&until=2023-12-31&by=class",
    ],
)
def test_every_area_leads_to_a_page_that_says_the_same(made, client, address):
    found = links(text(client.get(address)))
    assert len(found) > 3
    assert any(mm2 for _, mm2 in found)
    for link, mm2 in dict(found).items():
        page = text(client.get(link))
        assert f'<p class="figure"><data class="area" value="{mm2}"' in page, link
        assert "Not for navigation." in page or "Nothing on record adds" in page


def test_every_other_figure_of_the_balance_leads_somewhere(made, client):
    page = text(client.get("/"))
    table = page[page.index('<table class="list balance">') :]
    cells = re.findall(r'<td class="number">(.*?)</td>', table)
    assert cells
    addresses = [re.match(r'<a class="traced" href="([^"]+)"', cell) for cell in cells]
    assert all(addresses)
    for address in {match[1] for match in addresses}:
        assert client.get(html.unescape(address)).status_code == 200, address


def test_a_trace_shows_entries_deciders_documents_and_ground(made, client):
    seq = journal.head().seq
    figure = f"land:cleared:2022-01-01..2022-12-31:unit=U1@{seq}"
    page = text(client.get(f"/trace/{figure}/"))
    for said in (
        "1 January 2022 to 31 December 2022",
        "West (U1)",
        'href="/activities/1/"',
        'href="/hazards/3/"',
        "anna, ben",
        "activities.geojson",
        "Nothing has been recorded since.",
        'data-overlay="/trace/',
        "No record does not mean safe.",
    ):
        assert said in page, said
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=", page)
    features = client.get(f"/trace/{figure}/polygons/").json()["features"]
    assert len(features) == 2
    ring = features[0]["geometry"]["coordinates"][0]
    assert all(-20.1 < lon < -19.9 and -20.1 < lat < -19.9 for lon, lat in ring)


def test_a_figure_of_the_past_says_that_the_register_knows_more_now(made, client, tmp_path):
    figure = f"land:cleared:all@{journal.head().seq}"
    before = links(text(client.get("/")))
    late_news(tmp_path)
    page = text(client.get(f"/trace/{figure}/"))
    assert "since; this figure does not know" in page
    for link, mm2 in dict(before).items():
        assert f'<p class="figure"><data class="area" value="{mm2}"' in text(client.get(link))


def test_addresses_that_are_no_figure(made, client):
    seq = journal.head().seq
    for figure in (
        "nonsense",
        f"land:cleared:2022@{seq}",
        f"land:made_up:all@{seq}",
        f"land:open:all:unit=U9@{seq}",
        f"land:open:all@{seq + 100}",
    ):
        for tail in ("", "polygons/"):
            assert client.get(f"/trace/{figure}/{tail}").status_code == 404, figure
    answer = client.get(f"/trace/land:open:all:unit=outside all units@{seq}/")
    assert answer.status_code == 302, "as somebody types it"
    assert text(client.get(answer["Location"]))
    odd = FigureId("land", "open", seq, by="unit", key="outside all units")
    assert client.get(traces.link(odd)).status_code == 200


def test_a_trace_of_many_parts_comes_in_pages(store, client, bring, monkeypatch):
    import shapely

    from landrelease.register import trace

    bring(
        "hazards",
        [(shapely.box(-18 + n / 50, -38, -17.99 + n / 50, -37.99), {"id": n}) for n in range(7)],
    )
    monkeypatch.setattr(trace.trace, "__kwdefaults__", {"limit": 3, "after": 0})
    monkeypatch.setattr(trace.features, "__kwdefaults__", {"limit": 3, "after": 0})
    figure = f"land:suspected:all@{journal.head().seq}"
    address, seen = f"/trace/{figure}/", []
    while address:
        page = text(client.get(address))
        seen += re.findall(r'<th scope="row"><a href="/hazards/(\d+)/">', page)
        following = re.search(r'<a class="next" href="(\?after=\d+)"', page)
        address = f"/trace/{figure}/{following[1]}" if following else ""
    assert sorted(map(int, seen)) == list(range(1, 8))
    assert len(client.get(f"/trace/{figure}/polygons/?after=6").json()["features"]) == 1


def test_the_statement_closes_and_says_what_each_term_counts(made, client):
    page = text(client.get("/statement/?year=2022&by=unit"))
    said = statements.statement(since=YEAR[0], until=YEAR[1])
    assert f'value="{said.total.opening}"' in page
    assert f'value="{said.total.closing}"' in page
    for term in land.TERMS:
        if said.total.term(term):
            assert f'value="{said.total.term(term)}"' in page
            assert html.escape(land.TERM_NOTES[term]) in page
    assert "differ from the closing by 0 mm²" in page
    released = -sum(said.total.term(name) for name in ("cancelled", "reduced", "cleared"))
    whole = said.total.opening + said.total.term("newly_identified")
    assert measures.from_mm2(whole) in page, "a percentage prints its denominator"
    assert f"{100 * released / whole:.1f} %" in page
    assert "The rows sum to the total exactly." in page
    assert "outside all units" in page


COUNT = re.compile(r'<a class="traced" href="([^"]+)">(-?\d+)</a>')


@pytest.mark.parametrize("by", ["", "unit", "class"])
def test_the_number_of_areas_closes_on_the_page_and_leads_to_the_areas(made, client, by):
    page = text(client.get(f"/statement/?year=2022&by={by}"))
    assert "The numbers of areas close with 0 left over." in page
    said = statements.statement(since=YEAR[0], until=YEAR[1])
    assert (said.total.counts.opening, said.total.counts.closing) == (5, 6)
    numbers = [(html.unescape(address), n) for address, n in COUNT.findall(page)]
    assert len(numbers) >= 4
    for address, number in numbers:
        assert f'<p class="figure">{number}</p>' in text(client.get(address)), address


def test_no_code_is_shown_where_words_belong(made, client):
    for by in ("", "unit", "class", "organisation", "method"):
        page = text(client.get(f"/statement/?year=2022&by={by}"))
        shown = re.sub(r"<[^>]*>", " ", page)
        for code in re.findall(r"\b[a-z]+_[a-z_]+\b", shown):
            raise AssertionError(f"{code} is shown by {by or 'none'}")


def test_a_hazard_released_in_part_nobody_knows_where_says_so(made, client, tmp_path):
    stated = {**REPORT, "source_id": "B1", "hazard": "H3", "released_m2": 1234, "unit": "U2"}
    activities(tmp_path, (None, stated), name="stated.geojson")
    hazard = Hazard.objects.get(source_id="H3")
    page = text(client.get(f"/hazards/{hazard.id}/"))
    assert "Partly released, place unknown." in page
    assert "AC-4" in page
    assert text(client.get("/hazards/")).count("partly released, place unknown") == 1
    for address in ("/", "/statement/?year=2022", "/statement/?year=2022&by=unit"):
        page = text(client.get(address))
        assert "not decided" in page
        assert "declared_released" in page, "it leads to the report"
        for link in set(re.findall(r'href="(/trace/[^"]*declared_released[^"]*)"', page)):
            text(client.get(html.unescape(link)))
    traced = text(client.get(f"/trace/land:confirmed:all@{journal.head().seq}/"))
    assert "partly released, place unknown" in traced


@pytest.mark.parametrize(
    "query",
    ["year=x", "year=99999", "since=2022-01-01", "since=2022-02-01&until=2022-01-01",
     "year=2022&by=colour", "year=2022&scope=sand"],
)  # fmt: skip
def test_a_statement_that_cannot_be_made_says_so(made, client, query):
    assert client.get(f"/statement/?{query}").status_code == 404


def test_an_empty_register_has_a_statement_and_no_reports(store, client):
    assert "Nothing changed by" in text(client.get("/statement/"))
    assert "No report has been frozen yet." in text(client.get("/reports/"))
    assert client.get("/reports/A7/2022/").status_code == 404


def test_a_frozen_report_says_what_changed_since(made, client, tmp_path):
    freeze()
    page = text(client.get("/reports/"))
    assert 'href="/reports/A7/2022/"' in page
    page = text(client.get("/reports/A7/2022/"))
    assert "Nothing has been recorded since" in page
    assert "rita" in page
    late_news(tmp_path)
    page = text(client.get("/reports/A7/2022/"))
    assert 'hx-get="/reports/A7/2022/changes/"' in page
    part = text(client.get("/reports/A7/2022/changes/"))
    assert "Each difference is the exact sum of its causes." in part
    assert "Not explained" not in part
    assert "release of land by two people" in part
    assert 'href="/activities/4/"' in part
    old = [link for link, _ in links(part)]
    assert old
    for link in old:
        text(client.get(link))


def test_an_altered_report_is_not_shown_as_if_nothing_were(made, client, monkeypatch):
    report = freeze()
    body = bytes(Part.objects.get(sha256=report.figures.split("|")[0]).body)
    monkeypatch.setattr(reports, "_lines", lambda _: iter([body + b" "]))
    assert "were altered" in text(client.get("/reports/A7/2022/"))


def test_figures_have_names(store):
    for name in (*land.TERMS, *balances.TOPIC_OF):
        assert names.column(name)[0].isupper()
    said = names.figure(FigureId("victims", "killed", 3, until=date(2024, 12, 31), by="sex"))
    assert said == ["Killed", "victims", "at the end of 31 December 2024", "sex: –"]
    assert names.column("cleared.open") == "Cleared: Open land"
    assert set(names.TERMS) == set(land.TERMS)
