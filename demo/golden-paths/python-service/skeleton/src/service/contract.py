"""The contract, written from the routes: python -m service.contract > openapi.json."""

import json
import sys
from typing import Any

from service import DESCRIPTION, NAME, VERSION
from service.health import Health
from service.metrics import Metrics
from service.routes import Route, routes


def contract() -> dict[str, Any]:
    """Return the OpenAPI description of every route."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes(Health(), Metrics()):
        paths.setdefault(route.path, {})[route.method.lower()] = operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": NAME, "description": DESCRIPTION, "version": VERSION},
        "servers": [{"url": "http://localhost:8080", "description": "Your own machine"}],
        "paths": paths,
    }


def operation(route: Route) -> dict[str, Any]:
    """Return one operation."""
    schema = {"type": "object"} if route.media_type == "application/json" else {"type": "string"}
    return {
        "operationId": route.operation,
        "summary": route.summary,
        "responses": {
            str(status): {
                "description": meaning,
                "content": {route.media_type: {"schema": schema}},
            }
            for status, meaning in route.statuses.items()
        },
    }


if __name__ == "__main__":
    json.dump(contract(), sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
