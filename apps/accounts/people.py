"""Changes of people's roles and states, by administrators."""

from django.db import transaction

from apps.accounts.models import Role, User
from apps.accounts.permissions import Actor, Permission, require
from apps.core import audit
from apps.core.errors import Conflict, InvalidInput, NotFound


class LastAdministrator(Conflict):
    """The change would leave nobody who can administer the portal."""


@transaction.atomic
def change_role(*, actor: Actor, username: str, role: str) -> User:
    """
    Give a person another role.

    :raises Forbidden: unless the actor is an administrator
    :raises NotFound: if there is no such person
    :raises LastAdministrator: if nobody else is an administrator
    """
    require(actor, Permission.ADMINISTER)
    if role not in Role.values:
        raise InvalidInput(
            f"There is no role {role[:40]!r}.", hint=f"Choose one of {', '.join(Role.values)}."
        )
    user = _locked(username)
    before = user.role
    if before == Role.ADMIN and role != Role.ADMIN:
        _refuse_last_administrator(user)
    user.role = role
    user.save(update_fields=["role"])
    audit.record(
        action="accounts.change_role",
        object_kind="user",
        object_id=str(user.pk),
        object_name=user.username,
        detail={"before": before, "after": role},
    )
    return user


@transaction.atomic
def set_active(*, actor: Actor, username: str, active: bool) -> User:
    """
    Deactivate or reactivate a person; a deactivated one may do nothing, at once.

    :raises Forbidden: unless the actor is an administrator
    :raises NotFound: if there is no such person
    :raises LastAdministrator: if nobody else is an administrator
    """
    require(actor, Permission.ADMINISTER)
    user = _locked(username)
    if not active:
        _refuse_last_administrator(user)
    user.is_active = active
    user.save(update_fields=["is_active"])
    audit.record(
        action="accounts.activate" if active else "accounts.deactivate",
        object_kind="user",
        object_id=str(user.pk),
        object_name=user.username,
    )
    return user


def _locked(username: str) -> User:
    user = User.objects.select_for_update().filter(username=username).first()
    if user is None:
        raise NotFound(f"There is no person {username[:80]!r}.")
    return user


def _refuse_last_administrator(user: User) -> None:
    others = User.objects.select_for_update().filter(role=Role.ADMIN, is_active=True)
    if user.role == Role.ADMIN and not others.exclude(pk=user.pk).exists():
        raise LastAdministrator(
            f"{user.display_name} is the last administrator.",
            hint="Make somebody else an administrator first.",
        )
