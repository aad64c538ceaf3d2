"""Changes of the catalog."""

from apps.core.errors import Conflict


class LocationAlreadyRegistered(Conflict):
    """The target is registered already."""
