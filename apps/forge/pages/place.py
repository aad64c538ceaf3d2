"""What a page of a repository needs: the repository, a ref, who may do what."""

import ipaddress
from dataclasses import dataclass

from django.core.cache import cache
from django.http import Http404, HttpRequest

from apps.forge.git.repository import GitRepository
from apps.forge.models import Repository

# Merges by the button, of everybody together: the page has no accounts to count by.
MERGES_PER_MINUTE = 20


def is_local(request: HttpRequest) -> bool:
    """Tell whether the request comes from this machine; then the person is its owner."""
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def repository_at(request: HttpRequest, owner: str, repo: str) -> Repository:
    """
    Return the repository of an address; a private one from this machine only.

    :raises django.http.Http404: if there is none
    """
    found = Repository.objects.named(owner, repo).first()
    if not isinstance(found, Repository) or (found.private and not is_local(request)):
        raise Http404("There is no such repository.")
    return found


def may_merge_now() -> bool:
    """Count one merge; False when there were too many within a minute."""
    key = "forge-page-merges"
    cache.add(key, 0, timeout=60)
    try:
        return cache.incr(key) <= MERGES_PER_MINUTE
    except ValueError:
        # The minute ended between the two calls.
        return True


@dataclass(frozen=True)
class Place:
    """A path at a ref of a repository."""

    ref: str
    sha: str
    path: str

    @property
    def parents(self) -> list[tuple[str, str]]:
        """Return each folder above with its path."""
        parts = self.path.split("/")[:-1] if self.path else []
        return [(part, "/".join(parts[: index + 1])) for index, part in enumerate(parts)]

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


def place_at(git: GitRepository, rest: str) -> Place:
    """
    Split "feature/a/src/main.py" into the ref and the path; the longest name of a ref counts.

    :raises django.http.Http404: if it starts with no branch, tag or commit
    """
    parts = rest.strip("/").split("/")
    if any(part in {"", ".", ".."} or "\0" in part for part in parts):
        raise Http404("There is no such path.")
    for count in range(min(len(parts), 8), 0, -1):
        ref = "/".join(parts[:count])
        sha = git.resolve(ref)
        if sha is not None:
            return Place(ref, sha, "/".join(parts[count:]))
    raise Http404("There is no such branch, tag or commit.")
