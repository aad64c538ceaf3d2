"""Addresses of the integrations."""

from django.urls import path

from apps.integrations import views

app_name = "integrations"
urlpatterns = [path("webhooks/github", views.github_webhook, name="github_webhook")]
