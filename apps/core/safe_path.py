"""The one check for relative paths that come from outside (reliability.md 1.3, rule 2)."""

import unicodedata

from apps.core.errors import UserFacingError

MAX_BYTES = 200
MAX_DEPTH = 20

# Characters that HFS+ ignores in file names: ".g<ZWNJ>it" means ".git" there (CVE-2014-9390).
_IGNORABLE = {
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    0xFEFF,
    0x00AD,
}


class UnsafePath(UserFacingError):
    """A path leaves its folder, or means something special to git or the system."""


def safe_relpath(path: str, *, where: str = "", allow_dot: bool = False) -> str:
    """
    Return a relative path in its plain form ("a/b"), or refuse it.

    Refused: absolute paths, "..", empty parts, control characters, backslashes, colons, more than
    200 bytes or 20 parts, and any spelling of ".git". A leading "./" is dropped; "." alone is the
    folder itself and only allowed with `allow_dot`, which returns "".

    :raises UnsafePath: with the reason
    """

    def refuse(reason: str) -> UnsafePath:
        return UnsafePath(
            f"The path {path[:120]!r} {reason}.",
            hint="Use a relative path inside the folder, with / between its parts.",
            where=where,
        )

    if not isinstance(path, str):
        raise UnsafePath(f"A path must be text, not {type(path).__name__}.", where=where)
    plain = path
    while plain.startswith("./"):
        plain = plain[2:]
    if plain in {"", "."}:
        if allow_dot:
            return ""
        raise refuse("is empty")
    if plain.startswith(("/", "~")):
        raise refuse("is absolute")
    if "\\" in plain or ":" in plain:
        raise refuse("has a backslash or a colon")
    if any(unicodedata.category(char) in {"Cc", "Cs"} for char in plain):
        raise refuse("has a control character")
    if len(plain.encode()) > MAX_BYTES:
        raise refuse(f"is longer than {MAX_BYTES} bytes")
    parts = plain.removesuffix("/").split("/")
    if len(parts) > MAX_DEPTH:
        raise refuse(f"has more than {MAX_DEPTH} parts")
    for part in parts:
        if part in {"", "."}:
            raise refuse("has an empty part")
        if part == ".." or part.strip(" .") == "":
            raise refuse("leaves its folder")
        if _means_git(part):
            raise refuse("writes into git's own folder")
    return "/".join(parts)


def _means_git(part: str) -> bool:
    folded = unicodedata.normalize("NFKC", part).casefold()
    folded = "".join(char for char in folded if ord(char) not in _IGNORABLE)
    # Windows drops trailing dots and spaces, and knows .git as git~1.
    return folded.rstrip(" .") in {".git", "git~1"}
