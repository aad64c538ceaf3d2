"""A run's secrets: references everywhere, the text only in the outside call (B10, B11)."""

import base64
import json
import uuid
from urllib.parse import quote, urlsplit

import pytest
from django.db import connection

from apps.core.errors import InvalidInput
from apps.scaffolder import services
from apps.scaffolder.actions import Action, ActionFailed, Effect, Result, registry
from apps.scaffolder.domain import secret_refs
from apps.scaffolder.engine import invariants
from tests.scaffolder import world

pytestmark = pytest.mark.django_db(transaction=True)

CANARY = "CaNaRy-7f3a9b-value"
FORMS = {
    CANARY,
    CANARY.upper(),
    CANARY.lower(),
    CANARY[::-1],
    base64.b64encode(CANARY.encode()).decode(),
    CANARY.encode().hex(),
    quote(CANARY),
}


def everything_stored() -> str:
    """Every row of every table that a run touches, as text."""
    tables = ["scaffolder_run", "scaffolder_runstep", "scaffolder_runevent", "scaffolder_runsecret"]
    tables.append("core_auditevent")
    found = []
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT row_to_json(t)::text FROM {table} AS t")
            found += [row[0] for row in cursor.fetchall()]
    return "\n".join(found)


def assert_nowhere(text: str) -> None:
    assert [form for form in FORMS if form in text] == []


@pytest.mark.parametrize(
    "expression",
    [
        "${{ secrets.TOKEN }}",
        "${{ secrets.TOKEN | upper }}",
        "${{ secrets.TOKEN | reverse }}",
        "${{ secrets.TOKEN | urlencode }}",
        "${{ secrets | dump }}",
        "{% for c in secrets.TOKEN %}${{ c }}\n{% endfor %}",
        "Bearer ${{ secrets['TOKEN'] }}",
    ],
)
def test_a_template_never_sees_a_secret_whatever_it_does(expression, capfd, caplog):
    run = world.start(
        [{"action": "debug:log", "input": {"message": expression}}], secrets={"TOKEN": CANARY}
    )
    before = everything_stored()

    run = world.run_to_end(run)

    assert run.state in {"failed", "succeeded"}
    assert_nowhere(before + everything_stored() + world.log_of(run) + caplog.text)
    assert_nowhere("".join(capfd.readouterr()))


def test_an_input_that_takes_no_secrets_refuses_them_before_the_step_acts():
    run = world.run_to_end(
        world.start(
            [{"action": "debug:log", "input": {"message": "${{ secrets.TOKEN }}"}}],
            secrets={"TOKEN": CANARY},
        )
    )

    assert (run.state, run.error_code) == ("failed", "secret_not_allowed")


def test_a_secret_is_no_part_of_if_and_output():
    run = world.run_to_end(
        world.start(
            [{"action": "debug:log", "if": "${{ secrets.TOKEN }}"}],
            secrets={"TOKEN": CANARY},
            output={"text": [{"title": "t", "content": "x${{ secrets.TOKEN }}"}]},
        )
    )

    assert run.state == "succeeded"
    assert run.steps.get().state == "skipped"
    assert run.output["text"][0]["content"] == "x"


def test_an_action_that_fails_with_the_secret_in_its_exception_tells_it_nobody(caplog):
    def explode(context, given):
        text = context.reveal(given["token"])
        assert text == CANARY
        context.log(f"sending {text} and {text[::-1]} and {base64.b64encode(text.encode())!r}")
        raise ValueError(f"the server does not like {text}")

    action = Action(
        key="test:explode",
        description="",
        run=explode,
        effect=Effect.OUTSIDE,
        input_schema={"type": "object"},
        secrets=("token",),
    )
    with registry.temporarily(action):
        run = world.run_to_end(
            world.start(
                [{"action": "test:explode", "input": {"token": "${{ secrets.TOKEN }}"}}],
                secrets={"TOKEN": CANARY},
            )
        )

    assert (run.state, run.error_code) == ("failed", "internal_error")
    assert "***" in world.log_of(run)
    assert_nowhere(everything_stored() + world.log_of(run))
    assert_nowhere(caplog.text)


def test_an_action_that_says_the_secret_in_its_error_or_output_tells_it_nobody():
    def tell(context, given):
        text = context.reveal(given["token"])
        if given.get("fail"):
            raise ActionFailed(f"{text} was refused")
        return Result(output={"echo": [f"got {text}"]})

    action = Action(
        key="test:tell",
        description="",
        run=tell,
        effect=Effect.OUTSIDE,
        input_schema={"type": "object"},
        secrets=("token",),
    )
    with registry.temporarily(action):
        for fail in (False, True):
            given = {"token": "${{ secrets.TOKEN }}", "fail": fail}
            world.run_to_end(
                world.start([{"action": "test:tell", "input": given}], secrets={"TOKEN": CANARY})
            )

    stored = everything_stored()
    assert "got ***" in stored
    assert "*** was refused" in stored
    assert_nowhere(stored)


def test_secrets_are_gone_when_the_run_ends_and_are_asked_for_again():
    run = world.run_to_end(world.start([{"action": "nobody:knows"}], secrets={"TOKEN": CANARY}))

    assert run.secrets.count() == 0
    with pytest.raises(InvalidInput) as caught:
        services.resume_run(actor=world.actor_of(run), run=run)
    assert dict(caught.value.problems).keys() == {"TOKEN"}
    services.resume_run(actor=world.actor_of(run), run=run, secrets={"TOKEN": CANARY})
    assert run.secrets.count() == 1
    assert_nowhere(everything_stored())
    assert invariants.violated() == []


def test_a_secret_is_refused_under_a_name_that_expressions_cannot_refer_to():
    with pytest.raises(InvalidInput):
        world.start([{"action": "debug:log"}], secrets={"bad name": CANARY})


def test_an_action_gets_the_text_where_it_takes_it():
    seen = []

    def take(context, given):
        seen.append(context.reveal(given["secrets"]))
        return Result()

    action = Action(
        key="test:take",
        description="",
        run=take,
        effect=Effect.OUTSIDE,
        input_schema={"type": "object"},
        secrets=("secrets.*",),
    )
    with registry.temporarily(action):
        run = world.run_to_end(
            world.start(
                [
                    {
                        "action": "test:take",
                        "input": {"secrets": {"A": "x-${{ secrets.TOKEN }}"}},
                    }
                ],
                secrets={"TOKEN": CANARY},
            )
        )

    assert run.state == "succeeded", run.error_text
    assert seen == [{"A": f"x-{CANARY}"}]
    assert_nowhere(everything_stored())


@pytest.mark.processes
@pytest.mark.parametrize("server", ["forge"], indirect=True)
def test_a_secret_reaches_the_repository_sealed_and_nothing_else(settings, server, proxy):
    name = f"shop-{uuid.uuid4().hex[:8]}"
    host = urlsplit(settings.GITHUB_URL).netloc
    run = world.run_to_end(
        world.start(
            [
                {"action": "catalog:write", "input": {"entity": {"a": 1}}},
                {
                    "action": "publish:github",
                    "input": {
                        "repoUrl": f"{host}?owner=acme&repo={name}",
                        "defaultBranch": "main",
                        "secrets": {"DEPLOY_KEY": "${{ secrets.TOKEN }}"},
                        "repoVariables": {"REGION": "eu"},
                    },
                },
            ],
            secrets={"TOKEN": CANARY},
        )
    )

    assert run.state == "succeeded", run.error_text
    assert proxy.count(r"PUT .*/actions/secrets/DEPLOY_KEY") == 1
    assert proxy.count(r"POST .*/actions/variables") == 1
    assert_nowhere(everything_stored())


def test_references_are_found_in_nested_inputs_and_in_keys():
    refs = secret_refs.references(["A"])

    for value in ({"x": [refs["A"]]}, {refs["A"]: 1}, {"x": {"token": refs["A"]}}):
        with pytest.raises(secret_refs.SecretNotAllowed):
            secret_refs.check_inputs(value, ["token"], action="a")
    secret_refs.check_inputs({"token": refs["A"]}, ["token"], action="a")
    assert json.dumps(secret_refs.resolve({"token": refs["A"]}, {"A": "s"})) == '{"token": "s"}'
