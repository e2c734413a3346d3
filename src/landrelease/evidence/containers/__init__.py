"""Files that hold reports: which format they are in, and the reports in them.

One module a format; `unpack` chooses. A file that is one report gives one item, a container
several. Whatever the bytes, the outcome is items (some of which may be failures with a reason) or
an `EvidenceError` that names the file; never another exception.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from landrelease.evidence.containers import confined, json_records, reading
from landrelease.evidence.containers.items import Item
from landrelease.evidence.containers.reading import MAX_CONTAINER, SUFFIXES, kind_of
from landrelease.evidence.errors import EvidenceError
from landrelease.evidence.reading_process import Limits

__all__ = ["MAX_CONTAINER", "SUFFIXES", "Item", "kind_of", "unpack"]


def unpack(
    source: str | Path | bytes,
    name: str | None = None,
    *,
    fields: Mapping[str, str] | None = None,
    limits: Limits | None = confined.LIMITS,
) -> Iterator[Item]:
    """Take the reports out of a file.

    It is read in a process of its own, with limits of time and memory: whatever a file does to its
    reader ends the reading of that file, and what was taken out of it before stands.

    Parameters
    ----------
    source : str, Path or bytes
        The file, or what is in it.
    name : str, optional
        To record and to name in errors; by default the path. Its suffix hints at the format.
    fields : mapping of str to str, optional
        For JSON: where fields stand, as `json_records.lines` takes them.
    limits : Limits, optional
        What reading it may take, and each message, line or entry of it by its own size; None reads
        it in this very process, without limits.

    Yields
    ------
    Item
        In the order of the file; each locator occurs once.

    Raises
    ------
    EvidenceError
        When the file as a whole cannot be read: naming it, the cause, and what to do.

    Examples
    --------
    >>> from landrelease.evidence import unpack
    >>> data = b'{"text": "Teams cleared the field.", "date": "2021-03-04"}'
    >>> [(item.locator, item.document.published.value) for item in unpack(data, "a.jsonl")]
    [('line 1', '2021-03-04')]
    """
    label = name if name is not None else (str(source) if not isinstance(source, bytes) else "")
    json_records.check(fields)
    if limits is not None:
        yield from confined.unpack(source, label, fields, limits)
        return
    try:
        yield from reading.unpack(source, label, fields)
    except MemoryError:
        raise EvidenceError(f"{label}: there is too little memory to read it") from None
