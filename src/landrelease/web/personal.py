"""Personal data, for the data protection officer: one record or file at a time, for a purpose.

Every reading is a line in a log that the database refuses to change, written before anything is
decrypted (:mod:`landrelease.register.personal`). What is shown is kept by no browser. Who reads has
shown a second factor in this session where the profile asks for it, and shows once more who they
are when that was a while ago.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from pathlib import PurePath
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from landrelease.register import access, personal, seal
from landrelease.register.errors import RegisterError
from landrelease.register.models import (
    RECORDS,
    FieldAttachment,
    FieldInstance,
    PersonalRead,
    Submission,
)

from . import facts, gate, keyset, session
from .accounts.again import asked_again
from .told import told

View = Callable[..., HttpResponse]

#: Bytes of a filled-in form that are shown on the page; a longer one is saved as a file.
SHOWN = 500_000


class PurposeForm(forms.Form):
    """What personal data are needed for."""

    purpose = forms.CharField(
        max_length=500,
        label=gettext_lazy("What are they needed for?"),
        help_text=gettext_lazy("It is kept in the log, with your name; name no person in it."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "size": 60}),
    )


def for_officers(view: View) -> View:
    """Refuse a view to whoever may not read personal data; no browser keeps what it shows."""

    @wraps(view)
    @sensitive_post_parameters()
    @never_cache
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        verdict = access.may(session.caller(request), "view_personal")
        if not verdict:
            reasons = list(verdict.reasons)
            if session.second_factor_lacking(request):
                reasons.insert(
                    0, gettext("One of your roles needs a second factor: show it first.")
                )
            return gate.refuse(request, reasons)
        return asked_again(request) or view(request, *args, **kwargs)

    return gate.signed_in(guarded)


@require_safe
@for_officers
def listing(request: HttpRequest) -> HttpResponse:
    """List the records and files that hold personal data, without any of it."""
    caller = session.caller(request)
    wanted = request.GET.get("ref", "").strip()
    error = ""
    if wanted:
        try:
            return HttpResponseRedirect(_address(wanted))
        except RegisterError as unknown:
            error = str(unknown)
    page = keyset.page(request, access.records(caller, "victim"))
    whole = _may_read_wholes(caller)
    sealed = Submission.objects.filter(sealed=True) if whole else Submission.objects.none()
    files = keyset.page(request, sealed, newest=True, parameter="file")
    return render(
        request,
        "web/personal.html",
        {
            "rows": [(one, _standing(one)) for one in page.rows],
            "page": page,
            "next_query": keyset.query(request, after=page.next, ref=None),
            "files": [(one, personal.file_erased(one)) for one in files.rows],
            "files_page": files,
            "files_query": keyset.query(request, file=files.next, ref=None),
            "whole": whole,
            "wanted": wanted,
            "error": error,
        },
        status=404 if error else 200,
    )


def _standing(record: Any) -> str:
    if record.person_key is None:
        return gettext("none recorded")
    return gettext("erased") if seal.is_erased(record) else gettext("sealed")


def _may_read_wholes(caller: access.Caller) -> bool:
    try:
        personal.require(caller)
    except RegisterError:
        return False
    return True


def _address(ref: str) -> str:
    """Page of the record or sealed submission that is called so."""
    found = access.find(ref)
    if isinstance(found, Submission) and found.sealed:
        return reverse("personal_original", args=[found.id])
    if type(found) in RECORDS.values() and found.schema.name in personal.types():
        return reverse("personal_record", args=[found.id])
    if personal.is_about_persons(found):
        raise RegisterError(
            gettext(
                "%(ref)s came by e-mail: whoever wrote and received it is sealed. They are read at "
                "the command line: landrelease person-data read %(ref)s --purpose … --by …"
            )
            % {"ref": ref}
        )
    raise RegisterError(gettext("%s holds no personal data.") % ref)


@require_http_methods(["GET", "HEAD", "POST"])
@for_officers
def record(request: HttpRequest, id_: int) -> HttpResponse:
    """Show the personal fields of a victim and the rows received, once it is said what for."""
    caller = session.caller(request)
    found = access.records(caller, "victim").filter(id=id_).first()
    if found is None:
        raise Http404(gettext("There is no such record."))
    form = PurposeForm(request.POST if request.method == "POST" else None)
    read: personal.Read | None = None
    error, status = "", 200
    if request.method == "POST" and not form.is_valid():
        status = 422
    elif request.method == "POST":
        try:
            read = personal.read(caller, found, form.cleaned_data["purpose"])
        except RegisterError as refused:
            error, status = told(refused), 403
    none, erased = found.person_key is None, seal.is_erased(found)
    received = personal.rows_received(found)
    return render(
        request,
        "web/personal_record.html",
        {
            "record": found,
            "facts": facts.of(found),
            "form": form,
            "error": error,
            "shut": read is None and (received > 0 or not (none or erased)),
            "erased": erased,
            "none": none,
            "values": _told(found, read.values) if read and read.values is not None else None,
            "rows": [(row, _cells(row.cells)) for row in read.rows] if read else [],
            "readings": _readings_of(found.schema.name, found.uid),
        },
        status=status,
    )


def _told(record: Any, values: dict[str, Any]) -> list[tuple[str, str]]:
    """The personal fields by their labels, and what no field takes by its own name."""
    extra = values.get("extra") or {}
    told = [
        (facts.label(field), "" if values.get(field.name) is None else str(values[field.name]))
        for field in record.schema.personal_fields
    ]
    return told + [(str(name), "" if value is None else str(value))
                   for name, value in extra.items()]  # fmt: skip


def _cells(cells: dict[str, Any] | None) -> list[tuple[str, str]] | None:
    """Cells by their headings, as text: a zero is no empty cell. None when they were erased."""
    if cells is None:
        return None
    return [(name, "" if value is None else str(value)) for name, value in cells.items()]


def _readings_of(what: str, uid: str) -> list[PersonalRead]:
    rows = PersonalRead.objects.filter(record_type=what, record_uid=uid)
    return list(rows.order_by("-id")[:10])


@require_http_methods(["GET", "HEAD", "POST"])
@for_officers
def original(request: HttpRequest, id_: int) -> HttpResponse:
    """Open a sealed file or form, what came with it, or its rejected rows, once it is said why."""
    caller = session.caller(request)
    try:
        personal.require(caller)
    except RegisterError as refused:
        return gate.refuse(request, [told(refused)])
    found = Submission.objects.filter(id=id_, sealed=True).first()
    if found is None:
        raise Http404(gettext("There is no such submission."))
    instance = FieldInstance.objects.filter(holder=found).first()
    attachments = [] if instance is None else list(instance.attachments.order_by("id"))
    form = PurposeForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = _opened(request, found, instance, attachments, form.cleaned_data["purpose"])
            if isinstance(given, HttpResponse):
                return given
            context, status = given, 422 if "error" in given else 200
    return render(
        request,
        "web/personal_original.html",
        {
            "submission": found,
            "instance": instance,
            "attachments": attachments,
            "rejected": found.rejected.count(),
            "form": form,
            "erased": personal.file_erased(found),
            "readings": _readings_of(personal.ORIGINAL, found.receipt),
            **context,
        },
        status=status,
    )


def _opened(
    request: HttpRequest,
    found: Submission,
    instance: FieldInstance | None,
    attachments: list[FieldAttachment],
    purpose: str,
) -> HttpResponse | dict[str, Any]:
    """What was asked for: a file to save, or what the page shows of it."""
    caller = session.caller(request)
    what = request.POST.get("what", "")
    if what == "rejected":
        rows = personal.rejected_rows(caller, found, purpose)
        return {
            "rows": None if rows is None else [(row, _cells(row["cells"])) for row in rows],
        }
    if what == "original" or (what == "show" and instance is not None):
        data = personal.original(caller, found, purpose)
        if data is None:
            return {}
        if what == "show" and len(data) <= SHOWN:
            return {"xml": data.decode("utf-8", "replace")}
        name = f"{found.receipt}.xml" if instance is not None else found.filename
        return _file(data, f"{found.receipt}{_ending(name)}")
    number = what.removeprefix("attachment-")
    chosen = next((one for one in attachments if str(one.id) == number), None)
    if chosen is None:
        return {"error": gettext("Choose what to open.")}
    opened = personal.attachment(caller, chosen, purpose)
    if opened is None:
        return {}
    return _file(opened.data, f"{found.receipt}-{chosen.id}{_ending(opened.name)}")


def _ending(name: str) -> str:
    """Ending of a stranger's file name, as far as it is a plain one."""
    suffix = PurePath(name).suffix
    return suffix if re.fullmatch(r"\.[A-Za-z0-9]{1,8}", suffix) else ""


def _file(data: bytes, name: str) -> HttpResponse:
    """Bytes that a browser saves and never shows (they run nothing, :mod:`.security`)."""
    return HttpResponse(
        data,
        content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_safe
@for_officers
def readings(request: HttpRequest) -> HttpResponse:
    """Show who read what and what for, the latest first."""
    page = keyset.page(request, personal.readings(session.caller(request)), newest=True)
    return render(
        request,
        "web/personal_readings.html",
        {
            "rows": [(row, *_meant(row)) for row in page.rows],
            "page": page,
            "next_query": keyset.query(request, after=page.next),
        },
    )


def _meant(row: PersonalRead) -> tuple[str, str]:
    """What a line of the log is about: its reference, and its page."""
    if row.record_type in RECORDS:
        found = RECORDS[row.record_type].objects.filter(uid=row.record_uid).first()
        return (row.record_uid, "") if found is None else (found.ref, _page_of(found))
    receipt = row.record_uid.partition("/")[0]
    submission = Submission.objects.filter(receipt=receipt).first()
    page = "" if submission is None else reverse("personal_original", args=[submission.id])
    return row.record_uid, page


def _page_of(record: Any) -> str:
    return reverse("personal_record", args=[record.id])
