"""The head of the journal, told to people outside: a log of heads, signed, and time stamps on it.

The chain of the journal proves that nothing in it was changed as long as its last hash is the one
that somebody outside has kept. So the hash is printed on pages, written into a log that can be
published or sent every day, and, where a programme wants it, stamped by a time-stamping authority
(RFC 3161): the message that is stamped is the text of the entry, whose SHA-256 the head is, so that
``openssl ts -verify -digest HASH`` says the same as we do.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import cryptography.x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from . import canonical, clock, journal, workspace
from .errors import JournalError
from .models import RECORDS, JournalEntry, JournalTimestamp

#: File of the key that signs heads, in the folder of keys (mode 0600).
KEY_FILE = "journal.ed25519"
_SIGNED = ("hash", "programme", "recorded_at", "seq", "stated_at")


# --- the log of heads -----------------------------------------------------------------------------


def statement(*, sign: bool = False) -> dict[str, Any]:
    """What is said of the head of the journal.

    Parameters
    ----------
    sign
        Whether to sign it with the key of this workspace, which is made when it is first needed.

    Returns
    -------
    dict
        ``seq``, ``hash`` and ``recorded_at`` of the last entry, ``programme``, ``stated_at``;
        signed also ``key`` (the public key, base64) and ``signature`` (Ed25519 over the canonical
        JSON of the others).

    Raises
    ------
    JournalError
        While the journal holds no entry.
    """
    last = journal.head()
    if last is None:
        raise JournalError("the journal holds no entry yet, so it has no head")
    programme = RECORDS["programme"].objects.order_by("id").values_list("name", flat=True).first()
    said: dict[str, Any] = {
        "hash": last.hash,
        "programme": programme or "",
        "recorded_at": last.recorded_at,
        "seq": last.seq,
        "stated_at": clock.now(),
    }
    if sign:
        key = _signing_key()
        said["signature"] = base64.b64encode(key.sign(canonical.dumps(said))).decode()
        said["key"] = _public(key)
    return said


def append(path: Path, said: dict[str, Any]) -> None:
    """Add a line to a log of heads; it is on the disk before this returns."""
    with path.open("ab") as log:
        log.write(canonical.dumps(said) + b"\n")
        log.flush()
        os.fsync(log.fileno())


@dataclass(frozen=True)
class LogCheck:
    """What a log of heads says of this journal; all is well when there are no problems."""

    lines: int
    signed: int
    problems: list[str]


def check_log(path: Path, *, key: str = "") -> LogCheck:
    """Hold a log of heads against the journal.

    Parameters
    ----------
    path
        The log, as :func:`append` wrote it, or as it was published.
    key
        Public key (base64) that every line has to be signed with; empty: lines need no signature,
        but one that is there has to be right.

    Returns
    -------
    LogCheck
        With a sentence for each line that the journal does not bear out.
    """
    problems: list[str] = []
    signed = number = 0
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        where = f"{path.name}, line {number}"
        try:
            said = canonical.loads(line)
            seq, hash_ = int(said["seq"]), str(said["hash"])
        except (ValueError, KeyError, TypeError):
            problems.append(f"{where}: it is no line of a log of heads")
            continue
        entry = JournalEntry.objects.filter(seq=seq).first()
        if entry is None:
            problems.append(f"{where}: the journal has no entry {seq} (any more)")
        elif entry.hash != hash_:
            problems.append(
                f"{where}: entry {seq} had the hash {hash_[:12]}… and now has {entry.hash[:12]}…; "
                "the journal was replaced or altered since"
            )
        wrong = _wrong_signature(said, key)
        if wrong:
            problems.append(f"{where}: {wrong}")
        signed += "signature" in said
    return LogCheck(number, signed, problems)


def public_key() -> str:
    """The public key of this workspace, base64; made when it is first asked for."""
    return _public(_signing_key())


def _wrong_signature(said: dict[str, Any], key: str) -> str:
    if "signature" not in said:
        return "it is not signed" if key else ""
    if key and said.get("key") != key:
        return "it is signed with another key"
    body = canonical.dumps({name: said.get(name) for name in _SIGNED})
    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(said["key"]))
        public.verify(base64.b64decode(said["signature"]), body)
    except (InvalidSignature, ValueError, KeyError, TypeError):
        return "its signature does not fit"
    return ""


def _signing_key() -> Ed25519PrivateKey:
    path = workspace.current().folder / "keys" / KEY_FILE
    if not path.is_file():
        pem = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                out.write(pem)
                out.flush()
                os.fsync(out.fileno())
        except FileExistsError:
            pass  # Somebody else has made it a moment ago.
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise JournalError(f"{path} holds no Ed25519 key; move it away and a new one is made")
    return key


def _public(key: Ed25519PrivateKey) -> str:
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


# --- time stamps ----------------------------------------------------------------------------------

#: Posts a request (DER) to an address and gives the answer (DER).
Post = Callable[[str, bytes], bytes]


def stamp(tsa: str, post: Post) -> JournalTimestamp:
    """Have the head of the journal stamped by a time-stamping authority, and keep its answer.

    Only the hash of the entry leaves this machine.

    Parameters
    ----------
    tsa
        Address of the authority.
    post
        How to reach it.

    Raises
    ------
    JournalError
        When the journal is empty, or the answer is none, is refused, or is about something else.
    """
    last = journal.head()
    if last is None:
        raise JournalError("the journal holds no entry yet, so it has no head")
    builder = TimestampRequestBuilder().data(last.body.encode())
    request = builder.hash_algorithm(HashAlgorithm.SHA256).nonce(nonce=True).build()
    requested_at = clock.now()
    answer = post(tsa, request.as_bytes())
    try:
        response = decode_timestamp_response(answer)
        status = int(response.status)
    except ValueError as error:
        raise JournalError(f"{tsa} gave no time stamp: {error}") from error
    if status != 0:
        said = ", ".join(response.status_string or []) or f"status {status}"
        raise JournalError(f"{tsa} refused to stamp: {said}")
    token = response.tst_info
    if token.message_imprint.message != bytes.fromhex(last.hash) or token.nonce != request.nonce:
        raise JournalError(f"{tsa} stamped something else than it was asked to")
    return JournalTimestamp.objects.create(
        seq=last.seq,
        hash=last.hash,
        tsa=tsa,
        requested_at=requested_at,
        stamped_at=token.gen_time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        request=request.as_bytes(),
        answer=answer,
    )


def wrong_with(
    kept: JournalTimestamp,
    roots: Iterable[cryptography.x509.Certificate],
    intermediates: Iterable[cryptography.x509.Certificate] = (),
) -> str:
    """Say what is wrong with a kept time stamp; empty when it holds.

    It holds when a trusted authority signed it, it is about the hash that was kept, and that hash
    is still the one of the entry.

    Parameters
    ----------
    roots, intermediates
        Certificates that are trusted, and those that may stand between.
    """
    entry = JournalEntry.objects.filter(seq=kept.seq).first()
    if entry is None or entry.hash != kept.hash:
        return f"entry {kept.seq} is no longer the one that was stamped; the journal was altered"
    verifier = VerifierBuilder()
    for root in roots:
        verifier = verifier.add_root_certificate(root)
    for one in intermediates:
        verifier = verifier.add_intermediate_certificate(one)
    try:
        response = decode_timestamp_response(bytes(kept.answer))
        # The hash of the text as it is now, not the one in the column.
        verifier.build().verify_message(response, entry.body.encode())
    except (VerificationError, ValueError) as error:
        return f"the stamp does not hold: {error}"
    return ""


def certificates(path: Path) -> list[cryptography.x509.Certificate]:
    """The certificates in a PEM file.

    Raises
    ------
    JournalError
        When there is none in it.
    """
    try:
        return list(cryptography.x509.load_pem_x509_certificates(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise JournalError(f"{path} holds no certificate in PEM: {error}") from error
