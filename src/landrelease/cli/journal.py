"""``landrelease journal``: the head of the journal, told to people outside, and stamped."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from . import context
from .main import app

journal_app = typer.Typer(
    help="The journal's head: published, signed, time-stamped.", no_args_is_help=True
)
app.add_typer(journal_app, name="journal")

FormatOption = Annotated[context.Format, typer.Option(help="How to print.")]

#: Seconds to wait for a time-stamping authority.
TIMEOUT = 30.0


@journal_app.command("head")
def head(
    write: Annotated[
        Path | None, typer.Option(help="Append the head as a line of JSON to this log.")
    ] = None,
    sign: Annotated[
        bool, typer.Option("--sign", help="Sign it with the key of this workspace (Ed25519).")
    ] = False,
    format: FormatOption = context.Format.table,
) -> None:
    """Print the hash of the last journal entry, which commits to all before it.

    Kept by somebody outside (in a log, by e-mail, in print), it proves later that nothing was
    changed since.

    Example: landrelease -w bosnia journal head --write heads.jsonl --sign
    """
    context.open_workspace()
    from landrelease.register import heads

    said = heads.statement(sign=sign)
    if write is not None:
        heads.append(write, said)
        context.say(f"added to {write}")
    if format is context.Format.json:
        context.print_json(said)
    else:
        context.print_rows([said], format)


@journal_app.command("check-log")
def check_log(
    log: Annotated[Path, typer.Argument(help="A log of heads, as it was written or published.")],
    key: Annotated[
        list[str] | None,
        typer.Option(
            help="Public key (base64) that every line has to be signed with, or a key that the "
            "journal proves to be its successor or predecessor. May be given several times."
        ),
    ] = None,
    format: FormatOption = context.Format.table,
) -> None:
    """Hold a log of heads against the journal: is every head in it still part of the chain?

    Exit status 1 when one is not, or a signature does not fit.

    Example: landrelease -w bosnia journal check-log heads.jsonl
    """
    context.open_workspace()
    from landrelease.register import heads

    if not log.is_file():
        raise typer.BadParameter(f"{log} does not exist")
    found = heads.check_log(log, keys=key or ())
    if format is context.Format.json:
        context.print_json(
            {"lines": found.lines, "problems": found.problems, "signed": found.signed}
        )
    else:
        for problem in found.problems:
            typer.echo(f"PROBLEM: {problem}")
        typer.echo(f"{found.lines} heads, {found.signed} signed, {len(found.problems)} problems")
    if found.problems:
        raise typer.Exit(1)


@journal_app.command("rotate-key")
def rotate_key(
    because: Annotated[
        str,
        typer.Option(
            help="Why: routine, compromised (somebody else may have it), lost (the old key does "
            "not sign the change; tell the new one to everybody anew)."
        ),
    ] = "routine",
    format: FormatOption = context.Format.table,
) -> None:
    """Put a new key in the place of the one that signs heads, and journal it.

    Both keys sign the change, so that whoever was told the old one can follow. What the old key
    signed before stays good; what it signs from now on does not. The old private key is destroyed.

    Example: landrelease -w bosnia journal rotate-key --because routine
    """
    context.open_workspace()
    from landrelease.register import people, signing

    if because not in list(signing.Because):
        raise typer.BadParameter(f"say why with --because: {', '.join(signing.Because)}")
    done = signing.rotate(people.at_the_command_line(), signing.Because(because))
    context.print_rows([_rotation(done)], format)
    context.say("copy the folder keys/ again to where the keys are kept")
    if not done.proven:
        context.say("the old key did not sign this: tell the new public key to everybody anew")


@journal_app.command("keys")
def keys(format: FormatOption = context.Format.table) -> None:
    """List the changes of the key that signs heads, oldest first; they stand in the journal.

    Example: landrelease -w bosnia journal keys
    """
    context.open_workspace()
    from landrelease.register import signing

    context.print_rows([_rotation(one) for one in signing.rotations()], format)


def _rotation(one: Any) -> dict[str, Any]:
    return {
        "entry": one.seq,
        "at": one.recorded_at,
        "because": one.because,
        "key": one.key,
        "previous": one.previous,
        "signed_by_both": one.proven,
    }


@journal_app.command("timestamp")
def timestamp(
    tsa: Annotated[str, typer.Option(help="Address of a time-stamping authority (RFC 3161).")],
    write: Annotated[
        Path | None, typer.Option(help="Write the authority's answer (DER) to this file, too.")
    ] = None,
    format: FormatOption = context.Format.table,
) -> None:
    """Have the head of the journal stamped by an authority, and keep its answer.

    The one thing that leaves this machine is the hash.

    Example: landrelease -w bosnia journal timestamp --tsa https://tsa.example.org/
    """
    context.open_workspace()
    from landrelease.register import heads

    kept = heads.stamp(tsa, _post)
    if write is not None:
        write.write_bytes(bytes(kept.answer))
        context.say(f"the answer stands in {write}")
    context.print_rows([_row(kept)], format)


@journal_app.command("timestamps")
def timestamps(
    roots: Annotated[
        Path | None, typer.Option(help="Verify them: trusted certificates (PEM).")
    ] = None,
    intermediates: Annotated[
        Path | None, typer.Option(help="Certificates that may stand between (PEM).")
    ] = None,
    format: FormatOption = context.Format.table,
) -> None:
    """List the time stamps on the journal's heads; with --roots, verify each.

    Exit status 1 when one does not hold.

    Example: landrelease -w bosnia journal timestamps --roots tsa-root.pem
    """
    context.open_workspace()
    from landrelease.register import heads
    from landrelease.register.models import JournalTimestamp

    trusted = [] if roots is None else heads.certificates(roots)
    between = [] if intermediates is None else heads.certificates(intermediates)
    rows = []
    for kept in JournalTimestamp.objects.order_by("id"):
        wrong = "not verified: give --roots"
        if roots is not None:
            wrong = heads.wrong_with(kept, trusted, between) or "holds"
        rows.append({**_row(kept), "verified": wrong})
    context.print_rows(rows, format)
    if roots is not None and any(row["verified"] != "holds" for row in rows):
        raise typer.Exit(1)


def _row(kept: Any) -> dict[str, Any]:
    return {
        "entry": kept.seq,
        "hash": kept.hash,
        "stamped": kept.stamped_at,
        "authority": kept.tsa,
    }


def _post(tsa: str, request: bytes) -> bytes:
    """Ask an authority over HTTP, as RFC 3161 section 3.4 has it."""
    import httpx

    from landrelease.register.errors import JournalError

    try:
        answer = httpx.post(
            tsa,
            content=request,
            headers={"Content-Type": "application/timestamp-query"},
            timeout=TIMEOUT,
        )
        answer.raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise JournalError(f"{tsa} could not be asked: {error}") from error
    return answer.content
