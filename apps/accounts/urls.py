"""Addresses of people: signing in, settings."""

from django.urls import path

from apps.accounts.views import sign_in, theme

urlpatterns = [
    path("accounts/link/<str:secret>", sign_in.sign_in_link, name="sign_in_link"),
    path("accounts/demo/<str:person>", sign_in.demo_sign_in, name="demo_sign_in"),
    path("accounts/theme", theme.theme_set, name="theme_set"),
]
