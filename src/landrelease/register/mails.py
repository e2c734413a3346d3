"""Reports that came by e-mail: what names the correspondents is sealed, the words are kept.

A file of messages is kept encrypted as a whole, as a file about persons is. Each correspondent of a
message is sealed once more under a key of their own, one for all messages of theirs, so that an
erasure takes the files that name the person and nothing of the others. What is kept in clear is the
report: its words without signatures and headers of what was forwarded, and what the message says of
it. A message, and where it stands in its file, are known by keyed marks: no plain hash lets anybody
test a guess, and a message that comes in again is recognised after an erasure, too (rule 23).

Nothing is read from the sealed file again. A report is made anew from its kept words and its
record, so that it stays the same whether or not the file can still be opened.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from landrelease import evidence
from landrelease.evidence import correspondents
from landrelease.evidence.correspondents import Correspondent

from . import erased_again, erasures, kept, report_fields, seal, shown_names, workspace
from .correspondent_keys import KEYS, key_of, mark, named_in_file
from .models import PersonKey, SealedRow, Submission
from .sealing import Sealing

#: Namespace of reports out of sealed mails; their ids are keyed marks.
NAMESPACE: Final = "mail"
#: Endings of the names of files of mails, as far as these say so.
SUFFIXES: Final = (".eml", ".mbox", ".mbx", ".msg")
#: How the date of such a report is said to have been found.
DATED: Final = "date of the e-mail, or of what it forwards"
_CAUSE = re.compile(r"cannot be read \((\w+): .*\)", re.DOTALL)


def are_in(path: Path) -> bool:
    """Whether a file holds e-mails.

    Raises
    ------
    OSError
        When it cannot be read.
    """
    return correspondents.kind_of_file(path, path.name) in correspondents.KINDS


@dataclass
class Mails:
    """The messages of one file on their way into the register.

    Attributes
    ----------
    digest
        SHA-256 of the file; kept nowhere.
    name
        Of the file.
    """

    digest: str
    name: str
    #: Marks of its reports to their plain hashes, by which what came in before is known.
    digests: dict[str, str] = field(default_factory=dict)
    _people: dict[str, tuple[Correspondent, ...]] = field(default_factory=dict)
    _erased: dict[str, bool] = field(default_factory=dict)
    _gone: set[str] | None = None
    #: Where the message at hand stands, as the file and as the register call it.
    _message: tuple[str, str] = ("", "")

    @property
    def mark(self) -> str:
        """Keyed mark of the file, in place of its hash."""
        return mark("file", self.digest)

    def items(self, items: Iterator[evidence.Item]) -> Iterator[evidence.Item]:
        """What a file yields, with the correspondents taken out."""
        for item in items:
            yield self._without_persons(item)

    def _without_persons(self, item: evidence.Item) -> evidence.Item:
        place = None if item.locator is None else self._place(item.locator)
        reason = _CAUSE.sub(r"cannot be read (\1)", self._impersonal(item, item.reason, place))
        if item.document is None:
            return replace(item, locator=place, reason=reason)
        read = item.document
        marked = mark("message", read.sha256)
        people = item.correspondents
        self._people[marked], self.digests[marked] = people, read.sha256
        sender = next((one for one in people if one.header == "From"), None)
        byline, notes = read.byline, [self._impersonal(item, note, place) for note in read.notes]
        if sender is not None and byline and byline == sender.name:
            byline = shown_names.pseudonym(sender.known_by, marked)
            if self.erased(sender):
                byline = None
                notes.append("the sender was erased, and is not taken in again")
        values = report_fields.values_of(
            replace(
                read,
                sha256=marked,
                byline=byline,
                url=None if read.url and re.search("@|%40", read.url) else read.url,
                locator=place,
                notes=tuple(notes),
            )
        )
        path = f"{self.name}#{place}" if place else self.name
        document = remade(correspondents.without(read, people), values, path)
        return replace(item, locator=place, document=document, reason=reason)

    def _place(self, locator: str) -> str:
        """Where a report stands, without the id of the message, which often holds an address."""
        within, place = self._message
        if within and locator.startswith(f"{within}/"):
            return f"{place}/{mark('place', locator)[:8]}"
        self._message = (locator, f"message-{mark('place', locator)[:16]}")
        return self._message[1]

    def _impersonal(self, item: evidence.Item, words: str, place: str | None) -> str:
        """A note or reason without the id of the message and the names of what is attached."""
        if item.locator:
            words = words.replace(item.locator, place or "")
        return re.sub(r"attached to an e-mail as .*", "attached to an e-mail", words, flags=re.S)

    def erased(self, person: Correspondent) -> bool:
        """Whether a correspondent was erased: what comes in later of them is not taken."""
        key = key_of(person)
        if key not in self._erased:
            lost = SealedRow.objects.filter(key=key).exists() and not _there(key)
            self._erased[key] = lost or key in self._destroyed()
        return self._erased[key]

    def _destroyed(self) -> set[str]:
        if self._gone is None:
            log = erasures.log_path(workspace.current().folder)
            self._gone = erasures.destroyed(erasures.read(log))
        return self._gone

    def sealing(self, marks: Sequence[str] = ()) -> Sealing:
        """How a submission of this file is sealed.

        Parameters
        ----------
        marks
            Those of its reports, in the order of its rows.
        """
        # Also where its key was destroyed: what was erased with it is not kept a second time.
        known = Submission.objects.filter(sha256=self.mark, sealed=True)
        first = known.order_by("id").first()

        def keep(submission: Submission, uids: Sequence[str]) -> None:
            for marked, uid in zip(marks, uids, strict=True):
                self._keep(submission, uid, self._people.get(marked, ()))
            if first is None:
                self._forget(submission)

        return Sealing(self.mark, first, keep)

    def _keep(self, submission: Submission, uid: str, people: Sequence[Correspondent]) -> None:
        """Seal who stands in a message, each under their own key."""
        rows = []
        for number, person in enumerate(people, start=1):
            if self.erased(person):
                continue
            key = key_of(person)
            if not _there(key):
                seal.new_key(key)
            said = {"header": person.header, "name": person.name, "address": person.address}
            cells = seal.seal(key, {"cells": json.dumps(said, ensure_ascii=False)})
            rows.append(
                SealedRow(submission=submission, row=number, record_uid=uid, key=key, cells=cells)
            )
        SealedRow.objects.bulk_create(rows)

    def _forget(self, submission: Submission) -> None:
        """A file that names somebody who was erased is not kept readable."""
        if not any(key.startswith(KEYS) for key in self._destroyed()):
            return
        named = named_in_file(submission).people
        gone = sorted({key_of(one) for one in named if self.erased(one)})
        if gone:
            erased_again.forget_file(submission, gone)


def of_record(record: Any, path: str = "") -> evidence.Document:
    """Make a report anew from its kept words and its record.

    Parameters
    ----------
    record
        Of a report out of a sealed mail.

    Raises
    ------
    EvidenceError
        When its kept words are not there.
    """
    try:
        text = kept.text_path(record.text_sha256).read_bytes().decode("utf-8", "surrogatepass")
    except (OSError, UnicodeDecodeError) as error:
        raise evidence.EvidenceError(
            f"{record.ref}: its kept words cannot be read ({error}); restore them from a backup"
        ) from error
    values = {
        name: getattr(record, name)
        for name in ("source_id", "title", "publisher", "author", "agency", "place", "locator",
                     "url", "remarks")
    }  # fmt: skip
    if record.published_start is not None:
        values["published"] = {
            "start": record.published_start.isoformat(), "end": record.published_end.isoformat()
        }  # fmt: skip
    return remade(text, values, path)


def remade(text: str, values: Mapping[str, Any], path: str = "") -> evidence.Document:
    """A report from its words and what its record says: the same whenever it is made.

    Parameters
    ----------
    text
        Its words.
    values
        Fields of its record; ``source_id`` is its mark.
    """
    read = evidence.from_text(text.lstrip("\ufeff"), path=path)
    interval = values.get("published")
    return replace(
        read,
        sha256=str(values["source_id"]),
        format="email",
        title=values.get("title"),
        publisher=values.get("publisher"),
        byline=values.get("author"),
        agency=values.get("agency"),
        place_line=values.get("place"),
        published=_published(interval) if interval else read.published,
        notes=tuple(str(values["remarks"]).split("; ")) if values.get("remarks") else (),
        locator=values.get("locator"),
        url=values.get("url"),
    )


def _published(interval: Mapping[str, str]) -> evidence.Published:
    start, end = interval["start"], interval["end"]
    if start == end:
        return evidence.Published(start, "day", DATED)
    if start[:7] == end[:7]:
        return evidence.Published(start[:7], "month", DATED)
    return evidence.Published(start[:4], "year", DATED)


def _there(key: str) -> bool:
    return bool(PersonKey.objects.filter(id=key).exists())
