"""Tables of treaty reports, from plain figures: no database, no file format.

>>> from landrelease.treaty.tables import Figure, shown
>>> shown(Figure("land:suspected:2024-12-31@57", 1_234_567_890_123, "mm2"))
'1,234,568'
"""

from .cells import Absent, Cell, Figure, shown, shown_km2, square_metres
from .document import Column, Cover, Item, Place, ReportDocument, Row, Table, json_cell
from .documents import KINDS, SCOPE_CLASSES, SCOPE_LABELS, SCOPES_OF, SMALL, TITLES, report
from .withheld import withhold

__all__ = [
    "KINDS",
    "SCOPES_OF",
    "SCOPE_CLASSES",
    "SCOPE_LABELS",
    "SMALL",
    "TITLES",
    "Absent",
    "Cell",
    "Column",
    "Cover",
    "Figure",
    "Item",
    "Place",
    "ReportDocument",
    "Row",
    "Table",
    "json_cell",
    "report",
    "shown",
    "shown_km2",
    "square_metres",
    "withhold",
]
