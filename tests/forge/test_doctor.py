"""charter doctor, in set-ups that are right and in those that are not: by the twin, whose IAM answers
what a role may do, with the variables of a CI system."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

import seed

HOST = "token.actions.githubusercontent.com"
PROVIDER = f"arn:aws:iam::{seed.MANAGEMENT}:oidc-provider/{HOST}"
NAMED, NUMBERED = "repo:acme/cloud", "repo:acme@77/cloud@4711"
GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_REPOSITORY": "acme/cloud",
    "GITHUB_REPOSITORY_ID": "4711",
    "GITHUB_REPOSITORY_OWNER_ID": "77",
    "GITHUB_EVENT_NAME": "push",
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_REF_PROTECTED": "true",
    "GITHUB_RUN_ID": "1",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_API_URL": "https://api.github.com",
}
READS = ["organizations:List*", "organizations:Describe*", "iam:Get*", "iam:List*", "sts:*",
         "iam:SimulatePrincipalPolicy"]
PULL = {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_REF": "refs/pull/7/merge"}


def both(context: str) -> list[str]:
    return [f"{NAMED}:{context}", f"{NUMBERED}:{context}"]


def trust(sub: list[str] | str | None, aud: bool = True, like: bool = False) -> dict[str, Any]:
    equals: dict[str, Any] = {f"{HOST}:aud": "sts.amazonaws.com"} if aud else {}
    condition: dict[str, Any] = {"StringEquals": equals} if equals else {}
    if sub is not None:
        condition.setdefault("StringLike" if like else "StringEquals", {})[f"{HOST}:sub"] = sub
    return {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": PROVIDER},
        **({"Condition": condition} if condition else {}),
    }


class Clinic:
    """A managed organization, and roles by whose sessions the doctor looks at it."""

    def __init__(self, world: Any, bench: Any):
        self.world, self.bench = world, bench

    def role(self, name: str, actions: list[str], *statements: dict[str, Any]) -> dict[str, str]:
        """The variables of a session of a new role, which the account may enter too."""
        mine = {"Effect": "Allow", "Action": "sts:AssumeRole",
                "Principal": {"AWS": f"arn:aws:iam::{seed.MANAGEMENT}:root"}}
        iam = self.world.aws.iam
        made = iam.create_role(
            RoleName=name,
            Path="/ci/",
            AssumeRolePolicyDocument=json.dumps(
                {"Version": "2012-10-17", "Statement": [mine, *statements]}
            ),
        )
        allowed = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        iam.put_role_policy(
            RoleName=name,
            PolicyName="what",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
        )
        keys = self.world.aws.sts.assume_role(
            RoleArn=made["Role"]["Arn"], RoleSessionName="job"
        )["Credentials"]
        return {
            "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
            "AWS_SESSION_TOKEN": keys["SessionToken"],
        }

    def examine(self, *args: str, code: int = 0, **env: str | None) -> "Findings":
        done = self.world.charter("doctor", "-o", "json", *args, env=env).expect(code)
        return Findings(done.json(), code)


class Findings:
    def __init__(self, report: dict[str, Any], code: int):
        assert report["format"] == "charter.doctor/1"
        self.checks = report["checks"]
        results = [c["result"] for c in self.checks]
        for word in ("ok", "warn", "fail", "skip"):
            assert report["summary"][word] == results.count(word)
        assert (results.count("fail") > 0) == (code == 1)

    def of(self, name: str) -> list[dict[str, str]]:
        return [c for c in self.checks if c["check"] == name]

    def one(self, name: str, result: str, *words: str) -> dict[str, str]:
        found = self.of(name)
        hits = [
            c for c in found
            if c["result"] == result and all(w in f"{c['text']} {c['mend']}" for w in words)
        ]
        assert len(hits) >= 1, f"no {result} {name} with {words} in {json.dumps(self.checks, indent=1)}"
        return hits[0]

    def wrong(self) -> list[str]:
        return sorted({c["check"] for c in self.checks if c["result"] == "fail"})


@pytest.fixture
def clinic(managed: Any, bench: Any) -> Clinic:
    return Clinic(managed, bench)


def test_a_desk(clinic: Clinic) -> None:
    found = clinic.examine()
    found.one("history", "ok")
    found.one("configuration", "ok", "valid")
    found.one("credentials", "ok", "environment", f":{seed.MANAGEMENT}:")
    assert found.of("organization")[0]["result"] in ("ok", "warn")
    found.one("record", "ok", "was applied last")
    found.one("endpoints", "ok", "organizations", "iam", "sts")
    found.one("permissions", "ok", "all")
    found.one("guards", "ok")
    assert not clinic.bench.proxy.mutations()
    text = clinic.world.charter("doctor").expect(0).out
    assert "ok    history" in text and text.splitlines()[-1].endswith("warn")
    page = clinic.world.charter("doctor", "-o", "markdown").expect(0).out
    assert page.startswith("## charter doctor: ") and "| ok | history |" in page


def test_roles_as_the_templates_have_them(clinic: Clinic) -> None:
    plan = clinic.role("plan", READS, trust(both("pull_request") + both("ref:refs/heads/main")))
    found = clinic.examine(**{**GITHUB, **plan})
    found.one("permissions", "ok", "none of the")
    found.one("trust", "ok", "plan")
    found.one("branch", "ok")
    apply = clinic.role("apply", ["*"], trust(both("environment:production")))
    found = clinic.examine(**{**GITHUB, **apply})
    found.one("permissions", "ok", "all")
    found.one("trust", "ok", "strangers")


@pytest.mark.parametrize(
    "statement, writes, result, words",
    [
        (trust(None), False, "fail", ["sub"]),
        (trust("repo:*", like=True), False, "fail", ["sub"]),
        (trust("repo:*/cloud:pull_request", like=True), False, "fail", ["sub"]),
        (trust("repo:acme/*", like=True), True, "fail", ["other repositories of acme"]),
        (trust("repo:acme/*", like=True), False, "warn", ["other repositories of acme"]),
        (trust("repo:acme/cloud*", like=True), True, "fail", ["other repositories"]),
        (trust(both("*"), like=True), True, "fail", ["pull requests", "environment:production"]),
        (trust(both("ref:refs/heads/*"), like=True), True, "fail", ["every branch"]),
        (trust(both("environment:*"), like=True), True, "fail", ["every environment"]),
        (trust(both("pull_request")), True, "fail", ["pull requests"]),
        (trust(both("environment:production"), aud=False), True, "fail", ["aud"]),
        (trust(f"{NAMED}:environment:prod"), True, "warn",
         ["two forms", f"{NUMBERED}:environment:prod"]),
        (trust(f"{NUMBERED}:environment:prod"), True, "warn",
         ["two forms", f"{NAMED}:environment:prod"]),
    ],
    ids=lambda v: "-".join(v) if isinstance(v, list) else str(v) if isinstance(v, (bool, str)) else "",
)
def test_trust(
    clinic: Clinic, statement: dict[str, Any], writes: bool, result: str, words: list[str]
) -> None:
    keys = clinic.role("ci", ["*"] if writes else READS, statement)
    code = 1 if result == "fail" else 0
    found = clinic.examine(code=code, **{**GITHUB, **keys})
    found.one("trust", result, *words)
    assert found.wrong() == (["trust"] if code else [])


def test_a_denial_takes_it_back(clinic: Clinic) -> None:
    """Evaluated, not compared: a wide Allow with a Deny for the others is narrow."""
    others = {"StringNotLike": {f"{HOST}:sub": both("environment:production")}}
    action = "sts:AssumeRoleWithWebIdentity"
    deny = {"Effect": "Deny", "Action": action, "Principal": {"Federated": PROVIDER}, "Condition": others}
    keys = clinic.role("ci", ["*"], trust(["repo:acme/*", "repo:acme@77/*"], like=True), deny)
    clinic.examine(**{**GITHUB, **keys}).one("trust", "ok")


def test_some_permissions(clinic: Clinic) -> None:
    keys = clinic.role("ci", READS + ["organizations:Create*"])
    found = clinic.examine(**keys)
    found.one("permissions", "warn", "organizations:MoveAccount", "permissions all")
    found.one("trust", "ok", "no identity provider")


def test_what_is_not_checked(clinic: Clinic) -> None:
    """IAM refuses to tell: that is said, and is no failure."""
    keys = clinic.role("ci", READS)
    clinic.bench.simulator.control("PUT", "faults", b"deny@SimulatePrincipalPolicy, deny@GetRole")
    clinic.examine(**keys).one("role", "skip", "iam:GetRole")
    clinic.bench.simulator.control("PUT", "faults", b"deny@SimulatePrincipalPolicy")
    found = clinic.examine(**keys)
    found.one("permissions", "skip", "iam:SimulatePrincipalPolicy")
    found.one("trust", "ok")


def test_jobs(clinic: Clinic) -> None:
    reads = clinic.role("plan", READS, trust(both("pull_request")))
    writes = clinic.role("apply", ["*"], trust(both("environment:production")))
    event = clinic.world.charter.home / "event.json"
    pull = {
        "pull_request": {
            "number": 7,
            "head": {"sha": "1" * 40, "repo": {"full_name": "acme/cloud"}},
            "base": {"repo": {"full_name": "acme/cloud"}},
        }
    }
    event.write_text(json.dumps(pull))
    job = {**GITHUB, **PULL, "GITHUB_EVENT_PATH": str(event), "GITHUB_REF_PROTECTED": "false"}
    found = clinic.examine(**{**job, **reads})
    found.one("ci", "ok", "pull request 7")
    found.one("pull request", "ok")
    found = clinic.examine(code=1, **{**job, **writes})
    found.one("pull request", "fail", "reading role")
    found = clinic.examine(**{**job, **reads, "GITHUB_TOKEN": "ghs_secret"})
    assert "ghs_secret" not in json.dumps(found.checks)
    found.one("token", "warn", "another")
    pull["pull_request"]["head"]["repo"]["full_name"] = "stranger/cloud"
    event.write_text(json.dumps(pull))
    found = clinic.examine(code=1, **{**job, **reads})
    found.one("fork", "fail", "charter validate")
    target = {**job, **reads, "GITHUB_EVENT_NAME": "pull_request_target"}
    clinic.examine(code=1, **target).one("event", "fail", "on: pull_request")
    found = clinic.examine(code=1, **{**GITHUB, **writes, "GITHUB_REF_PROTECTED": "false"})
    found.one("branch", "fail", "protected")


def test_repository_and_record(clinic: Clinic) -> None:
    repo, org = clinic.world.repo, clinic.world.aws.organizations
    shallow = repo.clone("shallow", "--depth", "1")
    repo.commit(message="another")
    found = clinic.examine("--repo", str(shallow.path), code=1)
    found.one("history", "fail", "fetch-depth: 0")
    (repo.path / "more.yaml").write_text("units: {}\n")
    tags = [
        {"Key": "charter:hold", "Value": "incident 12"},
        {"Key": "charter:applying/main", "Value": f"2026-01-01T00:00:00Z {'a' * 40}"},
    ]
    org.tag_resource(ResourceId=clinic.world.ids.root, Tags=tags)
    found = clinic.examine()
    found.one("head", "warn", "uncommitted")
    found.one("hold", "warn", "incident 12")
    (repo.path / "charter.yaml").write_text("charter: 1\nguardz: {}\n")
    found = clinic.examine(code=1)
    found.one("configuration", "fail")
    found.one("credentials", "ok")
    found.one("reading", "skip")
    found.one("permissions", "ok")


def test_nobody_and_the_wrong_organization(clinic: Clinic) -> None:
    found = clinic.examine(code=1, AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None)
    assert found.wrong() == ["credentials"]
    found.one("configuration", "ok")
    files = {"charter.yaml": 'charter: 1\norganization: {id: o-somebodyelses}\n'}
    clinic.world.repo.commit(files)
    found = clinic.examine(code=1)
    found.one("organization", "fail", "o-somebodyelses")
    found.one("reading", "skip")


def test_unreadable(clinic: Clinic) -> None:
    """What AWS refuses is named with the action to allow; the rest is looked at all the same."""
    clinic.bench.simulator.control("PUT", "faults", b"deny@ListPolicies, deny@ListDelegatedAdministrators")
    found = clinic.examine(code=1)
    found.one("reading", "fail", "policies/SERVICE_CONTROL_POLICY", "AccessDenied", "charter permissions")
    found.one("reading", "fail", "delegated_administrators", "AccessDenied")
    found.one("record", "ok")
    found.one("permissions", "ok")
    assert not clinic.bench.proxy.mutations()


def test_unreachable(clinic: Clinic) -> None:
    """An endpoint that is not there."""
    found = clinic.examine(code=1, AWS_ENDPOINT_URL_IAM="http://127.0.0.1:1", AWS_MAX_ATTEMPTS="1")
    found.one("endpoints", "fail", "Unreachable", "AWS_ENDPOINT_URL")
    found.one("record", "ok")


def test_hostile_names(clinic: Clinic) -> None:
    org = clinic.world.aws.organizations
    value = "::error::x @all https://evil.example/a_b_c"
    org.tag_resource(ResourceId=clinic.world.ids.root, Tags=[{"Key": "charter:hold", "Value": value}])
    page = clinic.world.charter("doctor", "-o", "markdown").expect(0).out
    row = next(line for line in page.splitlines() if "applies are held" in line)
    assert " @all" not in row and " https://evil" not in row
    text = clinic.world.charter("doctor").expect(0).out
    assert not any(line.startswith("::") for line in (page + text).splitlines())
