"""What a line of a pipeline's shell does: run tests, install, lint a contract, attest."""

import re

# Followed by one of these the command cannot fail the job.
_SWALLOWED = re.compile(r"\|\|\s*(true|:|exit 0)\b")

TESTS = {
    "pytest": r"\b(?:py\.test|pytest)\b(?!\s+--version)",
    "manage.py test": r"\bmanage\.py\s+test\b",
    "unittest": r"-m\s+unittest\b",
    "tox": r"(?:^|[\s;&])tox\b",
    "nox": r"(?:^|[\s;&])nox\b",
    "jest": r"\bjest\b",
    "vitest": r"\bvitest\b",
    "node --test": r"\bnode\s+(?:\S+\s+)*--test\b",
    "go test": r"\bgo\s+test\b",
    "mvn": r"\bmvnw?\b.*\b(?:verify|test|package|install)\b",
    "gradle": r"\bgradlew?\b.*\b(?:check|test|build)\b",
    "cargo test": r"\bcargo\s+(?:test|nextest)\b",
    "dotnet test": r"\bdotnet\s+test\b",
    "rspec": r"\brspec\b",
    "phpunit": r"\bphpunit\b",
    "npm test": r"\b(?:npm|pnpm|yarn)\s+(?:run\s+)?test\b",
}
_TESTS = {name: re.compile(pattern) for name, pattern in TESTS.items()}

# (ecosystem, pattern, whether the lock file is enforced)
_INSTALLS = [
    ("npm", re.compile(r"\bnpm\s+(?:ci|clean-install)\b"), True),
    ("npm", re.compile(r"\bnpm\s+(?:install|i)\b(?!\s+(?:-g|--global))"), False),
    ("npm", re.compile(r"\bpnpm\s+install\b(?!.*--no-frozen-lockfile)"), True),
    ("npm", re.compile(r"\byarn\s+install\b.*(?:--frozen-lockfile|--immutable)"), True),
    ("npm", re.compile(r"\byarn(?:\s+install)?\s*$"), False),
    ("pip", re.compile(r"\buv\s+sync\b.*--(?:locked|frozen)\b"), True),
    ("pip", re.compile(r"\buv\s+sync\b"), False),
    ("pip", re.compile(r"\bpoetry\s+(?:install|sync)\b"), True),
    ("pip", re.compile(r"\bpip3?\s+install\b.*--require-hashes\b"), True),
    ("pip", re.compile(r"\bpip3?\s+install\b.*(?:-r|--requirement)[\s=]*(?P<file>\S+)"), False),
    ("pip", re.compile(r"\bpip3?\s+install\b(?!\s+(?:-U|--upgrade)\s+pip\s*$)"), False),
    ("cargo", re.compile(r"\bcargo\s+\w+\b.*--(?:locked|frozen)\b"), True),
    ("bundler", re.compile(r"\bbundle\s+install\b.*--(?:frozen|deployment)"), True),
    ("bundler", re.compile(r"\bbundle\s+install\b"), False),
    ("composer", re.compile(r"\bcomposer\s+install\b"), True),
    ("composer", re.compile(r"\bcomposer\s+update\b"), False),
]

EXPORTS = re.compile(
    r"manage\.py\s+spectacular\b.*--validate|app\.openapi\(\)|springdoc|generateOpenApiDocs"
)
CONTRACT_TESTS = re.compile(
    r"\bschemathesis\b|\bst\s+run\b|\bdredd\b|\bspecmatic\b|git\s+diff\s+--exit-code\b.*"
    r"(?:openapi|asyncapi|schema|proto|spec)"
)
DOCS_BUILD = re.compile(
    r"\bmkdocs\s+build\b|\bsphinx-build\b|\bdocusaurus\s+build\b|\bmake\s+docs\b|\bnpm\s+run\s+docs"
)
SBOM = re.compile(r"\bsyft\b|\bcyclonedx\b|\bcdxgen\b|\btrivy\b.*(?:cyclonedx|spdx)")


def can_fail(command: str) -> bool:
    """Tell whether a failing command fails the job."""
    return not _SWALLOWED.search(command)


def test_runner(command: str) -> str:
    """Return the test runner that the line calls, or ""."""
    if re.match(
        r"\s*(?:python\S*\s+-m\s+)?(?:pip3?|uv pip|npm|poetry)\s+(?:install|add|i)\b", command
    ):
        return ""
    return next((name for name, pattern in _TESTS.items() if pattern.search(command)), "")


def install(command: str) -> tuple[str, bool, str] | None:
    """Return (ecosystem, lock file enforced, requirements file) of an installing line, or None."""
    for ecosystem, pattern, frozen in _INSTALLS:
        found = pattern.search(command)
        if found:
            return ecosystem, frozen, found.groupdict().get("file") or ""
    return None


def indirect(command: str) -> tuple[str, str] | None:
    """Return ("make" | "npm" | "just", target) of a line that runs a named target, or None."""
    found = re.match(r"\s*(make|just)\s+(?:-\S+\s+)*([\w.-]+)", command)
    if found:
        return found.group(1), found.group(2)
    found = re.match(r"\s*(?:npm|pnpm|yarn)\s+(?:run\s+)?([\w:.-]+)", command)
    if found and found.group(1) not in {"ci", "install", "i", "run", "audit", "pack", "publish"}:
        return "npm", found.group(1)
    return None


def make_recipe(makefile: str, target: str) -> list[str]:
    """Return the lines of a Makefile's or justfile's target and of the targets it needs."""
    recipes: dict[str, tuple[list[str], list[str]]] = {}
    current = ""
    for line in makefile.splitlines():
        header = re.match(r"([\w.-]+)(?:\s+[^:=]*)?:(?!=)\s*([^#]*)", line)
        if header and not line[:1].isspace():
            current = header.group(1)
            recipes.setdefault(current, (header.group(2).split(), []))
        elif current and line[:1].isspace() and line.strip():
            recipes[current][1].append(line.strip().lstrip("@-"))
        elif line.strip() and not line.startswith("#"):
            current = ""
    needs, lines = recipes.get(target, ([], []))
    # One level down is as far as people go; deeper ones would need make itself.
    return [line for need in needs[:10] for line in recipes.get(need, ([], []))[1]] + lines
