"""A folder of CSV tables for Power BI and its like: facts, dimensions, and how they are joined.

Names of tables and columns are stable and the same in every language. Keys are ids of the register,
dates are ISO days, numbers have a point, texts are UTF-8 with a byte order mark (which is how
Power BI and Excel know it). No table holds coordinates, remarks or personal data.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from landrelease.register import codes
from landrelease.register.progress import Progress
from landrelease.register.schema import RECORD_TYPES, Field, RecordType

from . import records
from .formulas import guard
from .problems import ExchangeError

#: Record types that become a table of facts.
FACTS = (
    "hazard", "activity", "progress_report", "quality_visit", "handover", "ordnance", "accident",
    "education_session", "stockpile",
)  # fmt: skip

#: Texts that may be shown; other texts (remarks, teams, institutions, lots) stay in the register.
_TEXTS = ("source_id", "name", "priority")

_MANIFEST = "manifest.json"
_MADE_BY = "landrelease star-schema"


@dataclass(frozen=True)
class Join:
    """A column that is a key of another table; many rows to one."""

    table: str
    column: str
    to: str
    key: str


@dataclass
class Star:
    """What was written: rows and SHA-256 of each file, joins, rows withheld with the reason."""

    folder: Path
    files: dict[str, tuple[int, str]] = field(default_factory=dict)
    joins: list[Join] = field(default_factory=list)
    withheld: dict[str, int] = field(default_factory=dict)
    head: int = -1


def write_star(folder: Path, progress: Progress) -> Star:
    """Write all tables, whole or not at all.

    Parameters
    ----------
    folder
        A new folder, or one that this function has written before: it is replaced.
    progress
        Told of each table.

    Raises
    ------
    ExchangeError
        When the folder holds something else, or the register changed while it was read.
    """
    from landrelease.register import knowledge

    _refuse_other_content(folder)
    if not folder.resolve().parent.is_dir():
        raise ExchangeError(f"{folder}: the folder {folder.parent} does not exist")
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.resolve().parent))
    try:
        star = Star(folder, head=knowledge.head_seq())
        days: set[int] = set()
        for name in FACTS:
            _write_fact(made, star, RECORD_TYPES[name], days, progress)
        _write_dimensions(made, star, days)
        if knowledge.head_seq() != star.head:
            raise ExchangeError(
                "the register was changed while its tables were read, so they would not fit "
                "together; run it again"
            )
        _write_readme(made, star)
        _write_manifest(made, star)
        made.chmod(0o755)
        if folder.exists():
            old = made.with_name(made.name + ".old")
            folder.rename(old)
            made.rename(folder)
            shutil.rmtree(old)
        else:
            made.rename(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return star


def _refuse_other_content(folder: Path) -> None:
    if not folder.exists():
        return
    manifest = folder / _MANIFEST
    if folder.is_dir() and not any(folder.iterdir()):
        return
    try:
        ours = json.loads(manifest.read_text("utf-8")).get("made_by") == _MADE_BY
    except (OSError, ValueError, AttributeError):
        ours = False
    if not ours:
        raise ExchangeError(
            f"{folder}: exists and was not written by this command; name a new folder, so that "
            "nothing of yours is replaced"
        )


# --- facts ---------------------------------------------------------------------------------------


def _write_fact(
    folder: Path, star: Star, kind: RecordType, days: set[int], progress: Progress
) -> None:
    table = f"fact_{kind.name}"
    key = f"{kind.name}_key"
    fields = [f for f in kind.fields if not f.personal and _shown(f)]
    among, reason = _among(kind)
    total = among.count()
    if reason:
        star.withheld[f"{table}: {reason}"] = _left_out(kind, among)
    more: dict[str, records.Extra] = {key: lambda record: record.uid}
    if kind.geometry == "polygon":
        more["area_m2"] = _square_metres
    bridged = [f for f in fields if f.kind == "classes"]
    bridge: list[tuple[str, str]] = []

    def rows() -> Iterator[list[Any]]:
        for batch in records.batches(kind, progress, total, among=among, more=more):
            columns = [batch.columns[key], batch.columns["ref"]]
            for item in fields:
                columns += _columns(item, batch.columns[item.name], days)
            if "area_m2" in more:
                columns.append(batch.columns["area_m2"])
            for item in bridged:
                for uid, found in zip(batch.columns[key], batch.columns[item.name], strict=True):
                    bridge.extend((uid, code) for code in found or ())
            yield from map(list, zip(*columns, strict=True))

    header = [key, "ref", *(name for f in fields for name in _names(f))]
    header += ["area_m2"] if "area_m2" in more else []
    _write(folder, star, table, header, rows())
    if bridged:
        name = f"bridge_{kind.name}_class"
        _write(folder, star, name, [key, "class"], map(list, bridge))
        star.joins += [Join(name, key, table, key), Join(name, "class", "dim_class", "class")]
    for item in fields:
        star.joins += _joins(table, kind, item)


def _shown(item: Field) -> bool:
    return item.kind != "text" or item.name in _TEXTS


def _among(kind: RecordType) -> tuple[Any, str]:
    from landrelease.register import returned
    from landrelease.register.models import RECORDS

    if kind.name == "hazard":
        return returned.among(kind), "voided, merged or split hazards (they hold no land)"
    if kind.name == "ordnance":
        destroyed = RECORDS["ordnance"].objects.filter(condition="destroyed")
        return destroyed, "items not recorded as destroyed (restricted)"
    return RECORDS[kind.name].objects.all(), ""


def _left_out(kind: RecordType, among: Any) -> int:
    from landrelease.register.models import RECORDS

    return int(RECORDS[kind.name].objects.count() - among.count())


def _square_metres(record: Any) -> str | None:
    """Area of the record's own outline, rounded to 0.1 m2."""
    if record.area_mm2 is None:
        return None
    return str((Decimal(record.area_mm2) / 1_000_000).quantize(Decimal("0.1")))


def _names(item: Field) -> list[str]:
    match item.kind:
        case "date":
            return [f"{item.name}_start", f"{item.name}_end"]
        case "reference":
            return [f"{item.name}_key", f"{item.name}_given"]
        case "classes":
            return []
    return [item.name]


def _columns(item: Field, cells: list[Any], days: set[int]) -> list[list[Any]]:
    match item.kind:
        case "date":
            for cell in cells:
                if cell:
                    days.update(int(d[:4]) for d in cell.values() if d and d[:4] < "2200")
            return [[None if c is None else c[end] for c in cells] for end in ("start", "end")]
        case "reference":
            return [[None if c is None else c[part] for c in cells] for part in ("uid", "given")]
        case "classes":
            return []
    return [cells]


def _joins(table: str, kind: RecordType, item: Field) -> list[Join]:
    if item.kind == "choice":
        dimension = f"dim_{kind.name}_{item.name}"
        return [Join(table, item.name, dimension, "code")]
    if item.kind == "date":
        return [Join(table, f"{item.name}_end", "dim_date", "date")]
    if item.kind == "reference" and item.to in ("unit", "organisation"):
        return [Join(table, f"{item.name}_key", f"dim_{item.to}", f"{item.to}_key")]
    if item.kind == "reference" and item.to in FACTS:
        return [Join(table, f"{item.name}_key", f"fact_{item.to}", f"{item.to}_key")]
    return []


# --- dimensions ----------------------------------------------------------------------------------


def _write_dimensions(folder: Path, star: Star, years: set[int]) -> None:
    from landrelease.register.models import Organisation, Unit

    for name in FACTS:
        for item in RECORD_TYPES[name].fields:
            if item.kind == "choice" and item.choices and not item.personal:
                entries = map(list, item.choices.items())
                _write(folder, star, f"dim_{name}_{item.name}", ["code", "label"], entries)
    _write(folder, star, "dim_class", ["class", "label"], map(list, codes.CLASSES.items()))
    organisations = Organisation.objects.order_by("id").values_list(
        "uid", "source_id", "name", "kind"
    )
    header = ["organisation_key", "source_id", "name", "kind"]
    _write(folder, star, "dim_organisation", header, map(list, organisations))
    units = Unit.objects.order_by("id").values_list(
        "uid", "source_id", "name", "level", "parent_uid", "valid_start", "valid_end"
    )
    header = [
        "unit_key", "source_id", "name", "level", "parent_key", "valid_from", "valid_until",
    ]  # fmt: skip
    _write(folder, star, "dim_unit", header, map(list, units))
    _write(folder, star, "dim_date", ["date", "year", "quarter", "month", "day"], _days(years))


def _days(years: set[int]) -> Iterator[list[Any]]:
    """Every day from the first to the last year that a fact names."""
    if not years:
        return
    day, last = dt.date(min(years), 1, 1), dt.date(max(years), 12, 31)
    while day <= last:
        yield [day, day.year, (day.month + 2) // 3, day.month, day.day]
        day += dt.timedelta(days=1)


# --- files ---------------------------------------------------------------------------------------


def _write(
    folder: Path, star: Star, table: str, header: list[str], rows: Iterable[list[Any]]
) -> None:
    path = folder / f"{table}.csv"
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(header)
        for row in rows:
            writer.writerow([_cell(cell) for cell in row])
            count += 1
        out.flush()
        os.fsync(out.fileno())
    with path.open("rb") as handle:
        star.files[path.name] = (count, hashlib.file_digest(handle, "sha256").hexdigest())


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.date):
        return value.isoformat()
    return guard(value, number=True) if isinstance(value, str) else str(value)


def _write_readme(folder: Path, star: Star) -> None:
    lines = [
        "# Tables of the register",
        "",
        f"Written by `{_MADE_BY}` as of journal entry {star.head}. Rows and SHA-256 of each file "
        f"are in `{_MANIFEST}`.",
        "",
        "- An empty cell is *not recorded*. It is neither zero nor 'none'.",
        "- `area_m2` is the outline of one record, rounded to 0.1 m2. Outlines overlap and land is "
        "released: their sum is **not** land. For land use `landrelease ledger balance --format "
        "csv` or a frozen report.",
        "- A record with several contamination classes stands in the bridge once for each; class "
        "columns are never summed to a total.",
        "- A date is an interval, `_start` to `_end`, both days included; the join uses `_end`.",
        "- `_key` is an id of the register; `_given` is what the source wrote where no record was "
        "found.",
        "- A text that a spreadsheet would run as a formula has an apostrophe in front.",
        "- UTF-8, comma, ISO dates, decimal point. In Power BI: Get data, Text/CSV, 65001 Unicode.",
        "",
        "## Withheld",
        "",
        *(f"- {what}: {number} rows" for what, number in star.withheld.items()),
        "- coordinates, remarks, teams, institutions, lots, personal data: never in these tables",
        "",
        "## Relationships (many to one)",
        "",
        "| table | column | to | key |",
        "|---|---|---|---|",
        *(f"| {j.table} | {j.column} | {j.to} | {j.key} |" for j in star.joins),
        "",
        "Where a table has several dates, let one of them be the active relationship.",
        "",
    ]
    (folder / "README.md").write_text("\n".join(lines), encoding="utf-8")


def _write_manifest(folder: Path, star: Star) -> None:
    manifest = {
        "made_by": _MADE_BY,
        "journal_entry": star.head,
        "files": {
            name: {"rows": rows, "sha256": digest}
            for name, (rows, digest) in sorted(star.files.items())
        },
        "withheld": star.withheld,
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"
    (folder / _MANIFEST).write_text(text, encoding="utf-8")
