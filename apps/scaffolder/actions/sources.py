"""Where `fetch:` actions read from: beside the template, or elsewhere on the forge."""

import posixpath
from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock

from apps.integrations import readers
from apps.integrations.scm import BadScmUrl, ScmUrl
from apps.scaffolder.actions.base import ActionContext, ActionFailed
from apps.scaffolder.domain.workspace import MAX_TOTAL_BYTES, File, Files

# A tree at a commit never changes, so a worker keeps the last few.
_KEPT_TREES = 8
_trees: OrderedDict[str, Files] = OrderedDict()
_lock = Lock()


def folder(context: ActionContext, address: str) -> Files:
    """
    Return the files of a folder, by their path in it.

    :raises ActionFailed: if it holds symbolic links or submodules
    :raises BadScmUrl: if the address leads where a template may not read
    """
    url = resolve(context.template_url, address)
    pinned = context.pins.get(url)
    tree = readers.list_tree(_at(url, pinned) if pinned else url)
    if tree.irregular:
        raise ActionFailed(
            f"{tree.irregular[0]} is a symbolic link or a submodule.",
            code="irregular_file",
            hint="Templates may hold regular files only.",
            where=address,
        )
    if not tree.commit_sha:
        return _read(url, tree.files)
    context.pins[url] = tree.commit_sha
    at_commit = _at(url, tree.commit_sha)
    with _lock:
        known = _trees.get(at_commit)
    if known is None:
        known = _read(at_commit, tree.files)
        with _lock:
            _trees[at_commit] = known
            while len(_trees) > _KEPT_TREES:
                _trees.popitem(last=False)
    return dict(known)


def file(context: ActionContext, address: str) -> bytes:
    """
    Return one file.

    :raises BadScmUrl: if the address leads where a template may not read
    :raises NotFound: if there is none
    """
    url = resolve(context.template_url, address)
    if url.startswith("file:"):
        return readers.read(url).content
    parent, _, _ = ScmUrl.parse(url).path.rpartition("/")
    pinned = context.pins.get(url)
    if not pinned:
        holder = ScmUrl.parse(url).at(parent, kind="tree") if parent else _root(url)
        pinned = readers.list_tree(str(holder)).commit_sha
        context.pins[url] = pinned
    return readers.read(_at(url, pinned)).content


def resolve(base: str, address: str) -> str:
    """
    Return the absolute address that a template means.

    `base` is a location reference ("url:https://…", "file:/…"). Relative addresses stay in the
    template's own repository or folder.

    :raises BadScmUrl: if it leaves it, or is of a kind that templates may not name
    """
    if "://" in address:
        if not address.startswith(("http://", "https://")):
            raise BadScmUrl(f"{address[:200]!r} is not an address of a repository.")
        return str(ScmUrl.parse(address))
    kind, _, target = base.partition(":")
    if kind == "url" and target:
        return str(ScmUrl.parse(target).resolve(address))
    if kind == "file" and target:
        if address.startswith(("/", "file:")) or "\\" in address or "\0" in address:
            raise BadScmUrl(f"{address[:200]!r} is not a path beside the template.")
        start = target if target.endswith("/") else posixpath.dirname(target)
        return f"file:{posixpath.normpath(posixpath.join(start, address))}"
    raise BadScmUrl(
        f"{address[:200]!r} is relative, and the portal does not know where the template lies.",
        hint="Use an absolute address, or register the template from a repository.",
    )


def _at(url: str, sha: str) -> str:
    return str(ScmUrl.parse(url).on(sha))


def _root(url: str) -> ScmUrl:
    return ScmUrl.parse(url).at("", kind="tree")


def _read(url: str, files: Iterable[readers.TreeFile]) -> Files:
    listed = {file.path: file for file in files}
    if sum(file.size for file in listed.values()) > MAX_TOTAL_BYTES:
        raise ActionFailed("The folder has more than 20 MB.", code="too_large", where=url)
    contents = readers.read_files(url, listed)
    return {
        path: File(data, executable=listed[path].mode == "100755")
        for path, data in contents.items()
    }
