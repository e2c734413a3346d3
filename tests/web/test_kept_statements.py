"""Statements are kept as long as the register stands still; nobody is shown an older one."""

from __future__ import annotations

import threading
import time
from datetime import date
from types import SimpleNamespace

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from landrelease.register import statements
from landrelease.register.errors import RegisterError
from landrelease.web import kept_statements
from landrelease.web.kept_statements import Asked, KeptStatements

HAZARD = {"source_id": "H1", "type": "SHA", "class": "erw", "date": "2021-03-01"}


def of_rows(number):
    return SimpleNamespace(rows=[None] * number)


def year(number):
    return Asked(date(number, 1, 1), date(number, 12, 31))


def test_a_statement_is_computed_once_for_each_state_and_question():
    kept, computed = KeptStatements(), []

    def ask(of, asked):
        return kept.get(of, asked, lambda a: computed.append((of, a)) or of_rows(1))

    assert ask("1", year(2021)) is ask("1", year(2021))
    assert ask("1", year(2022)) is not ask("1", year(2021))
    first = ask("1", year(2021))
    assert ask("2", year(2021)) is not first, "the register went on"
    assert ask("1", year(2021)) is not first, "nothing of another state is given"
    assert [of for of, _ in computed] == ["1", "1", "2", "1"]


@given(st.lists(st.tuples(st.integers(2000, 2012), st.integers(0, 700)), max_size=60))
def test_no_more_rows_are_kept_than_was_said_but_for_the_last_statement(asked):
    kept, sizes = KeptStatements(most_rows=900), {}
    for number, size in asked:
        size = sizes.setdefault(number, size)
        assert len(kept.get("1", year(number), lambda _, n=size: of_rows(n)).rows) == size
        assert kept.rows <= 900
    kept.get("1", year(1999), lambda _: of_rows(5_000))
    assert kept.rows == 5_001
    again = kept.get("1", year(1999), lambda _: pytest.fail("it was kept"))
    assert len(again.rows) == 5_000


def test_who_asks_while_it_is_computed_waits_for_it():
    kept, computed, found = KeptStatements(), [], []

    def slowly(asked):
        computed.append(asked)
        time.sleep(0.2)
        return of_rows(3)

    threads = [
        threading.Thread(target=lambda: found.append(kept.get("1", year(2021), slowly)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(computed) == 1
    assert len(found) == 8
    assert len({id(one) for one in found}) == 1
    assert not kept._at_work


def test_one_that_cannot_be_made_is_not_kept():
    kept, tries = KeptStatements(), []

    def refuse(asked):
        tries.append(asked)
        raise RegisterError("no such")

    for _ in range(2):
        with pytest.raises(RegisterError):
            kept.get("1", year(2021), refuse)
    assert len(tries) == 2
    assert not kept._at_work


def test_a_decision_changes_the_page_and_the_answer_at_once(
    store, client: Client, bring, monkeypatch
):
    computed, real = [], statements.statement
    monkeypatch.setattr(
        statements, "statement", lambda **asked: computed.append(asked) or real(**asked)
    )
    monkeypatch.setattr(kept_statements, "_statements", KeptStatements())
    bring("hazards", [(box(10, 10, 10.01, 10.01), HAZARD)])
    asked = Asked(date(2021, 1, 1), date(2021, 12, 31))
    first = kept_statements.statement(asked)
    for _ in range(3):
        assert client.get("/statement/?year=2021").status_code == 200
        assert client.get("/api/v1/ledger/statement?since=2021-01-01&until=2021-12-31").json()[
            "total"
        ]["closing_mm2"]["open"] == str(first.total.closing)
    assert len(computed) == 1, "page and programs are given the same"
    bring("hazards", [(box(11, 10, 11.01, 10.01), {**HAZARD, "source_id": "H2"})])
    second = kept_statements.statement(asked)
    assert second.total.closing > first.total.closing
    said = client.get("/api/v1/ledger/statement?since=2021-01-01&until=2021-12-31").json()
    assert said["total"]["closing_mm2"]["open"] == str(second.total.closing)
    assert len(computed) == 2
