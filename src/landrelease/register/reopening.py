"""Opening released land again, and dismissing what puts it in question (rule 6).

A question is raised by evidence that came after a release (:mod:`.questions`); people settle it by
an act of these, prepared as those of :mod:`.hazard_acts` are.
"""

from __future__ import annotations

from typing import Any

from landrelease.land import overlay

from . import act_lines, act_plans, act_polygons, acts, ground, references, released, states
from .act_lines import INHERITED
from .act_plans import Basis, Plan
from .act_polygons import Part
from .errors import DecisionRefused
from .models import RECORDS, Activity, Hazard, Question, Release
from .submissions import Delivery


def reopen(ref: str, basis: Basis, part: Delivery | None = None) -> Plan:
    """Open released land again, on evidence that came after the release (rule 6).

    Parameters
    ----------
    ref
        Short reference of the activity on which land was released.
    part
        Polygons to which it is limited; all that the activity released by default.
    """
    activity = references.by_ref(ref, "activity")
    release = Release.objects.filter(activity_uid=activity.uid).first()
    if release is None:
        raise DecisionRefused(f"no land was released on {ref}")
    evidence = act_plans.evidence_of(basis, lowers=False)
    if not evidence:
        raise DecisionRefused("land is reopened on new evidence: name it with --evidence EV-1")
    hazard = Hazard.objects.filter(uid=release.hazard_uid or "").first()
    plan = act_plans.plan_of(
        "reopen", f"reopen {activity.ref}", [hazard] if hazard else [], basis, evidence
    )
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
            freed, ground.union(row.polygon for row in act_polygons.polygons_of(part, plan))
        )
    standing = hazard is not None and not acts.withdrawn(hazard)
    held = ground.Open()
    if standing:
        held = ground.held_open([hazard.uid], plan.on)[hazard.uid]
    if freed.area <= ground.rounding_mm2(freed):
        raise DecisionRefused(f"none of this land stands released by {activity.ref}")
    if standing and not held.classes_differ:
        act_plans.refuse_before_information(hazard, plan.on)
        changes = act_lines.boundary(hazard, ground.union([held.ground, freed]))
        plan.records = [
            act_lines.changed_line(hazard, changes | {"date": act_plans.day_of(plan.on)})
        ]
        plan.acts = [act_lines.act_on(plan, basis, acts.REOPENED, hazard, activity=activity)]
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


def question_called(ref: str) -> Question:
    """The question with a short reference such as ``Q-3``.

    Raises
    ------
    DecisionRefused
        When no question is called so.
    """
    number = references.numbered("Q", ref)
    found = None if number is None else Question.objects.filter(id=number).first()
    if found is None:
        raise references.unknown(ref, {"Q": "question"})
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
    on_what = [(cause.uid, cause), *act_plans.evidence_of(basis, lowers=False)]
    plan = act_plans.plan_of("settle", title, [hazard] if hazard else [], basis, on_what)
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
    evidence = act_plans.evidence_of(basis, lowers=True)
    if {uid for uid, _ in evidence} <= {question.cause_uid}:
        raise DecisionRefused(
            "what raised the question cannot be the evidence that dismisses it; name the survey "
            "or the document that does"
        )
    activity = Activity.objects.get(uid=question.activity_uid)
    cause = RECORDS[question.cause_type].objects.get(uid=question.cause_uid)
    hazard = Hazard.objects.filter(uid=question.hazard_uid or "").first()
    title = f"dismiss the question of {cause.ref} on {activity.ref}"
    plan = act_plans.plan_of(
        "dismiss", title, [hazard] if hazard else [], basis, evidence, on=act_plans.today()
    )
    plan.document |= {"activity": activity.ref, "cause": cause.ref}
    plan.resolved = [_resolved(question, f"dismissed: {basis.reason}")]
    return plan


def released_ground(activity: Any) -> Any:
    """Ground that stands released by an activity, in any class."""
    return released.by_activity([activity.uid])[activity.uid].together()


def _new_hazard(
    plan: Plan, basis: Basis, activity: Any, hazard: Any, freed: Any, classes: list[str]
) -> None:
    """Write reopened land as a hazard of the classes that were released on it."""
    parent = {} if hazard is None else states.of_record(hazard)
    of_activity = states.of_record(activity)
    about = parent or of_activity
    state = {
        **{name: parent[name] for name in INHERITED if name in parent and name != "status"},
        "namespace": about.get("namespace", ""),
        "source": about.get("source", ""),
        "name": f"Reopened from {activity.ref}",
        "date": act_plans.day_of(plan.on),
        **act_lines.place(ground.whole_millimetres(freed)),
    }
    state.pop("classes", None)
    if classes:
        state["classes"] = classes
    uid = act_lines.uid_of(Part("", None, {}), "reopen", activity, *plan.evidence)
    act_lines.refuse_known([uid])
    plan.records = [act_lines.record_line(uid, state, act_lines.content(state), was=None)]
    plan.acts = [
        act_lines.act_line(
            plan, basis, acts.REOPENED, uid, 1, [hazard.uid] if hazard else [], activity
        )
    ]
