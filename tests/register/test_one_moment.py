"""A file that is written in several reads is of one moment, while others go on writing."""

from __future__ import annotations

import threading

from django.db import connections
from registering import HAZARD, hazards, square

from landrelease.exchange import records
from landrelease.register.models import Hazard
from landrelease.register.one_moment import one_moment
from landrelease.register.schema import record_type


def elsewhere(work):
    """Do something as another process does it, over a connection of its own."""

    def done():
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=done)
    thread.start()
    thread.join(60)
    assert not thread.is_alive(), "who writes waits for no reader"


def test_what_is_decided_meanwhile_is_in_the_next_export(workspace, tmp_path):
    hazards(tmp_path, *((square(3 * n), {**HAZARD, "source_id": f"H{n}"}) for n in range(2)))

    def names():
        found = records.batches(record_type("hazards"), lambda *told: None, 0, size=1)
        first = next(found).columns["name"]
        yield from first
        renamed = (
            (square(3 * n), {**HAZARD, "source_id": f"H{n}", "name": f"new {n}"}) for n in range(3)
        )
        elsewhere(lambda: hazards(tmp_path, *renamed, name="meanwhile.geojson"))
        for batch in found:
            yield from batch.columns["name"]

    with one_moment():
        assert list(names()) == [None, None]
    assert sorted(Hazard.objects.values_list("name", flat=True)) == ["new 0", "new 1", "new 2"]
    with one_moment():
        assert Hazard.objects.count() == 3
    hazards(tmp_path, (square(20), {**HAZARD, "source_id": "H9"}), name="after.geojson")
    assert Hazard.objects.count() == 4, "afterwards one writes as before"
