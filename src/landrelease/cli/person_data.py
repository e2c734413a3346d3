"""``landrelease person-data``: reading what is sealed, for a stated purpose; erasing a person."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from landrelease.register.errors import RegisterError

from . import context
from .main import app
from .people import code_for, password_for

if TYPE_CHECKING:
    from landrelease.register import personal

person_data_app = typer.Typer(
    help="Read and erase the personal data of a person.", no_args_is_help=True
)
app.add_typer(person_data_app, name="person-data")

FormatOption = Annotated[context.Format, typer.Option(help="How to print.")]


PurposeOption = Annotated[
    str, typer.Option(help="What they are needed for; kept in the log (access readings).")
]
OfficerOption = Annotated[
    str, typer.Option("--by", help="Data protection officer who reads (sign-in name).")
]


@person_data_app.command("read")
def read(
    ref: Annotated[
        str,
        typer.Argument(help="Record about the person, such as VI-3; report out of a mail, DOC-3."),
    ],
    purpose: PurposeOption,
    by: OfficerOption,
    format: FormatOption = context.Format.table,
) -> None:
    """Print the personal fields of one record, and the rows received about the person.

    The reading is logged before anything is decrypted. The fields in force come first; after them
    each row of a file as it was received, with its receipt and its number in that file. A row from
    before the person was erased says so. Of a report that came by e-mail each row is one of its
    correspondents; erase takes that number (DOC-3/1).

    Example: landrelease -w bosnia person-data read VI-3 --purpose "request of the family" --by dora
    """
    context.open_workspace()
    from landrelease.register import access, personal, seal

    record = access.find(ref)
    if not personal.is_about_persons(record):
        raise RegisterError(f"{ref} is no record about a person, so there is nothing to read")
    found = personal.read(officer_called(by), record, purpose)
    if found.values is None and record.schema.name in personal.types():
        _say_why_nothing(ref, seal.is_erased(record))
    lines = [*_fields_in_force(found.values or {}), *_cells_received(found.rows)]
    if lines:
        context.print_rows(lines, format)
    if found.values is None and all(row.cells is None for row in found.rows):
        raise typer.Exit(1)


def _fields_in_force(values: dict[str, Any]) -> list[dict[str, Any]]:
    fields = {name: value for name, value in values.items() if name != "extra"}
    return [
        {"field": name, "value": value, "received_in": "", "row": None}
        for name, value in {**fields, **(values.get("extra") or {})}.items()
    ]


def _cells_received(rows: Sequence[personal.ReceivedRow]) -> Iterator[dict[str, Any]]:
    for row in rows:
        where = {"received_in": row.receipt, "row": row.row}
        if row.cells is None:
            context.say(f"{row.receipt}, row {row.row}: the person of this row was erased")
            yield {"field": "", "value": "erased", **where}
        for name, value in (row.cells or {}).items():
            yield {"field": name, "value": value, **where}


@person_data_app.command("original")
def original(
    receipt: Annotated[str, typer.Argument(help="Receipt of a file or form about persons.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="New folder to write to.")],
    purpose: PurposeOption,
    by: OfficerOption,
) -> None:
    """Write a sealed file or filled-in form as received, with what came with it; each is logged.

    What is written lies in clear: nobody but you may read the folder, and you delete it.

    Example: landrelease -w bosnia person-data original 20240610-1a2b3c4d -o opened --purpose "court
    order" --by dora
    """
    context.open_workspace()
    from landrelease.register import personal
    from landrelease.register.decisions import find_submission
    from landrelease.register.models import FieldInstance

    if output.exists():
        raise typer.BadParameter(f"{output} exists; give a new folder", param_hint="--output")
    submission = find_submission(receipt)
    reader = officer_called(by)
    data = personal.original(reader, submission, purpose)
    if data is None:
        _say_why_nothing(receipt, True)
        raise typer.Exit(1)
    instance = FieldInstance.objects.filter(holder=submission).first()
    output.mkdir(mode=0o700, parents=True)
    suffix = ".xml" if instance is not None else Path(submission.filename).suffix[:10]
    _write(output / f"{receipt}{suffix}", data)
    attachments = [] if instance is None else list(instance.attachments.order_by("id"))
    for number, attachment in enumerate(attachments, start=1):
        opened = personal.attachment(reader, attachment, purpose)
        if opened is not None:
            # The name is a stranger's: it is neither a path nor unique.
            _write(output / f"{receipt}-{number}{Path(opened.name).suffix[:10]}", opened.data)
    context.say(
        f"{output}: {receipt} as received, with {len(attachments)} attachments, in clear; delete "
        "the folder when you no longer need it"
    )


def officer_called(name: str) -> Any:
    """Who reads, signed in."""
    from landrelease.register import access, people

    return access.of(people.sign_in(name, password_for(name), code_for(name)))


def _say_why_nothing(ref: str, erased: bool) -> None:
    context.say(
        f"{ref}: the person was erased, the key is destroyed and nobody can read it any more"
        if erased
        else f"{ref}: no personal data were recorded"
    )


def _write(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as handle:
        handle.write(data)


@person_data_app.command("erase")
def erase(
    ref: Annotated[
        str,
        typer.Argument(
            help="Record about the person, such as VI-3; correspondent of a mail, such as DOC-3/1; "
            "the private persons in a report's claims that were decided on, such as DOC-3/persons."
        ),
    ],
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
    and stay readable, and so do all other files. Of a correspondent all mails go that name them;
    the words of the reports stay. The journal says that somebody was erased, by whom and why, and
    nothing of what was. It cannot be taken back.

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
