"""What reports say stands on the page of the hazard, with its words and where they are."""

from __future__ import annotations

from claiming import claim_about, extracted_as, take_in
from registering import ANNA, BEN, CLERK, HAZARD, hazards, square

from landrelease.register import claim_decisions, decisions


def text_of(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_accepted_claims_stand_on_the_page_of_their_hazard(store, client, tmp_path):
    take_in(tmp_path)
    hazards(tmp_path, (square(size=2), HAZARD))
    assert "What reports say" not in text_of(client, "/hazards/1/")
    claim = claim_about("killed")
    done = claim_decisions.accept(
        claim["id"], actor=CLERK, hazard="HA-1", reliability="B", restricted=True
    )
    page = text_of(client, "/hazards/1/")
    assert claim["content"]["text"] in page
    assert "B (Usually reliable)" in page
    assert "6 (Truth cannot be judged)" in page
    assert "accepted by clerk" in page
    assert "<strong><bdi>Mara Lind</bdi></strong>" in page
    assert "restricted" in page
    place = page.split("#claim-")[0].rsplit('"', 1)[1]
    assert claim["content"]["text"] in text_of(client, place)
    text_of(client, f"/submissions/{done.submission}/")
    text_of(client, "/evidence/1/")
    held = claim_decisions.withdraw("EV-1", actor=CLERK, reason="retracted")
    assert f"a withdrawal waits for people ({held.receipt})" in text_of(client, "/hazards/1/")
    text_of(client, f"/submissions/{held.submission}/")
    for person in (ANNA, BEN):
        decisions.approve_held(held.receipt, person)
    extracted_as(lambda body: [])
    page = text_of(client, "/hazards/1/")
    assert "<strong>withdrawn</strong>" in page
    assert "the present extraction no longer finds this claim" in page
    assert claim["content"]["text"] in page


def test_an_indication_says_what_it_is_and_stands_beside_the_headline(store, client, tmp_path):
    take_in(tmp_path)
    hazards(tmp_path, (square(size=2), HAZARD))
    assert "indications without area" not in text_of(client, "/")
    claim_decisions.accept(claim_about("shells")["id"], actor=CLERK, indication=True)
    page = text_of(client, "/hazards/2/")
    assert "An indication without area: something was reported" in page
    assert "Indication without area" in text_of(client, "/hazards/")
    assert "in no other number, indications without area:" in text_of(client, "/")
    text_of(client, claim_link(text_of(client, "/")))


def claim_link(page: str) -> str:
    """Address of the trace of the indications, as the balance links it."""
    start = page.index('href="/trace/', page.index("indications without area:")) + len('href="')
    return page[start : page.index('"', start)]
