"""Mailboxes, web archives, JSON and feeds that keep a reader busy: the file is refused, not the
program; what came out of it before stands."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence import samples
from landrelease.evidence import EvidenceError, correspondents, unpack
from landrelease.evidence.containers import Item, confined, feed, headers, reading
from landrelease.evidence.reading_process import Limits, ReadingProcess
from process_limits import told_of

PLAIN = b"Teams cleared the field beside the river, the mayor said on Monday."
GENEROUS = 4 * 1024**3


def limits(seconds: float, memory: int = GENEROUS) -> Limits:
    return Limits(seconds, 0, memory)


@pytest.fixture
def own() -> Iterator[list[ReadingProcess]]:
    """Processes of this test alone."""
    confined._idle.end()
    yield confined._idle.waiting
    confined._idle.end()


def slow_mail(lines: int = 400_000) -> bytes:
    """Messages in each other: every line is held against the boundary of each."""
    head = (
        b"From: a@example.org\nSubject: slow\nMessage-ID: <slow@example.org>\nMIME-Version: 1.0\n"
    )
    nested = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(200)
    )
    return head + nested + b"Content-Type: text/plain\n\n" + b"--\n" * lines


def slow_headers(lines: int = 600) -> bytes:
    """Thousands of addresses in each of hundreds of headers."""
    to = b"\r\nTo: ".join([b"p@x," * 4_900] * lines)
    return samples.mail(id_="slow@example.org").replace(b"To: list@x.example", b"To: " + to)


def made(kind: str) -> tuple[str, bytes]:
    """A plain file of each format that holds several reports."""
    texts = [f"{PLAIN.decode()} It was day {n}." for n in range(3)]
    match kind:
        case "mbox":
            mails = [samples.mail(text, id_=f"{n}@example.org") for n, text in enumerate(texts)]
            return "a.mbox", samples.mailbox(*mails)
        case "warc":
            pages = [(f"https://example.org/{n}", samples.page(text), "text/html")
                     for n, text in enumerate(texts)]  # fmt: skip
            return "a.warc", samples.warc(*pages)
        case "jsonl":
            return "a.jsonl", b"\n".join(json.dumps({"text": t}).encode() for t in texts)
        case "json":
            return "a.json", json.dumps([{"text": t, "date": "2024-02"} for t in texts]).encode()
        case "rss":
            entries = "".join(
                f"<item><guid>{n}</guid><title>Day {n}</title><description>{t}</description></item>"
                for n, t in enumerate(texts)
            )
            return "a.rss", f'<rss version="2.0"><channel>{entries}</channel></rss>'.encode()
    return "a.txt", PLAIN


KINDS = ("mbox", "warc", "jsonl", "json", "rss", "txt")


# --- the same reports ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_reports_come_out_in_another_process(kind: str, tmp_path: Path) -> None:
    name, data = made(kind)
    here = list(unpack(data, name, limits=None))
    assert [one.state for one in here] == ["report"] * (1 if kind == "txt" else 3)
    assert list(unpack(data, name)) == here
    path = tmp_path / name
    path.write_bytes(data)
    assert list(unpack(path, name)) == here
    assert "sha256" in repr(here[0].document)
    named = [one.known_by for one in here[0].correspondents]
    assert named == (["press@coast.example", "list@x.example"] if kind == "mbox" else [])


@pytest.mark.parametrize("seconds", [0, 30])
def test_a_file_that_is_not_there_is_said_so(tmp_path: Path, seconds: float) -> None:
    with pytest.raises(EvidenceError, match=r"none\.mbox: cannot be read"):
        list(unpack(tmp_path / "none.mbox", limits=limits(seconds) if seconds else None))


def test_one_process_reads_one_file_after_the_other(own: list[ReadingProcess]) -> None:
    for kind in KINDS:
        list(unpack(made(kind)[1], made(kind)[0]))
    assert len(own) == 1
    with pytest.raises(EvidenceError, match="binary"):
        list(unpack(b"\x00\x01\x02" * 500, "a.txt"))
    assert len(own) == 1, "what is refused does not end it"


def test_whoever_takes_the_first_report_alone_leaves_no_process_behind(
    own: list[ReadingProcess],
) -> None:
    items = unpack(PLAIN, "a.txt")
    assert next(items).state == "report"
    assert len(own) == 1, "it was given back before"
    items.close()  # type: ignore[attr-defined]
    (process,) = own
    name, data = made("jsonl")
    many = unpack(data * 500, name)
    next(many)
    many.close()  # type: ignore[attr-defined]
    assert not own
    assert not process.alive


# --- what harms ----------------------------------------------------------------------------------


def test_a_bad_message_does_not_take_the_others_with_it() -> None:
    box = samples.mailbox(
        samples.mail(PLAIN.decode(), id_="first@example.org"),
        slow_mail(),
        samples.mail(PLAIN.decode(), id_="last@example.org"),
    )
    items = list(unpack(box, "a.mbox", limits=limits(6)))
    assert [(one.locator, one.state) for one in items] == [
        ("first@example.org", "report"), ("slow@example.org", "failed"),
        ("last@example.org", "report"),
    ]  # fmt: skip
    assert "a.mbox#slow@example.org" in items[1].reason
    assert "more than 2 s of computing" in items[1].reason


def hostile(kind: str) -> tuple[str, bytes]:
    """A file of each format that takes long: a quadratic message, many and endless parts."""
    match kind:
        case "eml":
            return "a.eml", slow_mail()
        case "headers":
            return "a.eml", slow_headers()
        case "mbox":
            # Each slow message ends by its own clock; it takes several to use up the file's.
            return "a.mbox", samples.mailbox(samples.mail(PLAIN.decode()), *[slow_mail()] * 8)
        case "warc":
            pages = [(f"https://example.org/{n}", PLAIN, "text/plain") for n in range(15_000)]
            return "a.warc", samples.warc(*pages)
        case "jsonl":
            return "a.jsonl", b'{"text": "Teams cleared the field."}\n' * 30_000
        case "json":
            return "a.json", b"[" + b'{"text": "Teams cleared the field."},' * 30_000 + b"{}]"
    return "a.rss", b'<rss version="2.0"><channel>' + b"<item>" * 30_000 + b"</channel></rss>"


@pytest.mark.parametrize("kind", ["eml", "headers", "mbox", "warc", "jsonl", "json", "rss"])
def test_what_takes_too_long_is_refused_with_its_name_and_the_next_is_read(
    kind: str, own: list[ReadingProcess]
) -> None:
    name, data = hostile(kind)
    list(unpack(PLAIN, "warm.txt"))
    taken: list[Item] = []
    items = unpack(data, name, limits=limits(0.4))
    with pytest.raises(EvidenceError, match=rf"^{name}: reading it takes more than 0 s") as error:
        taken.extend(items)
    if taken:
        assert f"{len(taken)} part(s) of it stand; what follows was not read" in str(error.value)
    assert not own
    assert [one.state for one in unpack(PLAIN, "b.txt")] == ["report"]


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.rss", "a.eml", "a.warc"])
def test_what_takes_too_much_memory_is_refused(name: str, own: list[ReadingProcess]) -> None:
    word = b"Teams cleared the field. "
    data = {
        "a.json": b'[{"text": "' + word * 1_200_000 + b'"}]',
        "a.jsonl": b'{"text": "' + word * 1_200_000 + b'"}\n',
        "a.rss": b'<rss version="2.0"><channel><item><title>x</title><description>'
        + word * 1_200_000
        + b"</description></item></channel></rss>",
        "a.eml": samples.mail((word * 1_200_000).decode()),
        "a.warc": samples.warc(("https://example.org/", word * 1_200_000, "text/plain")),
    }[name]
    with pytest.raises(EvidenceError, match=rf"^{name}: reading it takes more than 60 MB"):
        list(unpack(data, name, limits=limits(60, 60_000_000)))
    assert [one.state for one in unpack(PLAIN, "b.txt")] == ["report"]


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL])
def test_a_reader_that_is_broken_breaks_nothing_else(
    number: int, own: list[ReadingProcess]
) -> None:
    list(unpack(PLAIN, "a.txt"))
    (process,) = own
    name, data = made("jsonl")
    items = unpack(data * 20_000, name)
    next(items)
    os.kill(process._process.pid, number)
    with pytest.raises(EvidenceError, match=r"a\.jsonl: .*(broke its reader|more than).* stand"):
        list(items)
    assert [one.state for one in unpack(PLAIN, "b.txt")] == ["report"]


def test_the_process_writes_no_file_and_is_told_nothing_secret(
    own: list[ReadingProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", "a secret")
    list(unpack(PLAIN, "a.txt"))
    (reader,) = own
    environment, found = told_of(reader._process.pid)
    assert b"a secret" not in environment
    assert found["Max file size"] == found["Max core file size"] == "0"
    assert int(found["Max address space"]) > confined.LIMITS.memory


# --- whom the headers of mails name -------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [b"x@y.example " + b"(" * 15_000, b"g:" * 9_000 + b"x@y.example" + b";" * 900,
     b"@," + b"a" * 19_000 + b", x@y.example"],
    ids=["comments", "groups", "a word without end"],
)  # fmt: skip
def test_a_header_that_no_parser_reads_still_names_its_address(header: bytes) -> None:
    message = samples.mail().replace(b"To: list@x.example", b"To: " + header)
    (item,) = unpack(message, "a.eml")
    assert item.state == "report"
    assert "x@y.example" in {one.address for one in item.correspondents}
    assert item.correspondents[0].name == "Press Office"


def test_a_message_of_endless_headers_does_not_take_the_others_with_it() -> None:
    box = samples.mailbox(
        samples.mail(id_="first@example.org"), slow_headers(), samples.mail(id_="last@example.org")
    )
    items = list(unpack(box, "a.mbox", limits=limits(4.5)))
    assert [(one.locator, one.state) for one in items] == [
        ("first@example.org", "report"), ("slow@example.org", "failed"),
        ("last@example.org", "report"),
    ]  # fmt: skip
    assert not items[1].correspondents


def test_whom_a_file_names_is_told_within_the_same_limits(own: list[ReadingProcess]) -> None:
    others = [samples.mail().replace(b"press@", b"p%d@" % number) for number in range(2)]
    box = samples.mailbox(others[0], slow_headers(), others[1])
    found: list[str] = []
    with pytest.raises(EvidenceError, match=r"a\.mbox: the headers of 1 message") as error:
        found.extend(one.address for one in correspondents.within(box, "a.mbox", limits(4.5)))
    assert "may name more persons" in str(error.value)
    assert set(found) == {"p0@coast.example", "p1@coast.example", "list@x.example"}
    (reader,) = own
    many = samples.mailbox(*[slow_headers(200)] * 20)
    with pytest.raises(EvidenceError, match=r"^a\.mbox: reading it takes more than 0 s"):
        list(correspondents.within(many, "a.mbox", limits(0.4)))
    assert not reader.alive
    assert [one.state for one in unpack(PLAIN, "b.txt")] == ["report"]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("kind", ["mbox", "eml"])
def test_the_same_persons_are_named_in_another_process(kind: str, packed: bool) -> None:
    data = samples.mail() if kind == "eml" else made(kind)[1]
    data = gzip.compress(data) if packed else data
    here = list(correspondents.within(data, f"a.{kind}", None))
    assert len(here) == (2 if kind == "eml" else 6)
    assert list(correspondents.within(data, f"a.{kind}")) == here


def test_a_damaged_file_is_said_to_be_so() -> None:
    with pytest.raises(EvidenceError, match=r"a\.eml\.gz: "):
        list(correspondents.within(gzip.compress(samples.mail())[:-9], "a.eml.gz"))


@given(st.text(st.sampled_from("ab.+-@, \n"), max_size=40))
def test_addresses_are_those_that_a_search_behind_each_character_would_find(words: str) -> None:
    slow = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
    found = slow.findall(words)
    assert list(headers.addresses(words)) == found
    known = frozenset(found[:1])
    assert headers.without_addresses(words, known, "?") == slow.sub(
        lambda match: "?" if match[0] in known else match[0], words
    )


# --- a feed is cut in one walk -------------------------------------------------------------------

TAGS = st.lists(
    st.sampled_from(["<item>", "</item>", "<entry a='b'>", "</ENTRY >", "<a:item/>", "</a:item>",
                     "<items>", "x > y", "</item", "<item"]),
    max_size=12,
)  # fmt: skip


@given(TAGS)
def test_a_feed_is_cut_as_a_search_for_each_end_would_cut_it(tags: list[str]) -> None:
    data = "".join(tags).encode()
    slow = re.compile(
        rb"<(?P<tag>(?:\w+:)?(?:item|entry))(?=[\s>/]).*?</(?P=tag)\s*>", re.DOTALL | re.IGNORECASE
    )
    assert feed._cut(data) == [match[0] for match in slow.finditer(data)]


# --- what the reader sends is data ---------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_items_pass_as_they_are(kind: str) -> None:
    name, data = made(kind)
    for item in reading.unpack(data, name, None):
        assert confined.opened(confined.packed(item), name) == item
    failure = Item("line 2", "failed", data=b"\xff", reason="half \udcff of one")
    assert confined.opened(confined.packed(failure), name) == failure


def test_hashes_are_computed_by_who_keeps_things() -> None:
    (item,) = reading.unpack(PLAIN, "a.txt", None)
    assert item.document is not None
    piece = confined.packed(item)
    (size,) = struct.unpack_from(">Q", piece)
    told = json.loads(piece[8 : 8 + size])
    told["document"] |= {"sha256": "../../escaped", "text_sha256": "../../escaped"}
    written = json.dumps(told).encode()
    found = confined.opened(struct.pack(">Q", len(written)) + written + item.data, "a.txt")
    assert found == item
    assert found.document is not None
    assert found.document.text_sha256 == item.document.text_sha256


@given(
    st.binary(max_size=60)
    | st.builds(
        lambda value, rest: struct.pack(">Q", len(value)) + value + rest,
        st.recursive(
            st.none() | st.integers() | st.text(max_size=5),
            lambda inner: st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["locator", "state", "reason", "document", "path", "text", "notes",
                                 "correspondents",
                                 "published", "boilerplate", "format", "language"]),
                inner, max_size=9,
            ),
            max_leaves=12,
        ).map(lambda value: json.dumps(value).encode()),
        st.binary(max_size=3),
    )
)  # fmt: skip
def test_whatever_it_sends_is_an_item_or_refused(piece: bytes) -> None:
    try:
        item = confined.opened(piece, "a.txt")
    except EvidenceError:
        return
    assert item.locator is None or isinstance(item.locator, str)
    assert isinstance(item.reason, str)
    assert all(one.known_by for one in item.correspondents)


@pytest.mark.parametrize(
    "people", [[["To", "", ""]], [["To", 1, "a@b.example"]], [["To"]], None,
               [["To", "", f"{n}@b.example"] for n in range(2_001)]],
    ids=["nobody", "a number", "too short", "none", "too many"],
)  # fmt: skip
def test_correspondents_that_are_none_are_refused(people: object) -> None:
    told = {"locator": None, "state": "skipped", "reason": "", "correspondents": people}
    written = json.dumps(told).encode()
    with pytest.raises(EvidenceError, match="no report"):
        confined.opened(struct.pack(">Q", len(written)) + written, "a.eml")
