"""Files become documents: encodings, formats, boilerplate, dates."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest

from evidence import texts
from landrelease.evidence import EvidenceError, from_bytes, from_text, read
from landrelease.evidence.metadata import parse_date


def kinds(text: str) -> list[tuple[str, str]]:
    document = from_text(text)
    return [(kind, document.text[start:end]) for start, end, kind in document.boilerplate]


def test_text_is_kept_whole_and_hashed(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_bytes("\ufeffFirst line.\r\nCafe\u0301 mines.\rLast.".encode())
    document = read(path)
    assert document.text == "First line.\nCafé mines.\nLast."
    assert document.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert document.path == str(path)
    assert document.format == "txt"


@pytest.mark.parametrize(
    ("data", "text", "note"),
    [
        ("“Mines”".encode(), "“Mines”", None),
        ("“Mines”".encode("cp1252"), "“Mines”", "Windows-1252"),
        (b"\x81\xe9t\xe9", "\x81été", "8859-1"),
        ("Mines, Ōland".encode("utf-16"), "Mines, Ōland", "UTF-16"),
    ],
)
def test_encodings(data: bytes, text: str, note: str | None) -> None:
    document = from_bytes(data, "a.txt")
    assert document.text == text
    assert (note is None) == (document.notes == ())
    assert note is None or note in document.notes[0]


def test_empty_file_is_a_document_that_says_so() -> None:
    document = from_bytes(b"", "empty.txt")
    assert document.text == ""
    assert document.language == "und"
    assert "no text" in document.notes[0]


def test_what_cannot_be_read_names_file_and_cause(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match=r"missing\.txt: cannot be read"):
        read(tmp_path / "missing.txt")
    with pytest.raises(EvidenceError, match=r"picture\.txt: looks like a binary"):
        from_bytes(bytes(range(256)) * 20, "picture.txt")
    with pytest.raises(EvidenceError, match=r"cut\.pdf: .*is the file whole"):
        from_bytes(b"%PDF-1.7\nnothing more", "cut.pdf")
    with pytest.raises(EvidenceError, match=r"false\.pdf: named \.pdf"):
        from_bytes(b"plain words", "false.pdf")


def test_html_gives_content_and_metadata_and_runs_nothing() -> None:
    body = "".join(f"<p>{part}</p>" for part in texts.AGENCY.split("\n\n"))
    page = f"""<!doctype html><html><head><title>Hills stay closed</title>
      <meta property="og:site_name" content="Coast Daily">
      <meta property="article:published_time" content="2021-03-04T10:00:00Z">
      <script>document.write("SCRIPTED WORDS")</script></head>
      <body><nav><a href="/">Home</a> <a href="/x">Sport</a></nav>
      <article><h1>Hills stay closed</h1>{body}</article>
      <footer>All rights reserved</footer></body></html>"""
    document = from_bytes(page.encode(), "page.html")
    assert document.format == "html"
    assert "Interior Minister Tomas Arrel said" in document.text
    assert "SCRIPTED" not in document.text
    assert document.publisher == "Coast Daily"
    assert document.published is not None
    assert document.published.value == "2021-03-04"
    assert document.title == "Hills stay closed"


@pytest.mark.parametrize(
    "page",
    ["<html>", "<html><body></body></html>", "<html>" + "<div>" * 5000, "<html>\x00<p>a</p>"],
)
def test_hostile_html_never_crashes(page: str) -> None:
    assert from_bytes(page.encode(), "x.html").format == "html"


def test_pdf_without_text_says_so() -> None:
    from pypdf import PdfWriter

    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    buffer = io.BytesIO()
    writer.write(buffer)
    document = from_bytes(buffer.getvalue(), "scan.pdf")
    assert document.format == "pdf"
    assert any("pictures are not read" in note for note in document.notes)


def test_locked_pdf_is_refused() -> None:
    from pypdf import PdfWriter

    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.encrypt("secret", algorithm="AES-128")
    buffer = io.BytesIO()
    writer.write(buffer)
    with pytest.raises(EvidenceError, match="locked"):
        from_bytes(buffer.getvalue(), "locked.pdf")


def test_right_to_left_text_keeps_its_language_and_yields_no_claims() -> None:
    from landrelease.evidence import statements

    text = "قال الوزير إن فرق إزالة الألغام تعمل في القرى القريبة من الحدود منذ أسبوعين. " * 3
    document = from_text(text)
    assert document.language == "ar"
    assert statements(document) == []


def test_boilerplate_is_set_apart() -> None:
    text = """\
Mines close valley road
Mines close valley road
Posted on 11/20/2024
By Anna Smythe
The valley road stays closed, the ministry said.
A deminer works beside the road. Photo: Jo Bell/Example Pictures
Read the original article on Valley News
Dear readers,
We need your help to go on.
Your support makes us strong.
END/AB/CD/
Comments( 0 )
AI Chat"""
    found = kinds(text)
    assert [kind for kind, _ in found] == [
        "title_repeat", "date_line", "byline", "caption", "read_original", "reader_appeal",
        "reader_appeal", "reader_appeal", "end_mark", "comments",
    ]  # fmt: skip
    document = from_text(text)
    assert document.title == "Mines close valley road"
    assert document.byline == "Anna Smythe"
    assert document.publisher == "Valley News"


def test_bullets_above_a_report_are_a_summary_but_a_list_alone_is_the_report() -> None:
    running = (
        "The teams of the valley have marked the fields along the river, and work goes on there. "
    )
    assert [k for k, _ in kinds(f"• One thing\n• Two things\n\n{running * 2}\nMore.")] == [
        "bullet_summary",
        "bullet_summary",
    ]
    assert kinds("• One thing\n• Two things\n• Three things") == []


def test_comment_heading_in_the_middle_takes_only_itself() -> None:
    text = "Comment:\n" + "".join(
        f"The ministry closed the valley road number {number} on Monday.\n" for number in range(5)
    )
    assert kinds(text) == [("comments", "Comment:")]


@pytest.mark.parametrize(
    ("line", "value", "precision"),
    [
        ("11/20/2024", "2024-11-20", "day"),
        ("20/11/2024", "2024-11-20", "day"),
        ("05/06/2024", "2024", "year"),
        ("5/5/2024", "2024-05-05", "day"),
        ("2024-11-20", "2024-11-20", "day"),
        ("Nov. 20th, 2024", "2024-11-20", "day"),
        ("20 November 2024", "2024-11-20", "day"),
        ("November 2024", "2024-11", "month"),
    ],
)
def test_date_lines(line: str, value: str, precision: str) -> None:
    found = parse_date(line, "date line")
    assert found is not None
    assert (found.value, found.precision) == (value, precision)


@pytest.mark.parametrize("line", ["2024-13-01", "31 February 2024", "no date", "", "99/99/2024x"])
def test_no_date_is_made_up(line: str) -> None:
    found = parse_date(line, "date line")
    assert found is None or found.precision != "day"


def test_place_line_with_agency_and_date() -> None:
    document = from_text(texts.AGENCY)
    assert document.place_line == "PORT VELMA"
    assert document.agency == "AFP"
    assert document.published is not None
    assert document.published.value == "2021-03-04"
    assert ("place_line", "PORT VELMA, March 4, 2021 (AFP) -") in kinds(texts.AGENCY)


def test_day_without_year_takes_the_year_only_from_the_text() -> None:
    bare = from_text(texts.PARAPHRASED).published
    assert bare is not None
    assert (bare.value, bare.precision, bare.month_day) == (None, None, (3, 5))
    told = from_text(texts.PARAPHRASED + "\nThe crossing reopened on March 5, 2021.").published
    assert told is not None
    assert (told.value, told.precision) == ("2021-03-05", "day")


def test_anti_personnel_is_no_agency() -> None:
    assert from_text("Old AP mines were found near the river, the ministry said.").agency is None
    assert from_text("Mines were found, she told the Associated Press on Monday.").agency == "AP"
