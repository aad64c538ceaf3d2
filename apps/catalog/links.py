"""Addresses that documents name: which of them become links, and where a document can be edited."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from apps.core.errors import UserFacingError
from apps.integrations.scm import ScmUrl

# What a browser may be sent to from a text that anybody can write.
SAFE_SCHEMES = frozenset({"http", "https", "mailto"})
SLUG_ANNOTATION = "github.com/project-slug"
SOURCE_ANNOTATION = "backstage.io/source-location"


@dataclass(frozen=True)
class EntityLink:
    """A link of an entity; `url` is empty where its address is not one to follow."""

    title: str
    text: str
    url: str = ""


def entity_links(links: list[dict[str, str]]) -> list[EntityLink]:
    """Return the links of `metadata.links`; those with another scheme as text."""
    found = []
    for link in links[:50]:
        address = str(link.get("url", ""))
        title = str(link.get("title") or address)
        found.append(EntityLink(title, address, address if is_safe(address) else ""))
    return found


def is_safe(address: str) -> bool:
    """Tell whether an address may become a link."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return False
    return parts.scheme.lower() in SAFE_SCHEMES and bool(parts.netloc or parts.path)


def repository_of(annotations: dict[str, str]) -> str:
    """Return "owner/name" of the repository that an entity's annotations name, or ""."""
    slug = annotations.get(SLUG_ANNOTATION, "")
    if slug.count("/") == 1:
        return slug
    source = scm_url(annotations.get(SOURCE_ANNOTATION, "").removeprefix("url:"))
    return source.repository.full_name if source else ""


def scm_url(address: str) -> ScmUrl | None:
    """Return an address as a place in a repository, or None where it is none."""
    try:
        return ScmUrl.parse(address) if is_safe(address) else None
    except UserFacingError:
        return None
