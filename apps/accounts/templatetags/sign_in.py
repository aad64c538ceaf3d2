"""What the sign-in page offers."""

from dataclasses import dataclass

from django import template
from django.conf import settings
from django.template.context import Context

from apps.accounts import sign_in

register = template.Library()


@dataclass(frozen=True)
class DemonstrationPerson:
    """One of the people who can be tried with one click."""

    name: str
    label: str
    purpose: str


PURPOSES = {
    "engineer": ("Engineer", "find a service, start a new one"),
    "lead": ("Team lead", "what my team owns, what to fix first"),
    "manager": ("Manager", "are we getting better?"),
    "admin": ("Administrator", "everything"),
}


@register.simple_tag(takes_context=True)
def demonstration_people(context: Context) -> list[DemonstrationPerson]:
    """Return whom one can be with one click: nobody, unless this is a demonstration at home."""
    if not settings.DEMONSTRATION or not sign_in.is_loopback(context["request"]):
        return []
    return [DemonstrationPerson(name, *PURPOSES[name]) for name in sign_in.DEMONSTRATION_PEOPLE]
