"""Finding the record that a row or a person refers to: by key in its namespace, or by reference.

Short references (``HA-12``) are what people say and type: the prefix of the record type and the
number of the record. They are taken apart here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from . import bulk, identity
from .errors import DecisionRefused
from .models import RECORDS
from .said import said
from .schema import RECORD_TYPES

#: Digits of a number at most: what is longer fits the key of no database.
LONGEST = 18


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
        elif (number := number_of(target, text)) is not None:
            uid = model.objects.filter(id=number).values_list("uid", flat=True).first()
            if uid:
                found[text] = uid
    return found


def in_file(record_type: str, namespace: str, source_ids: Iterable[str | None]) -> dict[str, str]:
    """Keys to ids of the rows of one file."""
    return {key: identity.keyed(record_type, namespace, key) for key in source_ids if key}


def numbered(prefix: str, ref: str) -> int | None:
    """The number in a short reference, such as 12 in ``Q-12``; None where it is none of that kind.

    Parameters
    ----------
    prefix
        What the references of that kind begin with.
    ref
        As somebody wrote it; blanks around it do not matter.
    """
    begins, _, number = ref.strip().partition("-")
    if begins != prefix or not number.isdecimal() or len(number) > LONGEST:
        return None
    return int(number)


def number_of(record_type: str, ref: str) -> int | None:
    """The number in a reference to a record of one type (``HA-12``); None where it is no such."""
    return numbered(RECORD_TYPES[record_type].prefix, ref)


def among(rows: QuerySet[Any], ref: str) -> Any | None:
    """That one of some rows of one record type which is called so; None where none of them is.

    Parameters
    ----------
    rows
        Those that whoever asks may see.
    ref
        A short reference.
    """
    number = number_of(rows.model.schema.name, ref)
    return None if number is None else rows.filter(id=number).first()


def find(ref: str, record_types: Iterable[str] = RECORDS) -> Any | None:
    """The record of one of some types with a short reference; None where there is none."""
    for name in record_types:
        number = number_of(name, ref)
        if number is not None:
            return next(iter(bulk.instances(connection, RECORDS[name], "id", [number])), None)
    return None


def by_ref(ref: str, *record_types: str) -> Any:
    """The record with a short reference such as ``AC-12``.

    Parameters
    ----------
    record_types
        Names of the types that it may be of.

    Raises
    ------
    DecisionRefused
        When nothing of these types is called so.
    """
    record = find(ref, record_types)
    if record is None:
        known = [RECORD_TYPES[name] for name in record_types]
        raise unknown(ref, {one.prefix: one.label.lower() for one in known})
    return record


def unknown(ref: str, kinds: Mapping[str, str]) -> DecisionRefused:
    """The error that nothing is called so.

    Parameters
    ----------
    kinds
        What it could have been, in words, by the prefix of its references.
    """
    return DecisionRefused(
        said(
            "no %(type)s is called %(ref)s (references look like %(prefix)s-12)",
            type=" or ".join(kinds.values()),
            ref=repr(ref),
            prefix="-12, ".join(kinds),
        )
    )
