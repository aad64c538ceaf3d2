"""The tables of the embedded forge; each names what GitHub calls it."""

from apps.forge.models.accounts import (
    AccessToken,
    Account,
    OrganizationMembership,
    Team,
    TeamMembership,
)
from apps.forge.models.actions import (
    ActionsSecret,
    ActionsSettings,
    ActionsVariable,
    Workflow,
    WorkflowJob,
    WorkflowRun,
)
from apps.forge.models.checks import CheckRun, CommitStatus
from apps.forge.models.events import RepositoryEvent
from apps.forge.models.hooks import Hook, HookDelivery
from apps.forge.models.pulls import PullRequest, Review
from apps.forge.models.repositories import (
    BranchProtection,
    Collaborator,
    Repository,
    TeamRepository,
)

__all__ = [
    "AccessToken",
    "Account",
    "ActionsSecret",
    "ActionsSettings",
    "ActionsVariable",
    "BranchProtection",
    "CheckRun",
    "Collaborator",
    "CommitStatus",
    "Hook",
    "HookDelivery",
    "OrganizationMembership",
    "PullRequest",
    "Repository",
    "RepositoryEvent",
    "Review",
    "Team",
    "TeamMembership",
    "TeamRepository",
    "Workflow",
    "WorkflowJob",
    "WorkflowRun",
]
