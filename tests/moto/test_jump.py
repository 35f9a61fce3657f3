"""Four teams, three accounts each, and one account that people sign in to (examples/jump-account),
from an account without an organization to the second plan, which is empty."""

from __future__ import annotations

import pathlib
from typing import Any

import plans
import pytest
import seed
import yaml
from inside import Inside, names, role, user
from live import pages
from test_account_iam import KEY

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "jump-account"
TEAMS = {"billing": ["carol"], "crm": ["alice", "bob"], "data": ["erin"], "web": ["dave", "frank"]}
ROLES = {"dev": ("developer", 14400), "staging": ("reader", 14400), "prod": ("operator", 3600)}
POLICIES = {
    "developer": "arn:aws:iam::aws:policy/PowerUserAccess",
    "reader": "arn:aws:iam::aws:policy/ReadOnlyAccess",
    "operator": "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
}


def files_of(directory: pathlib.Path) -> dict[str, str]:
    return {
        str(path.relative_to(directory)): path.read_text()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def edited(files: dict[str, str], name: str, edit: Any) -> dict[str, str]:
    body = yaml.safe_load(files[name])
    edit(body)
    return {**files, name: yaml.safe_dump(body, sort_keys=False)}


def account_ids(aws: Any) -> dict[str, str]:
    return {a["Name"]: a["Id"] for a in pages(aws.organizations, "list_accounts", "Accounts")}


def assert_company(bench: Any) -> None:
    ids, inside = account_ids(bench.aws), Inside(bench)
    identity = inside.iam(ids["identity"])
    for team, people in TEAMS.items():
        for person in people:
            found = user(identity, person)
            assert found["groups"] == sorted(["everyone", team])
            assert found["tags"] == {f"charter-team-{team}": "true"}
        for stage, (name, duration) in ROLES.items():
            found = role(inside.iam(ids[f"{team}-{stage}"]), f"{team}-{name}")
            assert found["managed"] == [POLICIES[name]] and found["duration"] == duration
            (statement,) = found["trust"]["Statement"]
            assert statement["Principal"] == {"AWS": f"arn:aws:iam::{ids['identity']}:root"}
            assert statement["Condition"]["Bool"] == {"aws:MultiFactorAuthPresent": "true"}
            tags = statement["Condition"]["StringEquals"]
            assert tags == {f"aws:PrincipalTag/charter-team-{team}": "true"}
            there = [r for r in names(inside.iam(ids[f"{team}-{stage}"]), "roles") if "-" in r]
            assert there == [f"{team}-{name}"], "a role of another team"
    aliases = identity.list_account_aliases()["AccountAliases"]
    assert aliases == ["example-identity"]
    password = identity.get_account_password_policy()["PasswordPolicy"]
    assert password["MinimumPasswordLength"] == 14 and password["RequireSymbols"]
    assert_groups(identity, ids)


def assert_groups(identity: Any, ids: dict[str, str]) -> None:
    """Each team's group allows its own roles and no others."""
    for team in TEAMS:
        (policy,) = identity.list_group_policies(GroupName=team)["PolicyNames"]
        document = identity.get_group_policy(GroupName=team, PolicyName=policy)["PolicyDocument"]
        (statement,) = document["Statement"]
        assert statement["Action"] == "sts:AssumeRole" and statement["Effect"] == "Allow"
        assert sorted(statement["Resource"]) == sorted(
            f"arn:aws:iam::{ids[f'{team}-{stage}']}:role/{team}-{name}"
            for stage, (name, _) in ROLES.items()
        )


@pytest.mark.managed_policies
def test_four_teams(bench, charter, repo):
    files = files_of(EXAMPLE)
    repo.commit(files)
    charter.repo = repo.path
    plan = charter.plan("--ref", "HEAD")
    assert plan["summary"]["delete"] == 0 and not plan["unread"]
    assert plans.change_of(plan, "iam_role/crm-dev/crm-developer")["source"]["file"] == "teams.yaml"
    charter.apply()
    assert_company(bench)
    plans.assert_empty(charter.plan("--ref", "HEAD"))

    # A person more in a team: the roles of that team, in its accounts, and nothing else.
    repo.commit(edited(files, "teams.yaml", lambda b: b["jump"]["teams"]["crm"]["members"].append("erin")))
    plan = charter.plan("--ref", "HEAD")
    gained = {(a["effect"], a["principal"], a["account"], a["permission"]) for a in plan["access"]}
    assert gained == {
        ("gain", "iam_user/identity/erin", f"crm-{stage}", f"role crm-{name}")
        for stage, (name, _) in ROLES.items()
    }
    assert {a["through"] for a in plan["access"]} == {"iam_group/identity/crm"}
    assert plans.operations(plan) == ["AddUserToGroup", "TagUser"]
    charter.apply()
    plans.assert_empty(charter.plan("--ref", "HEAD"))

    # And one less.
    repo.commit(edited(files, "teams.yaml", lambda b: b["jump"]["teams"]["web"]["members"].remove("dave")))
    plan = charter.plan("--ref", "HEAD")
    lost = {(a["principal"], a["account"]) for a in plan["access"] if a["effect"] == "loss"}
    assert lost == {("iam_user/identity/dave", f"web-{s}") for s in ROLES} | {
        ("iam_user/identity/erin", f"crm-{s}") for s in ROLES
    }
    charter.apply()
    ids = account_ids(bench.aws)
    assert user(Inside(bench).iam(ids["identity"]), "dave")["groups"] == ["everyone"]
    plans.assert_empty(charter.plan("--ref", "HEAD"))


@pytest.mark.managed_policies
def test_an_account_that_cannot_be_entered(bench, charter, repo, proxy):
    """Its roles are not read; everything else goes on, and nothing of it is called absent."""
    repo.commit(files_of(EXAMPLE))
    charter.repo = repo.path
    charter.apply()
    ids = account_ids(bench.aws)
    files = edited(files_of(EXAMPLE), "teams.yaml", lambda b: b["jump"]["teams"].pop("web"))
    files = edited(files, "people.yaml",
                   lambda b: b["iam"]["accounts"]["identity"]["users"].update(grace={}))
    repo.commit(files)
    proxy.add("deny", operation="AssumeRole", times=0,
              where=lambda r: ids["web-prod"] in r.input["RoleArn"])
    plan = charter.plan("--ref", "HEAD", code=6)
    assert {u["scope"] for u in plan["unread"]} >= {f"iam/{ids['web-prod']}"}
    blocked = plans.change_of(plan, "iam_role/web-prod/web-operator")
    assert blocked["blocked"] == f"iam/{ids['web-prod']}"
    assert "AccessDenied" in str(plan["unread"])
    assert all(u["message"].startswith("account web-prod: ") for u in plan["unread"])
    charter.apply(code=6)
    inside = Inside(bench)
    assert "web-operator" in names(inside.iam(ids["web-prod"]), "roles")
    assert "web-developer" not in names(inside.iam(ids["web-dev"]), "roles")
    assert "grace" in names(inside.iam(ids["identity"]), "users")
    proxy.reset()
    charter.apply()
    assert "web-operator" not in names(inside.iam(ids["web-prod"]), "roles")
    plans.assert_empty(charter.plan("--ref", "HEAD"))


def test_the_account_that_makes_the_organization(bench, charter, repo):
    """It is in the organization from then on, with what is declared of it."""
    repo.commit({
        "charter.yaml": "charter: 1\norganization: {create: true, feature_set: ALL}\n",
        "accounts.yaml": f'accounts:\n  master: {{id: "{seed.MANAGEMENT}", '
        f"email: {bench.simulator.email}, unit: /, tags: {{owner: platform}}}}\n",
    })
    charter.repo = repo.path
    charter.apply()
    tags = bench.aws.organizations.list_tags_for_resource(ResourceId=seed.MANAGEMENT)["Tags"]
    assert tags == [{"Key": "owner", "Value": "platform"}]


def test_a_rehearsal_makes_logins(bench, charter, repo):
    """Between a new user and its password others are made in the account: what was read for them
    shows no passwords."""
    files = files_of(EXAMPLE)
    login = {"console": True, "deliver_to": "keys/alice.asc"}
    files = edited(files, "people.yaml",
                   lambda b: b["iam"]["accounts"]["identity"]["users"]["alice"].update(login=login))
    repo.commit({**files, "keys/alice.asc": KEY})
    charter.repo = repo.path
    charter("rehearse", "--ref", "HEAD", "--quota-accounts", "50").expect(0)
