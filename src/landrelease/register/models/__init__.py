"""The tables.

Three kinds stand side by side:

* **as received**: :class:`Submission` and what hangs on it (:mod:`.submissions`), forms and what
  phones sent (:mod:`.field_forms`), and :class:`Part`, the content-addressed store of proposed and
  decided changes;
* **the journal**: :class:`JournalEntry` and :class:`JournalPart`, append-only, hash-chained
  (:mod:`.journal`);
* **the state**: one table a record type, built from the schema (:mod:`.records`), the ledger lines
  and the releases (:mod:`.land`), other decisions (:mod:`.decided`). Only :func:`..apply.apply`
  writes them, and the journal can rebuild them all.

Derived tables (:mod:`.sums`, :mod:`.proposed`, :mod:`.claims`) can be computed again at any time
and are no part of the state. Beside them stand people (:mod:`.people`) and what is told to others
(:mod:`.outward`).
"""

from __future__ import annotations

from .claims import (
    Claim,
    ClaimComparison,
    ClaimGathering,
    ClaimPlace,
    ClaimsRead,
    IndexedClaim,
    IndexedStory,
    NamedState,
    SetApart,
    Story,
    StoryDocument,
    TreatyComparison,
)
from .decided import ClaimDecision, Report, SameAs
from .field_forms import FieldAttachment, FieldInstance, FormVersion
from .journal import JournalEntry, JournalPart, JournalTimestamp, Part
from .land import (
    HazardPast,
    LandAct,
    LedgerDiscrepancy,
    LedgerLine,
    Question,
    Release,
    ReleaseRefusal,
)
from .outward import KeptAnswer, PublishedTable, Webhook, WebhookDelivery
from .people import Approval, AppToken, PeopleEvent, Person, PersonalRead, PersonKey, RoleAssignment
from .proposed import ProposedLink, SuspectedDuplicate
from .records import (
    RECORDS,
    Accident,
    Activity,
    Document,
    Evidence,
    Hazard,
    Organisation,
    PlacedRecord,
    Record,
    RecordVersion,
    SealedRecord,
    Unit,
    Victim,
)
from .submissions import (
    RejectedRow,
    ReviewEvent,
    SealedRow,
    Submission,
    SubmissionFinding,
    SubmissionPart,
)
from .sums import (
    Boundaries,
    Count,
    Counted,
    GroundGroup,
    LedgerShare,
    MeasuredGround,
    Tally,
    UnitCount,
    UnitTotal,
)

__all__ = [
    "RECORDS",
    "Accident",
    "Activity",
    "AppToken",
    "Approval",
    "Boundaries",
    "Claim",
    "ClaimComparison",
    "ClaimDecision",
    "ClaimGathering",
    "ClaimPlace",
    "ClaimsRead",
    "Count",
    "Counted",
    "Document",
    "Evidence",
    "FieldAttachment",
    "FieldInstance",
    "FormVersion",
    "GroundGroup",
    "Hazard",
    "HazardPast",
    "IndexedClaim",
    "IndexedStory",
    "JournalEntry",
    "JournalPart",
    "JournalTimestamp",
    "KeptAnswer",
    "LandAct",
    "LedgerDiscrepancy",
    "LedgerLine",
    "LedgerShare",
    "MeasuredGround",
    "NamedState",
    "Organisation",
    "Part",
    "PeopleEvent",
    "Person",
    "PersonKey",
    "PersonalRead",
    "PlacedRecord",
    "ProposedLink",
    "PublishedTable",
    "Question",
    "Record",
    "RecordVersion",
    "RejectedRow",
    "Release",
    "ReleaseRefusal",
    "Report",
    "ReviewEvent",
    "RoleAssignment",
    "SameAs",
    "SealedRecord",
    "SealedRow",
    "SetApart",
    "Story",
    "StoryDocument",
    "Submission",
    "SubmissionFinding",
    "SubmissionPart",
    "SuspectedDuplicate",
    "Tally",
    "TreatyComparison",
    "Unit",
    "UnitCount",
    "UnitTotal",
    "Victim",
    "Webhook",
    "WebhookDelivery",
]
