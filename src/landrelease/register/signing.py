"""The key that signs heads of the journal: made, kept, replaced.

The private key lies in the folder of keys (mode 0600), its public half beside it, so that a key
that went missing is seen and not quietly made anew. A key is replaced by a journal entry that names
the old public key and the new one and is signed with both: who was told the one can follow to the
other and needs to trust nobody on the way. The old private key is destroyed; its public half stays
in the journal, and what it signed before stays good.
"""

from __future__ import annotations

import base64
import contextlib
import os
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.db import transaction

from . import canonical, journal, recording, workspace
from .errors import JournalError
from .models import JournalEntry
from .people import Actor

#: The key, its public half, and the key that is about to take its place, in the folder of keys.
KEY_FILE = "journal.ed25519"
PUBLIC_FILE = "journal.ed25519.pub"
NEXT_FILE = "journal.ed25519.next"
#: Kind of the journal entry that replaces the key.
KIND = "signing_key"


class Because(StrEnum):
    """Why a key is replaced."""

    routine = "routine"
    compromised = "compromised"
    lost = "lost"


@dataclass(frozen=True)
class Rotation:
    """A journal entry that replaced the key.

    Attributes
    ----------
    seq, recorded_at
        The entry; heads from it on are signed with the new key.
    key, previous
        The new public key and the one it replaces (empty where that is not known), base64.
    proven
        Whether both keys signed the change; not so where the old one was lost.
    """

    seq: int
    recorded_at: str
    key: str
    previous: str
    because: str
    proven: bool


# --- the key --------------------------------------------------------------------------------------


def signing_key() -> Ed25519PrivateKey:
    """The key of this workspace, made when it is first needed.

    Raises
    ------
    JournalError
        When there was one and it is gone, it is not the one the journal names, or is none.
    """
    _finish()
    path, last = _folder() / KEY_FILE, _last()
    if not path.is_file():
        if last is not None or (_folder() / PUBLIC_FILE).is_file():
            raise JournalError(_gone(path))
        _make_first(path)
    key = _read(path)
    if last is not None and public_of(key) != last.key:
        raise JournalError(_not_the_one(path, last))
    if not (_folder() / PUBLIC_FILE).is_file():
        _write(_folder() / PUBLIC_FILE, f"{public_of(key)}\n".encode())
    return key


def public_of(key: Ed25519PrivateKey) -> str:
    """The public half of a key, base64."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def fits(key: str, signature: str, signed: dict[str, Any]) -> bool:
    """Whether a signature (base64) over the canonical JSON of something was made with a key."""
    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key))
        public.verify(base64.b64decode(signature), canonical.dumps(signed))
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def sign(key: Ed25519PrivateKey, what: dict[str, Any]) -> str:
    """Sign the canonical JSON of something; the signature in base64."""
    return base64.b64encode(key.sign(canonical.dumps(what))).decode()


# --- another key in its place ---------------------------------------------------------------------


def rotate(actor: Actor, because: Because) -> Rotation:
    """Put a new key in the place of the one that signs, and journal it.

    Parameters
    ----------
    because
        With ``lost`` the old key does not sign the change, and is not needed.

    Raises
    ------
    JournalError
        When the old key cannot be read and is not said to be lost, or the journal is empty.
    """
    with transaction.atomic():
        journal.lock_head()
        _finish()
        head = journal.head()
        if head is None:
            raise JournalError("the journal holds no entry yet, so nothing was signed")
        old = None if because is Because.lost else signing_key()
        new = Ed25519PrivateKey.generate()
        # The head it follows is signed along: the change cannot be moved elsewhere.
        change = {
            "after": head.hash,
            "because": because.value,
            "key": public_of(new),
            "previous": _known_public() if old is None else public_of(old),
        }
        by = {"key": sign(new, change)}
        if old is not None:
            by["previous"] = sign(old, change)
        # On the disk before the entry that names it: whatever is cut off later can be finished.
        _write(_folder() / NEXT_FILE, _pem(new))
        entry = recording.record(
            journal.Draft(kind=KIND, actor=actor.to_json(), data={**change, "signatures": by})
        )
    _finish()
    return _rotation(entry)


def rotations() -> list[Rotation]:
    """Every change of the key, oldest first."""
    return [_rotation(entry) for entry in JournalEntry.objects.filter(kind=KIND).order_by("seq")]


def until(key: str) -> int | None:
    """Number of the entry from which a key signs no more; None while it may sign."""
    replaced = [one.seq for one in rotations() if one.previous == key]
    return replaced[0] if replaced else None


def successors(keys: Collection[str]) -> set[str]:
    """Keys that can be trusted because some others are: both signed the change of one to the other.

    Parameters
    ----------
    keys
        Public keys (base64) that somebody was told.
    """
    trusted = set(keys)
    for one in rotations():
        if one.proven and one.previous in trusted:
            trusted.add(one.key)
    for one in reversed(rotations()):
        if one.proven and one.key in trusted:
            trusted.add(one.previous)
    return trusted


def wrong() -> str:
    """What is wrong with the key as it lies there; empty when nothing is, or none was ever made.
    Nothing is changed."""
    last = _last()
    path, public = _folder() / KEY_FILE, _folder() / PUBLIC_FILE
    if last is not None and _is(_folder() / NEXT_FILE, last.key):
        return ""  # Cut short after it was journalled; the next who signs finishes it.
    if not path.is_file():
        known = last is not None or public.is_file()
        return _gone(path) if known else ""
    try:
        key = public_of(_read(path))
    except (JournalError, OSError) as error:
        return str(error)
    if last is not None and key != last.key:
        return _not_the_one(path, last)
    if public.is_file() and public.read_text(encoding="ascii").strip() != key:
        return f"{public} is not the public half of {KEY_FILE}"
    return ""


def _is(path: Path, key: str) -> bool:
    return path.is_file() and public_of(_read(path)) == key


def _gone(path: Path) -> str:
    return (
        f"{path} is gone: copy it back from where the keys are kept; if it is lost, "
        "landrelease journal rotate-key --because lost puts a new one in its place"
    )


def _not_the_one(path: Path, last: Rotation) -> str:
    return (
        f"{path} is not the key that signs since journal entry {last.seq}: copy that one back from "
        "where the keys are kept"
    )


def _rotation(entry: JournalEntry) -> Rotation:
    data = journal.data_of(entry)["data"]
    change = {name: data[name] for name in ("after", "because", "key", "previous")}
    by = data["signatures"]
    proven = (
        change["after"] == entry.prev_hash
        and fits(data["key"], by.get("key", ""), change)
        and fits(data["previous"], by.get("previous", ""), change)
    )
    return Rotation(
        entry.seq, entry.recorded_at, data["key"], data["previous"], data["because"], proven
    )


def _last() -> Rotation | None:
    entry = JournalEntry.objects.filter(kind=KIND).order_by("-seq").first()
    return None if entry is None else _rotation(entry)


def _finish() -> None:
    """Put a new key in its place whose entry is in the journal: the power may have failed between
    the two."""
    waiting, last = _folder() / NEXT_FILE, _last()
    # Another process may finish it at this very moment.
    with contextlib.suppress(FileNotFoundError):
        if last is not None and public_of(_read(waiting)) == last.key:
            waiting.replace(_folder() / KEY_FILE)
            _write(_folder() / PUBLIC_FILE, f"{last.key}\n".encode())


def _known_public() -> str:
    path, last = _folder() / PUBLIC_FILE, _last()
    if last is not None:
        return last.key
    return path.read_text(encoding="ascii").strip() if path.is_file() else ""


# --- files ----------------------------------------------------------------------------------------


def _folder() -> Path:
    return workspace.current().folder / "keys"


def _make_first(path: Path) -> None:
    # Somebody else may have made it a moment ago.
    with contextlib.suppress(FileExistsError):
        _write(path, _pem(Ed25519PrivateKey.generate()), new=True)


def _pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _read(path: Path) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise JournalError(
            f"{path} holds no Ed25519 key: copy it back from where the keys are kept"
        )
    return key


def _write(path: Path, data: bytes, *, new: bool = False) -> None:
    """Write a file that nobody but its owner can read, wholly or not at all."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    if not new:
        partial.replace(path)
        return
    try:
        path.hardlink_to(partial)
    finally:
        partial.unlink()
