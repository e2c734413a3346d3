"""Reports into the register: kept, described as a source document, and read for claims.

The document is a record like any other and comes by the one way in. Stories and claims are
*derived*: they are computed again from all kept documents whenever one is added, and no figure
rests on them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.db import models, transaction

import landrelease
from landrelease import evidence
from landrelease.evidence import intake

from . import canonical, readings, report_files
from .models import Claim, Document, Story
from .people import Actor
from .progress import Progress
from .report_files import Added

#: What claims say they were extracted by; those of a model outside say ``model:NAME``.
EXTRACTOR = f"landrelease.evidence {landrelease.__version__}"

_AT_ONCE = 1_000


def add(
    paths: Iterable[Path],
    actor: Actor,
    progress: Progress = lambda stage, done, total: None,
    fields: Mapping[str, str] | None = None,
) -> list[Added]:
    """Take in report files and compute stories and claims anew.

    Parameters
    ----------
    paths
        Files or folders of them, of any format that `evidence.unpack` reads.
    fields
        For JSON: where the fields of a report stand.

    Returns
    -------
    list of Added
        One a report, and one a file or part that gave none; what cannot be read is kept as a
        failed submission and said so.
    """
    files = [
        (file, named if named.is_dir() else None)
        for named in paths
        for file in report_files.find([named])
    ]
    results: list[Added] = []
    for number, (path, folder) in enumerate(files):
        progress("adding reports", number, len(files))
        for added in report_files.add_file(path, actor, fields, within=folder):
            results.append(added)
            if len(results) % 100 == 0:
                progress(f"adding reports ({len(results):,} so far)", number, len(files))
    if any(one.state not in ("unchanged", "failed", "skipped") for one in results) or behind():
        extract(progress)
    return results


def behind() -> bool:
    """Whether a run was killed between taking in reports and reading them for claims."""
    count = Document.objects.filter(text_sha256__isnull=False).count()
    told = len({member["path"] for story in stories() for member in story["documents"]})
    return told != count


def load() -> list[tuple[Any, evidence.Document]]:
    """Every report of the register that was read for its text, with its record."""
    records = _records()
    named = paths(records)
    read = readings.of(records)
    return [
        (record, replace(document, path=named[record.ref]))
        for record, document in zip(records, read, strict=True)
    ]


def named() -> list[tuple[Any, str]]:
    """Records of the reports that were read for their text, with the paths claims name them by."""
    records = _records()
    path_of = paths(records)
    return [(record, path_of[record.ref]) for record in records]


def paths(records: Sequence[Any] | None = None) -> dict[str, str]:
    """Name each report by its file and its place there; by its reference where others share it."""
    records = _records() if records is None else records
    named = {r.ref: f"{r.filename}#{r.locator}" if r.locator else r.filename for r in records}
    times = Counter(named.values())
    return {ref: name if times[name] == 1 else f"{ref}/{name}" for ref, name in named.items()}


def _records() -> list[Any]:
    return list(Document.objects.filter(text_sha256__isnull=False).order_by("id"))


def listing() -> list[dict[str, Any]]:
    """Reports with what is known of them, whether their claims were extracted, and how many."""
    counts = Counter(Claim.objects.values_list("document_uid", flat=True))
    named = paths()
    return [
        {
            "ref": record.ref,
            "document": named[record.ref],
            "title": record.title,
            "publisher": record.publisher,
            "agency": record.agency,
            "published": _days(record.published_start, record.published_end),
            "retrieved": _days(record.retrieved_start, record.retrieved_end),
            "language": record.language,
            "place": record.place,
            "claims": counts[record.uid]
            if record.language in (*intake.CLAIM_LANGUAGES, "und", None)
            else "not extracted",
            "url": record.url,
            "sha256": record.sha256,
            "container_sha256": record.container_sha256,
            "locator": record.locator,
            "notes": record.remarks,
        }
        for record in _records()
    ]


def _days(start: Any, end: Any) -> str | None:
    if start is None:
        return None
    return str(start) if start == end else f"{start}/{end}"


def extract(progress: Progress = lambda stage, done, total: None) -> None:
    """Compute stories and claims of all kept reports anew."""
    loaded = load()
    documents = [document for _, document in loaded]
    for number, document in enumerate(documents):
        if number % 50 == 0:
            progress("reading", number, len(documents))
        readings.remember([document])
    progress("grouping stories", 0, len(documents))
    stories = evidence.stories(documents, progress=progress)
    progress("extracting claims", 0, len(documents))
    claims = list(_claims(documents, stories))
    by_path = {document.path: record for record, document in loaded}
    with transaction.atomic():
        _replace(
            Story,
            (
                Story(id=story.story, body=canonical.dumps(story.to_json()).decode())
                for story in stories
            ),
        )
        _replace(
            Claim,
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
        )
    from . import corroborated  # which reads what stands here

    corroborated.refresh(progress, loaded)
    progress("extracting claims", len(documents), len(documents))


def _claims(
    documents: Sequence[evidence.Document], stories: Sequence[evidence.Story]
) -> Iterator[evidence.Claim]:
    """Claims of all documents, in their order; those of a story that stayed as it was are known.

    What a document claims depends on it and on the other documents of its stories alone.
    """
    by_path = {document.path: document for document in documents}
    standing: dict[str, list[evidence.Story]] = {}
    for story in stories:
        for member in story.documents:
            standing.setdefault(member.path, []).append(story)
    # Documents of the same stories together: those of one story, and those merged from the same.
    together: dict[tuple[str, ...], list[str]] = {}
    for path, own in standing.items():
        together.setdefault(tuple(story.story for story in own), []).append(path)
    found: dict[str, list[evidence.Claim]] = {}
    for paths_ in together.values():
        involved = standing[paths_[0]]
        members = {m.path: by_path[m.path] for story in involved for m in story.documents}
        if len(involved) == 1:  # merged reports have no bearing on the others
            members = {path: by_path[path] for path in paths_}
        for claim in readings.claims(list(members.values()), involved, paths_):
            found.setdefault(claim.document, []).append(claim)
    for document in documents:
        yield from found.get(document.path, ())


def _replace(model: type[models.Model], rows: Iterable[Any]) -> None:
    """Leave rows that are the same, so that one report more does not rewrite all claims."""
    wanted = {row.id: row for row in rows}
    have = dict(model._default_manager.values_list("id", "body"))
    gone = [id_ for id_, body in have.items() if id_ not in wanted or wanted[id_].body != body]
    for start in range(0, len(gone), _AT_ONCE):
        model._default_manager.filter(id__in=gone[start : start + _AT_ONCE]).delete()
    same = have.keys() - set(gone)
    model._default_manager.bulk_create(
        [row for id_, row in wanted.items() if id_ not in same], batch_size=_AT_ONCE
    )


def stories() -> list[dict[str, Any]]:
    """Stories as last computed, in the JSON shape of the command line."""
    return [canonical.loads(story.body) for story in Story.objects.order_by("id")]


def claims(ids: Sequence[str] | None = None, *, outside: bool = False) -> list[dict[str, Any]]:
    """Claims as last computed, by document and place in its text; ``id`` is what a decision on one
    names.

    Parameters
    ----------
    ids
        Only those of these rows.
    outside
        Those of an outside model as well, after them. They are labelled, corroborate nothing, and
        nothing is gathered, compared or counted with them.
    """
    order = dict(Document.objects.values_list("uid", "id"))
    rows: list[Any] = []
    if ids is None:
        rows = list(Claim.objects.all())
    else:
        for start in range(0, len(ids), _AT_ONCE):
            rows += Claim.objects.filter(id__in=ids[start : start + _AT_ONCE])
    rows.sort(key=lambda c: (order.get(c.document_uid, 0), c.start, c.id))
    found = [{"id": claim.id, **canonical.loads(claim.body)} for claim in rows]
    if outside:
        from . import model_claims  # which reads the documents through this module

        found += model_claims.claims(found)
    return found
