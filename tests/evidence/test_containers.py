"""Files of every format become reports; what is broken is said, and nothing crashes."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from evidence import samples
from landrelease.evidence import Document, EvidenceError, Item, from_text, stories, unpack
from landrelease.evidence.containers import bounded, kind_of
from landrelease.evidence.containers.items import moment


def reports(data: bytes, name: str, **options: object) -> list[Document]:
    items = list(unpack(data, name, **options))  # type: ignore[arg-type]
    return [item.document for item in items if item.document is not None]


def states(data: bytes, name: str) -> list[str]:
    return [item.state for item in unpack(data, name)]


def attempt(data: bytes, name: str) -> tuple[list[Item], str | None]:
    """Items up to the end or to an EvidenceError, and what that one says."""
    found: list[Item] = []
    try:
        found.extend(unpack(data, name))
    except EvidenceError as error:
        return found, str(error)
    return found, None


# --- Formats --------------------------------------------------------------------------------------


def test_a_message_gives_its_day_and_who_sent_it() -> None:
    (document,) = reports(samples.mail(), "a.eml")
    assert document.text.strip().replace("\r", "") == samples.NEWS
    assert document.format == "email"
    assert document.title == "Fields open"  # without "Fwd:"
    assert document.byline == "Press Office"
    assert document.publisher == "Coast Mine Action Centre"
    assert document.published is not None
    assert document.published.value == "2021-03-04"  # the sender's clock, not 5 March in UTC
    assert document.published.found == "Date header of the e-mail"
    assert "@" not in f"{document.byline}{document.publisher}"
    assert document.sha256 == hashlib.sha256(samples.mail()).hexdigest()


def test_messages_with_parts_attachments_and_messages_inside() -> None:
    from email.message import EmailMessage

    inner = EmailMessage()
    inner["Subject"], inner["From"], inner["Message-ID"] = "Inner", "Ana <a@x.example>", "<in@x>"
    inner.set_content(samples.OTHER)
    outer = EmailMessage()
    outer["Subject"] = "Звіт про поле"
    outer["From"] = "Пресслужба <p@x.example>"
    outer["Message-ID"] = "<out@x>"
    outer.set_content(samples.NEWS)
    outer.add_alternative(f"<html><body><p>HTML {samples.NEWS}</p></body></html>", subtype="html")
    outer.add_attachment(samples.OTHER.encode(), maintype="text", subtype="plain", filename="r.txt")
    outer.add_attachment(samples.page(), maintype="text", subtype="html", filename="p.html")
    outer.add_attachment(b"%PDF-1.7\ncut", maintype="application", subtype="pdf", filename="c.pdf")
    outer.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="i.png")
    outer.add_attachment(inner)
    items = list(unpack(outer.as_bytes(), "a.eml"))
    assert [(item.locator, item.state) for item in items] == [
        (None, "report"), ("r.txt", "report"), ("p.html", "report"), ("c.pdf", "failed"),
        ("attachment 4", "report"),
    ]  # fmt: skip
    first = items[0].document
    assert first is not None
    assert "HTML" not in first.text
    assert (first.title, first.byline) == ("Звіт про поле", "Пресслужба")
    assert any("image/png" in note for note in first.notes)
    assert "c.pdf" in items[3].reason
    assert items[4].document is not None
    assert items[4].document.title == "Inner"


def test_html_only_mail_and_charsets() -> None:
    head = b"From: a <a@x>\nMessage-ID: <1>\nMIME-Version: 1.0\n"
    html = head + b"Content-Type: text/html; charset=windows-1251\n\n<p>" + (
        "Сапёры осмотрели поле у деревни и нашли две мины." * 3
    ).encode("cp1251")  # fmt: skip
    (document,) = reports(html, "a.eml")
    assert "Сапёры осмотрели поле" in document.text
    plain = (
        head + b"Content-Type: text/plain; charset=koi8-r\n\n" + "Сапёры у реки".encode("koi8-r")
    )
    assert reports(plain, "b.eml")[0].text.strip() == "Сапёры у реки"


def test_forwarding_replies_and_footers_are_set_apart() -> None:
    text = (
        "For your files.\n\n---------- Forwarded message ---------\n"
        "From: News Desk <desk@daily.example>\nDate: Wed, 3 Mar 2021 at 10:00\n"
        f"Subject: Fields open\nTo: me\n\n{samples.NEWS}\n\n"
        "On Tue, 2 Mar 2021, Jo Bell wrote:\n> Is the road open?\n> The minister said it is.\n\n"
        "You are receiving this e-mail because you signed up. Unsubscribe here.\n\n"
        "-- \nJo Bell\nCoast Institute\n"
    )
    (document,) = reports(samples.mail(text), "a.eml")
    apart = {kind: document.text[start:end] for start, end, kind in document.boilerplate}
    assert set(apart) == {"forwarded_header", "quoted_reply", "unsubscribe", "signature"}
    assert "News Desk" in apart["forwarded_header"]
    assert "minister said" in apart["quoted_reply"]
    assert apart["quoted_reply"].startswith("On Tue")
    assert apart["signature"].endswith("Coast Institute")
    assert document.published is not None
    assert document.published.value == "2021-03-03"
    assert document.byline is None  # who forwards a report did not write it
    assert any("2021-03-04" in note for note in document.notes)
    from landrelease.evidence import statements

    said = [document.text[slice(*one.content)] for one in statements(document)]
    assert len(said) == 1
    assert "cleared two fields" in said[0]


def test_a_mailbox_is_cut_at_its_messages_only() -> None:
    text = "He wrote:\n\n>From the hills they came.\n\nFrom the road they left.\n"
    data = samples.mailbox(samples.mail(text), samples.mail(samples.OTHER, id_="two"))
    first, second = reports(data, "a.mbox")
    assert (first.locator, second.locator) == ("one@coast.example", "two")
    assert "From the hills" in first.text
    assert "From the road they left" in first.text
    assert first.path == "a.mbox#one@coast.example"


def test_two_messages_of_one_id_are_two_documents() -> None:
    data = samples.mailbox(samples.mail(), samples.mail(samples.OTHER))
    assert [d.locator for d in reports(data, "a.mbox")] == [
        "one@coast.example", "one@coast.example (2)",
    ]  # fmt: skip


@pytest.mark.parametrize("packed", [False, True])
def test_web_archive(packed: bool) -> None:
    page = samples.page(
        datePublished="2021-03-04T10:00:00Z",
        author={"@type": "Person", "name": "Anna Smythe"},  # type: ignore[arg-type]
        publisher={"@type": "Organization", "name": "Coast Daily"},  # type: ignore[arg-type]
    )
    data = samples.warc(
        ("https://coast.example/a", page, "text/html; charset=utf-8"),
        ("https://coast.example/b", b"\x89PNG", "image/png"),
        ("https://coast.example/c", "Поле у реки.".encode("cp1251"), "text/plain; charset=cp1251"),
        packed=packed,
    )
    items = list(unpack(data, "a.warc.gz" if packed else "a.warc"))
    assert [item.state for item in items] == ["report", "skipped", "report"]
    first, last = items[0].document, items[2].document
    assert first is not None
    assert last is not None
    assert (first.publisher, first.byline, first.url) == (
        "Coast Daily", "Anna Smythe", "https://coast.example/a",
    )  # fmt: skip
    assert first.published is not None
    assert first.published.value == "2021-03-04"
    assert first.retrieved == last.retrieved == "2022-05-06"
    assert last.published is None
    assert last.text == "Поле у реки."
    assert items[0].data == page
    assert "image/png" in items[1].reason


def test_compressed_and_chunked_bodies_of_an_archive() -> None:
    body = gzip.compress(samples.page())
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    record = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n" + (
        b"Transfer-Encoding: chunked\r\n\r\n" + chunked
    )  # fmt: skip
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
        "WARC-Date: 2022-05-06T00:00:00Z\r\nWARC-Target-URI: https://x.example/\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(record)}\r\n\r\n"
    ).encode()
    (item,) = unpack(head + record + b"\r\n\r\n", "a.warc")
    assert item.data == samples.page()


def test_a_cut_archive_gives_what_stands_before_the_cut() -> None:
    data = samples.warc(
        ("https://x.example/a", samples.page(), "text/html"),
        ("https://x.example/b", samples.page(samples.OTHER), "text/html"),
    )
    items = list(unpack(data[:-400], "a.warc"))
    assert [item.state for item in items] == ["report", "failed"]
    assert "whole" in items[1].reason


def test_json_lines_and_their_field_names() -> None:
    data = samples.json_lines(
        {"body": samples.NEWS, "headline": "T", "publishedAt": "2021-03-04T23:59:00-05:00",
         "source": {"id": 3, "name": "Coast Daily"}, "authors": [{"name": "A"}, "B"],
         "link": "javascript:alert(1)", "extra": {"kept": [1, 2]}},
        {"content": f"<p>{samples.OTHER}</p><script>run()</script>", "date": 1614895200,
         "domain": "https://daily.example/x", "crawled_at": "2022-01-02"},
        ["no object"],
    )  # fmt: skip
    first, second, broken = unpack(data, "a.jsonl")
    one, other = first.document, second.document
    assert one is not None
    assert other is not None
    assert (one.title, one.publisher, one.byline, one.url) == ("T", "Coast Daily", "A, B", None)
    assert one.published is not None
    assert one.published.value == "2021-03-04"
    assert json.loads(first.data)["extra"] == {"kept": [1, 2]}
    assert "run()" not in other.text
    assert (other.publisher, other.retrieved) == ("daily.example", "2022-01-02")
    assert other.published is not None
    assert other.published.value == "2021-03-04"
    assert (broken.locator, broken.state) == ("line 3", "failed")
    assert "a.jsonl#line 3" in broken.reason
    (named,) = reports(b'{"a": {"b": "Words of it."}}\n', "b.jsonl", fields={"text": "a.b"})
    assert named.text == "Words of it."
    with pytest.raises(EvidenceError, match="no field words"):
        list(unpack(data, "a.jsonl", fields={"words": "x"}))


def test_json_arrays_even_when_cut() -> None:
    data = json.dumps([{"text": samples.NEWS}, {"text": samples.OTHER}]).encode()
    assert states(data, "a.json") == ["report", "report"]
    assert states(data[:-30], "a.json") == ["report", "failed"]
    assert states(json.dumps({"text": "One."}).encode(), "a.json") == ["report"]


def test_feeds() -> None:
    one, other = reports(samples.RSS, "a.rss")
    assert (one.locator, one.title, one.publisher, one.byline, one.url) == (
        "tag:coast.example,2021:1", "Fields open", "Coast Daily", "Anna Smythe",
        "https://coast.example/1",
    )  # fmt: skip
    assert one.published is not None
    assert one.published.value == "2021-03-04"
    assert "run()" not in one.text
    assert any("summary" in note for note in one.notes)
    start = samples.RSS.index(b"<item>")
    assert one.sha256 == hashlib.sha256(
        samples.RSS[start : samples.RSS.index(b"</item>") + 7]
    ).hexdigest()  # fmt: skip
    assert (other.locator, other.published) == ("https://coast.example/2", None)
    (entry,) = reports(samples.ATOM, "a.xml")
    assert entry.published is not None
    assert entry.published.value == "2021-03-04"  # and not the day of its last change
    assert not any("summary" in note for note in entry.notes)


@pytest.mark.parametrize(
    "entity",
    ['<!ENTITY x SYSTEM "file:///etc/passwd">', '<!ENTITY % x SYSTEM "http://x.example/"> %x;',
     '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY x "&b;&b;&b;&b;">'],
)  # fmt: skip
@pytest.mark.parametrize("coding", ["utf-8", "utf-16"])
def test_feeds_that_reach_outside_are_refused(entity: str, coding: str) -> None:
    text = samples.RSS.decode().replace('encoding="utf-8"', f'encoding="{coding}"')
    text = text.replace("<rss", f"<!DOCTYPE rss [{entity}]><rss", 1).replace("Winds", "&x;")
    with pytest.raises(EvidenceError, match=r"a\.rss: .*entities"):
        list(unpack(text.encode(coding), "a.rss"))


def test_telegram_exports() -> None:
    data = samples.telegram(
        samples.POST,
        {"id": 6, "type": "service", "action": "pin_message"},
        {"id": 7, "type": "message", "text": "", "photo": "x.jpg"},
        {"id": 8, "type": "message", "date": "2021-03-05T01:00:00", "text": samples.OTHER},
    )
    items = list(unpack(data, "result.json"))
    assert [(i.locator, i.state) for i in items] == [
        ("77/5", "report"), ("77/6", "skipped"), ("77/7", "skipped"), ("77/8", "report"),
    ]  # fmt: skip
    first = items[0].document
    assert first is not None
    assert first.text == f"Read this: {samples.NEWS}"
    assert first.publisher == "Coast News"
    assert "forwarded from Harbour Radio" in first.notes
    assert first.published is not None
    assert first.published.value == "2021-03-04"
    assert json.loads(items[0].data) == json.loads(json.dumps(samples.POST))
    cut = list(unpack(data[:-100], "result.json"))
    assert [i.state for i in cut] == ["report", "skipped", "skipped", "failed"]


def test_people_in_private_chats_are_not_recorded() -> None:
    data = samples.telegram(
        {"id": 1, "type": "message", "from": "Ola Person", "text": samples.NEWS},
        type_="private_group",
    )
    (document,) = reports(data, "result.json")
    assert document.byline is None
    assert document.publisher is None
    assert "Ola Person" not in repr(document)


def test_exports_of_several_chats() -> None:
    one = json.loads(samples.telegram(samples.POST))
    other = json.loads(samples.telegram({**samples.POST, "text": samples.OTHER})) | {
        "name": "Hill {News}", "id": 78,
    }  # fmt: skip
    data = json.dumps({"about": "x", "chats": {"list": [one, other]}}).encode()
    assert [(d.locator, d.publisher) for d in reports(data, "result.json")] == [
        ("77/5", "Coast News"), ("78/5", "Hill {News}"),
    ]  # fmt: skip


def test_outlook_messages_are_refused_with_what_to_do() -> None:
    with pytest.raises(EvidenceError, match=r"a\.msg: .*save it as \.eml"):
        list(unpack(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.msg"))


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (samples.mail(), "noname", "message"),
        (samples.mailbox(samples.mail()), "archive", "mailbox"),
        (samples.warc(("https://x.example", b"x", "text/plain")), "x", "warc"),
        (samples.RSS, "x", "feed"),
        (samples.ATOM, "x.xml", "feed"),
        (samples.json_lines({"text": "a"}), "x", "lines"),
        (samples.page(), "x", "report"),
        (b"From the hills they came in 2021\nand left.", "x.txt", "report"),
        (b"Date: today\nFrom: the hills\nTo: the sea\n\nA poem.", "x.txt", "report"),
    ],
)
def test_the_content_tells_the_format_where_the_name_does_not(
    data: bytes, name: str, kind: str
) -> None:
    assert kind_of(data[:2048], name) == kind


def test_machine_dates() -> None:
    assert moment("2021-03", "x") == moment("2021-03", "x")
    for value, expected in (
        ("2021-03", "2021-03"), ("2021", "2021"), ("20210304", "2021-03-04"),
        (1614895200000, "2021-03-04"), ("Thu, 04 Mar 2021 23:30:00 -0500", "2021-03-04"),
    ):  # fmt: skip
        found = moment(value, "x")
        assert found is not None
        assert found.value == expected
    for value in ("2021-13", "2021-02-30", True, None, [], float("nan"), 1e30, "soon", -1e300):
        assert moment(value, "x") is None


# --- Encodings ------------------------------------------------------------------------------------

RUSSIAN = "Сапёры осмотрели поле у деревни и обнаружили две мины, сообщили в министерстве. " * 2
ARABIC = "قال الوزير إن فرق إزالة الألغام تعمل في القرى القريبة من الحدود منذ أسبوعين. " * 2


@pytest.mark.parametrize(
    ("text", "coding", "told"),
    [
        (RUSSIAN, "cp1251", "Windows-1251"),
        (RUSSIAN, "koi8_r", "KOI8-R"),
        (ARABIC, "cp1256", "Windows-1256"),
        (samples.NEWS, "utf-16-le", "UTF-16-LE"),
        (RUSSIAN, "utf-16-be", "UTF-16-BE"),
        (ARABIC, "utf-16-le", "UTF-16-LE"),
        (RUSSIAN, "utf-32", "UTF-32"),
    ],
)
def test_encodings_without_a_mark(text: str, coding: str, told: str) -> None:
    (document,) = reports(text.encode(coding), "a.txt")
    assert document.text == text
    assert any(told in note for note in document.notes)


def test_two_encodings_in_one_file() -> None:
    data = RUSSIAN.encode() + "caf\xe9 “Mina”".encode("cp1252")
    (document,) = reports(data, "a.txt")
    assert document.text == RUSSIAN + "café “Mina”"
    assert any("stray" in note for note in document.notes)


def test_a_declared_codec_must_be_one_of_text() -> None:
    for name in ("zip", "rot13", "unicode_escape", "idna", "nonsense", "undefined"):
        page = f'<html><meta charset="{name}"><p>Mines caf\\u00e9 '.encode() + b"\xe9</p></html>"
        (document,) = reports(page, "a.html")
        assert "caf\\u00e9 é" in document.text


# --- Hostile files --------------------------------------------------------------------------------


def limited(megabytes: int, work: Callable[[], object]) -> None:
    """Do it within so much memory of Python's."""
    tracemalloc.start()
    try:
        work()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < megabytes * 1_000_000, f"{peak:,} bytes"


def test_a_bomb_of_an_archive_is_stopped() -> None:
    data = samples.bomb()
    found: list[Item] = []
    limited(250, lambda: found.extend(unpack(data, "bomb.warc.gz")))
    assert {item.state for item in found} == {"failed"}
    assert any("expands to more than" in item.reason for item in found)


def test_a_bomb_in_a_page_of_an_archive_is_stopped() -> None:
    body = gzip.compress(bytes(200_000_000), 1)
    record = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\n\r\n" + body
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:x>\r\n"
        "WARC-Target-URI: https://x.example/\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(record)}\r\n\r\n"
    ).encode()
    (item,) = unpack(head + record + b"\r\n\r\n", "a.warc")
    assert item.state == "failed"
    assert "expands" in item.reason


def test_a_bomb_of_any_other_file_is_stopped() -> None:
    with pytest.raises(EvidenceError, match=r"a\.txt\.gz: expands to more"):
        list(unpack(gzip.compress(bytes(bounded.FREE + 1), 1), "a.txt.gz"))


def test_a_gzipped_file_is_read_and_keeps_the_hash_of_its_content() -> None:
    (document,) = reports(gzip.compress(samples.NEWS.encode()), "a.txt.gz")
    assert document.text == samples.NEWS
    with pytest.raises(EvidenceError, match=r"a\.txt\.gz"):
        list(unpack(gzip.compress(samples.NEWS.encode())[:-12], "a.txt.gz"))


@pytest.mark.parametrize(
    "page",
    [
        b"<html>" + b"<div>" * 200_000 + b"deep",
        b"<html>" + b"<b><i>" * 50_000,
        b'<!DOCTYPE html [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><html>&b;&b;<p>text</p></html>',
        b"<html>" + b"<p onclick='x()'>a" * 20_000,
        b"<html><script>" + b"while(1){}" * 100_000 + b"</script><p>Kept.</p></html>",
        b"<html>" + b"&" * 500_000,
        b"<html><table>" + b"<tr><td>x" * 20_000,
        b"<html>" + b"<" * 200_000,
        "\u202e<html><p>\u202eمرحبا</p>".encode(),
    ],
)
def test_hostile_pages_are_read_or_refused(page: bytes) -> None:
    found, refusal = attempt(page, "a.html")
    assert len(found) == (refusal is None)
    assert refusal is None or "a.html" in refusal
    for item in found:
        assert item.document is not None
        assert "while(1)" not in item.document.text


def test_a_page_too_large_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(EvidenceError, match=r"a\.html: .* more than"):
        list(unpack(b"<html>" + b"a" * 20_000_001, "a.html"))


def test_a_pdf_of_fifty_megabytes_is_read() -> None:
    from pypdf import PdfWriter
    from pypdf.generic import DecodedStreamObject

    writer = PdfWriter()
    for _ in range(20):
        writer.add_blank_page(200, 200)
    stream = DecodedStreamObject()
    stream.set_data(b"\x00\x01\x02\x03" * 12_500_000)
    writer._add_object(stream)
    out = io.BytesIO()
    writer.write(out)
    assert len(out.getvalue()) > 50_000_000
    (document,) = reports(out.getvalue(), "large.pdf")
    assert "20 PDF page(s)" in document.notes[0]


def nested(depth: int) -> bytes:
    head = b"From: a\nMessage-ID: <1>\nMIME-Version: 1.0\n"
    parts = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(depth)
    )
    return head + parts + b"Content-Type: text/plain\n\nWords.\n"


@pytest.mark.parametrize("depth", [3, 50, 400, 3_000])
def test_multiparts_in_each_other(depth: int) -> None:
    found, refusal = attempt(nested(depth), "a.eml")
    if depth == 3:
        assert [item.document and item.document.text.strip() for item in found] == ["Words."]
    else:
        assert not found
        assert refusal is not None
        assert "a.eml" in refusal


@pytest.mark.parametrize(
    "head",
    [
        b"From: =?utf-8?q?=ff=fe?= <a@x>\n", b"From: =?nonsense?b?AAA?= <a@x>\n", b"Date: soon\n",
        b"Date: Thu, 99 Foo 99999 99:99:99 +9999\n", b"From: \xff\xfe\xfd\n", b"Subject:\n\ttab\n",
        b"Content-Type: text/plain; charset=\"no such\"\n", b"Content-Type: ;;;=\n",
        b"Content-Transfer-Encoding: base64\n", b"Message-ID: <" + b"x" * 100_000 + b">\n",
        b"Content-Disposition: attachment; filename*=utf-8''%ff%fe; filename*0=\xff\n",
        b"Date: Thu, 01 Jan 1970 00:00:00 +0000\n",
    ],
)  # fmt: skip
def test_malformed_headers(head: bytes) -> None:
    data = b"Received: x\nTo: y\nMIME-Version: 1.0\n" + head + b"\nWords of it."
    for document in reports(data, "a.eml"):
        assert document.published is None
        assert len(document.byline or "") <= 500
        assert len(document.path) < 1_000


NAMES = ["a.txt", "a.html", "a.pdf", "a.eml", "a.mbox", "a.warc", "a.warc.gz", "a.jsonl", "a.json",
         "result.json", "a.rss", "a.xml", "a.msg", "a", "a.txt.gz"]  # fmt: skip
WHOLE = {
    "a.eml": samples.mail(),
    "a.mbox": samples.mailbox(samples.mail(), samples.mail(samples.OTHER, id_="two")),
    "a.warc": samples.warc(
        ("https://x.example/a", samples.page(), "text/html"),
        ("https://x.example/b", b"b", "text/plain"),
    ),
    "a.warc.gz": samples.warc(("https://x.example/a", samples.page(), "text/html"), packed=True),
    "a.jsonl": samples.json_lines({"text": "Mines."}, {"text": "Fields.", "date": "2021-03-04"}),
    "a.json": json.dumps([{"text": "Mines."}, {"body": "Fields."}]).encode(),
    "result.json": samples.telegram(samples.POST, {**samples.POST, "id": 6}),
    "a.rss": samples.RSS,
    "a.atom": samples.ATOM,
    "a.html": samples.page(),
}
_PIECES = st.sampled_from(
    [
        b"From a@b Thu Mar  4 23:30:00 2021\n", b"Message-ID: <x>\n", b"\n\n", b"WARC/1.0\r\n",
        b"\r\n", b"Content-Length: 9\r\n", b"WARC-Type: response\r\n", b"HTTP/1.1 200 OK\r\n",
        b'{"text": "a"}\n', b'{"messages": [', b'{"text": ["a", {"text": "b"}], "id": 1}', b"]",
        b"}", b",", b"<rss>", b"<item>", b"</item>", b"<feed>", b"<!ENTITY a 'b'>", b"--x\n",
        b"Content-Type: multipart/mixed; boundary=x\n", b"--x--\n", b"\x1f\x8b\x08\x00",
        b"%PDF-1.4\n", b"\xff\xfe", b"\x00", b"> quoted\n", b"<html>", b"\xef\xbb\xbf",
        b"Content-Type: text/html; charset=utf-16\n", b"Content-Transfer-Encoding: base64\n",
    ]
)  # fmt: skip


def check(data: bytes, name: str) -> None:
    """Reports or failures that name the file and the reason, or an EvidenceError that does."""
    found, refusal = attempt(data, name)
    if refusal is not None:
        assert name in refusal
        assert len(refusal) > len(name) + 5
    locators = [item.locator for item in found if item.locator]
    assert len(locators) == len(set(locators))
    for item in found:
        if item.document is None:
            assert name in item.reason
            assert len(item.reason) > len(name) + 5
            continue
        document = item.document
        assert document.sha256 == hashlib.sha256(item.data).hexdigest()
        assert document.path.startswith(name)
        json.dumps([document.title, document.byline, document.url]).encode()
        ends = [0]
        for start, end, _ in document.boilerplate:
            assert ends[-1] <= start < end <= len(document.text)
            ends.append(end)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(st.binary(max_size=300), st.lists(_PIECES, max_size=25).map(b"".join)),
    st.sampled_from(NAMES),
)
@example(b"", "a.warc")
@example(b"[" * 100_000, "a.json")
@example(b'{"a":' * 100_000, "a.jsonl")
@example(b'{"messages": [' + b"[" * 100_000, "result.json")
def test_any_bytes_are_read_or_refused(data: bytes, name: str) -> None:
    check(data, name)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(WHOLE)), st.data())
def test_damaged_files_are_read_or_refused(name: str, draw: st.DataObject) -> None:
    data = bytearray(WHOLE[name])
    for _ in range(draw.draw(st.integers(0, 6))):
        place = draw.draw(st.integers(0, max(len(data) - 1, 0)))
        how = draw.draw(st.sampled_from(["cut", "byte", "insert", "double"]))
        if how == "cut":
            del data[place : place + draw.draw(st.integers(1, 200))]
        elif how == "byte" and data:
            data[place] = draw.draw(st.integers(0, 255))
        elif how == "insert":
            data[place:place] = draw.draw(_PIECES)
        else:
            data[place:place] = data[place : place + 100]
    check(bytes(data), name)


# --- Languages ------------------------------------------------------------------------------------

ABROAD = {
    "uk": (
        "КИЇВ, 4 березня 2021 року (Укрінформ) — Сапери оглянули два "
        "поля біля річки та знайшли "
        "три протитанкові міни, повідомили у прес-службі області. Мешканці можуть знову "
        "користуватися дорогою, але пагорби залишаються закритими.",
        "КИЇВ", "Ukrinform",
    ),
    "ru": (
        "БИШКЕК, 4 марта 2021 г. /ТАСС/. Сапёры осмотрели два поля у реки и обнаружили три "
        "противотанковые мины, сообщили в пресс-службе области. Жители могут снова пользоваться "
        "дорогой, но холмы остаются закрытыми.",
        "БИШКЕК", "TASS",
    ),
    "es": (
        "BOGOTÁ, 4 de marzo de 2021 (EFE) - Los equipos de desminado revisaron dos campos junto al "
        "río y encontraron tres minas, informó la gobernación. Los vecinos pueden usar otra vez el "
        "camino, pero los cerros siguen cerrados.",
        "BOGOTÁ", "EFE",
    ),
    "fr": (
        "DAKAR, 4 mars 2021 (AFP) – Les équipes de déminage ont inspecté deux champs près de la "
        "rivière et trouvé trois mines, a annoncé la préfecture. Les habitants peuvent de nouveau "
        "emprunter la route, mais les collines restent fermées.",
        "DAKAR", "AFP",
    ),
    "ar": (
        "بغداد، 4 آذار 2021 (رويترز) - تفقدت فرق إزالة الألغام حقلين قرب النهر وعثرت على "
        "ثلاثة ألغام، "
        "حسبما أعلنت المحافظة. ويمكن للسكان استخدام الطريق من جديد لكن التلال ما زالت مغلقة.",
        "بغداد", "Reuters",
    ),
}  # fmt: skip


@pytest.mark.parametrize("tongue", sorted(ABROAD))
def test_other_languages_are_recognised_dated_placed_and_grouped(tongue: str) -> None:
    text, place, agency = ABROAD[tongue]
    document = from_text(text, path="a")
    assert document.language == tongue
    assert document.published is not None
    assert (document.published.value, document.published.precision) == ("2021-03-04", "day")
    assert document.place_line == place
    assert document.agency == agency
    assert any(note.startswith("claims not extracted") for note in document.notes)
    copied = from_text(text.partition(") ")[2] or text.partition("/. ")[2], path="b")
    others = [from_text(ABROAD[other][0], path=other) for other in ABROAD if other != tongue]
    found = stories([document, copied, *others])
    assert sorted(len(story.documents) for story in found) == [1, 1, 1, 1, 2]
    (both,) = (story for story in found if len(story.documents) == 2)
    assert {member.path for member in both.documents} == {"a", "b"}
    assert (both.origin.name, both.origin.kind) == (agency, "agency")
    from landrelease.evidence import claims

    assert claims([document], stories([document])) == []


@pytest.mark.parametrize("tongue", sorted(ABROAD))
def test_other_languages_in_the_encodings_of_their_countries(tongue: str) -> None:
    coding = {"ar": "cp1256", "es": "cp1252", "fr": "cp1252"}.get(tongue, "cp1251")
    text = ABROAD[tongue][0]
    (document,) = reports(text.encode(coding), "a.txt")
    assert (document.text, document.language) == (text, tongue)


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("Опубликовано: 4 марта 2021 г.", "2021-03-04"),
        ("Опубліковано 14 листопада 2020", "2020-11-14"),
        ("Publicado el 1 de septiembre de 2019", "2019-09-01"),
        ("Publié le 1er août 2019", "2019-08-01"),
        ("نشر في 4 كانون الثاني/يناير 2021", "2021-01-04"),
        ("نشر في ٤ مارس ٢٠٢١", "2021-03-04"),
    ],
)
def test_date_lines_abroad(line: str, value: str) -> None:
    published = from_text(f"{line}\n\nText.").published
    assert published is not None
    assert (published.value, published.precision) == (value, "day")


def test_english_keeps_its_claims() -> None:
    assert not from_text(samples.NEWS).notes
    assert Path(samples.__file__).suffix == ".py"
