"""Every page of the portal in the browser: no console error, nothing wider than the screen, axe."""

import json
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.conftest import CHECKOUT, Portal, sign_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.timeout(400),
]

PAGES = [
    "/",
    "/catalog",
    "/catalog?kind=system",
    "/catalog?q=nothing-has-this-name",
    "/catalog/default/group/payments",
    "/catalog/default/template/python-service",
    "/catalog/default/component/checkout-api",
    "/catalog/default/component/checkout-api/relations",
    "/catalog/default/component/checkout-api/scorecards",
    "/catalog/default/component/checkout-api/source",
    "/catalog/default/api/orders",
    "/catalog/locations",
    "/catalog/register",
    "/create",
    "/create/default/python-service",
    "/runs",
    "/scorecards",
    "/scorecards/service-basics",
    "/scorecards/service-basics/rules/API-01",
    "/apis",
    "/teams",
    "/graph",
    "/search?q=payments",
    "/settings",
    "/admin/people",
    "/admin/audit",
    "/no-such-page",
]
MAX_BYTES = 150_000
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
AXE = CHECKOUT / "node_modules/axe-core/axe.min.js"


@pytest.fixture(scope="module")
def signed_in(browser: Browser, portal: Portal) -> Page:
    context = browser.new_context(
        base_url=portal.url, viewport={"width": 1440, "height": 900}, bypass_csp=True
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    sign_in(page, "admin")
    return page


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(signed_in: Page, path: str, scheme: Literal["light", "dark"]) -> None:
    signed_in.set_viewport_size({"width": 1440, "height": 900})
    signed_in.emulate_media(color_scheme=scheme)
    signed_in.goto(path)
    signed_in.add_script_tag(content=Path(AXE).read_text())

    found = signed_in.evaluate(
        f"async () => (await axe.run({{runOnly: {json.dumps(AXE_RULES)}}}))"
        ".violations.map(v => [v.id, v.nodes.slice(0, 3).map(n => n.html)])"
    )

    assert found == [], json.dumps(found, indent=1)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_is_wider_than_the_screen(signed_in: Page, path: str, width: int) -> None:
    signed_in.set_viewport_size({"width": width, "height": 844})
    signed_in.goto(path)

    assert signed_in.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("path", PAGES[:-2])
def test_a_page_weighs_less_than_150_kilobytes(browser: Browser, portal: Portal, path: str) -> None:
    context = browser.new_context(base_url=portal.url)
    page = context.new_page()
    sign_in(page, "admin")
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))

    page.goto(path, wait_until="networkidle")
    context.close()

    assert sum(sizes) <= MAX_BYTES
