"""The pages of documents and claims, on both databases, without scripts."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from told_reports import claim, document_of, public_id, reviewer, signed_in, take_in

from landrelease.register import access, canonical, claim_decisions, corroborated, kept, people
from landrelease.register import documents as reports
from landrelease.register.models import (
    RECORDS,
    Claim,
    ClaimDecision,
    ClaimGathering,
    ClaimPlace,
    IndexedClaim,
    IndexedStory,
    Story,
    StoryDocument,
)
from landrelease.register.roles import Role
from landrelease.web import claim_map, documents

HOSTILE = "<script>alert('x')</script>"


def text(response) -> str:
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def plain(page: str) -> str:
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", page).split()))


def page_of(client, row: Claim, query: str = "") -> str:
    return text(client.get(f"/documents/{document_of(row).id}/{query}"))


# --- reading -------------------------------------------------------------------------------------


def test_a_document_shows_its_text_and_who_said_what(store, client):
    take_in(1, 5)
    page = page_of(client, claim("at least 20 square kilometres should be"))
    shown = plain(page)
    assert "“<bdi>at least 20 square kilometres</bdi>”" in page
    assert "at least 20 km²" in shown.replace("\N{NO-BREAK SPACE}", " ")
    assert "Renske Oduvaline" in shown
    assert "Contradicts" in shown
    assert "set apart: " in shown
    assert "Sign in to decide" in shown
    row = claim("My sheep stop at the wall")
    body = json.loads(row.body)
    assert f'id="{public_id(row)}"' in page
    assert f'id="about-{public_id(row)}"' in page
    assert f"Claim {1 + list(ids_of(row)).index(row.id)}: who said it" in page
    marked = re.findall(r'<mark class="([^"]*)" data-claims="([^"]*)">([^<]*)</mark>', page)
    parts = [unescape(words) for classes, ids, words in marked
             if public_id(row) in ids.split() and "content" in classes.split()]  # fmt: skip
    assert " ".join("".join(parts).split()) == " ".join(body["content"]["text"].split())


def ids_of(row: Claim):
    rows = Claim.objects.filter(document_uid=row.document_uid).order_by("start", "id")
    return rows.values_list("id", flat=True)


def test_the_kept_text_stands_on_the_page_word_for_word(store, client):
    take_in(1, 3, 8)
    for record in RECORDS["document"].objects.order_by("id"):
        page = client.get(f"/documents/{record.id}/").content.decode()
        assert shown_text(page) == kept.text_path(record.text_sha256).read_text("utf-8")


def shown_text(page: str) -> str:
    """The kept text as a page shows it, without the marks, numbers and labels put into it."""
    shown = re.search(r'<div class="kept"[^>]*>(.*?)</div>', page, re.DOTALL)
    assert shown is not None
    bare = re.sub(r'<a class="number".*?</a>|<span class="apart-label">.*?</span>', "", shown[1])
    return unescape(re.sub(r"<[^>]+>", "", bare))


def test_filters_say_what_they_hide(store, client):
    take_in(1)
    row = claim("My sheep stop at the wall")
    total = Claim.objects.filter(document_uid=row.document_uid).count()
    page = page_of(client, row, "?speaker=Tomas+Quennerly")
    own = page.count('class="claim is-proposed"')
    assert 0 < own < total
    assert f"{total - own} claims hidden by the filter." in page
    assert "Hanne Osterlay</bdi>" not in page
    assert f"{own} of {total}" in page
    quantities = page_of(client, row, "?quantity=1&kind=clearance")
    assert "with a quantity (" in quantities
    assert 'name="quantity" value="1" checked' in quantities
    nothing = page_of(client, row, "?state=withdrawn")
    assert "No claim passes the filter." in nothing
    assert f"{total} claims hidden by the filter." in nothing


def test_a_permalink_leads_to_the_highlighted_sentence(store, client):
    take_in(1)
    row = claim("My sheep stop at the wall")
    document = document_of(row)
    for id_ in (public_id(row), row.id):
        response = client.get(f"/claims/{id_}/")
        assert response.status_code == 302
        assert response["Location"] == (
            f"/documents/{document.id}/?claim={public_id(row)}#{public_id(row)}"
        )
    page = text(client.get(response["Location"].partition("#")[0]))
    current = re.findall(r'<mark class="[^"]*current[^"]*"[^>]*>([^<]*)</mark>', page)
    assert any("My sheep stop at the wall" in unescape(words) for words in current)
    assert client.get("/claims/claim-0000/").status_code == 404
    assert client.get("/claims/%3Cscript%3E/").status_code == 404


def test_many_claims_are_read_page_by_page_and_none_is_lost(store, client, monkeypatch):
    monkeypatch.setattr(documents, "SIZE", 4)
    take_in(1)
    row = claim("My sheep stop at the wall")
    address, seen = f"/documents/{document_of(row).id}/", []
    query = ""
    while True:
        page = text(client.get(address + query))
        seen += re.findall(r'data-claim="([^"]+)"', page)
        following = re.search(r'class="next" href="(\?[^"]+)"', page)
        if following is None:
            break
        query = unescape(following[1])
    wanted = [public_id(Claim.objects.get(id=id_)) for id_ in ids_of(row)]
    assert seen == wanted
    # A permalink finds the page of its claim.
    assert f'data-claim="{public_id(row)}"' in text(client.get(f"{address}?claim={public_id(row)}"))


def test_the_queries_of_a_page_do_not_grow_with_its_claims(store, client):
    take_in()
    few, many = claim("held 26 sessions"), claim("My sheep stop at the wall")
    counts = []
    for row in (few, many):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            page_of(client, row)
        counts.append(len(captured))
    assert abs(counts[0] - counts[1]) <= 6, "besides the kinds of records that one of them links"
    assert max(counts) < 50
    for address in ("/claims/", "/timeline/", "/conflicts/?all=1", "/stories/", "/positions/"):
        with CaptureQueriesContext(connection) as captured:
            text(client.get(address))
        assert len(captured) < 25, address


def test_a_text_in_another_language_says_that_it_was_not_read(store, client, tmp_path):
    words = (
        "Die Felder am Fluss sind seit dem Sommer gesperrt, sagte die Sprecherin der Gemeinde am "
        "Montag. Dort seien im vergangenen Jahr drei Menschen durch Minen verletzt worden."
    )
    file = tmp_path / "felder.txt"
    file.write_text(words)
    reports.add([file], people.at_the_command_line())
    page = text(client.get("/documents/1/"))
    assert "Claims not extracted." in page
    assert words in page
    assert "No attributed statement was found" not in page
    assert "not extracted (de)" in text(client.get("/documents/"))


def test_nothing_a_report_says_becomes_markup(store, client, tmp_path):
    file = tmp_path / "hostile.txt"
    file.write_text(
        f'"The field {HOSTILE} is closed," said Ann Example, a spokeswoman of the Council.\n'
        "\n<b>Ann Example</b> said that 3 people were killed by mines near the river in 2022.\n"
    )
    reports.add([file], people.at_the_command_line())
    assert Claim.objects.exists()
    for address in ("/documents/1/", "/documents/", "/claims/", "/timeline/", "/stories/"):
        page = client.get(address).content.decode()
        assert HOSTILE not in page
        assert "<b>Ann" not in page


@pytest.mark.parametrize(
    "address",
    ["/claims/", "/claims/map/", "/claims/map/places.geojson", "/stories/", "/conflicts/",
     "/timeline/", "/positions/", "/positions/UKR/", "/claims/hazards/?hazard=x"],
)  # fmt: skip
def test_every_page_stands_in_an_empty_register(store, client, address):
    response = client.get(address)
    assert response.status_code == 200
    assert "unsafe" not in response["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=", response.content.decode())


def test_what_is_not_there_is_not_found(store, client):
    for address in ("/stories/none/", "/positions/XXX/", "/documents/99/", "/claims/none/accept/",
                    "/claims/none/eat/"):  # fmt: skip
        assert client.get(address).status_code == 404, address


# --- stories, conflicts, timeline, positions -----------------------------------------------------


def test_a_story_shows_who_copied_whom(store, client):
    take_in()
    listing = text(client.get("/stories/?several=1"))
    hidden = IndexedStory.objects.filter(documents=1).count()
    assert f"{hidden} hidden by the filter" in listing
    story = IndexedStory.objects.order_by("-documents").first()
    assert story.documents > 2
    page = plain(text(client.get(f"/stories/{story.story}/")))
    assert f"{story.documents} documents: at most one origin, however many print it." in page
    assert "Who copied whom" in page
    assert "compared with DOC-1" in page
    assert "Added" in page
    assert "no proof that nothing came before" in page


def test_stories_that_may_be_one_lead_to_each_other_and_say_that_they_count_once(store, client):
    take_in()
    several = IndexedStory.objects.order_by("-documents").first()
    single, further = IndexedStory.objects.filter(documents=1).order_by("id")[:2]
    report = StoryDocument.objects.filter(story=several.story).first()
    for row in (several, single):
        kept_story = Story.objects.get(id=row.story)
        body = {**json.loads(kept_story.body), "counted_as": several.story}
        Story.objects.filter(id=row.story).update(body=canonical.dumps(body).decode())
    StoryDocument.objects.create(
        story=single.story, document_uid=report.document_uid, relation="unclear"
    )
    for one, other in ((several, single), (single, several)):
        page = text(client.get(f"/stories/{one.story}/"))
        assert "They count as one origin:" in page
        assert f'href="/stories/{other.story}/"' in page
    assert "like several stories, which may be one" in page
    assert "They count as one origin:" not in text(client.get(f"/stories/{further.story}/"))
    listing = text(client.get("/stories/"))
    assert listing.count("counts as one origin with another story") == 2
    record = reports.Document.objects.get(uid=report.document_uid)
    assert "Like 2 stories, which may be one: they count as one origin." in text(
        client.get(f"/documents/{record.id}/")
    )


def test_conflicts_show_both_sides_with_their_words(store, client):
    take_in()
    page = plain(text(client.get("/conflicts/")))
    assert "Contradicts" in page
    assert "12 square kilometres" in page
    assert "at least 20 square kilometres" in page
    assert "independence unknown" in page
    shown = text(client.get("/conflicts/?verdict=agrees"))
    assert 'class="conflict contradicts"' not in shown
    assert "comparisons hidden by the filter" in shown
    row = claim("at least 20 square kilometres should be")
    only = text(client.get(f"/conflicts/?all=1&claim={public_id(row)}"))
    assert only.count("<article") < text(client.get("/conflicts/?all=1")).count("<article")
    links = re.findall(r'href="(/documents/\d+/\?claim=claim-\w+)#', only)
    assert links
    for link in links:
        assert "current" in text(client.get(link))


def test_the_timeline_keeps_to_its_window_and_says_what_it_hides(store, client):
    take_in()
    everything = text(client.get("/timeline/"))
    total = ClaimGathering.objects.count()
    assert f"{total} entries" in everything
    narrow = text(client.get("/timeline/?since=2024-08&until=2024-09"))
    times = re.findall(r'<time datetime="([^"]*)">', narrow)
    assert times
    assert all(time in ("2024", "2024-08", "2024-09") or time[:7] in ("2024-08", "2024-09")
               for time in times)  # fmt: skip
    assert times == sorted(times)
    count = narrow.count('<li class="entry">')
    assert f"{total - count} hidden by the filter" in narrow
    assert "At most 1 independent origin" in narrow
    assert "is no such time" in text(client.get("/timeline/?since=last+summer"))
    kinds = text(client.get("/timeline/?kind=casualties"))
    assert (
        kinds.count('<li class="entry">')
        == ClaimGathering.objects.filter(kind="casualties").count()
    )


def test_the_list_of_claims_walks_through_all_of_them(store, client):
    take_in()
    seen, query = [], ""
    while True:
        page = text(client.get(f"/claims/{query}"))
        seen += re.findall(r'href="/documents/\d+/\?claim=([\w-]+)#', page)
        following = re.search(r'class="next" href="(\?[^"]+)"', page)
        if following is None:
            break
        query = unescape(following[1])
    assert len(seen) == Claim.objects.count()
    contradicted = text(client.get("/claims/?contradicted=1"))
    assert contradicted.count("<tr>") - 1 == IndexedClaim.objects.filter(contradicted=True).count()
    assert "hidden by the filter" in contradicted


def test_positions_stand_beside_the_treaty_status(store, client, tmp_path):
    file = tmp_path / "positions.txt"
    file.write_text(
        "Posted on 07/20/2023\n\nUkraine said that it would keep to the Mine Ban Treaty and that "
        "it would destroy its stockpile of anti-personnel mines. The Example Council accused "
        "Lithuania of transferring anti-personnel mines in 2022, and Lithuania denied the "
        "transfer of mines.\n"
    )
    reports.add([file], people.at_the_command_line())
    listing = plain(text(client.get("/positions/")))
    assert "Ukraine" in listing
    assert "Lithuania" in listing
    page = plain(text(client.get("/positions/UKR/")))
    assert "the state itself speaks" in page
    assert "party since 1 June 2006" in page
    assert "Mine Ban Treaty" in page
    assert "unverified" in plain(text(client.get("/positions/LTU/")))


# --- the map of claims ---------------------------------------------------------------------------


def place(row: Claim, **given) -> None:
    ClaimPlace.objects.create(
        **{
            "claim_row": row.id,
            "place": "geonames:1",
            "name": "Old Town",
            "country": "XX",
            "feature": "city",
            "lon": -18.0,
            "lat": -38.0,
            "confidence": 0.9,
            **given,
        }
    )
    if not given.get("large"):
        IndexedClaim.objects.filter(claim_row=row.id).update(places=1)


def test_the_map_holds_every_place_once_and_counts_what_has_none(store, client):
    take_in(1)
    one, other, third = Claim.objects.order_by("id")[:3]
    place(one)
    place(other)
    place(third, place="geonames:2", name=HOSTILE, lon=-18.3, confidence=0.2)
    place(third, place="iso:XX", name="Whole Country", large=True)
    data = json.loads(client.get("/claims/map/places.geojson").content)
    found = {
        f["properties"]["place"]: (f["properties"]["claims"], f["properties"]["unsure"])
        for f in data["features"]
    }
    assert found == {"geonames:1": (2, False), "geonames:2": (1, True)}
    page = text(client.get("/claims/map/"))
    total = Claim.objects.count()
    assert f'data-placed="3" data-unplaced="{total - 3}"' in page
    for said in ("Places named in reports, not hazard locations.", "No record does not mean safe.",
                 "Not for navigation.", "Claims as computed", "Whole Country"):  # fmt: skip
        assert said in page, said
    assert HOSTILE not in page
    listed = text(client.get(data["features"][0]["properties"]["link"]))
    assert len(re.findall('<td dir="auto"[^>]*>', listed)) == 2
    unplaced = text(client.get("/claims/?unplaced=1"))
    assert f"{total - 3} claims" in unplaced


def test_a_place_that_only_stands_beside_what_is_said_is_unsure(store):
    take_in(1)
    place(Claim.objects.first(), beside=True, confidence=0.99)
    (row,) = claim_map.places(ClaimPlace.objects.all())
    assert claim_map._unsure(row)


def test_restricted_claims_are_on_no_map_of_another_tier(store):
    from django.test import RequestFactory

    take_in(1)
    one, other = Claim.objects.order_by("id")[:2]
    place(one)
    place(other, place="geonames:2")
    IndexedClaim.objects.filter(claim_row=other.id).update(restricted=True)
    for tier, count in (("restricted", 2), ("partner", 1), ("public", 1)):
        request = RequestFactory().get("/claims/map/")
        request.landrelease_caller = access.Caller(None, tier=tier)
        assert claim_map.narrowed(request).count() == count, tier


# --- what is computed ----------------------------------------------------------------------------


def test_a_page_says_when_what_it_shows_is_of_other_claims(store, client):
    take_in(1)
    assert corroborated.current()
    assert "Not computed for the claims as they stand" not in text(client.get("/timeline/"))
    Claim.objects.first().delete()
    assert not corroborated.current()
    for address in ("/timeline/", "/conflicts/", "/stories/", "/claims/", "/documents/1/"):
        assert "Not computed for the claims as they stand" in text(client.get(address)), address
    corroborated.refresh()
    assert corroborated.current()


def test_everything_computed_agrees_with_the_claims(store):
    take_in()
    assert IndexedClaim.objects.count() == Claim.objects.count()
    rows = {row.id: json.loads(row.body) for row in Claim.objects.all()}
    for indexed in IndexedClaim.objects.all():
        body = rows[indexed.claim_row]
        assert (indexed.claim, indexed.kind) == (body["claim"], body["kind"])
    gathered = sorted(
        claim for one in ClaimGathering.objects.all() for claim in json.loads(one.body)["claims"]
    )
    assert gathered == sorted(body["claim"] for body in rows.values())


# --- deciding ------------------------------------------------------------------------------------


def test_nobody_decides_without_signing_in(store, client):
    take_in(1)
    row = claim("My sheep stop at the wall")
    page = page_of(client, row)
    assert "Sign in to decide" in page
    assert 'data-act="accept"' in page
    assert f"/claims/{row.id}/accept/" not in page
    answer = client.post(f"/claims/{row.id}/reject/", {"reason": "no"})
    assert answer.status_code in (302, 403)
    assert not ClaimDecision.objects.exists()
    form = text(client.get(f"/claims/{row.id}/accept/"))
    assert "Sign in to decide" in form
    assert 'name="reliability"' not in form


def test_a_viewer_is_told_why_they_cannot_decide(store, client):
    take_in(1)
    row = claim("My sheep stop at the wall")
    signed_in(client, reviewer("vera", Role.data_entry))
    page = page_of(client, row)
    assert "You cannot decide about claims:" in page
    answer = client.post(f"/claims/{row.id}/reject/", {"reason": "no"})
    assert answer.status_code == 403
    assert not ClaimDecision.objects.exists()


def test_a_claim_is_accepted_as_an_indication_without_scripts(store, client):
    take_in(1)
    row = claim("pasture near Lonmarsh")
    signed_in(client, reviewer())
    address = f"/claims/{row.id}/accept/"
    form = text(client.get(address))
    for words in ("A – Completely reliable", "F – Reliability cannot be judged",
                  "1 – Confirmed by other sources", "6 – Truth cannot be judged"):  # fmt: skip
        assert words in form
    unsaid = client.post(address, {"reliability": "C", "credibility": "3"})
    assert unsaid.status_code == 422
    assert "Choose whether it is evidence" in unsaid.content.decode()
    assert not ClaimDecision.objects.exists()
    would = client.post(address, {"target": "indication", "reliability": "C", "preview": "1"})
    shown = plain(text(would))
    assert "It would record:" in shown
    assert "Reliability: Fairly reliable" in shown
    assert "Indication without area" in shown
    assert "It puts no released land in question." in shown
    assert not ClaimDecision.objects.exists()
    answer = client.post(
        address,
        {"target": "indication", "reliability": "C", "credibility": "3", "reason": "two visits"},
    )
    assert answer.status_code == 302
    page = plain(text(client.get(answer["Location"].partition("#")[0])))
    assert "accepted by rana" in page
    assert "evidence item EV-1 · on HA-1 indication without area" in page
    assert "two visits" in page
    assert RECORDS["hazard"].objects.get().type == "indication"
    assert RECORDS["evidence"].objects.get().reliability == "C"
    again = client.post(address, {"target": "indication"})
    assert again.status_code == 422
    assert "accepted already" in again.content.decode()


def test_a_claim_is_accepted_for_a_hazard_found_by_name(store, client, bring):
    import shapely

    square = shapely.box(-18.1, -38.5, -18.09, -38.49)
    names = ("Lonmarsh pasture", "Lonmarsh quarry")
    bring("hazards", [(square, {"id": name, "name": name, "type": "SHA"}) for name in names])
    take_in(1)
    row = claim("pasture near Lonmarsh")
    signed_in(client, reviewer())
    address = f"/claims/{row.id}/accept/"
    found = text(client.get("/claims/hazards/?hazard=lonmarsh"))
    assert "HA-1" in found
    assert "HA-2" in found
    several = client.post(address, {"target": "hazard", "hazard": "Lonmarsh"})
    assert several.status_code == 422
    assert "choose one" in several.content.decode()
    assert 'name="hazard_ref" value="HA-2"' in several.content.decode()
    nothing = client.post(address, {"target": "hazard", "hazard": "nowhere"})
    assert "No hazardous area on record is called" in nothing.content.decode()
    done = client.post(address, {"target": "hazard", "hazard": "quarry", "classes": ["ap"]})
    assert done.status_code == 302
    state = claim_decisions.state([row.id])[row.id]
    assert (state.state, state.hazard_ref, state.evidence_ref) == ("accepted", "HA-2", "EV-1")
    assert "pasture near Lonmarsh" in plain(text(client.get("/hazards/2/")))


def test_rejecting_takes_a_reason_and_withdrawing_shows_what_rests_on_it(store, client):
    take_in(1)
    row, other = claim("pasture near Lonmarsh"), claim("My sheep stop at the wall")
    signed_in(client, reviewer())
    assert client.post(f"/claims/{other.id}/reject/", {"reason": " "}).status_code == 422
    client.post(f"/claims/{other.id}/reject/", {"reason": "hearsay"})
    page = page_of(client, other)
    assert "is-rejected" in page
    assert "hearsay" in page
    client.post(f"/claims/{row.id}/accept/", {"target": "indication"})
    form = plain(text(client.get(f"/claims/{row.id}/withdraw/")))
    assert "This rests on it:" in form
    assert "HA-1" in form
    answer = client.post(f"/claims/{row.id}/withdraw/", {"reason": "retracted"})
    assert answer.status_code == 302
    # An indication keeps caution up: withdrawing it takes two people, and the page says so.
    assert "A withdrawal waits for people" in page_of(client, row)
    assert claim_decisions.state([row.id])[row.id].state == "accepted"


def test_a_fragment_answers_htmx(store, client):
    take_in(1)
    row = claim("My sheep stop at the wall")
    signed_in(client, reviewer())
    fragment = {"HX-Request": "true"}
    form = client.get(f"/claims/{row.id}/reject/", headers=fragment).content.decode()
    assert "<html" not in form
    assert "csrfmiddlewaretoken" in form
    done = client.post(
        f"/claims/{row.id}/reject/", {"reason": "hearsay"}, headers=fragment
    ).content.decode()
    assert f'id="state-{row.id}" hx-swap-oob="true"' in done
    assert 'role="status"' in done
    assert "Rejected." in done


def test_decisions_stand_on_a_claim_that_is_cut_anew(store, client):
    take_in(1)
    row = claim("My sheep stop at the wall")
    signed_in(client, reviewer())
    client.post(f"/claims/{row.id}/reject/", {"reason": "hearsay"})
    body = json.loads(row.body)
    body["content"]["end"] -= 1
    body["content"]["text"] = body["content"]["text"][:-1]
    body["parts"] = [body["content"]]
    Claim.objects.filter(id=row.id).update(id="cut-anew", body=canonical.dumps(body).decode())
    page = page_of(client, Claim.objects.get(id="cut-anew"))
    assert "Decided on the words" in page
    assert "is-rejected" in page


@pytest.mark.shared
def test_real_reports_are_shown_word_for_word_with_every_claim(store, client, shared):
    reports.add([shared / "data/reports"], people.at_the_command_line())
    assert RECORDS["document"].objects.count() == 5
    for record in RECORDS["document"].objects.order_by("id"):
        raw = client.get(f"/documents/{record.id}/").content.decode()
        assert shown_text(raw) == kept.text_path(record.text_sha256).read_text("utf-8")
        rows = Claim.objects.filter(document_uid=record.uid)
        assert rows.exists()
        for row in rows:
            assert f'id="about-{public_id(row)}"' in raw
            assert f'id="{public_id(row)}"' in raw
    for address in ("/claims/", "/stories/", "/conflicts/?all=1", "/timeline/", "/positions/",
                    "/positions/UKR/", "/positions/USA/", "/claims/map/"):  # fmt: skip
        text(client.get(address))
    assert "party since 1 June 2006" in plain(text(client.get("/positions/UKR/")))
