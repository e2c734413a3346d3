"""The run on the reader's own files, told."""

from __future__ import annotations

from pathlib import Path

from landrelease.register.balances import Row
from landrelease.register.schema import RECORD_TYPES

from .own_files import Told
from .story import SEVERITIES
from .telling import NUMBERS, Teller, balance_rows, headline

#: Rows of a balance by unit that are printed; the rest is one command away.
SHOWN_UNITS = 25


def tell(told: Told, workspace: Path) -> None:
    """Print what happened, chapter by chapter."""
    teller = Teller()
    teller.say("landrelease demonstration on your own files")
    teller.say(
        "Nothing leaves this machine. These are not official figures: they say what the files "
        "given here say, as far as it could be read."
    )
    _guesses(teller, told)
    _files_in(teller, told)
    _findings(teller, told)
    _balance(teller, told)
    _verdict(teller, told)
    _onwards(teller, workspace)


def _guesses(teller: Teller, told: Told) -> None:
    teller.chapter("What the files were taken for")
    teller.table(
        [
            {
                "file": each.path.name,
                "taken for": RECORD_TYPES[each.record_type or ""].plural.replace("_", " "),
                "because of": each.because,
            }
            for each in told.guesses
        ]
    )
    teller.say(
        "Wrong? State it: --data FILE=hazards (or activities, units, accidents, victims, "
        "evidence, …). `landrelease import` has many more options than this demonstration."
    )


def _files_in(teller: Teller, told: Told) -> None:
    teller.chapter("Files come in")
    teller.table(
        told.handed.table(),
        right=("rows", "new", "changed", "held", "unchanged", "repeated", "rejected"),
    )
    for outcome in told.handed.outcomes:
        if outcome.measured:
            before, after = (
                int(outcome.measured[f"{when}_repair_mm2"]) / 1e12 for when in ("before", "after")
            )
            teller.item(
                f"{outcome.filename}: valid polygons {before:,.4f} km² "
                + ("(nothing was repaired)" if before == after else f"(repaired {after:,.4f} km²)")
                + ", each by itself, overlaps not yet counted once"
            )
    for path, number in told.rejects:
        where = f"written to {path}" if number else "kept sealed, as the file is about persons"
        teller.item(f"rows that could not become records: {where}")


def _findings(teller: Teller, told: Told) -> None:
    teller.chapter("What the checks found")
    found = sorted(
        told.handed.findings().items(), key=lambda item: (SEVERITIES[item[0][1]], item[0][0])
    )
    if not found:
        teller.say("Nothing.")
    teller.table(
        [
            {
                "rule": rule,
                "severity": severity,
                "found": f"{number:,}",
                "first example": told.handed.example(rule),
            }
            for (rule, severity), number in found
        ],
        right=("found",),
    )


def _balance(teller: Teller, told: Told) -> None:
    teller.chapter("The balance of the land")
    assert told.total is not None
    assert told.by_unit is not None
    rows = told.by_unit.rows
    special = ("outside all units", "several units", "overlap")
    largest = sorted(
        (row for row in rows if row.hazards and row.key not in special),
        key=lambda row: -(row.suspected_mm2 + row.confirmed_mm2),
    )[:SHOWN_UNITS]
    shown = [*largest, *(row for row in rows if row.key in special)]
    left_out = sum(bool(r.hazards) for r in rows if r not in shown)
    if largest:
        teller.say(
            f"Hectares. The {len(largest)} units with most suspected or confirmed "
            f"land; {left_out} more hold some, and are in the total."
        )
    else:
        teller.say("Hectares. No administrative units were given, so all stands outside of them.")
    teller.table(
        balance_rows([*((_unit(row), row) for row in shown), ("TOTAL", told.total.total)]),
        right=NUMBERS,
    )
    teller.item(headline(told.total))
    notes = told.total.notes
    if notes["classification_not_recorded"]:
        teller.item(
            f"{notes['classification_not_recorded']:,} areas are not recorded as suspected or "
            "confirmed; they are held as suspected."
        )
    undecided = notes["undecided_releases"]
    if undecided["count"]:
        teller.item(
            f"{undecided['count']:,} reports of released land ({undecided['undated']:,} without a "
            "date) moved nothing: two people have to decide on each. Releases from before the "
            "register enter with `landrelease import FILE --as activities --accept --legacy`."
        )
    for rule, number in notes["discrepancies"].items():
        teller.item(f"discrepancy {rule}: {number:,}")
    teller.item(
        f"residual {told.total.residual_mm2} mm², drift {told.total.drift_mm2} mm² "
        f"(at most {notes['drift_bound_mm2']})"
    )


def _unit(row: Row) -> str:
    return row.key if row.key == "overlap" else row.label


def _verdict(teller: Teller, told: Told) -> None:
    teller.chapter("Is the register what its journal says?")
    verdict = told.verdict
    if verdict.well:
        teller.say(
            f"Verified: {verdict.entries} journal entries, played back, give the same "
            f"{sum(verdict.rows.values()):,} rows."
        )
        return
    teller.say(f"NOT VERIFIED: {len(verdict.problems)} problems.")
    for problem in verdict.problems:
        teller.item(problem)


def _onwards(teller: Teller, workspace: Path) -> None:
    teller.chapter("Go on from here")
    for command in (
        f"landrelease -w {workspace} ledger balance --by unit --format csv",
        f"landrelease -w {workspace} review list",
        f"landrelease -w {workspace} serve",
    ):
        teller.item(command)
    teller.say("\nNot for navigation. No record does not mean safe. Not an official report.")
