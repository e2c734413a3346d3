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
def grid_programmes(draw) -> list[GridEvent]:
    events = []
    hazards = [f"HA-{n}" for n in range(draw(st.integers(1, 4)))]
    for uid in hazards:
        for version in range(1, 1 + draw(st.integers(1, 3))):
            events.append(
                GridEvent(
                    "hazard",
                    uid,
                    version,
                    "",
                    draw(days),
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
            )
        )
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
def nasty_programmes(draw) -> list[dict]:
    records = []
    pool = draw(st.lists(nasty_polygons(), min_size=2, max_size=6))
    shape = st.one_of(st.sampled_from(pool), nasty_polygons())
    hazards = [f"HA-{n}" for n in range(draw(st.integers(1, 5)))]
    for uid in hazards:
        for version in range(1, 1 + draw(st.integers(1, 3))):
            records.append(
                {
                    "kind": "hazard",
                    "uid": uid,
                    "version": version,
                    "on": _on(draw(days)),
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
            }
        )
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
