"""From reports to stories of one origin, and from stories to attributed claims.

``read`` takes in a file, ``stories`` groups documents that copy each other, ``claims`` extracts
who said what, with character offsets into the kept text. Pure: no database, no network, no model.
"""

from landrelease.evidence.claims import Claim, claims
from landrelease.evidence.errors import EvidenceError
from landrelease.evidence.intake import Document, from_bytes, from_text, read
from landrelease.evidence.metadata import Published
from landrelease.evidence.quotations import Quotation, quotations
from landrelease.evidence.speakers import Speaker
from landrelease.evidence.statements import Statement, attributions, statements
from landrelease.evidence.stories import Member, Origin, Story, stories

__all__ = [
    "Claim",
    "Document",
    "EvidenceError",
    "Member",
    "Origin",
    "Published",
    "Quotation",
    "Speaker",
    "Statement",
    "Story",
    "attributions",
    "claims",
    "from_bytes",
    "from_text",
    "quotations",
    "read",
    "statements",
    "stories",
]
