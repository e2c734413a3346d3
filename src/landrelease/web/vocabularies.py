"""The plain English of the register that pages show translated.

Labels, choices and descriptions of fields, notes of figures and the like are plain text where they
are declared: the register and the pure packages know no framework. Where a page shows one, it goes
through gettext; this lists all of them, so that the catalogues hold what gettext is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext

from landrelease import land
from landrelease.land.counts import COUNT_MEMO_NOTES, COUNT_NOTES
from landrelease.register import codes, duplicates, provenance, roles
from landrelease.register.access import ACTIONS
from landrelease.register.models import Submission
from landrelease.register.schema import RECORD_TYPES

from . import claim_words, facts, positions

#: Context of the headings of fields: "Place" above a value is not "Place" on a button.
FIELD = "field"

#: What the register calls rows that are no unit, hazard or organisation. Names are never
#: translated, so that a row is translated only when it is one of these.
ROW_LABELS = frozenset(
    {
        "Total, ground counted once",
        "ground held by several records, counted once",
        "outside all units",
        "place not recorded",
        "several units",
        "Class not recorded",
        "Not recorded",
        "Released before this register, decided elsewhere",
        "Entries that release nothing (identified, reopened, corrected)",
        *codes.CLASSES.values(),
        *codes.METHODS.values(),
    }
)

#: What may become of a submission, what people do about it, how grave a finding is: as stored.
WORDS = (
    Submission.RECEIVED,
    Submission.CHECKED,
    Submission.ACCEPTED,
    Submission.PARTLY,
    Submission.RETURNED,
    Submission.REJECTED,
    Submission.UNCHANGED,
    Submission.FAILED,
    "consented",
    "decided",
    "answered",
    "error",
    "warning",
    "info",
)


def row_label(label: str) -> str:
    """What a row is called: words of the register's own are translated, names stay as they are."""
    return gettext(label) if label in ROW_LABELS else label


def texts() -> Iterator[tuple[str | None, str, str]]:
    """List every text of a vocabulary.

    Yields
    ------
    tuple
        Context of pgettext or None, the English text, and where it is declared.
    """
    schema = "register/schema/"
    for type_ in RECORD_TYPES.values():
        yield None, type_.label, schema
        if type_.name not in facts.PAGES:
            continue
        for field in type_.fields:
            if field.personal:
                continue
            yield FIELD, facts.heading(field), schema
            yield None, field.help, schema
            for choice in (field.choices or {}).values():
                yield None, choice, "register/codes.py"
    for table in (codes.RELIABILITY, codes.CREDIBILITY, codes.CLASSES, codes.HAZARD_TYPES):
        for choice in table.values():
            yield None, choice, "register/codes.py"
    for notes in (land.TERM_NOTES, land.MEMO_NOTES):
        for note in notes.values():
            yield None, note, "land/statement.py"
    for notes in (COUNT_NOTES, COUNT_MEMO_NOTES):
        for note in notes.values():
            yield None, note, "land/counts.py"
    for standing in positions.STANDINGS.values():
        yield None, standing, "web/positions.py"
    for device in claim_words.DEVICES.values():
        yield None, device, "web/claim_words.py"
    for row in sorted(ROW_LABELS):
        yield None, row, "register/balances.py"
    for label in ACTIONS.values():
        yield None, str(label), "register/access/actions.py"
    for label in roles.LABELS.values():
        yield None, label, "register/roles.py"
    for name in roles.NAMES.values():
        yield None, name, "register/roles.py"
    for kind in provenance.KINDS.values():
        yield None, kind, "register/provenance.py"
    for sign in duplicates.SIGNS.values():
        yield None, sign, "register/duplicates.py"
    for word in WORDS:
        yield None, word, "register/models/submissions.py"
