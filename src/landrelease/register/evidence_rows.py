"""What reports say as flat rows: claims, stories, conflicts, the timeline, positions of states.

Here is decided which rows a reader of a tier gets (rule 22): claims of documents beyond the tier
and claims that are restricted are withheld and counted. In which words they get them is asked of
:mod:`.shown_evidence`, as pages and the API do (rule 24). Offsets are those of the kept text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from landrelease import evidence
from landrelease.evidence.lexicons import word_set

from . import canonical, corroborations, document_tier, documents, shown_evidence
from .evidence_access import Reading
from .shown_names import TIERS

Row = dict[str, Any]


@dataclass
class Reader:
    """Who reads, and what was kept from them.

    Attributes
    ----------
    tier
        One of `shown_names.TIERS`.
    base_url
        In front of permalinks; empty for relative ones.
    withheld
        Rows that were left out for the tier, by reason.
    """

    tier: str = "partner"
    base_url: str = ""
    withheld: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.tier not in TIERS:
            raise ValueError(f"no tier is called {self.tier!r}; there are: {', '.join(TIERS)}")

    def withhold(self, reason: str) -> None:
        """Count a row that is left out."""
        self.withheld[reason] = self.withheld.get(reason, 0) + 1

    @cached_property
    def reading(self) -> Reading:
        """What the tier may read, as pages and the API ask it."""
        return Reading(self.tier, frozenset(document_tier.beyond(self.tier)))

    @cached_property
    def records(self) -> dict[str, Any]:
        """Records of documents by the path that claims name them by."""
        return {path: record for record, path in documents.named()}

    @cached_property
    def claims(self) -> dict[tuple[str, str], dict[str, Any]]:
        """The register's own claims by document and id."""
        return {(claim["document"], claim["claim"]): claim for claim in documents.claims()}

    @cached_property
    def _paths(self) -> dict[str, str]:
        return {}

    def words(self, document: str, text: str) -> str:
        """Words of a document as the tier may read them, white space made single."""
        return _single(self.reading.words(self.records.get(document), str(text)))

    def path(self, document: str) -> str:
        """The path of a document, or its reference where the path names a private person."""
        if document not in self._paths:
            record = self.records.get(document)
            self._paths[document] = shown_evidence.path(self.reading, record, document)
        return self._paths[document]

    def kept_from(self, document: str) -> str | None:
        """Why a document is withheld; None when it is not."""
        if self.tier == "restricted":
            return None
        record = self.records.get(document)
        if record is None:
            # Its tier is not known. Another file of that name came in since claims were extracted.
            return "document not on record by that path; extract claims anew"
        return "document beyond the tier" if record.uid in self.reading.beyond else None

    def may_see(self, claim: Mapping[str, Any]) -> str | None:
        """Why a claim is withheld; None when it is not."""
        why = self.kept_from(claim["document"])
        if why is None and claim.get("restricted") and self.tier != "restricted":
            return "claim restricted"
        return why

    def body(self, claim: Mapping[str, Any]) -> dict[str, Any]:
        """A claim in the words that the tier may read."""
        told = shown_evidence.body(self.reading, self.records.get(claim["document"]), claim)
        same = self.claims.get((claim["document"], str(claim.get("same_utterance_as"))))
        if same is not None and self.may_see(same) is None:
            told["same_utterance_as"] = claim["same_utterance_as"]
        return told

    def link(self, document: str, claim: str = "") -> str | None:
        """Permalink of a document, or of a claim in it."""
        record = self.records.get(document)
        if record is None:
            return None
        return f"{self.base_url.rstrip('/')}/documents/{record.id}/" + (
            f"#{claim}" if claim else ""
        )

    def where(self, document: str) -> Row:
        """The columns that name a document."""
        record = self.records.get(document)
        return {
            "document": self.path(document),
            "document_ref": record and record.ref,
            "document_sha256": record and record.sha256,
        }

    def speaker(self, claim: Mapping[str, Any]) -> Row:
        """The columns that name a source."""
        record = self.records.get(claim["document"])
        found = shown_evidence.speaker(self.reading, record, claim["source"])
        return {
            "source": found.name if found.private else _single(found.name),
            "source_private": found.private,
            "source_role": found.role and _single(found.role),
            "source_organisation": found.organisation and _single(found.organisation),
        }


def _single(text: str) -> str:
    return " ".join(text.split())


# --- Claims ---------------------------------------------------------------------------------------

_KNOWN_SLOTS = word_set(
    "form continued quotations devices states parties quantities money speaks_of places time_basis"
)


def claim_rows(reader: Reader, *, outside: bool = False) -> Iterator[Row]:
    """One row a claim, in the order of documents and their text.

    Parameters
    ----------
    reader
        Who reads.
    outside
        Claims of an outside model as well.

    Yields
    ------
    dict
        The columns of `landrelease.exchange.evidence_export.COLUMNS`; lists stay lists.
        ``places_found`` holds the slot ``places`` as it is.
    """
    listed = documents.claims(outside=outside) if outside else list(reader.claims.values())
    visible = []
    for claim in listed:
        why = reader.may_see(claim)
        if why is None:
            visible.append(claim)
        else:
            reader.withhold(why)
    for first in range(0, len(visible), 1_000):
        some = visible[first : first + 1_000]
        of = {claim["id"]: reader.records.get(claim["document"]) for claim in some}
        states = shown_evidence.decisions(reader.reading, of)
        for claim in some:
            yield _claim_row(reader, claim, states[claim["id"]])


def _claim_row(reader: Reader, claim: Mapping[str, Any], state: Any) -> Row:
    document, told = claim["document"], reader.body(claim)
    record, slots = reader.records.get(document), told["slots"]
    spans: Row = {}
    for part in ("source", "cue", "content"):
        spans[f"{part}_text"] = _single(told[part]["text"])
        spans[f"{part}_start"], spans[f"{part}_end"] = told[part]["start"], told[part]["end"]
    quantities, money = slots.get("quantities", []), slots.get("money", [])
    spoken_of, parties = slots.get("speaks_of", []), slots.get("parties", [])
    places = slots.get("places", [])
    others = {name: value for name, value in slots.items() if name not in _KNOWN_SLOTS}
    return {
        "id": told["id"],
        "claim": told["claim"],
        "permalink": reader.link(document, told["claim"]),
        **reader.where(document),
        "text_sha256": record and record.text_sha256,
        "story": told["story"] or None,
        "extractor": told.get("extractor"),
        "same_utterance_as": told.get("same_utterance_as"),
        "kind": told["kind"],
        "modality": told["modality"],
        "stance": told["stance"],
        "nested": told["nested"],
        **reader.speaker(claim),
        **spans,
        "part_starts": [part["start"] for part in told["parts"]],
        "part_ends": [part["end"] for part in told["parts"]],
        "time": told["time"]["value"],
        "time_precision": told["time"]["precision"],
        "time_basis": slots.get("time_basis"),
        "form": slots.get("form"),
        "continued": bool(slots.get("continued")),
        "quotations": [_single(one["text"]) for one in slots.get("quotations", [])],
        "devices": slots.get("devices", []),
        "states": slots.get("states", []),
        "parties": [_single(one["text"]) for one in parties],
        "party_roles": [one["role"] for one in parties],
        "party_states": [one.get("code") for one in parties],
        "quantities": [one["text"] for one in quantities],
        "quantity_kinds": [one["quantity"] for one in quantities],
        "quantity_units": [one["unit"] for one in quantities],
        "quantity_lower": [one["lower"] for one in quantities],
        "quantity_upper": [one["upper"] for one in quantities],
        "money": [one["text"] for one in money],
        "money_currencies": [one.get("currency") for one in money],
        "money_lower": [one.get("lower") for one in money],
        "money_upper": [one.get("upper") for one in money],
        "speaks_of": [one["text"] for one in spoken_of],
        "speaks_of_values": [one.get("value") for one in spoken_of],
        "places": [one.get("name") or one["text"] for one in places],
        "place_ids": [one.get("id") for one in places],
        "place_latitudes": [one.get("latitude") for one in places],
        "place_longitudes": [one.get("longitude") for one in places],
        "other_slots": _single(canonical.dumps(others).decode()) if others else None,
        "restricted": bool(told.get("restricted")),
        "decision": state.state,
        "decision_evidence": state.evidence_ref,
        "decision_hazard": state.hazard_ref,
        "places_found": places,
    }


# --- Stories, conflicts, timeline -----------------------------------------------------------------


def story_rows(reader: Reader) -> Iterator[Row]:
    """One row a document in its story."""
    for story in documents.stories():
        readable = {}
        for member in story["documents"]:
            why = reader.kept_from(member["path"])
            if why is None:
                readable[member["path"]] = reader.records.get(member["path"])
            else:
                reader.withhold(why)
        told = shown_evidence.story(reader.reading, readable, story)
        for member in told["documents"]:
            yield {
                "story": story["story"],
                "counted_as": story.get("counted_as") or story["story"],
                "origin": told["origin"]["name"],
                "origin_kind": told["origin"]["kind"],
                "documents": len(story["documents"]),
                "relation": member["relation"],
                "published": member["published"],
                "publisher": member["publisher"],
                **reader.where(member["path"]),
                "permalink": reader.link(member["path"]),
            }


def conflict_rows(reader: Reader) -> Iterator[Row]:
    """One row a comparison of claims, or a check of what is said of a state's treaty status."""
    for found in corroborations.comparisons():
        sides = [reader.claims.get((c.document, c.claim)) or c.to_json() for c in
                 (found.one, found.other)]  # fmt: skip
        why = next((why for side in sides if (why := reader.may_see(side)) is not None), None)
        if why is not None:
            reader.withhold(why)
            continue
        between = [reader.records.get(c.document) for c in (found.one, found.other)]
        row: Row = {
            "about": "claims",
            "verdict": found.verdict,
            "slot": shown_evidence.between(reader.reading, between, found.slot),
            "independence": _single(
                shown_evidence.between(reader.reading, between, found.independence)
            ),
        }
        for name, side, value in zip(("one", "other"), sides, found.values, strict=True):
            row |= {f"{name}_{column}": cell for column, cell in _side(reader, side, value).items()}
        yield row
    for checked in corroborations.treaty_checks():
        why = reader.kept_from(checked["document"])
        if why is not None:
            reader.withhold(why)
            continue
        yield _treaty_row(reader, checked)


def _side(reader: Reader, claim: Mapping[str, Any], value: str) -> Row:
    document, content = claim["document"], claim["content"]
    return {
        "claim": claim["claim"],
        "permalink": reader.link(document, claim["claim"]),
        **reader.where(document),
        "source": reader.speaker(claim)["source"],
        "modality": claim["modality"],
        "time": claim["time"]["value"],
        "time_precision": claim["time"]["precision"],
        "value": reader.words(document, value),
        "content": reader.words(document, content["text"]),
        "start": content["start"],
        "end": content["end"],
    }


def _treaty_row(reader: Reader, checked: Mapping[str, Any]) -> Row:
    document, check = checked["document"], checked["check"]
    claim = reader.claims.get((document, str(checked.get("claim"))))
    visible = claim if claim is not None and reader.may_see(claim) is None else None
    return {
        "about": "treaty",
        "verdict": check["verdict"] if check else "unknown",
        "slot": "treaty status",
        "state": checked["state"],
        "treaty": checked["treaty"],
        "stated": checked["stated"],
        "since": checked["since"],
        "on": checked["on"],
        "on_basis": checked["on_basis"],
        "one_claim": visible and visible["claim"],
        "one_permalink": reader.link(document, visible["claim"] if visible else ""),
        **{f"one_{name}": cell for name, cell in reader.where(document).items()},
        "one_source": reader.speaker(visible)["source"] if visible else None,
        "one_content": reader.words(document, checked["text"]),
        "one_start": checked["start"],
        "one_end": checked["end"],
        "other_source": "treaty status register",
        "other_content": check["explanation"] if check else checked["reason"],
    }


def timeline_rows(reader: Reader) -> Iterator[Row]:
    """One row for claims of one content, at the time they were made; the earliest first."""
    for entry in corroborations.timeline():
        listed = entry.gathering.claims
        seen = _visible(reader, listed)
        if not seen:
            reader.withhold("claims restricted, or documents beyond the tier")
            continue
        body, first = entry.to_json(), seen[0]
        yield {
            "time": entry.value,
            "time_precision": entry.precision,
            "time_basis": entry.basis,
            **reader.speaker(first),
            "kind": first["kind"],
            "modality": first["modality"],
            "stance": first["stance"],
            "states": body["states"],
            "content": reader.words(first["document"], first["content"]["text"]),
            "content_start": first["content"]["start"],
            "content_end": first["content"]["end"],
            "strength": entry.gathering.strength,
            "standing": entry.gathering.standing,
            "at_most": len(entry.gathering.origins),
            "gathering": entry.gathering.gathering,
            "claims": [claim["claim"] for claim in seen],
            "documents": sorted({reader.path(claim["document"]) for claim in seen}),
            "claims_withheld": len(listed) - len(seen),
            **reader.where(first["document"]),
            "permalink": reader.link(first["document"], first["claim"]),
        }


def _visible(reader: Reader, claims: Sequence[evidence.Claim]) -> list[dict[str, Any]]:
    known = [reader.claims.get((c.document, c.claim)) or c.to_json() for c in claims]
    return [claim for claim in known if reader.may_see(claim) is None]
