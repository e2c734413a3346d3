"""Accidents, their victims, and risk education."""

from __future__ import annotations

from .. import codes
from . import shared
from .field import Field, RecordType

ACCIDENT = RecordType(
    "accident",
    "accidents",
    "Accident",
    "AX",
    "point",
    (
        shared.source_id("accident_id", "ac_code"),
        shared.date(
            "Day of the accident",
            "accident_date",
            "ac_date",
            "date_start",
            "year",
            hxl=("#date+start", "#date+year", "#date"),
        ),
        Field(
            "kind",
            "choice",
            "Kind of accident",
            choices=codes.ACCIDENT_KINDS,
            synonyms=("accident_type", "type"),
        ),
        Field(
            "device_class",
            "choice",
            "Class of the device",
            choices=codes.CLASSES,
            synonyms=("device", "ac_eo", "device_category"),
        ),
        shared.HAZARD,
        shared.UNIT,
        shared.count("killed", "Persons killed", "deaths", hxl=("#affected+killed",)),
        shared.count("injured", "Persons injured", "wounded", hxl=("#affected+injured",)),
        shared.count("unknown", "Casualties whose fate is not recorded", "fate_unknown"),
        shared.count("casualties", "Total as stated by the source", "total", "casualty_number"),
        shared.ORIGIN,
        shared.DOCUMENT,
        shared.REMARKS,
    ),
    aliases=("incidents",),
)

VICTIM = RecordType(
    "victim",
    "victims",
    "Victim",
    "VI",
    "",
    (
        shared.source_id("victim_id"),
        Field("accident", "reference", "Accident", to="accident", synonyms=("accident_id",)),
        shared.date("Day of the accident", "accident_date", "year", "ano"),
        Field(
            "consequence",
            "choice",
            "Killed or injured",
            choices=codes.CONSEQUENCES,
            synonyms=("killed_or_injured", "outcome", "estado"),
        ),
        Field("sex", "choice", "Sex", choices=codes.SEXES, synonyms=("gender", "genero")),
        Field(
            "age_band",
            "choice",
            "Age band",
            choices=codes.AGE_BANDS,
            synonyms=("age_group", "rangoedad"),
        ),
        Field(
            "person_status",
            "choice",
            "Civilian, military or deminer",
            choices=codes.PERSON_STATUS,
            synonyms=("status", "condicion"),
        ),
        Field(
            "device_class",
            "choice",
            "Class of the device",
            choices=codes.CLASSES,
            synonyms=("device",),
        ),
        Field(
            "activity_then",
            "text",
            "Activity at the time of the accident",
            synonyms=("activity", "actividad", "activity_at_time"),
        ),
        Field(
            "name",
            "text",
            "Name of the person",
            personal=True,
            synonyms=("victim_name", "full_name"),
        ),
        Field(
            "birth",
            "text",
            "Date of birth as given",
            personal=True,
            synonyms=("date_of_birth", "birth_date", "dob"),
        ),
        Field("address", "text", "Address", personal=True),
        Field(
            "contact",
            "text",
            "Telephone or other contact",
            personal=True,
            synonyms=("phone", "telephone"),
        ),
        shared.UNIT,
        shared.DOCUMENT,
    ),
    aliases=("casualties",),
)

EDUCATION = RecordType(
    "education_session",
    "education_sessions",
    "Risk education session",
    "RE",
    "point",
    (
        shared.source_id("eore_id"),
        shared.date("Day or period of the session", "session_date", "start_dt", "report_dt"),
        shared.ORGANISATION,
        Field("method", "choice", "How it was delivered", choices=codes.EDUCATION_METHODS),
        shared.UNIT,
        shared.count("women", "Women reached", "female_adult", "female_18_plus", "fem_adlt"),
        shared.count("men", "Men reached", "male_adult", "male_18_plus", "male_adlt"),
        shared.count("girls", "Girls under 18 reached", "female_child", "fem_child"),
        shared.count("boys", "Boys under 18 reached", "male_child"),
        shared.count("sex_age_unknown", "Persons reached whose sex or age is not recorded"),
        shared.count("total", "Total as stated by the source", "total_audience", "beneficiaries"),
        shared.DOCUMENT,
        shared.REMARKS,
    ),
    aliases=("risk_education", "eore"),
)
