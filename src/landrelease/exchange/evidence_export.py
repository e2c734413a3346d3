"""What reports say, as files for other programs: CSV, JSON, GeoJSON and workbooks.

Columns are stable: they stand here, each with what it says, and ``docs/evidence.md`` lists them. A
cell that holds several values joins them by ``|`` (a ``|`` within a value is ``\\|``, a backslash
``\\\\``), empty where one of several columns has no value at that place; JSON keeps them as lists.
In CSV a text that a spreadsheet may take for a formula bears an apostrophe (:mod:`.formulas` sets
it and takes it away). Workbooks need none: their cells are texts, and marked so.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely

from landrelease.register import evidence_rows, positions
from landrelease.register.evidence_rows import Reader, Row
from landrelease.register.schema import Field, RecordType

from .problems import ExchangeError
from .write import OutBatch, Written, write

_BATCH = 500


def _fields(listed: str) -> tuple[Field, ...]:
    """Fields from lines "name [kind] - what it says"; text is the kind when none is named."""
    fields = []
    for line in listed.strip().splitlines():
        head, _, help = line.strip().partition(" - ")
        name, _, kind = head.partition(" ")
        fields.append(Field(name, kind or "text", help))
    return tuple(fields)


_DOCUMENT = """
document - Path of the document; its reference where the path names a private person
document_ref - Reference of the document, DOC-2
document_sha256 - Hash of the file as received
permalink - Address of the claim, or of the document
"""
_SOURCE = """
source - Who said it; a private person by a pseudonym outside the restricted tier
source_private boolean - Whether it is a private person
source_role - Role as the report words it
source_organisation - Body spoken for
"""
_COMMON = """
kind - What the claim is about (see Claims)
modality - asserted, alleged, denied, announced or conditional
stance - stated, judged, believed or wished
"""
_TIME = """
time - When it was said, ISO 8601 at its precision
time_precision - day, month or year
time_basis - What the time rests on, where it is not the claim's own words
"""
_CLAIMS = f"""
id - Id of the claim in the register, by which it is decided
claim - Id of the claim from text, span and source
{_DOCUMENT.strip()}
text_sha256 - Hash of the kept text, of which all offsets are characters
story - Id of its story; empty for a claim of an outside model
extractor - What extracted it
same_utterance_as - For a claim of an outside model: the extracted claim with which it counts as one
{_COMMON.strip()}
nested boolean - Whether it stands within the content of another claim
{_SOURCE.strip()}
source_text - The words of the source
source_start integer - First character of the source
source_end integer - Character after its last
cue_text - The words of saying
cue_start integer - First character of the cue
cue_end integer - Character after its last
content_text - What was said
content_start integer - First character of the content
content_end integer - Character after its last
part_starts - First characters of the pieces of the content
part_ends - Characters after their last
{_TIME.strip()}
form - direct, indirect or mixed
continued boolean - Whether source and cue stand in an earlier sentence
quotations - Direct quotations within the content
devices - Contamination classes named
states - States named, ISO 3166-1 alpha-3
parties - Parties named in the content
party_roles - Their parts in what is said, in the same order
party_states - Their ISO 3166-1 alpha-3 codes, in the same order
quantities - Quantities as worded
quantity_kinds - What each measures, in the same order
quantity_units - SI unit of each
quantity_lower - Lower bound of each, in that unit
quantity_upper - Upper bound of each, in that unit
money - Sums of money as worded
money_currencies - ISO 4217 code of each
money_lower - Lower bound of each
money_upper - Upper bound of each
speaks_of - Times that the content speaks of, as worded
speaks_of_values - Each as ISO 8601
places - Names of the places of the claim
place_ids - Gazetteer ids, in the same order
place_latitudes - Latitudes, WGS 84 degrees
place_longitudes - Longitudes, WGS 84 degrees
other_slots - Whatever else was read from the content, as JSON
restricted boolean - Whether it is for the restricted tier by default
decision - proposed, accepted, rejected or withdrawn
decision_evidence - Evidence item that it became
decision_hazard - Hazard that this is on
"""
_STORIES = f"""
story - Id of the story
counted_as - Id as which it counts where origins are counted; the same for stories that may be one
origin - Who it goes back to; empty where that is not established
origin_kind - agency, first_reporter, told, document, publisher or unknown
documents integer - How many documents tell it
relation - first, copy, near_copy, partial, rewritten; in several stories: merged or unclear
published - Date of publication at its precision
publisher - Publisher
{_DOCUMENT.strip()}
"""


def _side(name: str) -> str:
    return f"""
{name}_claim - Id of the claim
{name}_permalink - Address of the claim
{name}_document - Path of its document
{name}_document_ref - Reference of the document
{name}_document_sha256 - Hash of the file as received
{name}_source - Who said it
{name}_modality - How it is put forward
{name}_time - When it was said
{name}_time_precision - day, month or year
{name}_value - The words that are compared
{name}_content - What was said
{name}_start integer - First character of the content or sentence
{name}_end integer - Character after its last
""".strip()


_CONFLICTS = f"""
about - claims (two claims) or treaty (a claim and the treaty status register)
verdict - agrees, contradicts, revised; for treaties also imprecise, other or unknown
slot - What is compared
independence - Whether both sides hang together, or how many origins there can be
state - For treaties: the state, ISO 3166-1 alpha-3
treaty - For treaties: apmbc, ccm, ccw, ap2 or p5
stated - For treaties: what is stated
since integer - For treaties: the year that is stated
on - For treaties: the day it is checked for
on_basis - report (its own date) or received (the day it came in)
{_side("one")}
{_side("other")}
"""
_GATHERED = """
strength - How many independent origins there can be, in words
standing - reported, or corroborated by two established origins
"""
_TIMELINE = f"""
{_TIME.strip()}
{_SOURCE.strip()}
{_COMMON.strip()}
states - States named, ISO 3166-1 alpha-3
content - What was said, in the words of the first claim
content_start integer - First character of that content
content_end integer - Character after its last
{_GATHERED.strip()}
at_most integer - The same as a number: never more independent origins than this
gathering - Id of the claims gathered as one content
claims - Ids of these claims
documents - Their documents
claims_withheld integer - How many of them the tier does not hold
{_DOCUMENT.strip()}
"""
_POSITIONS = f"""
state - ISO 3166-1 alpha-3 code
role - speaker, or the part the state plays in what is said; mentioned where none is shown
{_COMMON.strip()}
{_TIME.strip()}
{_SOURCE.strip()}
content - What was said
content_start integer - First character of the content
content_end integer - Character after its last
{_GATHERED.strip()}
apmbc - Standing towards the Mine Ban Treaty on the day of the claim; unverified where so said
ccm - Standing towards the Convention on Cluster Munitions on that day
status_basis - What these rest on, and for which day or days
{_DOCUMENT.strip()}
"""
_PLACE = """
place_text - The words of the place in the report
place_start integer - First character of these words
place_end integer - Character after their last
place_within - content, or sentence for a place beside what was said
place_kind - What the words are: name, feature, government, …
place_feature - What kind of place: a country or a region has only its rough middle
place_id - Gazetteer id
place_name - Name in the gazetteer
place_country - Country
place_admin1 - First-level administrative unit
place_confidence decimal - How likely it is this place, 0 to 1
"""

#: Columns of each export, in their order.
COLUMNS: dict[str, tuple[Field, ...]] = {
    "claims": _fields(_CLAIMS),
    "stories": _fields(_STORIES),
    "conflicts": _fields(_CONFLICTS),
    "timeline": _fields(_TIMELINE),
    "positions": _fields(_POSITIONS),
}
#: Columns that a feature of a claim's place has besides.
PLACE_COLUMNS = _fields(_PLACE)

FORMATS = ("csv", "json", "geojson", "xlsx")
_ENDINGS = {f".{name}": name for name in FORMATS}
_NOTE = (
    "Places that reports name; not for navigation, and not where a hazard lies. No point does not "
    "mean safe."
)


def rows(what: str, reader: Reader, *, outside: bool = False) -> Iterator[Row]:
    """Rows of one of :data:`COLUMNS`.

    Parameters
    ----------
    what
        A key of :data:`COLUMNS`.
    reader
        Who reads; counts what is withheld.
    outside
        For claims: those of an outside model as well.
    """
    match what:
        case "claims":
            return evidence_rows.claim_rows(reader, outside=outside)
        case "stories":
            return evidence_rows.story_rows(reader)
        case "conflicts":
            return evidence_rows.conflict_rows(reader)
        case "timeline":
            return evidence_rows.timeline_rows(reader)
        case "positions":
            return positions.position_rows(reader)
    raise ExchangeError(f"nothing to export is called {what!r}; there are: {', '.join(COLUMNS)}")


def export(
    path: Path,
    what: str,
    reader: Reader,
    *,
    format: str | None = None,
    outside: bool = False,
    progress: Callable[[str, int, int | None], None] = lambda stage, done, total: None,
) -> Written:
    """Write an export, whole or not at all.

    Parameters
    ----------
    path
        File to write; its ending names the format when none is given.
    what
        A key of :data:`COLUMNS`.
    reader
        Who reads.
    format
        One of :data:`FORMATS`.
    outside
        For claims: those of an outside model as well.
    progress
        Told of every row.

    Returns
    -------
    Written
        Rows (features in GeoJSON) and SHA-256 of the file.

    Raises
    ------
    ExchangeError
        The format is unknown, or is GeoJSON and the rows have no places.
    """
    form = format or _ENDINGS.get(path.suffix.lower(), "")
    if form not in FORMATS:
        raise ExchangeError(
            f"{path}: no format of this export is called {form or path.suffix!r}; there are: "
            f"{', '.join(FORMATS)}"
        )
    if what not in COLUMNS:
        raise ExchangeError(
            f"nothing to export is called {what!r}; there are: {', '.join(COLUMNS)}"
        )
    if form == "geojson" and what != "claims":
        raise ExchangeError(f"{what} have no places; GeoJSON holds claims only")
    found = _told(rows(what, reader, outside=outside), progress)
    if form == "json":
        return _write_json(path, what, reader, found)
    if form == "geojson":
        return _write_places(path, reader, found)
    columns = COLUMNS[what]
    kind = RecordType(what, what, what.capitalize(), "", "", columns)
    batches = _batches(found, [field.name for field in columns])
    return write(path, kind, batches, format=form.upper())


def _told(found: Iterable[Row], progress: Callable[[str, int, int | None], None]) -> Iterator[Row]:
    for number, row in enumerate(found):
        if number % 100 == 0:
            progress("exporting", number, None)
        yield row


def _batches(found: Iterator[Row], names: list[str]) -> Iterator[OutBatch]:
    while some := list(islice(found, _BATCH)):
        yield OutBatch({name: [_cell(row.get(name)) for row in some] for name in names})


def _cell(value: Any) -> Any:
    """A value as one cell: lists joined, nothing as None."""
    if isinstance(value, list):
        return "|".join(_piece(one) for one in value) or None
    return None if value == "" else value


def _piece(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    return str(value).replace("\\", "\\\\").replace("|", "\\|")


def split(cell: str) -> list[str]:
    """The values that a cell joins by ``|``.

    Parameters
    ----------
    cell
        Text of a cell, without the apostrophe of :mod:`.formulas`.
    """
    values, current, characters = [], "", iter(cell)
    for character in characters:
        if character == "\\":
            current += next(characters, "")
        elif character == "|":
            values.append(current)
            current = ""
        else:
            current += character
    return [*values, current] if cell else []


# --- JSON and GeoJSON -----------------------------------------------------------------------------


def _write_json(path: Path, what: str, reader: Reader, found: Iterator[Row]) -> Written:
    """One object: what it is, the rows, and at its end how many there are and were withheld."""
    if not path.parent.is_dir():
        raise ExchangeError(f"{path}: the folder {path.parent} does not exist")
    names = [field.name for field in COLUMNS[what]]
    number = 0
    handle = tempfile.NamedTemporaryFile(  # noqa: SIM115 - closed below, before the rename
        dir=path.parent, prefix=f".{path.stem}.", delete=False
    )
    try:
        with handle:
            head = {"what": what, "tier": reader.tier}
            handle.write(orjson.dumps(head)[:-1] + b',"rows":[')
            for row in found:
                handle.write(b",\n" if number else b"\n")
                handle.write(orjson.dumps({name: row.get(name) for name in names}))
                number += 1
            tail = {"count": number, "withheld": reader.withheld}
            handle.write(b"\n]," + orjson.dumps(tail)[1:] + b"\n")
            handle.flush()
            os.fsync(handle.fileno())
        written = Path(handle.name)
        with written.open("rb") as again:
            digest = hashlib.file_digest(again, "sha256").hexdigest()
        written.chmod(0o644)
        written.replace(path)
    except BaseException:
        Path(handle.name).unlink(missing_ok=True)
        raise
    return Written(number, digest)


def _write_places(path: Path, reader: Reader, found: Iterator[Row]) -> Written:
    """A feature for each place of a claim; claims without one are counted, not dropped unseen."""
    columns = COLUMNS["claims"] + PLACE_COLUMNS
    kind = RecordType("claim", "claims", "Claims", "", "point", columns)
    counts = {"claims": 0, "claims_without_place": 0}

    def features() -> Iterator[Row]:
        for row in found:
            placed = [one for one in row["places_found"] if _has_point(one)]
            counts["claims"] += 1
            counts["claims_without_place"] += not placed
            for place in placed:
                yield (
                    row
                    | {
                        field.name: place.get(field.name.removeprefix("place_"))
                        for field in PLACE_COLUMNS
                    }
                    | {"point": shapely.Point(place["longitude"], place["latitude"])}
                )

    def batches() -> Iterator[OutBatch]:
        source = features()
        while some := list(islice(source, _BATCH)):
            points = np.empty(len(some), dtype=object)
            points[:] = [row["point"] for row in some]
            yield OutBatch(
                {field.name: [_cell(row.get(field.name)) for row in some] for field in columns},
                points,
            )

    def members() -> Mapping[str, Any]:
        return {**counts, "tier": reader.tier, "withheld": reader.withheld, "note": _NOTE}

    return write(path, kind, batches(), format="GeoJSON", members=members)


def _has_point(place: Mapping[str, Any]) -> bool:
    return place.get("latitude") is not None and place.get("longitude") is not None
