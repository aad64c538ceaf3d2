"""fetch:* and fs:* on real files."""

from pathlib import Path

import pytest

from apps.scaffolder import selectors
from tests.scaffolder import world

pytestmark = pytest.mark.django_db(transaction=True)

LIST = {"action": "debug:log", "input": {"listWorkspace": "with-contents"}}


@pytest.fixture
def place(tmp_path: Path, settings) -> Path:
    """A template's folder with a skeleton beside it, from which may be read."""
    settings.FILE_LOCATION_ROOTS = [str(tmp_path)]
    (tmp_path / "skeleton").mkdir()
    (tmp_path / "template.yaml").write_text("")
    return tmp_path


def fetched(place: Path, values: dict | None = None, **options: object) -> tuple:
    run = world.run_to_end(
        world.start(
            [
                {
                    "action": "fetch:template",
                    "input": {"url": "./skeleton", "values": values or {}, **options},
                },
                LIST,
            ],
            location=f"file:{place}/template.yaml",
        )
    )
    return run, world.log_of(run)


class TestFetchTemplate:
    def test_renders_names_of_files_and_folders_and_contents(self, place):
        folder = place / "skeleton" / "${{ values.name }}"
        folder.mkdir()
        (folder / "${{ values.name }}.py").write_text("NAME = '${{ values.name | upper }}'\n")

        run, text = fetched(place, {"name": "shop"})

        assert run.state == "succeeded"
        assert "shop/shop.py" in text
        assert "NAME = 'SHOP'" in text

    def test_leaves_out_files_whose_name_becomes_empty(self, place):
        (place / "skeleton" / "${{ 'Dockerfile' if values.docker else '' }}").write_text("FROM x")

        run, text = fetched(place, {"docker": False})

        assert run.state == "succeeded"
        assert "Dockerfile" not in text

    def test_copies_binary_files_and_keeps_modes(self, place):
        (place / "skeleton" / "image.bin").write_bytes(b"\x00\xff${{ values.name }}")
        script = place / "skeleton" / "run.sh"
        script.write_text("#!/bin/sh\n")
        script.chmod(0o755)

        run, text = fetched(place, {"name": "shop"})

        assert run.state == "succeeded"
        assert "image.bin (20 bytes)" in text

    def test_leaves_contents_alone_that_are_copied_without_templating(self, place):
        (place / "skeleton" / "${{ values.name }}.yml").write_text("a: ${{ github.ref }}")

        _run, text = fetched(place, {"name": "ci"}, copyWithoutTemplating=["*.yml"])

        assert "ci.yml" in text
        assert "a: ${{ github.ref }}" in text

    def test_leaves_names_alone_as_well_that_are_copied_without_rendering(self, place):
        (place / "skeleton" / "${{ values.name }}.yml").write_text("a: ${{ github.ref }}")

        _run, text = fetched(place, {"name": "ci"}, copyWithoutRender=["*.yml"])

        assert "${{ values.name }}.yml" in text

    def test_renders_only_files_with_the_extension_and_strips_it(self, place):
        (place / "skeleton" / "a.txt.njk").write_text("${{ values.name }}")
        (place / "skeleton" / "b.txt").write_text("${{ values.name }}")

        _run, text = fetched(place, {"name": "shop"}, templateFileExtension=True)

        assert "a.txt (4 bytes)" in text
        assert "b.txt (18 bytes)" in text

    def test_knows_cookiecutters_delimiters(self, place):
        (place / "skeleton" / "{{ cookiecutter.name }}.txt").write_text("{{cookiecutter.name}}")

        _run, text = fetched(place, {"name": "shop"}, cookiecutterCompat=True)

        assert "shop.txt (4 bytes)" in text

    def test_names_the_file_and_line_of_a_wrong_expression(self, place):
        (place / "skeleton" / "README.md").write_text("one\n${{ values.name | bogus }}\n")

        run, _ = fetched(place, {"name": "shop"})

        assert run.state == "failed"
        assert "README.md, line 2" in run.error_text
        assert "bogus" in run.error_text

    def test_refuses_a_rendered_name_that_leaves_the_workspace(self, place):
        (place / "skeleton" / "${{ values.name }}").write_text("x")

        run, _ = fetched(place, {"name": "../../x"})

        assert (run.state, run.error_code) == ("failed", "unsafe_path")

    @pytest.mark.parametrize(
        "name",
        [".git/config", ".GIT/config", ".g\u200cit/config", "a\\b", "C:\\x", "x\x01y", "a/../b"],
    )
    def test_refuses_hostile_names(self, place, name):
        (place / "skeleton" / "${{ values.name }}").write_text("x")

        run, _ = fetched(place, {"name": name})

        assert (run.state, run.error_code) == ("failed", "unsafe_path")


class TestLimits:
    def test_a_name_of_five_thousand_characters_is_refused(self, place):
        (place / "skeleton" / "${{ values.name }}").write_text("x")

        run, _ = fetched(place, {"name": "x" * 5000})

        assert (run.state, run.error_code) == ("failed", "unsafe_path")

    def test_a_file_that_grows_beyond_a_megabyte_is_contained(self, place):
        line = "{% for i in range(2000) %}${{ values.text }}{% endfor %}"
        (place / "skeleton" / "a").write_text(line)

        run, _ = fetched(place, {"text": "x" * 10_000})

        assert (run.state, run.error_code) == ("failed", "rendering_limit_exceeded")

    def test_too_many_files_and_too_large_ones_are_refused(self, place):
        (place / "skeleton" / "large").write_bytes(b"x" * (10 << 20))
        large, _ = fetched(place)
        (place / "skeleton" / "large").unlink()
        for number in range(2001):
            (place / "skeleton" / f"f{number}").touch()
        many, _ = fetched(place)

        assert (large.state, large.error_code) == ("failed", "source_too_large")
        assert (many.state, many.error_code) == ("failed", "source_too_large")


class TestSources:
    def test_a_symbolic_link_refuses_the_template(self, place):
        (place / "skeleton" / "link").symlink_to("/etc/passwd")

        run, _ = fetched(place)

        assert (run.state, run.error_code) == ("failed", "irregular_file")

    @pytest.mark.parametrize(
        "url", ["../../../etc", "/etc", "file:/etc", "http://127.0.0.1:5432/a/b"]
    )
    def test_nothing_beside_the_configured_places_is_read(self, place, url):
        run = world.run_to_end(
            world.start(
                [{"action": "fetch:plain", "input": {"url": url}}],
                location=f"file:{place}/template.yaml",
            )
        )

        assert (run.state, run.error_code) == ("failed", "bad_scm_url")

    @pytest.mark.parametrize("target", ["../x", "/etc/cron.d/x", "a/../../b", "C:\\x", "x\x01y"])
    def test_a_hostile_target_path_is_refused(self, place, target):
        (place / "skeleton" / "a").write_text("x")

        run, _ = fetched(place, targetPath=target)

        assert (run.state, run.error_code) == ("failed", "unsafe_path")


class TestFilesystem:
    def test_deletes_renames_and_lists(self, place):
        for name in ("a.md", "b.md", "keep/c.txt"):
            path = place / "skeleton" / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(name)

        run = world.run_to_end(
            world.start(
                [
                    {"action": "fetch:plain", "input": {"url": "./skeleton"}},
                    {"action": "fs:delete", "input": {"files": ["b.md"]}},
                    {
                        "action": "fs:rename",
                        "input": {"files": [{"from": "keep", "to": "kept/deep"}]},
                    },
                    {
                        "id": "list",
                        "action": "fs:readdir",
                        "input": {"paths": ["."], "recursive": True},
                    },
                ],
                location=f"file:{place}/template.yaml",
            )
        )

        listed = selectors.steps_of(run)[-1].output
        assert [file["fullPath"] for file in listed["files"]] == ["a.md", "kept/deep/c.txt"]
        assert [folder["fullPath"] for folder in listed["folders"]] == ["kept", "kept/deep"]
