"""From record types, profile and lists to the questions of a form, and how its answers are read.

Questions and reading plan are made side by side, so that what is asked is what is read. The plan
is kept with each published version: answers given to an old form are read as that form meant them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from landrelease.register.profile import ExtraField
from landrelease.register.profile import Forms as Settings
from landrelease.register.schema import Field, RecordType

from . import lists as lists_
from .catalogue import NEVER_ASKED, FormKind, Part
from .labels import ENTRIES, NOT_KNOWN, ask
from .lists import Lists

#: Layout of the reading plan; a later one gets another number and readers know both.
PLAN = 1


@dataclass(frozen=True)
class Question:
    """One row of the form, texts in English.

    The names are those of XLSForm's survey sheet; ``type`` may also be ``begin_group`` and so on.
    """

    type: str
    name: str = ""
    label: str = ""
    hint: str = ""
    required: bool = False
    relevant: str = ""
    constraint: str = ""
    constraint_message: str = ""
    calculation: str = ""
    appearance: str = ""
    choice_filter: str = ""
    default: str = ""


@dataclass
class Form:
    """A form as it will be written.

    Attributes
    ----------
    kind
        From the catalogue.
    questions
        In the order in which they are asked.
    choices
        List name to code to English label.
    plan
        How answers are read back (JSON): see :mod:`.instances`.
    media
        Files that go with the form.
    notes
        What people who publish the form should know.
    """

    kind: FormKind
    questions: list[Question]
    choices: dict[str, dict[str, str]]
    plan: dict[str, Any]
    media: dict[str, bytes]
    notes: list[str]


YES_NO = {"yes": "Yes", "no": "No"}
#: How well a date is known.
PRECISION = {
    "day": "The day is known",
    "month": "Only the month is known",
    "year": "Only the year is known",
    "unknown": "Not known",
}
PLACED_BY = {
    "shape": "Boundary (area)",
    "trace": "Line (path, road, edge)",
    "point": "One point",
}
SAFETY = "Never enter suspected ground to take a position: stay where it is known to be safe."
SEALED = "What you write about a person is encrypted when it arrives."


def build(
    kind: FormKind,
    *,
    lists: Lists,
    settings: Settings,
    extra_fields: Mapping[str, Mapping[str, ExtraField]],
) -> Form:
    """Make a form.

    Parameters
    ----------
    kind
        From the catalogue.
    lists
        Units and organisations to choose from.
    settings
        The section ``forms`` of the national profile.
    extra_fields
        National fields by record type.
    """
    return _Builder(kind, lists, settings, extra_fields).build()


class _Builder:
    def __init__(
        self,
        kind: FormKind,
        lists: Lists,
        settings: Settings,
        extra_fields: Mapping[str, Mapping[str, ExtraField]],
    ) -> None:
        self.kind = kind
        self.lists = lists
        self.settings = settings
        self.extra_fields = extra_fields
        self.questions: list[Question] = []
        self.choices: dict[str, dict[str, str]] = {}

    def build(self) -> Form:
        self.questions += [Question("start", "start"), Question("end", "end")]
        main, *repeats = self.kind.parts
        plans = [self._main(main)] + [self._repeat(part) for part in repeats]
        plan = {
            "form": self.kind.name,
            "parts": plans,
            "personal": self.kind.personal is not None,
            "plan": PLAN,
        }
        used = {q.type.split()[1] for q in self.questions if "_from_file" in q.type}
        media = {name: data for name, data in self.lists.media().items() if name in used}
        return Form(self.kind, self.questions, self.choices, plan, media, list(self.lists.notes))

    # --- parts --------------------------------------------------------------------------------

    def _main(self, part: Part) -> dict[str, Any]:
        plan = _empty_plan(part, repeat="")
        plan["extra"] |= {"start": "start", "end": "end"}
        with _Group(self, "about", "General information") as path:
            self._add(Question("note", "not_known_note", NOT_KNOWN))
            self._add(
                Question("text", "local_id", "Your own number for this record (if you have one)")
            )
            plan["extra"]["local_id"] = f"{path}/local_id"
            self._fields(part, path, plan)
        self._place(part, plan)
        if self.kind.photo:
            self._add(Question("image", "photo", self.kind.photo))
            plan["extra"]["photo"] = "photo"
        return plan

    def _repeat(self, part: Part) -> dict[str, Any]:
        record_type = part.record_type
        plan = _empty_plan(part, repeat=record_type.name)
        self._add(Question("begin_repeat", record_type.name, ENTRIES[record_type.name]))
        # An id of its own for each entry: it stays the same when others are taken out later.
        self._add(Question("calculate", "row_id", calculation="once(uuid())"))
        plan["row_id"] = "row_id"
        if record_type.personal_fields:
            self._add(Question("note", "sealed_note", SEALED))
        self._fields(part, "", plan)
        if record_type.geometry == "point":
            self._add(
                Question(
                    "geopoint", f"{record_type.name}_point", "Position", relevant=self._safe(),
                    hint=SAFETY,
                )
            )  # fmt: skip
            plan["places"].append({"kind": "geopoint", "path": f"{record_type.name}_point"})
        self._add(Question("end_repeat"))
        return plan

    # --- fields -------------------------------------------------------------------------------

    def _fields(self, part: Part, path: str, plan: dict[str, Any]) -> None:
        record_type = part.record_type
        left_out = {*NEVER_ASKED, *part.omit, *part.constants, *self._omitted(part)}
        prefix = f"{part.record}_" if plan["repeat"] else ""
        for item in record_type.fields:
            if item.name in left_out:
                continue
            name = prefix + item.name
            at = f"{path}/{name}" if path else name
            if item.kind == "date" and item.name in part.imprecise:
                plan["dates"][item.name] = self._imprecise_date(name, item, path)
                continue
            self._add(self._question(record_type, item, name))
            plan["fields"][item.name] = {"kind": item.kind, "path": at}
        for name, extra in self.extra_fields.get(record_type.name, {}).items():
            self._add(self._national(record_type, name, extra, prefix))
            plan["national"][name] = f"{path}/{prefix}{name}" if path else prefix + name

    def _omitted(self, part: Part) -> tuple[str, ...]:
        """Fields the profile leaves out; what a record cannot do without is asked all the same."""
        needed = {item.name for item in part.record_type.fields if item.required}
        return tuple(name for name in self.settings.omit.get(part.record, ()) if name not in needed)

    def _question(self, record_type: RecordType, item: Field, name: str) -> Question:
        common = {"name": name, "label": ask(record_type.name, item), "required": item.required}
        match item.kind:
            case "integer":
                return Question(
                    "integer", constraint=". >= 0", constraint_message=_NOT_NEGATIVE, **common
                )
            case "decimal":
                return Question(
                    "decimal", constraint=". >= 0", constraint_message=_NOT_NEGATIVE, **common
                )
            case "date":
                return Question(
                    "date", constraint=". <= today()", constraint_message=_NO_FUTURE, **common
                )
            case "boolean":
                return Question(f"select_one {self._list('yes_no', YES_NO)}", **common)
            case "choice":
                return Question(f"select_one {self._choice_list(record_type, item)}", **common)
            case "classes":
                return Question(f"select_multiple {self._choice_list(record_type, item)}", **common)
            case "reference" if item.to == "organisation" and self.lists.organisations:
                return Question(f"select_one_from_file {lists_.ORGANISATIONS}", **common)
            case "reference":
                return Question("text", hint=_REFERENCE_HINT, **common)
        return Question("text", **common)

    def _national(
        self, record_type: RecordType, name: str, extra: ExtraField, prefix: str
    ) -> Question:
        label = extra.label or name
        common = {"name": prefix + name, "label": label, "required": extra.required}
        if extra.kind == "choice":
            codes = {code: code for code in extra.choices}
            listed = self._list(f"{record_type.name}_{name}", codes)
            return Question(f"select_one {listed}", **common)
        if extra.kind == "boolean":
            return Question(f"select_one {self._list('yes_no', YES_NO)}", **common)
        return Question(extra.kind, **common)

    def _imprecise_date(self, name: str, item: Field, path: str) -> dict[str, str]:
        listed = self._list("precision", PRECISION)
        self._add(
            Question(f"select_one {listed}", f"{name}_known", f"{item.help}: how well is it known?",
                     required=True)
        )  # fmt: skip
        paths = {"known": f"{path}/{name}_known"}
        for code, appearance in (("day", ""), ("month", "month-year"), ("year", "year")):
            self._add(
                Question(
                    "date", f"{name}_{code}", item.help,
                    appearance=appearance, relevant=f"${{{name}_known}} = '{code}'",
                    constraint=". <= today()", constraint_message=_NO_FUTURE,
                )
            )  # fmt: skip
            paths[code] = f"{path}/{name}_{code}"
        return paths

    # --- places -------------------------------------------------------------------------------

    def _place(self, part: Part, plan: dict[str, Any]) -> None:
        record_type = part.record_type
        has_unit = "unit" in record_type.by_name
        # A record without a place of its own (no geometry) may have items that are placed.
        placed = bool(record_type.geometry)
        if not (has_unit or placed):
            return
        with _Group(self, "place", "Place") as path:
            if has_unit:
                self._units(path, plan)
            if not placed:
                return
            self._add(Question("note", "safety_note", SAFETY))
            if self.settings.ask_geo_safe:
                listed = self._list("yes_no", YES_NO)
                self._add(
                    Question(f"select_one {listed}", "geo_safe",
                             "Is it safe to record a position here?", required=True)
                )  # fmt: skip
                plan["extra"]["geo_safe"] = f"{path}/geo_safe"
            if record_type.geometry == "polygon":
                self._outline(path, plan)
            else:
                self._position(path, plan, self._safe())
            if self.settings.ask_geo_safe and has_unit:
                self._centroid(path, plan)

    def _safe(self) -> str:
        return "${geo_safe} = 'yes'" if self.settings.ask_geo_safe else ""

    def _outline(self, path: str, plan: dict[str, Any]) -> None:
        listed = self._list("placed_by", PLACED_BY)
        self._add(
            Question(f"select_one {listed}", "placed_by", "What can you record?",
                     relevant=self._safe())
        )  # fmt: skip
        plan["extra"]["placed_by"] = f"{path}/placed_by"
        for code, kind, label in (
            ("shape", "geoshape", "Boundary: draw it, or walk it only on safe ground"),
            ("trace", "geotrace", "Line"),
        ):
            self._add(Question(kind, code, label, relevant=f"${{placed_by}} = '{code}'"))
            plan["places"].append({"kind": kind, "path": f"{path}/{code}"})
        self._position(path, plan, "${placed_by} = 'point'")

    def _position(self, path: str, plan: dict[str, Any], relevant: str) -> None:
        self._add(Question("geopoint", "point", "Position", relevant=relevant))
        plan["places"].append({"kind": "geopoint", "path": f"{path}/point"})

    def _units(self, path: str, plan: dict[str, Any]) -> None:
        if not self.lists.levels:
            self._add(Question("text", "unit", "Administrative unit (p-code or name)"))
            plan["units"] = [f"{path}/unit"]
            return
        above = None
        for level in self.lists.levels:
            label = self.settings.unit_levels.get(level, f"Administrative unit, level {level}")
            self._add(
                Question(
                    f"select_one_from_file {lists_.units_file(level)}",
                    f"unit_{level}",
                    label,
                    # A unit whose parent is not recorded is offered everywhere: it is never lost.
                    choice_filter="" if above is None
                    else f"parent = ${{unit_{above}}} or parent = ''",
                    relevant="" if above is None else f"${{unit_{above}}} != ''",
                )
            )  # fmt: skip
            plan["units"].append(f"{path}/unit_{level}")
            above = level

    def _centroid(self, path: str, plan: dict[str, Any]) -> None:
        """Where no position is safe to record: the centre of the finest unit that was chosen."""
        centre = "''"
        for level in self.lists.levels:
            own = (
                f"instance('units_{level}')/{_ENTRY}[name = ${{unit_{level}}}]/centre"
            )  # fmt: skip
            centre = f"if(${{unit_{level}}} != '', {own}, {centre})"
        if not self.lists.levels:
            return
        self._add(
            Question("calculate", "centroid",
                     calculation=f"if(${{geo_safe}} = 'no', {centre}, '')")
        )  # fmt: skip
        plan["centroid"] = f"{path}/centroid"

    # --- lists --------------------------------------------------------------------------------

    def _choice_list(self, record_type: RecordType, item: Field) -> str:
        return self._list(f"{record_type.name}_{item.name}", item.choices or {})

    def _list(self, name: str, codes: Mapping[str, str]) -> str:
        """Name of the list that holds these codes: the same codes stand in the form once."""
        for known, theirs in self.choices.items():
            if theirs == dict(codes):
                return known
        self.choices[name] = dict(codes)
        return name

    def _add(self, question: Question) -> None:
        self.questions.append(question)


#: Where the rows of a list stand in it (ODK XForms specification, external secondary instances).
_ENTRY = "root/item"
_NOT_NEGATIVE = "A number below zero is not possible. Leave it empty when it is not known."
_NO_FUTURE = "The date lies in the future."
_REFERENCE_HINT = "The number of the record in the register, such as HA-12, or its own id"


class _Group:
    """Questions between ``begin_group`` and ``end_group``."""

    def __init__(self, builder: _Builder, name: str, label: str) -> None:
        self.builder, self.name, self.label = builder, name, label

    def __enter__(self) -> str:
        self.builder._add(Question("begin_group", self.name, self.label))
        return self.name

    def __exit__(self, *_: object) -> None:
        self.builder._add(Question("end_group"))


def _empty_plan(part: Part, repeat: str) -> dict[str, Any]:
    return {
        "centroid": "",
        "constants": dict(part.constants),
        "dates": {},
        "extra": {},
        "fields": {},
        "inherit": list(part.inherit),
        "link": part.link,
        "national": {},
        "places": [],
        "record": part.record,
        "repeat": repeat,
        "row_id": "",
        "units": [],
    }


def texts(form: Form) -> Iterable[str]:
    """Every English text of a form, for translators and for the check of the languages."""
    yield form.kind.title
    for question in form.questions:
        yield from filter(None, (question.label, question.hint, question.constraint_message))
    for codes in form.choices.values():
        yield from codes.values()


def paths(plan: Mapping[str, Any]) -> Sequence[str]:
    """All paths that a part of a plan reads."""
    return [
        *(entry["path"] for entry in plan["fields"].values()),
        *(path for entry in plan["dates"].values() for path in entry.values()),
        *plan["national"].values(),
        *plan["extra"].values(),
        *(entry["path"] for entry in plan["places"]),
        *plan["units"],
        *filter(None, (plan["centroid"], plan["row_id"])),
    ]
