"""Rows of files about persons, each sealed under the key of its own person.

A kept original that names several persons is sealed as a whole and cannot be read any more once one
of them is erased. So each of its rows is kept a second time, word for word: a row that became a
record, or is about one, under the key of that person; a row that could not become a record under a
key of its own. An erasure then takes what is about the person and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Container, Sequence
from typing import Any

from . import seal
from .assemble import Incoming, Rejected
from .models import RejectedRow, SealedRow, Submission

#: In place of a key: the row was never kept, as its person had been erased.
ERASED = "erased"
#: Rows that are written at once.
BATCH = 5_000


def keep(
    submission: Submission,
    incoming: Incoming,
    uids: Sequence[str],
    keys: dict[str, str],
    erased: Container[int] = (),
) -> None:
    """Seal the rows of a file, each under the key of its person.

    Parameters
    ----------
    incoming
        The usable rows.
    uids
        Id of the record that each row is about.
    keys
        Id of a record to the key of its newest version; a record without personal values has none,
        and its rows are given one.
    erased
        Rows that name somebody who was erased: only that there was one is kept.
    """
    made = dict(keys)
    rows = []
    for row, uid, cells in zip(incoming.rows.tolist(), uids, incoming.cells, strict=True):
        if row in erased:
            rows.append(SealedRow(submission=submission, row=row, record_uid=uid, key=ERASED))
            continue
        if uid not in made:
            made[uid] = seal.new_person_key(uid)
        rows.append(
            SealedRow(
                submission=submission,
                row=row,
                record_uid=uid,
                key=made[uid],
                cells=seal.seal(made[uid], {"cells": _text(cells)}),
            )
        )
    SealedRow.objects.bulk_create(rows, batch_size=BATCH)


def cells_of(row: SealedRow) -> dict[str, Any] | None:
    """Cells of a row as received; None when its person was erased."""
    opened = seal.open_sealed(row.key, row.cells)
    return None if opened is None else json.loads(opened["cells"])


def keep_rejected(submission: Submission, rejected: Sequence[Rejected]) -> None:
    """Keep rows that could not become records; those of a file about persons sealed."""
    RejectedRow.objects.bulk_create(
        (_rejected(submission, one) for one in rejected), batch_size=BATCH
    )


def _rejected(submission: Submission, one: Rejected) -> RejectedRow:
    kept = RejectedRow(
        submission=submission, row=one.row, rules=" ".join(one.rules), cells=_text(one.cells)
    )
    if submission.sealed:
        kept.key = seal.new_key(f"row-{submission.receipt}-{one.row}")
        kept.cells = seal.seal(kept.key, {"cells": kept.cells, "source_id": one.source_id})
    return kept


def rejected_cells(rejected: RejectedRow) -> dict[str, Any] | None:
    """Cells of a rejected row as received; None when they were erased."""
    if not rejected.submission.sealed:
        return json.loads(rejected.cells)
    opened = open_rejected(rejected)
    return None if opened is None else json.loads(opened["cells"])


def open_rejected(rejected: RejectedRow) -> dict[str, Any] | None:
    """What was sealed of a rejected row of a file about persons: ``cells`` as JSON, and the id it
    bears, where one could be read; None when it was erased."""
    return seal.open_sealed(key_of(rejected), rejected.cells)


def key_of(rejected: RejectedRow) -> str:
    """Id of the key under which a rejected row of a file about persons is sealed."""
    return rejected.key or seal.file_key_id(rejected.submission)


def _text(cells: dict[str, Any]) -> str:
    return json.dumps(cells, sort_keys=True, default=str, ensure_ascii=False)
