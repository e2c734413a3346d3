"""A made-up register in which every kind of record, place and person carries a mark.

Two administrative units and two operators: what lies in the one is *own*, what lies in the other is
*elsewhere*, for callers whose roles end at a unit or an organisation. A hazard from military
records belongs to neither.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import answering
import shapely
from django.db import connection
from registering import ANNA, BEN, HAZARD, REPORT, consent, geojson, submit, table

from landrelease.exchange.deliveries import open_delivery
from landrelease.exchange.forms import publishing
from landrelease.exchange.forms.catalogue import FORMS
from landrelease.register import (
    act_plans,
    document_tier,
    documents,
    erasures,
    field_forms,
    figures,
    hazard_acts,
    people,
    proposals,
    refusing,
    releases,
    reopening,
    report_figures,
    reports,
    webhooks,
)
from landrelease.register import workspace as workspaces
from landrelease.register.models import (
    RECORDS,
    Activity,
    Claim,
    Document,
    Hazard,
    Submission,
    Unit,
)
from landrelease.register.schema import record_type
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
    _frozen("R1")
    version = field_forms.latest("hazard")
    names |= {"form": version.version, "media": field_forms.media(version)[0]["name"]}
    handed |= _acts(files)
    for name, outcome in handed.items():
        names[name] = outcome.receipt
        names[f"{name}_id"] = str(Submission.objects.get(receipt=outcome.receipt).id)
    return names


#: Why hazards are to be acted on, and what that rests on.
_WHY = ("the survey of 2023", ("EV-1",), date(2023, 5, 1))


def _acts(files: Path) -> dict[str, Any]:
    """Propose every act on hazards, in the own part and elsewhere; nobody has consented."""
    basis = act_plans.Basis(*_WHY)
    own, other = (Hazard.objects.get(source_id=code).ref for code in ("H1", "H2"))
    first, second, third = (Hazard.objects.get(source_id=f"F{n}") for n in range(3))
    plans = {
        "act_void": hazard_acts.void(own, basis),
        "act_elsewhere": hazard_acts.void(other, basis),
        "act_merge": hazard_acts.merge([second.ref, third.ref], second.ref, basis),
        "act_split": hazard_acts.split(first.ref, polygons(halves(files, first)), basis),
        "act_reclassify": hazard_acts.reclassify(own, "SHA", basis, None),
        "act_extend": hazard_acts.extend(own, polygons(further(files)), basis),
        "act_reopen": reopening.reopen("AC-1", basis, None),
    }
    return {
        name: proposals.propose(plan, CLERK, submitter=CLERK, decide=False)
        for name, plan in plans.items()
    }


def polygons(file: Path) -> Any:
    """A file of polygons as the command opens it."""
    return open_delivery(file, record_type("hazards"))


def halves(files: Path, hazard: Any) -> Path:
    """A file with two parts that tile a hazard."""
    west, south, east, north = hazard.min_lon, hazard.min_lat, hazard.max_lon, hazard.max_lat
    middle = (west + east) / 2
    return geojson(files / f"halves-{hazard.id}.geojson", [
        (shapely.box(west, south, middle, north), {"name": "one"}),
        (shapely.box(middle, south, east, north), {"name": "other"}),
    ])  # fmt: skip


def further(files: Path) -> Path:
    """A file with ground that no hazard holds."""
    return geojson(files / "further.geojson", [(box(17.05, 44.9), {})])


def _frozen(number: str) -> None:
    approver = people.Actor("rho", "Authority", authenticated=True, may_approve_reports=True)
    first, last, seq = date(2022, 1, 1), date(2022, 12, 31), reports.last_known()
    found = report_figures.gather("land", first, last, seq)
    reports.freeze(
        reports.draft(number, "land", found, since=first, until=last, known_seq=seq), approver
    )


class Fresh:
    """Something new of a kind each time that it is asked for: what is done to it is done once."""

    KINDS = ("new_own", "new_elsewhere", "new_pair", "new_across", "new_hazard", "new_two",
             "new_release", "new_report", "new_refused", "new_claim", "new_victim")  # fmt: skip

    def __init__(self, register: Register) -> None:
        self._register, self._files = register, Path(register.names["folder"])
        self._number = 0

    def made(self, name: str) -> dict[str, str]:
        """Make it; gives what it and what belongs to it are called."""
        self._number += 1
        make: dict[str, str] = getattr(self, f"_{name}")(self._number)
        return make

    def _new_own(self, n: int) -> dict[str, str]:
        return {"new_own": self._hazard(n, OWN, box(17.32, 44.0 + 0.005 * n), accept=False)}

    def _new_elsewhere(self, n: int) -> dict[str, str]:
        place = box(18.7, 44.0 + 0.005 * n)
        return {"new_elsewhere": self._hazard(n, ELSEWHERE, place, accept=False)}

    def _hazard(self, n: int, where: dict[str, str], place: Any, *, accept: bool) -> str:
        row = {**HAZARD, **where, "source_id": f"Z{n}"}
        file = geojson(self._files / f"z{n}.geojson", [(place, row)])
        return str(submit(file, "hazards", actor=CLERK, accept=accept).receipt)

    def _new_pair(self, n: int) -> dict[str, str]:
        return {"new_pair": self._two(n, OWN)}

    def _new_across(self, n: int) -> dict[str, str]:
        return {"new_across": self._two(n, ELSEWHERE)}

    def _two(self, n: int, where: dict[str, str]) -> str:
        """A hazard in the own part, and another one somewhere."""
        self._hazard(n, OWN, box(17.34, 44.0 + 0.005 * n), accept=True)
        self._hazard(3000 + n, where, box(17.35, 44.0 + 0.005 * n), accept=True)
        one, other = Hazard.objects.order_by("-id")[:2]
        return f"{one.ref} {other.ref}"

    def _new_hazard(self, n: int) -> dict[str, str]:
        self._hazard(n, ELSEWHERE, box(18.75, 44.0 + 0.005 * n), accept=True)
        hazard = Hazard.objects.order_by("-id")[0]
        return {"new_hazard": hazard.ref, "new_halves": str(halves(self._files, hazard)),
                "further": str(further(self._files))}  # fmt: skip

    def _new_two(self, n: int) -> dict[str, str]:
        for k in (0, 1):
            place = box(18.65 + 0.003 * k, 44.0 + 0.005 * n)
            self._hazard(1000 * (k + 1) + n, ELSEWHERE, place, accept=True)
        one, other = Hazard.objects.order_by("-id")[:2]
        return {"new_one": one.ref, "new_two": f"{one.ref} {other.ref}"}

    def _new_release(self, n: int) -> dict[str, str]:
        place = box(17.36, 44.0 + 0.005 * n)
        self._hazard(n, OWN, place, accept=True)
        work = {**REPORT, **OWN, "source_id": f"W{n}", "hazard": f"Z{n}"}
        submit(geojson(self._files / f"w{n}.geojson", [(place, work)]), "activities", actor=CLERK)
        ref = Activity.objects.order_by("-id")[0].ref
        consent(ref, by=(ANNA, BEN))
        return {"new_release": ref}

    def _new_report(self, n: int) -> dict[str, str]:
        place = box(17.38, 44.0 + 0.005 * n)
        self._hazard(n, OWN, place, accept=True)
        work = {**REPORT, **OWN, "source_id": f"W{n}", "hazard": f"Z{n}"}
        submit(geojson(self._files / f"w{n}.geojson", [(place, work)]), "activities", actor=CLERK)
        return {"new_report": Activity.objects.order_by("-id")[0].ref}

    def _new_refused(self, n: int) -> dict[str, str]:
        """A report whose release the approver of the whole programme refused."""
        ref = self._new_report(n)["new_report"]
        approver = people.actor_of(people.find("approver").user, second_factor=True)
        refusing.refuse(ref, approver, "unchecked")
        return {"new_refused": ref}

    def _new_claim(self, n: int) -> dict[str, str]:
        file = self._files / f"claim-{n}.txt"
        file.write_text(
            f"Boats were kept in port on day {n} because of winds.\n\nAda Brook told the Harbour "
            f"Herald that {100 + n} shells were found near the pier of Port{n}.\n",
            encoding="utf-8",
        )
        documents.add([file], people.at_the_command_line())
        uid = Document.objects.order_by("-id")[0].uid
        return {"new_claim": Claim.objects.filter(document_uid=uid).order_by("id")[0].id}

    def _new_victim(self, n: int) -> dict[str, str]:
        _rows(self._files, "victims", [{"source_id": f"V{n}", "name": "Zvictimcanary",
                                        "accident": "X1", "unit": "U1",
                                        "consequence": "injured"}])  # fmt: skip
        ref = RECORDS["victim"].objects.order_by("-id")[0].ref
        return {"new_victim": ref, "new_erasure": erasures.plan(ref).code}
