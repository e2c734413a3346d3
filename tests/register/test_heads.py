"""The head of the journal outside: a log, signatures, and stamps of a time-stamping authority.

The authority is OpenSSL's own (`openssl ts`), served on this machine: another implementation of
RFC 3161 than the one that asks it.
"""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.db import transaction
from registering import HAZARD, hazards, landrelease, square, verified

from landrelease.register import heads, journal, people, recording, signing
from landrelease.register.errors import JournalError
from landrelease.register.models import JournalEntry, JournalTimestamp


def something(folder: Path, key: str = "H1") -> None:
    hazards(folder, (square(), {**HAZARD, "source_id": key}))


# --- the log --------------------------------------------------------------------------------------


def test_a_log_of_heads_is_borne_out_by_the_journal(workspace, tmp_path):
    log = tmp_path / "heads.jsonl"
    for number in range(3):
        something(tmp_path, f"H{number}")
        heads.append(log, heads.statement(sign=number > 0))
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["seq"] for line in lines] == sorted({line["seq"] for line in lines})
    assert lines[-1]["hash"] == journal.head().hash
    found = heads.check_log(log)
    assert (found.lines, found.signed, found.problems) == (3, 2, [])
    with_key = heads.check_log(log, keys=[heads.public_key()])
    assert with_key.problems == ["heads.jsonl, line 1: it is not signed"]
    key = workspace.folder / "keys" / signing.KEY_FILE
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"hash": "0" * 64}, "the journal was replaced or altered"),
        ({"seq": 99}, "has no entry 99"),
        ({"stated_at": "2001-01-01T00:00:00.000000Z"}, "its signature does not fit"),
        ({"signature": "AAAA"}, "its signature does not fit"),
        ({"key": "bm8="}, "its signature does not fit"),
    ],
)
def test_a_head_that_was_altered_is_found(workspace, tmp_path, change, said):
    something(tmp_path)
    log = tmp_path / "heads.jsonl"
    heads.append(log, heads.statement(sign=True) | change)
    assert any(said in problem for problem in heads.check_log(log).problems)


def test_a_log_that_is_none_is_said_to_be_none(workspace, tmp_path):
    log = tmp_path / "heads.jsonl"
    log.write_text('not json\n{"seq": 1}\n')
    assert len(heads.check_log(log).problems) == 2


def test_an_empty_journal_has_no_head(workspace):
    with pytest.raises(JournalError, match="holds no entry"):
        heads.statement()


def test_the_commands(workspace, tmp_path):
    something(tmp_path)
    log = tmp_path / "heads.jsonl"
    words = ("journal", "head", "--write", log, "--sign", "--format", "json")
    said = json.loads(landrelease(workspace.folder, *words).stdout)
    assert said["hash"] == journal.head().hash
    assert heads.check_log(log, keys=[said["key"]]).problems == []
    checked = landrelease(workspace.folder, "journal", "check-log", log)
    assert "1 heads, 1 signed, 0 problems" in checked.stdout
    log.write_text(log.read_text().replace(said["hash"], "f" * 64))
    failed = landrelease(workspace.folder, "journal", "check-log", log, check=False)
    assert failed.returncode == 1
    assert "altered" in failed.stdout


# --- another key ----------------------------------------------------------------------------------

OFFICE = people.Actor("office", "Authority", authenticated=True)


def signed(folder, log, key="H"):
    something(folder, key)
    heads.append(log, heads.statement(sign=True))


def test_heads_signed_with_an_old_key_stay_good(workspace, tmp_path):
    log = tmp_path / "heads.jsonl"
    signed(tmp_path, log, "H1")
    first = heads.public_key()
    changes = []
    for number in range(2):
        changes.append(signing.rotate(OFFICE, signing.Because.routine))
        signed(tmp_path, log, f"H2{number}")
    assert [c.previous for c in changes] == [first, changes[0].key]
    assert signing.rotations() == changes
    assert heads.public_key() == changes[1].key
    for told in (first, changes[0].key, changes[1].key):
        assert heads.check_log(log, keys=[told]).problems == [], "whichever of them one was told"
    assert JournalEntry.objects.filter(kind=signing.KIND).count() == 2
    left = {p.name for p in (workspace.folder / "keys").iterdir() if "journal" in p.name}
    assert left == {signing.KEY_FILE, signing.PUBLIC_FILE}, "the old private key is gone"
    verified()


def test_what_a_key_signs_after_it_was_replaced_is_found(workspace, tmp_path):
    something(tmp_path)
    path = workspace.folder / "keys" / signing.KEY_FILE
    heads.public_key()
    stolen = path.read_bytes()
    done = signing.rotate(OFFICE, signing.Because.compromised)
    log = tmp_path / "heads.jsonl"
    said = heads.statement()
    thief = signing._read(_file(tmp_path / "stolen", stolen))
    said["signature"] = signing.sign(thief, said)
    said["key"] = signing.public_of(thief)
    heads.append(log, said)
    for keys in ([], [said["key"]], [done.key]):
        (problem,) = heads.check_log(log, keys=keys).problems
        assert f"journal entry {done.seq} had replaced" in problem


def _file(path, data):
    path.write_bytes(data)
    return path


def test_a_lost_key_is_told_and_replaced_without_its_consent(workspace, tmp_path):
    log = tmp_path / "heads.jsonl"
    signed(tmp_path, log, "H1")
    old = heads.public_key()
    assert signing.wrong() == ""
    (workspace.folder / "keys" / signing.KEY_FILE).unlink()
    assert "is gone" in signing.wrong()
    for attempt in (
        lambda: heads.statement(sign=True),
        lambda: signing.rotate(OFFICE, signing.Because.routine),
    ):
        with pytest.raises(JournalError, match="is gone"):
            attempt()
    assert not signing.rotations()
    done = signing.rotate(OFFICE, signing.Because.lost)
    assert (done.previous, done.proven) == (old, False)
    signed(tmp_path, log, "H2")
    assert heads.check_log(log, keys=[old]).problems == [
        "heads.jsonl, line 2: it is signed with another key"
    ]
    assert heads.check_log(log, keys=[old, done.key]).problems == []
    verified()


def test_a_forged_change_of_key_is_not_followed(workspace, tmp_path):
    """Somebody who can write into the journal but does not have the key gets no trust from it."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    something(tmp_path)
    own = heads.public_key()
    forger = Ed25519PrivateKey.generate()
    change = {
        "after": journal.head().hash, "because": "routine", "key": signing.public_of(forger),
        "previous": own,
    }  # fmt: skip
    by = {"key": signing.sign(forger, change), "previous": signing.sign(forger, change)}
    draft = journal.Draft(
        kind=signing.KIND, actor=OFFICE.to_json(), data={**change, "signatures": by}
    )
    with transaction.atomic():
        recording.record(draft)
    assert signing.successors([own]) == {own}
    assert "not the key that signs" in signing.wrong()


@pytest.mark.parametrize("committed", [True, False])
def test_a_change_that_was_cut_short_is_finished_or_never_was(
    workspace, tmp_path, monkeypatch, committed
):
    something(tmp_path)
    old = heads.public_key()

    def cut(*args):
        raise OSError("the power failed")

    with monkeypatch.context() as patched:
        if committed:
            finish, calls = signing._finish, []

            def at_last():
                calls.append(1)
                return cut() if len(calls) == 3 else finish()

            patched.setattr(signing, "_finish", at_last)
        else:
            patched.setattr(signing.recording, "record", cut)
        with pytest.raises(OSError, match="power"):
            signing.rotate(OFFICE, signing.Because.routine)
    assert len(signing.rotations()) == committed
    assert signing.wrong() == ""
    assert (heads.public_key() == old) is not committed
    again = signing.rotate(OFFICE, signing.Because.routine)
    assert again.proven
    verified()


def test_the_key_comes_back_with_a_backup(workspace, tmp_path):
    """Under a passphrase in the archive, and from a folder of keys; a key from before a change is
    told."""
    from landrelease.register import backup_keys
    from landrelease.register import workspace as workspaces

    something(tmp_path)
    heads.public_key()
    folder = workspace.folder / "keys"
    before = backup_keys.read_folder(folder)
    done = signing.rotate(OFFICE, signing.Because.routine)
    sealed = backup_keys.seal(folder, "correct horse battery staple")
    assert (folder / signing.KEY_FILE).read_bytes() not in sealed
    opened = backup_keys.unseal(sealed, "correct horse battery staple")
    assert opened == backup_keys.read_folder(folder)
    assert opened[signing.PUBLIC_FILE].decode().strip() == done.key
    for keys, wrong in ((before, "not the key that signs"), (opened, "")):
        for name, data in keys.items():
            backup_keys.write(folder / name, data)
        assert wrong in signing.wrong()
    assert workspaces.current().folder == workspace.folder


def test_the_doctor_looks_after_the_key(workspace, tmp_path):
    from landrelease.register import doctor

    def said():
        return [f for f in doctor.examine(workspace) if f.check in ("keys", "signing key")]

    something(tmp_path)
    before = sorted(p.name for p in (workspace.folder / "keys").iterdir())
    assert {f.level for f in said()} == {doctor.Level.well}
    assert sorted(p.name for p in (workspace.folder / "keys").iterdir()) == before, "none is made"
    heads.public_key()
    key = workspace.folder / "keys" / signing.KEY_FILE
    key.chmod(0o644)
    assert any("can be read by others" in f.message for f in said())
    key.unlink()
    assert any("is gone" in f.message for f in said())
    key.write_text("no key")
    key.chmod(0o600)
    assert any("holds no Ed25519 key" in f.message for f in said())


def test_the_commands_of_the_key(workspace, tmp_path):
    something(tmp_path)
    log = tmp_path / "heads.jsonl"
    said = json.loads(
        landrelease(
            workspace.folder, "journal", "head", "--write", log, "--sign", "--format", "json"
        ).stdout
    )
    changed = landrelease(
        workspace.folder, "journal", "rotate-key", "--because", "compromised", "--format", "json"
    )
    (row,) = json.loads(changed.stdout)
    assert row["previous"] == said["key"]
    assert "copy the folder keys/ again" in changed.stderr
    listed = landrelease(workspace.folder, "journal", "keys", "--format", "json")
    assert json.loads(listed.stdout) == [row]
    checked = landrelease(workspace.folder, "journal", "check-log", log, "--key", row["key"])
    assert "1 heads, 1 signed, 0 problems" in checked.stdout


# --- time stamps ----------------------------------------------------------------------------------

CONFIGURATION = """\
[tsa]
default_tsa = one
[one]
serial = {folder}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""


def certificate(subject, issuer, key, signer, *, root: bool, days: int = 30):
    name = lambda text: x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])  # noqa: E731
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=root, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if not root:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(signer, hashes.SHA256())


class Authority:
    """A made-up time-stamping authority in a folder."""

    def __init__(self, folder: Path, days: int = 30) -> None:
        self.folder = folder
        folder.mkdir()
        root_key, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(
            ec.SECP256R1()
        )  # fmt: skip
        root = certificate("Made-up Root", "Made-up Root", root_key, root_key, root=True)
        leaf = certificate("Made-up Authority", "Made-up Root", own, root_key, root=False,
                           days=days)  # fmt: skip
        pem = serialization.Encoding.PEM
        (folder / "root.pem").write_bytes(root.public_bytes(pem))
        (folder / "leaf.pem").write_bytes(leaf.public_bytes(pem))
        (folder / "key.pem").write_bytes(
            own.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        (folder / "serial").write_text("01\n")
        (folder / "tsa.cnf").write_text(CONFIGURATION.format(folder=folder))

    @property
    def root(self) -> Path:
        return self.folder / "root.pem"

    def answer(self, address: str, request: bytes) -> bytes:
        query, reply = self.folder / "query.tsq", self.folder / "reply.tsr"
        query.write_bytes(request)
        subprocess.run(
            ["openssl", "ts", "-reply", "-config", self.folder / "tsa.cnf", "-queryfile", query,
             "-signer", self.folder / "leaf.pem", "-inkey", self.folder / "key.pem",
             "-out", reply],
            check=True, capture_output=True,
        )  # fmt: skip
        return reply.read_bytes()


@pytest.fixture
def authority(tmp_path) -> Authority:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    return Authority(tmp_path / "authority")


@contextmanager
def served(authority: Authority) -> Iterator[tuple[str, list[str]]]:
    """Serve an authority on this machine; gives its address and what it was asked as."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append(self.headers["Content-Type"])
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = authority.answer("", body)
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join(20)


def test_a_stamp_is_kept_and_holds(workspace, tmp_path, authority):
    something(tmp_path)
    kept = heads.stamp("stub", authority.answer)
    assert (kept.seq, kept.hash) == (journal.head().seq, journal.head().hash)
    roots = heads.certificates(authority.root)
    assert heads.wrong_with(kept, roots) == ""
    # It holds, too, for the other implementation, from the hash that every page prints.
    reply = tmp_path / "head.tsr"
    reply.write_bytes(bytes(kept.answer))
    done = subprocess.run(
        ["openssl", "ts", "-verify", "-digest", kept.hash, "-in", reply,
         "-CAfile", authority.root],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Verification: OK" in done.stdout + done.stderr
    something(tmp_path, "H2")
    assert heads.wrong_with(kept, roots) == "", "what came later takes nothing from it"


def test_a_stamp_of_somebody_else_or_of_something_else_does_not_hold(
    workspace, tmp_path, authority
):
    something(tmp_path)
    kept = heads.stamp("stub", authority.answer)
    stranger = heads.certificates(Authority(tmp_path / "stranger").root)
    assert "does not hold" in heads.wrong_with(kept, stranger)
    roots = heads.certificates(authority.root)
    other = JournalEntry.objects.get(seq=0)
    about_another = JournalTimestamp(seq=0, hash=other.hash, answer=kept.answer)
    assert "does not hold" in heads.wrong_with(about_another, roots)
    about_nothing = JournalTimestamp(seq=kept.seq, hash="0" * 64, answer=kept.answer)
    assert "the journal was altered" in heads.wrong_with(about_nothing, roots)
    broken = JournalTimestamp(seq=kept.seq, hash=kept.hash, answer=b"no stamp")
    assert "does not hold" in heads.wrong_with(broken, roots)


def test_a_stamp_given_after_the_certificate_had_ended_does_not_hold(workspace, tmp_path):
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    something(tmp_path)
    ended = Authority(tmp_path / "ended", days=-1)
    kept = heads.stamp("stub", ended.answer)
    assert "does not hold" in heads.wrong_with(kept, heads.certificates(ended.root))


def test_an_answer_about_something_else_is_not_kept(workspace, tmp_path, authority):
    something(tmp_path)
    first = heads.stamp("stub", authority.answer)
    something(tmp_path, "H2")
    for answer in (bytes(first.answer), b"", b"<html>"):
        with pytest.raises(JournalError):
            heads.stamp("stub", lambda address, request, answer=answer: answer)
    assert JournalTimestamp.objects.count() == 1


def test_the_command_asks_an_authority_and_verifies(workspace, tmp_path, authority):
    something(tmp_path)
    with served(authority) as (address, asked):
        landrelease(workspace.folder, "journal", "timestamp", "--tsa", address)
    assert asked == ["application/timestamp-query"]
    words = ("journal", "timestamps", "--roots", authority.root, "--format", "json")
    (row,) = json.loads(landrelease(workspace.folder, *words).stdout)
    assert (row["hash"], row["verified"]) == (journal.head().hash, "holds")
    stranger = Authority(tmp_path / "stranger").root
    failed = landrelease(
        workspace.folder, "journal", "timestamps", "--roots", stranger, check=False
    )
    assert failed.returncode == 1
    unreachable = landrelease(
        workspace.folder, "journal", "timestamp", "--tsa", address, check=False
    )
    assert unreachable.returncode == 1
    assert "could not be asked" in unreachable.stderr
