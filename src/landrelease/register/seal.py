"""Personal data: sealed per person, so that one person can be erased and the rest stays.

Every person's fields are one Fernet token under a key of their own; the keys are wrapped by the
workspace's master key. The journal holds the token and an HMAC under the same key, so erasing a
person is destroying one key: the chain stays whole, and nothing in it can be read or guessed.
A kept original that names persons is sealed as a whole under a key of its own, which is destroyed
with the first erasure of anybody in it; its rows about other persons stay readable, each sealed
under the key of its own person (:mod:`.sealed_rows`).
"""

from __future__ import annotations

import base64
import json
import secrets
from typing import Any, Final

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes, hmac
from django.db.models import QuerySet

from . import canonical, workspace
from .errors import RegisterError
from .models import PersonKey, Submission

#: Option of a submission whose file an earlier one keeps sealed already: the receipt of that one.
SHARED: Final = "sealed_with"


def new_person_key(uid: str) -> str:
    """Make and keep a key for a record about a person; its id begins with the record's."""
    return new_key(f"{uid}-{secrets.token_hex(3)}")


def new_key(key_id: str) -> str:
    """Make and keep a key; returns its id."""
    wrapped = Fernet(workspace.current().master_key).encrypt(Fernet.generate_key())
    PersonKey.objects.create(id=key_id, wrapped=wrapped.decode())
    return key_id


def _key(key_id: str) -> bytes | None:
    row = PersonKey.objects.filter(id=key_id).first()
    if row is None:
        return None
    try:
        return Fernet(workspace.current().master_key).decrypt(row.wrapped.encode())
    except InvalidToken:
        raise RegisterError(
            "the master key in keys/master.key is not the one this register was sealed with; "
            "personal data cannot be read until the right key is put back"
        ) from None


def seal(key_id: str, values: dict[str, Any]) -> str:
    """Encrypt values under a key."""
    key = _key(key_id)
    if key is None:
        raise RegisterError(f"the key {key_id} was destroyed; nothing can be sealed under it")
    return Fernet(key).encrypt(canonical.dumps(values)).decode()


def open_sealed(key_id: str, token: str) -> dict[str, Any] | None:
    """Decrypt values; None when the person was erased."""
    key = _key(key_id)
    return None if key is None else canonical.loads(Fernet(key).decrypt(token.encode()))


def commitment(key_id: str, values: dict[str, Any]) -> str | None:
    """Keyed commitment to values; None when the key is gone."""
    key = _key(key_id)
    if key is None:
        return None
    mac = hmac.HMAC(base64.urlsafe_b64decode(key), hashes.SHA256())
    mac.update(canonical.dumps(values))
    return mac.finalize().hex()


def seal_bytes(key_id: str, data: bytes) -> bytes:
    """Encrypt a whole file."""
    key = _key(key_id)
    if key is None:
        raise RegisterError(f"the key {key_id} was destroyed; nothing can be sealed under it")
    return Fernet(key).encrypt(data)


def open_bytes(key_id: str, data: bytes) -> bytes | None:
    """Decrypt a whole file; None when its key was destroyed."""
    key = _key(key_id)
    return None if key is None else Fernet(key).decrypt(data)


def is_erased(record: Any) -> bool:
    """Whether personal data were recorded of a person and their key was destroyed since."""
    key = record.person_key
    return key is not None and not PersonKey.objects.filter(id=key).exists()


def erased(records: QuerySet[Any]) -> QuerySet[Any]:
    """Those of some records whose person was erased, as :func:`is_erased` says of each."""
    keys = PersonKey.objects.values("id")
    return records.exclude(person_key=None).exclude(person_key__in=keys)


def file_key_id(submission: Submission) -> str:
    """Id of the key of a sealed original; several submissions of one mailbox share its key."""
    return f"file-{json.loads(submission.options).get(SHARED, submission.receipt)}"
