"""Moments of the register as people name them: a report, an entry of the journal, a time, now."""

from __future__ import annotations

from dataclasses import dataclass

from . import knowledge
from .errors import RegisterError
from .models import JournalEntry, Report

NOW = "now"


@dataclass(frozen=True)
class Moment:
    """A state of what the register knew.

    Attributes
    ----------
    seq
        Last journal entry known.
    given
        How it was named.
    report
        The frozen report, if one was named.
    """

    seq: int
    given: str
    report: Report | None = None


def parse(text: str) -> Moment:
    """Find the moment that somebody names.

    Parameters
    ----------
    text
        ``now``; the number of a frozen report; the number of a journal entry; a day or time in
        ISO 8601 (UTC unless it says otherwise). A report's number is tried first.

    Returns
    -------
    Moment
        The moment.

    Raises
    ------
    RegisterError
        When nothing of that name is known, or nothing was recorded yet by then.
    """
    given = text.strip()
    head = knowledge.head_seq()
    if head < 0:
        raise RegisterError("the journal is empty: nothing was ever known")
    if given == NOW:
        return Moment(head, given)
    report = Report.objects.filter(number=given).first()
    if report is not None:
        return Moment(report.known_seq, given, report)
    if given.isdecimal() and len(given) < 8:
        if not JournalEntry.objects.filter(seq=int(given)).exists():
            raise RegisterError(f"the journal has the entries 0 to {head}, not {given}")
        return Moment(int(given), given)
    try:
        seq = knowledge.seq_at(given)
    except RegisterError:
        raise RegisterError(
            f"{given!r} is no frozen report, no journal entry and no moment; see "
            "'landrelease report list', or write 2025-01-01T13:30 or now"
        ) from None
    if seq < 0:
        raise RegisterError(f"nothing was recorded yet by {given}")
    return Moment(seq, given)
