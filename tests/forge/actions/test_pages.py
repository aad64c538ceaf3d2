"""The forge's own pages: what they show, to whom, and what hostile content cannot do there."""

import pytest
from django.core.cache import cache
from django.test import Client

from apps.forge.models import PullRequest
from tests.forge.actions.conftest import Pushed, drain

WORKFLOW = """
name: CI
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps: [{name: Say it, run: 'echo "<b>loud</b>"; exit 1'}]
"""


@pytest.fixture(autouse=True)
def _templates(settings, db):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()


@pytest.fixture
def shop(pushed: Pushed) -> Pushed:
    pushed.push(
        {
            "README.md": "# Shop\n\n<script>alert(1)</script> [x](javascript:alert(1)) **bold**\n",
            "src/main.py": 'print("<script>")\n',
            ".github/workflows/ci.yml": WORKFLOW,
        },
        message="Begin <script>",
    )
    return pushed


def page(path: str, *, status: int = 200, **extra: str) -> str:
    answer = Client(**extra).get(path)
    assert answer.status_code == status, answer.content[:500]
    return answer.content.decode()


@pytest.mark.parametrize(
    ("path", "shows"),
    [
        ("/", "acme"),
        ("/acme", "checkout"),
        ("/acme/checkout", "<strong>bold</strong>"),
        ("/acme/checkout/tree/main/src", "main.py"),
        ("/acme/checkout/blob/main/src/main.py", 'id="L1"'),
        ("/acme/checkout/raw/main/src/main.py", 'print("<script>")'),
        ("/acme/checkout/commits/main", "Begin &lt;script&gt;"),
        ("/acme/checkout/branches", "main"),
        ("/acme/checkout/actions", "CI"),
        ("/acme/checkout/pulls", "No pull requests"),
    ],
)
def test_a_page_shows_what_it_is_about(shop: Pushed, path, shows):
    text = page(path)

    assert shows in text
    if "/raw/" not in path:
        assert "not GitHub" in text
        assert "<script>alert" not in text
        assert 'href="javascript:' not in text


def test_every_page_forbids_inline_scripts(shop: Pushed):
    answer = Client().get("/acme/checkout")

    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]


def test_a_file_is_sent_as_text_and_never_as_a_page(shop: Pushed):
    shop.push({"page.html": "<script>alert(1)</script>"})
    answer = Client().get("/acme/checkout/raw/main/page.html")

    assert answer["Content-Type"].startswith("text/plain")
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/nobody",
        "/acme/nothing",
        "/acme/checkout/blob/main/no.py",
        "/acme/checkout/blob/main/../../../etc/passwd",
        "/acme/checkout/tree/--output=x/a",
        "/acme/checkout/commit/ffffffff",
        "/acme/checkout/pull/9",
        "/acme/checkout/actions/runs/9",
    ],
)
def test_an_address_that_leads_nowhere_says_so(shop: Pushed, path):
    assert "Not found" in page(path, status=404)


def test_a_run_shows_its_steps_and_its_log_escaped(shop: Pushed):
    drain()
    run = shop.repository.workflow_runs.get()
    text = page(f"/acme/checkout/actions/runs/{run.pk}")

    assert "Say it" in text
    assert "&lt;b&gt;loud&lt;/b&gt;" in text
    assert "Process completed with exit code 1." in text
    assert "data-goes-on" not in text
    job = run.jobs.get()
    assert page(f"/acme/checkout/actions/runs/{run.pk}/job/{job.pk}") == text.replace(
        f'data-live="/acme/checkout/actions/runs/{run.pk}?',
        f'data-live="/acme/checkout/actions/runs/{run.pk}/job/{job.pk}?',
    )
    assert "<b>loud</b>" in page(f"/acme/checkout/actions/runs/{run.pk}/job/{job.pk}/log")


def test_a_run_that_goes_on_is_followed(shop: Pushed):
    run = shop.repository.workflow_runs.get()

    fragment = page(f"/acme/checkout/actions/runs/{run.pk}?fragment")
    assert "data-goes-on" in fragment
    assert "<html" not in fragment


@pytest.fixture
def pull(shop: Pushed) -> PullRequest:
    shop.push({"src/more.py": "more = 1\n"}, ref="refs/heads/more")
    return PullRequest.objects.create(
        repository=shop.repository,
        number=1,
        title="Add more",
        author=shop.sender,
        head_branch="more",
        head_sha=shop.git.branches()["more"],
        base_branch="main",
        base_sha=shop.tip,
    )


def test_a_pull_request_is_shown_and_merged_by_the_button(shop: Pushed, pull: PullRequest):
    client = Client(enforce_csrf_checks=True)
    text = client.get("/acme/checkout/pull/1").content.decode()
    assert "more = 1" in text
    assert "Merge pull request" in text
    token = client.cookies["csrftoken"].value if "csrftoken" in client.cookies else ""
    token = token or next(iter(client.cookies.values())).value

    refused = client.post("/acme/checkout/pull/1/merge", {"method": "merge"})
    assert refused.status_code == 403
    form = {"method": "merge", "head": pull.head_sha, "csrfmiddlewaretoken": token}
    assert client.post("/acme/checkout/pull/1/merge", form).status_code == 302
    pull.refresh_from_db()
    assert pull.merged_at is not None
    assert shop.git.file(shop.git.branches()["main"], "src/more.py") == b"more = 1\n"


def test_nobody_merges_from_another_machine(shop: Pushed, pull: PullRequest):
    client = Client(REMOTE_ADDR="192.0.2.7")

    assert "Merge pull request" not in client.get("/acme/checkout/pull/1").content.decode()
    assert client.post("/acme/checkout/pull/1/merge").status_code == 409
    pull.refresh_from_db()
    assert pull.merged_at is None


def test_merging_an_older_state_is_refused_with_the_reason(shop: Pushed, pull: PullRequest):
    answer = Client().post("/acme/checkout/pull/1/merge", {"head": "0" * 40})

    assert answer.status_code == 409
    assert b"Head branch was modified" in answer.content


def test_too_many_merges_are_refused(shop: Pushed, pull: PullRequest):
    cache.set("forge-page-merges", 1000, timeout=60)

    assert b"wait a minute" in Client().post("/acme/checkout/pull/1/merge").content


def test_a_private_repository_is_hidden_from_other_machines(shop: Pushed):
    shop.repository.private = True
    shop.repository.save()

    page("/acme/checkout")
    page("/acme/checkout", status=404, REMOTE_ADDR="192.0.2.7")
    assert "checkout" not in page("/acme", REMOTE_ADDR="192.0.2.7")
