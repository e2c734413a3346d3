"""Who plays which part in a claim, by the syntax of verbs and nouns."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.test_claims import extract
from landrelease.evidence.roles import ROLES, parties
from landrelease.evidence.slots import state_spans


def roles(text: str, kind: str = "use") -> set[tuple[str, str]]:
    found = parties(text, 0, state_spans(text), kind)
    for party in found:
        assert text[party["start"] : party["end"]] == party["text"]
        assert party["role"] in ROLES
    return {(party["code"] or party["text"], party["role"]) for party in found}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # supplier and recipient
        ("Norway supplied Angola with mines", {("NOR", "supplier"), ("AGO", "recipient")}),
        ("Norway sent cluster munitions to Angolan forces",
         {("NOR", "supplier"), ("AGO", "recipient")}),
        ("mines were supplied to Angola by Norway", {("NOR", "supplier"), ("AGO", "recipient")}),
        ("Norway's decision to supply Angola with mines",
         {("NOR", "supplier"), ("AGO", "recipient")}),
        ("the Norwegian government transferred mines", {("NOR", "supplier")}),
        ("Oslo's decision to send mines to Angola", {("NOR", "supplier"), ("AGO", "recipient")}),
        ("it will not provide Luanda with mines", {("AGO", "recipient")}),
        ("Norway and Poland donated mines", {("NOR", "supplier"), ("POL", "supplier")}),
        ("the Norway-supplied mines", {("NOR", "supplier")}),
        # user, target, where
        ("Angolan forces are using mines in Norway", {("AGO", "user"), ("NOR", "affected")}),
        ("Angola's use of such mines", {("AGO", "user")}),
        ("the mines laid by Angola in Norway", {("AGO", "user"), ("NOR", "affected")}),
        ("the northern army laid mines", {("the northern army", "user")}),
        ("rebels planted mines and used them against Angolan soldiers",
         {("rebels", "user"), ("AGO", "target")}),
        ("Norway intends for Angola to use the mines", {("NOR", "mentioned"), ("AGO", "user")}),
        ("the Israeli military denied using mines", {("ISR", "user")}),
        # other parts
        ("Norway signed the treaty in 1999", {("NOR", "treaty_party")}),
        ("neither Norway nor Angola is a signatory to the Mine Ban Treaty",
         {("NOR", "treaty_party"), ("AGO", "treaty_party")}),
        ("Norway withdrew from the Convention on Cluster Munitions", {("NOR", "treaty_party")}),
        ("Norway withdrew from the village", {("NOR", "mentioned")}),
        ("the reliability of Norway's stockpiles", {("NOR", "holder")}),
        ("mines manufactured in Poland", {("POL", "producer")}),
        ("the Polish-made mines", {("POL", "producer")}),
        ("the Halden Mine Clearance Trust cleared 12 hectares in Angola",
         {("Halden Mine Clearance Trust", "clearer"), ("AGO", "affected")}),
        ("the ambassador came from Norway", {("NOR", "mentioned")}),
        # a name that is only placed is no subject
        ("the roads in Norway used to be safe", {("NOR", "affected")}),
        ("troops have made progress in Norway", {("NOR", "affected")}),
        ("to strike, not in Norway", {("NOR", "mentioned")}),
    ],
)  # fmt: skip
def test_roles(text: str, expected: set[tuple[str, str]]) -> None:
    assert roles(text) == expected


def test_its_forces_are_those_of_the_only_state_that_is_named() -> None:
    found = roles("Angola looks into allegations of its forces using mines")
    assert ("AGO", "accused") in found
    assert ("AGO", "user") in found
    several = roles("Angola and Norway look into allegations of its forces using mines")
    assert ("its forces", "user") in several


def test_accuser_and_denier_are_who_speaks() -> None:
    (accused,) = extract("Norway accused the northern army of laying mines.")
    first = accused.slots["parties"][0]
    assert (first["text"], first["role"], first["code"]) == (
        "Norway", "accuser", "NOR"
    )  # fmt: skip
    (denied,) = extract("The northern army denied that it planted mines in Norway.")
    assert denied.slots["parties"][0]["role"] == "denier"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([
    "Norway", "the U.S.", "Angola's", "Kyiv", "army", "the", "its forces", "used", "supplied", "to",
    "by", "and", "not", "mines", "decision", "Sorrel Watch", ",", "-made", "in", "against", "\n",
    "have", "never", "been", "treaty", "signed", "accused", "of", "using", "\u202e", "’s",
]), max_size=30))  # fmt: skip
def test_any_words_go_through(words: list[str]) -> None:
    roles(" ".join(words))
