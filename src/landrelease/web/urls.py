"""The addresses of the pages."""

from __future__ import annotations

from django.urls import include, path, register_converter
from django.urls.converters import StringConverter

from . import (
    claim_map,
    claims,
    conflicts,
    deciding,
    documents,
    gate,
    glossary,
    languages,
    mapping,
    positions,
    programme,
    records,
    reports,
    statements,
    stories,
    submissions,
    timeline,
    traces,
)

handler404 = "landrelease.web.programme.not_found"


class Listed(StringConverter):
    """The record types that have lists and pages of their own."""

    regex = "|".join(records.LISTED)


register_converter(Listed, "listed")

urlpatterns = [
    path("", programme.balance, name="balance"),
    path("balance/years/", programme.years, name="years"),
    path("statement/", statements.page, name="statement"),
    path("trace/<str:figure>/", traces.page, name="trace"),
    path("trace/<str:figure>/polygons/", traces.polygons, name="trace_polygons"),
    path("reports/", reports.listing, name="reports"),
    path("reports/<path:number>/changes/", reports.changes, name="report_changes"),
    path("reports/<path:number>/", reports.report, name="report"),
    path("about/", gate.public(programme.about), name="about"),
    path("glossary/", gate.public(glossary.page), name="glossary"),
    path("language/", languages.switch, name="set_language"),
    path("account/", include("landrelease.web.accounts.urls")),
    path("map/", mapping.page, name="map"),
    path("map/here/", mapping.here, name="here"),
    path("tiles/<int:z>/<int:x>/<int:y>.mvt", mapping.tile, name="tile"),
    path("openrosa/", include("landrelease.web.openrosa")),
    path("documents/", documents.listing, name="documents"),
    path("documents/<int:id_>/", documents.document, name="document"),
    path("claims/", claims.listing, name="claims"),
    path("claims/map/", claim_map.page, name="claim_map"),
    path("claims/map/places.geojson", claim_map.points, name="claim_places"),
    path("claims/hazards/", deciding.hazards, name="decide_hazards"),
    path("claims/<str:claim>/", claims.one, name="claim"),
    path("claims/<str:row>/<slug:act>/", deciding.decide, name="decide"),
    path("stories/", stories.listing, name="stories"),
    path("stories/<str:id_>/", stories.story, name="story"),
    path("conflicts/", conflicts.page, name="conflicts"),
    path("timeline/", timeline.page, name="timeline"),
    path("positions/", positions.listing, name="positions"),
    path("positions/<str:code>/", positions.state, name="positions_of"),
    path("submissions/", submissions.listing, name="submissions"),
    path("submissions/<int:id_>/", submissions.submission, name="submission"),
    path("<listed:plural>/", records.listing, name="records"),
    path("<listed:plural>/<int:id_>/", records.record, name="record"),
]
