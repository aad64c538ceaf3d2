"""Prints the OpenAPI contract of the routes: python -m @@module@@.contract > openapi.json"""

import json

from .routes import PARAMETERS, ROUTES


def contract():
    """Return the contract as a mapping."""
    paths = {}
    for (method, path), route in ROUTES.items():
        operation = {
            "operationId": route.__name__,
            "summary": (route.__doc__ or "").strip().rstrip("."),
            "responses": {
                "200": {
                    "description": "The answer",
                    "content": {"application/json": {"schema": {"type": "object"}}},
                },
                "422": {"description": "Something in the request cannot be used"},
            },
        }
        fields = PARAMETERS[route.__name__]
        if method == "GET":
            operation["parameters"] = [
                {"name": name, "in": "query", "required": True, "schema": {"type": kind}}
                for name, kind in fields.items()
            ]
        else:
            properties = {name: {"type": kind} for name, kind in fields.items()}
            schema = {"type": "object", "required": list(fields), "properties": properties}
            operation["requestBody"] = {
                "required": True,
                "content": {"application/json": {"schema": schema}},
            }
        paths.setdefault(path, {})[method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "@@title@@", "version": "1.4.0", "description": "@@description@@"},
        "servers": [{"url": "https://@@name@@.acme.example"}],
        "paths": paths,
    }


if __name__ == "__main__":
    print(json.dumps(contract(), indent=2))
