"""Which state of the catalog this is, so that what was counted once need not be counted again."""

import uuid

from django.db import models


class Revision(models.Model):
    """
    A single row (`id` 1) that the database itself changes with each change of the entity table.

    A random value rather than a number: a number that was rolled back would be given out again.
    """

    value = models.UUIDField(default=uuid.uuid4)

    def __str__(self) -> str:
        return str(self.value)
