"""Rule 24 in exports of evidence: no column of any of them names a private person below the
restricted tier, whatever field of a claim or story the name stands in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from landrelease.exchange import evidence_export, records
from landrelease.exchange.publish import publish
from landrelease.exchange.star import write_star
from landrelease.exchange.write import write
from landrelease.register import (
    canonical,
    claim_decisions,
    documents,
    people,
    profile,
    publication,
)
from landrelease.register.evidence_rows import Reader
from landrelease.register.models import Claim, Document, Story
from landrelease.register.schema import RECORD_TYPES

NAME, SURNAME = "Zyxandra Quillfeather", "Quillfeather"
CONTACTS = ("zyx.quill@wombat.example", "+999-555-0147")
#: A name as words hold it, and as files are called.
WORDS = f"{NAME} (ask {SURNAME}, {CONTACTS[0]}, {CONTACTS[1]})"
FILES = ("notes_zyxandra-quillfeather.txt", "QUILLFEATHER.2021.txt", "ZyxandraQuillfeather2.txt")

OPENINGS = (
    "The barley is late this summer, and farmers wait for rain.",
    "Fishing boats were kept in port because of high winds, and the ferry did not run.",
    "The market of Olburg opened two hours late, for the bridge had been closed overnight.",
)
COUNTS = (40, 12, 40)

#: What says no words of a report, by the name it has in a claim or a story: ids, times, and paths,
#: by which claims find their document.
NO_WORDS = {
    "claim", "id", "value", "until", "story", "same_utterance_as", "document", "path", "counted_as",
}  # fmt: skip
#: Codes of our own by which rows are chosen; a word in their place would leave no row to look at.
CODES = {"kind", "modality", "stance", "states", "precision", "code", "relation", "published"}


def report(number: int) -> str:
    return (
        f"Posted on 03/15/2021\n\n{OPENINGS[number]}\n\n{NAME}, a farmer, said that mines had "
        f"killed {COUNTS[number] + 1} sheep of {SURNAME} near Quillfeather mill. The mayor of "
        f"Olburg, Karl Weiss, said that {COUNTS[number]} people were killed by mines in the "
        f"orchard of {SURNAME}. Write to {CONTACTS[0]} or {CONTACTS[1]}.\n\n"
        f"Angola said on Monday that it had destroyed its stockpile of anti-personnel mines. "
        f"Angola ratified the Mine Ban Treaty in 2002, as {SURNAME} recalls.\n"
    )


PLACE = {
    "text": "Olburg", "start": 36, "end": 42, "kind": "name", "within": "content",
    "feature": "town", "id": "made-up:1", "name": "Olburg", "latitude": 44.25, "longitude": -17.5,
    "country": "XA", "admin1": "Coast", "confidence": 0.75,
}  # fmt: skip
#: One of each slot, so that every column has something in it.
SLOTS: dict[str, Any] = {
    "places": [PLACE],
    "parties": [{"text": "the league", "start": 0, "end": 1, "role": "user", "code": "AGO"}],
    "quantities": [
        {"text": "40 people", "start": 0, "end": 1, "quantity": "people", "unit": "1",
         "lower": 40, "upper": 40, "exact": True}
    ],
    "money": [
        {"text": "5 crowns", "start": 0, "end": 1, "currency": "XTS", "lower": 5, "upper": 5,
         "exact": True}
    ],
    "speaks_of": [
        {"text": "last spring", "start": 0, "end": 1, "value": "2021", "precision": "year"}
    ],
    "quotations": [{"text": "never again", "start": 0, "end": 1}],
    "time_basis": "published", "form": "direct", "devices": ["mine"], "heard_by": ["a neighbour"],
}  # fmt: skip


@pytest.fixture
def taken_in(workspace, tmp_path: Path) -> None:
    """Reports on the same events, in files called after somebody, everything in them named."""
    paths = [tmp_path / name for name in FILES]
    for number, path in enumerate(paths):
        path.write_text(report(number), encoding="utf-8")
    documents.add(paths, people.at_the_command_line())


def changed(value: Any, change: Callable[[str], str], left: set[str]) -> Any:
    """A JSON value with all texts in it changed but those under some names."""
    match value:
        case dict():
            return {
                name: one if name in left else changed(one, change, left)
                for name, one in value.items()
            }
        case list():
            return [changed(one, change, left) for one in value]
        case str():
            return change(value)
    return value


def name_everything(left: set[str]) -> None:
    """Put a name and addresses into every text of every claim and story."""
    for row in Claim.objects.all():
        body = canonical.loads(row.body)
        body["slots"] |= {name: one for name, one in SLOTS.items() if not body["slots"].get(name)}
        source = body["source"]
        body = changed(body, lambda text: f"{text} {WORDS}", left | {"source"})
        # Who speaks stays who they are, and is worded with the name of somebody else.
        text = {"text": f"{source['text']}, beside {WORDS},"}
        role = {"role": f"{source['role']} {WORDS}"} if source.get("role") else {}
        body["source"] = source | text | role
        Claim.objects.filter(id=row.id).update(body=canonical.dumps(body).decode())
    for story in Story.objects.all():
        body = canonical.loads(story.body)
        body["origin"]["name"] = body["origin"]["name"] or "The Harbour Herald"
        for member in body["documents"]:
            member["publisher"] = member["publisher"] or "The Harbour Herald"
        body = changed(body, lambda text: f"{text} {WORDS}", left)
        Story.objects.filter(id=story.id).update(body=canonical.dumps(body).decode())


def texts(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every text of a row with the column it stands in, those within lists and objects too."""
    for column, value in row.items():
        yield column, json.dumps(value, ensure_ascii=False, default=str)


def named_in(row: dict[str, Any]) -> set[str]:
    """Columns of a row in which somebody is named, however their name is written."""
    secrets = [NAME, SURNAME, "zyxandra", *CONTACTS]
    return {
        column
        for column, text in texts(row)
        for secret in secrets
        if secret.casefold() in text.casefold()
    }


def rows(what: str, tier: str) -> list[dict[str, Any]]:
    return list(evidence_export.rows(what, Reader(tier)))


@pytest.mark.parametrize("codes", [False, True], ids=["words", "codes too"])
def test_no_column_names_a_private_person_below_the_restricted_tier(
    taken_in, tmp_path, codes
) -> None:
    claims = rows("claims", "restricted")
    actor = people.at_the_command_line()
    (on,) = [one["id"] for one in claims if "42 sheep" in one["content_text"]] or [claims[0]["id"]]
    claim_decisions.accept(on, actor=actor, indication=True, reason=WORDS)
    name_everything(NO_WORDS if codes else NO_WORDS | CODES)
    wanted = ["claims", "stories"] if codes else list(evidence_export.COLUMNS)
    for what in wanted:
        whole, part = rows(what, "restricted"), rows(what, "partner")
        assert part, what
        assert len(part) == len(whole)
        for row in part:
            assert not named_in(row), (what, named_in(row))
        for form in ("csv", "json", "geojson" if what == "claims" else "json"):
            path = tmp_path / f"{what}.{form}"
            evidence_export.export(path, what, Reader("partner"))
            assert not named_in({form: path.read_text(encoding="utf-8")}), (what, form)
    hidden = set[str]()
    for row in rows("claims", "restricted"):
        hidden |= named_in(row)
    words = {
        "document", "source_text", "cue_text", "content_text", "quotations", "parties",
        "quantities", "money", "speaks_of", "places", "other_slots", "places_found",
    }  # fmt: skip
    assert words <= hidden, "the restricted tier reads what was put there"
    (found,) = [row for row in rows("claims", "partner") if row["id"] == on]
    assert (found["decision"], found["decision_evidence"]) == ("accepted", None)


def test_a_path_that_names_somebody_reads_as_the_reference_in_every_export(taken_in) -> None:
    refs = {record.filename: record.ref for record in Document.objects.all()}
    assert set(refs) == set(FILES)
    for what in evidence_export.COLUMNS:
        high, low = rows(what, "restricted"), rows(what, "partner")
        for column in ("document", "one_document", "other_document"):
            paths = [row[column] for row in high if row.get(column)]
            assert [row[column] for row in low if row.get(column)] == [refs[p] for p in paths]
    listed = {name for row in rows("timeline", "partner") for name in row["documents"]}
    assert listed == set(refs.values())


def test_the_restricted_tier_reads_what_was_extracted(taken_in) -> None:
    name_everything(NO_WORDS | CODES)
    bodies = {row.id: canonical.loads(row.body) for row in Claim.objects.all()}
    for row in rows("claims", "restricted"):
        body = bodies[row["id"]]
        slots = body["slots"]
        assert row["document"] == body["document"]
        assert row["content_text"] == " ".join(body["content"]["text"].split())
        for column in ("quantities", "money", "speaks_of"):
            assert row[column] == [one["text"] for one in slots[column]]
        assert row["places_found"] == slots["places"]
        assert row["source_role"] == body["source"].get("role")


def test_a_claim_whose_document_is_called_otherwise_by_now_is_withheld(taken_in) -> None:
    """Its tier is not known: another file of its name came in, and claims are of before."""
    first = Document.objects.get(filename=FILES[0])
    own = Claim.objects.filter(document_uid=first.uid).count()
    every = Claim.objects.count()
    Document.objects.exclude(id=first.id).filter(filename=FILES[1]).update(filename=FILES[0])
    for what in evidence_export.COLUMNS:
        reader = Reader("partner")
        found = list(evidence_export.rows(what, reader))
        # What is said of treaty status is read from the texts each time, under their present names.
        found = [row for row in found if row.get("about") != "treaty"]
        told = {row[name] for row in found for name in row if name.endswith("document_ref")}
        assert told <= {Document.objects.get(filename=FILES[2]).ref}, what
        if what in ("claims", "stories"):
            assert any("extract claims anew" in reason for reason in reader.withheld)
    assert 0 < own < every
    assert len(rows("claims", "restricted")) == every


def quiet(stage: str, done: int, total: int | None) -> None:
    """No progress."""


def published_as(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    """Set what the profile says of publication."""
    own = profile.current()
    anew = own.model_copy(update={"publication": own.publication.model_copy(update=changes)})
    monkeypatch.setattr(profile, "current", lambda: anew)


def test_documents_that_leave_for_partners_are_in_the_words_of_their_pages(
    taken_in, tmp_path, monkeypatch
) -> None:
    """Where the profile lets them leave: by default none does."""
    Document.objects.update(title=f"What {WORDS} saw", publisher=SURNAME, agency=NAME)
    kind = RECORD_TYPES["document"]
    plain = tuple(field.name for field in kind.fields if not field.personal)
    named = profile.current().publication.fields.get("partner", {})
    published_as(monkeypatch, fields={"partner": {**named, "document": plain}})
    leaving = publication.leaving("partner", "document")
    assert {"title", "publisher", "agency", "filename"} <= set(leaving.fields)
    path = tmp_path / "documents.csv"
    assert write(path, kind, records.leaving_batches(leaving, kind, quiet, 3)).rows == 3
    text = path.read_text(encoding="utf-8-sig")
    assert not named_in({"file": text})
    assert all(record.sha256 in text and record.ref in text for record in Document.objects.all())
    write(path, kind, records.batches(kind, quiet, 3))
    assert SURNAME in path.read_text(encoding="utf-8-sig"), "the restricted tier reads them"


def test_neither_what_is_published_nor_the_star_schema_names_whom_reports_name(
    taken_in, tmp_path, monkeypatch
) -> None:
    """Not even where a decision made a hazard and an evidence item of what was said."""
    published_as(monkeypatch, hazard_warnings=True)
    actor = people.at_the_command_line()
    claim_decisions.accept(
        Claim.objects.order_by("id")[0].id, actor=actor, indication=True, reason=WORDS
    )
    Document.objects.update(title=f"What {WORDS} saw", publisher=SURNAME, agency=NAME)
    publish(tmp_path / "open", quiet)
    write_star(tmp_path / "star", quiet)
    files = [one for name in ("open", "star") for one in (tmp_path / name).rglob("*")]
    read = {one.name: one.read_bytes().decode("utf-8", "replace") for one in files if one.is_file()}
    assert {"fact_hazard.csv", "hazards.csv"} <= set(read)
    for name, text in read.items():
        assert not named_in({name: text}), name
        assert not [ref for ref in FILES if ref in text], name
