"""Checks over the columns and rows of a source, once its cells have become values."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from landrelease.register.schema import RecordType

from . import values, vocabulary
from .cells import Parts
from .problems import Problem, shorten
from .source import Objects, RawBatch
from .values import as_text


def swapped(
    record_type: RecordType,
    columns: Mapping[str, str | Parts],
    translations: Mapping[str, dict[str, str]],
    batch: RawBatch,
) -> dict[str, Problem]:
    """Choice fields whose column holds the words of another field, each with what to say of it.

    Nothing of such a column is taken over: "dead" in the column of the sex is no sex, and
    most words would only raise one warning a row.
    """
    tables, words = {}, {}
    for item in record_type.fields:
        if item.kind == "choice" and item.choices is not None:
            own = translations.get(item.name, {})
            tables[item.name] = (vocabulary.words(item.choices), own)
            column = columns.get(item.name)
            if isinstance(column, str):
                filled = {as_text(c) for c in set(batch.columns[column]) if c is not None}
                filled = {word for word in filled if not values.says_nothing(word)}
                if filled:
                    words[item.name] = filled

    def share(name: str, of: str) -> float:
        known, own = tables[of]
        hits = sum(vocabulary.word_key(w) in known or vocabulary.key(w) in own for w in words[name])
        return hits / len(words[name])

    misplaced: dict[str, Problem] = {}
    for name in words:
        if share(name, name) >= 0.2:
            continue
        others = [o for o in tables if o != name and share(name, o) >= 0.6]
        if not others:
            continue
        mutual = [o for o in others if o in words and share(o, o) < 0.2 and share(o, name) >= 0.6]
        other = (mutual or others)[0]
        column, theirs = columns[name], columns.get(other)
        misplaced[name] = Problem(
            "swapped_columns", "error",
            f"the column {column!r} holds words of {other}, not of {name}"
            + (f", and {theirs!r} the other way round" if mutual else "")
            + "; nothing of it was taken over",
            f"state in the mapping: columns: {{{other}: {column}"
            + (f", {name}: {theirs}" if mutual else "") + "}",
            field=name, value=shorten("; ".join(sorted(words[name])[:5])),
        )  # fmt: skip
    return misplaced


def require(
    record_type: RecordType,
    constants: Container[str],
    batch: RawBatch,
    fields: dict[str, list[Any]],
    geometry: Objects | None,
    extra: list[dict[str, Any]],
    unusable: NDArray[np.bool_],
    problems: list[Problem],
) -> None:
    """Mark rows without a required field, and rows that say nothing, as unusable; say why.

    Parameters
    ----------
    constants
        Fields that no row says by itself.
    """
    for item in record_type.fields:
        if not item.required:
            continue
        for i, value in enumerate(fields[item.name]):
            if value is None:
                unusable[i] = True
                problems.append(
                    Problem(
                        "missing_required", "error",
                        f"{item.name} is not recorded, and without it a "
                        f"{record_type.label.lower()} says nothing",
                        "fill it in, or state in the mapping which column it is",
                        int(batch.rows[i]), item.name,
                    )
                )  # fmt: skip
    columns = [cells for name, cells in fields.items() if name not in constants]
    for i, kept in enumerate(extra):
        if kept or (geometry is not None and geometry[i] is not None):
            continue
        if all(cells[i] is None for cells in columns):
            unusable[i] = True
            problems.append(
                Problem(
                    "empty_row", "error", "the row says nothing: no field and no place",
                    "delete it at the source if it was left over", int(batch.rows[i]),
                )
            )  # fmt: skip


class Repeated:
    """Finds ids that were used before in the same source."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, int]] = {}

    def find(
        self,
        batch: RawBatch,
        own: str | Parts,
        ids: list[Any],
        geometry: Objects | None,
        unusable: NDArray[np.bool_],
        repeated: NDArray[np.bool_],
        problems: list[Problem],
    ) -> None:
        """Mark rows whose id was used before: as repeated where all else is the same, else as
        unusable.

        Parameters
        ----------
        own
            Column of the ids.
        """
        others = [cells for name, cells in batch.columns.items() if name != own]
        cells = zip(*others, strict=True) if others else [()] * len(batch)
        outlines = [None] * len(batch) if geometry is None else shapely.to_wkb(geometry)
        for i, (key, row, outline) in enumerate(zip(ids, cells, outlines, strict=True)):
            if key is None:
                continue
            content = hash((row, outline))
            first = self._seen.setdefault(key, (int(batch.rows[i]), content))
            if first[0] == batch.rows[i]:
                continue
            same = first[1] == content
            (repeated if same else unusable)[i] = True
            problems.append(
                Problem(
                    "duplicate_id", "warning" if same else "error",
                    f"the id {key!r} was used in row {first[0]} already, "
                    + ("with the same content" if same else "with other content"),
                    "" if same else "correct the id, or delete the row that is out of date",
                    int(batch.rows[i]), "source_id", shorten(key),
                )
            )  # fmt: skip
