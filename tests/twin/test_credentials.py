"""Every source of credentials, from where it finds them to a plan: the twin is AWS and STS, and small
servers of our own are the instance, the container, GitHub and IAM Identity Center. The keys that they
hand out are sessions of the twin."""

from __future__ import annotations

import base64
import datetime
import hashlib
import http.server
import json
import os
import signal
import socket
import stat
import threading
import time
from types import SimpleNamespace
from typing import Any, Callable, Iterator

import pytest
import seed

NO_KEYS = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
ISSUER = "https://ci.example.com"


class Fake:
    """An HTTP server whose answers are functions: of (method, path) a function of the headers and the
    body that returns a status and an object or text."""

    def __init__(self) -> None:
        self.routes: dict[tuple[str, str], Callable[[Any, bytes], tuple[int, Any]]] = {}
        self.seen: list[tuple[str, str, dict[str, str]]] = []
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {k.lower(): v for k, v in self.headers.items()}
                fake.seen.append((self.command, self.path, headers))
                route = fake.routes.get((self.command, self.path.partition("?")[0]))
                status, reply = route(headers, body) if route else (404, "")
                data = (reply if isinstance(reply, str) else json.dumps(reply)).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_PUT = do_POST = answer

            def log_message(self, *args: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def paths(self) -> list[str]:
        return [f"{method} {path}" for method, path, _ in self.seen]


@pytest.fixture
def fake() -> Iterator[Fake]:
    server = Fake()
    yield server
    server.server.shutdown()
    server.server.server_close()


@pytest.fixture
def ci(small, simulator):
    """The small organization with a role that may be assumed, and what hands out its sessions."""
    iam = small.aws.iam
    iam.create_open_id_connect_provider(
        Url=ISSUER, ClientIDList=["sts.amazonaws.com"], ThumbprintList=["0" * 40]
    )
    provider = f"arn:aws:iam::{seed.MANAGEMENT}:oidc-provider/ci.example.com"
    name = ISSUER.removeprefix("https://")
    statements = {
        "ci": {"Action": "sts:AssumeRole", "Principal": {"AWS": seed.MANAGEMENT}},
        "outside": {
            "Action": "sts:AssumeRole",
            "Principal": {"AWS": f"arn:aws:iam::{seed.MANAGEMENT}:role/ci"},
            "Condition": {"StringEquals": {"sts:ExternalId": "partner-7"}},
        },
        "job": {
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": {"Federated": provider},
            "Condition": {"StringEquals": {f"{name}:sub": "repo:us/org"}},
        },
    }
    arns = {}
    for role, statement in statements.items():
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}
        made = iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(document))
        arns[role] = made["Role"]["Arn"]
    given: list[dict[str, Any]] = []

    def session(seconds: int = 3600) -> dict[str, Any]:
        """Keys; they say that they end so soon, and last longer."""
        made = small.aws.sts.assume_role(RoleArn=arns["ci"], RoleSessionName="given")
        keys = made["Credentials"]
        ends = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
        keys["Expiration"] = ends.strftime("%Y-%m-%dT%H:%M:%SZ")
        given.append(keys)
        return keys

    def plan(env: dict[str, str | None], code: int = 0, lasts: float | None = None) -> Any:
        started = time.monotonic()
        result = small.charter("plan", "--ref", "HEAD", "-vv", env={**NO_KEYS, **env})
        result.expect(code)
        assert lasts is None or time.monotonic() - started < lasts
        for keys in given:
            for secret in (keys["SecretAccessKey"], keys["SessionToken"]):
                assert secret not in result.out + result.err
        return result

    def profile(text: str) -> None:
        directory = small.charter.home / ".aws"
        directory.mkdir(exist_ok=True)
        (directory / "config").write_text(text)

    return SimpleNamespace(
        world=small, simulator=simulator, arns=arns, session=session, plan=plan, profile=profile,
        home=small.charter.home, given=given,
    )


def of_metadata(keys: dict[str, Any]) -> dict[str, Any]:
    """As containers and instances write them."""
    return {
        "Code": "Success",
        "AccessKeyId": keys["AccessKeyId"],
        "SecretAccessKey": keys["SecretAccessKey"],
        "Token": keys["SessionToken"],
        "Expiration": keys["Expiration"],
    }


def base_profile(ci) -> str:
    return (
        f"[profile base]\naws_access_key_id = {ci.simulator.key}\n"
        f"aws_secret_access_key = {ci.simulator.secret}\n"
    )


def jwt(**claims: Any) -> str:
    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    body = {
        "iss": ISSUER,
        "sub": "repo:us/org",
        "aud": "sts.amazonaws.com",
        "exp": int(time.time()) + 300,
        **claims,
    }
    return f"{part({'alg': 'RS256'})}.{part(body)}.c2lnbmF0dXJl"


def test_environment(ci):
    keys = ci.session()
    env = {
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
        "AWS_PROFILE": "nobody",
    }
    ci.plan(env)


def test_role_of_a_profile(ci):
    """Two roles in a chain; the second wants an external id."""
    roles = (
        f"[profile first]\nrole_arn = {ci.arns['ci']}\nsource_profile = base\n"
        f"[profile last]\nrole_arn = {ci.arns['outside']}\nsource_profile = first\n"
        "role_session_name = pipeline\nduration_seconds = 900\n"
    )
    ci.profile(base_profile(ci) + roles + "external_id = partner-7\n")
    ci.plan({"AWS_PROFILE": "last"})
    ci.profile(base_profile(ci) + roles)
    result = ci.plan({"AWS_PROFILE": "last"}, 1)
    assert ci.arns["outside"] in result.err and "AccessDenied" in result.err
    ci.profile(base_profile(ci) + roles + "mfa_serial = arn:aws:iam::1:mfa/x\n")
    assert "mfa_serial: charter asks for no codes" in ci.plan({"AWS_PROFILE": "last"}, 1).err


def test_role_of_the_container(ci, fake):
    fake.routes["GET", "/keys"] = lambda headers, body: (200, of_metadata(ci.session()))
    ci.profile(
        f"[default]\nrole_arn = {ci.arns['outside']}\ncredential_source = EcsContainer\n"
        "external_id = partner-7\n"
    )
    ci.plan({"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{fake.url}/keys"})


def test_web_identity(ci, tmp_path):
    token = tmp_path / "token"
    env = {"AWS_WEB_IDENTITY_TOKEN_FILE": str(token), "AWS_ROLE_ARN": ci.arns["job"]}
    token.write_text(jwt() + "\n")
    ci.plan(env)
    ci.profile(f"[default]\nrole_arn = {ci.arns['job']}\nweb_identity_token_file = {token}\n")
    ci.plan({})
    token.write_text(jwt(exp=int(time.time()) - 60))
    assert "ExpiredToken" in ci.plan(env, 1).err
    token.write_text(jwt(sub="repo:them/org"))
    assert "AccessDenied" in ci.plan(env, 1).err
    token.unlink()
    result = ci.plan(env, 1)
    assert f"AWS_WEB_IDENTITY_TOKEN_FILE: {token}: No such file" in result.err


def test_github(ci, fake):
    fake.routes["GET", "/token"] = lambda headers, body: (
        (200, {"value": jwt()})
        if headers["authorization"] == "bearer runner-secret"
        else (401, {"message": "no"})
    )
    env = {
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{fake.url}/token?api-version=2",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "runner-secret",
        "AWS_ROLE_ARN": ci.arns["job"],
    }
    ci.plan(env)
    assert fake.paths() == ["GET /token?api-version=2&audience=sts.amazonaws.com"]
    result = ci.plan({**env, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "other-secret"}, 1)
    assert "GitHub gave no token: HTTP status 401" in result.err
    assert "other-secret" not in result.err
    result = ci.plan({**env, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": None}, 1)
    assert "id-token: write" in result.err


def test_container(ci, fake, tmp_path):
    token = tmp_path / "token"
    token.write_text("pod-secret")
    fake.routes["GET", "/v1/credentials"] = lambda headers, body: (
        (200, of_metadata(ci.session()))
        if headers.get("authorization") == "pod-secret"
        else (403, {"code": "AccessDenied"})
    )
    env = {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{fake.url}/v1/credentials",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "wrong",
    }
    result = ci.plan(env, 1)
    assert "credentials from container" in result.err and "403 (AccessDenied)" in result.err
    env["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = str(token)
    # No proxy stands between.
    ci.plan({**env, "http_proxy": "http://127.0.0.1:1", "no_proxy": ""})
    token.write_text("pod-secret\n")
    assert "line break" in ci.plan(env, 1).err
    other = {**env, "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://192.0.2.1/keys"}
    assert "the host 192.0.2.1 is not allowed" in ci.plan(other, 1, lasts=3).err


def imds(ci, fake, token_status=200):
    base = "/latest/meta-data/iam/security-credentials/"
    wanted = "instance-secret" if token_status == 200 else None

    def answered(reply):
        def route(headers, body):
            if headers.get("x-aws-ec2-metadata-token") != wanted:
                return 401, ""
            return 200, reply() if callable(reply) else reply

        return route

    fake.routes["PUT", "/latest/api/token"] = lambda headers, body: (
        token_status,
        "instance-secret" if headers["x-aws-ec2-metadata-token-ttl-seconds"] == "21600" else "",
    )
    fake.routes["GET", base] = answered("instance-role")
    fake.routes["GET", base + "instance-role"] = answered(lambda: of_metadata(ci.session()))
    return {
        "AWS_EC2_METADATA_DISABLED": None,
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": fake.url + "/",
    }


def test_instance_metadata(ci, fake):
    env = imds(ci, fake)
    ci.plan({**env, "http_proxy": "http://127.0.0.1:1"})
    assert len(fake.seen) == 3
    ci.profile(
        f"[default]\nrole_arn = {ci.arns['outside']}\nexternal_id = partner-7\n"
        "credential_source = Ec2InstanceMetadata\n"
    )
    ci.plan(env)


def test_instance_metadata_version_1(ci, fake):
    env = imds(ci, fake, token_status=403)
    ci.plan(env)
    result = ci.plan({**env, "AWS_EC2_METADATA_V1_DISABLED": "true"}, 1)
    assert "AWS_EC2_METADATA_V1_DISABLED forbids version 1" in result.err


def test_instance_metadata_is_silent(ci):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        env = {"AWS_EC2_METADATA_DISABLED": None, "AWS_EC2_METADATA_SERVICE_ENDPOINT": url}
        result = ci.plan(env, 1, lasts=4)
    assert "instance metadata" in result.err and "AWS_ACCESS_KEY_ID" in result.err


def script(ci, text: str) -> None:
    tool = ci.home / "the tool"
    tool.write_text(f"#!/bin/sh\n{text}\n")
    tool.chmod(0o700)
    ci.profile(f'[default]\ncredential_process = "{tool}" --for "two words"\n')


def test_process(ci):
    keys = ci.session()
    answer = json.dumps({"Version": 1, **{k: v for k, v in keys.items() if k != "Expiration"}})
    script(ci, f"test \"$2\" = 'two words' && echo '{answer}'")
    ci.plan({})
    script(ci, f"echo '{answer}' | tr '{{' '['")
    result = ci.plan({}, 1)
    assert "credential_process printed no JSON object" in result.err
    script(ci, "echo told on standard error >&2; exit 7")
    result = ci.plan({}, 1)
    assert "failed with exit status 7" in result.err and "told on standard error" in result.err


def test_process_hangs(ci):
    """A signal ends what it waits for, with all that it started."""
    mark = ci.home / "started"
    script(ci, f"sleep 77 & echo $$ > '{mark}'; sleep 77")
    ci.world.charter.environment = {
        k: v for k, v in ci.world.charter.environment.items() if k not in NO_KEYS
    }
    process = ci.world.charter.start("plan", "--ref", "HEAD")
    for _ in range(200):
        if mark.exists() and mark.read_text().strip():
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert process.returncode in (1, 130), err
    with pytest.raises(ProcessLookupError):
        for _ in range(100):
            os.killpg(int(mark.read_text()), 0)
            time.sleep(0.05)


def sso_cache(ci, **more: Any) -> Any:
    directory = ci.home / ".aws" / "sso" / "cache"
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / f"{hashlib.sha1(b'work').hexdigest()}.json"
    file.write_text(
        json.dumps({"accessToken": "sso-secret-1", "expiresAt": "2031-01-01T00:00:00Z", **more})
    )
    ci.profile(
        "[default]\nsso_session = work\nsso_account_id = 123456789012\nsso_role_name = Admin\n"
        "[sso-session work]\nsso_region = eu-west-1\nsso_start_url = https://x.awsapps.com/start\n"
    )
    return file


def test_identity_center(ci, fake):
    def portal(headers, body):
        if headers["x-amz-sso_bearer_token"] not in accepted:
            return 401, {"message": "Session token not found or invalid"}
        keys = ci.session()
        return 200, {
            "roleCredentials": {
                "accessKeyId": keys["AccessKeyId"],
                "secretAccessKey": keys["SecretAccessKey"],
                "sessionToken": keys["SessionToken"],
                "expiration": int((time.time() + 3600) * 1000),
            }
        }

    def renew(headers, body):
        asked = json.loads(body)
        if asked["grantType"] != "refresh_token" or asked["refreshToken"] != "again-secret-1":
            return 400, {"error": "invalid_grant"}
        reply = {"accessToken": "sso-secret-2", "expiresIn": 28800, "refreshToken": "again-secret-2"}
        return 200, reply

    accepted = {"sso-secret-1"}
    fake.routes["GET", "/federation/credentials"] = portal
    fake.routes["POST", "/token"] = renew
    env = {"AWS_ENDPOINT_URL_SSO": fake.url, "AWS_ENDPOINT_URL_SSO_OIDC": fake.url}
    ci.profile("")
    sso_cache(ci)
    ci.plan(env)
    assert fake.paths() == [
        "GET /federation/credentials?account_id=123456789012&role_name=Admin"
    ]
    accepted.clear()
    assert "run `aws sso login --profile default`" in ci.plan(env, 1).err
    accepted.add("sso-secret-2")
    renewable = {
        "clientId": "client",
        "clientSecret": "client-secret",
        "registrationExpiresAt": "2031-01-01T00:00:00Z",
    }
    old = {"expiresAt": "2026-01-01T00:00:00Z"}
    file = sso_cache(ci, **old, **renewable, refreshToken="again-secret-1", region="eu-west-1")
    ci.plan(env)
    kept = json.loads(file.read_text())
    assert kept["accessToken"] == "sso-secret-2" and kept["refreshToken"] == "again-secret-2"
    assert kept["region"] == "eu-west-1" and stat.S_IMODE(os.stat(file).st_mode) == 0o600
    assert [p.name for p in file.parent.iterdir()] == [file.name]
    sso_cache(ci, **old, **renewable, refreshToken="again-secret-0")
    result = ci.plan(env, 1)
    assert "is not renewed: HTTP status 400 (invalid_grant); run `aws sso login" in result.err
    sso_cache(ci, **old)
    assert "has ended; run `aws sso login" in ci.plan(env, 1).err


def test_keys_end_in_the_middle(ci, fake):
    """They say that they last three seconds; the plan takes longer."""
    fake.routes["GET", "/keys"] = lambda headers, body: (200, of_metadata(ci.session(3)))
    ci.simulator.control("PUT", "faults", b"delay=700@reads")
    ci.plan({"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{fake.url}/keys"})
    ci.simulator.control("PUT", "faults", b"")
    assert 2 <= len(fake.seen) <= 12


def test_keys_are_refused_in_the_middle(ci, fake):
    """AWS says earlier than they did themselves that they have ended."""
    fake.routes["GET", "/keys"] = lambda headers, body: (200, of_metadata(ci.session()))
    ci.simulator.control("PUT", "faults", b"expire@reads#5")
    ci.plan({"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{fake.url}/keys"})
    ci.simulator.control("PUT", "faults", b"")
    assert len(fake.seen) == 2


def test_keys_cannot_be_renewed(ci, fake):
    """The source is gone when it is asked a second time: it is named."""

    def route(headers, body):
        return (200, of_metadata(ci.session())) if len(fake.seen) == 1 else (400, "")

    fake.routes["GET", "/keys"] = route
    ci.simulator.control("PUT", "faults", b"expire@reads#5-")
    result = ci.plan({"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{fake.url}/keys"}, 6)
    ci.simulator.control("PUT", "faults", b"")
    assert "credentials from container: the container's endpoint gave none" in result.err
