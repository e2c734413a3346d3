"""The ledger of a workspace as plain text, and back.

What is printed is what the register knew at one entry of the journal: its header names that entry
and its hash, so that the same text can be printed, and compared, at any later time.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection

from landrelease import land
from landrelease.land import accounts

from . import (
    bulk,
    canonical,
    codes,
    journal,
    knowledge,
    provenance,
    references,
    text_check,
    text_grammar,
)
from .errors import RegisterError
from .models import Hazard, JournalEntry, LedgerDiscrepancy, LedgerLine, Question
from .text_grammar import UNDATED, Paragraph, Posting

INTRODUCTION = """\
; The land ledger in plain text.
;
; Days are days on the ground; entries of the journal carry the time at which the register learnt
; of it. "Land" counts ground once, over all classes of contamination and however many records hold
; it; a class beside it (AP, CMR, …) counts ground once for that class. Classes may overlap and are
; never summed to a total. In brackets stands the claim of one hazard, where it does not move as
; the ground does. Every line moves one amount from one account to another; 1.000000 m2 is one
; square metre, and the last digit one square millimetre.
;
; No record does not mean safe. What is of unknown size or has no place stands under "note".
"""

#: Books: ground counted once over all classes, then one class each.
BOOKS = {
    "any": "Land",
    "ap": "AP",
    "ap_improvised": "AP-Improvised",
    "av": "AV",
    "cmr": "CMR",
    "erw": "ERW",
    "not_recorded": "Class-Not-Recorded",
}


class Line(NamedTuple):
    """A ledger line as the register keeps it, the columns that its text is made of."""

    seq: int
    retired_seq: int | None
    kind: str
    event_uid: str
    event_version: int
    hazard_uid: str | None
    valid_on: Any
    scopes: int
    claim_from: str
    claim_to: str
    ground_from: str
    ground_to: str
    mm2: int
    piece: Any


@dataclass(frozen=True)
class Extent:
    """What part of the ledger is printed.

    Attributes
    ----------
    seq
        Last entry known.
    since
        First entry whose changes are shown; what stood before is an opening balance.
    hazard
        Reference of the one hazard whose lines are shown; empty for all.
    """

    seq: int
    since: int = 0
    hazard: str = ""


def account_name(account: str) -> str:
    """Write an account of the ledger as plain text does.

    Parameters
    ----------
    account
        Account of :data:`landrelease.land.ACCOUNTS`.

    Returns
    -------
    str
        Such as ``Open:Suspected`` or ``Released:Cleared``.
    """
    name = account.replace("_", "-").title()
    if account in accounts.OPEN:
        return f"Open:{name}"
    if account in accounts.RELEASED:
        return f"Released:{name.removeprefix('Released-')}"
    return name


def extent(
    *, known_seq: int | None = None, since: int | None = None, hazard: str | None = None
) -> Extent:
    """Say what part of the ledger is meant, and check that it exists.

    Parameters
    ----------
    known_seq
        Last entry known; None for the head of the journal.
    since
        First entry whose changes are shown; None for all.
    hazard
        Reference of a hazard (``HA-3``); None for all.

    Returns
    -------
    Extent
        The part.

    Raises
    ------
    RegisterError
        When the journal is empty, does not reach that far, or the hazard does not exist.
    """
    head = journal.head()
    if head is None:
        raise RegisterError("the journal is empty: there is no ledger yet")
    seq = head.seq if known_seq is None else known_seq
    for given in (seq, since or 0):
        if not 0 <= given <= head.seq:
            raise RegisterError(
                f"the journal has the entries 0 to {head.seq}; there is no entry {given}"
            )
    if hazard is not None:
        references.by_ref(hazard, "hazard")
    return Extent(seq, since or 0, hazard or "")


def print_ledger(part: Extent) -> Iterator[str]:
    """Print the ledger, piece by piece.

    Parameters
    ----------
    part
        From :func:`extent`.

    Yields
    ------
    str
        Pieces of the text, each of whole lines.
    """
    yield INTRODUCTION
    for paragraph in paragraphs(part):
        yield f"\n{paragraph}"


def count(part: Extent) -> int:
    """Count about how many pieces :func:`print_ledger` gives, to show progress by."""
    with connection.cursor() as cursor:
        condition, params = _condition(part)
        cursor.execute(
            f'SELECT COUNT(*) FROM "{LedgerLine._meta.db_table}" WHERE {condition}',  # nosec B608 # names are of our own schema, values are bound
            params,
        )
        return int(cursor.fetchone()[0]) + part.seq - part.since


def check_file(path: Path, *, with_workspace: bool = True) -> text_check.Checked:
    """Check a ledger in plain text by itself, then against the workspace.

    Parameters
    ----------
    path
        The file.
    with_workspace
        Whether to compare it with the open workspace too.

    Returns
    -------
    text_check.Checked
        What does not hold, by line. A file that does not hold by itself is compared too: the
        first difference says what stood there.
    """
    checked = text_check.check_text(path)
    if not with_workspace or checked.header is None:
        return checked
    problem = _compare(path, checked.header)
    if problem is not None:
        checked.problems.append(problem)
    return checked


def _compare(path: Path, header: Paragraph) -> text_check.Problem | None:
    (seq,), (head,) = header.note("entry"), header.note("head") or ("",)
    entry = JournalEntry.objects.filter(seq=int(seq)).first()
    if entry is None:
        return text_check.Problem(
            header.line, f"the workspace has no entry {seq}: this is a ledger of another one"
        )
    if entry.hash != head:
        return text_check.Problem(
            header.line,
            f"entry {seq} has the hash {entry.hash} in the workspace and {head} in the text: "
            "these are different ledgers",
        )
    (since,) = header.note("from") or ("0",)
    (hazard,) = header.note("hazard") or (None,)
    part = extent(known_seq=int(seq), since=int(since), hazard=hazard)
    with path.open(encoding="utf-8", newline="\n") as lines:
        try:
            return text_check.compare(text_grammar.read(lines), paragraphs(part))
        except text_grammar.TextError:
            return None  # already among the problems


# --- the paragraphs ------------------------------------------------------------------------------


def paragraphs(part: Extent) -> Iterator[Paragraph]:
    """Give the paragraphs of the ledger in their order, one day's lines in memory at a time.

    Parameters
    ----------
    part
        From :func:`extent`.

    Yields
    ------
    Paragraph
        Header, entries, opening, lines, notes, balance, end.
    """
    hashes = []
    count = 0
    for paragraph in _body(part):
        hashes.append(paragraph.hash)
        count += paragraph.word not in text_check.NOT_LINES
        yield paragraph
    day = _recorded_day(JournalEntry.objects.get(seq=part.seq))
    yield Paragraph(
        day,
        text_check.END,
        notes=(("lines", (str(count),)), ("sha256", (text_grammar.digest(hashes),))),
    )


def _body(part: Extent) -> Iterator[Paragraph]:
    head = JournalEntry.objects.get(seq=part.seq)
    yield _header(part, head)
    yield from _entries(part)
    sums: dict[str, int] = {}
    if part.since:
        sums = opening_sums(part)
        yield Paragraph(_recorded_day(head), text_check.OPENING, postings=_sums(sums))
    refs = _references()
    for _, rows in itertools.groupby(_lines(part), key=lambda row: row.valid_on):
        of_day = [line_paragraph(row, refs, part.seq) for row in rows]
        for paragraph in sorted(of_day, key=lambda found: (found.word, found.hash)):
            for posting in paragraph.postings:
                if not posting.claim:
                    sums[posting.account] = sums.get(posting.account, 0) + posting.mm2
            yield paragraph
    yield from _notes(part, refs)
    yield Paragraph(_recorded_day(head), text_check.BALANCE, postings=_sums(sums))


def _header(part: Extent, head: JournalEntry) -> Paragraph:
    notes: list[tuple[str, tuple[str, ...]]] = []
    made = JournalEntry.objects.filter(kind="workspace").order_by("seq").first()
    if made is not None:
        centre = journal.data_of(made)["data"]["centre"]
        notes.append(("centre", (str(centre["longitude"]), str(centre["latitude"]))))
    notes += [
        ("entry", (str(part.seq),)),
        ("head", (head.hash,)),
        ("recorded", (head.recorded_at,)),
    ]
    if part.since:
        notes.append(("from", (str(part.since),)))
    if part.hazard:
        notes.append(("hazard", (part.hazard,)))
    return Paragraph(_recorded_day(head), text_check.HEADER, (text_check.FORM,), tuple(notes))


def _entries(part: Extent) -> Iterator[Paragraph]:
    """The entries of the journal; for one hazard, those that moved its land."""
    rows = JournalEntry.objects.filter(seq__gte=part.since, seq__lte=part.seq)
    whole = not part.hazard
    if not whole:
        moved = {
            seq
            for row in _lines(part)
            for seq in (row.seq, row.retired_seq)
            if seq is not None and part.since <= seq <= part.seq
        }
        moved |= {found.decision for found in provenance.entries(moved).values()}
        rows = rows.filter(seq__in=sorted(moved))
    seqs = list(rows.order_by("seq").values_list("seq", flat=True))
    for some in bulk.in_chunks(seqs):
        found = provenance.entries(some)
        previous = dict(JournalEntry.objects.filter(seq__in=some).values_list("seq", "prev_hash"))
        for seq in some:
            yield _entry(found[seq], previous[seq] if whole else "")


def _entry(entry: provenance.Entry, previous: str) -> Paragraph:
    notes: list[tuple[str, tuple[str, ...]]] = [
        ("recorded", (entry.recorded_at,)),
        ("actor", (entry.actor,)),
    ]
    if entry.deciders:
        notes.append(("deciders", entry.deciders))
    if entry.decision != entry.seq:
        notes.append(("posts", (str(entry.decision),)))
    if entry.document is not None:
        document = entry.document
        notes += [
            ("submission", (document.receipt, document.submitter, document.received_at)),
            ("document", (document.filename, document.source, document.sha256)),
        ]
    if previous:
        notes.append(("prev", (previous,)))
    notes.append(("sha256", (entry.hash,)))
    return Paragraph(
        entry.recorded_at[:10], text_check.ENTRY, (str(entry.seq), entry.kind), tuple(notes)
    )


def line_paragraph(row: Line, refs: Mapping[str, str], seq: int) -> Paragraph:
    """Write one ledger line as a paragraph.

    Parameters
    ----------
    row
        The line.
    refs
        References of records by their ids.
    seq
        Last entry known: a line that is retired by then is written as taken back.

    Returns
    -------
    Paragraph
        The line; its ground, and its claim where that moves apart from the ground.
    """
    back = row.retired_seq is not None and row.retired_seq <= seq
    event = _ref(row.event_uid, refs)
    hazard = _ref(row.hazard_uid or row.event_uid, refs)
    notes: list[tuple[str, tuple[str, ...]]] = []
    if back:
        notes.append(("was", (row.kind,)))
    notes.append(("entry", (str(row.retired_seq if back else row.seq),)))
    notes.append(("version", (str(row.event_version),)))
    if hazard != event:
        notes.append(("hazard", (hazard,)))
    piece = "whole" if row.piece is None else canonical.short_hash(bytes(row.piece))
    notes.append(("piece", (piece,)))
    books = [BOOKS[scope] for scope in accounts.SCOPES if row.scopes & accounts.SCOPE_BIT[scope]]
    ground, claim = (row.ground_from, row.ground_to), (row.claim_from, row.claim_to)
    apart = ground != claim
    if apart:
        notes += [
            (name, (account_name(move[0]), "stays"))
            for name, move in (("ground", ground), ("claim", claim))
            if move[0] == move[1]
        ]
    if ground[0] == ground[1] and claim[0] == claim[1]:
        notes.append(("books", tuple(books)))
    mm2 = -row.mm2 if back else row.mm2
    postings: list[Posting] = []
    for book in books:
        postings += _move(f"{book}:", ground, mm2, claim=False)
    if apart:
        for book in books:
            postings += _move(f"{hazard}:{book}:", claim, mm2, claim=True)
    return Paragraph(
        UNDATED if row.valid_on is None else row.valid_on.isoformat(),
        "retired" if back else row.kind,
        (event,),
        tuple(notes),
        tuple(postings),
    )


def _move(prefix: str, move: tuple[str, str], mm2: int, *, claim: bool) -> list[Posting]:
    source, target = move
    if source == target:
        return []
    return [
        Posting(f"{prefix}{account_name(source)}", -mm2, claim),
        Posting(f"{prefix}{account_name(target)}", mm2, claim),
    ]


def _notes(part: Extent, refs: Mapping[str, str]) -> Iterator[Paragraph]:
    """What moved nothing, what is in question, and what has no size: nothing is left out."""
    found = [*_discrepancies(part, refs), *_questions(part, refs)]
    if not part.since:
        found += _unmeasured(part)
    yield from sorted(found, key=lambda p: (p.day != UNDATED, p.day, p.arguments, p.hash))


def _discrepancies(part: Extent, refs: Mapping[str, str]) -> Iterator[Paragraph]:
    rows = _known(LedgerDiscrepancy.objects, part, "retired_seq")
    for row in rows.order_by("id").iterator(chunk_size=bulk.CHUNK):
        event, hazard = _ref(row.event_uid, refs), _ref(row.hazard_uid or "", refs)
        if part.hazard and part.hazard not in (event, hazard):
            continue
        notes: list[tuple[str, tuple[str, ...]]] = [("entry", (str(row.seq),))]
        if hazard and hazard != event:
            notes.append(("hazard", (hazard,)))
        if row.mm2 is not None:
            notes.append(("m2", (text_grammar.amount(row.mm2),)))
        notes.append(("says", (named(row.message, refs),)))
        yield Paragraph(_said_day(row.valid_on), text_check.NOTE, (event, row.rule), tuple(notes))


def _questions(part: Extent, refs: Mapping[str, str]) -> Iterator[Paragraph]:
    for row in _known(Question.objects, part, "resolved_seq").order_by("id"):
        activity, hazard = _ref(row.activity_uid, refs), _ref(row.hazard_uid or "", refs)
        if part.hazard and part.hazard not in (activity, hazard):
            continue
        notes: list[tuple[str, tuple[str, ...]]] = [("entry", (str(row.seq),))]
        if hazard:
            notes.append(("hazard", (hazard,)))
        if row.mm2 is not None:
            notes.append(("m2", (text_grammar.amount(row.mm2),)))
        notes.append(("says", (named(row.message, refs),)))
        yield Paragraph(_said_day(row.on), text_check.NOTE, (activity, "in_question"), tuple(notes))


def _unmeasured(part: Extent) -> Iterator[Paragraph]:
    """Hazards that no line can hold, since nobody knows their outline."""
    columns = ("id", "date_start", "declared_m2", "area_mm2", "type")
    for number, start, declared, area, kind in knowledge.rows("hazard", columns, seq=part.seq):
        ref = f"{Hazard.schema.prefix}-{number}"
        if area is not None or (part.hazard and part.hazard != ref):
            continue
        rule = "unknown_size" if declared is None else "declared_only"
        if kind == codes.INDICATION:
            rule = codes.INDICATION
        notes = () if declared is None else (("m2", (str(declared),)),)
        yield Paragraph(_said_day(start), text_check.NOTE, (ref, rule), notes)


# --- looking up ----------------------------------------------------------------------------------


def _known(rows: Any, part: Extent, retired: str) -> Any:
    """Rows that stand at the last entry and were written from the first one on."""
    from django.db.models import Q

    return rows.filter(seq__gte=part.since, seq__lte=part.seq).filter(
        Q(**{f"{retired}__isnull": True}) | Q(**{f"{retired}__gt": part.seq})
    )


def _condition(part: Extent) -> tuple[str, list[Any]]:
    """SQL for the lines that are shown: those that stand, and those that were taken back since."""
    stands = "(seq >= %s AND seq <= %s AND (retired_seq IS NULL OR retired_seq > %s))"
    taken_back = "(seq < %s AND retired_seq >= %s AND retired_seq <= %s)"
    condition = f"({stands} OR {taken_back})"
    params: list[Any] = [part.since, part.seq, part.seq, part.since, part.since, part.seq]
    if part.hazard:
        uid = references.by_ref(part.hazard, "hazard").uid
        condition += " AND (hazard_uid = %s OR event_uid = %s)"
        params += [uid, uid]
    return condition, params


def _lines(part: Extent) -> Iterator[Line]:
    """The lines to be shown, by day."""
    condition, params = _condition(part)
    names = ", ".join(Line._fields)
    for row in bulk.select(
        connection,
        f'SELECT {names} FROM "{LedgerLine._meta.db_table}" WHERE {condition} '  # nosec B608 # names are of our own schema, values are bound
        "ORDER BY valid_on IS NOT NULL, valid_on, id",
        params,
    ):
        line = Line(*row)
        yield line._replace(valid_on=_day(line.valid_on))


def _day(value: Any) -> Any:
    """SQLite gives days of a plain query as text."""
    from datetime import date

    return date.fromisoformat(value) if isinstance(value, str) else value


def opening_sums(part: Extent) -> dict[str, int]:
    """Balance by account as of the entry before the first one shown.

    Parameters
    ----------
    part
        What is shown.

    Returns
    -------
    dict
        Account in plain text to mm².
    """
    before = Extent(part.since - 1, 0, part.hazard)
    sums: dict[str, int] = defaultdict(int)
    for row in _lines(before):
        for scope in accounts.SCOPES:
            if row.scopes & accounts.SCOPE_BIT[scope] and row.ground_from != row.ground_to:
                sums[f"{BOOKS[scope]}:{account_name(row.ground_from)}"] -= row.mm2
                sums[f"{BOOKS[scope]}:{account_name(row.ground_to)}"] += row.mm2
    return dict(sums)


def _sums(sums: Mapping[str, int]) -> tuple[Posting, ...]:
    order = {
        f"{book}:{account_name(account)}": (place, number)
        for place, book in enumerate(BOOKS.values())
        for number, account in enumerate(land.ACCOUNTS)
    }
    return tuple(Posting(name, sums[name]) for name in sorted(sums, key=order.__getitem__))


def _references() -> dict[str, str]:
    refs = {}
    for record_type in ("hazard", "activity"):
        model = provenance.RECORDS[record_type]
        rows = bulk.select(connection, f'SELECT uid, id FROM "{model._meta.db_table}"')  # nosec B608 # names are of our own schema, values are bound
        refs |= {uid: f"{model.schema.prefix}-{number}" for uid, number in rows}
    return refs


def _ref(uid: str, refs: Mapping[str, str]) -> str:
    return refs.get(uid, uid)


_UID = re.compile(r"\b[0-9a-f]{32}\b")


def named(message: str, refs: Mapping[str, str]) -> str:
    """Write a message with references (``HA-3``) where the journal has ids.

    Parameters
    ----------
    message
        Message of a discrepancy.
    refs
        References by id.

    Returns
    -------
    str
        The message for people.
    """
    return _UID.sub(lambda found: refs.get(found[0], found[0]), message)


def _recorded_day(entry: JournalEntry) -> str:
    return entry.recorded_at[:10]


def _said_day(on: Any) -> str:
    return UNDATED if on is None else on.isoformat()
