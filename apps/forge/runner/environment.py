"""
The environment of steps: empty but for what is listed here.

Nothing of the portal's own environment gets in: no database address, no key, no token. What does
is what a package manager needs to reach its index from this machine.
"""

import fnmatch
import os
import sys
from collections.abc import Mapping
from pathlib import Path

# Documented in docs/forge.md; keep both alike.
PASSED_ON = (
    *("LANG", "LC_ALL", "LC_CTYPE", "TZ", "TERM"),
    # Package indexes and their manners
    *("PIP_*", "UV_*", "NPM_CONFIG_*", "npm_config_*", "YARN_*", "GOPROXY", "GONOSUMDB", "GOSUMDB"),
    # Proxies
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"),
    *("http_proxy", "https_proxy", "no_proxy", "all_proxy"),
    # Certificates
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
    *("NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO", "AWS_CA_BUNDLE", "NIX_SSL_CERT_FILE"),
)
# The home of a job is empty, so the user's own settings of the package index are named.
_PIP_CONFIGS = ("~/.config/pip/pip.conf", "~/.pip/pip.conf")
_NPM_CONFIGS = ("~/.npmrc",)


def base_environment(
    *, home: Path, cache: Path, inherited: Mapping[str, str] | None = None
) -> dict[str, str]:
    """
    Return what every step has, before GITHUB_* and the workflow's own `env`.

    :param home: the job's own, empty at the start
    :param cache: shared by all jobs, so that the second one downloads nothing
    """
    inherited = os.environ if inherited is None else inherited
    passed = {
        name: value
        for name, value in inherited.items()
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in PASSED_ON)
    }
    environment = {
        "LANG": "C.UTF-8",
        **passed,
        "HOME": str(home),
        "PIP_CACHE_DIR": str(cache / "pip"),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        "PIP_PROGRESS_BAR": "off",
        "PIP_ROOT_USER_ACTION": "ignore",
        "UV_CACHE_DIR": str(cache / "uv"),
        "npm_config_cache": str(cache / "npm"),
        "npm_config_update_notifier": "false",
        "npm_config_fund": "false",
    }
    if config := _first_file(_PIP_CONFIGS):
        environment.setdefault("PIP_CONFIG_FILE", config)
    if config := _first_file(_NPM_CONFIGS):
        environment.setdefault("npm_config_userconfig", config)
    return environment


def _first_file(candidates: tuple[str, ...]) -> str:
    for candidate in candidates:
        file = Path(candidate).expanduser()
        if file.is_file():
            return str(file)
    return ""


def search_path(inherited: Mapping[str, str] | None = None) -> list[str]:
    """Return the folders of programs, without those that belong to the portal itself."""
    inherited = os.environ if inherited is None else inherited
    own = Path(sys.prefix).resolve() if sys.prefix != sys.base_prefix else None
    folders: list[str] = []
    for folder in inherited.get("PATH", os.defpath).split(os.pathsep):
        if not folder or not os.path.isabs(folder) or folder in folders:
            continue
        if own is not None and Path(folder).resolve().is_relative_to(own):
            continue
        if Path(folder).match("node_modules/.bin"):
            continue
        folders.append(folder)
    return folders or os.defpath.split(os.pathsep)
