"""Authors and committers as callers send them."""

from datetime import UTC, datetime
from typing import Any

from dateutil.parser import isoparse

from apps.forge.api.fields import Fields
from apps.forge.errors import Invalid
from apps.forge.git.objects import Commit, Signature
from apps.forge.models import Account
from apps.forge.shapes.accounts import user


def signature(sent: Fields | None, default: Signature) -> Signature:
    """
    Return the person that was sent, what is missing taken from `default`.

    The moment that was sent is used as it is, so that the same commit has the same name again.

    :raises apps.forge.errors.Invalid: if the date is none
    """
    if sent is None:
        return default
    name = sent.text("name", required=True, longest=255)
    email = sent.text("email", required=True, longest=255)
    date = sent.text("date")
    return Signature(name=name, email=email, at=moment_sent(date) if date else default.at)


def accounts_of(commits: list[Commit]) -> dict[str, dict[str, Any]]:
    """Return the users behind the e-mail addresses of commits, by address."""
    addresses = {
        person.email.lower() for commit in commits for person in (commit.author, commit.committer)
    }
    known = {
        account.email.lower(): user(account)
        for account in Account.objects.filter(email__in=addresses)
    }
    ids = {
        int(address.partition("+")[0]): address
        for address in addresses
        if address.endswith("@users.noreply.forge.invalid")
        and address.partition("+")[0].isdecimal()
    }
    for account in Account.objects.filter(pk__in=[id for id in ids if id < 2**63]):
        if ids[account.pk] == account.noreply_email.lower():
            known[ids[account.pk]] = user(account)
    return known


def moment_sent(text: str) -> datetime:
    """
    Return the moment a text says, in UTC where it names no zone.

    :raises apps.forge.errors.Invalid: if it is no ISO 8601 date
    """
    try:
        at = isoparse(text)
    except (ValueError, OverflowError) as error:
        raise Invalid(f"Invalid request.\n\n{text[:60]!r} is not a valid date-time.") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)
