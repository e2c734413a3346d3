"""A file and its mapping as a delivery: what the register takes in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .mapping import Mapping
    from .source import Source


def open_delivery(
    file: Path,
    record_type: Any,
    *,
    map_: Path | None = None,
    source: str | None = None,
    namespace: str | None = None,
    layer: str | None = None,
    crs: str | None = None,
    encoding: str | None = None,
) -> Any:
    """Open a file and its mapping as a delivery; nothing is read yet but the head of the file."""
    from landrelease.register import submissions

    from .mapping import Mapping
    from .read import open_source

    extra_fields = national_fields(record_type.name)
    mapping = None if map_ is None else Mapping.load(map_, record_type, extra_fields=extra_fields)
    opened = open_source(
        file,
        layer=layer or (mapping and mapping.layer) or None,
        crs=crs or (mapping and mapping.crs) or None,
        encoding=encoding,
    )
    if mapping is None:
        mapping = Mapping.guess(
            record_type,
            opened.columns,
            opened.hxl,
            extra_fields=extra_fields,
            crs=crs,
            aliases=opened.aliases,
        )
    mapping.bind(opened.columns, opened.hxl)
    source = source or file.stem
    options = {
        "columns": dict(sorted(mapping.columns.items())),
        "crs": crs or opened.crs,
        "encoding": opened.encoding,
        "format": opened.format,
        "unmapped": sorted(set(opened.columns) - set(mapping._used_columns())),
    }
    return submissions.Delivery(
        record_type=record_type,
        path=file,
        source=source,
        namespace=namespace or mapping.namespace or source,
        layer=opened.layer or "",
        batches=_pairs(opened, mapping),
        options=options,
    )


def _pairs(source: Source, mapping: Mapping) -> Iterator[tuple[Any, Any]]:
    """Raw and typed rows; what there is to say about the file stands with the first."""
    about_the_file = [*source.problems, *mapping.problems]
    for raw, typed in mapping.pairs(source):
        typed.problems = [*about_the_file, *typed.problems]
        about_the_file = []
        yield raw, typed


def national_fields(record_type: str) -> list[Any]:
    """Fields that the national profile adds to a record type."""
    from landrelease.register import profile
    from landrelease.register.schema import Field

    return [
        Field(
            name,
            field.kind,
            field.label or name,
            choices={code: code for code in field.choices} or None,
            required=field.required,
        )
        for name, field in profile.current().extra_fields.get(record_type, {}).items()
    ]
