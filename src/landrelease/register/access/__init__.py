"""Who may do and see what: the one place that answers.

Four questions:

* :func:`may`: may this caller do this, and why (not)?
* :func:`records`: which rows of a record type does this caller see? (:func:`against_reading`: or
  why none; :func:`was_visible`: and of a record as it was?)
* :func:`fields`: which of their fields?
* :func:`reads_whole`: do they see every row, so that a sum tells them nothing that they do not see?

The answer to everything that is not expressly allowed is no. The rules are predicates of the
package ``rules``; each carries the sentence that says why it failed, so that a page can explain a
refusal (``landrelease access explain``, ``/account/may/``).

The tiers of reading are public < partner < restricted. A role reads at the tier that the national
profile gives it, within the scope in which it was granted. A restricted record
(:mod:`.restricted`) takes a role that reads at the restricted tier. Personal fields are in none
of them: they are read one record at a time, for a stated purpose, by :func:`read_personal`, which
logs it.

What may be decided about a very record (rule 14: the submitter, the operator's own people, who is
no authenticated human) is asked of :mod:`.independence`, which enforces it.
"""

from __future__ import annotations

from .actions import ACTIONS, RULES, Verdict, find, may, require, require_export
from .callers import TIERS, Caller, anonymous, highest, local_reader, of, tier_of, tier_of_type
from .conditions import HUMAN_ONLY
from .personal_reading import log_reading, read_personal
from .reading import (
    LAND,
    against_reading,
    against_sum,
    is_partial,
    mark,
    published,
    reads,
    reads_whole,
    records,
    was_visible,
)
from .seen_fields import Fields, fields

__all__ = [
    "ACTIONS",
    "HUMAN_ONLY",
    "LAND",
    "RULES",
    "TIERS",
    "Caller",
    "Fields",
    "Verdict",
    "against_reading",
    "against_sum",
    "anonymous",
    "fields",
    "find",
    "highest",
    "is_partial",
    "local_reader",
    "log_reading",
    "mark",
    "may",
    "of",
    "published",
    "read_personal",
    "reads",
    "reads_whole",
    "records",
    "require",
    "require_export",
    "tier_of",
    "tier_of_type",
    "was_visible",
]
