"""Positions of states over time: what they say, and what is said of them, beside their status.

A row is a state in one gathering of claims: the same content of several reports stands once, with
the number of independent origins there can be. The treaty status is that of the register of treaty
status on the day of the claim; without a day it is left open, not guessed.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from landrelease import evidence, treaty
from landrelease.evidence.slots import states_in

from . import corroborations
from .evidence_rows import Reader, Row

KINDS = ("treaty_position", "use", "transfer", "stockpile", "production", "destruction")
TREATIES = ("apmbc", "ccm")


def position_rows(reader: Reader, *, state: str | None = None) -> Iterator[Row]:
    """List positions, by state and then by time.

    Parameters
    ----------
    reader
        Who reads.
    state
        ISO 3166-1 alpha-3 code; all states without.

    Yields
    ------
    dict
        ``state``; ``role`` ('speaker', or the part that the state plays in what is said,
        'mentioned' where the words do not show one); ``kind``, ``modality``, ``stance``; ``time``,
        ``time_precision``, ``time_basis``; ``source``; ``content``; ``strength``, ``standing``;
        and for each of `TREATIES` its status on that day, with ``_basis``.
    """
    rows = []
    for entry in corroborations.timeline():
        seen = [
            claim
            for one in entry.gathering.claims
            if (claim := reader.claims.get((one.document, one.claim))) is not None
        ]
        shown = [claim for claim in seen if reader.may_see(claim) is None]
        parts: dict[tuple[str, str], Mapping[str, Any]] = {}
        for claim in shown:
            if claim["kind"] in KINDS:
                for code, role in states_of(claim):
                    if state in (None, code):
                        parts.setdefault((code, role), claim)
        if not shown and any(claim["kind"] in KINDS for claim in seen):
            reader.withhold("claims restricted, or documents beyond the tier")
        rows += [
            _row(reader, entry, code, role, claim) for (code, role), claim in sorted(
                parts.items(), key=lambda item: item[0]
            )
        ]  # fmt: skip
    yield from sorted(rows, key=lambda row: (row["state"], row["time"] or "9999"))


def states_of(claim: Mapping[str, Any]) -> list[tuple[str, str]]:
    """States of a claim with the part they play.

    Parameters
    ----------
    claim
        In its JSON shape.

    Returns
    -------
    list of (str, str)
        ISO 3166-1 alpha-3 code and role. Who speaks for a state comes first.
    """
    source, slots = claim["source"], claim["slots"]
    told = " ".join(str(source.get(name) or "") for name in ("organisation", "role"))
    if not source.get("organisation") and not source.get("role"):
        told = str(source.get("name") or source["text"])
    found = [(code, "speaker") for code in states_in(told)[:1]]
    parties = [
        (party["code"], party["role"]) for party in slots.get("parties", ()) if party.get("code")
    ]
    played = {code for code, _ in parties}
    parties += [(code, "mentioned") for code in slots.get("states", ()) if code not in played]
    return list(dict.fromkeys(found + parties))


def _row(
    reader: Reader, entry: evidence.Entry, code: str, role: str, claim: Mapping[str, Any]
) -> Row:
    row = {
        "state": code,
        "role": reader.words(claim["document"], role),
        "kind": claim["kind"],
        "modality": claim["modality"],
        "stance": claim["stance"],
        "time": entry.value,
        "time_precision": entry.precision,
        "time_basis": entry.basis,
        **reader.speaker(claim),
        "content": reader.words(claim["document"], claim["content"]["text"]),
        "content_start": claim["content"]["start"],
        "content_end": claim["content"]["end"],
        "strength": entry.gathering.strength,
        "standing": entry.gathering.standing,
        **reader.where(claim["document"]),
        "permalink": reader.link(claim["document"], claim["claim"]),
    }
    return row | _status(code, entry.value)


def _status(code: str, when: str | None) -> Row:
    """Standing on a day; for a month or a year on its first and its last day, where they differ
    both."""
    if when is None:
        return dict.fromkeys(TREATIES) | {"status_basis": "no day is known"}
    first, last = _bounds(when)
    try:
        known = [treaty.status(code, day) for day in dict.fromkeys((first, last))]
    except treaty.TreatyError as error:
        return dict.fromkeys(TREATIES) | {"status_basis": str(error)}
    told: Row = {}
    for key in TREATIES:
        told[key] = " or ".join(dict.fromkeys(_standing(found[key]) for found in known))
    days = str(first) if first == last else f"{first} to {last}"
    return told | {"status_basis": f"treaty status register on {days}"}


def _standing(found: treaty.TreatyStatus) -> str:
    since = f" since {found.since.when}" if found.since else ""
    return found.standing.value + since + ("" if found.verified else " (unverified)")


def _bounds(when: str) -> tuple[dt.date, dt.date]:
    parts = [int(part) for part in when.split("-")]
    if len(parts) == 3:
        day = dt.date(*parts)
        return day, day
    year, month = parts[0], parts[1] if len(parts) == 2 else 12
    last = calendar.monthrange(year, month)[1]
    return dt.date(year, month if len(parts) == 2 else 1, 1), dt.date(year, month, last)
