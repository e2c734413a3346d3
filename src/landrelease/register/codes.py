"""Stable codes of the field's vocabularies, each with its English label.

Figures are computed from the codes; labels are only ever shown. A value that was not recorded
is absent (``None``), never a code of its own and never zero.

Sources: IMAS 04.10 terms; GICHD draft Minimum Data Requirements (2018); IMSMA NG "Evidence of
Contamination"; the admiralty scale for reliability and credibility.
"""

from __future__ import annotations

#: Something was reported somewhere, and no hazardous area is established: it has no polygon and no
#: size, is no suspected and no confirmed area, and is counted on a line of its own (rule 20).
INDICATION = "indication"

HAZARD_TYPES = {
    "SHA": "Suspected hazardous area",
    "CHA": "Confirmed hazardous area",
    INDICATION: "Indication without area",
}

#: Types of hazardous areas, as ground is classified and reclassified.
AREA_TYPES = ("SHA", "CHA")

CLASSES = {
    "ap": "Anti-personnel mines",
    "ap_improvised": "Improvised anti-personnel mines",
    "av": "Anti-vehicle mines",
    "cmr": "Cluster munition remnants",
    "erw": "Other explosive remnants of war",
}

#: States of the boundary of a hazard that no longer stands as a record of its own: it was voided,
#: merged into another, or split. The record stays, the acts say why.
WITHDRAWN = ("voided", "merged", "split")

HAZARD_STATUS = {
    "open": "Open",
    "worked_on": "Work in progress",
    "closed": "Closed",
    "handed_over": "Handed over",
}

ACTIVITY_KINDS = {
    "nts": "Non-technical survey",
    "ts": "Technical survey",
    "clearance": "Clearance",
    "bac": "Battle area clearance",
    "eod_spot": "EOD spot task",
}

ACTIVITY_STATUS = {
    "planned": "Planned",
    "worked": "Worked",
    "suspended": "Suspended",
    "completed": "Completed",
    "accepted": "Accepted by quality control",
    "rejected": "Failed quality control",
    "handed_over": "Handed over",
}

REPORT_KINDS = {
    "progress": "Progress report",
    "completion": "Completion report",
}

RESULTS = {
    "cancelled": "Cancelled (non-technical survey)",
    "reduced": "Reduced (technical survey)",
    "cleared": "Cleared (clearance)",
}

METHODS = {
    "manual": "Manual",
    "mechanical": "Mechanical",
    "animal": "Animal detection",
    "combined": "Several methods",
    "survey_interview": "Desk study and interviews",
    "battle_area_surface": "Battle area, surface",
    "battle_area_subsurface": "Battle area, sub-surface",
}

ORGANISATION_KINDS = {
    "authority": "National mine action authority or centre",
    "operator": "Demining operator",
    "donor": "Donor",
    "un": "United Nations entity",
    "military": "Military",
    "police": "Police or civil protection",
    "media": "Media",
    "other": "Other",
}

EVIDENCE_KINDS = {
    "ordnance_seen": "Explosive ordnance seen",
    "detonation": "Detonation (fire, animals)",
    "accident": "Accident",
    "sign_or_marking": "Signs, fencing or marking",
    "military_record": "Military or minefield record",
    "former_combat_zone": "Former combat zone",
    "craters_or_debris": "Craters or debris",
    "damaged_infrastructure": "Damaged infrastructure",
    "unused_land": "Productive land not in use",
    "verbal_report": "Verbal report",
    "old_survey": "Evidence from an old survey",
    "past_clearance": "Record of past clearance (evidence of past contamination)",
    "press_or_social_media": "Press or social media",
    "other": "Other",
}

EVIDENCE_CHANNELS = {
    "visual": "Visual observation",
    "verbal": "Verbal information",
    "records": "Former records",
    "media": "Published media",
}

#: Whether an evidence item still counts. It is never deleted: what rested on it is still shown.
EVIDENCE_STANDING = {"withdrawn": "Withdrawn by a decision; it counts for nothing any more"}

#: What may be decided about a claim that a report makes.
CLAIM_STATES = {
    "proposed": "Proposed; nobody has decided",
    "accepted": "Accepted as an evidence item",
    "rejected": "Rejected",
    "withdrawn": "Accepted once, and withdrawn",
}

DIRECTNESS = {"direct": "Direct", "indirect": "Indirect"}

RELIABILITY = {
    "A": "Completely reliable",
    "B": "Usually reliable",
    "C": "Fairly reliable",
    "D": "Not usually reliable",
    "E": "Unreliable",
    "F": "Reliability cannot be judged",
}

CREDIBILITY = {
    "1": "Confirmed by other sources",
    "2": "Probably true",
    "3": "Possibly true",
    "4": "Doubtful",
    "5": "Improbable",
    "6": "Truth cannot be judged",
}

ACCIDENT_KINDS = {
    "mine": "Mine accident",
    "demining": "Demining accident",
    "erw": "Accident with other ordnance",
    "cluster": "Cluster munition accident",
    "improvised": "Accident with an improvised mine",
}

CONSEQUENCES = {"killed": "Killed", "injured": "Injured"}

SEXES = {"female": "Female", "male": "Male"}

AGE_BANDS = {"child": "Under 18", "adult": "18 or over"}

PERSON_STATUS = {
    "civilian": "Civilian",
    "military": "Military or security forces",
    "deminer": "Deminer",
}

ORDNANCE_CONDITIONS = {"found": "Found", "destroyed": "Destroyed", "left": "Left in place"}

VISIT_RESULTS = {"passed": "Passed", "failed": "Failed"}

SEVERITIES = {"minor": "Minor", "major": "Major", "critical": "Critical"}

EDUCATION_METHODS = {
    "interpersonal": "Face to face",
    "mass_media": "Mass or digital media",
    "training": "Training of others",
    "printed": "Printed material",
}

STOCK_PURPOSES = {
    "stockpile": "Stockpile",
    "retained": "Retained for permitted purposes",
    "transferred": "Transferred",
    "destroyed": "Destroyed",
}

DOCUMENT_KINDS = {
    "news": "News story",
    "report": "Report",
    "survey_form": "Survey form",
    "spreadsheet": "Spreadsheet",
    "map": "Map",
    "other": "Other",
}

LOCATION_ORIGINS = {
    "measured": "Measured in the field",
    "traverse": "Bearings and distances from a reference point",
    "digitised": "Digitised from a map",
    "centroid": "Centre of the community, not the place itself",
}
