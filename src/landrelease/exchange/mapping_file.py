"""A mapping as a YAML file: what it may say, and what is wrong with one that says something else.

The keys are described at the head of :mod:`.mapping`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from landrelease.register import yaml_files
from landrelease.register.schema import RecordType
from landrelease.register.schema import record_type as find_record_type

from . import coordinates
from .cells import Parts
from .coordinates import Place
from .problems import ExchangeError

KEYS = (
    "as", "guess", "columns", "constants", "values", "dates", "numbers", "units", "geometry",
    "where", "crs", "layer", "namespace",
)  # fmt: skip


def read(path: Path, record_type: RecordType | str | None = None) -> dict[str, Any]:
    """Read a mapping file.

    Parameters
    ----------
    record_type
        What the rows are, where the file does not say it.

    Returns
    -------
    dict
        What :class:`.mapping.Mapping` takes, by name of the parameter.

    Raises
    ------
    ExchangeError
        When the file is not YAML, or names a key or a kind of place that is not known.
    """
    try:
        given = yaml_files.load(path.read_bytes()) or {}
    except yaml_files.YamlError as error:
        raise ExchangeError(f"not readable as YAML ({error})") from error
    if not isinstance(given, dict):
        raise ExchangeError("a mapping file has keys such as columns: and values:")
    unknown = [str(name) for name in given if name not in KEYS]
    if unknown:
        raise ExchangeError(f"unknown key {', '.join(unknown)}; there are: {', '.join(KEYS)}")
    chosen = _record_type(given.get("as"), record_type)
    dates = _section(given, "dates", ("order",))
    order = dates.get("order")
    if order not in (None, "dmy", "mdy", "ymd"):
        raise ExchangeError(f"dates: order {order!r} is dmy, mdy or ymd")
    decimal = _section(given, "numbers", ("decimal",)).get("decimal")
    if decimal not in (None, ",", "."):
        raise ExchangeError(f"numbers: decimal {decimal!r} is ',' or '.'")
    crs = given.get("crs")
    where = {
        str(name): wanted if isinstance(wanted, list) else [wanted]
        for name, wanted in _section(given, "where").items()
    }
    return {
        "record_type": chosen,
        "columns": _columns(_section(given, "columns")),
        "constants": _section(given, "constants"),
        "translations": {
            str(name): _section({"values": words}, "values")
            for name, words in _section(given, "values").items()
        },
        "date_order": order,
        "decimal": decimal,
        "units": {str(k): str(v) for k, v in _section(given, "units").items()},
        "place": _place(_section(given, "geometry"), crs),
        "where": where,
        "crs": None if crs is None else str(crs),
        "layer": None if given.get("layer") is None else str(given["layer"]),
        "namespace": None if given.get("namespace") is None else str(given["namespace"]),
        "guess_rest": bool(given.get("guess", False)),
    }


def _record_type(stated: Any, record_type: RecordType | str | None) -> RecordType:
    try:
        kind = None if stated is None else find_record_type(str(stated))
    except KeyError as error:
        raise ExchangeError(f"as: {error.args[0]}") from error
    if isinstance(record_type, str):
        record_type = find_record_type(record_type)
    if kind is not None and record_type is not None and kind.name != record_type.name:
        raise ExchangeError(f"is for {kind.plural}, not for {record_type.plural}")
    chosen = record_type or kind
    if chosen is None:
        raise ExchangeError("does not say what the rows are; add as: hazards (or another)")
    return chosen


def _section(given: dict[str, Any], name: str, keys: tuple[str, ...] = ()) -> dict[str, Any]:
    section = given.get(name)
    if section is None:
        return {}
    if not isinstance(section, dict):
        raise ExchangeError(f"{name}: is a list of key: value, not {section!r}")
    if keys:
        for key in section:
            if key not in keys:
                raise ExchangeError(f"{name}: unknown key {key!r}; there are: {', '.join(keys)}")
    return section


def _columns(section: dict[str, Any]) -> dict[str, str | Parts]:
    columns: dict[str, str | Parts] = {}
    for name, column in section.items():
        if isinstance(column, dict):
            roles = set(column)
            if roles != {"start", "end"} and not (
                "year" in roles and roles <= {"year", "month", "day"}
            ):
                raise ExchangeError(
                    f"columns: {name}: several columns are {{start, end}} or {{year, month, day}}"
                )
            columns[str(name)] = {str(role): str(c) for role, c in column.items()}
        else:
            columns[str(name)] = str(column)
    return columns


def _place(section: dict[str, Any], crs: Any) -> Place | None:
    if not section:
        return None
    kind = section.get("kind")
    if kind not in coordinates.KINDS:
        raise ExchangeError(
            f"geometry: kind {kind!r} is not known; there are: {', '.join(coordinates.KINDS)}"
        )
    needed, optional, option_names = coordinates.KINDS[kind]
    columns, options = {}, {}
    for role, given in section.items():
        if role == "kind":
            continue
        # "zone: 33N" is a constant; "zone: {column: Zone}" a column.
        if role in needed or (role in optional and role not in option_names):
            columns[role] = str(given)
        elif role in optional and isinstance(given, dict) and set(given) == {"column"}:
            columns[role] = str(given["column"])
        elif role in option_names:
            options[role] = given
        else:
            raise ExchangeError(
                f"geometry: {kind} has no {role!r}; there are: "
                + ", ".join(dict.fromkeys((*needed, *optional, *option_names)))
            )
    if crs is not None and "crs" in option_names:
        options.setdefault("crs", str(crs))
    return Place(kind, columns, options)
