"""The addresses of the embedded forge: the REST API and git; its pages."""

from django.urls import URLPattern, URLResolver, include, path

from apps.forge import smart_http

handler500 = "apps.forge.api.routing.server_error"
urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v3/", include("apps.forge.api.urls")),
    path("<owner>/<repo>.git/info/refs", smart_http.info_refs),
    path("<owner>/<repo>.git/git-upload-pack", smart_http.upload_pack),
    path("<owner>/<repo>.git/git-receive-pack", smart_http.receive_pack),
    path("<owner>/<repo>/info/refs", smart_http.info_refs),
    path("<owner>/<repo>/git-upload-pack", smart_http.upload_pack),
    path("<owner>/<repo>/git-receive-pack", smart_http.receive_pack),
    path("", include("apps.forge.pages.urls")),
]
handler404 = "apps.forge.pages.files.missing"
