"""Private persons are shown by a pseudonym outside the restricted tier; whoever speaks in an office
is not."""

from __future__ import annotations

import pytest

from landrelease.evidence import private_persons
from landrelease.register.shown_names import Shown, pseudonym, redactor_of, shown

FARMER = {"text": "Mara Lind, a farmer,", "name": "Mara Lind", "role": "farmer"}


@pytest.mark.parametrize(
    "source",
    [
        {"text": "the U.S.", "name": "United States", "organisation": "United States"},
        {"text": "Ukraine", "name": "Ukraine"},
        {"text": "Tern Clearance", "name": "Tern Clearance", "organisation": "Tern Clearance"},
        {"text": "Karl Weiss", "name": "Karl Weiss", "role": "mayor", "organisation": None},
        {"text": "Ana Vesk", "name": "Ana Vesk", "role": None, "organisation": "Heron Institute"},
        {"text": "the Weiss administration", "name": "Weiss", "role": None, "organisation": None},
    ],
)
def test_offices_states_and_organisations_stay(workspace, source) -> None:
    for tier in ("public", "partner", "restricted"):
        found = shown(source, tier, "a")
        assert found.name == (source["name"] or source["text"])
        assert not found.private


@pytest.mark.parametrize("tier", ["public", "partner", "no such tier"])
def test_private_persons_are_pseudonymised_by_document(workspace, tier) -> None:
    found = shown(FARMER, tier, "a")
    assert found == Shown(pseudonym("Mara Lind", "a"), found.name, None, None, True)
    assert "Lind" not in found.name + found.text
    assert shown({**FARMER, "text": "she"}, tier, "a").name == found.name
    assert shown({**FARMER, "name": "MARA  lind"}, tier, "a").name == found.name
    assert shown(FARMER, tier, "b").name != found.name
    assert shown({**FARMER, "name": "Ana Vesk"}, tier, "a").name != found.name


@pytest.mark.parametrize("words", ["officials", "a widow from Lonmarsh"])
def test_an_unnamed_source_without_an_organisation_is_a_person(workspace, words) -> None:
    source = {"text": words, "name": None, "role": "officials", "organisation": None}
    assert shown(source, "partner", "a") == Shown("a person", "a person", None, None, True)
    assert shown(source, "restricted", "a").name == words


def test_the_restricted_tier_sees_the_name(workspace) -> None:
    found = shown(FARMER, "restricted", "a")
    assert (found.name, found.private) == ("Mara Lind", True)


def test_names_in_the_words_of_a_claim_are_replaced_too(workspace) -> None:
    text = (
        "Mara Lind lost her leg in the orchard. The mayor, Karl Weiss, said that Lind had gone "
        "there on Monday. Write to mara@example.org or +41 22 555 01 02."
    )
    names = private_persons.private_names(text, [FARMER])
    redact = redactor_of(names, "public", "a")
    other = pseudonym("Mara Lind", "a")
    assert redact("Lind had gone there on Monday") == f"{other} had gone there on Monday"
    assert redact("The mayor, Karl Weiss") == "The mayor, Karl Weiss"
    assert "Mara" not in redact(text)
    assert redact(text).count(other) == 2
    assert redact(text).endswith("Write to [contact] or [contact].")
    assert redactor_of(names, "restricted", "a")(text) == text


def test_the_pseudonym_needs_the_key_of_the_workspace(workspace, monkeypatch) -> None:
    first = pseudonym("Mara Lind", "a")
    (workspace.folder / "keys" / "master.key").write_bytes(b"another key")
    assert pseudonym("Mara Lind", "a") != first
