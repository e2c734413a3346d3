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
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from landrelease import land

from . import area_only, bulk, counted, journal, land_events, lines, shares
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
from .progress import Progress

#: Of what is kept and how. Sums of another version are made anew.
VERSION = 3
#: The boundaries that stand for the programme as one.
PROGRAMME = 0
LINES, DISCREPANCY, KEPT = "lines", "discrepancy:", "version"


# --- whether they are there ----------------------------------------------------------------------


def ready() -> bool:
    """Whether the sums are kept: not in a workspace of a version that knew none."""
    sql = f'SELECT count FROM "{Tally._meta.db_table}" WHERE name = %s'  # nosec B608 # names are of our own schema, values are bound
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
    measure_again(None, land_events.all_events())
    _tally({KEPT: VERSION})


class Compared(NamedTuple):
    """One kind of kept rows, before and after they were made anew.

    Attributes
    ----------
    name
        What they are.
    rows
        How many there are now.
    differ
        How many are new, gone or changed.
    """

    name: str
    rows: int
    differ: int


@transaction.atomic
def compare_and_rebuild(
    progress: Progress = lambda stage, done, total: None, *, keep: bool = False
) -> list[Compared]:
    """Make every sum anew, and say what differs from what was kept.

    Parameters
    ----------
    progress
        Told about each stage.
    keep
        Whether to leave what was kept as it was (a dry run).

    Returns
    -------
    list of Compared
        One for each kind of rows.
    """
    journal.lock_head()
    before = _kept_rows()
    rebuild(progress)
    after = _kept_rows()
    if keep:
        transaction.set_rollback(True)
    return [
        Compared(
            name,
            sum(rows.values()),
            sum(((rows - before[name]) | (before[name] - rows)).values()),
        )
        for name, rows in after.items()
    ]


def _kept_rows() -> dict[str, Counter[tuple[Any, ...]]]:
    """Rows that are kept and live, each as often as it is there; sums of nothing are no rows."""
    live = set(lines.standing().id.tolist())
    # Boundaries may be numbered anew.
    sha256 = dict(Boundaries.objects.values_list("id", "sha256")) | {PROGRAMME: "programme"}
    current = {row.id for row in Boundaries.objects.filter(current=True)}

    def rows(model: Any, keys: tuple[str, ...], values: tuple[str, ...]) -> Counter[Any]:
        names = (*keys, *values)
        found: Counter[Any] = Counter()
        for row in model.objects.values_list(*names).iterator(chunk_size=bulk.CHUNK):
            if any(row[len(keys) :]):
                named = dict(zip(names, row, strict=True))
                if "boundaries_id" in named:
                    named["boundaries_id"] = sha256.get(named["boundaries_id"], "gone")
                found[tuple(named.values())] += 1
        return found

    places = ("boundaries_id", "unit_uid")
    divided = LedgerShare.objects.filter(boundaries_id__in=current).values_list(
        "line_id", "boundaries_id", "unit_uid", "mm2"
    )
    return {
        "sums by unit": rows(UnitTotal, (*places, "scope", "account"), ("mm2",)),
        "counts by unit": rows(UnitCount, places, counted.NAMES),
        "counts of records": rows(Counted, ("record_uid", *places), counted.NAMES),
        "shares of lines": Counter(
            (line, sha256[at], unit, mm2) for line, at, unit, mm2 in divided if line in live
        ),
        "groups of records": rows(GroundGroup, ("uid",), ("group_uid",)),
        "measured ground": rows(MeasuredGround, ("uid",), _MEASURES),
        "tallies": rows(Tally, ("name",), ("count",)),
    }


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
    if entry.seq == 0 and not ready():
        _tally({KEPT: VERSION})
    activities: set[str] = set()
    decided: set[str] = set()
    units = False
    for part in parts:
        if part.kind == "records/activity":
            activities |= {uid.decode() for uid in _WRITTEN.findall(bytes(part.body))}
        elif part.kind == "records/quality_visit":
            activities |= _visited(bytes(part.body))
        elif part.kind == "releases":
            decided |= {line["activity"] for line in journal.lines_of(bytes(part.body))}
        units = units or part.kind == "records/unit"
    if not (activities or decided or units) or not ready():
        return
    if decided - activities:
        _replace_counts(decided - activities, [])  # what is decided waits no longer
    if activities:
        recount_reports(activities)
    if units:
        divide_anew()


#: The id of a record at the end of its journal line; keys are sorted, so little can follow it.
_WRITTEN = re.compile(rb'"uid":"([0-9a-f]{32})"(?:,"was":"[0-9a-f]{32}")?\}$', re.MULTILINE)


def _visited(body: bytes) -> set[str]:
    """Activities that quality visits are about: a failed one takes its report out of the counts."""
    states = (line["state"] for line in journal.lines_of(body))
    return {state["activity"]["uid"] for state in states if "uid" in state.get("activity", {})}


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
        placeless = area_only.by_unit(area_only.reports(), epoch)
        _replace_counts(None, [(boundaries.id, c) for c in (found, reports, placeless)])


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
    all_new
        Whether no event of the posting keeps lines that it had.
    """

    first: int
    seq: int | None
    changed: Collection[str]
    retired: Collection[str]
    all_new: bool


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
    standing = None
    if posting.seq is not None:
        new = lines.since(posting.first)
        old = lines.retired_by(posting.seq, posting.retired)
        _add_lines(old, current, times=-1)
        _add_lines(new, current, shares_of_new=True)
        found = _discrepancies_of(posting.seq, posting.changed)
        _tally({LINES: _counted(new) - _counted(old), **found})
        # What was just written need not be read again.
        standing = new if posting.all_new else None
    recount_hazards(hazards, standing, current=current)
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
            f'INSERT INTO "{table}" ({", ".join((*key, *values))}) VALUES ({marks}) '  # nosec B608 # names are of our own schema, values are bound
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
    few = None if len(standing) >= bulk.MANY or uids is None else standing.id.tolist()
    for boundaries in current:
        shared = shares.kept(boundaries.id, few)
        if few is None:
            shared = shared.of(np.isin(shared.line, standing.id))
        epoch = shares.epoch_of(boundaries)
        counts.append((boundaries.id, hazards.by_unit(_claims(standing, shared), epoch)))
    _replace_counts(uids, counts)


def recount_reports(uids: set[str] | None) -> None:
    """Count reports of released land that moved nothing again; None for all."""
    rows = counted.waiting(uids=uids)
    placeless = area_only.reports(uids=uids)
    counts = [
        (PROGRAMME, counted.reports_at_once(rows)),
        (PROGRAMME, area_only.at_once(placeless)),
    ]
    if placeless or any(row[1] is None for row in rows):
        for boundaries in shares.current():
            epoch = shares.epoch_of(boundaries)
            counts.append((boundaries.id, counted.reports_by_unit(rows, epoch)))
            counts.append((boundaries.id, area_only.by_unit(placeless, epoch)))
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
    sql = f'SELECT {", ".join(_COUNTED)} FROM "{table}"'  # nosec B608 # names are of our own schema, values are bound
    old = bulk.named_or_sifted(connection, sql, "record_uid", uids or ())
    if len(old) == len(new) and sorted(old) == sorted(new):
        return
    change: dict[tuple[int, str], list[int]] = {}
    for rows, times in ((old, -1), (new, 1)):
        # Most records count alike: what is the same is summed at once.
        for (boundaries, unit, *values), alike in Counter(row[1:] for row in rows).items():
            sums = change.setdefault((boundaries, unit), [0] * len(values))
            for at, value in enumerate(values):
                if value:
                    sums[at] += times * alike * value
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
            cursor.execute(f'DELETE FROM "{table}" WHERE {column} IN ({marks})', some)  # nosec B608 # names are of our own schema, values are bound


def _tally(numbers: Mapping[str, int]) -> None:
    rows = [(name, count) for name, count in numbers.items() if count]
    _upsert(Tally._meta.db_table, ("name",), ("count",), rows)


def _discrepancies_of(seq: int, events: Collection[str]) -> Counter[str]:
    """By how much a posting changed the numbers of discrepancies."""
    table = LedgerDiscrepancy._meta.db_table
    sql = f'SELECT event_uid, rule, seq, retired_seq FROM "{table}"'  # nosec B608 # names are of our own schema, values are bound
    changes: Counter[str] = Counter()
    for _, rule, since, until in bulk.named_or_sifted(connection, sql, "event_uid", events):
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
    names = uids or set()
    columns = ("uid", *_MEASURES)
    change = _replace(MeasuredGround._meta.db_table, columns, names, new)
    if change is not None:
        _upsert(MeasuredGround._meta.db_table, ("uid",), _MEASURES, [("", *_difference(*change))])
    groups = [
        (uid, min(together))
        for together in members.values()
        if len(together) > 1
        for uid in together
    ]
    _replace(GroundGroup._meta.db_table, ("uid", "group_uid"), names, groups)


def _replace(
    table: str, columns: tuple[str, ...], names: set[str], new: list[tuple[Any, ...]]
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]] | None:
    """Put rows in the place of those that records have; gives what was taken off and what was
    added, or None where nothing changes."""
    sql = f'SELECT {", ".join(columns)} FROM "{table}"'  # nosec B608 # names are of our own schema, values are bound
    old = bulk.named_or_sifted(connection, sql, "uid", names)
    if len(old) == len(new) and sorted(old) == sorted(new):
        return None
    if old:
        _delete(table, "uid", [row[0] for row in old])
    bulk.insert(connection, table, columns, new)
    return old, new


def _difference(old: list[tuple[Any, ...]], new: list[tuple[Any, ...]]) -> list[int]:
    """What new rows measure more than old ones, column by column after the id."""
    sums = [0] * len(_MEASURES)
    for rows, times in ((old, -1), (new, 1)):
        for at, values in enumerate(list(zip(*rows, strict=True))[1:]):
            sums[at] += times * sum(values)
    return sums


def _measured_rows(found: Any, members: Mapping[int, list[str]]) -> list[tuple[Any, ...]]:
    """Measured ground of each group, under the smallest id of the group."""
    columns: list[list[int]] = []
    for account in _ACCOUNTS:
        area = getattr(found, account)
        whole = np.floor(area)
        columns.append(whole.astype(np.int64).tolist())
        columns.append(np.rint((area - whole) * 1e6).astype(np.int64).tolist())
    values = list(zip(*columns, strict=True))
    return [
        (min(together), *values[group]) for group, together in members.items() if any(values[group])
    ]


def measured() -> dict[str, float]:
    """Ground as measured on the geometry that stands now, mm², by account."""
    sql = f'SELECT {", ".join(_MEASURES)} FROM "{MeasuredGround._meta.db_table}" WHERE uid = %s'  # nosec B608 # names are of our own schema, values are bound
    values = next(iter(bulk.few(connection, sql, [""])), (0,) * len(_MEASURES))
    return {
        account: values[2 * at] + values[2 * at + 1] / 1e6 for at, account in enumerate(_ACCOUNTS)
    }
