"""Reads sources from GitHub or the embedded forge, by web address."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from django.conf import settings

from apps.integrations import readers
from apps.integrations.github import errors
from apps.integrations.github.client import GitHubClient, client_for
from apps.integrations.github.results import Tree
from apps.integrations.scm import ScmUrl


@dataclass(frozen=True)
class GitHubReader:
    """The reader of the configured forge."""

    key: str = "github"
    order: int = 10

    def handles(self, url: str) -> bool:
        """Tell whether an address lies on the configured forge."""
        ours, theirs = urlsplit(settings.GITHUB_URL), urlsplit(url)
        return (ours.scheme, ours.netloc) == (theirs.scheme, theirs.netloc.lower())

    def read(self, url: str, *, etag: str = "") -> readers.ReadResult:
        """Return a file; see `readers.read`."""
        place = ScmUrl.parse(url)
        if not place.path:
            raise errors.NotFound(f"{url} names no file.")
        client = self._client(place)
        file = client.get_file(place.repository.full_name, place.path, ref=place.ref, etag=etag)
        readers.checked_sizes({place.path: len(file.content)}, where=url)
        return readers.ReadResult(
            content=file.content,
            url=url,
            etag=file.etag,
            sha=file.sha,
            not_modified=file.not_modified,
        )

    def list_tree(self, url: str) -> Tree:
        """Return the files below a folder; see `readers.list_tree`."""
        place = ScmUrl.parse(url)
        tree = readers.below(self._whole_tree(place), place.path)
        if place.path and not tree.files and not tree.irregular:
            raise errors.NotFound(f"There is no folder {place.path} at {place.base_url}.")
        return tree

    def read_files(self, url: str, paths: Iterable[str]) -> dict[str, bytes]:
        """Return files below a folder; see `readers.read_files`."""
        place = ScmUrl.parse(url)
        tree = self.list_tree(url)
        by_path = {file.path: file for file in tree.files}
        wanted = list(dict.fromkeys(paths))
        missing = [path for path in wanted if path not in by_path]
        if missing:
            raise errors.NotFound(f"There is no file {missing[0]} at {url}.")
        readers.checked_sizes({path: by_path[path].size for path in wanted}, where=url)
        client = self._client(place)
        full_name = place.repository.full_name
        found = {path: client.get_blob(full_name, by_path[path].sha) for path in wanted}
        # The forge's own sizes were a promise; these are the bytes.
        readers.checked_sizes({path: len(data) for path, data in found.items()}, where=url)
        return found

    def search(self, url: str) -> list[str]:
        """Return the addresses that a pattern matches; see `readers.search`."""
        place = ScmUrl.parse(url)
        tree = self._whole_tree(place)
        paths = [file.path for file in tree.files]
        matches = readers.matching(paths, place.path) if place.has_glob else [place.path]
        known = set(paths)
        return [replace(place, path=path).blob_url for path in matches if path in known]

    def _whole_tree(self, place: ScmUrl) -> Tree:
        client = self._client(place)
        full_name = place.repository.full_name
        ref = place.ref or client.get_repository(full_name).default_branch
        tree = client.get_tree(full_name, ref)
        if tree.truncated:
            raise readers.SourceTooLarge(f"{full_name} has more files than can be listed.")
        return tree

    @staticmethod
    def _client(place: ScmUrl) -> GitHubClient:
        return client_for(place.repository.owner)
