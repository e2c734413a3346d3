"""Polygons that somebody gives with an act, out of a file, through the checks of every delivery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from landrelease.land import vertices

from . import apply, assemble, bulk, canonical, ground
from .act_plans import Plan
from .errors import DecisionRefused
from .schema import RECORD_TYPES
from .submissions import Delivery


@dataclass(frozen=True)
class Part:
    """A polygon out of a file: its name, its plane geometry, and the other fields of its row."""

    name: str
    polygon: Any
    fields: dict[str, Any]


def refuse_unless_tiled(hazard: Any, whole: Any, parts: Sequence[Part]) -> None:
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


def polygons_of(delivery: Delivery, plan: Plan) -> list[Part]:
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
