"""What the kept reports say together: origins, conflicts, timeline, claims on treaty status.

Derived like stories and claims themselves: read from what was last computed, never stored, and no
figure rests on it. Here what reports say about treaties meets the register of treaty status; the
two packages do not know each other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from landrelease import evidence, treaty

from . import documents
from .models import Submission


def _claims() -> list[evidence.Claim]:
    return [evidence.Claim.from_json(body) for body in documents.claims()]


def read_stories() -> list[evidence.Story]:
    """Stories as last computed."""
    return [story_of(body) for body in documents.stories()]


def story_of(body: Mapping[str, Any]) -> evidence.Story:
    """A story from its JSON shape; the hashes of its texts are not in it."""
    return evidence.Story(
        body["story"],
        evidence.Origin(body["origin"]["name"], body["origin"]["kind"]),
        tuple(
            evidence.Member(
                member["path"], "", member["published"], member["publisher"], member["relation"]
            )
            for member in body["documents"]
        ),
        body.get("counted_as", ""),  # stories of before this was told
    )


def gatherings() -> list[evidence.Gathering]:
    """Claims that say the same, with their possible origins, those with most origins first."""
    return evidence.gather(_claims(), read_stories())


def comparisons() -> list[evidence.Comparison]:
    """Contradictions, revisions and agreements between claims, in this order."""
    return evidence.compare(_claims(), read_stories())


def timeline() -> list[evidence.Entry]:
    """What was said when, the earliest first."""
    stories = read_stories()
    return evidence.timeline(evidence.gather(_claims(), stories), stories)


def chains() -> dict[str, list[dict[str, Any]]]:
    """Where each report says that it has its matter from, by its path."""
    return {
        document.path: [link.to_json() for link in evidence.chain(document)]
        for _, document in documents.load()
    }


def treaty_checks(loaded: Sequence[Any] | None = None) -> list[dict[str, Any]]:
    """What the kept reports say about treaty status, each checked against the register of it.

    Parameters
    ----------
    loaded : sequence of (record, evidence.Document), optional
        The kept reports, where the caller has read them already.

    Returns
    -------
    list of dict
        See `check`. A report of unknown day is taken at the day on which it was received, the
        latest that it can speak of.
    """
    loaded = documents.load() if loaded is None else loaded
    received = dict(
        Submission.objects.filter(
            id__in=[record.submission_id for record, _ in loaded]
        ).values_list("id", "received_at")
    )
    days = {
        document.path: dt.date.fromisoformat(received[record.submission_id][:10])
        for record, document in loaded
    }
    texts = [document for _, document in loaded]
    return check(evidence.treaty_claims(texts, read_stories(), _claims()), days)


def check(
    found: Sequence[evidence.TreatyClaim], received: Mapping[str, dt.date]
) -> list[dict[str, Any]]:
    """Check claims on treaty status.

    Parameters
    ----------
    found : sequence of TreatyClaim
    received : mapping of str to datetime.date
        By path: the day that stands in for that of an undated report.

    Returns
    -------
    list of dict
        Keys of `evidence.TreatyClaim`; ``on_basis`` ('report' or 'received'); ``check``, what
        `treaty.check_claim` says, or null with the ``reason``.
    """
    checked = []
    for claim in found:
        day = claim.on or received[claim.document]
        body: dict[str, Any] = claim.to_json() | {
            "on": day.isoformat(),
            "on_basis": "report" if claim.on else "received",
            "check": None,
            "reason": None,
        }
        try:
            body["check"] = treaty.check_claim(
                claim.state, claim.treaty, claim.stated, day, claim.since
            ).to_json()
        except treaty.TreatyError as error:
            body["reason"] = str(error)
        checked.append(body)
    return checked
