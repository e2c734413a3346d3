"""The ledger as plain text: printed, read back, compared, and wrong where it was changed."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registering import (
    HAZARD,
    REPORT,
    activities,
    consent,
    hazards,
    landrelease,
    operator,
    ready_release,
    square,
)

from landrelease.register import (
    balance_rows,
    figures,
    journal,
    text_check,
    text_grammar,
    text_journal,
)
from landrelease.register.errors import RegisterError
from landrelease.register.models import Hazard
from landrelease.register.text_grammar import Paragraph, Posting
from landrelease.register.workspace import open_workspace


@pytest.fixture
def programme(workspace, tmp_path):
    """Two overlapping hazards of different classes, one of unknown size, two releases of which
    one reaches outside its hazard; then one is found that was there before."""
    operator(tmp_path)
    hazards(
        tmp_path,
        (square(size=2), HAZARD),
        (square(1, 1, 2), {**HAZARD, "source_id": "H2", "type": "SHA", "classes": "av;erw"}),
        (None, {"source_id": "H3", "declared_m2": 5000, "date": "2019"}),
        (None, {"source_id": "H4"}),
        (square(9, 9), {**HAZARD, "source_id": "H5", "date": None, "classes": None}),
    )
    activities(
        tmp_path,
        (square(), REPORT),
        (square(1.5, 1.5, 2), {**REPORT, "source_id": "A2", "hazard": "H2", "classes": "av;erw"}),
    )
    assert consent("AC-1", "AC-2").released == ["AC-1", "AC-2"]
    hazards(
        tmp_path,
        (square(0.5, 0.5), {**HAZARD, "source_id": "H6", "date": "2019-01-01"}),
        name="earlier.geojson",
    )
    return workspace


def printed(**part):
    return "".join(text_journal.print_ledger(text_journal.extent(**part)))


def checked(folder, text):
    path = folder / "ledger.txt"
    path.write_text(text, encoding="utf-8", newline="\n")
    return text_journal.check_file(path)


def messages(found):
    return "\n".join(map(str, found.problems))


def test_what_is_printed_reads_back_and_is_what_the_workspace_says(programme, tmp_path):
    text = printed()
    found = checked(tmp_path, text)
    assert found.well, messages(found)
    assert found.ledger_lines == len(balance_rows.load_lines())
    assert found.assertions > 0
    assert printed() == text, "the same entries give the same text"
    assert "note HA-4 unknown_size" in text
    assert "note HA-3 declared_only" in text
    assert "release_outside_hazard" in text
    assert not any(uid in text for uid in Hazard.objects.values_list("uid", flat=True))


def test_the_asserted_balances_are_those_of_the_register(programme):
    paragraphs = list(text_journal.paragraphs(text_journal.extent()))
    (balance,) = [p for p in paragraphs if p.word == "balance"]
    held = {p.account: p.mm2 for p in balance.postings}
    total = figures.balance().total
    assert held["Land:Open:Confirmed"] == total.confirmed_mm2 > 0
    assert held["Land:Open:Suspected"] == total.suspected_mm2 > 0
    assert held["Land:Released:Cleared"] == total.cleared_mm2 > 0
    by_class = {row.key: row for row in figures.balance(by="class").rows}
    assert held["AV:Released:Cleared"] == by_class["av"].cleared_mm2 > 0
    assert held["AP:Open:Confirmed"] == by_class["ap"].confirmed_mm2 > 0


def test_one_digit_changed_names_the_line_and_the_assertion(programme, tmp_path):
    lines = printed().split("\n")
    at = next(n for n, line in enumerate(lines) if "Land:Released:Cleared" in line)
    wrong = re.sub(r"\d m2$", lambda m: f"{(int(m[0][0]) + 1) % 10} m2", lines[at])
    assert wrong != lines[at]
    lines[at] = wrong
    found = checked(tmp_path, "\n".join(lines))
    said = messages(found)
    assert f"line {at + 1}: " in said, said
    assert "the balance of Land:Released:Cleared is asserted as" in said
    assert "does not hash to" in said
    assert "the workspace says" in said


def test_a_changed_word_is_found_too(programme, tmp_path):
    text = printed().replace("2019-01-01 note HA-3", "2018-01-01 note HA-3")
    found = checked(tmp_path, text)
    assert "does not hash to" in messages(found)
    assert "the workspace says" in messages(found)


def test_a_consistent_lie_is_found_by_the_workspace_alone(programme, tmp_path):
    """Somebody who works out every hash and sum anew still has another ledger."""
    part = text_journal.extent()
    read = [p for p in text_journal.paragraphs(part) if p.arguments != ("HA-4", "unknown_size")]
    end = read.pop()
    notes = (("lines", end.note("lines")), ("sha256", (text_grammar.digest(p.hash for p in read),)))
    read.append(Paragraph(end.day, "end", notes=notes))
    found = checked(tmp_path, "\n".join(map(str, read)))
    assert len(found.problems) == 1
    assert "unknown_size" in messages(found)


def test_a_text_that_was_cut_off_says_so(programme, tmp_path):
    text = printed()
    found = checked(tmp_path, text[: text.rindex("\n\n")] + "\n")
    assert "was it cut off" in messages(found)


def test_a_ledger_of_another_workspace_is_not_compared(programme, tmp_path):
    head = journal.head().hash
    found = checked(tmp_path, printed().replace(head, "f" * 64))
    assert "these are different ledgers" in messages(found)


def test_an_older_print_still_holds_after_later_work(programme, tmp_path):
    text = printed()
    hazards(tmp_path, (square(20, 20), {**HAZARD, "source_id": "H9"}), name="later.geojson")
    hazards(tmp_path, (square(30, 30), {"source_id": "H4", "date": "2024"}), name="sized.geojson")
    assert checked(tmp_path, text).well, messages(checked(tmp_path, text))
    assert printed(known_seq=_entry_of(text)) == text
    assert printed() != text


def _entry_of(text):
    return int(re.search(r"^  entry: (\d+)$", text, re.MULTILINE)[1])


def test_from_an_entry_on_only_the_change_is_shown(programme, tmp_path):
    since = journal.head().seq
    text = printed(since=since)
    assert " opening\n" in text
    assert " retired HA-1\n" in text, "what was posted anew is taken back first"
    found = checked(tmp_path, text)
    assert found.well, messages(found)
    whole = {p.account: p.mm2 for p in _balance(text_journal.extent())}
    part = {p.account: p.mm2 for p in _balance(text_journal.extent(since=since)) if p.mm2}
    assert part == {account: mm2 for account, mm2 in whole.items() if mm2}


def _balance(part):
    (balance,) = [p for p in text_journal.paragraphs(part) if p.word == "balance"]
    return balance.postings


def test_of_one_hazard(programme, tmp_path):
    text = printed(hazard="HA-2")
    assert checked(tmp_path, text).well, messages(checked(tmp_path, text))
    kinds = re.findall(r"^(?:\d{4}-\d\d-\d\d|undated) (\w+) (\S+)$", text, re.MULTILINE)
    assert {ref for kind, ref in kinds if kind in ("recorded", "cleared")} == {"HA-2", "AC-2"}


def test_what_does_not_exist_is_named(workspace, tmp_path):
    with pytest.raises(RegisterError, match="the journal is empty"):
        text_journal.extent()
    hazards(tmp_path, (square(), HAZARD))
    with pytest.raises(RegisterError, match="no hazardous area is called 'HA-9'"):
        text_journal.extent(hazard="HA-9")
    with pytest.raises(RegisterError, match="there is no entry 77"):
        text_journal.extent(since=77)


def test_the_commands(workspace_folder, tmp_path):
    from landrelease.register.workspace import open_workspace

    open_workspace(workspace_folder)
    ready_release(tmp_path)
    out = tmp_path / "ledger.txt"
    landrelease(workspace_folder, "ledger", "print", "-o", out)
    assert landrelease(workspace_folder, "ledger", "print").stdout == out.read_text()
    assert (
        "is what the workspace says" in landrelease(workspace_folder, "ledger", "check", out).stdout
    )
    text = out.read_text()
    out.write_text(re.sub(r"(recorded HA-1\n  entry: )\d", r"\g<1>0", text))
    done = landrelease(workspace_folder, "ledger", "check", out, check=False)
    assert done.returncode == 1
    number = 1 + text[: text.index("recorded HA-1")].count("\n")
    assert f"{out}:{number}" in done.stdout
    done = landrelease(tmp_path, "ledger", "check", "--alone", out, check=False)
    assert done.returncode == 1, "no workspace is needed for that"


# --- the grammar ---------------------------------------------------------------------------------

#: What a database can hold as text: no half characters.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
WORDS = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True)
DAYS = st.one_of(st.just("undated"), st.dates().map(str))
NOTES = st.tuples(WORDS.filter(lambda word: word != "hash"), st.lists(TEXTS, max_size=3).map(tuple))
POSTINGS = st.builds(
    Posting,
    st.from_regex(r"[A-Z][A-Za-z0-9-]{0,9}(:[A-Z][A-Za-z-]{0,9}){0,3}", fullmatch=True),
    st.integers(-(10**19), 10**19),
    st.booleans(),
)
PARAGRAPHS = st.builds(
    Paragraph,
    DAYS,
    WORDS,
    st.lists(TEXTS, max_size=3).map(tuple),
    st.lists(NOTES, max_size=4).map(tuple),
    st.lists(POSTINGS, max_size=4).map(tuple),
)


@given(st.lists(PARAGRAPHS, max_size=5))
def test_any_text_reads_back_as_it_was_written(written):
    text = "; a comment\n\n" + "\n".join(map(str, written))
    read = list(text_grammar.read(text.split("\n")))
    assert read == written
    assert [p.stated for p in read] == [p.hash for p in written]


@given(PARAGRAPHS, st.data())
def test_any_changed_sign_is_found(written, data):
    """Whatever is changed in a paragraph: it cannot be read, or its hash is not the stated one."""
    text = str(written)
    at = data.draw(st.integers(0, text.index("  hash: ") - 1))
    to = data.draw(st.sampled_from('0123456789abcXYZ-:,."\\ '))
    changed = text[:at] + to + text[at + 1 :]
    try:
        read = list(text_grammar.read(changed.split("\n")))
    except text_grammar.TextError:
        return
    assert [p for p in read if p.hash != p.stated] or read == [written]


@given(st.integers(-(10**25), 10**25))
def test_amounts_are_exact(mm2):
    assert text_grammar.mm2_of(text_grammar.amount(mm2)) == mm2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("  entry: 5\n", "line 1: is indented and belongs to no paragraph"),
        ("hello\n", "line 1: begins with 'hello'"),
        ("2020-01-01\n", "line 1: no word after the day"),
        ("2020-01-01 note\n\n", "line 2: the paragraph that begins in line 1 has no hash"),
        ("2020-01-01 note\n  what is this\n", "line 2: 'what is this' is neither"),
        ("2020-01-01 note\n  A:B 1234.000000 m2\n", "is it 1,234.000000"),
        ("2020-01-01 note\n  [A:B 1.000000 m2\n", "a bracket of A:B is missing"),
        ('2020-01-01 note\n  x: "open\n', "line 2: a quotation mark is not closed"),
        ("2020-01-01 note\n  A:B 1.000000 m2\n  x: y\n", "stands below postings"),
        ("2020-01-01 note\n  hash: a\n  x: y\n", "line 3: comes after the hash"),
        ("2020-01-01 note\n  hash: a b\n", "a hash is one word"),
        ('2020-01-01 note "\\q"\n', "is no text in quotes"),
    ],
)  # fmt: skip
def test_what_is_not_in_the_form_is_named_with_its_line(text, says):
    with pytest.raises(text_grammar.TextError, match=re.escape(says)):
        list(text_grammar.read(text.split("\n")))


def test_a_text_that_is_no_ledger():
    found = text_check.check(["2020-01-01 note", "  hash: 0"])
    assert "begins with 'DAY ledger 1'" in messages(found)
    assert "cut off" in messages(text_check.check([]))


# --- any programme -------------------------------------------------------------------------------

PLACES = st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(1, 3))
RECORDS = st.tuples(
    PLACES,
    st.sampled_from(["SHA", "CHA"]),
    st.sampled_from(["ap", "av", "ap;av", "cmr", None]),
    st.one_of(st.none(), st.dates(date(2019, 1, 1), date(2021, 12, 31)).map(str)),
)


@given(
    records=st.lists(RECORDS, min_size=1, max_size=4),
    work=st.lists(st.tuples(PLACES, st.integers(0, 3)), max_size=2),
    data=st.data(),
)
@settings(
    max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_any_programme_reads_back_and_any_changed_digit_shows(
    workspace_templates, tmp_path_factory, records, work, data
):
    folder = tmp_path_factory.mktemp("any")
    place, _ = workspace_templates.copy("sqlite", folder / "workspace")
    open_workspace(place)
    operator(folder)
    rows = [
        (square(*where), {"source_id": f"H{n}", "type": kind, "classes": classes, "date": on})
        for n, (where, kind, classes, on) in enumerate(records)
    ]
    hazards(folder, *rows)
    if work:
        activities(
            folder,
            *(
                (square(*where), {**REPORT, "source_id": f"A{n}", "hazard": f"H{of % len(rows)}",
                                  "classes": "ap;av;cmr"})
                for n, (where, of) in enumerate(work)
            ),
        )  # fmt: skip
        consent(*(f"AC-{n + 1}" for n in range(len(work))))
    text = printed()
    found = checked(folder, text)
    assert found.well, messages(found)
    lines = text.split("\n")
    amounts = [n for n, line in enumerate(lines) if line.endswith(" m2")]
    at = data.draw(st.sampled_from(amounts))
    digit = data.draw(
        st.sampled_from([m.start() for m in re.finditer(r"\d(?=[\d,.]* m2$)", lines[at])])
    )
    new = str((int(lines[at][digit]) + data.draw(st.integers(1, 9))) % 10)
    lines[at] = lines[at][:digit] + new + lines[at][digit + 1 :]
    wrong = checked(folder, "\n".join(lines))
    assert any(problem.line == at + 1 for problem in wrong.problems), messages(wrong)
    assert len(wrong.problems) > 1
