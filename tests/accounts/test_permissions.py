"""The matrix of who may do what (reliability.md section 5)."""

import pytest

from apps.accounts.models import Role, User
from apps.accounts.permissions import (
    ALL_SCOPES,
    Actor,
    Permission,
    Target,
    can,
    decide,
    require,
)
from apps.core.errors import Forbidden, NotFound
from apps.core.models import AuditEvent

OURS = frozenset({"group:default/payments"})
P = Permission
YES, NO, OWN = True, False, "own"

# permission: viewer, member, template author, standards admin, admin; OWN: only what one owns.
MATRIX: dict[Permission, tuple[object, ...]] = {
    P.CATALOG_READ: (YES, YES, YES, YES, YES),
    P.LOCATION_REGISTER: (NO, OWN, YES, NO, YES),
    P.LOCATION_DELETE: (NO, OWN, OWN, OWN, YES),
    P.ENTITY_REFRESH: (NO, YES, YES, YES, YES),
    P.ENTITY_DELETE: (NO, OWN, OWN, OWN, YES),
    P.TEMPLATE_RUN: (NO, YES, YES, NO, YES),
    P.RUN_READ: (YES, YES, YES, YES, YES),
    P.RUN_READ_DETAIL: (OWN, OWN, OWN, OWN, YES),
    P.RUN_CONTROL: (NO, OWN, OWN, OWN, YES),
    P.SCORECARD_READ: (YES, YES, YES, YES, YES),
    P.SCORECARD_EVALUATE: (NO, YES, YES, YES, YES),
    P.SCORECARD_EDIT: (NO, NO, NO, YES, YES),
    P.AUDIT_READ: (NO, NO, NO, NO, YES),
    P.ADMINISTER: (NO, NO, NO, NO, YES),
}
ROLES = [Role.VIEWER, Role.MEMBER, Role.TEMPLATE_AUTHOR, Role.STANDARDS_ADMIN, Role.ADMIN]


def actor(
    role: str, *, groups: frozenset[str] = OURS, scopes: frozenset[str] | None = None
) -> Actor:
    user = User(pk=1, username="dana", role=role, entity_ref="user:default/dana")
    return Actor(user=user, group_refs=groups, scopes=scopes)


def test_every_permission_has_a_row() -> None:
    assert set(MATRIX) == set(Permission)


@pytest.mark.parametrize("permission", list(Permission))
@pytest.mark.parametrize("role", ROLES)
def test_the_matrix_holds(permission: Permission, role: Role) -> None:
    expected = MATRIX[permission][ROLES.index(role)]
    owned = Target(kind="thing", name="x", owner_refs=OURS)
    foreign = Target(kind="thing", name="x", owner_refs=frozenset({"group:default/other"}))

    assert can(actor(role), permission, owned) is (expected is not NO)
    assert can(actor(role), permission, foreign) is (expected is YES)


@pytest.mark.parametrize("permission", list(Permission))
def test_a_token_never_gets_more_than_its_scopes(permission: Permission) -> None:
    assert not can(actor(Role.ADMIN, scopes=frozenset()), permission)


@pytest.mark.parametrize("permission", list(Permission))
def test_a_token_never_gets_more_than_its_person(permission: Permission) -> None:
    everything = actor(Role.VIEWER, scopes=ALL_SCOPES)

    assert not can(everything, permission) or can(actor(Role.VIEWER), permission)


@pytest.mark.parametrize("permission", list(Permission))
def test_a_deactivated_person_may_nothing(permission: Permission) -> None:
    gone = actor(Role.ADMIN)
    gone.user.is_active = False

    assert not can(gone, permission)


def test_a_restricted_thing_is_hidden_from_others() -> None:
    target = Target(
        kind="entity", name="x", owner_refs=frozenset({"group:default/o"}), restricted=True
    )

    assert decide(actor(Role.MEMBER), P.CATALOG_READ, target).hidden


@pytest.mark.django_db
def test_a_refusal_says_why_and_is_recorded() -> None:
    with pytest.raises(Forbidden, match="administrators"):
        require(actor(Role.MEMBER), P.AUDIT_READ)

    assert AuditEvent.objects.filter(decision="denied").count() == 1


@pytest.mark.django_db
def test_what_is_hidden_does_not_exist() -> None:
    target = Target(kind="entity", name="x", restricted=True)

    with pytest.raises(NotFound):
        require(actor(Role.MEMBER), P.CATALOG_READ, target)
