"""Outgoing HTTP: B14 of reliability.md, and the limits of one call."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from apps.core import addresses, outbound

PUBLIC = "93.184.215.14"


class Site:
    """A small web server; `answers` maps a path to a function of the handler, `hits` counts."""

    def __init__(self) -> None:
        self.answers = {}
        self.hits = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                site.hits.append((self.path, dict(self.headers)))
                site.answers.get(self.path, say(b"hello"))(self)

            do_POST = do_GET  # noqa: N815

            def log_message(self, format, *args):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, client_address):
                pass

        self.server = Server(("localhost", 0), Handler)
        self.url = f"http://localhost:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def say(body, status=200, **headers):
    def answer(handler):
        handler.send_response(status)
        for key, value in headers.items():
            handler.send_header(key.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def drip(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    for _ in range(1000):
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.05)


def drip_headers(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    for _ in range(1000):
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.05)


def half(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"x" * 500)
    handler.wfile.flush()
    handler.close_connection = True


@pytest.fixture
def site():
    site = Site()
    yield site
    site.close()


@pytest.fixture
def other():
    site = Site()
    yield site
    site.close()


@pytest.fixture
def allowed(settings, site):
    settings.OUTBOUND_ALLOWED_HOSTS = [site.url]
    return site


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://example.com/",
        "http://example.com/",
        "https://user@example.com/",
        "https://example.com\\@internal/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://0x7f.1/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://0177.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://[fe80::1]/",
        "https://[fd00::1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/",
        "https://172.16.0.1/",
        "https://192.168.1.1/",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "https://localhost/",
        "https://",
        "",
    ],
)
def test_an_address_that_is_not_public_https_is_refused(settings, url):
    settings.OUTBOUND_PUBLIC = True

    with pytest.raises(outbound.OutboundRefused):
        outbound.session().get(url)


@pytest.mark.parametrize(
    "answer",
    [["127.0.0.1"], ["10.1.2.3"], [PUBLIC, "127.0.0.1"], ["::ffff:10.0.0.1"], ["fe80::1%1"]],
)
def test_a_name_that_leads_into_a_private_network_is_refused(settings, answer):
    settings.OUTBOUND_PUBLIC = True

    with pytest.raises(outbound.OutboundRefused, match="private network"):
        outbound.session(resolver=lambda host, port: answer).get("https://example.com/")


def test_the_connection_goes_to_the_address_that_was_checked(settings, allowed):
    asked = []

    def resolver(host, port):
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    answer = outbound.session(resolver=resolver).get(f"{allowed.url}/")

    assert answer.content == b"hello"
    assert asked == ["localhost"]
    assert allowed.hits[0][1]["Host"] == allowed.url.partition("://")[2]


def test_nothing_is_called_where_public_addresses_are_off(settings):
    settings.OUTBOUND_PUBLIC = False

    with pytest.raises(outbound.OutboundRefused, match="OUTBOUND_ALLOWED_HOSTS"):
        outbound.session(resolver=lambda host, port: [PUBLIC]).get("https://example.com/")


def test_a_configured_host_is_allowed_with_its_port_only(allowed, other):
    assert outbound.session().get(f"{allowed.url}/").status == 200
    with pytest.raises(outbound.OutboundRefused):
        outbound.session().get(f"{other.url}/")
    assert other.hits == []


@pytest.mark.parametrize(
    "target",
    ["http://169.254.169.254/", "http://127.0.0.1:5432/", "file:///etc/passwd", "//evil.example/"],
)
def test_a_redirect_elsewhere_is_refused(allowed, target):
    allowed.answers["/go"] = say(b"", 302, Location=target)

    with pytest.raises(outbound.OutboundRefused):
        outbound.session().get(f"{allowed.url}/go")

    assert len(allowed.hits) == 1


def test_a_redirect_to_another_configured_host_is_refused_too(settings, site, other):
    settings.OUTBOUND_ALLOWED_HOSTS = [site.url, other.url]
    site.answers["/go"] = say(b"", 302, Location=f"{other.url}/")

    with pytest.raises(outbound.OutboundRefused, match="another host"):
        outbound.session().get(f"{site.url}/go")

    assert other.hits == []


def test_redirects_on_the_same_host_are_followed_up_to_five(allowed):
    for number in range(6):
        allowed.answers[f"/{number}"] = say(b"", 301, Location=f"/{number + 1}")

    assert outbound.session().get(f"{allowed.url}/1").content == b"hello"
    with pytest.raises(outbound.OutboundRefused, match="more than 5"):
        outbound.session().get(f"{allowed.url}/0")


def test_a_change_follows_307_and_refuses_302(allowed):
    allowed.answers["/moved"] = say(b"", 307, Location="/here")
    allowed.answers["/found"] = say(b"", 302, Location="/here")

    assert outbound.session().request("POST", f"{allowed.url}/moved", data=b"x").status == 200
    with pytest.raises(outbound.OutboundRefused):
        outbound.session().request("POST", f"{allowed.url}/found", data=b"x")


def test_a_token_goes_to_its_own_origin_only(settings, site, other):
    settings.OUTBOUND_ALLOWED_HOSTS = [site.url, other.url]
    session = outbound.session(authorized_url=site.url)
    headers = {"Authorization": "Bearer secret"}

    assert session.get(f"{site.url}/", headers=headers).status == 200
    with pytest.raises(outbound.OutboundRefused, match="token"):
        session.get(f"{other.url}/", headers=headers)

    assert other.hits == []


def test_a_cookie_is_not_taken_along(allowed):
    allowed.answers["/sign-in"] = say(b"", Set_Cookie="session=one; Path=/")
    session = outbound.session()

    session.get(f"{allowed.url}/sign-in")
    session.get(f"{allowed.url}/")

    assert "Cookie" not in allowed.hits[1][1]


def test_a_proxy_of_the_environment_is_not_used(allowed, other, monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, other.url)

    assert outbound.session().get(f"{allowed.url}/").status == 200
    assert other.hits == []


def test_a_body_that_is_too_large_is_cut_off(allowed):
    allowed.answers["/big"] = say(b"x" * 5000)

    with pytest.raises(outbound.OutboundFailed, match="more than 1000 bytes"):
        outbound.session().request("GET", f"{allowed.url}/big", max_bytes=1000)


@pytest.mark.parametrize("answer", [drip, drip_headers])
def test_a_slow_answer_ends_at_the_deadline(settings, allowed, answer):
    settings.OUTBOUND_TOTAL_SECONDS = 0.5
    allowed.answers["/slow"] = answer
    begun = time.monotonic()

    with pytest.raises(outbound.OutboundFailed) as caught:
        outbound.session().get(f"{allowed.url}/slow")

    assert caught.value.sent
    # The server would drip on for a minute.
    assert time.monotonic() - begun < 20


def test_half_an_answer_is_no_answer(allowed):
    allowed.answers["/half"] = half

    with pytest.raises(outbound.OutboundFailed, match="broke off") as caught:
        outbound.session().get(f"{allowed.url}/half")

    assert caught.value.sent


def test_a_closed_port_is_known_to_have_received_nothing(settings, site):
    site.close()
    settings.OUTBOUND_ALLOWED_HOSTS = [site.url]

    with pytest.raises(outbound.OutboundFailed) as caught:
        outbound.session().get(site.url)

    assert not caught.value.sent


@pytest.mark.parametrize("text", [PUBLIC, "2606:4700::1111", "::ffff:93.184.215.14"])
def test_public_addresses_are_known(text):
    assert addresses.is_public(text)


@pytest.mark.parametrize("host", ["example.com", "10.0.0.1", "1.example", "a.1.b"])
def test_ordinary_hosts_are_not_odd(host):
    assert not addresses.is_odd_ipv4(host)
