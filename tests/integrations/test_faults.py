"""What goes wrong between the portal and a forge: F17 to F24 of reliability.md, at the client."""

import logging
import time
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from apps.integrations import services
from apps.integrations.github import errors
from apps.integrations.github.auth import TokenIdentity
from apps.integrations.github.client import client_with
from apps.integrations.github.results import File
from apps.integrations.models import CachedResponse, Installation
from tests.integrations.servers import ORG, covers, free_port

pytestmark = [pytest.mark.django_db, pytest.mark.processes]

CREATE = f"POST .*/orgs/{ORG}/repos"
AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _impatient(settings):
    # Short, but longer than a busy machine takes for what is not meant to fail.
    settings.OUTBOUND_READ_SECONDS = 3.0
    settings.OUTBOUND_TOTAL_SECONDS = 4.0


def new_name() -> str:
    return f"fault-{uuid.uuid4().hex[:8]}"


def create(client, name):
    return client.create_repository(owner=ORG, name=name, homepage="https://portal.test/runs/7")


def adopt(client, name):
    """What a caller does after an unknown outcome: look for the name and the marker."""
    found = client.get_repository(f"{ORG}/{name}")
    return found.homepage == "https://portal.test/runs/7"


class TestBeforeTheEffect:
    @pytest.mark.parametrize("status", [500, 502, 503])
    def test_a_reading_call_that_fails_is_unavailable(self, faulty, proxy, status):
        proxy.fault("GET .*/user$", "status", status=status)

        with pytest.raises(errors.Unavailable) as caught:
            faulty.viewer()

        assert not caught.value.permanent
        assert faulty.viewer().login

    @pytest.mark.parametrize("status", [500, 502, 503])
    def test_a_changing_call_that_fails_has_an_unknown_outcome(self, faulty, proxy, status):
        name = new_name()
        proxy.fault(CREATE, "status", status=status)

        with pytest.raises(errors.UnknownOutcome):
            create(faulty, name)

        with pytest.raises(errors.NotFound):
            adopt(faulty, name)
        assert proxy.count(CREATE) == 0
        assert proxy.calls_to(CREATE) == 1

    def test_a_reading_call_survives_one_broken_connection(self, faulty, proxy):
        proxy.fault("GET .*/user$", "reset")

        assert faulty.viewer().login
        assert proxy.calls_to("GET .*/user$") == 2

    def test_a_forge_that_is_not_there_has_received_nothing(self, settings):
        settings.GITHUB_API_URL = f"http://localhost:{free_port()}"
        absent = client_with(TokenIdentity("t"), base_url=settings.GITHUB_API_URL)

        with pytest.raises(errors.Unavailable):
            absent.replace_topics(f"{ORG}/x", ["a"])


@covers()
class TestAfterTheEffect:
    """F20, F21: the effect is done and the answer is lost; it is found and never repeated."""

    @pytest.mark.parametrize(
        ("kind", "delay"),
        [("drop_after", 0.0), ("half_body", 0.0), ("delay", 5.0), ("slow_body", 0.3)],
    )
    def test_a_created_repository_is_found_by_its_marker(self, faulty, proxy, kind, delay):
        name = new_name()
        proxy.fault(CREATE, kind, delay=delay)
        begun = time.monotonic()

        with pytest.raises(errors.UnknownOutcome):
            create(faulty, name)

        assert time.monotonic() - begun < 10
        assert adopt(faulty, name)
        assert proxy.count(CREATE) == 1
        assert proxy.calls_to(CREATE) == 1

    @pytest.mark.parametrize("call", ["git/trees", "git/commits", "git/refs"])
    def test_a_repeated_commit_is_the_same_commit(self, faulty, proxy, call):
        full_name = create(faulty, new_name()).full_name

        def commit():
            return faulty.commit_files(
                full_name,
                branch="main",
                files={"README.md": File(b"# Hi\n"), "x.bin": File(b"\0\xff")},
                message="First\n",
                author_name="Callboard",
                author_email="c@acme.test",
                at=AT,
                parent=None,
            )

        proxy.fault(f"(POST|PATCH) .*/{call}(/heads/main)?$", "drop_after")
        with pytest.raises(errors.UnknownOutcome):
            commit()
        result = commit()

        assert faulty.get_ref(full_name, "main").sha == result.sha == commit().sha
        assert [one.sha for one in faulty.list_commits(full_name)] == [result.sha]

    def test_a_hook_is_not_made_twice(self, faulty, proxy):
        full_name = create(faulty, new_name()).full_name
        proxy.fault("POST .*/hooks$", "drop_after")

        hook = services.ensure_webhook(full_name, client=faulty)

        assert hook.url == services.webhook_url()
        assert proxy.count("POST .*/hooks$") == 1

    def test_a_stale_404_is_passed_on_for_the_caller_to_ask_again(self, faulty, proxy):
        name = new_name()
        create(faulty, name)
        proxy.fault(f"GET .*/repos/{ORG}/{name}$", "stale_404", n=2)

        outcomes = []
        for _ in range(3):
            try:
                outcomes.append(adopt(faulty, name))
            except errors.NotFound:
                outcomes.append(None)

        assert outcomes == [None, None, True]


class TestNames:
    """F23."""

    def test_a_strangers_repository_is_left_alone(self, faulty, proxy):
        name = new_name()
        faulty.create_repository(owner=ORG, name=name, homepage="https://stranger.test")
        before = faulty.get_repository(f"{ORG}/{name}")

        with pytest.raises(errors.NameTaken):
            create(faulty, name)

        assert faulty.get_repository(f"{ORG}/{name}") == before
        assert not adopt(faulty, name)


class TestRateLimits:
    """F18, F19."""

    def test_nothing_is_called_before_a_primary_limit_resets(self, faulty, proxy):
        proxy.fault("GET .*/user$", "rate_limit", reset_in=120)

        with pytest.raises(errors.RateLimited) as caught:
            faulty.viewer()
        calls = len(proxy.calls)
        for _ in range(5):
            with pytest.raises(errors.RateLimited) as again:
                faulty.get_repository(f"{ORG}/x")
            assert again.value.retry_at == caught.value.retry_at

        assert len(proxy.calls) == calls
        assert not caught.value.secondary
        left = (caught.value.retry_at - timezone.now()).total_seconds()
        assert 117 <= left <= 121

    @pytest.mark.parametrize("status", [403, 429])
    def test_a_secondary_limit_waits_what_it_asks_for(self, faulty, proxy, status):
        proxy.fault(CREATE, "rate_limit", secondary=True, retry_after=30, status=status)

        with pytest.raises(errors.RateLimited) as caught:
            create(faulty, new_name())

        assert caught.value.secondary
        assert 28 <= (caught.value.retry_at - timezone.now()).total_seconds() <= 30
        assert proxy.count(CREATE) == 0

    def test_without_a_time_it_is_a_minute_then_two_then_four(self, faulty, proxy):
        waits = []
        for _ in range(3):
            Installation.objects.update(paused_until=None)
            proxy.fault(CREATE, "rate_limit", secondary=True)
            with pytest.raises(errors.RateLimited) as caught:
                create(faulty, new_name())
            waits.append((caught.value.retry_at - timezone.now()).total_seconds())

        assert [round(wait / 60) for wait in waits] == [1, 2, 4]

    def test_after_the_pause_calls_go_through_and_strikes_are_forgotten(self, faulty, proxy):
        proxy.fault(CREATE, "rate_limit", secondary=True)
        with pytest.raises(errors.RateLimited):
            create(faulty, new_name())
        Installation.objects.update(paused_until=timezone.now() - timedelta(seconds=1))

        assert create(faulty, new_name())
        assert Installation.objects.get().strikes == 0

    def test_an_ordinary_refusal_is_no_limit(self, faulty, proxy):
        headers = {"X-Accepted-GitHub-Permissions": "administration=write"}
        body = {"message": "Resource not accessible by integration"}
        proxy.fault(CREATE, "status", status=403, body=body, headers=headers)

        with pytest.raises(errors.PermissionMissing) as caught:
            create(faulty, new_name())

        assert caught.value.scope == "administration=write"
        assert not Installation.objects.filter(paused_until__isnull=False).exists()


class TestTokens:
    """F24."""

    def test_a_revoked_token_is_named_and_appears_nowhere(self, faulty, proxy, server, caplog):
        caplog.set_level(logging.DEBUG)
        proxy.fault("GET .*/user$", "status", status=401, body={"message": "Bad credentials"})

        with pytest.raises(errors.BadCredentials) as caught:
            faulty.viewer()

        assert caught.value.hint
        create(faulty, new_name())
        seen = caplog.text + repr(caught.value) + str(list(CachedResponse.objects.values()))
        assert server.token not in seen

    def test_a_redirect_to_another_host_takes_no_token_along(self, faulty, proxy):
        headers = {"Location": "http://169.254.169.254/latest/meta-data"}
        proxy.fault("GET .*/user$", "status", status=301, headers=headers)

        with pytest.raises(errors.AddressRefused):
            faulty.viewer()


class TestNonsense:
    @pytest.mark.parametrize(
        "body", [[], "text", {"login": "x"}, {"id": "many", "login": "x"}, None, 7]
    )
    def test_an_answer_of_another_form_is_unavailable(self, faulty, proxy, body):
        proxy.fault("GET .*/user$", "status", status=200, body=body)

        with pytest.raises(errors.Unavailable):
            faulty.viewer()

    def test_an_endless_list_ends(self, faulty, proxy):
        link = f'<{proxy.url}/orgs/{ORG}/teams?page=2>; rel="next"'
        headers = {"Link": link}
        team = {"id": 1, "slug": "a", "name": "A"}
        proxy.fault("GET .*/teams$", "status", n=1000, status=200, body=[team], headers=headers)

        assert len(faulty.list_teams(ORG)) <= 1000
        assert proxy.calls_to("GET .*/teams$") <= 12

    def test_a_next_page_on_another_host_is_refused(self, faulty, proxy):
        headers = {"Link": '<http://evil.test/x>; rel="next"'}
        proxy.fault("GET .*/teams$", "status", status=200, body=[], headers=headers)

        with pytest.raises(errors.AddressRefused):
            faulty.list_teams(ORG)
