"""Handing in a file on a page: kept as received, looked at, then submitted or withdrawn.

A data clerk's way of ``landrelease import``: the same readers, the same comparison, the same
proposal. The file is read in a process of its own with limits
(:mod:`landrelease.exchange.bounded`). What it would change in the register is shown to who sees the
whole register; others are told about their own rows only, as whether a row is new or changes a
record would tell what the register holds.
"""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import PurePath
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, gettext_noop
from django.views.decorators.http import require_http_methods

from landrelease.exchange import bounded, read
from landrelease.exchange.problems import ExchangeError
from landrelease.register import access, handed_in, people, profile, returned
from landrelease.register.access import Caller
from landrelease.register.errors import QuotaExceeded, RegisterError
from landrelease.register.models import Submission
from landrelease.register.schema import RECORD_TYPES

from . import gate, measures, review, session
from .api.submissions import OF_THE_REGISTER
from .submissions import sees_whole
from .told import told

#: Longest name of a file that is kept; a longer one loses its beginning.
_LONGEST_NAME = 120
#: A coordinate system by its code only: a definition could name files of this machine.
CODE_OF_SYSTEM = r"(?:EPSG|OGC|ESRI):[A-Za-z0-9]{1,12}"


class HowToRead(forms.Form):
    """How a file is to be read."""

    source = forms.CharField(
        required=False,
        max_length=200,
        label=gettext_lazy("Source"),
        help_text=gettext_lazy("Who or what the data come from; empty: the name of the file."),
    )
    namespace = forms.CharField(
        required=False,
        max_length=200,
        label=gettext_lazy("System whose ids the rows use"),
        help_text=gettext_lazy("Empty: the source."),
    )
    layer = forms.CharField(
        required=False,
        max_length=200,
        label=gettext_lazy("Layer or sheet"),
        help_text=gettext_lazy("Needed when the file holds several."),
    )
    crs = forms.RegexField(
        rf"^{CODE_OF_SYSTEM}$",
        required=False,
        label=gettext_lazy("Coordinate system"),
        help_text=gettext_lazy("Such as EPSG:32633; needed when the file states none."),
        error_messages={"invalid": gettext_lazy("Write it as EPSG:32633.")},
    )
    encoding = forms.RegexField(
        r"^[A-Za-z0-9._-]{1,30}$",
        required=False,
        label=gettext_lazy("Encoding of a text table"),
        help_text=gettext_lazy("Empty: it is found out."),
        error_messages={"invalid": gettext_lazy("Write it as utf-8 or cp1251.")},
    )
    repair = forms.BooleanField(
        required=False,
        label=gettext_lazy("Repair invalid polygons"),
        help_text=gettext_lazy("The original stays in the kept file."),
    )
    back = forms.BooleanField(
        required=False,
        label=gettext_lazy("The file was exported for editing"),
        help_text=gettext_lazy(
            "It is compared field by field with what was exported and with the register."
        ),
    )

    def __init__(self, *args: Any, whole: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not whole:
            # Files for editing leave at the restricted tier alone, and so they come back.
            del self.fields["back"]


class FileForm(HowToRead):
    """A file, and what it is."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "Workbook, CSV, GeoPackage, GeoJSON, zipped Shapefile, KML, FlatGeobuf or maXML."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(sorted(read.FORMATS))}),
    )
    record_type = forms.ChoiceField(label=gettext_lazy("What the rows are"))
    answers = forms.CharField(
        required=False,
        max_length=20,
        label=gettext_lazy("Receipt of the returned submission that it puts right"),
    )
    field_order = ("file", "record_type", "source", "namespace", "layer", "crs", "encoding",
                   "repair", "back", "answers")  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(name, gettext(kind.label)) for name, kind in RECORD_TYPES.items()]
        self.fields["record_type"].choices = [("", "–"), *choices]  # type: ignore[attr-defined]

    def clean_file(self) -> UploadedFile:
        """Hold that the file has a name whose ending says how it is read, and is not too large."""
        file: UploadedFile = self.cleaned_data["file"]
        file.name = plain_name(file.name or "")
        if PurePath(file.name).suffix.lower() not in read.FORMATS:
            known = ", ".join(sorted(read.FORMATS))
            raise forms.ValidationError(
                gettext("The format of %(name)s is not known. Known endings: %(known)s.")
                % {"name": file.name, "known": known}
            )
        if PurePath(file.name).suffix.lower() == ".shp":
            raise forms.ValidationError(
                gettext("A Shapefile is several files: put them into one .zip and hand that in.")
            )
        most = profile.current().deliveries.largest_bytes
        if (file.size or 0) > most:
            raise forms.ValidationError(
                gettext("The file has more than %s bytes: split it.") % f"{most:,}"
            )
        return file


def plain_name(name: str) -> str:
    """Name of a file without folders and without what no name should hold."""
    last = PurePath(name.replace("\\", "/")).name
    last = re.sub(r"[\x00-\x1f\x7f/]", "_", last).lstrip(".")
    return last[-_LONGEST_NAME:]


@review.for_callers
@require_http_methods(["GET", "HEAD", "POST"])
def hand_in(request: HttpRequest) -> HttpResponse:
    """Take a file: keep it and give a receipt; what it would do is shown next."""
    caller = session.caller(request)
    refused = _refused(request, caller)
    if refused is not None:
        return refused
    if request.method == "POST":
        form = FileForm(request.POST, request.FILES, whole=sees_whole(request))
        if form.is_valid():
            try:
                kept = _kept(form, _person(caller))
            except RegisterError as error:
                status = 429 if isinstance(error, QuotaExceeded) else 422
                form.add_error("file" if status == 429 else None, told(error))
                return _form(request, form, status)
            return HttpResponseRedirect(reverse("handed_in", args=[kept.id]))
        return _form(request, form, 422)
    answers = request.GET.get("answers", "")[:20]
    before = Submission.objects.filter(receipt=answers, submitter=caller.name).first()
    initial = {} if before is None else {
        "answers": answers, "record_type": before.record_type, "source": before.source,
        "namespace": before.namespace,
    }  # fmt: skip
    return _form(request, FileForm(initial=initial, whole=sees_whole(request)), 200)


def _form(request: HttpRequest, form: FileForm, status: int) -> HttpResponse:
    limits = profile.current().deliveries
    used = handed_in.bytes_today(session.caller(request).name)
    return render(
        request,
        "web/hand_in.html",
        {
            "form": form,
            "largest": limits.largest_bytes,
            "left": max(0, limits.bytes_per_day - used),
            "a_day": limits.bytes_per_day,
        },
        status=status,
    )


def _kept(form: FileForm, who: people.Actor) -> Submission:
    given = form.cleaned_data
    file: UploadedFile = given["file"]
    # Before the whole of it is in memory.
    handed_in.refuse_beyond_quota(who.name, file.size or 0)
    asked = handed_in.Asked(
        record_type=given["record_type"], answers=given["answers"].strip(), **_how(form)
    )
    return handed_in.keep(str(file.name), file.read(), asked, who)


def _how(form: HowToRead) -> dict[str, Any]:
    given = form.cleaned_data
    texts = {
        name: given[name].strip() for name in ("source", "namespace", "layer", "crs", "encoding")
    }
    return {**texts, "repair": given["repair"], "back": given.get("back", False)}


def _refused(request: HttpRequest, caller: Caller) -> HttpResponse | None:
    """Where somebody is sent who may not hand in, or has not signed in."""
    if caller.actor is None:
        return HttpResponseRedirect(f"{reverse('account_login')}?next={request.path}")
    if caller.scopes is not None:
        return gate.refuse(
            request, [gettext("A token hands in files over the API, not on this page.")]
        )
    verdict = access.may(caller, "submit")
    return None if verdict else gate.refuse(request, verdict.reasons)


def _person(caller: Caller) -> people.Actor:
    assert caller.actor is not None, "who has not signed in was sent there"
    return caller.actor


# --- looking at it --------------------------------------------------------------------------------


@review.for_callers
@require_http_methods(["GET", "HEAD", "POST"])
def handed_in_file(request: HttpRequest, id_: int) -> HttpResponse:
    """Show what a kept file would do; submit it, withdraw it, or have it read otherwise."""
    caller = session.caller(request)
    refused = _refused(request, caller)
    if refused is not None:
        return refused
    who = _person(caller)
    found = Submission.objects.filter(id=id_, submitter=who.name).first()
    if found is None:
        raise Http404(gettext("There is no such submission."))
    if not handed_in.waits_for(found, who.name):
        return HttpResponseRedirect(reverse("submission", args=[id_]))
    if request.method != "POST":
        return _looked_at(request, found, caller)
    match request.POST.get("do"):
        case "submit":
            return _submitted(request, found, caller)
        case "withdraw":
            handed_in.withdraw(found, who)
            messages.success(request, gettext("Withdrawn; the file is kept and proposes nothing."))
            return HttpResponseRedirect(reverse("submission", args=[id_]))
        case _:
            return _read_otherwise(request, found, caller)


def _read_otherwise(request: HttpRequest, found: Submission, caller: Caller) -> HttpResponse:
    form = HowToRead(request.POST, whole=sees_whole(request))
    if not form.is_valid():
        return _looked_at(request, found, caller, form=form)
    asked = handed_in.Asked(record_type=found.record_type, **_how(form))
    handed_in.ask_anew(found, asked, _person(caller))
    return HttpResponseRedirect(request.path)


def _submitted(request: HttpRequest, found: Submission, caller: Caller) -> HttpResponse:
    try:
        bounded.submit(
            found.receipt, caller.name, second_factor=session.second_factor_shown(request)
        )
    except (ExchangeError, RegisterError) as error:
        found.refresh_from_db()
        if not handed_in.waits_for(found, caller.name):
            messages.error(request, told(error))
            return HttpResponseRedirect(reverse("submission", args=[found.id]))
        return _page(request, found, caller, error=told(error), status=_status(error))
    messages.success(
        request, gettext("Submitted under the receipt %s; others decide about it.") % found.receipt
    )
    return HttpResponseRedirect(reverse("submission", args=[found.id]))


def _looked_at(
    request: HttpRequest, found: Submission, caller: Caller, form: HowToRead | None = None
) -> HttpResponse:
    try:
        preview = bounded.preview(
            found.receipt, caller.name, second_factor=session.second_factor_shown(request)
        )
    except (ExchangeError, RegisterError) as error:
        return _page(request, found, caller, error=told(error), status=_status(error), form=form)
    status = 200 if form is None else 422
    return _page(request, found, caller, preview=preview, status=status, form=form)


def _status(error: Exception) -> int:
    return 503 if isinstance(error, bounded.Busy) else 422


def _page(
    request: HttpRequest,
    found: Submission,
    caller: Caller,
    *,
    preview: dict[str, Any] | None = None,
    error: str = "",
    status: int = 200,
    form: HowToRead | None = None,
) -> HttpResponse:
    whole = sees_whole(request)
    asked = handed_in.asked_of(found)
    assert asked is not None, "it waits, so it was handed in on a page"
    return render(
        request,
        "web/handed_in.html",
        {
            "submission": found,
            "kind": gettext(RECORD_TYPES[found.record_type].label),
            "asked": asked,
            "preview": None if preview is None else _shown(preview, whole),
            "whole": whole,
            "error": error,
            "form": form or HowToRead(initial=asdict(asked), whole=whole),
            "editable": found.record_type not in returned.NOT_EDITED,
        },
        status=status,
    )


#: What becomes of rows, in words; the keys are those of :class:`register.differences.Difference`.
COUNTED = {
    "new": gettext_noop("Rows new to the register"),
    "changed": gettext_noop("Records changed"),
    "held_for_second_person": gettext_noop(
        "Records changed so that caution is lowered: two people"
    ),
    "unchanged": gettext_noop("Rows that change nothing"),
    "repeated_in_file": gettext_noop("Rows repeated in the file"),
    "missing_from_file": gettext_noop("Records of the source missing from the file (never closed)"),
}


def _shown(preview: dict[str, Any], whole: bool) -> dict[str, Any]:
    """What a reader is told: of the register only who sees all of it."""
    counts = [
        (gettext("Rows received"), preview["received"]),
        (gettext("Rows rejected"), preview["rejected"]),
    ]
    shown = {
        "columns": [(name, _column(given)) for name, given in sorted(preview["columns"].items())],
        "unmapped": preview["unmapped"],
        "counts": counts,
        "findings": preview["findings"],
        "rules": preview["rules"],
        "rejected_rows": preview["rejected_rows"],
        "further_rejected": preview["rejected"] - len(preview["rejected_rows"]),
    }
    if not whole:
        shown["findings"] = [f for f in preview["findings"] if f["rule"] not in OF_THE_REGISTER]
        shown["rules"] = [r for r in preview["rules"] if r["rule"] not in OF_THE_REGISTER]
        return shown
    counts += [
        (gettext(COUNTED.get(name, name)), number) for name, number in preview["counts"].items()
    ]
    if preview["measured"]:
        shown["area"] = measures.from_mm2(int(preview["measured"]["after_repair_mm2"]))
    shown["changes"] = [
        {**change, "fields": [(name, *_values(name, pair)) for name, pair in _fields(change)]}
        for change in preview["changes"]
    ]
    shown["conflicts"] = preview["conflicts"]
    shown["further_conflicts"] = preview["conflicts_all"] - len(preview["conflicts"])
    return shown


def _column(given: Any) -> str:
    """Column that a field is read from, or the columns."""
    return " + ".join(given.values()) if isinstance(given, dict) else str(given)


def _fields(change: dict[str, Any]) -> list[tuple[str, Any]]:
    """What changes of a record; the boundary by its area, once."""
    fields = change["fields"]
    return [
        (name, pair)
        for name, pair in fields.items()
        if name != "geometry" or "area_mm2" not in fields
    ]


def _values(name: str, pair: Any) -> list[Any]:
    """Before and after; square millimetres are for machines, people are told rounded areas."""
    if name != "geometry":
        return list(pair)
    return [value if value is None else measures.from_mm2(int(value)) for value in pair]
