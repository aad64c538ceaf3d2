"""Addresses in repositories: the forms we take, and B13's that we do not."""

import pytest

from apps.integrations import scm
from apps.integrations.scm import BadScmUrl, RepositoryRef, ScmUrl

FILE = "https://github.com/acme/shop/blob/main/services/catalog-info.yaml"


class TestParseRepoUrl:
    def test_reads_backstages_form(self):
        ref = scm.parse_repo_url("github.com?owner=acme&repo=shop")

        assert ref == RepositoryRef("github.com", "acme", "shop")
        assert ref.full_name == "acme/shop"
        assert scm.parse_repo_url(ref.repo_url) == ref

    def test_takes_a_port(self):
        assert scm.parse_repo_url("localhost:8001?owner=a&repo=b").host == "localhost:8001"

    @pytest.mark.parametrize(
        "text",
        [
            "github.com?owner=o%2F..%2F..&repo=x",
            "github.com?owner=o%252F&repo=x",
            "github.com?owner=%2e%2e&repo=x",
            "github.com?owner=o&repo=%2e%2e",
            "github.com?owner=o&repo=..",
            "github.com?owner=o&repo=.",
            "github.com?owner=o&repo=x.git",
            "github.com?owner=o&repo=x/../y",
            "github.com?owner=o&repo=a b",
            "github.com\\evil?owner=o&repo=x",
            "github.com@evil?owner=o&repo=x",
            "user:pass@evil?owner=o&repo=x",
            "github.com/evil?owner=o&repo=x",
            "github.com?owner=o&repo=x#evil",
            "github.com?owner=o&repo=x?evil",
            "github.com?owner=o&owner=p&repo=x",
            "github.com?owner=o&repo=x&url=https://evil",
            "github.com?owner=a∕b&repo=x",
            "github.com?owner=o&repo=ｘ",
            "gіthub.com?owner=o&repo=x",
            "github.com:99999999?owner=o&repo=x",
            "-github.com?owner=o&repo=x",
            "github..com?owner=o&repo=x",
            "github.com?owner=&repo=x",
            "github.com?repo=x",
            "github.com?owner=o",
            "github.com?owner=o&repo=x\n",
            "github.com?owner=o\0&repo=x",
            "github.com",
            "",
            "github.com?owner=-o&repo=x",
            f"github.com?owner={'o' * 40}&repo=x",
            f"github.com?owner=o&repo={'x' * 101}",
        ],
    )
    def test_refuses_hostile_spellings(self, text):
        if text.strip() != text and text.strip().isprintable():
            # Space around the text is a slip, not an attack.
            assert scm.parse_repo_url(text).name == "x"
            return
        with pytest.raises(BadScmUrl) as caught:
            scm.parse_repo_url(text, where="input repoUrl")
        assert caught.value.where == "input repoUrl"


class TestParse:
    def test_reads_a_file(self):
        url = ScmUrl.parse(FILE)

        assert url.repository.full_name == "acme/shop"
        assert (url.kind, url.ref, url.path) == ("blob", "main", "services/catalog-info.yaml")
        assert url.blob_url == str(url) == FILE
        assert url.tree_url == FILE.replace("/blob/", "/tree/")
        assert url.edit_url == FILE.replace("/blob/", "/edit/")
        assert url.raw_url == FILE.replace("/blob/", "/raw/")
        assert url.folder.tree_url == "https://github.com/acme/shop/tree/main/services"

    def test_reads_a_bare_repository(self):
        url = ScmUrl.parse("http://localhost:8001/acme/shop.git")

        assert (url.ref, url.path, url.base_url) == ("", "", "http://localhost:8001/acme/shop")

    def test_reads_what_a_browser_has_quoted(self):
        url = ScmUrl.parse("https://github.com/acme/shop/blob/main/a%20b/c%23d.yaml")

        assert url.path == "a b/c#d.yaml"
        assert ScmUrl.parse(url.blob_url) == url

    def test_has_no_edit_address_at_a_commit(self):
        assert ScmUrl.parse(FILE.replace("main", "a" * 40)).edit_url == ""

    def test_knows_a_pattern(self):
        assert ScmUrl.parse("https://github.com/acme/shop/blob/main/**/catalog-info.yaml").has_glob
        assert not ScmUrl.parse(FILE).has_glob

    @pytest.mark.parametrize(
        "text",
        [
            "ftp://github.com/acme/shop/blob/main/x",
            "javascript:alert(1)",
            "https://github.com/acme",
            "https://github.com/acme/shop/commits/main",
            "https://github.com/acme/shop/blob",
            "https://token@github.com/acme/shop/blob/main/x",
            "https://github.com/acme/../evil/blob/main/x",
            "https://github.com/acme/%2e%2e/blob/main/x",
            "https://github.com/acme/shop/blob/main/../../x",
            "https://github.com/acme/shop/blob/main/%2e%2e/x",
            "https://github.com/acme/shop/blob/..%2f..%2fevil/x",
            "https://github.com/acme/shop/blob/-rf/x",
            "https://github.com/acme/shop/blob/main/.git/config",
            "https://github.com/acme/shop/blob/main/a\\b",
            "https://github.com/acme/shop/blob/main/x?ref=evil",
            "https://github.com/acme/shop/blob/main/a%00b",
            "https://github.com/" + "a" * 3000,
        ],
    )
    def test_refuses_everything_else(self, text):
        with pytest.raises(BadScmUrl):
            ScmUrl.parse(text)


class TestResolve:
    @pytest.mark.parametrize(
        ("relative", "path"),
        [
            ("./api.yaml", "services/api.yaml"),
            ("api.yaml", "services/api.yaml"),
            ("../other/x.yaml", "other/x.yaml"),
            ("/root.yaml", "root.yaml"),
            ("./skeleton", "services/skeleton"),
            ("./*/catalog-info.yaml", "services/*/catalog-info.yaml"),
        ],
    )
    def test_starts_at_the_folder_of_the_file(self, relative, path):
        assert ScmUrl.parse(FILE).resolve(relative).path == path

    def test_starts_in_a_folder_itself(self):
        folder = ScmUrl.parse("https://github.com/acme/shop/tree/main/services/")

        assert folder.resolve("./x.yaml").blob_url.endswith("/blob/main/services/x.yaml")

    def test_takes_an_address_of_the_same_repository(self):
        other = FILE.replace("/acme/", "/Acme/").replace("main", "next")

        assert ScmUrl.parse(FILE).resolve(other).ref == "next"

    @pytest.mark.parametrize(
        "relative",
        [
            "../../x.yaml",
            "../../../etc/passwd",
            "%2e%2e/%2e%2e/x",
            "https://github.com/acme/other/blob/main/x.yaml",
            "https://evil.example/acme/shop/blob/main/x.yaml",
            "http://github.com/acme/shop/blob/main/x.yaml",
            "//evil.example/x",
            "a\\..\\..\\x",
            ".git/config",
        ],
    )
    def test_stays_in_the_repository(self, relative):
        with pytest.raises(BadScmUrl):
            ScmUrl.parse(FILE).resolve(relative)


@pytest.mark.parametrize("ref", ["main", "v1.2.3", "feature/x", "release-1", "a" * 40])
def test_ordinary_branches_are_taken(ref):
    assert scm.check_ref(ref) == ref


@pytest.mark.parametrize(
    "ref", ["", "-x", "--upload-pack=x", "a..b", "a b", "x.lock", "a//b", "x~1"]
)
def test_options_and_expressions_are_no_branches(ref):
    with pytest.raises(BadScmUrl):
        scm.check_ref(ref)
