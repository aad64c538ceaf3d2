"""The steps of a job."""

from typing import Any

from apps.forge.workflows.definition import Step
from apps.forge.workflows.document import LocatedList, LocatedMap
from apps.forge.workflows.fields import FieldReader

_STEP_KEYS = {
    *("id", "if", "name", "uses", "run", "working-directory", "shell", "with", "env"),
    *("continue-on-error", "timeout-minutes"),
}
MAX_STEPS = 200


def parse_steps(reader: FieldReader, job: LocatedMap, field: str) -> tuple[Step, ...]:
    """Return the steps of a job; mistakes are noted with the reader."""
    steps = job.get("steps")
    where = f"{field}.steps"
    if not isinstance(steps, LocatedList) or not steps:
        reader.problem(job.line_of("steps"), where, "A job needs a list of `steps`.")
        return ()
    if len(steps) > MAX_STEPS:
        reader.problem(steps.line, where, f"There are more than {MAX_STEPS} steps.")
        return ()
    parsed: list[Step] = []
    ids: set[str] = set()
    for index, (value, line) in enumerate(zip(steps, steps.item_lines, strict=True)):
        step = _step(reader, value, f"{where}[{index}]", line, index + 1)
        if step is None:
            continue
        if step.id and step.id.lower() in ids:
            reader.problem(line, f"{where}[{index}].id", f"The id {step.id!r} is used twice.")
        ids.add(step.id.lower())
        parsed.append(step)
    return tuple(parsed)


def _step(reader: FieldReader, value: Any, field: str, line: int, number: int) -> Step | None:
    if not isinstance(value, LocatedMap):
        reader.problem(line, field, "A step must be a mapping with `run` or `uses`.")
        return None
    reader.known_keys(value, field, _STEP_KEYS)
    has_run, has_uses = "run" in value, "uses" in value
    if has_run == has_uses:
        reader.problem(line, field, "A step has either `run` or `uses`.")
        return None
    if has_uses:
        for key in ("shell", "working-directory"):
            if key in value:
                reader.problem(value.line_of(key), f"{field}.{key}", f"`{key}` goes with `run`.")
    elif "with" in value:
        reader.problem(value.line_of("with"), f"{field}.with", "`with` goes with `uses`.")
    step_id = reader.text(value, "id", field)
    if step_id and not reader.is_identifier(step_id):
        reader.problem(
            value.line_of("id"), f"{field}.id", "An id starts with a letter or _, without spaces."
        )
    return Step(
        number=number,
        line=line,
        id=step_id,
        name=reader.template(value, "name", field),
        condition=reader.condition(value, field),
        run=reader.template(value, "run", field) if has_run else None,
        uses=reader.text(value, "uses", field),
        inputs=reader.text_map(value, "with", field),
        env=reader.env(value, field),
        shell=reader.template(value, "shell", field),
        working_directory=reader.template(value, "working-directory", field),
        timeout_minutes=reader.number(value, "timeout-minutes", field),
        continue_on_error=reader.flag(value, "continue-on-error", field),
    )
