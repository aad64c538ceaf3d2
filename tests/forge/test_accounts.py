"""Users, organisations, teams and tokens over the REST API."""

import pytest

from apps.forge.models import AccessToken, Account, Repository
from tests.forge.conftest import Acme, Api, make_repository


class TestUsers:
    def test_the_built_in_owner_is_there_at_the_first_call(self, api: Api) -> None:
        me = api.get("/user").json()

        assert (me["login"], me["site_admin"]) == ("callboard", True)

    def test_a_user_is_found_whatever_the_case(self, acme: Acme, anonymous: Api) -> None:
        assert anonymous.get("/users/ALICE").json()["email"] == "alice@acme.example"
        assert anonymous.get("/users/nobody").status_code == 404

    def test_a_user_knows_their_organisations_and_teams(self, acme: Acme) -> None:
        bob = acme.as_("bob")

        assert [one["login"] for one in bob.get("/user/orgs").json()] == ["acme"]
        assert [one["slug"] for one in bob.get("/user/teams").json()] == ["billing"]
        assert bob.get("/user/memberships/orgs/acme").json()["role"] == "member"
        assert bob.get("/user/emails").json()[0]["email"] == "bob@acme.example"
        assert [one["login"] for one in bob.get("/users/bob/orgs").json()] == ["acme"]

    @pytest.mark.parametrize("header", ["Bearer", "Basic !!!", "Digest x", "Basic eDp3cm9uZw=="])
    def test_other_credentials_are_bad_ones(self, anonymous: Api, header: str) -> None:
        answer = anonymous.get("/user", {"Authorization": header})

        assert (answer.status_code, answer.json()["message"]) == (401, "Bad credentials")


class TestOrganizations:
    def test_it_lists_members_to_members(self, acme: Acme) -> None:
        logins = [one["login"] for one in acme.as_("carol").get("/orgs/acme/members").json()]

        assert logins == ["alice", "bob", "carol"]
        assert acme.as_("dave").get("/orgs/acme/members").json() == []

    def test_owners_take_people_in_and_out(self, acme: Acme) -> None:
        alice = acme.as_("alice")

        joined = alice.put("/orgs/acme/memberships/dave", {"role": "admin"}).json()

        assert (joined["role"], joined["state"]) == ("admin", "active")
        assert alice.get("/orgs/acme/members/dave").status_code == 204
        assert alice.delete("/orgs/acme/memberships/dave").status_code == 204
        assert alice.get("/orgs/acme/members/dave").status_code == 404

    def test_members_do_not(self, acme: Acme) -> None:
        assert acme.as_("bob").put("/orgs/acme/memberships/dave").status_code == 403

    def test_it_is_described(self, acme: Acme) -> None:
        told = acme.as_("alice").patch("/orgs/acme", {"description": "Everything", "name": "Acme"})

        assert (told.json()["description"], told.json()["name"]) == ("Everything", "Acme")


class TestTeams:
    def test_a_team_is_made_changed_and_removed(self, acme: Acme) -> None:
        alice = acme.as_("alice")
        parent = alice.get("/orgs/acme/teams/billing").json()["id"]

        made = alice.post(
            "/orgs/acme/teams",
            {"name": "Card Payments", "parent_team_id": parent, "maintainers": ["carol"]},
        ).json()

        assert (made["slug"], made["parent"]["slug"]) == ("card-payments", "billing")
        children = alice.get("/orgs/acme/teams/billing/teams").json()
        assert [team["slug"] for team in children] == ["card-payments"]
        assert (
            alice.patch("/orgs/acme/teams/card-payments", {"description": "x"}).json()[
                "description"
            ]
            == "x"
        )
        assert alice.delete("/orgs/acme/teams/card-payments").status_code == 204

    def test_a_taken_name_is_refused(self, acme: Acme) -> None:
        answer = acme.as_("alice").post("/orgs/acme/teams", {"name": "billing"})

        assert answer.status_code == 422

    def test_people_join_and_leave(self, acme: Acme) -> None:
        alice, address = acme.as_("alice"), "/orgs/acme/teams/billing/memberships/carol"

        assert alice.put(address, {"role": "maintainer"}).json()["role"] == "maintainer"
        assert alice.get(address).status_code == 200
        members = alice.get("/orgs/acme/teams/billing/members").json()
        assert [one["login"] for one in members] == ["bob", "carol"]
        assert alice.delete(address).status_code == 204
        assert alice.get(address).status_code == 404

    def test_a_team_opens_a_private_repository_to_its_members(self, acme: Acme) -> None:
        made = make_repository(acme, private=True)
        made.team_grants.all().delete()
        alice, address = acme.as_("alice"), "/orgs/acme/teams/billing/repos/acme/billing"

        assert alice.put(address, {"permission": "maintain"}).status_code == 204
        assert acme.as_("bob").get("/repos/acme/billing").json()["permissions"]["maintain"] is True
        assert alice.get(address).status_code == 204
        [listed] = alice.get("/orgs/acme/teams/billing/repos").json()
        assert listed["role_name"] == "maintain"
        [team] = alice.get("/repos/acme/billing/teams").json()
        assert (team["slug"], team["permission"]) == ("billing", "maintain")
        assert alice.delete(address).status_code == 204
        assert acme.as_("bob").get("/repos/acme/billing").json()["permissions"]["push"] is False

    def test_others_do_not_see_teams(self, acme: Acme) -> None:
        assert acme.as_("dave").get("/orgs/acme/teams").status_code == 404
        assert [one["slug"] for one in acme.as_("bob").get("/orgs/acme/teams").json()] == [
            "billing"
        ]


class TestCollaborators:
    def test_they_are_added_asked_for_and_removed(self, acme: Acme) -> None:
        make_repository(acme, private=True)
        alice, address = acme.as_("alice"), "/repos/acme/billing/collaborators/dave"

        assert alice.put(address, {"permission": "push"}).status_code == 201
        assert alice.get(address).status_code == 204
        assert alice.get(f"{address}/permission").json()["permission"] == "write"
        logins = [one["login"] for one in alice.get("/repos/acme/billing/collaborators").json()]
        assert logins == ["alice", "bob", "carol", "dave"]
        assert alice.delete(address).status_code == 204
        assert acme.as_("dave").get("/repos/acme/billing").status_code == 404


class TestAdministration:
    def test_accounts_are_made_for_the_demonstration(self, api: Api) -> None:
        made = api.post("/admin/users", {"login": "erin", "email": "erin@acme.example"})
        api.post("/admin/organizations", {"login": "acme", "admin": "erin"})
        token = api.post("/admin/users/erin/authorizations", {"scopes": ["repo"]}).json()["token"]

        assert made.status_code == 201
        assert Api(token=token).get("/user").json()["login"] == "erin"
        assert Api(token=token).post("/orgs/acme/repos", {"name": "svc"}).status_code == 201

    def test_revoked_tokens_open_nothing(self, api: Api, acme: Acme) -> None:
        api.delete("/admin/users/bob/authorizations")

        assert acme.as_("bob").get("/user").status_code == 401

    def test_a_taken_login_is_refused(self, api: Api, acme: Acme) -> None:
        answer = api.post("/admin/users", {"login": "ACME"})

        assert answer.json()["errors"][0]["code"] == "already_exists"

    @pytest.mark.parametrize(
        "login", ["a b", "-a", "a--b", "../x", "", "é", "x" * 40, "api", "orgs"]
    )
    def test_a_login_that_could_mislead_is_refused(self, api: Api, login: str) -> None:
        assert api.post("/admin/users", {"login": login}).status_code == 422

    def test_it_is_not_there_for_others(self, acme: Acme) -> None:
        assert acme.as_("alice").post("/admin/users", {"login": "eve"}).status_code == 404
        assert not Account.objects.filter(login="eve").exists()


class TestJobTokens:
    def test_a_token_of_one_repository_opens_no_other(self, acme: Acme, repo: Repository) -> None:
        make_repository(acme, name="other", private=True)
        owner = Account.objects.get(login="callboard")
        _, text = AccessToken.issue(account=owner, note="job", repository=repo)

        assert Api(token=text).get("/repos/acme/billing").status_code == 200
        assert Api(token=text).get("/repos/acme/other").status_code == 404
