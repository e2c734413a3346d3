"""Reports into the register: kept, described as a source document, and read for claims.

The document is a record like any other and comes by the one way in. Stories and claims are
*derived*: they are computed again from all kept documents whenever one is added, and no figure
rests on them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.db import transaction

import landrelease
from landrelease import evidence

from . import canonical, kept, submissions
from .assemble import Progress
from .models import Claim, Document, Story, Submission
from .people import Actor
from .schema import RECORD_TYPES

NAMESPACE = "sha256"

#: What claims say they were extracted by; those of a model outside say ``model:NAME``.
EXTRACTOR = f"landrelease.evidence {landrelease.__version__}"


@dataclass
class _OneRow:
    """A document as the single row of a delivery."""

    fields: dict[str, list[Any]]

    def __post_init__(self) -> None:
        self.rows = np.array([1], dtype=np.int64)
        self.columns: dict[str, Any] = {}
        self.extra: list[dict[str, Any]] = [{}]
        self.geometry = None
        self.crs = None
        self.problems: list[Any] = []
        self.unusable = np.array([False])


@dataclass
class Added:
    """What became of one file."""

    path: str
    ref: str | None
    state: str
    message: str = ""


def add(
    paths: Iterable[Path], actor: Actor, progress: Progress = lambda stage, done, total: None
) -> list[Added]:
    """Take in report files and compute stories and claims anew.

    Parameters
    ----------
    paths
        Files (txt, html, pdf) or folders of them.

    Returns
    -------
    list of Added
        One a file; a file that cannot be read is kept as a failed submission and said so.
    """
    files = list(_files(paths))
    results = []
    for number, path in enumerate(files):
        progress("adding reports", number, len(files))
        results.append(_add_one(path, actor))
    extract(progress)
    return results


def _files(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(
                p for p in path.rglob("*") if p.suffix.lower() in (".txt", ".html", ".htm", ".pdf")
            )
        else:
            yield path


def _add_one(path: Path, actor: Actor) -> Added:
    data = path.read_bytes()
    digest = canonical.sha256(data)
    known = Document.objects.filter(namespace=NAMESPACE, source_id=digest).first()
    if known is not None:
        return Added(str(path), known.ref, "unchanged", "the same file is in the register already")
    try:
        document = evidence.from_bytes(data, path.name)
    except evidence.EvidenceError as error:
        delivery = _delivery(path, {})
        submission = submissions.receive(delivery, actor)
        submission.state, submission.reason = Submission.FAILED, str(error)
        submission.save()
        return Added(str(path), None, "failed", f"kept as {submission.receipt}: {error}")
    text = document.text.encode("utf-8", "surrogatepass")
    kept.keep_bytes(text, document.text_sha256)
    outcome = submissions.submit(
        _delivery(path, _fields(document, digest, path)), actor=actor, accept=True
    )
    record = Document.objects.get(namespace=NAMESPACE, source_id=digest)
    return Added(str(path), record.ref, outcome.state, "; ".join(document.notes))


def _fields(document: evidence.Document, digest: str, path: Path) -> dict[str, Any]:
    published = document.published
    return {
        "source_id": digest,
        "title": document.title,
        "kind": "news" if document.publisher or document.agency else None,
        "publisher": document.publisher,
        "author": document.byline,
        "agency": document.agency,
        "published": None if published is None else _interval(published),
        "language": document.language,
        "place": document.place_line,
        "filename": path.name,
        "sha256": digest,
        "text_sha256": document.text_sha256,
    }


def _interval(published: evidence.Published) -> dict[str, str] | None:
    import calendar

    if published.value is None:
        return None
    value = published.value
    parts = [int(part) for part in value.split("-")]
    if len(parts) == 1:
        return {"end": f"{value}-12-31", "start": f"{value}-01-01"}
    if len(parts) == 2:
        last = calendar.monthrange(parts[0], parts[1])[1]
        return {"end": f"{value}-{last:02d}", "start": f"{value}-01"}
    return {"end": value, "start": value}


def _delivery(path: Path, fields: dict[str, Any]) -> submissions.Delivery:
    row = one_row({name: value for name, value in fields.items() if value is not None})
    return submissions.Delivery(
        record_type=RECORD_TYPES["document"],
        path=path,
        source=path.name,
        namespace=NAMESPACE,
        layer="",
        batches=[(row, row)],
        options={"extractor": "landrelease.evidence"},
    )


def one_row(fields: dict[str, Any]) -> _OneRow:
    """A document as the single row of a delivery, of these fields."""
    return _OneRow({name: [value] for name, value in fields.items()})


def named() -> list[tuple[Any, str]]:
    """Records of the reports that were read for their text, with the paths claims name them by."""
    records = list(Document.objects.filter(text_sha256__isnull=False).order_by("id"))
    names = Counter(record.filename for record in records)
    return [(r, r.filename if names[r.filename] == 1 else f"{r.ref}/{r.filename}") for r in records]


def load() -> list[tuple[Any, evidence.Document]]:
    """Every report of the register that was read for its text, with its record."""
    loaded = []
    for record, name in named():
        submission = Submission.objects.get(id=record.submission_id)
        loaded.append((record, evidence.from_bytes(kept.read(submission.kept), name)))
    return loaded


def extract(progress: Progress = lambda stage, done, total: None) -> None:
    """Compute stories and claims of all kept reports anew."""
    loaded = load()
    documents = [document for _, document in loaded]
    progress("grouping stories", 0, len(documents))
    stories = evidence.stories(documents)
    progress("extracting claims", 0, len(documents))
    claims = evidence.claims(documents, stories)
    by_path = {document.path: record for record, document in loaded}
    with transaction.atomic():
        Claim.objects.all().delete()
        Story.objects.all().delete()
        Story.objects.bulk_create(
            Story(id=story.story, body=canonical.dumps(story.to_json()).decode())
            for story in stories
        )
        Claim.objects.bulk_create(
            (
                Claim(
                    id=canonical.short_hash(
                        f"{claim.claim} {by_path[claim.document].uid}".encode()
                    ),
                    document_uid=by_path[claim.document].uid,
                    story_id=claim.story,
                    start=claim.content["start"],
                    body=canonical.dumps({"extractor": EXTRACTOR, **claim.to_json()}).decode(),
                )
                for claim in claims
            ),
            batch_size=1_000,
        )
    from . import corroborated  # which reads what stands here

    corroborated.refresh(progress, loaded)
    progress("extracting claims", len(documents), len(documents))


def stories() -> list[dict[str, Any]]:
    """Stories as last computed, in the JSON shape of the command line."""
    return [canonical.loads(story.body) for story in Story.objects.order_by("id")]


def claims(*, outside: bool = False) -> list[dict[str, Any]]:
    """Claims as last computed, by document and place in its text; ``id`` is what a decision on one
    names.

    Parameters
    ----------
    outside
        Those of an outside model as well, after them. They are labelled, corroborate nothing, and
        nothing is gathered, compared or counted with them.
    """
    order = dict(Document.objects.values_list("uid", "id"))
    rows = sorted(Claim.objects.all(), key=lambda c: (order.get(c.document_uid, 0), c.start, c.id))
    found = [{"id": claim.id, **canonical.loads(claim.body)} for claim in rows]
    if outside:
        from . import model_claims  # which reads the documents through this module

        found += model_claims.claims(found)
    return found
