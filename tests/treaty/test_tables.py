"""The tables of treaty reports: what they hold, what they never hide."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import made_up_report as made_up
from landrelease.treaty.tables import (
    KINDS,
    SCOPE_CLASSES,
    Absent,
    Column,
    Figure,
    Row,
    Table,
    report,
    shown,
    shown_km2,
    withhold,
)
from landrelease.treaty.tables.inputs import Change, Changes, Line, Programme, Standing


def table(kind: str, key: str, **changes: object) -> Table:
    document = report(kind, made_up.gathered(**changes))
    return next(table for table in document.all_tables() if table.key == key)


def row(found: Table, key: str) -> Row:
    return next(row for row in found.rows if row.key == key)


# --- cells ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "unit", "text", "km2"),
    [
        (0, "mm2", "0", "0"),
        (1, "mm2", "< 1", "0.00000000000100"),
        (499_999, "mm2", "< 1", "0.000000000000500"),
        (1_500_000, "mm2", "2", "0.00000150"),
        (2_500_000, "mm2", "2", "0.00000250"),
        (-1_500_000, "mm2", "−2", "−0.00000150"),
        (758_485_390_895_807, "mm2", "758,485,391", "758"),
        (1_246_700 * 10**12, "mm2", "1,246,700,000,000", "1,250,000"),
        (Decimal("1234.5"), "m2", "1,234", "0.00123"),
        (1_234_567, "items", "1,234,567", ""),
        (-3, "areas", "−3", ""),
        (Absent.UNKNOWN, "mm2", "unknown", ""),
        (Absent.NONE, "items", "none", ""),
    ],
)
def test_a_figure_is_shown_rounded_with_its_area_in_km2(
    value: int | Decimal | Absent, unit: str, text: str, km2: str
) -> None:
    if unit == "mm2" and value in (1, 499_999):
        # Three significant digits, whatever the magnitude.
        assert Decimal(shown_km2(Figure("", value, unit))) == pytest.approx(
            Decimal(str(value)) / 10**12, rel=Decimal("0.01")
        )
    else:
        assert shown_km2(Figure("", value, unit)) == km2
    assert shown(Figure("", value, unit)) == text


@given(st.integers(-(10**21), 10**21))
def test_km2_have_three_digits_and_are_never_off_by_more(mm2: int) -> None:
    text = shown_km2(Figure("", mm2, "mm2")).replace(",", "").replace("−", "-")
    digits = text.lstrip("-").replace(".", "").strip("0")
    assert len(digits) <= 3
    assert abs(Decimal(text) - Decimal(mm2) / 10**12) <= abs(Decimal(mm2) / 10**12) * Decimal(
        "0.005"
    )


def test_what_is_not_a_number_of_the_right_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="hectares"):
        Figure("land:x", 1, "hectares")
    with pytest.raises(ValueError, match="whole number"):
        Figure("land:x", 1.5, "mm2")  # type: ignore[arg-type]


def test_json_keeps_areas_exact_and_says_what_is_absent() -> None:
    assert Figure("a", 2**60, "mm2").to_json() == {"id": "a", "value": str(2**60), "unit": "mm2"}
    assert Figure("a", 3, "areas").to_json()["value"] == 3
    absent = Figure("a", Absent.NOT_RECORDED, "items").to_json()
    assert absent["value"] is None
    assert absent["absent"] == "not recorded"


def test_a_table_refuses_a_blank_cell() -> None:
    with pytest.raises(ValueError, match="not recorded"):
        Table("t", "T", "Row", (Column("a", "A"),), (Row("x", "X", {}),))


# --- reports --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_report_says_what_it_is_and_what_is_unverified(kind: str) -> None:
    document = report(kind, made_up.gathered())
    assert document.cover.standing == "Not an official report"
    assert not document.cover.official
    assert any("unverified" in sentence for sentence in document.cover.unverified)
    labels = {item.label for item in document.cover.items}
    assert {"Cut-off date", "Known at", "National profile"} <= labels
    known = next(item for item in document.cover.items if item.label == "Known at")
    assert "entry 57" in str(known.value)
    assert "ab" * 32 in known.note
    keys = [table.key for table in document.all_tables()]
    assert keys[:2] == ["not_known", "discrepancies"]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("kind", KINDS)
def test_every_area_of_a_unit_has_an_id_and_each_id_one_value(kind: str) -> None:
    document = report(kind, made_up.gathered())
    ids = [figure.id for figure in document.figures()]
    assert len(ids) == len(set(ids)) > 20
    for place in document.places():
        if place.table is not None and place.table.show_key:
            assert place.figure.id, place


def test_unknown_report_is_refused() -> None:
    with pytest.raises(ValueError, match="article7"):
        report("article9", made_up.gathered())


def test_two_values_under_one_id_are_refused() -> None:
    scopes = dict(made_up.gathered().scopes)
    other = made_up.scope("mine_ban", "the same ids", suspected=1)
    scopes["not_recorded"] = other
    with pytest.raises(ValueError, match="in one place"):
        report("article7", made_up.gathered(scopes=scopes)).figures()


def test_a_frozen_report_names_number_and_approver() -> None:
    standing = Standing(True, "A7/2024", "amra", "cd" * 32)
    cover = report("article7", made_up.gathered(standing=standing)).cover
    assert cover.official
    assert "A7/2024" in cover.standing
    assert "amra" in cover.standing
    assert "Not an official report" not in cover.standing


def test_mine_ban_scope_joins_improvised_mines_and_leaves_the_rest_visible() -> None:
    assert SCOPE_CLASSES["mine_ban"] == ("ap", "ap_improvised")
    keys = [t.key for t in report("article7", made_up.gathered()).tables]
    assert "remaining_mine_ban" in keys
    assert "remaining_not_recorded" in keys
    left_out = table("article7", "excluded")
    assert row(left_out, "av|erw").cells["areas"].value == 4  # type: ignore[union-attr]
    assert any("dangerous" in note for note in left_out.notes)
    assert not any(row.role == "total" for row in left_out.rows)


def test_classes_are_never_summed() -> None:
    classes = table("monitor-profile", "classes")
    assert all(row.role == "body" for row in classes.rows)
    assert any("must not be added up" in note for note in classes.notes)


def test_units_with_nothing_on_record_are_named_not_dropped() -> None:
    remaining = table("article7", "remaining_mine_ban")
    assert remaining.left_out == ("Quiet",)
    assert any("does not mean" in note for note in remaining.notes)
    assert "XC" not in [row.key for row in remaining.rows]
    assert "outside all units" in [row.key for row in remaining.rows]


def test_land_of_unrecorded_class_is_said_beside_the_mine_ban_table() -> None:
    notes = " ".join(table("article7", "remaining_mine_ban").notes)
    assert "class is not recorded may belong here too" in notes
    assert "class is not recorded may belong" not in " ".join(
        table("article7", "remaining_not_recorded").notes
    )


def test_the_ids_of_a_column_are_one_pattern() -> None:
    patterns = table("article7", "remaining_mine_ban").patterns()
    assert patterns["confirmed"] == f"land:confirmed:{made_up.DAY}:unit={{key}}:mine_ban@57"
    found = table("article7", "destroyed").patterns()
    assert found["destroyed"] == f"ordnance:destroyed:{made_up.PERIOD}:class={{key}}@57"


def test_what_a_figure_lacks_is_said_below_its_table() -> None:
    reach = made_up.gathered().education
    women = replace(reach.total.figures["women"], note="1 of 3 records do not say")
    total = replace(reach.total, figures={**reach.total.figures, "women": women})
    found = table("article7", "education", education=replace(reach, total=total))
    assert "All methods, women: 1 of 3 records do not say." in found.remarks()
    assert set(found.notes) < set(found.remarks())


def test_the_statement_closes_and_stands_beside_the_measured_ground() -> None:
    found = table("article7", "statement_mine_ban")
    for account in ("suspected", "confirmed", "open"):
        values = {r.key: r.cells[account] for r in found.rows if r.role != "apart"}
        terms = [f.value for key, f in values.items() if key != "closing"]  # type: ignore[union-attr]
        assert sum(terms) == values["closing"].value  # type: ignore[arg-type,union-attr]
    measured = row(found, "measured")
    assert measured.role == "apart"
    assert measured.cells["open"].value == 12_345_678_901  # type: ignore[union-attr]
    assert any("0 mm²" in note for note in found.notes)


def test_a_share_prints_its_denominator() -> None:
    years = table("article5-extension", "years")
    share = years.rows[0].cells["share"]
    assert share == "9.1 % of 0.0136 km²"
    assert any("0 in every year" in note and "voided" in note for note in years.notes)


def test_a_share_of_unrecorded_flows_is_not_recorded() -> None:
    scope = made_up.scope("mine_ban", "x")
    terms = {account: dict(found) for account, found in scope.statement.items()}
    terms["open"]["cleared"] = replace(terms["open"]["cleared"], value=Absent.NOT_RECORDED)
    years = table("article5-extension", "years", years=(replace(scope, statement=terms),))
    assert years.rows[0].cells["share"] is Absent.NOT_RECORDED


def test_four_ways_of_not_having_a_number_are_four_words() -> None:
    stocks = row(table("article7", "stocks"), "ap").cells
    names = ("stockpile", "retained", "transferred", "destroyed")
    assert [shown(stocks[name]) for name in names] == ["none", "86", "not recorded", "unknown"]
    assert shown(row(table("article7", "destroyed"), "av").cells["destroyed"]) == "0"


def test_victims_and_accidents_stand_apart_and_undated_ones_are_counted() -> None:
    victims = table("article7", "victims")
    assert row(victims, "total").cells["killed"].value == 6  # type: ignore[union-attr]
    assert row(victims, "accidents").role == "apart"
    assert any("never added up" in note for note in victims.notes)
    assert any(note.startswith("3 victims") for note in victims.notes)


def test_small_numbers_are_withheld_unless_asked_for() -> None:
    victims = table("article7", "victims")
    assert shown(row(victims, "sex=female").cells["killed"]) == "withheld"
    assert shown(row(victims, "sex=male").cells["killed"]) == "withheld"
    document = report("article7", made_up.gathered(), fewer_than=0)
    open_ = next(t for t in document.tables if t.key == "victims")
    assert shown(row(open_, "sex=female").cells["killed"]) == "1"


def test_what_changed_since_a_report_adds_up_in_its_table() -> None:
    change = Change(
        "land:cleared:x@60",
        "cleared",
        Figure("", 5_000_000, "mm2"),
        Figure("", 7_000_000, "mm2"),
        Figure("", 2_000_000, "mm2"),
        "entry 59: +2,000,000 mm²",
    )
    changes = Changes("A7/2023", 41, (change,), unchanged=12, not_compared=2)
    found = table("article7", "changes", changes=changes)
    assert [shown(cell) for cell in found.rows[0].cells.values()] == [
        "5", "7", "2", "m²", "entry 59: +2,000,000 mm²",
    ]  # fmt: skip
    assert any("12 figures" in note for note in found.notes)
    nothing = table("article7", "changes", changes=Changes("A7/2023", 41, (), 14))
    assert nothing.rows[0].label == "Nothing changed"


def test_the_cover_says_how_the_state_stands_in_the_treaties() -> None:
    ukraine = Programme(name="x", state="Ukraine", country="UKR")
    found = table("monitor-profile", "treaties", programme=ukraine)
    assert row(found, "apmbc").cells["standing"] == "party"
    assert row(found, "apmbc").cells["since"] == "2006-06-01"
    assert "unverified" in str(row(found, "ccm").cells["standing"])
    assert row(found, "ccm").cells["since"] is Absent.NOT_APPLICABLE
    # CCW has no deadline for clearance: the question does not arise.
    assert row(found, "ccw").cells["clearance"] is Absent.NOT_APPLICABLE
    for country in ("", "XXX"):
        document = report("ccm", made_up.gathered(programme=Programme(country=country)))
        assert "treaties" not in [t.key for t in document.all_tables()]


# --- withholding ----------------------------------------------------------------------------------


def lines_of(counts: list[list[int]], names: list[str]) -> list[Line]:
    return [
        Line(
            str(number),
            str(number),
            {
                name: Figure("", value, "persons")
                for name, value in zip(names, [*row, sum(row)], strict=True)
            },
        )
        for number, row in enumerate(counts)
    ]


@given(
    st.integers(1, 5).flatmap(
        lambda width: st.lists(
            st.lists(st.integers(0, 12), min_size=width, max_size=width), min_size=1, max_size=6
        )
    )
)
def test_nothing_withheld_can_be_worked_out_from_one_row_or_column(counts: list[list[int]]) -> None:
    names = [f"c{number}" for number in range(len(counts[0]))] + ["total"]
    lines = lines_of(counts, names)
    kept = withhold(lines, names, fewer_than=3)
    gaps = [[line.figures[name].value is Absent.WITHHELD for name in names] for line in kept]
    for line, shown_line, hidden in zip(lines, kept, gaps, strict=True):
        for name, gap in zip(names, hidden, strict=True):
            if gap:
                continue
            assert shown_line.figures[name] == line.figures[name]
            assert not 0 < line.figures[name].value < 3  # type: ignore[operator]
    small = any(0 < value < 3 for row in counts for value in [*row, sum(row)])
    assert any(any(row) for row in gaps) == small
    for row in gaps:
        assert sum(row) != 1
    if len(gaps) > 1:
        for column in zip(*gaps, strict=True):
            assert sum(column) != 1
