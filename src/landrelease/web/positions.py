"""Positions of states over time: what is said of each, by whom, beside its treaty status."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, gettext_lazy

from landrelease import treaty
from landrelease.register import corroborated

from . import claim_words, claims, conflicts, keyset, readers
from .timeline import entries, listed_of, split

#: Kinds of claims that tell where a state stands.
KINDS = ("treaty_position", "use", "transfer", "stockpile", "production", "destruction")
STANDINGS: dict[str, Any] = {
    "not_party": "not party",
    "signatory": "signatory, not party",
    "bound_not_yet": "has consented, not bound yet",
    "party": "party",
    "withdrawn": "withdrawn",
    "unknown": "unknown",
}
#: Treaties, steps of a state and events, as the register of treaty status calls them.
TREATIES: dict[str, Any] = {
    "apmbc": gettext_lazy("Mine Ban Treaty"),
    "ccm": gettext_lazy("Cluster Munitions Convention"),
    "ccw": gettext_lazy("CCW"),
    "ap2": gettext_lazy("CCW Amended Protocol II"),
    "p5": gettext_lazy("CCW Protocol V"),
}
STEPS: dict[str, Any] = {
    "signature": gettext_lazy("signature"),
    "provisional_application": gettext_lazy("provisional application"),
    "consent": gettext_lazy("consent"),
    "succession_effective": gettext_lazy("succession takes effect"),
    "withdrawal_notified": gettext_lazy("withdrawal notified"),
    "withdrawal_effective": gettext_lazy("withdrawal takes effect"),
}
EVENTS: dict[str, Any] = {
    "contested": gettext_lazy("contested"),
    "territorial": gettext_lazy("territorial"),
}
#: Statements about treaty status listed with a state.
CHECKS = 20


@readers.for_readers
def listing(request: HttpRequest) -> HttpResponse:
    """List the states of which a position is told."""
    reader = readers.reading(request)
    rows = reader.indexed().filter(kind__in=KINDS).values("claim_row")
    counted = (
        reader.states()
        .filter(claim_row__in=rows)
        .values_list("state")
        .annotate(
            claims=Count("claim_row", distinct=True),
            speaks=Count("claim_row", filter=Q(role="speaks"), distinct=True),
        )
    )
    states = [
        {"code": code, "name": claim_words.state_name(code), "claims": number, "speaks": speaks}
        for code, number, speaks in counted
    ]
    return render(
        request,
        "web/positions.html",
        {
            "states": sorted(states, key=lambda one: one["name"]),
            "kinds": [str(claim_words.KINDS[kind]) for kind in KINDS],
            "part": not reader.whole,
            "stale": not corroborated.current(),
        },
    )


@readers.for_readers
def state(request: HttpRequest, code: str) -> HttpResponse:
    """Show what is said of one state in order of time, and where it stands towards the treaties."""
    try:
        who = treaty.state(code)
    except treaty.TreatyError as error:
        raise Http404(str(error)) from error
    kind = request.GET.get("kind", "")
    reader = readers.reading(request)
    of = reader.states().filter(state=who.iso3)
    named = of.values("gathering_id")
    found, otherwise = split(reader, [kind] if kind in KINDS else KINDS, named)
    page, rows = listed_of(request, found, otherwise)
    told = entries(rows, request)
    speaks = set(of.filter(role="speaks").values_list("gathering_id", flat=True))
    roles: dict[int, set[str]] = {}
    for gathering, role in of.filter(gathering_id__in=[row.id for row in rows]).values_list(
        "gathering_id", "role"
    ):
        if role != "speaks":
            roles.setdefault(gathering, set()).add(claim_words.word(claim_words.ROLES, role))
    for row, entry in zip(rows, told, strict=True):
        entry["speaks"] = row.id in speaks
        entry["roles"] = sorted(roles.get(row.id, ()))
    everything, others = split(reader, None, named)
    count = found.count() + len(otherwise)
    checks = list(reader.checks().filter(state=who.iso3).order_by("id")[: CHECKS + 1])
    documents = corroborated.documents_of(check.document_uid for check in checks)
    on = dt.datetime.now(dt.UTC).date()
    return render(
        request,
        "web/positions_of.html",
        {
            "state": who,
            "on": on,
            "treaties": [_standing(one) for one in treaty.status(who.iso3, on).treaties.values()],
            "entries": told,
            "count": count,
            "elsewhere": everything.count() + len(others) - count,
            "filters": [
                claims.choice(
                    "kind",
                    gettext("Kind"),
                    {name: claim_words.KINDS[name] for name in KINDS},
                    kind,
                )
            ],
            "checks": [
                conflicts.check_told(check, documents.get(check.document_uid), reader)
                for check in checks[:CHECKS]
            ],
            "more_checks": len(checks) > CHECKS,
            "page": page,
            "next_query": keyset.query(request, after=page.next),
            "first_query": keyset.query(request, after=None),
            "part": not reader.whole,
            "stale": not corroborated.current(),
        },
    )


def _standing(one: treaty.TreatyStatus) -> dict[str, Any]:
    """The standing towards one treaty as a row."""
    steps = [
        {
            "name": str(STEPS[step.value]),
            "date": gettext("date unknown") if fact.when is None else str(fact.when),
            "verified": fact.verified,
            "source": fact.source.title,
        }
        for step, fact in one.facts.items()
    ]
    return {
        "name": str(TREATIES[one.treaty.key]),
        "standing": gettext(STANDINGS[one.standing.value]),
        "possible": [gettext(STANDINGS[found.value]) for found in one.possible]
        if len(one.possible) > 1
        else [],
        "since": "" if one.since is None else str(one.since.when),
        "verified": one.verified,
        "steps": steps,
        "events": [
            {
                "kind": str(EVENTS.get(event.kind, event.kind)),
                "told": f"{event.title}. {event.positions}".strip(),
            }
            for event in one.events
        ],
        "notes": list(one.notes),
        "known_until": one.known_until,
        "source": one.known_from.title,
    }
