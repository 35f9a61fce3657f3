"""What people are told when something is wrong: one message that says which and what to do, exit 1,
and no request that changes anything."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import resource
import signal
import ssl
import subprocess
import threading

import plans
import pytest
import seed

MINIMUM = {
    "charter.yaml": f'charter: 1\norganization: {{management_account: "{seed.MANAGEMENT}"}}\n'
}


@pytest.fixture
def lonely(repo, charter):
    """A valid configuration, and no AWS: nothing of moto is asked."""
    repo.commit(MINIMUM)
    charter.repo = repo.path
    return charter


def told(result, *words, lines=1, code=1):
    """Exit 1, no result, one message in so many lines that says all the words."""
    result.expect(code)
    assert code == 6 or result.out == ""
    assert len(result.err.strip().splitlines()) <= lines, result.err
    assert result.err.startswith("charter: "), result.err
    for word in words:
        assert word in result.err, f"{word!r} is not in: {result.err}"


# The command line and the files


@pytest.mark.parametrize(
    "args, words",
    [
        ([], ["no command is given", "plan, apply", "charter help"]),
        (["pln"], ["unknown command `pln`", "did you mean `plan`"]),
        (["plan", "--ouput", "json"], ["--ouput", "did you mean `--output`"]),
        (["plan", "-o", "jsn"], ["jsn", "did you mean `json`"]),
        (["validate", "-o", "html"], ["html", "it writes text"]),
        (["drift", "--notify", "arn:aws:sns:us-east-1:111111111111:x"], ["--notify", "--state"]),
        (["plan", "extra"], ["does not take", "`extra`"]),
        (["validate", "--base", "HEAD"], ["--base", "plan, apply, drift"]),
        (["permissions", "--only", "x"], ["--only"]),
        (["plan", "-o", "text", "-o", "json"], ["two outputs", "standard output"]),
        (["plan", "--rates", "0"], ["--rates 0", "percentage"]),
        (["plan", "--date", "soon"], ["--date soon", "2026-12-31"]),
        (["plan", "-q", "-v"], ["-q and -v"]),
        (["report"], ["report ids"]),
        (["report", "idz"], ["did you mean `ids`"]),
        (["report", "costs"], ["not supported yet"]),
        (["import"], ["no charter.yaml", "no organization", "charter init"]),
        (["show"], ["show FILE"]),
        (["show", "/nowhere.json"], ["/nowhere.json: No such file"]),
        (["apply", "/nowhere.json"], ["/nowhere.json: No such file"]),
        (["apply", "--expect", "f3c932a5ef58"], ["64 hexadecimal digits", "end of the plan"]),
        (["apply", "--from-pull-request", "--pull-request", "1"], ["--pull-request", "comment"]),
        (["permissions", "al"], ["permissions al", "`all`", "`comment`"]),
        (["help", "nothing"], ["unknown command `nothing`"]),
    ],
)
def test_usage(binary, charter, args, words):
    # Not charter(): it adds options of its own.
    done = subprocess.run([binary, *args], capture_output=True, text=True, env=charter.environment)
    assert done.returncode == 1 and done.stdout == "", done
    assert done.stderr.startswith("charter: ") and done.stderr.count("\n") == 1, done.stderr
    for word in words:
        assert word in done.stderr


def test_help_of_everything(charter):
    for name in ("validate", "plan", "apply", "drift", "snapshot", "show", "permissions", "report"):
        result = charter("help", name).expect(0)
        assert f"Usage: charter {name}" in result.out and "Options:" in result.out
        assert all(len(line) <= 80 for line in result.out.splitlines()), name
    assert charter("--version").expect(0).out.startswith("charter ")
    assert "Exit codes:" in charter("--help").expect(0).out


def test_no_configuration(charter, tmp_path, proxy):
    empty = tmp_path / "empty"
    empty.mkdir()
    told(charter("plan", repo=empty), "no charter.yaml", "--path")
    (empty / "deep" / "er").mkdir(parents=True)
    (empty / "deep" / "er" / "charter.yaml").write_text(MINIMUM["charter.yaml"])
    told(charter("plan", repo=empty), "no charter.yaml", "--path deep/er")
    told(charter("plan", "--path", "deep", repo=empty), "--path deep/er")
    charter("validate", "--path", "deep/er", repo=empty).expect(0)
    told(charter("plan", repo=tmp_path / "nowhere"), "nowhere: No such file")
    assert proxy.requests == []


def test_no_git(lonely, tmp_path, aws):
    """A directory without git is planned, and is not applied unless asked for."""
    seed.make(seed.small_model(), aws)
    plain = tmp_path / "plain"
    seed.write(MINIMUM, plain)
    lonely("plan", repo=plain).expect(0)
    told(lonely("apply", repo=plain), "no git repository", "--allow-dirty")


def test_no_forge(managed):
    """Outside of any CI system: only options that the command takes are asked for."""
    names = ("GITHUB_ACTIONS", "GITLAB_CI", "GITEA_ACTIONS", "FORGEJO_ACTIONS", "CODEBUILD_BUILD_ID")
    env = dict.fromkeys(names)
    done = managed.charter("apply", "--ref", "HEAD", "--from-pull-request", env=env)
    told(done, "which forge", "--forge and --repository")


def test_unknown_revision(lonely):
    told(lonely("plan", "--ref", "v9"), "'v9'", "cannot be found")


def run_without_room(charter, *args):
    """Files end at 64 bytes: what a full disk is like."""

    def no_room():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))

    return subprocess.run(
        charter.command(*args),
        env=charter.environment,
        capture_output=True,
        text=True,
        preexec_fn=no_room,
    )


def test_unwritable_outputs(lonely, aws, tmp_path):
    seed.make(seed.small_model(), aws)
    told(lonely("plan", "-o", f"json={tmp_path}/nowhere/plan.json"), "nowhere/plan.json", "No such")
    told(lonely("plan", "-q", "-o", "json=/dev/full"), "/dev/full: No space left")
    told(lonely("snapshot", "-q", "--out", "/dev/full"), "/dev/full: No space left")
    kept = tmp_path / "kept.json"
    kept.write_text("as it was")

    done = run_without_room(lonely, "plan", "-q", "--out", str(kept))
    assert done.returncode == 1 and "kept.json: File too large" in done.stderr, done
    assert kept.read_text() == "as it was"
    assert [p.name for p in tmp_path.glob("kept*")] == ["kept.json"]


@pytest.mark.parametrize(
    "args", [["--help"], ["--version"], ["validate"], ["plan", "-q"], ["permissions"]]
)
def test_standard_output_full(lonely, aws, args):
    seed.make(seed.small_model(), aws)
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            lonely.command(*args),
            env=lonely.environment,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 1
    assert done.stderr == "charter: standard output: No space left on device\n"


def test_journal_full(managed, proxy):
    """Nothing is changed that could not be written down first."""
    after = seed.changed(managed.model)
    after["units"]["Old"]["tags"]["owner"] = "x"
    managed.commit(after)
    journal = managed.charter.home / "run.jsonl"
    done = run_without_room(managed.charter, "apply", "--ref", "HEAD", "--journal", str(journal))
    assert done.returncode == 1
    assert "run.jsonl" in done.stderr and "File too large" in done.stderr, done.stderr
    assert proxy.mutations() == []
    result = managed.charter("apply", "--ref", "HEAD", "--journal", "/dev/full").expect(1)
    assert "/dev/full: not a regular file" in result.err
    assert proxy.mutations() == []


# Credentials and endpoints


@pytest.mark.parametrize(
    "env, words",
    [
        (
            {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None},
            ["no AWS credentials", "AWS_ACCESS_KEY_ID", ".aws/credentials"],
        ),
        ({"AWS_SECRET_ACCESS_KEY": None}, ["environment", "a key id without a secret key"]),
        (
            {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "AWS_PROFILE": "prod"},
            ["AWS_PROFILE", "no profile prod"],
        ),
        ({"AWS_REGION": "mars-north-1"}, ["region mars-north-1", "AWS_REGION"]),
        ({"AWS_REGION": "../x"}, ["../x", "AWS_REGION"]),
        ({"AWS_ENDPOINT_URL": "http://example.com"}, ["http://example.com", "loopback"]),
        ({"AWS_ENDPOINT_URL": "example.com"}, ["AWS_ENDPOINT_URL", "https://HOST"]),
        (
            {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"},
            ["http://127.0.0.1:1 cannot be reached", "check"],
        ),
        ({"AWS_ENDPOINT_URL": "https://none.invalid"}, ["https://none.invalid cannot be reached"]),
        ({"AWS_CA_BUNDLE": "/nowhere.pem"}, ["/nowhere.pem", "No such file"]),
    ],
)
def test_set_up(lonely, proxy, env, words):
    told(lonely("plan", env=env), *words)
    assert proxy.requests == []


@pytest.mark.parametrize(
    "code, status, words",
    [
        ("InvalidClientTokenId", 403, ["does not accept these credentials", "environment"]),
        ("SignatureDoesNotMatch", 403, ["does not accept these credentials", "environment"]),
        ("ExpiredToken", 403, ["the session token has expired", "sign in again"]),
        ("AccessDenied", 403, ["GetCallerIdentity", "AccessDenied"]),
    ],
)
def test_refused(lonely, proxy, code, status, words):
    proxy.add("status", times=0, status=status, code=code, message="the service's own words")
    told(lonely("plan"), *words)
    assert proxy.mutations() == []


class Page(http.server.BaseHTTPRequestHandler):
    """A login page, in place of AWS."""

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b"<!DOCTYPE html><html><body>Please sign in to the network</body></html>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        pass


@contextlib.contextmanager
def page_server(certificate=None):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *args: None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that signs itself, with its key, in one file."""
    directory = tmp_path_factory.mktemp("certificate")
    key, both = directory / "key.pem", directory / "both.pem"
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
        + ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
        + ["-keyout", str(key), "-out", str(both)],
        capture_output=True,
    )
    assert made.returncode == 0, made.stderr
    both.write_text(both.read_text() + key.read_text())
    return both


def test_html(lonely):
    with page_server() as port:
        result = lonely("plan", env={"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"})
    told(result, f"http://127.0.0.1:{port}", "text/html")


def test_certificate_does_not_verify(lonely, certificate):
    with page_server(certificate) as port:
        url = f"https://127.0.0.1:{port}"
        told(lonely("plan", env={"AWS_ENDPOINT_URL": url}), url, "certificate", "AWS_CA_BUNDLE")
        # With its authority named, it is the page that is wrong.
        env = {"AWS_ENDPOINT_URL": url, "AWS_CA_BUNDLE": str(certificate)}
        told(lonely("plan", env=env), "text/html")


def test_certificate_of_another_host(lonely, certificate):
    with page_server(certificate) as port:
        url = f"https://localhost:{port}"
        env = {"AWS_ENDPOINT_URL": url, "AWS_CA_BUNDLE": str(certificate)}
        told(lonely("plan", env=env), url, "certificate")


def test_wrong_organization(small, proxy):
    files = dict(MINIMUM)
    files["charter.yaml"] = (
        'charter: 1\norganization: {id: o-anotherorgid, management_account: "111111111111"}\n'
    )
    small.repo.commit(files)
    result = small.charter("plan")
    told(result, "o-anotherorgid", "these credentials belong to o-", code=3)
    assert proxy.mutations() == []


# Reading and applying


def test_denied_listing(managed, proxy):
    proxy.add("deny", operation="GetAccountAuthorizationDetails", times=0)
    result = managed.charter("plan", "--ref", "HEAD").expect(6)
    assert "Not read" in result.out and f"iam/{seed.MANAGEMENT}  AccessDenied" in result.out
    assert result.out.startswith("Plan: nothing to do in what could be read;")
    assert "declared resources may differ:" in result.out and "Changes (" not in result.out
    report = managed.charter("drift", "-o", "json").expect(6).json()
    assert report["complete"] is False and report["unread"][0]["scope"]


def test_denied_record(managed, proxy):
    """Without the record nothing can be compared."""
    proxy.add("deny", operation="ListTagsForResource", times=0)
    result = managed.charter("plan", "--ref", "HEAD")
    told(result, "tags of the organization's root", "AccessDenied", code=6, lines=2)
    assert proxy.mutations() == []


def start_and_signal(charter, proxy, operation, number):
    """Sends the signal while the first such request is with the server; what was printed, and the
    exit code."""
    running = []
    fault = proxy.add(
        "delay",
        operation=operation,
        seconds=0.5,
        callback=lambda request: os.kill(running[0].pid, number),
    )
    running.append(charter.start("apply", "--ref", "HEAD"))
    out, err = running[0].communicate(timeout=60)
    assert fault.hits == 1
    return running[0].returncode, out.decode(), err.decode()


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_while_reading(managed, proxy, number, code):
    after = seed.changed(managed.model)
    after["units"]["Old"]["tags"]["owner"] = "x"
    managed.commit(after)
    ended, out, err = start_and_signal(managed.charter, proxy, "ListAccounts", number)
    assert ended == code, err
    assert "nothing was changed" in err and out == ""
    assert proxy.mutations() == []


def test_interrupted_while_applying(managed, proxy):
    after = plans.edit_scenario(managed.model, False)
    managed.commit(after)
    code, out, err = start_and_signal(managed.charter, proxy, "CreateAccount", signal.SIGINT)
    assert code == 130, err
    assert "interrupted" in err and "running apply again continues" in err
    lines = plans.journals(managed.charter.home)
    assert lines
    managed.charter("apply", "--ref", "HEAD").expect(0)
    plans.assert_empty(managed.charter.plan("--ref", "HEAD"))
    made = [r for r in proxy.mutations() if r.reached and r.operation == "CreateAccount"]
    assert len(made) == 1


# Outputs


def test_no_escapes_where_none_belong(small, tmp_path):
    for env in ({}, {"NO_COLOR": None}, {"TERM": "dumb", "NO_COLOR": None}):
        result = small.charter("plan", env=env).expect(0)
        assert "\033" not in result.out + result.err
    file = tmp_path / "plan.txt"
    small.charter("plan", "-o", f"text={file}", "--color", "auto").expect(0)
    assert "\033" not in file.read_text()
    assert "\033[1m" in small.charter("plan", "--color", "always").expect(0).out


def test_quiet_and_verbose(managed, proxy):
    after = seed.changed(managed.model)
    after["units"]["Old"]["tags"]["owner"] = "x"
    managed.commit(after)
    assert managed.charter("plan", "-q").expect(0).err == ""
    traced = managed.charter("plan", "-vv").expect(0).err
    assert "organizations ListAccounts" in traced or "ListAccounts" in traced
    done = managed.charter("apply", "--ref", "HEAD", "-v").expect(0).err
    assert "TagResource" in done and "calls done" in done and "journal:" in done


PLAN_KEYS = {
    "access", "base", "by_hand", "calls", "changes", "complete", "format", "guards", "head",
    "ignored", "leftovers", "meta", "organization", "path", "plan_id", "refused", "released", "scope",
    "summary", "target", "unmanaged", "unread", "warnings",
}  # fmt: skip
CHANGE_KEYS = {"action", "address", "attributes", "calls", "id", "kind", "reason", "risk", "source"}
CALL_KEYS = {"n", "service", "operation", "account", "input", "needs", "change"}
REASONS = {
    "config",
    "drift",
    "conflict",
    "adopt",
    "pending",
    "expired",
    "credit",
    "rename",
    "leftover",
}


def check_element(element, is_map):
    assert {"key", "reason"} <= set(element) <= {"key", "reason", "base", "head", "live"}
    assert element["reason"] in REASONS


def check_attribute(attribute):
    more = {"blocked", "by_hand"}
    if "added" in attribute or "removed" in attribute:
        assert set(attribute) - more <= {"name", "added", "removed", "changed"}
        for key in ("added", "removed", "changed"):
            for element in attribute.get(key, []):
                check_element(element, key == "changed")
    else:
        assert {"name", "reason"} <= set(attribute)
        assert set(attribute) - more <= {"name", "reason", "base", "head", "live"}
        assert attribute["reason"] in REASONS


ITEM_KEYS = {
    "address", "attribute", "break_glass", "cause", "change", "element", "event", "first_seen",
    "fresh", "id", "kind", "live", "name", "owner", "quiet", "rank", "scope", "sign", "source", "text",
}  # fmt: skip
CAUSE_KEYS = {"events", "first", "fresh", "items", "last", "principal", "rank", "session"}
EVENT_KEYS = {
    "account", "address", "agent", "console", "id", "invoked_by", "key", "operation", "principal",
    "region", "service", "session", "time",
}  # fmt: skip
RANKS = {"plain", "read", "write", "administrator", "break_glass"}
KINDS = {"drift", "stale", "missing", "unmanaged", "unread", "rule"}


def check_drift(document):
    drift = document["drift"]
    assert set(drift) == {
        "causes", "history", "items", "own_calls", "passed", "resolved", "since", "trail_unread", "trend",
    }  # fmt: skip
    for item in drift["items"]:
        assert set(item) == ITEM_KEYS and item["kind"] in KINDS and item["rank"] in RANKS
        assert item["change"] is None or item["change"] < len(document["changes"])
        assert item["event"] is None or (
            item["event"] < len(drift["causes"][item["cause"]]["events"])
        )
    for cause in drift["causes"]:
        assert set(cause) == CAUSE_KEYS and cause["rank"] in RANKS
        assert all(set(event) == EVENT_KEYS for event in cause["events"])
        assert cause["items"]
    of_causes = sorted(n for cause in drift["causes"] for n in cause["items"])
    assert of_causes == [n for n, i in enumerate(drift["items"]) if i["cause"] is not None]
    for point in drift["trend"]:
        assert set(point) == {"fresh", "oldest", "open", "repair_seconds", "resolved", "time"}


def check_document(document, kind):
    """Key for key as docs/plan-format.md says."""
    more = {"drift"} if kind == "charter.drift/1" else set()
    assert set(document) - {"accounts"} == PLAN_KEYS | more and list(document) == sorted(document)
    assert all(set(account) == {"name", "unit"} for account in document.get("accounts", []))
    assert document["format"] == kind
    assert set(document["summary"]) == {
        "adopt", "calls", "create", "delete", "drift", "unmanaged", "update",
    }  # fmt: skip
    assert set(document["meta"]) == {"created", "estimate_seconds", "tool"}
    for name in ("base", "head", "target"):
        commit = document[name]
        assert commit is None or set(commit) == {"commit", "config", "tree"}
    for change in document["changes"]:
        assert CHANGE_KEYS <= set(change) <= CHANGE_KEYS | {"blocked", "previous", "sources"}
        assert change["action"] in {"create", "update", "delete", "adopt"}
        assert change["reason"] in REASONS and change["risk"] in {"low", "medium", "high"}
        assert change["source"] is None or set(change["source"]) - {"base"} == {"file", "line"}
        for attribute in change["attributes"]:
            check_attribute(attribute)
    assert [c["n"] for c in document["calls"]] == list(range(1, len(document["calls"]) + 1))
    for call in document["calls"]:
        assert set(call) == CALL_KEYS and isinstance(call["input"], dict)
        assert all(0 < n <= len(document["calls"]) for n in call["needs"])
    for guard in document["guards"]:
        assert set(guard) == {"name", "result", "detail"} and guard["result"] in {"pass", "refuse"}
    for unread in document["unread"]:
        assert set(unread) == {"scope", "error", "message"}
    for notes in ("by_hand", "ignored", "leftovers", "released", "unmanaged", "warnings"):
        for note in document[notes]:
            assert set(note) == {"address", "id", "kind", "text"}


def test_documents_key_for_key(managed, tmp_path):
    after = plans.edit_scenario(managed.model, False)
    managed.commit(after)
    by_hand = [{"Key": "by", "Value": "hand"}]
    managed.aws.organizations.tag_resource(ResourceId=managed.ids.accounts["dev-6"], Tags=by_hand)
    managed.aws.iam.add_user_to_group(GroupName="data", UserName="dave")
    text = managed.charter("plan", "-o", "json").expect(0).out
    check_document(json.loads(text), "charter.plan/1")
    report = managed.charter("drift", "-o", "json").expect(0).json()
    check_document(report, "charter.drift/1")
    check_drift(report)
    assert report["drift"]["items"]
    saved = tmp_path / "plan.json"
    saved.write_text(text)
    # A saved plan, printed again, is the same in every form.
    assert managed.charter("show", str(saved), "-o", "json").expect(0).out == text
    for form in ("text", "markdown", "calls"):
        shown = managed.charter("show", str(saved), "-o", form).expect(0).out
        assert shown == managed.charter("plan", "-o", form).expect(0).out
    told(
        managed.charter("show", str(managed.repo.path / "charter.yaml")), "neither a saved plan nor"
    )
    live, drift = tmp_path / "live.jsonl", tmp_path / "drift.json"
    managed.charter("snapshot", "--out", str(live)).expect(0)
    managed.charter("drift", "-o", f"json={drift}").expect(0)
    for command in ("apply", "comment", "permissions"):
        told(managed.charter(command, str(live)), "a snapshot, and no saved plan", "--out")
    told(managed.charter("apply", str(drift)), "a drift report, and no saved plan", "--out")
    told(managed.charter("plan", "--live", str(saved)), "not a snapshot")


def without_meta(plan):
    return {k: v for k, v in plan.items() if k != "meta"}


def test_snapshot(managed, tmp_path, proxy):
    after = plans.edit_scenario(managed.model, False)
    managed.commit(after)
    live = tmp_path / "live.jsonl"
    managed.charter("snapshot", "--out", str(live)).expect(0)
    read = managed.charter.plan()
    proxy.reset()
    env = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
    again = managed.charter("plan", "-o", "json", "--live", str(live), env=env).expect(0).json()
    assert without_meta(again) == without_meta(read)
    assert proxy.requests == []
    lines = managed.charter("show", str(live)).expect(0).out.splitlines()
    assert any(line.startswith("unit/Security ou-") for line in lines)
    ids = managed.charter("show", str(live), "-o", "json").expect(0).json()
    assert [f"{row['address']} {row['id']}" for row in ids] == lines
    told(managed.charter("show", str(live), "-o", "markdown"), "text or json")
    told(managed.charter("apply", "--live", str(live)), "--live")


def test_report_ids(managed):
    lines = managed.charter("report", "ids", "-q").expect(0).out.splitlines()
    rows = managed.charter("report", "ids", "-q", "-o", "json").expect(0).json()
    assert [f"{row['address']} {row['id']}" for row in rows] == lines
    assert f"account/master {seed.MANAGEMENT}" in lines
    told(managed.charter("report", "ids", "-q", "-o", "calls"), "it writes text, markdown, json")


def test_permissions(managed, tmp_path, proxy):
    def actions(*args):
        policy = managed.charter("permissions", *args).expect(0).json()
        assert set(policy) == {"Statement", "Version"}
        return {s["Sid"]: s["Action"] for s in policy["Statement"]}

    reads = actions()
    assert reads.pop("CharterEnters") == ["sts:AssumeRole", "sts:SetSourceIdentity"]
    assert list(reads) == ["CharterReads"]
    beside = [
        a
        for a in reads["CharterReads"]
        if not a.split(":")[1].startswith(("Get", "List", "Describe"))
    ]
    # Who made a difference, the hygiene report, and the doctor.
    assert sorted(beside) == [
        "cloudtrail:LookupEvents",
        "iam:GenerateCredentialReport",
        "iam:SimulatePrincipalPolicy",
    ]
    managed.commit(plans.edit_scenario(managed.model, False))
    saved = tmp_path / "plan.json"
    plan = managed.charter.plan("--out", str(saved))
    needed = {f"{c['service']}:{c['operation']}" for c in plan["calls"]}
    of_plan, of_all = actions(str(saved)), actions("all")
    assert set(of_plan["CharterWrites"]) == needed
    assert set(of_plan["CharterWrites"]) <= set(of_all["CharterWrites"])
    assert "organizations:LeaveOrganization" not in of_all["CharterWrites"]
