"""From a printed figure to the ground: lines, entries, records, polygons, documents, deciders.

A trace is one page of the parts that a figure is the sum of, largest first, with everything that
stands behind each of them; and the sum over all parts, whatever the page, which is the figure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TextIO

import numpy as np
import shapely
from numpy.typing import NDArray

from landrelease import land
from landrelease.land import FigureId, FigureIdError

from . import apply, area_only, bulk, canonical, contributions, provenance, sentences, shares
from .contributions import Contributions
from .errors import RegisterError
from .models import LedgerLine
from .provenance import Entry, Origin
from .sentences import Sentence

#: Parts on a page of a trace.
PAGE = 50


@dataclass(frozen=True)
class Part:
    """One part of a figure.

    Attributes
    ----------
    amount
        What it adds to the figure, with its sign.
    origin
        The record whose report made it.
    entry
        Number of the journal entry that posted it, or brought the record.
    line, whole_mm2, kind, valid_on
        Number, whole area, kind and day of the ledger line; empty where the figure counts
        records.
    hazard
        Reference of the hazard whose land moved.
    version
        Version of the record, as the ledger counts them.
    move
        Accounts between which ground moved, and between which the claim of the hazard did.
    mark
        "partly released, place unknown", where a report without a polygon says so of the hazard.
    sentences
        Of a hazard: the words of reports that are evidence on it.
    """

    amount: int | Decimal
    origin: Origin | None
    entry: int | None
    line: int | None = None
    whole_mm2: int | None = None
    kind: str = ""
    valid_on: str | None = None
    hazard: str = ""
    version: int | None = None
    move: tuple[str, str, str, str] | None = None
    mark: str = ""
    sentences: tuple[Sentence, ...] = ()

    def to_json(self) -> dict[str, Any]:
        out: dict[str, Any] = {
            "amount": str(self.amount),
            "entry": self.entry,
            "record": None if self.origin is None else self.origin.to_json(),
        }
        if self.mark:
            out["mark"] = self.mark
        if self.sentences:
            out["sentences"] = [sentence.to_json() for sentence in self.sentences]
        if self.move is not None:
            names = ("ground_from", "ground_to", "claim_from", "claim_to")
            out["line"] = {
                "id": self.line,
                "kind": self.kind,
                "valid_on": self.valid_on,
                "mm2": str(self.whole_mm2),
                "hazard": self.hazard,
                "version": self.version,
                **dict(zip(names, self.move, strict=True)),
            }
        return out


@dataclass(frozen=True)
class Trace:
    """Where a figure comes from.

    Attributes
    ----------
    figure
        Its id.
    unit
        ``mm2``, ``m2``, ``areas``, ``persons``, …
    value
        The figure: the exact sum of all its parts, those of other pages among them.
    parts
        The parts of this page.
    count
        How many parts there are in all.
    next_after
        What to give as ``after`` for the next page; None at the end.
    entries
        Journal entries behind the parts of this page, by number, with deciders and documents.
    """

    figure: FigureId
    unit: str
    value: int | Decimal
    parts: list[Part]
    count: int
    next_after: int | None
    entries: dict[int, Entry]

    def to_json(self) -> dict[str, Any]:
        return {
            "figure": str(self.figure),
            "unit": self.unit,
            "value": str(self.value),
            "parts": [part.to_json() for part in self.parts],
            "count": self.count,
            "next_after": self.next_after,
            "entries": [entry.to_json() for entry in self.entries.values()],
        }

    @property
    def documents(self) -> list[provenance.Document]:
        """What was handed in behind the parts of this page, each once."""
        found = {
            entry.document.receipt: entry.document
            for entry in self.entries.values()
            if entry.document is not None
        }
        return list(found.values())

    @property
    def deciders(self) -> list[str]:
        """Who decided behind the parts of this page."""
        return sorted({name for entry in self.entries.values() for name in entry.deciders})


def figure_of(text: str | FigureId) -> FigureId:
    """Read a figure id, and check that the register has got that far.

    Raises
    ------
    RegisterError
        When it is no figure id, or knows an entry that there is not.
    """
    from . import knowledge

    if isinstance(text, FigureId):
        figure = text
    else:
        try:
            figure = FigureId.parse(text)
        except FigureIdError as error:
            raise RegisterError(str(error)) from error
    head = knowledge.head_seq()
    if figure.seq > head:
        raise RegisterError(
            f"{figure} knows journal entry {figure.seq}, and the last one here is {head}: is this "
            "the workspace that printed it?"
        )
    return figure


def trace(figure_id: str | FigureId, *, limit: int | None = PAGE, after: int = 0) -> Trace:
    """Trace a figure.

    Parameters
    ----------
    figure_id
        Id of the figure.
    limit
        Parts on a page; None for all.
    after
        How many parts to pass over: ``next_after`` of the page before.

    Returns
    -------
    Trace
        A page of its parts, largest first, and the sum of all.

    Raises
    ------
    RegisterError
        When the id is none, or nothing of that name can be counted.
    """
    figure = figure_of(figure_id)
    found = contributions.of(figure)
    rows = _largest_first(found)
    end = len(rows) if limit is None else min(len(rows), after + limit)
    page = rows[after:end]
    parts = _record_parts(found, page) if found.lines is None else _line_parts(found, page)
    seqs = {part.entry for part in parts if part.entry is not None}
    seqs |= {seq for part in parts if part.origin is not None for seq in part.origin.entries}
    return Trace(
        figure=figure,
        unit=found.unit,
        value=found.total,
        parts=parts,
        count=len(rows),
        next_after=end if end < len(rows) else None,
        entries=provenance.entries(seqs),
    )


def _largest_first(found: Contributions) -> NDArray[np.int64]:
    """Rows by size, largest first; what is of one size in the order of posting, or of ids."""
    if found.lines is not None:
        return np.argsort(-np.abs(found.amount), kind="stable")
    assert found.record is not None
    keys = [
        (-abs(amount), uid)
        for amount, uid in zip(found.amount.tolist(), found.record.tolist(), strict=True)
    ]
    return np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int64)


def _line_parts(found: Contributions, page: NDArray[np.int64]) -> list[Part]:
    assert found.lines is not None
    lines = found.lines.take(page)
    ids = [None] * len(page) if found.ids is None else found.ids[page].tolist()
    posted = _posted(lines, ids, found.figure.seq)
    origins = provenance.origins(
        {*lines.uid.tolist(), *lines.hazard.tolist()}, at_seq=found.figure.seq
    )
    days = [None if day is None else day.isoformat() for day in lines.on.tolist()]
    partly = area_only.on_hazards(set(lines.hazard.tolist()) - {""}, found.figure.seq)
    said = sentences.on_hazards(set(lines.uid.tolist()), found.figure.seq)
    parts = []
    for row, number in enumerate(ids):
        seq, version = posted[row]
        named = origins.get(lines.hazard[row])
        parts.append(
            Part(
                amount=int(found.amount[page[row]]),
                origin=origins.get(lines.uid[row]),
                entry=seq,
                line=number,
                whole_mm2=int(lines.mm2[row]),
                kind=str(lines.kind[row]),
                valid_on=days[row],
                hazard="" if named is None else named.ref,
                version=version,
                move=(
                    str(lines.ground_from[row]),
                    str(lines.ground_to[row]),
                    str(lines.claim_from[row]),
                    str(lines.claim_to[row]),
                ),
                mark=area_only.MARK if lines.hazard[row] in partly else "",
                sentences=tuple(said.get(lines.uid[row], ())),
            )
        )
    return parts


def _posted(
    lines: land.Lines, ids: Sequence[int | None], seq: int
) -> list[tuple[int | None, int | None]]:
    """Entry that posted each line, and version of its event.

    A line that was posted for the scope of a treaty alone has no entry of its own: it stands
    since its event was last posted.
    """
    numbered = [number for number in ids if number is not None]
    if len(numbered) == len(ids):
        rows = {row[0]: row[1:] for row in line_rows(numbered, ("id", "seq", "event_version"))}
        return [rows[number] for number in numbered]
    latest: dict[str, int] = {}
    for some in bulk.in_chunks(sorted(set(lines.uid.tolist()))):
        known = LedgerLine.objects.filter(event_uid__in=some, seq__lte=seq)
        for uid, posted in known.values_list("event_uid", "seq"):
            latest[uid] = max(latest.get(uid, posted), posted)
    return [(latest.get(uid), None) for uid in lines.uid.tolist()]


def _record_parts(found: Contributions, page: NDArray[np.int64]) -> list[Part]:
    assert found.record is not None
    uids = found.record[page].tolist()
    origins = provenance.origins(uids, found.record_types, at_seq=found.figure.seq)
    partly = {}
    if "hazard" in found.record_types:
        partly = area_only.on_hazards(uids, found.figure.seq)
    said = sentences.on_hazards(uids, found.figure.seq)
    return [
        Part(
            amount=amount,
            origin=origins.get(uid),
            entry=origins[uid].entries[-1] if uid in origins and origins[uid].entries else None,
            mark=area_only.MARK if uid in partly else "",
            sentences=tuple(said.get(uid, ())),
        )
        for uid, amount in zip(uids, found.amount[page].tolist(), strict=True)
    ]


def line_rows(ids: Sequence[int], fields: Sequence[str]) -> list[tuple[Any, ...]]:
    """Columns of ledger lines by number.

    Parameters
    ----------
    ids
        Numbers of lines.
    fields
        Names of columns.

    Returns
    -------
    list of tuple
        In no particular order.
    """
    found: list[tuple[Any, ...]] = []
    for some in bulk.in_chunks(sorted(set(ids))):
        found += LedgerLine.objects.filter(id__in=some).values_list(*fields)
    return found


# --- polygons ------------------------------------------------------------------------------------


def write_polygons(figure_id: str | FigureId, out: TextIO) -> int:
    """Write the polygons behind a figure as GeoJSON (longitude, latitude on WGS 84).

    Parameters
    ----------
    figure_id
        Id of a figure of land.
    out
        Open text file.

    Returns
    -------
    int
        How many polygons were written.

    Raises
    ------
    RegisterError
        When the figure counts records and not ground.
    """
    figure = figure_of(figure_id)
    found = contributions.of(figure)
    if found.lines is None:
        raise RegisterError(f"{figure} counts records, which are no ground")
    out.write(
        '{"type": "FeatureCollection", "figure": '
        + json.dumps(str(figure))
        + ', "note": "Not for navigation. No record does not mean safe.", "features": ['
    )
    count = 0
    for feature in _features(found, _largest_first(found)):
        out.write(",\n" if count else "\n")
        out.write(json.dumps(feature, ensure_ascii=False))
        count += 1
    out.write("\n]}\n")
    return count


def features(
    figure_id: str | FigureId, *, limit: int = PAGE, after: int = 0
) -> list[dict[str, Any]]:
    """Polygons of one page of a trace, as GeoJSON features (longitude, latitude on WGS 84).

    Parameters
    ----------
    figure_id, limit, after
        As in :func:`trace`.

    Returns
    -------
    list of dict
        In the order of the parts; none where the figure counts records and not ground.
    """
    found = contributions.of(figure_of(figure_id))
    if found.lines is None:
        return []
    return list(_features(found, _largest_first(found)[after : after + limit]))


def _features(found: Contributions, order: NDArray[np.int64]) -> Iterator[dict[str, Any]]:
    plane = apply.programme_plane()
    for chunk in bulk.in_chunks(order.tolist(), 2_000):
        rows = np.array(chunk, dtype=np.int64)
        assert plane is not None
        places = plane.unproject(_polygons(found, rows))
        for part, geometry in zip(_line_parts(found, rows), places, strict=True):
            yield {
                "type": "Feature",
                "geometry": json.loads(shapely.to_geojson(geometry)),
                "properties": _properties(part),
            }


def _polygons(found: Contributions, rows: NDArray[np.int64]) -> NDArray[np.object_]:
    """Plane polygon (mm) of each line."""
    assert found.lines is not None
    if found.ids is None:
        return found.lines.piece[rows]
    ids = found.ids[rows].tolist()
    lines = {line.id: line for line in shares.lines_by_id(ids)}
    return shares.polygons([lines[number] for number in ids])


def marks(found: Contributions) -> list[str]:
    """Short hash of the polygon of each line of a figure.

    Parameters
    ----------
    found
        Contributions of a figure that sums lines.

    Returns
    -------
    list of str
        In the order of its lines.
    """
    polygons = _polygons(found, np.arange(len(found)))
    normal = shapely.to_wkb(shapely.normalize(polygons))
    return [canonical.short_hash(wkb) for wkb in normal.tolist()]


def _properties(part: Part) -> dict[str, Any]:
    assert part.move is not None
    return {
        "record": None if part.origin is None else part.origin.ref,
        "version": part.version,
        "hazard": part.hazard,
        "kind": part.kind,
        "valid_on": part.valid_on,
        "entry": part.entry,
        "adds_mm2": str(part.amount),
        "area_mm2": str(part.whole_mm2),
        "from": part.move[0],
        "to": part.move[1],
    }
