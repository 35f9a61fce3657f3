"""Every mutating call of the main scenario: its answer lost, the request lost, the process killed
before and after the server had it. The next apply converges and nothing exists twice."""

import os
import signal

import plans
import pytest
from live import assert_live, read_live

# The scenario's own calls, the tags that new things get, and the three calls of the record; one
# more than there are, so that the last index finds nothing to break.
CALLS = len(plans.SCENARIO_OPERATIONS) + 6


def creations(proxy):
    made = [r for r in proxy.mutations() if r.reached and r.operation.startswith("Create")]
    return sorted(r.operation for r in made)


def converge(world, after):
    """Whatever the first apply left, the next ones end in the wanted state, and nothing is twice."""
    world.charter("apply", "--ref", "HEAD").expect(0)
    assert_live(world.aws, after)
    plans.assert_empty(world.charter.plan("--ref", "HEAD"))


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
    if not fault.hits:
        result.expect(0)
    if result.code == 0:
        assert_live(managed.aws, after)
    converge(managed, after)
    once_each(proxy)


@pytest.mark.exhaustive
@pytest.mark.parametrize("index", range(CALLS))
@pytest.mark.parametrize("action", ["call_before", "call_after"])
def test_process_killed(managed, proxy, index, action):
    after = plans.edit_scenario(managed.model, False)
    managed.commit(after)
    running = []

    def kill(request):
        os.kill(running[0].pid, signal.SIGKILL)

    fault = proxy.add(action, mutates=True, nth=index, callback=kill)
    running.append(managed.charter.start("apply", "--ref", "HEAD"))
    running[0].communicate(timeout=120)
    assert running[0].returncode == (-signal.SIGKILL if fault.hits else 0)
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


def test_interrupt(managed, proxy):
    """Ctrl-C during apply: what is in flight ends, exit 130, and the next apply continues."""
    after = plans.edit_scenario(managed.model, False)
    managed.commit(after)
    running = []

    def interrupt(request):
        running[0].send_signal(signal.SIGINT)

    proxy.add("delay", mutates=True, nth=5, seconds=0.5, callback=interrupt)
    running.append(managed.charter.start("apply", "--ref", "HEAD"))
    out, err = running[0].communicate(timeout=120)
    assert running[0].returncode == 130, err.decode()
    converge(managed, after)
    once_each(proxy)


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
