"""Where the catalog's entities come from: the registered locations, and registering one more."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.permissions import Permission, Target, can, decide, require
from apps.catalog import selectors, services
from apps.catalog.entity_page import actor_of
from apps.catalog.models import Location
from apps.core.errors import UserFacingError
from apps.core.http import PortalRequest

STATES = {"pending": "run", "ok": "ok", "problems": "warn", "failed": "bad"}
LEAST_FILE = """\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: refund-api
spec:
  type: service
  lifecycle: production
  owner: group:default/payments
"""


class RegisterForm(forms.Form):
    """The address of a file that describes entities."""

    target = forms.URLField(
        label="Address of the file",
        assume_scheme="https",
        max_length=2000,
        help_text="As you see it in the browser, for example "
        "https://github.com/acme/shop/blob/main/catalog-info.yaml. A * stands for any name: "
        "…/blob/main/*/catalog-info.yaml.",
        widget=forms.URLInput(attrs={"autofocus": True, "autocomplete": "off"}),
    )


@require_http_methods(["GET", "POST"])
def location_register(request: PortalRequest) -> HttpResponse:
    """Register the address of a catalog file; what is wrong with it is said beside the field."""
    actor = actor_of(request)
    form = RegisterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            location = services.register_location(
                actor=actor, target=form.cleaned_data["target"], now=timezone.now()
            )
        except services.LocationAlreadyRegistered as error:
            messages.info(request, "This is registered already.")
            return redirect("catalog:location_detail", error.location_id)
        except UserFacingError as error:
            form.add_error("target", f"{error.message} {error.hint}".strip())
        else:
            return redirect("catalog:location_detail", location.pk)
    decision = decide(actor, Permission.LOCATION_REGISTER, Target("location"))
    context = {
        "form": form,
        "decision": decision,
        "example": LEAST_FILE,
        "navigation_key": "catalog",
    }
    status = 422 if form.errors else 200
    return render(request, "catalog/location_register.html", context, status=status)


@require_GET
def location_list(request: PortalRequest) -> HttpResponse:
    """Show every location with how its last reading went."""
    actor = actor_of(request)
    context = {
        "rows": [_row(location) for location in selectors.locations()],
        "may_refresh": can(actor, Permission.ENTITY_REFRESH),
        "navigation_key": "catalog",
    }
    return render(request, "catalog/location_list.html", context)


@require_GET
def location_detail(request: PortalRequest, location_id: uuid.UUID) -> HttpResponse:
    """Show what a location brought and what is wrong there; asks again while it is being read."""
    actor = actor_of(request)
    location = selectors.get_location(location_id)
    found = selectors.location_problems(location)
    context = _row(location) | {
        "problems": found.problems,
        "more": found.more,
        "brought": selectors.brought_by(actor, location_id=location.pk),
        "may_refresh": can(actor, Permission.ENTITY_REFRESH),
        "navigation_key": "catalog",
    }
    return render(request, "catalog/location_detail.html", context)


@require_POST
def location_refresh(request: PortalRequest, location_id: uuid.UUID) -> HttpResponse:
    """Read a location again."""
    actor = actor_of(request)
    require(actor, Permission.ENTITY_REFRESH, Target("location", str(location_id)))
    services.refresh_location(actor=actor, location_id=location_id, now=timezone.now())
    messages.success(request, "It is being read again; this takes a few seconds.")
    return redirect("catalog:location_detail", location_id)


@require_POST
def location_remove(request: PortalRequest, location_id: uuid.UUID) -> HttpResponse:
    """Forget a location and what only it brought."""
    actor = actor_of(request)
    location = selectors.get_location(location_id)
    services.unregister_location(actor=actor, location_id=location.pk, now=timezone.now())
    messages.success(request, f"{location.target} and what only it brought are removed.")
    return redirect("catalog:location_list")


def _row(location: Location) -> dict[str, Any]:
    return {
        "location": location,
        "state": STATES.get(location.status, "idle"),
        "word": location.get_status_display(),
        "is_pending": location.last_run_at is None,
    }
