"""Places that locations point at: resolved, searched and read through the doors of integrations."""

import posixpath
from dataclasses import dataclass
from pathlib import Path

from apps.core.errors import InvalidInput, UserFacingError
from apps.integrations import readers
from apps.integrations.files import FileReader
from apps.integrations.scm import ScmUrl

_GLOB_CHARACTERS = "*?[{"
_MAX_PARENTS = 30


class PlaceRefused(InvalidInput):
    """A location may not point there."""


@dataclass(frozen=True)
class Place:
    """
    An absolute place: `type` is url or file.

    `root` is the folder of the machine that a file place must not leave; empty for urls.
    """

    type: str
    target: str
    root: str = ""

    @classmethod
    def of_location(cls, type_: str, target: str) -> "Place":
        """
        Return the place of a registered location.

        :raises PlaceRefused: if the type is not known
        :raises BadScmUrl: if a url is none of a repository
        """
        if type_ == "url":
            return cls("url", str(ScmUrl.parse(target)))
        if type_ == "file":
            return cls("file", target, _root_of(target))
        raise PlaceRefused(
            f"Locations of the type {type_[:40]!r} are not read.",
            hint="Use the type url with the address of a file in a repository.",
        )

    @property
    def ref(self) -> str:
        """The location reference of Backstage: `type:target`."""
        return f"{self.type}:{self.target}"

    @property
    def has_glob(self) -> bool:
        """Tell whether the target is a pattern."""
        if self.type == "url":
            return ScmUrl.parse(self.target).has_glob
        return any(char in self.target for char in _GLOB_CHARACTERS)

    def target_of_entity(self, type_: str | None, target: str) -> "Place":
        """
        Return the place that a Location entity in this file points at.

        It may stay in its type or point at a url (backstage-spec.md 1.6); relative targets are
        resolved against this file.

        :raises PlaceRefused: if the type is not allowed here
        :raises BadScmUrl: if a url is none of a repository
        """
        type_ = type_ or self.type
        if type_ == "file" and self.type == "file":
            return self._file(target)
        if type_ != "url":
            raise PlaceRefused(
                f"A Location in a {self.type} may not point at a {type_[:40]!r}.",
                hint="Leave spec.type out, or use url.",
            )
        if self.type == "url" and "://" not in target:
            return Place("url", str(ScmUrl.parse(self.target).resolve(target)))
        return Place("url", str(ScmUrl.parse(target)))

    def neighbour(self, target: str) -> "Place":
        """
        Return a file of the same repository, for substitutions.

        :raises UserFacingError: if it lies elsewhere
        """
        if self.type == "url":
            return Place("url", str(ScmUrl.parse(self.target).resolve(target)))
        if "://" in target:
            raise PlaceRefused(
                f"{target[:200]!r} lies outside the folder of this file.",
                hint="Use a relative path.",
            )
        return self._file(target)

    def _file(self, target: str) -> "Place":
        joined = posixpath.normpath(posixpath.join(posixpath.dirname(self.target), target))
        if not joined.startswith(self.root.rstrip("/") + "/"):
            raise PlaceRefused(
                f"{target[:200]!r} leaves the folder {self.root}.",
                hint="Locations read below the folder (or git repository) they are registered in.",
            )
        return Place("file", joined, self.root)

    def read(self, *, etag: str = "") -> readers.ReadResult:
        """
        Return the file at this place; with an ETag only if it has changed.

        :raises UserFacingError: if it cannot be read
        """
        if self.type == "url":
            return readers.read(self.target, etag=etag)
        return FileReader(roots=(self.root,)).read(f"file:{self.target}", etag=etag)

    def search(self) -> list["Place"]:
        """
        Return the files that a pattern matches, sorted.

        :raises UserFacingError: if the tree cannot be listed completely
        """
        if self.type == "url":
            return [Place("url", url) for url in sorted(readers.search(self.target))]
        found = FileReader(roots=(self.root,)).search(f"file:{self.target}")
        return [
            Place("file", address.removeprefix("file:"), self.root) for address in sorted(found)
        ]

    @property
    def source_annotations(self) -> dict[str, str]:
        """What is injected about where an entity can be viewed and edited (spec 1.6)."""
        if self.type != "url":
            return {}
        url = ScmUrl.parse(self.target)
        found = {
            "backstage.io/view-url": self.target,
            "backstage.io/edit-url": url.edit_url,
            "backstage.io/source-location": f"url:{url.folder.tree_url.rstrip('/')}/",
        }
        return {key: value for key, value in found.items() if value}


def file_target(text: str) -> str:
    """Return a path or pattern of this machine as the target of a file location: absolute."""
    plain = text.removeprefix("file://").removeprefix("file:")
    return posixpath.normpath(posixpath.join(str(Path.cwd()), plain))


def _root_of(target: str) -> str:
    """Return the git repository around a file target, or the folder it names literally."""
    if not target.startswith("/") or "\0" in target:
        raise PlaceRefused(f"{target[:200]!r} is not an absolute path.")
    literal = target
    for char in _GLOB_CHARACTERS:
        literal = literal.split(char, 1)[0]
    folder = Path(posixpath.dirname(literal))
    for parent in (folder, *folder.parents)[:_MAX_PARENTS]:
        if (parent / ".git").exists():
            return str(parent)
    if str(folder) == "/":
        raise PlaceRefused("A location cannot be the root of the machine.")
    return str(folder)


def describe(error: UserFacingError) -> str:
    """Return the message of a failed read without its place, which is shown beside it."""
    return error.message
