"""Finding the record that a row refers to: by key in its namespace, or by short reference."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.db import connection

from . import bulk, identity
from .errors import DecisionRefused
from .models import RECORDS
from .said import said
from .schema import RECORD_TYPES

_SHORT = re.compile(r"^([A-Z]{2,3})-(\d+)$")


def resolve(
    target: str, namespace: str, given: Iterable[str], in_file: dict[str, str] | None = None
) -> dict[str, str]:
    """Ids of the records that texts refer to.

    A key of the same namespace wins; else a key that only one record of the register bears;
    else a short reference such as ``HA-12``. What is ambiguous or unknown is left out, so that the
    caller says so: a link is never guessed.

    Parameters
    ----------
    target
        Record type referred to.
    in_file
        Keys to ids of the file being read, when it holds records of the same type.
    """
    model = RECORDS[target]
    prefix = RECORD_TYPES[target].prefix
    wanted = {text.strip() for text in given}
    found: dict[str, str] = {}
    by_key: dict[str, set[str]] = {}
    keys = sorted(wanted)
    for some in bulk.in_chunks(keys):
        for source_id, record_namespace, uid in model.objects.filter(
            source_id__in=some
        ).values_list("source_id", "namespace", "uid"):
            if record_namespace == namespace:
                found[source_id] = uid
            by_key.setdefault(source_id, set()).add(uid)
    for text in keys:
        if text in found:
            continue
        if in_file and text in in_file:
            found[text] = in_file[text]
        elif len(by_key.get(text, ())) == 1:
            (found[text],) = by_key[text]
        elif (match := _SHORT.match(text)) and match[1] == prefix:
            uid = model.objects.filter(id=int(match[2])).values_list("uid", flat=True).first()
            if uid:
                found[text] = uid
    return found


def in_file(record_type: str, namespace: str, source_ids: Iterable[str | None]) -> dict[str, str]:
    """Keys to ids of the rows of one file."""
    return {key: identity.keyed(record_type, namespace, key) for key in source_ids if key}


def by_ref(model: Any, ref: str) -> Any:
    """The record of one type with a short reference such as ``AC-12``.

    Raises
    ------
    DecisionRefused
        When none of that type is called so.
    """
    prefix, _, number = ref.partition("-")
    known = model.schema
    record = None
    if prefix == known.prefix and number.isdecimal():
        record = next(iter(bulk.instances(connection, model, "id", [int(number)])), None)
    if record is None:
        raise DecisionRefused(
            said(
                "no %(type)s is called %(ref)s (references look like %(prefix)s-12)",
                type=known.label.lower(),
                ref=repr(ref),
                prefix=known.prefix,
            )
        )
    return record
