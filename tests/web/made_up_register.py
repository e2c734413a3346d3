"""A made-up register with something on every page, for tests that walk all of them.

The names in it are no English words, so that English found on a page of another language is the
program's own; but the reports of the demonstration are in English.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import shapely
from deciders import person
from registering import (
    ANNA,
    CLERK,
    HAZARD,
    HISTORIAN,
    LAT,
    LON,
    REPORT,
    STEP,
    activities,
    bow_tie,
    geojson,
    hazards,
    square,
    submit,
    table,
)
from reporting_programme import frozen, programme
from told_reports import claim, document_of, public_id, take_in

from landrelease.register import (
    decisions,
    duplicates,
    handed_in,
    people,
    release_decisions,
    submissions,
    tokens,
)
from landrelease.register.models import (
    RECORDS,
    Accident,
    Activity,
    ClaimPlace,
    Hazard,
    IndexedClaim,
    IndexedStory,
    Submission,
    SuspectedDuplicate,
)
from landrelease.register.roles import Role


@dataclass
class Register:
    """What addresses of pages are made of.

    Attributes
    ----------
    names
        Ids of records and the like, by what they are there for.
    people
        Accounts: ``anna`` has every role, ``olha`` one, ``carl`` works for the operator, ``nina``
        has none.
    """

    names: dict[str, Any] = field(default_factory=dict)
    people: dict[str, Any] = field(default_factory=dict)


def fill(folder: Path) -> Register:
    """Fill the open workspace."""
    made = Register()
    programme(folder)
    frozen("A7/2022")
    _questions(folder)
    _releases(folder, made)
    _submissions(folder, made)
    _duplicates(folder, made)
    _evidence(made)
    _people(made)
    _persons(folder, made)
    _handed_in(folder, made)
    made.names |= {
        "report": "A7/2022",
        "hazard": Hazard.objects.get(source_id="H1").id,
        "unknown": Hazard.objects.get(source_id="H6").id,
        "activity": Activity.objects.get(source_id="A1").id,
        "accident": Accident.objects.get().id,
    }
    return made


def _persons(folder: Path, made: Register) -> None:
    """A sealed file about persons, one of its rows rejected."""
    row = {"source_id": "V1", "sex": "female", "name": "Qarn Zuvra", "contact": "Zuvra 1"}
    receipt = submit(table(folder / "victims.csv", [row, row]), "victims").receipt
    made.names |= {
        "sealed": Submission.objects.get(receipt=receipt).id,
        "victim": RECORDS["victim"].objects.get(source_id="V1").id,
    }


def _handed_in(folder: Path, made: Register) -> None:
    """A file that was handed in on a page and waits to be submitted."""
    rows = [(square(90), {**HAZARD, "source_id": "H90"}), (bow_tie(), {**HAZARD, "date": "Qarn"})]
    file = geojson(folder / "zuvra.geojson", rows)
    anna = people.actor_of(made.people["anna"], second_factor=True)
    asked = handed_in.Asked("hazard", source="Zuvra")
    made.names["handed_in"] = handed_in.keep(file.name, file.read_bytes(), asked, anna).id


def _questions(folder: Path) -> None:
    """An accident on land that was released puts the release in question."""
    place = shapely.Point(LON + 1.5 * STEP, LAT + 1.5 * STEP)
    row = {"source_id": "X1", "kind": "mine", "date": "2023-04-01"}
    submit(geojson(folder / "accidents.geojson", [(place, row)]), "accidents")


def _releases(folder: Path, made: Register) -> None:
    """Releases that wait: one without obstacles and with a consent, others with all of them; and
    one from elsewhere."""
    activities(
        folder,
        (square(2, 2), {**REPORT, "source_id": "A10"}),
        (square(9, 6), {**REPORT, "source_id": "A11", "hazard": "H3", "depth_cm": 5,
                        "date": "2021-01-01", "organisation": None}),
        (None, {**REPORT, "source_id": "A12", "hazard": "H5", "status": "ongoing",
                "report": "progress", "declared_m2": 400}),
        (square(30), {**REPORT, "source_id": "A13", "hazard": None}),
        name="waiting.geojson",
    )  # fmt: skip
    made.names |= {
        one: Activity.objects.get(source_id=source).id
        for one, source in {"ready": "A10", "blocked": "A11", "unlinked": "A13"}.items()
    }
    ready = f"AC-{made.names['ready']}"
    assert release_decisions.approve_releases([ready], ANNA).consented == [ready]
    activities(
        folder,
        (square(80), {**REPORT, "source_id": "A20", "hazard": None}),
        name="elder.geojson",
        actor=HISTORIAN,
        legacy=submissions.Legacy("Zuvra", "Zuvra 12"),
    )


def _submissions(folder: Path, made: Register) -> None:
    """Deliveries that wait, are held, bring rows with findings, were returned or rejected."""

    def hand_in(what: str, *rows: Any) -> str:
        # A long name of a file is the widest thing on a page.
        outcome = hazards(folder, *rows, accept=False, name=f"{what}-{'z' * 40}.geojson")
        made.names[what] = Submission.objects.get(receipt=outcome.receipt).id
        return str(outcome.receipt)

    hand_in("waiting", (square(40), {**HAZARD, "source_id": "H20", "name": "Qarn Zuvra"}))
    hand_in("held", (square(9, 5), {**HAZARD, "source_id": "H3", "date": "2022-03-01"}))
    hand_in(
        "found",
        (bow_tie(), {**HAZARD, "source_id": "H21", "date": "2099-01-01"}),
        (square(50, size=20), {**HAZARD, "source_id": "H22", "declared_m2": 5}),
        (square(60), {**HAZARD, "source_id": "H22"}),
        (square(60), {**HAZARD, "source_id": "", "classes": "zuvra"}),
    )
    receipt = hand_in("returned", (square(70), {**HAZARD, "source_id": "H23"}))
    decisions.return_submission(receipt, CLERK, "Qarn?")
    receipt = hand_in("rejected", (square(71), {**HAZARD, "source_id": "H24"}))
    decisions.reject_submission(receipt, CLERK, "Qarn!")


def _duplicates(folder: Path, made: Register) -> None:
    """Two records of what may be one area."""
    row = {**HAZARD, "source_id": "Z1", "type": "SHA"}
    hazards(folder, (square(19.6, 5), row), source="Zuvra", name="others.geojson")
    duplicates.look()
    pair = SuspectedDuplicate.objects.first()
    assert pair is not None
    made.names |= {
        side: Hazard.objects.get(uid=uid).ref
        for side, uid in zip(("one", "other"), (pair.one_uid, pair.other_uid), strict=True)
    }


def _evidence(made: Register) -> None:
    """Reports with claims, one of them with a place."""
    take_in()
    row = claim("pasture near Lonmarsh")
    ClaimPlace.objects.create(
        claim_row=row.id, place="geonames:1", name="Zuvra", lon=-18, lat=-38, confidence=0.9
    )
    IndexedClaim.objects.filter(claim_row=row.id).update(places=1)
    story = IndexedStory.objects.order_by("-documents").first()
    assert story is not None
    made.names |= {
        "claim": public_id(row),
        "document": document_of(row).id,
        "story": story.story,
    }


def _people(made: Register) -> None:
    """Accounts with roles of every kind, and a token."""
    made.people = {
        "anna": person("anna", *Role),
        "olha": person("olha", Role.data_entry),
        "carl": person("carl", Role.approver, organisation="OP1"),
        "nina": person("nina"),
    }
    tokens.issue(
        "Zuvra",
        kind="phone",
        scopes=tuple(tokens.PHONE_SCOPES),
        days=90,
        by=people.actor_of(made.people["anna"], second_factor=True),
        person="anna",
    )
