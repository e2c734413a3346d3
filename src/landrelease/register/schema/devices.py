"""Explosive ordnance found, and mines in stock, retained or transferred."""

from __future__ import annotations

from .. import codes
from . import shared
from .field import Field, RecordType

ORDNANCE = RecordType(
    "ordnance",
    "ordnance",
    "Explosive ordnance found",
    "EO",
    "point",
    (
        shared.source_id("device_id"),
        shared.date("Day found", "found"),
        shared.ACTIVITY,
        shared.HAZARD,
        Field(
            "ordnance_class",
            "choice",
            "Reporting class",
            choices=codes.CLASSES,
            required=True,
            synonyms=("class", "category", "device_category"),
        ),
        shared.count("quantity", "Number of items", "qty", "number", "count"),
        Field("condition", "choice", "What became of it", choices=codes.ORDNANCE_CONDITIONS),
        shared.DEPTH,
        shared.REMARKS,
    ),
    aliases=("devices", "ordnance_found"),
)

STOCKPILE = RecordType(
    "stockpile",
    "stockpiles",
    "Stockpiled, retained or transferred mines",
    "ST",
    "",
    (
        shared.source_id(),
        shared.date("Day of the count", "counted"),
        Field(
            "purpose", "choice", "Why they are held", choices=codes.STOCK_PURPOSES, required=True
        ),
        Field("device_class", "choice", "Class", choices=codes.CLASSES, required=True),
        Field("designation", "text", "Type designation as reported to the treaty"),
        shared.count("quantity", "Number of items", "qty", "number"),
        Field("lots", "text", "Lot numbers as reported"),
        Field("institution", "text", "Institution that holds them"),
        shared.DOCUMENT,
        shared.REMARKS,
    ),
    aliases=("retained_mines",),
)
