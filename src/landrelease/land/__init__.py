"""Land: geometry checks, equal-area measure, and the ledger that accounts for every square metre.

Pure: plain values in, plain values out, no database.

Examples
--------
One suspected area, surveyed on 5 March 2021 and half cleared in the following year:

>>> import numpy as np, shapely
>>> from landrelease import land
>>> plane = land.Plane.at(-30.0, 45.0)
>>> given = np.array([shapely.box(-30.002, 44.999, -30.0, 45.001),
...                   shapely.box(-30.001, 44.999, -30.0, 45.001)])
>>> hazard, half = plane.project(given)
>>> events = land.Events.from_records([
...     {"kind": "hazard", "uid": "HA-1", "on": "2021-03-05", "type": "SHA",
...      "classes": ["ap"], "polygon": hazard},
...     {"kind": "release", "uid": "AC-1", "hazard": "HA-1", "on": "2022-08-31",
...      "result": "cleared", "classes": ["ap"], "polygon": half},
... ])
>>> posting = land.post(events)
>>> posting.lines.kind.tolist()
['recorded', 'cleared']
>>> books = land.balance(posting.lines)
>>> {account: mm2 // 10**6 for account, mm2 in books.total.accounts.items() if mm2 > 0}
{'suspected': 17524, 'cleared': 17524}
>>> books.residual
0
>>> land.balance(posting.lines, as_of="2021-12-31").total.open // 10**6
35049
>>> land.drift(events, posting.lines).within_bound
True
"""

from .accounts import (
    ACCOUNTS,
    ALL_CLASSES,
    CLASS_BIT,
    CLASSES,
    EXTERNAL,
    INTERNAL,
    NOT_RECORDED,
    OPEN,
    RELEASED,
    SCOPE_BIT,
    SCOPES,
    class_mask,
)
from .balance import Balance, Drift, Row, balance, drift
from .checks import (
    CheckOptions,
    check_declared,
    check_geometry,
    check_units,
    geometry_hash,
    repair,
)
from .counts import (
    COUNT_MEMO_NOTES,
    COUNT_NOTES,
    COUNT_TERMS,
    Acts,
    Areas,
    CountRow,
    Counts,
    counts,
)
from .divide import DivisionError, Shares, divide
from .events import Discrepancy, Events, LedgerError
from .figure import FigureId, FigureIdError
from .findings import Finding, Findings
from .ledger import LINE_KINDS, Lines, Posting, post
from .measure import MeasureError, Plane, apportion, area_mm2, book
from .measured import Measured, measured
from .slivers import SliverError, Slivers, slivers
from .statement import (
    MEMO_NOTES,
    TERM_NOTES,
    TERMS,
    LineShares,
    Statement,
    StatementRow,
    statement,
)
from .traverse import Traverse, TraverseError, traverse
from .units import OUTSIDE, SEVERAL, locate
from .vertices import VertexError, decode, encode

__all__ = [
    "ACCOUNTS",
    "ALL_CLASSES",
    "CLASSES",
    "CLASS_BIT",
    "COUNT_MEMO_NOTES",
    "COUNT_NOTES",
    "COUNT_TERMS",
    "EXTERNAL",
    "INTERNAL",
    "LINE_KINDS",
    "MEMO_NOTES",
    "NOT_RECORDED",
    "OPEN",
    "OUTSIDE",
    "RELEASED",
    "SCOPES",
    "SCOPE_BIT",
    "SEVERAL",
    "TERMS",
    "TERM_NOTES",
    "Acts",
    "Areas",
    "Balance",
    "CheckOptions",
    "CountRow",
    "Counts",
    "Discrepancy",
    "DivisionError",
    "Drift",
    "Events",
    "FigureId",
    "FigureIdError",
    "Finding",
    "Findings",
    "LedgerError",
    "LineShares",
    "Lines",
    "MeasureError",
    "Measured",
    "Plane",
    "Posting",
    "Row",
    "Shares",
    "SliverError",
    "Slivers",
    "Statement",
    "StatementRow",
    "Traverse",
    "TraverseError",
    "VertexError",
    "apportion",
    "area_mm2",
    "balance",
    "book",
    "check_declared",
    "check_geometry",
    "check_units",
    "class_mask",
    "counts",
    "decode",
    "divide",
    "drift",
    "encode",
    "geometry_hash",
    "locate",
    "measured",
    "post",
    "repair",
    "slivers",
    "statement",
    "traverse",
]
