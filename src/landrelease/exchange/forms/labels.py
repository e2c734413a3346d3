"""What the forms ask, in English, where the description of a field is no question.

The description of a field (:mod:`landrelease.register.schema`) says what it means in the register;
on a phone a person is asked. A field that is not named here is asked by its description.
"""

from __future__ import annotations

from landrelease.register.schema import Field

NOT_KNOWN = "Leave empty what is not known."

QUESTIONS: dict[tuple[str, str], str] = {
    ("hazard", "name"): "Name of the area",
    ("hazard", "type"): "Is the area suspected or confirmed?",
    ("hazard", "classes"): "Which contamination is suspected or confirmed?",
    ("hazard", "status"): "Status of the area",
    ("hazard", "date"): "Date of the information (not of the laying)",
    ("hazard", "declared_m2"): "Size of the area as told, in square metres",
    ("hazard", "organisation"): "Organisation that reports",
    ("hazard", "priority"): "Priority, in the words of the source",
    ("hazard", "beneficiaries"): "Persons who would benefit from release",
    ("activity", "name"): "Name of the task",
    ("activity", "kind"): "What was done?",
    ("activity", "report"): "Which report is this?",
    ("activity", "result"): "What became of the land?",
    ("activity", "hazard"): "Hazardous area worked on",
    ("activity", "organisation"): "Organisation that did the work",
    ("activity", "method"): "Method",
    ("activity", "started"): "Start of the work",
    ("activity", "date"): "End of the work",
    ("activity", "classes"): "Which contamination was searched for?",
    ("activity", "released_m2"): "Area released, in square metres",
    ("activity", "worked_m2"): "Area worked, in square metres",
    ("activity", "team"): "Team code (no names of persons)",
    ("evidence", "classes"): "Which contamination does it point to?",
    ("evidence", "statement"): "What exactly was said or seen? (no names of persons)",
    ("ordnance", "ordnance_class"): "Class of the item",
    ("ordnance", "depth_cm"): "Depth at which it was found, in centimetres",
    ("accident", "hazard"): "Hazardous area in which it happened",
    ("accident", "casualties"): "Casualties in all, as told",
    ("education_session", "total"): "Persons reached in all, as told",
    ("education_session", "organisation"): "Organisation that held the session",
    ("quality_visit", "activity"): "Activity that was visited",
}


def ask(record: str, item: Field) -> str:
    """The question for a field of a record type."""
    return QUESTIONS.get((record, item.name), item.help)


#: What one entry of a part that repeats is called.
ENTRIES = {
    "evidence": "Sign or report of contamination",
    "ordnance": "Item found",
    "victim": "Victim",
}
