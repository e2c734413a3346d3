"""A form becomes a version that phones are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from landrelease.register import canonical, field_forms
from landrelease.register import profile as profiles
from landrelease.register.people import Actor

from . import lists, model, wording, xform, xlsform
from .catalogue import FormKind

#: Stands for the version while a form is compared with the one before.
NO_VERSION = "0"


@dataclass
class Made:
    """A form, made and checked.

    Attributes
    ----------
    version
        Version it bears.
    workbook, xform
        As XLSForm and as XForm.
    missing
        Language to the English texts it has no wording for.
    warnings
        Of pyxform, of ODK Validate, and about the lists.
    checked
        Whether ODK Validate has looked at it.
    """

    form: model.Form
    version: str
    workbook: bytes
    xform: bytes
    missing: dict[str, list[str]]
    warnings: list[str]
    checked: bool


def make(kind: FormKind, *, version: str = NO_VERSION, check: bool = False) -> Made:
    """Make a form of the open workspace and its profile.

    Parameters
    ----------
    kind
        From the catalogue.
    version
        Version to write into it.
    check
        Whether ODK Validate looks at it (about a second; needs Java).

    Raises
    ------
    FormError
        When it cannot be converted or is not valid.
    """
    profile = profiles.current()
    form = model.build(
        kind,
        lists=lists.from_register(datetime.now(UTC).date()),
        settings=profile.forms,
        extra_fields=profile.extra_fields,
    )
    languages = _languages(profile.forms)
    workbook = xlsform.workbook(form, languages=languages, version=version)
    converted = xform.from_workbook(workbook, kind.name)
    warnings = [*form.notes, *_worth_saying(converted.warnings)]
    if check:
        warnings += xform.validate(converted.xml, kind.name)
    missing = {each.code: sorted(each.missing) for each in languages if each.missing}
    return Made(form, version, workbook, converted.xml, missing, warnings, check)


def publish(kind: FormKind, actor: Actor, *, check: bool = True) -> tuple[Any, bool]:
    """Publish a form, unless nothing has changed since the last time.

    Returns
    -------
    FormVersion, bool
        The version that phones are given, and whether it is new.

    Raises
    ------
    FormError
        When it is not valid, or was to be checked and there is no Java.
    """
    content = _content(make(kind))
    before = field_forms.latest(kind.name)
    if before is not None and before.content == content:
        return before, False
    made = make(kind, version=field_forms.next_version(kind.name), check=check)
    draft = field_forms.Draft(
        form=kind.name,
        version=made.version,
        title=kind.title,
        xform=made.xform,
        content=content,
        workbook=made.workbook,
        media=made.form.media,
        plan=made.form.plan,
    )
    return field_forms.publish(draft, actor), True


def _content(made: Made) -> str:
    """Hash of a form and its media, the version left out."""
    parts = [made.xform, canonical.dumps(made.form.plan)]
    for name, data in sorted(made.form.media.items()):
        parts += [name.encode(), data]
    return canonical.sha256(b"\0".join(canonical.sha256(part).encode() for part in parts))


def _languages(settings: profiles.Forms) -> list[wording.Language]:
    codes: Sequence[str] = settings.languages or ("en",)
    return [wording.Language(code, settings.wording.get(code, {})) for code in codes]


def _worth_saying(warnings: Sequence[str]) -> list[str]:
    # Photos are kept at the size they were taken on purpose: details decide.
    return [warning for warning in warnings if "max-pixels" not in warning]
