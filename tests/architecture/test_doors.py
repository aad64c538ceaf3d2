"""One door for each thing that is dangerous; found by reading the source."""

import re
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]

# What may stand only in the named places: a pattern, where it is allowed, and why.
DOORS = {
    "yaml is read through the guard": (
        r"\byaml\.(safe_load|load|load_all|safe_load_all|compose|parse)\(",
        ("apps/core/yaml_guard", "apps/forge/workflows/", "portal/management/"),
    ),
    "HTTP goes through the outbound client": (
        r"\brequests\.(get|post|put|patch|delete|request|Session)\(|\burlopen\(",
        ("apps/core/outbound", "apps/forge/", "portal/launcher/"),
    ),
    "no pickle": (r"\bpickle\b", ()),
    "no shell": (r"shell=True|os\.system\(", ()),
    "no eval": (r"(?<![.\w])(eval|exec)\(", ()),
    "no verification is switched off": (r"verify=False", ()),
    "no raw SQL through the ORM": (r"\.raw\(|\.extra\(", ()),
    "no weak random": (r"\brandom\.(random|choice|randint)\(", ()),
    "templates mark nothing from outside as safe": (
        r"\bmark_safe\(",
        ("apps/core/", "apps/catalog/", "apps/forge/", "apps/scaffolder/", "apps/scorecards/"),
    ),
}


def sources() -> list[Path]:
    found = [*CHECKOUT.glob("apps/**/*.py"), *CHECKOUT.glob("portal/**/*.py")]
    return sorted(path for path in found if "migrations" not in path.parts)


@pytest.mark.parametrize("name", DOORS)
def test_the_door_is_the_only_one(name: str) -> None:
    pattern, allowed = DOORS[name]
    found = []
    for path in sources():
        relative = str(path.relative_to(CHECKOUT))
        if relative.startswith(allowed):
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if re.search(pattern, line):
                found.append(f"{relative}:{number} {line.strip()}")

    assert found == []


def test_templates_have_no_inline_script_style_or_handler() -> None:
    pattern = re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")|\sstyle=|\son[a-z]+=|\|\s*safe\b"
        r"|javascript:",
        re.IGNORECASE,
    )
    found = []
    for path in sorted(CHECKOUT.glob("templates/**/*.html")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if pattern.search(line):
                found.append(f"{path.relative_to(CHECKOUT)}:{number} {line.strip()[:120]}")

    assert found == []


def test_the_repository_names_no_machine_and_no_package_host() -> None:
    hosts = ["/wor|k/", "/roo|t/", "py|pi.org", "np|mjs.", "python|hosted"]
    pattern = re.compile("|".join(re.escape(host.replace("|", "")) for host in hosts))
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        capture_output=True,
        check=True,
    )
    texts = [
        CHECKOUT / name
        for name in listed.stdout.decode().split("\0")
        if name and (CHECKOUT / name).is_file() and not name.endswith((".png", ".ico"))
    ]
    found = [str(path) for path in texts if pattern.search(path.read_text(errors="replace"))]

    assert found == []
