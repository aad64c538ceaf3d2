"""Commits, one commit with its changes, and branches."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.forge.git import history
from apps.forge.git.repository import GitRepository
from apps.forge.models import BranchProtection, CheckRun
from apps.forge.pages.files import frame
from apps.forge.pages.place import place_at, repository_at
from apps.forge.pages.rendering import diff_lines

PER_PAGE = 40


@require_safe
def commits(request: HttpRequest, owner: str, repo: str, rest: str) -> HttpResponse:
    """List the commits that lead to a ref, newest first."""
    found = repository_at(request, owner, repo)
    git = GitRepository(found.folder)
    place = place_at(git, rest)
    asked = request.GET.get("page", "1")
    page = max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1
    listed = history.log(
        git, place.sha, path=place.path, skip=(page - 1) * PER_PAGE, most=PER_PAGE + 1
    )
    return render(
        request,
        "forge/commits.html",
        {
            **frame(found, "code"),
            "place": place,
            "commits": listed[:PER_PAGE],
            "previous": page - 1,
            "next": page + 1 if len(listed) > PER_PAGE else None,
        },
    )


@require_safe
def commit(request: HttpRequest, owner: str, repo: str, sha: str) -> HttpResponse:
    """Show what a commit changed, and what checks say about it."""
    found = repository_at(request, owner, repo)
    git = GitRepository(found.folder)
    full = git.resolve(sha)
    shown = git.commit(full) if full else None
    if shown is None:
        raise Http404("There is no such commit.")
    parent = shown.parents[0] if shown.parents else ""
    subject, _, body = shown.message.strip().partition("\n")
    return render(
        request,
        "forge/commit.html",
        {
            **frame(found, "code"),
            "commit": shown,
            "subject": subject,
            "body": body.strip(),
            "files": changes(git, parent, shown.sha),
            "checks": CheckRun.objects.filter(repository=found, head_sha=shown.sha).order_by("pk"),
        },
    )


def changes(git: GitRepository, base: str, head: str) -> list[dict[str, object]]:
    """Return the changed files between two commits with the lines of their diffs."""
    return [
        {"file": file, "lines": diff_lines(file.patch)}
        for file in history.changed_files(git, base, head)
    ]


@require_safe
def branches(request: HttpRequest, owner: str, repo: str) -> HttpResponse:
    """List the branches with their last commits."""
    found = repository_at(request, owner, repo)
    git = GitRepository(found.folder)
    known = git.branches()
    tips = {commit.sha: commit for commit in git.commits(known.values())}
    protected = set(
        BranchProtection.objects.filter(repository=found).values_list("branch", flat=True)
    )
    rows = [
        {"name": name, "commit": tips.get(sha), "protected": name in protected}
        for name, sha in sorted(known.items(), key=lambda item: item[0] != found.default_branch)
    ]
    return render(request, "forge/branches.html", {**frame(found, "branches"), "rows": rows})
