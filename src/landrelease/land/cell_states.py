"""What stands on a piece of ground, and between which accounts it moves when that changes.

The state of a cell is what stands on it: for each hazard the classes still open, and the releases
that stand. Whatever the accounts say is a function of that state, so that the rules are written
once, for a point, and hold for any geometry.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from . import accounts

CLASS_PLACES = range(len(accounts.CLASSES))

SCOPE_PLACES = range(len(accounts.SCOPES))


class Release(NamedTuple):
    """A release that stands on a cell for one class."""

    order: int
    account: str
    undated_historic: str


Standing = tuple[Release | None, ...]

NONE_STANDS: Standing = (None,) * len(accounts.CLASSES)


class Claim(NamedTuple):
    """What one record claims of a cell: classes open, ever open, and releases by class."""

    open: int = 0
    ever: int = 0
    released: Standing = NONE_STANDS


class Cell(NamedTuple):
    """A piece of ground with one state."""

    geometry: Any
    area: float
    claims: dict[str, Claim]
    ever: int
    released: Standing


#: Kind of line, claim from and to, ground from and to.
Move = tuple[str, str, str, str, str]


class Accounts(NamedTuple):
    """Between which accounts a cell moves in one scope."""

    claim_from: str
    claim_to: str
    ground_from: str
    ground_to: str


class Change(NamedTuple):
    """A cell before and after an event."""

    before: Cell
    after: Cell


class State(NamedTuple):
    """All that the accounts of a cell depend on, for one record."""

    claim: Claim
    own_type: str
    open: int
    confirmed: int
    ever: int
    released: Standing


def _in_scope(mask: int, scope: int) -> bool:
    return bool(mask) if scope == 0 else bool(mask >> (scope - 1) & 1)


def _standing_release(released: Standing, scope: int) -> Release | None:
    """Return the release that stands in a scope: over all classes, the one posted last."""
    if scope:
        return released[scope - 1]
    standing = [release for release in released if release is not None]
    return max(standing, key=lambda release: release.order) if standing else None


def _closed_account(released: Standing, ever: int, scope: int) -> str:
    """Return the account of what is not open."""
    release = _standing_release(released, scope)
    if release is not None:
        return release.account
    return accounts.CORRECTED if _in_scope(ever, scope) else accounts.OUTSIDE


def with_release(released: Standing, mask: int, release: Release | None) -> Standing:
    if not mask or (release is None and released == NONE_STANDS):
        return released
    return tuple(release if mask >> place & 1 else released[place] for place in CLASS_PLACES)


def _open_account(hazard_type: str) -> str:
    return accounts.CONFIRMED if hazard_type == "CHA" else accounts.SUSPECTED


def open_under(cell: Cell, uids: frozenset[str]) -> int:
    """Return the classes that some records together hold open on a cell."""
    mask = 0
    for uid in cell.claims.keys() & uids:
        mask |= cell.claims[uid].open
    return mask


def with_opened(cell: Cell, uid: str, classes: int, identified: int) -> Cell:
    """Return a cell on which evidence opens classes of a record: no release stands there now."""
    claim = cell.claims.get(uid, Claim())
    opened = identified & ~claim.open
    after = Claim(classes, claim.ever | identified, with_release(claim.released, opened, None))
    return cell._replace(
        claims=cell.claims | {uid: after},
        ever=cell.ever | identified,
        released=with_release(cell.released, opened, None),
    )


def keeping(cell: Cell, uid: str, classes: int) -> Cell:
    """Return a cell on which a record keeps only some of what it holds open."""
    claim = cell.claims[uid]
    return cell._replace(claims=cell.claims | {uid: claim._replace(open=claim.open & classes)})


def state_of(cell: Cell, uid: str, types: dict[str, str]) -> State:
    """Return what the accounts of a cell depend on."""
    held = confirmed = 0
    for holder, claim in cell.claims.items():
        if claim.open:
            held |= claim.open
            if types[holder] == "CHA":
                confirmed |= claim.open
    claim = cell.claims.get(uid, Claim())
    return State(claim, types.get(uid, ""), held, confirmed, cell.ever, cell.released)


def _accounts(state: State, scope: int) -> tuple[str, str]:
    """Return the account of the record's claim and of the ground in a scope."""
    claim = state.claim
    if _in_scope(claim.open, scope):
        own = _open_account(state.own_type)
    else:
        own = _closed_account(claim.released, claim.ever, scope)
    if _in_scope(state.confirmed, scope):  # the more cautious status wins (rule 9)
        return own, accounts.CONFIRMED
    if _in_scope(state.open, scope):
        return own, accounts.SUSPECTED
    return own, _closed_account(state.released, state.ever, scope)


def moves_of(
    was: State, becomes: State, change: Change, kind: Callable[[Change, int, Accounts], str]
) -> tuple[Move | None, ...]:
    """Return how a cell moves in each scope, None where it does not."""
    moves: list[Move | None] = [None] * len(SCOPE_PLACES)
    for scope in SCOPE_PLACES:
        if not _in_scope(becomes.claim.ever, scope):
            continue  # nothing can move in the scope of a class that the record never claimed
        claim_from, ground_from = _accounts(was, scope)
        claim_to, ground_to = _accounts(becomes, scope)
        if claim_from != claim_to or ground_from != ground_to:
            moved = Accounts(claim_from, claim_to, ground_from, ground_to)
            moves[scope] = (kind(change, scope, moved), *moved)
    return tuple(moves)


def kind_of_evidence(fresh: str) -> Callable[[Change, int, Accounts], str]:
    """Return what a line of evidence is called; ``fresh`` where the ground was not known before."""

    def kind(change: Change, scope: int, moved: Accounts) -> str:
        if moved.claim_to not in accounts.OPEN:
            return "corrected"
        if moved.claim_from in accounts.OPEN:
            return "reclassified"
        standing = _standing_release(change.before.released, scope)
        ground_reopened = (
            moved.ground_from in accounts.RELEASED
            and standing is not None
            and not standing.undated_historic
        )
        if moved.claim_from in accounts.RELEASED or ground_reopened:
            return "reopened"
        return fresh

    return kind
