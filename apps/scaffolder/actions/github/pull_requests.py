"""publish:github:pull-request."""

import hashlib
from typing import Any

from apps.core.safe_path import safe_relpath
from apps.integrations.github import errors
from apps.integrations.github.client import GitHubClient
from apps.integrations.github.results import PullRequest
from apps.integrations.scm import check_ref
from apps.scaffolder.actions.base import (
    FLAG,
    TEXT,
    TEXTS,
    Action,
    ActionContext,
    ActionFailed,
    Effect,
    Example,
    Result,
    schema,
)
from apps.scaffolder.actions.github.repositories import (
    client_of,
    committed,
    look,
    repository_of,
)
from apps.scaffolder.domain.workspace import Files


def pull_request(context: ActionContext, given: dict[str, Any]) -> Result:
    """Push the files to a branch and open a pull request for it."""
    ref = repository_of(given)
    branch = check_ref(given["branchName"], where="input.branchName")
    files, gone = _changes(context, given)
    client = client_of(context, ref, given)
    repository = client.get_repository(ref.full_name)
    base = given.get("targetBranchName") or repository.default_branch
    if branch == base:
        raise ActionFailed(
            f"The branch {branch} is the one that the pull request is to go into.",
            where="input.branchName",
        )
    if not given.get("createWhenEmpty", True) and not _differs(
        client, ref.full_name, base, files, gone
    ):
        context.log("Nothing would change, so no pull request is opened")
        return Result({"targetBranchName": base})
    _push(context, client, ref.full_name, base, branch, files, gone, given)
    opened = _open(context, client, ref.full_name, base, branch, given)
    context.made(f"github:pull:{repository.id}:{opened.number}", opened.html_url)
    _ask_reviewers(context, client, ref.full_name, opened, given)
    return Result(
        output={
            "remoteUrl": opened.html_url,
            "pullRequestNumber": opened.number,
            "targetBranchName": base,
        },
        external_id=f"github:pull:{repository.id}:{opened.number}",
        external_url=opened.html_url,
    )


def _changes(context: ActionContext, given: dict[str, Any]) -> tuple[Files, list[str]]:
    source = given.get("sourcePath") or "."
    target = safe_relpath(given.get("targetPath") or ".", allow_dot=True)
    files = {
        safe_relpath(f"{target}/{path}" if target else path): file
        for path, file in context.workspace.below(source).items()
    }
    gone = [safe_relpath(path) for path in given.get("filesToDelete") or []]
    if not files and not gone:
        raise ActionFailed("There are no files for a pull request.", code="nothing_to_publish")
    return files, gone


def _differs(
    client: GitHubClient, full_name: str, base: str, files: Files, gone: list[str]
) -> bool:
    known = {file.path: file.sha for file in client.get_tree(full_name, base).files}
    if any(path in known for path in gone):
        return True
    return any(known.get(path) != _blob_sha(file.data) for path, file in files.items())


def _push(
    context: ActionContext,
    client: GitHubClient,
    full_name: str,
    base: str,
    branch: str,
    files: Files,
    gone: list[str],
    given: dict[str, Any],
) -> None:
    parent = context.pins.get("parent")
    if parent is None:
        # Kept before the first write: the commit of the next attempt is then the same one.
        parent = _parent(client, full_name, base, branch, update=bool(given.get("update")))
        context.pin("parent", parent)
    present = {file.path for file in client.get_tree(full_name, parent).files} if gone else set()
    context.before_call()
    try:
        commit = client.commit_files(
            full_name,
            branch=branch,
            files=committed(files),
            message=given.get("commitMessage") or given["title"],
            author_name=given.get("gitAuthorName") or "Scaffolder",
            author_email=given.get("gitAuthorEmail") or "scaffolder@localhost",
            at=context.created_at,
            parent=parent,
            deletions=[path for path in gone if path in present],
        )
    except errors.Conflict as error:
        raise ActionFailed(
            f"The branch {branch} of {full_name} is there already, with other commits.",
            code="branch_taken",
            hint="Choose another branch, or set `update: true` to add to it.",
            where="input.branchName",
        ) from error
    context.log(f"Pushed {len(files)} files to {branch} as {commit.sha[:10]}")


def _parent(client: GitHubClient, full_name: str, base: str, branch: str, *, update: bool) -> str:
    if update:
        try:
            return client.get_ref(full_name, branch).sha
        except errors.NotFound:
            pass  # the first time there is nothing to add to
    return client.get_ref(full_name, base).sha


def _open(
    context: ActionContext,
    client: GitHubClient,
    full_name: str,
    base: str,
    branch: str,
    given: dict[str, Any],
) -> PullRequest:
    def find() -> PullRequest | None:
        return client.find_pull_request(full_name, head=branch, base=base)

    known = find()
    if known is not None:
        context.log(f"The pull request #{known.number} is open for this branch already")
        return known
    context.before_call()
    try:
        opened = client.open_pull_request(
            full_name,
            title=given["title"],
            body=given.get("description") or "",
            head=branch,
            base=base,
            draft=bool(given.get("draft")),
        )
    except (errors.AlreadyExists, errors.UnknownOutcome):
        found = look(context, find)
        if found is None:
            raise
        opened = found
    context.log(f"Opened the pull request #{opened.number}: {opened.html_url}")
    return opened


def _ask_reviewers(
    context: ActionContext,
    client: GitHubClient,
    full_name: str,
    opened: PullRequest,
    given: dict[str, Any],
) -> None:
    people = [str(one) for one in given.get("reviewers") or []]
    teams = [str(one) for one in given.get("teamReviewers") or []]
    if not people and not teams:
        return
    context.before_call()
    try:
        client.request_reviewers(full_name, opened.number, reviewers=people, team_reviewers=teams)
    except errors.GitHubError as error:
        if not error.permanent:
            raise
        context.log(f"Reviewers could not be asked: {error.message}", level="warning")


def _blob_sha(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


ACTIONS = (
    Action(
        key="publish:github:pull-request",
        description="Pushes the workspace to a branch of a repository and opens a pull request.",
        run=pull_request,
        effect=Effect.OUTSIDE,
        input_schema=schema(
            ("repoUrl", "branchName", "title", "description"),
            repoUrl={**TEXT, "title": "Repository", "description": "host?owner=o&repo=r"},
            branchName={**TEXT, "title": "Branch"},
            targetBranchName={**TEXT, "title": "Branch to merge into"},
            title=TEXT,
            description=TEXT,
            draft=FLAG,
            sourcePath=TEXT,
            targetPath=TEXT,
            filesToDelete=TEXTS,
            reviewers=TEXTS,
            teamReviewers=TEXTS,
            commitMessage=TEXT,
            update=FLAG,
            createWhenEmpty=FLAG,
            gitAuthorName=TEXT,
            gitAuthorEmail=TEXT,
            token=TEXT,
        ),
        output_schema=schema(
            remoteUrl=TEXT, pullRequestNumber={"type": "number"}, targetBranchName=TEXT
        ),
        examples=(
            Example(
                "Add a pipeline",
                {
                    "repoUrl": "github.com?owner=acme&repo=shop",
                    "branchName": "add-pipeline",
                    "title": "Add a pipeline",
                    "description": "Runs the tests on each push.",
                },
            ),
        ),
        secrets=("token",),
        permission="open pull requests",
        order=43,
    ),
)
