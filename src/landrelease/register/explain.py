"""Why a figure changed: the ledger lines that make the difference, adding up exactly.

A figure printed at two moments is the sum of two sets of ledger lines. What is in the later set
only was added, what is in the earlier set only was taken back; a line that was posted anew as it
was (its neighbour changed) is both, and cancels. What is left is the difference, and is told entry
by entry. Whether it adds up is checked, and said where it does not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from landrelease.land import FigureId

from . import causes, contributions, provenance, reports, trace
from .causes import Cause, Number
from .contributions import Contributions
from .errors import RegisterError
from .moments import Moment
from .progress import Progress
from .provenance import Entry


@dataclass(frozen=True)
class Difference:
    """One figure that is not what it was.

    Attributes
    ----------
    old, new
        Its ids at the two moments.
    before, after
        Its values; ``before`` is the frozen one where a report was named. None where one of the
        two has no such figure, or no number.
    causes
        What makes the difference, by entry.
    unexplained
        What the causes leave over: 0.
    """

    old: FigureId
    new: FigureId
    unit: str
    before: Number | None
    after: Number | None
    causes: list[Cause]
    unexplained: Number
    note: str = ""

    @property
    def change(self) -> Number:
        """New minus old."""
        return (self.after or 0) - (self.before or 0)

    def by_entry(self) -> list[tuple[int | None, Number, list[Cause]]]:
        """Causes and their sum by the decision behind them, in the order of recording."""
        groups: dict[int | None, list[Cause]] = defaultdict(list)
        for cause in self.causes:
            groups[cause.entry].append(cause)
        ordered = sorted(groups, key=lambda seq: (seq is None, seq or 0))
        return [(seq, sum(c.amount for c in groups[seq]), groups[seq]) for seq in ordered]

    def to_json(self) -> dict[str, Any]:
        return {
            "old": str(self.old),
            "new": str(self.new),
            "unit": self.unit,
            "before": None if self.before is None else str(self.before),
            "after": None if self.after is None else str(self.after),
            "change": str(self.change),
            "unexplained": str(self.unexplained),
            "note": self.note,
            "causes": [cause.to_json() for cause in self.causes],
        }


@dataclass(frozen=True)
class Explanation:
    """What changed between two moments, and why.

    Attributes
    ----------
    compared
        How many figures were compared.
    differences
        Those that differ.
    entries
        The journal entries behind them, by number.
    """

    earlier: Moment
    later: Moment
    compared: int
    differences: list[Difference]
    entries: dict[int, Entry] = field(default_factory=dict)

    @property
    def adds_up(self) -> bool:
        """Whether every difference is the sum of its causes."""
        return not any(difference.unexplained for difference in self.differences)

    def to_json(self) -> dict[str, Any]:
        return {
            "between": [_moment_json(self.earlier), _moment_json(self.later)],
            "compared": self.compared,
            "adds_up": self.adds_up,
            "differences": [difference.to_json() for difference in self.differences],
            "entries": [entry.to_json() for entry in self.entries.values()],
        }


def _moment_json(moment: Moment) -> dict[str, Any]:
    return {
        "given": moment.given,
        "entry": moment.seq,
        "report": None if moment.report is None else moment.report.number,
    }


def _silent(stage: str, done: int, total: int | None) -> None:
    """Tell nobody."""


def explain(
    earlier: Moment,
    later: Moment,
    figures: Sequence[str | FigureId] | None = None,
    *,
    progress: Progress = _silent,
) -> Explanation:
    """Explain what changed between two moments.

    Parameters
    ----------
    earlier, later
        From :func:`.moments.parse`.
    figures
        Ids of the figures to compare (whatever moment they were printed at); by default those of
        the report that is named, the earlier one first.
    progress
        Told how many figures are done.

    Returns
    -------
    Explanation
        Every figure that differs, with the causes of the difference.

    Raises
    ------
    RegisterError
        When no report and no figures are named, or the moments stand in the wrong order.
    """
    if earlier.seq > later.seq:
        raise RegisterError(
            f"{earlier.given} (entry {earlier.seq}) is later than {later.given} (entry "
            f"{later.seq}); name the earlier one first"
        )
    old, new = _frozen(earlier), _frozen(later)
    named = [trace.figure_of(text) for text in figures] if figures is not None else None
    if named is None:
        if earlier.report is None and later.report is None:
            raise RegisterError(
                "name a frozen report, or the figures to be explained: neither "
                f"{earlier.given!r} nor {later.given!r} is a report"
            )
        named = [figure for figure, _ in (old or new).values()]
    differences = []
    books = contributions.Books()
    for number, figure in enumerate(named):
        progress("comparing figures", number, len(named))
        found = _difference(figure, earlier, later, old, new, books)
        if found is not None:
            differences.append(found)
    seqs = {cause.entry for d in differences for cause in d.causes if cause.entry is not None}
    seqs |= {
        seq
        for d in differences
        for cause in d.causes
        if cause.origin is not None
        for seq in cause.origin.entries
    }
    return Explanation(earlier, later, len(named), differences, provenance.entries(seqs))


#: Figures of a frozen report by what they are about, whatever they knew.
_Frozen = dict[FigureId, tuple[FigureId, reports.Figure]]


def _frozen(moment: Moment) -> _Frozen:
    if moment.report is None:
        return {}
    found = {}
    for figure in reports.figures_of(moment.report):
        parsed = FigureId.parse(figure.id)
        found[replace(parsed, seq=0)] = (parsed, figure)
    return found


def _difference(
    figure: FigureId,
    earlier: Moment,
    later: Moment,
    old: _Frozen,
    new: _Frozen,
    books: contributions.Books,
) -> Difference | None:
    then, now = replace(figure, seq=earlier.seq), replace(figure, seq=later.seq)
    about = replace(figure, seq=0)
    printed = old[about][1] if about in old else None
    printed_later = new[about][1] if about in new else None
    before, after = _parts(then, books), _parts(now, books)
    if isinstance(before, str) or isinstance(after, str):
        return _without_parts(then, now, printed, printed_later, before, after)
    was, is_ = _number(printed, before), _number(printed_later, after)
    note = _words(printed, printed_later)
    if was == is_ and not note:
        return None
    found = causes.between(before, after, earlier.seq, later.seq)
    unexplained = is_ - was - sum(cause.amount for cause in found)
    return Difference(then, now, after.unit, was, is_, found, unexplained, note)


def _number(printed: reports.Figure | None, parts: Contributions) -> Number:
    """The frozen value; the sum of the parts where none was frozen, or no number was."""
    return parts.total if printed is None or printed.value is None else printed.value


def _words(printed: reports.Figure | None, later: reports.Figure | None) -> str:
    """Say when one report gave a number and the other the reason why it had none."""
    if printed is None or later is None or printed.absent == later.absent:
        return ""
    before, after = (figure.absent or "a number" for figure in (printed, later))
    return f"the earlier report says {before!r}, the later one {after!r}"


def _parts(figure: FigureId, books: contributions.Books) -> Contributions | str:
    """Contributions of a figure, or why it has none at this moment."""
    try:
        return contributions.of(figure, books)
    except RegisterError as error:
        return str(error)


def _without_parts(
    then: FigureId,
    now: FigureId,
    printed: reports.Figure | None,
    printed_later: reports.Figure | None,
    before: Contributions | str,
    after: Contributions | str,
) -> Difference | None:
    """A figure that one of the moments does not have: what is there is the difference."""
    was = printed.value if printed is not None else None
    if was is None and isinstance(before, Contributions):
        was = before.total
    is_ = printed_later.value if printed_later is not None else None
    if is_ is None and isinstance(after, Contributions):
        is_ = after.total
    note = next((text for text in (after, before) if isinstance(text, str)), "")
    if printed is not None and not isinstance(before, Contributions):
        # Not a sum over lines or records (a percentage, a residual): shown, not explained.
        is_ = is_ if is_ is not None else was
    if (was or 0) == (is_ or 0):
        return None
    unit = printed.unit if printed is not None else "mm2"
    return Difference(then, now, unit, was, is_, [], (is_ or 0) - (was or 0), note)
