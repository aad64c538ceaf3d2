"""A whole portal for the browser journeys: started by the launcher, on a data folder of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHECKOUT = Path(__file__).resolve().parents[2]
START_SECONDS = 240
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Portal:
    """A running portal: its address, its forge, its data folder and what it printed."""

    url: str
    forge: str
    folder: Path
    output: str

    def manage(self, *arguments: str) -> str:
        """Run a management command against it and return what it prints."""
        result = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=CHECKOUT,
            env=_environment(self.folder),
            capture_output=True,
            text=True,
            timeout=180,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout


def free_ports() -> int:
    """Return a port that is free, as the one after it is."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return int(port)


def _environment(folder: Path) -> dict[str, str]:
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    passed = {key: value for key, value in os.environ.items() if key.startswith(("PIP_", "NPM_"))}
    return {
        **kept,
        **passed,
        "CALLBOARD_DATA": str(folder),
        # Those of a portal that runs from this checkout are left alone.
        "STATIC_ROOT": str(folder / "static"),
        "DJANGO_SETTINGS_MODULE": "portal.settings.dev",
    }


@pytest.fixture(scope="session")
def portal() -> Iterator[Portal]:
    """Start everything that bin/up starts, and stop it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="callboard journeys "))
    # As bin/up does: hashed and compressed, which the weight of a page depends on.
    collected = subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"],
        cwd=CHECKOUT,
        env=_environment(folder),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert collected.returncode == 0, collected.stderr
    port = free_ports()
    log = folder / "launcher.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "portal.launcher"],
            cwd=CHECKOUT,
            env={**_environment(folder), "PORT": str(port)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while "Ctrl-C stops all of it" not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        yield Portal(
            url=f"http://localhost:{port}",
            forge=f"http://localhost:{port + 1}",
            folder=folder,
            output=log.read_text(),
        )
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium for a module: Playwright allows one at a time, and other tests have theirs."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=CHROMIUM_ARGUMENTS,
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, portal: Portal) -> Iterator[Page]:
    """A page whose console must stay empty of errors."""
    context = browser.new_context(
        base_url=portal.url, viewport={"width": 1440, "height": 900}, locale="en-GB"
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console",
        lambda message: (
            errors.append(message.text)
            # A 4xx answer is a console error of the browser's own; the journeys provoke some.
            if message.type == "error" and "status of 4" not in message.text
            else None
        ),
    )
    yield page
    context.close()
    assert errors == []


def sign_in(page: Page, person: str) -> None:
    """Sign in with one click as one of the demonstration's people."""
    page.goto("/accounts/login/")
    page.locator(f'form[action*="/accounts/demo/{person}"] button').click()
    page.wait_for_url(re.compile(r"^(?!.*/accounts/)"))
