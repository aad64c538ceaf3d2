"""What pickers ask for while somebody types."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.accounts.permissions import Permission, require
from apps.accounts.selectors import actor_for
from apps.core.errors import NotFound
from apps.core.http import PortalRequest
from apps.scaffolder import golden_paths
from apps.scaffolder.domain.form_values import PREFIX
from apps.scaffolder.pickers import pickers
from apps.scaffolder.pickers.repositories import availability
from apps.scaffolder.views.draft_requests import draft_of
from apps.scaffolder.wizard import Wizard, composed


@require_GET
def picker_options(request: PortalRequest, namespace: str, name: str) -> HttpResponse:
    """Answer what a picker finds for the text typed so far; htmx only."""
    ref = f"template:{namespace}/{name}".lower()
    actor = actor_for(request.user)
    path = golden_paths.golden_path(actor, ref)
    wizard = Wizard(path, draft_of(request, ref), actor)
    page = request.GET.get("page", "")
    number = int(page) if page.isascii() and page.isdigit() else -1
    if not 0 <= number < wizard.page_count:
        raise NotFound("There is no such page.")
    wanted = request.GET.get("path", "")
    field = next((f for f in wizard.form(number).walk() if f.path == wanted), None)
    picker = pickers.find(field.picker) if field is not None and field.picker else None
    if field is None or picker is None:
        raise NotFound("There is no such field.")
    text = request.GET.get(PREFIX + wanted, "")[:200]
    choices = picker.search(field, text, wizard.context())
    return render(request, "scaffolder/_picker_options.html", {"choices": choices})


@require_GET
def repository_check(request: PortalRequest) -> HttpResponse:
    """Say whether a repository can still be made; htmx only."""
    require(actor_for(request.user), Permission.CATALOG_READ)
    values = composed(request.GET)
    text = next(iter(values.values()), "")
    tone, sentence = availability(text) if "repo=" in text and "owner=" in text else ("", "")
    context = {"tone": tone, "sentence": sentence}
    return render(request, "scaffolder/_repository_check.html", context)
