"""Starting, cancelling and resuming runs."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction

from apps.accounts.permissions import Actor, Permission, require
from apps.core import audit, queue
from apps.core.errors import Conflict, InvalidInput
from apps.core.secrets import encrypt
from apps.scaffolder import clock, golden_paths
from apps.scaffolder.domain import secret_refs, states, validation
from apps.scaffolder.golden_paths import GoldenPath
from apps.scaffolder.models import Run, RunEvent, RunSecret, RunStep

MAX_VALUES_BYTES = 1024 * 1024
MAX_SECRET_BYTES = 64 * 1024
SECRET_LIFETIME = timedelta(hours=24)


def create_run(
    *,
    actor: Actor,
    template_ref: str,
    values: Mapping[str, Any],
    secrets: Mapping[str, str] | None = None,
    idempotency_key: str = "",
) -> Run:
    """
    Queue a run of a golden path and ring the doorbell.

    The same key of the same person with the same values returns the run that is already there.

    :raises InvalidInput: with one problem for each field that is wrong
    :raises Conflict: if the key was used before with other values
    """
    path = golden_paths.golden_path(actor, template_ref)
    require(actor, Permission.TEMPLATE_RUN, path.target)
    return start(
        actor=actor,
        path=path,
        values=values,
        secrets=secrets or {},
        idempotency_key=idempotency_key,
    )


def start(
    *,
    actor: Actor,
    path: GoldenPath,
    values: Mapping[str, Any],
    secrets: Mapping[str, str],
    idempotency_key: str,
) -> Run:
    """
    Queue a run of a golden path that the actor may run; see `create_run`.

    :raises InvalidInput: with one problem for each field that is wrong
    :raises Conflict: if the key was used before with other values
    """
    _check_values(path, values, secrets)
    digest = _params_hash(path, values)
    key = idempotency_key[:200] or f"auto:{uuid.uuid4()}"
    known = _known_run(actor, key, digest)
    if known is not None:
        return known
    try:
        with transaction.atomic():
            run = _insert_run(actor, path, values, digest, key)
            _insert_steps(run, path)
            _store_secrets(run, secrets)
            audit.record(
                action="scaffolder.create_run",
                object_kind="run",
                object_id=str(run.pk),
                object_name=path.spec.title[:320],
                detail={"template": path.ref, "state": {"before": None, "after": run.state}},
            )
            queue.enqueue("scaffolder.execute_run", run_id=str(run.pk))
    except IntegrityError:
        # Another request with the same key was faster.
        known = _known_run(actor, key, digest)
        if known is None:
            raise
        return known
    return run


def cancel_run(*, actor: Actor, run: Run) -> Run:
    """
    Ask a run to stop: a queued or waiting one at once, a running one at its next boundary.

    :raises Conflict: if the run has ended
    """
    require(actor, Permission.RUN_CONTROL, run.target)
    with transaction.atomic():
        locked = Run.objects.select_for_update().get(pk=run.pk)
        if locked.state in states.TERMINAL:
            raise Conflict(f"The run has already ended: it is {locked.state}.")
        before = locked.state
        fields: dict[str, Any] = {}
        if locked.cancel_requested_at is None:
            fields["cancel_requested_at"] = clock.NOW
        if locked.state in {states.RunState.QUEUED, states.RunState.WAITING}:
            states.check_run(locked.state, states.RunState.CANCELLED)
            fields |= {
                "state": states.RunState.CANCELLED.value,
                "ended_at": clock.NOW,
                "waiting_reason": "",
                "last_seq": locked.last_seq + 1,
            }
            _end_event(locked, f"Cancelled by {actor.user.display_name}.")
            RunSecret.objects.filter(run=locked).delete()
        Run.objects.filter(pk=run.pk).update(**fields)
        locked.refresh_from_db()
        audit.record(
            action="scaffolder.cancel_run",
            object_kind="run",
            object_id=str(run.pk),
            object_name=locked.template_title,
            detail={"state": {"before": before, "after": locked.state}},
        )
    return locked


def resume_run(*, actor: Actor, run: Run, secrets: Mapping[str, str] | None = None) -> Run:
    """
    Queue a failed or cancelled run again, from the step that is not done.

    :raises Conflict: if the run has not ended, or has succeeded
    :raises InvalidInput: if the run needs secrets and they are not given again
    """
    require(actor, Permission.RUN_CONTROL, run.target)
    given = dict(secrets or {})
    with transaction.atomic():
        locked = Run.objects.select_for_update().get(pk=run.pk)
        if locked.state not in {states.RunState.FAILED, states.RunState.CANCELLED}:
            raise Conflict(
                f"The run is {locked.state}.",
                hint="Only a failed or cancelled run can be resumed.",
            )
        missing = sorted(set(locked.secret_names) - set(given))
        if missing:
            raise InvalidInput(
                "The secrets of this run were deleted when it ended.",
                hint="Type them again.",
                problems=[(name, "This secret is needed again.") for name in missing],
            )
        states.check_run(locked.state, states.RunState.QUEUED)
        before = locked.state
        _reset_steps(locked)
        _store_secrets(locked, given)
        RunEvent.objects.create(
            run=locked,
            seq=locked.last_seq + 1,
            at=clock.NOW,
            type="recovered",
            text=f"Resumed by {actor.user.display_name}.",
        )
        Run.objects.filter(pk=run.pk).update(
            state=states.RunState.QUEUED.value,
            last_seq=locked.last_seq + 1,
            next_attempt_at=clock.NOW,
            cancel_requested_at=None,
            error_code="",
            error_text="",
            error_step="",
            waiting_reason="",
            ended_at=None,
            lease_until=None,
            owner="",
        )
        locked.refresh_from_db()
        audit.record(
            action="scaffolder.resume_run",
            object_kind="run",
            object_id=str(run.pk),
            object_name=locked.template_title,
            detail={"state": {"before": before, "after": locked.state}},
        )
        queue.enqueue("scaffolder.execute_run", run_id=str(run.pk))
    return locked


def _check_values(path: GoldenPath, values: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
    text = json.dumps(values, ensure_ascii=False)
    if len(text) > MAX_VALUES_BYTES:
        raise InvalidInput("The values are larger than 1 MB.")
    # Neither NUL nor half a character can be stored.
    if "\\u0000" in text.replace("\\\\", "") or any("\ud800" <= char <= "\udfff" for char in text):
        raise InvalidInput("The values hold a character that is no text.")
    if any(len(text.encode()) > MAX_SECRET_BYTES for text in secrets.values()):
        raise InvalidInput("A secret is larger than 64 kB.")
    odd = sorted(name for name in secrets if not secret_refs.is_name(name))
    if odd:
        raise InvalidInput(
            f"{odd[0][:60]!r} is no name for a secret.",
            hint="Use letters, digits, dots, dashes and underscores.",
        )
    found = validation.problems(path.spec, values)
    for name, sentences in validation.secret_problems(path.spec, secrets).items():
        found.setdefault(name, []).extend(sentences)
    if found:
        listed = [(field, " ".join(sentences)) for field, sentences in found.items()]
        raise InvalidInput(
            "Some values are missing or wrong: "
            + "; ".join(f"{field or 'the page'}: {sentence}" for field, sentence in listed[:10]),
            problems=listed,
        )


def _params_hash(path: GoldenPath, values: Mapping[str, Any]) -> str:
    text = json.dumps([path.ref, values], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _known_run(actor: Actor, key: str, digest: str) -> Run | None:
    known = Run.objects.filter(requested_by=actor.user, idem_key=key).first()
    if known is not None and known.params_hash != digest:
        raise Conflict(
            "This idempotency key was used for a run with other values.",
            hint="Use a new key for each run.",
        )
    return known


def _insert_run(
    actor: Actor, path: GoldenPath, values: Mapping[str, Any], digest: str, key: str
) -> Run:
    moment = clock.database_now()
    return Run.objects.create(
        template_ref=path.ref,
        template_title=path.spec.title[:300],
        template=path.entity,
        template_sha=path.sha[:64],
        template_url=path.url[:2000],
        params=dict(values),
        params_hash=digest,
        user_entity=golden_paths.user_entity(actor),
        requested_by=actor.user,
        owner_refs=golden_paths.owners_of_run(actor, values),
        idem_key=key,
        created_at=moment,
        next_attempt_at=moment,
    )


def _insert_steps(run: Run, path: GoldenPath) -> None:
    RunStep.objects.bulk_create(
        RunStep(run=run, n=n, key=step.key, name=step.name, action=step.action)
        for n, step in enumerate(path.spec.steps, start=1)
    )


def _store_secrets(run: Run, secrets: Mapping[str, str]) -> None:
    if not secrets:
        return
    expires = clock.database_now() + SECRET_LIFETIME
    RunSecret.objects.filter(run=run).delete()
    RunSecret.objects.bulk_create(
        RunSecret(
            run=run,
            name=name[:200],
            sealed=encrypt(text, context=f"run:{run.pk}:{name[:200]}"),
            expires_at=expires,
        )
        for name, text in secrets.items()
    )
    names = sorted(name[:200] for name in secrets)
    Run.objects.filter(pk=run.pk).update(secret_names=names)
    run.secret_names = names


def _reset_steps(run: Run) -> None:
    """Failed and skipped-after-failure steps wait again; an INTENT stays, so that it is probed."""
    for step in run.steps.select_for_update().order_by("n"):
        if step.state == states.StepState.FAILED:
            after = states.StepState.INTENT if step.intent_at else states.StepState.TODO
        elif step.state == states.StepState.SKIPPED:
            after = states.StepState.TODO
        else:
            continue
        states.check_step(step.state, after)
        run.steps.filter(pk=step.pk).update(state=after.value, reason="", attempts=0, ended_at=None)


def _end_event(run: Run, text: str) -> None:
    RunEvent.objects.create(
        run=run, seq=run.last_seq + 1, at=clock.NOW, type="cancelled", text=text
    )
