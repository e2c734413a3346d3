"""The tables: every row says where it was read, and they agree with what others publish."""

from __future__ import annotations

import csv
import re
from datetime import date, datetime
from importlib.resources import files

import pytest

from landrelease import treaty
from landrelease.treaty import (
    Standing,
    Step,
    When,
    participation,
    sources,
    status,
    status_register,
    tablefiles,
    treaties,
)
from landrelease.treaty import state as find_state
from landrelease.treaty.sources import CITABLE, Kind
from landrelease.treaty.tablefiles import Line

DATA = files("landrelease.treaty").joinpath("data")
CITING = ("participation", "changes", "events", "extensions", "rules", "coverage")


def rows(name):
    with DATA.joinpath(f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def consents(key, by=None):
    """Days of consent to a treaty, earliest first."""
    register, one = status_register(), treaties()[key]
    found = [register.of(one, iso3).facts.get(Step.consent) for iso3 in register.states(one)]
    days = sorted(fact.when.last for fact in found if fact is not None)
    return days if by is None else [day for day in days if day <= by]


def count(key, day):
    """States by standing on a day."""
    register, one = status_register(), treaties()[key]
    found: dict[Standing, int] = {}
    for iso3 in register.states(one):
        standing = status(iso3, day)[key].standing
        found[standing] = found.get(standing, 0) + 1
    return found


@pytest.mark.parametrize("name", CITING)
def test_every_row_has_a_source_and_the_day_it_was_read(name):
    found = rows(name)
    assert found
    for row in found:
        source = sources()[row["source"]]
        assert date.fromisoformat(row["retrieved"]) == source.retrieved
        assert source.title
        assert source.url.startswith("http") or source.kind is Kind.memory


def test_every_source_is_used_and_memory_verifies_nothing():
    cited = {row["source"] for name in CITING for row in rows(name)}
    # The head of a page that only a test compares a count with, and one that only confirms.
    assert set(sources()) - cited <= {
        "untc-ccm-2025",
        "nl-apmbc",
        "isu-ccm-laos",
        "clearing-ukraine-2020",
        "monitor-ukraine-2017",
    }
    assert {Kind.memory, Kind.press, Kind.compilation}.isdisjoint(CITABLE)


@pytest.mark.parametrize(
    ("key", "needed"),
    [
        ("apmbc", 40),
        ("ccm", 30),
        # Twenty were needed; three of them are dissolved and no longer in the depositary's table:
        # Czechoslovakia, the German Democratic Republic and Yugoslavia.
        ("ccw", 17),
        ("ap2", 20),
        ("p5", 20),
    ],
)
def test_a_treaty_entered_into_force_when_enough_states_had_consented(key, needed):
    """The day in the table of rules follows from the table of participation, by the same rule."""
    one = treaties()[key]
    last_needed = consents(key)[needed - 1]
    assert one.in_force_since == one.binds_on(last_needed)
    assert one.binds_on(consents(key)[needed]) >= one.in_force_since


@pytest.mark.parametrize(
    ("key", "iso3", "day"),
    [
        # As the depositary's lists of the Netherlands, press releases and reports state them.
        ("apmbc", "AFG", "2003-03-01"),
        ("apmbc", "ALB", "2000-08-01"),
        ("apmbc", "DZA", "2002-04-01"),
        ("apmbc", "AND", "1999-03-01"),
        ("apmbc", "AGO", "2003-01-01"),
        ("apmbc", "ARG", "2000-03-01"),
        ("apmbc", "BTN", "2006-02-01"),
        ("apmbc", "KHM", "2000-01-01"),
        ("apmbc", "COG", "2001-11-01"),
        ("apmbc", "UKR", "2006-06-01"),
        ("apmbc", "MHL", "2025-09-01"),
        ("apmbc", "TON", "2025-12-01"),
        ("ccm", "LTU", "2011-09-01"),
        ("ccm", "CHE", "2013-01-01"),
        ("ccm", "NIU", "2021-02-01"),
        ("ccm", "NGA", "2023-08-01"),
        ("ccm", "VUT", "2026-03-01"),
        ("ccw", "ARG", "1996-04-02"),
        ("ccw", "AUS", "1984-03-29"),
        ("ccw", "BEN", "1989-09-27"),
        ("ccw", "BIH", "1992-03-06"),
        ("ccw", "AFG", "2018-02-09"),
        ("p5", "AUS", "2007-07-04"),
        ("p5", "ALB", "2006-11-12"),
        ("p5", "FRA", "2007-04-30"),
        ("p5", "BEN", "2020-03-27"),
        ("p5", "IRQ", "2015-03-24"),
    ],
)
def test_entry_into_force_agrees_with_what_others_publish(key, iso3, day):
    found = status(iso3, date(2026, 11, 22))[key].entry_into_force
    assert str(found.when) == day


@pytest.mark.parametrize(
    ("key", "day", "states", "who"),
    [
        ("apmbc", date(2006, 7, 31), 151, "Landmine Monitor 2006, July 2006"),
        ("apmbc", date(2014, 8, 20), 162, "Implementation Support Unit, Oman the 162nd"),
        ("apmbc", date(2018, 11, 30), 164, "Implementation Support Unit, 30 November 2018"),
        ("apmbc", date(2025, 3, 12), 165, "ICBL, Marshall Islands the 165th"),
        ("apmbc", date(2025, 6, 26), 166, "ICBL, Tonga the 166th; Landmine Monitor 2025"),
        ("ccm", date(2022, 8, 1), 110, "Cluster Munition Monitor 2022"),
        ("ccm", date(2016, 8, 15), 100, "Cluster Munition Monitor 2016"),
        ("ccm", date(2014, 3, 20), 84, "Landmine and Cluster Munition Monitor, 20 March 2014"),
        ("ccm", date(2023, 2, 28), 111, "Implementation Support Unit, Nigeria the 111th"),
    ],
)
def test_as_many_states_have_consented_as_are_published(key, day, states, who):
    """Published numbers of states parties count deposits, also those not yet in force."""
    found = consents(key, day)
    undecided = [d for d in consents(key) if d.year == day.year and d > day]
    # Where a source gives the year alone, the deposit may lie before or after the day.
    assert len(found) <= states <= len(found) + len(undecided), who


def test_after_the_withdrawals_fewer_are_party_than_ever_joined():
    """166 joined by mid-2025; five left, Lebanon joined in 2026 on a day that is not known."""
    found = count("apmbc", date(2026, 11, 22))
    assert found[Standing.withdrawn] == 5
    assert found[Standing.party] == 166 - 5
    assert found[Standing.unknown] == 1
    lebanon = status("LBN", date(2026, 11, 22))["apmbc"]
    assert Standing.party in lebanon.possible


def test_the_cluster_convention_has_as_many_parties_and_signatories_as_the_depositary_says():
    """UN Treaty Collection on 22 June 2025: 111 parties, 107 signatories, Lithuania gone."""
    found = count("ccm", date(2025, 6, 22))
    assert found[Standing.party] == 111
    register, one = status_register(), treaties()["ccm"]
    signed = [
        iso3
        for iso3 in register.states(one)
        if Step.signature in register.of(one, iso3).facts
        and status(iso3, date(2025, 6, 22))["ccm"].standing is not Standing.withdrawn
    ]
    assert len(signed) == 107
    assert found[Standing.signatory] == 12


def test_withdrawals_take_effect_as_the_treaty_says():
    """Where a source gives notice and effect, the effect is six months after the notice."""
    register = status_register()
    both = [
        part
        for part in register.facts.values()
        if {Step.withdrawal_notified, Step.withdrawal_effective} <= set(part.facts)
    ]
    assert {part.iso3 for part in both} == {"EST", "FIN", "LTU", "LVA"}
    for part in both:
        notified = part.facts[Step.withdrawal_notified].when
        assert part.facts[Step.withdrawal_effective].when == notified.moved(
            part.treaty.withdrawal_takes_effect
        )


GOOD = {
    "treaty": "apmbc", "state": "USA", "step": "consent", "date": "2030-01-02",
    "manner": "accession", "source": "untc-2013", "retrieved": "2026-11-22", "note": "",
}  # fmt: skip
TAKEN = GOOD | {"state": "UKR", "manner": "ratification"}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (TAKEN, "consent of UKR stands in the tables twice"),
        (GOOD | {"manner": ""}, "the manner '' does not fit the step consent"),
        (GOOD | {"step": "signature"}, "the manner 'accession' does not fit the step signature"),
        (GOOD | {"state": "XXX"}, "'XXX' is no state of ISO 3166"),
        (GOOD | {"treaty": "npt"}, "there is no treaty 'npt'"),
        (GOOD | {"date": "2 Jan 2030"}, "'2 Jan 2030' is no date"),
        (GOOD | {"source": "hearsay"}, "the source 'hearsay' is not in sources.csv"),
        (GOOD | {"retrieved": "2020-01-01"}, "says it was read on 2020-01-01"),
    ],
)
def test_a_row_that_cannot_be_right_is_refused_with_file_and_line(monkeypatch, row, said):
    read = participation.lines

    def with_one_more(name, columns):
        yield from read(name, columns)
        if name == "changes.csv":
            yield Line("changes.csv:99", row)

    monkeypatch.setattr(participation, "lines", with_one_more)
    with pytest.raises(treaty.TreatyError, match=rf"^changes\.csv:99: .*{re.escape(said)}"):
        participation.status_register.__wrapped__()


def test_a_good_row_more_is_taken(monkeypatch):
    read = participation.lines

    def with_one_more(name, columns):
        yield from read(name, columns)
        if name == "changes.csv":
            yield Line("changes.csv:99", GOOD)

    monkeypatch.setattr(participation, "lines", with_one_more)
    found = participation.status_register.__wrapped__().of(treaties()["apmbc"], "USA")
    assert str(found.facts[Step.consent].when) == "2030-01-02"


def test_a_table_with_other_columns_or_a_broken_row_is_refused(monkeypatch, tmp_path):
    (tmp_path / "data").mkdir()
    table = tmp_path / "data" / "names.csv"
    monkeypatch.setattr(tablefiles, "files", lambda package: tmp_path)
    table.write_text("name,code\nUkraine,UKR\n", encoding="utf-8")
    with pytest.raises(treaty.TreatyError, match=r"names\.csv: the columns must be name, iso3"):
        list(tablefiles.lines("names.csv", ("name", "iso3")))
    table.write_text("name,iso3\nUkraine,UKR\nLaos\n", encoding="utf-8")
    with pytest.raises(treaty.TreatyError, match=r"names\.csv:3: has 1 cells instead of 2"):
        list(tablefiles.lines("names.csv", ("name", "iso3")))


# --- against the real tables ----------------------------------------------------------------------

TABLES = {"apmbc": "26-5", "ccm": "26-6", "ccw": "26-2", "ap2": "26-2-b", "p5": "26-2-d"}


@pytest.mark.shared
@pytest.mark.parametrize(("key", "name"), TABLES.items())
def test_the_table_holds_every_row_of_the_depositary_and_nothing_else(shared, key, name):
    path = shared / "data" / "treaty_status" / f"{name}.csv"
    letters = {
        "": "ratification", "A": "acceptance", "AA": "approval", "a": "accession",
        "d": "succession", "P": "consent",
    }  # fmt: skip
    theirs = set()
    with path.open(encoding="utf-8", newline="") as file:
        for cells in csv.DictReader(file):
            code = find_state(cells.pop("Participant")).iso3
            for column, cell in cells.items():
                if not cell:
                    continue
                words = cell.split()
                day = datetime.strptime(" ".join(words[:3]), "%d %b %Y").date()  # noqa: DTZ007
                step, manner = "consent", letters.get("".join(words[3:]))
                if column == "Signature":
                    step, manner = "signature", ""
                elif column.startswith("Provisional"):
                    step, manner = "provisional_application", ""
                theirs.add((code, step, day.isoformat(), manner))
    ours = {
        (row["state"], row["step"], row["date"], row["manner"])
        for row in rows("participation")
        if row["treaty"] == key
    }
    assert ours == theirs
    assert len(ours) == len([row for row in rows("participation") if row["treaty"] == key])


@pytest.mark.shared
def test_every_later_change_of_the_material_is_in_the_register(shared):
    path = shared / "data" / "treaty_status" / "deltas_since_2015.csv"
    register, seen = status_register(), 0
    with path.open(encoding="utf-8", newline="") as file:
        for change in csv.DictReader(file):
            one = treaty.treaty(change["treaty"])
            for code in change["iso2"].split():
                facts = register.of(one, find_state(code).iso3).facts
                seen += 1
                if change["change"] == "party":
                    when = facts[Step.consent].when
                    assert When.parse(change["year"]).overlaps(when), (code, change)
                elif change["change"] == "withdrawn":
                    assert Step.withdrawal_effective in facts, (code, change)
                else:
                    assert change["change"] == "signatory_only"
                    assert Step.signature in facts, (code, change)
                    assert Step.consent not in facts, (code, change)
    assert seen == 40 + 12


@pytest.mark.shared
def test_the_published_number_of_states_parties_is_the_registers(shared):
    path = shared / "data" / "monitor_claims" / "claims.csv"
    with path.open(encoding="utf-8", newline="") as file:
        claims = [c for c in csv.DictReader(file) if c["indicator"] == "apmbc_states_parties"]
    assert [(c["period_year"], c["value"]) for c in claims] == [("2025", "166")]
    assert len(consents("apmbc", date(2025, 12, 31))) == int(claims[0]["value"])
