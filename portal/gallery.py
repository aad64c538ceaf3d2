"""The gallery: every component in every state, for those who build pages."""

from datetime import timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from apps.core.templatetags.ui_charts import Bar

LONG_NAME = "a-component-with-a-name-as-long-as-the-rules-for-names-allow-63-x"
YAML = """\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: checkout-api # places and amends orders
spec:
  type: service
  replicas: 3
"""
RUN_SHARES = (48, 52, 47, 55, 90, 51, 49, 53, 46, 50, 62, 58, 51, 77, 54, 49, 52, 50, 47, 51)
FAILED_RUNS = {4, 13}


class GalleryForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(help_text="Lower-case letters, digits and dashes.")
    repository = forms.CharField()
    owner = forms.ChoiceField(choices=[("payments", "payments"), ("checkout", "checkout")])
    description = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    database = forms.ChoiceField(
        choices=[("postgresql", "PostgreSQL"), ("none", "None")], widget=forms.RadioSelect
    )
    protect = forms.BooleanField(
        label="Protect the main branch", help_text="One review and green checks.", required=False
    )
    fixed = forms.CharField(disabled=True, initial="cannot be changed", required=False)


@require_GET
def gallery(request: HttpRequest) -> HttpResponse:
    """Show every component in every state."""
    return render(request, "gallery.html", gallery_context())


def gallery_context() -> dict[str, Any]:
    """Return the invented things that the gallery shows."""
    form = GalleryForm({"name": "refund-api", "repository": "acme/refund-api", "owner": "payments"})
    form.add_error("repository", "acme/refund-api exists already. Choose another name.")
    form.add_error(None, "Two fields do not fit together.")
    now = timezone.now()
    return {
        "form": form,
        "icons": ICONS,
        "moments": [now, now - timedelta(minutes=4), now - timedelta(days=41)],
        "future": now + timedelta(hours=2),
        "yaml": YAML,
        "long_name": LONG_NAME,
        "page": Paginator(range(120), 25).page(2),
        "tab_items": [
            {"key": "all", "label": "All", "url": "#tabs", "count": 43},
            {"key": "mine", "label": "Mine", "url": "#tabs", "count": 9},
            {"key": "plain", "label": "Without a count", "url": "#tabs"},
        ],
        "bars": [
            Bar(share / 100, "bad" if index in FAILED_RUNS else "ok", f"run {index + 1}")
            for index, share in enumerate(RUN_SHARES)
        ],
        "trend": [52, 53, 53, 55, 57, 57, 58, 61, 60, 62, 64, 66, 67],
        "teams": ["payments", "checkout", "identity", "platform", "search", "fulfilment", "data"],
        "people": ["Dana Okafor", "Linus Novak", "Ada", "Zoë Żak", "李 小龙"],
    }


ICONS = """
admin api bolt branch catalog check chevron-down chevron-right clock close component copy
create database docs domain download edit entity error external file flag folder graph
home inbox info key library link location lock message moon more pipeline play refresh
repository resource retry scorecards screen search settings sign-out star stop sun system
teams template tool trash trophy user warning website
""".split()  # noqa: SIM905  # a block of words reads better
