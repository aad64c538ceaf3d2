"""Start the service: python -m service."""

import os

from service import logs, server
from service.app import App
from service.health import Health
from service.metrics import Metrics


def main() -> None:
    """Read the configuration and serve."""
    logs.configure(os.environ.get("LOG_LEVEL", "INFO"))
    server.serve(App(Health(), Metrics()), int(os.environ.get("PORT", "8080")))


if __name__ == "__main__":
    main()
