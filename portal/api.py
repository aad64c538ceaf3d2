"""The REST API: one router for each app, Backstage's error bodies."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI

from apps.catalog.api import router as catalog_router
from apps.core.errors import UserFacingError
from apps.core.middleware import backstage_error
from apps.scaffolder.api import router as scaffolder_router
from apps.scorecards.api import router as scorecards_router

api = NinjaAPI(title="Callboard", version="1", docs_url=None, openapi_url="openapi.json")
api.add_router("/scaffolder", scaffolder_router)
api.add_router("/scorecards", scorecards_router)


@api.exception_handler(UserFacingError)
def user_facing_error(request: HttpRequest, error: UserFacingError) -> HttpResponse:
    """Answer with Backstage's error body and the error's status."""
    return JsonResponse(backstage_error(request, error), status=error.status)


api.add_router("/catalog", catalog_router)
