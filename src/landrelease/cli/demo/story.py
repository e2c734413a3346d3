"""The run on the made-up island, told to somebody who sees it for the first time."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from landrelease.register.balances import Row
from landrelease.register.models import RejectedRow

from .deliveries import Handed
from .manifest import FOUND_AS
from .programme import AUTHORITY, DAYS, Told, cut_over
from .telling import NUMBERS, Teller, balance_rows, headline

SEVERITIES = {"error": 0, "warning": 1, "info": 2}


def tell(told: Told, files: Path, workspace: Path) -> None:
    """Print what happened, chapter by chapter."""
    teller = Teller()
    teller.say(f"landrelease demonstration: {told.manifest.title}")
    teller.say(
        "EVERYTHING HERE IS MADE UP: the island (drawn in empty ocean), its people, its "
        "organisations, its newspapers, every record. It shows the work, not the world."
    )
    _files_in(teller, told, files)
    _findings(teller, told)
    _historic(teller, told)
    _correction(teller, told)
    _releases(teller, told)
    _balance(teller, told)
    _reports(teller, told)
    _verdict(teller, told)
    _onwards(teller, told, workspace)


def _files_in(teller: Teller, told: Told, files: Path) -> None:
    teller.chapter("Files come in")
    teller.say(
        f"{len(told.handed.outcomes)} files as real programmes have them ({files}): longitude and "
        "latitude, UTM, bearings and distances from a reference point, hectares, an old workbook, "
        "HXL tags. Each is kept as received with its hash, checked, compared with what is known, "
        "and accepted. Accepting records what was reported; it never releases land."
    )
    teller.table(
        told.handed.table(),
        right=("rows", "new", "changed", "held", "unchanged", "repeated", "rejected"),
    )
    _rejected(teller)


def _rejected(teller: Teller) -> None:
    rejected = Counter(RejectedRow.objects.values_list("submission__filename", "rules"))
    teller.say(
        f"{rejected.total()} rows could not become records. They are kept with their submission "
        "and counted under every balance:"
    )
    for (filename, rules), number in sorted(rejected.items()):
        teller.item(f"{number} of {filename}: {rules.replace(' ', ', ')}")


def _findings(teller: Teller, told: Told) -> None:
    teller.chapter("What the checks found")
    teller.say(
        "The files are wrong on purpose, in the ways real files are. Nothing was repaired and "
        "nothing dropped: a record with a bad polygon stays, its size counts as unknown. "
        "(“Planted” is what was put in; a check may find more, such as stated areas that are "
        "only roughly right. The corrected survey, which repeats most of this, is left out here.)"
    )
    before = Handed(told.handed.outcomes[:-1])
    planted = _planted(told, before)
    found = sorted(before.findings().items(), key=lambda item: (SEVERITIES[item[0][1]], item[0][0]))
    teller.table(
        [
            {
                "rule": rule,
                "severity": severity,
                "found": number,
                "planted": planted.get(rule, ""),
                "example": _shortened(before.example(rule), 150),
            }
            for (rule, severity), number in found
        ],
        right=("found", "planted"),
    )


def _planted(told: Told, handed: Handed) -> dict[str, str]:
    """What was planted, under the name it is found by; several rows may share one number."""
    counts = told.manifest.counts()
    rows = Counter(rule for rule, _ in handed.findings())
    shown = {rule: f"{n}{' together' if rows[rule] > 1 else ''}" for rule, n in counts.items()}
    for fault, names in FOUND_AS.items():
        shown |= dict.fromkeys(names, f"{counts[fault]}{' together' if len(names) > 1 else ''}")
    return shown


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _historic(teller: Teller, told: Told) -> None:
    teller.chapter("Land released before there was a register")
    undated = len(told.manifest.records("historic_undated"))
    teller.say(
        f"{told.historic['historic']} areas were released long ago, decided elsewhere. They enter "
        f"the opening balance with their authority ({AUTHORITY}) and document, by a special "
        f"permission, and only before the cut-over date ({cut_over()}). {undated} have no date of "
        "decision: they stand in the opening balance and never appear as work of some year."
    )


def _correction(teller: Teller, told: Told) -> None:
    teller.chapter("A corrected file: no back door")
    teller.say("These people were entered (made up, like all else):")
    teller.table(
        [
            {
                "person": p.name,
                "employed by": p.organisation,
                "may decide releases": "yes" if p.may_release else "no",
                "": p.part,
            }
            for p in told.persons
        ]
    )
    corrected = told.corrected
    assert corrected is not None
    lowering = [change for change in corrected.changes if change.lowers_caution]
    teller.say(
        f"The survey is issued again ({corrected.filename}). {corrected.counts['unchanged']} "
        f"records are unchanged; {len(corrected.changes)} differ; the one left out of the file "
        f"stays recorded. {len(lowering)} of the differences would lower caution, so they were "
        "held:"
    )
    for change in corrected.changes:
        fields = [name for name in change.fields if name not in ("geometry", "geometry_state")]
        what = ", ".join(_named(name, *change.fields[name]) for name in fields)
        held = f" – HELD: {'; '.join(change.lowers_caution)}" if change.lowers_caution else ""
        teller.item(f"{change.ref}: {what}{held}")
    for refusal in told.held.refusals:
        teller.item(f"Refused: {refusal}")
    first, second = told.held.people
    teller.say(
        f"{first} approved them: "
        + ("nothing changed yet. " if told.held.after_first is None else "decided. ")
        + f"{second} approved them too: decided in journal entry {told.held.after_second}."
    )


def _named(name: str, old: Any, new: Any) -> str:
    if name == "area_mm2":
        return f"area {_square_metres(old)} -> {_square_metres(new)}"
    if name == "declared_m2":
        return f"stated area {old} -> {new} m²"
    return f"{name} {_plain(old)} -> {_plain(new)}"


def _square_metres(mm2: Any) -> str:
    return "unknown" if mm2 is None else f"{int(mm2) / 1e6:,.0f} m²"


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        start, end = value.get("start"), value.get("end")
        return str(start) if start == end else f"{start}…{end}"
    return "not recorded" if value is None else str(value)


def _releases(teller: Teller, told: Told) -> None:
    decided = told.decided
    teller.chapter("Two people release land")
    teller.say(
        f"{decided.waiting} reports say that land was released. A report is not a release: it "
        "moves land only when nothing stands against it and two people decide, who neither entered "
        f"the report nor work for whoever did the work. {len(decided.ready)} were ready."
    )
    for refusal in decided.refusals:
        teller.item(f"Refused: {refusal}")
    for (first, second), refs in decided.released.items():
        teller.item(
            f"{first} consented, and no land moved; {second} consented too: {len(refs)} reports "
            "released their land."
        )
    teller.say(
        f"\n{decided.open_reports} reports stay open, and the land they name stays open. What "
        "stands against them (a report can meet several):"
    )
    teller.table(
        [{"reports": n, "because": why} for why, n in decided.open.most_common()],
        right=("reports",),
    )


def _balance(teller: Teller, told: Told) -> None:
    teller.chapter("The balance of the land")
    teller.say(
        "Hectares, by district. Ground is counted once: where two records hold the same ground, "
        "the row “overlap” takes one of them off again. Historic releases stand in their district."
    )
    assert told.by_unit is not None
    rows = [(_district(row), row) for row in told.by_unit.rows]
    teller.table(balance_rows([*rows, ("TOTAL", told.by_unit.total)]), right=NUMBERS)
    for day, balance in zip(DAYS, told.balances, strict=True):
        teller.item(f"End of {day.year}: {headline(balance)}")
    teller.table(
        balance_rows([(str(d), b.total) for d, b in zip(DAYS, told.balances, strict=True)]),
        right=NUMBERS,
    )
    last = told.balances[-1]
    teller.say(
        f"Residual {last.residual_mm2} mm²: what was ever suspected or confirmed is all accounted "
        f"for, to the square millimetre. Drift {last.drift_mm2} mm²: how far whole booked numbers "
        f"are from the geometry measured anew (at most {last.notes['drift_bound_mm2']}). "
        f"{told.reopened_mm2 / 1e10:,.1f} ha were released and reopened by later evidence."
    )
    teller.say("\nWhat reports say and the ground does not (no land moved for it):")
    teller.table(told.discrepancies, right=("reports", "of 1 m² or more", "hectares"))


def _district(row: Row) -> str:
    """Code and name; the heading has said that all of them are made up."""
    name = row.label.removesuffix(" (made up)")
    return row.key if name == row.label else f"{row.key} {name}"


def _reports(teller: Teller, told: Told) -> None:
    teller.chapter("What the newspapers say")
    origins = Counter(story["origin"]["kind"] == "unknown" for story in told.stories)
    teller.say(
        f"{told.reports} news stories and statements tell {len(told.stories)} stories: at most "
        f"{len(told.stories)} independent origins. For {origins[True]} of them the origin is not "
        "established, so whether they are independent is unknown. Copies count once:"
    )
    several = [story for story in told.stories if len(story["documents"]) > 1]
    teller.table(
        [
            {
                "origin": story["origin"]["name"] or "not established",
                "relation": document["relation"].replace("_", " "),
                "published": document["published"],
                "document": document["path"],
            }
            for story in several
            for document in story["documents"]
        ]
    )
    named = sum(claim["source"]["name"] is not None for claim in told.claims)
    teller.say(
        f"{len(told.claims)} statements were read out of them, {named} with a named source. Here "
        "are those about an area (each figure once an origin) and about casualties. They "
        "contradict each other, and none of them is a figure of the register:"
    )
    teller.table(
        [
            {
                "who says it": claim["source"]["name"] or "not named",
                "published": _published(told, claim),
                "in": claim["document"][:2],
                "words": _shortened(claim["content"]["text"], 90),
            }
            for claim in _contradicting(told.claims)
        ]
    )


def _published(told: Told, claim: dict[str, Any]) -> str:
    for story in told.stories:
        for document in story["documents"]:
            if document["path"] == claim["document"]:
                return document["published"] or "not recorded"
    return "not recorded"


def _contradicting(claims: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Claims about an area, each figure once an origin, and about casualties, one an origin;
    sources of whom more is known before others."""
    chosen: dict[tuple[str, object], dict[str, Any]] = {}
    for claim in sorted(claims, key=lambda claim: _how_known(claim["source"])):
        if claim["kind"] == "casualties":
            chosen.setdefault((claim["story"], "casualties"), claim)
        for quantity in claim["slots"].get("quantities", ()):
            if quantity["quantity"] == "area":
                chosen.setdefault((claim["story"], quantity["lower"]), claim)
    once = {claim["claim"]: claim for claim in chosen.values()}
    return sorted(once.values(), key=lambda claim: claim["document"])


def _how_known(source: dict[str, Any]) -> int:
    """0 for somebody with name and organisation, 1 for a name alone, 2 for nobody named."""
    return (source["name"] is None) + (source["organisation"] is None)


def _verdict(teller: Teller, told: Told) -> None:
    teller.chapter("Is the register what its journal says?")
    verdict = told.verdict
    if verdict.well:
        teller.say(
            f"Verified. The {verdict.entries} entries of the journal form an unbroken chain (head "
            f"{verdict.head[:16]}…); played back into an empty database they give the same "
            f"{sum(verdict.rows.values()):,} rows, every one."
        )
        return
    teller.say(f"NOT VERIFIED: {len(verdict.problems)} problems.")
    for problem in verdict.problems:
        teller.item(problem)


def _onwards(teller: Teller, told: Told, workspace: Path) -> None:
    teller.chapter("Go on from here")
    first, second = told.persons[:2]
    teller.say("The workspace stays; each of these is one command:")
    for command in (
        f"landrelease -w {workspace} ledger balance --by class",
        f"landrelease -w {workspace} ledger discrepancies",
        f"landrelease -w {workspace} release list",
        f"landrelease -w {workspace} evidence claims",
        f"landrelease -w {workspace} export hazards.gpkg --as hazards",
        f"landrelease -w {workspace} serve",
    ):
        teller.item(command)
    teller.say(
        "To decide as one of the made-up people, use these passwords. They were drawn for this run "
        "and are not kept anywhere in clear:"
    )
    for person in (first, second):
        teller.item(f"{person.name}: {person.password}")
    teller.say("\nNot for navigation. No record does not mean safe. Made up from end to end.")
