"""Derived: stories and claims of reports as last computed, and what their lists are ordered by."""

from __future__ import annotations

from django.db import models

from ..fields import UID_LENGTH


class Story(models.Model):
    """Documents of one origin, as last computed by ``landrelease.evidence``."""

    id = models.CharField(max_length=40, primary_key=True)
    body = models.TextField()


class Claim(models.Model):
    """An attributed statement, as last computed by ``landrelease.evidence``."""

    id = models.CharField(max_length=40, primary_key=True)
    document_uid = models.CharField(max_length=UID_LENGTH, db_index=True)
    story_id = models.CharField(max_length=40, db_index=True)
    start = models.IntegerField()
    body = models.TextField()


class ClaimsRead(models.Model):
    """What the tables below were computed from: they hold for these stories and claims alone."""

    id = models.BigAutoField(primary_key=True)
    #: Of the stories and claims; see :func:`..corroborated.mark`.
    mark = models.CharField(max_length=120)
    claims = models.BigIntegerField()
    computed_at = models.CharField(max_length=40)


class ClaimGathering(models.Model):
    """Claims of one content with the origins that can stand behind them; ids run with time."""

    id = models.BigAutoField(primary_key=True)
    #: As ``evidence.gather`` calls it.
    gathering = models.CharField(max_length=40, unique=True)
    #: When it was said, ISO 8601 at its precision; empty when unknown.
    value = models.CharField(max_length=10, default="")
    precision = models.CharField(max_length=8, default="")
    #: 'said', 'published' or 'unknown'.
    basis = models.CharField(max_length=12)
    kind = models.CharField(max_length=40)
    at_most = models.IntegerField()
    strength = models.TextField()
    standing = models.CharField(max_length=20)
    #: Canonical JSON of ``evidence.Entry``.
    body = models.TextField()


class IndexedClaim(models.Model):
    """What a list of claims is searched and ordered by; ids run with the documents' text."""

    id = models.BigAutoField(primary_key=True)
    #: Id of the row in :class:`Claim`.
    claim_row = models.CharField(max_length=40, unique=True)
    #: Id of the claim as people and files call it ("claim-…"). Two files of one text share it.
    claim = models.CharField(max_length=40, db_index=True)
    document_uid = models.CharField(max_length=UID_LENGTH, db_index=True)
    gathering_id = models.BigIntegerField(db_index=True)
    kind = models.CharField(max_length=40, db_index=True)
    modality = models.CharField(max_length=20)
    stance = models.CharField(max_length=20)
    #: When it was said, ISO 8601 at its precision; empty when unknown.
    value = models.CharField(max_length=10, default="")
    quantities = models.IntegerField(default=0)
    #: Places it names that are drawn as points on the map.
    places = models.IntegerField(default=0)
    contradicted = models.BooleanField(default=False)
    #: Not for everybody by its words (rule 22).
    restricted = models.BooleanField(default=False)


class ClaimComparison(models.Model):
    """Two claims held against each other in one slot; ids run contradictions first."""

    id = models.BigAutoField(primary_key=True)
    verdict = models.CharField(max_length=20, db_index=True)
    slot = models.CharField(max_length=80)
    #: Rows of :class:`Claim`.
    one_row = models.CharField(max_length=40, db_index=True)
    other_row = models.CharField(max_length=40, db_index=True)
    #: The words that are compared.
    one_value = models.TextField()
    other_value = models.TextField()
    independence = models.TextField()


class TreatyComparison(models.Model):
    """What a report says of a state's treaty status, held against the register of that status."""

    id = models.BigAutoField(primary_key=True)
    verdict = models.CharField(max_length=20, db_index=True)
    state = models.CharField(max_length=3, db_index=True)
    treaty = models.CharField(max_length=20)
    document_uid = models.CharField(max_length=UID_LENGTH)
    #: Row of :class:`Claim`, empty when the report says it in its own voice.
    claim_row = models.CharField(max_length=40, default="")
    #: Canonical JSON of what ``corroborations.check`` gives.
    body = models.TextField()


class ClaimPlace(models.Model):
    """A place that a claim names and that has a point; never the place of a hazard."""

    id = models.BigAutoField(primary_key=True)
    claim_row = models.CharField(max_length=40, db_index=True)
    #: As the gazetteer calls it.
    place = models.CharField(max_length=80, db_index=True)
    name = models.TextField()
    country = models.CharField(max_length=3, default="")
    feature = models.CharField(max_length=20, default="")
    #: A country or larger: a point for it would say nothing.
    large = models.BooleanField(default=False)
    #: It stands beside what is said, and may only be where that was said.
    beside = models.BooleanField(default=False)
    lon = models.FloatField()
    lat = models.FloatField()
    #: How sure it is that the words name this place, 0 to 1; NULL when not said.
    confidence = models.FloatField(null=True)


class NamedState(models.Model):
    """A state that a claim is about or that speaks in it."""

    id = models.BigAutoField(primary_key=True)
    claim_row = models.CharField(max_length=40, db_index=True)
    gathering_id = models.BigIntegerField(db_index=True)
    #: ISO 3166-1 alpha-3.
    state = models.CharField(max_length=3, db_index=True)
    #: 'named' in what is said, 'speaks' for its own, or a role that the extraction gives.
    role = models.CharField(max_length=40)


class SetApart(models.Model):
    """What stands in a kept text and is no part of the report: never taken for content."""

    id = models.BigAutoField(primary_key=True)
    document_uid = models.CharField(max_length=UID_LENGTH, unique=True)
    #: JSON list of [start, end, kind], characters of the kept text.
    spans = models.TextField()


class IndexedStory(models.Model):
    """A story in lists; ids run with first publication, unknown last."""

    id = models.BigAutoField(primary_key=True)
    #: Id of the row in :class:`Story`.
    story = models.CharField(max_length=40, unique=True)
    documents = models.IntegerField()
    claims = models.IntegerField()


class StoryDocument(models.Model):
    """A document of a story; ids run with the story's own order, the first known one first."""

    id = models.BigAutoField(primary_key=True)
    story = models.CharField(max_length=40, db_index=True)
    document_uid = models.CharField(max_length=UID_LENGTH, db_index=True)
    #: Of ``evidence.Member``: 'first', 'copy', 'near_copy', 'partial', 'rewritten', 'merged' or
    #: 'unclear'.
    relation = models.CharField(max_length=20)
