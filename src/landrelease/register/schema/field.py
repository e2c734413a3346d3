"""What a field and a record type are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

#: Kinds of field, and how a value of each is written in the journal.
#:
#: ``text``       a string
#: ``integer``    a whole number
#: ``decimal``    a number, as a string with the digits that were given ("12.50")
#: ``boolean``    true or false
#: ``choice``     one stable code of ``choices``
#: ``classes``    sorted list of codes of :data:`.codes.CLASSES`
#: ``date``       an interval ``{"start": "2024-01-01", "end": "2024-12-31"}`` (both days included);
#:                a single day has equal ends, "2024" is the whole year
#: ``reference``  the id of another record: ``{"uid": …}`` once found, ``{"given": …}`` until then
KINDS = ("text", "integer", "decimal", "boolean", "choice", "classes", "date", "reference")


@dataclass(frozen=True)
class Field:
    """One field of a record type.

    Attributes
    ----------
    name
        Stable name, the column of exports and of the database.
    kind
        One of :data:`KINDS`.
    help
        What the field says, in one line.
    choices
        Code to English label, for ``choice`` and ``classes``.
    unit
        Unit of a number: ``m2``, ``cm``.
    to
        Record type that a ``reference`` points to.
    synonyms
        Further column headings (compared in lower case, blanks and punctuation dropped).
    hxl
        HXL tags that name this field.
    required
        Whether a row without it is unusable.
    personal
        Whether it is personal data: sealed per person, never in a plain column, never in the
        journal in clear.
    """

    name: str
    kind: str
    help: str
    choices: dict[str, str] | None = None
    unit: str = ""
    to: str = ""
    synonyms: tuple[str, ...] = ()
    hxl: tuple[str, ...] = ()
    required: bool = False
    personal: bool = False


@dataclass(frozen=True)
class RecordType:
    """One type of record.

    Attributes
    ----------
    name, plural
        As in ``--as hazards``; ``aliases`` are accepted too.
    prefix
        Of the short reference people see: ``HA-12``.
    geometry
        ``polygon`` (an area is measured), ``point``, or empty.
    """

    name: str
    plural: str
    label: str
    prefix: str
    geometry: str
    fields: tuple[Field, ...]
    aliases: tuple[str, ...] = ()

    @cached_property
    def by_name(self) -> dict[str, Field]:
        return {field.name: field for field in self.fields}

    @property
    def personal_fields(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.personal)
