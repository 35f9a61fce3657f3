"""Each row of the three-way table of base, head and live, and the rules for sets, on moto.

The thing is an organization policy `p`: a, b and c are its texts, None is not declared or not there.
"""

import json

import plans
import pytest
import seed
from live import assert_live, loosened, read_live

TEXTS = {k: seed.statement(k.upper(), [f"s3:Delete{k.upper()}"]) for k in "abc"}


def with_policy(model, text):
    after = seed.changed(model)
    if text:
        after["policies"]["p"] = {"description": "", "document": "policies/p.json"}
        after["documents"]["policies/p.json"] = TEXTS[text]
    return after


def set_live(world, text):
    """The policy in moto becomes this, whatever it was."""
    org = world.aws.organizations
    found = org.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]
    ids = [p["Id"] for p in found if p["Name"] == "p"]
    if text is None:
        for policy in ids:
            org.delete_policy(PolicyId=policy)
    elif ids:
        org.update_policy(PolicyId=ids[0], Content=json.dumps(TEXTS[text]))
    else:
        org.create_policy(
            Name="p", Description="", Type="SERVICE_CONTROL_POLICY", Content=json.dumps(TEXTS[text])
        )


# base, head, live, and then: action and reason of the change (None: no change), calls, live after.
ROWS = [
    ("a", "b", "a", ("update", "config"), ["UpdatePolicy"], "b"),
    ("a", "a", "b", ("update", "drift"), ["UpdatePolicy"], "a"),
    ("a", "b", "c", ("update", "conflict"), ["UpdatePolicy"], "b"),
    ("a", "b", "b", None, [], "b"),
    ("a", "a", None, ("create", "drift"), ["CreatePolicy"], "a"),
    ("a", "b", None, ("create", "conflict"), ["CreatePolicy"], "b"),
    (None, "b", None, ("create", "config"), ["CreatePolicy"], "b"),
    (None, "b", "b", None, [], "b"),
    (None, "b", "c", ("update", "adopt"), ["UpdatePolicy"], "b"),
    ("a", None, "a", ("delete", "config"), ["DeletePolicy"], None),
    ("a", None, "c", ("delete", "conflict"), ["DeletePolicy"], None),
    ("a", None, None, None, [], None),
    (None, None, "c", None, [], "c"),
]


@pytest.mark.parametrize("base, head, live, change, calls, then", ROWS)
def test_row(managed, proxy, base, head, live, change, calls, then):
    if base:
        managed.commit(with_policy(managed.model, base))
        managed.charter.apply()
    set_live(managed, live)
    after = with_policy(managed.model, head)
    managed.commit(after, "head")
    proxy.reset()
    plan = managed.charter.plan("--ref", "HEAD")
    assert plans.operations(plan) == calls
    moving = [c for c in plan["changes"] if c["address"] == "policy/p" and c["calls"]]
    if change:
        assert [(c["action"], c["reason"]) for c in moving] == [change]
    else:
        assert moving == []
    if change == ("update", "adopt"):
        assert moving[0]["risk"] == "high"
    assert proxy.mutations() == []
    managed.charter.apply()
    policies = read_live(managed.aws)["policies"]
    assert ("p" in policies) == (then is not None)
    if then:
        assert loosened(policies["p"]["content"]) == loosened(TEXTS[then])
    plans.assert_empty(managed.charter.plan("--ref", "HEAD"))


@pytest.mark.parametrize("base, head", [("a", "b"), ("a", None), (None, "b")])
def test_row_of_what_was_not_read(managed, proxy, base, head):
    if base:
        managed.commit(with_policy(managed.model, base))
        managed.charter.apply()
    managed.commit(with_policy(managed.model, head), "head")
    proxy.reset()
    proxy.add("deny", operation="ListPolicies", times=0)
    plan = managed.charter("plan", "--ref", "HEAD", "-o", "json").expect(6).json()
    assert plans.real_calls(plan) == []
    managed.charter("apply", "--ref", "HEAD").expect(6)
    assert [r for r in proxy.mutations() if not plans.record_request(r)] == []


def test_account_that_is_gone_is_an_error(managed, simulator, proxy):
    simulator.make_accounts_older(5)
    org, account = managed.aws.organizations, managed.ids.accounts["dev-2"]
    org.remove_account_from_organization(AccountId=account)
    result = managed.charter("plan", "--ref", "HEAD")
    result.expect(1, 3)
    assert "dev-2" in result.out + result.err
    managed.charter("apply", "--ref", "HEAD").expect(1, 3)
    assert proxy.mutations() == []


def test_extra_element_of_a_whole_set_is_drift(managed):
    org, ids = managed.aws.organizations, managed.ids
    org.attach_policy(PolicyId=ids.policies["no-marketplace"], TargetId=ids.units["Security"])
    plan = managed.charter.plan("--ref", "HEAD")
    attribute = plans.attribute_of(plan, "unit/Security", "policies")
    assert "no-marketplace" in json.dumps(attribute["removed"])
    assert "drift" in json.dumps(attribute)
    assert plans.operations(plan) == ["DetachPolicy"]
    managed.charter.apply()
    assert_live(managed.aws, managed.model)


def test_only_in_place_of_a_list(managed):
    after = seed.changed(managed.model)
    after["units"]["Security"]["policies"] = {"only": ["protect-logs"]}
    managed.commit(after)
    managed.charter.apply()
    org, ids = managed.aws.organizations, managed.ids
    org.attach_policy(PolicyId=ids.policies["no-marketplace"], TargetId=ids.units["Security"])
    plans.assert_empty(managed.charter.plan("--ref", "HEAD"))
    org.detach_policy(PolicyId=ids.policies["protect-logs"], TargetId=ids.units["Security"])
    assert plans.operations(managed.charter.plan("--ref", "HEAD")) == ["AttachPolicy"]
    after["units"]["Security"]["policies"] = {"only": []}
    managed.commit(after)
    org.attach_policy(PolicyId=ids.policies["protect-logs"], TargetId=ids.units["Security"])
    managed.charter.apply()
    assert read_live(managed.aws)["units"]["Security"]["policies"] == ["no-marketplace"]


def test_tags_are_managed_key_by_key(managed):
    org, unit = managed.aws.organizations, managed.ids.units["Old"]
    org.tag_resource(ResourceId=unit, Tags=[{"Key": "foreign", "Value": "x"}])
    plans.assert_empty(managed.charter.plan("--ref", "HEAD"))
    after = seed.changed(managed.model)
    after["units"]["Old"]["tags"] = {"new": "y"}
    managed.commit(after)
    plan = managed.charter.plan("--ref", "HEAD")
    assert plans.operations(plan) == ["TagResource", "UntagResource"]
    managed.charter.apply()
    assert read_live(managed.aws)["units"]["Old"]["tags"] == {"foreign": "x", "new": "y"}


def test_each_element_has_its_own_reason(managed):
    """In one set: one added by the commit, one put back, one taken away by hand's addition."""
    iam = managed.aws.iam
    iam.remove_user_from_group(UserName="alice", GroupName="auditors")
    iam.add_user_to_group(UserName="alice", GroupName="data")
    after = seed.changed(managed.model)
    after["iam"]["accounts"]["master"]["users"]["alice"]["groups"] += ["leavers"]
    managed.commit(after)
    plan = managed.charter.plan("--ref", "HEAD")
    attribute = plans.attribute_of(plan, "iam_user/master/alice", "groups")
    added, removed = json.dumps(attribute["added"]), json.dumps(attribute["removed"])
    assert "auditors" in added and "leavers" in added and "data" in removed
    assert "config" in added and "drift" in added and "drift" in removed
    managed.charter.apply()
    assert_live(managed.aws, after)
