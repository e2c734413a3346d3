"""Counts that are published one after the other, also when the smallest that is printed changes."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_suppression import attack

from landrelease.register import publication
from landrelease.register.errors import RegisterError
from landrelease.register.models import PublishedTable
from landrelease.register.suppression import ALL, Published, all_values

COUNTS = {("A", "x"): 7, ("A", "y"): 20, ("B", "x"): 30, ("B", "y"): 40, ("C", "x"): 25,
          ("C", "y"): 12}  # fmt: skip


@pytest.fixture
def minimum(workspace, monkeypatch):
    """Set the smallest count that is printed, as the profile does."""

    def set_to(number):
        rules = SimpleNamespace(publication=SimpleNamespace(minimum_count=number))
        monkeypatch.setattr(publication.profile, "current", lambda: rules)

    set_to(5)
    return set_to


def publish(counts):
    """Publish counts; what was printed, total cells included, and whether it was printed anew."""
    table = publication.Table("t", "A table", ("unit", "class"), dict(counts))
    done = publication.printed(table)
    return {tuple(row.categories.values()): row.count for row in done.rows}, done.repeated


def remembered():
    """Tables as the workspace remembers them, with the smallest count they were printed under."""
    found = []
    for row in PublishedTable.objects.order_by("id"):
        body = json.loads(row.body)
        found.append((publication._published(body), body["minimum"]))
    return found


def test_a_raised_minimum_withholds_what_was_printed_before(minimum):
    first, _ = publish(COUNTS)
    assert first["A", "x"] == 7
    minimum(10)
    second, repeated = publish(COUNTS)
    assert second["A", "x"] is None, "nobody who comes now is told it again"
    assert not repeated
    assert sum(count is None for count in second.values()) >= 4, "nor can they compute it"
    (_, of_first), (table, of_second) = remembered()
    assert (of_first, of_second) == (5, 10)
    for least, largest in attack([table]):
        assert largest - least >= 10 - 1e-5


def test_who_has_the_earlier_table_learns_no_small_change(minimum):
    """What was printed is not forgotten: the change is protected against it, under the new rule."""
    publish(COUNTS)
    minimum(10)
    changed = {**COUNTS, ("B", "y"): 44}
    second, repeated = publish(changed)
    if not repeated:
        assert second["B", "y"] is None, "printed before, and changed by less than 10"
        assert second[ALL, ALL] is None


def test_a_lowered_minimum_gives_out_nothing_that_was_withheld(minimum):
    minimum(10)
    first, _ = publish(COUNTS)
    withheld = {cell for cell, count in first.items() if count is None}
    assert ("A", "x") in withheld
    minimum(5)
    assert publish(COUNTS)[0] == first, "nothing changed: it stands as it was printed"
    changed = {**COUNTS, ("B", "y"): 90}
    second, _ = publish(changed)
    same = {
        cell for cell in withheld
        if all_values(COUNTS)[cell] == all_values(changed)[cell]
    }  # fmt: skip
    assert same
    assert all(second[cell] is None for cell in same)


def test_a_single_count_that_is_now_too_small_is_printed_nowhere(minimum):
    assert publish({("A", "x"): 6})[0]["A", "x"] == 6
    minimum(10)
    again, repeated = publish({("A", "x"): 6})
    assert set(again.values()) == {None}
    assert not repeated


def test_a_table_whose_minimum_was_not_noted_may_have_had_any(minimum):
    publish(COUNTS)
    row = PublishedTable.objects.get()
    body = json.loads(row.body)
    del body["minimum"], body["sure"]
    PublishedTable.objects.update(body=json.dumps(body))
    again, repeated = publish(COUNTS)
    assert not repeated
    assert again["A", "x"] == 7
    assert PublishedTable.objects.count() == 2


steps = st.lists(
    st.tuples(
        st.sampled_from([3, 5, 8]),
        st.dictionaries(
            st.tuples(st.sampled_from("AB"), st.sampled_from("xy")), st.integers(-4, 9), max_size=2
        ),
    ),
    min_size=1,
    max_size=3,
)


@given(
    st.dictionaries(
        st.tuples(st.sampled_from("AB"), st.sampled_from("xy")), st.integers(1, 30), min_size=2
    ),
    steps,
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whoever_came_since_the_minimum_was_last_raised_can_narrow_nothing(minimum, counts, steps):
    PublishedTable.objects.all().delete()
    for number, changes in [(5, {}), *steps]:
        minimum(number)
        counts = {
            cell: max(0, counts.get(cell, 0) + changes.get(cell, 0)) for cell in {*counts, *changes}
        }
        try:
            printed, repeated = publish({cell: n for cell, n in counts.items() if n})
        except RegisterError:
            continue
        if not repeated:
            assert not [c for c, n in printed.items() if n is not None and 0 < n < number]
        past = remembered()
        since: list[Published] = []
        before = 0
        for table, of in past:
            since = [table] if of > before else [*since, table]
            before = of
        if not since or repeated:
            continue
        for least, largest in attack(since):
            assert largest - least >= before - 1e-5


def test_two_who_publish_at_once_do_not_print_past_each_other(minimum, monkeypatch):
    """Each was chosen against what was printed before, not against the other."""
    publish(COUNTS)
    protect, other = publication.suppression.protect, {**COUNTS, ("A", "x"): 17}

    def slow(*given, **options):
        chosen = protect(*given, **options)
        monkeypatch.setattr(publication.suppression, "protect", protect)
        publish(other)
        return chosen

    monkeypatch.setattr(publication.suppression, "protect", slow)
    with pytest.raises(RegisterError, match="by somebody else meanwhile"):
        publish({**COUNTS, ("B", "y"): 60})
    assert PublishedTable.objects.count() == 2
    assert publish({**COUNTS, ("B", "y"): 60})
