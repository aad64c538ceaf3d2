"""Files over the REST API."""

import base64

import pytest

from apps.forge.models import Repository
from tests.forge.conftest import Acme, Api, make_repository


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def put(api: Api, path: str, text: str, **fields: object) -> dict:  # type: ignore[type-arg]
    body = {"message": f"Write {path}", "content": encoded(text), **fields}
    answer = api.put(f"/repos/acme/billing/contents/{path}", body)
    assert answer.status_code in (200, 201), answer.content
    return answer.json()


class TestWrite:
    def test_a_file_is_read_back_as_it_was_written(self, api: Api, repo: Repository) -> None:
        put(api, "src/app.py", "print('ä')\n")

        body = api.get("/repos/acme/billing/contents/src/app.py").json()

        assert base64.b64decode(body["content"]).decode() == "print('ä')\n"
        assert (body["name"], body["path"], body["type"]) == ("app.py", "src/app.py", "file")

    def test_the_same_commit_has_the_same_sha(self, api: Api, acme: Acme) -> None:
        person = {"name": "Al", "email": "al@acme.example", "date": "2026-11-21T09:00:00Z"}
        shas = set()
        for name in ("one", "two"):
            make_repository(acme, name=name, auto_init=False)
            body = {"message": "First", "content": encoded("x"), "author": person}
            answer = api.put(f"/repos/acme/{name}/contents/a.txt", body | {"committer": person})
            shas.add(answer.json()["commit"]["sha"])

        assert len(shas) == 1

    def test_an_existing_file_needs_its_sha(self, api: Api, repo: Repository) -> None:
        body = {"message": "Again", "content": encoded("x")}

        missing = api.put("/repos/acme/billing/contents/README.md", body)
        wrong = api.put("/repos/acme/billing/contents/README.md", body | {"sha": "0" * 40})

        assert missing.status_code == 422
        assert '"sha" wasn\'t supplied' in missing.json()["message"]
        assert wrong.status_code == 409

    def test_an_existing_file_is_replaced(self, api: Api, repo: Repository) -> None:
        sha = api.get("/repos/acme/billing/contents/README.md").json()["sha"]

        put(api, "README.md", "new", sha=sha)

        raw = api.get(
            "/repos/acme/billing/contents/README.md", {"Accept": "application/vnd.github.raw"}
        )
        assert raw.content == b"new"

    @pytest.mark.parametrize(
        "path",
        [
            "../x", "a/../../x", "%2e%2e/x", "a//b", ".git/config", "a/.GIT/hooks/x", "/etc/passwd",
            ".g\u200cit/config", "git~1/x", "a/./b",
        ],
    )  # fmt: skip
    def test_a_path_that_leaves_the_repository_is_refused(
        self, api: Api, repo: Repository, path: str
    ) -> None:
        answer = api.put(
            f"/repos/acme/billing/contents/{path}", {"message": "x", "content": encoded("x")}
        )

        assert answer.status_code in (404, 422)
        assert [entry["name"] for entry in api.get("/repos/acme/billing/contents/").json()] == [
            "README.md"
        ]

    def test_content_that_is_no_base64_is_refused(self, api: Api, repo: Repository) -> None:
        answer = api.put(
            "/repos/acme/billing/contents/a", {"message": "x", "content": "no base64!"}
        )

        assert answer.status_code == 422

    def test_the_first_file_makes_the_first_branch(self, api: Api, acme: Acme) -> None:
        make_repository(acme, auto_init=False)

        put(api, "a.txt", "a", branch="trunk")

        assert api.get("/repos/acme/billing").json()["default_branch"] == "trunk"

    def test_who_may_only_read_may_not_write(self, acme: Acme, repo: Repository) -> None:
        body = {"message": "x", "content": encoded("x")}

        answer = acme.as_("carol").put("/repos/acme/billing/contents/a", body)

        assert answer.status_code == 403

    def test_an_archived_repository_is_read_only(self, api: Api, repo: Repository) -> None:
        api.patch("/repos/acme/billing", {"archived": True})

        answer = api.put(
            "/repos/acme/billing/contents/a", {"message": "x", "content": encoded("x")}
        )

        assert answer.status_code == 403
        assert "archived" in answer.json()["message"]
        assert api.patch("/repos/acme/billing", {"archived": False}).status_code == 200


class TestRemove:
    def test_the_last_file_of_a_folder_takes_the_folder_with_it(
        self, api: Api, repo: Repository
    ) -> None:
        sha = put(api, "deep/er/a.txt", "a")["content"]["sha"]

        answer = api.delete(
            "/repos/acme/billing/contents/deep/er/a.txt", {"message": "Gone", "sha": sha}
        )

        assert answer.status_code == 200
        names = [entry["name"] for entry in api.get("/repos/acme/billing/contents").json()]
        assert names == ["README.md"]

    def test_what_is_not_there_cannot_be_removed(self, api: Api, repo: Repository) -> None:
        body = {"message": "Gone", "sha": "0" * 40}

        assert api.delete("/repos/acme/billing/contents/nope", body).status_code == 404


class TestRead:
    def test_an_empty_repository_says_so(self, api: Api, acme: Acme) -> None:
        make_repository(acme, auto_init=False)

        answer = api.get("/repos/acme/billing/contents/")

        assert (answer.status_code, answer.json()["message"]) == (404, "This repository is empty.")

    @pytest.mark.parametrize("path", ["nope", "../../etc/passwd", "README.md/x", "%00", ".git"])
    def test_a_path_that_is_not_there_is_not_found(
        self, api: Api, repo: Repository, path: str
    ) -> None:
        assert api.get(f"/repos/acme/billing/contents/{path}").status_code == 404

    @pytest.mark.parametrize("ref", ["nope", "--upload-pack=x", "main:README.md", "HEAD^", "@{0}"])
    def test_a_ref_that_is_not_there_is_not_found(
        self, api: Api, repo: Repository, ref: str
    ) -> None:
        assert api.get("/repos/acme/billing/contents/", ref=ref).status_code == 404

    def test_the_readme_is_found_whatever_its_case(self, api: Api, repo: Repository) -> None:
        assert api.get("/repos/acme/billing/readme").json()["path"] == "README.md"

    def test_an_unchanged_answer_is_not_sent_again(self, api: Api, repo: Repository) -> None:
        first = api.get("/repos/acme/billing/contents/README.md")

        again = api.get("/repos/acme/billing/contents/README.md", {"If-None-Match": first["ETag"]})

        assert (again.status_code, again.content) == (304, b"")


class TestHidden:
    @pytest.mark.parametrize("path", ["", "/contents/README.md", "/git/trees/main", "/branches"])
    def test_a_private_repository_is_not_there_for_others(
        self, acme: Acme, anonymous: Api, path: str
    ) -> None:
        make_repository(acme, private=True)

        for api in (acme.as_("dave"), anonymous):
            answer = api.get(f"/repos/acme/billing{path}")
            assert (answer.status_code, answer.json()["message"]) == (404, "Not Found")
        assert acme.as_("carol").get(f"/repos/acme/billing{path}").status_code == 200

    def test_a_wrong_token_is_refused_even_for_what_all_may_see(self, repo: Repository) -> None:
        answer = Api(token="wrong").get("/repos/acme/billing")

        assert (answer.status_code, answer.json()["message"]) == (401, "Bad credentials")
