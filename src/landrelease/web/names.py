"""What figures are called on pages: accounts, terms of the statement, scopes, periods."""

from __future__ import annotations

from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_lazy

from landrelease.land import FigureId
from landrelease.register.models import RECORDS

#: Accounts of a balance in the order of charts and tables: what is open first.
ACCOUNTS: dict[str, Any] = {
    "confirmed": gettext_lazy("Confirmed hazardous"),
    "suspected": gettext_lazy("Suspected hazardous"),
    "cancelled": gettext_lazy("Cancelled by non-technical survey"),
    "reduced": gettext_lazy("Reduced by technical survey"),
    "cleared": gettext_lazy("Cleared"),
    "released_not_recorded": gettext_lazy("Released, method not recorded"),
}
OPEN = ("confirmed", "suspected")

#: Sides of a line of the ledger that are no land of the programme.
BESIDE: dict[str, Any] = {
    "outside": gettext_lazy("not held as hazardous"),
    "corrected": gettext_lazy("Corrected"),
}
#: Lines of the ledger that no term of a statement is called after.
KINDS: dict[str, Any] = {
    "recorded": gettext_lazy("Recorded as hazardous"),
    "split": gettext_lazy("Split"),
    "merged": gettext_lazy("Merged"),
}

#: Terms of the statement of a period.
TERMS: dict[str, Any] = {
    "newly_identified": gettext_lazy("Newly identified"),
    "extended": gettext_lazy("Extended"),
    "reopened": gettext_lazy("Reopened"),
    "cancelled": gettext_lazy("Cancelled by non-technical survey"),
    "reduced": gettext_lazy("Reduced by technical survey"),
    "cleared": gettext_lazy("Cleared"),
    "released_not_recorded": gettext_lazy("Released, method not recorded"),
    "reclassified": gettext_lazy("Reclassified"),
    "corrected": gettext_lazy("Corrected"),
    "voided": gettext_lazy("Voided"),
    "split_merged": gettext_lazy("Split or merged"),
    "overlap": gettext_lazy("Overlap of records"),
    "historic": gettext_lazy("Historic releases"),
    "boundary_reform": gettext_lazy("Boundary reform"),
}

#: How the number of areas closes; what is merged or closed is taken off.
COUNT_TERMS: dict[str, Any] = {
    "new": gettext_lazy("New"),
    "split": gettext_lazy("Out of splits"),
    "reopened": gettext_lazy("Reopened"),
    "located": gettext_lazy("Located"),
    "merged": gettext_lazy("Less: merged into others"),
    "closed": gettext_lazy("Less: closed"),
}
COUNT_MEMOS: dict[str, Any] = {
    "voided": gettext_lazy("Voided"),
    "suspected": gettext_lazy("Suspected"),
    "confirmed": gettext_lazy("Confirmed"),
    "partly_released": gettext_lazy("Partly released"),
    "without_polygon": gettext_lazy("Without a polygon"),
}

#: What stands beside the sum of a statement.
MEMOS: dict[str, Any] = {
    "worked_again": gettext_lazy("Worked over again"),
    "recorded_again": gettext_lazy("Recorded again"),
}

_COLUMNS: dict[str, Any] = {
    **COUNT_MEMOS,
    **COUNT_TERMS,
    **TERMS,
    **ACCOUNTS,
    **MEMOS,
    "open": gettext_lazy("Open land"),
    "opening": gettext_lazy("Opening"),
    "closing": gettext_lazy("Closing"),
    "outside": gettext_lazy("Never recorded before"),
    "declared_only": gettext_lazy("Declared only"),
    "unknown_size": gettext_lazy("Areas of unknown size"),
    "hazards": gettext_lazy("Hazardous areas"),
    "open_areas": gettext_lazy("Open areas"),
    "in_question": gettext_lazy("Released land in question"),
    "undated": gettext_lazy("Undated reports of released land"),
    "declared_released": gettext_lazy("Reported as released without a polygon, not decided"),
    "indications": gettext_lazy("Indications without area"),
    "area_only": gettext_lazy("Reports of released land without a polygon"),
}

_TOPICS = {
    "land": gettext_lazy("land"),
    "areas": gettext_lazy("hazardous areas"),
    "victims": gettext_lazy("victims"),
    "education": gettext_lazy("risk education"),
    "ordnance": gettext_lazy("explosive ordnance"),
    "stockpile": gettext_lazy("stockpiles"),
}

_SCOPES = {
    "ap": gettext_lazy("anti-personnel mines"),
    "ap_improvised": gettext_lazy("improvised anti-personnel mines"),
    "av": gettext_lazy("anti-vehicle mines"),
    "cmr": gettext_lazy("cluster munition remnants"),
    "erw": gettext_lazy("other explosive remnants of war"),
    "not_recorded": gettext_lazy("class not recorded"),
}

_BY = {
    "unit": gettext_lazy("administrative unit"),
    "hazard": gettext_lazy("hazardous area"),
    "organisation": gettext_lazy("organisation"),
    "method": gettext_lazy("method"),
}


def column(name: str) -> str:
    """Call a column of figures by its words; one that has none as it is written."""
    first, _, second = name.partition(".")
    said = str(_COLUMNS.get(first, first.replace("_", " ").capitalize()))
    if not second:
        return said
    return f"{said}: {_COLUMNS.get(second, second.replace('_', ' '))}"


def scope(name: str) -> str:
    """Call a scope by its words."""
    return str(_SCOPES.get(name, name.replace("_", " ")))


def figure(id_: FigureId) -> list[str]:
    """Say what a figure counts, part by part.

    Parameters
    ----------
    id_
        Its id.

    Returns
    -------
    list of str
        What, of which topic, over which period, for whom, in which scope.
    """
    parts = [column(id_.column), str(_TOPICS[id_.topic]), period(id_)]
    if id_.by:
        by = str(_BY.get(id_.by, id_.by.replace("_", " ")))
        parts.append(f"{by}: {_called(id_) or id_.key or '–'}")
    if id_.scope != "any":
        parts.append(scope(id_.scope))
    return parts


def period(id_: FigureId) -> str:
    """Say which period or day a figure is about."""
    if id_.until is None:
        return gettext("everything known")
    until = date_format(id_.until, "DATE_FORMAT")
    if id_.since is None:
        return gettext("at the end of %s") % until
    return gettext("%(since)s to %(until)s") % {
        "since": date_format(id_.since, "DATE_FORMAT"),
        "until": until,
    }


def _called(id_: FigureId) -> str:
    """Name of the unit that a figure is about, with its key."""
    if id_.by != "unit":
        return ""
    name = RECORDS["unit"].objects.filter(source_id=id_.key).values_list("name", flat=True).first()
    return f"{name} ({id_.key})" if name else ""
