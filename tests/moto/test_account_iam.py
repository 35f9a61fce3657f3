"""What an account has in IAM beside its entities: OIDC providers, alias, password policy, console
passwords; and the report about neglected credentials."""

from __future__ import annotations

import json
import stat
from typing import Any

import plans
import pytest
import seed
import yaml
from botocore.exceptions import ClientError

ISSUER = "token.actions.githubusercontent.com"
ARN = f"arn:aws:iam::{seed.MANAGEMENT}:oidc-provider/{ISSUER}"
# A public key whose secret half is kept nowhere.
KEY = """\
-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEZ3SFgBYJKwYBBAHaRw8BAQdAtBNxeX6/Hdy/k9LuhVTi0sFzUjcJwGx7S6Zh
JgoXdx+0GUFsaWNlIDxhbGljZUBleGFtcGxlLmNvbT6IkAQTFggAOBYhBHOYN0Qg
LEqXYalw3nfLUD6kV2dMBQJndIWAAhsBBQsJCAcCBhUKCQgLAgQWAgMBAh4BAheA
AAoJEHfLUD6kV2dM7qkBAOQEOUDie0AOvQzB0Sd0SukZyGdLsRiGdD/hUYYImTK+
AQDbwR3P8nUBbgVWSzNUGgQcb6l2vxHT3yPTgXWVBBjQB7g4BGd0hYASCisGAQQB
l1UBBQEBB0DJOqKUOV7SlRKFtr2GOzD6QxhO1Rlq1zt30vwsQM+ETAMBCAeIeAQY
FggAIBYhBHOYN0QgLEqXYalw3nfLUD6kV2dMBQJndIWAAhsMAAoJEHfLUD6kV2dM
od0A+gIBtDGtzQ6f/rOBeuqc+X0bb7lPyk34cMGKenbBpr+oAP9xrilEkLJOFK0E
f/bbnI0cs4EG1ySf7X+YCU6ci4ieCQ==
=EDp/
-----END PGP PUBLIC KEY BLOCK-----
"""


def configuration(iam: dict[str, Any]) -> dict[str, str]:
    charter = {
        "charter": 1,
        "scope": "settings",
        "organization": "none",
        "record": {"account": "own", "role": "charter-record"},
        "accounts": {"own": {"id": seed.MANAGEMENT}},
        "access": {"accounts": {"own": {"role": "none"}}},
        "iam": {"accounts": {"own": iam}},
    }
    return {"charter.yaml": yaml.safe_dump(charter), "keys/alice.asc": KEY}


FIRST: dict[str, Any] = {
    "alias": "our-company",
    "password_policy": {"minimum_length": 30, "require_symbols": True, "max_age_days": 90},
    "oidc_providers": {ISSUER: {"client_ids": ["sts.amazonaws.com", "old"], "tags": {"a": "b"}}},
    "users": {"alice": {"login": {"console": True, "deliver_to": "keys/alice.asc"}}, "bob": {}},
}


@pytest.fixture
def own(bench, charter, repo):
    trust = json.dumps(seed.role_trust({"AWS": seed.ROOT_USER}))
    bench.aws.iam.create_role(RoleName="charter-record", AssumeRolePolicyDocument=trust)
    charter.repo = repo.path
    return bench.aws.iam


def code_of(call: Any, **input_: Any) -> str:
    """The error code that AWS answers with, or "" where it does not refuse."""
    try:
        call(**input_)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return ""


def test_settings_come_change_and_go(own, bench, charter, repo, proxy):
    repo.commit(configuration(FIRST))
    charter.apply("--logins", "logins")
    assert own.list_account_aliases()["AccountAliases"] == ["our-company"]
    policy = own.get_account_password_policy()["PasswordPolicy"]
    assert (policy["MinimumPasswordLength"], policy["MaxPasswordAge"]) == (30, 90)
    assert policy["RequireSymbols"] and not policy["RequireNumbers"]
    provider = own.get_open_id_connect_provider(OpenIDConnectProviderArn=ARN)
    assert sorted(provider["ClientIDList"]) == ["old", "sts.amazonaws.com"]
    assert provider["Tags"] == [{"Key": "a", "Value": "b"}]
    plans.assert_empty(charter.plan("--ref", "HEAD"))

    # A key that another hand set stays, when the whole policy is written again.
    kept = {k: v for k, v in policy.items() if k != "ExpirePasswords"}
    own.update_account_password_policy(**{**kept, "PasswordReusePrevention": 5})
    # moto answers the calls of client ids with HTTP 500.
    clients = ["sts.amazonaws.com", "web" if bench.simulator.name == "twin" else "old"]
    second = {
        **FIRST,
        "alias": "our-firm",
        "password_policy": {"minimum_length": 32, "require_symbols": True},
        "oidc_providers": {ISSUER: {"client_ids": clients, "tags": {}}},
    }
    repo.commit(configuration(second))
    charter.apply("--logins", "logins")
    assert own.list_account_aliases()["AccountAliases"] == ["our-firm"]
    policy = own.get_account_password_policy()["PasswordPolicy"]
    assert (policy["MinimumPasswordLength"], policy["PasswordReusePrevention"]) == (32, 5)
    assert not policy.get("MaxPasswordAge")
    provider = own.get_open_id_connect_provider(OpenIDConnectProviderArn=ARN)
    assert sorted(provider["ClientIDList"]) == sorted(clients)
    plans.assert_empty(charter.plan("--ref", "HEAD"))

    # By hand, and back.
    own.create_account_alias(AccountAlias="stranger")
    own.delete_account_password_policy()
    drift = charter.plan("--ref", "HEAD")
    assert set(plans.reasons(drift)) == {"iam_account/own/settings"}
    charter.apply("--logins", "logins")
    assert own.list_account_aliases()["AccountAliases"] == ["our-firm"]
    assert own.get_account_password_policy()["PasswordPolicy"]["MinimumPasswordLength"] == 32

    third = {**FIRST, "alias": "", "password_policy": {}, "oidc_providers": {}}
    repo.commit(configuration(third))
    charter.apply("--logins", "logins")
    assert own.list_account_aliases()["AccountAliases"] == []
    assert code_of(own.get_account_password_policy) == "NoSuchEntity"
    assert own.list_open_id_connect_providers()["OpenIDConnectProviderList"] == []
    plans.assert_empty(charter.plan("--ref", "HEAD"))


def test_console_password(own, charter, repo, proxy):
    repo.commit(configuration(FIRST))
    done = charter.apply("--logins", "logins")
    file = charter.home / "logins" / "own-alice.asc"
    assert file.read_text().startswith("-----BEGIN PGP MESSAGE-----")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (made,) = [r for r in proxy.mutations() if r.operation == "CreateLoginProfile"]
    password = made.input["Password"]
    assert len(password) >= 30 and str(made.input["PasswordResetRequired"]).lower() == "true"
    assert own.get_login_profile(UserName="alice")["LoginProfile"]["UserName"] == "alice"
    assert password not in done.out + done.err + file.read_text()
    for kept in (charter.home / "state").rglob("*"):
        assert not kept.is_file() or password not in kept.read_text()
    plans.assert_empty(charter.plan("--ref", "HEAD"))

    off = {**FIRST, "users": {"alice": {"login": {"console": False}}, "bob": {}}}
    repo.commit(configuration(off))
    charter.apply()
    assert code_of(own.get_login_profile, UserName="alice") == "NoSuchEntity"
    plans.assert_empty(charter.plan("--ref", "HEAD"))


def test_hygiene(own, charter, repo, proxy, tmp_path):
    own.create_user(UserName="carol")
    own.create_login_profile(UserName="carol", Password="Correct-Horse-9-Battery")
    own.create_user(UserName="dave")
    own.create_access_key(UserName="dave")
    repo.commit(configuration({"users": {}}))
    proxy.reset()
    report = charter("report", "hygiene", "-o", "json").expect(0).json()
    assert report["format"] == "charter.hygiene/1" and report["counts"]["users"] == 2
    assert [a["account"] for a in report["accounts"]] == ["own"]
    found = {(f["finding"], f["user"]) for f in report["findings"] if f["user"] != "<root_account>"}
    assert found == {("no_mfa", "carol")}
    assert [r for r in proxy.mutations() if r.operation != "GenerateCredentialReport"] == []

    # Years later, everything is old.
    late = charter("report", "hygiene", "-o", "json", "--date", "2036-01-01").expect(0).json()
    found = {(f["finding"], f["user"]) for f in late["findings"] if f["user"] != "<root_account>"}
    assert found == {
        ("no_mfa", "carol"), ("unused", "carol"), ("unused", "dave"), ("old_key", "dave"),
    }
    text = charter("report", "hygiene").expect(0).out
    assert "carol" in text and "no MFA device" in text


def test_hygiene_without_a_configuration(own, charter, tmp_path):
    nothing = tmp_path / "nothing"
    nothing.mkdir()
    report = charter("report", "hygiene", "-o", "json", "--repo", str(nothing)).expect(0).json()
    assert [a["id"] for a in report["accounts"]] == [seed.MANAGEMENT]
