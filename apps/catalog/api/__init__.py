"""Backstage's catalog REST API, below /api/catalog (backstage-spec.md section 2)."""

from ninja import Router

from apps.accounts.api_auth import ApiAuthentication
from apps.catalog.api import entities, facets, locations

router = Router(auth=ApiAuthentication(), tags=["catalog"])
router.add_router("", entities.router)
router.add_router("", facets.router)
router.add_router("", locations.router)

__all__ = ["router"]
