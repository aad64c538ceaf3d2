"""A person's own settings: who the portal thinks they are, and their API tokens."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from apps.accounts import tokens
from apps.accounts.permissions import ALL_SCOPES
from apps.accounts.selectors import actor_for
from apps.core.errors import InvalidInput
from apps.core.http import PortalRequest

SCOPE_MEANINGS = {
    "catalog:read": "read entities, facets and locations",
    "catalog:write": "register locations, refresh and remove entities",
    "runs:create": "start golden paths",
    "runs:read": "read runs and their logs",
    "runs:write": "cancel and resume runs",
    "scorecards:read": "read scorecards and results",
    "scorecards:write": "evaluate and change scorecards",
    "audit:read": "read the audit log, for administrators",
}


class TokenForm(forms.Form):
    """What a new token is for, what it may do and how long it lasts."""

    name = forms.CharField(
        max_length=100, label="What is it for?", help_text="For example: nightly catalog export."
    )
    scopes = forms.MultipleChoiceField(
        label="It may",
        choices=[(scope, SCOPE_MEANINGS.get(scope, scope)) for scope in sorted(ALL_SCOPES)],
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.IntegerField(
        label="Days", min_value=1, max_value=tokens.MAX_DAYS, initial=tokens.DEFAULT_DAYS
    )


def _page(
    request: PortalRequest, form: TokenForm, *, secret: str = "", status: int = 200
) -> HttpResponse:
    actor = actor_for(request.user)
    return render(
        request,
        "accounts/settings.html",
        {
            "form": form,
            "secret": secret,
            "groups": sorted(actor.group_refs),
            "tokens": request.user.api_tokens.order_by("-created_at")[: tokens.MAX_TOKENS],
            "now": timezone.now(),
        },
        status=status,
    )


@never_cache
@require_GET
def settings_page(request: PortalRequest) -> HttpResponse:
    """Show the person's account, teams and tokens."""
    return _page(request, TokenForm())


@never_cache
@require_POST
def token_create(request: PortalRequest) -> HttpResponse:
    """Make a token and show it once."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        issued = tokens.issue_token(
            user=request.user,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            days=form.cleaned_data["days"],
            now=timezone.now(),
        )
    except InvalidInput as error:
        form.add_error(None, str(error))
        return _page(request, form, status=422)
    return _page(request, TokenForm(), secret=issued.secret)


@require_POST
def token_revoke(request: PortalRequest, public_id: str) -> HttpResponse:
    """Make one of the person's tokens useless."""
    tokens.revoke_token(user=request.user, public_id=public_id, now=timezone.now())
    messages.info(request, "The token is revoked. What used it gets an error from now on.")
    return redirect("settings")
