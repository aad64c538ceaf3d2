"""Git clients against the running forge."""

import gzip
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests

from apps.forge import smart_http
from apps.forge.models import PullRequest, Repository
from tests.forge.conftest import Acme, Api, make_acme, make_repository

pytestmark = pytest.mark.processes


class Checkout:
    """A clone of acme/billing made by the real git."""

    def __init__(self, folder: Path, url: str, token: str) -> None:
        self.folder = folder
        self.url = url.replace("://", f"://x-access-token:{token}@") + "/acme/billing.git"

    def clone(self, *options: str) -> "Checkout":
        self._run("clone", "-q", *options, self.url, str(self.folder), at=self.folder.parent)
        return self

    def commit(self, name: str, text: str, *options: str) -> str:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        self.git("add", "--all")
        self.git("commit", "-q", "-m", f"Write {name}", *options)
        return self.git("rev-parse", "HEAD").strip()

    def git(self, *arguments: str) -> str:
        done = self._run(*arguments, at=self.folder)
        return done.stdout

    def refused(self, *arguments: str) -> str:
        done = self._run(*arguments, at=self.folder, check=False)
        assert done.returncode != 0, done.stdout
        return done.stderr

    def _run(self, *arguments: str, at: Path, check: bool = True) -> Any:
        identity = ["-c", "user.name=Bob", "-c", "user.email=bob@acme.example"]
        done = subprocess.run(
            ["git", *identity, *arguments],
            cwd=at,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.folder.parent),
                "GIT_TERMINAL_PROMPT": "0",
                "GIT_CONFIG_NOSYSTEM": "1",
            },
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert not check or done.returncode == 0, done.stderr
        return done


@pytest.fixture
def live_acme(live_forge: str) -> Acme:
    return make_acme()


@pytest.fixture
def live_repo(live_acme: Acme) -> Repository:
    return make_repository(live_acme)


@pytest.fixture
def bob(live_forge: str, live_acme: Acme, live_repo: Repository, tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "work", live_forge, live_acme.tokens["bob"]).clone()


class TestClone:
    def test_it_has_what_the_api_wrote(self, bob: Checkout) -> None:
        assert (bob.folder / "README.md").read_text() == "# billing"

    def test_a_public_repository_needs_no_token(
        self, live_forge: str, live_repo: Repository, tmp_path: Path
    ) -> None:
        checkout = Checkout(tmp_path / "work", live_forge, "")
        checkout.url = f"{live_forge}/acme/billing"

        checkout.clone("--depth", "1")

        assert (checkout.folder / "README.md").exists()

    def test_a_private_one_does_not_exist_without_a_token(
        self, live_forge: str, live_acme: Acme, tmp_path: Path
    ) -> None:
        make_repository(live_acme, private=True)

        answers = [
            requests.get(
                f"{live_forge}/acme/billing.git/info/refs?service=git-upload-pack",
                auth=auth,
                timeout=10,
            ).status_code
            for auth in (None, ("x", live_acme.tokens["dave"]), ("x", live_acme.tokens["carol"]))
        ]

        assert answers == [401, 404, 200]


def test_a_clone_that_is_given_up_leaves_no_process() -> None:
    endless = subprocess.Popen(["yes"], stdout=subprocess.PIPE)
    output = smart_http._output(endless)
    assert next(output)

    output.close()

    # Ended by us, or by the pipe that nobody reads any more, whichever is first.
    assert endless.returncode in {-signal.SIGTERM, -signal.SIGPIPE}


class TestPush:
    def test_it_arrives_and_is_noted(self, bob: Checkout, live_repo: Repository) -> None:
        sha = bob.commit("src/app.py", "print()\n")

        bob.git("push", "-q", "origin", "main")

        body = Api().get("/repos/acme/billing/branches/main").json()
        assert body["commit"]["sha"] == sha
        assert body["commit"]["author"]["login"] == "bob"
        before = live_repo.pushed_at
        live_repo.refresh_from_db()
        assert live_repo.pushed_at > before

    def test_a_megabyte_arrives(self, bob: Checkout) -> None:
        (bob.folder / "large.bin").write_bytes(os.urandom(900_000))
        sha = bob.commit("small.txt", "x")

        bob.git("push", "-q", "origin", "main")

        assert bob.git("ls-remote", "origin", "refs/heads/main").startswith(sha)

    def test_an_open_pull_request_follows(self, bob: Checkout, live_repo: Repository) -> None:
        bob.git("checkout", "-q", "-b", "feature")
        bob.commit("a.txt", "1")
        bob.git("push", "-q", "origin", "feature")
        Api().post("/repos/acme/billing/pulls", {"title": "x", "head": "feature", "base": "main"})

        sha = bob.commit("a.txt", "2")
        bob.git("push", "-q", "origin", "feature")

        assert PullRequest.objects.get().head_sha == sha
        assert bob.git("ls-remote", "origin", "refs/pull/1/head").startswith(sha)

    def test_the_first_push_names_the_default_branch(
        self, live_forge: str, live_acme: Acme, tmp_path: Path
    ) -> None:
        made = make_repository(live_acme, auto_init=False)
        checkout = Checkout(tmp_path / "work", live_forge, live_acme.tokens["bob"]).clone()
        checkout.git("checkout", "-q", "-b", "trunk")
        checkout.commit("a.txt", "1")

        checkout.git("push", "-q", "origin", "trunk")

        made.refresh_from_db()
        assert made.default_branch == "trunk"

    def test_a_reader_may_not(
        self, bob: Checkout, live_forge: str, live_acme: Acme, live_repo: Repository
    ) -> None:
        bob.commit("a.txt", "1")
        url = Checkout(bob.folder, live_forge, live_acme.tokens["carol"]).url

        assert "403" in bob.refused("push", url, "main")

    def test_an_archive_takes_nothing(self, bob: Checkout) -> None:
        Api().patch("/repos/acme/billing", {"archived": True})
        bob.commit("a.txt", "1")

        assert "403" in bob.refused("push", "origin", "main")

    def test_other_refs_are_refused(self, bob: Checkout) -> None:
        bob.commit("a.txt", "1")

        assert "GH002" in bob.refused("push", "origin", "main:refs/pull/1/head")
        assert "refs/internal" in bob.refused("push", "origin", "main:refs/internal/x")

    def test_a_tree_that_writes_into_git_is_refused(self, bob: Checkout) -> None:
        blob = bob.git("rev-parse", "HEAD:README.md").strip()
        (bob.folder / "entry").write_text(f"100644 blob {blob}\tconfig\n")
        inner = subprocess.run(
            ["git", "mktree"], cwd=bob.folder, input=f"100644 blob {blob}\tconfig\n",
            capture_output=True, text=True, check=True,
        ).stdout.strip()  # fmt: skip
        outer = subprocess.run(
            ["git", "mktree"], cwd=bob.folder, input=f"040000 tree {inner}\t.git\n",
            capture_output=True, text=True, check=True,
        ).stdout.strip()  # fmt: skip
        commit = bob.git("commit-tree", outer, "-m", "evil").strip()

        assert "hasDotgit" in bob.refused("push", "origin", f"{commit}:refs/heads/evil")


class TestProtectedBranches:
    @pytest.fixture(autouse=True)
    def _protected(self, live_repo: Repository) -> None:
        body = {
            "required_status_checks": None,
            "enforce_admins": True,
            "required_pull_request_reviews": None,
            "restrictions": None,
        }
        assert Api().put("/repos/acme/billing/branches/main/protection", body).status_code == 200

    def test_forward_is_allowed(self, bob: Checkout) -> None:
        bob.commit("a.txt", "1")

        bob.git("push", "-q", "origin", "main")

    def test_backward_is_not(self, bob: Checkout) -> None:
        bob.commit("a.txt", "1")
        bob.git("push", "-q", "origin", "main")
        bob.commit("b.txt", "1", "--amend")

        told = bob.refused("push", "-f", "origin", "main", "HEAD:refs/heads/other")

        assert "GH006" in told
        assert "Cannot force-push to this protected branch" in told
        # Only the protected one is declined.
        assert bob.git("ls-remote", "origin", "refs/heads/other")

    def test_reviews_demand_a_pull_request(self, bob: Checkout) -> None:
        Api().patch(
            "/repos/acme/billing/branches/main/protection/required_pull_request_reviews", {}
        )
        bob.commit("a.txt", "1")

        assert "through a pull request" in bob.refused("push", "origin", "main")

    def test_without_its_hook_nothing_is_taken(
        self, bob: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("apps.forge.git.process.HOOKS", tmp_path)
        bob.commit("a.txt", "1")

        assert "503" in bob.refused("push", "origin", "main")


class TestBadInput:
    @pytest.fixture
    def address(self, live_forge: str, live_repo: Repository) -> str:
        return f"{live_forge}/acme/billing.git"

    def _post(self, address: str, live_acme: Acme, body: bytes, **headers: str) -> int:
        return requests.post(
            f"{address}/git-receive-pack",
            data=body,
            auth=("x", live_acme.tokens["bob"]),
            headers={"Content-Type": "application/x-git-receive-pack-request", **headers},
            timeout=30,
        ).status_code

    @pytest.mark.parametrize(
        "body", [b"", b"zzzz", b"0003", b"ffff" + b"x" * 10, b"0000", os.urandom(2000)]
    )
    def test_noise_changes_nothing(self, address: str, live_acme: Acme, body: bytes) -> None:
        before = requests.get(f"{address}/info/refs?service=git-upload-pack", timeout=10).content

        assert self._post(address, live_acme, body) in (200, 400)

        after = requests.get(f"{address}/info/refs?service=git-upload-pack", timeout=10).content
        assert after == before

    def test_a_broken_pack_is_refused(self, address: str, live_acme: Acme) -> None:
        line = b"0" * 40 + b" " + b"1" * 40 + b" refs/heads/x\0 report-status"
        body = f"{len(line) + 4:04x}".encode() + line + b"0000PACK" + b"\0" * 50

        assert self._post(address, live_acme, body) in (200, 400)
        assert Api().get("/repos/acme/billing/git/ref/heads/x").status_code == 404

    def test_a_gzip_bomb_is_refused(
        self, address: str, live_acme: Acme, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("apps.forge.smart_http.MAX_PUSH_BYTES", 1_000_000)
        bomb = gzip.compress(b"\0" * 50_000_000)

        status = self._post(address, live_acme, bomb, **{"Content-Encoding": "gzip"})

        assert status == 413

    @pytest.mark.parametrize(
        "path",
        [
            "/acme/../billing.git/info/refs?service=git-upload-pack",
            "/acme/%2e%2e%2fx.git/info/refs?service=git-upload-pack",
            "/acme/nope.git/info/refs?service=git-upload-pack",
        ],
    )
    def test_other_places_are_not_served(self, live_forge: str, live_acme: Acme, path: str) -> None:
        answer = requests.get(live_forge + path, auth=("x", live_acme.tokens["bob"]), timeout=10)

        assert answer.status_code == 404

    def test_the_dumb_protocol_is_not_spoken(self, address: str) -> None:
        assert requests.get(f"{address}/info/refs", timeout=10).status_code == 403
        assert requests.get(f"{address}/HEAD", timeout=10).status_code == 404

    def test_options_do_not_slip_in_as_a_service(self, address: str) -> None:
        answer = requests.get(f"{address}/info/refs?service=git-upload-archive", timeout=10)

        assert answer.status_code == 403
