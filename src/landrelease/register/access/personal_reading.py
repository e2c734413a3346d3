"""Reading personal fields: for a stated purpose, logged before anything is decrypted."""

from __future__ import annotations

from typing import Any

from .. import clock, seal
from ..errors import DecisionRefused, RegisterError
from ..models import PersonalRead
from ..said import said
from ..schema import RECORD_TYPES
from . import actions
from .callers import Caller


def read_personal(caller: Caller, record: Any, purpose: str) -> dict[str, Any] | None:
    """The personal fields of a record; the reading is logged before they are decrypted.

    Parameters
    ----------
    record
        A record about a person (``victim``).
    purpose
        What they are needed for; kept in the log.

    Returns
    -------
    dict or None
        None when the person was erased.

    Raises
    ------
    DecisionRefused
        When the caller may not, or states no purpose.
    RegisterError
        When the record holds no personal data.
    """
    if not RECORD_TYPES[record.schema.name].personal_fields:
        raise RegisterError(f"{record.ref} holds no personal data")
    actions.require(caller, "view_personal", record)
    log_reading(caller, record.schema.name, record.uid, purpose)
    if record.person_key is None or record.sealed is None:
        return None
    return seal.open_sealed(record.person_key, record.sealed)


def log_reading(caller: Caller, what: str, uid: str, purpose: str) -> None:
    """Write down that somebody is about to read personal data; nothing is decrypted before.

    Parameters
    ----------
    what, uid
        Record type and id of the record, or another name of what is read (:mod:`.personal`).
    purpose
        What it is needed for.

    Raises
    ------
    DecisionRefused
        When no purpose is stated.
    """
    if not purpose.strip():
        raise DecisionRefused(
            said("say what the personal data are needed for; it is kept in the log")
        )
    PersonalRead.objects.create(
        at=clock.now(),
        reader=caller.name,
        record_type=what,
        record_uid=uid,
        purpose=purpose.strip(),
    )
