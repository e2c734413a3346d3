"""Containers of reports into the register: kept once, resumed, idempotent, failures kept."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from evidence import samples
from landrelease.cli import app
from landrelease.register import canonical, documents, kept, people, readings, report_files, seal
from landrelease.register.models import Claim, Document, Story, Submission
from landrelease.register.workspace import current


def add(*paths: Path, **options: Any) -> list[documents.Added]:
    return documents.add(list(paths), people.at_the_command_line(), **options)


def told() -> Any:
    """Everything derived, as the command line gives it."""
    return documents.stories(), documents.claims(), [d for _, d in documents.load()]


def states(results: list[documents.Added]) -> list[str]:
    return [one.state for one in results]


def numbered(count: int) -> bytes:
    """A mailbox of messages that are not copies of each other."""
    return samples.mailbox(
        *(
            samples.mail(
                f"The mayor of Olburg{n} said that {n + 2} mines were found near pond {n * 7}.",
                id_=f"{n}@x.example",
            )
            for n in range(count)
        )
    )


def test_a_mailbox_is_kept_once_and_its_messages_are_documents(workspace, tmp_path: Path) -> None:
    path = tmp_path / "letters.mbox"
    path.write_bytes(samples.mailbox(samples.mail(), samples.mail(samples.OTHER, id_="two")))
    results = add(path)
    assert states(results) == ["accepted", "accepted"]
    digest = canonical.sha256(path.read_bytes())
    first, second = Document.objects.order_by("id")
    assert len({first.locator, second.locator}) == 2
    assert "one@coast.example" not in first.locator, "the id of a message holds an address"
    hashes = {first.sha256, first.container_sha256, second.sha256, second.container_sha256}
    assert hashes == {None}, "no plain hash of what is sealed"
    assert len(first.source_id) == 64
    assert first.publisher == "Coast Mine Action Centre"
    assert str(first.published_start) == "2021-03-04"
    assert kept.text_path(first.text_sha256).read_bytes().decode().startswith("Teams of the Coast")
    submission = Submission.objects.get(id=first.submission_id)
    original = seal.open_bytes(seal.file_key_id(submission), kept.read(submission.kept))
    assert original == path.read_bytes()
    assert digest not in (first.source_id, submission.sha256)
    # Again: nothing changes, and it is said so.
    before = told()
    assert set(states(add(path))) == {"unchanged"}
    assert Submission.objects.count() == 1
    assert told() == before
    # One message more: only that one is new.
    path.write_bytes(
        samples.mailbox(
            samples.mail(),
            samples.mail(samples.OTHER, id_="two"),
            samples.mail("The mayor said that the bridge is closed until May.", id_="three"),
        )
    )
    assert states(add(path)) == ["unchanged", "unchanged", "accepted"]
    assert Document.objects.count() == 3


def test_retrieval_is_not_publication(workspace, tmp_path: Path) -> None:
    path = tmp_path / "crawl.warc.gz"
    dated = samples.page(datePublished="2021-03-04")
    undated = samples.page(samples.OTHER)
    path.write_bytes(
        samples.warc(
            ("https://coast.example/a", dated, "text/html"),
            ("https://coast.example/b", undated, "text/html"),
            ("https://coast.example/c.png", b"\x89PNG", "image/png"),
            packed=True,
        )
    )
    results = add(path)
    assert states(results) == ["accepted", "accepted", "skipped"]
    assert "image/png" in results[-1].message
    one, other = Document.objects.order_by("id")
    assert (one.url, other.url) == ("https://coast.example/a", "https://coast.example/b")
    assert str(one.published_start) == "2021-03-04"
    assert other.published_start is None
    assert {str(d.retrieved_start) for d in (one, other)} == {"2022-05-06"}


def test_broken_members_are_kept_failures_and_the_others_go_on(workspace, tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    path.write_bytes(
        samples.json_lines({"text": samples.NEWS}, {"nothing": 1}, {"text": samples.OTHER})
        + b'{"te'
    )
    results = add(path)
    assert states(results) == ["accepted", "accepted", "failed", "failed"]
    assert "news.jsonl#line 2" in results[2].message
    assert "news.jsonl#line 4" in results[3].message
    failure = Submission.objects.get(state=Submission.FAILED)
    assert failure.receipt in results[2].message
    assert "line 2" in failure.reason
    assert "line 4" in failure.reason
    assert kept.read(failure.kept) == path.read_bytes()
    again = add(path)
    assert states(again) == ["unchanged", "unchanged", "failed", "failed"]
    assert Submission.objects.filter(state=Submission.FAILED).count() == 1


def test_fields_of_json_can_be_named(workspace, tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    path.write_bytes(
        samples.json_lines({"article": {"words": samples.NEWS}, "meta": {"on": "2021-03"}})
    )
    assert states(add(path)) == ["failed"]
    named = {"text": "article.words", "published": "meta.on"}
    assert states(add(path, fields=named)) == ["accepted"]
    document = Document.objects.get()
    assert (str(document.published_start), str(document.published_end)) == (
        "2021-03-01", "2021-03-31",
    )  # fmt: skip
    forget()
    assert [d.text for _, d in documents.load()] == [samples.NEWS]


def test_what_is_attached_to_a_message_comes_with_it(workspace, tmp_path: Path) -> None:
    from email.message import EmailMessage

    message = EmailMessage()
    message["Message-ID"], message["From"] = "<out@x.example>", "Desk <d@x.example>"
    message.set_content(samples.NEWS)
    message.add_attachment(
        samples.OTHER.encode(), maintype="text", subtype="plain", filename="r.txt"
    )
    message.add_attachment(b"%PDF-1.7\n", maintype="application", subtype="pdf", filename="c.pdf")
    path = tmp_path / "a.eml"
    path.write_bytes(message.as_bytes())
    assert states(add(path)) == ["accepted", "accepted", "failed"]
    before = told()
    again = add(path)
    assert states(again) == ["unchanged", "unchanged", "failed"]
    assert Submission.objects.count() == 2
    forget()
    assert told() == before
    whole, attached = Document.objects.order_by("id")
    assert (whole.locator, whole.container_sha256) == (None, None)
    assert attached.locator
    assert "r.txt" not in attached.locator + attached.remarks, "the name may be somebody's"


class _Killed(BaseException):
    """As when the process is killed."""


@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_a_killed_run_goes_on_where_it_stopped(
    workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    monkeypatch.setattr(report_files, "MEMBERS", 3)
    path = tmp_path / "letters.mbox"
    path.write_bytes(numbered(10))
    submit = report_files.submissions.submit
    calls = 0

    def dying(*args: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > at:
            raise _Killed
        return submit(*args, **named)

    monkeypatch.setattr(report_files.submissions, "submit", dying)
    with pytest.raises(_Killed):
        add(path)
    refs = dict(Document.objects.values_list("source_id", "id"))
    assert len(refs) == 3 * at
    monkeypatch.setattr(report_files.submissions, "submit", submit)
    results = add(path)
    assert sorted(states(results)) == ["accepted"] * (10 - 3 * at) + ["unchanged"] * 3 * at
    after = dict(Document.objects.values_list("source_id", "id"))
    assert len(after) == 10
    assert {key: after[key] for key in refs} == refs
    assert sum(len(story["documents"]) for story in documents.stories()) == 10


def test_a_run_killed_before_the_claims_extracts_them_next_time(
    workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "letters.mbox"
    path.write_bytes(numbered(3))

    def dying(*args: Any, **named: Any) -> None:
        raise _Killed

    with monkeypatch.context() as patched:
        patched.setattr(documents, "extract", dying)
        with pytest.raises(_Killed):
            add(path)
    assert not Claim.objects.exists()
    assert set(states(add(path))) == {"unchanged"}
    assert Claim.objects.count() >= 3


def forget() -> None:
    """Delete everything that was kept of readings, on the disk and in this process."""
    from landrelease.evidence import statements as _  # noqa: F401
    from landrelease.evidence.statements import _found, _recalled

    shutil.rmtree(current().folder / "cache", ignore_errors=True)
    readings._documents.clear()
    _recalled.clear()
    _found.cache_clear()


def test_step_by_step_gives_what_doing_all_at_once_gives(workspace, tmp_path: Path) -> None:
    """Copies join stories, names collide, a date arrives late: all of it as from scratch."""
    (tmp_path / "x").mkdir()
    steps = {
        "letters.mbox": numbered(4),
        "a.txt": ("Mara Lind told Coast Daily on Wednesday that 40 people were killed by mines in "
                  "the orchard near the old mill.\n\n" + samples.NEWS).encode(),
        "x/a.txt": ("Posted on 03/15/2021\n\nMara Lind told Coast Daily on Wednesday that 40 "
                    "people were killed by mines in the orchard near the old mill.\n\n"
                    + samples.NEWS).encode(),
        "feed.rss": samples.RSS,
        "crawl.warc": samples.warc(("https://x.example", samples.page(), "text/html")),
        "result.json": samples.telegram(samples.POST),
    }  # fmt: skip
    for name, data in steps.items():
        (tmp_path / name).write_bytes(data)
        add(tmp_path / name)
    stepwise = told()
    assert stepwise[1]
    assert max(len(story["documents"]) for story in stepwise[0]) > 1
    forget()
    Claim.objects.all().delete()
    Story.objects.all().delete()
    documents.extract()
    assert told() == stepwise
    # And with what was kept damaged: it is made again, never trusted half.
    for path in (current().folder / "cache").rglob("*.json"):
        path.write_bytes(path.read_bytes()[:-7])
    readings._documents.clear()
    documents.extract()
    assert told() == stepwise


@pytest.mark.parametrize("name", ["feed.rss", "a.eml", "result.json", "empty.mbox"])
def test_a_file_of_nothing_is_a_kept_failure(workspace, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")
    results = add(tmp_path / name)
    if name == "a.eml":
        assert "no text" in results[0].message
        return
    assert states(results) == ["failed"]
    assert name in results[0].message
    assert Submission.objects.get().state == Submission.FAILED


def test_other_languages_say_so_everywhere(
    workspace, workspace_folder: Path, tmp_path: Path
) -> None:
    path = tmp_path / "noticia.txt"
    path.write_text(
        "BOGOTÁ, 4 de marzo de 2021 (EFE) - Los equipos de desminado revisaron el campo junto al "
        "río, dijo el ministro a los periodistas."
    )
    done = CliRunner().invoke(
        app, ["-w", str(workspace_folder), "evidence", "add", str(path), "--format", "json"]
    )
    assert done.exit_code == 0, done.output
    (told,) = json.loads(done.stdout)
    assert (told["language"], told["claims"]) == ("es", "not extracted")
    assert "claims not extracted" in told["message"]
    record = Document.objects.get()
    assert "claims not extracted" in record.remarks
    assert (record.language, record.place, str(record.published_start), record.agency) == (
        "es", "BOGOTÁ", "2021-03-04", "EFE",
    )  # fmt: skip
    listed = CliRunner().invoke(
        app, ["-w", str(workspace_folder), "evidence", "documents", "--format", "json"]
    )
    (row,) = json.loads(listed.stdout)
    assert (row["claims"], row["language"]) == ("not extracted", "es")
    assert documents.claims() == []
