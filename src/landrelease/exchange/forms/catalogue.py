"""Which field forms there are, and which record types each fills.

A form has one record it is about (its *main* part) and parts that repeat: the victims of an
accident, the items found at a spot task. What is asked of each follows from
:mod:`landrelease.register.schema`; here stands only what a phone is not asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from landrelease.register.schema import RECORD_TYPES, RecordType

#: Nobody is asked for these in the field: the id is given by the phone, how coordinates came
#: about is seen from them, and documents are entered in the office.
NEVER_ASKED = (
    "source_id", "location_origin", "document", "span_start", "span_end", "unit",
    # What becomes of evidence is decided at a desk.
    "claim", "standing", "restricted",
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One record type within a form.

    Attributes
    ----------
    record
        Name of the record type.
    omit
        Fields that are not asked.
    constants
        Fields that have the same value in every answer.
    link
        For a part that repeats: the field that refers to the record the form is about.
    inherit
        For a part that repeats: fields taken over from the record the form is about.
    imprecise
        Dates that may be known as a month or a year only.
    """

    record: str
    omit: tuple[str, ...] = ()
    constants: dict[str, str] = field(default_factory=dict)
    link: str = ""
    inherit: tuple[str, ...] = ()
    imprecise: tuple[str, ...] = ()

    @property
    def record_type(self) -> RecordType:
        return RECORD_TYPES[self.record]


@dataclass(frozen=True)
class FormKind:
    """A form that can be made.

    Attributes
    ----------
    name
        The form's id on phones and on the command line.
    title
        What people see, in English.
    main
        The record it is about.
    repeats
        Parts that may be filled in any number of times.
    photo
        What the question for a photo asks; empty for none.
    """

    name: str
    title: str
    main: Part
    repeats: tuple[Part, ...] = ()
    photo: str = ""

    @property
    def parts(self) -> tuple[Part, ...]:
        return (self.main, *self.repeats)

    @property
    def personal(self) -> Part | None:
        """The part that holds personal data, if one does."""
        return next((p for p in self.parts if p.record_type.personal_fields), None)


_SKETCH = "Photo or sketch of the place (no persons)"

#: Items found belong to the work and the hazard that the form is about.
_FOUND = Part("ordnance", omit=("date", "hazard", "activity"), link="activity",
              inherit=("date", "hazard"))  # fmt: skip

FORMS: dict[str, FormKind] = {
    kind.name: kind
    for kind in (
        FormKind(
            "hazard",
            "Hazardous area (non-technical survey)",
            Part("hazard"),
            (
                Part(
                    "evidence",
                    # Direct or indirect follows from the national profile, not from the team.
                    omit=("hazard", "directness", "reported"),
                    link="hazard",
                    inherit=("unit",),
                ),
            ),
            photo=_SKETCH,
        ),
        FormKind(
            "accident",
            "Accident and victims",
            Part("accident", imprecise=("date",)),
            (
                Part(
                    "victim",
                    omit=("accident", "date", "device_class"),
                    link="accident",
                    inherit=("date", "device_class", "unit"),
                ),
            ),
            photo=_SKETCH,
        ),
        FormKind(
            "activity",
            "Survey or clearance: progress or completion",
            Part("activity"),
            (_FOUND,),
            photo=_SKETCH,
        ),
        FormKind(
            "eod_spot",
            "EOD spot task",
            # A spot task releases no area (rule of the field): no result, no released area.
            Part(
                "activity",
                omit=("kind", "report", "result", "released_m2", "tasked_depth_cm", "depth_cm"),
                constants={"kind": "eod_spot"},
            ),
            (_FOUND,),
            photo=_SKETCH,
        ),
        FormKind("education", "Risk education session", Part("education_session")),
        FormKind("quality_visit", "Quality visit", Part("quality_visit"), photo=_SKETCH),
    )
}


class NoSuchForm(KeyError):
    """No form is called so; the message lists what there is."""

    def __str__(self) -> str:
        return str(self.args[0])


def form_kind(name: str) -> FormKind:
    """Find a form by name.

    Raises
    ------
    NoSuchForm
        Naming the forms there are.
    """
    try:
        return FORMS[name.strip().lower().replace("-", "_")]
    except KeyError:
        raise NoSuchForm(f"no form is called {name!r}; there are: {', '.join(FORMS)}") from None
