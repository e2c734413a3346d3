"""States and canonical JSON: what stands in the tables is what stands in the journal."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
import rfc8785
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registering import LAT, LON

from landrelease import land
from landrelease.land import vertices
from landrelease.register import canonical, identity, states
from landrelease.register.models import RECORDS
from landrelease.register.schema import RECORD_TYPES, Field, RecordType

modestly = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
whole = st.integers(-(2**53) + 1, 2**53 - 1)
journal_values = st.recursive(
    st.none() | st.booleans() | whole | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=12,
)


def _below_surrogates(value) -> bool:
    """Whether every key sorts alike by UTF-8 and by UTF-16, as RFC 8785 sorts."""
    if isinstance(value, dict):
        return all(max(key, default="") < "\ue000" for key in value) and all(
            _below_surrogates(inner) for inner in value.values()
        )
    return not isinstance(value, list) or all(map(_below_surrogates, value))


@modestly
@given(journal_values.filter(_below_surrogates))
def test_canonical_json_is_rfc_8785_on_what_the_journal_holds(value):
    written = canonical.dumps(value)
    assert written == rfc8785.dumps(value)
    assert canonical.loads(written) == value
    assert canonical.dumps(canonical.loads(written)) == written


def test_whole_numbers_of_numpy_are_written_plainly():
    value = {"rings": [np.array([1, -2, 2**52], dtype=np.int64)]}
    assert canonical.dumps(value) == b'{"rings":[[1,-2,4503599627370496]]}'


# --- states and columns -------------------------------------------------------------------------

decimals = st.decimals(0, 10**9, places=2).map(str)
days = st.dates().flatmap(
    lambda start: st.builds(
        lambda length: {"start": start.isoformat(), "end": _later(start, length)},
        st.integers(0, 800),
    )
)
uids = st.text("0123456789abcdef", min_size=32, max_size=32)
words = text.filter(lambda value: value.strip() and "\x00" not in value)


def _later(start, days_):
    try:
        return (start + timedelta(days_)).isoformat()
    except OverflowError:
        return start.isoformat()


def field_values(field: Field) -> st.SearchStrategy:
    match field.kind:
        case "text":
            return words
        case "integer":
            return st.integers(0, 2**31)
        case "decimal":
            return decimals
        case "boolean":
            return st.booleans()
        case "choice":
            return st.sampled_from(sorted(field.choices))
        case "classes":
            return st.sets(st.sampled_from(sorted(field.choices)), min_size=1).map(sorted)
        case "date":
            return days
        case "reference":
            given_ = st.fixed_dictionaries({"given": words})
            return given_ | st.fixed_dictionaries({"given": words, "uid": uids})
    raise AssertionError(field.kind)


PLANE = land.Plane.at(LON, LAT)
millimetres = st.integers(-(10**8), 10**8)
points = st.tuples(millimetres, millimetres).map(shapely.Point)
polygons = st.builds(
    lambda x, y, w, h: shapely.box(x, y, x + w, y + h),
    millimetres, millimetres, st.integers(1, 10**6), st.integers(1, 10**6),
)  # fmt: skip


@st.composite
def full_states(draw, record_type: RecordType):
    state = {"namespace": draw(words), "source": draw(words)}
    for field in record_type.fields:
        if not field.personal and draw(st.booleans()):
            state[field.name] = draw(field_values(field))
    if draw(st.booleans()):
        state["extra"] = draw(st.dictionaries(words, words, min_size=1, max_size=3))
    if record_type.geometry:
        place = draw(st.none() | (polygons if record_type.geometry == "polygon" else points))
        state["geometry_state"] = "missing" if place is None else "valid"
        if place is not None:
            state["plane"] = canonical.loads(canonical.dumps(vertices.encode([place])[0]))
            state["geometry_hash"] = draw(uids) * 2
            state["area_mm2"] = str(round(place.area))
    if record_type.personal_fields and draw(st.booleans()):
        state |= {"sealed": draw(words), "person_key": draw(uids), "commitment": draw(uids) * 2}
    return state


@pytest.mark.parametrize("vendor", ["sqlite", "postgresql"])
@pytest.mark.parametrize("name", RECORD_TYPES)
@settings(max_examples=10, deadline=None, derandomize=True)
@given(data=st.data())
def test_columns_and_states_are_each_others_inverse(name, vendor, data):
    record_type = RECORD_TYPES[name]
    given_states = data.draw(st.lists(full_states(record_type), min_size=1, max_size=3))
    names = states.columns_of(record_type)[len(states.BASE) - 3 :]
    columns = states.to_rows(record_type, given_states, PLANE, vendor)
    assert len(columns) == len(names)
    for i, state in enumerate(given_states):
        row = {column: values[i] for column, values in zip(names, columns, strict=True)}
        again = states.from_row(record_type, row)
        assert again == state
        assert states.content_hash(again) == states.content_hash(state)


def test_the_columns_are_those_of_the_tables():
    for name, record_type in RECORD_TYPES.items():
        table = {field.column for field in RECORDS[name]._meta.fields}
        assert set(states.columns_of(record_type)) == table


def test_zero_false_and_empty_are_not_nothing():
    record_type = RECORD_TYPES["accident"]
    state = {"geometry_state": "missing", "killed": 0, "namespace": "n", "source": "s"}
    names = states.columns_of(record_type)[len(states.BASE) - 3 :]
    columns = states.to_rows(record_type, [state], PLANE, "sqlite")
    row = {column: values[0] for column, values in zip(names, columns, strict=True)}
    assert row["killed"] == 0
    assert row["injured"] is None
    assert states.from_row(record_type, row) == state


# --- identity -------------------------------------------------------------------------------------


@modestly
@given(
    st.lists(st.tuples(st.none() | words, st.none() | uids, uids), min_size=1, max_size=8),
    st.randoms(),
)
def test_identity_does_not_depend_on_the_order_of_rows(rows, random):
    def ids(some):
        return identity.assign(
            "hazard", namespace="n", source="s", layer="l", source_ids=[r[0] for r in some],
            geometry_hashes=[r[1] for r in some], contents=[r[2] for r in some],
        )  # fmt: skip

    shuffled = list(rows)
    random.shuffle(shuffled)
    assert sorted(ids(rows)) == sorted(ids(shuffled))
    keyless = [row for row in rows if row[0] is None]
    assert len(set(ids(keyless))) == len(keyless), "each occurrence is a record of its own"
