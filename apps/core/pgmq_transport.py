"""
Celery's PGMQ transport, for many processes that start at once and for publishers that live long.

kombu 5.7's own drops and creates the trigger of a queue's notifications whenever a process first
speaks of the queue. Two that do so at once end in "trigger already exists" or in a deadlock, and
either ends a worker that is starting. It also listens in processes that only publish, where nobody
ever reads what is heard. And a worker that has as many messages as it may have waits for the next
one nevertheless, two seconds each time, before it acknowledges those that are done.
"""

from typing import Any

from kombu.transport import pgmq

# How long a worker that may take no message waits before it looks whether a task has ended.
FULL_WAIT_SECONDS = 0.02
HAS_TRIGGER = """
SELECT EXISTS (
    SELECT FROM pg_trigger
    WHERE tgrelid = to_regclass('pgmq.' || quote_ident(pgmq.format_table_name(%s, 'q')))
    AND tgname = 'trigger_notify_queue_insert_listeners'
)
"""


class Channel(pgmq.Channel):
    """Makes a queue's trigger once, behind the queue's own lock; listens where it consumes."""

    def _maybe_enable_notify(self, queue: str, queue_name: str | None = None) -> None:
        if not self.use_notify:
            return
        name = queue_name or self._queue_name(queue)
        pool: Any = self.pgmq.pool
        with pool.connection() as connection, connection.transaction():
            # The lock under which PGMQ itself creates the queue; it ends with the transaction.
            connection.execute("SELECT pgmq.acquire_queue_lock(%s)", [name])
            if connection.execute(HAS_TRIGGER, [name]).fetchone() == (False,):
                connection.execute(
                    "SELECT pgmq.enable_notify_insert(%s, %s)",
                    [name, self.notify_throttle_interval_ms],
                )

    def basic_consume(self, queue: str, *arguments: Any, **options: Any) -> Any:
        transport: Any = self.connection
        tag = super().basic_consume(  # type: ignore[no-untyped-call]  # kombu is half typed
            queue, *arguments, **options
        )
        transport._register_notify_queue(self._queue_name(queue))
        return tag


class Transport(pgmq.Transport):
    """What every broker address that begins with `pgmq://` uses; named in `portal/celery.py`."""

    Channel = Channel

    def drain_events(self, connection: Any, timeout: float | None = None, **options: Any) -> None:
        """
        Wait for messages, at most `timeout` seconds; shortly where none may be taken now.

        :raises TimeoutError: if none has come
        """
        channels: Any = self.channels or ()
        consuming = [channel for channel in channels if channel._consumers]
        if consuming and not any(channel.qos.can_consume() for channel in consuming):
            timeout = min(FULL_WAIT_SECONDS, timeout or FULL_WAIT_SECONDS)
        super().drain_events(connection, timeout=timeout, **options)  # type: ignore[no-untyped-call]  # as above
