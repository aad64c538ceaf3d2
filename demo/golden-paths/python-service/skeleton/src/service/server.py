"""Listening, and stopping cleanly."""

import logging
import signal
import threading
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from service.app import App

log = logging.getLogger("service")


class Server(ThreadingMixIn, WSGIServer):
    """One thread for each request; a stop waits for those that run."""

    daemon_threads = False
    request_queue_size = 128


class Handler(WSGIRequestHandler):
    """The application logs its requests itself."""

    timeout = 15

    def log_message(self, format: str, *args: object) -> None:
        """Write nothing."""


def listen(app: App, port: int, host: str = "0.0.0.0") -> Server:  # noqa: S104
    """Return a server that listens but does not serve yet; port 0 takes a free one."""
    return make_server(host, port, app, server_class=Server, handler_class=Handler)


def serve(app: App, port: int) -> None:
    """Serve until SIGTERM or SIGINT, then finish the requests that run."""
    server = listen(app, port)

    def stop(*_: object) -> None:
        app.health.ready = False
        # shutdown() waits for the loop below, which this handler interrupts.
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    app.health.ready = True
    log.info("listening", extra={"port": server.server_port})
    server.serve_forever(poll_interval=0.2)
    server.server_close()
    log.info("stopped")
