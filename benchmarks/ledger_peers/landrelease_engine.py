"""Ours: the ledger of landrelease, with every discrepancy it finds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from . import RESULTS, Result


def run(folder: Path, threads: int) -> Result:
    """Load the GeoPackages, post all events, add up the lines."""
    import shapely
    from pyogrio.raw import read

    from landrelease import land

    def layer(name: str) -> tuple[np.ndarray, dict[str, Any]]:
        meta, _, wkb, fields = read(folder / f"{name}.gpkg")
        return shapely.from_wkb(wkb), dict(zip(meta["fields"], fields, strict=True))

    with ThreadPoolExecutor(threads) as pool:
        (polygons, hazards), (areas, activities) = pool.map(layer, ("hazards", "activities"))
    n, m = len(polygons), len(areas)
    nothing = np.full(n + m, "", dtype=object)

    def stacked(one: Any, other: Any) -> np.ndarray:
        return np.concatenate([one, other])

    mask = {code: land.class_mask(code.split("|")) for code in set(hazards["classes"].tolist())}
    named = {code: land.class_mask(code.split("|")) for code in set(activities["classes"].tolist())}
    uid = stacked(hazards["uid"], activities["uid"])
    events = land.Events(
        kind=np.repeat(np.array(["hazard", "release"], dtype=object), [n, m]),
        uid=uid,
        version=np.ones(n + m, dtype=np.int64),
        hazard=stacked(nothing[:n], activities["hazard"]),
        on=stacked(hazards["day"], activities["day"]).astype("datetime64[D]"),
        type=stacked(hazards["type"], nothing[:m]),
        result=stacked(nothing[:n], activities["result"]),
        classes=np.array(
            [mask[code] for code in hazards["classes"].tolist()]
            + [named[code] for code in activities["classes"].tolist()],
            dtype=np.uint8,
        ),
        polygon=stacked(polygons, areas),
        content_hash=uid,
        cause=nothing,
        extends=np.zeros(n + m, dtype=bool),
    )
    lines = land.post(events, validated=True, workers=threads).lines

    number = {name: at for at, name in enumerate(hazards["uid"].tolist())}
    of = np.array([number[name] for name in lines.hazard.tolist()], dtype=np.int64)
    in_any = (lines.scopes & 1) > 0
    sums = {
        name: _sums(lines, in_any, "claim_to", name, of, n)
        - _sums(lines, in_any, "claim_from", name, of, n)
        for name in (*RESULTS, "suspected", "confirmed")
    }
    total = land.balance(lines).total.accounts
    return Result.of_rows(
        {
            "uid": hazards["uid"],
            **{name: sums[name] for name in RESULTS},
            "open": sums["suspected"] + sums["confirmed"],
        },
        {name: float(total[name]) for name in ("suspected", "confirmed")},
    )


def _sums(lines: Any, chosen: np.ndarray, side: str, account: str, of: np.ndarray, n: int) -> Any:
    rows = np.flatnonzero(chosen & (getattr(lines, side) == account))
    out = np.zeros(n, dtype=np.int64)
    np.add.at(out, of[rows], lines.mm2[rows])
    return out
