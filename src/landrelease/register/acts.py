"""Acts on hazards: what a decision about a hazard as a record of land means to the register.

An act never deletes: a voided, merged or split hazard stays as a record whose boundary is
withdrawn, and the ledger shows what moved. This module says what acts there are and what follows
from those that were decided; :mod:`.hazard_acts` prepares them, :mod:`.decisions` decides them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from landrelease.land import events

from . import bulk, canonical, codes, journal
from .models import Hazard, HazardPast, JournalEntry, LandAct, Part, Submission

VOIDED, MERGED, ABSORBED = "voided", "merged", "absorbed"
SPLIT, SPLIT_FROM = "split", "split_from"
EXTENDED, RECLASSIFIED, REOPENED = "extended", "reclassified", "reopened"

#: Cause that the ledger gives to the version of a hazard that an act brought about. The others
#: report of the ground, as any survey does.
CAUSE_OF = {
    VOIDED: events.VOIDED,
    MERGED: events.MERGED,
    ABSORBED: events.MERGED,
    SPLIT: events.SPLIT,
    SPLIT_FROM: events.SPLIT,
}

#: Kinds of journal parts whose lines name the people who decided.
SIGNED = ("acts", "resolved", "claims")


def of(submission: Submission) -> dict[str, Any] | None:
    """What a submission says about the act that it proposes; None for a delivery of records."""
    described: dict[str, Any] | None = canonical.loads(submission.options).get("act")
    return described


def signed(part: Part, deciders: Iterable[str]) -> Part | journal.DraftPart:
    """The part of a proposal as it is journalled: its lines name who decided."""
    if part.kind not in SIGNED:
        return part
    names = list(deciders)
    lines = [line | {"deciders": names} for line in journal.lines_of(bytes(part.body))]
    return journal.DraftPart(part.kind, [canonical.dumps(line) for line in lines])


def withdrawn(hazard: Any) -> bool:
    """Whether a hazard was voided, merged into another or split, and not brought back since."""
    return hazard.geometry_state in codes.WITHDRAWN


def ended(hazard: Any) -> LandAct | None:
    """The act by which a withdrawn hazard came to its end."""
    if not withdrawn(hazard):
        return None
    found = LandAct.objects.filter(hazard_uid=hazard.uid, act=hazard.geometry_state)
    return found.order_by("-seq", "-id").first()


def kin(act: LandAct) -> list[Any]:
    """The hazards that a hazard goes on in, or that went into it, in order of their reference."""
    uids = act.kin.split("|") if act.kin else []
    return list(Hazard.objects.filter(uid__in=uids).order_by("id"))


def told(act: LandAct, *, sees: Callable[[Any], bool] | None = None, people: bool = True) -> str:
    """What happened to a hazard, in one sentence: "was merged into HA-4 on 2024-05-01 by …".

    Parameters
    ----------
    sees
        Whether the reader sees another hazard; they see every one unless told otherwise.
    people
        Whether to say who decided, and the reason in their words.
    """
    kin_of = kin(act)
    names = [hazard.ref for hazard in kin_of if sees is None or sees(hazard)]
    if len(names) < len(kin_of):
        names.append("what is not shown here")
    named = ", ".join(names)
    what = {
        VOIDED: "was voided",
        MERGED: f"was merged into {named}",
        ABSORBED: f"was merged with {named}",
        SPLIT: f"was split into {named}",
        SPLIT_FROM: f"came of the split of {named}",
        EXTENDED: "was extended",
        RECLASSIFIED: "was reclassified",
        REOPENED: "was reopened",
    }[act.act]
    if not people:
        return f"{what} on {act.on} (journal entry {act.seq})"
    by = " and ".join(act.deciders.split("|"))
    return f"{what} on {act.on} by {by} (journal entry {act.seq}): {act.reason}"


def of_hazard(hazard: Any) -> list[LandAct]:
    """Every act on a hazard, oldest first."""
    return list(LandAct.objects.filter(hazard_uid=hazard.uid).order_by("seq", "id"))


def family(uids: Iterable[str]) -> set[str]:
    """Hazards together with those that they were merged with or split from or into, step by step:
    what one of them holds open depends on the others, and on nobody else."""
    found = set(uids)
    frontier = set(found)
    while frontier:
        reached: set[str] = set()
        for some in bulk.in_chunks(sorted(frontier)):
            for kin_of in LandAct.objects.filter(hazard_uid__in=some).values_list("kin", flat=True):
                reached |= set(kin_of.split("|")) - {""}
        frontier = reached - found
        found |= frontier
    return found


class FirstDays:
    """First day of hazards on the ground, which the record itself need not say.

    The present date of a record that has several versions is of the last of them, and a hazard
    that came of an act on another record has a date of information older than itself.
    """

    def __init__(self) -> None:
        past = HazardPast.objects.filter(version=1).values_list("uid", "date_start")
        self._past: dict[str, date | None] = dict(past.iterator(chunk_size=bulk.CHUNK))
        born = LandAct.objects.filter(version=1).values_list("hazard_uid", "on")
        self._born: dict[str, date | None] = dict(born)

    def of(self, uid: str, recorded: date | None) -> date | None:
        """First day of one hazard; None where it is not recorded, which counts always.

        Parameters
        ----------
        recorded
            Start of the date of information of the record.
        """
        if uid in self._born:
            return self._born[uid]
        first = self._past.get(uid, recorded)
        # A later version dated earlier says what the record should have said.
        return first if first is None or recorded is None else min(first, recorded)


def on_record(
    uids: Iterable[str],
    recorded: Iterable[date | None],
    states: Iterable[str | None],
    until: date | None,
) -> list[bool]:
    """Which hazards are on record at the end of a day and not voided, merged or split by then.

    Parameters
    ----------
    uids
        Ids of hazards.
    recorded, states
        Start of the date of information, and state of the geometry, of each.
    until
        The day; None for all that is known.
    """
    first = FirstDays()
    stood = {} if until is None else withdrawn_after(until)
    found = []
    for uid, day, state in zip(uids, recorded, states, strict=True):
        stands = state not in codes.WITHDRAWN or uid in stood
        # A data frame gives NaT or NaN for what is not recorded: neither equals itself.
        begun = first.of(uid, None if day is None or day != day else day)
        found.append(stands and (until is None or begun is None or begun <= until))
    return found


def withdrawn_after(day: date) -> dict[str, int | None]:
    """Hazards whose last withdrawal takes effect after a day, with the area they were measured at
    until then (None where it was not known): on that day they stood."""
    last: dict[str, LandAct] = {}
    for act in LandAct.objects.filter(act__in=codes.WITHDRAWN).order_by("seq", "id"):
        last[act.hazard_uid] = act
    later = {uid: act.version - 1 for uid, act in last.items() if act.on and act.on > day}
    return {
        row.uid: row.area_mm2
        for some in bulk.in_chunks(sorted(later))
        for row in HazardPast.objects.filter(uid__in=some).defer("plane")
        if row.version == later[row.uid]
    }


def recorded_at(act: LandAct) -> str:
    """Moment at which an act was decided."""
    return JournalEntry.objects.values_list("recorded_at", flat=True).get(seq=act.seq)


# --- what the ledger needs -----------------------------------------------------------------------


def versions(uids: set[str], many: int) -> dict[str, dict[int, LandAct]]:
    """The acts that brought about versions of hazards, by hazard and version.

    Parameters
    ----------
    uids
        Ids of hazards.
    many
        From this many ids on the table of acts, which is short, is read as a whole.
    """
    found: dict[str, dict[int, LandAct]] = defaultdict(dict)
    rows = LandAct.objects.filter(version__isnull=False)
    chunks = [rows] if len(uids) >= many else (
        rows.filter(hazard_uid__in=some) for some in bulk.in_chunks(sorted(uids))
    )  # fmt: skip
    for chunk in chunks:
        for act in chunk:
            if act.hazard_uid in uids:
                found[act.hazard_uid][act.version] = act
    return dict(found)
