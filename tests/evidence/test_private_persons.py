"""Who is introduced by an office, found from the name backwards as from the text forwards."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from landrelease.evidence import private_persons

NAME = "Karl Weiss"


def read_forwards(text: str, name: str) -> bool:
    """The definition: words without a stop, a comma, the name; tried at every place of the text."""
    before = re.compile(rf"([^.,;:!?\n]{{3,60}}),\s+{re.escape(name)}(?!\w)")
    return any(private_persons._office(match[1]) for match in before.finditer(text))


PIECES = st.sampled_from(
    ["mayor", "The mayor of Olburg", "farmer", " ", ", ", ",", ".", ";", "\n", ",\n ", NAME, "Karl",
     "s", "x" * 58, "aa", f", {NAME}", f"the mayor, {NAME}", f", {NAME}s"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=12).map("".join))
@example(f"mayor, {NAME}, {NAME}")
@example(f"mayor {'x' * 60}, {NAME}")
@example(f"a mayor{' ' * 54}, {NAME}")
def test_an_office_is_found_from_the_name_backwards(text):
    found = private_persons._introduced_by_office(text, NAME)
    assert found == read_forwards(text, NAME)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("The mayor of Olburg, Karl Weiss, came.", ()),
        ("A farmer of Olburg, Karl Weiss, came.", ("Karl Weiss", "Weiss")),
        ("Mara Lind found it. The mayor, Karl Weiss, came. Lind was unhurt.",
         ("Mara Lind", "Lind")),
    ],
)  # fmt: skip
def test_who_holds_an_office_is_not_private(text, names):
    assert private_persons.private_names(text) == names
