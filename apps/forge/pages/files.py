"""Organisations, repositories, folders and files."""

from typing import Any

from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from apps.forge.git import history
from apps.forge.git.repository import GitRepository
from apps.forge.models import Account, PullRequest, Repository, WorkflowRun
from apps.forge.pages.place import Place, is_local, place_at, repository_at
from apps.forge.pages.rendering import highlighted_lines, readme

MAX_LISTED = 500


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """List the organisations and users that own repositories."""
    public = Q() if is_local(request) else Q(repositories__private=False)
    owners = Account.objects.annotate(count=Count("repositories", filter=public))
    return render(
        request,
        "forge/home.html",
        {"owners": owners.filter(count__gt=0).order_by("login")[:MAX_LISTED]},
    )


@require_safe
def owner(request: HttpRequest, owner: str) -> HttpResponse:
    """List the repositories of an organisation or user."""
    account = Account.objects.filter(login__iexact=owner).first()
    if account is None:
        raise Http404("There is nobody of this name.")
    found = Repository.objects.filter(owner=account)
    if not is_local(request):
        found = found.filter(private=False)
    return render(
        request,
        "forge/owner.html",
        {"account": account, "repositories": found.order_by("name")[:MAX_LISTED]},
    )


@require_safe
def repository(request: HttpRequest, owner: str, repo: str) -> HttpResponse:
    """Show the files of the default branch, the last commit and the README."""
    if repo.endswith(".git"):
        return redirect(f"/{owner}/{repo.removesuffix('.git')}")
    found = repository_at(request, owner, repo)
    git = GitRepository(found.folder)
    sha = git.resolve(found.default_branch)
    if sha is None:
        return render(request, "forge/empty.html", frame(found, "code"))
    return _folder(request, found, git, Place(found.default_branch, sha, ""))


@require_safe
def tree(request: HttpRequest, owner: str, repo: str, rest: str) -> HttpResponse:
    """Show a folder at a ref."""
    found = repository_at(request, owner, repo)
    git = GitRepository(found.folder)
    return _folder(request, found, git, place_at(git, rest))


def _folder(
    request: HttpRequest, found: Repository, git: GitRepository, place: Place
) -> HttpResponse:
    top = git.entry(place.sha, place.path) if place.path else None
    if place.path and (top is None or top.type != "tree"):
        raise Http404("There is no such folder.")
    entries = git.tree(top.sha if top else place.sha)
    entries.sort(key=lambda entry: (entry.type != "tree", entry.path.lower()))
    last = history.log(git, place.sha, path=place.path, most=1)
    text = next(
        (
            git.file(place.sha, f"{place.path}/{entry.path}".lstrip("/"))
            for entry in entries
            if entry.type == "blob" and entry.path.lower() in {"readme.md", "readme"}
        ),
        None,
    )
    return render(
        request,
        "forge/tree.html",
        {
            **frame(found, "code"),
            "place": place,
            "entries": entries[:MAX_LISTED],
            "last": last[0] if last else None,
            "readme": readme(text) if text else "",
            "commits": history.count(git, place.sha),
            "branches": len(git.branches()),
        },
    )


@require_safe
def blob(request: HttpRequest, owner: str, repo: str, rest: str) -> HttpResponse:
    """Show a file at a ref, in colours, each line with a number to link to."""
    found = repository_at(request, owner, repo)
    git = GitRepository(found.folder)
    place = place_at(git, rest)
    content = git.file(place.sha, place.path)
    if content is None:
        raise Http404("There is no such file.")
    return render(
        request,
        "forge/blob.html",
        {
            **frame(found, "code"),
            "place": place,
            "lines": highlighted_lines(content, place.name),
            "size": len(content),
        },
    )


@require_safe
def raw(request: HttpRequest, owner: str, repo: str, rest: str) -> HttpResponse:
    """Send a file as it is, always as plain text or a download: it may be anything."""
    found = repository_at(request, owner, repo)
    git = GitRepository(found.folder)
    place = place_at(git, rest)
    content = git.file(place.sha, place.path)
    if content is None:
        raise Http404("There is no such file.")
    binary = b"\0" in content[:8000]
    kind = "application/octet-stream" if binary else "text/plain; charset=utf-8"
    return HttpResponse(content, content_type=kind)


def frame(found: Repository, tab: str) -> dict[str, Any]:
    """Return what every page of a repository shows: its name and its tabs."""
    base = f"/{found.full_name}"
    pulls = PullRequest.objects.filter(repository=found, state=PullRequest.State.OPEN).count()
    runs = WorkflowRun.objects.filter(repository=found).count()
    return {
        "repo": found,
        "base": base,
        "current_tab": tab,
        "tab_items": [
            {"key": "code", "label": "Code", "url": base},
            {"key": "pulls", "label": "Pull requests", "url": f"{base}/pulls", "count": pulls},
            {"key": "actions", "label": "Actions", "url": f"{base}/actions", "count": runs},
            {"key": "branches", "label": "Branches", "url": f"{base}/branches"},
        ],
    }


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for addresses that lead nowhere."""
    return render(request, "forge/missing.html", status=404)
