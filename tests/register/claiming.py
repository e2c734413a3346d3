"""Made-up reports with claims in them, and the extractor as another version would cut them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from landrelease.register import canonical, documents, people
from landrelease.register.models import Claim

REPORTS = {
    "orchard.txt": (
        "Posted on 07/20/2022\n\nThe barley is late this summer, and farmers wait for rain. Mara "
        "Lind told Coast Daily that two people were killed by a mine in the orchard. Karl Weiss "
        "said that the field behind the mill was never searched.\n"
    ),
    "harbour.txt": (
        "Fishing boats were kept in port because of high winds, and the ferry did not run.\n\n"
        "Ada Brook told the Harbour Herald that 12 shells were found near the pier.\n"
    ),
}


def take_in(folder: Path, *names: str) -> None:
    """Take reports in and read them for claims; all of them unless some are named."""
    for name in names or REPORTS:
        (folder / name).write_text(REPORTS[name], encoding="utf-8")
    documents.add([folder / name for name in names or REPORTS], people.at_the_command_line())


def claim_about(word: str) -> dict[str, Any]:
    """The claim whose words hold a word."""
    (found,) = [one for one in documents.claims() if word in one["content"]["text"]]
    return found


def extracted_as(change: Callable[[dict[str, Any]], Iterable[dict[str, Any]]]) -> None:
    """Put the claims there that another version of the extractor would give.

    Parameters
    ----------
    change
        From the body of a claim to the bodies that come of it; their ids follow from text, span
        and source, as the extractor's do.
    """
    rows = list(Claim.objects.all())
    Claim.objects.all().delete()
    for row in rows:
        for body in change(canonical.loads(row.body)):
            content = body["content"]
            source = body["source"].get("name") or body["source"].get("text")
            same = canonical.dumps(body) == row.body.encode()
            key = f"{row.document_uid} {content['start']} {content['end']} {source}"
            Claim.objects.create(
                id=row.id if same else canonical.short_hash(key.encode()),
                document_uid=row.document_uid,
                story_id=row.story_id,
                start=content["start"],
                body=canonical.dumps(body).decode(),
            )


def cut(body: dict[str, Any], text: str, start: int = 0, end: int = 0) -> dict[str, Any]:
    """A claim whose words begin and end some characters later; ``text`` is the kept text."""
    content = body["content"]
    first, last = content["start"] + start, content["end"] + end
    return {
        **body,
        "claim": f"{body['claim']}{start}{end}",
        "content": {"start": first, "end": last, "text": text[first:last]},
    }
