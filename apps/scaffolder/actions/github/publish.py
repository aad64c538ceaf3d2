"""publish:github, github:repo:create and github:repo:push."""

from typing import Any

from apps.integrations import services as integrations
from apps.integrations.github import errors
from apps.integrations.github.client import GitHubClient
from apps.integrations.github.results import Repository
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
from apps.scaffolder.actions.github import settings as repository_settings
from apps.scaffolder.actions.github.repositories import (
    client_of,
    committed,
    create_or_adopt,
    external_id,
    repository_of,
)
from apps.scaffolder.domain.workspace import Files

_DEFAULT_BRANCH = "master"  # as Backstage
_SECRETS = ("token", "secrets.*")


def publish(context: ActionContext, given: dict[str, Any]) -> Result:
    """Create a repository, push the files, and set it up."""
    ref = repository_of(given)
    files = _files(context, given)
    branch = check_ref(given.get("defaultBranch") or _DEFAULT_BRANCH, where="input.defaultBranch")
    client = client_of(context, ref, given)
    made = create_or_adopt(context, client, ref, repository_settings.creation(given))
    _webhook(context, client, made)
    sha = _push(context, client, made, files, branch, given)
    repository_settings.apply(context, client, made, branch, given)
    return _result(made, branch, sha)


def create(context: ActionContext, given: dict[str, Any]) -> Result:
    """Create a repository and set it up, without files."""
    ref = repository_of(given)
    client = client_of(context, ref, given)
    options = repository_settings.creation(given) | {"auto_init": bool(given.get("autoInit"))}
    made = create_or_adopt(context, client, ref, options)
    _webhook(context, client, made)
    repository_settings.apply(context, client, made, "", given)
    return _result(made, made.default_branch, "")


def push(context: ActionContext, given: dict[str, Any]) -> Result:
    """Push the files to an empty repository that this run, or somebody, has made."""
    ref = repository_of(given)
    files = _files(context, given)
    branch = check_ref(given.get("defaultBranch") or _DEFAULT_BRANCH, where="input.defaultBranch")
    client = client_of(context, ref, given)
    known = client.get_repository(ref.full_name)
    sha = _push(context, client, known, files, branch, given)
    repository_settings.apply(context, client, known, branch, given)
    return _result(known, branch, sha, external=f"github:commit:{known.id}:{sha}")


def _files(context: ActionContext, given: dict[str, Any]) -> Files:
    files = context.workspace.below(given.get("sourcePath") or ".")
    if not files:
        raise ActionFailed(
            "There are no files to publish.",
            code="nothing_to_publish",
            hint="A step before this one must fetch something; check `sourcePath`.",
        )
    return files


def _webhook(context: ActionContext, client: GitHubClient, repository: Repository) -> None:
    """Ask for deliveries before the first push, so that its pipeline is heard of."""
    context.before_call()
    try:
        integrations.ensure_webhook(repository.full_name, client=client)
    except (errors.PermissionMissing, errors.ValidationFailed, errors.NotFound) as error:
        # GitHub refuses addresses it cannot reach; pipelines are then asked for instead.
        context.log(f"No webhook could be set: {error.message}", level="warning")


def _push(
    context: ActionContext,
    client: GitHubClient,
    repository: Repository,
    files: Files,
    branch: str,
    given: dict[str, Any],
) -> str:
    context.before_call()
    try:
        commit = client.commit_files(
            repository.full_name,
            branch=branch,
            files=committed(files),
            message=given.get("gitCommitMessage") or "initial commit",
            author_name=given.get("gitAuthorName") or "Scaffolder",
            author_email=given.get("gitAuthorEmail") or "scaffolder@localhost",
            at=context.created_at,
            parent=None,
        )
    except errors.Conflict as error:
        raise ActionFailed(
            f"The branch {branch} of {repository.full_name} holds somebody else's commits.",
            code="foreign_commits",
            hint="Nothing was overwritten. Choose another name and start a new run.",
        ) from error
    context.log(f"Pushed {len(files)} files to {branch} as {commit.sha[:10]}")
    return commit.sha


def _result(made: Repository, branch: str, sha: str, *, external: str = "") -> Result:
    return Result(
        output={
            "remoteUrl": made.html_url,
            "repoContentsUrl": f"{made.html_url}/blob/{branch}",
            **({"commitHash": sha} if sha else {}),
        },
        external_id=external or external_id(made),
        external_url=made.html_url,
    )


_CREATION = {
    "repoUrl": {**TEXT, "title": "Repository", "description": "host?owner=o&repo=r"},
    "description": TEXT,
    "homepage": TEXT,
    "access": {**TEXT, "description": "A person, or a team as organisation/team, made admin."},
    "repoVisibility": {"type": "string", "enum": ["private", "public", "internal"]},
    "deleteBranchOnMerge": FLAG,
    "allowMergeCommit": FLAG,
    "allowSquashMerge": FLAG,
    "allowRebaseMerge": FLAG,
    "allowAutoMerge": FLAG,
    "allowUpdateBranch": FLAG,
    "squashMergeCommitTitle": {"enum": ["PR_TITLE", "COMMIT_OR_PR_TITLE"]},
    "squashMergeCommitMessage": {"enum": ["PR_BODY", "COMMIT_MESSAGES", "BLANK"]},
    "collaborators": {"type": "array", "items": {"type": "object"}},
    "hasProjects": FLAG,
    "hasWiki": FLAG,
    "hasIssues": FLAG,
    "topics": TEXTS,
    "repoVariables": {"type": "object"},
    "secrets": {"type": "object", "description": "Takes the run's secrets."},
    "token": {**TEXT, "description": "A secret; else the portal's own rights."},
}
_PUSH = {
    "repoUrl": _CREATION["repoUrl"],
    "defaultBranch": {**TEXT, "title": "Branch", "default": _DEFAULT_BRANCH},
    "protectDefaultBranch": {**FLAG, "default": True},
    "protectEnforceAdmins": {**FLAG, "default": True},
    "requiredApprovingReviewCount": {"type": "number"},
    "requireCodeOwnerReviews": FLAG,
    "dismissStaleReviews": FLAG,
    "requiredStatusCheckContexts": TEXTS,
    "requireBranchesToBeUpToDate": FLAG,
    "requiredConversationResolution": FLAG,
    "requiredLinearHistory": FLAG,
    "requiredCommitSigning": FLAG,
    "gitCommitMessage": TEXT,
    "gitAuthorName": TEXT,
    "gitAuthorEmail": TEXT,
    "sourcePath": {**TEXT, "title": "Folder of the workspace"},
    "token": _CREATION["token"],
}
_OUTPUT = schema(remoteUrl=TEXT, repoContentsUrl=TEXT, commitHash=TEXT)

ACTIONS = (
    Action(
        key="publish:github",
        description=(
            "Makes a repository, pushes the workspace as its first commit, and sets it up. Made "
            "once, whatever happens in between; a repository of the same name is left alone."
        ),
        run=publish,
        effect=Effect.OUTSIDE,
        input_schema=schema(("repoUrl",), **{**_CREATION, **_PUSH}),
        output_schema=_OUTPUT,
        examples=(
            Example(
                "Make a private repository",
                {"repoUrl": "github.com?owner=acme&repo=shop", "defaultBranch": "main"},
            ),
        ),
        secrets=_SECRETS,
        permission="create repositories",
        order=40,
    ),
    Action(
        key="github:repo:create",
        description="Makes a repository and sets it up, without pushing anything.",
        run=create,
        effect=Effect.OUTSIDE,
        input_schema=schema(("repoUrl",), **_CREATION, autoInit=FLAG),
        output_schema=_OUTPUT,
        examples=(Example("Make one", {"repoUrl": "github.com?owner=acme&repo=shop"}),),
        secrets=_SECRETS,
        permission="create repositories",
        order=41,
    ),
    Action(
        key="github:repo:push",
        description="Pushes the workspace to a repository that has no commits yet.",
        run=push,
        effect=Effect.OUTSIDE,
        input_schema=schema(("repoUrl",), **_PUSH),
        output_schema=_OUTPUT,
        examples=(Example("Push", {"repoUrl": "github.com?owner=acme&repo=shop"}),),
        secrets=("token",),
        permission="write to repositories",
        order=42,
    ),
)
