"""The main job, as each of the four people, in a real browser on a real portal."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Portal, sign_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.timeout(400),
]

# Generous: on a first start the pipelines of the demonstration run at the same time.
RUN_MILLISECONDS = 60_000
PIPELINE_MILLISECONDS = 240_000


def make_service(page: Page, name: str) -> None:
    """Go from the list of golden paths to a finished run."""
    page.goto("/")
    page.get_by_role("link", name="New from golden path").click()
    page.get_by_role("link", name="Python web service").first.click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("What does it do?").fill("Keeps every order that customers place")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_role("heading", name="Review")).to_be_visible()
    page.get_by_role("button", name="Create").click()
    page.wait_for_url("**/runs/*")
    expect(page.get_by_text("Succeeded").first).to_be_visible(timeout=RUN_MILLISECONDS)


def wait_for_entity(page: Page, name: str, text: str) -> None:
    """Look at the entity's page until a text is there; pipelines take their time."""
    deadline = time.monotonic() + PIPELINE_MILLISECONDS / 1000
    while True:
        page.goto(f"/catalog/default/component/{name}")
        if text in page.locator("main").inner_text():
            return
        assert time.monotonic() < deadline, page.locator("main").inner_text()
        page.wait_for_timeout(1000)


@pytest.mark.parametrize("person", ["engineer", "lead", "admin"])
def test_from_golden_path_to_a_graded_service(page: Page, portal: Portal, person: str) -> None:
    name = f"orders-of-{person}"
    sign_in(page, person)

    make_service(page, name)

    # What the run made is linked, and each link leads somewhere.
    made = page.get_by_role("link", name=f"acme/{name}").first
    assert (made.get_attribute("href") or "").startswith(portal.forge)
    page.reload()
    expect(page.get_by_text("Succeeded").first).to_be_visible()
    page.get_by_role("link", name=name, exact=True).first.click()
    page.wait_for_url(f"**/catalog/default/component/{name}")
    wait_for_entity(page, name, "passing")
    wait_for_entity(page, name, "Gold")
    page.get_by_role("link", name=re.compile("^Scorecards")).last.click()
    expect(page.get_by_text("Pipeline present and green").first).to_be_visible()

    page.goto(f"{portal.forge}/acme/{name}")
    expect(page.get_by_text("catalog-info.yaml").first).to_be_visible()


def test_a_manager_grades_and_does_not_make(page: Page) -> None:
    sign_in(page, "manager")

    page.goto("/scorecards")
    page.get_by_role("link", name="Service basics").first.click()
    expect(page.get_by_role("heading", name="Service basics")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("CSV")).first.click()
    assert download.value.suggested_filename.endswith(".csv")

    response = page.goto("/create/default/python-service")
    assert response is not None
    assert "do not make them" in page.locator("main").inner_text()


def test_a_name_that_is_taken_is_said_beside_its_field(page: Page) -> None:
    sign_in(page, "engineer")
    page.goto("/create/default/python-service")
    page.get_by_label("Name").fill("golden-paths")
    page.get_by_label("What does it do?").fill("Keeps every order that customers place")
    page.get_by_role("button", name="Next").click()

    page.get_by_role("button", name="Review").click()

    expect(page.get_by_text("acme/golden-paths exists already").first).to_be_visible()


@pytest.mark.parametrize("name", ["../x", "a/../../b", "UPPER", ".git", "two words"])
def test_a_hostile_name_is_refused_and_nothing_typed_is_lost(page: Page, name: str) -> None:
    sign_in(page, "engineer")
    page.goto("/create/default/python-service")
    page.get_by_label("Name").fill(name)
    page.get_by_label("What does it do?").fill("Keeps every order that customers place")
    # The browser's own check is not what protects the server.
    page.evaluate("document.querySelectorAll('form').forEach(form => form.noValidate = true)")
    page.get_by_role("button", name="Next").click()
    page.wait_for_load_state()

    expect(page.get_by_label("Name")).to_have_value(name)
    expect(page.get_by_label("What does it do?")).to_have_value(
        "Keeps every order that customers place"
    )


def test_the_whole_job_works_without_javascript(browser, portal: Portal) -> None:
    context = browser.new_context(base_url=portal.url, java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(20_000)
    sign_in(page, "engineer")
    page.goto("/create/default/python-service")
    page.get_by_label("Name").fill("without-scripts")
    page.get_by_label("What does it do?").fill("Keeps every order that customers place")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Create").click()
    page.wait_for_url("**/runs/*")
    deadline = time.monotonic() + 30
    while not page.get_by_text("Succeeded").first.is_visible():
        assert time.monotonic() < deadline
        page.wait_for_timeout(1000)
        page.reload()
    context.close()


def test_nothing_that_must_hold_is_violated(portal: Portal) -> None:
    assert "Every invariant holds" in portal.manage("check_invariants")
    assert "the chain is whole" in portal.manage("audit_verify")
