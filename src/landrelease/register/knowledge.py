"""What the register knew at an earlier moment (the second clock: recorded time).

The tables hold what is known now. What a record said before stands in the journal, word for word,
so nothing has to be kept twice: a record that has not changed since a moment is read from its
table, any other from the entry that wrote it last before that moment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection

from . import apply, bulk, journal, states
from .errors import RegisterError
from .fields import GeometryField
from .models import RECORDS, JournalEntry, RecordVersion
from .schema import RECORD_TYPES

#: Entry that stands for "before anything was recorded".
NOTHING = -1


def seq_at(moment: datetime | date | str) -> int:
    """Last journal entry that was recorded by a moment.

    Parameters
    ----------
    moment
        A moment, or its ISO 8601 text; without a time zone it is UTC, and a day alone means its
        first moment (``2025-01-01`` is what was known when that day began).

    Returns
    -------
    int
        Sequence number of the entry; -1 when nothing was recorded yet.

    Raises
    ------
    RegisterError
        When the text is no moment.
    """
    entry = JournalEntry.objects.filter(recorded_at__lte=_stamp(moment)).order_by("-recorded_at")
    # Entries of one transaction may bear the same moment: they were known together.
    found = entry.values_list("recorded_at", flat=True).first()
    if found is None:
        return NOTHING
    together = JournalEntry.objects.filter(recorded_at=found).order_by("-seq")
    return int(together.values_list("seq", flat=True)[0])


def head_seq() -> int:
    """Last journal entry; -1 while there is none."""
    sql = f'SELECT MAX(seq) FROM "{JournalEntry._meta.db_table}"'  # nosec B608 # names are of our own schema, values are bound
    last = bulk.few(connection, sql)[0][0]
    return NOTHING if last is None else int(last)


def _stamp(moment: datetime | date | str) -> str:
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment)
        except ValueError:
            raise RegisterError(
                f"{moment!r} is no moment; write it as 2025-01-01 or 2025-01-01T13:30"
            ) from None
    elif not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    # In the same shape as the journal's own, which sorts as text.
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def records(record_type: str, seq: int | None = None) -> list[dict[str, Any]]:
    """All records of a type, as they were after a journal entry.

    Parameters
    ----------
    record_type
        Name of the type (``hazard``).
    seq
        The entry; None for what is known now.

    Returns
    -------
    list of dict
        The full state of each record as the journal holds it, in order of their number, with
        ``uid``, ``ref`` (``HA-12``), ``id`` and ``created_seq`` beside its fields.
    """
    model = RECORDS[record_type]
    seq = head_seq() if seq is None else seq
    changed = _changed_since(record_type, seq)
    earlier = states_at(record_type, changed, seq)
    names = [field.attname for field in model._meta.fields]
    found = []
    for record in model.objects.filter(created_seq__lte=seq).order_by("id").iterator(2_000):
        if record.uid in changed:
            state = earlier[record.uid]
        else:
            row = {name: getattr(record, name) for name in names}
            state = states.from_row(RECORD_TYPES[record_type], row)
        found.append(
            {
                **state,
                "uid": record.uid,
                "ref": record.ref,
                "id": record.id,
                "created_seq": record.created_seq,
            }
        )
    return found


def rows(
    record_type: str,
    names: Sequence[str],
    *,
    seq: int | None = None,
    uids: Collection[str] | None = None,
) -> list[tuple[Any, ...]]:
    """Columns of records, as they were after a journal entry.

    Parameters
    ----------
    record_type
        Name of the type.
    names
        Columns of its table. Not the displayed geometry: places are in ``plane`` (WKB, mm).
    seq
        The entry; None for what is known now.
    uids
        Which records; None for all.

    Returns
    -------
    list of tuple
        In order of the records' number.
    """
    model = RECORDS[record_type]
    if any(isinstance(model._meta.get_field(name), GeometryField) for name in names):
        raise RegisterError("places of the past are had from the column plane")
    if seq is None:
        return [row[1:] for row in _selected(model, ["id", *names], uids)]
    changed = _changed_since(record_type, seq, uids)
    earlier = _rows_at(record_type, names, changed, seq)
    found = []
    for row in _selected(model, ["id", "uid", "created_seq", *names], uids):
        _, uid, created, *values = row
        if created <= seq:
            found.append(earlier[uid] if uid in changed else tuple(values))
    return found


def _selected(model: Any, names: list[str], uids: Collection[str] | None) -> list[tuple[Any, ...]]:
    if uids is not None and len(uids) <= bulk.NAMED:
        return _few(model, names, uids)
    if uids is None:
        return list(model.objects.order_by("id").values_list(*names))
    columns = ", ".join(f'"{name}"' for name in names)
    sql = f'SELECT uid, {columns} FROM "{model._meta.db_table}"'  # nosec B608 # names are of our own schema, values are bound
    rows = bulk.named_or_sifted(connection, sql, "uid", uids)
    return [row[1:] for row in sorted(rows, key=lambda row: row[1])]


def _few(model: Any, names: list[str], uids: Collection[str]) -> list[tuple[Any, ...]]:
    """Columns of a few records. Putting such a query together takes Django longer than the
    database takes to answer it, and one decision needs many."""
    if not uids:
        return []
    columns = ", ".join(f'"{name}"' for name in names)
    sql = f'SELECT {columns} FROM "{model._meta.db_table}" WHERE uid IN ({{}})'  # nosec B608 # names are of our own schema, values are bound
    return sorted(bulk.named(connection, sql, sorted(uids)), key=lambda row: row[0])


def instances(record_type: str, *, seq: int | None = None, uids: Collection[str]) -> list[Any]:
    """Records as objects of their model (not to be saved), as they were after a journal entry."""
    model = RECORDS[record_type]
    names = [f.attname for f in model._meta.fields if not isinstance(f, GeometryField)]
    return [
        model(**dict(zip(names, row, strict=True)))
        for row in rows(record_type, names, seq=seq, uids=uids)
    ]


def _changed_since(record_type: str, seq: int, uids: Collection[str] | None = None) -> set[str]:
    """Records that were there at an entry and are no longer what they were."""
    query = RECORDS[record_type].objects.filter(created_seq__lte=seq, changed_seq__gt=seq)
    if uids is None:
        return set(query.values_list("uid", flat=True))
    found: set[str] = set()
    for some in bulk.in_chunks(sorted(uids)):
        found |= set(query.filter(uid__in=some).values_list("uid", flat=True))
    return found


def _rows_at(
    record_type: str, names: Sequence[str], uids: Collection[str], seq: int
) -> dict[str, tuple[Any, ...]]:
    """Columns of records that have changed since, worked out from their states of then."""
    if not uids:
        return {}
    schema, model = RECORD_TYPES[record_type], RECORDS[record_type]
    then = states_at(record_type, uids, seq)
    columns = states.to_rows(
        schema, list(then.values()), apply.programme_plane(), connection.vendor
    )
    of_state = states.columns_of(schema)[len(states.BASE) - 3 :]
    place = {name: number for number, name in enumerate(of_state)}
    fixed = [name for name in names if name not in place]
    standing = {
        uid: dict(zip(fixed, values, strict=True))
        for some in bulk.in_chunks(sorted(uids))
        for uid, *values in model.objects.filter(uid__in=some).values_list("uid", *fixed)
    }
    out = {}
    for number, (uid, state) in enumerate(then.items()):
        values = standing[uid]
        if "content" in values:
            values["content"] = states.content_hash(state)
        out[uid] = tuple(
            _python(model, name, columns[place[name]][number]) if name in place else values[name]
            for name in names
        )
    return out


def _python(model: Any, name: str, value: Any) -> Any:
    """A value as the database gives it back: days are days, not their text."""
    field = model._meta.get_field(name)
    if value is not None and field.get_internal_type() == "DateField":
        return date.fromisoformat(value) if isinstance(value, str) else value
    return value


def states_at(record_type: str, uids: Collection[str], seq: int) -> dict[str, dict[str, Any]]:
    """State of records as the journal held it after an entry, by id.

    Records that were not there yet are left out.
    """
    model = RECORDS[record_type]
    written: dict[str, int] = {}
    for some in bulk.in_chunks(sorted(uids)):
        written |= dict(
            model.objects.filter(uid__in=some, created_seq__lte=seq).values_list(
                "uid", "created_seq"
            )
        )
        versions = RecordVersion.objects.filter(uid__in=some, entry_seq__lte=seq)
        written |= dict(versions.order_by("version").values_list("uid", "entry_seq"))
    by_entry: dict[int, set[str]] = defaultdict(set)
    for uid, entry in written.items():
        by_entry[entry].add(uid)
    found: dict[str, dict[str, Any]] = {}
    for entry, some_uids in sorted(by_entry.items()):
        for uid, line in _written_by(entry, record_type, some_uids).items():
            found[uid] = line["state"]
    return found


def written_until(record_type: str, uids: Iterable[str], seq: int) -> dict[str, list[Any]]:
    """All journal lines that wrote records up to an entry, oldest first, by id."""
    model = RECORDS[record_type]
    wanted: dict[int, set[str]] = defaultdict(set)
    for some in bulk.in_chunks(sorted(uids)):
        created = model.objects.filter(uid__in=some, created_seq__lte=seq)
        for uid, entry in created.values_list("uid", "created_seq"):
            wanted[entry].add(uid)
        versions = RecordVersion.objects.filter(uid__in=some, entry_seq__lte=seq)
        for uid, entry in versions.values_list("uid", "entry_seq"):
            wanted[entry].add(uid)
    found: dict[str, list[Any]] = defaultdict(list)
    for entry in sorted(wanted):
        for uid, line in _written_by(entry, record_type, wanted[entry]).items():
            found[uid].append(line)
    return found


def boundaries_known(uids: Collection[str], seq: int) -> dict[str, int]:
    """How many of a hazard's earlier boundaries (:class:`~.models.HazardPast`) were earlier ones
    at an entry already; only for hazards that have changed since."""
    known = {}
    for uid, lines in written_until("hazard", _changed_since("hazard", seq, uids), seq).items():
        states_then = [line["state"] for line in lines]
        known[uid] = sum(
            bool(line.get("anew")) or apply.differs_to_the_ledger(before, line["state"])
            for before, line in zip(states_then, lines[1:], strict=False)
        )
    return known


def _written_by(seq: int, record_type: str, uids: set[str]) -> dict[str, dict[str, Any]]:
    """The lines by which one entry wrote these records."""
    entry = JournalEntry.objects.get(seq=seq)
    found: dict[str, dict[str, Any]] = {}
    for kind, body in journal.parts_of(entry):
        if kind != f"records/{record_type}":
            continue
        for line in body.split(b"\n"):
            # The id stands near the end of the line; few lines are worth parsing.
            place = line.rfind(b'"uid":"')
            if line[place + 7 : place + 39].decode() in uids:
                parsed = journal.canonical.loads(line)
                found[parsed["uid"]] = parsed
    missing = uids - found.keys()
    if missing:
        raise journal.JournalError(
            f"entry {seq} should hold the {record_type} {min(missing)} and does not; "
            "run 'landrelease verify'"
        )
    return found
