"""Where a state stands on a day, and what is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landrelease.treaty import (
    Obligation,
    Source,
    Standing,
    StatusRegister,
    Step,
    TreatyError,
    When,
    all_states,
    deadlines,
    state,
    status,
    status_register,
    treaties,
)
from landrelease.treaty.participation import Coverage, Fact, Participation
from landrelease.treaty.sources import Kind

THEN, NOW = date(2024, 11, 20), date(2026, 11, 22)
APMBC, CCM = treaties()["apmbc"], treaties()["ccm"]

PARTY, SIGNATORY, NOT, OUT = (
    Standing.party,
    Standing.signatory,
    Standing.not_party,
    Standing.withdrawn,
)


def due(found, obligation):
    (deadline,) = [one for one in found.deadlines if one.obligation is obligation]
    return deadline


# --- the states of the specification --------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "day", "apmbc", "ccm", "ccw"),
    [
        ("UKR", THEN, PARTY, NOT, PARTY),
        ("UKR", NOW, PARTY, NOT, PARTY),
        ("USA", THEN, NOT, NOT, PARTY),
        ("USA", NOW, NOT, NOT, PARTY),
        ("RUS", THEN, NOT, NOT, PARTY),
        ("RUS", NOW, NOT, NOT, PARTY),
        ("LAO", THEN, NOT, PARTY, PARTY),
        ("LAO", NOW, NOT, PARTY, PARTY),
        ("FIN", THEN, PARTY, NOT, PARTY),
        ("FIN", NOW, OUT, NOT, PARTY),
        ("LTU", THEN, PARTY, PARTY, PARTY),
        ("LTU", NOW, OUT, OUT, PARTY),
    ],
)
def test_standing_of_six_states_then_and_now(who, day, apmbc, ccm, ccw):
    found = status(who, day)
    assert [found[key].standing for key in ("apmbc", "ccm", "ccw")] == [apmbc, ccm, ccw]


@pytest.mark.parametrize(
    ("day", "standing"),
    [
        (date(1999, 2, 23), NOT),
        (date(1999, 2, 24), SIGNATORY),
        (date(2005, 12, 26), SIGNATORY),
        (date(2005, 12, 27), Standing.bound_not_yet),
        (date(2006, 5, 31), Standing.bound_not_yet),
        (date(2006, 6, 1), PARTY),
        (date(2013, 9, 26), PARTY),
    ],
)
def test_ukraine_is_bound_from_the_first_day_of_the_sixth_month(day, standing):
    found = status("UKR", day)["apmbc"]
    assert (found.standing, found.verified) == (standing, True)
    assert str(found.entry_into_force.when) == "2006-06-01"


def test_the_suspension_of_2025_is_contested_and_no_withdrawal():
    before, after = status("UKR", date(2025, 7, 17))["apmbc"], status("UKR", NOW)["apmbc"]
    assert [event.kind for event in before.events] == ["territorial"]
    assert [event.kind for event in after.events] == ["contested", "contested", "territorial"]
    assert "does not allow the suspension" in after.events[1].positions
    assert (after.standing, after.withdrawal) == (PARTY, None)
    assert due(after, Obligation.yearly_report).state == "ahead"


def test_lithuania_is_party_to_the_cluster_convention_until_6_march_2025():
    for day, standing in (
        (THEN, PARTY),
        (date(2025, 3, 5), PARTY),
        (date(2025, 3, 6), OUT),
    ):
        assert status("LTU", day)["ccm"].standing is standing
    leaving = status("LTU", THEN)["ccm"]
    assert leaving.verified
    assert any("has notified its withdrawal" in note for note in leaving.notes)
    assert str(leaving.withdrawal) == "2025-03-06"


@pytest.mark.parametrize(
    ("who", "effective"),
    [
        ("EST", "2025-12-27"),
        ("LVA", "2025-12-27"),
        ("LTU", "2025-12-27"),
        ("FIN", "2026-01-10"),
        ("POL", "2026-02-20"),
    ],
)
def test_withdrawals_that_rest_on_the_press_are_unverified(who, effective):
    found = status(who, NOW)["apmbc"]
    assert found.standing is OUT
    assert str(found.since) == f"{effective} (unverified)"
    assert not found.verified
    the_day_before = date.fromisoformat(effective) - timedelta(days=1)
    assert status(who, the_day_before)["apmbc"].standing is PARTY


def test_what_the_material_does_not_hold_is_unknown():
    """The tables of the CCW end in 2013: that Laos did not consent later is not known."""
    found = status("LAO", THEN)["ap2"]
    assert found.standing is Standing.unknown
    assert found.possible == (NOT, Standing.bound_not_yet, PARTY)
    assert any("the material ends 2013-09-26" in note for note in found.notes)
    in_time = status("LAO", date(2013, 1, 1))["ap2"]
    assert (in_time.standing, in_time.verified) == (NOT, True)


def test_that_nothing_happened_is_only_as_sure_as_the_material():
    """After 2013 a compilation of years says it, whose own day in 2026 is not known."""
    documented, compiled, at_the_end = (
        status("USA", day)["apmbc"] for day in (date(2013, 1, 1), THEN, NOW)
    )
    assert [one.standing for one in (documented, compiled, at_the_end)] == [NOT] * 3
    assert [one.verified for one in (documented, compiled, at_the_end)] == [True, False, False]
    assert (documented.notes, documented.known_from.key) == ((), "untc-2013")
    assert "that nothing happened after 2013-09-26 rests on a compilation" in compiled.notes
    assert any("as known in 2026" in note for note in at_the_end.notes)
    party = [status("UKR", day)["apmbc"] for day in (THEN, NOW)]
    assert [one.verified for one in party] == [True, False]
    assert status("USA", date(2027, 1, 1))["apmbc"].standing is Standing.unknown


def test_a_year_without_a_day_makes_the_standing_unknown_while_it_matters():
    """South Sudan joined the Cluster Convention in 2023, on a day that the material lacks."""
    assert status("SSD", date(2022, 12, 31))["ccm"].standing is NOT
    during = status("SSD", date(2023, 8, 1))["ccm"]
    assert during.standing is Standing.unknown
    assert during.possible == (NOT, Standing.bound_not_yet, PARTY)
    after = status("SSD", date(2024, 6, 1))["ccm"]
    assert (after.standing, after.verified) == (PARTY, False)
    assert str(after.entry_into_force) == "2023-07-01 to 2024-06-01 (unverified)"
    assert str(due(after, Obligation.stockpile)) == "2031-07-01 to 2032-06-01 (unverified)"


def test_a_successor_is_bound_from_its_succession_where_a_document_says_so():
    bosnia = status("BIH", date(2013, 1, 1))["ccw"]
    assert str(bosnia.entry_into_force) == "1992-03-06"
    montenegro = status("MNE", date(2013, 1, 1))["apmbc"]
    assert montenegro.standing is PARTY
    assert str(montenegro.entry_into_force) == "2006-06-03 to 2007-04-01 (unverified)"
    assert status("MNE", date(2006, 12, 1))["apmbc"].standing is Standing.unknown


def test_provisional_application_is_said_while_it_lasts():
    between = status("LTU", date(2011, 5, 1))["ccm"]
    assert between.standing is Standing.bound_not_yet
    assert any("provisionally" in note for note in between.notes)
    assert not any("provisionally" in note for note in status("LTU", THEN)["ccm"].notes)


# --- deadlines ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "key", "stockpile", "clearance", "first"),
    [
        ("UKR", "apmbc", "2010-06-01", "2016-06-01", "2006-11-28"),
        ("LTU", "ccm", "2019-09-01", "2021-09-01", "2012-02-28"),
        ("LAO", "ccm", "2018-08-01", "2020-08-01", "2011-01-28"),
        ("NGA", "ccm", "2031-08-01", "2033-08-01", "2024-01-28"),
    ],
)
def test_deadlines_count_from_the_entry_into_force(who, key, stockpile, clearance, first):
    """Four and eight years, ten years, 180 days; 28 January 2024 and 1 June 2016 as published."""
    found = status(who, date(2024, 1, 1))[key]
    assert str(due(found, Obligation.stockpile).original) == stockpile
    assert str(due(found, Obligation.clearance).original) == clearance
    assert str(due(found, Obligation.first_report).due) == first


def test_the_ccw_has_no_clearance_deadline():
    for key in ("ccw", "ap2", "p5"):
        found = status("UKR", THEN)[key]
        for obligation in (Obligation.clearance, Obligation.stockpile):
            assert (due(found, obligation).due, str(due(found, obligation))) == (
                None,
                "not applicable",
            )


def test_an_extension_counts_from_its_decision_and_a_request_does_not():
    ukraine = [
        due(status("UKR", day)["apmbc"], Obligation.clearance)
        for day in (date(2018, 6, 1), date(2019, 6, 1), THEN)
    ]
    assert [str(one) for one in ukraine] == [
        "2016-06-01",
        "2021-06-01",
        "2033-12-01 (unverified)",
    ]
    assert [one.state for one in ukraine] == ["passed unless extended", "ahead", "ahead"]
    assert {str(one.original) for one in ukraine} == {"2016-06-01"}
    bosnia = due(status("BIH", NOW)["ccm"], Obligation.clearance)
    assert [e.status for e in bosnia.extensions] == ["requested"]
    assert (str(bosnia), bosnia.state) == ("2021-03-01", "passed unless extended")


def test_clearance_counts_from_the_end_of_hostilities_when_that_is_later():
    """Article 4 of the Cluster Munitions Convention; the Mine Ban Treaty knows no such rule."""
    ended = date(2020, 5, 17)
    found = status("CHE", THEN, hostilities_ended=ended)
    assert str(due(found["ccm"], Obligation.clearance)) == "2030-05-17 (unverified)"
    assert str(due(found["apmbc"], Obligation.clearance)) == "2009-03-01"
    earlier = status("CHE", THEN, hostilities_ended=date(1999, 1, 1))
    assert str(due(earlier["ccm"], Obligation.clearance)) == "2023-01-01"


@pytest.mark.parametrize(
    ("key", "day", "expected"),
    [
        ("apmbc", date(2024, 4, 30), "2024-04-30"),
        ("apmbc", date(2024, 5, 1), "2025-04-30"),
        ("ccm", date(2024, 5, 1), "2025-04-30"),
        ("ap2", date(2024, 3, 31), "2024-03-31"),
        ("p5", date(2024, 4, 1), "2025-03-31"),
    ],
)
def test_the_next_yearly_report(key, day, expected):
    assert str(due(status("AUT", day)[key], Obligation.yearly_report).due) == expected


def test_the_first_yearly_report_comes_after_the_first_report():
    """Vanuatu is bound from 1 March 2026: first report in August 2026, yearly from 2027."""
    found = [one for one in deadlines(2026, treaty="ccm") if one.iso3 == "VUT"]
    assert [(one.obligation.value, str(one)) for one in found] == [("first_report", "2026-08-28")]
    later = [one for one in deadlines(2027, treaty="ccm") if one.iso3 == "VUT"]
    assert [(one.obligation.value, str(one)) for one in later] == [("yearly_report", "2027-04-30")]


def test_a_yearly_report_that_may_come_before_the_first_report_is_listed_as_unsure():
    """South Sudan's first report fell due between December 2023 and November 2024."""
    (found,) = [
        one
        for one in deadlines(2024, treaty="ccm")
        if (one.iso3, one.obligation) == ("SSD", Obligation.yearly_report)
    ]
    assert str(found) == "2024-04-30 (unverified)"
    assert "if the first was due before it" in found.note


def test_deadlines_of_a_year_hold_what_may_fall_into_it_and_leave_out_who_has_left():
    found = deadlines(2026)
    for one in found:
        assert 2026 in one.due.years
    assert found == sorted(found, key=lambda one: one.due.last)
    who = {(one.treaty.key, one.iso3, one.obligation.value) for one in found}
    assert ("ccm", "LTU", "yearly_report") not in who
    assert ("apmbc", "FIN", "yearly_report") not in who
    assert ("apmbc", "UKR", "yearly_report") in who
    assert ("ccm", "PLW", "clearance") in who, "its interval reaches from 2026 into 2027"
    assert ("ccm", "PLW", "clearance") in {
        (one.treaty.key, one.iso3, one.obligation.value) for one in deadlines(2027)
    }
    assert [one.treaty.key for one in deadlines(2026, treaty="Ottawa Convention")].count(
        "apmbc"
    ) == len([one for one in found if one.treaty.key == "apmbc"])


def test_a_deadline_on_the_day_has_not_passed_and_afterwards_only_unless_extended():
    """The table of extensions is not complete; stockpiles of the Mine Ban Treaty have none."""

    def of_switzerland(key, year, obligation, day):
        return next(
            one.state
            for one in deadlines(year, treaty=key, on=day)
            if (one.iso3, one.obligation) == ("CHE", obligation)
        )

    clearance, stockpile = Obligation.clearance, Obligation.stockpile
    assert of_switzerland("ccm", 2023, clearance, date(2023, 1, 1)) == "ahead"
    assert of_switzerland("ccm", 2023, clearance, date(2023, 1, 2)) == "passed unless extended"
    assert of_switzerland("ccm", 2021, stockpile, date(2023, 1, 2)) == "passed unless extended"
    assert of_switzerland("apmbc", 2003, stockpile, date(2023, 1, 2)) == "passed"


@given(st.sampled_from(sorted(all_states())), st.dates(date(1990, 1, 1), date(2030, 1, 1)))
def test_every_state_has_a_standing_on_every_day_and_says_why_when_it_is_unsure(iso3, day):
    for found in status(iso3, day).treaties.values():
        assert found.standing in found.possible or found.standing is Standing.unknown
        assert (found.standing is Standing.unknown) == (len(found.possible) > 1)
        if found.standing is Standing.unknown:
            assert not found.verified
            assert found.notes
        if found.verified and found.since is not None:
            assert found.since.verified
        for one in found.deadlines:
            if one.verified and one.due is not None:
                assert one.due.exact
                assert found.entry_into_force.verified or one.extensions


# --- made-up facts --------------------------------------------------------------------------------

PAPER = Source("paper", Kind.official, "A document", "https://example.org", "", NOW)
RUMOUR = Source("rumour", Kind.press, "A newspaper", "https://example.org", "", NOW)


def register_of(treaty=APMBC, **steps):
    facts = {Step(name): fact for name, fact in steps.items()}
    part = Participation(treaty, "USA", facts)
    until = Coverage(When.parse("2029-12-31"), PAPER)
    real = status_register()
    return StatusRegister({(treaty.key, "USA"): part}, dict.fromkeys(real.coverage, (until,)))


def fact(text, source=PAPER, manner=""):
    return Fact(None if text is None else When.parse(text), source, manner)


def test_a_withdrawal_that_was_notified_in_a_year_takes_effect_in_an_interval():
    known = register_of(
        consent=fact("2000-01-15", manner="ratification"), withdrawal_notified=fact("2025")
    )
    on = lambda day: status("USA", day, register=known)["apmbc"]  # noqa: E731
    assert on(date(2025, 6, 30)).standing is PARTY
    assert on(date(2025, 7, 1)).standing is Standing.unknown
    assert on(date(2025, 7, 1)).possible == (PARTY, OUT)
    assert on(date(2026, 6, 30)).standing is OUT
    assert str(on(date(2026, 6, 30)).withdrawal) == "2025-07-01 to 2026-06-30 (unverified)"
    doubtful = due(on(date(2025, 7, 1)), Obligation.yearly_report)
    assert not doubtful.verified
    assert "may come before" in doubtful.note


def test_a_withdrawal_without_any_date_is_unknown_from_the_entry_into_force_on():
    known = register_of(
        consent=fact("2000-01-15", manner="ratification"),
        withdrawal_effective=fact(None, RUMOUR),
    )
    on = lambda day: status("USA", day, register=known)["apmbc"]  # noqa: E731
    assert on(date(2000, 6, 30)).standing is Standing.bound_not_yet
    assert on(date(2015, 1, 1)).possible == (PARTY, OUT)
    assert on(date(2029, 12, 31)).standing is OUT


def test_withdrawal_from_the_ccw_takes_a_year():
    ccw = treaties()["ccw"]
    known = register_of(
        ccw,
        consent=fact("2000-01-15", manner="accession"),
        withdrawal_notified=fact("2020-02-29"),
    )
    left = status("USA", date(2020, 6, 1), register=known)["ccw"].withdrawal
    assert str(left.when) == "2021-02-28"


def test_what_rests_on_the_press_makes_everything_computed_from_it_unverified():
    known = register_of(consent=fact("2000-01-15", RUMOUR, "ratification"))
    found = status("USA", date(2004, 1, 1), register=known)["apmbc"]
    assert (found.standing, found.verified) == (PARTY, False)
    dated = [one for one in found.deadlines if one.due is not None]
    assert len(dated) == 4
    assert not any(one.verified for one in dated)
    told = register_of(consent=fact("2000-01-15", PAPER, "ratification"))
    assert status("USA", date(2004, 1, 1), register=told)["apmbc"].verified


def test_a_deadline_computed_with_a_rule_from_memory_is_unverified():
    rule = APMBC.rules["stockpile_years"]
    forgotten = replace(rule, source=APMBC.rules["yearly_report"].source)
    assert forgotten.source.kind is Kind.memory
    other = replace(APMBC, rules=APMBC.rules | {"stockpile_years": forgotten})
    known = register_of(other, consent=fact("2000-01-15", manner="ratification"))
    found = status("USA", date(2004, 1, 1), register=known)["apmbc"]
    assert not due(found, Obligation.stockpile).verified
    assert due(found, Obligation.clearance).verified


def test_an_entry_into_force_computed_with_a_rule_from_memory_is_unverified():
    forgotten = replace(APMBC.rules["binds"], source=APMBC.rules["yearly_report"].source)
    other = replace(APMBC, rules=APMBC.rules | {"binds": forgotten})
    known = register_of(other, consent=fact("2000-01-15", manner="ratification"))
    found = status("USA", date(2004, 1, 1), register=known)["apmbc"]
    assert (str(found.since), found.verified) == ("2000-07-01 (unverified)", False)


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "iso3"),
    [
        ("UKR", "UKR"),
        ("ua", "UKR"),
        ("  lao people's democratic republic ", "LAO"),
        ("Lao People’s Democratic Republic", "LAO"),
        ("Cote d'Ivoire", "CIV"),
        ("Côte d'Ivoire", "CIV"),
        ("Türkiye", "TUR"),
        ("Turkey", "TUR"),
        ("The former Yugoslav Republic of Macedonia", "MKD"),
        ("Congo", "COG"),
        ("Democratic Republic of the Congo", "COD"),
        ("Swaziland", "SWZ"),
        ("Holy See", "VAT"),
        ("State of Palestine", "PSE"),
        ("NA", "NAM"),
    ],
)
def test_states_are_found_by_code_and_by_the_names_that_people_use(text, iso3):
    assert state(text).iso3 == iso3


def test_an_unknown_state_or_treaty_is_refused_with_what_is_near():
    with pytest.raises(TreatyError, match=r"'Ucraine' is no state.*Near: .*Ukraine \(UKR\)"):
        state("Ucraine")
    with pytest.raises(TreatyError, match=r"'nato' is no treaty.*apmbc, ccm, ccw, ap2, p5"):
        deadlines(2026, treaty="nato")
