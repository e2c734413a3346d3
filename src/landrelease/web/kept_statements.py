"""Statements that were computed, kept in memory until the register changes.

A statement hangs on nothing but the journal and on what was asked; who may see it is looked at
before. Whoever asks for one that is being computed waits for it, instead of computing it as well.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date

from landrelease.register import journal, statements, workspace
from landrelease.register.statements import PeriodStatement

#: Rows of all statements kept; those that nobody has asked for the longest go first. The last one
#: stays however many it has, as its pages are asked for one after the other.
MOST_ROWS = 20_000


@dataclass(frozen=True)
class Asked:
    """What a statement is asked for; see :func:`landrelease.register.statements.statement`."""

    since: date | None = None
    until: date | None = None
    by: str | None = None
    level: int | None = None
    known_seq: int | None = None
    scope: str = "any"

    def compute(self) -> PeriodStatement:
        """Compute it from the register as it stands."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return statements.statement(**given)


class KeptStatements:
    """Statements of one state of the register, up to a number of rows; for several threads."""

    def __init__(self, most_rows: int = MOST_ROWS) -> None:
        self.most_rows = most_rows
        self.rows = 0
        self._of = ""
        self._found: OrderedDict[Asked, PeriodStatement] = OrderedDict()
        self._at_work: dict[tuple[str, Asked], threading.Lock] = {}
        self._lock = threading.Lock()

    def get(
        self, of: str, asked: Asked, compute: Callable[[Asked], PeriodStatement] = Asked.compute
    ) -> PeriodStatement:
        """A statement as kept, or computed now.

        Parameters
        ----------
        of
            What all statements hang on: the workspace and the head of its journal, read before
            anything that ``compute`` reads. Statements of another state are forgotten.
        asked
            Which statement.
        compute
            Computes it.

        Raises
        ------
        RegisterError
            When there is none such.
        """
        key = (of, asked)
        with self._lock:
            found = self._kept(of, asked)
            if found is not None:
                return found
            own = self._at_work.setdefault(key, threading.Lock())
        with own:
            # Somebody else may have computed it meanwhile.
            with self._lock:
                found = self._kept(of, asked)
            if found is None:
                try:
                    found = compute(asked)
                    with self._lock:
                        self._keep(of, asked, found)
                finally:
                    with self._lock:
                        self._at_work.pop(key, None)
            return found

    def _kept(self, of: str, asked: Asked) -> PeriodStatement | None:
        if self._of != of or asked not in self._found:
            return None
        self._found.move_to_end(asked)
        return self._found[asked]

    def _keep(self, of: str, asked: Asked, found: PeriodStatement) -> None:
        if self._of != of:
            self._of, self.rows = of, 0
            self._found.clear()
        if asked not in self._found:
            self._found[asked] = found
            self.rows += len(found.rows) + 1
        while self.rows > self.most_rows and len(self._found) > 1:
            self.rows -= len(self._found.popitem(last=False)[1].rows) + 1


_statements = KeptStatements()


def statement(asked: Asked) -> PeriodStatement:
    """A statement of the open workspace, kept until its journal goes on.

    Raises
    ------
    RegisterError
        When there is none such.
    """
    head = journal.head()
    return _statements.get(f"{workspace.current().folder} {head.hash if head else ''}", asked)
