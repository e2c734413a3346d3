"""The record types of the register: what is recorded about whom, in the field's own terms.

This is the one place where a field is declared. The database tables (:mod:`.models`), the import
mapping and export columns (``landrelease.exchange``), the pages and the data dictionary in the
documentation all read it.

The fields follow the draft Minimum Data Requirements (GICHD 2018) with the record types that a
treaty report needs beside them (stockpile, organisation, handover, quality visit). Every field
may be absent, which means *not recorded*; ``required`` names those few without which a row says
nothing.
"""

from __future__ import annotations

from .catalogue import RECORD_TYPES, record_type
from .devices import ORDNANCE, STOCKPILE
from .field import KINDS, Field, RecordType
from .land import ACTIVITY, HANDOVER, HAZARD, PROGRESS, QUALITY_VISIT
from .people import ACCIDENT, EDUCATION, VICTIM
from .programme import ACCREDITATION, ORGANISATION, PROGRAMME, UNIT
from .sources import DOCUMENT, EVIDENCE

__all__ = [
    "ACCIDENT",
    "ACCREDITATION",
    "ACTIVITY",
    "DOCUMENT",
    "EDUCATION",
    "EVIDENCE",
    "HANDOVER",
    "HAZARD",
    "KINDS",
    "ORDNANCE",
    "ORGANISATION",
    "PROGRAMME",
    "PROGRESS",
    "QUALITY_VISIT",
    "RECORD_TYPES",
    "STOCKPILE",
    "UNIT",
    "VICTIM",
    "Field",
    "RecordType",
    "record_type",
]
