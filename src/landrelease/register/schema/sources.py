"""Source documents, and the evidence items that rest on them."""

from __future__ import annotations

from .. import codes
from . import shared
from .field import Field, RecordType

DOCUMENT = RecordType(
    "document",
    "documents",
    "Source document",
    "DOC",
    "",
    (
        shared.source_id(),
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
            "sha256",
            "text",
            "Hash of its own original bytes: of the file, or of its part of it; not recorded of a "
            "mail",
        ),
        Field(
            "container_sha256",
            "text",
            "Hash of the file it came in, where that holds several; not recorded of a mail",
        ),
        Field(
            "locator",
            "text",
            "Where in that file it stands: message id, WARC record id, line, entry id",
        ),
        Field("text_sha256", "text", "Hash of the kept text, to which all offsets refer"),
        Field("authority", "text", "Issuing authority, for a decision or certificate"),
        Field("url", "text", "Address it was published at"),
        Field("retrieved", "date", "Day on which it was retrieved; not that of publication"),
        shared.REMARKS,
    ),
    aliases=("sources",),
)

EVIDENCE = RecordType(
    "evidence",
    "evidence",
    "Evidence item",
    "EV",
    "point",
    (
        shared.source_id("evidence_id"),
        shared.HAZARD,
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
        shared.date("Date of information", "date_of_information", "info_date"),
        Field("reported", "date", "Date of the report"),
        Field("reliability", "choice", "Reliability of the source", choices=codes.RELIABILITY),
        Field("credibility", "choice", "Credibility of the information", choices=codes.CREDIBILITY),
        shared.CLASSES,
        Field("statement", "text", "What it says, in the words of the source"),
        shared.DOCUMENT,
        shared.count("span_start", "First character of the statement in the kept text"),
        shared.count("span_end", "Character after the last"),
        Field("claim", "text", "Id of the claim from which it was accepted"),
        Field(
            "standing",
            "choice",
            "Absent = it stands; withdrawn = two people took it back, or one where nothing "
            "cautious rests on it",
            choices=codes.EVIDENCE_STANDING,
        ),
        Field("restricted", "boolean", "Whether it is for the restricted tier (rule 22)"),
        shared.ORIGIN,
        shared.UNIT,
        shared.REMARKS,
    ),
    aliases=("evidence_items",),
)
