"""Background tasks of the forge; imported by the app's configuration so that they are known."""

from apps.forge.tasks import deliveries, jobs, pushes

__all__ = ["deliveries", "jobs", "pushes"]
