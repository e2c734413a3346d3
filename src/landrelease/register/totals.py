"""Sums kept beside the ledger, so that a balance is a handful of indexed reads.

Whatever changes lines, records or units changes these sums in the same transaction: what is new is
added, what was retired is taken off. They hold nothing of their own: :func:`rebuild` makes them
anew from the state, and a test holds that both ways give the same.

Kept are, for the programme and for each unit of the boundaries that hold now, the ground by account
and scope (:class:`~.models.UnitTotal`) and the counts (:class:`~.models.UnitCount`); the ground
measured on the dissolved geometry, group by group of records that hang together
(:class:`~.models.MeasuredGround`); and the number of lines and of discrepancies by rule.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from landrelease import land

from . import bulk, counted, journal, lines, shares
from .models import (
    Boundaries,
    Counted,
    GroundGroup,
    JournalEntry,
    LedgerDiscrepancy,
    LedgerShare,
    MeasuredGround,
    Part,
    Tally,
    UnitCount,
    UnitTotal,
)

#: Of what is kept and how. Sums of another version are made anew.
VERSION = 1
#: The boundaries that stand for the programme as one.
PROGRAMME = 0
LINES, DISCREPANCY, KEPT = "lines", "discrepancy:", "version"

Progress = Callable[[str, int, int | None], None]


# --- whether they are there ----------------------------------------------------------------------


def ready() -> bool:
    """Whether the sums are kept: not in a workspace of a version that knew none."""
    sql = f'SELECT count FROM "{Tally._meta.db_table}" WHERE name = %s'
    return bulk.few(connection, sql, [KEPT]) == [(VERSION,)]


def ensure() -> None:
    """Make the sums if they are not kept; the caller may hold a transaction."""
    if not ready():
        rebuild()


@transaction.atomic
def rebuild(progress: Progress = lambda stage, done, total: None) -> None:
    """Make every sum anew from the state.

    Parameters
    ----------
    progress
        Told about each stage.
    """
    from . import posting

    progress("totals of the land", 0, None)
    for model in (LedgerShare, UnitTotal, UnitCount, Counted, GroundGroup, MeasuredGround, Tally):
        model.objects.all().delete()
    shares.renew()
    every = lines.standing()
    current = shares.current()
    _add_lines(every, current, shares_of_new=True)
    _tally({LINES: _counted(every)})
    live = LedgerDiscrepancy.objects.filter(retired_seq__isnull=True)
    _tally(Counter(DISCREPANCY + rule for rule in live.values_list("rule", flat=True).iterator()))
    progress("counts of areas", 0, None)
    recount_hazards(None, every, current=current)
    recount_reports(None)
    progress("measured ground", 0, None)
    measure_again(None, posting.all_events())
    _tally({KEPT: VERSION})


# --- what calls them -----------------------------------------------------------------------------


def follow(entry: JournalEntry, parts: Iterable[Part | journal.DraftPart]) -> None:
    """Follow a journal entry that wrote records or releases.

    Parameters
    ----------
    entry
        The entry. With the first one of a workspace, nothing is left out of the sums.
    parts
        What it wrote. Hazards are followed when they are posted.
    """
    if entry.seq == 0:
        _tally({KEPT: VERSION})
    activities: set[str] = set()
    decided: set[str] = set()
    units = False
    for part in parts:
        if part.kind == "records/activity":
            activities |= {uid.decode() for uid in _WRITTEN.findall(bytes(part.body))}
        elif part.kind == "releases":
            decided |= {line["activity"] for line in journal.lines_of(bytes(part.body))}
        units = units or part.kind == "records/unit"
    if not (activities or decided or units) or not ready():
        return
    if decided:
        _replace_counts(decided, [])  # what is decided waits no longer
    if activities:
        recount_reports(activities)
    if units:
        divide_anew()


#: The id of a record at the end of its journal line; keys are sorted, so little can follow it.
_WRITTEN = re.compile(rb'"uid":"([0-9a-f]{32})"(?:,"was":"[0-9a-f]{32}")?\}$', re.MULTILINE)


def divide_anew() -> None:
    """Follow a change of the units: divide what stands for the boundaries that are new."""
    fresh = shares.renew()
    current = {row.id for row in shares.current()}
    for model in (UnitTotal, UnitCount, Counted):
        model.objects.exclude(boundaries_id__in={PROGRAMME, *current}).delete()
    if not fresh:
        return
    every = lines.standing()
    for boundaries in fresh:
        for model in (UnitTotal, UnitCount, Counted):
            model.objects.filter(boundaries_id=boundaries.id).delete()
        epoch = shares.epoch_of(boundaries)
        shared = shares.kept(boundaries.id)
        missing = np.setdiff1d(every.id, shared.line)
        shares.keep(boundaries, shares.lines_by_id(missing.tolist()), epoch)
        shared = shares.kept(boundaries.id)
        shared = shared.of(np.isin(shared.line, every.id))
        _upsert_totals(_share_rows(boundaries.id, every, shared, 1))
        found = counted.Hazards().by_unit(_claims(every, shared), epoch)
        reports = counted.reports_by_unit(counted.waiting(), epoch)
        _replace_counts(None, [(boundaries.id, found), (boundaries.id, reports)])


class Followed(NamedTuple):
    """What a posting did.

    Attributes
    ----------
    first
        Number of the first line that is new.
    seq
        The entry; None when no line changed.
    changed, retired
        Ids of the events whose lines changed, and of those of them that had lines before.
    """

    first: int
    seq: int | None
    changed: Collection[str]
    retired: Collection[str]


def posted(hazards: set[str], posting: Followed, known: land.Events) -> None:
    """Follow a posting.

    Parameters
    ----------
    hazards
        Every record whose events were posted again (with all that overlaps them).
    posting
        What changed.
    known
        The events of ``hazards``.
    """
    current = shares.current()
    if posting.seq is not None:
        new = lines.since(posting.first)
        old = lines.retired_by(posting.seq, posting.retired)
        _add_lines(old, current, times=-1)
        _add_lines(new, current, shares_of_new=True)
        found = _discrepancies_of(posting.seq, posting.changed)
        _tally({LINES: _counted(new) - _counted(old), **found})
    recount_hazards(hazards, current=current)
    measure_again(hazards, known)


# --- ground --------------------------------------------------------------------------------------


def movements(
    standing: land.Lines, unit: NDArray[np.object_], mm2: NDArray[np.int64]
) -> dict[tuple[str, int, str], int]:
    """Sums of ground by unit, scope and account.

    Parameters
    ----------
    standing
        Lines, one for each of their shares.
    unit, mm2
        Unit and area of each share.
    """
    sums: dict[tuple[str, int, str], int] = defaultdict(int)
    if not len(standing):
        return sums
    moving = standing.ground_from != standing.ground_to
    units, unit_at = np.unique(unit[moving].astype(str), return_inverse=True)
    scopes = standing.scopes[moving]
    place = {account: number for number, account in enumerate(land.ACCOUNTS)}
    n = len(place)
    for scope in range(len(land.SCOPES)):
        chosen = (scopes >> scope & 1).astype(bool)
        if not chosen.any():
            continue
        size = mm2[moving][chosen]
        for names, sign in ((standing.ground_from, -1), (standing.ground_to, 1)):
            account = np.array([place[name] for name in names[moving][chosen].tolist()])
            total = np.zeros(len(units) * n, dtype=np.int64)
            np.add.at(total, unit_at[chosen] * n + account, size)
            for at in np.flatnonzero(total).tolist():
                key = (str(units[at // n]), scope, land.ACCOUNTS[at % n])
                sums[key] += sign * int(total[at])
    return sums


def _add_lines(
    some: lines.Standing,
    current: list[Boundaries],
    *,
    times: int = 1,
    shares_of_new: bool = False,
) -> None:
    """Add lines to the sums, or take them off."""
    if not len(some):
        return
    whole = np.full(len(some), "", dtype=object)
    rows = _total_rows(PROGRAMME, movements(some.lines, whole, some.lines.mm2), times)
    undivided = shares.lines_by_id(some.id.tolist()) if shares_of_new and current else []
    for boundaries in current:
        if shares_of_new:
            shared = shares.keep(boundaries, undivided)
        else:
            shared = shares.kept(boundaries.id, some.id.tolist())
        rows += _share_rows(boundaries.id, some, shared, times)
    _upsert_totals(rows)


def _counted(some: lines.Standing) -> int:
    """Lines that count ground once over all classes: the drift is at most 1 mm² for each."""
    return int(((some.lines.scopes & 1) > 0).sum())


def _share_rows(
    boundaries: int, some: lines.Standing, shared: shares.Shares, times: int
) -> list[tuple[Any, ...]]:
    part = some.lines.take(some.spread(shared.line))
    return _total_rows(boundaries, movements(part, shared.unit, shared.mm2), times)


def _total_rows(
    boundaries: int, sums: Mapping[tuple[str, int, str], int], times: int
) -> list[tuple[Any, ...]]:
    return [
        (boundaries, scope, unit, account, times * mm2)
        for (unit, scope, account), mm2 in sums.items()
        if mm2
    ]


def _upsert_totals(rows: list[tuple[Any, ...]]) -> None:
    key = ("boundaries_id", "scope", "unit_uid", "account")
    _upsert(UnitTotal._meta.db_table, key, ("mm2",), rows)


def _upsert(table: str, key: tuple[str, ...], values: tuple[str, ...], rows: Iterable[Any]) -> None:
    """Add to numbers that are there, and begin those that are not."""
    marks = ", ".join(["%s"] * (len(key) + len(values)))
    added = ", ".join(f'"{name}" = "{table}"."{name}" + excluded."{name}"' for name in values)
    rows = list(rows)
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.executemany(
            f'INSERT INTO "{table}" ({", ".join((*key, *values))}) VALUES ({marks}) '
            f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {added}",
            rows,
        )


# --- counts --------------------------------------------------------------------------------------


def _claims(some: lines.Standing, shared: shares.Shares) -> counted.Claims:
    part = some.lines.take(some.spread(shared.line))
    return counted.claims_of(part, shared.unit, shared.mm2)


def recount_hazards(
    uids: set[str] | None,
    standing: lines.Standing | None = None,
    *,
    current: list[Boundaries],
) -> None:
    """Count hazards again; None for all."""
    hazards = counted.Hazards(uids=uids)
    if standing is None:
        standing = lines.standing() if uids is None else lines.standing_of(uids)
    whole = np.full(len(standing), "", dtype=object)
    claims = counted.claims_of(standing.lines, whole, standing.lines.mm2)
    counts = [(PROGRAMME, hazards.at_once(claims))]
    few = None if uids is None else standing.id.tolist()
    for boundaries in current:
        shared = shares.kept(boundaries.id, few)
        if few is None:
            shared = shared.of(np.isin(shared.line, standing.id))
        epoch = shares.epoch_of(boundaries)
        counts.append((boundaries.id, hazards.by_unit(_claims(standing, shared), epoch)))
    _replace_counts(uids, counts)


def recount_reports(uids: set[str] | None) -> None:
    """Count waiting reports of released land again; None for all."""
    rows = counted.waiting(uids=uids)
    counts = [(PROGRAMME, counted.reports_at_once(rows))]
    if any(row[1] is None for row in rows):
        for boundaries in shares.current():
            epoch = shares.epoch_of(boundaries)
            counts.append((boundaries.id, counted.reports_by_unit(rows, epoch)))
    _replace_counts(uids, counts)


_COUNTED = ("record_uid", "boundaries_id", "unit_uid", *counted.NAMES)


def _replace_counts(uids: set[str] | None, counts: list[tuple[int, counted.Counts]]) -> None:
    """Put new counts of records in the place of those they had.

    Parameters
    ----------
    uids
        The records; None where they were not counted yet.
    counts
        Boundaries and what is counted there.
    """
    new = [
        (uid, boundaries, unit, *numbers.values())
        for boundaries, found in counts
        for (uid, unit), numbers in found.items()
        if numbers
    ]
    table = Counted._meta.db_table
    sql = f'SELECT {", ".join(_COUNTED)} FROM "{table}" WHERE record_uid IN ({{}})'
    old = bulk.named(connection, sql, sorted(uids or ()))
    if len(old) == len(new) and sorted(old) == sorted(new):
        return
    change: dict[tuple[int, str], list[int]] = {}
    for rows, times in ((old, -1), (new, 1)):
        for _, boundaries, unit, *values in rows:
            sums = change.setdefault((boundaries, unit), [0] * len(values))
            for at, value in enumerate(values):
                if value:
                    sums[at] += times * value
    if old:
        _delete(table, "record_uid", sorted({row[0] for row in old}))
    bulk.insert(connection, table, _COUNTED, new)
    _upsert(
        UnitCount._meta.db_table,
        ("boundaries_id", "unit_uid"),
        counted.NAMES,
        [(*key, *sums) for key, sums in change.items() if any(sums)],
    )


def _delete(table: str, column: str, names: list[str]) -> None:
    for some in bulk.in_chunks(names):
        marks = ", ".join(["%s"] * len(some))
        with connection.cursor() as cursor:
            cursor.execute(f'DELETE FROM "{table}" WHERE {column} IN ({marks})', some)


def _tally(numbers: Mapping[str, int]) -> None:
    rows = [(name, count) for name, count in numbers.items() if count]
    _upsert(Tally._meta.db_table, ("name",), ("count",), rows)


def _discrepancies_of(seq: int, events: Collection[str]) -> Counter[str]:
    """By how much a posting changed the numbers of discrepancies."""
    table = LedgerDiscrepancy._meta.db_table
    sql = f'SELECT rule, seq, retired_seq FROM "{table}" WHERE event_uid IN ({{}})'
    changes: Counter[str] = Counter()
    for rule, since, until in bulk.named(connection, sql, sorted(events)):
        changes[DISCREPANCY + rule] += (since == seq) - (until == seq)
    return changes


# --- what hangs together, and what it measures ---------------------------------------------------


_ACCOUNTS = ("suspected", "confirmed", "identified")
_MEASURES = tuple(name for account in _ACCOUNTS for name in (account, f"{account}_millionths"))


def measure_again(uids: set[str] | None, known: land.Events) -> None:
    """Measure the ground of these records (None for all) on their geometry, and note which of
    them hang together."""
    members: dict[int, list[str]] = defaultdict(list)
    new: list[tuple[Any, ...]] = []
    if len(known):
        found = land.measured(known)
        for uid, group in zip(found.uid.tolist(), found.group.tolist(), strict=True):
            members[group].append(uid)
        new = _measured_rows(found, members)
    names = sorted(uids or ())
    columns = ("uid", *_MEASURES)
    change = _replace(MeasuredGround._meta.db_table, columns, names, new)
    sums = [sum(times * values[at] for times, values in change) for at in range(len(_MEASURES))]
    _upsert(MeasuredGround._meta.db_table, ("uid",), _MEASURES, [("", *sums)] if change else [])
    groups = [
        (uid, min(together))
        for together in members.values()
        if len(together) > 1
        for uid in together
    ]
    _replace(GroundGroup._meta.db_table, ("uid", "group_uid"), names, groups)


def _replace(
    table: str, columns: tuple[str, ...], names: list[str], new: list[tuple[Any, ...]]
) -> list[tuple[int, tuple[Any, ...]]]:
    """Put rows in the place of those that records have; gives what was taken off (-1) and added
    (1), without the ids."""
    sql = f'SELECT {", ".join(columns)} FROM "{table}" WHERE uid IN ({{}})'
    old = bulk.named(connection, sql, names)
    if sorted(old) == sorted(new):
        return []
    if old:
        _delete(table, "uid", [row[0] for row in old])
    bulk.insert(connection, table, columns, new)
    return [*((-1, row[1:]) for row in old), *((1, row[1:]) for row in new)]


def _measured_rows(found: Any, members: Mapping[int, list[str]]) -> list[tuple[Any, ...]]:
    """Measured ground of each group, under the smallest id of the group."""
    rows = []
    for group, together in members.items():
        values: list[int] = []
        for account in _ACCOUNTS:
            area = float(getattr(found, account)[group])
            whole = int(area // 1)
            values += [whole, round((area - whole) * 1e6)]
        if any(values):
            rows.append((min(together), *values))
    return rows


def measured() -> dict[str, float]:
    """Ground as measured on the geometry that stands now, mm², by account."""
    sql = f'SELECT {", ".join(_MEASURES)} FROM "{MeasuredGround._meta.db_table}" WHERE uid = %s'
    values = next(iter(bulk.few(connection, sql, [""])), (0,) * len(_MEASURES))
    return {
        account: values[2 * at] + values[2 * at + 1] / 1e6 for at, account in enumerate(_ACCOUNTS)
    }
