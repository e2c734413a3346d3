"""A file and its mapping as a delivery: what the register takes in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .confined import LIMITS

if TYPE_CHECKING:
    from landrelease.evidence.reading_process import Limits

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
    limits: Limits | None = LIMITS,
) -> Any:
    """Open a file and its mapping as a delivery; nothing is read yet but the head of the file.

    ``limits`` is what reading it may take (:mod:`.confined`); None reads it in this process.
    """
    from landrelease.register import submissions

    from .confined import open_source
    from .mapping import Mapping

    extra_fields = national_fields(record_type.name)
    mapping = None if map_ is None else Mapping.load(map_, record_type, extra_fields=extra_fields)
    opened = open_source(
        file,
        layer=layer or (mapping and mapping.layer) or None,
        crs=crs or (mapping and mapping.crs) or None,
        encoding=encoding,
        limits=limits,
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
        "unmapped": sorted(set(opened.columns) - set(mapping.used_columns())),
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


def open_back(
    file: Path,
    stated: Any = None,
    *,
    layer: str | None = None,
    source: str | None = None,
    namespace: str | None = None,
    limits: Limits | None = LIMITS,
) -> Any:
    """Open a file that was exported for editing as a delivery that is compared three ways.

    Parameters
    ----------
    stated
        The record type, where somebody says it; None for what the list in the file says.
    limits
        As of :func:`open_delivery`.

    Raises
    ------
    ExchangeError
        When it is no such file, holds other records than stated, or records that are not edited.
    """
    from landrelease.register import returned, submissions

    from . import editing
    from .problems import ExchangeError

    edited = editing.open_edited(file, layer=layer, limits=limits)
    record_type = edited.record_type
    if stated is not None:
        if record_type is not None and record_type.name != stated.name:
            raise ExchangeError(f"{file}: holds {record_type.plural}, not {stated.plural}")
        record_type = stated
    if record_type is None:
        raise ExchangeError(
            f"{file}: has lost the list of what was exported; say what the rows are with --as"
        )
    if record_type.name in returned.NOT_EDITED:
        raise ExchangeError(
            f"{record_type.plural} are not edited in files: {returned.NOT_EDITED[record_type.name]}"
        )
    opened = edited.source
    mapping = editing.mapping_of(opened, record_type, national_fields(record_type.name))
    read = editing.columns_read(mapping)
    spoken = set(mapping.columns) | ({returned.PLACE} if opened.crs is not None else set())
    source = source or file.stem
    return submissions.Delivery(
        record_type=record_type,
        path=file,
        source=source,
        namespace=namespace or source,
        layer=opened.layer or "",
        batches=editing.pairs(opened, mapping),
        options={
            "back": True,
            "columns": dict(sorted(mapping.columns.items())),
            "crs": opened.crs,
            "encoding": opened.encoding,
            "format": opened.format,
            "unmapped": sorted(set(opened.columns) - read - {"ref", *returned.MARKS}),
        },
        comparing=returned.comparing(
            spoken=spoken, mapped=read, crs=opened.crs, exported=edited.exported
        ),
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
