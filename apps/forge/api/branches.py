"""Branches: list, read, merge; the rules that apply to one."""

from typing import Any

from django.urls import path

from apps.forge.api.call import Call
from apps.forge.api.people import accounts_of
from apps.forge.api.routing import methods
from apps.forge.errors import Missing
from apps.forge.git.repository import is_ref_name
from apps.forge.models import BranchProtection
from apps.forge.services import protection
from apps.forge.shapes import commits as shapes
from apps.forge.shapes import protection as protection_shapes


def list_branches(call: Call) -> list[dict[str, Any]]:
    branches = sorted(call.git.branches().items())
    every = list(BranchProtection.objects.filter(repository=call.repository))
    protected = {name: protection.matching(every, name) for name, _ in branches}
    if call.query.get("protected") in ("true", "false"):
        wanted = call.query["protected"] == "true"
        branches = [item for item in branches if (protected[item[0]] is not None) == wanted]
    return [
        {
            "name": name,
            "commit": {"sha": sha, "url": f"{call.repository.api_url}/commits/{sha}"},
            "protected": protected[name] is not None,
            "protection": protection_shapes.summary(protected[name]),
            "protection_url": protection_shapes.address(call.repository, name),
        }
        for name, sha in call.page(branches)
    ]


def get_branch(call: Call, branch: str) -> dict[str, Any]:
    ref = call.git.ref(f"refs/heads/{branch}")
    commit = call.git.commit(ref.sha) if ref else None
    if commit is None:
        raise Missing("Branch not found")
    known = protection.protection_of(call.repository, branch)
    api, html = call.repository.api_url, call.repository.html_url
    return {
        "name": branch,
        "commit": shapes.commit(call.repository, commit, accounts=accounts_of([commit])),
        "_links": {"self": f"{api}/branches/{branch}", "html": f"{html}/tree/{branch}"},
        "protected": known is not None,
        "protection": protection_shapes.summary(known),
        "protection_url": protection_shapes.address(call.repository, branch),
    }


def list_rules(call: Call, branch: str) -> list[dict[str, Any]]:
    # Rules come from rulesets, which the forge does not have; branch protection is not one.
    if not is_ref_name(branch):
        raise Missing
    return []


def list_rulesets(call: Call) -> list[dict[str, Any]]:
    return []


_repository = "repos/<owner>/<repo>"
urlpatterns = [
    path(f"{_repository}/branches", methods(GET=list_branches)),
    path(f"{_repository}/branches/<path:branch>", methods(GET=get_branch)),
    path(f"{_repository}/rules/branches/<path:branch>", methods(GET=list_rules)),
    path(f"{_repository}/rulesets", methods(GET=list_rulesets)),
]
