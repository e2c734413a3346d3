"""Files that keep a reader busy or fill the memory: the file is refused, the program goes on."""

from __future__ import annotations

import functools
import os
import signal
import threading
from collections.abc import Iterator

import pytest

from landrelease.evidence import EvidenceError, confined, from_bytes, unpack
from landrelease.evidence.confined import Limits
from landrelease.evidence.reading_process import Died, ReadingProcess
from made_up_pdf import pdf_of
from process_limits import told_of

TIGHT = Limits(memory=80_000_000)
PAGE = "<html><body><p>Teams cleared the field beside the river.</p></body></html>"

#: Fifteen kilobytes that take pypdf minutes: two million pieces of text to be put in place.
SLOW_PDF = pdf_of(b"BT /F1 12 Tf " + b"(a) Tj 1 0 Td " * 2_000_000 + b"ET")
#: Opened elements that nobody closes, and each with attributes.
LARGE_PAGE = "<html><body>" + "<p><b><i><a href='x'>word</a> " * 200_000


@pytest.fixture
def own() -> Iterator[list[ReadingProcess]]:
    """Processes of this test alone."""
    confined._idle.end()
    yield confined._idle.waiting
    confined._idle.end()


def test_a_page_and_a_pdf_are_read_in_another_process(own: list[ReadingProcess]) -> None:
    assert "beside the river" in confined.page(PAGE)["text"]
    (first,) = own
    assert confined.pdf(pdf_of(b"BT /F1 12 Tf (Cleared) Tj ET"))["pages"] == ["Cleared"]
    (reader,) = own  # of the list that was there before
    assert reader is first, "one process reads one after the other"
    assert reader._process.pid != os.getpid()


def test_what_takes_too_long_is_refused_and_the_next_is_read(
    own: list[ReadingProcess],
) -> None:
    assert len(SLOW_PDF) < 200_000
    with pytest.raises(EvidenceError, match=r"the PDF took more than 1 s.*the file is kept"):
        confined.pdf(SLOW_PDF, Limits(seconds=1, a_million=0))
    assert "beside the river" in confined.page(PAGE)["text"]


def test_time_is_processor_time_and_waiting_ends_too(own: list[ReadingProcess]) -> None:
    """A process that stands still takes no processor time; it is ended all the same."""
    confined.page(PAGE)
    (reader,) = own
    os.kill(reader._process.pid, signal.SIGSTOP)
    with pytest.raises(EvidenceError, match="took more than"):
        confined.page(PAGE, Limits(seconds=0.1, a_million=0))
    assert not reader.alive


def test_what_takes_too_much_memory_is_refused(own: list[ReadingProcess]) -> None:
    with pytest.raises(EvidenceError, match=r"more than 80 MB.*the file is kept"):
        confined.page(LARGE_PAGE, TIGHT)
    with pytest.raises(EvidenceError, match="more than 80 MB"):
        confined.pdf(pdf_of(b" " * 70_000_000), TIGHT)
    assert "beside the river" in confined.page(PAGE, TIGHT)["text"]


def test_a_process_that_was_ended_by_something_else_is_started_again(
    own: list[ReadingProcess],
) -> None:
    confined.page(PAGE)
    (reader,) = own
    os.kill(reader._process.pid, signal.SIGKILL)
    reader._process.wait()
    assert "beside the river" in confined.page(PAGE)["text"]


def test_an_earlier_file_does_not_decide_about_a_later_one(
    own: list[ReadingProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that ends in the middle of a file has left something behind: once more, anew."""
    confined.page(PAGE)
    (used,) = own

    def died(*_: object) -> Iterator[bytes]:
        raise Died("signal 11")
        yield b""

    monkeypatch.setattr(used, "ask", died)
    assert "beside the river" in confined.page(PAGE)["text"]
    assert not used.alive


def test_the_process_writes_no_file_and_is_told_nothing_secret(
    own: list[ReadingProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", "a secret")
    confined.page(PAGE)
    (reader,) = own
    environment, limits = told_of(reader._process.pid)
    assert b"a secret" not in environment
    assert limits["Max file size"] == limits["Max core file size"] == "0"
    assert int(limits["Max address space"]) > confined.MEMORY


def test_threads_each_have_their_own(own: list[ReadingProcess]) -> None:
    found: list[str] = []
    large = LARGE_PAGE[:600_000]
    slow = threading.Thread(target=lambda: found.append(confined.page(large)["text"]))
    slow.start()
    for number in range(5):
        page = PAGE.replace("river", f"river {number}")
        assert f"river {number}" in confined.page(page)["text"]
    slow.join()
    assert "word" in found[0]


@pytest.mark.parametrize("name", ["slow.pdf", "mail.eml", "page.html", "lines.jsonl"])
def test_a_trap_is_a_failure_with_its_name_wherever_it_comes_from(
    name: str, own: list[ReadingProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confined, "Limits", functools.partial(Limits, 0.3, 0))
    slow_page = "<html><body>" + "<p>word <b>bold</b></p>" * 60_000 + "</body></html>"
    data = {
        "slow.pdf": SLOW_PDF,
        "mail.eml": b"From: a@example.org\nSubject: x\nMessage-ID: <1@example.org>\n"
        b"MIME-Version: 1.0\nContent-Type: text/html\n\n" + slow_page.encode(),
        "page.html": slow_page.encode(),
        "lines.jsonl": b'{"text": "' + slow_page.encode().replace(b'"', b"'") + b'"}\n'
        b'{"text": "Teams cleared the field."}\n',
    }[name]
    if name != "lines.jsonl":
        said = rf"{name}(\.html)?: reading the \w+ took more than"
        with pytest.raises(EvidenceError, match=said):
            list(unpack(data, name))
        return
    items = list(unpack(data, name))
    assert [one.state for one in items] == ["failed", "report"]
    assert name in items[0].reason
    assert "took more than" in items[0].reason


def test_the_name_of_the_file_is_in_the_finding(
    own: list[ReadingProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confined, "Limits", functools.partial(Limits, 0.3, 0))
    with pytest.raises(EvidenceError, match=r"^trap\.pdf: reading the PDF took"):
        from_bytes(SLOW_PDF, "trap.pdf")
