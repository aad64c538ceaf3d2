"""Addresses of the catalog's pages."""

from django.urls import path, re_path

from apps.catalog.views import definition, entity_detail, entity_list, graph, locations, teams

app_name = "catalog"

ENTITY = "catalog/<str:namespace>/<str:kind>/<str:name>"

urlpatterns = [
    path("catalog", entity_list.entity_list, name="entity_list"),
    path("apis", entity_list.api_list, name="api_list"),
    path("graph", graph.graph, name="graph"),
    path("teams", teams.team_list, name="team_list"),
    re_path(
        r"^catalog/export\.(?P<format>csv|json)$", entity_list.entity_export, name="entity_export"
    ),
    path("catalog/register", locations.location_register, name="location_register"),
    path("catalog/locations", locations.location_list, name="location_list"),
    path("catalog/locations/<uuid:location_id>", locations.location_detail, name="location_detail"),
    path(
        "catalog/locations/<uuid:location_id>/refresh",
        locations.location_refresh,
        name="location_refresh",
    ),
    path(
        "catalog/locations/<uuid:location_id>/remove",
        locations.location_remove,
        name="location_remove",
    ),
    path(ENTITY, entity_detail.entity_detail, name="entity_detail"),
    path(f"{ENTITY}/relations", entity_detail.entity_relations, name="entity_relations"),
    path(f"{ENTITY}/source", entity_detail.entity_source, name="entity_source"),
    path(f"{ENTITY}/definition", definition.entity_definition, name="entity_definition"),
    path(f"{ENTITY}/definition/frame", definition.definition_frame, name="definition_frame"),
    path(f"{ENTITY}/star", entity_detail.entity_star, name="entity_star"),
    path(f"{ENTITY}/refresh", entity_detail.entity_refresh, name="entity_refresh"),
]
