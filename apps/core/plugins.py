"""The application configuration every app derives from."""

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig


class PluginAppConfig(AppConfig):
    """
    Imports an app's `tasks` and calls `plugin.register()` once every model is loaded.

    Celery's own discovery is lazy, so without this import a web process does not know the tasks.
    """

    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        if find_spec(f"{self.name}.tasks"):
            import_module(f"{self.name}.tasks")
        if find_spec(f"{self.name}.plugin"):
            import_module(f"{self.name}.plugin").register()
