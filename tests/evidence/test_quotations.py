"""Direct quotations of every shape."""

from __future__ import annotations

import pytest

from landrelease.evidence import quotations


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('He said "we saw two" and left.', ["we saw two"]),
        ("He said “we saw two” and left.", ["we saw two"]),
        ("Er sagte „wir sahen zwei“ und ging.", ["wir sahen zwei"]),
        ("Il a dit «nous avons vu» hier.", ["nous avons vu"]),
        ("She said ''we saw two'' today.", ["we saw two"]),
        ('A 5" pipe and a 6" pipe.', []),
        ("“He told me ‘go away’ and I went,” she said.", ["He told me ‘go away’ and I went,"]),
        ("“The “green” map is false,” she said.", ["The “green” map is false,"]),
        ('He said "one." Then "two."', ["one.", "two."]),
        ("'We saw mines,' the farmer said. 'They weren't there before.'",
         ["We saw mines,", "They weren't there before."]),
        ("The farmers' fields and the ministry's map.", []),
        ('No quotation ""here"".', []),
    ],
)  # fmt: skip
def test_marks(text: str, words: list[str]) -> None:
    found = quotations(text)
    assert [quotation.words for quotation in found] == words
    assert all(text[quotation.start : quotation.end] == quotation.text for quotation in found)


def test_several_paragraphs_are_one_quotation() -> None:
    text = '"We came at dawn.\n\n"We left at noon.\n\n"Nobody was hurt," Maro said.'
    (found,) = quotations(text)
    assert found.closed
    assert found.text.startswith('"We came')
    assert found.text.endswith('hurt,"')


def test_missing_close_ends_with_its_paragraph_and_is_marked() -> None:
    text = 'The elder said: "we never went there\n\nThe road is closed.'
    (found,) = quotations(text)
    assert not found.closed
    assert found.text == '"we never went there'


def test_what_is_ignored_has_no_quotations() -> None:
    text = 'One "two three" four "five six".'
    (found,) = quotations(text, ignore=[(0, 17)])
    assert found.words == "five six"
