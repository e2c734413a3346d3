"""The language of the pages: a switch for everybody, a preference for who has signed in.

Without either the browser's own list decides. Only what people read changes: addresses, codes,
JSON and exports are the same in every language.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.http import require_POST
from django.views.i18n import LANGUAGE_QUERY_PARAMETER, set_language

from landrelease.register.models import Person

from .gate import public


@public
@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Show the pages in the language given as ``language`` from now on, and go back to ``next``.

    It is kept in a cookie, and with the account of a person who has signed in. A language that
    there is none of changes nothing; ``next`` leads nowhere but to this site.
    """
    language = request.POST.get(LANGUAGE_QUERY_PARAMETER, "")
    if request.user.is_authenticated and language in dict(settings.LANGUAGES):
        Person.objects.filter(user_id=request.user.pk).update(language=language)
    return set_language(request)


class OwnLanguage:
    """Middleware that shows the pages in the language a signed-in person has chosen.

    It comes after the one that reads the cookie and the browser's list, and wins over both.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and (language := _chosen(request)):
            translation.activate(language)
            request.LANGUAGE_CODE = translation.get_language()  # type: ignore[attr-defined]
        return self.get_response(request)


def _chosen(request: HttpRequest) -> str:
    own = Person.objects.filter(user_id=request.user.pk).values_list("language", flat=True).first()
    return own if own in dict(settings.LANGUAGES) else ""
