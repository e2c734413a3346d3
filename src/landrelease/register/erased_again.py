"""A file names somebody who was erased: what it says of the person is neither taken nor kept.

An office goes on handing in the table that still names the person. The record keeps what is no
personal data; the person's row is kept as erased, the file as a whole cannot be read any more, and
its rows about others stay word for word (:mod:`.sealed_rows`). The erasure itself stands in the
journal already (rule 23).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import clock, erasures, seal, workspace
from .assemble import Finding, Rejected
from .models import RECORDS, PersonKey, Submission


def uids(record_type: str, namespace: str) -> set[str]:
    """Ids of the records of a namespace whose person was erased."""
    records = RECORDS[record_type].objects.filter(namespace=namespace)
    return set(seal.erased(records).values_list("uid", flat=True))


def finding(record: Any, row: int) -> Finding:
    """What is told of a row that names somebody who was erased."""
    return Finding(
        "person_erased",
        "warning",
        f"the personal data of {record.ref} were erased; those in this row were not taken, and the "
        "file as received cannot be read any more. Leave the person out of the next file; somebody "
        "who wants to be recorded again gets an id of their own",
        row,
    )


def forget(submission: Submission, rejected: Sequence[Rejected], erased: Mapping[int, str]) -> None:
    """Destroy the keys of what a file holds of persons who were erased.

    Parameters
    ----------
    submission
        A file about persons whose rows were just kept (:func:`.sealed_rows.keep`).
    rejected
        Its rows that could not become records.
    erased
        Row to the record, of those that name somebody who was erased.
    """
    keys = {uid: [seal.file_key_id(submission)] for uid in erased.values()}
    for row, uid in _rejected_rows(submission, rejected).items():
        keys.setdefault(uid, [seal.file_key_id(submission)]).append(row)
    if not keys:
        return
    # As with every erasure the log comes first: a backup of a moment ago may hold the keys.
    erasures.append(
        erasures.log_path(workspace.current().folder),
        [
            erasures.Erasure(clock.now(), tuple(some), submission.record_type, uid)
            for uid, some in sorted(keys.items())
        ],
    )
    PersonKey.objects.filter(id__in={key for some in keys.values() for key in some}).delete()


def forget_file(submission: Submission, persons: Sequence[str]) -> None:
    """Destroy the key of a file of mails that names correspondents who were erased.

    Parameters
    ----------
    persons
        Ids of the keys of those correspondents.
    """
    key = seal.file_key_id(submission)
    log = erasures.log_path(workspace.current().folder)
    erasures.append(
        log,
        [erasures.Erasure(clock.now(), (key,), submission.record_type, one) for one in persons],
    )
    PersonKey.objects.filter(id=key).delete()


def _rejected_rows(submission: Submission, rejected: Sequence[Rejected]) -> dict[str, str]:
    """Keys of rejected rows that bear the id of somebody who was erased, to the record."""
    bearing = {one.source_id: one.row for one in rejected if one.source_id}
    records = RECORDS[submission.record_type].objects.filter(
        namespace=submission.namespace, source_id__in=bearing
    )
    gone = dict(seal.erased(records).values_list("source_id", "uid"))
    rows = {bearing[source_id]: uid for source_id, uid in gone.items()}
    kept = submission.rejected.filter(row__in=rows).exclude(key="")
    return {one.key: rows[one.row] for one in kept}
