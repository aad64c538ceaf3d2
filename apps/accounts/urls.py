"""Addresses of people: signing in, settings, administration."""

from django.urls import path

from apps.accounts.views import administration, settings, sign_in, theme

urlpatterns = [
    path("accounts/link/<str:secret>", sign_in.sign_in_link, name="sign_in_link"),
    path("accounts/demo/<str:person>", sign_in.demo_sign_in, name="demo_sign_in"),
    path("accounts/theme", theme.theme_set, name="theme_set"),
    path("settings", settings.settings_page, name="settings"),
    path("settings/tokens", settings.token_create, name="token_create"),
    path("settings/tokens/<str:public_id>/revoke", settings.token_revoke, name="token_revoke"),
    path("admin/audit", administration.audit_events, name="audit_events"),
    path("admin/people", administration.person_list, name="person_list"),
    path("admin/people/<str:username>", administration.person_change, name="person_change"),
]
