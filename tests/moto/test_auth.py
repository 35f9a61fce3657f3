"""Signatures and credentials: the twin checks them always, moto once told to."""

import json

import pytest
import seed

ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@pytest.fixture
def admin(small, simulator):
    """A user with every right, and an AWS that checks each signature from now on."""
    small.aws.iam.create_user(UserName="admin")
    small.aws.iam.put_user_policy(UserName="admin", PolicyName="all", PolicyDocument=json.dumps(ALL))
    key = small.aws.iam.create_access_key(UserName="admin")["AccessKey"]
    simulator.check_signatures()
    return {
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
    }


def test_our_signatures_are_accepted(small, admin, proxy):
    small.charter("apply", "--ref", "HEAD", env=admin).expect(0)
    after = seed.changed(small.model)
    after["units"]["Old"]["tags"]["with space"] = "a+b = c/d é"
    own = after["iam"]["accounts"]["master"]
    own["users"]["dave"]["tags"] = {"note": "plain words", "mail": "a+b@example.com"}
    own["users"]["dave"]["inline_policies"] = {"costs": "policies/read-costs.json"}
    small.commit(after)
    small.charter("apply", "--ref", "HEAD", env=admin).expect(0)
    # An account without a password policy says so with a 404.
    others = {(r.operation, r.status) for r in proxy.requests if r.status != 200}
    assert others == {("GetAccountPasswordPolicy", 404)}


def test_wrong_secret(small, admin, proxy):
    env = {**admin, "AWS_SECRET_ACCESS_KEY": "wrong"}
    result = small.charter("plan", "--ref", "HEAD", env=env).expect(1)
    assert "SignatureDoesNotMatch" in result.err or "secret" in result.err
    assert "wrong" not in result.err.replace("wrong secret", "")
    assert len(result.err.strip().splitlines()) <= 4, result.err
    assert proxy.mutations() == []


def test_unknown_key(small, admin):
    env = {**admin, "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE"}
    result = small.charter("plan", "--ref", "HEAD", env=env).expect(1)
    assert "InvalidClientTokenId" in result.err or "AKIAIOSFODNN7EXAMPLE" in result.err


def test_no_credentials(small):
    env = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
    result = small.charter("plan", "--ref", "HEAD", env=env).expect(1)
    assert "credentials" in result.err


def test_expired_token(small, proxy):
    proxy.add(
        "status", times=0, status=403, code="ExpiredToken", message="The security token is expired"
    )
    result = small.charter("plan", "--ref", "HEAD").expect(1)
    assert "expired" in result.err.lower()


def test_profile(small, admin, tmp_path):
    """Static keys of a profile in the shared credentials file."""
    file = tmp_path / "credentials"
    file.write_text(
        "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = no\n"
        f"[ci]\naws_access_key_id = {admin['AWS_ACCESS_KEY_ID']}\n"
        f"aws_secret_access_key = {admin['AWS_SECRET_ACCESS_KEY']}\n"
    )
    env = {
        "AWS_ACCESS_KEY_ID": None,
        "AWS_SECRET_ACCESS_KEY": None,
        "AWS_SHARED_CREDENTIALS_FILE": str(file),
        "AWS_PROFILE": "ci",
    }
    small.charter("plan", "--ref", "HEAD", env=env).expect(0)
    small.charter("plan", "--ref", "HEAD", env={**env, "AWS_PROFILE": None}).expect(1)


def session_of(simulator, url):
    """Credentials with a session token that the simulator accepts: moto, while it does not check,
    takes any; the twin gives them for a role."""
    if simulator.name == "moto":
        return "AKIACANARYCANARY0001", "canary-secret-0123456789", "canary-token-0123456789"
    aws = seed.clients(url, simulator.observer, simulator.secret)
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": seed.MANAGEMENT}}
    role = aws.iam.create_role(
        RoleName="canary",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )["Role"]["Arn"]
    made = aws.sts.assume_role(RoleArn=role, RoleSessionName="canary")["Credentials"]
    return made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"]


def test_secrets_stay_out_of_every_output(managed, simulator, proxy, tmp_path):
    key, secret, token = session_of(simulator, proxy.url)
    canaries = {
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_SESSION_TOKEN": token,
    }
    after = seed.changed(managed.model)
    after["units"]["Old"]["tags"]["owner"] = "x"
    managed.commit(after)
    saved = tmp_path / "plan.json"
    texts = []
    for args in (["plan", "-vv", "--out", str(saved)], ["apply", "-vv"], ["drift", "-vv", "-o", "json"]):
        result = managed.charter(*args, "--ref", "HEAD", env=canaries).expect(0)
        texts += [result.out, result.err]
    texts += [p.read_text() for p in managed.charter.home.rglob("*") if p.is_file()]
    texts.append(saved.read_text())
    for text in texts:
        assert canaries["AWS_SECRET_ACCESS_KEY"] not in text
        assert canaries["AWS_SESSION_TOKEN"] not in text
