"""A selection says the same of a record to the database and to the program."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
import shapely
from filling import insert
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from landrelease.register import access
from landrelease.register.models import Hazard
from landrelease.web.api import selection
from landrelease.web.api.problems import Problem

FIRST = date(2020, 1, 1)
CLASSES = (None, "ap", "ap|av", "av", "av|cmr", "cmr")


@pytest.fixture
def many(store):
    """Hazards with all that matters recorded, not recorded, or open at one end."""
    chance = random.Random(7)

    def day():
        return chance.choice([None, FIRST + timedelta(days=chance.randrange(60))])

    rows = []
    for number in range(120):
        start, end = sorted((day() or FIRST, day() or FIRST))
        x, y = chance.uniform(-10, 10), chance.uniform(-10, 10)
        shape = shapely.Point(x, y).buffer(chance.uniform(0.1, 3), quad_segs=2)
        rows.append(
            {
                "geometry": chance.choice([None, shape, shape]),
                "date_start": chance.choice([None, start, start]),
                "date_end": chance.choice([None, end, end]),
                "type": chance.choice([None, "SHA", "CHA"]),
                "classes": chance.choice(CLASSES),
                "beneficiaries": chance.choice([None, 0, 5]),
                "name": chance.choice([None, "mill", "Mill", "%", "mi_l"]),
                "organisation_given": chance.choice([None, "OP1", "op1"]),
                "source_id": f"H{number}",
            }
        )
    insert("hazard", rows)
    return list(Hazard.objects.order_by("id"))


def queries() -> st.SearchStrategy[dict[str, str]]:
    degree = st.floats(-12, 12).map(lambda number: round(number, 3))
    box = st.tuples(degree, degree, degree, degree).map(
        lambda b: f"{b[0]},{min(b[1], b[3])},{b[2]},{max(b[1], b[3])}"
    )
    day = st.integers(0, 60).map(lambda n: (FIRST + timedelta(days=n)).isoformat())
    span = st.one_of(
        day,
        st.tuples(day, day).map(lambda pair: "/".join(sorted(pair))),
        day.map(lambda one: f"{one}/.."),
        day.map(lambda one: f"../{one}"),
    )
    return st.fixed_dictionaries(
        {},
        optional={
            "bbox": box,
            "datetime": span,
            "type": st.sampled_from(["SHA", "CHA"]),
            "classes": st.sampled_from(["ap", "av", "cmr"]),
            "beneficiaries": st.sampled_from(["0", "5", "7"]),
            "name": st.sampled_from(["mill", "Mill", "%", "_", "mi_l"]),
            "organisation": st.sampled_from(["OP1", "op1", "ORG-1"]),
        },
    )


def test_the_database_and_the_program_agree(many):
    @settings(max_examples=150, suppress_health_check=list(HealthCheck))
    @given(query=queries())
    def check(query):
        wanted = selection.read(
            "hazard",
            access.fields(access.local_reader(), "hazard"),
            query,
            lambda name: access.records(access.local_reader(), name),
        )
        rows = wanted.put_to(Hazard.objects.all())
        by_database = {one.id for one in rows if wanted.touches(one.geometry)}
        by_program = {one.id for one in many if wanted.holds(one) and wanted.touches(one.geometry)}
        assert by_database == by_program
        # The number of a list is counted without reading it.
        counted = rows.count()
        if wanted.boxes is not None:
            counted -= sum(not wanted.touches(place) for place in wanted.border(rows))
        assert counted == len(by_program)

    check()


@given(text=st.text(max_size=40))
def test_any_interval_is_read_or_refused(text):
    refused = None
    try:
        first, last = selection.interval(text)
    except Problem as problem:
        refused = problem
    if refused is None:
        assert first is None or last is None or first <= last
    else:
        assert refused.status == 400
        assert refused.detail.startswith("datetime:")
