"""Pull requests, and the button that merges one."""

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.forge.errors import ForgeError
from apps.forge.git import history
from apps.forge.git.repository import GitRepository
from apps.forge.models import CheckRun, PullRequest, Repository
from apps.forge.pages.commits import changes
from apps.forge.pages.files import MAX_LISTED, frame
from apps.forge.pages.place import is_local, may_merge_now, repository_at
from apps.forge.services import access
from apps.forge.services.pull_state import mergeability
from apps.forge.services.pulls import merge as merge_pull


@require_safe
def pulls(request: HttpRequest, owner: str, repo: str) -> HttpResponse:
    """List the pull requests of a repository, the open ones first."""
    found = repository_at(request, owner, repo)
    listed = PullRequest.objects.filter(repository=found).select_related("author")
    return render(
        request,
        "forge/pulls.html",
        {**frame(found, "pulls"), "pulls": listed.order_by("-state", "-number")[:MAX_LISTED]},
    )


@require_safe
def pull(request: HttpRequest, owner: str, repo: str, number: int) -> HttpResponse:
    """Show a pull request: text, checks, changes, and whether it can be merged."""
    found = repository_at(request, owner, repo)
    return _show(request, found, _pull(found, number))


def _show(
    request: HttpRequest, found: Repository, shown: PullRequest, *, refusal: str = ""
) -> HttpResponse:
    git = GitRepository(found.folder)
    base = history.merge_base(git, shown.base_sha, shown.head_sha) or ""
    commits = history.log(git, shown.head_sha, without=base, most=50)
    checks = CheckRun.objects.filter(repository=found, head_sha=shown.head_sha).order_by("pk")
    return render(
        request,
        "forge/pull.html",
        {
            **frame(found, "pulls"),
            "pull": shown,
            "checks": checks,
            "commits": commits,
            "files": changes(git, base, shown.head_sha),
            "now": mergeability(shown),
            "may_merge": is_local(request),
            "refusal": refusal,
        },
        status=409 if refusal else 200,
    )


def _pull(found: Repository, number: int) -> PullRequest:
    shown = (
        PullRequest.objects.filter(repository=found, number=number)
        .select_related("author", "merged_by")
        .first()
    )
    if shown is None:
        raise Http404("There is no such pull request.")
    shown.repository = found
    return shown


@require_POST
def merge(request: HttpRequest, owner: str, repo: str, number: int) -> HttpResponse:
    """Merge a pull request, as the forge's own administrator; from this machine only."""
    found = repository_at(request, owner, repo)
    shown = _pull(found, number)
    if not is_local(request):
        return _show(request, found, shown, refusal="Merging here works on this machine only.")
    if not may_merge_now():
        return _show(request, found, shown, refusal="Too many merges: wait a minute.")
    try:
        with transaction.atomic():
            merge_pull(
                pull=shown,
                sender=access.site_administrator(),
                method="squash" if request.POST.get("method") == "squash" else "merge",
                expected_head=request.POST.get("head", ""),
            )
    except ForgeError as error:
        return _show(request, found, _pull(found, number), refusal=error.message)
    return redirect(f"/{found.full_name}/pull/{number}")
