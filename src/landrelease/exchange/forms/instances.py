"""A filled-in form: what it says of itself, and its rows by record type.

The XML comes from a phone and is not trusted: no document type, no entities, bounded in size. It is
read by the plan of the form version it names (:mod:`.model`). Whatever the plan does not know is
kept in ``extra``, so that nothing an answer holds is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from xml.etree.ElementTree import Element, ParseError  # nosec B405 # types and writing only; defusedxml parses

import defusedxml
import defusedxml.ElementTree
import numpy as np

from landrelease.register import identity
from landrelease.register.profile import ExtraField
from landrelease.register.schema import RECORD_TYPES, Field, RecordType

from ..mapping import Mapping as ColumnMapping
from ..mapping import TypedBatch
from ..problems import ExchangeError, Problem
from ..source import RawBatch, objects
from . import geometry, model

#: Largest form without its attachments. A hazard of 10,000 vertices takes half a megabyte.
LARGEST_XML = 5_000_000
LONGEST_ID = 200


class InstanceError(ExchangeError):
    """What was sent is no filled-in form; the message says why."""


@dataclass(frozen=True)
class Instance:
    """A filled-in form as received.

    Attributes
    ----------
    form, version
        The form it answers, as it says.
    instance_id
        The phone's id of this filling-in.
    deprecated_id
        The id of the filling-in that this one corrects, or empty.
    root
        The answers.
    """

    form: str
    version: str
    instance_id: str
    deprecated_id: str
    root: Element = field(repr=False, compare=False)


@dataclass
class PartRows:
    """The rows of one record type, as the register takes them."""

    record_type: RecordType
    raw: RawBatch
    typed: TypedBatch


def parse(xml: bytes) -> Instance:
    """Read what a form says of itself.

    Raises
    ------
    InstanceError
        When it is too large, no XML, or lacks the id of the form or of the filling-in. The message
        quotes nothing of it: it may be about a person.
    """
    if len(xml) > LARGEST_XML:
        raise InstanceError(
            f"the form is larger than {LARGEST_XML // 1_000_000} MB without its attachments"
        )
    try:
        root = defusedxml.ElementTree.fromstring(xml, forbid_dtd=True)
    except (ParseError, defusedxml.DefusedXmlException, ValueError, RecursionError):
        raise InstanceError("the form is not readable as XML") from None
    form = root.get("id") or ""
    version = root.get("version") or ""
    instance_id = deprecated_id = ""
    for child in root:
        if _tag(child) == "meta":
            texts = {_tag(item): (item.text or "").strip() for item in child}
            instance_id = texts.get("instanceID", "")
            deprecated_id = texts.get("deprecatedID", "")
    if not form:
        raise InstanceError("the form does not say which form it is (no id at its root)")
    if not instance_id:
        raise InstanceError("the form bears no instanceID, so it could not be told from another")
    if max(len(form), len(version), len(instance_id), len(deprecated_id)) > LONGEST_ID:
        raise InstanceError(f"an id in the form is longer than {LONGEST_ID} characters")
    return Instance(form, version, instance_id, deprecated_id, root)


def read(
    instance: Instance,
    plan: Mapping[str, Any],
    *,
    key: str,
    namespace: str,
    extra_fields: Mapping[str, Mapping[str, ExtraField]],
) -> list[PartRows]:
    """Read the rows of a form.

    Parameters
    ----------
    instance
        From :func:`parse`.
    plan
        Reading plan of the version it names.
    key
        Id of the record it is about; the rows of its repeats have ids that begin with it.
    namespace
        Whose ids these are.
    extra_fields
        National fields by record type.

    Returns
    -------
    list of PartRows
        The record it is about first; a repeat that was not filled in has no rows.
    """
    if plan.get("plan") != model.PLAN:
        raise InstanceError(
            f"the form {instance.form} {instance.version} was published by another version of "
            "this program, which has to read it"
        )
    main_plan, *repeats = plan["parts"]
    repeated = {part["repeat"] for part in repeats}
    main = _cells(instance.root, main_plan, ignore=repeated, personal=plan["personal"])
    main.values["source_id"] = key
    parts = [_typed([main], main_plan, extra_fields)]
    about = identity.keyed(main_plan["record"], namespace, key)
    for part in repeats:
        rows, empty = [], 0
        for number, element in enumerate(_children(instance.root, part["repeat"]), start=1):
            cells = _cells(element, part, ignore=set(), personal=plan["personal"])
            row_id = cells.values.pop("row_id", None) or str(number)
            if cells.says_nothing:
                # Clients open the first entry of a repeat by themselves.
                empty += 1
                continue
            cells.values["source_id"] = f"{key}/{part['repeat']}/{row_id}"
            for name in part["inherit"]:
                if name not in cells.values and name in main.values:
                    cells.values[name] = main.values[name]
            rows.append(cells)
        typed = _typed(rows, part, extra_fields)
        if empty:
            parts[0].typed.problems.append(_empty_entries(empty, part["repeat"]))
        if part["link"]:
            # The record it belongs to is proposed with it and not in the register yet.
            typed.typed.fields[part["link"]] = [{"uid": about} for _ in rows]
        parts.append(typed)
    return parts


def named_files(instance: Instance, plan: Mapping[str, Any]) -> set[str]:
    """Names of the files (pictures) that the answers say come with the form."""
    texts = dict(_leaves(instance.root, set()))
    paths = {part["extra"]["photo"] for part in plan["parts"] if "photo" in part["extra"]}
    return {texts[path] for path in paths if texts.get(path)}


@dataclass
class _Row:
    """Cells of one row, by the name of the field or, of what is no field, its own."""

    values: dict[str, str] = field(default_factory=dict)
    place: geometry.Place = field(default_factory=geometry.Place)

    @property
    def says_nothing(self) -> bool:
        """Whether nobody has answered anything."""
        return not self.values and self.place.geometry is None and not self.place.problems


def _cells(element: Element, plan: Mapping[str, Any], ignore: set[str], *, personal: bool) -> _Row:
    row = _Row()
    texts = dict(_leaves(element, ignore))
    known = set(model.paths(plan))
    for name, entry in plan["fields"].items():
        text = texts.get(entry["path"], "")
        if text:
            row.values[name] = "|".join(text.split()) if entry["kind"] == "classes" else text
    for name, paths in plan["dates"].items():
        text = _imprecise(texts, paths)
        if text:
            row.values[name] = text
    for name, path in [*plan["national"].items(), *plan["extra"].items()]:
        if texts.get(path):
            row.values[name] = texts[path]
    if plan["row_id"] and texts.get(plan["row_id"]):
        row.values["row_id"] = texts[plan["row_id"]]
    for path in plan["units"]:
        if texts.get(path):
            row.values["unit"] = texts[path]  # the finest that was chosen comes last
    row.place = _place(texts, plan, row.values)
    row.values |= plan["constants"]
    unknown = [path for path in texts if path not in known]
    if personal:
        # People call a picture after who is in it; its name stays in the sealed original.
        row.values.pop("photo", None)
    if personal and not RECORD_TYPES[plan["record"]].personal_fields:
        # Nobody knows what they hold: in a form about persons they stay in the sealed original.
        if unknown:
            row.place.problems.append(_left_sealed(len(unknown)))
        return row
    for path in unknown:
        row.values.setdefault(_free_name(path, row.values), texts[path])
    return row


def _empty_entries(entries: int, repeat: str) -> Problem:
    return Problem(
        "empty_entries", "info",
        f"{entries} entries of {repeat} hold no answer; they are no records", row=1,
    )  # fmt: skip


def _left_sealed(answers: int) -> Problem:
    return Problem(
        "answers_left_sealed", "info",
        f"{answers} answers that this version of the form does not know were left in the form as "
        "received, which is sealed", row=1,
    )  # fmt: skip


def _free_name(path: str, taken: Mapping[str, str]) -> str:
    """The element's own name, or its whole path where that is taken."""
    name = path.rsplit("/", 1)[-1]
    return path if name in taken or name == "source_id" else name


def _imprecise(texts: Mapping[str, str], paths: Mapping[str, str]) -> str:
    """A day, ``2024-05`` or ``2024``; empty when the date is not known."""
    length = {"day": 10, "month": 7, "year": 4}
    known = texts.get(paths["known"], "")
    return texts.get(paths[known], "")[: length[known]] if known in length else ""


def _place(
    texts: Mapping[str, str], plan: Mapping[str, Any], values: dict[str, str]
) -> geometry.Place:
    place = geometry.Place()
    given = [entry for entry in plan["places"] if texts.get(entry["path"])]
    if given:
        first, *others = given
        place = geometry.parse(texts[first["path"]], first["kind"])
        for entry in others:
            values[f"other_{entry['kind']}"] = texts[entry["path"]]
            place.problems.append(
                Problem(
                    "several_places", "warning",
                    f"the form holds a {first['kind']} and a {entry['kind']}; the first was taken "
                    "and the other kept", row=1, field="geometry",
                )
            )  # fmt: skip
    if place.geometry is None and plan["centroid"] and texts.get(plan["centroid"]):
        centre = geometry.parse(texts[plan["centroid"]], "geopoint")
        place.geometry, place.accuracies = centre.geometry, []
        place.origin = "centroid"
        place.problems.append(
            Problem(
                "place_is_centroid", "info",
                "no position was safe to record: the centre of the community stands in for it, it "
                "is not the place itself", row=1, field="geometry",
            )
        )  # fmt: skip
    if place.origin:
        values["location_origin"] = place.origin
    if place.accuracy_m is not None:
        values["accuracy_m"] = f"{place.accuracy_m:g}"
    if len(place.accuracies) > 1 and any(place.accuracies):
        values["vertex_accuracies_m"] = " ".join(
            "?" if a is None else f"{a:g}" for a in place.accuracies
        )
    return place


def _leaves(element: Element, ignore: set[str], path: str = "") -> Iterator[tuple[str, str]]:
    """Paths and texts of the elements that hold a text, those of repeats and of meta left out.

    An element that comes twice where the form has one keeps its number in the path.
    """
    seen: dict[str, int] = {}
    for child in element:
        tag = _tag(child)
        if not path and (tag in ignore or tag == "meta"):
            continue
        seen[tag] = seen.get(tag, 0) + 1
        at = f"{path}/{tag}" if path else tag
        if seen[tag] > 1:
            at = f"{at}[{seen[tag]}]"
        if len(child):
            if at.count("/") < _DEEPEST:
                yield from _leaves(child, ignore, at)
            else:
                yield at, " ".join("".join(child.itertext()).split())
        elif child.text and child.text.strip():
            yield at, child.text.strip()


#: Our forms are three levels deep; what is deeper is kept as one text.
_DEEPEST = 8


def _children(root: Element, tag: str) -> Sequence[Element]:
    return [
        child
        for child in root
        # Clients may keep the template of a repeat in the answers.
        if _tag(child) == tag and not any(name.endswith("}template") for name in child.attrib)
    ]


def _tag(element: Element) -> str:
    return str(element.tag).rsplit("}", 1)[-1]


def _typed(
    rows: list[_Row], plan: Mapping[str, Any], extra_fields: Mapping[str, Mapping[str, ExtraField]]
) -> PartRows:
    record_type = RECORD_TYPES[plan["record"]]
    national = {
        name: Field(
            name,
            item.kind,
            item.label or name,
            choices={code: code for code in item.choices} or None,
        )
        for name, item in extra_fields.get(record_type.name, {}).items()
    }  # fmt: skip
    names = list(dict.fromkeys(name for row in rows for name in row.values))
    placed = bool(record_type.geometry)
    problems = []
    for number, row in enumerate(rows, start=1):
        problems += [_of_row(problem, number) for problem in row.place.problems]
    raw = RawBatch(
        rows=np.arange(1, len(rows) + 1, dtype=np.int64),
        columns={name: objects([row.values.get(name) for row in rows]) for name in names},
        geometry=objects([row.place.geometry for row in rows]) if placed else None,
        crs="EPSG:4326" if placed else None,
        problems=problems,
    )
    # A field that the schema no longer has stays readable, as text, in extra.
    known = {*record_type.by_name, *national}
    mapping = ColumnMapping(
        record_type,
        {name: name for name in names if name in known},
        decimal=".",
        date_order="ymd",
        extra_fields=list(national.values()),
    )
    return PartRows(record_type, raw, mapping.apply(raw))


def _of_row(problem: Problem, row: int) -> Problem:
    return replace(problem, row=row)
