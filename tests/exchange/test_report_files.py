"""Reports as files: whole, exact, the same every time, safe to open."""

from __future__ import annotations

import io
import json
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pypdf
import pytest

import made_up_report as made_up
from landrelease.exchange import reports
from landrelease.exchange.problems import ExchangeError
from landrelease.exchange.reports import html, pdf, xlsx
from landrelease.exchange.reports import json as json_report
from landrelease.treaty.tables import KINDS, Figure, ReportDocument, report, shown


def document(kind: str = "article7", **options: object) -> ReportDocument:
    return report(kind, made_up.gathered(), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("suffix", list(reports.WRITERS))
def test_every_report_can_be_written_in_every_way_twice_the_same(
    kind: str, suffix: str, tmp_path: Path
) -> None:
    first, second = tmp_path / f"one{suffix}", tmp_path / f"two{suffix}"
    reports.write(document(kind), first)
    reports.write(document(kind), second)
    assert first.read_bytes() == second.read_bytes()
    assert first.stat().st_size > 5_000
    assert sorted(p.name for p in tmp_path.iterdir()) == [first.name, second.name]


def test_an_unknown_suffix_and_a_missing_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ExchangeError, match=r"\.xlsx, \.pdf, \.html, \.json"):
        reports.write(document(), tmp_path / "report.docx")
    with pytest.raises(ExchangeError, match="does not exist"):
        reports.write(document(), tmp_path / "nowhere" / "report.pdf")


# --- JSON -----------------------------------------------------------------------------------------


def test_json_holds_every_figure_exactly() -> None:
    made = document()
    body = json.loads(json_report.render(made))
    assert body["official"] is False
    assert body["standing"] == "Not an official report"
    found = {figure["id"]: figure for figure in body["figures"]}
    assert len(found) == len(made.figures())
    exact = found[f"land:suspected:{made_up.DAY}:unit=XA%2520:mine_ban@57"]
    assert exact == {**exact, "value": "12345678901", "unit": "mm2"}
    remaining = next(t for t in body["tables"] if t["key"] == "remaining_mine_ban")
    assert remaining["left_out"] == ["Quiet"]
    stocks = next(t for t in body["tables"] if t["key"] == "stocks")
    cells = stocks["rows"][0]["cells"]
    assert [cells[n].get("absent") for n in ("stockpile", "transferred", "destroyed")] == [
        "none", "not recorded", "unknown",
    ]  # fmt: skip
    assert cells["retained"]["value"] == 86


# --- workbook -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def book() -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(xlsx.render(document())))


def test_a_workbook_has_a_sheet_a_table_and_every_figure(book: openpyxl.Workbook) -> None:
    made = document()
    assert book.sheetnames == ["Cover", *(t.key for t in made.all_tables()), "Figures"]
    listed = {row[0]: row for row in book["Figures"].iter_rows(min_row=2, values_only=True)}
    assert listed.keys() == {figure.id for figure in made.figures()}
    exact = listed[f"land:suspected:{made_up.DAY}:unit=XA%2520:mine_ban@57"]
    assert exact[1:4] == ("12345678901", "mm²", 12345.678901)


def test_no_cell_of_a_workbook_is_a_formula(book: openpyxl.Workbook) -> None:
    texts = []
    for sheet in book:
        for cells in sheet.iter_rows():
            for cell in cells:
                assert cell.data_type != "f", (sheet.title, cell.coordinate)
                if isinstance(cell.value, str):
                    texts.append(cell.value)
    # Programme and unit are called like a formula, and are there all the same, word for word.
    assert made_up.NASTY in texts
    assert made_up.MARKUP in texts


def test_a_number_in_a_workbook_leads_to_its_figure(book: openpyxl.Workbook) -> None:
    sheet = book["remaining_mine_ban"]
    heading = [cell.value for cell in sheet[3]]
    column = heading.index("Suspected (SHA), m²") + 1
    cell = next(sheet.cell(r, column) for r in range(4, 20) if sheet.cell(r, 2).value == "XA%20")
    assert cell.value == 12346
    assert cell.hyperlink.tooltip == f"land:suspected:{made_up.DAY}:unit=XA%2520:mine_ban@57"
    target = cell.hyperlink.location.split("!")[1]
    assert book["Figures"][target].value == cell.hyperlink.tooltip


def test_totals_of_a_workbook_have_names(book: openpyxl.Workbook) -> None:
    where = book.defined_names["remaining_mine_ban_total_suspected"].attr_text
    sheet, cell = where.replace("'", "").replace("$", "").split("!")
    assert book[sheet][cell].value == 12346
    closing = book.defined_names["statement_mine_ban_closing_open"].attr_text
    opening = book.defined_names["statement_mine_ban_opening_open"].attr_text
    assert closing != opening


def test_a_workbook_says_on_every_sheet_that_it_is_not_official(book: openpyxl.Workbook) -> None:
    for sheet in book:
        top = [cell for row in sheet.iter_rows(max_row=3, values_only=True) for cell in row]
        footer = sheet.oddFooter.left.text or ""
        assert "Not an official report" in top or "Not an official report" in footer, sheet.title


# --- PDF ------------------------------------------------------------------------------------------


def test_a_pdf_holds_cover_tables_and_other_scripts() -> None:
    made = document()
    reader = pypdf.PdfReader(io.BytesIO(pdf.render(made)))
    text = "\n".join(page.extract_text() for page in reader.pages)
    plain = " ".join(text.split())
    assert "Not an official report" in plain
    assert made.cover.title in (reader.metadata.title or "")
    for table in made.all_tables():
        assert table.title in plain, table.title
    assert "Украјина" in plain
    assert "إزالة" in plain
    # Names that look like markup or code are printed as they are.
    assert "<b>Šćepan</b>" in plain
    assert "#emph[" in plain
    assert "=HYPERLINK(" in plain
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert any("Libertinus" in name for name in fonts)
    # Letters that the text face lacks come from a second one, not from empty boxes.
    assert any("DejaVu" in name for name in fonts)
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.trailer["/Root"]["/Lang"] == "en"
    assert b"pdfuaid:part" in reader.trailer["/Root"]["/Metadata"].get_object().get_data()


def test_a_pdf_is_dated_with_what_it_reports() -> None:
    reader = pypdf.PdfReader(io.BytesIO(pdf.render(document())))
    assert reader.metadata.creation_date.strftime("%Y-%m-%d") == "2025-03-01"


# --- web page -------------------------------------------------------------------------------------


class _Page(HTMLParser):
    """What a web page holds, and what it would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def page_of(made: ReportDocument) -> _Page:
    page = _Page()
    page.feed(html.render(made).decode())
    return page


def test_a_page_needs_nothing_beside_it_and_escapes_what_it_prints() -> None:
    page = page_of(document())
    names = [tag for tag, _ in page.tags]
    assert "script" not in names
    assert "link" not in names
    assert not [a for _, a in page.tags if "src" in a or "onclick" in a]
    assert "b" not in names  # the unit's name is text, not markup
    assert made_up.MARKUP in "".join(page.text)


def test_every_number_of_a_page_carries_its_id_and_its_exact_value() -> None:
    made = document()
    page = page_of(made)
    ids = {a["data-figure"] for _, a in page.tags if "data-figure" in a}
    in_tables = {p.figure.id for p in made.places() if p.table is not None and p.figure.id}
    assert ids == in_tables
    exact = {a["value"] for tag, a in page.tags if tag == "data"}
    assert "12345678901" in exact


def test_tables_of_a_page_can_be_read_aloud() -> None:
    made = document()
    page = page_of(made)
    assert [tag for tag, _ in page.tags].count("caption") == len(made.all_tables())
    heads = [a.get("scope") for tag, a in page.tags if tag == "th"]
    assert set(heads) == {"col", "row"}
    assert ("html", {"lang": "en"}) in page.tags


def test_numbers_link_to_their_trace_where_an_address_is_given() -> None:
    made = document(trace_url="https://register.example/trace/")
    some = next(f for f in made.figures() if ":unit=" in f.id)
    links = {a.get("href") for tag, a in page_of(made).tags if tag == "a"}
    from urllib.parse import quote

    address = "https://register.example/trace/" + quote(some.id, safe="")
    assert address in links
    reader = pypdf.PdfReader(io.BytesIO(pdf.render(made)))
    in_pdf = {
        annotation.get_object()["/A"]["/URI"]
        for page in reader.pages
        for annotation in page.get("/Annots", [])
    }
    assert address in in_pdf


def test_a_withheld_number_is_in_no_file(tmp_path: Path) -> None:
    made = document()
    hidden = [
        place.figure.id
        for place in made.places()
        if isinstance(place.figure, Figure) and shown(place.figure) == "withheld"
    ]
    assert hidden
    body = json.loads(json_report.render(made))
    values = {figure["id"]: figure["value"] for figure in body["figures"]}
    assert all(values[name] is None for name in hidden)
    listed = {
        row[0]: row[1]
        for row in openpyxl.load_workbook(io.BytesIO(xlsx.render(made)))["Figures"].iter_rows(
            min_row=2, values_only=True
        )
    }
    assert all(listed[name] == "withheld" for name in hidden)
