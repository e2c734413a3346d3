"""Any text whatever: no crash, and every offset points at what it says."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence import texts
from evidence.test_claims import check_offsets
from landrelease.evidence import EvidenceError, claims, from_bytes, from_text, quotations, stories

_PIECES = st.sampled_from(
    [
        '"', "“", "”", "‘", "’", "«", "»", "''", "said", " told ", ", ", ". ", "\n", "\n\n", " — ",
        "Mara Lind", "the ministry", "according to ", "Wednesday", "mines", "50 feet", "he",
        "adding", "that ", "Dr.", "U.S.", "END", "Comment:", "•", "Dear readers,",
        "\u202e", "קרא", "\x00", "\ue000",
        "up to", "$", "1,000", "and", "which", ": ", "(AFP)", "2024-11-20", "date ", "who ",
    ]
)  # fmt: skip
_TEXTS = st.one_of(
    st.text(max_size=300),
    st.lists(_PIECES, max_size=60).map("".join),
    st.lists(_PIECES, max_size=60).map(" ".join),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_TEXTS, min_size=1, max_size=3))
def test_offsets_always_hold(written: list[str]) -> None:
    documents = [from_text(text, path=str(number)) for number, text in enumerate(written)]
    found = stories(documents)
    assert sum(len(story.documents) for story in found) == len(documents)
    for document in documents:
        ends = [0]
        for start, end, _ in document.boilerplate:
            assert ends[-1] <= start < end <= len(document.text)
            ends.append(end)
        for quotation in quotations(document.text):
            assert document.text[quotation.start : quotation.end] == quotation.text
    by_path = {document.path: document for document in documents}
    for claim in claims(documents, found):
        document = by_path[claim.document]
        check_offsets(claim, document.text)
        for start, end, _ in document.boilerplate:
            assert (
                end <= claim.content["start"]
                or claim.content["end"] <= start
                or (claim.content["start"] < start and end < claim.content["end"])
            )


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["a.txt", "a.html", "a.pdf", "a"]))
def test_any_bytes_are_read_or_refused_by_name(data: bytes, path: str) -> None:
    try:
        document = from_bytes(data, path)
    except EvidenceError as error:
        refusal: str | None = str(error)
    else:
        refusal = None
        assert document.path == path
    assert refusal is None or path in refusal


@pytest.mark.parametrize(
    "text",
    [
        '"' * 100_000,
        "“" * 50_000,
        "A " * 100_000,
        "said " * 50_000,
        "according to " * 20_000,
        "Mara Lind, " * 20_000,
        "a" * 500_000,
        "1," * 100_000,
        "\n" * 200_000,
        "A.B." * 50_000,
        texts.AGENCY * 60,
    ],
)
def test_long_and_odd_texts_end_in_time(text: str) -> None:
    document = from_text(text, path="long")
    for claim in claims([document], stories([document])):
        check_offsets(claim, document.text)
