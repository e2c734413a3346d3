"""Headers that keep a page from loading, running or showing anything that is not ours."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

#: No inline script, no eval, nothing from another host. MapLibre draws its icons into blobs and
#: its style sheet holds small images as data; its worker is a file of ours.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

#: What is no page (data, downloads, whatever somebody once uploaded) runs and loads nothing, even
#: if a browser shows it: in a sandbox it has not even our origin.
DATA_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
)

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


#: How long browsers ask for nothing but TLS of a site, seconds.
TLS_ONLY_SECONDS = 365 * 24 * 3600


#: What pages and API use. Anything else (TRACE, made-up words) is refused before anybody looks.
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "DELETE")


class KnownMethods:
    """Middleware that refuses a method which nothing here uses."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # The API says itself which methods an address has.
        told_by_api = request.method in ("PUT", "PATCH") and request.path.startswith("/api/")
        if request.method not in METHODS and not told_by_api:
            return HttpResponseNotAllowed(METHODS, content_type="text/plain; charset=utf-8")
        return self.get_response(request)


class ContentSecurityPolicy:
    """Middleware that puts :data:`HEADERS` on answers, :data:`DATA_POLICY` on what is no page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not is_page(response.headers.get("Content-Type", "text/html")):
            response.headers.setdefault("Content-Security-Policy", DATA_POLICY)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response


def save_only(response: HttpResponse, name: str) -> HttpResponse:
    """Tell browsers to save an answer that is no page, and never to show it.

    Parameters
    ----------
    name
        Of the file, plain.
    """
    if not is_page(response.headers.get("Content-Type", "")):
        response.headers.setdefault("Content-Disposition", f'attachment; filename="{name}"')
    return response


def is_page(content_type: str) -> bool:
    """Whether a browser would show this as a page."""
    return content_type.partition(";")[0].strip().lower() in ("text/html", "")


def on_every_answer(
    application: Callable[..., Iterable[bytes]], *, tls_only: bool
) -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """Put :data:`HEADERS` on the answers, too, that no middleware sees.

    Static files, redirects to TLS and refusals of a host are given before it comes to pages.

    Parameters
    ----------
    application
        A WSGI application.
    tls_only
        Tell browsers over TLS to use nothing else from now on.
    """

    def answered(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            given = {name.lower() for name, _ in headers}
            wanted = dict(HEADERS)
            if tls_only and environ.get("wsgi.url_scheme") == "https":
                wanted["Strict-Transport-Security"] = f"max-age={TLS_ONLY_SECONDS}"
            missing = [item for item in wanted.items() if item[0].lower() not in given]
            return start_response(status, [*headers, *missing], *error)

        return application(environ, start)

    return answered
