"""What a person chooses for themselves: the theme and the starred entities."""

from django.db import transaction

from apps.accounts.models import User
from apps.core import audit
from apps.core.errors import InvalidInput

THEMES = ("system", "light", "dark")
STARS_LIMIT = 200


@transaction.atomic
def set_theme(*, user: User, theme: str) -> None:
    """
    Show the portal in this theme from now on.

    :raises InvalidInput: if there is no such theme
    """
    if theme not in THEMES:
        raise InvalidInput(
            f"There is no theme {theme!r}.", hint=f"Choose one of {', '.join(THEMES)}."
        )
    before, user.theme = user.theme, theme
    user.save(update_fields=["theme"])
    _record("accounts.set_theme", user, {"theme": {"before": before, "after": theme}})


@transaction.atomic
def set_starred(*, user: User, ref: str, starred: bool) -> None:
    """
    Put an entity among the person's stars, the newest first, or take it away.

    :raises InvalidInput: if the person has too many stars
    """
    locked = User.objects.select_for_update().get(pk=user.pk)
    stars = [known for known in locked.starred if known != ref]
    if starred:
        if len(stars) >= STARS_LIMIT:
            raise InvalidInput(
                f"You have starred {STARS_LIMIT} entities already.",
                hint="Take a star away before you give another.",
            )
        stars.insert(0, ref)
    locked.starred = user.starred = stars
    locked.save(update_fields=["starred"])
    _record("accounts.star" if starred else "accounts.unstar", user, {"entity": ref})


def _record(action: str, user: User, detail: dict[str, object]) -> None:
    audit.record(
        action=action,
        object_kind="user",
        object_id=str(user.pk),
        object_name=user.username,
        detail=detail,
    )
