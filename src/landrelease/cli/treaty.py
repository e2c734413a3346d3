"""``landrelease treaty``: who is bound by what, what is due, and what claims about it are worth."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from typing import Annotated, Any

import typer

from landrelease import treaty as treaties

from . import context
from .main import app

treaty_app = typer.Typer(
    help="Who is bound by what, what is due, and claims about it. Needs no workspace.",
    no_args_is_help=True,
)
app.add_typer(treaty_app, name="treaty")

_DAY = ["%Y-%m-%d"]


@treaty_app.command("status")
def status(
    state: Annotated[str, typer.Argument(help="ISO code (UKR, UA) or English name of a state.")],
    on: Annotated[
        datetime | None, typer.Option(formats=_DAY, help="The day asked about. Default: today.")
    ] = None,
    hostilities_ended: Annotated[
        datetime | None,
        typer.Option(
            formats=_DAY,
            help="End of the hostilities that left cluster munition remnants, if that is later "
            "than the entry into force: their clearance counts from it.",
        ),
    ] = None,
    format: Annotated[context.Format, typer.Option(help="How to print.")] = context.Format.table,
) -> None:
    """Print how a state stands towards each treaty, since when, and what is due.

    "unverified" marks what rests on no document; "unknown" what the material does not hold.

    Example: landrelease treaty status UKR --on 2024-11-20
    """
    day = _day(on)
    try:
        found = treaties.status(
            state,
            day,
            hostilities_ended=None if hostilities_ended is None else hostilities_ended.date(),
        )
    except treaties.TreatyError as error:
        raise typer.BadParameter(str(error)) from error
    if format is context.Format.json:
        context.print_json(found.to_json())
        return
    rows = [_status_row(one) for one in found.treaties.values()]
    if format is context.Format.csv:
        head = {"state": found.state.iso3, "on": day.isoformat()}
        context.print_rows(
            [
                head | row | _csv_rest(one)
                for row, one in zip(rows, found.treaties.values(), strict=True)
            ],
            format,
        )
        return
    shown = [row | {"standing": row["standing"].replace("_", " ")} for row in rows]
    context.print_rows(shown, format, title=f"{found.state.name} ({found.state.iso3}), {day}")
    due = [row for one in found.treaties.values() for row in _due(one)]
    if due:
        context.print_rows(due, format, title="What is due")
    _remarks(found.treaties.values())


@treaty_app.command("deadlines")
def deadlines(
    year: Annotated[int, typer.Option(min=1983, max=2200, help="The year in which it is due.")],
    treaty: Annotated[
        str | None, typer.Option(help="One treaty: apmbc, ccm, ccw, ap2 or p5. Default: all.")
    ] = None,
    state: Annotated[str | None, typer.Option(help="One state. Default: all.")] = None,
    obligation: Annotated[
        treaties.Obligation | None, typer.Option(help="One obligation. Default: all.")
    ] = None,
    on: Annotated[
        datetime | None,
        typer.Option(formats=_DAY, help="Day from which to judge what has passed. Default: today."),
    ] = None,
    format: Annotated[context.Format, typer.Option(help="How to print.")] = context.Format.table,
) -> None:
    """List what is due in a year: stockpiles, clearance, first and yearly reports.

    The table counts the yearly reports of all states in one line a treaty, unless they are asked
    for. JSON and CSV hold each. The register holds no declarations of completion.

    Example: landrelease treaty deadlines --year 2026 --treaty apmbc
    """
    day = _day(on)
    try:
        found = treaties.deadlines(year, treaty=treaty, on=day)
        wanted = None if state is None else treaties.state(state).iso3
    except treaties.TreatyError as error:
        raise typer.BadParameter(str(error)) from error
    found = [
        one for one in found if wanted in (None, one.iso3) and obligation in (None, one.obligation)
    ]
    if format is context.Format.json:
        context.print_json(
            {"year": year, "on": day.isoformat(), "deadlines": [one.to_json() for one in found]}
        )
        return
    yearly = treaties.Obligation.yearly_report
    counted = format is context.Format.table and wanted is None and obligation is not yearly
    rows = [
        {"state": one.iso3} | _deadline_row(one)
        for one in found
        if not (counted and one.obligation is yearly)
    ]
    context.print_rows(rows, format, title=f"Due in {year}, as seen on {day}")
    if counted:
        by_day: dict[tuple[str, str], int] = defaultdict(int)
        for one in found:
            if one.obligation is yearly:
                by_day[one.treaty.name, str(one.due)] += 1
        for (name, due), number in sorted(by_day.items(), key=lambda item: item[0][1]):
            typer.echo(f"{due}: yearly reports of {number} states under the {name}")
    if format is context.Format.table:
        typer.echo(
            "A day that has passed does not say that the obligation was not met: the register "
            "holds no declarations of completion."
        )


@treaty_app.command("check")
def check(
    state: Annotated[str, typer.Argument(help="ISO code or English name of a state.")],
    treaty: Annotated[str, typer.Argument(help="Key or name of a treaty.")],
    stated: Annotated[
        str,
        typer.Argument(
            help="What is claimed: party, signatory, not_party, non-signatory, withdrawn, "
            "suspended, signed, ratified, acceded, joined."
        ),
    ],
    on: Annotated[
        datetime | None,
        typer.Option(formats=_DAY, help="The day of which it is claimed. Default: today."),
    ] = None,
    since: Annotated[
        str, typer.Option(help="Year or day from which it is said to be so (2005, 2005-12-27).")
    ] = "",
    format: Annotated[context.Format, typer.Option(help="How to print.")] = context.Format.table,
) -> None:
    """Check a claim about a state's status: agrees, imprecise, contradicts or unknown, and why.

    Example: landrelease treaty check UKR apmbc party --since 2005 --on 2024-11-20
    """
    try:
        found = treaties.check_claim(state, treaty, stated, _day(on), _since(since))
    except treaties.TreatyError as error:
        raise typer.BadParameter(str(error)) from error
    if format is context.Format.json:
        context.print_json(found.to_json())
        return
    row = {
        "state": found.state.iso3,
        "treaty": found.treaty.key,
        "claimed": f"{found.stated}{f' since {found.since}' if found.since else ''}",
        "on": found.on.isoformat(),
        "verdict": found.verdict.value,
        "why": found.explanation,
        "verified": "yes" if found.verified else "no",
    }
    context.print_rows([row], format)
    if format is context.Format.table:
        _sources(found.sources)


def _day(given: datetime | None) -> date:
    return (given or datetime.now().astimezone()).date()


def _since(text: str) -> int | date | None:
    if not text:
        return None
    when = treaties.When.parse(text)
    if when.exact:
        return when.first
    if len(text) == 4:
        return when.first.year
    raise treaties.TreatyError(f"{text!r} is neither a year nor a day: write 2005 or 2005-12-27")


def _status_row(one: treaties.TreatyStatus) -> dict[str, Any]:
    standing = one.standing.value
    if len(one.possible) > 1:
        standing += f" ({' or '.join(found.value for found in one.possible)})"
    return {
        "treaty": one.treaty.name,
        "standing": standing,
        "since": str(one.since or ""),
        "signed": _step(one, treaties.Step.signature),
        "consent": _step(one, treaties.Step.consent),
        "in force for it": str(one.entry_into_force or ""),
        "withdrawal": str(one.withdrawal or ""),
        "verified": "yes" if one.verified else "no",
        "known until": one.known_until,
    }


def _step(one: treaties.TreatyStatus, step: treaties.Step) -> str:
    fact = one.facts.get(step)
    if fact is None:
        return ""
    shown = "unknown day" if fact.when is None else str(fact.when)
    manner = f" {fact.manner}" if fact.manner not in ("", "unknown") else ""
    return f"{shown}{manner}{'' if fact.verified else ' (unverified)'}"


def _csv_rest(one: treaties.TreatyStatus) -> dict[str, Any]:
    rest = {
        obligation.value: "; ".join(
            f"{deadline} {deadline.state}" if deadline.due is not None else str(deadline)
            for deadline in one.deadlines
            if deadline.obligation is obligation
        )
        for obligation in treaties.Obligation
    }
    rest["events"] = "; ".join(event.title for event in one.events)
    rest["notes"] = "; ".join(one.notes)
    rest["sources"] = " ".join(sorted(_used([one])))
    return rest


def _due(one: treaties.TreatyStatus) -> list[dict[str, Any]]:
    """Give the deadlines of a treaty, those that it does not set in one row."""
    rows = [_deadline_row(found) for found in one.deadlines if found.due is not None]
    none = [found for found in one.deadlines if found.state == "not applicable"]
    if none:
        names = ", ".join(found.obligation.value.replace("_", " ") for found in none)
        remark = "the treaty sets no such deadline"
        rows.append(_deadline_row(none[0]) | {"obligation": names, "remarks": remark})
    return rows


def _deadline_row(one: treaties.Deadline) -> dict[str, Any]:
    remarks = [one.note] if one.note else []
    remarks += [
        f"extension {found.status} to {found.due or 'an unknown day'}"
        for found in one.extensions
        if found.status == "requested"
    ]
    return {
        "treaty": one.treaty.name,
        "obligation": one.obligation.value.replace("_", " "),
        "due": str(one),
        "is": one.state,
        "without extension": ""
        if one.original is None or one.original == one.due
        else str(one.original),
        "remarks": "; ".join(remarks),
    }


def _remarks(found: Any) -> None:
    every = list(found)
    for one in every:
        for note in one.notes:
            typer.echo(f"{one.treaty.name}: {note}")
        for event in one.events:
            when = "" if event.begins is None else f" ({event.begins})"
            typer.echo(f"{one.treaty.name}: {event.kind}: {event.title}{when}. {event.positions}")
    _sources(_used(every).values())


def _used(every: list[treaties.TreatyStatus]) -> dict[str, treaties.Source]:
    """Give the sources of all that was printed, by key."""
    known = treaties.sources()
    used: dict[str, treaties.Source] = {}
    for one in every:
        used[one.known_from.key] = one.known_from
        used |= {fact.source.key: fact.source for fact in one.facts.values()}
        used |= {event.source.key: event.source for event in one.events}
        for deadline in one.deadlines:
            used |= {source.key: known[source.key] for source in deadline.sources}
    return used


def _sources(found: Any) -> None:
    for source in sorted(found, key=lambda source: source.key):
        where = f", {source.url}" if source.url else ""
        typer.echo(f"source {source.key}: {source.title}{where} (read {source.retrieved})")
