"""Faults by specification, over HTTP: what a client sees of each kind that can be seen, and whether
the call took effect."""

from __future__ import annotations

import email.utils
import http.client
import socket
import time
import urllib.error

import pytest
import wire

WRITES = ("organizations", "CreateOrganizationalUnit")


@pytest.fixture
def root(aws):
    aws.organizations.create_organization(FeatureSet="ALL")
    return aws.organizations.list_roots()["Roots"][0]["Id"]


@pytest.fixture
def faults(simulator):
    """Sets the specification; the twin forgets it with the test."""
    return lambda spec: simulator.control("PUT", "faults", spec.encode())


def units(aws, root):
    found = aws.organizations.list_organizational_units_for_parent(ParentId=root)
    return [unit["Name"] for unit in found["OrganizationalUnits"]]


def make(simulator, root, name):
    return wire.call(simulator, *WRITES, {"ParentId": root, "Name": name})


# The connection


@pytest.mark.parametrize(
    "action, effect", [("refuse", False), ("reset_before", False), ("reset_after", True)]
)
def test_broken_connection(simulator, aws, root, faults, action, effect):
    faults(f"{action}@CreateOrganizationalUnit#1")
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        make(simulator, root, "X")
    assert units(aws, root) == (["X"] if effect else [])
    assert make(simulator, root, "Y").status == 200


def test_truncated_body(simulator, aws, root, faults):
    whole = wire.call(simulator, "organizations", "ListRoots").body
    faults("truncate")
    with pytest.raises(http.client.IncompleteRead) as error:
        make(simulator, root, "X")
    assert error.value.partial and error.value.expected
    with pytest.raises(http.client.IncompleteRead) as error:
        wire.call(simulator, "organizations", "ListRoots")
    assert whole.startswith(error.value.partial)
    faults("")
    assert units(aws, root) == ["X"]


def test_body_longer_than_announced(simulator, aws, root, faults):
    faults("wrong_length@CreateOrganizationalUnit")
    path, headers, body = wire.parts(simulator, *WRITES, {"ParentId": root, "Name": "X"})
    lines = [f"POST {path} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items())]
    head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode()
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=30) as s:
        s.sendall(head + body)
        reply = b"".join(iter(lambda: s.recv(65536), b""))
    head, _, got = reply.partition(b"\r\n\r\n")
    announced = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    assert len(announced) == 1 and int(announced[0].split(b":")[1]) < len(got)
    assert b"OrganizationalUnit" in got
    assert units(aws, root) == ["X"]


def test_delay(simulator, root, faults):
    faults("delay=400@ListRoots")
    began = time.monotonic()
    assert wire.call(simulator, "organizations", "ListRoots").status == 200
    assert time.monotonic() - began >= 0.4
    began = time.monotonic()
    assert wire.call(simulator, "sts", "GetCallerIdentity").status == 200
    assert time.monotonic() - began < 0.4


# Answers that are not the call's own


@pytest.mark.parametrize(
    "spec, status, code, effect",
    [
        ("status=503", 503, "ServiceUnavailable", False),
        ("status=400/PolicyChangesInProgressException", 400, "PolicyChangesInProgressException", False),
        ("status_after=500", 500, "ServiceException", True),
        ("throttle", 400, "TooManyRequestsException", False),
        ("expire", 400, "ExpiredTokenException", False),
        ("concurrent", 400, "ConcurrentModificationException", False),
        ("deny", 400, "AccessDeniedException", False),
    ],
)
def test_error(simulator, aws, root, faults, spec, status, code, effect):
    faults(f"{spec}@writes")
    answer = make(simulator, root, "X")
    assert (answer.status, answer.code()) == (status, code)
    assert answer.headers["x-amzn-errortype"] == code
    assert units(aws, root) == (["X"] if effect else [])


@pytest.mark.parametrize(
    "spec, status, code",
    [
        ("throttle", 400, "Throttling"),
        ("expire", 403, "ExpiredToken"),
        ("deny", 403, "AccessDenied"),
        ("concurrent", 409, "ConcurrentModification"),
        ("status=500", 500, "ServiceFailure"),
    ],
)
def test_error_of_iam(simulator, aws, faults, spec, status, code):
    faults(f"{spec}@iam:*")
    answer = wire.call(simulator, "iam", "CreateUser", {"UserName": "x"})
    assert (answer.status, answer.code()) == (status, code)
    faults("")
    assert aws.iam.list_users()["Users"] == []


def test_throttling_with_a_hint(simulator, root, faults):
    assert "retry-after" not in make(simulator, root, "A").headers
    faults("throttle=3@writes")
    headers = make(simulator, root, "X").headers
    assert (headers["retry-after"], headers["x-amz-retry-after"]) == ("3", "3000")


def test_page_of_a_proxy(simulator, aws, root, faults):
    faults("html=502@CreateOrganizationalUnit")
    answer = make(simulator, root, "X")
    assert answer.status == 502 and answer.headers["content-type"] == "text/html"
    assert b"<html>" in answer.body and "x-amzn-requestid" not in answer.headers
    assert units(aws, root) == []


def test_clock_that_is_ahead(simulator, root, faults):
    """The Date header tells by how much; what is signed for that time is accepted."""
    faults("skew=3600#1")
    answers = [wire.call(simulator, "organizations", "ListRoots") for _ in range(2)]
    assert answers[-1].code() == "InvalidSignatureException"
    date = email.utils.parsedate_to_datetime(answers[-1].headers["date"]).timestamp()
    assert 3590 < date - time.time() < 3610


# Listings


def test_stale_read(simulator, root, faults):
    make(simulator, root, "A")
    faults("stale@ListOrganizationalUnitsForParent#2")
    listing = ("organizations", "ListOrganizationalUnitsForParent", {"ParentId": root})
    make(simulator, root, "B")
    names = []
    for _ in range(3):
        found = wire.call(simulator, *listing).json()["OrganizationalUnits"]
        names.append([unit["Name"] for unit in found])
    assert names == [["A", "B"], ["A"], ["A", "B"]]


def all_pages(simulator, operation, member, input_, most=20):
    sizes, items, token = [], [], None
    for _ in range(most):
        more = {"NextToken": token} if token else {}
        page = wire.call(simulator, "organizations", operation, {**input_, **more}).json()
        sizes.append(len(page[member]))
        items += [item["Name"] for item in page[member]]
        token = page.get("NextToken")
        if not token:
            break
    return sizes, items, token


def test_pages_that_are_empty_or_short(simulator, root, faults):
    wanted = [f"U{k}" for k in range(30)]
    for name in wanted:
        make(simulator, root, name)
    listing = "ListOrganizationalUnitsForParent", "OrganizationalUnits", {"ParentId": root}
    assert all_pages(simulator, *listing) == ([20, 10], wanted, None)
    faults("empty_page@ListOrganizationalUnitsForParent#1")
    sizes, items, token = all_pages(simulator, *listing)
    assert sizes[0] == 0 and items == wanted and token is None
    faults("short_page@ListOrganizationalUnitsForParent#1-3")
    sizes, items, token = all_pages(simulator, *listing)
    assert sizes[0] < 20 and items == wanted and token is None


def test_token_that_repeats(simulator, root, faults):
    for k in range(3):
        make(simulator, root, f"U{k}")
    faults("repeat_token@ListOrganizationalUnitsForParent")
    listing = "ListOrganizationalUnitsForParent", "OrganizationalUnits", {"ParentId": root}
    sizes, _, token = all_pages(simulator, *listing, most=6)
    assert len(sizes) == 6 and token


# What happens behind a client's back


def test_job_that_fails(simulator, aws, root, faults):
    faults("fail_job=INTERNAL_FAILURE@CreateAccount#1")
    states = []
    for k in range(2):
        input_ = {"AccountName": f"a{k}", "Email": f"a{k}@example.com"}
        made = wire.call(simulator, "organizations", "CreateAccount", input_).json()
        request = {"CreateAccountRequestId": made["CreateAccountStatus"]["Id"]}
        status = aws.organizations.describe_create_account_status(**request)["CreateAccountStatus"]
        states.append((status["State"], status.get("FailureReason")))
    assert states == [("FAILED", "INTERNAL_FAILURE"), ("SUCCEEDED", None)]


@pytest.mark.parametrize("what", ["tag", "rename", "move", "detach", "policy"])
def test_somebody_else(simulator, aws, root, faults, what):
    import tour

    aws.organizations.delete_organization()
    ids = tour.organizations(aws)
    made = aws.organizations.create_policy(
        Name="p", Description="d", Type="SERVICE_CONTROL_POLICY", Content=tour.DENY
    )
    aws.organizations.attach_policy(
        PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=ids.unit
    )
    before = simulator.control("GET", "state")
    faults(f"change={what}@GetCallerIdentity#1")
    assert wire.call(simulator, "sts", "GetCallerIdentity").status == 200
    after = simulator.control("GET", "state")
    tables = [t for t in ("root", "units", "accounts", "policies", "iam") if before[t] != after[t]]
    assert tables
    assert wire.call(simulator, "sts", "GetCallerIdentity").status == 200
    assert simulator.control("GET", "state")["units"] == after["units"]


# Which requests


def test_which_requests_are_hit(simulator, root, faults):
    def statuses(n):
        return [wire.call(simulator, "organizations", "ListRoots").status for _ in range(n)]

    faults("deny@ListRoots#2-3")
    assert statuses(5) == [200, 400, 400, 200, 200]
    faults("deny@reads#2-x2")
    assert statuses(5) == [200, 400, 400, 200, 200]
    faults("deny@writes, status=503@organizations:ListRoots#3")
    assert statuses(4) == [200, 200, 503, 200]
    faults("deny%30")
    hit = statuses(200).count(400)
    assert 20 < hit < 110
    # The same seed, the same chance.
    faults("deny%30")
    assert statuses(200).count(400) == hit
    assert simulator.control("GET", "stats")["faults"] >= 2 * hit


@pytest.mark.parametrize(
    "spec, said",
    [
        ("dney", "did you mean `deny`"),
        ("deny@ListRoot", "did you mean `ListRoots`"),
        ("status=99", "number"),
        ("deny#0", "#"),
        ("kill_before", "kill_before"),
    ],
)
def test_bad_specification(simulator, faults, spec, said):
    with pytest.raises(urllib.error.HTTPError) as error:
        faults(spec)
    assert error.value.code == 400 and said in error.value.read().decode()
    assert wire.alive(simulator)
