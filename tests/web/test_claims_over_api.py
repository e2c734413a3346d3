"""Claims and documents over the API: each reader's part, in the words that the pages give them."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from calling import HOST, Api, person, service, stranger
from django.core.cache import cache
from django.test import override_settings
from registering import HAZARD, hazards, square
from told_reports import claim, document_of, public_id, take_in

from landrelease.evidence import private_persons
from landrelease.register import (
    canonical,
    claim_decisions,
    document_tier,
    evidence_access,
    evidence_rows,
    kept,
    people,
    profile,
    restricted,
)
from landrelease.register.models import Claim, ClaimDecision, Document, Hazard, IndexedClaim
from landrelease.register.roles import Grant, Role
from landrelease.web.api import claims as claims_api

CLAIMS = "/api/v1/claims"
DOCUMENTS = "/api/v1/records/documents"


@pytest.fixture(autouse=True)
def site(store):
    cache.clear()
    with override_settings(
        LANDRELEASE_SITE=True, ALLOWED_HOSTS=[HOST], LANDRELEASE_API_RATE="100000/min"
    ):
        yield store


def viewer(name: str = "vera") -> Api:
    return person(name, Grant(Role.viewer))


def reviewer(name: str = "rana") -> Api:
    return person(name, Grant(Role.reviewer))


def restrict(number: int) -> Document:
    """Mark the report of the demonstration with a number for the restricted tier."""
    found = Document.objects.get(filename__startswith=f"{number:02d}_")
    document_tier.mark(found.ref, "restricted", people.at_the_command_line())
    return found


def walked(caller: Api, **query: Any) -> list[dict[str, Any]]:
    """All pages of the list of claims, by what each says of the next."""
    pages = [caller.ask(CLAIMS, query)]
    while following := pages[-1]["next_after"]:
        pages.append(caller.ask(CLAIMS, {**query, "after": following}))
    return pages


def listed(pages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for page in pages for one in page["claims"]]


def written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


# --- who reads -----------------------------------------------------------------------------------


def test_roles_for_everywhere_read_their_tier_and_narrower_ones_are_told_why_not():
    take_in(1, 5)
    hidden = restrict(5)
    own = Claim.objects.exclude(document_uid=hidden.uid).count()
    every = Claim.objects.count()
    assert 0 < own < every
    for number, role in enumerate((Role.viewer, Role.partner, Role.administrator)):
        answer = person(f"low{number}", Grant(role)).ask(CLAIMS)
        assert (answer["matched"], answer["partial"]) == (own, True)
        assert "nothing here says that there are none" in answer["notice"]
    for number, role in enumerate((Role.data_entry, Role.reviewer, Role.approver)):
        answer = person(f"high{number}", Grant(role)).ask(CLAIMS)
        assert (answer["matched"], answer["partial"]) == (every, False)
    assert service("view").ask(CLAIMS)["matched"] == own
    assert service("view", "view_restricted").ask(CLAIMS)["matched"] == every
    narrow = Grant(Role.reviewer, organisation="OP1")
    id_ = Claim.objects.all()[0].id
    for caller in (person("nina", narrow), service("view", "view_restricted", organisation="OP1")):
        for address in (CLAIMS, f"{CLAIMS}/{id_}", f"{CLAIMS}/{id_}/decisions"):
            told = caller.ask(address, status=403)
            assert "lies in no organisation and no administrative unit" in told["detail"]
    for caller in (person("nobody"), service("submit")):
        caller.ask(CLAIMS, status=403)
    both = person("both", Grant(Role.viewer), narrow)
    assert both.ask(CLAIMS)["matched"] == own, "a narrower role adds nothing to it"


@pytest.mark.parametrize("number", [3, 7])
def test_lists_counts_and_pages_are_the_same_with_a_hidden_report_as_without_it(
    monkeypatch, number
):
    monkeypatch.setattr(claims_api, "_PAGE", 5)
    take_in(*({1, 2, 3, 4, 7, 8} - {number}))
    vera = viewer()

    def told() -> str:
        lists = walked(vera)
        ones = [vera.ask(f"{CLAIMS}/{one['id']}") for one in listed(lists)]
        documents = vera.ask(DOCUMENTS)
        documents.pop("journal_entry")
        return re.sub("story-[0-9a-f]{16}", "story", written([lists, ones, documents]))

    before = told()
    take_in(number)
    hidden = restrict(number)
    assert told() == before
    own = Claim.objects.filter(document_uid=hidden.uid)
    assert own
    for row in own:
        for name in (row.id, public_id(row)):
            vera.ask(f"{CLAIMS}/{name}", status=404)
            vera.ask(f"{CLAIMS}/{name}/decisions", status=404)
    gone = vera.ask(CLAIMS, {"document": hidden.id})
    never = vera.ask(CLAIMS, {"document": 10**6})
    assert (gone["claims"], gone["matched"]) == ([], 0)
    assert gone == never
    assert listed(walked(reviewer(), document=hidden.id))


def test_pages_hold_each_readable_claim_once(monkeypatch):
    monkeypatch.setattr(claims_api, "_PAGE", 4)
    take_in(1, 2, 5)
    restrict(5)
    pages = walked(viewer())
    assert {page["matched"] for page in pages} == {len(listed(pages))}
    assert all(len(page["claims"]) == 4 for page in pages[:-1])
    uids = evidence_access.Reading("partner").documents().values("uid")
    known = Claim.objects.filter(document_uid__in=uids).exclude(
        document_uid__in=document_tier.beyond("partner")
    )
    assert [one["id"] for one in listed(pages)] == sorted(known.values_list("id", flat=True))


def test_a_restricted_claim_is_for_the_restricted_tier():
    take_in(1)
    row = claim("My sheep stop at the wall")
    vera = viewer()
    count = vera.ask(CLAIMS)["matched"]
    body = json.loads(row.body) | {"restricted": True, "restricted_because": ["cache"]}
    Claim.objects.filter(id=row.id).update(body=canonical.dumps(body).decode())
    IndexedClaim.objects.filter(claim_row=row.id).update(restricted=True)
    left = vera.ask(CLAIMS)
    assert left["matched"] == count - 1
    assert row.id not in written(left)
    assert "My sheep" not in written(left)
    vera.ask(f"{CLAIMS}/{row.id}", status=404)
    assert reviewer().ask(f"{CLAIMS}/{row.id}")["restricted"]


# --- in which words ------------------------------------------------------------------------------


def named_in(record: Document) -> set[str]:
    text = kept.text_path(record.text_sha256).read_text("utf-8")
    bodies = Claim.objects.filter(document_uid=record.uid).values_list("body", flat=True)
    return set(private_persons.private_names(text, [json.loads(b)["source"] for b in bodies]))


def test_private_persons_have_the_pseudonyms_of_pages_and_exports_in_every_word():
    take_in()
    vera, rana = viewer(), reviewer()
    exported = {row["id"]: row for row in evidence_rows.claim_rows(evidence_rows.Reader("partner"))}
    found = 0
    for record in Document.objects.all():
        low = listed(walked(vera, document=record.id))
        high = listed(walked(rana, document=record.id))
        assert [one["id"] for one in low] == [one["id"] for one in high]
        for name in named_in(record):
            pattern = rf"(?<!\w){re.escape(name)}(?!\w)"
            assert not re.search(pattern, written(low)), (record.ref, name)
            found += bool(re.search(pattern, written(high)))
        page = " ".join(unescape(vera.get(f"/documents/{record.id}/").content.decode()).split())
        for one in low:
            words = " ".join(one["claim"]["content"]["text"].split())
            assert words in page, (record.ref, words)
            row = exported[one["id"]]
            assert words == row["content_text"]
            source = one["claim"]["source"]
            assert (source["name"] or source["text"]) == row["source"], one["id"]
            assert source["organisation"] == row["source_organisation"]
            assert "reason" in one["decision"]
    assert found, "the restricted tier reads names as they stand"


def test_somebody_without_a_name_is_a_person_below_the_restricted_tier():
    take_in(1)
    row = claim("My sheep stop at the wall")
    body = json.loads(row.body)
    body["source"] |= {
        "text": "a widow from Lonmarsh", "name": None, "role": "widow", "organisation": None,
    }  # fmt: skip
    body["slots"]["heard_by"] = "Ring +380 44 123 45 67 or widow@example.org"
    Claim.objects.filter(id=row.id).update(body=canonical.dumps(body).decode())
    told = viewer().ask(f"{CLAIMS}/{row.id}")["claim"]
    assert told["source"] == {
        "text": "a person", "name": None, "role": None, "organisation": None,
        "start": body["source"]["start"], "end": body["source"]["end"],
    }  # fmt: skip
    assert told["slots"]["heard_by"] == "Ring [contact] or [contact]", "what no page knows yet, too"
    assert reviewer().ask(f"{CLAIMS}/{row.id}")["claim"] == body


def test_what_became_of_a_claim_is_told_without_remarks_items_and_hidden_hazards(tmp_path):
    take_in(1)
    hazards(tmp_path, (square(size=2), HAZARD))
    row = claim("My sheep stop at the wall")
    clerk = people.at_the_command_line()
    claim_decisions.accept(row.id, actor=clerk, hazard="HA-1", reason="Qremark")
    vera, rana = viewer(), reviewer()
    low = vera.ask(f"{CLAIMS}/{row.id}/decisions")
    high = rana.ask(f"{CLAIMS}/{row.id}/decisions")
    assert (low["state"], low["hazard_ref"], low["evidence_ref"]) == ("accepted", "HA-1", None)
    assert (high["evidence_ref"], high["reason"]) == ("EV-1", "Qremark")
    assert "Qremark" not in written([low, vera.ask(CLAIMS)])
    Hazard.objects.update(extra='{"tier":"restricted"}')
    restricted._kept_marks.cache_clear()
    assert vera.ask(f"{CLAIMS}/{row.id}/decisions")["hazard_ref"] is None
    page = vera.get(f"/documents/{document_of(row).id}/").content.decode()
    assert "HA-1" not in page, "nor does the page"
    assert rana.ask(f"{CLAIMS}/{row.id}/decisions")["hazard_ref"] == "HA-1"


# --- documents -----------------------------------------------------------------------------------


def test_documents_are_told_in_the_words_of_their_page():
    take_in(1)
    name = "Mara Ovenden"
    record = Document.objects.get()
    Document.objects.filter(id=record.id).update(title=f"What {name}, a farmer, found")
    kept.text_path(record.text_sha256).write_text(f"{name}, a farmer, found it.", "utf-8")
    evidence_access._names.cache_clear()
    vera, rana = viewer(), reviewer()
    (low,) = vera.ask(DOCUMENTS)["records"]
    (high,) = rana.ask(DOCUMENTS)["records"]
    assert high["title"] == f"What {name}, a farmer, found"
    assert re.fullmatch(r"What person-[a-z0-9]{8}, a farmer, found", low["title"])
    assert unescape(low["title"]) in vera.get(f"/documents/{record.id}/").content.decode()
    assert vera.ask(f"{DOCUMENTS}/{record.id}") == low
    hashes = ("sha256", "text_sha256", "source_id", "uid")
    assert [low[one] for one in hashes] == [high[one] for one in hashes]
    Document.objects.update(filename="notes_mara-ovenden.txt", title=None)
    page = f"/documents/{record.id}/"
    for caller, seen in ((vera, False), (rana, True)):
        file = caller.ask(f"{DOCUMENTS}/{record.id}")["filename"]
        assert (file == "notes_mara-ovenden.txt") is seen
        assert file in ("notes_mara-ovenden.txt", record.ref)
        assert ("ovenden.txt" in caller.get(page).content.decode()) is seen
        found = caller.get("/documents/", {"q": "ovenden"}).content.decode()
        assert (f'href="{page}"' in found) is seen, "nobody finds what they do not see"
    Document.objects.update(title=high["title"])
    refused = vera.ask(DOCUMENTS, {"title": high["title"]}, status=400)
    assert "title" in refused["detail"]
    assert rana.ask(DOCUMENTS, {"title": high["title"]})["matched"] == 1
    assert vera.ask(DOCUMENTS, {"sha256": record.sha256})["matched"] == 1
    why = vera.ask(f"{DOCUMENTS}/{record.id}/history", status=403)
    assert "restricted tier" in why["detail"]
    assert rana.ask(f"{DOCUMENTS}/{record.id}/history")["versions"]


def test_documents_as_they_were_before_are_for_the_restricted_tier_as_their_history_is():
    take_in(1)
    vera, rana, now = viewer(), reviewer(), {"known_at": "2999-01-01"}
    for caller in (vera, service("view")):
        told = caller.ask(DOCUMENTS, now, status=403)
        assert "as they were on record before are shown at the restricted tier" in told["detail"]
        assert caller.ask(DOCUMENTS)["matched"] == 1
    for caller in (rana, service("view", "view_restricted")):
        assert caller.ask(DOCUMENTS, now)["matched"] == 1
        assert caller.ask(DOCUMENTS, {"known_at": "1999-01-01"})["matched"] == 0


# --- deciding ------------------------------------------------------------------------------------


def test_nobody_decides_about_a_claim_that_they_may_not_read(site, monkeypatch):
    """A profile may let reviewers read at the partner tier only."""
    take_in(1, 5)
    hidden = restrict(5)
    (row, *_) = Claim.objects.filter(document_uid=hidden.uid)
    open_ = claim("My sheep stop at the wall")
    tiers = {**profile.current().access.tiers, "reviewer": "partner"}
    now = profile.current()
    lower = now.model_copy(update={"access": now.access.model_copy(update={"tiers": tiers})})
    monkeypatch.setattr(profile, "current", lambda: lower)
    rana, given = reviewer(), {"act": "reject", "reason": "hearsay"}
    rana.tell(f"{CLAIMS}/{row.id}/decisions", given, status=404)
    assert not ClaimDecision.objects.exists()
    done = rana.tell(f"{CLAIMS}/{open_.id}/decisions", given)
    assert (done["state"], done["standing"]) == ("rejected", "decided")
    for caller in (viewer(), service("view", "view_restricted")):
        told = caller.tell(f"{CLAIMS}/{open_.id}/decisions", given, status=403)
        assert "review" in told["detail"]


def test_on_the_machine_itself_whoever_is_there_reads_all_and_a_token_its_part():
    take_in(1, 5)
    hidden = restrict(5)
    every = Claim.objects.count()
    own = Claim.objects.exclude(document_uid=hidden.uid).count()
    reads = service("view")
    with override_settings(LANDRELEASE_SITE=False):
        assert stranger().ask(CLAIMS)["matched"] == every
        assert reads.ask(CLAIMS)["matched"] == own
