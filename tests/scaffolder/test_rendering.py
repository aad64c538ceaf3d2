"""The rendering child: Backstage's results, and limits that hold (F34, B1 to B3)."""

import json
import os
import time
from pathlib import Path

import pytest

from apps.core.safe_path import UnsafePath
from apps.scaffolder import rendering
from apps.scaffolder.domain.workspace import File, Workspace, WorkspaceLimitExceeded
from apps.scaffolder.rendering import process
from tests.scaffolder import world

DATA = json.loads((Path(__file__).parent / "data" / "expressions.json").read_text())
LONGEST = 12.0


@pytest.fixture(scope="module")
def renderer():
    with rendering.session() as lent:
        yield lent


@pytest.mark.parametrize("vector", DATA["vectors"], ids=lambda vector: vector["template"])
def test_an_expression_has_the_value_that_backstage_gives_it(renderer, vector) -> None:
    if vector["result"] == "error":
        with pytest.raises(rendering.ExpressionFailed) as caught:
            renderer.value(vector["template"], DATA["context"])
        assert vector["template"] in str(caught.value)
        return

    value = renderer.value(vector["template"], DATA["context"])

    if vector["result"] == "undefined":
        assert value is rendering.MISSING
    else:
        assert (value, type(value)) == (vector["value"], type(vector["value"]))


class TestValues:
    def test_keys_with_undefined_values_are_dropped(self, renderer):
        template = {"a": "${{ parameters.none }}", "b": ["${{ 1 + 1 }}", "x"], "c": {"d": 3}}

        assert renderer.value(template, DATA["context"]) == {"b": [2, "x"], "c": {"d": 3}}

    def test_a_key_named_proto_is_only_a_key(self, renderer):
        assert renderer.value({"__proto__": {"x": "${{ 1 }}"}}, {}) == {"__proto__": {"x": 1}}

    @pytest.mark.parametrize(
        ("ref", "expected"),
        [
            ("github.com?owner=o&repo=r", {"host": "github.com", "owner": "o", "repo": "r"}),
            (
                "localhost:8001?owner=%20o&repo=r%2F",
                {"host": "localhost:8001", "owner": " o", "repo": "r"},
            ),
        ],
    )
    def test_parse_repo_url(self, renderer, ref, expected):
        assert renderer.value("${{ r | parseRepoUrl }}", {"r": ref}) == expected

    def test_parse_repo_url_says_what_is_missing(self, renderer):
        with pytest.raises(rendering.ExpressionFailed, match="names no owner"):
            renderer.value("${{ 'github.com?repo=r' | parseRepoUrl }}", {})

    @pytest.mark.parametrize(
        ("template", "expected"),
        [
            (
                "${{ 'user:ns/n' | parseEntityRef }}",
                {"kind": "user", "namespace": "ns", "name": "n"},
            ),
            (
                "${{ 'n' | parseEntityRef({'defaultKind': 'group'}) }}",
                {"kind": "group", "namespace": "default", "name": "n"},
            ),
            ("${{ { 'a': { 'b': [1, 2] } } | pick('a.b[1]') }}", 2),
            ("${{ 'github.com?owner=o&repo=r' | projectSlug }}", "o/r"),
        ],
    )
    def test_the_other_filters(self, renderer, template, expected):
        assert renderer.value(template, {}) == expected

    def test_random_values_are_the_same_for_the_same_seed(self, renderer):
        template = "${{ [1,2,3,4,5,6,7,8,9] | random }}"

        def values(seed: str) -> list[object]:
            return [renderer.value(template, {}, seed=seed) for _ in range(3)]

        assert len(set(values("a"))) == 1
        assert len({renderer.value(template, {}, seed=str(n)) for n in range(20)}) > 1


HOSTILE = {
    "classes": "${{ ''.__class__.__mro__[1].__subclasses__() }}",
    "lipsum": "${{ lipsum.__globals__ }}",
    "cycler": "${{ cycler.__init__.__globals__ }}",
    "constructor": "${{ ''.constructor.constructor('return 1')() }}",
    "range constructor": "${{ range.constructor('return this')() }}",
    "format": "${{ ('{0.__class__}' | attr('format'))(1) }}",
    "prototype": "${{ {}['__proto__']['x'] }}{% set a = {} %}${{ a.__proto__.x }}",
    "include": "{% include '/etc/passwd' %}",
    "import": "{% import '/etc/passwd' as x %}${{ x }}",
    "extends": "{% extends '/etc/passwd' %}",
    "nested loops": "{% for a in range(99999) %}{% for b in range(99999) %}"
    "{% for c in range(99999) %}{% endfor %}{% endfor %}{% endfor %}",
    "huge range": "${{ range(10 ** 9) }}",
    "doubling": "{% set s = 'x' %}{% for i in range(60) %}{% set s = s + s %}{% endfor %}${{ s }}",
    "doubling list": "{% set x = [1] %}{% for i in range(99) %}"
    "{% set x = x.concat(x) %}{% endfor %}",
    "macro recursion": "{% macro m(x) %}${{ m(x) }}{% endmacro %}${{ m(1) }}",
    "deep parentheses": "${{ " + "(" * 20000 + "1" + ")" * 20000 + " }}",
    "deep list": "${{ " + "[" * 20000 + "]" * 20000 + " }}",
    "regex": "${{ 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!' | replace(r/^(a+)+$/, '') }}",
    "repeat": "${{ 'x'.repeat(10 ** 9) }}",
    "pad": "${{ 'x' | center(10 ** 9) }}",
    "batch": "${{ range(90000) | batch(1) | dump }}",
    "power": "${{ 10 ** 10 ** 10 }}",
    "join": "{% for i in range(900) %}${{ range(900) | join('xxxxxxxxxxxx') }}{% endfor %}",
    "unclosed": "{% for x in range(3) %}" * 3000,
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_template_is_contained_and_the_next_run_succeeds(name: str) -> None:
    pid = os.getpid()
    began = time.monotonic()

    run = world.run_to_end(
        world.start([{"action": "debug:log", "input": {"message": HOSTILE[name]}}])
    )

    assert time.monotonic() - began < LONGEST
    assert run.state in {"failed", "succeeded"}
    assert "root:" not in world.log_of(run)
    assert "native code" not in world.log_of(run)
    assert os.getpid() == pid
    after = world.run_to_end(world.start([{"action": "debug:log", "input": {"message": "ok"}}]))
    assert after.state == "succeeded"


@pytest.mark.parametrize(
    "name", ["nested loops", "huge range", "doubling", "regex", "macro recursion", "doubling list"]
)
def test_what_would_never_end_is_ended_by_a_limit(name: str) -> None:
    with (
        rendering.session() as lent,
        pytest.raises((rendering.RenderingLimitExceeded, rendering.ExpressionFailed)),
    ):
        lent.value(HOSTILE[name], {})


class TestTheChild:
    def test_has_no_environment_no_network_and_no_writable_folder(self):
        child = process.Child()
        child.wait_until_ready()

        assert Path(f"/proc/{child.pid}/environ").read_bytes() == b""
        assert os.readlink(f"/proc/{child.pid}/cwd").endswith("(deleted)")
        limits = Path(f"/proc/{child.pid}/limits").read_text()
        assert "Max file size             0" in limits
        if os.geteuid() == 0:
            own, its = os.readlink("/proc/self/ns/net"), os.readlink(f"/proc/{child.pid}/ns/net")
            assert own != its
        child.kill()

    def test_does_not_import_django(self):
        child = process.Child()
        child.wait_until_ready()

        maps = Path(f"/proc/{child.pid}/maps").read_text()
        child.kill()
        assert "mini_racer" in maps
        assert "psycopg" not in maps

    def test_is_replaced_within_a_run_after_it_was_killed(self):
        with rendering.session() as lent:
            with pytest.raises(rendering.RenderingLimitExceeded):
                lent.value(HOSTILE["regex"], {})

            assert lent.value("${{ 1 + 1 }}", {}) == 2

    def test_is_used_for_one_run_only(self):
        with rendering.session() as first:
            one = first._child.pid
        with rendering.session() as second:
            other = second._child.pid

        assert one != other
        assert not Path(f"/proc/{one}").exists()


class TestWorkspaceLimits:
    def test_refuses_one_file_too_many_and_too_large(self):
        space = Workspace()
        for number in range(2000):
            space.put(f"f{number}", File(b""))

        with pytest.raises(WorkspaceLimitExceeded):
            space.put("one-more", File(b""))
        with pytest.raises(WorkspaceLimitExceeded):
            Workspace().put("large", File(b"x" * (1 << 20) + b"x"))

    def test_refuses_more_than_twenty_megabytes_together(self):
        space = Workspace()
        for number in range(20):
            space.put(f"f{number}", File(b"x" * (1 << 20)))

        with pytest.raises(WorkspaceLimitExceeded):
            space.put("last", File(b"x"))

    def test_a_file_is_no_folder(self):
        space = Workspace()
        space.put("a", File(b""))

        with pytest.raises(WorkspaceLimitExceeded):
            space.put("a/b", File(b""))

    @pytest.mark.parametrize("path", ["../x", "/x", "a\\b", "a//b", ".git/x", "a\0b", "C:x"])
    def test_refuses_hostile_paths(self, path):
        with pytest.raises(UnsafePath):
            Workspace().put(path, File(b""))
