"""Who may read which reports, and what is said in them, as it stands for that reader.

A document lies in no organisation and in no unit, so only a role that holds everywhere reads
documents, at its tier (:mod:`.document_tier`). What a reader gets is computed from the documents
and claims they may read: claims of documents beyond their tier and restricted claims (rule 22) do
not exist for them, neither in lists and counts nor in what claims say together. One thing is taken
from the whole register, because it only ever makes a number smaller: that texts or claims are known
to hang together. So "at most n independent origins" is never more than is known (rule 21), and
tells of nothing but what the reader may read.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from django.db.models import Q, QuerySet

from landrelease import evidence
from landrelease.evidence import private_persons
from landrelease.evidence.corroboration import name_of_claims
from landrelease.evidence.origins import stories_of

from . import access, bulk, canonical, corroborated, corroborations, document_tier, kept, workspace
from .models import (
    Claim,
    ClaimComparison,
    ClaimGathering,
    ClaimPlace,
    ClaimsRead,
    Document,
    IndexedClaim,
    NamedState,
    Story,
    StoryDocument,
    TreatyComparison,
)
from .shown_names import redactor_of

RESTRICTED = "restricted"
#: How a restricted claim says so in its canonical JSON; no text can hold it, quotes are escaped.
_MARKED = '"restricted":true'


def refusal(caller: access.Caller) -> str:
    """Say why somebody reads no documents at all; empty when they read some.

    Parameters
    ----------
    caller
        Who asks, on a site.

    Returns
    -------
    str
        A sentence. An empty list of documents would say that there are none.
    """
    if caller.sees_everything or _tier(caller) is not None:
        return ""
    verdict = access.may(caller, "view")
    if not verdict:
        return "; ".join(verdict.reasons)
    return (
        "documents and claims are shown at the tier "
        f"{access.tier_of_type('document')} and above, to roles that hold everywhere: a document "
        "lies in no organisation and no administrative unit; none of your roles reads them"
    )


def _tier(caller: access.Caller) -> str | None:
    """The tier at which somebody reads documents; None where they read none."""
    if not access.may(caller, "view"):
        return None
    tier = access.highest(caller.reads_at(grant) for grant in caller.grants if grant.everywhere)
    # What a role reads only at the public tier is what the public sees.
    if tier == "public" or not document_tier.holds(tier, access.tier_of_type("document")):
        return None
    return tier


def reading(caller: access.Caller, *, site: bool = True) -> Reading:
    """What somebody may read of documents and claims.

    Parameters
    ----------
    site
        False where this machine alone is served: whoever is there has the files of the workspace,
        and every document; names and restricted claims keep to the tier of who signed in.

    Raises
    ------
    DecisionRefused
        When they read none (:func:`refusal` says why).
    """
    if caller.sees_everything:
        return Reading(RESTRICTED)
    if not site:
        return Reading(caller.tier)
    tier = _tier(caller)
    if tier is None:
        from .errors import DecisionRefused

        raise DecisionRefused(refusal(caller))
    return Reading(tier, frozenset(document_tier.beyond(tier)))


def mark_of(document: Any) -> str:
    """What pseudonyms of a document are made with; the same as in exports."""
    return "" if document is None else str(document.sha256 or document.uid)


@dataclass(frozen=True)
class Reading:
    """What one reader may read of documents, and what it says together.

    Attributes
    ----------
    tier
        Tier at which they read documents.
    beyond
        Ids of the documents that are marked for a higher one.
    """

    tier: str
    beyond: frozenset[str] = frozenset()

    @property
    def whole(self) -> bool:
        """Whether nothing is kept from them."""
        return self.tier == RESTRICTED and not self.beyond

    # --- rows -------------------------------------------------------------------------------------

    def documents(self) -> QuerySet[Any]:
        """The documents that they may read."""
        return Document.objects.exclude(uid__in=self.beyond)

    def claims(self) -> QuerySet[Claim]:
        """The claims that they may read, as last extracted."""
        rows = Claim.objects.exclude(document_uid__in=self.beyond)
        return rows if self.tier == RESTRICTED else rows.exclude(body__contains=_MARKED)

    def indexed(self) -> QuerySet[IndexedClaim]:
        """The claims that they may read, as lists are searched by."""
        rows = IndexedClaim.objects.exclude(document_uid__in=self.beyond)
        return rows if self.tier == RESTRICTED else rows.filter(restricted=False)

    def _hidden(self) -> QuerySet[IndexedClaim]:
        hidden = Q(document_uid__in=self.beyond)
        if self.tier != RESTRICTED:
            hidden |= Q(restricted=True)
        return IndexedClaim.objects.filter(hidden)

    def _of_claims(self, rows: QuerySet[Any], *columns: str) -> QuerySet[Any]:
        """Rows about claims without those that name a hidden one in any of some columns."""
        if not self.whole:
            for column in columns:
                rows = rows.exclude(**{f"{column}__in": self._hidden().values("claim_row")})
        return rows

    def gatherings(self) -> QuerySet[ClaimGathering]:
        """What is said in claims that they may read, each content once.

        Those that look otherwise to this reader are among them as they stand for the whole
        register; :meth:`seen` has them as this reader may see them.
        """
        rows = ClaimGathering.objects.all()
        return rows if self.whole else rows.filter(id__in=self.indexed().values("gathering_id"))

    def alike(self) -> QuerySet[ClaimGathering]:
        """What stands for this reader as it stands for everybody; the rest is in :meth:`seen`."""
        rows = self.gatherings()
        if not self.whole:
            rows = rows.exclude(id__in=self._hidden().values("gathering_id"))
        if self.beyond:
            rows = rows.exclude(id__in=self._carried().values("gathering_id"))
        return rows

    def _carried(self) -> QuerySet[IndexedClaim]:
        """Claims of stories of which a document is beyond this reader."""
        partial = StoryDocument.objects.filter(document_uid__in=self.beyond).values("story")
        rows = Claim.objects.filter(story_id__in=partial).values("id")
        return IndexedClaim.objects.filter(claim_row__in=rows)

    def comparisons(self, about: Iterable[str] | None = None) -> QuerySet[ClaimComparison]:
        """Comparisons of claims that they may both read, or of which they may read a copy.

        Those of a copy are among them as they stand for the whole register; :meth:`as_compared`
        has them as this reader may see them.

        Parameters
        ----------
        about
            Only those of claims with these rows; all without.
        """
        rows = ClaimComparison.objects.all()
        known = {} if self.whole else _compared(self._key)
        if about is not None:
            asked = set(about)
            rows = rows.filter(Q(one_row__in=asked) | Q(other_row__in=asked))
            known = {id_: one for id_, one in known.items() if asked & {one.one_row, one.other_row}}
        if self.whole:
            return rows
        both = self._of_claims(rows, "one_row", "other_row").values("id")
        return ClaimComparison.objects.filter(Q(id__in=both) | Q(id__in=sorted(known)))

    def as_compared(self, rows: Iterable[ClaimComparison]) -> list[ClaimComparison]:
        """Comparisons as this reader may see them; to be shown, never saved."""
        known = {} if self.whole else _compared(self._key)
        return [known.get(row.id, row) for row in rows]

    def checks(self) -> QuerySet[TreatyComparison]:
        """What the reports that they may read say of treaty status."""
        rows = TreatyComparison.objects.exclude(document_uid__in=self.beyond)
        return self._of_claims(rows, "claim_row")

    def places(self) -> QuerySet[ClaimPlace]:
        """Places that claims which they may read name."""
        return self._of_claims(ClaimPlace.objects.all(), "claim_row")

    def states(self) -> QuerySet[NamedState]:
        """States that claims which they may read name."""
        return self._of_claims(NamedState.objects.all(), "claim_row")

    def contradicted(self) -> QuerySet[IndexedClaim]:
        """The claims against which another one stands that they may read as well."""
        if self.whole:
            return IndexedClaim.objects.filter(contradicted=True)
        against = self._of_claims(ClaimComparison.objects.all(), "one_row", "other_row")
        against = against.filter(verdict="contradicts")
        one, other = against.values("one_row"), against.values("other_row")
        copies = {
            row
            for found in _compared(self._key).values()
            if found.verdict == "contradicts"
            for row in (found.one_row, found.other_row)
        }
        return self.indexed().filter(
            Q(claim_row__in=one) | Q(claim_row__in=other) | Q(claim_row__in=copies)
        )

    def members(self) -> QuerySet[StoryDocument]:
        """The documents of stories that they may read."""
        return StoryDocument.objects.exclude(document_uid__in=self.beyond)

    def stories(self, *, several: bool = False) -> QuerySet[Any]:
        """The stories of which they may read a document, as lists show them.

        Parameters
        ----------
        several
            Only those of which they may read several.
        """
        from django.db.models import Count

        from .models import IndexedStory

        rows = IndexedStory.objects.all()
        if self.whole:
            return rows.filter(documents__gt=1) if several else rows
        counted = self.members().values("story").annotate(n=Count("id"))
        least = 2 if several else 1
        return rows.filter(story__in=counted.filter(n__gte=least).values("story"))

    def may_read(self, claim: Claim) -> bool:
        """Whether they may read a claim."""
        if claim.document_uid in self.beyond:
            return False
        return self.tier == RESTRICTED or not canonical.loads(claim.body).get("restricted")

    # --- words ------------------------------------------------------------------------------------

    def words(self, document: Any, text: str) -> str:
        """Words of a report with private persons as this reader may read them (rule 24).

        Parameters
        ----------
        document
            Record of the report; without one nothing can be replaced, and nothing is given below
            the restricted tier.
        text
            Its words.
        """
        if self.tier == RESTRICTED or not text:
            return text
        if document is None:
            return ""
        return redactor_of(self.private_names(document), self.tier, mark_of(document))(text)

    def private_names(self, document: Any) -> tuple[str, ...]:
        """The private persons of a report, as :func:`private_persons.private_names` gives them.

        Parameters
        ----------
        document
            Record of the report.
        """
        return _names(self._key, document.uid, document.text_sha256)

    # --- what is said together --------------------------------------------------------------------

    @cached_property
    def _key(self) -> _Key:
        """What everything computed for this reader holds for."""
        read = ClaimsRead.objects.order_by("-id").values_list("mark", "computed_at").first()
        folder = str(workspace.current().folder)
        return _Key(folder, self.tier, self.beyond, *(read or ("", "")))

    def seen(self) -> Mapping[int, Seen]:
        """What looks otherwise to this reader than to one who reads everything, by its id.

        Contents of which some claim is hidden, and those that rest on a story of which some
        document is: computed over what may be read.
        """
        return {} if self.whole else _seen(self._key)

    def as_seen(self, rows: Iterable[ClaimGathering]) -> list[ClaimGathering]:
        """Contents as this reader may see them; to be shown, never saved."""
        known = self.seen()
        return [known[row.id].row if row.id in known else row for row in rows]

    def story(self, row: Story) -> evidence.Story | None:
        """A story with the documents that they may read, its origin read from these alone.

        Returns
        -------
        evidence.Story or None
            None when they may read none of its documents.
        """
        if self.whole or not self.partial([row.id]):
            return corroborations.story_of(canonical.loads(row.body))
        uids = tuple(
            self.members().filter(story=row.id).order_by("id")
            .values_list("document_uid", flat=True)
        )  # fmt: skip
        return _story(self._key, row.id, uids) if uids else None

    def partial(self, stories: Iterable[str]) -> set[str]:
        """Those of some stories of which a document is beyond this reader."""
        if not self.beyond:
            return set()
        found: set[str] = set()
        for some in bulk.in_chunks(sorted(set(stories))):
            hidden = StoryDocument.objects.filter(story__in=some, document_uid__in=self.beyond)
            found |= set(hidden.values_list("story", flat=True))
        return found

    def independence(self, comparisons: Sequence[ClaimComparison]) -> dict[int, str]:
        """How independent the two sides of comparisons are, as far as this reader may know.

        Parameters
        ----------
        comparisons
            As :meth:`as_compared` gives them.
        """
        told = {one.id: one.independence for one in comparisons}
        if self.whole:
            return told
        copies = _compared(self._key)
        rows = Claim.objects.in_bulk(
            {r for one in comparisons for r in (one.one_row, one.other_row)}
        )
        bodies = {id_: _claim(row) for id_, row in rows.items()}
        partial = self.partial(name for claim in bodies.values() for name in stories_of(claim))
        for one in comparisons:
            sides = [bodies[row] for row in (one.one_row, one.other_row) if row in bodies]
            touched = one.id in copies or any(partial & stories_of(claim) for claim in sides)
            if len(sides) == 2 and touched:
                roots = _origins(self._key, sides, [True, True])
                told[one.id] = evidence.at_most(roots)
                if len(roots) == 1:
                    told[one.id] = ": ".join(["one origin", *filter(None, [_joined(roots[0])])])
        return told


def _joined(root: evidence.Root) -> str:
    return ", ".join(root.joined_by)


@dataclass(frozen=True)
class Seen:
    """A content as a reader sees it who may not read all of it.

    Attributes
    ----------
    row
        It, as computed over what they may read; never saved.
    place
        Id after which it stands in a list by time.
    """

    row: ClaimGathering
    place: int


@dataclass(frozen=True)
class _Key:
    """What a computation for a reader holds for: it is made anew when any of it changes."""

    folder: str
    tier: str
    beyond: frozenset[str]
    mark: str
    computed_at: str


@lru_cache(maxsize=20_000)
def _names(key: _Key, uid: str, text_sha256: str) -> tuple[str, ...]:
    """The private persons of one document; an export comes back to each of them many times."""
    bodies = Claim.objects.filter(document_uid=uid).order_by("id").values_list("body", flat=True)
    sources = [canonical.loads(body).get("source") or {} for body in bodies]
    return _private_names(key.folder, text_sha256, canonical.dumps(sources))


@lru_cache(maxsize=5_000)
def _private_names(folder: str, text_sha256: str, sources: bytes) -> tuple[str, ...]:
    """The private persons of a text. They hang on it and on the sources of its claims alone, so a
    change of the register leaves those of other documents as they are."""
    try:
        text = kept.text_path(text_sha256).read_bytes().decode("utf-8", "surrogatepass")
    except (FileNotFoundError, TypeError, ValueError):
        text = ""
    return private_persons.private_names(text, canonical.loads(sources))


def _claim(row: Claim) -> evidence.Claim:
    return evidence.Claim.from_json(canonical.loads(row.body))


@lru_cache(maxsize=1_000)
def _story(key: _Key, id_: str, uids: tuple[str, ...]) -> evidence.Story:
    """A story computed over some of its documents.

    That they hang together is known from all of them. Without the others they may fall apart, or
    may no longer be readable: then whose text it is is left unknown.
    """
    known = {
        member["path"]: member for member in canonical.loads(Story.objects.get(id=id_).body)
        ["documents"]
    }  # fmt: skip
    every = StoryDocument.objects.filter(story=id_).order_by("id")
    paths = dict(zip(every.values_list("document_uid", flat=True), known, strict=False))
    named = [(uid, paths[uid]) for uid in uids if uid in paths]
    records = corroborated.documents_of(uids)
    unknown = evidence.Origin(None, "unknown")
    try:
        read = corroborated.texts_of([records[uid] for uid, _ in named])
    except (evidence.EvidenceError, OSError, KeyError):
        members = [
            evidence.Member(path, "", known[path]["published"], known[path]["publisher"], "")
            for _, path in named
        ]
        return evidence.Story(id_, unknown, tuple(members))
    texts = [replace(one, path=path) for one, (_, path) in zip(read, named, strict=True)]
    apart = evidence.stories(texts)
    own: dict[str, evidence.Member] = {}
    for part in apart:
        for member in part.documents:
            own.setdefault(member.path, member)
    return evidence.Story(id_, apart[0].origin if len(apart) == 1 else unknown, tuple(own.values()))


def _origins(
    key: _Key, claims: Sequence[evidence.Claim], readable: Sequence[bool]
) -> list[evidence.Root]:
    """Possible origins of the readable ones of some claims that say the same.

    What hangs together is read from all; who speaks and what is established, from those that may
    be read alone.
    """
    reader = Reading(key.tier, key.beyond)
    names = sorted({name for claim in claims for name in stories_of(claim)})
    held = Story.objects.in_bulk(names)
    whole = [corroborations.story_of(canonical.loads(held[n].body)) for n in names if n in held]
    seen = [story for n in names if n in held and (story := reader.story(held[n])) is not None]
    found = []
    for root in evidence.origins(claims, whole):
        own = [claims[place] for place in root.claims if readable[place]]
        if not own:
            continue
        parts = evidence.origins(own, seen)
        found.append(
            evidence.Root(
                claims=tuple(place for place in root.claims if readable[place]),
                speakers=tuple(dict.fromkeys(name for one in parts for name in one.speakers)),
                stories=tuple(dict.fromkeys(name for one in parts for name in one.stories)),
                # Where they are one for a reason that is not shown, it is not told from another.
                established=len(parts) == 1 and parts[0].established,
                joined_by=parts[0].joined_by if len(parts) == 1 else (),
            )
        )
    return found


@lru_cache(maxsize=8)
def _seen(key: _Key) -> Mapping[int, Seen]:
    """Contents that look otherwise to a reader, computed once for what was last extracted."""
    reader = Reading(key.tier, key.beyond)
    readable = set(reader.indexed().values_list("claim_row", flat=True))
    numbers = _looking_otherwise(reader)
    rows: dict[int, list[str]] = defaultdict(list)
    for some in bulk.in_chunks(sorted(numbers)):
        found = IndexedClaim.objects.filter(gathering_id__in=some)
        for number, row in found.order_by("id").values_list("gathering_id", "claim_row"):
            rows[number].append(row)
    rows = {number: own for number, own in rows.items() if not readable.isdisjoint(own)}
    times, ids = _times(reader)
    whole = {row.id: row for some in bulk.in_chunks(sorted(rows))
             for row in ClaimGathering.objects.filter(id__in=some)}  # fmt: skip
    found = {
        number: _as_seen(key, whole[number], own, readable, times, ids)
        for number, own in rows.items()
        if number in whole
    }
    return {number: one for number, one in found.items() if one is not None}


@lru_cache(maxsize=8)
def _compared(key: _Key) -> Mapping[int, ClaimComparison]:
    """Comparisons with a hidden claim in whose place a copy of it stands that may be read.

    A content is compared once, by one claim of each side. Where that claim is hidden, the same
    statement in another report was found to be the same to each other claim.
    """
    reader = Reading(key.tier, key.beyond)
    hidden = reader._hidden().values("claim_row")
    rows = list(ClaimComparison.objects.filter(Q(one_row__in=hidden) | Q(other_row__in=hidden)))
    sides = {row for one in rows for row in (one.one_row, one.other_row)}
    place: dict[str, int] = {}
    for some in bulk.in_chunks(sorted(sides)):
        known = IndexedClaim.objects.filter(claim_row__in=some)
        place |= dict(known.values_list("claim_row", "gathering_id"))
    copies: dict[tuple[int, Any], list[tuple[Any, str]]] = defaultdict(list)
    claims: dict[str, evidence.Claim] = {}
    readable: set[str] = set()
    for some in bulk.in_chunks(sorted(set(place.values()))):
        members = reader.indexed().filter(gathering_id__in=some)
        readable |= set(members.values_list("claim_row", flat=True))
        place |= dict(members.values_list("claim_row", "gathering_id"))
    for some in bulk.in_chunks(sorted({*sides, *readable})):
        claims |= {row.id: _claim(row) for row in Claim.objects.filter(id__in=some)}
    # Of what was extracted anew since, nothing is told.
    readable &= claims.keys()
    for row in readable:
        copies[place[row], _statement(claims[row])].append((_order(claims[row]), row))
    found = {}
    for one in rows:
        pair = []
        for row, value in ((one.one_row, one.one_value), (one.other_row, one.other_value)):
            if row in claims and row in place and row not in readable:
                same = copies.get((place[row], _statement(claims[row])))
                row = min(same)[1] if same else row
            pair.append((row, value))
        if all(row in readable for row, _ in pair):
            (first, own), (last, theirs) = sorted(pair, key=lambda side: _order(claims[side[0]]))
            found[one.id] = ClaimComparison(
                id=one.id,
                verdict=one.verdict,
                slot=one.slot,
                one_row=first,
                other_row=last,
                one_value=own,
                other_value=theirs,
                independence="",
            )
    return found


def _order(claim: evidence.Claim) -> tuple[str, str, str]:
    """In which claims are gathered and compared: the earliest first, unknown times last."""
    return str(claim.time["value"] or "9999"), claim.claim, claim.document


def _statement(claim: evidence.Claim) -> tuple[str, ...]:
    """What makes two claims the same in all that is compared."""
    words = " ".join(" ".join(str(part["text"]).split()) for part in claim.parts).casefold()
    speaker = str(claim.source.get("name") or " ".join(str(claim.source["text"]).split()))
    body = str(claim.source.get("organisation") or "")
    said = str(claim.time["value"] or "")
    return (
        words, speaker.casefold(), body.casefold(), claim.stance, claim.modality, claim.kind, said,
    )  # fmt: skip


def _looking_otherwise(reader: Reading) -> set[int]:
    """Contents of which a claim is hidden, or a document of a story that carries it."""
    numbers = set(reader._hidden().values_list("gathering_id", flat=True))
    if reader.beyond:
        numbers |= set(reader._carried().values_list("gathering_id", flat=True))
    return numbers


def _times(reader: Reading) -> tuple[list[_Time], list[int]]:
    """Times and ids of all other contents, in order: where one stands whose time is another."""
    rows = reader.alike().order_by("id").values_list("id", "value", "gathering")
    kept = [(id_, (value or _NO_TIME, name)) for id_, value, name in rows]
    return [time for _, time in kept], [id_ for id_, _ in kept]


#: What a list by time is ordered by: the time, and the name of the gathering.
_Time = tuple[str, str]


#: Sorts behind every time, as in ``evidence.timeline``.
_NO_TIME = "9999-99"


def _as_seen(
    key: _Key,
    row: ClaimGathering,
    claim_rows: Sequence[str],
    readable: set[str],
    times: Sequence[_Time],
    ids: Sequence[int],
) -> Seen | None:
    """A content as it is seen; None where its claims were extracted anew since."""
    bodies = {}
    for some in bulk.in_chunks(list(claim_rows)):
        bodies |= {id_: _claim(one) for id_, one in Claim.objects.in_bulk(list(some)).items()}
    pairs = sorted(bodies.items(), key=lambda pair: _order(pair[1]))
    claims, shown = [claim for _, claim in pairs], [id_ in readable for id_, _ in pairs]
    own = tuple(claim for claim, may in zip(claims, shown, strict=True) if may)
    if not own:
        return None
    gathering = evidence.Gathering(name_of_claims(own), own, tuple(_origins(key, claims, shown)))
    entry = _entry(key, gathering)
    place = bisect_right(times, (entry.value or _NO_TIME, gathering.gathering))
    return Seen(
        corroborated.gathering_row(row.id, entry, entry.to_json()),
        ids[place - 1] if place else 0,
    )


def _entry(key: _Key, gathering: evidence.Gathering) -> evidence.Entry:
    """When a content was said, by the claims and the documents that may be read."""
    reader = Reading(key.tier, key.beyond)
    names = {name for claim in gathering.claims for name in stories_of(claim)}
    held = Story.objects.in_bulk(sorted(names)).values()
    stories = [story for row in held if (story := reader.story(row)) is not None]
    return evidence.timeline([gathering], stories)[0]
