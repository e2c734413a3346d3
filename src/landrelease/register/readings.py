"""What was read of each report, kept beside the register so that it is not read again.

Reading a page or a PDF takes far longer than anything done with its text later. What came out of
it, and who is said to say what in it, depends on its bytes and on this program alone; so it is
kept under the hash of both, in the folder ``cache`` of the workspace. That folder can be deleted at
any time: everything in it is made again from the originals, with the same result.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import tempfile
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

from landrelease import evidence
from landrelease.evidence.statements import attributions, recall, recalled

from . import kept, mails, workspace
from .models import Submission

#: Packages whose work goes into a reading.
_READERS = ("trafilatura", "pypdf", "py3langid", "HanTa", "lxml", "feedparser", "warcio",
            "charset-normalizer")  # fmt: skip


@cache
def program() -> str:
    """Hash of the program that reads: the evidence package, and what it rests on."""
    digest = hashlib.sha256()
    folder = Path(evidence.__file__).parent
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".py", ".rules", ".gz"):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
            digest.update(path.read_bytes())
    for name in _READERS:
        digest.update(f"{name} {importlib.metadata.version(name)}\0".encode())
    return digest.hexdigest()[:32]


def of(records: Sequence[Any]) -> list[evidence.Document]:
    """Read the reports behind document records.

    Parameters
    ----------
    records
        Document records whose text was kept.

    Returns
    -------
    list of Document
        In the same order; paths are those of the last reading, to be replaced by the caller.

    Raises
    ------
    EvidenceError
        When a kept original no longer gives the report: the file and the place in it are named.
    """
    found: dict[int, evidence.Document] = {}
    missing: dict[int, list[Any]] = defaultdict(list)
    for record in records:
        if record.namespace == mails.NAMESPACE:
            # Its original is sealed, and may be gone with somebody who was erased.
            found[record.id] = _kept(str(record.source_id)) or _remade(record)
            continue
        document = _kept(str(record.sha256 or record.source_id))
        if document is None:
            missing[record.submission_id].append(record)
        else:
            found[record.id] = document
    for submission in Submission.objects.filter(id__in=list(missing)):
        again = list(_again(submission, missing[submission.id]))
        for record, document in again:
            found[record.id] = document
        keep(document for _, document in again)
    return [found[record.id] for record in records]


def _remade(record: Any) -> evidence.Document:
    document = mails.of_record(record)
    keep([document])
    return document


def keep(documents: Iterable[evidence.Document]) -> None:
    """Keep what was read of reports."""
    for document in documents:
        _write(_path(document.sha256), _written(document))


def remember(documents: Iterable[evidence.Document]) -> None:
    """Let the evidence package know what these documents attribute, where it was kept.

    What is not kept yet is extracted now, and kept.
    """
    for document in documents:
        if recalled(document):
            continue
        path = _path(f"{document.sha256}-said")
        try:
            said = [_statement(one) for one in json.loads(path.read_bytes())]
        except (OSError, ValueError, KeyError, TypeError):
            said = attributions(document)
            _write(path, json.dumps([asdict(one) for one in said]).encode())
        recall(document, said)


def claims(
    members: Sequence[evidence.Document],
    stories: Sequence[evidence.Story],
    only: Collection[str],
) -> list[evidence.Claim]:
    """Claims of some documents of one story, or of a report merged from several.

    Extracted where they are not kept. They depend on the texts, the days and the stories, all of
    which are in the key.

    Parameters
    ----------
    members
        All documents of the stories.
    stories
        All stories in which the wanted documents stand.
    only
        Paths of the wanted documents.
    """
    about = [
        *([story.story, *(m.path for m in story.documents)] for story in stories),
        sorted(only),
        *(
            [one.path, one.sha256, one.text_sha256, one.published and asdict(one.published)]
            for one in sorted(members, key=lambda document: document.path)
        ),
    ]
    key = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()
    path = _path(f"{key}-claims")
    try:
        return [evidence.Claim.from_json(one) for one in json.loads(path.read_bytes())]
    except (OSError, ValueError, KeyError, TypeError):
        found = evidence.claims(members, stories, only=only)
        _write(path, json.dumps([one.to_json() for one in found]).encode())
        return found


def _again(
    submission: Submission, records: Sequence[Any]
) -> Iterable[tuple[Any, evidence.Document]]:
    """Read the original once more; a container once for all of its reports."""
    options = json.loads(submission.options)
    path = workspace.current().attachments / submission.kept
    wanted = {record.locator: record for record in records}
    if None in wanted:
        record = wanted.pop(None)
        yield record, _single(path, submission.filename)
    if not wanted:
        return
    for item in evidence.unpack(path, submission.filename, fields=options.get("fields")):
        if item.document is not None and item.locator in wanted:
            yield wanted.pop(item.locator), item.document
        if not wanted:
            return
    places = ", ".join(f"{record.ref} ({place})" for place, record in list(wanted.items())[:5])
    raise evidence.EvidenceError(
        f"{submission.filename}, kept as {submission.receipt}: no longer gives {places}; was the "
        "file in attachments/ changed? `landrelease verify` tells"
    )


def _single(path: Path, name: str) -> evidence.Document:
    """A file that is one report; files of before this program knew containers are read as then."""
    for item in evidence.unpack(path, name):
        if item.locator is None and item.document is not None:
            return item.document
        break
    return evidence.from_bytes(kept.read(f"{path.parent.name}/{path.name}"), name)


def _path(key: str) -> Path:
    return workspace.current().folder / "cache" / "evidence" / program() / key[:2] / f"{key}.json"


_documents: dict[Path, evidence.Document] = {}  # of this process: a reading never changes


def _kept(sha256: str) -> evidence.Document | None:
    path = _path(sha256)
    if path not in _documents:
        document = _read(path)
        if document is None:
            return None
        _documents[path] = document
    return _documents[path]


def _read(path: Path) -> evidence.Document | None:
    try:
        value = json.loads(path.read_bytes())
        published = value.pop("published")
        value |= {
            "boilerplate": tuple((start, end, kind) for start, end, kind in value["boilerplate"]),
            "notes": tuple(value["notes"]),
            "published": None if published is None else _published(published),
        }
        return evidence.Document(**value)
    except (OSError, ValueError, KeyError, TypeError):
        return None  # not there, or of a write that was cut off: read again


def _published(value: dict[str, Any]) -> evidence.Published:
    day = value.pop("month_day")
    return evidence.Published(**value, month_day=None if day is None else (day[0], day[1]))


def _written(document: evidence.Document) -> bytes:
    return json.dumps(asdict(replace(document, path=""))).encode()


def _statement(value: dict[str, Any]) -> evidence.Statement:
    speaker = evidence.Speaker(**value.pop("speaker"))
    pairs = {name: tuple(tuple(one) for one in value.pop(name)) for name in ("quoted", "parts")}
    spans = {one.name: value[one.name] for one in fields(evidence.Statement) if one.name in value}
    for name in ("source", "cue", "content", "sentence"):
        spans[name] = tuple(spans[name])
    return evidence.Statement(**spans, speaker=speaker, **pairs)


def _write(path: Path, data: bytes) -> None:
    """Write whole or not at all; a cache need not survive a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as handle:
        handle.write(data)
    Path(handle.name).replace(path)
