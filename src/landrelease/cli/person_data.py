"""``landrelease person-data``: erasing a person."""

from __future__ import annotations

from typing import Annotated

import typer

from landrelease.register.errors import RegisterError

from . import context
from .main import app
from .people import code_for, password_for

person_data_app = typer.Typer(help="Erase the personal data of a person.", no_args_is_help=True)
app.add_typer(person_data_app, name="person-data")

FormatOption = Annotated[context.Format, typer.Option(help="How to print.")]


@person_data_app.command("erase")
def erase(
    ref: Annotated[str, typer.Argument(help="Record about the person, such as VI-3.")],
    confirm: Annotated[
        str, typer.Option(help="The code that the preview printed; without it nothing is erased.")
    ] = "",
    by: Annotated[
        str, typer.Option(help="Data protection officer who erases (sign-in name).")
    ] = "",
    because: Annotated[
        str,
        typer.Option(
            help="Why: request (of the person), retention (time is over), mistake, order (of a "
            "court or authority). No free text, which could name the person."
        ),
    ] = "",
    format: FormatOption = context.Format.table,
) -> None:
    """Erase a person for good, in two steps: a preview, then the same with --confirm CODE.

    The keys of the person's fields are destroyed, and those of the files that hold the person, or
    of which that cannot be told: the rows of other persons in those files were sealed one by one
    and stay readable, and so do all other files. The journal says that
    somebody was erased, by whom and why, and nothing of what was. It cannot be taken back.

    Example: landrelease -w bosnia person-data erase VI-3
    """
    context.open_workspace()
    from landrelease.register import erasures, people

    if not confirm:
        plan = erasures.plan(ref)
        rows = [
            {
                "record": plan.ref,
                "keys": len(plan.person_keys),
                "files_unreadable": len(plan.originals),
                "rejected_rows_unreadable": plan.rejected_rows,
                "attachments_unreadable": plan.attachments,
                "rows_of_others_kept": plan.rows_of_others,
                "files_kept": plan.files_spared,
                "copies_to_delete": len(plan.copies),
                "code": plan.code,
            }
        ]
        if format is context.Format.json:
            context.print_json(
                {
                    **rows[0],
                    "files": list(plan.originals),
                    "files_untold": list(plan.untold),
                    "copies": list(plan.copies),
                }
            )
        else:
            context.print_rows(rows, format)
        for receipt in plan.originals:
            why = ", as it cannot be told whether it holds the person" * (receipt in plan.untold)
            context.say(f"can no longer be read afterwards{why}: the file of submission {receipt}")
        if plan.rows_of_others:
            context.say(
                f"{plan.rows_of_others} rows of these files are about other persons; they stay "
                "readable, each sealed by itself"
            )
        for name in plan.copies:
            context.say(f"still holds the keys, delete it: backups/{name}")
        context.say(
            "nothing was erased. To erase for good: landrelease person-data erase "
            f"{ref} --confirm {plan.code} --by NAME --because request"
        )
        return
    if because not in list(erasures.Because):
        raise RegisterError(f"say why with --because: {', '.join(erasures.Because)}")
    if not by:
        raise RegisterError("say who erases with --by: a data protection officer signs in")
    officer = people.sign_in(by, password_for(by), code_for(by))
    done = erasures.erase(
        ref, officer, because=erasures.Because(because), confirmation=confirm
    )  # fmt: skip
    context.print_rows(
        [
            {
                "record": ref,
                "entry": done.entry,
                "keys": done.keys,
                "files_unreadable": len(done.originals),
                "copies_cleaned": len(done.cleaned),
            }
        ],
        format,
    )
    for name in done.left:
        context.say(f"still holds the keys, delete it: backups/{name}")
    context.say(
        "erased. Copy keys/erasures.jsonl to where the keys are kept: a restore needs it. Backups "
        "from before still hold the encrypted data and the wrapped keys until they are pruned"
    )


@person_data_app.command("erasures")
def list_erasures(format: FormatOption = context.Format.table) -> None:
    """List what was erased: times, records and numbers of keys, never what was in them.

    Example: landrelease -w bosnia person-data erasures
    """
    opened = context.open_workspace()
    from landrelease.register import erasures

    context.print_rows(
        [
            {
                "at": one.at[:19],
                "record_type": one.record_type,
                "record": one.record_uid,
                "keys": len(one.keys),
            }
            for one in erasures.read(erasures.log_path(opened.folder))
        ],
        format,
        right=("keys",),
    )


@person_data_app.command("reapply")
def reapply() -> None:
    """Destroy keys that the log says are destroyed and that came back with an old database.

    'landrelease restore' does this by itself; it is for databases that were put back by hand.

    Example: landrelease -w bosnia person-data reapply
    """
    context.open_workspace()
    from landrelease.register import erasures

    context.say(f"{erasures.reapply()} keys of erased persons destroyed again")
