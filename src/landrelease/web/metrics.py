"""What is measured of a running server, as Prometheus reads it.

Requests and their latency are counted as they pass, by the name of their route; a route has no
names or ids in it. The rest is asked of the database when somebody reads the metrics.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from django.db import connection
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

import landrelease
from landrelease.register import bulk, lastly, workspace
from landrelease.register.models import JournalEntry, Submission

from . import logs

REGISTRY = CollectorRegistry()

#: Methods that are counted by name; what else is made up is counted together.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

#: Answers that refuse: no right, no such method, a body of the wrong kind, too often.
REFUSALS = frozenset({400, 401, 403, 405, 413, 415, 429})

_requests = Counter(
    "landrelease_requests", "Requests answered.", ("method", "route", "status"), registry=REGISTRY
)
_seconds = Histogram(
    "landrelease_request_seconds", "Time from a request to its answer.", ("route",),
    registry=REGISTRY,
)  # fmt: skip


class Measured:
    """Middleware that counts requests, measures them, and writes a line of each to the log."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begun = time.perf_counter()
        status = 500
        try:
            response = self.get_response(request)
            status = response.status_code
            return response
        finally:
            took = time.perf_counter() - begun
            match = request.resolver_match
            route = (match.view_name if match else "") or "none"
            method = request.method if request.method in _METHODS else "other"
            _requests.labels(method, route, str(status)).inc()
            _seconds.labels(route).observe(took)
            line = {"method": method, "route": route, "status": status, "ms": int(took * 1000)}
            if status in REFUSALS:
                line["who"] = who(request)
            logs.REQUESTS.info("request", extra=line)


def who(request: HttpRequest) -> str:
    """Who was refused, without a name.

    The number of an account tells it to whoever has the register; the log of the server is read by
    people who may not know who works for the programme.
    """
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return f"account {user.pk}"
    return "token" if "Authorization" in request.headers else "nobody"


class _Register(Collector):
    """What the database says at the moment it is asked."""

    def collect(self) -> Iterable[Metric]:
        submissions = GaugeMetricFamily(
            "landrelease_submissions", "Submissions by state.", labels=("state",)
        )
        counts = Submission.objects.values_list("state").annotate(n=Count("id"))
        for state, count in counts.order_by("state"):
            submissions.add_metric((state,), count)
        yield submissions
        last = JournalEntry.objects.aggregate(last=Max("seq"))["last"]
        yield GaugeMetricFamily(
            "landrelease_journal_entries", "Length of the journal.",
            value=0 if last is None else last + 1,
        )  # fmt: skip
        yield from self._queue()
        yield from self._ages()
        about = GaugeMetricFamily(
            "landrelease_info", "The program.", labels=("version", "database")
        )
        about.add_metric((landrelease.__version__, connection.vendor), 1)
        yield about

    @staticmethod
    def _queue() -> Iterable[Metric]:
        table = "django_tasks_database_dbtaskresult"
        if table not in connection.introspection.table_names():
            return
        queue = GaugeMetricFamily("landrelease_tasks", "Tasks by status.", labels=("status",))
        rows = bulk.few(connection, f'SELECT status, COUNT(*) FROM "{table}" GROUP BY status')  # nosec B608 # names are of our own schema, values are bound
        for status, count in rows:
            queue.add_metric((str(status).lower(),), count)
        yield queue

    @staticmethod
    def _ages() -> Iterable[Metric]:
        """Ages are left out while they are not known: never is not zero seconds ago."""
        folder = workspace.current().folder
        verified = lastly.last(folder, lastly.Verification)
        if verified is not None:
            yield GaugeMetricFamily(
                "landrelease_verify_age_seconds", "Time since the register was last verified.",
                value=_age(verified.at),
            )  # fmt: skip
            yield GaugeMetricFamily(
                "landrelease_verify_well", "Whether that verification found nothing.",
                value=int(verified.well),
            )  # fmt: skip
        saved = lastly.last(folder, lastly.Backup)
        if saved is not None:
            yield GaugeMetricFamily(
                "landrelease_backup_age_seconds", "Time since the last backup.",
                value=_age(saved.at),
            )  # fmt: skip


REGISTRY.register(_Register())


def text() -> bytes:
    """All metrics, in Prometheus's text format."""
    return generate_latest(REGISTRY)


def _age(at: str) -> float:
    return max(0.0, (datetime.now(UTC) - datetime.fromisoformat(at)).total_seconds())
