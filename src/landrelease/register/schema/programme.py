"""The programme, its administrative units and organisations, and their accreditation."""

from __future__ import annotations

from .. import codes
from . import shared
from .field import Field, RecordType

PROGRAMME = RecordType(
    "programme",
    "programmes",
    "Programme",
    "PR",
    "",
    (
        shared.source_id(),
        shared.NAME,
        Field("country", "text", "ISO 3166-1 alpha-3 code", synonyms=("iso3", "country_code")),
        Field("authority", "text", "National authority responsible"),
        shared.REMARKS,
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
        shared.REMARKS,
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
        shared.source_id("org_code", "acronym"),
        Field("name", "text", "Name", required=True, synonyms=("organisation", "organization")),
        Field(
            "kind",
            "choice",
            "What it is",
            choices=codes.ORGANISATION_KINDS,
            synonyms=("type", "org_type"),
        ),
        shared.REMARKS,
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
        shared.source_id(),
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
        shared.DOCUMENT,
        shared.REMARKS,
    ),
)
