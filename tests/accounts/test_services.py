"""Memberships follow the catalog's group tree."""

import pytest

from apps.accounts import services
from apps.accounts.models import Membership, User
from apps.accounts.selectors import actor_for

pytestmark = pytest.mark.django_db

DANA = "user:default/dana"
TEAM, AREA, ALL = "group:default/payments", "group:default/commerce", "group:default/acme"


def test_a_member_of_a_team_is_a_member_of_the_groups_above() -> None:
    services.replace_memberships(direct=[(DANA, TEAM)], parents={TEAM: AREA, AREA: ALL})
    dana = User.objects.create(username="dana", entity_ref=DANA)

    assert actor_for(dana).group_refs == {TEAM, AREA, ALL}
    assert Membership.objects.get(direct=True).group_ref == TEAM


def test_a_cycle_of_groups_ends() -> None:
    services.replace_memberships(direct=[(DANA, TEAM)], parents={TEAM: AREA, AREA: TEAM})

    assert Membership.objects.count() == 2


def test_what_has_not_changed_is_not_written_again() -> None:
    arguments = {"direct": [(DANA, TEAM)], "parents": {TEAM: AREA}}
    services.replace_memberships(**arguments)

    assert services.replace_memberships(**arguments) == (0, 0)


def test_leaving_a_team_takes_the_groups_above_along() -> None:
    services.replace_memberships(direct=[(DANA, TEAM)], parents={TEAM: AREA})
    services.replace_memberships(direct=[], parents={TEAM: AREA})

    assert not Membership.objects.exists()


def test_an_account_is_linked_to_the_entity_of_its_name_once() -> None:
    User.objects.create(username="dana")
    User.objects.create(username="linus", entity_ref="user:default/other")

    linked = services.link_accounts(refs_by_username={"dana": DANA, "linus": "user:default/linus"})

    assert linked == 1
    assert User.objects.get(username="linus").entity_ref == "user:default/other"
