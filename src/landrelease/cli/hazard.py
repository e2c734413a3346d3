"""``landrelease hazard``: acts on hazardous areas as records of land, decided by people."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from . import context
from .main import app
from .review import actor_for

hazard_app = typer.Typer(
    help="Void, merge, split, reclassify, extend, reopen hazardous areas.", no_args_is_help=True
)
app.add_typer(hazard_app, name="hazard")

Hazard = Annotated[str, typer.Argument(help="Hazardous area, such as HA-3.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in words.")]
Evidence = Annotated[
    list[str] | None,
    typer.Option(
        "--evidence",
        help="What it rests on: EV-1, DOC-2, AX-3, EO-4; several with | or by repeating.",
    ),
]
On = Annotated[
    datetime | None,
    typer.Option(
        "--on",
        formats=["%Y-%m-%d"],
        help="Day from which it holds on the ground. Default: the latest date of the evidence "
        "where it tells of the ground, today where the act is about records.",
    ),
]
Person = Annotated[
    str | None,
    typer.Option(
        "--person",
        help="Consent as this person (password is asked for). Without it an act that takes two "
        "people is only handed in.",
    ),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only show what it would move; nothing is kept.")
]
Printed = Annotated[context.Format, typer.Option("--format", help="How to print.")]
Crs = Annotated[
    str | None,
    typer.Option(
        "--crs", help="Coordinate system of the file where it states none or a wrong one."
    ),
]


@hazard_app.command("void")
def void(
    hazard: Hazard,
    reason: Reason,
    evidence: Evidence = None,
    on: On = None,
    person: Person = None,
    dry_run: DryRun = False,
    format: Printed = context.Format.table,
) -> None:
    """Withdraw an area recorded in error: a counter-entry, never a deletion. Two people.

    Example: landrelease -w bosnia hazard void HA-3 --reason "same as HA-9" --evidence DOC-2
    --dry-run
    """
    context.open_workspace()
    from landrelease.register import hazard_acts

    plan = hazard_acts.void(hazard, _basis(reason, evidence, on))
    carry_out(plan, person, dry_run, format)


@hazard_app.command("merge")
def merge(
    hazards: Annotated[list[str], typer.Argument(help="Hazardous areas, such as HA-3 HA-4.")],
    into: Annotated[str, typer.Option("--into", help="The area that goes on.")],
    reason: Reason,
    evidence: Evidence = None,
    on: On = None,
    person: Person = None,
    dry_run: DryRun = False,
    format: Printed = context.Format.table,
) -> None:
    """Let areas go on as one; the ids of the others stay, with what became of them. Two people.

    Example: landrelease -w bosnia hazard merge HA-3 HA-4 --into HA-3 --reason "one field"
    --evidence EV-7 --dry-run
    """
    context.open_workspace()
    from landrelease.register import hazard_acts

    plan = hazard_acts.merge(hazards, into, _basis(reason, evidence, on))
    carry_out(plan, person, dry_run, format)


@hazard_app.command("split")
def split(
    hazard: Hazard,
    parts: Annotated[
        Path, typer.Option("--parts", help="File with the polygons of the parts and their names.")
    ],
    reason: Reason,
    evidence: Evidence = None,
    on: On = None,
    crs: Crs = None,
    person: Person = None,
    dry_run: DryRun = False,
    format: Printed = context.Format.table,
) -> None:
    """Let an area go on as several that tile exactly what it holds open. Two people.

    Example: landrelease -w bosnia hazard split HA-3 --parts parts.geojson --reason "two tasks"
    --evidence EV-7 --dry-run
    """
    context.open_workspace()
    from landrelease.register import hazard_acts

    plan = hazard_acts.split(hazard, _polygons(parts, crs), _basis(reason, evidence, on))
    carry_out(plan, person, dry_run, format)


@hazard_app.command("reclassify")
def reclassify(
    hazard: Hazard,
    to: Annotated[str, typer.Option("--to", help="CHA (confirmed) or SHA (suspected).")],
    reason: Reason,
    part: Annotated[
        Path | None, typer.Option("--part", help="File with the polygon of the part it is about.")
    ] = None,
    evidence: Evidence = None,
    on: On = None,
    crs: Crs = None,
    person: Person = None,
    dry_run: DryRun = False,
    format: Printed = context.Format.table,
) -> None:
    """Make an area confirmed (one reviewer) or suspected (two people), whole or in part.

    A part is split off in the same decision, which takes two people either way.

    Example: landrelease -w bosnia hazard reclassify HA-3 --to CHA --reason "mine seen"
    --evidence EV-7 --dry-run
    """
    context.open_workspace()
    from landrelease.register import hazard_acts

    polygons = None if part is None else _polygons(part, crs)
    plan = hazard_acts.reclassify(hazard, to.upper(), _basis(reason, evidence, on), polygons)
    carry_out(plan, person, dry_run, format)


@hazard_app.command("extend")
def extend(
    hazard: Hazard,
    file: Annotated[Path, typer.Argument(help="File with the polygons of the further ground.")],
    reason: Reason,
    evidence: Evidence = None,
    on: On = None,
    crs: Crs = None,
    person: Person = None,
    dry_run: DryRun = False,
    format: Printed = context.Format.table,
) -> None:
    """Add ground to an area. One reviewer.

    Example: landrelease -w bosnia hazard extend HA-3 more.geojson --reason "found beyond the road"
    --evidence EV-7 --dry-run
    """
    context.open_workspace()
    from landrelease.register import hazard_acts

    plan = hazard_acts.extend(hazard, _polygons(file, crs), _basis(reason, evidence, on))
    carry_out(plan, person, dry_run, format)


@hazard_app.command("reopen")
def reopen(
    activity: Annotated[str, typer.Argument(help="Activity that released the land: AC-7.")],
    reason: Reason,
    evidence: Evidence = None,
    part: Annotated[
        Path | None, typer.Option("--part", help="File with the polygons it is limited to.")
    ] = None,
    on: On = None,
    crs: Crs = None,
    person: Person = None,
    dry_run: DryRun = False,
    format: Printed = context.Format.table,
) -> None:
    """Open released land again on new evidence. One person, because it raises caution.

    Example: landrelease -w bosnia hazard reopen AC-7 --reason "item found" --evidence EO-4
    --dry-run
    """
    context.open_workspace()
    from landrelease.register import reopening

    polygons = None if part is None else _polygons(part, crs)
    plan = reopening.reopen(activity, _basis(reason, evidence, on), polygons)
    carry_out(plan, person, dry_run, format)


@hazard_app.command("acts")
def list_acts(
    hazard: Annotated[str | None, typer.Argument(help="Only of this hazardous area.")] = None,
    after: Annotated[int, typer.Option(help="Journal entry after which to go on.")] = -1,
    limit: Annotated[int, typer.Option(help="How many to print.")] = 50,
    format: Printed = context.Format.table,
) -> None:
    """List what was decided about hazardous areas as records of land.

    Example: landrelease -w bosnia hazard acts HA-3
    """
    context.open_workspace()
    from landrelease.register import acts, references
    from landrelease.register.models import Hazard as Record
    from landrelease.register.models import LandAct

    rows = LandAct.objects.filter(seq__gt=after).order_by("seq", "id")
    if hazard is not None:
        rows = rows.filter(hazard_uid=references.by_ref(hazard, "hazard").uid)
    shown = list(rows[:limit])
    uids = {act.hazard_uid for act in shown}
    refs = {record.uid: record.ref for record in Record.objects.filter(uid__in=uids)}
    context.print_rows(
        [
            {
                "entry": act.seq,
                "hazard": refs.get(act.hazard_uid, act.hazard_uid),
                "on": None if act.on is None else act.on.isoformat(),
                "what": acts.told(act),
            }
            for act in shown
        ],
        format,
    )


# --- what the acts share -------------------------------------------------------------------------


def _basis(reason: str, evidence: list[str] | None, on: datetime | None) -> Any:
    from landrelease.register import act_plans

    return act_plans.Basis(reason, named(evidence), _day(on))


def named(evidence: list[str] | None) -> list[str]:
    """Single references of what ``--evidence`` was given."""
    return [ref.strip() for text in evidence or () for ref in text.split("|") if ref.strip()]


def _day(on: datetime | None) -> date | None:
    return None if on is None else on.date()


def _polygons(file: Path, crs: str | None) -> Any:
    from landrelease.exchange.deliveries import open_delivery
    from landrelease.register.schema import RECORD_TYPES

    if not file.exists():
        raise typer.BadParameter(f"{file} does not exist")
    return open_delivery(file, RECORD_TYPES["hazard"], crs=crs)


def carry_out(plan: Any, person: str | None, dry_run: bool, format: context.Format) -> None:
    """Show what a plan moves and, unless it is a dry run, hand it in and consent to it."""
    from landrelease.register import people, proposals

    # Whoever signs in consents; the document itself is handed in by the account that runs the
    # program, as every file is.
    submitter = people.at_the_command_line()
    actor = submitter if dry_run else actor_for(person)
    if dry_run:
        outcome = proposals.dry_run(plan, actor)
    else:
        decide = person is not None or not plan.two_people
        outcome = proposals.propose(plan, actor, submitter=submitter, decide=decide)
    if format is context.Format.json:
        context.print_json(outcome.to_json())
        return
    if format is context.Format.csv:
        context.print_rows(_rows(outcome.effect), format)
        return
    when = "" if outcome.on is None else f", from {outcome.on} on"
    typer.echo(f"{outcome.title}{when}")
    context.print_rows(
        [
            {**row, "ground m2": _m2(row["ground_mm2"]), "claims m2": _m2(row["claims_mm2"])}
            for row in _rows(outcome.effect)
        ],
        context.Format.table,
        title="What it moves, by account" if outcome.effect.ground else "It moves no ground",
        right=("ground_mm2", "claims_mm2", "ground m2", "claims m2"),
    )
    for kind, mm2 in outcome.effect.by_kind.items():
        typer.echo(f"  {kind}: {_m2(mm2)} m2")
    for message in outcome.effect.discrepancies:
        typer.echo(f"  discrepancy: {message}")
    typer.echo(standing(outcome))


def _rows(effect: Any) -> list[dict[str, Any]]:
    return [
        {
            "account": name,
            "ground_mm2": str(effect.ground.get(name, 0)),
            "claims_mm2": str(effect.claims.get(name, 0)),
        }
        for name in dict.fromkeys([*effect.ground, *effect.claims])
    ]


def _m2(mm2: Any) -> str:
    return f"{int(mm2) / 1e6:+,.2f}"


def standing(outcome: Any) -> str:
    """How far a proposal got, in one line."""
    people = "two people decide it" if outcome.two_people else "one person decides it"
    match outcome.standing:
        case "dry_run":
            return f"dry run: nothing was kept or changed; {people}"
        case "handed_in":
            return (
                f"handed in, receipt {outcome.receipt}; {people}: "
                f"landrelease review approve {outcome.receipt} --person NAME"
            )
        case "consented":
            return (
                f"consent of {', '.join(outcome.consents)} recorded, receipt {outcome.receipt}; "
                "a second person must consent too"
            )
    return f"decided in journal entry {outcome.entry}, receipt {outcome.receipt}"
