"""What higher apps add: reactions to webhooks and to finished pipelines."""

from dataclasses import dataclass

from apps.core.registry import Registry


@dataclass(frozen=True)
class WebhookHandler:
    """
    A reaction to an event of the forge.

    `event` is GitHub's name ("push", "workflow_run", …; "*" for all). The task `task_name` gets
    `delivery_id`; read the delivery with `services.delivery(delivery_id)`. It may run twice.
    """

    key: str
    event: str
    task_name: str
    order: int = 100


@dataclass(frozen=True)
class PipelineListener:
    """
    A reaction to a pipeline that has its conclusion.

    The task `task_name` gets `full_name` and `run_id`; it may run twice for the same run.
    """

    key: str
    task_name: str
    order: int = 100


webhook_handlers: Registry[WebhookHandler] = Registry("webhook handler")
pipeline_listeners: Registry[PipelineListener] = Registry("pipeline listener")
