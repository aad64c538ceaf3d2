"""Processes that start at once share a queue; publishers do not listen."""

import socket
import threading
import time
from contextlib import ExitStack

import pytest
from django.db import connection
from kombu import Connection, Message, Queue

from apps.core.pgmq_transport import Channel
from portal import celery_app

pytestmark = pytest.mark.django_db(transaction=True)
STARTERS = 6


def declare(
    name: str, channel: Channel, barrier: threading.Barrier, failures: list[Exception]
) -> None:
    try:
        barrier.wait(timeout=30)
        Queue(name, routing_key=name)(channel).declare()
    except Exception as error:
        # Whatever it is: the test fails on any.
        failures.append(error)


def drop(broker: Connection, name: str) -> None:
    broker.default_channel.queue_delete(name)


def listeners() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE 'LISTEN%%'"
        )
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize("attempt", range(4))
def test_many_processes_may_declare_a_queue_at_once(attempt: int) -> None:
    name, failures = f"crowded_{attempt}", list[Exception]()
    barrier = threading.Barrier(STARTERS)
    with ExitStack() as stack:
        # Connected one by one: kombu silences a warning meanwhile, which threads cannot do at once.
        brokers = [stack.enter_context(celery_app.connection_for_write()) for _ in range(STARTERS)]
        threads = [
            threading.Thread(target=declare, args=(name, broker.default_channel, barrier, failures))
            for broker in brokers
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)

    with celery_app.connection_for_write() as broker:
        drop(broker, name)
    assert failures == []


def test_a_consumer_is_woken_and_a_publisher_does_not_listen() -> None:
    before = listeners()
    queue = Queue("quiet", routing_key="quiet")
    with celery_app.connection_for_write() as publisher, celery_app.connection() as consumer:
        with publisher.Producer() as producer:
            producer.publish({"n": 1}, routing_key="quiet", declare=[queue])
            assert listeners() == before
            got: list[object] = []
            with consumer.Consumer(queue, callbacks=[lambda body, message: got.append(body)]):
                consumer.drain_events(timeout=5)
                assert listeners() == before + 1
                timer = threading.Timer(
                    0.3, lambda: producer.publish({"n": 2}, routing_key="quiet")
                )
                timer.start()
                consumer.drain_events(timeout=5)
                timer.join()
        drop(publisher, "quiet")
    assert got == [{"n": 1}, {"n": 2}]


def test_a_full_consumer_looks_up_soon_and_an_idle_one_sleeps() -> None:
    queue = Queue("full", routing_key="full")
    with celery_app.connection_for_write() as publisher, celery_app.connection() as consumer:
        with publisher.Producer() as producer:
            producer.publish({"n": 1}, routing_key="full", declare=[queue])
        got: list[Message] = []
        with consumer.Consumer(queue, on_message=got.append) as taking:
            taking.qos(prefetch_count=1)
            consumer.drain_events(timeout=5)
            # The worker's loop acknowledges what is done only when this returns.
            assert seconds_of(consumer) < 0.5
            got[0].ack()
            assert seconds_of(consumer) > 0.9
        drop(publisher, "full")


def seconds_of(consumer: Connection) -> float:
    began = time.monotonic()
    with pytest.raises(socket.timeout):
        consumer.drain_events(timeout=1)
    return time.monotonic() - began
