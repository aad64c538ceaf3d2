"""Pull requests."""

from typing import Any

from django.urls import path

from apps.forge.api.call import Call
from apps.forge.api.commits import changed_file
from apps.forge.api.people import accounts_of
from apps.forge.api.routing import Answer, created, methods
from apps.forge.errors import Missing, NotMergeable
from apps.forge.git import history
from apps.forge.models import PullRequest
from apps.forge.services import pull_state, pulls
from apps.forge.shapes import commits as commit_shapes
from apps.forge.shapes import pulls as shapes

METHODS = ("merge", "squash")


def list_pulls(call: Call) -> list[dict[str, Any]]:
    found = PullRequest.objects.filter(repository=call.repository)
    state = call.query.get("state", "open")
    if state in ("open", "closed"):
        found = found.filter(state=state)
    if call.query.get("head"):
        owner, colon, branch = call.query["head"].partition(":")
        if colon and owner.lower() != call.repository.owner.login.lower():
            found = found.none()
        found = found.filter(head_branch=branch if colon else owner)
    if call.query.get("base"):
        found = found.filter(base_branch=call.query["base"])
    column = "updated_at" if call.query.get("sort") == "updated" else "number"
    ascending = call.query.get("direction") == "asc"
    found = found.select_related("repository__owner", "author")
    page = call.page(found.order_by(column if ascending else f"-{column}"))
    return [shapes.pull_request(pull) for pull in page]


def create_pull(call: Call) -> Answer:
    # Whoever can read may propose, from a fork; without forks it takes the right to push.
    call.need("push")
    fields = call.fields("PullRequest")
    pull = pulls.create(
        repository=call.repository,
        author=call.caller,
        head=fields.text("head", required=True, longest=250),
        base=fields.text("base", required=True, longest=250),
        title=fields.text("title", required=True, longest=256),
        body=fields.text("body", longest=65_536),
        draft=fields.flag("draft"),
    )
    return created(pull_state.described(pull))


def get_pull(call: Call, number: int) -> Any:
    pull = find(call, number)
    if call.accepts("diff"):
        base = history.merge_base(call.git, pull.base_sha, pull.head_sha) or pull.base_sha
        text = call.git.run("diff-tree", "-r", "-M", "-p", "--no-color", base, pull.head_sha)
        return Answer(raw=text, content_type="application/vnd.github.diff; charset=utf-8")
    return pull_state.described(pull)


def update_pull(call: Call, number: int) -> dict[str, Any]:
    pull = find(call, number)
    if pull.author_id != call.caller.pk:
        call.need("push")
    fields = call.fields("PullRequest")
    changes: dict[str, Any] = {}
    if fields.text("title"):
        changes["title"] = fields.text("title", longest=256)
    if "body" in fields:
        changes["body"] = fields.text("body", longest=65_536)
    if fields.text("state"):
        changes["state"] = fields.choice("state", ("open", "closed"))
    if fields.text("base"):
        changes["base_branch"] = fields.text("base", longest=250)
    return pull_state.described(pulls.update(pull=pull, sender=call.caller, **changes))


def list_files(call: Call, number: int) -> list[dict[str, Any]]:
    pull = find(call, number)
    files = call.page(pull_state.changed_files(pull))
    return [changed_file(call.repository, pull.head_sha, file) for file in files]


def list_commits(call: Call, number: int) -> list[dict[str, Any]]:
    pull = find(call, number)
    found = history.log(call.git, pull.head_sha, without=pull.base_sha, most=250)[::-1]
    commits = call.page(found)
    accounts = accounts_of(commits)
    return [commit_shapes.commit(call.repository, commit, accounts=accounts) for commit in commits]


def check_merged(call: Call, number: int) -> Answer:
    if find(call, number).merged_at is None:
        raise Missing
    return Answer(status=204)


def merge_pull(call: Call, number: int) -> dict[str, Any]:
    call.need("push")
    fields = call.fields("PullRequest")
    method = fields.choice("merge_method", (*METHODS, "rebase"), "merge")
    allowed = {
        "merge": call.repository.allow_merge_commit,
        "squash": call.repository.allow_squash_merge,
        # The forge merges and squashes; it says so rather than doing something else.
        "rebase": False,
    }
    if not allowed[method]:
        nouns = {"merge": "Merge commits are", "squash": "Squash merges are"}
        raise _method_not_allowed(nouns.get(method, "Rebase merges are"))
    sha = pulls.merge(
        pull=find(call, number),
        sender=call.caller,
        method=method,
        title=fields.text("commit_title", longest=1000),
        message=fields.text("commit_message", longest=65_536),
        expected_head=fields.text("sha"),
    )
    return {"sha": sha, "merged": True, "message": "Pull Request successfully merged"}


def find(call: Call, number: int) -> PullRequest:
    """
    Return a pull request of the call's repository.

    :raises apps.forge.errors.Missing: if there is none with this number
    """
    found = PullRequest.objects.filter(repository=call.repository, number=number)
    pull = found.select_related("repository__owner", "author", "merged_by").first()
    if pull is None:
        raise Missing
    return pull


def _method_not_allowed(what: str) -> NotMergeable:
    return NotMergeable(f"{what} not allowed on this repository.")


_pulls = "repos/<owner>/<repo>/pulls"
urlpatterns = [
    path(_pulls, methods(GET=list_pulls, POST=create_pull)),
    path(f"{_pulls}/<int:number>", methods(GET=get_pull, PATCH=update_pull)),
    path(f"{_pulls}/<int:number>/files", methods(GET=list_files)),
    path(f"{_pulls}/<int:number>/commits", methods(GET=list_commits)),
    path(f"{_pulls}/<int:number>/merge", methods(GET=check_merged, PUT=merge_pull)),
]
