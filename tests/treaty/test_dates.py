"""Months, intervals, and the day on which a treaty binds."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landrelease.treaty import TreatyError, When, treaties
from landrelease.treaty.when import add_months, add_years, first_of_sixth_month, six_months_after

days = st.dates(date(1980, 1, 1), date(2100, 12, 31))


@given(days)
def test_the_first_day_of_the_sixth_month_after_the_month_of_deposit(deposit):
    bound = first_of_sixth_month(deposit)
    assert bound.day == 1
    months = [(deposit.year * 12 + deposit.month - 1 + n) for n in range(1, 7)]
    assert bound.year * 12 + bound.month - 1 == months[5]
    # Between five months and a day, and six months: never less, never more.
    assert 150 <= (bound - deposit).days <= 184


@given(days)
def test_it_does_not_matter_on_which_day_of_the_month_a_state_deposits(deposit):
    last = calendar.monthrange(deposit.year, deposit.month)[1]
    assert first_of_sixth_month(deposit) == first_of_sixth_month(deposit.replace(day=last))


@given(days)
def test_six_months_after_is_the_same_day_or_the_last_of_a_shorter_month(notified):
    later = six_months_after(notified)
    month = (notified.month + 5) % 12 + 1
    assert later.month == month
    assert later.year - notified.year == (1 if notified.month > 6 else 0)
    assert later.day == min(notified.day, calendar.monthrange(later.year, month)[1])


@given(days, days, st.integers(-600, 600))
def test_months_keep_the_order_of_days(one, other, months):
    if one <= other:
        assert add_months(one, months) <= add_months(other, months)


@given(days, st.integers(0, 40))
def test_a_year_is_twelve_months(day, years):
    later = add_years(day, years)
    assert (later.year, later.month) == (day.year + years, day.month)
    assert later.day == day.day or (day.month, day.day, later.day) == (2, 29, 28)


@given(st.sampled_from(sorted(treaties())), days)
def test_nobody_is_bound_before_the_treaty_itself_is_in_force(key, consent):
    treaty = treaties()[key]
    bound = treaty.binds_on(consent)
    assert bound >= treaty.in_force_since
    assert bound > consent or bound == treaty.in_force_since


@given(days, st.integers(0, 800))
def test_what_is_computed_from_an_interval_is_an_interval_that_holds_every_day_of_it(first, length):
    interval = When(first, first + timedelta(days=length))
    moved = interval.moved(treaties()["apmbc"].binds_on)
    inside = first + timedelta(days=length // 2)
    assert moved.reached(treaties()["apmbc"].binds_on(inside)) is not False
    assert moved.first <= treaties()["apmbc"].binds_on(inside) <= moved.last


@given(days, days, days)
def test_an_interval_is_reached_for_certain_only_when_it_is_over(first, last, day):
    if last < first:
        with pytest.raises(TreatyError, match="cannot end"):
            When(first, last)
        return
    reached = When(first, last).reached(day)
    assert reached is (True if day >= last else False if day < first else None)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2005-12-27", date(2005, 12, 27), date(2005, 12, 27)),
        ("2015", date(2015, 1, 1), date(2015, 12, 31)),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29)),
    ],
)
def test_a_date_is_as_precise_as_it_is_written(text, first, last):
    when = When.parse(text)
    assert (when.first, when.last, str(when)) == (first, last, text)


def test_two_days_that_sources_give_are_an_interval():
    when = When.parse("2025-06-25/2025-06-26")
    assert (when.exact, str(when)) == (False, "2025-06-25 to 2025-06-26")
    assert When.parse("2011/2012").years == range(2011, 2013)


@pytest.mark.parametrize("text", ["", "27 Dec 2005", "2005-13", "2005-02-30", "2006/2005", "05"])
def test_what_is_no_date_is_refused(text):
    with pytest.raises(TreatyError, match=r"is no date|cannot end"):
        When.parse(text)
