"""Commits, comparisons, tags and languages."""

from typing import Any

from django.urls import path

from apps.forge.api.call import Call
from apps.forge.api.gitdata import need_content
from apps.forge.api.people import accounts_of, moment_sent
from apps.forge.api.routing import Answer, methods
from apps.forge.errors import Invalid, Missing
from apps.forge.git import history
from apps.forge.git.history import ChangedFile
from apps.forge.git.languages import bytes_by_language
from apps.forge.git.objects import Commit
from apps.forge.git.trees import MalformedPath, check_path
from apps.forge.models import Repository
from apps.forge.shapes import commits as shapes
from apps.forge.shapes import pulls as pull_shapes
from apps.forge.shapes.text import node_id

MAX_COMPARED = 250


def list_commits(call: Call) -> list[dict[str, Any]]:
    need_content(call)
    query = call.query
    tip = call.git.resolve(query.get("sha") or call.repository.default_branch)
    if tip is None:
        raise Missing
    path = query.get("path", "").strip("/")
    try:
        path = check_path(path) if path else ""
    except MalformedPath:
        return []
    filters = [f"--author={query['author']}"] if query.get("author") else []
    for name, option in (("since", "--max-age"), ("until", "--min-age")):
        if query.get(name):
            filters.append(f"{option}={int(moment_sent(query[name]).timestamp())}")
    size, number = call.page_wanted()
    found = history.log(
        call.git,
        tip,
        path=path,
        skip=(number - 1) * size,
        most=size + 1,
        filters=("--fixed-strings", *filters),
    )
    # One more than asked for tells whether there is a next page, without counting them all.
    call.link(last=number + 1 if len(found) > size else number)
    return _commits(call, found[:size])


def get_commit(call: Call, ref: str) -> Any:
    need_content(call)
    commit = _commit(call, ref)
    if call.accepts("sha"):
        return Answer(raw=commit.sha.encode(), content_type="application/vnd.github.sha")
    parent = commit.parents[0] if commit.parents else ""
    files = history.changed_files(call.git, parent, commit.sha)
    body = _commits(call, [commit])[0]
    return body | {
        "stats": _stats(files),
        "files": [changed_file(call.repository, commit.sha, one) for one in files],
    }


def list_pulls_of_commit(call: Call, sha: str) -> list[dict[str, Any]]:
    from_head = call.repository.pull_requests.filter(head_sha=sha)
    merged = call.repository.pull_requests.filter(merge_commit_sha=sha)
    found = (from_head | merged).select_related("repository__owner", "author").order_by("-number")
    return [pull_shapes.pull_request(pull) for pull in call.page(found)]


def compare(call: Call, basehead: str) -> dict[str, Any]:
    need_content(call)
    base_name, dots, head_name = basehead.partition("...")
    if not dots:
        raise Missing
    base, head = (_found(call, name.rpartition(":")[2]) for name in (base_name, head_name))
    if base is None or head is None:
        raise Missing
    common = history.merge_base(call.git, base.sha, head.sha)
    if common is None:
        raise Missing(f"No common ancestor between {base_name} and {head_name}.")
    ahead = history.count(call.git, head.sha, without=base.sha)
    behind = history.count(call.git, base.sha, without=head.sha)
    statuses = {(False, False): "identical", (True, False): "ahead", (False, True): "behind"}
    size, number = call.page_wanted()
    size = MAX_COMPARED if "per_page" not in call.query else size
    listed = history.log(call.git, head.sha, without=base.sha, most=10_000)[::-1]
    files = history.changed_files(call.git, common, head.sha)
    repo, span = call.repository, f"{base_name}...{head_name}"
    shown = _commits(call, listed[(number - 1) * size : number * size])
    ends = _commits(call, [item for item in (base, call.git.commit(common)) if item])
    return {
        "url": f"{repo.api_url}/compare/{span}",
        "html_url": f"{repo.html_url}/compare/{span}",
        "permalink_url": f"{repo.html_url}/compare/{base.sha[:12]}...{head.sha[:12]}",
        "diff_url": f"{repo.html_url}/compare/{span}.diff",
        "patch_url": f"{repo.html_url}/compare/{span}.patch",
        "base_commit": ends[0],
        "merge_base_commit": ends[-1],
        "status": statuses.get((ahead > 0, behind > 0), "diverged"),
        "ahead_by": ahead,
        "behind_by": behind,
        "total_commits": ahead,
        "commits": shown,
        "files": [changed_file(repo, head.sha, one) for one in files],
    }


def list_tags(call: Call) -> list[dict[str, Any]]:
    names = [ref.name.removeprefix("refs/tags/") for ref in call.git.refs("refs/tags/")]
    tags = []
    for name in call.page(names[::-1]):
        sha = call.git.resolve(f"refs/tags/{name}") or ""
        repo = call.repository
        tags.append(
            {
                "name": name,
                "commit": {"sha": sha, "url": f"{repo.api_url}/commits/{sha}"},
                "zipball_url": f"{repo.api_url}/zipball/refs/tags/{name}",
                "tarball_url": f"{repo.api_url}/tarball/refs/tags/{name}",
                "node_id": node_id("Ref", f"{repo.pk}:refs/tags/{name}"),
            }
        )
    return tags


def list_languages(call: Call) -> dict[str, int]:
    tip = call.git.resolve(call.repository.default_branch)
    return bytes_by_language(call.git.tree(tip, recursive=True)) if tip else {}


def changed_file(repo: Repository, sha: str, file: ChangedFile) -> dict[str, Any]:
    """Return "diff-entry"; `sha` is the commit the file is linked in."""
    body: dict[str, Any] = {
        "sha": file.sha,
        "filename": file.path,
        "status": file.status,
        "additions": file.additions,
        "deletions": file.deletions,
        "changes": file.additions + file.deletions,
        "blob_url": f"{repo.html_url}/blob/{sha}/{file.path}",
        "raw_url": f"{repo.html_url}/raw/{sha}/{file.path}",
        "contents_url": f"{repo.api_url}/contents/{file.path}?ref={sha}",
    }
    if file.patch:
        body["patch"] = file.patch
    if file.previous_path:
        body["previous_filename"] = file.previous_path
    return body


def _found(call: Call, revision: str) -> Commit | None:
    sha = call.git.resolve(revision)
    return call.git.commit(sha) if sha else None


def _commit(call: Call, revision: str) -> Commit:
    commit = _found(call, revision)
    if commit is None:
        raise Invalid(f"No commit found for SHA: {revision[:100]}")
    return commit


def _commits(call: Call, found: list[Commit]) -> list[dict[str, Any]]:
    accounts = accounts_of(found)
    return [shapes.commit(call.repository, commit, accounts=accounts) for commit in found]


def _stats(files: list[ChangedFile]) -> dict[str, int]:
    additions = sum(file.additions for file in files)
    deletions = sum(file.deletions for file in files)
    return {"additions": additions, "deletions": deletions, "total": additions + deletions}


_repository = "repos/<owner>/<repo>"
urlpatterns = [
    path(f"{_repository}/commits", methods(GET=list_commits)),
    path(f"{_repository}/commits/<sha>/pulls", methods(GET=list_pulls_of_commit)),
    path(f"{_repository}/compare/<path:basehead>", methods(GET=compare)),
    path(f"{_repository}/tags", methods(GET=list_tags)),
    path(f"{_repository}/languages", methods(GET=list_languages)),
]
# After the addresses that end in something of their own, since a ref may hold slashes.
last_urlpatterns = [path(f"{_repository}/commits/<path:ref>", methods(GET=get_commit))]
