"""
Who may do what: the one function that every view, API operation and task asks.

The matrix is that of reliability.md section 5. Hidden things answer 404, visible but forbidden ones
403 with a reason and whom to ask. `Entity.objects.visible_to(actor)` is the same rule as a query.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from apps.accounts.models import Role, User
from apps.core import audit
from apps.core.errors import Forbidden, NotFound


class Permission(StrEnum):
    """Everything that can be allowed or refused."""

    CATALOG_READ = "catalog.read"
    LOCATION_REGISTER = "catalog.register_location"
    LOCATION_DELETE = "catalog.delete_location"
    ENTITY_REFRESH = "catalog.refresh_entity"
    ENTITY_DELETE = "catalog.delete_entity"
    TEMPLATE_RUN = "scaffolder.run_template"
    RUN_READ = "scaffolder.read_run"
    RUN_READ_DETAIL = "scaffolder.read_run_detail"
    RUN_CONTROL = "scaffolder.control_run"
    SCORECARD_READ = "scorecards.read"
    SCORECARD_EVALUATE = "scorecards.evaluate"
    SCORECARD_EDIT = "scorecards.edit"
    AUDIT_READ = "core.read_audit"
    ADMINISTER = "core.administer"


@dataclass(frozen=True)
class Actor:
    """
    Who asks: a person, with the scopes of the token they use, or no scopes for a browser session.

    `group_refs` holds the person's groups and all groups above them.
    """

    user: User
    group_refs: frozenset[str] = frozenset()
    scopes: frozenset[str] | None = None

    @property
    def owner_refs(self) -> frozenset[str]:
        """Every owner this person acts for: themselves and their groups."""
        own = {self.user.entity_ref} if self.user.entity_ref else set()
        return self.group_refs | own

    @property
    def role(self) -> str:
        return Role.ADMIN.value if self.user.is_superuser else self.user.role


@dataclass(frozen=True)
class Target:
    """
    What is asked about.

    `owner_refs` own the thing; `restricted` hides it from everybody else; `allowed_roles` is a
    template's own list (empty for everybody); `requested_by` is the id of a run's requester.
    """

    kind: str
    name: str = ""
    owner_refs: frozenset[str] = field(default_factory=frozenset)
    restricted: bool = False
    allowed_roles: frozenset[str] = field(default_factory=frozenset)
    requested_by: int | None = None


@dataclass(frozen=True)
class Decision:
    """The answer, with the reason for people."""

    allowed: bool
    reason: str = ""
    hidden: bool = False


ANYTHING = Target(kind="portal")
ALLOW = Decision(allowed=True)

# The token scope that each permission needs; tokens never get what is not listed.
SCOPES: dict[Permission, str] = {
    Permission.CATALOG_READ: "catalog:read",
    Permission.LOCATION_REGISTER: "catalog:write",
    Permission.LOCATION_DELETE: "catalog:write",
    Permission.ENTITY_REFRESH: "catalog:write",
    Permission.ENTITY_DELETE: "catalog:write",
    Permission.TEMPLATE_RUN: "runs:create",
    Permission.RUN_READ: "runs:read",
    Permission.RUN_READ_DETAIL: "runs:read",
    Permission.RUN_CONTROL: "runs:write",
    Permission.SCORECARD_READ: "scorecards:read",
    Permission.SCORECARD_EVALUATE: "scorecards:write",
    Permission.SCORECARD_EDIT: "scorecards:write",
    Permission.AUDIT_READ: "audit:read",
}
ALL_SCOPES = frozenset(SCOPES.values())


def decide(actor: Actor, permission: Permission, target: Target = ANYTHING) -> Decision:
    """Return whether `actor` may do this to `target`, with the reason where not."""
    if not actor.user.is_active:
        return Decision(False, "Your account is deactivated. Ask an administrator.")
    if actor.scopes is not None:
        needed = SCOPES.get(permission)
        if needed is None or needed not in actor.scopes:
            return Decision(False, f"The token lacks the scope {needed or 'for this'}.")
    owns = bool(target.owner_refs & actor.owner_refs)
    if target.restricted and not owns and actor.role not in {Role.STANDARDS_ADMIN, Role.ADMIN}:
        return Decision(False, hidden=True)
    if actor.role == Role.ADMIN:
        return ALLOW
    return _RULES[permission](actor, target, owns)


def can(actor: Actor, permission: Permission, target: Target = ANYTHING) -> bool:
    """Tell whether `actor` may do this to `target`."""
    return decide(actor, permission, target).allowed


def require(actor: Actor, permission: Permission, target: Target = ANYTHING) -> None:
    """
    Return if `actor` may do this; otherwise record the refusal and raise.

    :raises NotFound: if the person may not know that the thing exists
    :raises Forbidden: with the reason and whom to ask
    """
    decision = decide(actor, permission, target)
    if decision.allowed:
        return
    audit.record_refusal(
        action=permission.value,
        object_kind=target.kind,
        object_id=target.name or target.kind,
        reason=decision.reason or "hidden",
    )
    if decision.hidden:
        raise NotFound(f"There is no {target.kind} {target.name}.")
    raise Forbidden(decision.reason)


Rule = Callable[[Actor, Target, bool], Decision]


def _everybody(actor: Actor, target: Target, owns: bool) -> Decision:
    return ALLOW


def _not_viewers(actor: Actor, target: Target, owns: bool) -> Decision:
    if actor.role == Role.VIEWER:
        return Decision(
            False, "Viewers look and do not change. Ask an administrator for the role of a member."
        )
    return ALLOW


def _owners(actor: Actor, target: Target, owns: bool) -> Decision:
    refused = _not_viewers(actor, target, owns)
    if not refused.allowed:
        return refused
    if owns:
        return ALLOW
    owner = ", ".join(sorted(target.owner_refs)) or "an administrator"
    return Decision(False, f"Only its owner may do this. Ask {owner}.")


def _run_template(actor: Actor, target: Target, owns: bool) -> Decision:
    refused = _not_viewers(actor, target, owns)
    if not refused.allowed:
        return refused
    if actor.role == Role.STANDARDS_ADMIN:
        return Decision(
            False,
            "Standards administrators grade services and do not make them. Ask a member of the "
            "owning team to start this golden path.",
        )
    if target.allowed_roles and actor.role not in target.allowed_roles:
        roles = ", ".join(sorted(target.allowed_roles))
        return Decision(False, f"This golden path is for the roles {roles}. Ask its owner.")
    return ALLOW


def _register(actor: Actor, target: Target, owns: bool) -> Decision:
    if actor.role == Role.TEMPLATE_AUTHOR:
        return ALLOW
    if actor.role == Role.MEMBER and (owns or not target.owner_refs):
        return ALLOW
    return Decision(
        False,
        "You may register what is in repositories of your own teams. Ask the owning team, or an "
        "administrator.",
    )


def _own_run(actor: Actor, target: Target, owns: bool) -> Decision:
    if owns or target.requested_by == actor.user.pk:
        return ALLOW
    return Decision(False, "This run belongs to another team; you see its status only.")


def _control_run(actor: Actor, target: Target, owns: bool) -> Decision:
    refused = _not_viewers(actor, target, owns)
    return refused if not refused.allowed else _own_run(actor, target, owns)


def _standards(actor: Actor, target: Target, owns: bool) -> Decision:
    if actor.role == Role.STANDARDS_ADMIN:
        return ALLOW
    return Decision(False, "Only standards administrators change scorecards. Ask one of them.")


def _administrators(actor: Actor, target: Target, owns: bool) -> Decision:
    return Decision(False, "Only administrators may do this. Ask one of them.")


_RULES: dict[Permission, Rule] = {
    Permission.CATALOG_READ: _everybody,
    Permission.LOCATION_REGISTER: _register,
    Permission.LOCATION_DELETE: _owners,
    Permission.ENTITY_REFRESH: _not_viewers,
    Permission.ENTITY_DELETE: _owners,
    Permission.TEMPLATE_RUN: _run_template,
    Permission.RUN_READ: _everybody,
    Permission.RUN_READ_DETAIL: _own_run,
    Permission.RUN_CONTROL: _control_run,
    Permission.SCORECARD_READ: _everybody,
    Permission.SCORECARD_EVALUATE: _not_viewers,
    Permission.SCORECARD_EDIT: _standards,
    Permission.AUDIT_READ: _administrators,
    Permission.ADMINISTER: _administrators,
}
