"""Acts on hazards as two people of the authority decide them, on a survey report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from registering import ANNA, BEN, CLERK, figures, geojson, submit, table

from landrelease.exchange.deliveries import open_delivery
from landrelease.register import act_plans, balances, proposals
from landrelease.register.models import Hazard
from landrelease.register.schema import record_type

#: Area by which vertices rounded to the millimetre move the boundaries of these fields, mm2.
ROUNDING = 300_000

SURVEY = {"source_id": "D1", "title": "Survey report", "kind": "report"}


def survey_report(folder: Path) -> str:
    """A document that acts may rest on; gives its reference."""
    submit(table(folder / "documents.csv", [SURVEY]), "documents")
    return "DOC-1"


def basis(*evidence: str, reason: str = "survey", on: Any = None) -> act_plans.Basis:
    return act_plans.Basis(reason, evidence or ("DOC-1",), on)


def polygons(folder: Path, *rows: tuple[Any, dict[str, Any]], name: str = "parts.geojson") -> Any:
    """A file of polygons as the command opens it."""
    return open_delivery(geojson(folder / name, rows), record_type("hazards"))


def decided(make: Any, *people: Any) -> proposals.Outcome:
    """Let people consent to an act in turn, each making it anew as each runs the command anew."""
    for person in people or (ANNA, BEN):
        outcome = proposals.propose(make(), person, submitter=CLERK)
        if outcome.standing == "decided":
            break
    assert outcome.standing == "decided", outcome
    return outcome


def accounts() -> dict[str, int]:
    """Accounts of the programme; the identities of the ledger are held on the way."""
    found = figures.balance()
    assert found.residual_mm2 == 0
    assert abs(found.drift_mm2) <= int(found.notes["drift_bound_mm2"])
    names = (*balances.ACCOUNTS, "released_not_recorded")
    return {name: getattr(found.total, f"{name}_mm2") for name in names}


def moved(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {name: after[name] - before[name] for name in after if after[name] != before[name]}


def inside(effect: proposals.Effect) -> dict[str, int]:
    """What an effect says of the accounts that are land of the programme."""
    return {k: v for k, v in effect.ground.items() if k not in ("outside", "corrected")}


def hazard(ref: str) -> Any:
    return Hazard.objects.get(id=int(ref.removeprefix("HA-")))
