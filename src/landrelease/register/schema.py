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

from dataclasses import dataclass
from functools import cached_property

from . import codes

#: Kinds of field, and how a value of each is written in the journal.
#:
#: ``text``       a string
#: ``integer``    a whole number
#: ``decimal``    a number, as a string with the digits that were given ("12.50")
#: ``boolean``    true or false
#: ``choice``     one stable code of ``choices``
#: ``classes``    sorted list of codes of :data:`.codes.CLASSES`
#: ``date``       an interval ``{"start": "2024-01-01", "end": "2024-12-31"}`` (both days included);
#:                a single day has equal ends, "2024" is the whole year
#: ``reference``  the id of another record: ``{"uid": …}`` once found, ``{"given": …}`` until then
KINDS = ("text", "integer", "decimal", "boolean", "choice", "classes", "date", "reference")


@dataclass(frozen=True)
class Field:
    """One field of a record type.

    Attributes
    ----------
    name
        Stable name, the column of exports and of the database.
    kind
        One of :data:`KINDS`.
    help
        What the field says, in one line.
    choices
        Code to English label, for ``choice`` and ``classes``.
    unit
        Unit of a number: ``m2``, ``cm``.
    to
        Record type that a ``reference`` points to.
    synonyms
        Further column headings (compared in lower case, blanks and punctuation dropped).
    hxl
        HXL tags that name this field.
    required
        Whether a row without it is unusable.
    personal
        Whether it is personal data: sealed per person, never in a plain column, never in the
        journal in clear.
    """

    name: str
    kind: str
    help: str
    choices: dict[str, str] | None = None
    unit: str = ""
    to: str = ""
    synonyms: tuple[str, ...] = ()
    hxl: tuple[str, ...] = ()
    required: bool = False
    personal: bool = False


@dataclass(frozen=True)
class RecordType:
    """One type of record.

    Attributes
    ----------
    name, plural
        As in ``--as hazards``; ``aliases`` are accepted too.
    prefix
        Of the short reference people see: ``HA-12``.
    geometry
        ``polygon`` (an area is measured), ``point``, or empty.
    """

    name: str
    plural: str
    label: str
    prefix: str
    geometry: str
    fields: tuple[Field, ...]
    aliases: tuple[str, ...] = ()

    @cached_property
    def by_name(self) -> dict[str, Field]:
        return {field.name: field for field in self.fields}

    @property
    def personal_fields(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.personal)


def _source_id(*synonyms: str) -> Field:
    return Field(
        "source_id",
        "text",
        "Id in the system the record comes from; kept under the namespace of the import",
        synonyms=("id", "localid", "local_id", "code", "globalid", "global_id", *synonyms),
        hxl=("#meta+id", "#event+id"),
    )


def _date(help: str, *synonyms: str, hxl: tuple[str, ...] = ()) -> Field:
    return Field("date", "date", help, synonyms=synonyms, hxl=hxl or ("#date",))


_NAME = Field("name", "text", "Name", synonyms=("title", "label"), hxl=("#loc+name",))
_CLASSES = Field(
    "classes",
    "classes",
    "Contamination classes (stable codes); absent = not recorded",
    choices=codes.CLASSES,
    synonyms=("contamination", "contamination_class", "device_category", "ordnance_class"),
)
_ORGANISATION = Field(
    "organisation",
    "reference",
    "Organisation that did or reported it",
    to="organisation",
    synonyms=("org", "operator", "agency"),
    hxl=("#org", "#org+name"),
)
_HAZARD = Field(
    "hazard",
    "reference",
    "Hazardous area it belongs to",
    to="hazard",
    synonyms=("hazard_id", "ha_code", "ha_id", "hazard_code"),
)
_ACTIVITY = Field(
    "activity",
    "reference",
    "Activity it belongs to",
    to="activity",
    synonyms=("activity_id", "task", "task_id"),
)
_UNIT = Field(
    "unit",
    "reference",
    "Administrative unit named by the source (p-code)",
    to="unit",
    synonyms=("pcode", "p_code", "admin_code", "adm2_pcode", "municipality_code"),
    hxl=("#adm2+code", "#adm1+code", "#adm3+code"),
)
_DOCUMENT = Field(
    "document",
    "reference",
    "Source document",
    to="document",
    synonyms=("document_id", "source_document"),
)
_DEPTH = Field(
    "depth_cm",
    "decimal",
    "Depth reached, in centimetres",
    unit="cm",
    synonyms=("depth", "clearance_depth", "depth_cleared"),
)
_REMARKS = Field(
    "remarks", "text", "Free remarks; no personal data", synonyms=("comment", "comments", "notes")
)
_ORIGIN = Field(
    "location_origin",
    "choice",
    "How the coordinates came about",
    choices=codes.LOCATION_ORIGINS,
)


def _count(name: str, help: str, *synonyms: str, hxl: tuple[str, ...] = ()) -> Field:
    return Field(name, "integer", help, synonyms=synonyms, hxl=hxl)


PROGRAMME = RecordType(
    "programme",
    "programmes",
    "Programme",
    "PR",
    "",
    (
        _source_id(),
        _NAME,
        Field("country", "text", "ISO 3166-1 alpha-3 code", synonyms=("iso3", "country_code")),
        Field("authority", "text", "National authority responsible"),
        _REMARKS,
    ),
)

UNIT = RecordType(
    "unit",
    "units",
    "Administrative unit",
    "AU",
    "polygon",
    (
        Field(
            "source_id",
            "text",
            "P-code: the key of the unit",
            synonyms=(
                "pcode",
                "p_code",
                "shapeid",
                "code",
                "adm_pcode",
                "adm1_pcode",
                "adm2_pcode",
                "adm3_pcode",
                "mpio_ccnct",
                "dpto_ccdgo",
            ),
            hxl=("#adm1+code", "#adm2+code", "#adm3+code"),
        ),
        Field(
            "name",
            "text",
            "Name",
            required=True,
            synonyms=("shapename", "adm1_name", "adm2_name", "adm3_name", "mpio_cnmbr", "admin"),
            hxl=("#adm1+name", "#adm2+name", "#adm3+name"),
        ),
        Field(
            "level",
            "integer",
            "Administrative level, 1 = first below the state",
            synonyms=("admin_level", "adm_level"),
        ),
        Field(
            "parent",
            "reference",
            "Unit it is part of (p-code)",
            to="unit",
            synonyms=("parent_pcode", "parent_p_code"),
        ),
        Field(
            "valid",
            "date",
            "Dates of validity of these boundaries",
            synonyms=("valid_from", "validfrom", "valid_from_date"),
        ),
        _REMARKS,
    ),
    aliases=("administrative_units", "admin_units", "municipalities"),
)

ORGANISATION = RecordType(
    "organisation",
    "organisations",
    "Organisation",
    "ORG",
    "",
    (
        _source_id("org_code", "acronym"),
        Field("name", "text", "Name", required=True, synonyms=("organisation", "organization")),
        Field(
            "kind",
            "choice",
            "What it is",
            choices=codes.ORGANISATION_KINDS,
            synonyms=("type", "org_type"),
        ),
        _REMARKS,
    ),
    aliases=("organizations",),
)

ACCREDITATION = RecordType(
    "accreditation",
    "accreditations",
    "Accreditation",
    "ACR",
    "",
    (
        _source_id(),
        Field(
            "organisation",
            "reference",
            "Organisation accredited",
            to="organisation",
            required=True,
            synonyms=("org",),
        ),
        Field("activity_kind", "choice", "For which kind of work", choices=codes.ACTIVITY_KINDS),
        Field("valid", "date", "From when until when", synonyms=("validity",)),
        Field("authority", "text", "Who granted it"),
        _DOCUMENT,
        _REMARKS,
    ),
)

DOCUMENT = RecordType(
    "document",
    "documents",
    "Source document",
    "DOC",
    "",
    (
        _source_id(),
        Field("title", "text", "Title"),
        Field("kind", "choice", "What it is", choices=codes.DOCUMENT_KINDS),
        Field("publisher", "text", "Publisher"),
        Field("author", "text", "Author or byline as printed"),
        Field("agency", "text", "News agency credited"),
        Field("published", "date", "Date of publication"),
        Field("language", "text", "ISO 639-1 code"),
        Field("place", "text", "Place line"),
        Field("filename", "text", "Name of the file as received"),
        Field(
            "sha256", "text", "Hash of its own original bytes: of the file, or of its part of it"
        ),
        Field("container_sha256", "text", "Hash of the file it came in, where that holds several"),
        Field(
            "locator",
            "text",
            "Where in that file it stands: message id, WARC record id, line, entry id",
        ),
        Field("text_sha256", "text", "Hash of the kept text, to which all offsets refer"),
        Field("authority", "text", "Issuing authority, for a decision or certificate"),
        Field("url", "text", "Address it was published at"),
        Field("retrieved", "date", "Day on which it was retrieved; not that of publication"),
        _REMARKS,
    ),
    aliases=("sources",),
)

HAZARD = RecordType(
    "hazard",
    "hazards",
    "Hazardous area",
    "HA",
    "polygon",
    (
        _source_id("hazard_id", "ha_code", "ha_id"),
        _NAME,
        Field(
            "type",
            "choice",
            "Suspected or confirmed; absent = not recorded, held as suspected",
            choices=codes.HAZARD_TYPES,
            synonyms=("hazard_type", "type_area", "area_type", "classification", "typearea"),
        ),
        _CLASSES,
        Field(
            "status",
            "choice",
            "Status stated by the source",
            choices=codes.HAZARD_STATUS,
            synonyms=("status_ha", "hazard_status"),
        ),
        _date(
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
        _ORGANISATION,
        _UNIT,
        Field("priority", "text", "Priority given by the source"),
        Field("beneficiaries", "integer", "Expected beneficiaries of release"),
        _ORIGIN,
        _DOCUMENT,
        _REMARKS,
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
        _source_id("activity_id", "task_id"),
        _NAME,
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
        _HAZARD,
        _ORGANISATION,
        Field("method", "choice", "How", choices=codes.METHODS),
        Field(
            "started", "date", "Start", synonyms=("start", "start_date", "start_dt", "date_start")
        ),
        _date(
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
        _CLASSES,
        _DEPTH,
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
        _UNIT,
        _ORIGIN,
        _DOCUMENT,
        _REMARKS,
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
        _source_id(),
        _ACTIVITY,
        _date("Period of the report", "period", "report_date"),
        Field(
            "worked_m2",
            "decimal",
            "Area worked in the period",
            unit="m2",
            synonyms=("area", "area_worked"),
        ),
        Field("team", "text", "Team or unit code, no personal names"),
        _DOCUMENT,
        _REMARKS,
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
        _source_id(),
        _date("Day of the visit", "visit_date"),
        _ACTIVITY,
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
        _DOCUMENT,
        _REMARKS,
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
        _source_id(),
        _date("Day of the handover", "handover_date"),
        _HAZARD,
        _ACTIVITY,
        Field("recipient", "text", "Office or community that received the land, no personal names"),
        Field("area_m2", "decimal", "Area handed over as stated", unit="m2"),
        _DOCUMENT,
        _REMARKS,
    ),
)

ORDNANCE = RecordType(
    "ordnance",
    "ordnance",
    "Explosive ordnance found",
    "EO",
    "point",
    (
        _source_id("device_id"),
        _date("Day found", "found"),
        _ACTIVITY,
        _HAZARD,
        Field(
            "ordnance_class",
            "choice",
            "Reporting class",
            choices=codes.CLASSES,
            required=True,
            synonyms=("class", "category", "device_category"),
        ),
        _count("quantity", "Number of items", "qty", "number", "count"),
        Field("condition", "choice", "What became of it", choices=codes.ORDNANCE_CONDITIONS),
        _DEPTH,
        _REMARKS,
    ),
    aliases=("devices", "ordnance_found"),
)

ACCIDENT = RecordType(
    "accident",
    "accidents",
    "Accident",
    "AX",
    "point",
    (
        _source_id("accident_id", "ac_code"),
        _date(
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
        _HAZARD,
        _UNIT,
        _count("killed", "Persons killed", "deaths", hxl=("#affected+killed",)),
        _count("injured", "Persons injured", "wounded", hxl=("#affected+injured",)),
        _count("unknown", "Casualties whose fate is not recorded", "fate_unknown"),
        _count("casualties", "Total as stated by the source", "total", "casualty_number"),
        _ORIGIN,
        _DOCUMENT,
        _REMARKS,
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
        _source_id("victim_id"),
        Field("accident", "reference", "Accident", to="accident", synonyms=("accident_id",)),
        _date("Day of the accident", "accident_date", "year", "ano"),
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
        _UNIT,
        _DOCUMENT,
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
        _source_id("eore_id"),
        _date("Day or period of the session", "session_date", "start_dt", "report_dt"),
        _ORGANISATION,
        Field("method", "choice", "How it was delivered", choices=codes.EDUCATION_METHODS),
        _UNIT,
        _count("women", "Women reached", "female_adult", "female_18_plus", "fem_adlt"),
        _count("men", "Men reached", "male_adult", "male_18_plus", "male_adlt"),
        _count("girls", "Girls under 18 reached", "female_child", "fem_child"),
        _count("boys", "Boys under 18 reached", "male_child"),
        _count("sex_age_unknown", "Persons reached whose sex or age is not recorded"),
        _count("total", "Total as stated by the source", "total_audience", "beneficiaries"),
        _DOCUMENT,
        _REMARKS,
    ),
    aliases=("risk_education", "eore"),
)

STOCKPILE = RecordType(
    "stockpile",
    "stockpiles",
    "Stockpiled, retained or transferred mines",
    "ST",
    "",
    (
        _source_id(),
        _date("Day of the count", "counted"),
        Field(
            "purpose", "choice", "Why they are held", choices=codes.STOCK_PURPOSES, required=True
        ),
        Field("device_class", "choice", "Class", choices=codes.CLASSES, required=True),
        Field("designation", "text", "Type designation as reported to the treaty"),
        _count("quantity", "Number of items", "qty", "number"),
        Field("lots", "text", "Lot numbers as reported"),
        Field("institution", "text", "Institution that holds them"),
        _DOCUMENT,
        _REMARKS,
    ),
    aliases=("retained_mines",),
)

EVIDENCE = RecordType(
    "evidence",
    "evidence",
    "Evidence item",
    "EV",
    "point",
    (
        _source_id("evidence_id"),
        _HAZARD,
        Field(
            "kind",
            "choice",
            "What was observed or told",
            choices=codes.EVIDENCE_KINDS,
            synonyms=("evidence_kind", "type", "typearea"),
        ),
        Field("channel", "choice", "How it is known", choices=codes.EVIDENCE_CHANNELS),
        Field(
            "directness",
            "choice",
            "Direct or indirect, by the national profile",
            choices=codes.DIRECTNESS,
        ),
        _date("Date of information", "date_of_information", "info_date"),
        Field("reported", "date", "Date of the report"),
        Field("reliability", "choice", "Reliability of the source", choices=codes.RELIABILITY),
        Field("credibility", "choice", "Credibility of the information", choices=codes.CREDIBILITY),
        _CLASSES,
        Field("statement", "text", "What it says, in the words of the source"),
        _DOCUMENT,
        _count("span_start", "First character of the statement in the kept text"),
        _count("span_end", "Character after the last"),
        Field("claim", "text", "Id of the claim from which it was accepted"),
        Field(
            "standing",
            "choice",
            "Absent = it stands; withdrawn = two people took it back, or one where nothing "
            "cautious rests on it",
            choices=codes.EVIDENCE_STANDING,
        ),
        Field("restricted", "boolean", "Whether it is for the restricted tier (rule 22)"),
        _ORIGIN,
        _UNIT,
        _REMARKS,
    ),
    aliases=("evidence_items",),
)

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
