"""Faults while charter works in Identity Center: lost requests and answers, kills, jobs that fail, conflicts
that last, listings that are cut. The next apply converges; nothing is there twice, nothing is taken from
anybody by a mistake."""

from __future__ import annotations

import json
import os
import signal

import plans
import pytest
import seed
from staff import EDITED, FIRST, assign, edited, rows
from test_identity import assert_center

# The writes of staff.py's commit: the record's three too.
CALLS = 29


@pytest.fixture
def changing(staff):
    """The commit of staff.py is made, and not applied yet."""
    staff.after = edited(staff.model)
    staff.commit(staff.after)
    return staff


def converge(staff, after=None, assigned=EDITED):
    """Whatever was left, the next apply ends in the wanted state, and nothing is twice."""
    staff.charter.apply()
    assert_center(staff.center, after or staff.after, rows(assigned))
    plans.assert_empty(staff.charter.plan("--ref", "HEAD"))


def test_without_faults(changing, proxy):
    """Each call is sent once; what a set gains comes before what it loses, and then it is provisioned
    once."""
    plan = changing.charter.plan("--ref", "HEAD")
    assert len(plan["calls"]) == CALLS, changing.calls(plan)
    proxy.reset()
    converge(changing)
    sent = changing.sent()
    assert sorted(sent) == changing.calls(plan)
    assert sent.count("ProvisionPermissionSet") == 1
    assert sent.index("AttachManagedPolicyToPermissionSet") < sent.index(
        "DetachManagedPolicyFromPermissionSet"
    )


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "action, index",
    [("cut_after", k) for k in range(CALLS)] + [("cut_before", k) for k in range(0, CALLS, 4)],
)
def test_connection_cut(changing, proxy, index, action):
    fault = proxy.add(action, mutates=True, nth=index)
    result = changing.charter("apply", "--ref", "HEAD").expect(0, 5)
    assert fault.hits == 1
    if result.code == 0:
        assert_center(changing.center, changing.after, rows(EDITED))
    converge(changing)


@pytest.mark.parametrize("action", ["cut_after", "cut_before", "throttle", "truncate", "html"])
def test_one_write_of_each_sort(changing, proxy, action):
    """The first of every operation, in one run."""
    operations = sorted(set(changing.calls(changing.charter.plan("--ref", "HEAD"))))
    faults = [proxy.add(action, operation=operation) for operation in operations]
    changing.charter("apply", "--ref", "HEAD").expect(0, 5)
    proxy.faults.clear()
    converge(changing)
    assert len([f for f in faults if f.hits]) >= 8


@pytest.mark.exhaustive
@pytest.mark.parametrize("action", ["call_before", "call_after"])
@pytest.mark.parametrize(
    "operation",
    [
        "CreateUser",
        "CreatePermissionSet",
        "AttachManagedPolicyToPermissionSet",
        "CreateAccountAssignment",
        "DeleteAccountAssignment",
        "ProvisionPermissionSet",
        "DescribePermissionSetProvisioningStatus",
    ],
)
def test_process_killed(changing, proxy, operation, action):
    """Before and after AWS has the call, and while a job is under way."""
    running = []

    def kill(request):
        os.kill(running[0].pid, signal.SIGKILL)

    fault = proxy.add(action, operation=operation, callback=kill)
    running.append(changing.charter.start("apply", "--ref", "HEAD"))
    running[0].communicate(timeout=120)
    assert fault.hits == 1 and running[0].returncode == -signal.SIGKILL
    proxy.faults.clear()
    converge(changing)


def body_of(job, status, **more):
    return json.dumps({job: {"Status": status, "RequestId": REQUEST, **more}}).encode()


REQUEST = "11111111-2222-4333-8444-555555555555"
FAILURE = "Received a 404 status error: Not supported policy arn:aws:iam::1:policy/missing."


def fail_job(proxy, start, status, job):
    """It starts, and then fails; AWS has done nothing."""
    more = {"times": 0, "status": 200}
    proxy.add("status", operation=start, body=body_of(job, "IN_PROGRESS"), **more)
    failed = body_of(job, "FAILED", FailureReason=FAILURE)
    proxy.add("status", operation=status, body=failed, **more)


@pytest.mark.parametrize(
    "start, status, job",
    [
        (
            "CreateAccountAssignment",
            "DescribeAccountAssignmentCreationStatus",
            "AccountAssignmentCreationStatus",
        ),
        (
            "DeleteAccountAssignment",
            "DescribeAccountAssignmentDeletionStatus",
            "AccountAssignmentDeletionStatus",
        ),
        (
            "ProvisionPermissionSet",
            "DescribePermissionSetProvisioningStatus",
            "PermissionSetProvisioningStatus",
        ),
    ],
)
def test_job_that_fails_after_starting(changing, proxy, start, status, job):
    """A failed change, with AWS's reason; what depends on it waits, what does not goes on."""
    fail_job(proxy, start, status, job)
    result = changing.charter("apply", "--ref", "HEAD").expect(5)
    assert "Not supported policy" in result.out + result.err
    done = [r.operation for r in proxy.mutations() if r.reached]
    assert "CreateUser" in done and "UpdateGroup" in done
    if start == "DeleteAccountAssignment":
        assert "DeletePermissionSet" not in done
    proxy.reset()
    converge(changing)


@pytest.mark.parametrize("operation", ["CreateAccountAssignment", "ProvisionPermissionSet"])
def test_conflict_that_lasts(changing, proxy, operation):
    conflict = {"status": 400, "code": "ConflictException", "times": 0}
    fault = proxy.add("status", operation=operation, **conflict)
    env = {"AWS_MAX_ATTEMPTS": "2"}
    result = changing.charter("apply", "--ref", "HEAD", env=env).expect(5)
    assert fault.hits and "ConflictException" in result.out + result.err
    proxy.reset()
    converge(changing)


def test_conflict_that_passes(changing, proxy):
    conflict = {"status": 400, "code": "ConflictException"}
    for operation in ("CreateAccountAssignment", "DeletePermissionSet", "PutInlinePolicyToPermissionSet"):
        proxy.add("status", operation=operation, **conflict)
    changing.charter.apply()
    assert_center(changing.center, changing.after, rows(EDITED))


ADMINS = {"Admin group/ops": FIRST["Admin group/ops"]}
# What may not be taken away while this is not read.
NEEDED = {
    "ListUsers": {"DeleteUser", "DeleteGroupMembership"},
    "ListGroups": {"DeleteGroup", "DeleteGroupMembership"},
    "ListGroupMemberships": {"DeleteGroup", "DeleteGroupMembership"},
    "ListPermissionSets": {"CreatePermissionSet", "DeletePermissionSet", "DeleteAccountAssignment"},
}


@pytest.mark.parametrize(
    "listing, scope, option",
    [
        ("ListUsers", "identity_users", "--ref=HEAD"),
        # By principal nobody asks about a group that no listing shows.
        ("ListGroups", "identity_groups", "--exact"),
    ],
)
def test_listing_that_returns_half(changing, proxy, listing, scope, option):
    """An outage of the identity provider: whoever is missing has not gone."""
    before = changing.center.read()
    fault = proxy.add("half", operation=listing, times=0)
    plan = changing.charter.plan("--ref", "HEAD", option, code=6)
    assert fault.hits
    (why,) = [u for u in plan["unread"] if u["scope"] == scope]
    assert why["error"] == "IncompleteListing" and any(c.isdigit() for c in why["message"])
    report = changing.charter("drift", "-o", "json", option).expect(6).json()
    assert not [c for c in report["changes"] if c["action"] == "delete"]
    result = changing.charter("apply", "--ref", "HEAD", option).expect(6)
    assert "IncompleteListing" in result.out + result.err
    # Only what the commit itself takes away, and what was read of it, may go.
    left = {row.replace("builders", "eng") for row in changing.center.read_assignments()}
    gone = set(before.assignments) - left
    kept = {"Reader/work-1/group/eng", "Reader/master/user/cat", *rows(ADMINS)}
    assert not gone & kept
    members = {name: set(group["members"]) for name, group in before.groups.items()}
    after = changing.center.read_groups()
    assert members["ops"] <= set(after["ops"]["members"])
    proxy.reset()
    converge(changing)


def test_nothing_is_taken_while_half_of_the_people_are_missing(staff, proxy):
    """With no change asked for: no call at all, and the run says why."""
    proxy.add("half", operation="ListUsers", times=0)
    for command in (("plan", "--ref", "HEAD"), ("drift",), ("apply", "--ref", "HEAD")):
        result = staff.charter(*command).expect(6)
        assert "IncompleteListing" in result.out + result.err
    assert staff.sent() == []
    proxy.reset()
    assert_center(staff.center, staff.model, rows(FIRST))
    plans.assert_empty(staff.charter.plan("--ref", "HEAD"))


READS = [
    "ListInstances",
    "ListUsers",
    "ListGroups",
    "ListGroupMemberships",
    "ListPermissionSets",
    "DescribePermissionSet",
    "ListManagedPoliciesInPermissionSet",
    "GetInlinePolicyForPermissionSet",
    "GetPermissionsBoundaryForPermissionSet",
    "ListAccountsForProvisionedPermissionSet",
]


@pytest.mark.exhaustive
@pytest.mark.parametrize("operation", READS)
def test_reading_denied(changing, proxy, operation):
    """What was not read is not taken for absent."""
    fault = proxy.add("deny", operation=operation, times=0)
    plan = changing.charter.plan("--ref", "HEAD", code=6)
    assert fault.hits and plan["unread"]
    if operation == "ListInstances":
        assert changing.calls(plan) == []
    assert not NEEDED.get(operation, set()) & set(changing.calls(plan))


def test_assignments_denied(changing, proxy):
    """By principal or by pair, whichever it is: none is taken, and none is made twice."""
    faults = [
        proxy.add("deny", operation=operation, times=0)
        for operation in ("ListAccountAssignments", "ListAccountAssignmentsForPrincipal")
    ]
    changing.charter("apply", "--ref", "HEAD").expect(6)
    assert any(fault.hits for fault in faults)
    assert not {"DeleteAccountAssignment", "DeletePermissionSet"} & set(changing.sent())
    proxy.reset()
    converge(changing)


def test_accounts_denied(changing, proxy):
    """Whose assignments are in accounts that no listing showed is not known: none of them goes, and
    nothing else is said of them."""
    proxy.add("deny", operation="ListAccounts", times=1000)
    plan = changing.charter.plan("--ref", "HEAD", code=6)
    assert not plan["complete"]
    going = [c for c in plan["changes"] if c["kind"] in ("assignment", "permission_set")]
    going = [c["address"] for c in going if c["action"] == "delete" and not c.get("blocked")]
    assert not going
    told = json.dumps([plan[key] for key in ("unmanaged", "released", "warnings")])
    assert "~" not in told, told


@pytest.mark.exhaustive
@pytest.mark.parametrize("action", ["empty_page", "repeat_token"])
@pytest.mark.parametrize("operation", ["ListUsers", "ListGroups", "ListPermissionSets"])
def test_pages(changing, proxy, operation, action):
    fault = proxy.add(action, operation=operation, times=0 if action == "repeat_token" else 1)
    plan = changing.charter.plan("--ref", "HEAD", code=6 if action == "repeat_token" else 0)
    assert fault.hits
    if action == "repeat_token":
        assert "Delete" + operation[4:-1] not in changing.calls(plan)


def test_order_and_size_of_pages_change_nothing(changing, proxy):
    plan = {**changing.charter.plan("--ref", "HEAD"), "meta": None}
    for seed_number, size in ((1, 1), (2, 2)):
        proxy.reset()
        proxy.shuffle, proxy.page_size = seed_number, size
        again = {**changing.charter.plan("--ref", "HEAD"), "meta": None}
        assert json.dumps(again) == json.dumps(plan)


def test_two_runs_at_once_make_nothing_twice(changing):
    """Each finds what the other has done, or stops as stale; the one after ends it."""
    if changing.bench.simulator.name == "moto":
        pytest.skip("moto makes two permission sets of a name")
    running = [changing.charter.start("apply", "--ref", "HEAD") for _ in range(2)]
    for process in running:
        process.communicate(timeout=120)
        assert process.returncode in (0, 4, 5), process.returncode
    converge(changing)


def test_assignment_asked_for_twice(staff, proxy):
    """Its answer was lost, and another hand made it meanwhile: it is there once."""
    own = staff.model["identity_center"]["assignments"]
    more = assign("Writer", "user/dan", accounts=["work-1"])
    staff.put(assignments=[*own, more])

    def other_hand(request):
        staff.center.assign("Writer", "work-1", "user/dan")

    fault = proxy.add("call_before", operation="CreateAccountAssignment", callback=other_hand)
    staff.charter("apply", "--ref", "HEAD").expect(0, 5)
    assert fault.hits == 1
    after = seed.changed(staff.model)
    converge(staff, after, {**FIRST, "Writer user/dan": ["work-1"]})
