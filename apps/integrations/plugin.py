"""What the integrations register with the core and with themselves."""

from apps.integrations.extensions import WebhookHandler, webhook_handlers
from apps.integrations.files import FileReader
from apps.integrations.github.reader import GitHubReader
from apps.integrations.readers import url_readers


def register() -> None:
    """Called once every model is loaded."""
    url_readers.register(GitHubReader())
    url_readers.register(FileReader())
    webhook_handlers.register(
        WebhookHandler(
            key="integrations.pipelines",
            event="workflow_run",
            task_name="integrations.record_pipeline",
            order=10,
        )
    )
