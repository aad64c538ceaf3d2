"""What a step may use; the numbers are for the embedded forge on a developer's machine."""

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Seconds, bytes and counts; what goes beyond ends the step, with its reason in the log."""

    #: Wall clock of one step without `timeout-minutes`.
    step_seconds: float = 600
    #: Wall clock of one job, whatever `timeout-minutes` says.
    job_seconds: float = 3600
    #: Processor time of one process.
    cpu_seconds: int = 900
    #: Memory of all processes of a step together; also the data of each one.
    memory_bytes: int = 3072 * MEBIBYTE
    #: Size of one file that a step writes.
    file_bytes: int = 1024 * MEBIBYTE
    #: Processes of a step at the same time.
    processes: int = 256
    #: The log that is kept of a job.
    log_bytes: int = 4 * MEBIBYTE
    #: One line of the log.
    line_bytes: int = 16 * 1024
    #: How long processes may clean up after the first signal.
    grace_seconds: float = 2
