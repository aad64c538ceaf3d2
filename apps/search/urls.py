"""Addresses of the search."""

from django.urls import path

from apps.search.views import search

app_name = "search"

urlpatterns = [
    path("search", search.search, name="search"),
    path("search/palette", search.search_palette, name="palette"),
]
