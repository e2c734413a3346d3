"""The form that QGIS and QField show for a layer: choices by name, aliases, read-only marks.

QGIS reads it from the table ``layer_styles`` of a GeoPackage (the style marked as default). It
holds the part of the QML format that is about forms: ``fieldConfiguration`` with a ``ValueMap`` for
each coded field, ``aliases``, ``editable``. How the areas are drawn is left to QGIS.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any
from xml.etree import ElementTree as ET  # nosec B405 # only written with, nothing is parsed

import numpy as np

from landrelease.register.schema import Field, RecordType

#: What a form says of an empty choice.
NOT_RECORDED = "(not recorded)"


def style(
    record_type: RecordType,
    layer: str,
    national: Sequence[Field] = (),
    *,
    read_only: Iterable[str] = (),
) -> dict[str, Any]:
    """One row of ``layer_styles``.

    Parameters
    ----------
    record_type, national
        Whose fields the form has.
    layer
        Name of the layer.
    read_only
        Columns that are shown and not edited.
    """
    return {
        "f_table_catalog": "",
        "f_table_schema": "",
        "f_table_name": layer,
        "f_geometry_column": "geom",
        "styleName": f"landrelease {record_type.plural}",
        "styleQML": qml(record_type, national, read_only=read_only),
        "styleSLD": "",
        "useAsDefault": True,
        "description": "Form for editing; choices are stored as stable codes",
        "owner": "",
        "ui": "",
        "update_time": np.datetime64(dt.datetime.now(dt.UTC).replace(tzinfo=None), "ms"),
    }


def qml(
    record_type: RecordType, national: Sequence[Field] = (), *, read_only: Iterable[str] = ()
) -> str:
    """The form as QML."""
    root = ET.Element("qgis", version="3.28.0", styleCategories="Fields|Forms")
    configuration = ET.SubElement(root, "fieldConfiguration")
    aliases = ET.SubElement(root, "aliases")
    editable = ET.SubElement(root, "editable")
    for field in (*record_type.fields, *national):
        if field.personal:
            continue
        for name in _columns(field):
            _widget(ET.SubElement(configuration, "field", name=name), field)
            end = name.removeprefix(f"{field.name}_") if name != field.name else ""
            ET.SubElement(aliases, "alias", field=name, name=_alias(field, end))
    for name in read_only:
        element = ET.SubElement(configuration, "field", name=name)
        _options(element, "TextEdit", {})
        ET.SubElement(editable, "field", name=name, editable="0")
    head = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
    return head + ET.tostring(root, encoding="unicode")


def _columns(field: Field) -> list[str]:
    return [f"{field.name}_start", f"{field.name}_end"] if field.kind == "date" else [field.name]


def _alias(field: Field, end: str) -> str:
    words = field.name.replace("_", " ")
    return f"{words}, {'first' if end == 'start' else 'last'} day" if end else words


def _widget(element: ET.Element, field: Field) -> None:
    if field.kind == "choice" and field.choices:
        config = ET.SubElement(ET.SubElement(element, "editWidget", type="ValueMap"), "config")
        outer = ET.SubElement(config, "Option", type="Map")
        entries = ET.SubElement(outer, "Option", type="List", name="map")
        # What QGIS calls an empty value here; the field is then empty (NULL).
        missing = "{2839923C-8B7D-419E-B84B-CA2FE9B80EC7}"
        for code, label in [(missing, NOT_RECORDED), *field.choices.items()]:
            entry = ET.SubElement(entries, "Option", type="Map")
            ET.SubElement(entry, "Option", type="QString", name=label, value=code)
    elif field.kind == "boolean":
        _options(element, "CheckBox", {})
    elif field.kind == "text" and field.name == "remarks":
        _options(element, "TextEdit", {"IsMultiline": ("bool", "true")})
    else:
        _options(element, "TextEdit", {})


def _options(element: ET.Element, widget: str, options: dict[str, tuple[str, str]]) -> None:
    config = ET.SubElement(ET.SubElement(element, "editWidget", type=widget), "config")
    outer = ET.SubElement(config, "Option", type="Map")
    for name, (kind, value) in options.items():
        ET.SubElement(outer, "Option", type=kind, name=name, value=value)
