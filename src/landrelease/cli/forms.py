"""``landrelease form``: forms for phones, and what phones sent."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from landrelease.register.errors import RegisterError

from . import context
from .main import app

form_app = typer.Typer(help="Field forms (ODK, KoboToolbox).", no_args_is_help=True)
app.add_typer(form_app, name="form")

Name = Annotated[str, typer.Argument(help="Name of the form; see 'landrelease form list'.")]
Names = Annotated[list[str] | None, typer.Argument(help="Names of forms. Default: all there are.")]
FormatOption = Annotated[context.Format, typer.Option(help="How to print.")]


@form_app.command("list")
def list_forms(format: FormatOption = context.Format.table) -> None:
    """List the forms that can be made, and the version of each that phones are given.

    Example: landrelease -w bosnia form list
    """
    context.open_workspace()
    from landrelease.exchange.forms.catalogue import FORMS
    from landrelease.register import field_forms
    from landrelease.register.models import FieldInstance

    published = {version.form: version for version in field_forms.current()}
    context.print_rows(
        [
            {
                "form": kind.name,
                "title": kind.title,
                "records": ", ".join(part.record for part in kind.parts),
                "personal data": "sealed" if kind.personal else "none",
                "version": found.version if (found := published.get(kind.name)) else None,
                "published": found.published_at[:16] if found else None,
                "received": FieldInstance.objects.filter(form=kind.name).count(),
            }
            for kind in FORMS.values()
        ],
        format,
        right=("received",),
    )


@form_app.command("write")
def write(
    name: Name,
    output: Annotated[Path, typer.Option("--output", "-o", help="Workbook to write (.xlsx).")],
) -> None:
    """Write a form as an XLSForm, to look into or use elsewhere; its lists go into a folder
    beside it, named as ODK names it (hazard-media for hazard.xlsx).

    Example: landrelease -w bosnia form write hazard -o hazard.xlsx
    """
    context.open_workspace()
    from landrelease.exchange.forms import publishing
    from landrelease.register import field_forms

    kind = _kind(name)
    made = publishing.make(kind, version=field_forms.next_version(kind.name))
    output.write_bytes(made.workbook)
    context.say(f"{output}: form {kind.name}, version {made.version}")
    if made.form.media:
        folder = output.with_name(f"{output.stem}-media")
        folder.mkdir(exist_ok=True)
        for file, data in made.form.media.items():
            (folder / file).write_bytes(data)
        context.say(f"{folder}: {', '.join(made.form.media)}")
    _warn(kind.name, made)


@form_app.command("check")
def check(names: Names = None, format: FormatOption = context.Format.table) -> None:
    """Make forms and check them with ODK Validate (needs Java); nothing is published.

    Example: landrelease -w bosnia form check hazard
    """
    context.open_workspace()
    from landrelease.exchange.forms import publishing
    from landrelease.exchange.forms.xform import FormError

    rows, wrong = [], 0
    with context.progress() as progress:
        kinds = _kinds(names)
        for number, kind in enumerate(kinds, start=1):
            try:
                made = publishing.make(kind, check=True)
            except FormError as error:
                wrong += 1
                rows.append(
                    {"form": kind.name, "valid": "no", "questions": None, "notes": str(error)}
                )
            else:
                notes = [*made.warnings, *_missing(made)]
                rows.append(
                    {
                        "form": kind.name,
                        "valid": "yes",
                        "questions": len(made.form.questions),
                        "notes": "; ".join(notes),
                    }
                )
            progress("checking forms", number, len(kinds))
    context.print_rows(rows, format, right=("questions",))
    if wrong:
        raise typer.Exit(1)


@form_app.command("publish")
def publish(
    names: Names = None,
    unchecked: Annotated[
        bool,
        typer.Option("--unchecked", help="Publish without ODK Validate, where there is no Java."),
    ] = False,
    person: Annotated[
        str | None,
        typer.Option(
            "--person", help="Act as this person, not as the account at the command line."
        ),
    ] = None,
) -> None:
    """Give phones the forms as record types, profile, units and organisations make them now.

    A form in which nothing has changed keeps its version. Answers to older versions stay readable.

    Example: landrelease -w bosnia form publish hazard accident
    """
    context.open_workspace()
    from landrelease.exchange.forms import publishing

    from .review import actor_for

    actor = actor_for(person)
    for kind in _kinds(names):
        version, new = publishing.publish(kind, actor, check=not unchecked)
        context.say(
            f"{kind.name}: version {version.version} published"
            if new
            else f"{kind.name}: nothing has changed since version {version.version}"
        )


@form_app.command("submissions")
def list_submissions(
    state: Annotated[
        str | None, typer.Option(help="Only these: read, failed, conflict, superseded.")
    ] = None,
    form: Annotated[str | None, typer.Option(help="Only this form.")] = None,
    before: Annotated[int | None, typer.Option(help="Id before which to go on.")] = None,
    limit: Annotated[int, typer.Option(help="How many to print.")] = 50,
    format: FormatOption = context.Format.table,
) -> None:
    """List what phones sent, newest first, with the submissions it became.

    Example: landrelease -w bosnia form submissions --state conflict
    """
    context.open_workspace()
    from landrelease.register.models import FieldInstance

    rows = FieldInstance.objects.order_by("-id").select_related("holder")
    if state:
        rows = rows.filter(state=state)
    if form:
        rows = rows.filter(form=_kind(form).name)
    if before:
        rows = rows.filter(id__lt=before)
    context.print_rows([_row(instance) for instance in rows[:limit]], format)


def _row(instance: Any) -> dict[str, Any]:
    return {
        "id": instance.id,
        "receipt": instance.holder.receipt,
        "received": instance.received_at[:19],
        "by": instance.submitter,
        "form": f"{instance.form} {instance.version}",
        "state": instance.state,
        "submissions": ", ".join(
            f"{s.record_type} {s.receipt} {s.state}" for s in instance.submissions.order_by("id")
        ),
        "attachments": instance.attachments.count(),
        "reason": instance.reason,
    }


@form_app.command("original")
def original(
    receipt: Annotated[str, typer.Argument(help="Receipt the phone was given.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write to.")],
) -> None:
    """Write a filled-in form and its attachments as received. Not where persons are named in it.

    Example: landrelease -w bosnia form original 20240610-1a2b3c4d -o received
    """
    context.open_workspace()
    from landrelease.register import field_forms
    from landrelease.register.models import FieldInstance

    instance = FieldInstance.objects.filter(holder__receipt=receipt).first()
    if instance is None:
        raise RegisterError(
            f"{receipt} is no receipt of a form; see 'landrelease form submissions'"
        )
    if instance.holder.sealed:
        raise RegisterError(
            f"the form of {receipt} names persons; the data protection officer reads it for a "
            "stated purpose: landrelease person-data original"
        )
    output.mkdir(parents=True, exist_ok=True)
    (output / f"{receipt}.xml").write_bytes(field_forms.original(instance) or b"")
    for number, attachment in enumerate(instance.attachments.order_by("id"), start=1):
        # The name is a stranger's: it is neither a path nor unique.
        suffix = Path(attachment.name).suffix[:10]
        file = output / f"{receipt}-{number}{suffix}"
        file.write_bytes(field_forms.attachment_bytes(attachment) or b"")
    context.say(f"{output}: the form and {instance.attachments.count()} attachments of {receipt}")


@form_app.command("take")
def take(
    receipt: Annotated[
        str,
        typer.Argument(help="Receipt of a form in conflict, or of one whose record has changed."),
    ],
    person: Annotated[
        str | None,
        typer.Option(
            "--person", help="Act as this person, not as the account at the command line."
        ),
    ] = None,
) -> None:
    """Read a kept form again: one in conflict as a record of its own, one whose record has changed
    since it came as a difference from what the record is by now. People decide on it like on any
    other.

    Example: landrelease -w bosnia form take 20240610-1a2b3c4d
    """
    context.open_workspace()
    from landrelease.exchange.forms import receiving

    from .review import actor_for

    taken = receiving.take(receipt, actor_for(person))
    made = ", ".join(
        f"{s.record_type} {s.receipt}"
        for s in taken.submissions.exclude(id=taken.holder_id).exclude(state="rejected")
    )
    context.say(f"{receipt}: {taken.state}" + (f", as {made}" if made else ""))
    if taken.reason:
        context.say(f"  {taken.reason}")


def _kind(name: str) -> Any:
    from landrelease.exchange.forms.catalogue import NoSuchForm, form_kind

    try:
        return form_kind(name)
    except NoSuchForm as error:
        raise typer.BadParameter(str(error)) from None


def _kinds(names: list[str] | None) -> list[Any]:
    from landrelease.exchange.forms.catalogue import FORMS

    return [_kind(name) for name in names] if names else list(FORMS.values())


def _warn(name: str, made: Any) -> None:
    for text in (*made.warnings, *_missing(made)):
        context.say(f"  {name}: {text}")


def _missing(made: Any) -> list[str]:
    return [
        f"{len(texts)} texts have no wording in {language} and are shown in English "
        f"(such as {texts[0]!r})"
        for language, texts in made.missing.items()
    ]
