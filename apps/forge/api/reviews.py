"""Reviews of pull requests."""

from typing import Any

from django.urls import path

from apps.forge.api.call import Call
from apps.forge.api.pulls import find
from apps.forge.api.routing import methods
from apps.forge.errors import Invalid
from apps.forge.models import Review
from apps.forge.shapes import pulls as shapes

_STATES = {
    "APPROVE": "APPROVED",
    "REQUEST_CHANGES": "CHANGES_REQUESTED",
    "COMMENT": "COMMENTED",
}


def list_reviews(call: Call, number: int) -> list[dict[str, Any]]:
    found = Review.objects.filter(pull_request=find(call, number)).select_related(
        "author", "pull_request__repository__owner"
    )
    return [shapes.review(review) for review in call.page(found.order_by("pk"))]


def create_review(call: Call, number: int) -> dict[str, Any]:
    pull = find(call, number)
    fields = call.fields("PullRequestReview")
    event = fields.choice("event", tuple(_STATES), "COMMENT")
    if event == "APPROVE" and pull.author_id == call.caller.pk:
        raise Invalid("Review Can not approve your own pull request")
    made = Review.objects.create(
        pull_request=pull,
        author=call.caller,
        state=_STATES[event],
        body=fields.text("body", longest=65_536),
        commit_sha=fields.text("commit_id", pull.head_sha, longest=40),
    )
    return shapes.review(made)


def list_comments(call: Call, number: int) -> list[dict[str, Any]]:
    # Comments are not kept; the list is there because clients read it.
    find(call, number)
    return []


def list_requested(call: Call, number: int) -> dict[str, Any]:
    find(call, number)
    return {"users": [], "teams": []}


_pull = "repos/<owner>/<repo>/pulls/<int:number>"
urlpatterns = [
    path(f"{_pull}/reviews", methods(GET=list_reviews, POST=create_review)),
    path(f"{_pull}/comments", methods(GET=list_comments)),
    path(f"{_pull}/requested_reviewers", methods(GET=list_requested)),
    path("repos/<owner>/<repo>/issues/<int:number>/comments", methods(GET=list_comments)),
]
