"""Filling in a golden path: its pages, the review, the start of the run."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from apps.accounts.permissions import Permission, require
from apps.accounts.selectors import actor_for
from apps.catalog import selectors as catalog
from apps.core.errors import InvalidInput
from apps.core.http import PortalRequest, wants_fragment
from apps.scaffolder import drafts, golden_paths, offers, services
from apps.scaffolder.domain.form_values import PREFIX, SEEN
from apps.scaffolder.drafts import Draft
from apps.scaffolder.field_views import answers, field_views, left_over
from apps.scaffolder.views.draft_requests import draft_of
from apps.scaffolder.wizard import Problems, Wizard, composed

REVIEW = "review"


@dataclass(frozen=True)
class Place:
    """A golden path that somebody fills in."""

    offer: offers.Offer
    wizard: Wizard
    url: str

    @property
    def draft(self) -> Draft:
        return self.wizard.draft

    def at(self, page: int | str) -> str:
        """Return the address of a page (from 0) or of the review."""
        number = page + 1 if isinstance(page, int) else page
        return f"{self.url}?{urlencode({'draft': self.draft.id, 'page': number})}"


@vary_on_headers("HX-Request")
@require_http_methods(["GET", "POST"])
def template_wizard(request: PortalRequest, namespace: str, name: str) -> HttpResponse:
    """Show a page of the form, or take what was typed into it."""
    ref = f"template:{namespace}/{name}".lower()
    actor = actor_for(request.user)
    entity = catalog.get_entity(actor, ref)
    statistics = offers.statistics_of([ref]).get(ref, offers.NO_RUNS)
    offer = offers.offer_of(actor, entity, statistics)
    if offer.problem:
        return _not_runnable(request, offer)
    path = golden_paths.golden_path(actor, ref)
    require(actor, Permission.TEMPLATE_RUN, path.target)
    place = Place(
        offer=offer,
        wizard=Wizard(path, draft_of(request, ref), actor),
        url=reverse("scaffolder:template_wizard", args=[namespace, name]),
    )
    if request.method == "POST":
        return _post(request, place)
    page = _page_number(request.GET.get("page", "1"), place)
    return _show(request, place, page, {})


def _post(request: PortalRequest, place: Place) -> HttpResponse:
    wizard, draft = place.wizard, place.draft
    page = _page_number(request.POST.get("page", "1"), place)
    go = request.POST.get("go", "refresh")
    if go == "discard":
        drafts.discard(request.session, draft.id)
        return HttpResponseRedirect(reverse("scaffolder:template_list"))
    if isinstance(page, int):
        wizard.read(page, _posted(request))
    operation, _, argument = go.partition(":")
    problems: Problems = {}
    target: int | str = page
    if operation in {"add", "remove", "up"} and isinstance(page, int):
        wizard.change_rows(page, operation, argument)
    elif operation == "next" and isinstance(page, int):
        problems = wizard.clean(page)
        target = page if problems else _after(page, place)
    elif operation == "page":
        target = _page_number(argument, place)
    elif operation == "create":
        return _create(request, place)
    drafts.save(request.session, draft)
    if problems or wants_fragment(request):
        return _show(request, place, target, problems)
    return HttpResponseRedirect(place.at(target))


def _create(request: PortalRequest, place: Place) -> HttpResponse:
    wizard, draft = place.wizard, place.draft
    wrong = wizard.problems()
    drafts.save(request.session, draft)
    if wrong:
        first = min(wrong)
        return _show(request, place, first, wrong[first])
    values = wizard.submitted_values()
    digest = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]
    try:
        run = services.create_run(
            actor=actor_for(request.user),
            template_ref=wizard.path.ref,
            values=values,
            secrets=wizard.submitted_secrets(),
            # The same answers are the same run, however often Create is pressed.
            idempotency_key=f"form:{draft.idempotency_key}:{digest}",
        )
    except InvalidInput as error:
        problems: Problems = {}
        for path, sentence in error.problems or [("", error.message)]:
            problems.setdefault(path, []).append(sentence)
        return _show(request, place, REVIEW, problems)
    draft.touched = False
    drafts.save(request.session, draft)
    target = reverse("scaffolder:run_page", args=[run.pk])
    if wants_fragment(request):
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return HttpResponseRedirect(target, status=303)


def _show(
    request: PortalRequest, place: Place, page: int | str, problems: Problems
) -> HttpResponse:
    wizard = place.wizard
    is_review = page == REVIEW
    context: dict[str, Any] = {
        "place": place,
        "offer": place.offer,
        "draft": place.draft,
        "page": page,
        "page_number": page + 1 if isinstance(page, int) else REVIEW,
        "pages": _progress(place, page),
        "labels": wizard.path.spec.button_labels,
        "navigation_key": "create",
        "unfinished": _unfinished(request, place),
    }
    if isinstance(page, int):
        form = wizard.form(page)
        views = field_views(form.fields, problems, wizard.context())
        following = _after(page, place)
        context |= {
            "spec_page": wizard.path.spec.pages[page],
            "fields": views,
            "other_problems": left_over(views, problems),
            "next_title": "review" if following == REVIEW else context["pages"][following]["title"],
            "seen_name": SEEN,
        }
    else:
        context |= {
            "sections": _sections(place),
            "other_problems": left_over([], problems),
        }
    context["steps"] = offers.step_previews(wizard.path.spec, place.draft.values)
    template = "scaffolder/wizard_review.html" if is_review else "scaffolder/wizard_page.html"
    if wants_fragment(request):
        template += "#wizard"
    response = render(request, template, context, status=422 if problems else 200)
    if wants_fragment(request):
        response["HX-Replace-Url"] = place.at(page)
    return response


def _sections(place: Place) -> list[dict[str, Any]]:
    wizard = place.wizard
    return [
        {
            "title": page.title,
            "answers": answers(wizard.form(number).fields),
            "url": place.at(number),
        }
        for number, page in enumerate(wizard.path.spec.pages)
    ]


def _progress(place: Place, current: int | str) -> list[dict[str, Any]]:
    titles = [page.title for page in place.wizard.path.spec.pages]
    here = current if isinstance(current, int) else len(titles)
    rows = [*titles, "Review"]
    return [
        {
            "title": title,
            "mark": "ok" if number < here else "now" if number == here else "todo",
            "url": place.at(number) if number < here else "",
            "current": number == here,
        }
        for number, title in enumerate(rows)
    ]


def _not_runnable(request: PortalRequest, offer: offers.Offer) -> HttpResponse:
    steps = offers.step_previews(offer.spec, {}) if offer.spec else []
    unknown = offers.unknown_actions(offer.spec) if offer.spec else []
    context = {"offer": offer, "navigation_key": "create", "steps": steps, "unknown": unknown}
    return render(request, "scaffolder/template_not_runnable.html", context)


def _unfinished(request: PortalRequest, place: Place) -> dict[str, Any] | None:
    """Return the draft of an earlier visit, where this one has just begun."""
    if request.method == "POST" or request.GET.get("draft"):
        return None
    found = drafts.latest(request.session, place.wizard.path.ref)
    if found is None:
        return None
    moment = datetime.fromtimestamp(found[1], UTC)
    return {"url": f"{place.url}?{urlencode({'draft': found[0]})}", "at": moment}


def _posted(request: PortalRequest) -> QueryDict:
    posted = request.POST.copy()
    for path, value in composed(request.POST).items():
        posted[PREFIX + path] = value
    return posted


def _page_number(text: str, place: Place) -> int | str:
    count = place.wizard.page_count
    if text == REVIEW or count == 0:
        return REVIEW
    number = int(text) - 1 if text.isascii() and text.isdigit() and len(text) < 4 else 0
    return min(max(number, 0), count - 1)


def _after(page: int, place: Place) -> int | str:
    return page + 1 if page + 1 < place.wizard.page_count else REVIEW
