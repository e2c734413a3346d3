"""What the register tells the ledger: hazards, releases and historic releases, column by column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from . import accounts

HAZARD: Final = "hazard"
RELEASE: Final = "release"
HISTORIC: Final = "historic"
KINDS: Final = (HAZARD, RELEASE, HISTORIC)

#: Why a version of a hazard came about, other than by a report of the ground.
VOIDED: Final = "voided"
MERGED: Final = "merged"
SPLIT: Final = "split"
CAUSES: Final = ("", VOIDED, MERGED, SPLIT)
#: Causes by which ground goes on under another id: no new evidence, so nothing is reopened.
SUCCESSION: Final = (MERGED, SPLIT)

_TYPES = ("SHA", "CHA", "")
_RESULTS = (accounts.CANCELLED, accounts.REDUCED, accounts.CLEARED, "")

#: On equal dates evidence prevails over release (it posts last). Where the day is not recorded
#: nothing says that the release came after the evidence: the evidence posts first and stands.
#: A hazard that goes on under other ids is withdrawn after these have opened its ground, so that
#: the ground has no gap.
_WITHDRAWN = "withdrawn"
_RANK = {RELEASE: 0, HISTORIC: 1, HAZARD: 2, _WITHDRAWN: 3}
_RANK_UNDATED = {HAZARD: 0, _WITHDRAWN: 1, HISTORIC: 2, RELEASE: 3}


class LedgerError(ValueError):
    """Events or lines are not what the ledger can post or add up."""


@dataclass(frozen=True)
class Events:
    """Accepted events, in any order; all columns have the same length.

    Attributes
    ----------
    kind
        ``hazard`` (a version of a hazardous area), ``release`` (an accepted completion report),
        ``historic`` (a release decided elsewhere).
    uid
        Id of the record. Successive versions of a hazard share it.
    version
        Version of the record, rising.
    hazard
        Id of the hazard that a release is linked to; empty where there is none.
    on
        ``datetime64[D]``: start of the date interval for hazards, end for releases; NaT = not
        recorded.
    type
        ``SHA``, ``CHA``, or empty (not recorded, held as suspected).
    result
        ``cancelled``, ``reduced``, ``cleared``, or empty (not recorded).
    classes
        uint8 bit mask of :data:`.accounts.CLASSES`.
    polygon
        Valid polygonal plane geometry in mm; None = not recorded. A hazard version without one
        keeps the polygon of the version before; an *empty* polygon voids the hazard.
    content_hash
        Settles the order of events that are otherwise equal.
    cause
        Why a hazard version came about, one of :data:`CAUSES`: empty for a report of the ground;
        ``voided`` (a counter-entry to a record made in error; its polygon is empty or None),
        ``merged`` or ``split`` (the ground goes on under another id). Of the latter, versions with
        an *empty* polygon give ground away and the others take it, on the same day; ground is
        taken only where it is open under a hazard that gives, and given only where a hazard that
        takes holds it open. Empty for releases.
    extends
        Whether the decision on a release says that ground outside its hazard belongs to the
        hazard: it is then newly identified and released, both shown.
    """

    kind: NDArray[np.object_]
    uid: NDArray[np.object_]
    version: NDArray[np.int64]
    hazard: NDArray[np.object_]
    on: NDArray[np.datetime64]
    type: NDArray[np.object_]
    result: NDArray[np.object_]
    classes: NDArray[np.uint8]
    polygon: NDArray[np.object_]
    content_hash: NDArray[np.object_]
    cause: NDArray[np.object_]
    extends: NDArray[np.bool_]

    def __post_init__(self) -> None:
        lengths = {field.name: len(getattr(self, field.name)) for field in fields(self)}
        if len(set(lengths.values())) != 1:
            raise LedgerError(f"The columns of events differ in length: {lengths}.")
        vocabularies = (
            ("kind", KINDS),
            ("type", _TYPES),
            ("result", _RESULTS),
            ("cause", CAUSES),
        )
        for column, known in vocabularies:
            unknown = set(getattr(self, column).tolist()) - set(known)
            if unknown:
                raise LedgerError(
                    f"Events have the unknown {column} {sorted(map(str, unknown))}; "
                    f"known are {', '.join(repr(name) for name in known)}."
                )

    def __len__(self) -> int:
        return len(self.uid)

    @classmethod
    def from_records(cls, records: Iterable[Mapping[str, Any]]) -> Events:
        """Make events from records such as a register or a test holds.

        Parameters
        ----------
        records
            Mappings with ``kind`` and ``uid`` and any other column of :class:`Events`. ``on``
            may be a date, an ISO day or None; ``classes`` a bit mask or codes. Classes that are
            absent are *not recorded* for a hazard; a release without classes names none.

        Returns
        -------
        Events
            One event for each record, in their order.
        """
        rows = list(records)

        def column(name: str, default: Any) -> NDArray[np.object_]:
            out = np.empty(len(rows), dtype=object)
            out[:] = [default if row.get(name) is None else row[name] for row in rows]
            return out

        def mask(row: Mapping[str, Any]) -> int:
            named = row.get("classes")
            if named is None:
                return 0 if row["kind"] == RELEASE else accounts.NOT_RECORDED
            return int(named) if isinstance(named, int | np.integer) else accounts.class_mask(named)

        return cls(
            kind=column("kind", ""),
            uid=column("uid", ""),
            version=column("version", 1).astype(np.int64),
            hazard=column("hazard", ""),
            on=np.array([row.get("on") for row in rows], dtype="datetime64[D]"),
            type=column("type", ""),
            result=column("result", ""),
            classes=np.array([mask(row) for row in rows], dtype=np.uint8),
            polygon=column("polygon", None),
            content_hash=column("content_hash", ""),
            cause=column("cause", ""),
            extends=column("extends", False).astype(bool),
        )

    def take(self, rows: NDArray[np.int64]) -> Events:
        """Return the events at some rows.

        Parameters
        ----------
        rows
            Row numbers.

        Returns
        -------
        Events
            These events, in the order of the rows.
        """
        return Events(*(getattr(self, field.name)[rows] for field in fields(self)))


@dataclass(frozen=True)
class Discrepancy:
    """Something that moved no land and is shown instead.

    Attributes
    ----------
    rule
        Stable code of the rule.
    uid, hazard
        Record that it is about, and the hazard that it concerns ('' where there is none).
    polygon
        Plane geometry of the ground concerned, or None.
    mm2
        Its area in whole mm², or None where there is no polygon.
    message
        What is wrong and what to do.
    event
        Row of the event.
    """

    rule: str
    uid: str
    hazard: str
    polygon: Any
    mm2: int | None
    message: str
    event: int


def posting_rank(events: Events) -> NDArray[np.int64]:
    """Return the place of each event in the order of posting.

    The order is day (not recorded first), kind, version, content hash, id: it does not depend
    on the order of arrival. Among the kinds, a hazard that is merged into others or split posts
    its withdrawal last.

    Parameters
    ----------
    events
        The events.

    Returns
    -------
    ndarray of int64
        Place of each event, a permutation of 0 … n − 1.
    """
    undated = np.isnat(events.on)
    kind = np.where(undated, _ranks(events.kind, _RANK_UNDATED), _ranks(events.kind, _RANK))
    withdrawn = _withdrawals(events)
    kind[withdrawn] = np.where(undated[withdrawn], _RANK_UNDATED[_WITHDRAWN], _RANK[_WITHDRAWN])
    first = (_prefix(events.content_hash), events.version, kind, _days(events.on))
    order = np.lexsort(first)
    # Few events agree in all of these: only theirs is the long text compared.
    tied = np.zeros(len(events), dtype=bool)
    same = np.ones(max(len(events) - 1, 0), dtype=bool)
    for column in first:
        same &= column[order[1:]] == column[order[:-1]]
    tied[order[1:]] |= same
    tied[order[:-1]] |= same
    rows = np.flatnonzero(tied)
    if len(rows):
        texts = []
        for column in (events.hazard, events.uid, events.content_hash):
            codes = np.zeros(len(events), dtype=np.int64)
            codes[rows] = _text(column[rows])
            texts.append(codes)
        order = np.lexsort((*texts, *first))
    rank = np.empty(len(events), dtype=np.int64)
    rank[order] = np.arange(len(events))
    return rank


def _ranks(kind: NDArray[np.object_], ranks: Mapping[str, int]) -> NDArray[np.int64]:
    out = np.zeros(len(kind), dtype=np.int64)
    for name in KINDS:
        out[kind == name] = ranks[name]
    return out


def _withdrawals(events: Events) -> NDArray[np.int64]:
    """Return the rows of hazards that go on under other ids, where it is the last word of a day."""
    giving = np.flatnonzero(gives(events))
    if not len(giving):
        return giving
    latest: dict[tuple[str, int], int] = {}
    some = set(events.uid[giving].tolist())
    for row in np.flatnonzero(events.kind == HAZARD).tolist():
        if events.uid[row] in some:
            key = (events.uid[row], _day(events.on[row]))
            latest[key] = max(latest.get(key, row), row, key=lambda at: int(events.version[at]))
    last = [latest[events.uid[row], _day(events.on[row])] == row for row in giving.tolist()]
    return np.asarray(giving[np.array(last, dtype=bool)], dtype=np.int64)


def gives(events: Events) -> NDArray[np.bool_]:
    """Return which events are hazards whose ground goes on under other ids from here on.

    Parameters
    ----------
    events
        The events.

    Returns
    -------
    ndarray of bool
        True for merged or split versions with an empty polygon.
    """
    return np.asarray(_of_succession(events) & shapely.is_empty(events.polygon), dtype=bool)


def takes(events: Events) -> NDArray[np.bool_]:
    """Return which events are hazards that take over the ground of others.

    Parameters
    ----------
    events
        The events.

    Returns
    -------
    ndarray of bool
        True for merged or split versions with a polygon (their own, or the one before).
    """
    return np.asarray(_of_succession(events) & ~shapely.is_empty(events.polygon), dtype=bool)


def _of_succession(events: Events) -> NDArray[np.bool_]:
    related = (events.cause == MERGED) | (events.cause == SPLIT)
    return np.asarray(related & (events.kind == HAZARD), dtype=bool)


def _days(on: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Return days as numbers; a day that was not recorded comes before all others (numpy's NaT)."""
    return on.astype(np.int64)


def _text(column: NDArray[np.object_]) -> NDArray[np.int64]:
    """Return sortable numbers in place of a column of strings."""
    _, codes = np.unique(column.astype(str), return_inverse=True)
    return codes.astype(np.int64)


#: Characters of a text that one number can hold in the order of the text.
_PREFIX = 8


def _prefix(column: NDArray[np.object_]) -> NDArray[np.uint64]:
    """Return numbers that sort strings by their first characters; equal where these are."""
    cut = column.astype(f"U{_PREFIX}")
    characters = cut.view(np.uint32).reshape(len(column), _PREFIX)
    if characters.size and characters.max() > 0xFF:
        _, codes = np.unique(cut, return_inverse=True)
        return codes.astype(np.uint64)
    return np.ascontiguousarray(characters.astype(np.uint8)).view(">u8").ravel().astype(np.uint64)


@dataclass(frozen=True)
class Admission:
    """Which events may move land, and why the others may not.

    Attributes
    ----------
    moves
        Whether each event may move land.
    hazard
        Number of the hazard that each hazard version or release belongs to, -1 for the others
        (historic releases, and releases linked to no recorded hazard).
    discrepancies
        One for each event that may not, save hazards of unknown place, which are counted by the
        register as areas without a polygon.
    """

    moves: NDArray[np.bool_]
    hazard: NDArray[np.int64]
    discrepancies: list[Discrepancy]


def admit(events: Events) -> Admission:
    """Decide which events may move land, before any geometry is looked at.

    Parameters
    ----------
    events
        The events.

    Returns
    -------
    Admission
        What may move, and a discrepancy for what may not.

    Raises
    ------
    LedgerError
        If a record occurs twice in the same version or has no id, or if a voided hazard has a
        polygon.
    """
    hazard, number = _hazard_numbers(events)
    _refuse_repeated(events, number)
    _refuse_voided_ground(events)
    moves = np.ones(len(events), dtype=bool)
    found: list[Discrepancy] = []
    for rows in _several_versions(events, hazard):
        for row, later in _superseded(events, rows):
            moves[row] = False
            found.append(_superseded_version(events, row, later))
    standing = _Standing(events, hazard, moves)
    for row in standing.faulty_releases().tolist():
        fault = _release_fault(events, row, standing.versions(row))
        if fault:
            moves[row] = False
            found.append(_discrepancy(events, row, *fault))
    for row in np.flatnonzero(events.kind == HISTORIC).tolist():
        if events.polygon[row] is None:
            moves[row] = False
            message = "has no polygon: it stays in the declared-only column."
            found.append(_discrepancy(events, row, "historic_without_polygon", message))
        elif not events.classes[row]:
            moves[row] = False
            message = "names no contamination class: name the classes, or all of them."
            found.append(_discrepancy(events, row, "historic_names_no_class", message))
    return Admission(moves, hazard, found)


def _hazard_numbers(events: Events) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the number of the hazard of each event (-1 = none), and of its own id."""
    uids = events.uid.tolist()
    index = {uid: at for at, uid in enumerate(uids)}
    if len(index) == len(uids):
        number = np.arange(len(uids))
    else:
        number = np.array([index[uid] for uid in uids], dtype=np.int64)
    kinds, hazard = events.kind, np.full(len(events), -1, dtype=np.int64)
    hazards = kinds == HAZARD
    hazard[hazards] = number[hazards]
    recorded = np.zeros(len(uids) + 1, dtype=bool)
    recorded[number[hazards]] = True
    releases = np.flatnonzero(kinds == RELEASE)
    linked = np.array([index.get(uid, -1) for uid in events.hazard[releases].tolist()], np.int64)
    hazard[releases] = np.where(recorded[linked], linked, -1)
    return hazard, number


def _several_versions(events: Events, hazard: NDArray[np.int64]) -> Iterable[list[int]]:
    """Return the rows of each hazard that has more than one version."""
    rows = np.flatnonzero(events.kind == HAZARD)
    if not len(rows):
        return []
    versions = np.bincount(hazard[rows])
    several = rows[versions[hazard[rows]] > 1]
    by_hazard: dict[int, list[int]] = defaultdict(list)
    for row, at in zip(several.tolist(), hazard[several].tolist(), strict=True):
        by_hazard[at].append(row)
    return by_hazard.values()


class _Standing:
    """What the versions of each hazard that stand say together."""

    def __init__(self, events: Events, hazard: NDArray[np.int64], moves: NDArray[np.bool_]) -> None:
        self._events, self._hazard = events, hazard
        self._rows = np.flatnonzero((events.kind == HAZARD) & moves)

    @cached_property
    def _by_hazard(self) -> dict[int, list[int]]:
        by_hazard: dict[int, list[int]] = defaultdict(list)
        of = self._hazard[self._rows].tolist()
        for row, at in zip(self._rows.tolist(), of, strict=True):
            by_hazard[at].append(row)
        return by_hazard

    def versions(self, release: int) -> Sequence[int]:
        """Return the rows of the versions of the hazard that a release is linked to."""
        return self._by_hazard.get(int(self._hazard[release]), ())

    def faulty_releases(self) -> NDArray[np.int64]:
        """Return the releases that may not move land; :func:`_release_fault` says why."""
        events, rows = self._events, self._rows
        releases = np.flatnonzero(events.kind == RELEASE)
        if not len(releases):
            return releases
        size = int(self._hazard.max(initial=-1)) + 2  # the last place is for no hazard
        of = self._hazard[rows]
        first = np.full(size, np.iinfo(np.int64).max)
        np.minimum.at(first, of, _days(events.on[rows]))
        held = np.zeros(size, dtype=np.uint8)
        np.bitwise_or.at(held, of, events.classes[rows])
        has_polygon = np.zeros(size, dtype=bool)
        has_polygon[of[~shapely.is_missing(events.polygon[rows])]] = True
        on, polygon = events.on[releases], events.polygon[releases]
        linked = self._hazard[releases]
        sound = (
            (linked >= 0)
            & ~np.isnat(on)
            & (_days(on) > first[linked])
            & (events.result[releases] != "")
            & ~shapely.is_missing(polygon)
            & ~shapely.is_empty(polygon)
            & has_polygon[linked]
            & ((events.classes[releases] & held[linked]) > 0)
        )
        return np.asarray(releases[~sound.astype(bool)], dtype=np.int64)


def _superseded(events: Events, rows: list[int]) -> list[tuple[int, int]]:
    """Return the versions that a later version replaces from before their own day on.

    A later version says what the record should have said. If it is dated earlier (a mistyped
    year was corrected), posting by day alone would bring the mistake back.
    """
    day = {row: _day(events.on[row]) for row in rows}
    pairs = []
    for row in rows:
        later = [
            other
            for other in rows
            if events.version[other] > events.version[row] and day[other] < day[row]
        ]
        if later:
            pairs.append((row, max(later, key=lambda other: int(events.version[other]))))
    return pairs


def _superseded_version(events: Events, row: int, later: int) -> Discrepancy:
    message = (
        f"(version {events.version[row]}, {_said(events.on[row])}) is replaced by version "
        f"{events.version[later]}, which is dated earlier ({_said(events.on[later])}): check "
        f"that the earlier date is right."
    )
    return _discrepancy(events, row, "version_superseded", message)


def _release_fault(events: Events, row: int, versions: Sequence[int]) -> tuple[str, str] | None:
    """Return rule and message for a release that may not move land (rules 1 and 5)."""
    hazard = events.hazard[row]
    on = events.on[row]
    if not hazard:
        return "release_unlinked", "is linked to no hazard: link it, then decide."
    if not versions:
        return "release_hazard_unknown", f"names the hazard {hazard}, which is not recorded."
    if np.isnat(on):
        return "release_undated", "has no date: land stays open until a person decides."
    if _day(on) <= min(_day(events.on[version]) for version in versions):
        return (
            "release_not_after_evidence",
            f"is dated {on}, no later than the first information on hazard {hazard}: "
            f"check the dates, then decide.",
        )
    if not events.result[row]:
        return (
            "release_without_result",
            "does not say whether land was cancelled, reduced, cleared.",
        )
    polygon = events.polygon[row]
    if polygon is None or polygon.is_empty:
        return (
            "release_without_polygon",
            f"has no polygon: hazard {hazard} stays open as a whole, the area is declared only.",
        )
    if all(events.polygon[version] is None for version in versions):
        return (
            "release_hazard_without_polygon",
            f"belongs to hazard {hazard}, which has no polygon: nothing can be measured.",
        )
    named = int(events.classes[row])
    if not named:
        return (
            "release_names_no_class",
            "names no contamination class: a release closes only the classes that it names.",
        )
    held = 0
    for version in versions:
        held |= int(events.classes[version])
    if not named & held:
        return (
            "release_class_not_held",
            f"names classes that hazard {hazard} was never recorded with: its land stays open.",
        )
    return None


def _discrepancy(events: Events, row: int, rule: str, message: str) -> Discrepancy:
    polygon = events.polygon[row]
    kind = {HAZARD: "Hazard", RELEASE: "Release", HISTORIC: "Historic release"}[events.kind[row]]
    return Discrepancy(
        rule=rule,
        uid=str(events.uid[row]),
        hazard=str(events.uid[row] if events.kind[row] == HAZARD else events.hazard[row]),
        polygon=polygon,
        mm2=None if polygon is None else int(np.rint(polygon.area)),
        message=f"{kind} {events.uid[row]} {message}",
        event=row,
    )


def _refuse_repeated(events: Events, number: NDArray[np.int64]) -> None:
    nameless = np.asarray(events.uid == "", dtype=bool)
    key = np.lexsort((events.version, number, _ranks(events.kind, _RANK)))
    again = np.zeros(len(events), dtype=bool)
    again[key[1:]] = (
        (number[key[1:]] == number[key[:-1]])
        & (events.version[key[1:]] == events.version[key[:-1]])
        & (events.kind[key[1:]] == events.kind[key[:-1]])
    )
    refused = np.flatnonzero(nameless | again)
    if len(refused):
        row = int(refused[0])
        raise LedgerError(
            f"The {events.kind[row]} {events.uid[row]!r} occurs more than once in version "
            f"{events.version[row]}, or has no id: give each record an id and each change of it "
            f"a version of its own."
        )


def _refuse_voided_ground(events: Events) -> None:
    voided = np.asarray(events.cause == VOIDED, dtype=bool)
    with_ground = voided & ~shapely.is_missing(events.polygon) & ~shapely.is_empty(events.polygon)
    if with_ground.any():
        row = int(np.flatnonzero(with_ground)[0])
        raise LedgerError(
            f"Version {events.version[row]} of hazard {events.uid[row]} is voided and has a "
            f"polygon: a voided version has an empty one; a smaller boundary is a correction."
        )


def refuse_invalid(events: Events) -> None:
    """Refuse events whose geometry is not a valid polygon: its area would mean nothing.

    Parameters
    ----------
    events
        The events.

    Raises
    ------
    LedgerError
        If a polygon is not valid or not polygonal, naming the first one.
    """
    kinds = shapely.get_type_id(events.polygon)
    polygonal = np.isin(
        kinds, [-1, shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON]
    )
    valid = polygonal & ((kinds == -1) | shapely.is_valid(events.polygon))
    if not valid.all():
        row = int(np.flatnonzero(~valid)[0])
        reason = shapely.is_valid_reason(events.polygon[row]) if polygonal[row] else "no polygon"
        raise LedgerError(
            f"The geometry of {events.kind[row]} {events.uid[row]} cannot be posted ({reason}): "
            f"repair it by a decision, or pass None until then."
        )


def _day(on: Any) -> int:
    """Return a day as a number; a day that was not recorded comes before all others."""
    return int(np.iinfo(np.int64).min if np.isnat(on) else on.astype(np.int64))


def _said(on: Any) -> str:
    return "undated" if np.isnat(on) else str(on)
