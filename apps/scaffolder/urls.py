"""Addresses of golden paths and runs."""

from django.urls import path

from apps.scaffolder.views import pickers, runs, templates, wizard

app_name = "scaffolder"

urlpatterns = [
    path("create", templates.template_list, name="template_list"),
    path("create/repository-check", pickers.repository_check, name="repository_check"),
    path("create/<str:namespace>/<str:name>", wizard.template_wizard, name="template_wizard"),
    path(
        "create/<str:namespace>/<str:name>/options", pickers.picker_options, name="picker_options"
    ),
    path("runs", runs.run_list, name="run_list"),
    path("runs/<str:run_id>", runs.run_page, name="run_page"),
    path("runs/<str:run_id>/progress", runs.run_progress, name="run_progress"),
    path("runs/<str:run_id>/log", runs.run_log, name="run_log"),
    path("runs/<str:run_id>/cancel", runs.run_cancel, name="run_cancel"),
    path("runs/<str:run_id>/resume", runs.run_resume, name="run_resume"),
]
