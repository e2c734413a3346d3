"""Reports as they were submitted: frozen with number, cut-off, hash and approver (rule 18).

A frozen report is an entry of the journal that holds every figure with its id. It is printed
again from there, byte for byte, whatever has been learnt since; what would be printed today is
another matter (:mod:`.explain` says why the two differ). Freezing is not a release: one person
approves it, signed in and with the permission to, and never a service.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from landrelease.land import FigureId, FigureIdError

from . import canonical, journal, knowledge, provenance, recording
from . import profile as profiles
from .errors import DecisionRefused, RegisterError
from .models import JournalEntry, Part, Report
from .people import Actor

#: What a number may look like: it has to be told apart from a journal entry and a moment.
_NUMBER = re.compile(r"(?=.*[A-Za-z])[\w./-]{1,60}$")

PART = "report"


@dataclass(frozen=True)
class Figure:
    """A figure as a report prints it.

    Attributes
    ----------
    id
        Its id.
    value
        Exact: whole mm² for ``mm2``, whole numbers for what is counted, a decimal for what a
        source stated; None where there is no number.
    unit
        ``mm2``, ``m2``, ``areas``, ``persons``, …
    absent
        What stands in place of a number that is not there: ``not recorded``, ``unknown``, …
    note
        What a reader must know beside it.
    """

    id: str
    value: int | Decimal | None
    unit: str
    absent: str = ""
    note: str = ""

    def to_json(self) -> dict[str, str]:
        """Plain JSON: the value as text, exact; what is empty is left out."""
        out = {"id": self.id, "unit": self.unit}
        if self.value is not None:
            out["value"] = str(self.value)
        for name in ("absent", "note"):
            if getattr(self, name):
                out[name] = getattr(self, name)
        return out

    @classmethod
    def from_json(cls, body: dict[str, str]) -> Figure:
        """Read what :meth:`to_json` wrote."""
        value = body.get("value")
        number: int | Decimal | None = None
        if value is not None:
            number = int(value) if value.lstrip("-").isdigit() else Decimal(value)
        return cls(body["id"], number, body["unit"], body.get("absent", ""), body.get("note", ""))


@dataclass(frozen=True)
class Draft:
    """A report about to be frozen.

    Attributes
    ----------
    sha256
        Hash of the figures, canonical JSON, one a line, sorted by id: the same figures give the
        same hash.
    """

    number: str
    kind: str
    since: date | None
    until: date | None
    known_seq: int
    figures: tuple[Figure, ...]

    @property
    def lines(self) -> list[bytes]:
        """The figures as the journal holds them."""
        return [canonical.dumps(figure.to_json()) for figure in self.figures]

    @property
    def sha256(self) -> str:
        return canonical.sha256(b"\n".join(self.lines))


def last_known() -> int:
    """Last journal entry that says something about the world: a frozen report says nothing new.

    Raises
    ------
    RegisterError
        When the journal is empty.
    """
    entry = JournalEntry.objects.exclude(kind="report").order_by("-seq").first()
    if entry is None:
        raise RegisterError("the journal is empty: there is nothing to report")
    return entry.seq


def draft(
    number: str,
    kind: str,
    figures: Iterable[Any],
    *,
    since: date | None,
    until: date | None,
    known_seq: int,
) -> Draft:
    """Put together what would be frozen, and check it.

    Parameters
    ----------
    number
        Number under which the report is submitted (``A7/2024``); it can be used once.
    kind
        What it is: ``article7``, ``land``, …
    figures
        Figures with ``id``, ``value``, ``unit`` (and ``note``): :class:`Figure`, or those of
        ``landrelease.treaty.tables``. A value that is no number says why there is none.
    since, until
        First and last day; without ``since`` the report is about a day.
    known_seq
        Last journal entry that the figures know.

    Raises
    ------
    RegisterError
        When the number is taken or could be mistaken for something else, when there are no
        figures, one is not of this report, or two of one id differ.
    """
    if not _NUMBER.match(number):
        raise RegisterError(
            f"{number!r} cannot be a report's number: it takes letters, digits, / . - and _, at "
            "least one of them a letter, such as A7/2024"
        )
    if number == "now":
        raise RegisterError("a report cannot be called 'now'")
    if Report.objects.filter(number=number).exists():
        raise RegisterError(
            f"the number {number!r} is used already; a report that was submitted stays as it is. "
            "Give a restated one a number of its own."
        )
    by_id: dict[str, Figure] = {}
    for given in figures:
        figure = _figure(given)
        _refuse_foreign(figure, known_seq)
        if by_id.setdefault(figure.id, figure) != figure:
            first = by_id[figure.id]
            raise RegisterError(
                f"the figure {figure.id} stands in the report with two values: {first.value} "
                f"{first.unit} and {figure.value} {figure.unit}"
            )
    if not by_id:
        raise RegisterError("a report without figures cannot be frozen")
    ordered = tuple(by_id[name] for name in sorted(by_id))
    return Draft(number, kind, since, until, known_seq, ordered)


def _figure(given: Any) -> Figure:
    if isinstance(given, Figure):
        return given
    number = isinstance(given.value, (int, Decimal)) and not isinstance(given.value, bool)
    return Figure(
        id=str(given.id),
        value=given.value if number else None,
        unit=given.unit,
        absent="" if number else str(given.value),
        note=getattr(given, "note", ""),
    )


def _refuse_foreign(figure: Figure, known_seq: int) -> None:
    try:
        parsed = FigureId.parse(figure.id)
    except FigureIdError as error:
        raise RegisterError(str(error)) from error
    if parsed.seq != known_seq:
        raise RegisterError(
            f"the figure {figure.id} knows entry {parsed.seq}, the report entry {known_seq}: "
            "all figures of a report have one cut-off"
        )


@transaction.atomic
def freeze(report: Draft, actor: Actor) -> Report:
    """Freeze a report: one entry of the journal, in the approver's name.

    Parameters
    ----------
    report
        From :func:`draft`.
    actor
        Who approves it.

    Returns
    -------
    Report
        The frozen report.

    Raises
    ------
    DecisionRefused
        When the approver has not signed in or may not approve reports.
    RegisterError
        When the number was taken in the meantime.
    """
    journal.lock_head()
    if not actor.authenticated:
        raise DecisionRefused(
            "a report is frozen by a person who signs in; an account at the command line or a "
            "service is none: use --person NAME"
        )
    if not actor.may_approve_reports:
        raise DecisionRefused(
            f"{actor.name} may not approve reports (landrelease person allow {actor.name} "
            "--approve-reports)"
        )
    if Report.objects.filter(number=report.number).exists():
        raise RegisterError(f"the number {report.number!r} is used already")
    profile = profiles.current()
    unverified = ", unverified" if profile.unverified else ""
    recording.record(
        journal.Draft(
            kind="report",
            actor=actor.to_json(),
            data={
                "report": {
                    "approver": actor.name,
                    "kind": report.kind,
                    "known_seq": report.known_seq,
                    "number": report.number,
                    "profile": f"{profile.name} ({profile.title}{unverified})",
                    "sha256": report.sha256,
                    "since": None if report.since is None else report.since.isoformat(),
                    "until": None if report.until is None else report.until.isoformat(),
                }
            },
            parts=list(journal.split(PART, report.lines)),
        )
    )
    return Report.objects.get(number=report.number)


def find(number: str) -> Report:
    """The frozen report with a number.

    Raises
    ------
    RegisterError
        When there is none.
    """
    report = Report.objects.filter(number=number).first()
    if report is None:
        raise RegisterError(
            f"no report is frozen under the number {number!r}; see 'landrelease report list'"
        )
    return report


def frozen() -> list[Report]:
    """All frozen reports, in the order in which they were frozen."""
    return list(Report.objects.order_by("seq"))


def figures_of(report: Report) -> list[Figure]:
    """The figures of a frozen report, as they were submitted.

    Parameters
    ----------
    report
        A frozen report.

    Raises
    ------
    RegisterError
        When they no longer hash to what was frozen.
    """
    lines = list(_lines(report))
    found = canonical.sha256(b"\n".join(lines))
    if found != report.sha256:
        raise RegisterError(
            f"the figures of report {report.number} hash to {found[:16]}…, not to the frozen "
            f"{report.sha256[:16]}…: they were altered; run 'landrelease verify'"
        )
    return [Figure.from_json(canonical.loads(line)) for line in lines]


def _lines(report: Report) -> Iterator[bytes]:
    bodies = Part.objects.in_bulk(report.figures.split("|"))
    for sha256 in report.figures.split("|"):
        if sha256 not in bodies:
            raise RegisterError(
                f"part {sha256[:16]}… of report {report.number} is missing; "
                "run 'landrelease verify'"
            )
        yield from bytes(bodies[sha256].body).split(b"\n")


def printed(report: Report) -> bytes:
    """The frozen report as canonical JSON: the same bytes at any time.

    Parameters
    ----------
    report
        A frozen report.
    """
    return canonical.dumps(
        {**heading(report), "figures": [f.to_json() for f in figures_of(report)]}
    )


def heading(report: Report) -> dict[str, Any]:
    """What is said of a frozen report above its figures."""
    entry = provenance.entries([report.seq, report.known_seq])
    return {
        "approver": report.approver,
        "entry": report.seq,
        "frozen_at": entry[report.seq].recorded_at,
        "kind": report.kind,
        "known_entry": report.known_seq,
        "known_hash": entry[report.known_seq].hash,
        "known_until": entry[report.known_seq].recorded_at,
        "number": report.number,
        "profile": report.profile,
        "sha256": report.sha256,
        "since": None if report.since is None else report.since.isoformat(),
        "until": None if report.until is None else report.until.isoformat(),
    }


def entries_since(report: Report) -> int:
    """How many entries of the journal came after what a report knows, reports left out."""
    return (
        JournalEntry.objects.filter(seq__gt=report.known_seq, seq__lte=knowledge.head_seq())
        .exclude(kind="report")
        .count()
    )
