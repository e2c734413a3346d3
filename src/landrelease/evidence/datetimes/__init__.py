"""Dates, times and durations in running text, resolved against the day it was published.

``datetimes`` finds them, ``durations`` reads lengths of time as bounds. Each language is a table
of words and a list of rules (``english``, ``spanish``, ``others``); what the rules mean does not
depend on the language (``days``, ``spans``, ``clocks``, ``lengths``, ``joins``).
"""

from landrelease.evidence.datetimes.bounds import DurationBounds, durations
from landrelease.evidence.datetimes.find import LANGUAGES, TimeExpression, datetimes
from landrelease.evidence.datetimes.values import Option

__all__ = [
    "LANGUAGES",
    "DurationBounds",
    "Option",
    "TimeExpression",
    "datetimes",
    "durations",
]
