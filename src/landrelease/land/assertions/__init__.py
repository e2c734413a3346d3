"""Assertions: what a report declares, checked against the ground, the sums and the history.

As in plain-text accounting, an assertion changes nothing: it holds, or it is listed with what is
declared, what was found, the difference, and the likely cause. Every function takes whole columns
(NumPy arrays, pandas tables), so that a spreadsheet can be checked as well as a register.

Examples
--------
A text that does not add up, and a yearly account that does:

>>> from landrelease.land.assertions import Sum, check_sum
>>> rule = Sum.parse("total = first + second")
>>> (wrong,) = check_sum({"first": [38], "second": [84], "total": [112]}, rule)
>>> wrong.difference, wrong.cause
(-10.0, 'carry')
>>> account = Sum.parse("closing = opening - released + new")
>>> km2 = {"opening": [542.6], "released": [17.3], "new": [63.7], "closing": [589.0]}
>>> check_sum(km2, account)
[]
"""

from .areas import FACTORS, Factor, check_areas, check_magnitude, check_released
from .columns import check_headings, check_places, check_words, check_years
from .dates import check_bounds, check_order
from .mismatch import Mismatch, Tolerances
from .repeats import (
    check_labels,
    check_repeated_figures,
    check_resubmission,
    check_spellings,
    plain,
)
from .sums import (
    PERIODS,
    Sum,
    check_classes,
    check_parallel,
    check_percentage,
    check_rate,
    check_sum,
)

__all__ = [
    "FACTORS",
    "PERIODS",
    "Factor",
    "Mismatch",
    "Sum",
    "Tolerances",
    "check_areas",
    "check_bounds",
    "check_classes",
    "check_headings",
    "check_labels",
    "check_magnitude",
    "check_order",
    "check_parallel",
    "check_percentage",
    "check_places",
    "check_rate",
    "check_released",
    "check_repeated_figures",
    "check_resubmission",
    "check_spellings",
    "check_sum",
    "check_words",
    "check_years",
    "plain",
]
