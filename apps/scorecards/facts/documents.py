"""Documentation beside the code: site, decisions, runbook; contracts; health routes."""

import re
from typing import Any

from apps.scorecards.facts.repository_files import RepositoryFiles

_SITES = ("mkdocs.yml", "mkdocs.yaml", "docusaurus.config.js", "docusaurus.config.ts",
          "antora.yml", "docs/conf.py", "docs/antora.yml")  # fmt: skip
_INDEXES = ("docs/index.md", "docs/README.md", "docs/index.rst", "docs/index.adoc")
_DECISION = r"(?:.*/)?(?:docs/adr|doc/adr|docs/decisions|docs/adrs|adr)/[^/]+\.(?:md|adoc|rst)"
_NOT_A_DECISION = re.compile(r"(?:template|readme|index)\.\w+$", re.IGNORECASE)
_RUNBOOK = r"(?:docs/runbook[^/]*\.md|docs/runbooks/.*\.md|(?:.*/)?runbooks/.*\.md|RUNBOOK\.md)"
# What a runbook has to answer, with words of headings that answer it.
RUNBOOK_SECTIONS = {
    "symptoms": r"symptom|alert|diagnos|trouble|incident|problem",
    "rollback": r"roll\s?-?back|revert|recover|restore|redeploy",
    "escalation": r"escalat|on.?call|contact|who to|help",
    "dependencies": r"dependenc|upstream|downstream|depends",
}
_HEALTH = re.compile(r"""["'/](?:healthz|livez|readyz|health(?:check)?|ready|live)\b""")
_METRICS = re.compile(r"""["']/?metrics\b|prometheus\.io/scrape|kind:\s*(?:Service|Pod)Monitor""")
_SOURCE = r".*\.(?:py|js|ts|mjs|go|java|kt|rs|rb|php|cs|ya?ml)"
_LIKELY = re.compile(
    r"(?:^|/)(?:[^/]*(?:main|app|server|route|url|view|index|health|metric|observ|handler|deploy|"
    r"monitor|http|api)[^/]*)\.\w+$",
    re.IGNORECASE,
)
_TESTS = re.compile(
    r"(?:^|/)(?:tests?|__tests__|spec|src/test)/|(?:_test|\.test|\.spec|test_\w+)\.\w+$"
)


def read_documents(files: RepositoryFiles) -> dict[str, Any]:
    """Return the fact `docs`: site configuration, index and decisions."""
    decisions = [p for p in files.matching(_DECISION) if not _NOT_A_DECISION.search(p)]
    return {
        "site": files.first(_SITES) or "",
        "index": files.first(_INDEXES) or "",
        "decisions": decisions[:50],
    }


def read_runbook(files: RepositoryFiles) -> dict[str, Any]:
    """Return the fact `runbook`: where it is and which questions its headings leave open."""
    path = next(iter(files.matching(_RUNBOOK)), "")
    text = files.read(path) if path else None
    headings = re.findall(r"^\s{0,3}#{1,6}\s+(.+)$", text or "", re.MULTILINE)
    missing = [
        section
        for section, pattern in RUNBOOK_SECTIONS.items()
        if not any(re.search(pattern, heading, re.IGNORECASE) for heading in headings)
    ]
    return {"path": path, "missing": missing, "characters": len(text or "")}


def read_contracts(files: RepositoryFiles) -> dict[str, Any]:
    """Return the fact `contracts`: machine-readable contracts in the repository."""
    rows: list[dict[str, Any]] = []
    candidates = files.matching(
        r".*(?:openapi|swagger|asyncapi)[^/]*\.(?:ya?ml|json)|(?:.*/)?api/[^/]+\.(?:ya?ml|json)"
        r"|(?:.*/)?(?:api|spec)\.(?:ya?ml|json)"
    )
    for path in candidates[:10]:
        kind, line = _contract_kind(files.read(path) or "")
        if kind:
            rows.append({"path": path, "line": line, "kind": kind})
    schemas = files.matching(r".*\.graphqls|(?:.*/)?schema\.graphql")
    rows += [{"path": path, "line": 1, "kind": "graphql"} for path in schemas[:10]]
    if files.matching(r"(?:.*/)?buf\.ya?ml"):
        protos = files.matching(r".*\.proto")
        rows += [{"path": path, "line": 1, "kind": "grpc"} for path in protos[:10]]
    return {"files": rows}


def _contract_kind(text: str) -> tuple[str, int]:
    for number, line in enumerate(text.splitlines()[:200], start=1):
        found = re.match(
            r"""\s{0,4}["']?(openapi|swagger|asyncapi)["']?\s*:\s*["']?([23][\d.]*)""", line
        )
        if found:
            return found.group(1).replace("swagger", "openapi"), number
    return "", 0


def read_health(files: RepositoryFiles) -> dict[str, Any]:
    """Return the fact `health`: the first routes and probes found in likely files."""
    routes: list[dict[str, Any]] = []
    metrics: list[dict[str, Any]] = []
    own = [p for p in files.matching(_SOURCE) if not _TESTS.search(p) and not p.startswith(".")]
    likely = [path for path in own if _LIKELY.search(path)]
    for path in (likely + [p for p in own if p not in set(likely)])[:25]:
        for number, line in enumerate((files.read(path) or "").splitlines(), start=1):
            if line.lstrip().startswith(("#", "//", "*")):
                continue
            place = {"path": path, "line": number, "text": line.strip()[:120]}
            if len(routes) < 5 and _HEALTH.search(line):
                routes.append(place)
            if len(metrics) < 5 and _METRICS.search(line):
                metrics.append(place)
        if routes and metrics:
            break
    return {"routes": routes, "metrics": metrics}


def read_tests(files: RepositoryFiles) -> dict[str, Any]:
    """Return the fact `test_files`: how many files look like tests."""
    found = [p for p in files.matching(_SOURCE) if _TESTS.search(p) and "/fixtures/" not in p]
    return {"count": len(found), "paths": found[:10]}
