"""Fields that several record types have in common."""

from __future__ import annotations

from .. import codes
from .field import Field


def source_id(*synonyms: str) -> Field:
    return Field(
        "source_id",
        "text",
        "Id in the system the record comes from; kept under the namespace of the import",
        synonyms=("id", "localid", "local_id", "code", "globalid", "global_id", *synonyms),
        hxl=("#meta+id", "#event+id"),
    )


def date(help: str, *synonyms: str, hxl: tuple[str, ...] = ()) -> Field:
    return Field("date", "date", help, synonyms=synonyms, hxl=hxl or ("#date",))


NAME = Field("name", "text", "Name", synonyms=("title", "label"), hxl=("#loc+name",))

CLASSES = Field(
    "classes",
    "classes",
    "Contamination classes (stable codes); absent = not recorded",
    choices=codes.CLASSES,
    synonyms=("contamination", "contamination_class", "device_category", "ordnance_class"),
)

ORGANISATION = Field(
    "organisation",
    "reference",
    "Organisation that did or reported it",
    to="organisation",
    synonyms=("org", "operator", "agency"),
    hxl=("#org", "#org+name"),
)

HAZARD = Field(
    "hazard",
    "reference",
    "Hazardous area it belongs to",
    to="hazard",
    synonyms=("hazard_id", "ha_code", "ha_id", "hazard_code"),
)

ACTIVITY = Field(
    "activity",
    "reference",
    "Activity it belongs to",
    to="activity",
    synonyms=("activity_id", "task", "task_id"),
)

UNIT = Field(
    "unit",
    "reference",
    "Administrative unit named by the source (p-code)",
    to="unit",
    synonyms=("pcode", "p_code", "admin_code", "adm2_pcode", "municipality_code"),
    hxl=("#adm2+code", "#adm1+code", "#adm3+code"),
)

DOCUMENT = Field(
    "document",
    "reference",
    "Source document",
    to="document",
    synonyms=("document_id", "source_document"),
)

DEPTH = Field(
    "depth_cm",
    "decimal",
    "Depth reached, in centimetres",
    unit="cm",
    synonyms=("depth", "clearance_depth", "depth_cleared"),
)

REMARKS = Field(
    "remarks", "text", "Free remarks; no personal data", synonyms=("comment", "comments", "notes")
)

ORIGIN = Field(
    "location_origin",
    "choice",
    "How the coordinates came about",
    choices=codes.LOCATION_ORIGINS,
)


def count(name: str, help: str, *synonyms: str, hxl: tuple[str, ...] = ()) -> Field:
    return Field(name, "integer", help, synonyms=synonyms, hxl=hxl)
