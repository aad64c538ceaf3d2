"""Changes that the catalog makes to people: their teams and their link to a User entity."""

from collections.abc import Iterable, Mapping

from django.db import transaction

from apps.accounts.models import Membership, User

MAX_DEPTH = 50


@transaction.atomic
def replace_memberships(
    *, direct: Iterable[tuple[str, str]], parents: Mapping[str, str]
) -> tuple[int, int]:
    """
    Make the memberships those of the catalog; return how many were added and removed.

    `direct` are pairs (user ref, group ref), `parents` maps a group ref to the one above it: a
    member of a team is a member of every group above. A cycle of groups ends where it closes.
    """
    wanted: dict[tuple[str, str], bool] = {}
    for user_ref, group_ref in direct:
        wanted[user_ref, group_ref] = True
        above = parents.get(group_ref)
        seen = {group_ref}
        while above and above not in seen and len(seen) < MAX_DEPTH:
            wanted.setdefault((user_ref, above), False)
            seen.add(above)
            above = parents.get(above)
    present = {(row.user_ref, row.group_ref): row for row in Membership.objects.select_for_update()}
    gone = [row.pk for key, row in present.items() if wanted.get(key) != row.direct]
    new = [
        Membership(user_ref=user_ref, group_ref=group_ref, direct=is_direct)
        for (user_ref, group_ref), is_direct in wanted.items()
        if (user_ref, group_ref) not in present or present[user_ref, group_ref].direct != is_direct
    ]
    if gone:
        Membership.objects.filter(pk__in=gone).delete()
    Membership.objects.bulk_create(new, batch_size=2000)
    return len(new), len(gone)


@transaction.atomic
def link_accounts(*, refs_by_username: Mapping[str, str]) -> int:
    """
    Link accounts without a User entity to the one of their name; return how many were linked.

    Only accounts that are not linked yet: an entity cannot take somebody else's account over.
    """
    linked = 0
    for user in User.objects.filter(entity_ref="", username__in=list(refs_by_username)):
        user.entity_ref = refs_by_username[user.username]
        user.save(update_fields=["entity_ref"])
        linked += 1
    return linked
