"""Timeline: what was said when, one line for claims of one content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from landrelease.evidence.corroboration import Gathering
from landrelease.evidence.origins import speaker_of
from landrelease.evidence.stories import Story


@dataclass(frozen=True)
class Entry:
    """Claims of one content at the time they were made.

    Attributes
    ----------
    value : str or None
        ISO 8601 at its precision; None when neither the statement nor a document is dated.
    precision : str or None
        'day', 'month' or 'year'.
    basis : str
        'said' (the text tells when), 'published' (no later than this: the first known
        publication) or 'unknown'.
    gathering : Gathering
        What was said and what stands behind it.
    """

    value: str | None
    precision: str | None
    basis: str
    gathering: Gathering

    def to_json(self) -> dict[str, Any]:
        """Give plain values for JSON."""
        first = self.gathering.claims[0]
        return {
            "time": self.value,
            "precision": self.precision,
            "basis": self.basis,
            "source": speaker_of(first),
            "organisation": first.source.get("organisation"),
            "kind": first.kind,
            "modality": first.modality,
            "stance": first.stance,
            "states": sorted({s for c in self.gathering.claims for s in c.slots.get("states", ())}),
            "strength": self.gathering.strength,
            **{
                key: value
                for key, value in self.gathering.to_json().items()
                if key
                in (
                    "gathering",
                    "claims",
                    "documents",
                    "content",
                    "at_most",
                    "standing",
                    "restricted",
                )
            },
        }


def timeline(gatherings: Sequence[Gathering], stories: Sequence[Story]) -> list[Entry]:
    """Order what was said by time.

    Parameters
    ----------
    gatherings : sequence of Gathering
        As `corroboration.gather` gives them.
    stories : sequence of Story
        Their documents' days of publication.

    Returns
    -------
    list of Entry
        The earliest first, a coarse time before the finer ones within it, unknown last.
    """
    published = {m.path: m.published for story in stories for m in story.documents if m.published}
    entries = [_entry(gathering, published) for gathering in gatherings]
    return sorted(entries, key=lambda e: (e.value or "9999-99", e.gathering.gathering))


def _entry(gathering: Gathering, published: Mapping[str, str]) -> Entry:
    said = [claim.time for claim in gathering.claims if claim.time["value"]]
    if said:
        finest = max(said, key=lambda time: (len(str(time["value"])), _reversed(time["value"])))
        return Entry(finest["value"], finest["precision"], "said", gathering)
    days = sorted(
        published[claim.document] for claim in gathering.claims if claim.document in published
    )
    if days:
        precision = {4: "year", 7: "month"}.get(len(days[0]), "day")
        return Entry(days[0], precision, "published", gathering)
    return Entry(None, None, "unknown", gathering)


def _reversed(value: str | None) -> tuple[int, ...]:
    """Sorts the earlier one higher among values of one length."""
    return tuple(-ord(letter) for letter in value or "")
