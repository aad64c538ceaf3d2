"""Which draft a request speaks of, and what it begins with."""

import json
import re
from typing import Any

from apps.accounts.permissions import Permission, require
from apps.accounts.selectors import actor_for
from apps.core.errors import NotFound
from apps.core.http import PortalRequest
from apps.scaffolder import drafts, selectors
from apps.scaffolder.drafts import Draft
from apps.scaffolder.models import Run

_DRAFT_ID = re.compile(r"[A-Za-z0-9_-]{8,40}")


def draft_of(request: PortalRequest, ref: str) -> Draft:
    """Return the draft that is asked for, or a new one with what the address or a run gives."""
    wanted = request.POST.get("draft") or request.GET.get("draft") or ""
    if wanted:
        try:
            return drafts.load(request.session, wanted, ref)
        except NotFound:
            # A form that was never stored, or whose session has ended: what is posted is kept.
            fresh = drafts.new(ref)
            if request.method == "POST" and _DRAFT_ID.fullmatch(wanted):
                fresh.id = wanted
            return fresh
    return drafts.new(ref, values=_prefilled(request, ref))


def _prefilled(request: PortalRequest, ref: str) -> dict[str, Any]:
    """Return the values of `?formData=<json>` (Backstage's), or of an earlier run (`?again=`)."""
    if again := request.GET.get("again"):
        actor = actor_for(request.user)
        run: Run = selectors.run_for(actor, again)
        require(actor, Permission.RUN_READ_DETAIL, run.target)
        return dict(run.params) if run.template_ref == ref else {}
    text = request.GET.get("formData", "")[:50_000]
    if not text:
        return {}
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}
