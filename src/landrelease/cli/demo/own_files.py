"""The same job on the reader's own files: guessed, imported, balanced, verified."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from landrelease.register import figures, people, verify
from landrelease.register.balances import Balance
from landrelease.register.models import RejectedRow
from landrelease.register.progress import Progress

from .deliveries import Handed
from .guessing import Guess, in_order

#: Files given together are taken to use each other's ids.
NAMESPACE = "files given to the demonstration"


@dataclass
class Told:
    """Everything that happened."""

    guesses: list[Guess]
    handed: Handed = field(default_factory=Handed)
    rejects: list[tuple[Path, int]] = field(default_factory=list)
    total: Balance | None = None
    by_unit: Balance | None = None
    verdict: verify.Verdict = field(default_factory=verify.Verdict)


def run(guesses: list[Guess], folder: Path, progress: Progress) -> Told:
    """Do the job in the workspace that is open.

    Parameters
    ----------
    guesses
        The files, each with a record type.
    folder
        Where rows that could not become records are written as CSV.
    progress
        Told the stage, what is done, and how much there is.
    """
    from landrelease.cli.importing import write_rejects
    from landrelease.register.decisions import find_submission

    told = Told(in_order(guesses))
    clerk = people.at_the_command_line()
    for each in told.guesses:
        assert each.record_type is not None
        outcome = told.handed.hand_in(
            each.path,
            each.record_type,
            actor=clerk,
            source=each.path.name,
            namespace=NAMESPACE,
            progress=progress,
        )
        if outcome.rejected and outcome.receipt:
            path = folder / f"{each.path.name}-rejected.csv"
            told.rejects.append((path, write_rejects(find_submission(outcome.receipt), path)))
    progress("balancing", 0, None)
    told.total = figures.balance()
    told.by_unit = figures.balance(by="unit")
    told.verdict = verify.verify(progress)
    assert RejectedRow.objects.count() == sum(o.rejected for o in told.handed.outcomes)
    return told
