"""What happens to jobs."""

import json
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from worker.jobs import TryAgain, handle
from worker.logs import JsonFormatter
from worker.loop import MAX_ATTEMPTS, Loop
from worker.spool import Job, Spool

SOURCE = Path(__file__).resolve().parents[1] / "src"


@pytest.fixture
def spool(tmp_path):
    return Spool(tmp_path)


def loop_with(spool, tmp_path, work):
    return Loop(spool, tmp_path / "heartbeat", work=work, pause=0.01)


def test_a_job_is_done_once_and_gone(spool, tmp_path):
    done = []
    spool.put(Job("one", {"text": "a b"}))
    loop = loop_with(spool, tmp_path, lambda payload: done.append(payload) or "done")
    assert loop.run_once()
    assert not loop.run_once()
    assert done == [{"text": "a b"}]


def test_a_job_that_cannot_be_done_now_is_tried_again_and_then_put_aside(spool, tmp_path):
    def not_now(payload):
        raise TryAgain("the other side is away")

    spool.put(Job("one", {}))
    loop = loop_with(spool, tmp_path, not_now)
    turns = 0
    while loop.run_once():
        turns += 1
    assert turns == MAX_ATTEMPTS
    assert spool.failed() == ["one"]


def test_a_broken_job_does_not_stop_the_others(spool, tmp_path):
    spool.put(Job("a", {"text": 1}))
    spool.put(Job("b", {"text": 2}))

    def work(payload):
        if payload["text"] == 1:
            raise RuntimeError("broken")
        return "done"

    loop = loop_with(spool, tmp_path, work)
    assert loop.run_once()
    assert loop.run_once()
    assert spool.failed() == ["a"]
    assert spool.waiting() == 0


def test_two_workers_never_get_the_same_job(spool, tmp_path):
    spool.put(Job("one", {}))
    other = Spool(tmp_path)
    claimed = [spool.claim(), other.claim()]
    assert [job.name for job in claimed if job] == ["one"]


def test_what_is_no_job_is_put_aside(spool, tmp_path):
    (tmp_path / "waiting" / "strange.json").write_text("not json")
    assert spool.claim() is None
    assert spool.failed() == ["strange"]


def test_the_example_counts_words():
    assert handle({"text": "three small words"}) == "3 words"


def test_a_log_line_is_one_json_object(caplog):
    with caplog.at_level(logging.INFO, logger="worker"):
        logging.getLogger("worker").info("done", extra={"job": "one"})
    entry = json.loads(JsonFormatter().format(caplog.records[0]))
    assert (entry["message"], entry["job"], entry["level"]) == ("done", "one", "info")


def test_a_killed_workers_job_is_done_by_the_next_and_a_signal_ends_it_cleanly(spool, tmp_path):
    spool.put(Job("one", {"text": "a"}))
    assert spool.claim()  # and then this worker dies
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "SPOOL": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "worker"], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert "1 jobs put back" in process.stdout.readline()
        assert "1 words" in process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        # Generous: a build machine may be busy. Without the signal it would never end.
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.stdout.close()
        process.wait()
