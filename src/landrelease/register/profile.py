"""The national profile: what a national authority may set otherwise."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import shapely
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from . import workspace, yaml_files
from .errors import WorkspaceError
from .schema import RECORD_TYPES


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Release(_Strict):
    """Conditions for a release (rule 2), and what puts one in question (rule 6)."""

    clearance_depth_cm: float
    surface_methods: tuple[str, ...]
    #: How far from released land, in metres, an accident or item is still taken to lie on it.
    question_distance_m: float = 50


class Checks(_Strict):
    """Limits of the geometry checks."""

    vertices_far_apart_m: float
    sliver_m2: float
    overlap_m2: float
    parts_overlap_fraction: float
    declared_tolerance_fraction: float


class Assertions(_Strict):
    """How far what a report declares may lie from what is found (``landrelease check``)."""

    area_fraction: float = 0.05
    area_m2: float = 1.0
    count: int = 0
    systematic_share: float = 0.5
    systematic_rows: int = 5
    repeat_digits: int = 8
    territory_fraction: float = 0.5
    earliest_year: int = 1900


class ExtraField(_Strict):
    """A national field beyond the record type's own."""

    kind: Literal["text", "integer", "decimal", "boolean", "date", "choice"]
    label: str = ""
    choices: tuple[str, ...] = ()
    required: bool = False


class Forms(_Strict):
    """Field forms (``landrelease form``)."""

    #: ISO 639-1 codes; the first is the one phones show at first.
    languages: tuple[str, ...] = ("en",)
    #: Level of the administrative units to what it is called.
    unit_levels: dict[int, str] = {}
    #: Whether a team says first if a position may be recorded safely; if not, the centre of the
    #: community stands in, marked as such.
    ask_geo_safe: bool = True
    #: Record type to the fields that its forms leave out.
    omit: dict[str, tuple[str, ...]] = {}
    #: Language to English text to the national wording.
    wording: dict[str, dict[str, str]] = {}


class Access(_Strict):
    """Who sees how much, and who needs a second factor.

    The tiers are ``public`` < ``partner`` < ``restricted``; each holds what the one before holds.
    """

    #: Tier of each role; a role that is not named reads at the public tier.
    tiers: dict[str, Literal["public", "partner", "restricted"]] = {
        "viewer": "partner",
        "partner": "partner",
        "data_entry": "restricted",
        "reviewer": "restricted",
        "approver": "restricted",
        "data_protection_officer": "restricted",
        "administrator": "partner",
        "historic_entry": "restricted",
        "report_approver": "restricted",
    }
    #: Roles that hold on the pages only once a second factor was shown.
    second_factor: tuple[str, ...] = ("approver", "data_protection_officer", "administrator")
    #: Tier below which a record type is not shown at all.
    record_types: dict[str, Literal["public", "partner", "restricted"]] = {
        "ordnance": "restricted",
        "stockpile": "restricted",
        "victim": "restricted",
        "evidence": "restricted",
        "document": "partner",
        "accreditation": "partner",
        "quality_visit": "partner",
        "progress_report": "partner",
    }
    #: Tier below which a field is not shown, by record type; ``any`` stands for every type.
    fields: dict[str, dict[str, Literal["public", "partner", "restricted"]]] = {
        "any": {"remarks": "restricted", "source_id": "partner", "document": "partner"},
        "handover": {"recipient": "restricted"},
        "activity": {"team": "partner"},
        "progress_report": {"team": "partner"},
        "document": {"author": "restricted"},
        "quality_visit": {"nonconformity": "restricted", "measures": "restricted"},
    }
    #: Longest life of a token, days.
    token_days: int = 365


class Deliveries(_Strict):
    """Files that people hand in on the pages, services over the API, and phones."""

    #: Largest file, bytes. The server refuses requests beyond 256 MiB in any case.
    largest_bytes: int = 200_000_000
    #: Bytes that one person or service may hand in a day (UTC).
    bytes_per_day: int = 500_000_000
    #: What may be kept a day (UTC) of what one phone (one token) sends: bytes of forms and
    #: attachments, and filled-in forms.
    phone_bytes_per_day: int = 1_000_000_000
    phone_forms_per_day: int = 2_000
    #: How long the reading of a file may take, seconds, and how much memory it may take beyond the
    #: program itself, megabytes.
    reading_seconds: int = 120
    reading_memory_mb: int = 2_000


class Hostilities(_Strict):
    """Where and when fighting goes on: public data of that ground are coarser and come later."""

    name: str
    #: The ground, as WKT in degrees (longitude first).
    area: str
    since: date
    until: date | None = None
    #: Width of the public grid there, metres.
    grid_m: float = 10_000
    #: Released land, accidents and work are not published before so many days have passed. Hazards
    #: never wait: a map without them reads as safe (rule 26).
    delay_days: int = 90


class Publication(_Strict):
    """What leaves the register for the public and for partners (rules 24 to 26)."""

    #: Whether the public sees where hazards are, generalised: for an authority to decide (rule 25).
    #: If not, it sees no map at all.
    hazard_warnings: bool = False
    #: Width of the cells of the public map, metres.
    grid_m: float = 1_000
    #: Counts from 1 up to one less than this are not printed.
    minimum_count: int = 5
    #: Level of the units by which counts are published.
    unit_level: int = 1
    #: Namespaces of imports whose records are restricted, such as military minefield records
    #: (rule 22).
    restricted_namespaces: tuple[str, ...] = ()
    hostilities: tuple[Hostilities, ...] = ()
    #: Fields that leave the register, by tier and record type; what is not named does not.
    fields: dict[Literal["public", "partner"], dict[str, tuple[str, ...]]] = {
        "public": {"activity": ("result", "classes", "depth_cm", "date")},
        "partner": {
            "hazard": (
                "source_id", "name", "type", "classes", "status", "date", "declared_m2",
                "organisation", "unit", "priority", "location_origin",
            ),
            "activity": (
                "source_id", "kind", "report", "result", "hazard", "organisation", "method",
                "started", "date", "status", "classes", "depth_cm", "tasked_depth_cm",
                "released_m2", "worked_m2", "unit", "location_origin",
            ),
            "accident": ("date", "kind", "device_class", "unit", "killed", "injured", "unknown"),
            "education_session": (
                "date", "organisation", "method", "unit", "women", "men", "girls", "boys",
                "sex_age_unknown", "total",
            ),
            "handover": ("date", "hazard", "activity", "area_m2"),
            "organisation": ("source_id", "name", "kind"),
            "programme": ("source_id", "name", "country", "authority"),
            "unit": ("source_id", "name", "level", "parent", "valid"),
        },
    }  # fmt: skip

    @field_validator("minimum_count")
    @classmethod
    def _hides_something(cls, value: int) -> int:
        if value < 2:
            raise ValueError("a minimum count below 2 hides nothing; give 2 or more")
        return value

    @field_validator("grid_m")
    @classmethod
    def _has_width(cls, value: float) -> float:
        if not 0 < value <= 100_000:
            raise ValueError("the cells of the public map are up to 100000 metres wide")
        return value


class Profile(_Strict):
    """A whole profile."""

    name: str
    title: str
    unverified: bool = True
    release: Release
    checks: Checks
    assertions: Assertions = Assertions()
    forms: Forms = Forms()
    extra_fields: dict[str, dict[str, ExtraField]] = {}
    access: Access = Access()
    publication: Publication = Publication()
    deliveries: Deliveries = Deliveries()


def current() -> Profile:
    """The profile of the open workspace."""
    name = workspace.current().profile
    if Path(name).suffix in (".yaml", ".yml"):
        # By its full path: two workspaces may each have their own "profile.yaml".
        name = str(workspace.current().folder / name)
    return load(name)


@cache
def load(name: str) -> Profile:
    """Read a profile by name (one that is shipped) or by path.

    Raises
    ------
    WorkspaceError
        Naming the file, the field and the rule.
    """
    path = Path(name)
    if path.suffix in (".yaml", ".yml"):
        if not path.exists():
            raise WorkspaceError(f"the profile {path} does not exist; see landrelease.toml")
        data = path.read_bytes()
    else:
        shipped = resources.files("landrelease.profiles") / f"{name}.yaml"
        if not shipped.is_file():
            raise WorkspaceError(f"no profile is called {name!r}; give 'default' or a .yaml path")
        data = shipped.read_bytes()
    try:
        profile = Profile.model_validate(yaml_files.load(data))
    except (ValidationError, yaml_files.YamlError) as error:
        raise WorkspaceError(f"the profile {name} is not valid: {error}") from error
    for record_type in profile.extra_fields:
        if record_type not in RECORD_TYPES:
            raise WorkspaceError(
                f"the profile {name}: extra_fields names {record_type!r}, which is no record type "
                f"({', '.join(RECORD_TYPES)})"
            )
    _check_publication(profile, name)
    return profile


def _check_publication(profile: Profile, name: str) -> None:
    """Hold that what is to leave the register exists, and that the ground of hostilities is one."""
    for tier, by_type in profile.publication.fields.items():
        for record_type, names in by_type.items():
            known = RECORD_TYPES.get(record_type)
            if known is None:
                raise WorkspaceError(
                    f"the profile {name}: publication.fields.{tier} names {record_type!r}, which "
                    f"is no record type ({', '.join(RECORD_TYPES)})"
                )
            wrong = [
                one for one in names if one not in known.by_name or known.by_name[one].personal
            ]
            if wrong:
                raise WorkspaceError(
                    f"the profile {name}: publication.fields.{tier}.{record_type} names "
                    f"{', '.join(wrong)}, which the record type does not have or which is personal"
                )
    for one in profile.publication.hostilities:
        try:
            shape = shapely.from_wkt(one.area)
        except shapely.errors.GEOSException:
            shape = None
        if shape is None or shapely.is_empty(shape) or not shapely.is_valid(shape):
            raise WorkspaceError(
                f"the profile {name}: the area of the hostilities {one.name!r} is no valid WKT in "
                "degrees, such as POLYGON ((17 44, 18 44, 18 45, 17 44))"
            )


def bad_extra(profile: Profile, record_type: str, extra: dict[str, Any]) -> list[tuple[str, str]]:
    """Check the national fields of one record; returns (field, what is wrong) pairs."""
    wrong = []
    for name, field in profile.extra_fields.get(record_type, {}).items():
        value = extra.get(name)
        if value is None:
            if field.required:
                wrong.append((name, "is required by the national profile and not recorded"))
            continue
        if field.kind == "choice" and value not in field.choices:
            wrong.append((name, f"{value!r} is none of {', '.join(field.choices)}"))
        elif field.kind == "integer" and not _is_integer(value):
            wrong.append((name, f"{value!r} is not a whole number"))
        elif field.kind == "decimal" and not _is_decimal(value):
            wrong.append((name, f"{value!r} is not a number"))
        elif field.kind == "boolean" and str(value).lower() not in ("true", "false"):
            wrong.append((name, f"{value!r} is not true or false"))
        elif field.kind == "date" and not _is_date(value):
            wrong.append((name, f"{value!r} is not a date (YYYY-MM-DD)"))
    return wrong


def _is_integer(value: Any) -> bool:
    return str(value).lstrip("-").isdigit()


def _is_decimal(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _is_date(value: Any) -> bool:
    try:
        date.fromisoformat(str(value))
    except ValueError:
        return False
    return True
