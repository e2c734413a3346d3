"""A figure id is read back as it was printed, or says what is wrong with it."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landrelease.land import SCOPES, FigureId, FigureIdError
from landrelease.land.figure import TOPICS

names = st.from_regex(r"[a-z0-9][a-z0-9_+.-]{0,12}", fullmatch=True)
#: Any text, lone surrogates too: a key may come out of a broken file.
keys = st.text(st.characters(), max_size=20)


@st.composite
def figures(draw) -> FigureId:
    days = sorted(draw(st.lists(st.dates(), max_size=2)))
    until = days[-1] if days else None
    by = draw(st.one_of(st.just(""), names))
    return FigureId(
        draw(st.sampled_from(TOPICS)),
        draw(names),
        draw(st.integers(0, 10**15)),
        days[0] if len(days) == 2 else None,
        until,
        by,
        draw(keys) if by else "",
        draw(st.one_of(st.sampled_from(SCOPES), names)),
    )


@given(figures())
def test_read_back_as_printed(figure):
    printed = str(figure)
    assert FigureId.parse(printed) == figure
    assert FigureId.parse(f"  {printed}\n") == figure
    assert printed.isascii()
    assert not set(printed) & set(" /?#&\\\"'<>")  # goes into a link and a shell as it stands


def test_as_agreed():
    printed = "land:cleared:2024-01-01..2024-12-31:unit=10014:ap@57"
    assert FigureId.parse(printed) == FigureId(
        "land", "cleared", 57, date(2024, 1, 1), date(2024, 12, 31), "unit", "10014", "ap"
    )
    stock = FigureId.parse("land:suspected:2024-12-31@57")
    assert (stock.since, stock.until, stock.scope, stock.is_flow) == (
        None,
        date(2024, 12, 31),
        "any",
        False,
    )
    assert str(FigureId("areas", "open", 3, by="unit", key="outside all units")) == (
        "areas:open:all:unit=outside%20all%20units@3"
    )
    assert FigureId.parse("land:open:all:unit=:ap@3").key == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "does not end in @"),
        ("land:open:all", "does not end in @"),
        ("land:open:all@", "does not end in @"),
        ("land:open:all@-3", "does not end in @"),
        ("land:open@3", "2 parts"),
        ("land:open:all:a=b:c:d@3", "6 parts"),
        ("soil:open:all@3", "'soil' is none of them"),
        ("land:Open:all@3", "column"),
        ("land:open:2024@3", "write a day"),
        ("land:open:2024-02-30@3", "write a day"),
        ("land:open:2024-01-01..@3", "write a day"),
        ("land:open:..2024-01-01@3", "write a day"),
        ("land:open:2024-01-01..2024-01-02..2024-01-03@3", "write a day"),
        ("land:open:2024-12-31..2024-01-01@3", "ends before it starts"),
        ("land:open:all:=x@3", "what its key is by"),
        ("land:open:all:unit=%FF@3", "percent-encoded"),
        ("land:open:all:unit=a b@3", "is written land:open:all:unit=a%20b@3"),
        ("land:open:all:any@3", "is written land:open:all@3"),
        ("land:open:all@03", "is written land:open:all@3"),
        ("land:open:all:ap:cmr@3", "after the scope"),
    ],
)
def test_what_is_no_figure_id_says_why(text, message):
    with pytest.raises(FigureIdError, match=message.replace("(", r"\(")):
        FigureId.parse(text)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"since": date(2024, 1, 1)}, "needs a last day"),
        ({"key": "10014"}, "what it is by"),
        ({"seq": -1}, "not -1"),
        ({"by": "a=b"}, "The by of a figure"),
        ({"scope": "a:b"}, "The scope of a figure"),
    ],
)
def test_parts_that_an_id_cannot_carry_are_refused(parts, message):
    with pytest.raises(FigureIdError, match=message):
        FigureId(**{"topic": "land", "column": "open", "seq": 1, **parts})
