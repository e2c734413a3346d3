"""What an outside model said of the kept reports: asked piece by piece, verified, kept aside.

Answers are *derived* and stand beside the database, a file for each kept text::

    DIR/derived/model-claims/<text_sha256>.json

A file holds, by extractor, the hash of every question and of every response, what was refused and
why, and the claims that hold. Computing the register's own claims anew leaves it alone. The words
of the questions stand in no file: the kept text and the version of the prompt give them again.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from landrelease.evidence import Claim, outside
from landrelease.evidence import Document as Text

from . import canonical, clock, document_tier, documents, outside_model, seal, workspace
from .errors import RegisterError
from .models import RECORDS
from .models import Claim as ClaimRow
from .outside_model import Client, Request, Settings
from .progress import Progress
from .schema import RECORD_TYPES

FORMAT = 1
_LOG = logging.getLogger(__name__)


@dataclass
class Asked:
    """What became of one document.

    Attributes
    ----------
    ref, path
        Of the document.
    state
        ``asked``, ``known`` (every piece had been answered), ``refused`` (nothing was sent),
        ``incomplete`` (an answer could not be read), or ``dry_run``.
    message
        Why it was refused or is incomplete.
    pieces, answered
        How many there are, and how many have a readable answer.
    claims, refused
        Claims that hold, and those that do not by reason.
    masked
        Places at which something private is hidden in what is sent.
    requests
        In a dry run what would be sent, byte for byte.
    """

    ref: str
    path: str
    state: str
    message: str = ""
    pieces: int = 0
    answered: int = 0
    claims: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    masked: int = 0
    requests: list[Request] = field(default_factory=list)


def configured() -> Settings:
    """The settings of the workspace.

    Raises
    ------
    RegisterError
        When no outside model is configured.
    """
    found = outside_model.settings()
    if found is None:
        raise RegisterError(
            "no outside model is configured, and nothing is sent anywhere; to use one, add "
            f"[evidence.model] with url and model to {workspace.SETTINGS_FILE} "
            "(docs/how-to/outside-model.md)"
        )
    return found


def ask(
    references: Sequence[str] = (),
    *,
    dry_run: bool = False,
    progress: Progress = lambda stage, done, total: None,
    connect: Callable[[Settings], Client] = Client,
) -> list[Asked]:
    """Ask the outside model about kept reports, and keep what of its answers holds.

    Parameters
    ----------
    references
        ``DOC-2``, ...; all reports without any.
    dry_run
        Only say what would be sent; no connection is opened.
    progress
        Told of every document.
    connect
        Makes the client.

    Returns
    -------
    list of Asked
        One a document. A piece that was answered before by the same model to the same question is
        not asked about again.

    Raises
    ------
    RegisterError
        No model is configured, a document is unknown, or the model cannot be reached; what was
        answered before that is kept.
    """
    settings = configured()
    wanted = {document_tier.find(reference).uid for reference in references}
    loaded = [(r, text) for r, text in documents.load() if not wanted or r.uid in wanted]
    private = _sealed_words()
    results = []
    for number, (record, text) in enumerate(loaded):
        progress("asking the model", number, len(loaded))
        why = _why_not(record, text, settings, private)
        if why is not None:
            _LOG.warning("%s was not sent to the model: %s", record.ref, why)
            results.append(Asked(record.ref, text.path, "refused", why))
        elif dry_run:
            results.append(_preview(record.ref, text, settings))
        else:
            results.append(_ask_about(record.ref, text, settings, connect))
    progress("asking the model", len(loaded), len(loaded))
    return results


# --- What is never sent ---------------------------------------------------------------------------


def _why_not(record: Any, text: Text, settings: Settings, private: Sequence[str]) -> str | None:
    """Rule 24; looked at before a connection is opened, again for every document."""
    tier = document_tier.of(record)
    if tier == "restricted":
        return "it is restricted, and restricted text never goes to an outside model"
    bodies = ClaimRow.objects.filter(document_uid=record.uid).values_list("body", flat=True)
    if any(canonical.loads(body).get("restricted") for body in bodies):
        return "it makes a claim that is restricted by what it says (rule 22)"
    if not document_tier.holds(settings.tier, tier):
        return (
            f"it is for the tier {tier}, and [evidence.model] tier is {settings.tier}; mark it "
            f"with 'landrelease evidence tier {record.ref} public', or set tier = \"{tier}\""
        )
    plain = _plain(text.text)
    if any(f" {words} " in plain for words in private):
        return (
            "it holds personal data of somebody in the sealed store; personal data never go to an "
            "outside model"
        )
    return None


def _sealed_words() -> list[str]:
    """Names, addresses and contacts in the sealed store, to be looked for and never shown."""
    found = set()
    for name, record_type in RECORD_TYPES.items():
        if not record_type.personal_fields:
            continue
        sealed = RECORDS[name].objects.filter(sealed__isnull=False)
        for key, token in sealed.values_list("person_key", "sealed").iterator():
            values = seal.open_sealed(key, token) or {}
            found |= {_plain(str(value)).strip() for value in values.values() if value}
    # A single word ("Ana", "female") is in every other text.
    return sorted(words for words in found if " " in words or _long_number(words))


def _long_number(words: str) -> bool:
    return sum(map(str.isdigit, words)) >= 7


def _plain(words: str) -> str:
    return " ".join(["", *re.findall(r"[^\W_]+", words.casefold()), ""])


# --- Asking ---------------------------------------------------------------------------------------


def _questions(text: Text, settings: Settings) -> tuple[list[tuple[outside.Piece, Request]], int]:
    sent, hidden = outside.masked(text)
    cut = outside.pieces(sent, settings.max_characters)
    return [(p, outside_model.request(settings, outside.messages(p))) for p in cut], hidden


def _preview(ref: str, text: Text, settings: Settings) -> Asked:
    questions, hidden = _questions(text, settings)
    known = _answered(_read(text.text_sha256), settings)
    ahead = [request for _, request in questions if request.sha256 not in known]
    return Asked(
        ref, text.path, "dry_run", pieces=len(questions), answered=len(questions) - len(ahead),
        masked=hidden, requests=ahead,
    )  # fmt: skip


def _ask_about(
    ref: str, text: Text, settings: Settings, connect: Callable[[Settings], Client]
) -> Asked:
    questions, hidden = _questions(text, settings)
    body = _read(text.text_sha256)
    known = _answered(body, settings)
    missing = [(p, request) for p, request in questions if request.sha256 not in known]
    messages = []
    if missing:
        with connect(settings) as client:
            for piece, request in missing:
                try:
                    answer = client.ask(request)
                    entry = _entry(piece, request, answer.sha256, answer.attempts)
                    held = outside.verify(text, piece, answer.text, extractor=settings.extractor)
                    entry |= {
                        "claims": [claim.to_json() for claim in held.claims],
                        "refused": dict(held.refused),
                        "unasked": held.unasked,
                    }
                except outside_model.UnreadableAnswer as error:
                    entry = _entry(piece, request, error.sha256, None, str(error))
                except outside.AnswerError as error:
                    entry |= {"error": str(error)}
                if "error" in entry:
                    messages.append(f"characters {piece.start}-{piece.end}: {entry['error']}")
                    _LOG.warning("%s, %s", ref, messages[-1])
                _keep(body, text.text_sha256, settings, [r.sha256 for _, r in questions], entry)
    else:
        _keep(body, text.text_sha256, settings, [r.sha256 for _, r in questions], None)
    answered = list(_answered(body, settings).values())
    refused: Counter[str] = Counter()
    for entry in answered:
        refused.update(entry["refused"])
    return Asked(
        ref,
        text.path,
        "incomplete" if messages else "asked" if missing else "known",
        "; ".join(messages),
        len(questions),
        len(answered),
        len({claim["claim"] for entry in answered for claim in entry["claims"]}),
        dict(sorted(refused.items())),
        hidden,
    )


def _entry(
    piece: outside.Piece,
    request: Request,
    response: str,
    attempts: int | None,
    error: str | None = None,
) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "start": piece.start,
        "end": piece.end,
        "request_sha256": request.sha256,
        "response_sha256": response,
        "at": clock.now(),
        "attempts": attempts,
    }
    return entry if error is None else entry | {"error": error}


# --- The store ------------------------------------------------------------------------------------


def path_of(text_sha256: str) -> Path:
    """Where the answers about a kept text lie.

    Parameters
    ----------
    text_sha256
        Hash of the kept text.
    """
    return workspace.current().folder / "derived" / "model-claims" / f"{text_sha256}.json"


def _read(text_sha256: str) -> dict[str, Any]:
    try:
        data = path_of(text_sha256).read_bytes()
    except FileNotFoundError:
        return {"format": FORMAT, "text_sha256": text_sha256, "extractors": {}}
    body: Any = None
    with contextlib.suppress(ValueError):
        body = canonical.loads(data)
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise RegisterError(
            f"{path_of(text_sha256)} is damaged or of another version; it is derived: move it away "
            "and ask the model again"
        )
    return body


def _keep(
    body: dict[str, Any],
    text_sha256: str,
    settings: Settings,
    current: list[str],
    entry: dict[str, Any] | None,
) -> None:
    """File an answer; in one piece and on the disk before the next question."""
    by_extractor = body["extractors"].setdefault(settings.extractor, {"current": [], "asked": []})
    fresh = {
        "url": settings.endpoint,
        "model": settings.model,
        "prompt_version": outside.PROMPT_VERSION,
        "current": current,
    }
    if entry is None and all(by_extractor.get(name) == value for name, value in fresh.items()):
        return
    by_extractor |= fresh
    if entry is not None:
        by_extractor["asked"].append(entry)
    body["extractors"][settings.extractor] = by_extractor
    target = path_of(text_sha256)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as handle:
        handle.write(canonical.dumps(body))
        handle.flush()
        os.fsync(handle.fileno())
    Path(handle.name).replace(target)


def _answered(body: dict[str, Any], settings: Settings) -> dict[str, dict[str, Any]]:
    """Readable answers by the hash of their question."""
    known = body["extractors"].get(settings.extractor, {"asked": []})
    return {entry["request_sha256"]: entry for entry in known["asked"] if "claims" in entry}


def claims(extracted: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Claims of outside models, each at the documents that hold its text.

    Parameters
    ----------
    extracted
        The register's own claims, as `documents.claims` gives them.

    Returns
    -------
    list of dict
        In the shape of a claim, with ``extractor``, ``same_utterance_as`` (id of the extracted
        claim with which it is shown and counted as one, or None) and an empty ``story``: it is no
        origin.
    """
    found = []
    for path, uid, text_sha256 in _documents():
        told: dict[str, dict[str, Any]] = {}
        for known in _read(text_sha256)["extractors"].values():
            current = set(known["current"])
            for entry in known["asked"]:
                if entry["request_sha256"] in current:
                    told |= {claim["claim"]: claim for claim in entry.get("claims", ())}
        listed = [_as_now(claim, path, uid) for claim in told.values()]
        beside = outside.same_utterances(listed, extracted)
        found += [
            {**claim, "same_utterance_as": beside.get(claim["claim"])}
            for claim in sorted(listed, key=lambda c: (c["content"]["start"], c["claim"]))
        ]
    return found


def _as_now(claim: dict[str, Any], path: str, uid: str) -> dict[str, Any]:
    """A claim as filed, in the shape that claims have now, at one document."""
    filed = {name: value for name, value in claim.items() if not name.startswith("restricted")}
    body = Claim.from_json({**filed, "document": path}).to_json()
    own = canonical.short_hash(f"{claim['claim']} {uid}".encode())
    return {"id": own, **body, "extractor": claim["extractor"]}


def _documents() -> Iterator[tuple[str, str, str]]:
    """Path, id and kept text of the documents about which there are answers."""
    for record, path in documents.named():
        if record.text_sha256 and path_of(record.text_sha256).exists():
            yield path, record.uid, record.text_sha256
