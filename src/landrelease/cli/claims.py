"""``landrelease evidence accept``, ``reject``, ``withdraw``, ``decisions``: claims, decided."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from . import context
from .evidence import FormatOption, LimitOption, OffsetOption, _page, evidence_app
from .hazard import named, standing
from .review import actor_for

Claim = Annotated[
    str, typer.Argument(help="Claim, by its id or the beginning of it ('evidence claims').")
]
Person = Annotated[
    str | None,
    typer.Option(
        "--person",
        help="Decide as this person (password is asked for). Default: the account that runs the "
        "program, as for other data entry.",
    ),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only show what would be recorded; nothing is kept.")
]


@evidence_app.command("accept")
def accept(
    claim: Claim,
    hazard: Annotated[
        str | None, typer.Option("--hazard", help="Hazardous area it is evidence for: HA-12.")
    ] = None,
    indication: Annotated[
        bool,
        typer.Option(
            "--indication",
            help="Record a new indication without area instead: never a polygon, never an SHA or "
            "CHA.",
        ),
    ] = False,
    reliability: Annotated[
        str,
        typer.Option("--reliability", help="Of the source, A to F; F = cannot be judged."),
    ] = "F",
    credibility: Annotated[
        str,
        typer.Option("--credibility", help="Of the information, 1 to 6; 6 = cannot be judged."),
    ] = "6",
    classes: Annotated[
        list[str] | None,
        typer.Option(
            "--class",
            help="Contamination class it speaks of: ap, ap_improvised, av, cmr, erw; several with "
            "| or by repeating. Default: not recorded.",
        ),
    ] = None,
    restricted: Annotated[
        bool, typer.Option("--restricted", help="Restrict the evidence item (rule 22).")
    ] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why, in words.")] = "",
    person: Person = None,
    dry_run: DryRun = False,
    format: FormatOption = context.Format.table,
) -> None:
    """Accept a claim as an evidence item on a hazardous area, or as an indication without area.

    It releases nothing and lowers no caution; land that was released of that area is put in
    question.

    Example: landrelease -w bosnia evidence accept 3fa92c01 --hazard HA-12 --reliability B
    --credibility 2 --dry-run
    """
    context.open_workspace()
    from landrelease.register import claim_decisions

    decide = claim_decisions.preview_accept if dry_run else claim_decisions.accept
    outcome = decide(
        claim,
        actor=actor_for(person),
        hazard=hazard,
        indication=indication,
        reliability=reliability,
        credibility=credibility,
        classes=named(classes) or None,
        restricted=restricted,
        reason=reason,
    )
    _print(outcome, format)


@evidence_app.command("reject")
def reject(
    claim: Claim,
    reason: Annotated[str, typer.Option("--reason", help="Why, in words.")],
    person: Person = None,
    format: FormatOption = context.Format.table,
) -> None:
    """Reject a claim: it stays in its report, and nothing of it enters the register.

    Example: landrelease -w bosnia evidence reject 3fa92c01 --reason "about another country"
    """
    context.open_workspace()
    from landrelease.register import claim_decisions

    _print(claim_decisions.reject(claim, actor=actor_for(person), reason=reason), format)


@evidence_app.command("withdraw")
def withdraw(
    claim: Annotated[
        str, typer.Argument(help="Claim that was accepted, or evidence item such as EV-3.")
    ],
    reason: Annotated[str, typer.Option("--reason", help="Why, in words.")],
    person: Annotated[
        str | None,
        typer.Option(
            "--person",
            help="Consent as this person (password is asked for). Without it a withdrawal that "
            "takes two people is only handed in.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what rests on it; nothing is kept.")
    ] = False,
    format: FormatOption = context.Format.table,
) -> None:
    """Withdraw evidence: what rested on it is shown, and nothing is deleted.

    It takes two people as long as the area it is on stands, or a question it raised is open.

    Example: landrelease -w bosnia evidence withdraw EV-3 --reason "the paper retracted it"
    --dry-run
    """
    context.open_workspace()
    from landrelease.register import claim_decisions, people

    outcome = claim_decisions.withdraw(
        claim,
        actor=actor_for(person),
        reason=reason,
        submitter=None if person is None else people.at_the_command_line(),
        dry_run=dry_run,
    )
    _print(outcome, format)


@evidence_app.command("decisions")
def decisions(
    limit: LimitOption = None,
    offset: OffsetOption = 0,
    format: FormatOption = context.Format.table,
) -> None:
    """List what was decided about claims, those among them that are no longer found.

    Example: landrelease -w bosnia evidence decisions --format json
    """
    context.open_workspace()
    from landrelease.register import claim_decisions

    found: list[dict[str, Any]] = _page(claim_decisions.decided(), limit, offset, "decisions")
    if format is context.Format.json:
        context.print_json(found)
        return
    context.print_rows(
        [
            {
                "claim": one["claim"][:12],
                "state": one["state"],
                "evidence": one["evidence_ref"],
                "hazard": one["hazard_ref"],
                "by": one["decider"],
                "at": one["decided_at"][:16],
                "entry": one["entry"],
                "why": one["reason"],
                "document": one["document"],
                "still found": "yes" if one["found"] else "no longer found",
                "words": one["words"],
            }
            for one in found
        ],
        format,
    )


def _print(outcome: Any, format: context.Format) -> None:
    if format is context.Format.json:
        context.print_json(outcome.to_json())
        return
    if format is context.Format.csv:
        row = outcome.to_json()
        shown = ("receipt", "state", "standing", "evidence_ref", "hazard_ref", "entry")
        context.print_rows([{name: row[name] for name in shown}], format)
        return
    for kind, states in outcome.recorded.items():
        for state in states:
            told = {k: v for k, v in state.items() if k not in ("geometry_state", "namespace")}
            rows = [{"field": name, "value": told[name]} for name in sorted(told)]
            context.print_rows(rows, format, title=f"Would be recorded: {kind}")
    if outcome.rests_on_it:
        rows = [one.to_json() for one in outcome.rests_on_it]
        context.print_rows(rows, format, title="What rests on it, and stays as it is")
    for message in outcome.questions:
        typer.echo(f"put in question: {message}")
    typer.echo(_standing(outcome))


def _standing(outcome: Any) -> str:
    if outcome.standing != "decided":
        return standing(outcome)
    where = f", {outcome.evidence_ref} on {outcome.hazard_ref}" if outcome.evidence_ref else ""
    return f"{outcome.state}{where}: journal entry {outcome.entry}, receipt {outcome.receipt}"
