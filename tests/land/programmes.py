"""Random programmes for hypothesis: rectilinear ones for the oracle, nasty ones for the books."""

from __future__ import annotations

import shapely
from hypothesis import strategies as st

from .oracle import CLASSES, SIDE, GridEvent, day

few_classes = st.sets(st.sampled_from(("ap", "av", "cmr", "not_recorded")), max_size=3).map(
    lambda names: tuple(sorted(names))
)
some_classes = few_classes.map(lambda names: names or ("ap",))
days = st.one_of(st.none(), st.integers(0, 6))


@st.composite
def cells(draw) -> frozenset[tuple[int, int]]:
    out = set()
    for _ in range(draw(st.integers(1, 2))):
        x, y = draw(st.integers(0, SIDE - 1)), draw(st.integers(0, SIDE - 1))
        w, h = draw(st.integers(1, 5)), draw(st.integers(1, 5))
        out |= {(i, j) for i in range(x, min(SIDE, x + w)) for j in range(y, min(SIDE, y + h))}
    return frozenset(out)


@st.composite
def version_days(draw, tidy) -> list:
    """Days of the versions of a hazard; tidy: in their order, as a register keeps them."""
    if not tidy:
        return draw(st.lists(days, min_size=1, max_size=3))
    return sorted(draw(st.lists(st.integers(0, 3), min_size=1, max_size=3)))


@st.composite
def grid_acts(draw, hazards, shapes, tidy) -> list[GridEvent]:
    """Acts on hazards: voided, merged, split; mostly well formed, now and then not."""
    events = []
    shape = st.one_of(st.sampled_from(shapes), cells()) if shapes else cells()
    versions = dict.fromkeys(hazards, 3)

    def version(uid, on, of_cells, cause) -> None:
        versions[uid] = versions.get(uid, 0) + 1
        kind, classes = draw(st.sampled_from(["SHA", "CHA", ""])), draw(some_classes)
        events.append(
            GridEvent("hazard", uid, versions[uid], "", on, kind, "", classes, of_cells, cause)
        )

    acts = draw(st.integers(0, 2))
    acts_on = sorted(draw(st.lists(st.integers(3, 6), min_size=acts, max_size=acts)))
    for on in acts_on:
        act = draw(st.sampled_from(["voided", "merged", "merged", "split"]))
        on = on if tidy else draw(days)
        given_away = draw(st.sampled_from(hazards))
        whole = frozenset().union(*shapes)
        if act == "merged":
            for uid in draw(st.sets(st.sampled_from(hazards), max_size=2)) - {given_away}:
                version(uid, on, draw(st.one_of(st.just(whole), shape, st.none())), act)
        elif act == "split":
            part = draw(shape)
            version("HA-a", on, part, act)
            version("HA-b", on, draw(st.sampled_from([whole - part, whole])) or part, act)
        version(given_away, on, frozenset(), act)
        if draw(st.booleans()):
            later = st.just(on) if tidy else days
            version(given_away, draw(later), draw(st.one_of(shape, st.none())), "")
    return events


@st.composite
def grid_programmes(draw) -> list[GridEvent]:
    events = []
    tidy = draw(st.booleans())
    hazards = [f"HA-{n}" for n in range(draw(st.integers(1, 4)))]
    for uid in hazards:
        for version, on in enumerate(draw(version_days(tidy)), start=1):
            events.append(
                GridEvent(
                    "hazard",
                    uid,
                    version,
                    "",
                    on,
                    draw(st.sampled_from(["SHA", "CHA", ""])),
                    "",
                    draw(some_classes),
                    draw(st.one_of(cells(), cells(), st.just(frozenset()), st.none())),
                )
            )
    for number in range(draw(st.integers(0, 5))):
        events.append(
            GridEvent(
                "release",
                f"AC-{number}",
                1,
                draw(st.sampled_from([*hazards, *hazards, "", "HA-x"])),
                draw(days),
                "",
                draw(st.sampled_from(["cancelled", "reduced", "cleared", ""])),
                draw(st.one_of(few_classes, st.just(CLASSES))),
                draw(st.one_of(cells(), cells(), st.none())),
                extends=draw(st.sampled_from([False, False, True])),
            )
        )
    events += draw(grid_acts(hazards, [e.cells for e in events if e.cells], tidy))
    for number in range(draw(st.integers(0, 2))):
        events.append(
            GridEvent(
                "historic",
                f"HR-{number}",
                1,
                "",
                draw(days),
                "",
                draw(st.sampled_from(["cancelled", "cleared", ""])),
                draw(st.one_of(few_classes, st.just(CLASSES))),
                draw(cells()),
            )
        )
    return draw(st.permutations(events))


coordinate = st.integers(0, 40)
#: Coarse numbers make shared corners, touching edges and slivers likely; fine ones the rest.
point = st.one_of(
    st.tuples(coordinate, coordinate).map(lambda p: (p[0] * 25_000.0, p[1] * 25_000.0)),
    st.tuples(st.integers(0, 1_000_000), st.integers(0, 1_000_000)).map(
        lambda p: (float(p[0]), float(p[1]))
    ),
)


def _polygonal(geometry):
    valid = shapely.make_valid(geometry, method="structure", keep_collapsed=False)
    rounded = shapely.transform(valid, lambda xy: xy.round())
    valid = shapely.make_valid(rounded, method="structure", keep_collapsed=False)
    return shapely.MultiPolygon(
        [p for p in shapely.get_parts(shapely.get_parts([valid])) if p.geom_type == "Polygon"]
    )


@st.composite
def nasty_polygons(draw):
    kind = draw(st.sampled_from(["ring", "ring", "sliver", "holed", "touching"]))
    if kind == "sliver":
        (x, y), (u, v) = draw(point), draw(point)
        ring = [(x, y), (u, v), (u + draw(st.integers(0, 3)), v + draw(st.integers(0, 3)))]
        shape = shapely.Polygon(ring)
    elif kind == "holed":
        x, y = draw(point)
        w, h = draw(st.integers(4, 500_000)), draw(st.integers(4, 500_000))
        hole = shapely.box(x + 1, y + 1, x + w - draw(st.integers(0, 2)), y + h // 2)
        shape = shapely.box(x, y, x + w, y + h).difference(hole)
    elif kind == "touching":
        x, y = draw(point)
        w = draw(st.integers(1, 300_000))
        shape = shapely.union(
            shapely.box(x, y, x + w, y + w), shapely.box(x + w, y + w, x + 2 * w, y + 2 * w)
        )
    else:  # mostly self-crossing: make_valid takes it apart
        shape = shapely.Polygon(draw(st.lists(point, min_size=3, max_size=9)))
    return _polygonal(shape)


@st.composite
def nasty_acts(draw, hazards, shape, tidy) -> list[dict]:
    """Hazards voided, merged into others, split into new ones along any boundary."""
    records = []
    versions = dict.fromkeys(hazards, 3)
    everything = shapely.box(-10, -10, 1_000_010, 1_000_010)

    def version(uid, on, polygon, cause) -> None:
        versions[uid] = versions.get(uid, 0) + 1
        records.append(
            {
                "kind": "hazard",
                "uid": uid,
                "version": versions[uid],
                "on": _on(on),
                "type": draw(st.sampled_from(["SHA", "CHA", ""])),
                "classes": draw(some_classes),
                "polygon": polygon,
                "cause": cause,
            }
        )

    acts = draw(st.integers(0, 2))
    acts_on = sorted(draw(st.lists(st.integers(3, 6), min_size=acts, max_size=acts)))
    for on in acts_on:
        act, given_away = (
            draw(st.sampled_from(["voided", "merged", "split"])),
            draw(st.sampled_from(hazards)),
        )
        on = on if tidy else draw(st.integers(0, 6))
        takers = {"merged": hazards[:2], "split": ["HA-a", "HA-b"], "voided": []}[act]
        for uid in takers:
            if uid != given_away:
                version(uid, on, draw(st.one_of(shape, st.just(everything))), act)
        version(given_away, on, shapely.Polygon(), act)
    return records


@st.composite
def nasty_programmes(draw) -> list[dict]:
    records = []
    pool = draw(st.lists(nasty_polygons(), min_size=2, max_size=6))
    shape = st.one_of(st.sampled_from(pool), nasty_polygons())
    tidy = draw(st.booleans())
    hazards = [f"HA-{n}" for n in range(draw(st.integers(1, 5)))]
    for uid in hazards:
        for version, on in enumerate(draw(version_days(tidy)), start=1):
            records.append(
                {
                    "kind": "hazard",
                    "uid": uid,
                    "version": version,
                    "on": _on(on),
                    "type": draw(st.sampled_from(["SHA", "CHA", ""])),
                    "classes": draw(some_classes),
                    "polygon": draw(shape),
                }
            )
    for number in range(draw(st.integers(0, 5))):
        records.append(
            {
                "kind": "release",
                "uid": f"AC-{number}",
                "hazard": draw(st.sampled_from(hazards)),
                "on": _on(draw(days)),
                "result": draw(st.sampled_from(["cancelled", "reduced", "cleared"])),
                "classes": draw(st.one_of(some_classes, st.just(("all",)))),
                "polygon": draw(shape),
                "extends": draw(st.sampled_from([False, False, True])),
            }
        )
    records += draw(nasty_acts(hazards, shape, tidy))
    for number in range(draw(st.integers(0, 2))):
        records.append(
            {
                "kind": "historic",
                "uid": f"HR-{number}",
                "on": _on(draw(days)),
                "result": draw(st.sampled_from(["cleared", ""])),
                "classes": ("all",),
                "polygon": draw(shape),
            }
        )
    return draw(st.permutations(records))


def _on(number):
    return None if number is None else day(number)


@st.composite
def worked_programmes(draw) -> list[dict]:
    """Hazards in one version and apart from each other, most of them released bit by bit."""
    records = []
    for number in range(draw(st.integers(1, 4))):
        uid, east = f"HA-{number}", number * 2_000_000.0
        apart = draw(st.sampled_from([1, 1, 1, 0]))

        def shape(east=east * apart):
            return shapely.affinity.translate(draw(nasty_polygons()), east)

        held = shape()
        classes = draw(some_classes)
        records.append(
            {
                "kind": "hazard",
                "uid": uid,
                "on": _on(draw(st.one_of(st.none(), st.integers(0, 2)))),
                "type": draw(st.sampled_from(["SHA", "CHA", ""])),
                "classes": classes,
                "polygon": held,
            }
        )
        for release in range(draw(st.integers(0, 4))):
            part = draw(st.sampled_from(["any", "half", "inner", "same", "spot", "spot", "spot"]))
            if part == "spot" and not held.is_empty:
                # Small, mostly inside the hazard, and mostly clear of what else there is.
                west, south, right, north = held.bounds
                x = west + (right - west) * draw(st.integers(1, 15)) // 16
                y = south + (north - south) * draw(st.integers(1, 15)) // 16
                size = draw(st.integers(1, 20_000))
                polygon = shapely.box(x, y, x + size, y + size)
            elif part in ("half", "inner") and not held.is_empty:
                west, south, right, north = held.bounds
                middle = draw(st.sampled_from([0.25, 0.5, 0.75])) * (right - west) // 1 + west
                cut = held.intersection(shapely.box(west - 5, south - 5, middle, north + 5))
                polygon = _polygonal(cut)
                if part == "inner":
                    polygon = _polygonal(polygon.buffer(-draw(st.integers(1, 3_000))))
            else:
                polygon = held if part == "same" else shape()
            records.append(
                {
                    "kind": "release",
                    "uid": f"AC-{number}-{release}",
                    "hazard": uid,
                    "on": _on(draw(st.integers(2, 6))),
                    "result": draw(st.sampled_from(["cancelled", "reduced", "cleared"])),
                    "classes": draw(st.sampled_from([classes, classes, ("all",), ("ap",)])),
                    "polygon": polygon,
                    "content_hash": draw(st.sampled_from(["", "a", "b"])),
                }
            )
    return draw(st.permutations(records))
