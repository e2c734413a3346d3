"""Documents and claims within the reader's tier: what is hidden leaves no trace on any page."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest
from deciders import person, signed_in
from django.test import Client, override_settings
from filling import insert
from told_reports import claim, document_of, public_id, take_in

from landrelease.evidence import private_persons
from landrelease.register import canonical, document_tier, evidence_access, kept, people
from landrelease.register.models import (
    Claim,
    ClaimDecision,
    ClaimGathering,
    ClaimPlace,
    Document,
    Evidence,
    IndexedClaim,
    Story,
    StoryDocument,
)
from landrelease.register.roles import Grant, Role

HOST = "mines.example.org"
PAGES = (
    "/documents/", "/claims/", "/claims/map/", "/claims/map/places.geojson", "/stories/",
    "/stories/?several=1", "/conflicts/", "/conflicts/?all=1", "/timeline/", "/positions/",
    "/claims/hazards/?hazard=HA",
)  # fmt: skip


@pytest.fixture
def site():
    with override_settings(LANDRELEASE_SITE=True, ALLOWED_HOSTS=[HOST]):
        yield


def browser(name: str, *grants: Grant | Role, **more) -> Client:
    return signed_in(person(name, *grants, **more), host=HOST)


def read(reader: Client, address: str, status: int = 200) -> str:
    answer = reader.get(address, secure=True)
    assert answer.status_code == status, (address, answer.status_code)
    return answer.content.decode()


def plain(page: str) -> str:
    """The words of a page without what changes with the journal and with every computation."""
    page = re.sub(r'<input type="hidden" name="csrfmiddlewaretoken"[^>]*>', "", page)
    page = re.sub(r'<footer class="bottom">.*?</footer>', "", page, flags=re.DOTALL)
    page = re.sub(r"Claims as computed .*? UTC\.", "", page)
    # The order of comparisons is that of the ids of claims, which says nothing to anybody.
    articles = sorted(re.findall(r"<article.*?</article>", page, flags=re.DOTALL))
    page = re.sub(r"<article.*?</article>", "", page, flags=re.DOTALL) + "\n".join(articles)
    page = re.sub(r"story-[0-9a-f]{16}", "story-…", page)
    return unescape(page)


def restrict(number: int) -> Document:
    """Mark the report of the demonstration with a number for the restricted tier."""
    found = Document.objects.get(filename__startswith=f"{number:02d}_")
    document_tier.mark(found.ref, "restricted", people.at_the_command_line())
    return found


def lines_of(document: Document) -> list[str]:
    text = kept.text_path(document.text_sha256).read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines()]


def addresses() -> list[str]:
    """Pages of everything there is, and filters of lists."""
    found = list(PAGES)
    found += [f"/documents/{id_}/" for id_ in Document.objects.values_list("id", flat=True)]
    found += [f"/claims/?{query}" for query in ("contradicted=1", "unplaced=1", "quantity=1")]
    found += [f"/timeline/?{query}" for query in ("since=2024-06", "until=2024-06-13")]
    places = ClaimPlace.objects.values_list("place", flat=True).distinct().order_by("place")
    return found + [f"/claims/?place={place}" for place in places]


# --- who reads at all ----------------------------------------------------------------------------


def test_each_kind_of_role_reaches_the_pages_of_evidence_or_is_told_why_not(store, site):
    take_in(1, 5)
    roles = {
        "nobody": ((), 403),
        "viewer": ((Grant(Role.viewer),), 200),
        "partner": ((Grant(Role.partner),), 200),
        "administrator": ((Grant(Role.administrator),), 200),
        "data_entry": ((Grant(Role.data_entry),), 200),
        "reviewer": ((Grant(Role.reviewer),), 200),
        "approver": ((Grant(Role.approver),), 200),
        "scoped_reviewer": ((Grant(Role.reviewer, organisation="OP1"),), 403),
        "scoped_viewer": ((Grant(Role.viewer, organisation="OP1"),), 403),
    }
    for name, (grants, status) in roles.items():
        reader = browser(name, *grants)
        for address in (*PAGES, "/documents/1/"):
            page = read(reader, address, status)
            if status == 403 and grants:
                assert "a document lies in no organisation and no administrative unit" in page
    stranger = Client(HTTP_HOST=HOST)
    for address in (*PAGES, "/documents/1/"):
        answer = stranger.get(address, secure=True)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/account/login/")


# --- what is hidden leaves no trace --------------------------------------------------------------


@pytest.mark.parametrize("number", [3, 7, 10])
def test_a_page_is_the_same_with_a_hidden_document_as_without_it(store, site, number):
    take_in(*({1, 2, 3, 4, 5, 7, 8, 10} - {number}))
    viewer = browser("vera", Role.viewer)
    known = addresses()
    before = {address: plain(read(viewer, address)) for address in known}
    take_in(number)
    hidden = restrict(number)
    other = {}
    for address in known:
        now = plain(read(viewer, address))
        if now != before[address]:
            lines = set(now.splitlines()) ^ set(before[address].splitlines())
            other[address] = sorted(lines, key=len)[:4]
    assert not other, json.dumps(other, indent=1)
    read(viewer, f"/documents/{hidden.id}/", 404)
    reviewer = browser("rana", Role.reviewer)
    read(reviewer, f"/documents/{hidden.id}/")
    assert hidden.ref in read(reviewer, "/documents/")


def test_a_hidden_document_that_holds_others_together_shows_no_more_than_that(store, site):
    """Which reports make one story is known from all of them (decision 30): without the hidden one
    they would be grouped otherwise. Its name, words and number stay hidden all the same."""
    take_in(1, 3, 4, 5, 7, 8, 10)
    viewer = browser("vera", Role.viewer)
    before = plain(read(viewer, "/documents/"))
    take_in(2)
    hidden = restrict(2)
    assert plain(read(viewer, "/documents/")) == before
    lines = {line for line in lines_of(hidden) if len(line.split()) > 12}
    others = {line for one in Document.objects.exclude(id=hidden.id) for line in lines_of(one)}
    own = lines - others
    assert own
    for address in addresses():
        if address == f"/documents/{hidden.id}/":
            read(viewer, address, 404)
            continue
        page = plain(read(viewer, address))
        assert hidden.ref not in re.findall(r"DOC-\d+", page), address
        assert hidden.filename not in page, address
        assert not [line for line in own if line in page], address


def test_what_hangs_together_by_a_hidden_document_is_never_counted_as_independent(store, site):
    take_in()
    viewer = browser("vera", Role.viewer)
    before = {row.id: row.at_most for row in ClaimGathering.objects.all()}
    hidden = restrict(1)
    marks = [hidden.ref, public_id(Claim.objects.filter(document_uid=hidden.uid)[0])]
    if hidden.title:
        marks.append(hidden.title)
    for address in addresses():
        if address == f"/documents/{hidden.id}/":
            read(viewer, address, 404)
            continue
        page = plain(read(viewer, address))
        for mark in marks:
            assert not re.search(rf"(?<![\w-]){re.escape(mark)}(?!\w)", page), (address, mark)
    for claim_row in Claim.objects.filter(document_uid=hidden.uid):
        for ref in (claim_row.id, public_id(claim_row)):
            answer = viewer.get(f"/claims/{ref}/", secure=True)
            assert answer.status_code in (404, 302)
            assert f"/documents/{hidden.id}/" not in answer.get("Location", "")
    reader = evidence_access.Reading("partner", frozenset([hidden.uid]))
    seen = reader.seen()
    assert seen
    for id_, one in seen.items():
        assert one.row.at_most <= before[id_]
        assert one.row.strength.startswith(f"at most {one.row.at_most} independent origin")
        rows = IndexedClaim.objects.filter(gathering_id=id_).exclude(document_uid=hidden.uid)
        listed = json.loads(one.row.body)["claims"]
        assert sorted(listed) == sorted(rows.values_list("claim", flat=True))


def test_a_story_shows_the_tree_of_the_documents_that_may_be_read(store, site):
    take_in(1, 2, 3)
    story = next(
        one for one in Story.objects.all()
        if StoryDocument.objects.filter(story=one.id).count() > 1
    )  # fmt: skip
    viewer = browser("vera", Role.viewer)
    page = read(viewer, f"/stories/{story.id}/")
    members = list(StoryDocument.objects.filter(story=story.id).order_by("id"))
    documents = {one.uid: one for one in Document.objects.all()}
    for row in members:
        assert documents[row.document_uid].ref in page
    first = documents[members[0].document_uid]
    document_tier.mark(first.ref, "restricted", people.at_the_command_line())
    page = read(viewer, f"/stories/{story.id}/")
    assert first.ref not in page
    assert f"{len(members) - 1} document" in page
    assert "earliest known here" in page, "it is told of the first one that may be read"
    whole = read(browser("rana", Role.reviewer), f"/stories/{story.id}/")
    assert first.ref in whole
    assert f"{len(members)} documents" in whole
    for member in members[1:]:
        document_tier.mark(
            documents[member.document_uid].ref, "restricted", people.at_the_command_line()
        )
    read(viewer, f"/stories/{story.id}/", 404)


# --- restricted claims and private persons -------------------------------------------------------


def test_restricted_claims_and_what_rests_on_restricted_evidence_are_hidden(store, site):
    take_in(1)
    row = claim("My sheep stop at the wall")
    body = json.loads(row.body)
    words = " ".join(body["content"]["text"].split()).strip('"')
    viewer = browser("vera", Role.viewer)
    address = f"/documents/{document_of(row).id}/"
    before = read(viewer, address)
    assert words in unescape(before)
    count = len(re.findall(r'data-claim="', before))
    body |= {"restricted": True, "restricted_because": ["cache"]}
    Claim.objects.filter(id=row.id).update(body=canonical.dumps(body).decode())
    IndexedClaim.objects.filter(claim_row=row.id).update(restricted=True)
    after = read(viewer, address)
    assert words not in unescape(after)
    assert len(re.findall(r'data-claim="', after)) == count - 1
    for page in ("/claims/", "/timeline/", "/conflicts/?all=1"):
        assert words not in unescape(read(viewer, page)), page
    assert viewer.get(f"/claims/{public_id(row)}/", secure=True).status_code == 404
    reviewer = browser("rana", Role.reviewer)
    assert words in unescape(read(reviewer, address))
    # An evidence item that is restricted takes its whole report with it.
    insert("evidence", [{"document_uid": document_of(row).uid, "restricted": True}])
    assert Evidence.objects.get().restricted
    read(viewer, address, 404)
    read(reviewer, address)


def private_in(record: Document) -> tuple[set[str], str]:
    """Private persons of a report, and its text."""
    text = kept.text_path(record.text_sha256).read_text("utf-8")
    bodies = Claim.objects.filter(document_uid=record.uid).values_list("body", flat=True)
    return set(private_persons.private_names(text, [json.loads(b)["source"] for b in bodies])), text


def test_private_persons_have_pseudonyms_in_every_word_below_the_restricted_tier(store, site):
    take_in()
    viewer, reviewer = browser("vera", Role.viewer), browser("rana", Role.reviewer)
    told = {record.id: private_in(record) for record in Document.objects.all()}
    # Whom another report names as holding an office, a page may name in the words of that one.
    found = 0
    for id_, (own, _) in told.items():
        private = {
            name for name in own
            if all(name in others or name not in text for others, text in told.values())
        }  # fmt: skip
        page = unescape(read(viewer, f"/documents/{id_}/"))
        whole = unescape(read(reviewer, f"/documents/{id_}/"))
        for name in private:
            assert not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", page), (id_, name)
            found += bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", whole))
        assert "it is shown at the restricted tier only" in page
        assert "Author or byline" not in page
        assert 'id="history"' not in page
        assert 'id="history"' in whole
    assert found, "the restricted tier reads names as they stand"


def test_nobody_finds_a_document_by_a_private_name_in_its_title(store, site):
    take_in(1)
    name = "Mara Ovenden"
    record = Document.objects.get()
    Document.objects.filter(id=record.id).update(title=f"What {name}, a farmer, found")
    text = f"{name}, a farmer, found it."
    evidence_access._names.cache_clear()
    kept.text_path(record.text_sha256).write_text(text, "utf-8")
    viewer, reviewer = browser("vera", Role.viewer), browser("rana", Role.reviewer)
    assert name in read(reviewer, f"/documents/?q={name}")
    page = read(viewer, "/documents/")
    assert name not in page
    assert "What person-" in page
    assert record.ref not in read(viewer, f"/documents/?q={name}")
    assert record.ref in read(viewer, "/documents/?q=a farmer")


# --- deciding -------------------------------------------------------------------------------------


def test_who_decides_about_claims_reviews_everywhere(store, site):
    take_in(1)
    row = claim("My sheep stop at the wall")
    address = f"/claims/{row.id}/reject/"
    given = {"reason": "not about the ground"}
    both = browser("both", Grant(Role.viewer), Grant(Role.reviewer, organisation="OP1"))
    page = read(both, address)
    assert "a report lies in no organisation and no administrative unit" in page
    assert both.post(address, given, secure=True).status_code == 403
    narrow = browser("narrow", Grant(Role.reviewer, organisation="OP1"))
    assert narrow.post(address, given, secure=True).status_code == 403
    assert browser("vera", Role.viewer).post(address, given, secure=True).status_code == 403
    assert not ClaimDecision.objects.exists()
    reviewer = browser("rana", Role.reviewer)
    assert reviewer.post(address, given, secure=True).status_code == 302
    assert ClaimDecision.objects.get().deciders == "rana"
    # Partners read what became of it, not the remarks of those who decided.
    page = read(browser("paula", Role.partner), f"/documents/{document_of(row).id}/")
    assert "rejected" in page
    assert "not about the ground" not in page
    assert "not about the ground" in read(reviewer, f"/documents/{document_of(row).id}/")


def test_no_address_gives_an_original_as_it_was_received():
    from django.urls import get_resolver

    from landrelease.web import urls

    assert urls.urlpatterns
    names = {str(one.pattern) for one in get_resolver().url_patterns}
    assert not [name for name in names if re.search("original|download|attachment", name)]


def test_pages_stand_while_claims_are_newer_than_what_was_computed_of_them(store, site):
    take_in(1, 2, 3)
    restrict(2)
    viewer = browser("vera", Role.viewer)
    Claim.objects.filter(id__in=list(Claim.objects.values_list("id", flat=True)[:8])).delete()
    evidence_access._seen.cache_clear()
    evidence_access._compared.cache_clear()
    for address in PAGES:
        page = read(viewer, address)
        if "Computed over the documents" in page and address not in ("/documents/",):
            assert "Not computed for the claims as they stand" in page, address
