"""Chromium against the live server of the test process: for pages and behaviours, not journeys."""

import os
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from playwright.sync_api import BrowserContext, Page, sync_playwright

from apps.accounts.models import User
from tests.catalog.organisation import ingest

# Playwright runs an event loop in this thread; the ORM is used by the test itself only.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"


@pytest.fixture(scope="session", autouse=True)
def whitenoise_serves_static_files() -> Iterator[None]:
    """Keep Django's own handlers out of the way: their answers lack the headers of production."""
    with (
        mock.patch.object(StaticFilesHandler, "_should_handle", return_value=False),
        mock.patch("django.test.testcases._MediaFilesHandler", lambda application: application),
    ):
        yield


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=CHROMIUM_ARGUMENTS
        )
        yield browser
        browser.close()


@pytest.fixture
def dana(transactional_db, tmp_path) -> User:
    """The person who is signed in: of the team payments."""
    ingest(tmp_path / "catalog.yaml")
    return User.objects.create_user(
        "dana", entity_ref="user:default/dana", starred=["component:default/ledger"]
    )


@pytest.fixture
def context(chromium, live_server, client, dana) -> Iterator[BrowserContext]:
    """A browser in which dana is signed in."""
    client.force_login(dana)
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": 1440, "height": 900}
    )
    cookie = client.cookies["sessionid"]
    context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])
    yield context
    context.close()


@pytest.fixture
def page(context) -> Iterator[Page]:
    """A page whose console must stay empty."""
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    page.close()
    assert said == []


def violations(page: Page) -> list[str]:
    """Return what axe finds on a page."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    return [f"{rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]]
