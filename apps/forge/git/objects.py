"""Git objects as bytes: what is written goes to git in one pack, which checks every object."""

import hashlib
import re
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

ZERO = "0" * 40
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
SHA = re.compile(r"[0-9a-f]{40}")

_PACK_TYPES = {"commit": 1, "tree": 2, "blob": 3, "tag": 4}


@dataclass(frozen=True)
class GitObject:
    """One object: its type and its content without git's header."""

    type: str
    content: bytes

    @property
    def sha(self) -> str:
        """Its name: SHA-1 over header and content."""
        header = f"{self.type} {len(self.content)}\0".encode()
        return hashlib.sha1(header + self.content, usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Signature:
    """Who wrote or committed, and when."""

    name: str
    email: str
    at: datetime

    def __bytes__(self) -> bytes:
        offset = self.at.utcoffset() or timedelta()
        minutes = int(offset.total_seconds()) // 60
        zone = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"
        name, email = _plain(self.name), _plain(self.email)
        return f"{name} <{email}> {int(self.at.timestamp())} {zone}".encode()

    @classmethod
    def parse(cls, line: bytes) -> "Signature":
        """Read the form that git stores."""
        text = line.decode(errors="replace")
        who, _, when = text.rpartition("> ")
        name, _, email = who.partition(" <") if " <" in who else ("", "", who.lstrip("<"))
        seconds, _, zone = when.partition(" ")
        minutes = int(zone[1:3]) * 60 + int(zone[3:5]) if re.fullmatch(r"[+-]\d{4}", zone) else 0
        offset = timedelta(minutes=-minutes if zone.startswith("-") else minutes)
        at = datetime.fromtimestamp(int(seconds or 0), timezone(offset))
        return cls(name=name, email=email, at=at)


@dataclass(frozen=True)
class Commit:
    """A commit as stored."""

    tree: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    message: str
    sha: str = field(default="", compare=False)

    def as_object(self) -> GitObject:
        """Return the object to store; the same commit has the same name everywhere."""
        lines = [f"tree {self.tree}".encode()]
        lines += [f"parent {parent}".encode() for parent in self.parents]
        lines += [b"author " + bytes(self.author), b"committer " + bytes(self.committer)]
        message = self.message.replace("\0", "").encode()
        return GitObject("commit", b"\n".join(lines) + b"\n\n" + message)

    @classmethod
    def parse(cls, sha: str, content: bytes) -> "Commit":
        """Read a stored commit; headers other than these (signatures) are passed over."""
        head, _, message = content.partition(b"\n\n")
        fields: dict[bytes, list[bytes]] = {}
        for line in head.split(b"\n"):
            name, _, value = line.partition(b" ")
            if name:
                fields.setdefault(name, []).append(value)
        return cls(
            sha=sha,
            tree=fields[b"tree"][0].decode(),
            parents=tuple(parent.decode() for parent in fields.get(b"parent", [])),
            author=Signature.parse(fields[b"author"][0]),
            committer=Signature.parse(fields[b"committer"][0]),
            message=message.decode(errors="replace"),
        )


@dataclass(frozen=True)
class TreeEntry:
    """A line of a tree: a file, a folder, a link or a commit of another repository."""

    path: str
    mode: str
    type: str
    sha: str
    size: int | None = None


def tree_object(entries: Iterable[TreeEntry]) -> GitObject:
    """Return the object of one folder; git sorts folders as if their name ended in /."""

    def order(entry: TreeEntry) -> bytes:
        return entry.path.encode() + (b"/" if entry.type == "tree" else b"")

    return GitObject(
        "tree",
        b"".join(
            entry.mode.lstrip("0").encode()
            + b" "
            + entry.path.encode()
            + b"\0"
            + bytes.fromhex(entry.sha)
            for entry in sorted(entries, key=order)
        ),
    )


def pack(objects: Iterable[GitObject]) -> bytes:
    """Return the objects as one pack (gitformat-pack), each once and none as a delta."""
    once = {(item.type, item.content): item for item in objects}.values()
    parts = [b"PACK" + struct.pack(">II", 2, len(once))]
    for item in once:
        parts += [_entry_header(_PACK_TYPES[item.type], len(item.content))]
        parts += [zlib.compress(item.content, 1)]
    body = b"".join(parts)
    return body + hashlib.sha1(body, usedforsecurity=False).digest()


def _entry_header(kind: int, size: int) -> bytes:
    header = bytearray()
    byte, size = (kind << 4) | (size & 15), size >> 4
    while size:
        header.append(byte | 0x80)
        byte, size = size & 0x7F, size >> 7
    header.append(byte)
    return bytes(header)


def _plain(text: str) -> str:
    # These end a field of a commit; git itself drops them.
    return re.sub(r"[<>\n\0]", "", text).strip(" .,:;\"'\\")
