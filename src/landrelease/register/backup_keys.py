"""The keys of a workspace, in a backup only under a passphrase.

Whoever holds a backup and its keys reads every personal field in it, so they belong on different
media. Where that cannot be, the keys are encrypted: the passphrase is stretched by scrypt
(RFC 7914) and the result is the key of a Fernet token, both by the library ``cryptography``.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from . import signing
from .errors import BackupError

#: Cost of one guess: 128 MiB of memory and some tenths of a second. OWASP's Password Storage Cheat
#: Sheet names N = 2^17, r = 8, p = 1 as its minimum for scrypt.
COST = {"n": 2**17, "r": 8, "p": 1}
#: No archive may ask for more memory than this when it is opened.
_DEAREST = 2**20
#: Shortest passphrase that is taken, characters.
SHORTEST = 14

#: Files of ``keys/`` that go along, in this order; the log of erasures goes in clear.
FILES = ("master.key", "django.secret", signing.KEY_FILE, signing.PUBLIC_FILE)


def seal(folder: Path, passphrase: str) -> bytes:
    """Encrypt the keys in a folder.

    Raises
    ------
    BackupError
        When the passphrase is too short, or there are no keys.
    """
    if len(passphrase) < SHORTEST:
        raise BackupError(
            f"a passphrase for keys has at least {SHORTEST} characters; five or six words do well"
        )
    contents = {
        name: base64.b64encode((folder / name).read_bytes()).decode()
        for name in FILES
        if (folder / name).is_file()
    }
    if "master.key" not in contents:
        raise BackupError(f"{folder / 'master.key'} is missing; there is nothing to seal")
    salt = secrets.token_bytes(16)
    token = Fernet(_derive(passphrase, salt, COST)).encrypt(json.dumps(contents).encode())
    sealed = {
        "kdf": "scrypt", **COST, "salt": base64.b64encode(salt).decode(), "token": token.decode()
    }  # fmt: skip
    return json.dumps(sealed).encode()


def unseal(data: bytes, passphrase: str) -> dict[str, bytes]:
    """The keys, by the names of their files.

    Raises
    ------
    BackupError
        When the passphrase is not the one they were sealed with, or they were altered.
    """
    try:
        sealed = json.loads(data)
        cost = {name: int(sealed[name]) for name in ("n", "r", "p")}
        if sealed["kdf"] != "scrypt" or cost["n"] * cost["r"] * cost["p"] > _DEAREST * 8:
            raise ValueError("its way of sealing is not known")
        key = _derive(passphrase, base64.b64decode(sealed["salt"], validate=True), cost)
        opened = json.loads(Fernet(key).decrypt(sealed["token"].encode()))
    except InvalidToken:
        raise BackupError(
            "the passphrase is not the one the keys in this backup were sealed with (or the keys "
            "were altered)"
        ) from None
    except (ValueError, KeyError, TypeError, UnsupportedAlgorithm) as error:
        raise BackupError(f"the sealed keys cannot be read: {error}") from error
    return {name: base64.b64decode(text) for name, text in opened.items() if name in FILES}


def read_folder(folder: Path) -> dict[str, bytes]:
    """The keys that were copied to a folder, by the names of their files.

    Raises
    ------
    BackupError
        When the master key is not among them.
    """
    found = {name: (folder / name).read_bytes() for name in FILES if (folder / name).is_file()}
    if "master.key" not in found:
        raise BackupError(f"{folder} holds no master.key; name the folder the keys were copied to")
    return found


def write(path: Path, data: bytes) -> None:
    """Write a key file that nobody but its owner can read."""
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())


def _derive(passphrase: str, salt: bytes, cost: dict[str, Any]) -> bytes:
    return base64.urlsafe_b64encode(
        Scrypt(salt=salt, length=32, **cost).derive(passphrase.encode())
    )
