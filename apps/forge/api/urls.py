"""The addresses of the REST API, below /api/v3/."""

from django.urls import path, re_path

from apps.forge.api import (
    access,
    administration,
    branches,
    checks,
    codeowners,
    commits,
    contents,
    gitdata,
    hooks,
    meta,
    organizations,
    protection,
    pulls,
    refs,
    repositories,
    reviews,
    teams,
    trees,
    users,
)
from apps.forge.api.routing import not_found

urlpatterns = [
    *meta.urlpatterns,
    *users.urlpatterns,
    *organizations.urlpatterns,
    *teams.urlpatterns,
    *administration.urlpatterns,
    *repositories.urlpatterns,
    *access.urlpatterns,
    *contents.urlpatterns,
    *gitdata.urlpatterns,
    *trees.urlpatterns,
    *refs.urlpatterns,
    *protection.urlpatterns,
    *branches.urlpatterns,
    *pulls.urlpatterns,
    *reviews.urlpatterns,
    *checks.urlpatterns,
    *commits.urlpatterns,
    *commits.last_urlpatterns,
    *hooks.urlpatterns,
    *codeowners.urlpatterns,
    path("", meta.root),
    re_path(r"^(?P<rest>.*)$", not_found),
]
