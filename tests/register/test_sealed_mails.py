"""Rule 23: whoever wrote or received a mail is sealed, and can be erased; the report stays."""

from __future__ import annotations

import base64
import gzip
import shutil
from pathlib import Path
from typing import Any

import pytest
from registering import COMMAND, verified
from test_personal_data import everything_written

from evidence import samples
from landrelease import evidence
from landrelease.evidence import correspondents
from landrelease.register import (
    access,
    backup_keys,
    backup_make,
    backup_restore,
    doctor,
    document_tier,
    documents,
    erasures,
    kept,
    mails,
    people,
    personal,
    readings,
    report_files,
    seal,
    sealed_rows,
)
from landrelease.register.errors import DecisionRefused, RegisterError
from landrelease.register.models import Document, PersonalRead, PersonKey, SealedRow, Submission
from landrelease.register.roles import Grant, Role
from landrelease.register.workspace import current

DORA = people.Actor("dora", authenticated=True, grants=(Grant(Role.data_protection_officer),))

#: Words that must never be found again outside what is sealed.
NAME, ADDRESS = "Zyxandra Quillfeather", "zyx.quill@wombat.example"
OTHER_NAME, OTHER_ADDRESS = "Orlando Penhaligon", "penhaligon@thornwick.example"
BOSS_ADDRESS, WORK, HOST = "replies@quagga.example", "+999-555-0147", "relay-of-zyx.example"
SECRETS = (
    NAME, ADDRESS, OTHER_NAME, OTHER_ADDRESS, BOSS_ADDRESS, WORK, HOST, "Quillfeather",
    "Penhaligon", "zyx.quill", "letter-of-quill",
)  # fmt: skip

REPORT = (
    "Mara Lind told Coast Daily that two people were killed by a mine in the orchard. The mayor of "
    "Olburg said that the field behind the mill was never searched."
)


def mail(
    words: str = REPORT, *, number: int = 1, sender: str = f"{NAME} <{ADDRESS}>", extra: str = ""
) -> bytes:
    """A message whose headers, signature and forwarded headers name persons."""
    encoded = base64.b64encode(OTHER_NAME.encode()).decode()
    return (
        f"Return-Path: <{ADDRESS}>\r\n"
        f"Received: from {HOST} by mx.example for <{OTHER_ADDRESS}>; Thu, 4 Mar 2021\r\n"
        f"Message-ID: <letter-of-quill.{number}@{HOST}>\r\nFrom: {sender}\r\n"
        f"To: =?utf-8?b?{encoded}?= <{OTHER_ADDRESS}>\r\nReply-To: {BOSS_ADDRESS}\r\n"
        "Date: Thu, 04 Mar 2021 23:30:00 -0500\r\nSubject: Two killed\r\nMIME-Version: 1.0\r\n"
        f"Archived-At: <https://lists.example/{ADDRESS}/{number}>\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\n" + words.replace("\n", "\r\n") + "\r\n"
        f"{extra}\r\n-- \r\n{NAME}\r\n{WORK}\r\n"
    ).encode()


def forwarded() -> bytes:
    return mail(
        f"Please see below, or write to {ADDRESS}.\n\n-------- Forwarded message --------\n"
        f"From: {OTHER_NAME} <{OTHER_ADDRESS}>\nTo: {NAME} <{ADDRESS}>\nDate: 3 March 2021\n\n"
        + REPORT,
        number=7,
    )


def add(*paths: Path) -> list[documents.Added]:
    return documents.add(list(paths), people.at_the_command_line())


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def in_clear(*haystacks: bytes) -> list[str]:
    return [word for word in SECRETS for some in haystacks if word.encode() in some]


def told() -> Any:
    return documents.stories(), documents.claims(), [d for _, d in documents.load()]


def forget() -> None:
    """Delete what was kept of readings, on the disk and in this process."""
    from landrelease.evidence.statements import _found, _recalled

    shutil.rmtree(current().folder / "cache", ignore_errors=True)
    readings._documents.clear()
    _recalled.clear()
    _found.cache_clear()


def erase(ref: str) -> erasures.Erased:
    code = erasures.plan(ref).code
    return erasures.erase(ref, DORA, because=erasures.Because.request, confirmation=code)


def read(record: Any) -> dict[int, dict[str, Any] | None]:
    found = personal.read(access.of(DORA), record, "an audit")
    return {row.row: row.cells for row in found.rows}


FILES = {
    "one.eml": mail(),
    "fwd.eml": forwarded(),
    "letters.mbox": samples.mailbox(mail(samples.NEWS, number=2), mail(samples.OTHER, number=3)),
    "packed.mbox.gz": gzip.compress(samples.mailbox(mail(REPORT + " Again.", number=4))),
    "no-text.eml": f"From: {NAME} <{ADDRESS}>\r\nMIME-Version: 1.0\r\n\r\n".encode(),
    "outlook.msg": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + f"{NAME} {ADDRESS}".encode(),
    "broken.mbox": f"From {ADDRESS} Thu Mar  4 2021\nFrom: {NAME} <{ADDRESS}>\n".encode(),
}


def test_nothing_of_correspondents_is_written_in_clear(workspace, tmp_path: Path) -> None:
    results = add(*(written(tmp_path / name, data) for name, data in FILES.items()))
    assert {one.state for one in results} >= {"accepted", "failed"}
    assert in_clear(repr(results).encode()) == []
    assert in_clear(repr(told()).encode(), repr(documents.listing()).encode()) == []
    assert b"Mara Lind told Coast Daily" in everything_written(workspace), "the report is readable"
    made = backup_make.make(tmp_path / "backups", one_file=True)
    unpacked = tmp_path / "unpacked"
    shutil.unpack_archive(made.path, unpacked, "tar")
    parts = [path.read_bytes() for path in sorted(unpacked.rglob("*")) if path.is_file()]
    parts += [gzip.decompress(part) for part in parts if part.startswith(b"\x1f\x8b")]
    assert any(b"mail-" in part for part in parts), "the search sees what is in clear"
    assert in_clear(everything_written(workspace), *parts) == []
    assert Submission.objects.filter(sealed=False).count() == 0
    verified()


def test_what_is_computed_is_that_of_the_words(workspace, tmp_path: Path) -> None:
    """Sealing changes neither who says what, nor when, nor how many origins there are."""
    path = written(tmp_path / "letters.mbox", FILES["letters.mbox"] + samples.mailbox(mail()))
    add(path)
    plain = [item.document for item in evidence.unpack(path) if item.document]
    stories = evidence.stories(plain)
    claims = evidence.claims(plain, stories)
    ours = documents.claims()
    assert ours
    assert [one["content"]["text"] for one in ours] == [one.content["text"] for one in claims]
    assert [one["source"] for one in ours] == [one.to_json()["source"] for one in claims]
    assert [one["time"] for one in ours] == [one.to_json()["time"] for one in claims]
    assert len(documents.stories()) == len(stories)
    before = told()
    forget()
    documents.extract()
    assert told() == before, "made anew from the words, not from the sealed file"


def test_an_officer_reads_the_correspondents_and_no_line_no_reading(workspace, tmp_path) -> None:
    add(written(tmp_path / "one.eml", mail()))
    record = Document.objects.get()
    assert record.author.startswith("person-")
    with pytest.raises(DecisionRefused, match="what the personal data are needed for"):
        personal.read(access.of(DORA), record, " ")
    with pytest.raises(DecisionRefused):
        personal.read(access.of(people.Actor("vera", authenticated=True, grants=())), record, "x")
    assert not PersonalRead.objects.exists()
    assert read(record) == {
        1: {"header": "From", "name": NAME, "address": ADDRESS},
        2: {"header": "Reply-To", "name": "", "address": BOSS_ADDRESS},
        3: {"header": "To", "name": OTHER_NAME, "address": OTHER_ADDRESS},
        4: {"header": "Return-Path", "name": "", "address": ADDRESS},
    }
    line = PersonalRead.objects.get()
    assert (line.record_type, line.record_uid, line.purpose) == ("document", record.uid, "an audit")
    submission = Submission.objects.get()
    opened = personal.original(access.of(DORA), submission, "an audit")
    assert opened == (tmp_path / "one.eml").read_bytes()


def test_erasing_a_correspondent_takes_their_mails_and_nothing_else(workspace, tmp_path) -> None:
    only_other = (
        mail(samples.OTHER, number=9, sender=f"{OTHER_NAME} <{OTHER_ADDRESS}>")
        .replace(ADDRESS.encode(), b"x@y.example")
        .replace(NAME.encode(), b"X")
    )
    add(written(tmp_path / "one.eml", mail()), written(tmp_path / "two.eml", only_other))
    first, second = Document.objects.order_by("id")
    before = told()
    with pytest.raises(RegisterError, match=f"{first.ref}/1"):
        erasures.plan(first.ref)
    plan = erasures.plan(f"{first.ref}/1")
    assert (len(plan.person_keys), len(plan.originals), plan.files_spared) == (1, 1, 1)
    assert plan.rows_of_others == 2
    done = erase(f"{first.ref}/1")
    assert done.keys == 2
    assert read(first) == {
        1: None,
        2: {"header": "Reply-To", "name": "", "address": BOSS_ADDRESS},
        3: {"header": "To", "name": OTHER_NAME, "address": OTHER_ADDRESS},
        4: None,
    }
    assert read(second)[1]["name"] == OTHER_NAME
    one, two = Submission.objects.order_by("id")
    assert personal.original(access.of(DORA), one, "an audit") is None
    assert personal.original(access.of(DORA), two, "an audit") == only_other
    with pytest.raises(RegisterError, match="erased already"):
        erasures.plan(f"{first.ref}/1")
    assert told() == before
    forget()
    documents.extract()
    assert told() == before, "reports and claims stay, though the original cannot be opened"
    assert in_clear(everything_written(workspace)) == []
    verified()


def test_a_correspondent_who_was_erased_does_not_come_back(workspace, tmp_path: Path) -> None:
    box = samples.mailbox(mail(), mail(samples.OTHER, number=3))
    path = written(tmp_path / "letters.mbox", box)
    add(path)
    erase(f"{Document.objects.first().ref}/1")
    key = mails.key_of(correspondents.Correspondent("", "", ADDRESS))
    assert not PersonKey.objects.filter(id=key).exists()
    keys = set(PersonKey.objects.values_list("id", flat=True))
    # The same file, the mailbox with one message more, and a new mail of the person.
    assert {one.state for one in add(path)} == {"unchanged"}
    path.write_bytes(box + samples.mailbox(mail(samples.NEWS, number=4)))
    states = [one.state for one in add(path, written(tmp_path / "new.eml", mail("New.", number=5)))]
    assert states == ["unchanged", "unchanged", "accepted", "accepted"]
    assert set(PersonKey.objects.values_list("id", flat=True)) == keys
    newest = list(Document.objects.order_by("-id")[:2])
    assert [one.author for one in newest] == [None, None]
    assert all("the sender was erased" in one.remarks for one in newest)
    assert {row.key for row in SealedRow.objects.filter(record_uid=newest[0].uid)} == {
        mails.key_of(correspondents.Correspondent("", "", one))
        for one in (BOSS_ADDRESS, OTHER_ADDRESS)
    }
    assert all(personal.file_erased(one) for one in Submission.objects.all())
    assert in_clear(everything_written(workspace)) == []
    assert erasures.unfinished(workspace.folder) == []
    verified()


def test_an_erased_correspondent_does_not_come_back_with_an_old_backup(workspace, tmp_path) -> None:
    add(written(tmp_path / "one.eml", mail()))
    old = backup_make.make(tmp_path / "backups")
    record = Document.objects.get()
    erase(f"{record.ref}/1")
    keys = backup_keys.read_folder(workspace.folder / "keys")
    restored = backup_restore.restore(
        backup_restore.Request(old.path, tmp_path / "again", keys=keys)
    )
    assert restored.erased == 2
    assert read(Document.objects.get())[1] is None
    assert read(Document.objects.get())[3]["name"] == OTHER_NAME
    assert personal.file_erased(Submission.objects.get())
    verified()


def test_one_mailbox_is_sealed_once_whatever_its_size(workspace, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(report_files, "MEMBERS", 2)
    box = samples.mailbox(*(mail(f"Report {n} of the day. {REPORT}", number=n) for n in range(5)))
    add(written(tmp_path / "letters.mbox", box))
    submissions = Submission.objects.order_by("id")
    assert len(submissions) == 3
    assert len({one.kept for one in submissions}) == 1
    assert PersonKey.objects.filter(id__startswith="file-").count() == 1
    assert PersonKey.objects.filter(id__startswith="mail-").count() == 3
    opened = {personal.original(access.of(DORA), one, "an audit") for one in submissions}
    assert opened == {box}
    erase(f"{Document.objects.first().ref}/1")
    assert all(personal.file_erased(one) for one in submissions)
    verified()


def test_a_mark_of_tier_keeps_a_mail_sealed(workspace, tmp_path: Path) -> None:
    add(written(tmp_path / "one.eml", mail()))
    before = told()
    document_tier.mark(Document.objects.get().ref, "restricted", people.at_the_command_line())
    marked = Submission.objects.order_by("-id").first()
    assert marked.sealed
    assert personal.original(access.of(DORA), marked, "an audit") == mail()
    assert read(Document.objects.get())[1]["name"] == NAME
    forget()
    documents.extract()
    assert told() == before
    verified()


def test_what_came_in_before_stays_readable_and_is_told(workspace, tmp_path, monkeypatch) -> None:
    path = written(tmp_path / "letters.mbox", FILES["letters.mbox"])
    with monkeypatch.context() as before:
        before.setattr(mails, "are_in", lambda path: False)
        add(path)
    assert in_clear(everything_written(workspace))
    known = told()
    forget()
    documents.extract()
    assert told() == known
    found = [one for one in doctor.examine(current(), quick=True) if one.check == "personal data"]
    assert "2 reports out of mails" in found[0].message
    # The same messages again, one in a file of its own: they are known, nothing is doubled.
    path.write_bytes(FILES["letters.mbox"] + samples.mailbox(mail(number=8)))
    states = [one.state for one in add(path)]
    assert states == ["unchanged", "unchanged", "accepted"]
    verified()


@pytest.mark.parametrize(
    ("header", "name", "address"),
    [
        ("From: =?utf-8?q?Lind=2C_Mara?= <m@x.example>", "Lind, Mara", "m@x.example"),
        ('From: "Lind, Mara" <M@X.example>', "Lind, Mara", "M@X.example"),
        ("From: m@x.example", "", "m@x.example"),
        ("From: Mara Lind", "", "Mara Lind"),
        ("From: a, <<m@x.example>", None, "m@x.example"),
    ],
)
def test_names_are_found_however_a_header_is_written(header, name, address) -> None:
    (item,) = evidence.unpack(f"{header}\r\n\r\n{REPORT}".encode(), "a.eml")
    found = item.correspondents
    assert address in {one.address or one.name for one in found}
    assert name is None or name in {one.name for one in found} or name == ""


def test_messages_in_messages_name_persons_too() -> None:
    from email.message import EmailMessage

    inner, outer = EmailMessage(), EmailMessage()
    inner["From"] = f"{NAME} <{ADDRESS}>"
    inner.set_content("inside")
    outer["From"] = "X <x@y.example>"
    outer.set_content("outside")
    outer.add_attachment(inner)
    names = {one.address for one in correspondents.within(outer.as_bytes(), "a.eml")}
    assert names == {"x@y.example", ADDRESS}


def test_the_command_says_who_and_erases_by_number(workspace, tmp_path: Path) -> None:
    import subprocess

    add(written(tmp_path / "one.eml", mail()))
    done = subprocess.run(
        [*COMMAND, "-w", str(workspace.folder), "person-data", "erase", "DOC-1/1"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "nothing was erased" in done.stderr + done.stdout
    assert "DOC-1/1" in done.stdout
    assert in_clear(done.stdout.encode(), done.stderr.encode()) == []
    assert sealed_rows.cells_of(SealedRow.objects.order_by("row").first())["name"] == NAME
    assert kept.read(Submission.objects.get().kept)
    assert seal.file_key_id(Submission.objects.get()).startswith("file-")


def test_a_damaged_packed_mail_is_kept_sealed(workspace, tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(mail()))
    packed[10:16] = b"\xff" * 6  # where what is packed begins
    (told,) = add(written(tmp_path / "one.eml.gz", bytes(packed)))
    assert told.state == "failed"
    assert Submission.objects.get().sealed


def test_no_header_is_parsed_where_the_program_runs(workspace, tmp_path, monkeypatch) -> None:
    """Taking in, taking in after an erasure and erasing: all ask the process that has limits."""

    def parsed(*_: Any, **__: Any) -> None:
        raise AssertionError("a header of somebody else's file is parsed in this process")

    monkeypatch.setattr("email.message_from_bytes", parsed)
    monkeypatch.setattr("email.utils.getaddresses", parsed)
    monkeypatch.setattr("email.header.decode_header", parsed)
    box = samples.mailbox(mail(samples.NEWS, number=2), mail(samples.OTHER, number=3))
    add(written(tmp_path / "one.eml", mail()), written(tmp_path / "letters.mbox", box))
    assert SealedRow.objects.count() > 6
    assert len(erasures.plan("DOC-1/1").originals) == 2
    erase("DOC-1/1")
    add(written(tmp_path / "late.eml", mail(REPORT + " Later.", number=9)))
    assert Submission.objects.count() == 3


def test_a_file_goes_with_a_person_when_it_cannot_be_told_whom_it_names(
    workspace, tmp_path: Path
) -> None:
    """Multiparts in each other, deeper than any parser goes: the message is a failure, and what its
    headers say is unknown."""
    nested = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3_000)
    )
    deep = b"From: Press <press@coast.example>\nMIME-Version: 1.0\n" + nested
    add(written(tmp_path / "one.eml", mail()), written(tmp_path / "deep.eml", deep))
    add(written(tmp_path / "other.eml", samples.mail()))
    receipts = {one.filename: one.receipt for one in Submission.objects.all()}
    plan = erasures.plan("DOC-1/1")
    assert set(plan.originals) == {receipts["one.eml"], receipts["deep.eml"]}
    assert plan.untold == (receipts["deep.eml"],)
    assert plan.files_spared == 1
