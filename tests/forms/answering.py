"""A made-up programme with forms, and phones that fill them in.

An answer is made from the form's own primary instance, as a phone makes it: a path that the form
does not have is an error here, so that no test sends what no phone could.
"""

from __future__ import annotations

import copy
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import yaml
from registering import geojson, square, submit, table

from landrelease.exchange.forms import publishing, receiving
from landrelease.exchange.forms.catalogue import FORMS
from landrelease.register import field_forms, people
from landrelease.register import profile as profiles
from landrelease.register.field_forms import Attachment

XFORMS = "http://www.w3.org/2002/xforms"
OPENROSA = "http://openrosa.org/xforms"
JAVAROSA = "http://openrosa.org/javarosa"

TEAM = people.Actor("team-3", "OP1")
OFFICE = people.Actor("office", "Authority", authenticated=True)

LANGUAGES = ("en", "es", "fr", "ar", "uk")
UNITS = [
    ("N", "Northland", 1, "", square(0, 0, 10)),
    ("S", "Southland", 1, "", square(0, -10, 10)),
    ("N1", "North Hill", 2, "N", square(0, 0, 5)),
    ("N2", "North Dale", 2, "N", square(5, 0, 5)),
    ("S1", "South Hill", 2, "S", square(0, -10, 5)),
    ("N1A", "Upper Village", 3, "N1", square(0, 0, 2)),
    ("N1B", "Lower Village", 3, "N1", square(2, 0, 2)),
]


def furnish(workspace: Any, folder: Path) -> None:
    """Give a workspace a profile with five languages and a national field, units, organisations."""
    write_profile(workspace.folder)
    rows = [
        (shape, {"pcode": code, "name": name, "level": level, "parent": parent or None})
        for code, name, level, parent, shape in UNITS
    ]
    submit(geojson(folder / "units.geojson", rows), "units", source="Units")
    submit(
        table(
            folder / "orgs.csv",
            [
                {"source_id": "OP1", "name": "First Operator"},
                {"source_id": "OP2", "name": "Second, “other” Operator"},
            ],
        ),
        "organisations",
    )


def write_profile(folder: Path, **forms: Any) -> None:
    """Write the workspace's own profile and make it count."""
    from importlib import resources

    from landrelease.register import workspace as workspaces

    text = (resources.files("landrelease.profiles") / "default.yaml").read_text(encoding="utf-8")
    given = yaml.safe_load(text)
    given["forms"] = {
        "languages": list(LANGUAGES),
        "unit_levels": {1: "Region", 3: "Community"},
        **forms,
    }
    given["extra_fields"] = {
        "hazard": {
            "owner": {"kind": "choice", "choices": ["public", "private"], "label": "Kind of owner"},
            "houses": {"kind": "integer", "label": "Houses within 100 m"},
        }
    }
    (folder / "national.yaml").write_text(yaml.safe_dump(given), encoding="utf-8")
    settings = folder / "landrelease.toml"
    settings.write_text(
        settings.read_text().replace('profile = "default"', 'profile = "national.yaml"')
    )
    profiles.load.cache_clear()
    workspaces.open_workspace(folder)


def publish_all() -> None:
    """Publish every form, unchecked: the check has tests of its own."""
    for kind in FORMS.values():
        publishing.publish(kind, OFFICE, check=False)


def skeleton(form: str, version: str | None = None) -> ET.Element:
    """The primary instance of a published form, empty."""
    found = field_forms.latest(form) if version is None else field_forms.version(form, version)
    model = ET.fromstring(found.xform).find(f".//{{{XFORMS}}}instance")
    return copy.deepcopy(next(iter(model)))


def answer(
    form: str,
    values: dict[str, str],
    *,
    repeats: dict[str, list[dict[str, str]]] | None = None,
    instance_id: str = "uuid:1",
    deprecated: str = "",
    version: str | None = None,
) -> bytes:
    """Fill in a form: path to text, and for each repeat the entries."""
    root = skeleton(form, version)
    for name, entries in (repeats or {}).items():
        template = next(child for child in root if tag(child) == name)
        place = list(root).index(template)
        for child in [child for child in root if tag(child) == name]:
            root.remove(child)
        for number, entry in enumerate(entries):
            filled = copy.deepcopy(template)
            filled.attrib.pop(f"{{{JAVAROSA}}}template", None)
            for path, text in entry.items():
                at(filled, path).text = text
            root.insert(place + number, filled)
    for path, text in values.items():
        at(root, path).text = text
    meta = next(child for child in root if tag(child) == "meta")
    at(meta, "instanceID").text = instance_id
    if deprecated:
        ET.SubElement(meta, f"{{{OPENROSA}}}deprecatedID").text = deprecated
    # A repeat that was not filled in stays as a template, which phones leave out.
    for child in [c for c in root if f"{{{JAVAROSA}}}template" in c.attrib]:
        root.remove(child)
    if not repeats:
        for part in FORMS[form].repeats:
            for child in [c for c in root if tag(c) == part.record]:
                root.remove(child)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def tag(element: ET.Element) -> str:
    return element.tag.rsplit("}", 1)[-1]


def at(element: ET.Element, path: str) -> ET.Element:
    for name in path.split("/"):
        element = next(child for child in element if tag(child) == name)
    return element


#: A triangle that a team walked, with accuracies of 3 to 5 metres.
WALKED = (
    "-20.0000 -20.0000 12.0 4.5;-19.9990 -20.0000 12.0 3.0;"
    "-19.9990 -19.9990 12.5 5.0;-20.0000 -20.0000 12.0 4.5"
)

HAZARD = {
    "about/local_id": "T3-17",
    "about/name": "North field",
    "about/type": "SHA",
    "about/classes": "ap erw",
    "about/date": "2026-03-14",
    "about/declared_m2": "5500.5",
    "about/organisation": "OP1",
    "about/owner": "public",
    "about/houses": "3",
    "place/unit_1": "N",
    "place/unit_2": "N1",
    "place/unit_3": "N1A",
    "place/geo_safe": "yes",
    "place/placed_by": "shape",
    "place/shape": WALKED,
}
EVIDENCE = {
    "row_id": "e-1",
    "evidence_kind": "verbal_report",
    "evidence_channel": "verbal",
    "evidence_date": "2026-03-10",
    "evidence_statement": "Cattle do not come back from the slope.",
}
#: Words that must never be found in clear.
SECRETS = ("Zyxandra Quillfeather", "Wombat Lane 77", "+999-555-0147")
ACCIDENT = {
    "about/date_known": "month",
    "about/date_month": "2026-02-01",
    "about/kind": "mine",
    "about/device_class": "ap",
    "about/injured": "1",
    "place/unit_1": "N",
    "place/unit_2": "N1",
    "place/geo_safe": "yes",
    "place/point": "-19.9995 -19.9995 10 8",
}
VICTIM = {
    "row_id": "v-1",
    "victim_consequence": "injured",
    "victim_sex": "female",
    "victim_age_band": "adult",
    "victim_person_status": "civilian",
    "victim_name": SECRETS[0],
    "victim_address": SECRETS[1],
    "victim_contact": SECRETS[2],
}


def hazard(**options: Any) -> bytes:
    """A filled-in form about a hazard with one sign of it; ``changes`` replaces answers."""
    values = {**HAZARD, **options.pop("changes", {})}
    options.setdefault("repeats", {"evidence": [EVIDENCE]})
    return answer("hazard", values, **options)


def accident(**options: Any) -> bytes:
    """A filled-in form about an accident with one victim."""
    options.setdefault("repeats", {"victim": [VICTIM]})
    return answer("accident", {**ACCIDENT, **options.pop("changes", {})}, **options)


def send(xml: bytes, *attachments: Attachment, actor: people.Actor = TEAM) -> receiving.Receipt:
    return receiving.receive(xml, attachments, actor)


def send_in_process(xml: bytes) -> None:
    """Send a form from a process of its own."""
    send(xml)


def accept_all(receipt: receiving.Receipt) -> None:
    """Let the office accept everything that a form became."""
    from landrelease.register import decisions

    for one in receipt.submissions.values():
        decisions.accept_submission(one, OFFICE)


PHOTO = Attachment("photo.jpg", "image/jpeg", b"\xff\xd8\xff\xe1\x00\x10Exif made-up picture")
