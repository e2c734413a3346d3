"""People and their roles, for administrators.

Whatever changes something here asks for the password or the second factor again, unless that was
just shown.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from landrelease.register import access, people, roles
from landrelease.register.errors import RegisterError
from landrelease.register.models import PeopleEvent, Person

from .. import gate, session
from ..told import told
from .again import asked_again
from .own import held

#: Latest lines of the log shown with a person.
LINES = 50

View = Callable[..., HttpResponse]


class RoleForm(forms.Form):
    """A role and where it holds."""

    role = forms.ChoiceField(
        choices=lambda: [
            (role.value, f"{gettext(roles.NAMES[role])}: {gettext(label)}")
            for role, label in roles.LABELS.items()
        ],
        label=gettext_lazy("Role"),
    )
    organisation = forms.CharField(
        required=False,
        label=gettext_lazy("Only records of this organisation"),
        help_text=gettext_lazy("Its code or name; empty: all."),
    )
    unit = forms.CharField(
        required=False,
        label=gettext_lazy("Only this administrative unit, and those below it"),
        help_text=gettext_lazy("Its code; empty: all."),
    )
    valid_to = forms.DateField(
        required=False,
        label=gettext_lazy("Until"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )


class PersonForm(forms.Form):
    """A new person."""

    name = forms.CharField(max_length=150, label=gettext_lazy("Sign-in name"))
    organisation = forms.CharField(
        label=gettext_lazy("Employer"),
        help_text=gettext_lazy("Code or name; nobody decides about their employer's own work."),
    )
    password = forms.CharField(
        label=gettext_lazy("First password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


def for_administrators(view: View) -> View:
    """Refuse a view to everybody else; before a change ask who it is once more."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        verdict = access.may(session.caller(request), "manage_people")
        if not verdict:
            return gate.refuse(request, verdict.reasons)
        return asked_again(request) or view(request, *args, **kwargs)

    return guarded


@require_safe
@for_administrators
def listing(request: HttpRequest) -> HttpResponse:
    """List the people and their roles."""
    rows = Person.objects.select_related("user").order_by("user__username")
    return render(
        request,
        "accounts/people.html",
        {"people": [(one, roles.of(one.pk), factor(one)) for one in rows]},
    )


def factor(person: Person) -> bool:
    """Whether a person has a second factor."""
    return people.has_second_factor(person.user.get_username())


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@for_administrators
def add(request: HttpRequest) -> HttpResponse:
    """Enter a person."""
    form = PersonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        given = form.cleaned_data
        try:
            people.add(
                given["name"],
                given["password"],
                organisation=given["organisation"],
                by=_administrator(request),
                must_change_password=True,
            )
        except RegisterError as error:
            form.add_error(None, told(error))
        else:
            messages.success(request, gettext("Entered. Now give them a role."))
            return HttpResponseRedirect(reverse("person", args=[given["name"]]))
    return render(request, "accounts/person_add.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@for_administrators
def person(request: HttpRequest, name: str) -> HttpResponse:
    """Show a person; give and take roles, shut the account, reset the second factor."""
    found = Person.objects.select_related("user").filter(user__username=name).first()
    if found is None:
        raise Http404(gettext("Nobody is called so."))
    form = RoleForm(request.POST if request.POST.get("do") == "grant" else None)
    if request.method == "POST":
        try:
            _change(name, request.POST, form, _administrator(request))
        except RegisterError as error:
            messages.error(request, told(error))
        else:
            if not form.errors:
                messages.success(request, gettext("Done; it stands in the log."))
                return HttpResponseRedirect(request.path)
    return render(
        request,
        "accounts/person.html",
        {
            "person": found,
            "grants": held(found.pk),
            "factor": factor(found),
            "form": form,
            "oneself": name == session.caller(request).name,
            "log": PeopleEvent.objects.filter(about=name).order_by("-id")[:LINES],
        },
    )


def _change(name: str, given: Any, form: RoleForm, by: people.Actor) -> None:
    match given.get("do"):
        case "grant" if form.is_valid():
            data = form.cleaned_data
            unit = roles.unit_called(data["unit"]) if data["unit"] else ""
            until: date | None = data["valid_to"]
            wanted = roles.Grant(roles.Role(data["role"]), data["organisation"], unit)
            people.grant(name, wanted, by=by, valid_to=until)
        case "grant":
            return
        case "revoke" if given.get("role", "").isdecimal():
            people.revoke(name, int(given["role"]), by=by)
        case "disable" | "enable" as what:
            people.set_active(name, what == "enable", by=by)
        case "reset":
            people.reset_second_factor(name, by=by)
        case _:
            raise RegisterError(gettext("This form asks for nothing that can be done."))


def _administrator(request: HttpRequest) -> people.Actor:
    actor = session.actor(request)
    assert actor is not None, "the decorator lets only administrators through"
    return actor
