"""The keyboard, the palette, filters without a reload, stars, the theme, the graph."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def focused(page, expression="textContent"):
    return page.evaluate(f"document.activeElement.{expression}")


def test_the_palette_finds_in_spite_of_an_error_and_opens(page):
    page.goto("/teams")
    page.keyboard.press("/")
    page.keyboard.type("legdger")
    expect(page.locator("#palette [role=option][aria-selected=true]")).to_contain_text("ledger")
    page.keyboard.press("Enter")

    page.wait_for_url("**/catalog/default/component/ledger")


def test_the_palette_goes_to_pages_and_closes_on_escape(page):
    page.goto("/")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette [role=option]", has_text="Teams")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.locator("#palette")).to_be_hidden()


def test_letters_lead_to_pages_but_not_while_typing(page):
    page.goto("/")
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/catalog")

    page.focus("#filter-text")
    page.keyboard.type("g t")
    expect(page.locator("#filter-text")).to_have_value("g t")


def test_arrows_move_in_a_table(page):
    page.goto("/catalog")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    first, second = page.locator(".rows tbody tr a").all()[0], focused(page)

    assert second != first.text_content()
    page.keyboard.press("Home")
    assert focused(page) == first.text_content()


def test_the_help_lists_the_keys(page):
    page.goto("/")
    page.keyboard.press("?")

    expect(page.locator("#keys")).to_contain_text("Search and commands")


def test_a_filter_changes_rows_and_address_without_losing_the_focus(page):
    page.goto("/catalog")
    page.check("#facet-type-library")
    expect(page.locator(".rows tbody tr")).to_have_count(1)

    assert "type=library" in page.url
    assert focused(page, "id") == "facet-type-library"
    page.go_back()
    expect(page.locator(".rows tbody tr")).to_have_count(3)
    assert page.locator(".shell").count() == 1


def test_filters_work_without_javascript(context, chromium, live_server):
    plain = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    plain.add_cookies(context.cookies())
    page = plain.new_page()
    page.goto("/catalog")
    page.check("#facet-type-library")
    page.click("text=Apply")

    expect(page.locator(".rows tbody tr")).to_have_count(1)
    page.goto("/catalog/default/component/ledger")
    expect(page.locator("#graph-list li").first).to_be_visible()
    plain.close()


def test_a_star_is_kept_without_a_reload(page, dana):
    page.goto("/catalog/default/component/rates")
    page.click("button:has-text('Star')")
    expect(page.locator("main button[aria-pressed=true]")).to_have_text("Starred")

    dana.refresh_from_db()
    assert "component:default/rates" in dana.starred


def test_the_theme_is_chosen_from_the_menu(page):
    page.goto("/teams")
    page.click("summary.me")
    page.click("button[value=dark]")
    page.wait_for_url("**/teams")

    assert page.get_attribute("html", "data-theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 20, 22)"


def test_the_nodes_of_the_graph_are_links_that_arrows_reach(page):
    page.goto("/graph?ref=component:default/ledger&depth=1")
    page.focus(".graph__node--root")
    page.keyboard.press("ArrowRight")

    assert focused(page, "dataset.ref") != "component:default/ledger"
    page.focus("[data-ref='component:default/rates']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/catalog/default/component/rates")
