"""Addresses of scorecards."""

from django.urls import path

from apps.scorecards.views import entities, scorecards

app_name = "scorecards"
_ENTITY = "<str:namespace>/<str:kind>/<str:name>"

urlpatterns = [
    path("scorecards", scorecards.scorecard_list, name="scorecard_list"),
    path("scorecards/<slug:key>", scorecards.scorecard_detail, name="scorecard_detail"),
    path("scorecards/<slug:key>/rules/<str:rule_id>", scorecards.rule_detail, name="rule_detail"),
    path(f"catalog/{_ENTITY}/scorecards", entities.entity_scorecards, name="entity_scorecards"),
    path(f"catalog/{_ENTITY}/scorecards/check", entities.entity_recheck, name="entity_recheck"),
    path(
        f"catalog/{_ENTITY}/scorecards/checked",
        entities.entity_recheck_state,
        name="entity_recheck_state",
    ),
]
