"""The head of the journal, told to people outside: a log of heads, signed, and time stamps on it.

The chain of the journal proves that nothing in it was changed as long as its last hash is the one
that somebody outside has kept. So the hash is printed on pages, written into a log that can be
published or sent every day, and, where a programme wants it, stamped by a time-stamping authority
(RFC 3161): the message that is stamped is the text of the entry, whose SHA-256 the head is, so that
``openssl ts -verify -digest HASH`` says the same as we do.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import cryptography.x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from . import canonical, clock, journal, signing
from .errors import JournalError
from .models import RECORDS, JournalEntry, JournalTimestamp

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
        key = signing.signing_key()
        said["signature"] = signing.sign(key, said)
        said["key"] = signing.public_of(key)
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


def check_log(path: Path, *, keys: Collection[str] = ()) -> LogCheck:
    """Hold a log of heads against the journal.

    Parameters
    ----------
    path
        The log, as :func:`append` wrote it, or as it was published.
    keys
        Public keys (base64): every line has to be signed with one of them, or with one that took
        its place or whose place it took. None: lines need no signature, but one that is there has
        to be right.

    Returns
    -------
    LogCheck
        With a sentence for each line that the journal does not bear out.
    """
    problems: list[str] = []
    trusted = signing.successors(keys)
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
        wrong = _wrong_signature(said, trusted)
        if wrong:
            problems.append(f"{where}: {wrong}")
        signed += "signature" in said
    return LogCheck(number, signed, problems)


def public_key() -> str:
    """The public key of this workspace, base64; made when it is first asked for."""
    return signing.public_of(signing.signing_key())


def _wrong_signature(said: dict[str, Any], trusted: Collection[str]) -> str:
    if "signature" not in said:
        return "it is not signed" if trusted else ""
    key = str(said.get("key"))
    if trusted and key not in trusted:
        return "it is signed with another key"
    body = {name: said.get(name) for name in _SIGNED}
    if not signing.fits(key, str(said["signature"]), body):
        return "its signature does not fit"
    ended = signing.until(key)
    if ended is not None and int(said["seq"]) >= ended:
        return f"it is signed with a key that journal entry {ended} had replaced before"
    return ""


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
