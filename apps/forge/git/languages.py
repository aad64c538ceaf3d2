"""Which languages a repository is written in, by the endings of its files."""

from collections.abc import Iterable

from apps.forge.git.objects import TreeEntry

_ENDINGS = {
    "py": "Python", "js": "JavaScript", "ts": "TypeScript", "tsx": "TypeScript",
    "go": "Go", "rs": "Rust", "java": "Java", "kt": "Kotlin", "rb": "Ruby", "php": "PHP", "c": "C",
    "h": "C", "cpp": "C++", "cs": "C#", "sh": "Shell", "html": "HTML", "css": "CSS", "scss": "SCSS",
    "tf": "HCL", "lua": "Lua", "swift": "Swift", "scala": "Scala", "vue": "Vue",
}  # fmt: skip


def bytes_by_language(entries: Iterable[TreeEntry]) -> dict[str, int]:
    """Return the size of all files of each language, the largest first."""
    sizes: dict[str, int] = {}
    for entry in entries:
        name = entry.path.rpartition("/")[2]
        ending = name.rpartition(".")[2].lower() if "." in name else ""
        language = "Dockerfile" if name == "Dockerfile" else _ENDINGS.get(ending)
        if entry.type == "blob" and language and entry.size:
            sizes[language] = sizes.get(language, 0) + entry.size
    return dict(sorted(sizes.items(), key=lambda item: -item[1]))
