"""The definition of an API: an outline, the reference, the source."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from apps.catalog import definitions, entity_page
from apps.core.errors import UserFacingError
from apps.core.http import PortalRequest

VIEWS = ("outline", "reference", "source")
# A definition is a text from somebody's repository: it is shown in a frame of another origin.
FRAME_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-scripts"
)


@require_GET
def entity_definition(request: PortalRequest, namespace: str, kind: str, name: str) -> HttpResponse:
    """Show what an API offers; `?view=` is outline, reference (OpenAPI only) or source."""
    entity = entity_page.load(request, namespace, kind, name)
    text = str(entity.spec.get("definition") or "")
    type = str(entity.spec.get("type") or "")
    groups, error = [], None
    try:
        groups = definitions.outline(type, text)
    except UserFacingError as problem:
        error = problem
    views = [
        view
        for view in VIEWS
        if view == "source"
        or (view == "outline" and groups)
        or (view == "reference" and type.lower() == "openapi" and groups)
    ]
    asked = request.GET.get("view", "")
    context = entity_page.context(request, entity, "definition") | {
        "groups": groups,
        "error": error,
        "type": type,
        "text": text,
        "language": definitions.language_of(type, text),
        "views": views,
        "view": asked if asked in views else views[0],
    }
    return render(request, "catalog/entity_definition.html", context)


@require_GET
@xframe_options_sameorigin
def definition_frame(request: PortalRequest, namespace: str, kind: str, name: str) -> HttpResponse:
    """Show an OpenAPI definition with Swagger UI; the page has an origin of its own."""
    entity = entity_page.load(request, namespace, kind, name)
    if str(entity.spec.get("type") or "").lower() != "openapi":
        raise Http404
    spec = definitions.parse(str(entity.spec.get("definition") or ""))
    context = {"spec": spec, "entity": entity, "theme": request.GET.get("theme", "")}
    response = render(request, "catalog/definition_frame.html", context)
    response["Content-Security-Policy"] = FRAME_POLICY
    return response
