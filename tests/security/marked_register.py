"""A made-up register in which every kind of record, place and person carries a mark.

Two administrative units and two operators: what lies in the one is *own*, what lies in the other is
*elsewhere*, for callers whose roles end at a unit or an organisation. A hazard from military
records belongs to neither.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import answering
import shapely
from django.db import connection
from registering import ANNA, BEN, HAZARD, REPORT, consent, geojson, submit, table

from landrelease.exchange.forms import publishing
from landrelease.exchange.forms.catalogue import FORMS
from landrelease.register import (
    document_tier,
    documents,
    field_forms,
    figures,
    people,
    releases,
    webhooks,
)
from landrelease.register import workspace as workspaces
from landrelease.register.models import Activity, Claim, Document, Hazard, Submission, Unit
from landrelease.web import releases as web_releases

PROFILE = """
name: matrix
title: Matrix
release: {clearance_depth_cm: 20, surface_methods: []}
checks: {vertices_far_apart_m: 5000, sliver_m2: 100, overlap_m2: 1, parts_overlap_fraction: 0.009,
  declared_tolerance_fraction: 0.05}
publication: {hazard_warnings: true, restricted_namespaces: [military]}
"""

#: What is looked for in every answer. Coordinates are told with at least five digits.
MARKS: dict[str, re.Pattern[bytes]] = {
    # A hazard of operator OP1 in unit U1: its name, and its place as surveyed.
    "own": re.compile(rb"Hownedcanary"),
    "ownplace": re.compile(rb"17\.12873"),
    # A hazard of operator OP2 in unit U2.
    "elsewhere": re.compile(rb"Helsewherecanary"),
    "elsewhereplace": re.compile(rb"18\.13597"),
    # Who told of a hazard, and where they said so (rules 22 and 24).
    "informant": re.compile(rb"Qinformantcanary|17\.23791"),
    # A store, ordnance that lies there, a hazard from military records (rule 22).
    "cache": re.compile(rb"Kcachecanary|17\.65341"),
    # The name of a victim (rules 23 and 24).
    "victim": re.compile(rb"Zvictimcanary"),
    # A report that partners read, and what it says; a team in the field.
    "report": re.compile(rb"Dpartnercanary"),
    "team": re.compile(rb"Tteamcanary"),
    # Documents, findings of an inspection and a recipient of land for the restricted tier only.
    "restricted": re.compile(rb"Rrestrictedcanary"),
    # The number of all hazards, which a caller who sees a part of them must not learn.
    "total": re.compile(rb'(?<!"id": )(?<!"id":)(?<![\w.#/-])137(?![\w.-])'),
    # Who handed something in.
    "clerk": re.compile(rb"vclerkcanary"),
}
#: Marks of personal data, which no page, layer or export shows.
PERSONAL = frozenset({"victim"})
HAZARDS = 137

OWN = {"organisation": "OP1", "unit": "U1"}
ELSEWHERE = {"organisation": "OP2", "unit": "U2"}
CLERK = people.Actor("vclerkcanary", "Authority", authenticated=True)


@dataclass
class Register:
    """What the tables call by a name: ``{waiting}`` in an address is the number meant here."""

    folder: Path
    names: dict[str, str] = field(default_factory=dict)


def box(x: float, y: float, size: float = 0.002) -> Any:
    return shapely.box(x, y, x + size, y + size)


def make(folder: Path) -> Register:
    """Fill an empty workspace.

    Parameters
    ----------
    folder
        The workspace. Files are written beside it.
    """
    (folder / "profile.yaml").write_text(PROFILE, encoding="utf-8")
    settings = folder / "landrelease.toml"
    written = settings.read_text(encoding="utf-8").replace('"default"', '"profile.yaml"')
    settings.write_text(f'{written}\n[webhooks]\nhosts = ["hooks.example.org"]\n', encoding="utf-8")
    connection.close()
    workspaces.open_workspace(folder)
    files = folder.parent / "files"
    files.mkdir()
    _programme(files)
    _land(files)
    _people_and_ordnance(files)
    _reports(files)
    for kind in FORMS.values():
        publishing.publish(kind, answering.OFFICE, check=False)
    return Register(folder, _names(files))


def _programme(files: Path) -> None:
    submit(
        geojson(
            files / "units.geojson",
            [
                (shapely.box(16.5, 43.5, 17.5, 45.5), {"source_id": "U1", "name": "West",
                                                       "level": 1}),
                (shapely.box(17.5, 43.5, 18.9, 45.5), {"source_id": "U2", "name": "East",
                                                       "level": 1}),
            ],
        ),
        "units",
        actor=CLERK,
    )  # fmt: skip
    organisations = [
        {"source_id": "OP1", "name": "First Operator", "kind": "operator"},
        {"source_id": "OP2", "name": "Second Operator", "kind": "operator"},
    ]
    _rows(files, "organisations", organisations)
    _rows(files, "programmes", [{"source_id": "P1", "name": "Programme"}])
    _rows(
        files,
        "accreditations",
        [{"source_id": "AK1", "organisation": "OP1", "activity_kind": "clearance",
          "authority": "Authority"}],
    )  # fmt: skip


def _land(files: Path) -> None:
    military = {"source_id": "M1", "name": "Kcachecanary", "type": "CHA",
                "classes": "ap", "date": "2020-05-01"}  # fmt: skip
    submit(
        geojson(files / "military.geojson", [(box(17.65341, 44.65341), military)]),
        "hazards", actor=CLERK, namespace="military",
    )  # fmt: skip
    told = {"remarks": "told by Qinformantcanary"}
    owned = {**HAZARD, **OWN, **told, "name": "Hownedcanary"}
    other = {**HAZARD, **ELSEWHERE, **told, "source_id": "H2", "name": "Helsewherecanary"}
    filling = [
        (box(18.2 + 0.005 * (n % 16), 44.2 + 0.005 * (n // 16)),
         {**HAZARD, **ELSEWHERE, "source_id": f"F{n}", "name": f"Filling {n}"})
        for n in range(HAZARDS - 3)
    ]  # fmt: skip
    hazards = [(box(17.12873, 44.12873), owned), (box(18.13597, 44.13597), other), *filling]
    submit(geojson(files / "hazards.geojson", hazards), "hazards", actor=CLERK)
    report = {**REPORT, **OWN, "team": "Tteamcanary"}
    submit(
        geojson(
            files / "activities.geojson",
            [
                (box(17.12873, 44.12873, 0.001), report),
                (box(17.12973, 44.12973, 0.001), {**report, "source_id": "A2"}),
                (box(18.13597, 44.13597, 0.001),
                 {**report, **ELSEWHERE, "source_id": "A3", "hazard": "H2",
                  "name": "Helsewherecanary work"}),
            ],
        ),
        "activities",
        actor=CLERK,
    )  # fmt: skip
    consent("AC-1", by=(ANNA, BEN))
    _rows(files, "progress_reports", [{"source_id": "PR1", "activity": "A1", "date": "2022-06-01",
                                       "worked_m2": 10, "team": "Tteamcanary"}])  # fmt: skip
    _rows(files, "quality_visits", [{"source_id": "Q1", "activity": "A1", "organisation": "OP1",
                                     "date": "2022-07-01", "result": "passed",
                                     "nonconformity": "Rrestrictedcanary"}])  # fmt: skip
    handover = {"source_id": "HO1", "hazard": "H1", "activity": "A1", "date": "2022-08-01"}
    _rows(files, "handovers", [{**handover, "recipient": "Rrestrictedcanary"}])


def _people_and_ordnance(files: Path) -> None:
    submit(
        geojson(files / "ordnance.geojson", [
            (shapely.Point(17.65341, 44.65341),
             {"source_id": "O1", "date": "2022-01-01", "ordnance_class": "erw", "quantity": 3,
              "remarks": "Kcachecanary"}),
        ]),
        "ordnance", actor=CLERK,
    )  # fmt: skip
    submit(
        geojson(files / "evidence.geojson", [
            (shapely.Point(17.23791, 44.23791),
             {"source_id": "E1", "hazard": "H1", "kind": "verbal_report", "unit": "U1",
              "statement": "Qinformantcanary saw it", "date": "2020-05-01",
              "restricted": "true"}),
        ]),
        "evidence", actor=CLERK,
    )  # fmt: skip
    submit(
        geojson(files / "accidents.geojson", [
            (shapely.Point(17.3, 44.3),
             {"source_id": "X1", "date": "2020-02-02", "killed": 3, "injured": 40,
              "unit": "U1", "remarks": "told by Qinformantcanary"}),
            (shapely.Point(18.3, 44.4), {"source_id": "X2", "date": "2020-02-03", "unit": "U2"}),
        ]),
        "accidents", actor=CLERK,
    )  # fmt: skip
    _rows(files, "victims", [{"source_id": "V1", "name": "Zvictimcanary", "accident": "X1",
                              "unit": "U1", "consequence": "injured"}])  # fmt: skip
    _rows(files, "stockpiles", [{"source_id": "ST1", "purpose": "stockpile",
                                 "device_class": "ap", "designation": "Kcachecanary",
                                 "quantity": 3}])  # fmt: skip
    _rows(files, "education_sessions", [{"source_id": "ED1", "organisation": "OP1", "unit": "U1",
                                         "date": "2022-01-01", "women": 3}])  # fmt: skip


def _reports(files: Path) -> None:
    (files / "Dpartnercanary.txt").write_text(
        "Fishing boats were kept in port because of high winds, and the ferry did not run.\n\n"
        "Ada Brook told the Harbour Herald that 12 shells were found near the Dpartnercanary "
        "pier.\n",
        encoding="utf-8",
    )
    (files / "Rrestrictedcanary.txt").write_text(
        "Posted on 07/20/2022\n\nThe barley is late this summer, and farmers wait for rain. Mara "
        "Lind told Coast Daily that two people were killed by a mine in the Rrestrictedcanary "
        "orchard.\n",
        encoding="utf-8",
    )
    clerk = people.at_the_command_line()
    documents.add([files / "Dpartnercanary.txt", files / "Rrestrictedcanary.txt"], clerk)
    document_tier.mark("Rrestrictedcanary.txt", "restricted", clerk)


def _rows(files: Path, plural: str, rows: list[dict[str, Any]]) -> None:
    submit(table(files / f"{plural}.csv", rows), plural, actor=CLERK)


def _names(files: Path) -> dict[str, str]:
    """Hand in what waits for a decision, and say what everything is called."""
    waiting = submit(
        table(files / "waiting.csv", [{"source_id": "OP9", "name": "Ninth Operator"}]),
        "organisations", actor=CLERK, accept=False,
    )  # fmt: skip
    own = geojson(files / "own.geojson", [
        (box(17.31, 44.31), {**HAZARD, **OWN, "source_id": "N1", "name": "Hownedcanary new"})
    ])  # fmt: skip
    elsewhere = geojson(files / "elsewhere.geojson", [
        (box(18.6, 44.6), {**HAZARD, **ELSEWHERE, "source_id": "N2",
                           "name": "Helsewherecanary new"})
    ])  # fmt: skip
    shrunk = geojson(files / "shrunk.geojson", [
        (box(18.13597, 44.13597, 0.001),
         {**HAZARD, **ELSEWHERE, "source_id": "H2", "name": "Helsewherecanary"})
    ])  # fmt: skip
    handed = {
        "submission": waiting,
        "submission_own": submit(own, "hazards", actor=CLERK, accept=False),
        "submission_elsewhere": submit(elsewhere, "hazards", actor=CLERK, accept=False),
        "submission_held": submit(shrunk, "hazards", actor=CLERK, accept=False),
    }
    restricted = Document.objects.get(filename="Rrestrictedcanary.txt")
    open_ = Document.objects.get(filename="Dpartnercanary.txt")
    names = {
        "figure": figures.balance().to_json()["figures"]["total"]["confirmed"],
        **{
            name: str(Hazard.objects.get(source_id=code).id)
            for name, code in (("own", "H1"), ("elsewhere", "H2"), ("military", "M1"))
        },
        "webhook": str(webhooks.register("https://hooks.example.org/x", by=CLERK)[0].id),
        "own_unit": Unit.objects.get(source_id="U1").uid,
        "document": str(open_.id),
        "document_restricted": str(restricted.id),
    }
    for number in (2, 3):
        report = Activity.objects.get(id=number)
        names[f"seen_{number}"] = web_releases.seen(report, releases.hazard_of(report))
    names["sealed_id"] = str(Submission.objects.get(record_type="victim").id)
    for suffix, record in (("", open_), ("_restricted", restricted)):
        claim = Claim.objects.filter(document_uid=record.uid).order_by("id")[0]
        names |= {f"claim{suffix}": claim.id, f"story{suffix}": claim.story_id}
    legacy = {**REPORT, **OWN, "source_id": "A9", "date": "2015-06-30"}
    names |= {
        "folder": str(files),
        "legacy": str(geojson(files / "legacy.geojson", [
            (box(17.12973, 44.12973, 0.0005), legacy)])),
        "fresh": str(table(files / "fresh.csv", [{"source_id": "FRESH", "name": "Fresh"}])),
    }  # fmt: skip
    version = field_forms.latest("hazard")
    names |= {"form": version.version, "media": field_forms.media(version)[0]["name"]}
    for name, outcome in handed.items():
        names[name] = outcome.receipt
        names[f"{name}_id"] = str(Submission.objects.get(receipt=outcome.receipt).id)
    return names
