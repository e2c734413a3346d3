"""The whole job on the made-up island: files in, decisions, balance, reports, verification."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from landrelease.register import clock, documents, figures, people, submissions, verify
from landrelease.register.balances import Balance
from landrelease.register.models import LedgerDiscrepancy, LedgerLine
from landrelease.register.progress import Progress

from . import deciding
from .deciding import Decided, Held, MadeUpPerson
from .deliveries import Handed
from .hazard_files import CORRECTED
from .manifest import DemoFile, Manifest

#: One system of ids for all files of the island, so that a report finds its hazard.
NAMESPACE = "XD"
#: The corrected survey is a new issue of this file: the same source, told apart by nothing else.
_ISSUE_OF = {CORRECTED: "hazards_survey.geojson"}

AUTHORITY = "Demonstration Mine Action Office (made up)"
CERTIFICATES = "Completion certificates, folders 1 to 4 (made up)"
#: The balance is printed as it stood at the end of these days.
DAYS = (date(2019, 12, 31), date(2024, 12, 31))


@dataclass
class Told:
    """Everything that happened, for the telling and for the tests."""

    manifest: Manifest
    handed: Handed = field(default_factory=Handed)
    persons: list[MadeUpPerson] = field(default_factory=list)
    historic: dict[str, Any] = field(default_factory=dict)
    corrected: submissions.Outcome | None = None
    held: Held = field(default_factory=Held)
    decided: Decided = field(default_factory=Decided)
    balances: list[Balance] = field(default_factory=list)
    by_unit: Balance | None = None
    reopened_mm2: int = 0
    discrepancies: list[dict[str, Any]] = field(default_factory=list)
    reports: int = 0
    stories: list[dict[str, Any]] = field(default_factory=list)
    claims: list[dict[str, Any]] = field(default_factory=list)
    verdict: verify.Verdict = field(default_factory=verify.Verdict)


def cut_over() -> date:
    """Tomorrow: today is the last day on which old releases may be entered."""
    return date.fromisoformat(clock.now()[:10]) + timedelta(days=1)


def run(manifest: Manifest, files: Path, progress: Progress) -> Told:
    """Do the whole job in the workspace that is open.

    Parameters
    ----------
    manifest, files
        What :func:`landrelease.cli.demo.generate` wrote, and where.
    progress
        Told the stage, what is done, and how much there is.
    """
    told = Told(manifest, persons=deciding.cast())
    clerk = people.at_the_command_line()
    submissions.fix_centre(
        *manifest.centre,
        actor=clerk,
        because="middle of the made-up island",
        name=manifest.title,
        cut_over=cut_over().isoformat(),
    )
    actors = deciding.enter(told.persons)
    pairs = [
        (actors["quennerly"], actors["ambersley"]),
        (actors["vanterpool"], actors["lockhaven"]),
    ]

    for file in manifest.files:
        if file.record_type and file.name != CORRECTED:
            outcome = _hand_in(told.handed, file, files, clerk, progress)
            if file.legacy:
                told.historic = outcome.details
    told.corrected = _hand_in(told.handed, manifest.file(CORRECTED), files, clerk, progress)
    assert told.corrected.receipt is not None
    told.held = deciding.decide_held(told.corrected.receipt, pairs)
    told.decided = deciding.decide_releases(pairs, progress)

    progress("reading the reports", 0, None)
    told.reports = len(documents.add([files / "reports"], clerk, progress))
    told.stories, told.claims = documents.stories(), documents.claims()

    progress("balancing", 0, None)
    told.balances = [figures.balance(as_of=day) for day in DAYS]
    told.by_unit = figures.balance(as_of=DAYS[-1], by="unit")
    told.discrepancies = discrepancies()
    told.reopened_mm2 = sum(
        LedgerLine.objects.filter(retired_seq__isnull=True, kind="reopened").values_list(
            "mm2", flat=True
        )
    )
    told.verdict = verify.verify(progress)
    return told


def _hand_in(
    handed: Handed, file: DemoFile, files: Path, actor: people.Actor, progress: Progress
) -> submissions.Outcome:
    return handed.hand_in(
        files / file.name,
        file.record_type,
        actor=actor,
        namespace=NAMESPACE,
        progress=progress,
        source=f"{_ISSUE_OF.get(file.name, file.name)} (made up)",
        map_file=files / file.map_file if file.map_file else None,
        legacy=submissions.Legacy(AUTHORITY, CERTIFICATES) if file.legacy else None,
    )


def discrepancies() -> list[dict[str, Any]]:
    """Standing discrepancies by rule: how many, how many of at least 1 m², and their area."""
    rows = LedgerDiscrepancy.objects.filter(retired_seq__isnull=True)
    by_rule: dict[str, list[int]] = {}
    for rule, mm2 in rows.order_by("rule").values_list("rule", "mm2"):
        by_rule.setdefault(rule, []).append(mm2 or 0)
    return [
        {
            "rule": rule,
            "reports": len(areas),
            "of 1 m² or more": int((np.array(areas) >= 1_000_000).sum()),
            "hectares": f"{sum(areas) / 1e10:,.2f}",
        }
        for rule, areas in by_rule.items()
    ]
