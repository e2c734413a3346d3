"""A folder that reports arrive in: what is told, what is waited for, how it ends."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from evidence import samples
from landrelease.cli import app
from landrelease.register import documents, people, report_files, watching
from landrelease.register.models import Document, Submission
from landrelease.register.watching import News

FIRST = (
    "Posted on 03/15/2021\n\nMara Lind told Coast Daily that 40 people were killed by mines in the "
    "orchard, and that the ferry did not run.\n"
)
OTHER = (
    "Posted on 03/16/2021\n\nThe mayor, Tomas Arrel, told Hill Radio that 12 people were killed by "
    "mines in the orchard. The market stayed closed.\n"
)
SPANISH = (
    "BOGOTÁ, 4 de marzo de 2021 (EFE) - Los equipos de desminado revisaron dos campos junto al río."
)


@pytest.fixture
def inbox(workspace: Any, tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def once(folder: Path, **options: Any) -> list[News]:
    told: list[News] = []
    options = {"settle": 0.2, **options}
    watching.watch(
        folder,
        people.at_the_command_line(),
        told.append,
        stop=threading.Event(),
        once=True,
        **options,
    )
    return told


def test_each_report_tells_what_is_new(inbox: Path) -> None:
    (inbox / "a.txt").write_text(FIRST)
    (first,) = once(inbox)
    assert first.added.state == "accepted"
    assert first.joined == ()
    assert [claim["source"]["name"] for claim in first.claims] == ["Mara Lind"] * len(first.claims)
    assert first.claims
    assert first.conflicts == ()
    (inbox / "b.txt").write_text(FIRST.replace("Posted on 03/15", "Posted on 03/17"))
    (inbox / "c.txt").write_text(OTHER)
    (inbox / "d.txt").write_text(SPANISH)
    known, copied, other, spanish = sorted(once(inbox), key=lambda news: news.added.path)
    assert known.added.state == "unchanged"
    assert copied.story == first.story or copied.joined == ("a.txt",)
    assert copied.joined == ("a.txt",)
    assert other.joined == ()
    assert other.conflicts is not None
    assert {one["verdict"] for one in other.conflicts} == {"contradicts"}
    values = {side["value"] for one in other.conflicts for side in one["sides"]}
    assert any("40" in value for value in values)
    assert any("12" in value for value in values)
    assert (spanish.added.claims, spanish.claims) == ("not extracted", ())
    told = json.loads(json.dumps(other.to_json()))
    assert told["conflicts"] == list(other.conflicts)
    assert told["ref"] == other.added.ref


def outside(inbox: Path) -> dict[str, Path]:
    """Links in a folder that lead out of it, by what they are."""
    (inbox.parent / "private").mkdir()
    secret = inbox.parent / "private" / "secret.txt"
    secret.write_text(OTHER)
    links = {
        "a file": inbox / "link.txt", "by way of a folder": inbox / "out" / "secret.txt",
        "a link to a link": inbox / "again.txt", "nothing": inbox / "gone.txt",
        "itself": inbox / "loop.txt",
    }  # fmt: skip
    links["a file"].symlink_to(secret)
    (inbox / "out").symlink_to(secret.parent)
    links["a link to a link"].symlink_to(links["a file"])
    links["nothing"].symlink_to(inbox / "not there.txt")
    links["itself"].symlink_to(links["itself"])
    return links


def test_a_link_that_leads_out_of_the_folder_is_named_and_not_followed(inbox: Path) -> None:
    outside(inbox)
    (inbox / "real.txt").write_text(FIRST)
    (inbox / "inside.txt").symlink_to(inbox / "real.txt")
    told = {Path(news.added.path).name: news.added for news in once(inbox)}
    assert told["real.txt"].state != "skipped"
    assert told["inside.txt"].state != "skipped", "it leads to a file of the folder"
    for name in ("link.txt", "again.txt"):
        assert told[name].state == "skipped"
        assert "leads out of the folder" in told[name].message
    assert Document.objects.count() == 1
    assert not any("Hill Radio" in f.read_text("utf-8", "replace")
                   for f in (inbox.parent / "workspace" / "attachments").rglob("*")
                   if f.is_file())  # fmt: skip


def test_nor_is_it_by_evidence_add_of_a_folder(inbox: Path) -> None:
    links = outside(inbox)
    added = documents.add([inbox], people.at_the_command_line())
    assert {one.state for one in added} == {"skipped"}
    assert Document.objects.count() == 0
    named = documents.add([links["a file"]], people.at_the_command_line())
    assert [one.state for one in named] == ["accepted"], "a person has named this very file"


def test_a_file_that_becomes_a_link_while_it_is_waited_for_is_not_followed(
    inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = inbox / "report.txt"
    path.write_text(FIRST)
    real = watching._Arrivals.whole

    def swapped(self: Any) -> list[Path]:
        ready = real(self)
        if ready:
            (inbox.parent / "secret.txt").write_text(OTHER)
            path.unlink()
            path.symlink_to(inbox.parent / "secret.txt")
        return ready

    monkeypatch.setattr(watching._Arrivals, "whole", swapped)
    (news,) = once(inbox)
    assert news.added.state == "skipped"
    assert Document.objects.count() == 0


def test_a_bad_file_does_not_end_it(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (inbox / "a.pdf").write_bytes(b"%PDF-1.7 cut")
    (inbox / "b.txt").write_text(FIRST)
    (inbox / "c.mbox").write_bytes(samples.mailbox(samples.mail()))
    (inbox / "notes.doc").write_bytes(b"not a report")
    real = report_files.add_file

    def trips(path: Path, *rest: Any, **named: Any) -> Iterator[Any]:
        if path.name == "c.mbox":
            raise MemoryError("no room")
        yield from real(path, *rest, **named)

    monkeypatch.setattr(report_files, "add_file", trips)
    told = {Path(news.added.path).name: news.added for news in once(inbox)}
    assert {name: added.state for name, added in told.items()} == {
        "a.pdf": "failed", "b.txt": "accepted", "c.mbox": "failed",
    }  # fmt: skip
    assert "a.pdf" in told["a.pdf"].message
    assert "no room" in told["c.mbox"].message
    assert Submission.objects.filter(state=Submission.FAILED).count() == 1


def test_a_file_still_being_written_is_waited_for(inbox: Path) -> None:
    path = inbox / "a.txt"
    path.write_text(FIRST[:40])
    done = threading.Event()

    def write() -> None:
        for start in range(40, len(FIRST), 8):
            time.sleep(0.05)
            with path.open("a") as handle:
                handle.write(FIRST[start : start + 8])
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    (news,) = once(inbox, settle=1.0)
    writer.join()
    assert done.is_set()
    assert news.added.state == "accepted"
    (document,) = Document.objects.all()
    from landrelease.register import documents

    ((_, read),) = documents.load()
    assert read.text == FIRST
    assert document.ref == news.added.ref


def test_what_never_holds_still_is_left_and_named(inbox: Path) -> None:
    path = inbox / "a.txt"
    path.write_text("x")
    stop = threading.Event()

    def write() -> None:
        while not stop.wait(0.02):
            with path.open("a") as handle:
                handle.write("y")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        (news,) = once(inbox, settle=5.0, patience=0.5)
    finally:
        stop.set()
        writer.join()
    assert (news.added.state, news.added.ref) == ("waiting", None)
    assert not Document.objects.exists()


def test_since_leaves_out_what_is_older(inbox: Path) -> None:
    (inbox / "a.txt").write_text(FIRST)
    (inbox / "b.txt").write_text(OTHER)
    os.utime(inbox / "a.txt", (1_000_000_000, 1_000_000_000))
    moment = dt.datetime(2015, 1, 1, tzinfo=dt.UTC)
    assert [Path(news.added.path).name for news in once(inbox, since=moment)] == ["b.txt"]
    last = watching.last_arrival()
    assert last is not None
    assert abs((dt.datetime.now(dt.UTC) - last).total_seconds()) < 600


def test_a_run_told_to_stop_leaves_the_rest_for_the_next(inbox: Path) -> None:
    for name in "abcd":
        (inbox / f"{name}.txt").write_text(f"The mayor of {name.upper()}burg said it rained there.")
    stop = threading.Event()
    told: list[News] = []
    real = report_files.add_file

    def stopping(path: Path, *rest: Any, **named: Any) -> Iterator[Any]:
        yield from real(path, *rest, **named)
        if path.name == "b.txt":
            stop.set()

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(report_files, "add_file", stopping)
        watching.watch(
            inbox, people.at_the_command_line(), told.append, stop=stop, once=True, settle=0.0
        )
    assert [Path(news.added.path).name for news in told] == ["a.txt", "b.txt"]
    assert all(news.story for news in told)
    assert sorted(news.added.state for news in once(inbox)) == [
        "accepted", "accepted", "unchanged", "unchanged",
    ]  # fmt: skip


def test_on_the_command_line(inbox: Path, workspace_folder: Path) -> None:
    (inbox / "a.txt").write_text(FIRST)
    (inbox / "b.txt").write_text(SPANISH)

    def run(*words: str) -> Any:
        return CliRunner().invoke(
            app, ["-w", str(workspace_folder), "evidence", "watch", str(inbox), "--once", *words]
        )

    done = run("--settle", "0", "--format", "json")
    assert done.exit_code == 0, done.output
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["claims"] for one in told] == ["extracted", "not extracted"]
    (inbox / "c.txt").write_text(OTHER)
    done = run("--settle", "0", "--since", "last")
    assert "contradicts" in done.stdout
    assert "1 new claim(s)" in done.stdout
    (inbox / "d.pdf").write_bytes(b"%PDF-")
    assert run("--settle", "0").exit_code == 1
    assert run("--since", "soon").exit_code == 2


def waits(until: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 120
    while not until():
        assert process.poll() is None, "the watch ended"
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.05)


@pytest.mark.faults
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(
    inbox: Path, workspace_folder: Path, tmp_path: Path, number: signal.Signals
) -> None:
    out = tmp_path / "out"
    words = ["-w", str(workspace_folder), "evidence", "watch", str(inbox), "--settle", "0.2",
             "--format", "json"]  # fmt: skip
    program = (
        "import sys; from landrelease.cli.main import main; sys.argv[0] = 'landrelease'; main()"
    )
    with out.open("w") as handle:
        process = subprocess.Popen(
            [sys.executable, "-c", program, *words],
            stdout=handle, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
    try:
        assert process.stderr is not None
        assert "watching" in process.stderr.readline()
        (inbox / "a.txt").write_text(FIRST)  # arrives while it watches
        waits(lambda: out.read_text().count("\n") == 1, process)
        folder = inbox / "deeper"
        folder.mkdir()
        (folder / "b.txt").write_text(OTHER)
        waits(lambda: out.read_text().count("\n") == 2, process)
        process.send_signal(number)
        _, said = process.communicate(timeout=120)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    assert process.returncode == 0, said
    assert "stopped" in said
    told = [json.loads(line) for line in out.read_text().splitlines()]
    assert [Path(one["path"]).name for one in told] == ["a.txt", "b.txt"]
    assert [one["conflicts"][0]["verdict"] for one in told[1:]] == ["contradicts"]
