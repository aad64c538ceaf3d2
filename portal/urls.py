"""The addresses of the portal; one include for each app."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from portal import gallery, home, views
from portal.api import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", views.metrics, name="metrics"),
    path("", include("apps.accounts.urls")),
    path("", include("apps.search.urls")),
    path("", include("apps.integrations.urls")),
    path("", include("apps.catalog.urls")),
    path("", include("apps.scorecards.urls")),
    path("", include("apps.scaffolder.urls")),
    path("accounts/", include("allauth.urls")),
    path("api/", api.urls),
]
if settings.GALLERY:
    urlpatterns.append(path("_gallery", gallery.gallery, name="gallery"))

handler400 = "portal.errors.bad_request"
handler403 = "portal.errors.forbidden"
handler404 = "portal.errors.not_found"
handler500 = "portal.errors.server_error"
