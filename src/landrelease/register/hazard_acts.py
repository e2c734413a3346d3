"""Preparing an act on a hazard: what would be written, by whom it must be decided, what it moves.

Each function here reads the state and gives a :class:`Plan`: the document that is kept as received
and the journal lines that would follow. Nothing is written. :mod:`.proposals` hands a plan in,
shows its effect, and lets people decide it.

What keeps the ground exact: a new version of a hazard is a statement about all of its polygon, and
would open again what was released inside. Every version made here therefore covers what the hazard
holds open at the end of the day on which it takes effect, and what the act adds, and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import shapely

from landrelease import land
from landrelease.land import overlay, vertices

from . import (
    acts,
    apply,
    assemble,
    bulk,
    canonical,
    clock,
    codes,
    ground,
    identity,
    released,
    states,
)
from .assemble import Finding
from .errors import DecisionRefused
from .models import (
    RECORDS,
    Activity,
    Document,
    Evidence,
    Hazard,
    HazardPast,
    Question,
    Release,
)
from .schema import RECORD_TYPES
from .submissions import Delivery

#: Fields of a hazard that say who reported it and what it is: a part inherits them.
_INHERITED = ("type", "classes", "date", "organisation", "unit", "document", "location_origin",
              "priority", "status")  # fmt: skip

#: Where a place is said to be: the boundary and what follows from it.
_PLACE = ("plane", "geometry_state", "geometry_hash", "area_mm2")


@dataclass
class Basis:
    """Why an act is done, and on what evidence (rule 4).

    Attributes
    ----------
    reason
        In words.
    evidence
        Short references of evidence items, documents, accidents or ordnance items.
    on
        Day from which it holds on the ground; None for the latest date of the evidence, or today
        where the act is about records rather than evidence.
    """

    reason: str
    evidence: Sequence[str] = ()
    on: date | None = None


@dataclass
class Plan:
    """An act as it would be written.

    Attributes
    ----------
    act
        ``void``, ``merge``, ``split``, ``reclassify``, ``extend``, ``reopen``, ``dismiss``; of a
        claim ``accept_claim``, ``reject_claim``, ``withdraw_claim``.
    title
        What it does, in a few words, as the name of the document that is kept.
    document
        What is kept as received, plain JSON.
    hazards
        Ids of the hazards that it is about.
    evidence
        Ids of the records it rests on.
    on
        Day on which it takes effect.
    records
        Journal lines of ``records/hazard``.
    evidence_records
        Journal lines of ``records/evidence``.
    acts, resolved, claims
        Journal lines of these kinds; the names of who decides are written in with the decision.
    two_people
        Whether it lowers caution and takes two people (rules 4 and 14).
    findings
        What the checks found in the polygons of a file.
    """

    act: str
    title: str
    document: dict[str, Any]
    hazards: list[str]
    evidence: list[str]
    on: date | None
    records: list[bytes] = field(default_factory=list)
    acts: list[dict[str, Any]] = field(default_factory=list)
    resolved: list[dict[str, Any]] = field(default_factory=list)
    two_people: bool = True
    findings: list[Finding] = field(default_factory=list)
    #: Kept files that belong to the document, by hash.
    attached: dict[str, bytes] = field(default_factory=dict)
    #: Type of the records that the submission is about.
    record_type: str = "hazard"
    evidence_records: list[bytes] = field(default_factory=list)
    claims: list[dict[str, Any]] = field(default_factory=list)


# --- the acts ------------------------------------------------------------------------------------


def void(ref: str, basis: Basis) -> Plan:
    """Withdraw a hazard recorded in error: a counter-entry for what it still holds open.

    Parameters
    ----------
    ref
        Short reference of the hazard.

    Raises
    ------
    DecisionRefused
        When it was withdrawn already, there is no evidence, or the day will not do.
    """
    hazard = standing_hazard(ref)
    evidence = _evidence(basis, lowers=True)
    plan = _plan("void", f"void {hazard.ref}", [hazard], basis, evidence, on=basis.on or _today())
    _refuse_before_anything_later([hazard], plan.on)
    plan.records = [_withdrawn_line(hazard, acts.VOIDED)]
    plan.acts = [_act(plan, basis, acts.VOIDED, hazard)]
    return plan


def merge(refs: Sequence[str], into: str, basis: Basis) -> Plan:
    """Let hazards go on as one of them; their ids stay, with what became of them (rule 10).

    Parameters
    ----------
    refs
        Short references of the hazards, two or more.
    into
        The one that goes on. Its boundary becomes the union of the ground that all hold open; it
        is confirmed where one of them is.

    Raises
    ------
    DecisionRefused
        When one has no measured boundary, or their contamination classes differ.
    """
    absorber = standing_hazard(into)
    others = [standing_hazard(ref) for ref in dict.fromkeys(refs) if ref != into]
    if not others:
        raise DecisionRefused("a merge takes two hazards or more: hazard merge HA-3 HA-4 --into")
    every = [absorber, *others]
    for hazard in every:
        if hazard.area_mm2 is None:
            raise DecisionRefused(
                f"{hazard.ref} has no measured boundary; give it one, or void it on evidence"
            )
    if len({hazard.classes for hazard in every}) > 1:
        told = "; ".join(f"{h.ref}: {h.classes or 'not recorded'}" for h in every)
        raise DecisionRefused(
            f"the contamination classes differ ({told}): one area would hold classes on ground "
            "where nobody recorded them. Correct the records first, or leave them apart"
        )
    evidence = _evidence(basis, lowers=True)
    title = f"merge {' '.join(h.ref for h in others)} into {absorber.ref}"
    plan = _plan("merge", title, every, basis, evidence, on=basis.on or _today())
    _refuse_before_anything_later(every, plan.on)
    held = ground.held_open([h.uid for h in every], plan.on)
    together = ground.union(held[h.uid].ground for h in every)
    if any(held[h.uid].ground.is_empty for h in others):
        names = ", ".join(h.ref for h in others if held[h.uid].ground.is_empty)
        raise DecisionRefused(f"{names} holds no open ground: there is nothing left to merge")
    changes = _boundary(absorber, together)
    if "CHA" in {h.type for h in every}:
        changes["type"] = "CHA"
    plan.records = [_changed_line(absorber, changes)]
    plan.acts = [_act(plan, basis, acts.ABSORBED, absorber, kin=others)]
    for hazard in others:
        plan.records.append(_withdrawn_line(hazard, acts.MERGED))
        plan.acts.append(_act(plan, basis, acts.MERGED, hazard, kin=[absorber]))
    return plan


def split(ref: str, parts: Delivery, basis: Basis) -> Plan:
    """Let a hazard go on as several, each under an id of its own (rule 10).

    Parameters
    ----------
    parts
        Polygons with names, rows as hazards. Together they must tile exactly the ground that the
        hazard holds open.

    Raises
    ------
    DecisionRefused
        Naming the area that no part covers, that lies outside, or that two parts cover.
    """
    hazard = _measured_hazard(ref)
    evidence = _evidence(basis, lowers=True)
    plan = _plan("split", f"split {hazard.ref}", [hazard], basis, evidence, on=basis.on or _today())
    _refuse_before_anything_later([hazard], plan.on)
    given = _polygons(parts, plan)
    if len(given) < 2:
        raise DecisionRefused(
            f"{parts.path.name} holds one polygon; a split gives two parts or more"
        )
    held = ground.held_open([hazard.uid], plan.on)[hazard.uid]
    _refuse_unless_tiled(hazard, held.ground, given)
    _split_into(plan, basis, hazard, held, given)
    return plan


def reclassify(ref: str, to: str, basis: Basis, part: Delivery | None = None) -> Plan:
    """Make a suspected hazardous area a confirmed one, or the other way round.

    Parameters
    ----------
    to
        ``CHA`` or ``SHA``. Towards SHA caution is lowered: two people, on evidence.
    part
        Polygon of the part that is reclassified; the hazard is split along it in the same
        decision.
    """
    hazard = _measured_hazard(ref)
    if to not in codes.AREA_TYPES:
        raise DecisionRefused(f"a hazard is {' or '.join(codes.AREA_TYPES)}, not {to!r}")
    # What is not recorded is held as suspected.
    was = "CHA" if hazard.type == "CHA" else "SHA"
    if to == hazard.type or (part is not None and to == was):
        raise DecisionRefused(f"{hazard.ref} is {to} already")
    lowers = to != "CHA" and was == "CHA"
    evidence = _evidence(basis, lowers=lowers)
    title = f"reclassify {hazard.ref} to {to}"
    plan = _plan("reclassify", title, [hazard], basis, evidence)
    # A part is split off, and a split withdraws the record: two people, whichever way it goes.
    plan.two_people = lowers or part is not None
    _refuse_before_information(hazard, plan.on)
    held = ground.held_open([hazard.uid], plan.on)[hazard.uid]
    if held.ground.is_empty:
        raise DecisionRefused(f"{hazard.ref} holds no open ground on {plan.on}")
    if part is None:
        _refuse_if_classes_differ(hazard, held)
        changes = {**_boundary(hazard, held.ground), "type": to, "date": _day_of(plan.on)}
        plan.records = [_changed_line(hazard, changes)]
        plan.acts = [_act(plan, basis, acts.RECLASSIFIED, hazard)]
        return plan
    _refuse_before_anything_later([hazard], plan.on)
    chosen = ground.union(row.polygon for row in _polygons(part, plan))
    inside = overlay.intersection(held.ground, chosen)
    rest = overlay.difference(held.ground, chosen)
    if inside.area <= ground.rounding_mm2(inside):
        raise DecisionRefused(f"the part covers nothing that {hazard.ref} holds open")
    if rest.area <= ground.rounding_mm2(rest):
        raise DecisionRefused(
            f"the part covers all that {hazard.ref} holds open: reclassify it without --part"
        )
    name = hazard.name or hazard.source_id or hazard.ref
    rows = [
        Part(f"{name} ({to})", ground.whole_millimetres(inside), {}),
        Part(f"{name} (rest)", ground.whole_millimetres(rest), {}),
    ]
    born = _split_into(plan, basis, hazard, held, rows)
    uid, state = born[0]
    changed = {**state, "type": to}
    plan.records.append(_line(uid, changed, states.content_hash(changed), was=_content(state)))
    plan.acts.append(_act_line(plan, basis, acts.RECLASSIFIED, uid, version=2))
    return plan


def extend(ref: str, more: Delivery, basis: Basis) -> Plan:
    """Add ground to a hazard, on information of a day.

    Parameters
    ----------
    more
        Polygons of the further ground.
    """
    hazard = standing_hazard(ref)
    evidence = _evidence(basis, lowers=False)
    plan = _plan("extend", f"extend {hazard.ref}", [hazard], basis, evidence)
    plan.two_people = False
    _refuse_before_information(hazard, plan.on)
    added = ground.union(row.polygon for row in _polygons(more, plan))
    held = ground.held_open([hazard.uid], plan.on)[hazard.uid]
    _refuse_if_classes_differ(hazard, held)
    beyond = overlay.difference(added, held.ground)
    if beyond.area <= ground.rounding_mm2(beyond):
        raise DecisionRefused(
            f"{more.path.name} covers only ground that {hazard.ref} holds open already"
        )
    changes = _boundary(hazard, ground.union([held.ground, added]))
    if hazard.type == codes.INDICATION:
        changes["type"] = "SHA"  # With ground it is an area.
    plan.records = [_changed_line(hazard, changes | {"date": _day_of(plan.on)})]
    plan.acts = [_act(plan, basis, acts.EXTENDED, hazard)]
    return plan


def reopen(ref: str, basis: Basis, part: Delivery | None = None) -> Plan:
    """Open released land again, on evidence that came after the release (rule 6).

    Parameters
    ----------
    ref
        Short reference of the activity on which land was released.
    part
        Polygons to which it is limited; all that the activity released by default.
    """
    activity = by_ref(ref, "activity")
    release = Release.objects.filter(activity_uid=activity.uid).first()
    if release is None:
        raise DecisionRefused(f"no land was released on {ref}")
    evidence = _evidence(basis, lowers=False)
    if not evidence:
        raise DecisionRefused("land is reopened on new evidence: name it with --evidence EV-1")
    hazard = Hazard.objects.filter(uid=release.hazard_uid or "").first()
    plan = _plan("reopen", f"reopen {activity.ref}", [hazard] if hazard else [], basis, evidence)
    plan.document["activity"] = activity.ref
    plan.two_people = False
    if activity.date_end is not None and plan.on is not None and plan.on < activity.date_end:
        raise DecisionRefused(
            f"the evidence is of {plan.on}, before the release of {activity.date_end}; where it "
            "was not known to those who decided, say from which day it counts (--on)"
        )
    stands = released.by_activity([activity.uid])[activity.uid]
    freed = stands.together()
    if part is not None:
        freed = overlay.intersection(
            freed, ground.union(row.polygon for row in _polygons(part, plan))
        )
    standing = hazard is not None and not acts.withdrawn(hazard)
    held = ground.Open()
    if standing:
        held = ground.held_open([hazard.uid], plan.on)[hazard.uid]
    if freed.area <= ground.rounding_mm2(freed):
        raise DecisionRefused(f"none of this land stands released by {activity.ref}")
    if standing and not held.classes_differ:
        _refuse_before_information(hazard, plan.on)
        changes = _boundary(hazard, ground.union([held.ground, freed]))
        plan.records = [_changed_line(hazard, changes | {"date": _day_of(plan.on)})]
        plan.acts = [_act(plan, basis, acts.REOPENED, hazard, activity=activity)]
    else:
        # There is no record left to carry it, or one that holds its classes on different ground:
        # the reopened land is a hazard of its own.
        _new_hazard(plan, basis, activity, hazard, freed, stands.classes(freed))
    plan.resolved = [
        _resolved(question, f"reopened: {basis.reason}")
        for question in Question.objects.filter(
            activity_uid=activity.uid, cause_uid__in=plan.evidence, resolved_seq__isnull=True
        ).order_by("id")
    ]
    return plan


def question(ref: str) -> Question:
    """The question with a short reference such as ``Q-3``.

    Raises
    ------
    DecisionRefused
        When no question is called so.
    """
    prefix, _, number = ref.strip().partition("-")
    found = None
    if prefix == "Q" and number.isdecimal():
        found = Question.objects.filter(id=int(number)).first()
    if found is None:
        raise DecisionRefused(f"no question is called {ref!r} (references look like Q-3)")
    return found


def reopen_in_question(question: Question, basis: Basis, part: Delivery | None = None) -> Plan:
    """Reopen the land that a question is about, on what raised it."""
    if question.resolved_seq is not None:
        raise DecisionRefused(f"the question is resolved already: {question.resolution}")
    cause = RECORDS[question.cause_type].objects.get(uid=question.cause_uid)
    activity = Activity.objects.get(uid=question.activity_uid)
    if part is None and released_ground(activity).is_empty:
        return _open_already(question, activity, cause, basis)
    # What was withdrawn is evidence of nothing; the land may still be reopened on other evidence.
    own = [] if getattr(cause, "standing", None) == "withdrawn" else [cause.ref]
    evidence = list(dict.fromkeys([*own, *basis.evidence]))
    plan = reopen(activity.ref, Basis(basis.reason, evidence, basis.on), part)
    if not own:
        plan.resolved.append(_resolved(question, f"reopened: {basis.reason}"))
    return plan


def _open_already(question: Question, activity: Any, cause: Any, basis: Basis) -> Plan:
    """Settle a question about land that was opened again in another way: it moves nothing."""
    hazard = Hazard.objects.filter(uid=question.hazard_uid or "").first()
    title = f"settle the question of {cause.ref} on {activity.ref}"
    on_what = [(cause.uid, cause), *_evidence(basis, lowers=False)]
    plan = _plan("settle", title, [hazard] if hazard else [], basis, on_what)
    plan.two_people = False
    plan.document |= {"activity": activity.ref, "cause": cause.ref}
    plan.resolved = [_resolved(question, f"open again already: {basis.reason}")]
    return plan


def _resolved(question: Question, resolution: str) -> dict[str, Any]:
    return {
        "activity": question.activity_uid,
        "cause": question.cause_uid,
        "deciders": [],
        "resolution": resolution,
    }


def dismiss(question: Question, basis: Basis) -> Plan:
    """Decide that what raised a question does not put the release in doubt: two people."""
    if question.resolved_seq is not None:
        raise DecisionRefused(f"the question is resolved already: {question.resolution}")
    evidence = _evidence(basis, lowers=True)
    if {uid for uid, _ in evidence} <= {question.cause_uid}:
        raise DecisionRefused(
            "what raised the question cannot be the evidence that dismisses it; name the survey "
            "or the document that does"
        )
    activity = Activity.objects.get(uid=question.activity_uid)
    cause = RECORDS[question.cause_type].objects.get(uid=question.cause_uid)
    hazard = Hazard.objects.filter(uid=question.hazard_uid or "").first()
    title = f"dismiss the question of {cause.ref} on {activity.ref}"
    plan = _plan("dismiss", title, [hazard] if hazard else [], basis, evidence, on=_today())
    plan.document |= {"activity": activity.ref, "cause": cause.ref}
    plan.resolved = [_resolved(question, f"dismissed: {basis.reason}")]
    return plan


# --- what acts are about -------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """A polygon out of a file: its name, its plane geometry, and the other fields of its row."""

    name: str
    polygon: Any
    fields: dict[str, Any]


def by_ref(ref: str, *record_types: str) -> Any:
    """The record with a short reference such as ``HA-12``.

    Raises
    ------
    DecisionRefused
        When nothing, or a record of another type, is called so.
    """
    prefix, _, number = ref.strip().partition("-")
    for name in record_types:
        model = RECORDS[name]
        if prefix == model.schema.prefix and number.isdecimal():
            record = model.objects.filter(id=int(number)).first()
            if record is not None:
                return record
    kinds = " or ".join(RECORD_TYPES[name].label.lower() for name in record_types)
    like = ", ".join(f"{RECORD_TYPES[name].prefix}-12" for name in record_types)
    raise DecisionRefused(f"no {kinds} is called {ref!r} (references look like {like})")


def released_ground(activity: Any) -> Any:
    """Ground that stands released by an activity, in any class."""
    return released.by_activity([activity.uid])[activity.uid].together()


def standing_hazard(ref: str) -> Any:
    """The hazard with a short reference.

    Raises
    ------
    DecisionRefused
        When none is called so, or it was voided, merged or split; says what became of it.
    """
    hazard = by_ref(ref, "hazard")
    if acts.withdrawn(hazard):
        end = acts.ended(hazard)
        raise DecisionRefused(f"{hazard.ref} {acts.told(end) if end else 'was withdrawn'}")
    return hazard


def _measured_hazard(ref: str) -> Any:
    hazard = standing_hazard(ref)
    if hazard.area_mm2 is None:
        raise DecisionRefused(f"{hazard.ref} has no measured boundary")
    return hazard


def _today() -> date:
    return date.fromisoformat(clock.now()[:10])


def _day_of(on: date | None) -> dict[str, str] | None:
    return None if on is None else {"start": on.isoformat(), "end": on.isoformat()}


#: What an act may rest on.
_EVIDENCE_TYPES = ("evidence", "document", "accident", "ordnance")


def _evidence(basis: Basis, *, lowers: bool) -> list[tuple[str, Any]]:
    """The records an act rests on, by id."""
    if not basis.reason.strip():
        raise DecisionRefused("an act on a hazard needs a reason")
    found = [by_ref(ref, *_EVIDENCE_TYPES) for ref in dict.fromkeys(basis.evidence)]
    for record in found:
        if getattr(record, "standing", None) == "withdrawn":
            raise DecisionRefused(f"{record.ref} was withdrawn and is evidence of nothing any more")
    if lowers and not found:
        raise DecisionRefused(
            "this lowers caution and needs evidence as a release does (rule 4): name evidence "
            "items or documents, --evidence EV-1 --evidence DOC-2"
        )
    if lowers and all(_is_press(record) for record in found):
        raise DecisionRefused(
            "a press or social-media claim, or any claim out of a report, is never evidence for "
            "lowering caution (rule 20): "
            "name a survey, a record or a decision"
        )
    return [(record.uid, record) for record in found]


def _is_press(record: Any) -> bool:
    if isinstance(record, Document):
        return bool(record.kind == "news")
    if isinstance(record, Evidence):
        return bool(
            record.kind == "press_or_social_media" or record.channel == "media" or record.claim
        )
    return False


def _plan(
    act: str,
    title: str,
    hazards: Sequence[Any],
    basis: Basis,
    evidence: list[tuple[str, Any]],
    on: date | None = None,
) -> Plan:
    days = [_information_day(record) for _, record in evidence]
    known = [day for day in days if day is not None]
    on = on or basis.on or max(known, default=_today())
    if on > _today():
        raise DecisionRefused(f"{on} has not come yet: an act takes effect on a day that has")
    document = {
        "act": act,
        "evidence": [record.ref for _, record in evidence],
        # With the state in it a proposal is one about a known state, and no other.
        "hazards": [{"ref": h.ref, "state": h.content} for h in hazards],
        "on": None if basis.on is None else basis.on.isoformat(),
        "reason": basis.reason.strip(),
    }
    return Plan(
        act, title, document, [h.uid for h in hazards], [uid for uid, _ in evidence], on
    )  # fmt: skip


def _information_day(record: Any) -> date | None:
    for name in ("date_end", "date_start", "published_end"):
        day = getattr(record, name, None)
        if day is not None:
            return min(day, _today())
    return None


def _refuse_before_information(hazard: Any, on: date | None) -> None:
    """A version that were dated before the present one would replace it altogether."""
    latest = _latest_version_day(hazard)
    if on is not None and latest is not None and on < latest:
        raise DecisionRefused(
            f"{hazard.ref} has information of {latest}, later than {on}: say from which day on "
            "this holds (--on)"
        )


def _refuse_before_anything_later(hazards: Sequence[Any], on: date | None) -> None:
    """What moved land after the day of a withdrawal would find none to move."""
    for hazard in hazards:
        _refuse_before_information(hazard, on)
        activities = Release.objects.filter(hazard_uid=hazard.uid).values("activity_uid")
        later = (
            Activity.objects.filter(uid__in=activities, date_end__gt=on).order_by("-date_end")
            if on
            else Activity.objects.none()
        )
        for activity in later[:1]:
            raise DecisionRefused(
                f"land of {hazard.ref} was released by {activity.ref} on {activity.date_end}, "
                f"later than {on}: say from which later day on this holds (--on)"
            )


def _latest_version_day(hazard: Any) -> date | None:
    of_acts = [act.on for act in acts.of_hazard(hazard) if act.version is not None]
    past = HazardPast.objects.filter(uid=hazard.uid).values_list("date_start", flat=True)
    days = [day for day in (*of_acts, *past, hazard.date_start) if day is not None]
    return max(days, default=None)


def _refuse_if_classes_differ(hazard: Any, held: ground.Open) -> None:
    if held.classes_differ:
        raise DecisionRefused(
            f"{hazard.ref} is open for some classes on one part of its ground and for others on "
            "another: split it along the ground that was released first"
        )


def _refuse_unless_tiled(hazard: Any, whole: Any, parts: Sequence[Part]) -> None:
    found = ground.tiling(whole, bulk.objects([part.polygon for part in parts]))
    if found.exact:
        return
    wrong = [
        f"{area / 1e6:,.2f} m2 {what}"
        for area, what in (
            (found.uncovered, "of its open ground in no part"),
            (found.excess, "outside its open ground"),
            (found.twice, "in more than one part"),
        )
        if area > found.allowed
    ]
    raise DecisionRefused(
        f"the parts do not tile what {hazard.ref} holds open ({whole.area / 1e6:,.2f} m2): "
        f"{', '.join(wrong)}"
    )


# --- polygons of a file --------------------------------------------------------------------------


def _polygons(delivery: Delivery, plan: Plan) -> list[Part]:
    """Polygons of a file, through the checks every delivery passes; kept with the document."""
    plane = apply.programme_plane()
    assert plane is not None, "a hazard with a boundary was recorded, so the centre is fixed"
    incoming = assemble.assemble(
        RECORD_TYPES["hazard"],
        delivery.batches,
        plane_for=lambda _: plane,
        repair=False,
        progress=lambda *_: None,
    )
    plan.findings += incoming.findings
    name = delivery.path.name
    if not len(incoming):
        raise DecisionRefused(f"{name} holds no usable polygon")
    bad = [i for i, state in enumerate(incoming.geometry_states) if state != "valid"]
    if bad or incoming.rejected:
        rows = ", ".join(
            str(row)
            for row in (*(incoming.rows[i] for i in bad), *(r.row for r in incoming.rejected))
        )
        raise DecisionRefused(
            f"{name}, row {rows}: no valid polygon; correct it at its source, a decision about "
            "ground is never taken on a repaired outline"
        )
    data = delivery.path.read_bytes()
    digest = canonical.sha256(data)
    plan.attached[digest] = data
    plan.document["file"] = {
        "name": name,
        "namespace": delivery.namespace,
        "polygons": [
            canonical.loads(canonical.dumps(encoded))
            for encoded in vertices.encode(incoming.planar)
        ],
        "sha256": digest,
        "source": delivery.source,
    }
    rows = []
    for i, polygon in enumerate(incoming.planar.tolist()):
        fields = {
            key: values[i]
            for key, values in incoming.fields.items()
            if values[i] is not None and key in ("name", "source_id", "declared_m2", "remarks")
        }
        if "source_id" in fields:
            fields["namespace"] = delivery.namespace
        rows.append(Part(fields.get("name") or f"part {i + 1}", polygon, fields))
    return rows


# --- journal lines -------------------------------------------------------------------------------


def _place(polygon: Any, state: str = "valid") -> dict[str, Any]:
    """Fields of a state that say where it is."""
    one = bulk.objects([polygon])
    return {
        "area_mm2": str(int(land.book(shapely.area(one))[0])),
        "geometry_hash": str(land.geometry_hash(one)[0]),
        "geometry_state": state,
        "plane": canonical.loads(canonical.dumps(vertices.encode(one)[0])),
    }


def _boundary(hazard: Any, wanted: Any) -> dict[str, Any]:
    """Place fields for some ground of a hazard, by a boundary it had before where it is that."""
    past = HazardPast.objects.filter(uid=hazard.uid, area_mm2__isnull=False).order_by("-version")
    known = [shapely.from_wkb(bytes(row.plane)) for row in past]
    now = ground.of_plane(hazard)
    rounded = ground.whole_millimetres(wanted, [now, *known] if not now.is_empty else known)
    if rounded is now:
        return {name: value for name, value in states.of_record(hazard).items() if name in _PLACE}
    return _place(rounded)


def _changed_line(hazard: Any, changes: dict[str, Any]) -> bytes:
    state = {**states.of_record(hazard), **changes}
    return _line(hazard.uid, state, hazard.received, was=hazard.content)


def _withdrawn_line(hazard: Any, how: str) -> bytes:
    """The record without its boundary; the boundary it had stays among its versions."""
    state = {k: v for k, v in states.of_record(hazard).items() if k not in _PLACE}
    return _line(hazard.uid, state | {"geometry_state": how}, hazard.received, was=hazard.content)


def _line(uid: str, state: dict[str, Any], received: str, was: str | None) -> bytes:
    state = {name: value for name, value in state.items() if value is not None}
    line = {
        "content": states.content_hash(state),
        "do": "create" if was is None else "update",
        "received": received,
        "state": state,
        "uid": uid,
    }
    return canonical.dumps(line if was is None else line | {"anew": True, "was": was})


def _content(state: dict[str, Any]) -> str:
    return states.content_hash({name: v for name, v in state.items() if v is not None})


def _act(
    plan: Plan,
    basis: Basis,
    act: str,
    hazard: Any,
    *,
    kin: Sequence[Any] = (),
    activity: Any = None,
) -> dict[str, Any]:
    # The change takes the present state among the past ones, so the new version is one further.
    version = HazardPast.objects.filter(uid=hazard.uid).count() + 2
    return _act_line(plan, basis, act, hazard.uid, version, [h.uid for h in kin], activity)


def _act_line(
    plan: Plan,
    basis: Basis,
    act: str,
    uid: str,
    version: int | None,
    kin: Sequence[str] = (),
    activity: Any = None,
) -> dict[str, Any]:
    return {
        "act": act,
        "activity": "" if activity is None else activity.uid,
        "deciders": [],
        "evidence": plan.evidence,
        "hazard": uid,
        "kin": list(kin),
        "on": None if plan.on is None else plan.on.isoformat(),
        "reason": basis.reason.strip(),
        "version": version,
    }


def _split_into(
    plan: Plan, basis: Basis, hazard: Any, held: ground.Open, rows: Sequence[Part]
) -> list[tuple[str, dict[str, Any]]]:
    """Write the parts as hazards and withdraw the hazard; gives ids and states of the parts."""
    parent = states.of_record(hazard)
    born = []
    for number, row in enumerate(rows, 1):
        state = {
            "namespace": parent.get("namespace", ""),
            "source": parent.get("source", ""),
            **{name: parent[name] for name in _INHERITED if name in parent},
            **row.fields,
            "name": row.name,
            **_place(row.polygon),
        }
        classes = _classes_in(held, row.polygon)
        if parent.get("classes") and classes:
            state["classes"] = classes
        uid = _uid_of(row, "split", hazard, str(number))
        plan.records.append(_line(uid, state, _content(state), was=None))
        plan.acts.append(_act_line(plan, basis, acts.SPLIT_FROM, uid, 1, [hazard.uid]))
        born.append((uid, state))
    _refuse_known([uid for uid, _ in born])
    plan.records.append(_withdrawn_line(hazard, acts.SPLIT))
    uids = [uid for uid, _ in born]
    gone = _act(plan, basis, acts.SPLIT, hazard)
    plan.acts.append(gone | {"kin": uids})
    return born


def _classes_in(held: ground.Open, polygon: Any) -> list[str]:
    """Classes that are open somewhere in a polygon."""
    return sorted(
        name
        for name, where in held.by_class.items()
        if overlay.intersection(where, polygon).area > ground.rounding_mm2(polygon)
    )


def _new_hazard(
    plan: Plan, basis: Basis, activity: Any, hazard: Any, freed: Any, classes: list[str]
) -> None:
    """Write reopened land as a hazard of the classes that were released on it."""
    parent = {} if hazard is None else states.of_record(hazard)
    of_activity = states.of_record(activity)
    about = parent or of_activity
    state = {
        **{name: parent[name] for name in _INHERITED if name in parent and name != "status"},
        "namespace": about.get("namespace", ""),
        "source": about.get("source", ""),
        "name": f"Reopened from {activity.ref}",
        "date": _day_of(plan.on),
        **_place(ground.whole_millimetres(freed)),
    }
    state.pop("classes", None)
    if classes:
        state["classes"] = classes
    uid = _uid_of(Part("", None, {}), "reopen", activity, *plan.evidence)
    _refuse_known([uid])
    plan.records = [_line(uid, state, _content(state), was=None)]
    plan.acts = [
        _act_line(plan, basis, acts.REOPENED, uid, 1, [hazard.uid] if hazard else [], activity)
    ]


def _uid_of(row: Part, act: str, record: Any, *distinguishing: str) -> str:
    """Id of a hazard that an act brings about: by its key where the file gives one."""
    if "source_id" in row.fields:
        return identity.keyed("hazard", row.fields["namespace"], row.fields["source_id"])
    parts = ["act", act, record.uid, record.content, *distinguishing]
    return canonical.short_hash("".join(f"{len(part)}:{part}" for part in parts).encode())


def _refuse_known(uids: Sequence[str]) -> None:
    known = Hazard.objects.filter(uid__in=uids).order_by("id").first()
    if known is not None or len(set(uids)) < len(uids):
        bears = "two parts bear one id" if known is None else f"{known.ref} bears the id of a part"
        raise DecisionRefused(f"{bears}; give each part an id of its own, or none")
