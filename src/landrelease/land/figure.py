"""Figure ids: the readable name of a number, by which it can be traced to the ground.

A figure id says what was counted, over which period, for whom, in which scope, and what the
register knew: ``land:cleared:2024-01-01..2024-12-31:unit=10014:ap@57``. It is printed beside the
number, stands in its link, and can be typed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import quote, unquote

#: What a figure may be about.
TOPICS: Final = ("land", "areas", "victims", "education", "ordnance", "stockpile")

#: Period of a figure that counts everything known, whatever its day.
ALL: Final = "all"

#: The scope that counts ground once over all classes; it is left out of the printed id.
ANY: Final = "any"

_NAME = re.compile(r"[a-z0-9][a-z0-9_+.-]*")
_SEQ = re.compile(r"[0-9]{1,18}")
_SHAPE = "<topic>:<column>:<period>[:<by>=<key>][:<scope>]@<entry>"
_EXAMPLE = "land:cleared:2024-01-01..2024-12-31:unit=10014:ap@57"


class FigureIdError(ValueError):
    """A text is not a figure id, or a figure id cannot be made of such parts."""


@dataclass(frozen=True)
class FigureId:
    """The name of one printed number.

    Attributes
    ----------
    topic
        One of :data:`TOPICS`.
    column
        What is counted: a term of the statement, an account, a column of a report.
    seq
        Last journal entry that the figure knows.
    since, until
        First and last day of a flow. Without ``since`` the figure is a stock at the end of
        ``until``; without either it counts everything known. A flow has both days.
    by, key
        What the row is by and its key (``unit`` and a p-code, for example); both empty for a
        total. Keys may hold any text, and may be empty where ``by`` is not.
    scope
        ``any`` or a contamination class (of :data:`.accounts.SCOPES`), or the name of a scope
        that joins several.

    Raises
    ------
    FigureIdError
        If a part is not what an id can carry.

    Examples
    --------
    >>> from datetime import date
    >>> figure = FigureId("land", "suspected", 57, until=date(2024, 12, 31))
    >>> str(figure)
    'land:suspected:2024-12-31@57'
    >>> FigureId.parse("land:cleared:2024-01-01..2024-12-31:unit=10014:ap@57").key
    '10014'
    """

    topic: str
    column: str
    seq: int
    since: date | None = None
    until: date | None = None
    by: str = ""
    key: str = ""
    scope: str = ANY

    def __post_init__(self) -> None:
        if self.topic not in TOPICS:
            raise FigureIdError(
                f"A figure is about {', '.join(TOPICS)}; {self.topic!r} is none of them."
            )
        for name in ("column", "scope", *(("by",) if self.by else ())):
            value = getattr(self, name)
            if not _NAME.fullmatch(value):
                raise FigureIdError(
                    f"The {name} of a figure is written in small letters, digits, _ + . and -, "
                    f"starting with a letter or digit; {value!r} is not."
                )
        if self.key and not self.by:
            raise FigureIdError(f"The key {self.key!r} needs to say what it is by, such as unit.")
        if self.seq < 0:
            raise FigureIdError(f"A figure knows a journal entry from 0 on, not {self.seq}.")
        if self.since is not None and self.until is None:
            raise FigureIdError(
                f"The period from {self.since} needs a last day; without one give neither."
            )
        if self.since is not None and self.until is not None and self.since > self.until:
            raise FigureIdError(
                f"The period from {self.since} to {self.until} ends before it starts."
            )

    def __str__(self) -> str:
        parts = [self.topic, self.column, self.period]
        if self.by:
            parts.append(f"{self.by}={quote(self.key, safe='', errors='surrogatepass')}")
        if self.scope != ANY:
            parts.append(self.scope)
        return f"{':'.join(parts)}@{self.seq}"

    @property
    def period(self) -> str:
        """The period as printed: ``2024-01-01..2024-12-31``, ``2024-12-31`` or ``all``."""
        if self.until is None:
            return ALL
        if self.since is None:
            return self.until.isoformat()
        return f"{self.since.isoformat()}..{self.until.isoformat()}"

    @property
    def is_flow(self) -> bool:
        """Whether the figure counts what happened in a period, not what stands on a day."""
        return self.since is not None

    @classmethod
    def parse(cls, text: str) -> FigureId:
        """Read a figure id.

        Parameters
        ----------
        text
            The id as printed; blanks around it do not matter.

        Returns
        -------
        FigureId
            Its parts; ``str`` of it gives the text back.

        Raises
        ------
        FigureIdError
            If the text is no figure id, saying which part is wrong.
        """
        given = text.strip()
        head, at, seq = given.rpartition("@")
        if not at or not _SEQ.fullmatch(seq):
            raise FigureIdError(
                f"{given!r} is no figure id: it does not end in @ and the number of a journal "
                f"entry. A figure id reads {_SHAPE}, for example {_EXAMPLE}."
            )
        parts = head.split(":")
        if not 3 <= len(parts) <= 5:
            raise FigureIdError(
                f"{given!r} is no figure id: it has {len(parts)} parts before the @, not 3 to 5. "
                f"A figure id reads {_SHAPE}, for example {_EXAMPLE}."
            )
        topic, column, period, *rest = parts
        since, until = _period(period, given)
        by = key = ""
        if rest and "=" in rest[0]:
            by, _, encoded = rest.pop(0).partition("=")
            if not by:
                raise FigureIdError(f"{given!r} does not say what its key is by before the =.")
            key = _decoded(encoded, given)
        scope = rest.pop(0) if rest else ANY
        if rest:
            raise FigureIdError(f"{given!r} is no figure id: {rest[0]!r} stands after the scope.")
        try:
            figure = cls(topic, column, int(seq), since, until, by, key, scope)
        except FigureIdError as error:
            raise FigureIdError(f"{given!r} is no figure id. {error}") from error
        if str(figure) != given:
            # Two ways to write one id would make two figures of it in a report.
            raise FigureIdError(f"{given!r} is written {figure}.")
        return figure


def _decoded(encoded: str, given: str) -> str:
    try:
        return unquote(encoded, errors="surrogatepass")
    except UnicodeDecodeError as error:
        raise FigureIdError(
            f"The key {encoded!r} in {given!r} is not percent-encoded UTF-8."
        ) from error


def _period(period: str, given: str) -> tuple[date | None, date | None]:
    if period == ALL:
        return None, None
    days = period.split("..")
    try:
        first, last = (None, days[0]) if len(days) == 1 else days
        return (None if first is None else date.fromisoformat(first)), date.fromisoformat(last)
    except ValueError as error:
        raise FigureIdError(
            f"{given!r} has the period {period!r}; write a day (2024-12-31), two days "
            f"(2024-01-01..2024-12-31) or {ALL}."
        ) from error
