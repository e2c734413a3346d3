"""How passwords of people are hashed: Argon2id, by the package ``cryptography``.

Stored as Django stores Argon2 (``argon2$argon2id$v=19$m=…,t=…,p=…$salt$hash``), so what other
installations made with ``argon2-cffi`` can be read, and the other way round.
"""

from __future__ import annotations

import base64
import re
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from django.contrib.auth.hashers import BasePasswordHasher, mask_hash
from django.utils.crypto import constant_time_compare

_STORED = re.compile(
    r"argon2\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)"
)
#: Most memory that a stored hash may ask for, KiB: a row that was tampered with must not stop the
#: server.
_MOST_KIB = 1_048_576


def supported() -> bool:
    """Whether the OpenSSL that ``cryptography`` was built with knows Argon2id (3.2 and later)."""
    try:
        Argon2id(salt=bytes(16), length=32, iterations=1, lanes=1, memory_cost=64)
    except UnsupportedAlgorithm:
        return False
    return True


class Argon2idHasher(BasePasswordHasher):
    """Argon2id (RFC 9106) at the least that OWASP's Password Storage Cheat Sheet asks for.

    19 MiB of memory, two passes, one lane: memory is what makes guessing on graphics cards dear.
    """

    algorithm = "argon2"
    memory_kib = 19_456
    passes = 2
    lanes = 1
    length = 32

    def encode(self, password: str, salt: str) -> str:
        """Hash a password, with what it takes to check it later."""
        self._check_encode_args(password, salt)
        given = salt.encode()
        derived = _derive(password, given, self.memory_kib, self.passes, self.lanes, self.length)
        return (
            f"{self.algorithm}$argon2id$v=19$m={self.memory_kib},t={self.passes},p={self.lanes}"
            f"${_base64(given)}${_base64(derived)}"
        )

    def decode(self, encoded: str) -> dict[str, Any]:
        """Read the parts of a stored hash.

        Raises
        ------
        ValueError
            When it is none, or asks for more memory than any that was ever made here.
        """
        found = _STORED.fullmatch(encoded)
        if found is None or int(found[1]) > _MOST_KIB:
            raise ValueError("this is no stored Argon2id hash")
        return {
            "algorithm": self.algorithm,
            "memory_kib": int(found[1]),
            "passes": int(found[2]),
            "lanes": int(found[3]),
            "salt": _from_base64(found[4]).decode("latin1"),
            "hash": found[5],
        }

    def verify(self, password: str, encoded: str) -> bool:
        """Whether this is the password; whatever cannot be read is none."""
        try:
            stored = self.decode(encoded)
        except ValueError:
            return False
        expected = _from_base64(stored["hash"])
        derived = _derive(
            password,
            stored["salt"].encode("latin1"),
            stored["memory_kib"],
            stored["passes"],
            stored["lanes"],
            len(expected),
        )
        return constant_time_compare(derived, expected)

    def must_update(self, encoded: str) -> bool:
        """Whether a stored hash is cheaper to guess at than one made now."""
        stored = self.decode(encoded)
        return stored["memory_kib"] < self.memory_kib or stored["passes"] < self.passes

    def safe_summary(self, encoded: str) -> dict[str, Any]:
        """What may be shown of a stored hash."""
        stored = self.decode(encoded)
        return {**stored, "salt": mask_hash(stored["salt"]), "hash": mask_hash(stored["hash"])}

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Nothing: an older hash takes longer than one made now, not less."""


def _derive(
    password: str, salt: bytes, memory_kib: int, passes: int, lanes: int, length: int
) -> bytes:
    function = Argon2id(
        salt=salt, length=length, iterations=passes, lanes=lanes, memory_cost=memory_kib
    )
    return function.derive(password.encode())


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


def _from_base64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))
