"""Treaties: who is bound by what and when, what is due, and what claims about it are worth.

Pure: plain values in, plain values out, no database. The facts are tables of the package, each row
with its source and the day it was read; what rests on no document says "unverified", and what the
material does not hold is "unknown".

Examples
--------
Ukraine ratified on 27 December 2005; the treaty binds it from 1 June 2006:

>>> from datetime import date
>>> from landrelease import treaty
>>> found = treaty.status("UKR", on=date(2024, 11, 20))["apmbc"]
>>> found.standing.value, str(found.since)
('party', '2006-06-01')
>>> treaty.check_claim("UKR", "apmbc", "party", date(2024, 11, 20), since=2005).explanation
'2005 is the deposit (2005-12-27); party to the Mine Ban Treaty since 2006-06-01'
>>> for found in treaty.deadlines(2031, treaty="ccm"):
...     if found.obligation == "stockpile":
...         print(found.iso3, found)
NGA 2031-08-01
SSD 2031-07-01 to 2032-06-01 (unverified)
"""

from .claims import STATED, Check, Verdict, check_claim
from .deadlines import Deadline, deadlines
from .errors import TreatyError
from .participation import (
    Event,
    Extension,
    Fact,
    Obligation,
    Participation,
    StatusRegister,
    Step,
    status_register,
)
from .sources import Source, sources
from .states import State, all_states, state
from .status import Standing, StateStatus, TreatyStatus, status
from .timeline import Dated
from .treaties import Rule, Treaty, treaties, treaty
from .when import When

__all__ = [
    "STATED",
    "Check",
    "Dated",
    "Deadline",
    "Event",
    "Extension",
    "Fact",
    "Obligation",
    "Participation",
    "Rule",
    "Source",
    "Standing",
    "State",
    "StateStatus",
    "StatusRegister",
    "Step",
    "Treaty",
    "TreatyError",
    "TreatyStatus",
    "Verdict",
    "When",
    "all_states",
    "check_claim",
    "deadlines",
    "sources",
    "state",
    "status",
    "status_register",
    "treaties",
    "treaty",
]
