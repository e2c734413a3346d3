"""Logs as JSON lines that hold nothing of what people sent or of who they are.

A line of a request says the name of the route, not the address: addresses hold names and ids,
queries hold what was searched for. A line of another package says where in its code it was written,
not what: messages quote values. Errors are told by their type and the places in the code, as their
texts quote values, too. No network addresses, no names, no bodies, no queries.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

#: Lines of requests, one each, where they are wanted.
REQUESTS = logging.getLogger("landrelease.requests")

#: Attributes of a record that our own lines may carry.
_FIELDS = ("method", "route", "status", "ms", "who")


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON, leaving out whatever may be personal."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if record.name == REQUESTS.name:
            line |= {name: getattr(record, name) for name in _FIELDS if hasattr(record, name)}
        else:
            line["where"] = f"{record.module}:{record.lineno}"
        if record.exc_info and record.exc_info[0] is not None:
            kind, _, trace = record.exc_info
            line["error"] = f"{kind.__module__}.{kind.__qualname__}"
            line["places"] = [
                f"{frame.filename.rsplit('site-packages/')[-1]}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(trace)
            ]
        return json.dumps(line)


def install(*, requests: bool) -> None:
    """Send all logs of this process to standard error, as JSON lines.

    Parameters
    ----------
    requests
        Write a line for each request, too.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    # What Django would print by itself quotes addresses.
    for name in ("django", "django.request", "django.server", "waitress"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    # Pages that do not exist, and answers that refuse, are counted in the lines of requests.
    logging.getLogger("django.request").setLevel(logging.ERROR)
    REQUESTS.setLevel(logging.INFO if requests else logging.CRITICAL)
