"""``landrelease release``: two people decide that a report moves land."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from . import context
from .main import app
from .review import actor_for

if TYPE_CHECKING:
    from landrelease.register import refusals

release_app = typer.Typer(help="Release of land, by two people.", no_args_is_help=True)
app.add_typer(release_app, name="release")


@release_app.command("list")
def list_releases(
    ready: Annotated[
        bool, typer.Option("--ready", help="Only those nothing stands against.")
    ] = False,
    after: Annotated[int, typer.Option(help="Activity id after which to go on.")] = 0,
    limit: Annotated[int, typer.Option(help="How many activities to look at.")] = 200,
    format: Annotated[context.Format, typer.Option(help="How to print.")] = context.Format.table,
) -> None:
    """List reports of released land that have moved nothing yet, and why.

    Example: landrelease -w bosnia release list --ready
    """
    context.open_workspace()
    from landrelease.register import refusals, release_decisions

    rows = []
    for waiting in release_decisions.waiting_releases(after=after, limit=limit):
        if ready and waiting.obstacles:
            continue
        rows.append(
            {
                "activity": waiting.activity.ref,
                "result": waiting.activity.result,
                "hazard": waiting.hazard_ref,
                "proposed": " ".join(waiting.proposed),
                "consents": " ".join(waiting.consents),
                "stands against": "; ".join(waiting.obstacles),
                "refused": "; ".join(
                    f"by {one.by} in journal entry {one.seq}: {one.reason}{_since(one)}"
                    for one in refusals.of(waiting.activity)
                ),
            }
        )
    context.print_rows(rows, format)


def _since(refusal: refusals.Refusal) -> str:
    if refusal.taken_back is not None:
        back = refusal.taken_back
        return f" (taken back in journal entry {back.seq}: {back.reason})"
    return "" if refusal.stands else " (something new has come in since)"


@release_app.command("approve")
def approve(
    activities: Annotated[
        list[str] | None, typer.Argument(help="Activities, such as AC-12.")
    ] = None,
    person: Annotated[str, typer.Option("--person", help="Sign in as this person.")] = ...,  # type: ignore[assignment]
    all_ready: Annotated[
        bool, typer.Option("--all-ready", help="All that nothing stands against.")
    ] = False,
    hazard: Annotated[
        str | None,
        typer.Option(
            help="Hazard of an activity that is linked to none (HA-3), or to one that was merged "
            "or split."
        ),
    ] = None,
    extends_hazard: Annotated[
        bool,
        typer.Option(
            "--extends-hazard",
            help="Ground of the report outside its hazard belonged to it: it is newly identified "
            "and released at once. Both people must say so.",
        ),
    ] = False,
) -> None:
    """Consent to releases; the second person's consent moves the land.

    Neither of the two may have submitted the report or be employed by the operator that did the
    work (rule 14).

    Example: landrelease -w bosnia release approve AC-12 AC-13 --person amra
    """
    context.open_workspace()
    from landrelease.register import release_decisions

    refs = list(activities or [])
    actor = actor_for(person)
    if all_ready:
        refs += [w.activity.ref for w in release_decisions.waiting_releases() if not w.obstacles]
    if not refs:
        raise typer.BadParameter("name the activities, or give --all-ready")
    result = release_decisions.approve_releases(
        refs,
        actor,
        hazards=None if hazard is None else dict.fromkeys(refs, hazard),
        extends_hazard=extends_hazard,
    )
    if result.consented:
        context.say(
            f"consent recorded for {len(result.consented)}; a second person must consent too"
        )
    if result.released:
        context.say(f"{len(result.released)} released in journal entry {result.entry}")
    for ref, reasons in result.refused.items():
        context.say(f"{ref} not released: {'; '.join(reasons)}")
    if result.refused and not (result.consented or result.released):
        raise typer.Exit(1)


@release_app.command("refuse")
def refuse(
    activity: Annotated[str, typer.Argument(help="Activity, such as AC-12.")],
    reason: Annotated[
        str, typer.Option(help="Why, so that whoever proposed it can act on it; kept.")
    ],
    person: Annotated[str, typer.Option("--person", help="Sign in as this person.")],
    hazard: Annotated[
        str, typer.Option(help="Hazard that it was looked at with, if it is linked to none (HA-3).")
    ] = "",
) -> None:
    """Refuse a release: the land stays as it was, and who refused and why stays on record.

    It takes somebody who could be one of the two who release (rule 14). Nobody can consent until
    the report is corrected, a quality visit to it passes or the refusal is taken back
    (take-back); consents given before count no more.

    Example: landrelease -w bosnia release refuse AC-12 --reason "east lane unchecked" --person amra
    """
    context.open_workspace()
    from landrelease.register import refusing

    entry = refusing.refuse(activity, actor_for(person), reason, hazard=hazard)
    context.say(f"{activity} refused in journal entry {entry.seq}; the land stays as it was")


@release_app.command("take-back")
def take_back(
    activity: Annotated[str, typer.Argument(help="Activity, such as AC-12.")],
    reason: Annotated[str, typer.Option(help="Why the refusal was a mistake; kept.")],
    person: Annotated[str, typer.Option("--person", help="Sign in as this person.")],
) -> None:
    """Take back your own refusal of a release; the report waits for two consents again.

    Nobody else can take it back, administrators included (rules 4 and 14). The land stays as it
    was, the refusal stays on record, and consents given before it do not come back.

    Example: landrelease -w bosnia release take-back AC-12 --reason "wrong report" --person amra
    """
    context.open_workspace()
    from landrelease.register import refusing

    entry = refusing.take_back(activity, actor_for(person), reason)
    context.say(
        f"refusal of {activity} taken back in journal entry {entry.seq}; it takes two consents, "
        "and those from before do not count"
    )
