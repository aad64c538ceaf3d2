"""From the text of a workflow file to its definition, every mistake with its line."""

from typing import Any

from apps.forge.workflows.definition import Job, RunDefaults, Strategy, Workflow
from apps.forge.workflows.document import LocatedMap, read_document
from apps.forge.workflows.fields import FieldReader
from apps.forge.workflows.graph import find_cycle
from apps.forge.workflows.matrix import MatrixInvalid, expand
from apps.forge.workflows.step_parsing import parse_steps
from apps.forge.workflows.trigger_parsing import parse_triggers

_TOP_KEYS = {
    *("name", "run-name", "on", "permissions", "env", "defaults", "concurrency", "jobs"),
    "description",
}
_JOB_KEYS = {
    *("name", "needs", "if", "runs-on", "permissions", "environment", "concurrency", "outputs"),
    *("env", "defaults", "steps", "timeout-minutes", "strategy", "continue-on-error"),
    *("container", "services", "uses", "with", "secrets", "snapshot"),
}
MAX_JOBS = 256


def parse_workflow(text: str, path: str) -> Workflow:
    """
    Return what a workflow file says.

    :param path: of the file in its repository, for the messages
    :raises WorkflowInvalid: with all mistakes that were found
    """
    document = read_document(text, path)
    reader = FieldReader(path)
    if not isinstance(document, LocatedMap):
        reader.problem(1, "", "A workflow file must be a mapping with `on` and `jobs`.")
        raise reader.invalid()
    reader.known_keys(document, "", _TOP_KEYS)
    name = reader.text(document, "name", "")
    workflow = Workflow(
        path=path,
        name=name or path,
        run_name=reader.template(document, "run-name", ""),
        triggers=parse_triggers(reader, document),
        env=reader.env(document, ""),
        defaults=_defaults(reader, document, ""),
        permissions=_permissions(reader, document, ""),
        concurrency=_concurrency(reader, document),
        jobs=_jobs(reader, document),
        notices=tuple(reader.notices),
    )
    if reader.problems:
        raise reader.invalid()
    return workflow


def _jobs(reader: FieldReader, document: LocatedMap) -> dict[str, Job]:
    jobs = document.get("jobs")
    if not isinstance(jobs, LocatedMap) or not jobs:
        reader.problem(document.line_of("jobs"), "jobs", "A workflow needs at least one job.")
        return {}
    if len(jobs) > MAX_JOBS:
        reader.problem(jobs.line, "jobs", f"There are more than {MAX_JOBS} jobs.")
        return {}
    found: dict[str, Job] = {}
    for key, value in jobs.items():
        field = f"jobs.{key}"
        line = jobs.line_of(key)
        if not reader.is_identifier(key):
            reader.problem(line, field, "A job's id starts with a letter or _ and has no spaces.")
        elif not isinstance(value, LocatedMap):
            reader.problem(line, field, "A job must be a mapping with `runs-on` and `steps`.")
        else:
            found[key] = _job(reader, key, value, line)
    _check_needs(reader, jobs, found)
    return found


def _check_needs(reader: FieldReader, jobs: LocatedMap, found: dict[str, Job]) -> None:
    for job in found.values():
        for needed in job.needs:
            if needed not in jobs:
                reader.problem(
                    jobs[job.id].line_of("needs"),
                    f"jobs.{job.id}.needs",
                    f"There is no job {needed!r}.",
                )
    if cycle := find_cycle({job.id: job.needs for job in found.values()}):
        reader.problem(
            jobs.line_of(cycle[0]),
            f"jobs.{cycle[0]}.needs",
            f"The jobs wait for one another: {' → '.join(cycle)}.",
        )


def _job(reader: FieldReader, key: str, job: LocatedMap, line: int) -> Job:
    field = f"jobs.{key}"
    reader.known_keys(job, field, _JOB_KEYS)
    uses = reader.text(job, "uses", field)
    steps = parse_steps(reader, job, field) if not uses else ()
    if not uses:
        _check_runs_on(reader, job, field)
    else:
        reader.notice(
            job.line_of("uses"),
            f"{field}.uses",
            f"Reusable workflows are not supported by the embedded runner: {uses} is skipped.",
        )
    for ignored in ("container", "services"):
        if job.get(ignored):
            reader.notice(
                job.line_of(ignored),
                f"{field}.{ignored}",
                f"`{ignored}` is not supported by the embedded runner and is left out; "
                "the steps run directly on its machine.",
            )
    return Job(
        id=key,
        line=line,
        name=reader.template(job, "name", field),
        needs=reader.texts(job, "needs", field),
        condition=reader.condition(job, field),
        runs_on=_runs_on(job.get("runs-on")),
        strategy=_strategy(reader, job, field),
        env=reader.env(job, field),
        defaults=_defaults(reader, job, field),
        outputs=reader.text_map(job, "outputs", field),
        steps=steps,
        timeout_minutes=reader.number(job, "timeout-minutes", field),
        continue_on_error=reader.flag(job, "continue-on-error", field),
        permissions=_permissions(reader, job, field),
        uses=uses,
    )


def _check_runs_on(reader: FieldReader, job: LocatedMap, field: str) -> None:
    if not job.get("runs-on"):
        reader.problem(job.line, f"{field}.runs-on", "A job needs `runs-on`.")
        return
    labels = _runs_on(job["runs-on"])
    foreign = [label for label in labels if label.startswith(("windows", "macos"))]
    if foreign:
        reader.notice(
            job.line_of("runs-on"),
            f"{field}.runs-on",
            f"{foreign[0]} is not at hand: the embedded runner uses the machine it runs on.",
        )


def _runs_on(value: Any) -> tuple[str, ...]:
    if isinstance(value, LocatedMap):
        value = value.get("labels") or value.get("group")
    if isinstance(value, list):
        return tuple(str(label) for label in value)
    return (str(value),) if value else ()


def _strategy(reader: FieldReader, job: LocatedMap, field: str) -> Strategy | None:
    strategy = job.get("strategy")
    if strategy is None:
        return None
    field = f"{field}.strategy"
    if not isinstance(strategy, LocatedMap):
        reader.problem(job.line_of("strategy"), field, "`strategy` must be a mapping.")
        return None
    reader.known_keys(strategy, field, {"matrix", "fail-fast", "max-parallel"})
    matrix = strategy.get("matrix")
    line = strategy.line_of("matrix")
    if matrix is not None and reader.templates_in(matrix, line, f"{field}.matrix") == 0:
        try:
            expand(matrix)
        except MatrixInvalid as error:
            reader.problem(line, f"{field}.matrix", str(error))
    return Strategy(
        matrix=matrix,
        fail_fast=reader.flag(strategy, "fail-fast", field, default=True),
        max_parallel=reader.number(strategy, "max-parallel", field),
    )


def _defaults(reader: FieldReader, owner: LocatedMap, field: str) -> RunDefaults:
    defaults = owner.get("defaults")
    if defaults is None:
        return RunDefaults()
    run = defaults.get("run") if isinstance(defaults, LocatedMap) else None
    if not isinstance(run, LocatedMap):
        reader.problem(
            owner.line_of("defaults"),
            reader.join(field, "defaults"),
            "`defaults` must be a mapping with `run`.",
        )
        return RunDefaults()
    where = reader.join(field, "defaults.run")
    reader.known_keys(run, where, {"shell", "working-directory"})
    return RunDefaults(
        shell=reader.template(run, "shell", where),
        working_directory=reader.template(run, "working-directory", where),
    )


def _permissions(reader: FieldReader, owner: LocatedMap, field: str) -> Any:
    permissions = owner.get("permissions")
    line = owner.line_of("permissions")
    where = reader.join(field, "permissions")
    if isinstance(permissions, str) and permissions not in {"read-all", "write-all"}:
        reader.problem(line, where, "`permissions` is read-all, write-all or a mapping.")
    elif isinstance(permissions, LocatedMap):
        for scope, level in permissions.items():
            if level not in {"read", "write", "none"}:
                reader.problem(
                    permissions.line_of(scope), f"{where}.{scope}", "Use read, write or none."
                )
    return permissions


def _concurrency(reader: FieldReader, document: LocatedMap) -> Any:
    concurrency = document.get("concurrency")
    if isinstance(concurrency, LocatedMap):
        reader.known_keys(concurrency, "concurrency", {"group", "cancel-in-progress", "queue"})
    if concurrency is not None:
        reader.templates_in(concurrency, document.line_of("concurrency"), "concurrency")
    return concurrency
