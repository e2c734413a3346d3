"""A folder into which reports arrive: each is taken in when it is whole, and what is new is told.

A file is whole when its size and time of change have not moved for a while. What is in the register
already is known by its bytes, so that stopping and starting again loses nothing and takes nothing
twice.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import corroborations, documents, report_files
from .models import Claim, Submission
from .people import Actor
from .report_files import Added

#: Comparing all claims takes a second for two thousand, and more than in proportion after that.
MOST_COMPARED = 20_000
_LOOK_AGAIN = 60.0  # seconds
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class News:
    """What a report brought.

    Attributes
    ----------
    added
        What became of it.
    story
        Id of the story it stands in; None where it gave no report.
    joined
        Paths of the other reports of that story.
    origin
        Of the story: name and kind.
    claims
        Claims of it that were not there before, as `evidence.Claim.to_json` gives them.
    conflicts
        Contradictions and revisions that its claims take part in and that were not there before;
        None where they were not looked for.
    """

    added: Added
    story: str | None = None
    joined: tuple[str, ...] = ()
    origin: Mapping[str, Any] | None = None
    claims: tuple[Mapping[str, Any], ...] = ()
    conflicts: tuple[Mapping[str, Any], ...] | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            **self.added.to_json(),
            "story": self.story,
            "joined": list(self.joined),
            "origin": self.origin,
            "new_claims": list(self.claims),
            "conflicts": None if self.conflicts is None else list(self.conflicts),
        }


@dataclass
class _Arrivals:
    """Files that arrived and are not yet known to be whole."""

    settle: float
    taken: dict[Path, tuple[int, int]] = field(default_factory=dict)
    waiting: dict[Path, tuple[tuple[int, int], float]] = field(default_factory=dict)

    def look(self, paths: Iterator[Path] | list[Path]) -> None:
        """Note files, with their state and since when it has not moved."""
        now = time.monotonic()
        for path in paths:
            state = _state(path)
            if state is None or self.taken.get(path) == state:
                self.waiting.pop(path, None)
            elif self.waiting.get(path, (None, 0.0))[0] != state:
                # What was last changed long ago is whole; a moving clock must not delay it.
                age = max(0.0, time.time() - state[1] / 1e9)
                self.waiting[path] = (state, now - min(age, self.settle))

    def whole(self) -> list[Path]:
        """Files that have not moved for long enough."""
        self.look(list(self.waiting))
        now = time.monotonic()
        ready = [p for p, (_, since) in self.waiting.items() if now - since >= self.settle]
        for path in ready:
            self.taken[path] = self.waiting.pop(path)[0]
        return sorted(ready)


def watch(
    folder: Path,
    actor: Actor,
    tell: Callable[[News], None],
    *,
    stop: threading.Event,
    once: bool = False,
    since: dt.datetime | None = None,
    settle: float = 2.0,
    patience: float = 60.0,
    conflicts: bool = True,
    fields: Mapping[str, str] | None = None,
) -> None:
    """Take in what is in a folder and what arrives there, until told to stop.

    Parameters
    ----------
    folder
        With the folders in it.
    tell
        Called for each report, failure and skipped part, once it is in the register and read.
    stop
        Set it to end: the file at hand is finished, the reports taken in are read for claims.
    once
        Take in what is there, and end.
    since
        Leave out files that were last changed before it; the register's own last arrival is
        `last_arrival`.
    settle
        Seconds for which a file must not have moved.
    patience
        With ``once``: seconds to wait for files that keep moving; they are left and named.
    conflicts
        Also say which claims a new one contradicts or revises.
    fields
        As for `report_files.add_file`.
    """
    arrivals = _Arrivals(settle)
    arrivals.look(_present(folder, since))
    began = time.monotonic()
    if documents.behind():
        documents.extract()
    for _ in _ticks(folder, stop, once, since, arrivals):
        ready = arrivals.whole()
        if ready:
            _take(ready, folder, actor, tell, stop, conflicts, fields)
        if once and not arrivals.waiting:
            return
        if once and time.monotonic() - began > patience:
            for path in sorted(arrivals.waiting):
                tell(News(Added(str(path), None, "waiting", "still being written; not taken in")))
            return


def last_arrival() -> dt.datetime | None:
    """When the register last received a report."""
    found = (
        Submission.objects.filter(record_type="document", namespace__in=report_files.NAMESPACES)
        .order_by("-id")
        .first()
    )
    return None if found is None else dt.datetime.fromisoformat(found.received_at)


def _present(folder: Path, since: dt.datetime | None) -> list[Path]:
    found = report_files.find([folder])
    if since is None:
        return found
    return [p for p in found if (state := _state(p)) and state[1] / 1e9 >= since.timestamp()]


def _state(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None  # gone again, or not to be read yet
    return status.st_size, status.st_mtime_ns


def _ticks(
    folder: Path,
    stop: threading.Event,
    once: bool,
    since: dt.datetime | None,
    arrivals: _Arrivals,
) -> Iterator[None]:
    """Now, and again whenever something moved in the folder or a file may have become whole."""
    yield
    pause = max(0.05, min(arrivals.settle / 4, 0.5))
    if once:
        while not stop.wait(pause):
            yield
        return
    import watchfiles

    looked = -_LOOK_AGAIN
    for changes in watchfiles.watch(
        folder,
        stop_event=stop,
        rust_timeout=int(1000 * pause),
        yield_on_timeout=True,
        raise_interrupt=False,
        debounce=200,
        watch_filter=None,
    ):
        # What arrived before the watching began, or in a burst that the system did not report.
        if time.monotonic() - looked >= _LOOK_AGAIN:
            looked = time.monotonic()
            arrivals.look(_present(folder, since))
        arrivals.look([path for _, name in changes if report_files.is_report(path := Path(name))])
        yield


def _take(
    paths: list[Path],
    folder: Path,
    actor: Actor,
    tell: Callable[[News], None],
    stop: threading.Event,
    conflicts: bool,
    fields: Mapping[str, str] | None,
) -> None:
    """Take in files, then read all that is new at once, then tell it."""
    before = set(Claim.objects.values_list("id", flat=True))
    results: list[Added] = []
    for path in paths:
        if stop.is_set():
            break  # found again by the next run
        try:
            results += report_files.add_file(path, actor, fields, within=folder)
        except Exception as error:  # one bad file must not end the watch
            _LOG.exception("taking in %s", path)
            cause = f"{type(error).__name__}: {error}"
            results.append(Added(str(path), None, "failed", f"not taken in ({cause})"))
    new = {one.ref for one in results if one.ref and one.state == "accepted"}
    if not new:
        for one in results:
            tell(News(one))
        return
    documents.extract()
    for news in _news(results, new, before, conflicts):
        tell(news)


def _news(results: list[Added], new: set[str], before: set[str], conflicts: bool) -> Iterator[News]:
    paths = {ref: path for ref, path in documents.paths().items() if ref in new}
    story_of = {
        member["path"]: story for story in documents.stories() for member in story["documents"]
    }
    ids = [i for i in Claim.objects.values_list("id", flat=True) if i not in before]
    claims = documents.claims(ids)
    compared = _conflicts(claims) if conflicts else None
    for added in results:
        path = paths.get(added.ref) if added.ref in new else None
        if path is None or added.state != "accepted":
            yield News(added)
            continue
        story = story_of[path]
        own = [claim for claim in claims if claim["document"] == path]
        mine = {claim["claim"] for claim in own}
        yield News(
            added,
            story["story"],
            tuple(m["path"] for m in story["documents"] if m["path"] != path),
            story["origin"],
            tuple(own),
            None
            if compared is None
            else tuple(one for one in compared if mine & {side["claim"] for side in one["sides"]}),
        )


def _conflicts(claims: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    """Contradictions and revisions in which a new claim takes part."""
    if not claims:
        return []
    if Claim.objects.count() > MOST_COMPARED:
        return None
    new = {claim["claim"] for claim in claims}
    return [
        one.to_json()
        for one in corroborations.comparisons()
        if one.verdict != "agrees" and new & {one.one.claim, one.other.claim}
    ]
