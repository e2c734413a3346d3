"""What a check found, row by row: rule, how grave it is, where, and what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding.

    Attributes
    ----------
    rule
        Stable code of the rule.
    severity
        ``error`` (the row cannot be measured as it is), ``warning`` (a person should look),
        ``info``.
    row
        Row of the file, None for a finding about the whole file.
    field
        Field concerned.
    message
        What is wrong, where, and what to do.
    place
        Longitude and latitude in degrees, or None.
    other
        The other row concerned, or None.
    """

    rule: str
    severity: Severity
    row: int | None
    field: str
    message: str
    place: tuple[float, float] | None = None
    other: int | None = None


@dataclass
class Findings:
    """Findings in the order in which they were made.

    Attributes
    ----------
    items
        The findings.
    """

    items: list[Finding] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.items)

    def add(self, findings: Iterable[Finding]) -> None:
        """Append findings."""
        self.items.extend(findings)

    def counts(self) -> dict[str, int]:
        """Return the number of findings by rule, sorted by rule."""
        return dict(sorted(Counter(finding.rule for finding in self.items).items()))

    def by_rule(self, rule: str) -> list[Finding]:
        """Return the findings of one rule."""
        return [finding for finding in self.items if finding.rule == rule]

    def rows(self, rule: str | None = None, severity: Severity | None = None) -> set[int]:
        """Return the rows with a finding of a rule or a severity (of any, without)."""
        return {
            finding.row
            for finding in self.items
            if finding.row is not None
            and (rule is None or finding.rule == rule)
            and (severity is None or finding.severity == severity)
        }
