"""All record types, and finding one by what people call it."""

from __future__ import annotations

from .devices import ORDNANCE, STOCKPILE
from .field import RecordType
from .land import ACTIVITY, HANDOVER, HAZARD, PROGRESS, QUALITY_VISIT
from .people import ACCIDENT, EDUCATION, VICTIM
from .programme import ACCREDITATION, ORGANISATION, PROGRAMME, UNIT
from .sources import DOCUMENT, EVIDENCE

RECORD_TYPES: dict[str, RecordType] = {
    record_type.name: record_type
    for record_type in (
        PROGRAMME,
        UNIT,
        ORGANISATION,
        ACCREDITATION,
        DOCUMENT,
        HAZARD,
        ACTIVITY,
        PROGRESS,
        QUALITY_VISIT,
        HANDOVER,
        ORDNANCE,
        ACCIDENT,
        VICTIM,
        EDUCATION,
        STOCKPILE,
        EVIDENCE,
    )
}


def record_type(name: str) -> RecordType:
    """Find a record type by name, plural or alias.

    Raises
    ------
    KeyError
        When nothing is called so; the message lists what there is.
    """
    wanted = name.strip().lower().replace("-", "_").replace(" ", "_")
    for candidate in RECORD_TYPES.values():
        if wanted in (candidate.name, candidate.plural, *candidate.aliases):
            return candidate
    known = ", ".join(candidate.plural for candidate in RECORD_TYPES.values())
    raise KeyError(f"no record type is called {name!r}; there are: {known}")
