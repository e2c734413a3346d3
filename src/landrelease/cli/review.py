"""``landrelease review``: submissions, their differences, and what becomes of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from . import context
from .main import app
from .people import code_for, password_for

review_app = typer.Typer(help="Submissions and what becomes of them.", no_args_is_help=True)
app.add_typer(review_app, name="review")

Receipt = Annotated[str, typer.Argument(help="Receipt of the submission.")]
PersonOption = Annotated[
    str | None, typer.Option("--person", help="Sign in as this person (password is asked for).")
]


def actor_for(person: str | None):
    """The signed-in person, or the account at the command line."""
    from landrelease.register import people

    if person is None:
        return people.at_the_command_line()
    return people.sign_in(person, password_for(person), code_for(person))


@review_app.command("list")
def list_submissions(
    state: Annotated[str | None, typer.Option(help="Only submissions in this state.")] = None,
    before: Annotated[int | None, typer.Option(help="Id before which to go on.")] = None,
    limit: Annotated[int, typer.Option(help="How many to print.")] = 50,
    format: Annotated[context.Format, typer.Option(help="How to print.")] = context.Format.table,
) -> None:
    """List submissions, newest first.

    Example: landrelease -w bosnia review list --state checked
    """
    context.open_workspace()
    from landrelease.register.models import Submission

    rows = Submission.objects.order_by("-id")
    if state:
        rows = rows.filter(state=state)
    if before:
        rows = rows.filter(id__lt=before)
    context.print_rows(
        [
            {
                "id": s.id,
                "receipt": s.receipt,
                "received": s.received_at[:19],
                "type": s.record_type,
                "file": s.filename,
                "state": s.state,
                **_counted(s),
            }
            for s in rows[:limit]
        ],
        format,
    )


def _counted(submission: Any) -> dict[str, Any]:
    """Counts of a submission; None for one that was never compared."""
    counts = json.loads(submission.summary).get("counts", {})
    names = ("new", "changed", "held_for_second_person", "rejected")
    return {name: counts.get(name) for name in names}


@review_app.command("show")
def show(
    receipt: Receipt,
    format: Annotated[context.Format, typer.Option(help="How to print.")] = context.Format.table,
) -> None:
    """Show a submission: counts, whose consent stands, findings by rule, rejected rows.

    Example: landrelease -w bosnia review show 20240610-1a2b3c4d
    """
    context.open_workspace()
    from landrelease.register import decisions, sealed_rows

    submission = decisions.find_submission(receipt)
    summary = json.loads(submission.summary)
    held = submission.parts.filter(standing="held").exists()
    consents = decisions.standing_consents(submission) if held else []
    rejected = [
        {
            "row": r.row,
            "rules": r.rules,
            # Of a file about persons they are opened for a purpose only (person-data original).
            "cells": "sealed" if submission.sealed else sealed_rows.rejected_cells(r),
        }
        for r in submission.rejected.order_by("id")[:50]
    ]
    if format is context.Format.json:
        context.print_json(
            {
                "receipt": receipt,
                "state": submission.state,
                **summary,
                "consents": consents,
                "rejected": rejected,
            }
        )
        return
    typer.echo(f"{receipt}: {submission.filename}, {submission.state}, source {submission.source}")
    if "effect" in summary:
        moved = summary["effect"]["ground_mm2"].items()
        told = ", ".join(f"{name} {int(mm2) / 1e6:+,.2f} m2" for name, mm2 in moved)
        typer.echo(f"it would move: {told or 'no ground'}")
    else:
        typer.echo(json.dumps(summary.get("counts", {})))
    if held:
        told = ", ".join(consents) or "nobody yet"
        typer.echo(f"held back for two people; consented: {told}")
    context.print_rows(
        [
            {"rule": f.rule, "severity": f.severity, "row": f.row, "message": f.message}
            for f in submission.findings.order_by("id")[:50]
        ],
        format,
        title="First findings",
    )
    if rejected:
        context.print_rows(rejected, format, title="First rejected rows")


@review_app.command("rejects")
def rejects(
    receipt: Receipt,
    output: Annotated[Path, typer.Option("--output", "-o", help="CSV file to write.")],
) -> None:
    """Write the rows that could not become records, as received, with the rules they break.

    Example: landrelease -w bosnia review rejects 20240610-1a2b3c4d -o rejects.csv
    """
    context.open_workspace()
    from landrelease.register.decisions import find_submission

    from .importing import write_rejects

    count = write_rejects(find_submission(receipt), output)
    context.say(f"{count} rejected rows written to {output}")


@review_app.command("accept")
def accept(receipt: Receipt, person: PersonOption = None) -> None:
    """Accept a checked submission. What lowers caution stays held for two people.

    Example: landrelease -w bosnia review accept 20240610-1a2b3c4d
    """
    context.open_workspace()
    from landrelease.register import decisions

    entry = decisions.accept_submission(receipt, actor_for(person))
    context.say("nothing to accept" if entry is None else f"accepted in journal entry {entry.seq}")


@review_app.command("approve")
def approve(
    receipt: Receipt,
    person: Annotated[str, typer.Option("--person", help="Sign in as this person.")],
) -> None:
    """Consent to changes that lower caution; the second person's consent decides.

    Example: landrelease -w bosnia review approve 20240610-1a2b3c4d --person amra
    """
    context.open_workspace()
    from landrelease.register import decisions

    entry = decisions.approve_held(receipt, actor_for(person))
    context.say(
        "consent recorded; a second person must consent too"
        if entry is None
        else f"decided in journal entry {entry.seq}"
    )


@review_app.command("return")
def return_(
    receipt: Receipt,
    reason: Annotated[str, typer.Option(help="What has to be put right, and how.")],
    person: PersonOption = None,
) -> None:
    """Return what is still open of a submission to its sender; the file and the reason are kept.

    The corrected file is handed in with 'import --answers RECEIPT'.

    Example: landrelease -w bosnia review return 20240610-1a2b3c4d --reason "which datum?"
    """
    context.open_workspace()
    from landrelease.register import decisions

    decisions.return_submission(receipt, actor_for(person), reason)
    context.say(f"{receipt} returned")


@review_app.command("duplicates")
def duplicates(
    look: Annotated[
        bool, typer.Option("--look", help="Look through the whole register anew.")
    ] = False,
    limit: Annotated[int, typer.Option(help="How many pairs to print.")] = 50,
    format: Annotated[context.Format, typer.Option(help="How to print.")] = context.Format.table,
) -> None:
    """List pairs of records that may be one, the surest first; a suspicion is no fact.

    Example: landrelease -w bosnia review duplicates --look
    """
    context.open_workspace()
    from landrelease.register import duplicates as suspected
    from landrelease.register.models import RECORDS, SuspectedDuplicate

    if look:
        with context.progress() as progress:
            suspected.look(progress)
    rows = []
    for row in SuspectedDuplicate.objects.order_by("id")[:limit]:
        named = RECORDS[row.record_type].objects.filter(uid__in=[row.one_uid, row.other_uid])
        rows.append(
            {
                "records": " ".join(one.ref for one in named.order_by("id")),
                "signs": "; ".join(suspected.SIGNS[sign] for sign in row.signs.split("|")),
                "iou": None if row.iou is None else f"{row.iou:.3f}",
                "known at": row.known_seq,
            }
        )
    context.print_rows(rows, format)


@review_app.command("same-as")
def same_as(
    record: Annotated[str, typer.Argument(help="The record that lists leave out (HA-12).")],
    shown: Annotated[str, typer.Argument(help="The record that lists show in its place (HA-3).")],
    reason: Annotated[str, typer.Option(help="Why; it is kept.")],
    person: Annotated[str, typer.Option("--person", help="Sign in as this person.")],
    apart: Annotated[bool, typer.Option("--apart", help="They are not the same.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take back what was said of them.")] = False,
) -> None:
    """Say that two records are the same, or not; neither they nor any figure changes.

    Example: landrelease -w bosnia review same-as HA-12 HA-3 --reason "one field" --person amra
    """
    if apart and undo:
        raise typer.BadParameter("give --apart or --undo, not both")
    context.open_workspace()
    from landrelease.register import access
    from landrelease.register import same_as as links

    do = links.undo if undo else links.tell_apart if apart else links.link
    entry = do(access.find(record), access.find(shown), actor_for(person), reason=reason)
    context.say(f"written into journal entry {entry.seq}")


@review_app.command("reject")
def reject(
    receipt: Receipt,
    reason: Annotated[str, typer.Option(help="Why, so that the sender can act on it.")],
    person: PersonOption = None,
) -> None:
    """Reject what is still open of a submission; the file and the reason are kept.

    Example: landrelease -w bosnia review reject 20240610-1a2b3c4d --reason "wrong zone; send again"
    """
    context.open_workspace()
    from landrelease.register import decisions

    decisions.reject_submission(receipt, actor_for(person), reason)
    context.say(f"{receipt} rejected")
