"""What the reader of a page sees of records: rows, fields, and the records that these name."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext

from landrelease.register import access

from . import session


class Reader:
    """The reader of one page; asks :mod:`landrelease.register.access` each thing once.

    Attributes
    ----------
    caller
        For whose eyes the page is made.
    partial
        Whether there may be records that they do not see; the page has to say so.
    """

    def __init__(self, caller: access.Caller) -> None:
        self.caller = caller
        self.partial = access.is_partial(caller)
        self._fields: dict[str, access.Fields] = {}
        self._found: dict[tuple[str, str], Any] = {}

    def rows(self, record_type: str) -> QuerySet[Any]:
        """The records of a type that they see."""
        return access.records(self.caller, record_type)

    def reads(self, record_type: str) -> bool:
        """Whether they see any records of a type, as far as their roles say."""
        return access.reads(self.caller, record_type)

    def find(self, record_type: str, uid: str | None) -> Any:
        """The record of this id, None where there is none for them."""
        if not uid:
            return None
        key = (record_type, uid)
        if key not in self._found:
            self._found[key] = self.rows(record_type).filter(uid=uid).first()
        return self._found[key]

    def shown(self, record: Any) -> set[str]:
        """Names of the fields that they see of a record."""
        return self._of(record.schema.name).of(record)

    def shown_of_all(self, record_type: str) -> set[str]:
        """Names of the fields that they see of every record of a type: nothing is searched by
        others, as what is found would tell their values."""
        return self._of(record_type).of_all

    def beside(self, record: Any) -> bool:
        """Whether they see what stands beside the fields of a record."""
        return self._of(record.schema.name).beside(record)

    def title(self, record: Any) -> str:
        """Name of a record, empty where there is none for them."""
        return (getattr(record, "name", None) or "") if "name" in self.shown(record) else ""

    @property
    def notice(self) -> str:
        """What a page has to say of itself to them; empty where nothing is kept from them."""
        return notice() if self.partial else ""

    def _of(self, record_type: str) -> access.Fields:
        if record_type not in self._fields:
            self._fields[record_type] = access.Fields(self.caller, record_type)
        return self._fields[record_type]


def of(request: HttpRequest) -> Reader:
    """The reader of a request's page, made once a request."""
    found: Reader | None = getattr(request, "landrelease_reader", None)
    if found is None:
        found = Reader(session.reader(request))
        request.landrelease_reader = found  # type: ignore[attr-defined]
    return found


def whole() -> Reader:
    """A reader from whom nothing but personal data is kept, as at the machine itself."""
    return Reader(access.local_reader())


def notice() -> str:
    """What every page says that shows only what its reader's roles reach (rule 26)."""
    return gettext(
        "You see the records that your roles reach; others are not shown and nothing here says "
        "that there are none."
    )


def against(record_type: str) -> Any:
    """Reasons why a reader is not shown any records of a type, for :func:`.gate.by_role`."""

    def reasons(caller: access.Caller, **parts: Any) -> list[str]:
        return access.against_reading(caller, record_type)

    return reasons
