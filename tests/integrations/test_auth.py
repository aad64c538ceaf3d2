"""Signing in as a GitHub App, against the emulator, which checks the signature."""

import json
import time
from datetime import timedelta
from email.utils import formatdate
from urllib.request import urlopen

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from apps.integrations.github import auth, client, errors
from tests.faults.proxy import FaultProxy
from tests.integrations.servers import ORG, emulate

pytestmark = [pytest.mark.django_db, pytest.mark.processes]
APP_ID = "4242"
INSTALLATION = 77


@pytest.fixture(scope="module")
def key() -> str:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()


@pytest.fixture(scope="module")
def running(tmp_path_factory, key):
    apps = {
        "app_id": int(APP_ID),
        "slug": "callboard",
        "name": "Callboard",
        "private_key": key,
        "permissions": {"contents": "write", "administration": "write", "metadata": "read"},
        "installations": [
            {"installation_id": INSTALLATION, "account": ORG, "repository_selection": "all"}
        ],
    }
    # JSON is YAML too; the emulator's seed takes the App below `github`.
    more = f"  apps: {json.dumps([apps])}\n  repos: [{{owner: {ORG}, name: shop}}]\n"
    with emulate(tmp_path_factory.mktemp("app"), more=more) as forge:
        yield forge


@pytest.fixture
def proxy(running, settings, key):
    client._installation.cache_clear()
    client._app.cache_clear()
    with FaultProxy(running.url) as proxy:
        settings.GITHUB_TOKEN = ""
        settings.GITHUB_APP_ID = APP_ID
        settings.GITHUB_APP_PRIVATE_KEY = key
        settings.GITHUB_URL = settings.GITHUB_API_URL = proxy.url
        settings.GITHUB_WRITE_SPACING_SECONDS = 0
        yield proxy


MINT = "POST .*/access_tokens"


def test_the_web_token_is_issued_a_minute_ago_and_lasts_ten_at_most(key):
    app = auth.App(base_url="http://localhost:1", app_id=APP_ID, private_key=key)
    claims = jwt.decode(app.web_token(), options={"verify_signature": False})

    assert claims["iss"] == APP_ID
    assert 59 <= time.time() - claims["iat"] <= 62
    assert claims["exp"] - claims["iat"] <= 600
    assert claims["exp"] - time.time() <= 600


def test_an_installation_acts_with_a_token_that_is_kept(proxy):
    for _ in range(3):
        assert client.client_for(ORG).get_repository(f"{ORG}/shop").name == "shop"

    assert proxy.count(MINT) == 1


def test_the_token_is_narrowed_to_repositories_and_permissions(proxy, running):
    permissions = {"contents": "read", "metadata": "read"}
    narrow = client.client_for(ORG, repositories=["shop"], permissions=permissions)

    shop = narrow.get_repository(f"{ORG}/shop")
    with urlopen(f"{running.url}/_emulate/installation-tokens") as answer:
        minted = json.loads(answer.read())["installation_tokens"][-1]
    assert minted["permissions"] == permissions
    assert minted["repository_ids"] == [shop.id]


def test_a_token_is_renewed_once_when_it_is_refused(proxy):
    github = client.client_for(ORG)
    github.get_repository(f"{ORG}/shop")
    refusal = {"status": 401, "body": {"message": "Bad credentials"}}
    proxy.fault("GET .*/repos/.*", "status", **refusal)

    assert github.get_repository(f"{ORG}/shop").name == "shop"
    assert proxy.count(MINT) == 2

    proxy.fault("GET .*/repos/.*", "status", n=2, **refusal)
    with pytest.raises(errors.BadCredentials):
        github.get_repository(f"{ORG}/shop")


def test_a_token_of_fifty_minutes_is_replaced(proxy, monkeypatch):
    github = client.client_for(ORG)
    github.get_repository(f"{ORG}/shop")
    later = time.monotonic() + 50 * 60 + 1
    monkeypatch.setattr(auth.time, "monotonic", lambda: later)

    github.get_repository(f"{ORG}/shop")

    assert proxy.count(MINT) == 2


def test_a_clock_that_is_an_hour_ahead_is_corrected_by_the_servers(proxy, key):
    app = auth.App(base_url=proxy.url, app_id=APP_ID, private_key=key)
    now = time.time()
    headers = {"Date": formatdate(now, usegmt=True)}
    proxy.fault("GET .*/installation$", "status", status=401, headers=headers)
    with time_machine.travel(now + timedelta(hours=1).total_seconds()):
        assert app.installation_of(ORG) == INSTALLATION
        claims = jwt.decode(app.web_token(), options={"verify_signature": False})

    assert abs(claims["iat"] + 60 - now) < 5
    assert proxy.calls_to("GET .*/installation$") == 2


def test_a_key_that_is_refused_with_the_right_clock_is_named(proxy, key):
    app = auth.App(base_url=proxy.url, app_id=APP_ID, private_key=key)
    proxy.fault("GET .*/installation$", "status", status=401, n=5)

    with pytest.raises(errors.BadCredentials, match="key"):
        app.installation_of(ORG)

    assert proxy.calls_to("GET .*/installation$") == 1


def test_a_repository_that_is_not_there_is_not_found(proxy):
    with pytest.raises(errors.NotFound):
        client.client_for(ORG, repositories=["none-such"]).get_repository(f"{ORG}/none-such")


def test_the_app_tells_its_name(proxy):
    assert client.signed_in_as() == "callboard[bot]"


def test_an_account_without_the_app_is_named(proxy):
    with pytest.raises(errors.NotFound, match="not installed on stranger"):
        client.client_for("stranger")


def test_without_any_identity_it_says_what_to_set(settings):
    settings.GITHUB_TOKEN = settings.GITHUB_APP_ID = ""

    with pytest.raises(errors.BadCredentials, match="GITHUB_TOKEN"):
        client.client_for(ORG)


def test_neither_token_nor_key_shows_in_text():
    identity = auth.TokenIdentity("ghp_secret")

    assert "ghp_secret" not in repr(identity) + identity.name
