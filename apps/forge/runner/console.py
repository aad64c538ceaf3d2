"""What a step prints: into the log, and its commands carried out."""

from collections.abc import Callable

from apps.forge.runner.assignment import MAX_ANNOTATIONS, Annotation
from apps.forge.runner.job_log import JobLog
from apps.forge.workflows.commands import Command, parse_command
from apps.forge.workflows.masking import Masker

_LEVELS = {"error": "failure", "warning": "warning", "notice": "notice"}
_MAX_MESSAGE = 4000


class Console:
    """The log and the annotations of a job; `step` is the number of the step that prints."""

    def __init__(self, log: JobLog, masker: Masker) -> None:
        self._log = log
        self._masker = masker
        self._resume = ""
        self.step = 0
        self.annotations: list[Annotation] = []
        #: Takes the outputs of steps that print `::set-output`.
        self.set_output: Callable[[str, str], None] = lambda name, value: None

    def begin(self, number: int) -> None:
        """Start with another step."""
        self.step = number
        self._resume = ""

    def print(self, line: str) -> None:
        """Take a line that a step has printed."""
        command = parse_command(line)
        if self._resume:
            # Between ::stop-commands::TOKEN and ::TOKEN:: everything is plain text.
            if line.strip() == f"::{self._resume}::":
                self._resume = ""
            else:
                self._log.write(line)
            return
        if command is None:
            self._log.write(line)
            return
        self._carry_out(command, line)

    def say(self, text: str) -> None:
        """Write a line of the runner's own."""
        for line in text.splitlines() or [""]:
            self._log.write(line)

    def annotate(self, level: str, message: str, command: Command | None = None) -> None:
        """Keep a message where people see it without reading the log, and write it there too."""
        properties = command.properties if command else {}
        self._log.write(f"##[{level}]{message}")
        if len(self.annotations) >= MAX_ANNOTATIONS:
            return
        line = _line(properties.get("line"), 1)
        self.annotations.append(
            Annotation(
                level=_LEVELS[level],
                message=self._masker(message)[:_MAX_MESSAGE],
                title=self._masker(properties.get("title", ""))[:255],
                path=self._masker(properties.get("file", ""))[:1000],
                start_line=line,
                end_line=_line(properties.get("endline"), line),
                step=self.step,
            )
        )

    def _carry_out(self, command: Command, line: str) -> None:
        match command.name:
            case "error" | "warning" | "notice":
                self.annotate(command.name, command.message, command)
            case "add-mask":
                self._masker.add(command.message)
            case "group" | "endgroup" | "debug" | "command" | "section":
                self._log.write(f"##[{command.name}]{command.message}")
            case "stop-commands":
                self._resume = command.message.strip()
            case "set-output":
                self.set_output(command.properties.get("name", ""), command.message)
            case "add-matcher" | "remove-matcher" | "echo" | "save-state":
                pass
            case "set-env" | "add-path":
                self.annotate(
                    "error",
                    f"The command {command.name} is disabled, on GitHub as well. "
                    "Write to the file named by GITHUB_ENV or GITHUB_PATH.",
                )
            case _:
                self._log.write(line)


def _line(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else default
