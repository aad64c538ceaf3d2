"""Every page of the look and the catalog, in the browser: accessible, quiet, fitting."""

import pytest

from tests.browser.conftest import violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = [
    "/",
    "/_gallery",
    "/search?q=ledger",
    "/nonsense",
    "/catalog",
    "/catalog?q=zzzz",
    "/apis",
    "/catalog/default/component/ledger",
    "/catalog/default/component/ledger/relations",
    "/catalog/default/component/ledger/source",
    "/catalog/default/group/payments",
    "/catalog/default/system/money",
    "/catalog/default/user/dana",
    "/catalog/default/api/orders/definition",
    "/graph",
    "/graph?ref=component:default/ledger",
    "/teams",
    "/catalog/locations",
    "/catalog/register",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(context, page, live_server, scheme):
    page.emulate_media(color_scheme=scheme)
    found = {}
    for address in PAGES:
        if address == "/nonsense":
            # The console reports the status 404 itself.
            continue
        page.goto(address)
        page.wait_for_load_state("networkidle")
        found[address] = violations(page)

    assert {address: rules for address, rules in found.items() if rules} == {}


def test_no_page_is_wider_than_a_telephone(page):
    page.set_viewport_size({"width": 390, "height": 844})
    widths = {}
    for address in PAGES:
        if address != "/nonsense":
            page.goto(address)
            widths[address] = page.evaluate("document.documentElement.scrollWidth")

    assert {address: width for address, width in widths.items() if width > 390} == {}


def test_the_entity_page_weighs_less_than_150_kb(context, page):
    sizes = []
    page.on("response", lambda response: sizes.append(len(response.body())))
    page.goto("/catalog/default/component/ledger")
    page.wait_for_load_state("networkidle")

    # Uncompressed here; the server compresses to about a third.
    assert sum(sizes) < 3 * 150_000


def test_the_sign_in_page_offers_the_people_of_the_demonstration(chromium, live_server, dana):
    page = chromium.new_page(base_url=live_server.url)
    page.goto("/accounts/login/")

    assert page.locator("form[action*='/accounts/demo/'] button").count() == 4
    assert violations(page) == []
    page.close()


def test_the_reference_of_an_api_runs_nothing_of_its_text(page):
    page.goto("/catalog/default/api/orders/definition?view=reference")
    frame = page.frame_locator("iframe")
    frame.locator(".opblock").first.wait_for()

    inner = page.frames[-1]
    assert inner.evaluate("self.origin") == "null"
    assert inner.evaluate("window.hacked") is None
