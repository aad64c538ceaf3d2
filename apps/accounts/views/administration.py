"""Pages for administrators: the audit log, people and their roles."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from apps.accounts import people
from apps.accounts.models import Role, User
from apps.accounts.permissions import Permission, require
from apps.accounts.selectors import actor_for
from apps.core import audit_log
from apps.core.http import PortalRequest

PAGE_SIZE = 50
TABS = [
    {"key": "people", "label": "People", "url": "/admin/people"},
    {"key": "audit", "label": "Audit log", "url": "/admin/audit"},
]


@require_GET
def audit_events(request: PortalRequest) -> HttpResponse:
    """Show the audit log, newest first."""
    require(actor_for(request.user), Permission.AUDIT_READ)
    asked = audit_log.AuditFilter(
        text=request.GET.get("q", "")[:100],
        decision=request.GET.get("decision", ""),
        object_id=request.GET.get("object", "")[:320],
    )
    page = Paginator(audit_log.list_events(asked), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "accounts/audit_events.html",
        {"page": page, "asked": asked, "tabs": TABS, "navigation_key": "admin"},
    )


@require_GET
def person_list(request: PortalRequest) -> HttpResponse:
    """Show everybody with an account and their role."""
    require(actor_for(request.user), Permission.ADMINISTER)
    users = User.objects.order_by("username")
    text = request.GET.get("q", "")[:100]
    if text:
        users = users.filter(username__icontains=text)
    page = Paginator(users, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "accounts/person_list.html",
        {
            "page": page,
            "text": text,
            "roles": Role.choices,
            "tabs": TABS,
            "navigation_key": "admin",
        },
    )


@require_POST
def person_change(request: PortalRequest, username: str) -> HttpResponse:
    """Change a person's role, or deactivate or reactivate them."""
    actor = actor_for(request.user)
    require(actor, Permission.ADMINISTER)
    if "role" in request.POST:
        user = people.change_role(actor=actor, username=username, role=request.POST["role"])
        messages.info(request, f"{user.display_name} is now {Role(user.role).label.lower()}.")
    else:
        active = request.POST.get("active") == "1"
        user = people.set_active(actor=actor, username=username, active=active)
        state = "may sign in again" if active else "is deactivated"
        messages.info(request, f"{user.display_name} {state}.")
    return redirect("person_list")
