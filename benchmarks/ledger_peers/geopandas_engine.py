"""GeoPandas: frames, and the array functions of Shapely in threads where GeoPandas has one."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from . import RESULTS, Result


def run(folder: Path, threads: int) -> Result:
    """Overlay as frames, unions as collections by group."""
    import geopandas
    import shapely

    pool = ThreadPoolExecutor(threads)

    def spread(operation: Callable[..., Any], *columns: np.ndarray) -> np.ndarray:
        pieces = 64 * threads
        chunks = zip(*(np.array_split(column, pieces) for column in columns), strict=True)
        return np.concatenate(list(pool.map(lambda chunk: operation(*chunk), chunks)))

    def united(geometry: np.ndarray, group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """One geometry for each group; groups are sorted."""
        names, starts, size = np.unique(group, return_index=True, return_counts=True)
        out = geometry[starts].copy()
        several = np.flatnonzero(size > 1)
        member = np.isin(group, names[several])
        _, index = np.unique(group[member], return_inverse=True)
        parts, owner = shapely.get_parts(geometry[member], return_index=True)
        collections = shapely.geometrycollections(parts, indices=index[owner])
        out[several] = spread(lambda some: shapely.union_all(some[:, None], axis=1), collections)
        return names, out

    hazards = geopandas.read_file(folder / "hazards.gpkg")
    activities = geopandas.read_file(folder / "activities.gpkg")
    place = {uid: at for at, uid in enumerate(hazards["uid"])}
    activities["place"] = activities["hazard"].map(place)
    activities = activities.sort_values(["place", "day", "uid"], kind="stable")
    ground = hazards.geometry.to_numpy()
    place_of = activities["place"].to_numpy()
    covers = activities.geometry.to_numpy()

    piece = spread(shapely.intersection, ground[place_of], covers)
    some = ~shapely.is_empty(piece)
    piece, owner = piece[some], place_of[some]
    result = activities["result"].to_numpy()[some]
    area = shapely.area(piece)

    # What an earlier activity took of a piece is taken off.
    first = np.searchsorted(owner, owner)
    earlier = np.arange(len(owner)) - first
    later = np.repeat(np.arange(len(owner)), earlier)
    before = np.concatenate([np.arange(a, a + n) for a, n in zip(first, earlier, strict=True) if n])
    meets = shapely.intersects(piece[later], piece[before])
    rows, taken = united(piece[before[meets]], later[meets])
    area[rows] -= shapely.area(spread(shapely.intersection, piece[rows], taken))
    released = np.zeros((len(hazards), len(RESULTS)))
    for column, name in enumerate(RESULTS):
        np.add.at(released[:, column], owner[result == name], area[result == name])

    worked, union = united(piece, owner)
    still_open = ground.copy()
    still_open[worked] = spread(shapely.difference, ground[worked], union)

    # Where open hazards overlap, ground counts for the confirmed one, else for the first.
    confirmed = (hazards["type"] == "CHA").to_numpy()
    rank = np.empty(len(hazards), dtype=np.int64)
    rank[np.lexsort((hazards["uid"].to_numpy().astype(str), ~confirmed))] = np.arange(len(hazards))
    opened = geopandas.GeoSeries(still_open)
    one, other = opened.sindex.query(opened, predicate="intersects")
    keep = rank[other] < rank[one]
    one, other = one[keep], other[keep]
    order = np.argsort(one, kind="stable")
    once = shapely.area(still_open)
    rows, before_it = united(still_open[other[order]], one[order])
    once[rows] -= shapely.area(spread(shapely.intersection, still_open[rows], before_it))
    return Result.of_rows(
        {
            "uid": hazards["uid"].to_numpy(),
            **{name: released[:, column] for column, name in enumerate(RESULTS)},
            "open": shapely.area(still_open),
        },
        {"confirmed": once[confirmed].sum(), "suspected": once[~confirmed].sum()},
    )
