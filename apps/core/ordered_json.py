"""JSON that keeps the order of its keys, as people wrote them: a column of type json, not jsonb."""

import json
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.types.json import Json


class OrderedJSONField(models.JSONField):
    """
    A JSONField whose objects come back with their keys in order.

    jsonb sorts keys by length, which would shuffle the fields of a form. What jsonb alone can do
    (containment, equality, indexes) needs a cast.
    """

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "json"

    def get_db_prep_value(
        self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False
    ) -> Any:
        return Json(
            value, dumps=lambda item: json.dumps(item, ensure_ascii=False, cls=self.encoder)
        )

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        # The driver has read it already; a text here is a JSON text, not text of JSON.
        return value
