"""Tokens: one's own phones; services, for administrators."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from landrelease.register import access, people, roles, tokens
from landrelease.register.errors import RegisterError
from landrelease.register.models import AppToken

from .. import gate, session
from ..told import told


class TokenForm(forms.Form):
    """A token to be issued."""

    name = forms.CharField(max_length=100, label=gettext_lazy("What it is for"))
    kind = forms.ChoiceField(label=gettext_lazy("Kind"))
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"), widget=forms.CheckboxSelectMultiple
    )
    days = forms.IntegerField(min_value=1, initial=90, label=gettext_lazy("Good for (days)"))
    organisation = forms.CharField(
        required=False, label=gettext_lazy("A service: only records of this organisation")
    )
    unit = forms.CharField(required=False, label=gettext_lazy("A service: only this unit (code)"))

    def __init__(self, *args: Any, services: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(AppToken.PHONE, gettext("my phone or tablet"))]
        if services:
            kinds.append((AppToken.SERVICE, gettext("a service")))
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        scopes = tokens.SCOPES if services else tokens.PHONE_SCOPES
        self.fields["scopes"].choices = [  # type: ignore[attr-defined]
            (scope, gettext(access.ACTIONS[scope])) for scope in scopes
        ]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """List the tokens one may see; issue one, revoke one."""
    caller = session.caller(request)
    verdict = access.may(caller, "token")
    if not verdict:
        return gate.refuse(request, verdict.reasons)
    services = roles.Role.administrator in caller.roles
    shown = AppToken.objects.select_related("person__user").order_by("-id")
    if not services:
        shown = shown.filter(person__user__username=caller.name)
    form = TokenForm(request.POST if "name" in request.POST else None, services=services)
    raw = ""
    if request.method == "POST":
        assert caller.actor is not None, "nobody else may issue tokens"
        try:
            if "revoke" in request.POST:
                _revoke(request.POST["revoke"], shown, caller.actor)
                messages.info(request, gettext("The token is worthless now."))
                return HttpResponseRedirect(reverse("tokens"))
            if form.is_valid():
                raw = _issue(form.cleaned_data, caller.actor)
        except RegisterError as error:
            messages.error(request, told(error))
    return render(request, "accounts/tokens.html", {"tokens": shown, "form": form, "raw": raw})


def _issue(given: dict[str, Any], by: people.Actor) -> str:
    phone = given["kind"] == AppToken.PHONE
    return tokens.issue(
        given["name"],
        kind=given["kind"],
        scopes=tuple(given["scopes"]),
        days=given["days"],
        by=by,
        person=by.name if phone else "",
        organisation="" if phone else given["organisation"],
        unit=roles.unit_called(given["unit"]) if given["unit"] and not phone else "",
    )


def _revoke(number: str, shown: Any, by: people.Actor) -> None:
    if not number.isdecimal() or not shown.filter(id=int(number)).exists():
        raise RegisterError(gettext("There is no such token."))
    tokens.revoke(int(number), by=by)
