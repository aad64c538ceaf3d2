"""Secrets and variables of workflows, of a repository or an organisation."""

from typing import Any

from django.db.models import QuerySet
from django.urls import path

from apps.forge.api.call import Call
from apps.forge.api.repositories import account_named
from apps.forge.api.routing import Answer, created, methods
from apps.forge.errors import Conflict, Missing
from apps.forge.models import ActionsSecret, ActionsVariable
from apps.forge.services import access, actions_secrets
from apps.forge.shapes import actions as shapes

MAX_VARIABLE_BYTES = 48 * 1024
# What GitHub adds for an organisation: here every repository of it may use them.
_FOR_ALL = {"visibility": "all"}


def _of(call: Call, org: str, *, role: str = "push") -> dict[str, Any]:
    if not org:
        call.need(role, archived=call.request.method == "GET")
        return {"repository": call.repository}
    owner = account_named(org, organization=True)
    if not access.administers(owner, call.caller):
        raise Missing
    return {"organization": owner}


def public_key(call: Call, org: str = "") -> dict[str, Any]:
    _of(call, org)
    key_id, key = actions_secrets.public_key()
    return {"key_id": key_id, "key": key}


def list_secrets(call: Call, org: str = "") -> dict[str, Any]:
    found = ActionsSecret.objects.filter(**_of(call, org)).order_by("name")
    return {
        "total_count": found.count(),
        "secrets": [shapes.secret(one) | _extra(org) for one in call.page(found)],
    }


def get_secret(call: Call, name: str, org: str = "") -> dict[str, Any]:
    return shapes.secret(_secret(call, name, org).get()) | _extra(org)


def put_secret(call: Call, name: str, org: str = "") -> Answer | None:
    of = _of(call, org)
    fields = call.fields("Secret")
    stored = actions_secrets.unseal(
        fields.text("encrypted_value", required=True, longest=100_000),
        fields.text("key_id", required=True),
    )
    _, made = ActionsSecret.objects.update_or_create(
        **of, name=actions_secrets.check_name(name), defaults={"value": stored}
    )
    return created({}) if made else None


def delete_secret(call: Call, name: str, org: str = "") -> None:
    _secret(call, name, org).delete()


def _secret(call: Call, name: str, org: str) -> QuerySet[ActionsSecret]:
    found = ActionsSecret.objects.filter(**_of(call, org), name__iexact=name)
    if not found.exists():
        raise Missing
    return found


def list_variables(call: Call, org: str = "") -> dict[str, Any]:
    found = ActionsVariable.objects.filter(**_of(call, org)).order_by("name")
    return {
        "total_count": found.count(),
        "variables": [shapes.variable(one) | _extra(org) for one in call.page(found)],
    }


def get_variable(call: Call, name: str, org: str = "") -> dict[str, Any]:
    return shapes.variable(_variable(call, name, org)) | _extra(org)


def create_variable(call: Call, org: str = "") -> Answer:
    of = _of(call, org)
    fields = call.fields("Variable")
    name = actions_secrets.check_name(fields.text("name", required=True))
    value = fields.text("value", required=True, longest=MAX_VARIABLE_BYTES)
    if ActionsVariable.objects.filter(**of, name=name).exists():
        raise Conflict("Already exists - Variable already exists")
    ActionsVariable.objects.create(**of, name=name, value=value)
    return created({})


def update_variable(call: Call, name: str, org: str = "") -> None:
    variable = _variable(call, name, org)
    fields = call.fields("Variable")
    variable.name = actions_secrets.check_name(fields.text("name", variable.name))
    variable.value = fields.text("value", variable.value, longest=MAX_VARIABLE_BYTES)
    others = ActionsVariable.objects.filter(
        repository=variable.repository, organization=variable.organization, name=variable.name
    )
    if others.exclude(pk=variable.pk).exists():
        raise Conflict("Already exists - Variable already exists")
    variable.save()


def delete_variable(call: Call, name: str, org: str = "") -> None:
    _variable(call, name, org).delete()


def _variable(call: Call, name: str, org: str) -> ActionsVariable:
    found = ActionsVariable.objects.filter(**_of(call, org), name__iexact=name).first()
    if found is None:
        raise Missing
    return found


def _extra(org: str) -> dict[str, Any]:
    return _FOR_ALL if org else {}


def _addresses(of: str) -> list[Any]:
    return [
        path(f"{of}/actions/secrets", methods(GET=list_secrets)),
        path(f"{of}/actions/secrets/public-key", methods(GET=public_key)),
        path(
            f"{of}/actions/secrets/<name>",
            methods(GET=get_secret, PUT=put_secret, DELETE=delete_secret),
        ),
        path(f"{of}/actions/variables", methods(GET=list_variables, POST=create_variable)),
        path(
            f"{of}/actions/variables/<name>",
            methods(GET=get_variable, PATCH=update_variable, DELETE=delete_variable),
        ),
    ]


urlpatterns = [*_addresses("repos/<owner>/<repo>"), *_addresses("orgs/<org>")]
