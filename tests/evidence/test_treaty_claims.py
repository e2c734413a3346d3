"""What texts say about treaty status, as plain values."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from landrelease.evidence import claims, from_text, read, stories, treaty_claims


def found(text: str) -> list[tuple[str, str, str, int | None]]:
    document = from_text(text, path="a")
    return [
        (c.state, c.treaty, c.stated, c.since)
        for c in treaty_claims([document], stories([document]))
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Angola ratified the Mine Ban Treaty in 2002.", [("AGO", "apmbc", "ratified", 2002)]),
        ("Angola signed the Ottawa Convention in 1997 and became a state party in 2003.",
         [("AGO", "apmbc", "signed", 1997), ("AGO", "apmbc", "party", 2003)]),
        ("Neither Cuba nor the U.S. is a signatory to the UN Mine Ban Treaty.",
         [("CUB", "apmbc", "non-signatory", None), ("USA", "apmbc", "non-signatory", None)]),
        ("Both Cuba and India -- neither of which are signatories to the Mine Ban Treaty -- spoke.",
         [("CUB", "apmbc", "non-signatory", None), ("IND", "apmbc", "non-signatory", None)]),
        ("France, Germany and Italy are parties to the Convention on Cluster Munitions.",
         [("FRA", "ccm", "party", None), ("DEU", "ccm", "party", None),
          ("ITA", "ccm", "party", None)]),
        ("Finland did not sign the Ottawa Convention.", [("FIN", "apmbc", "non-signatory", None)]),
        ("Poland never ratified the CCW.", [("POL", "ccw", "not_party", None)]),
        ("Cuba is a non-party to the Mine Ban Treaty.", [("CUB", "apmbc", "not_party", None)]),
        ("Finland should join the Mine Ban Treaty.", []),
        ("Poland plans to withdraw from the Ottawa Treaty.", []),
        ("Norway urged Cuba to sign the Ottawa Convention.", []),
        ("If Cuba joined the Mine Ban Treaty, it would be bound.", []),
        ("Angola signed a loan with Cuba in 2002.", []),
        ("The Mine Ban Treaty is old. Angola signed the treaty in 1997.",
         [("AGO", "apmbc", "signed", 1997)]),
    ],
)  # fmt: skip
def test_standings(text: str, expected: list[tuple[str, str, str, int | None]]) -> None:
    assert found(text) == expected


def test_a_source_is_named_where_it_says_so() -> None:
    text = "Mara Lind said on May 2, 2020 that Angola ratified the Mine Ban Treaty in 2002."
    document = from_text(text, path="a")
    grouped = stories([document])
    (claim,) = claims([document], grouped)
    (one,) = treaty_claims([document], grouped, [claim])
    assert (one.source, one.claim) == ("Mara Lind", claim.claim)
    (own,) = treaty_claims([document], grouped)
    assert (own.source, own.claim) == (None, None)
    assert document.text[one.start : one.end] == one.text


@pytest.mark.shared
def test_real_reports(shared: Path) -> None:
    documents = [read(path) for path in sorted((shared / "data" / "reports").glob("*.txt"))]
    grouped = stories(documents)
    made = treaty_claims(documents, grouped, claims(documents, grouped))
    said = {(Path(c.document).name[:3], c.state, c.stated, c.since) for c in made}
    assert {c.treaty for c in made} == {"apmbc"}
    assert ("000", "UKR", "signed", 1999) in said
    assert ("000", "UKR", "party", 2005) in said
    assert ("001", "RUS", "non-signatory", None) in said
    assert ("003", "UKR", "signatory", None) in said
    assert {c.on for c in made if Path(c.document).name[:3] == "001"} == {dt.date(2024, 11, 20)}
