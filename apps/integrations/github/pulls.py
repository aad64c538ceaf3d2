"""Calls about pull requests and checks."""

from collections.abc import Sequence
from typing import Any

from apps.integrations import scm
from apps.integrations.github.calls import Calls
from apps.integrations.github.results import CheckRun, PullRequest, PullRequestFile


class PullRequestCalls(Calls):
    """docs.github.com/rest/pulls and /rest/checks."""

    def open_pull_request(
        self,
        full_name: str,
        *,
        title: str,
        head: str,
        base: str,
        body: str = "",
        draft: bool = False,
    ) -> PullRequest:
        """
        Open a pull request from the branch `head` to the branch `base`.

        :raises AlreadyExists: if there is an open one from this branch: `find_pull_request`
        """
        content = {"title": title, "head": head, "base": base, "body": body, "draft": draft}
        return self._change("POST", self._repo(full_name, "/pulls"), PullRequest.read, content)

    def find_pull_request(
        self, full_name: str, *, head: str, base: str = "", state: str = "open"
    ) -> PullRequest | None:
        """Return the newest pull request from a branch, or None."""
        owner, _ = scm.parse_full_name(full_name)
        qualified = head if ":" in head else f"{owner}:{head}"
        found = self.list_pull_requests(full_name, head=qualified, base=base, state=state)
        branch = qualified.partition(":")[2]
        # A server that does not know `head` answers with all of them.
        return next((one for one in found if one.head_branch == branch), None)

    def list_pull_requests(
        self,
        full_name: str,
        *,
        state: str = "open",
        head: str = "",
        base: str = "",
        limit: int = 100,
    ) -> list[PullRequest]:
        """Return pull requests, newest first; `state` is open, closed or all."""
        return self._pages(
            self._repo(full_name, "/pulls"),
            PullRequest.read,
            limit=limit,
            state=state,
            head=head,
            base=base,
        )

    def get_pull_request(self, full_name: str, number: int) -> PullRequest:
        """Return a pull request, with whether it can be merged."""
        return self._get(self._repo(full_name, f"/pulls/{int(number)}"), PullRequest.read)

    def list_pull_request_files(self, full_name: str, number: int) -> list[PullRequestFile]:
        """Return the files that a pull request changes."""
        path = self._repo(full_name, f"/pulls/{int(number)}/files")
        return self._pages(path, PullRequestFile.read)

    def merge_pull_request(
        self, full_name: str, number: int, *, method: str = "squash", title: str = "", sha: str = ""
    ) -> str:
        """
        Merge a pull request and return the commit; `method` is merge, squash or rebase.

        :raises Conflict: if it cannot be merged, or its head is not `sha` any more
        """
        body: dict[str, Any] = {"merge_method": method}
        if title:
            body["commit_title"] = title
        if sha:
            body["sha"] = sha
        path = self._repo(full_name, f"/pulls/{int(number)}/merge")
        return self._change("PUT", path, lambda data: str(data["sha"]), body)

    def close_pull_request(self, full_name: str, number: int) -> PullRequest:
        """Close a pull request without merging it."""
        path = self._repo(full_name, f"/pulls/{int(number)}")
        return self._change("PATCH", path, PullRequest.read, {"state": "closed"})

    def request_reviewers(
        self,
        full_name: str,
        number: int,
        *,
        reviewers: Sequence[str] = (),
        team_reviewers: Sequence[str] = (),
    ) -> None:
        """Ask people and teams for a review."""
        body = {"reviewers": list(reviewers), "team_reviewers": list(team_reviewers)}
        self._send("POST", self._repo(full_name, f"/pulls/{int(number)}/requested_reviewers"), body)

    def list_check_runs(self, full_name: str, ref: str) -> list[CheckRun]:
        """Return the checks of a commit, branch or tag."""
        part = self._part(scm.check_ref(ref), slashes=True)
        path = self._repo(full_name, f"/commits/{part}/check-runs")
        return self._pages(path, CheckRun.read, key="check_runs")
