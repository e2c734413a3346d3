"""What is printed: headings, sentences and tables for somebody who sees this for the first time."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from landrelease.register.balances import Balance, Row

#: Width where the output is no terminal.
WIDTH = 118


class Teller:
    """Prints a run as a story in numbered chapters."""

    def __init__(self) -> None:
        self._console = Console(
            highlight=False, width=None if sys.stdout.isatty() else WIDTH, soft_wrap=False
        )
        self._chapter = 0

    def chapter(self, title: str) -> None:
        """Begin a chapter."""
        self._chapter += 1
        heading = f"{self._chapter}. {title}"
        self._console.print(f"\n{heading}\n{'=' * len(heading)}", markup=False, style="bold")

    def say(self, *sentences: str) -> None:
        """Print sentences as one paragraph."""
        self._console.print(" ".join(sentences), markup=False)

    def item(self, text: str) -> None:
        """Print one point of a list."""
        grid = Table.grid(padding=(0, 1))
        grid.add_row("  -", text)
        self._console.print(grid, markup=False)

    def table(self, rows: Sequence[dict[str, Any]], *, right: Sequence[str] = ()) -> None:
        """Print rows with the same keys; nothing when there are none."""
        if not rows:
            return
        shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for name in rows[0]:
            shown.add_column(
                name,
                justify="right" if name in right else "left",
                overflow="fold",
                vertical="top",
            )
        for row in rows:
            shown.add_row(*("" if value is None else _escaped(value) for value in row.values()))
        self._console.print(shown)


def _escaped(value: Any) -> str:
    return str(value).replace("[", "\\[")


ACCOUNTS = ("suspected", "confirmed", "cancelled", "reduced", "cleared")

#: Columns of a balance that hold numbers.
NUMBERS = (
    *ACCOUNTS,
    "released, how not recorded",
    "declared only",
    "unknown size",
    "hazards",
)


def balance_rows(rows: Sequence[tuple[str, Row]]) -> list[dict[str, Any]]:
    """Rows of a balance in hectares, rounded to 0.1 ha; columns that are empty throughout left out
    except the five accounts."""
    shown = []
    for label, row in rows:
        shown.append(
            {
                "": label,
                **{name: _hectares(getattr(row, f"{name}_mm2")) for name in ACCOUNTS},
                "released, how not recorded": _hectares(row.released_not_recorded_mm2),
                "declared only": f"{float(row.declared_only_m2) / 1e4:,.1f}",
                "unknown size": f"{row.unknown_size:,}",
                "hazards": f"{row.hazards:,}",
            }
        )
    if all(row.released_not_recorded_mm2 == 0 for _, row in rows):
        for line in shown:
            del line["released, how not recorded"]
    return shown


def _hectares(mm2: int) -> str:
    return f"{mm2 / 1e10:,.1f}"


def headline(balance: Balance) -> str:
    """The figures of a balance in one sentence (rule 8: mapped, declared only, unknown size)."""
    total = balance.total
    mapped = (total.suspected_mm2 + total.confirmed_mm2) / 1e10
    declared = float(total.declared_only_m2) / 1e4
    return (
        f"{mapped:,.1f} ha mapped as suspected or confirmed, and {declared:,.1f} ha of which only "
        f"a size is declared: together {mapped + declared:,.1f} ha; {total.unknown_size:,} areas "
        "more are of unknown size and in none of these figures."
        + (
            f" {total.indications:,} indications without area stand beside them."
            if total.indications
            else ""
        )
    )
