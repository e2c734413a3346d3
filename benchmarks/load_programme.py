"""The programme that `load.py` puts people and phones on, and what is asked of it afterwards.

Every command runs in a process of its own, as a process has one workspace open.
"""

from __future__ import annotations

import base64
import json
import secrets
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import made_up

COMMAND = str(Path(sys.executable).with_name("landrelease"))
#: The made-up island of the demonstration lies around here; the hazards are put on and around it.
CENTRE = (-20.0, -38.5)
#: Everybody's; a run is over before anybody could guess it, and it is in no other workspace.
PASSWORD = "a long walk by the sea"
#: One in so many people holds a role that needs a second factor, one in so many enters data.
APPROVERS, ENTERING = 7, 5
#: Seconds between two decisions of the office.
PAUSE_S = 20.0


def build(folder: Path, database: str, hazards: int, people: int, phones: int) -> None:
    """Make the workspace: the demonstration's island, further hazards, accounts, forms, tokens."""
    from landrelease.register import workspace

    workspace.init_workspace(folder / "workspace", database=database)
    from landrelease.cli.demo import generate, programme  # needs an open workspace

    programme.run(generate(folder / "files"), folder / "files", _quiet)
    _import_hazards(folder, hazards)
    workspace.open_workspace(folder / "workspace")
    _publish_forms()
    given = {
        "people": [_enter(f"person{number:03d}", number) for number in range(people)],
        "phones": [_phone(number) for number in range(phones)],
        **_records(),
    }
    (folder / "given.json").write_text(json.dumps(given), encoding="utf-8")


def _quiet(*_: Any) -> None:
    """Progress that nobody looks at."""


def _import_hazards(folder: Path, count: int) -> None:
    """Hand in made-up polygons the way a user does."""
    file = folder / "hazards.geojson"
    features = [
        {
            "type": "Feature",
            "geometry": shape.__geo_interface__,
            "properties": {
                "source_id": f"load-{number}",
                "name": f"Made up {number}",
                "type": ("SHA", "CHA")[number % 3 == 0],
                "date": f"{2010 + number % 15}-0{1 + number % 9}-01",
            },
        }
        for number, shape in enumerate(made_up.polygons(CENTRE, count))
    ]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    subprocess.run(
        [
            *(COMMAND, "-w", str(folder / "workspace")),
            *("import", str(file), "--as", "hazards", "--source", "made up for a benchmark"),
            *("--namespace", "LOAD", "--accept"),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _publish_forms() -> None:
    from landrelease.exchange.forms import publishing
    from landrelease.exchange.forms.catalogue import FORMS
    from landrelease.register import people

    for kind in FORMS.values():
        publishing.publish(kind, people.at_the_command_line(), check=False)


def _enter(name: str, number: int) -> dict[str, Any]:
    """Enter a person; gives their name, and the secret of a second factor where they need one."""
    from allauth.mfa.totp.internal.auth import TOTP

    from landrelease.register import people
    from landrelease.register.roles import Grant, Role

    needs_factor = number % APPROVERS == APPROVERS - 1
    if needs_factor:
        roles = [Grant(Role.reviewer), Grant(Role.approver)]
    else:
        roles = [Grant(Role.data_entry if number % ENTERING == 0 else Role.reviewer)]
    user = people.add(name, PASSWORD, organisation="Authority", grants=roles)
    secret = ""
    if needs_factor:
        secret = base64.b32encode(secrets.token_bytes(20)).decode()
        TOTP.activate(user, secret)
    return {"name": name, "secret": secret}


def _phone(number: int) -> dict[str, str]:
    from landrelease.register import people, tokens
    from landrelease.register.roles import Grant, Role

    name = f"team{number:03d}"
    people.add(name, PASSWORD, organisation="Operator", grants=[Grant(Role.data_entry)])
    token = tokens.issue(
        f"tablet {number}",
        kind="phone",
        scopes=("submit",),
        days=2,
        by=people.at_the_command_line(),
        person=name,
    )
    return {"name": name, "token": token}


def _records() -> dict[str, Any]:
    """What there is to look at: ids of records, and where hazards lie."""
    from landrelease.register.models import RECORDS, Document, Submission

    def ids(model: Any) -> list[int]:
        return list(model.objects.order_by("id").values_list("id", flat=True))

    places = RECORDS["hazard"].objects.filter(min_lon__isnull=False).order_by("id")
    return {
        "hazards": ids(RECORDS["hazard"]),
        "activities": ids(RECORDS["activity"]),
        "accidents": ids(RECORDS["accident"]),
        "documents": ids(Document),
        "submissions": ids(Submission),
        "places": list(places.values_list("min_lon", "min_lat"))[::7],
    }


def decide(folder: Path) -> None:
    """Be the office: take what phones sent, one filling-in after the other, until stopped.

    Every decision moves the head of the journal, on which what is kept for pages and tiles hangs.
    """
    from landrelease.register import workspace

    workspace.open_workspace(folder / "workspace")
    from landrelease.register import decisions, people
    from landrelease.register.models import FieldInstance, Submission

    office = people.Actor("office", "Authority", authenticated=True)
    while True:
        time.sleep(PAUSE_S)
        received = FieldInstance.objects.filter(submissions__state=Submission.RECEIVED)
        first = received.order_by("id").first()
        if first is None:
            continue
        for one in first.submissions.filter(state=Submission.RECEIVED).order_by("id"):
            decisions.accept_submission(one.receipt, office)


def count(folder: Path) -> dict[str, Any]:
    """Hold the receipts that phones were given against what the register kept."""
    from landrelease.register import workspace

    workspace.open_workspace(folder / "workspace")
    from django.db.models import Count

    from landrelease.register.models import FieldInstance, Submission

    receipts = [json.loads(line) for line in (folder / "receipts.jsonl").open(encoding="utf-8")]
    given = {(one["instance"], one["receipt"]) for one in receipts}
    kept = set(FieldInstance.objects.values_list("instance_id", "holder__receipt"))
    inbox = set(Submission.objects.values_list("receipt", flat=True))
    doubled = (
        FieldInstance.objects.values("instance_id").annotate(times=Count("id")).filter(times__gt=1)
    )
    return {
        "receipts_given": len(receipts),
        "filled_in": len({instance for instance, _ in given}),
        "kept": len(kept),
        "lost": len(given - kept) + sum(receipt not in inbox for _, receipt in given),
        "doubled": doubled.count() + len(given) - len({instance for instance, _ in given}),
        # Sent, but the answer did not come before the end: kept or not, the phone sends it again.
        "kept_without_receipt": len(kept - given),
    }


def main() -> None:
    """Run one command: ``build``, ``decide`` or ``count``."""
    command, folder = sys.argv[1], Path(sys.argv[2])
    if command == "build":
        database, hazards, people, phones = sys.argv[3:]
        build(folder, database, int(hazards), int(people), int(phones))
    elif command == "decide":
        decide(folder)
    else:
        print(json.dumps(count(folder)))


if __name__ == "__main__":
    main()
