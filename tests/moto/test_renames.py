"""Renames: in place, in the middle of a path, in a row, and what pins and cases of names mean."""

import plans
import pytest
import seed
from live import assert_live, read_live


def own(model):
    return model["iam"]["accounts"]["master"]


def renamed(model, paths):
    """The model with units renamed (old path to new one), and all that refers to them."""
    after = seed.changed(model)

    def new(path):
        for old, now in sorted(paths.items(), key=lambda pair: -len(pair[0])):
            if path == old or path.startswith(old + "/"):
                return now + path[len(old) :]
        return path

    after["units"] = {new(path): unit for path, unit in after["units"].items()}
    for old, now in paths.items():
        after["units"][now] = {**after["units"][now], "previously": old}
    for account in after["accounts"].values():
        account["unit"] = new(account["unit"])
    return after


def check(world, after, operations):
    world.commit(after)
    plan = world.charter.plan("--ref", "HEAD")
    assert plans.operations(plan) == operations
    world.charter.apply()
    assert_live(world.aws, after)
    plans.assert_empty(world.charter.plan("--ref", "HEAD"))


def test_unit_in_the_middle_of_a_path(managed):
    model = seed.changed(managed.model)
    model["units"]["Workloads/Dev/Team"] = {"tags": {"a": "b"}}
    managed.commit(model)
    managed.charter.apply()
    check(managed, renamed(model, {"Workloads/Dev": "Workloads/Build"}), ["UpdateOrganizationalUnit"])


def test_two_levels_at_once(managed):
    after = renamed(managed.model, {"Workloads": "Loads", "Workloads/Dev": "Loads/Build"})
    check(managed, after, ["UpdateOrganizationalUnit"] * 2)


@pytest.mark.parametrize("last", ["Another", "Zebra"])
def test_unit_whose_name_is_handed_on(managed, last):
    """Old becomes Security, which becomes another: the name is free only after that."""
    after = renamed(managed.model, {"Security": last})
    after = renamed(after, {"Old": "Security"})
    check(managed, after, ["UpdateOrganizationalUnit"] * 2)


def test_policy_whose_name_is_handed_on(managed, proxy):
    after = seed.changed(managed.model)
    policies = after["policies"]
    keys, logs = policies.pop("deny-root-keys"), policies.pop("protect-logs")
    policies["protect-logs"] = {**keys, "previously": "deny-root-keys"}
    policies["zz-logs"] = {**logs, "previously": "protect-logs"}
    after["units"]["Security"]["policies"] = ["zz-logs"]
    after["units"]["Workloads"]["policies"] = ["no-public-buckets", "protect-logs"]
    check(managed, after, ["UpdatePolicy"] * 2)
    names = [r.input["Name"] for r in proxy.mutations() if r.operation == "UpdatePolicy"]
    assert names == ["zz-logs", "protect-logs"]


def test_users_and_groups(managed):
    after = seed.changed(managed.model)
    users, groups = own(after)["users"], own(after)["groups"]
    users["erin"] = {**users.pop("dave"), "previously": "dave"}
    users["zoe"] = {**own(managed.model)["users"]["erin"], "previously": "erin"}
    groups["analysts"] = {**groups.pop("data"), "previously": "data"}
    users["carol"]["groups"] = users["zoe"]["groups"] = ["analysts"]
    check(managed, after, ["UpdateGroup", "UpdateUser", "UpdateUser"])


def test_case_of_a_name_in_iam_alone(managed):
    """AWS tells no names apart by case: nothing is deleted or created, nor renamed unasked."""
    after = seed.changed(managed.model)
    users = own(after)["users"]
    users["Carol"] = {**users.pop("carol"), "tags": {"team": "other"}}
    managed.commit(after)
    plan = managed.charter.plan("--ref", "HEAD")
    assert plans.operations(plan) == ["TagUser"]
    managed.charter.apply()
    assert read_live(managed.aws)["users"]["carol"]["tags"] == {"team": "other"}
    plans.assert_empty(managed.charter.plan("--ref", "HEAD"))


def test_accounts_that_exchange_their_names(managed):
    """Accounts are told by e-mail; two may have one name for a while."""
    after = seed.changed(managed.model)
    accounts = after["accounts"]
    accounts["dev-1"], accounts["dev-2"] = accounts["dev-2"], accounts["dev-1"]
    check(managed, after, ["PutAccountName"] * 2)


def test_names_of_users_are_not_exchanged(managed, proxy):
    after = seed.changed(managed.model)
    users = own(after)["users"]
    users["bob"], users["carol"] = (
        {**users["carol"], "previously": "carol"},
        {**users["bob"], "previously": "bob"},
    )
    managed.commit(after)
    result = managed.charter("plan", "--ref", "HEAD").expect(1)
    assert "in one step" in result.err
    assert proxy.mutations() == []


def test_kind_that_aws_cannot_rename(managed, proxy):
    after = seed.changed(managed.model)
    policies = own(after)["policies"]
    policies["edge"] = {**policies.pop("developer-boundary"), "previously": "developer-boundary"}
    managed.commit(after)
    result = managed.charter("plan", "--ref", "HEAD").expect(1)
    assert "in a second merge" in result.err
    assert proxy.mutations() == []


def test_pinned_id_names_what_has_another_name(managed):
    after = seed.changed(managed.model)
    after["units"]["Archive"] = {**after["units"].pop("Old"), "id": managed.ids.units["Old"]}
    after["accounts"]["old-1"]["unit"] = "Archive"
    check(managed, after, ["UpdateOrganizationalUnit"])


def test_pinned_id_of_another(managed, proxy):
    """The name is taken by what the commit declared so far: nothing could be renamed to it."""
    after = seed.changed(managed.model)
    after["units"]["Security"]["id"] = managed.ids.units["Old"]
    managed.commit(after)
    result = managed.charter("plan", "--ref", "HEAD").expect(1)
    assert "another of this name" in result.err and "units.yaml:" in result.err
    assert proxy.mutations() == []
