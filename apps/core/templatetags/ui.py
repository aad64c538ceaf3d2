"""The component tags; each renders one template of templates/ui/."""

from django import template

register = template.Library()
