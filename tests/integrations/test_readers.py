"""Reading sources: from a forge by web address, and from configured files."""

import os
import uuid
from datetime import UTC, datetime

import pytest

from apps.integrations import readers
from apps.integrations.github import errors
from apps.integrations.github.results import File
from apps.integrations.scm import BadScmUrl
from tests.integrations.servers import ORG, covers

AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
FILES = {
    "catalog-info.yaml": b"kind: Component\n",
    "services/a/catalog-info.yaml": b"kind: API\n",
    "services/b/catalog-info.yaml": b"kind: API\n",
    "services/b/notes.md": b"notes\n",
    "skeleton/src/main.py": b"print()\n",
    "skeleton/run.sh": b"#!/bin/sh\n",
    "skeleton/logo.png": b"\x89PNG\0",
}


@pytest.mark.django_db
@pytest.mark.processes
class TestGitHubReader:
    @pytest.fixture
    def base(self, github, server):
        """The address of a repository with some files, on its main branch."""
        name = f"read-{uuid.uuid4().hex[:8]}"
        made = github.create_repository(owner=ORG, name=name, visibility="public")
        github.commit_files(
            made.full_name,
            branch="main",
            files={
                path: File(content, executable=path.endswith(".sh"))
                for path, content in FILES.items()
            },
            message="First\n",
            author_name="Callboard",
            author_email="c@acme.test",
            at=AT,
            parent=None,
        )
        return f"{server.url}/{made.full_name}"

    @covers()
    def test_reads_a_file(self, base):
        result = readers.read(f"{base}/blob/main/services/a/catalog-info.yaml")

        assert result.content == b"kind: API\n"
        assert result.sha
        assert not result.not_modified

    @covers("etags")
    def test_says_when_nothing_has_changed(self, base):
        url = f"{base}/blob/main/catalog-info.yaml"
        etag = readers.read(url).etag

        assert readers.read(url, etag=etag).not_modified

    @covers()
    def test_lists_a_folder_with_paths_relative_to_it(self, base):
        tree = readers.list_tree(f"{base}/tree/main/skeleton")

        assert {(file.path, file.mode) for file in tree.files} == {
            ("src/main.py", "100644"),
            ("run.sh", "100755"),
            ("logo.png", "100644"),
        }
        assert len(tree.commit_sha) == 40

    @covers()
    def test_lists_the_default_branch_of_a_bare_address(self, base):
        assert {file.path for file in readers.list_tree(base).files} == set(FILES)

    @covers()
    def test_reads_files_of_a_folder(self, base):
        found = readers.read_files(f"{base}/tree/main/skeleton", ["logo.png", "src/main.py"])

        assert found == {"logo.png": b"\x89PNG\0", "src/main.py": b"print()\n"}

    @covers()
    def test_finds_by_pattern(self, base):
        found = readers.search(f"{base}/blob/main/**/catalog-info.yaml")

        assert found == [
            f"{base}/blob/main/{path}" for path in sorted(FILES) if path.endswith("info.yaml")
        ]
        assert readers.search(f"{base}/blob/main/services/*/*.md") == [
            f"{base}/blob/main/services/b/notes.md"
        ]
        assert readers.search(f"{base}/blob/main/nothing/*.yaml") == []

    @covers()
    def test_names_what_is_not_there(self, base):
        for url in (f"{base}/blob/main/nope.yaml", f"{base}/blob/nope/x.yaml", f"{base}x/blob/m/x"):
            with pytest.raises(errors.NotFound):
                readers.read(url)
        with pytest.raises(errors.NotFound):
            readers.list_tree(f"{base}/tree/main/nope")
        with pytest.raises(errors.NotFound):
            readers.read_files(f"{base}/tree/main/skeleton", ["../catalog-info.yaml"])

    @covers()
    def test_refuses_what_is_too_large(self, base, monkeypatch):
        monkeypatch.setattr(readers, "MAX_FILE_BYTES", 8)

        with pytest.raises(readers.SourceTooLarge, match=r"src/main\.py|logo\.png|run\.sh|1 MB"):
            readers.read_files(f"{base}/tree/main/skeleton", ["run.sh"])
        with pytest.raises(readers.SourceTooLarge):
            readers.read(f"{base}/blob/main/catalog-info.yaml")


@pytest.mark.parametrize(
    "url",
    ["https://elsewhere.test/a/b/blob/main/x", "http://localhost:1/a/b/blob/main/x", "ftp://x", ""],
)
def test_an_address_that_no_reader_serves_is_refused(url):
    with pytest.raises(BadScmUrl):
        readers.read(url)


class TestFileReader:
    @pytest.fixture
    def root(self, tmp_path, settings):
        root = tmp_path / "demo"
        for path, content in FILES.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content)
        (tmp_path / "secret.yaml").write_text("canary")
        settings.FILE_LOCATION_ROOTS = [str(root)]
        return root

    def test_reads_below_a_configured_folder(self, root):
        result = readers.read(f"file:{root}/services/a/catalog-info.yaml")

        assert result.content == b"kind: API\n"
        assert readers.read(f"file://{root}/catalog-info.yaml", etag="x").content
        assert readers.read(
            f"file:{root}/services/a/catalog-info.yaml", etag=result.etag
        ).not_modified

    def test_lists_and_finds(self, root):
        tree = readers.list_tree(f"file:{root}/skeleton")
        found = readers.search(f"file:{root}/services/*/catalog-info.yaml")

        assert {file.path for file in tree.files} == {"src/main.py", "run.sh", "logo.png"}
        assert found == [f"file:{root}/services/{name}/catalog-info.yaml" for name in "ab"]
        assert readers.read_files(f"file:{root}/skeleton", ["run.sh"]) == {"run.sh": b"#!/bin/sh\n"}

    @pytest.mark.parametrize(
        "path",
        ["../secret.yaml", "services/../../secret.yaml", "/etc/passwd", "..", "//etc/passwd"],
    )
    def test_reads_nothing_outside(self, root, path):
        url = f"file:{path}" if path.startswith("/") else f"file:{root}/{path}"
        for call in (readers.read, readers.list_tree, readers.search):
            with pytest.raises(BadScmUrl):
                call(url)

    def test_follows_no_link(self, root):
        os.symlink(root.parent / "secret.yaml", root / "link.yaml")
        os.symlink(root.parent, root / "up")
        os.symlink(root / "link.yaml", root / "chain.yaml")
        os.mkfifo(root / "pipe.yaml")

        for path in ("link.yaml", "up/secret.yaml", "chain.yaml", "pipe.yaml", "services"):
            with pytest.raises(errors.NotFound):
                readers.read(f"file:{root}/{path}")
        tree = readers.list_tree(f"file:{root}")
        assert {"link.yaml", "up", "chain.yaml", "pipe.yaml"} <= set(tree.irregular)
        assert all("secret" not in file.path for file in tree.files)
        with pytest.raises(errors.NotFound):
            readers.read_files(f"file:{root}", ["link.yaml"])
