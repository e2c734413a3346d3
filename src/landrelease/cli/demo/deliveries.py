"""Files handed in one after the other by the ordinary way in, and what was found in them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from landrelease.exchange.deliveries import open_delivery
from landrelease.register import submissions
from landrelease.register.people import Actor
from landrelease.register.progress import Progress
from landrelease.register.schema import record_type


@dataclass
class Handed:
    """All that was handed in, in order."""

    outcomes: list[submissions.Outcome] = field(default_factory=list)

    def hand_in(
        self,
        path: Path,
        as_: str,
        *,
        actor: Actor,
        source: str,
        namespace: str,
        map_file: Path | None = None,
        legacy: submissions.Legacy | None = None,
        progress: Progress,
    ) -> submissions.Outcome:
        """Submit one file and accept it, exactly as ``landrelease import --accept`` does."""
        delivery = open_delivery(
            path, record_type(as_), map_=map_file, source=source, namespace=namespace
        )

        def named(stage: str, done: int, total: int | None) -> None:
            progress(f"{path.name}: {stage}", done, total)

        outcome = submissions.submit(
            delivery, actor=actor, accept=True, legacy=legacy, progress=named
        )
        self.outcomes.append(outcome)
        return outcome

    def table(self) -> list[dict[str, Any]]:
        """One row a file: what was received and what became of it."""
        return [
            {
                "file": outcome.filename,
                "read as": outcome.record_type,
                "rows": outcome.received,
                "new": outcome.counts["new"],
                "changed": outcome.counts["changed"],
                "held": outcome.counts["held_for_second_person"],
                "unchanged": outcome.counts["unchanged"],
                "repeated": outcome.counts["repeated_in_file"],
                "rejected": outcome.rejected,
            }
            for outcome in self.outcomes
        ]

    def findings(self) -> Counter[tuple[str, str]]:
        """Number of findings by rule and severity, over all files."""
        counts: Counter[tuple[str, str]] = Counter()
        for outcome in self.outcomes:
            for rule, by_severity in outcome.findings.items():
                for severity, number in by_severity.items():
                    counts[rule, severity] += number
        return counts

    def example(self, rule: str) -> str:
        """The first message of a rule, with the file it was found in."""
        for outcome in self.outcomes:
            if rule in outcome.examples:
                return f"{outcome.filename}: {outcome.examples[rule]}"
        return ""
