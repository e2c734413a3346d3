"""From reports to stories of one origin, and from stories to attributed claims.

``read`` takes in a file, ``stories`` groups documents that copy each other, ``claims`` extracts
who said what, with character offsets into the kept text. Pure: no database, no network, no model.
"""

from landrelease.evidence.claims import Claim, claims
from landrelease.evidence.containers import Item, unpack
from landrelease.evidence.corroboration import Comparison, Gathering, compare, gather
from landrelease.evidence.errors import EvidenceError
from landrelease.evidence.families import Branch, Family, family
from landrelease.evidence.intake import Document, from_bytes, from_text, read
from landrelease.evidence.metadata import Published
from landrelease.evidence.origins import Link, Root, at_most, chain, origins
from landrelease.evidence.quotations import Quotation, quotations
from landrelease.evidence.speakers import Speaker
from landrelease.evidence.statements import Statement, attributions, statements
from landrelease.evidence.stories import Member, Origin, Story, stories
from landrelease.evidence.timeline import Entry, timeline
from landrelease.evidence.treaty_claims import TreatyClaim, treaty_claims
from landrelease.evidence.versions import Difference

__all__ = [
    "Branch",
    "Claim",
    "Comparison",
    "Difference",
    "Document",
    "Entry",
    "EvidenceError",
    "Family",
    "Gathering",
    "Item",
    "Link",
    "Member",
    "Origin",
    "Published",
    "Quotation",
    "Root",
    "Speaker",
    "Statement",
    "Story",
    "TreatyClaim",
    "at_most",
    "attributions",
    "chain",
    "claims",
    "compare",
    "family",
    "from_bytes",
    "from_text",
    "gather",
    "origins",
    "quotations",
    "read",
    "statements",
    "stories",
    "timeline",
    "treaty_claims",
    "unpack",
]
