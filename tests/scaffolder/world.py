"""Small worlds for the tests of runs: a person, a template, a run."""

from typing import Any

from apps.accounts.models import Role, User
from apps.accounts.permissions import Actor
from apps.accounts.selectors import actor_for
from apps.scaffolder import golden_paths, services
from apps.scaffolder.engine import loop
from apps.scaffolder.models import Run


def make_user(name: str = "erin", role: str = Role.MEMBER) -> User:
    user, _ = User.objects.get_or_create(
        username=name, defaults={"role": role, "entity_ref": f"user:default/{name}"}
    )
    return user


def template(steps: list[dict[str, Any]], **spec: Any) -> dict[str, Any]:
    """A Template entity with these steps."""
    return {
        "apiVersion": "scaffolder.backstage.io/v1beta3",
        "kind": "Template",
        "metadata": {"name": "t", "title": "T"},
        "spec": {"type": "service", "owner": "group:default/platform", "steps": steps, **spec},
    }


def start(
    steps: list[dict[str, Any]],
    *,
    values: dict[str, Any] | None = None,
    secrets: dict[str, str] | None = None,
    key: str = "",
    user: User | None = None,
    location: str = "",
    **spec: Any,
) -> Run:
    """Queue a run of a template with these steps, as the services do."""
    entity = template(steps, **spec)
    if location:
        entity["metadata"]["annotations"] = {"backstage.io/managed-by-location": location}
    path = golden_paths.from_entity("template:default/t", entity, sha="1")
    return services.start(
        actor=actor_for(user or make_user()),
        path=path,
        values=values or {},
        secrets=secrets or {},
        idempotency_key=key,
    )


def run_to_end(run: Run) -> Run:
    """Execute one queued run here, and return it as it is then."""
    assert loop.run_one(run.pk)
    run.refresh_from_db()
    return run


def log_of(run: Run) -> str:
    return "\n".join(run.events.order_by("seq").values_list("text", flat=True))


def actor_of(run: Run) -> Actor:
    return actor_for(run.requested_by)
