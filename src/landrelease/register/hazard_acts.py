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
from typing import Any

from landrelease.land import overlay

from . import act_lines, act_plans, act_polygons, acts, codes, ground, states
from .act_lines import INHERITED
from .act_plans import Basis, Plan
from .act_polygons import Part
from .errors import DecisionRefused
from .submissions import Delivery


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
    hazard = act_plans.standing_hazard(ref)
    evidence = act_plans.evidence_of(basis, lowers=True)
    plan = act_plans.plan_of(
        "void", f"void {hazard.ref}", [hazard], basis, evidence, on=basis.on or act_plans.today()
    )
    act_plans.refuse_before_anything_later([hazard], plan.on)
    plan.records = [act_lines.withdrawn_line(hazard, acts.VOIDED)]
    plan.acts = [act_lines.act_on(plan, basis, acts.VOIDED, hazard)]
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
    absorber = act_plans.standing_hazard(into)
    others = [act_plans.standing_hazard(ref) for ref in dict.fromkeys(refs) if ref != into]
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
    evidence = act_plans.evidence_of(basis, lowers=True)
    title = f"merge {' '.join(h.ref for h in others)} into {absorber.ref}"
    plan = act_plans.plan_of(
        "merge", title, every, basis, evidence, on=basis.on or act_plans.today()
    )
    act_plans.refuse_before_anything_later(every, plan.on)
    held = ground.held_open([h.uid for h in every], plan.on)
    together = ground.union(held[h.uid].ground for h in every)
    if any(held[h.uid].ground.is_empty for h in others):
        names = ", ".join(h.ref for h in others if held[h.uid].ground.is_empty)
        raise DecisionRefused(f"{names} holds no open ground: there is nothing left to merge")
    changes = act_lines.boundary(absorber, together)
    if "CHA" in {h.type for h in every}:
        changes["type"] = "CHA"
    plan.records = [act_lines.changed_line(absorber, changes)]
    plan.acts = [act_lines.act_on(plan, basis, acts.ABSORBED, absorber, kin=others)]
    for hazard in others:
        plan.records.append(act_lines.withdrawn_line(hazard, acts.MERGED))
        plan.acts.append(act_lines.act_on(plan, basis, acts.MERGED, hazard, kin=[absorber]))
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
    hazard = act_plans.measured_hazard(ref)
    evidence = act_plans.evidence_of(basis, lowers=True)
    plan = act_plans.plan_of(
        "split", f"split {hazard.ref}", [hazard], basis, evidence, on=basis.on or act_plans.today()
    )
    act_plans.refuse_before_anything_later([hazard], plan.on)
    given = act_polygons.polygons_of(parts, plan)
    if len(given) < 2:
        raise DecisionRefused(
            f"{parts.path.name} holds one polygon; a split gives two parts or more"
        )
    held = ground.held_open([hazard.uid], plan.on)[hazard.uid]
    act_polygons.refuse_unless_tiled(hazard, held.ground, given)
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
    hazard = act_plans.measured_hazard(ref)
    if to not in codes.AREA_TYPES:
        raise DecisionRefused(f"a hazard is {' or '.join(codes.AREA_TYPES)}, not {to!r}")
    # What is not recorded is held as suspected.
    was = "CHA" if hazard.type == "CHA" else "SHA"
    if to == hazard.type or (part is not None and to == was):
        raise DecisionRefused(f"{hazard.ref} is {to} already")
    lowers = to != "CHA" and was == "CHA"
    evidence = act_plans.evidence_of(basis, lowers=lowers)
    title = f"reclassify {hazard.ref} to {to}"
    plan = act_plans.plan_of("reclassify", title, [hazard], basis, evidence)
    # A part is split off, and a split withdraws the record: two people, whichever way it goes.
    plan.two_people = lowers or part is not None
    act_plans.refuse_before_information(hazard, plan.on)
    held = ground.held_open([hazard.uid], plan.on)[hazard.uid]
    if held.ground.is_empty:
        raise DecisionRefused(f"{hazard.ref} holds no open ground on {plan.on}")
    if part is None:
        act_plans.refuse_if_classes_differ(hazard, held)
        changes = {
            **act_lines.boundary(hazard, held.ground),
            "type": to,
            "date": act_plans.day_of(plan.on),
        }
        plan.records = [act_lines.changed_line(hazard, changes)]
        plan.acts = [act_lines.act_on(plan, basis, acts.RECLASSIFIED, hazard)]
        return plan
    act_plans.refuse_before_anything_later([hazard], plan.on)
    chosen = ground.union(row.polygon for row in act_polygons.polygons_of(part, plan))
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
    plan.records.append(
        act_lines.record_line(
            uid, changed, states.content_hash(changed), was=act_lines.content(state)
        )
    )
    plan.acts.append(act_lines.act_line(plan, basis, acts.RECLASSIFIED, uid, version=2))
    return plan


def extend(ref: str, more: Delivery, basis: Basis) -> Plan:
    """Add ground to a hazard, on information of a day.

    Parameters
    ----------
    more
        Polygons of the further ground.
    """
    hazard = act_plans.standing_hazard(ref)
    evidence = act_plans.evidence_of(basis, lowers=False)
    plan = act_plans.plan_of("extend", f"extend {hazard.ref}", [hazard], basis, evidence)
    plan.two_people = False
    act_plans.refuse_before_information(hazard, plan.on)
    added = ground.union(row.polygon for row in act_polygons.polygons_of(more, plan))
    held = ground.held_open([hazard.uid], plan.on)[hazard.uid]
    act_plans.refuse_if_classes_differ(hazard, held)
    beyond = overlay.difference(added, held.ground)
    if beyond.area <= ground.rounding_mm2(beyond):
        raise DecisionRefused(
            f"{more.path.name} covers only ground that {hazard.ref} holds open already"
        )
    changes = act_lines.boundary(hazard, ground.union([held.ground, added]))
    if hazard.type == codes.INDICATION:
        changes["type"] = "SHA"  # With ground it is an area.
    plan.records = [act_lines.changed_line(hazard, changes | {"date": act_plans.day_of(plan.on)})]
    plan.acts = [act_lines.act_on(plan, basis, acts.EXTENDED, hazard)]
    return plan


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
            **{name: parent[name] for name in INHERITED if name in parent},
            **row.fields,
            "name": row.name,
            **act_lines.place(row.polygon),
        }
        classes = _classes_in(held, row.polygon)
        if parent.get("classes") and classes:
            state["classes"] = classes
        uid = act_lines.uid_of(row, "split", hazard, str(number))
        plan.records.append(act_lines.record_line(uid, state, act_lines.content(state), was=None))
        plan.acts.append(act_lines.act_line(plan, basis, acts.SPLIT_FROM, uid, 1, [hazard.uid]))
        born.append((uid, state))
    act_lines.refuse_known([uid for uid, _ in born])
    plan.records.append(act_lines.withdrawn_line(hazard, acts.SPLIT))
    uids = [uid for uid, _ in born]
    gone = act_lines.act_on(plan, basis, acts.SPLIT, hazard)
    plan.acts.append(gone | {"kin": uids})
    return born


def _classes_in(held: ground.Open, polygon: Any) -> list[str]:
    """Classes that are open somewhere in a polygon."""
    return sorted(
        name
        for name, where in held.by_class.items()
        if overlay.intersection(where, polygon).area > ground.rounding_mm2(polygon)
    )
