"""Every mutating call of the main scenario: its answer lost, the request lost, the process killed
before and after the server had it. The next apply converges and nothing exists twice."""

import os
import random
import signal
import time

import plans
import pytest
import seed
from live import assert_live, read_live

# The scenario's own calls, and the three of the record.
CALLS = len(plans.SCENARIO_OPERATIONS) + 3


def creations(proxy):
    made = [r for r in proxy.mutations() if r.reached and r.operation.startswith("Create")]
    return sorted(r.operation for r in made)


def converge(world, after):
    """Whatever the first apply left, the next one ends in the wanted state, and nothing is twice."""
    world.charter("apply", "--ref", "HEAD").expect(0)
    assert_live(world.aws, after)
    plans.assert_empty(world.charter.plan("--ref", "HEAD"))


def test_every_index_is_tried(managed):
    """The numbers below are those of all calls of the plan, no more and no fewer."""
    managed.commit(plans.edit_scenario(managed.model, False))
    assert len(managed.charter.plan("--ref", "HEAD")["calls"]) == CALLS


def once_each(proxy):
    made = creations(proxy)
    assert made.count("CreateAccount") == 1, made
    assert made.count("CreateOrganizationalUnit") == 2, made


@pytest.mark.exhaustive
@pytest.mark.parametrize("index", range(CALLS))
@pytest.mark.parametrize("action", ["cut_after", "cut_before"])
def test_connection_cut(managed, proxy, index, action):
    after = plans.edit_scenario(managed.model, False)
    managed.commit(after)
    fault = proxy.add(action, mutates=True, nth=index)
    result = managed.charter("apply", "--ref", "HEAD").expect(0, 5)
    assert fault.hits == 1
    if result.code == 0:
        assert_live(managed.aws, after)
    converge(managed, after)
    once_each(proxy)


def kill_at(managed, proxy, action, index):
    """An apply that is killed before or after its write of this index reaches AWS."""
    running = []

    def kill(request):
        os.kill(running[0].pid, signal.SIGKILL)

    fault = proxy.add(action, mutates=True, nth=index, callback=kill)
    running.append(managed.charter.start("apply", "--ref", "HEAD"))
    running[0].communicate(timeout=120)
    assert fault.hits == 1 and running[0].returncode == -signal.SIGKILL
    assert [r.reached for r in proxy.requests if r.fault] == [action == "call_after"]


@pytest.mark.exhaustive
@pytest.mark.parametrize("index", range(CALLS))
@pytest.mark.parametrize("action", ["call_before", "call_after"])
def test_process_killed(managed, proxy, index, action):
    after = plans.edit_scenario(managed.model, False)
    managed.commit(after)
    kill_at(managed, proxy, action, index)
    converge(managed, after)
    once_each(proxy)


READS = [
    "ListRoots",
    "ListAccounts",
    "ListAccountsForParent",
    "ListOrganizationalUnitsForParent",
    "ListPolicies",
    "DescribePolicy",
    "ListTargetsForPolicy",
    "ListTagsForResource",
    "ListCreateAccountStatus",
    "GetAccountAuthorizationDetails",
    "ListPolicyTags",
]


@pytest.mark.parametrize("operation", READS)
def test_reading_denied(managed, proxy, operation):
    """What was not read is left out, with all that depends on it; what was read is done."""
    after = plans.edit_scenario(managed.model, False)
    managed.commit(after)
    fault = proxy.add("deny", operation=operation, times=0)
    result = managed.charter("apply", "--ref", "HEAD").expect(0, 1, 5, 6)
    assert fault.hits
    if operation != "ListCreateAccountStatus":
        assert result.code != 0
    proxy.faults.clear()
    converge(managed, after)
    once_each(proxy)


@pytest.mark.exhaustive
@pytest.mark.parametrize("number", range(8))
def test_many_faults_together(managed, proxy, number):
    """Reads and writes fail at random, again and again, those too that look for a lost write."""
    after = plans.edit_scenario(managed.model, False)
    managed.commit(after)
    dice = random.Random(number)
    conflict = {"status": 400, "code": "ConcurrentModificationException"}

    def organizations(request):
        return request.service == "organizations" and request.mutates and dice.random() < 0.1

    for action in ("cut_before", "cut_after", "throttle", "truncate", "html"):
        proxy.add(action, times=0, where=lambda request: dice.random() < 0.04)
    proxy.add("status", times=0, where=organizations, **conflict)
    for attempt in range(3):
        managed.charter("apply", "--ref", "HEAD").expect(0, 1, 5, 6)
    proxy.faults.clear()
    converge(managed, after)
    once_each(proxy)


@pytest.mark.parametrize(
    "action, options",
    [
        ("throttle", {}),
        ("throttle", {"retry_after": 1}),
        ("status", {"status": 400, "code": "ConcurrentModificationException"}),
        ("status", {"status": 500, "code": "ServiceException"}),
        ("status", {"status": 503, "code": "ServiceUnavailable"}),
        ("status", {"status": 403, "code": "ExpiredTokenException"}),
        ("wrong_length", {}),
        ("html", {}),
        ("truncate", {}),
    ],
)
@pytest.mark.parametrize("operation", ["CreateOrganizationalUnit", "CreateAccount", "MoveAccount"])
def test_error_of_a_write(managed, proxy, operation, action, options):
    after = plans.edit_scenario(managed.model, False)
    managed.commit(after)
    fault = proxy.add(action, operation=operation, **options)
    managed.charter("apply", "--ref", "HEAD").expect(0, 5)
    assert fault.hits == 1
    converge(managed, after)
    once_each(proxy)


def test_denied_write_ends_in_part(managed, proxy):
    """What depends on it is left out, what does not goes on; the record stays where it was."""
    after = plans.edit_scenario(managed.model, False)
    managed.commit(after)
    proxy.add("deny", operation="CreateOrganizationalUnit", times=0)
    result = managed.charter("apply", "--ref", "HEAD").expect(5)
    assert "CreateOrganizationalUnit" in result.out + result.err
    operations = [r.operation for r in proxy.mutations() if r.reached]
    assert "UpdatePolicy" in operations and "DeleteGroup" in operations
    proxy.reset()
    converge(managed, after)


def signalled(managed, proxy, signals, seconds):
    """An apply that gets these signals while its sixth write is with the server."""
    running = []

    def send(request):
        for number in signals:
            running[0].send_signal(number)
            time.sleep(0.1)

    proxy.add("delay", mutates=True, nth=5, seconds=seconds, callback=send)
    running.append(managed.charter.start("apply", "--ref", "HEAD"))
    out, err = running[0].communicate(timeout=120)
    return running[0].returncode, err.decode()


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupt(managed, proxy, number, code):
    """What is in flight ends, its line is in the journal, and the next apply continues."""
    after = plans.edit_scenario(managed.model, False)
    managed.commit(after)
    exit_code, err = signalled(managed, proxy, [number], 0.5)
    assert exit_code == code, err
    sent = len(proxy.mutations())
    assert sent < CALLS
    lines = plans.journals(managed.charter.home)[-2 * sent - 2 :]
    ended = [line["n"] for line in lines if line.get("event") == "end"]
    assert len(ended) >= sent and lines[-1]["event"] not in ("send",), lines
    converge(managed, after)
    once_each(proxy)


def test_second_interrupt_leaves_at_once(managed, proxy):
    after = plans.edit_scenario(managed.model, False)
    managed.commit(after)
    begun = time.monotonic()
    exit_code, err = signalled(managed, proxy, [signal.SIGINT, signal.SIGINT], 20)
    assert exit_code == 130, err
    assert time.monotonic() - begun < 15
    converge(managed, after)
    once_each(proxy)


def test_interrupt_while_reading(managed, proxy):
    managed.commit(plans.edit_scenario(managed.model, False))
    running = []
    proxy.add(
        "delay",
        operation="ListAccounts",
        seconds=0.3,
        callback=lambda request: running[0].send_signal(signal.SIGINT),
    )
    running.append(managed.charter.start("apply", "--ref", "HEAD"))
    running[0].communicate(timeout=60)
    assert running[0].returncode == 130
    assert proxy.mutations() == []


def test_commands_that_look_send_nothing_that_changes(managed, proxy, tmp_path):
    managed.commit(plans.edit_scenario(managed.model, False))
    managed.charter("plan", "--ref", "HEAD").expect(0)
    managed.charter("drift", "--ref", "HEAD").expect(0)
    managed.charter("snapshot", "--out", str(tmp_path / "live.json")).expect(0, 1)
    managed.charter("validate").expect(0)
    assert proxy.operations() and proxy.mutations() == []


def test_journal_that_cannot_be_written(managed, proxy):
    """Without a line before it, nothing is sent."""
    managed.commit(plans.edit_scenario(managed.model, False))
    result = managed.charter("apply", "--ref", "HEAD", "--journal", "/dev/full").expect(1)
    assert "journal" in result.err or "/dev/full" in result.err
    assert proxy.mutations() == []


def test_account_asked_for_by_a_run_before(managed, proxy):
    """The creation is under way, and in no listing of accounts: the status list tells of it."""
    after = plans.edit_scenario(managed.model, False)
    managed.commit(after)
    proxy.add("cut_after", operation="CreateAccount")
    managed.charter("apply", "--ref", "HEAD").expect(0, 5)
    looked = [r.operation for r in proxy.requests if r.operation == "ListCreateAccountStatus"]
    assert looked
    converge(managed, after)
    once_each(proxy)


def test_user_with_what_is_not_managed(managed, proxy):
    """AWS refuses to delete a user that has come by something since: the message says what to do."""
    after = seed.changed(managed.model)
    del after["iam"]["accounts"]["master"]["users"]["frank"]
    managed.commit(after)
    # moto deletes such a user, keys and all.
    conflict = {"status": 409, "code": "DeleteConflict", "times": 0}
    proxy.add("status", operation="DeleteUser", **conflict)
    env = {"AWS_MAX_ATTEMPTS": "2"}
    result = managed.charter("apply", "--ref", "HEAD", env=env).expect(5)
    assert "DeleteConflict" in result.err and "gained something since the plan" in result.err
    proxy.reset()
    converge(managed, after)


def test_changed_between_plan_and_apply_is_stale(managed, proxy, tmp_path):
    """Someone edits what the plan will edit: that change stops, the others go on."""
    after = plans.edit_scenario(managed.model, False)
    managed.commit(after)
    saved = tmp_path / "plan.json"
    managed.charter("plan", "--ref", "HEAD", "--out", str(saved)).expect(0)
    policy = managed.ids.policies["deny-leave"]
    hand = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"a:b","Resource":"*"}]}'
    managed.aws.organizations.update_policy(PolicyId=policy, Content=hand)
    managed.charter("apply", str(saved), "--ref", "HEAD").expect(4, 5)
    content = read_live(managed.aws)["policies"]["deny-leave"]["content"]
    assert content["Statement"][0]["Action"] == "a:b"
    converge(managed, after)


def test_unreachable_endpoint(managed):
    result = managed.charter("plan", "--ref", "HEAD", env={"AWS_ENDPOINT_URL": "http://127.0.0.1:9"})
    result.expect(1)
    assert "127.0.0.1:9" in result.err or "127.0.0.1" in result.err


def test_plain_http_beyond_the_loopback_is_refused(managed):
    result = managed.charter("plan", "--ref", "HEAD", env={"AWS_ENDPOINT_URL": "http://192.0.2.1:80"})
    result.expect(1)
    assert "http" in result.err
