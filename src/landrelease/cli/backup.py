"""``landrelease backup`` and ``restore``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from landrelease.register.errors import BackupError

from . import context
from .main import app


class _MakesUnlessTold(TyperGroup):
    """``landrelease backup FOLDER`` is short for ``landrelease backup make FOLDER``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["make", *args]
        return super().parse_args(ctx, args)


backup_app = typer.Typer(
    help="Back up a workspace while it is in use; 'backup FOLDER' means 'backup make FOLDER'.",
    no_args_is_help=True,
    cls=_MakesUnlessTold,
)
app.add_typer(backup_app, name="backup")

#: Where a passphrase is taken from before it is asked for.
PASSPHRASE = "LANDRELEASE_BACKUP_PASSPHRASE"  # nosec B105 # name of a variable of the environment

FormatOption = Annotated[context.Format, typer.Option(help="How to print.")]


@backup_app.command("make")
def make(
    folder: Annotated[Path, typer.Argument(help="Folder of the backups, best on another disk.")],
    one_file: Annotated[
        bool,
        typer.Option("--one-file", help="Put what was handed in into the archive, to carry away."),
    ] = False,
    with_keys: Annotated[
        bool,
        typer.Option(
            "--with-keys",
            help="Put the keys into the archive, under a passphrase (asked for, or taken from "
            f"{PASSPHRASE}).",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be saved, and write nothing.")
    ] = False,
    format: FormatOption = context.Format.table,
) -> None:
    """Save the open workspace: all tables, what was handed in, the settings.

    Nobody has to stop working. The archive is read back before it gets its name; it restores to
    SQLite and to PostgreSQL. What was handed in lies beside it once, however many backups there
    are. The keys are kept apart: copy keys/ to other media.

    Example: landrelease -w bosnia backup make /media/disk/bosnia
    """
    context.open_workspace()
    from landrelease.register import backup_make

    passphrase = _passphrase(confirm=True) if with_keys and not dry_run else None
    with context.progress() as progress:
        made = backup_make.make(
            folder, one_file=one_file, passphrase=passphrase, dry_run=dry_run, progress=progress
        )
    shown = made.to_json()
    if with_keys and dry_run:
        shown["keys"] = "sealed"
    if format is context.Format.json:
        context.print_json(shown)
        return
    _print(shown, format)
    for text in made.left_out:
        context.say(f"not in the backup: {text}")
    for path in made.altered:
        context.say(
            f"WARNING: attachments/{path} is not what was received; it was saved as it is. Copy it "
            "back from a backup from before, and look after the disk"
        )
    if dry_run:
        context.say("nothing was written (--dry-run)")
    else:
        context.say(f"note down elsewhere: journal head {made.head}")


@backup_app.command("verify")
def verify(
    source: Annotated[
        Path, typer.Argument(help="An archive, or a folder of backups: then its newest.")
    ],
    format: FormatOption = context.Format.table,
) -> None:
    """Hash everything in a backup anew and compare; exit status 1 when anything differs.

    It needs no workspace and no keys, and shows what no restore has tried: that every byte is as it
    was written.

    Example: landrelease backup verify /media/disk/bosnia
    """
    from landrelease.register import backup_folder
    from landrelease.register.backup_archive import Archive

    path = backup_folder.newest(source)
    with Archive(path) as archive, context.progress() as progress:
        problems = archive.problems(progress)
        made = archive.manifest
    found = {
        "archive": str(path),
        "made_at": made.made_at,
        "entries": made.journal.entries if made.journal else 0,
        "head": made.journal.hash if made.journal else "",
        "attachments": made.attachment_count,
        "problems": problems,
        "well": not problems,
    }
    if format is context.Format.json:
        context.print_json(found)
    else:
        _print(found, format)
        for problem in problems:
            typer.echo(f"PROBLEM: {problem}")
    if problems:
        raise typer.Exit(1)


@backup_app.command("list")
def list_backups(
    folder: Annotated[Path, typer.Argument(help="Folder of the backups.")],
    format: FormatOption = context.Format.table,
) -> None:
    """List the backups of a folder, oldest first.

    Example: landrelease backup list /media/disk/bosnia
    """
    from landrelease.register import backup_folder

    context.print_rows(
        [{**vars(one), "path": one.path.name} for one in backup_folder.listing(folder)],
        format,
        right=("entries", "size"),
    )


@backup_app.command("prune")
def prune(
    folder: Annotated[Path, typer.Argument(help="Folder of the backups.")],
    keep: Annotated[int, typer.Option(help="How many of the newest stay.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be taken away, and change nothing.")
    ] = False,
    format: FormatOption = context.Format.table,
) -> None:
    """Take old backups away, and what was handed in that only they name.

    An erased person is out of reach only when the last backup from before the erasure is gone, or
    its keys are.

    Example: landrelease backup prune /media/disk/bosnia --keep 30 --dry-run
    """
    from landrelease.register import backup_folder

    pruned = backup_folder.prune(folder, keep, dry_run=dry_run)
    context.print_rows(
        [{"archives": len(pruned.archives), "objects": pruned.objects, "bytes": pruned.bytes}],
        format,
    )
    if dry_run:
        context.say("nothing was taken away (--dry-run)")


@app.command("restore")
def restore(
    source: Annotated[
        Path, typer.Argument(help="An archive, or a folder of backups: then its newest.")
    ],
    folder: Annotated[Path, typer.Argument(help="New folder of the workspace.")],
    database: Annotated[
        str, typer.Option(help="'sqlite', or postgresql://USER@HOST/NAME of an empty database.")
    ] = "sqlite",
    keys: Annotated[
        Path | None, typer.Option(help="Folder to which keys/ of the workspace was copied.")
    ] = None,
    with_keys: Annotated[
        bool,
        typer.Option(
            "--with-keys",
            help="Take the keys that are sealed in the archive (passphrase asked for, or taken "
            f"from {PASSPHRASE}).",
        ),
    ] = False,
    without_keys: Annotated[
        bool,
        typer.Option("--without-keys", help="Restore without keys: personal data stay unreadable."),
    ] = False,
    erasures: Annotated[
        Path | None,
        typer.Option(
            help="Log of erasures (erasures.jsonl) that is newer than the backup; --keys brings "
            "the one beside the keys along."
        ),
    ] = None,
    no_erasures_since: Annotated[
        bool,
        typer.Option(
            "--no-erasures-since",
            help="Where no newer log is at hand: nobody was erased since the backup was made.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the backup and the place, change nothing.")
    ] = False,
    format: FormatOption = context.Format.table,
) -> None:
    """Put a backup back as a new workspace, on SQLite or PostgreSQL whichever it came from.

    It is done when the restored journal replays to the restored tables, its head and all counts are
    those of the backup, and no erased person came back; otherwise nothing is left of it.

    Example: landrelease restore /media/disk/bosnia bosnia-again --keys /media/stick/keys
    """
    from landrelease.register import configuration

    # The tables can be imported only when Django is set up; the restore points it at its database.
    configuration.configure(configuration.sqlite_database(":memory:"), "for the restore only")
    from landrelease.register import backup_folder, backup_keys, backup_restore
    from landrelease.register.backup_archive import KEYS, Archive

    if sum((keys is not None, with_keys, without_keys)) != 1:
        raise BackupError(
            "say where the keys come from: --keys FOLDER, --with-keys (sealed in the archive), or "
            "--without-keys"
        )
    path = backup_folder.newest(source)
    found = None
    if keys is not None:
        found = backup_keys.read_folder(keys)
        beside = keys / "erasures.jsonl"
        erasures = erasures or (beside if beside.exists() else None)
    elif with_keys:
        with Archive(path) as archive:
            if archive.manifest.keys != "sealed":
                raise BackupError(f"{path} holds no keys; name their folder with --keys")
            sealed = archive.read(KEYS)
        found = backup_keys.unseal(sealed, _passphrase(confirm=False))
    wanted = backup_restore.Request(
        path, folder, database, found, erasures, no_erasures_since
    )  # fmt: skip
    with context.progress() as progress:
        restored = backup_restore.restore(wanted, dry_run=dry_run, progress=progress)
    if format is context.Format.json:
        context.print_json(restored.to_json())
    else:
        _print(restored.to_json(), format)
    for warning in restored.warnings:
        context.say(f"WARNING: {warning}")
    if dry_run:
        context.say("the backup and the place are fit; nothing was restored (--dry-run)")
    else:
        context.say(f"restored to {folder} and verified")


def _passphrase(*, confirm: bool) -> str:
    given = os.environ.get(PASSPHRASE)
    return given or typer.prompt(
        "Passphrase of the keys", hide_input=True, confirmation_prompt=confirm
    )


def _print(found: dict[str, Any], format: context.Format) -> None:
    """Print what there is one of; lists in it are printed line by line, elsewhere."""
    row = {name: value for name, value in found.items() if not isinstance(value, list)}
    if format is context.Format.csv:
        context.print_rows([row], format)
        return
    context.print_rows([{"": name, "value": value} for name, value in row.items()], format)
