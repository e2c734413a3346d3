"""Hazardous areas, the work on them, its inspection, and the handover of the land."""

from __future__ import annotations

from .. import codes
from . import shared
from .field import Field, RecordType

HAZARD = RecordType(
    "hazard",
    "hazards",
    "Hazardous area",
    "HA",
    "polygon",
    (
        shared.source_id("hazard_id", "ha_code", "ha_id"),
        shared.NAME,
        Field(
            "type",
            "choice",
            "Suspected or confirmed; absent = not recorded, held as suspected",
            choices=codes.HAZARD_TYPES,
            synonyms=("hazard_type", "type_area", "area_type", "classification", "typearea"),
        ),
        shared.CLASSES,
        Field(
            "status",
            "choice",
            "Status stated by the source",
            choices=codes.HAZARD_STATUS,
            synonyms=("status_ha", "hazard_status"),
        ),
        shared.date(
            "Date of information, never of emplacement",
            "date_of_information",
            "survey_date",
            "info_date",
            "report_date",
            "identified",
        ),
        Field(
            "declared_m2",
            "decimal",
            "Area stated by the source, in square metres",
            unit="m2",
            synonyms=("area", "area_m2", "size", "estimated_area", "area_size", "declared_area"),
        ),
        shared.ORGANISATION,
        shared.UNIT,
        Field("priority", "text", "Priority given by the source"),
        Field("beneficiaries", "integer", "Expected beneficiaries of release"),
        shared.ORIGIN,
        shared.DOCUMENT,
        shared.REMARKS,
    ),
    aliases=("hazardous_areas",),
)

ACTIVITY = RecordType(
    "activity",
    "activities",
    "Activity",
    "AC",
    "polygon",
    (
        shared.source_id("activity_id", "task_id"),
        shared.NAME,
        Field(
            "kind",
            "choice",
            "What was done",
            choices=codes.ACTIVITY_KINDS,
            synonyms=("activity_kind", "activity_type", "type", "activity"),
        ),
        Field(
            "report",
            "choice",
            "Only an accepted completion report may move land",
            choices=codes.REPORT_KINDS,
            synonyms=("report_kind", "report_type"),
        ),
        Field(
            "result",
            "choice",
            "What became of the land",
            choices=codes.RESULTS,
            synonyms=("release", "outcome", "land_release", "typearea", "type_area", "area_type"),
        ),
        shared.HAZARD,
        shared.ORGANISATION,
        Field("method", "choice", "How", choices=codes.METHODS),
        Field(
            "started", "date", "Start", synonyms=("start", "start_date", "start_dt", "date_start")
        ),
        shared.date(
            "End of the work, or the date of the completion report",
            "end",
            "end_date",
            "end_dt",
            "completed",
            "completion_date",
            "date_end",
            "released",
        ),
        Field(
            "status",
            "choice",
            "State of the work",
            choices=codes.ACTIVITY_STATUS,
            synonyms=("activity_status",),
        ),
        shared.CLASSES,
        shared.DEPTH,
        Field(
            "tasked_depth_cm",
            "decimal",
            "Depth tasked, in centimetres",
            unit="cm",
            synonyms=("tasked_depth", "required_depth"),
        ),
        Field(
            "released_m2",
            "decimal",
            "Released area stated by the report",
            unit="m2",
            synonyms=("area", "area_m2", "released_area", "cleared_area", "size"),
        ),
        Field(
            "worked_m2",
            "decimal",
            "Area worked, never summed with released area",
            unit="m2",
            synonyms=("area_worked", "worked_area"),
        ),
        Field("team", "text", "Team or unit code, no personal names"),
        shared.UNIT,
        shared.ORIGIN,
        shared.DOCUMENT,
        shared.REMARKS,
    ),
    aliases=("releases", "clearances"),
)

PROGRESS = RecordType(
    "progress_report",
    "progress_reports",
    "Progress report",
    "PRG",
    "polygon",
    (
        shared.source_id(),
        shared.ACTIVITY,
        shared.date("Period of the report", "period", "report_date"),
        Field(
            "worked_m2",
            "decimal",
            "Area worked in the period",
            unit="m2",
            synonyms=("area", "area_worked"),
        ),
        Field("team", "text", "Team or unit code, no personal names"),
        shared.DOCUMENT,
        shared.REMARKS,
    ),
    aliases=("progress",),
)

QUALITY_VISIT = RecordType(
    "quality_visit",
    "quality_visits",
    "Quality visit",
    "QV",
    "point",
    (
        shared.source_id(),
        shared.date("Day of the visit", "visit_date"),
        shared.ACTIVITY,
        Field(
            "organisation",
            "reference",
            "Organisation inspected",
            to="organisation",
            synonyms=("organisation_inspected", "org"),
        ),
        Field(
            "inspector",
            "reference",
            "Organisation that inspected",
            to="organisation",
            synonyms=("inspecting_organisation", "organisation_inspecting"),
        ),
        Field("result", "choice", "Outcome", choices=codes.VISIT_RESULTS),
        Field(
            "severity", "choice", "Severity of the worst nonconformity", choices=codes.SEVERITIES
        ),
        Field("nonconformity", "text", "Nonconformities found"),
        Field("measures", "text", "Measures taken"),
        shared.DOCUMENT,
        shared.REMARKS,
    ),
    aliases=("qa_visits",),
)

HANDOVER = RecordType(
    "handover",
    "handovers",
    "Handover",
    "HO",
    "",
    (
        shared.source_id(),
        shared.date("Day of the handover", "handover_date"),
        shared.HAZARD,
        shared.ACTIVITY,
        Field("recipient", "text", "Office or community that received the land, no personal names"),
        Field("area_m2", "decimal", "Area handed over as stated", unit="m2"),
        shared.DOCUMENT,
        shared.REMARKS,
    ),
)
