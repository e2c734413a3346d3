"""Asking once more who somebody is, before something that a stolen session should not do."""

from __future__ import annotations

from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext

from .. import gate


def asked_again(request: HttpRequest) -> HttpResponse | None:
    """Where a form leads before it is acted on: to show the password or the second factor again.

    Returns
    -------
    HttpResponse or None
        None when that was just done, or nothing was sent; a refusal when there is nothing that
        could be shown.
    """
    # Not allauth's decorator: it would keep the form, and a password in it, for later.
    if request.method != "POST" or did_recently_reauthenticate(request):
        return None
    ways = get_adapter().get_reauthentication_methods(request.user)
    if not ways:
        # A token is nobody who could show a password.
        return gate.refuse(request, [gettext("This takes somebody who has signed in.")])
    messages.info(request, gettext("Show once more who you are, then do it again."))
    return HttpResponseRedirect(f"{ways[0]['url']}?{urlencode({'next': request.path})}")
