"""Claims about a state's status: what agrees, what is imprecise, what contradicts."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landrelease.treaty import STATED, Standing, TreatyError, Verdict, check_claim, status

THEN, NOW = date(2024, 11, 20), date(2026, 11, 22)


@pytest.mark.parametrize(
    ("who", "treaty", "stated", "on", "since", "verdict", "why"),
    [
        ("UKR", "apmbc", "party", THEN, None, "agrees", "since 2006-06-01"),
        ("UKR", "apmbc", "party", THEN, 2006, "agrees", "since 2006-06-01"),
        ("UKR", "apmbc", "party", THEN, date(2006, 6, 1), "agrees", "since 2006-06-01"),
        ("UKR", "apmbc", "party", THEN, 2005, "imprecise", "2005 is the deposit (2005-12-27)"),
        ("UKR", "apmbc", "party", THEN, 1999, "imprecise", "1999 is the signature"),
        ("UKR", "apmbc", "party", THEN, 2001, "contradicts", "since 2006-06-01"),
        ("UKR", "apmbc", "signed", THEN, 1999, "agrees", "signature on 1999-02-24"),
        ("UKR", "apmbc", "ratified", THEN, 2005, "agrees", "ratification on 2005-12-27"),
        ("UKR", "apmbc", "ratified", THEN, 2006, "imprecise", "2006 is the entry into force"),
        ("UKR", "apmbc", "acceded", THEN, None, "imprecise", "ratification on 2005-12-27"),
        ("UKR", "apmbc", "signatory", THEN, None, "imprecise", "more than a signatory"),
        ("UKR", "apmbc", "not party", THEN, None, "contradicts", "party to the Mine Ban Treaty"),
        ("UKR", "apmbc", "withdrawn", NOW, None, "contradicts", "party to the Mine Ban Treaty"),
        ("UKR", "apmbc", "suspended", NOW, None, "imprecise", "contested"),
        ("UKR", "apmbc", "suspended", THEN, None, "contradicts", "no suspension is on file"),
        ("UKR", "apmbc", "party", date(2006, 1, 15), None, "imprecise", "enters into force"),
        ("FIN", "apmbc", "signatory", THEN, None, "contradicts", "party to the Mine Ban Treaty"),
        ("FIN", "apmbc", "withdrawn", NOW, 2026, "agrees", "since 2026-01-10"),
        ("FIN", "apmbc", "withdrawn", NOW, 2025, "imprecise", "notice of withdrawal (2025-07-10)"),
        ("FIN", "apmbc", "party", NOW, None, "contradicts", "withdrawn from"),
        ("LTU", "ccm", "withdrawn", THEN, None, "contradicts", "since 2011-09-01"),
        ("LTU", "ccm", "party", THEN, None, "agrees", "since 2011-09-01"),
        ("USA", "apmbc", "non-signatory", THEN, None, "agrees", "not signed"),
        ("USA", "ccm", "signatory", THEN, None, "contradicts", "not signed"),
        ("AGO", "ccm", "not party", THEN, None, "agrees", "but it has signed"),
        ("AGO", "ccm", "non-signatory", THEN, None, "contradicts", "signatory of"),
        ("AGO", "ccm", "ratified", THEN, None, "contradicts", "no such step is on file"),
        ("LAO", "ap2", "party", THEN, None, "unknown", "not known"),
        ("LAO", "ap2", "withdrawn", THEN, None, "contradicts", "whatever it is"),
        ("ZAF", "ccm", "party", NOW, 2015, "imprecise", "2015 is the deposit (2015)"),
        ("ZAF", "ccm", "party", NOW, 2016, "unknown", "the day is not known"),
        ("ZAF", "ccm", "acceded", NOW, 2015, "unknown", "the manner is not known"),
    ],
)  # fmt: skip
def test_claims(who, treaty, stated, on, since, verdict, why):
    found = check_claim(who, treaty, stated, on, since)
    assert found.verdict.value == verdict, found.explanation
    assert why in found.explanation
    assert found.sources


def test_a_verdict_that_rests_on_the_press_says_so():
    found = check_claim("FIN", "apmbc", "withdrawn", NOW, 2026)
    assert not found.verified
    assert found.explanation.endswith("(unverified)")
    assert "press-finland" in {source.key for source in found.sources}
    solid = check_claim("UKR", "apmbc", "party", THEN, 2005)
    assert solid.verified
    assert {source.key for source in solid.sources} == {"untc-2013", "monitor-2006"}


def test_an_unknown_word_is_refused_with_the_known_ones():
    with pytest.raises(TreatyError, match=r"'friend' is no status; write one of .*withdrawn"):
        check_claim("UKR", "apmbc", "friend", THEN)


@given(
    st.sampled_from(["UKR", "USA", "LAO", "FIN", "LTU", "SSD", "ZAF", "MNE", "AGO", "LBN"]),
    st.sampled_from(["apmbc", "ccm", "ccw", "ap2", "p5"]),
    st.sampled_from(["party", "signatory", "withdrawn"]),
    st.dates(date(1995, 1, 1), date(2028, 1, 1)),
)
def test_a_standing_is_never_agreed_with_and_contradicted_by_the_register(who, key, word, day):
    """What the register says agrees with itself; what it rules out it contradicts or qualifies."""
    on_file = status(who, day)[key]
    verdict = check_claim(who, key, word, day).verdict
    if on_file.standing.value == word:
        assert verdict is Verdict.agrees
    elif on_file.standing is Standing.unknown and Standing(word) in on_file.possible:
        assert verdict is Verdict.unknown
    else:
        assert verdict in (Verdict.contradicts, Verdict.imprecise)


def test_every_word_is_understood():
    for word in STATED:
        found = check_claim("CHE", "apmbc", word, THEN)
        assert found.stated == STATED[word]
