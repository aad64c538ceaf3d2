"""Reviews of pull requests."""

from typing import Any

from django.urls import path

from apps.forge.api.call import Call
from apps.forge.api.pulls import find
from apps.forge.api.routing import Answer, created, methods
from apps.forge.errors import Invalid
from apps.forge.models import Account, PullRequest, Review, Team
from apps.forge.services import access
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
    asked = shapes.requested_reviewers(find(call, number))
    return {"users": asked["requested_reviewers"], "teams": asked["requested_teams"]}


def request_reviewers(call: Call, number: int) -> Answer:
    call.need("push")
    pull, users, teams = _asked(call, number)
    if pull.author in users:
        raise Invalid("Review cannot be requested from pull request author.")
    pull.requested_users.add(*users)
    pull.requested_teams.add(*teams)
    return created(shapes.pull_request(pull))


def withdraw_reviewers(call: Call, number: int) -> dict[str, Any]:
    call.need("push")
    pull, users, teams = _asked(call, number)
    pull.requested_users.remove(*users)
    pull.requested_teams.remove(*teams)
    return shapes.pull_request(pull)


def _asked(call: Call, number: int) -> tuple[PullRequest, list[Account], list[Team]]:
    fields = call.fields("PullRequest")
    logins, slugs = fields.texts("reviewers", []), fields.texts("team_reviewers", [])
    users = [account for login in logins if (account := _reviewer(call, login))]
    owner = call.repository.owner_id
    teams = list(Team.objects.filter(organization=owner, slug__in=slugs))
    if len(users) < len(logins) or len(teams) < len(slugs):
        message = "Reviews may only be requested from collaborators. One or more of the users or "
        raise Invalid(message + "teams you specified is not a collaborator of the repository.")
    return find(call, number), users, teams


def _reviewer(call: Call, login: str) -> Account | None:
    account = Account.objects.filter(login__iexact=login, type=Account.Type.USER).first()
    return account if access.role_on(call.repository, account) and account else None


_pull = "repos/<owner>/<repo>/pulls/<int:number>"
urlpatterns = [
    path(f"{_pull}/reviews", methods(GET=list_reviews, POST=create_review)),
    path(f"{_pull}/comments", methods(GET=list_comments)),
    path(
        f"{_pull}/requested_reviewers",
        methods(GET=list_requested, POST=request_reviewers, DELETE=withdraw_reviewers),
    ),
    path("repos/<owner>/<repo>/issues/<int:number>/comments", methods(GET=list_comments)),
]
