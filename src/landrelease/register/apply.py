"""The one function that writes the state: ``apply(entry)``.

Whatever is decided becomes a journal entry; the tables people query follow from the entries and
from nothing else. :func:`.recording.record` appends an entry and applies it in the same
transaction; ``verify`` applies the entries of a journal to an empty database and compares.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connections

from landrelease.land import Plane

from . import bulk, canonical, journal, states, triggers
from .models import (
    RECORDS,
    ClaimDecision,
    HazardPast,
    JournalEntry,
    LandAct,
    LedgerDiscrepancy,
    LedgerLine,
    PlacedRecord,
    Question,
    RecordVersion,
    Release,
    ReleaseRefusal,
    Report,
    SameAs,
)
from .schema import RECORD_TYPES, RecordType

#: Above this many new rows of a placed type the box index is loaded at once.
BULK_ROWS = 2_000


def apply(entry: JournalEntry, *, source: str = "default", using: str = "default") -> None:
    """Write what an entry says into the state tables of database ``using``.

    Parameters
    ----------
    entry
        An entry of the journal in database ``source``.
    """
    body = journal.data_of(entry)
    connection = connections[using]
    relaxed: dict[str, int] = {}
    for ordinal, (kind, lines, columns) in enumerate(_prepared(entry, source, using)):
        family, _, name = kind.partition("/")
        match family:
            case "records":
                record_type = RECORD_TYPES[name]
                table = RECORDS[name]._meta.db_table
                if _worth_relaxing(body, kind, name) and table not in relaxed:
                    relaxed[table] = bulk.next_id(connection, table) - 1
                    triggers.drop_box_triggers(connection, table)
                submission = body["data"].get("submission", {}).get("id", 0)
                _apply_records(entry, ordinal, record_type, lines, columns, submission, using)
            case "releases":
                _apply_releases(entry, lines, using)
            case "refusals":
                _apply_refusals(entry, lines, using)
            case "retire":
                _retire(entry, lines, using)
            case "ledger":
                _apply_ledger(entry, lines, using)
            case "discrepancies":
                _apply_discrepancies(entry, lines, using)
            case "acts":
                _apply_acts(entry, lines, using)
            case "questions":
                _apply_questions(entry, lines, using)
            case "resolved":
                _resolve_questions(entry, lines, using)
            case "claims":
                _apply_claims(entry, lines, using)
            case "same_as":
                _apply_same_as(entry, lines, using)
            case "report":
                _apply_report(entry, body, using)
            case _:
                raise journal.JournalError(
                    f"entry {entry.seq} holds a part of unknown kind {kind!r}"
                )
    for table, after_id in relaxed.items():
        triggers.load_boxes(connection, table, after_id)


def _prepared(
    entry: JournalEntry, source: str, using: str
) -> Iterator[tuple[str, list[Any], list[list[Any]] | None]]:
    """Yield each part's kind, lines and (for records) columns, one part in memory at a time."""
    # Not in a thread beside the inserts: SQLite's driver hands over the interpreter at every row,
    # and waiting to get it back costs more than the thread wins.
    for kind, body in journal.parts_of(entry, source):
        lines = journal.lines_of(body)
        family, _, name = kind.partition("/")
        columns = None
        if family == "records":
            plane = None if entry.seq == 0 else programme_plane(source)
            columns = states.to_rows(
                RECORD_TYPES[name],
                [line["state"] for line in lines],
                plane,
                connections[using].vendor,
            )
        yield kind, lines, columns


def _worth_relaxing(body: dict[str, Any], kind: str, name: str) -> bool:
    """Whether an entry brings so many *new* placed rows that following each one is waste.

    An update of an existing row needs its trigger, so an entry with updates keeps them.
    """
    if not issubclass(RECORDS[name], PlacedRecord):
        return False
    rows = sum(part["count"] for part in body["parts"] if part["kind"] == kind)
    return rows > BULK_ROWS and not body["data"].get("updates", True)


def programme_plane(using: str = "default") -> Plane | None:
    """The equal-area plane of the programme, or None while its centre is not fixed.

    The first entry of kind ``workspace`` fixes it: entry 0, unless what came first has no place
    (organisations, documents).
    """
    sql = (
        f'SELECT hash, seq FROM "{JournalEntry._meta.db_table}" WHERE kind = %s '  # nosec B608 # names are of our own schema, values are bound
        "ORDER BY seq LIMIT 1"
    )
    for sha256, seq in bulk.few(connections[using], sql, ["workspace"]):
        if sha256 not in _planes:
            _planes.clear()
            entry = JournalEntry.objects.using(using).get(seq=seq)
            centre = journal.data_of(entry)["data"]["centre"]
            _planes[sha256] = Plane.at(float(centre["longitude"]), float(centre["latitude"]))
        return _planes[sha256]
    return None


#: The plane last asked for, by the hash of the entry that fixes it.
_planes: dict[str, Plane] = {}


def _apply_records(
    entry: JournalEntry,
    ordinal: int,
    record_type: RecordType,
    lines: list[Any],
    columns: list[list[Any]],
    submission: int,
    using: str,
) -> None:
    created = [i for i, line in enumerate(lines) if line["do"] == "create"]
    changed = [i for i, line in enumerate(lines) if line["do"] == "update"]
    if created:
        _create(entry, record_type, *_some(created, lines, columns), submission, using)
    if changed:
        _update(entry, ordinal, record_type, *_some(changed, lines, columns), submission, using)


def _some(
    which: list[int], lines: list[Any], columns: list[list[Any]]
) -> tuple[list[Any], list[list[Any]]]:
    if len(which) == len(lines):
        return lines, columns
    return [lines[i] for i in which], [[column[i] for i in which] for column in columns]


def _create(
    entry: JournalEntry,
    record_type: RecordType,
    lines: list[Any],
    columns: list[list[Any]],
    submission: int,
    using: str,
) -> None:
    connection = connections[using]
    table = RECORDS[record_type.name]._meta.db_table
    first = bulk.next_id(connection, table)
    n = len(lines)
    base: list[Any] = [
        range(first, first + n),
        [line["uid"] for line in lines],
        [1] * n,
        [line["content"] for line in lines],
        [line["received"] for line in lines],
        [entry.seq] * n,
        [entry.seq] * n,
        [submission] * n,
        [line.get("row") for line in lines],
    ]
    names = states.columns_of(record_type)
    bulk.insert(connection, table, names, zip(*base, *columns, strict=True))


def _update(
    entry: JournalEntry,
    ordinal: int,
    record_type: RecordType,
    lines: list[Any],
    values: list[list[Any]],
    submission: int,
    using: str,
) -> None:
    connection = connections[using]
    model = RECORDS[record_type.name]
    by_uid = {
        record.uid: record
        for some in bulk.in_chunks(lines)
        for record in model.objects.using(using).filter(uid__in=[line["uid"] for line in some])
    }
    columns = states.columns_of(record_type)[len(states.BASE) - 3 :]
    past: list[HazardPast] = []
    versions: list[RecordVersion] = []
    settings = ", ".join(
        f'"{name}" = %s'
        for name in (
            "version",
            "content",
            "received",
            "changed_seq",
            "submission_id",
            "source_row",
            *columns,
        )
    )
    rows = []
    for i, line in enumerate(lines):
        record = by_uid[line["uid"]]
        if record.content != line["was"]:
            raise journal.JournalError(
                f"entry {entry.seq} changes {record.ref} from a state it is not in"
            )
        if record_type.name == "hazard" and (
            # A decision may make a version of its own of what differs only by its day.
            line.get("anew") or _matters_to_the_ledger(record, line["state"])
        ):
            past.append(_past(record, using))
        versions.append(
            RecordVersion(
                uid=record.uid, version=record.version + 1, entry_seq=entry.seq, ordinal=ordinal
            )
        )
        rows.append(
            (
                record.version + 1,
                line["content"],
                line["received"],
                entry.seq,
                submission,
                line.get("row"),
                *(column[i] for column in values),
                record.id,
            )
        )
    HazardPast.objects.using(using).bulk_create(past)
    RecordVersion.objects.using(using).bulk_create(versions)
    with connection.cursor() as cursor:
        cursor.executemany(f'UPDATE "{model._meta.db_table}" SET {settings} WHERE id = %s', rows)  # nosec B608 # names are of our own schema, values are bound


def _matters_to_the_ledger(record: Any, state: dict[str, Any]) -> bool:
    classes = "|".join(state["classes"]) if state.get("classes") else None
    return (record.geometry_hash, record.type, record.classes, record.geometry_state) != (
        state.get("geometry_hash"),
        state.get("type"),
        classes,
        state["geometry_state"],
    )


def differs_to_the_ledger(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Whether two states of a hazard differ in what the ledger posts."""
    return any(
        before.get(name) != after.get(name)
        for name in ("geometry_hash", "type", "classes", "geometry_state")
    )


def _past(record: Any, using: str) -> HazardPast:
    earlier = HazardPast.objects.using(using).filter(uid=record.uid).count()
    return HazardPast(
        uid=record.uid,
        version=earlier + 1,
        content=record.content,
        date_start=record.date_start,
        type=record.type,
        classes=record.classes,
        plane=record.plane,
        area_mm2=record.area_mm2,
    )


def _apply_releases(entry: JournalEntry, lines: list[Any], using: str) -> None:
    bulk.insert(
        connections[using],
        Release._meta.db_table,
        ("activity_uid", "standing", "hazard_uid", "seq", "authority", "document", "deciders"),
        (
            (
                line["activity"],
                line["standing"],
                line.get("hazard"),
                entry.seq,
                line.get("authority"),
                line.get("document"),
                "|".join(line["deciders"]),
            )
            for line in lines
        ),
    )


def _apply_refusals(entry: JournalEntry, lines: list[Any], using: str) -> None:
    """Refused releases; nothing of the land or the ledger follows."""
    ReleaseRefusal.objects.using(using).bulk_create(
        ReleaseRefusal(
            seq=entry.seq,
            activity_uid=line["activity"],
            content=line["content"],
            hazard_uid=line.get("hazard"),
            reason=line["reason"],
            deciders="|".join(line["deciders"]),
        )
        for line in lines
    )


def _retire(entry: JournalEntry, lines: list[Any], using: str) -> None:
    uids = [line["event"] for line in lines]
    for some in bulk.in_chunks(uids):
        for model in (LedgerLine, LedgerDiscrepancy):
            model.objects.using(using).filter(event_uid__in=some, retired_seq__isnull=True).update(
                retired_seq=entry.seq
            )


def _apply_ledger(entry: JournalEntry, lines: list[Any], using: str) -> None:
    bulk.insert(
        connections[using],
        LedgerLine._meta.db_table,
        (
            "seq",
            "kind",
            "event_uid",
            "event_version",
            "hazard_uid",
            "valid_on",
            "scopes",
            "claim_from",
            "claim_to",
            "ground_from",
            "ground_to",
            "mm2",
            "piece",
        ),
        (
            (
                entry.seq,
                line["kind"],
                line["event"],
                line["version"],
                line.get("hazard"),
                line.get("on"),
                line["scopes"],
                line["claim_from"],
                line["claim_to"],
                line["ground_from"],
                line["ground_to"],
                int(line["mm2"]),
                _piece(line),
            )
            for line in lines
        ),
    )


def _apply_discrepancies(entry: JournalEntry, lines: list[Any], using: str) -> None:
    bulk.insert(
        connections[using],
        LedgerDiscrepancy._meta.db_table,
        ("seq", "rule", "event_uid", "hazard_uid", "valid_on", "mm2", "message", "piece"),
        (
            (
                entry.seq,
                line["rule"],
                line["event"],
                line.get("hazard"),
                line.get("on"),
                None if line.get("mm2") is None else int(line["mm2"]),
                line["message"],
                _piece(line),
            )
            for line in lines
        ),
    )


def _apply_acts(entry: JournalEntry, lines: list[Any], using: str) -> None:
    LandAct.objects.using(using).bulk_create(
        LandAct(
            seq=entry.seq,
            act=line["act"],
            hazard_uid=line["hazard"],
            on=line.get("on"),
            version=line.get("version"),
            kin="|".join(line.get("kin", ())),
            activity_uid=line.get("activity", ""),
            reason=line["reason"],
            evidence="|".join(line.get("evidence", ())),
            deciders="|".join(line["deciders"]),
        )
        for line in lines
    )


def _apply_questions(entry: JournalEntry, lines: list[Any], using: str) -> None:
    Question.objects.using(using).bulk_create(
        Question(
            seq=entry.seq,
            cause_type=line["cause_type"],
            cause_uid=line["cause"],
            activity_uid=line["activity"],
            hazard_uid=line.get("hazard"),
            on=line.get("on"),
            mm2=None if line.get("mm2") is None else int(line["mm2"]),
            message=line["message"],
        )
        for line in lines
    )


def _resolve_questions(entry: JournalEntry, lines: list[Any], using: str) -> None:
    for line in lines:
        Question.objects.using(using).filter(
            cause_uid=line["cause"], activity_uid=line["activity"], resolved_seq__isnull=True
        ).update(
            resolved_seq=entry.seq,
            resolution=line["resolution"],
            deciders="|".join(line["deciders"]),
        )


def _apply_claims(entry: JournalEntry, lines: list[Any], using: str) -> None:
    ClaimDecision.objects.using(using).bulk_create(
        ClaimDecision(
            seq=entry.seq,
            claim_id=line["claim"],
            state=line["state"],
            document_uid=line["document"],
            text_sha256=line["text_sha256"],
            span_start=line["span"][0],
            span_end=line["span"][1],
            extractor=line["extractor"],
            body=canonical.dumps(line["body"]).decode(),
            evidence_uid=line.get("evidence"),
            hazard_uid=line.get("hazard"),
            indication=line["indication"],
            decided_at=entry.recorded_at,
            deciders="|".join(line["deciders"]),
            reason=line["reason"],
        )
        for line in lines
    )


def _apply_same_as(entry: JournalEntry, lines: list[Any], using: str) -> None:
    """Links between records and their end; nothing of the records or the ledger follows."""
    links = SameAs.objects.using(using)
    for line in lines:
        if line["do"] == "end":
            links.filter(
                uid=line["uid"], shown_uid=line["shown"], said=line["said"], ended_seq__isnull=True
            ).update(
                ended_seq=entry.seq,
                ended_reason=line["reason"],
                ended_by="|".join(line["deciders"]),
            )
        else:
            links.create(
                seq=entry.seq,
                record_type=line["record_type"],
                said=line["said"],
                uid=line["uid"],
                shown_uid=line["shown"],
                reason=line["reason"],
                deciders="|".join(line["deciders"]),
            )


def _apply_report(entry: JournalEntry, body: dict[str, Any], using: str) -> None:
    """Keep a report as it was submitted, once, however many parts its figures fill."""
    parts = "|".join(part["sha256"] for part in body["parts"] if part["kind"] == "report")
    frozen = body["data"]["report"]
    Report.objects.using(using).get_or_create(
        number=frozen["number"],
        defaults={
            "seq": entry.seq,
            "kind": frozen["kind"],
            "since": frozen.get("since"),
            "until": frozen.get("until"),
            "known_seq": frozen["known_seq"],
            "sha256": frozen["sha256"],
            "approver": frozen["approver"],
            "profile": frozen["profile"],
            "figures": parts,
        },
    )


def _piece(line: dict[str, Any]) -> bytes | None:
    return bytes.fromhex(line["piece"]) if line.get("piece") else None
