"""Guards and partial readings: what must not happen, seen from the server."""

import plans
import pytest
import seed
from live import assert_live, read_live, record_tags


def sent(proxy):
    """Mutating requests that reached the server, but for the record's own tags."""
    return [r for r in proxy.mutations() if r.reached and not plans.record_request(r)]


def refused(world, proxy, *args):
    """Plan and apply are refused by a guard, and no mutating request reaches the server."""
    plan = world.charter("plan", "--ref", "HEAD", *args)
    plan.expect(3)
    result = world.charter("apply", "--ref", "HEAD", *args)
    result.expect(3)
    assert [r.operation for r in proxy.mutations()] == []
    return plan.out + plan.err + result.out + result.err


def test_account_without_declaration_stays(managed, proxy):
    after = seed.changed(managed.model)
    for name in ("dev-1", "dev-2", "dev-3", "dev-4", "dev-5"):
        del after["accounts"][name]
    managed.commit(after)
    managed.charter.apply()
    assert sent(proxy) == []
    assert_live(managed.aws, managed.model)


def with_empty_units(model, n):
    after = seed.changed(model)
    for k in range(1, n + 1):
        after["units"][f"Empty-{k}"] = {}
    return after


def test_removal_budget(managed, proxy):
    """9 units: 10 % is 1, the floor 2. Three are refused, two are not."""
    four = with_empty_units(managed.model, 4)
    managed.commit(four)
    managed.charter.apply()
    proxy.reset()
    managed.commit(with_empty_units(managed.model, 1))
    assert "unit" in refused(managed, proxy)
    assert_live(managed.aws, four)
    two = with_empty_units(managed.model, 2)
    managed.commit(two)
    managed.charter.apply()
    assert_live(managed.aws, two)
    assert sorted(r.operation for r in sent(proxy)) == ["DeleteOrganizationalUnit"] * 2


def test_raised_limit_counts_from_the_next_commit(managed, proxy):
    managed.commit(with_empty_units(managed.model, 4))
    managed.charter.apply()
    proxy.reset()
    after = with_empty_units(managed.model, 0)
    limit = {"removals": {"default": {"floor": 10, "share": "50%", "count": 25}}}
    after["charter"]["guards"] = limit
    managed.commit(after)
    refused(managed, proxy)
    still = with_empty_units(managed.model, 4)
    still["charter"]["guards"] = limit
    managed.commit(still)
    managed.charter.apply()
    managed.commit(after)
    managed.charter.apply()
    assert_live(managed.aws, after)


def test_losing_members_is_a_removal(managed, proxy):
    after = seed.changed(managed.model)
    users = after["iam"]["accounts"]["master"]["users"]
    for name in ("alice", "bob", "carol", "erin"):
        users[name]["groups"] = []
    managed.commit(after)
    refused(managed, proxy)


def test_protected_is_not_deleted(managed, proxy):
    with_guard = seed.changed(managed.model)
    with_guard["charter"]["guards"] = {"protect": ["policy/no-marketplace", "unit/Security"]}
    managed.commit(with_guard)
    managed.charter.apply()
    proxy.reset()
    for change in ("delete", "strip", "unprotect"):
        after = seed.changed(with_guard)
        if change == "strip":
            after["units"]["Security"]["policies"] = []
        else:
            del after["policies"]["no-marketplace"]
        if change == "unprotect":
            del after["charter"]["guards"]
        managed.commit(after)
        refused(managed, proxy)
        managed.commit(with_guard)


def test_whole_section_gone(managed, proxy):
    after = seed.changed(managed.model)
    after["iam"] = {}
    managed.commit(after)
    refused(managed, proxy)
    after = seed.changed(managed.model)
    del after["iam"]["accounts"]["master"]["policies"]
    after["iam"]["accounts"]["master"]["users"]["bob"]["managed_policies"] = []
    for group in after["iam"]["accounts"]["master"]["groups"].values():
        group["managed_policies"] = []
    managed.commit(after)
    refused(managed, proxy)


def test_right_organization(managed, proxy):
    after = seed.changed(managed.model)
    after["charter"]["organization"]["id"] = "o-anotherone1"
    managed.commit(after)
    refused(managed, proxy)
    after = seed.changed(managed.model)
    after["charter"]["organization"]["management_account"] = "999999999999"
    after["accounts"]["master"]["id"] = "999999999999"
    managed.commit(after)
    proxy.reset()
    managed.charter("apply", "--ref", "HEAD").expect(3)
    assert proxy.mutations() == []
    assert "ListAccounts" not in proxy.operations()


def test_hold(managed, proxy):
    tag = [{"Key": "charter:hold", "Value": "incident 4711"}]
    managed.aws.organizations.tag_resource(ResourceId=managed.ids.root, Tags=tag)
    after = seed.changed(managed.model)
    after["units"]["Old"]["tags"]["owner"] = "x"
    managed.commit(after)
    result = managed.charter("apply", "--ref", "HEAD").expect(3)
    assert "incident 4711" in result.out + result.err
    assert proxy.mutations() == []
    managed.aws.organizations.untag_resource(ResourceId=managed.ids.root, TagKeys=["charter:hold"])
    managed.charter.apply()
    assert_live(managed.aws, after)


def test_adopting_takes_nothing_away(managed, proxy):
    """`policies` of a unit declared for the first time, and live has more than it says."""
    first = seed.changed(managed.model)
    del first["units"]["Workloads"]["policies"]
    managed.commit(first)
    managed.charter.apply()
    proxy.reset()
    after = seed.changed(managed.model)
    after["units"]["Workloads"]["policies"] = ["deny-root-keys"]
    managed.commit(after)
    said = refused(managed, proxy)
    assert "no-public-buckets" in said


def test_released_key_is_left_as_it_is(managed, proxy):
    after = seed.changed(managed.model)
    del after["units"]["Workloads"]["policies"]
    del after["units"]["Old"]["tags"]
    managed.commit(after)
    managed.charter.apply()
    assert sent(proxy) == []
    after["units"]["Workloads"]["policies"] = []
    assert read_live(managed.aws)["units"]["Workloads"]["policies"] != []


def test_no_removals(managed, proxy):
    after = plans.edit_scenario(managed.model, False)
    managed.commit(after)
    managed.charter.apply("--no-removals")
    operations = {r.operation for r in sent(proxy)}
    assert not operations & {"DeleteGroup", "DetachPolicy", "RemoveUserFromGroup"}
    assert "CreateAccount" in operations
    first = managed.repo.git("rev-parse", "HEAD~1")
    assert first in record_tags(managed.aws)["charter:applied/main"]
    managed.charter.apply()
    assert_live(managed.aws, after)


# A listing, and what of a commit that removes much must then not be sent.
LISTINGS = [
    "ListAccounts",
    "ListAccountsForParent",
    "ListOrganizationalUnitsForParent",
    "ListPolicies",
    "DescribePolicy",
    "ListTargetsForPolicy",
    "ListTagsForResource",
    "GetAccountAuthorizationDetails",
]
REMOVALS = {
    "ListAccounts": {"MoveAccount", "CreateAccount"},
    "ListAccountsForParent": {"DeleteOrganizationalUnit", "CreateAccount"},
    "ListOrganizationalUnitsForParent": {"DeleteOrganizationalUnit", "CreateOrganizationalUnit"},
    "ListPolicies": {"DeletePolicy", "CreatePolicy"},
    "DescribePolicy": {"UpdatePolicy"},
    "ListTargetsForPolicy": {"DeletePolicy", "DetachPolicy"},
    "ListTagsForResource": {"UntagResource"},
    "GetAccountAuthorizationDetails": {"DeleteGroup", "DeleteUser", "RemoveUserFromGroup"},
}


def removing_commit(world):
    """After an apply with one more of each, a commit that takes them away again."""
    more = seed.changed(world.model)
    more["units"]["Empty-1"] = {"tags": {"a": "b"}}
    more["policies"]["extra"] = {"document": "policies/extra.json", "tags": {"a": "b"}}
    more["documents"]["policies/extra.json"] = seed.statement("Deny", ["s3:DeleteBucket"])
    world.commit(more)
    world.charter.apply()
    after = seed.changed(world.model)
    del after["iam"]["accounts"]["master"]["groups"]["leavers"]
    after["iam"]["accounts"]["master"]["users"]["frank"]["groups"] = []
    world.commit(after)
    return after


@pytest.mark.parametrize("operation", LISTINGS)
@pytest.mark.parametrize("action", ["deny", "html", "truncate", "repeat_token"])
def test_listing_that_fails(managed, proxy, operation, action):
    removing_commit(managed)
    proxy.reset()
    before = read_live(managed.aws)
    proxy.add(action, operation=operation, times=0)
    if action == "repeat_token" and operation in ("DescribePolicy",):
        return
    plan = managed.charter("plan", "--ref", "HEAD", "-o", "json")
    plan.expect(1, 6)
    if plan.code == 6 and plan.out:  # without the record's tags there is no base, hence no plan
        body = plan.json()
        assert body["complete"] is False and body["unread"]
        assert not {c["operation"] for c in plans.real_calls(body)} & REMOVALS[operation]
        if action == "deny":
            assert operation in plan.out + plan.err or "AccessDenied" in plan.out + plan.err
    result = managed.charter("apply", "--ref", "HEAD").expect(1, 5, 6)
    assert result.code != 0
    assert not {r.operation for r in sent(proxy)} & REMOVALS[operation]
    assert read_live(managed.aws)["accounts"].keys() == before["accounts"].keys()
    proxy.reset()
    managed.charter("drift")
    managed.charter.apply()
    plans.assert_empty(managed.charter.plan("--ref", "HEAD"))


@pytest.mark.parametrize("operation", LISTINGS)
def test_drift_with_a_listing_that_fails(managed, proxy, operation):
    proxy.add("deny", operation=operation)
    managed.charter("drift").expect(6)


@pytest.mark.parametrize("operation", [o for o in LISTINGS if o != "DescribePolicy"])
def test_empty_page_with_a_token_is_no_absence(managed, proxy, operation):
    proxy.add("empty_page", operation=operation)
    plan = managed.charter.plan("--ref", "HEAD")
    assert plan["complete"] is True
    plans.assert_empty(plan)


@pytest.mark.exhaustive
@pytest.mark.parametrize("operation", LISTINGS)
@pytest.mark.parametrize("action", ["cut_before", "cut_after", "throttle", "status", "wrong_length"])
def test_one_failed_read_is_tried_again(managed, proxy, operation, action):
    fault = proxy.add(action, operation=operation, status=503)
    plan = managed.charter.plan("--ref", "HEAD")
    assert fault.hits == 1 and plan["complete"] is True
    plans.assert_empty(plan)
