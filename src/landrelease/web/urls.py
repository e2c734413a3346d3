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
    duplicates,
    gate,
    glossary,
    handing_in,
    history,
    languages,
    mapping,
    personal,
    positions,
    programme,
    records,
    releases,
    reports,
    review,
    statements,
    stories,
    submissions,
    timeline,
    traces,
)
from .api import service

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
    path("api/v1/", include(service.urls)),
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
    path("submissions/new/", handing_in.hand_in, name="hand_in"),
    path("submissions/<int:id_>/handed-in/", handing_in.handed_in_file, name="handed_in"),
    path("submissions/decide/", review.several, name="review_several"),
    path("submissions/<int:id_>/", submissions.submission, name="submission"),
    path("submissions/<int:id_>/ground.geojson", submissions.ground, name="submission_ground"),
    path("submissions/<int:id_>/decide/", review.decide, name="review_decide"),
    path("releases/", releases.listing, name="releases"),
    path("releases/decide/", releases.several, name="release_several"),
    path("releases/<int:id_>/", releases.release, name="release"),
    path("releases/<int:id_>/ground.geojson", releases.ground, name="release_ground"),
    path("releases/<int:id_>/decide/", releases.decide, name="release_decide"),
    path("submissions/<int:id_>/personal/", personal.original, name="personal_original"),
    path("victims/<int:id_>/personal/", personal.record, name="personal_record"),
    path("personal/", personal.listing, name="personal"),
    path("personal/readings/", personal.readings, name="personal_readings"),
    path("duplicates/", duplicates.listing, name="duplicates"),
    path("duplicates/look/", duplicates.look, name="duplicates_look"),
    path("duplicates/<str:one>/<str:other>/", duplicates.pair, name="pair"),
    path("duplicates/<str:one>/<str:other>/ground.geojson", duplicates.ground, name="pair_ground"),
    path("<listed:plural>/", records.listing, name="records"),
    path("<listed:plural>/<int:id_>/", records.record, name="record"),
    path("<listed:plural>/<int:id_>/history/", history.page, name="history"),
    path("<listed:plural>/<int:id_>/history/ground.geojson", history.ground, name="history_ground"),
]
