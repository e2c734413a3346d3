"""Which record types a figure tells of: whoever is to see it has to see all of these."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from landrelease.land import FigureId, FigureIdError

from . import access, reports
from .models import Report
from .schema import RECORD_TYPES

#: By the topic of a figure. Figures about persons are made of accidents and of victims.
OF_TOPIC: Final[dict[str, tuple[str, ...]]] = {
    "land": access.LAND,
    "areas": (*access.LAND, "unit"),
    "victims": ("accident", "victim"),
    "education": ("education_session",),
    "ordnance": ("ordnance",),
    "stockpile": ("stockpile",),
}


def of(figure: str | FigureId) -> tuple[str, ...]:
    """Record types that a figure tells of.

    Parameters
    ----------
    figure
        Its id. Of one that is none it is not known what it tells of: of everything.
    """
    try:
        id_ = figure if isinstance(figure, FigureId) else FigureId.parse(figure)
    except FigureIdError:
        return tuple(RECORD_TYPES)
    return OF_TOPIC[id_.topic]


def of_report(report: Report) -> tuple[str, ...]:
    """Record types that a frozen report tells of.

    Raises
    ------
    RegisterError
        When its figures no longer hash to what was frozen.
    """
    return _of_report(report.sha256, report.figures)


# What was frozen does not change, and its hash says what it is.
@lru_cache(maxsize=256)
def _of_report(sha256: str, figures: str) -> tuple[str, ...]:
    found = reports.figures_of(Report.objects.filter(sha256=sha256, figures=figures)[0])
    return _joined(figure.id for figure in found)


def _joined(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({name for id_ in ids for name in of(id_)}))
