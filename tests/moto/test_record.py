"""The record of what was applied: two tags on the root, and the rules about base and head."""

import os
import signal

import plans
import pytest
import seed
from live import assert_live, read_live, record_tags

APPLIED = "charter:applied/main"
APPLYING = "charter:applying/main"


def small_edit(model, value="x"):
    after = seed.changed(model)
    after["units"]["Old"]["tags"]["owner"] = value
    return after


def test_apply_without_changes_writes_it(small, proxy):
    small.charter.apply()
    head = small.repo.git("rev-parse", "HEAD")
    assert head in record_tags(small.aws)[APPLIED]
    assert all(plans.record_request(r) for r in proxy.mutations())
    again = small.repo.commit(None, "nothing")
    small.charter.apply()
    assert again in record_tags(small.aws)[APPLIED]


def test_nothing_is_changed_when_it_cannot_be_written(managed, proxy):
    managed.commit(plans.edit_scenario(managed.model, False))
    proxy.add("deny", operation="TagResource", times=0)
    result = managed.charter("apply", "--ref", "HEAD")
    assert result.code != 0
    assert [r.operation for r in proxy.mutations() if r.reached] == []
    assert_live(managed.aws, managed.model)


def test_it_brackets_the_changes(managed, proxy):
    managed.commit(plans.edit_scenario(managed.model, False))
    managed.charter.apply()
    marks = [r for r in proxy.mutations() if plans.record_request(r)]
    assert proxy.mutations()[0] is marks[0]
    assert APPLYING in str(marks[0].input)
    assert proxy.mutations()[-1] is marks[-1]
    plan_writes = [str(r.input) for r in marks]
    assert any(APPLIED in text for text in plan_writes[-2:])


def test_old_job_run_again(managed, proxy):
    old = managed.repo.git("rev-parse", "HEAD")
    managed.commit(small_edit(managed.model))
    managed.charter.apply()
    proxy.reset()
    managed.charter("apply", "--ref", old).expect(4)
    managed.charter("plan", "--ref", old).expect(4)
    assert proxy.mutations() == []


def test_first_run_deletes_nothing(small, proxy):
    """No base: what live has and head has not is unmanaged."""
    after = seed.changed(small.model)
    del after["iam"]["accounts"]["master"]["groups"]["leavers"]
    after["iam"]["accounts"]["master"]["users"]["frank"].pop("groups")
    del after["policies"]["no-marketplace"]
    small.commit(after)
    small.charter.apply()
    assert [r for r in proxy.mutations() if not plans.record_request(r)] == []
    assert "leavers" in read_live(small.aws)["groups"]


def test_shallow_clone(managed, proxy):
    after = small_edit(managed.model)
    managed.commit(after)
    shallow = managed.repo.clone("shallow", "--depth", "1")
    result = managed.charter("plan", "--ref", "HEAD", "-o", "json", repo=shallow.path)
    result.expect(0, 1)
    if result.code == 0:
        assert plans.reasons(result.json()) == {"unit/Old": "config"}
    else:
        assert "fetch-depth: 0" in result.err
    assert proxy.mutations() == []


def test_shallow_clone_without_the_origin(managed, proxy):
    managed.commit(small_edit(managed.model))
    shallow = managed.repo.clone("shallow", "--depth", "1")
    shallow.git("remote", "remove", "origin")
    result = managed.charter("apply", "--ref", "HEAD", repo=shallow.path).expect(1)
    assert "fetch-depth: 0" in result.err
    assert proxy.mutations() == []


def test_history_rewritten_with_the_same_tree(managed, proxy):
    """A rebase: the recorded commit is gone, an ancestor of head has its tree."""
    managed.repo.git("commit", "-q", "--amend", "--allow-empty", "-m", "other words")
    managed.repo.git("reflog", "expire", "--expire=now", "--all")
    managed.repo.git("gc", "-q", "--prune=now")
    after = small_edit(managed.model)
    managed.commit(after)
    plan = managed.charter.plan("--ref", "HEAD")
    assert plans.reasons(plan) == {"unit/Old": "config"}
    managed.charter.apply()
    assert_live(managed.aws, after)


def test_history_rewritten_while_the_old_commit_can_be_had(managed):
    """A forge keeps what a forced push left behind: the branch's own commit of that tree counts."""
    old = managed.repo.git("rev-parse", "HEAD")
    managed.repo.git("commit", "-q", "--amend", "--allow-empty", "-m", "other words")
    managed.repo.git("branch", "kept", old)
    plans.assert_empty(managed.charter.plan("--ref", "HEAD"))
    after = small_edit(managed.model)
    managed.commit(after)
    assert plans.reasons(managed.charter.plan("--ref", "HEAD")) == {"unit/Old": "config"}
    managed.charter.apply()
    assert_live(managed.aws, after)


def test_old_job_run_again_after_a_revert(managed, proxy):
    """The reverted commit has a parent with the recorded tree, and is still an old one."""
    reverted = managed.commit(small_edit(managed.model))
    managed.charter.apply()
    managed.commit(managed.model, "revert")
    managed.charter.apply()
    proxy.reset()
    managed.charter("apply", "--ref", reverted).expect(4)
    assert proxy.mutations() == []


def test_branch_that_is_not_merged(managed, proxy):
    """Applied by mistake: what the target has gained since would be taken away."""
    managed.repo.git("checkout", "-q", "-b", "feature")
    feature = managed.commit(small_edit(managed.model))
    managed.repo.git("checkout", "-q", "main")
    managed.commit(small_edit(managed.model, "y"))
    managed.charter.apply()
    proxy.reset()
    managed.charter("apply", "--ref", feature).expect(4)
    assert proxy.mutations() == []


def test_configuration_that_moved_in_the_repository(managed):
    """The scope has a name, so it is the same configuration; the record knows its tree."""
    after = small_edit(managed.model)
    del after["iam"]["accounts"]["master"]["groups"]["leavers"]
    del after["iam"]["accounts"]["master"]["users"]["frank"]["groups"]
    files = {f"aws/org/{path}": text for path, text in seed.config(after).items()}
    managed.repo.commit(files)
    plan = managed.charter.plan("--ref", "HEAD", "--path", "aws/org")
    assert plans.reasons(plan) == {"unit/Old": "config", "iam_group/master/leavers": "config"}
    managed.charter("apply", "--ref", "HEAD", "--path", "aws/org").expect(0)
    plans.assert_empty(managed.charter.plan("--ref", "HEAD", "--path", "aws/org"))


def test_first_pull_request(small):
    """The target has no configuration yet: the plan is that of the first apply."""
    repo = small.repo
    repo.git("checkout", "-q", "--orphan", "start")
    repo.commit({"README.md": "nothing yet"})
    repo.git("checkout", "-q", "-b", "feature")
    feature = repo.commit(seed.config(small_edit(small.model)))
    plan = small.charter.plan("--ref", feature, "--target", "start")
    assert plans.reasons(plan) == {"unit/Old": "adopt"}
    repo.git("checkout", "-q", "start")
    repo.commit(seed.config(small_edit(small.model)), "squashed")
    small.charter.apply("--expect", plan["plan_id"])
    assert_live(small.aws, small_edit(small.model))


def test_history_that_lost_the_base(managed, proxy):
    managed.repo.git("checkout", "-q", "--orphan", "fresh")
    managed.commit(small_edit(managed.model))
    managed.repo.git("branch", "-D", "main")
    managed.repo.git("reflog", "expire", "--expire=now", "--all")
    managed.repo.git("gc", "-q", "--prune=now")
    result = managed.charter("apply", "--ref", "HEAD")
    result.expect(1)
    assert "fetch-depth: 0" in result.err
    assert proxy.mutations() == []


def test_two_scopes_in_one_organization(managed, proxy):
    files = seed.config(managed.model)
    document = {"charter": 1, "scope": "second", "organization": {"id": managed.ids.org}}
    files["_second/charter.yaml"] = seed.dump(document)
    files["_second/more.yaml"] = seed.dump({"units": {"Second": {"tags": {"a": "b"}}}})
    managed.repo.commit(files)
    first = managed.charter("apply", "--ref", "HEAD", "--path", "_second").expect(0)
    assert "scope second, but it was in scope main" in first.err
    assert "charter:applied/second" in record_tags(managed.aws)
    plan = managed.charter.plan("--ref", "HEAD")
    plans.assert_empty(plan)
    assert plan["summary"]["unmanaged"] >= 1
    managed.charter.apply()
    assert "Second" in read_live(managed.aws)["units"]
    files["_second/more.yaml"] = seed.dump({"units": {}})
    managed.repo.commit(files)
    managed.charter("apply", "--ref", "HEAD", "--path", "_second").expect(0)
    assert_live(managed.aws, managed.model)


@pytest.mark.parametrize(
    "option", [["--only", "unit/**"], ["--except", "unit/**"], ["--no-removals"], ["--only-drift"]]
)
def test_partial_apply_leaves_it(managed, option):
    before = record_tags(managed.aws)[APPLIED]
    managed.commit(small_edit(managed.model))
    managed.charter("apply", "--ref", "HEAD", *option).expect(0)
    assert record_tags(managed.aws)[APPLIED] == before
    managed.charter.apply()
    assert_live(managed.aws, small_edit(managed.model))
    assert record_tags(managed.aws)[APPLIED] != before


def test_only_limits_the_addresses(managed, proxy):
    after = small_edit(managed.model)
    after["accounts"]["dev-1"]["tags"]["owner"] = "x"
    managed.commit(after)
    plan = managed.charter.plan("--ref", "HEAD", "--only", "account/*")
    assert set(plans.reasons(plan)) == {"account/dev-1"}
    managed.charter.apply("--only", "account/*")
    touched = [r for r in proxy.mutations() if not plans.record_request(r)]
    assert [r.input["ResourceId"] for r in touched] == [managed.ids.accounts["dev-1"]]


def test_dirty_tree_is_not_applied(managed, proxy):
    managed.repo.write(seed.config(small_edit(managed.model)))
    managed.charter("apply").expect(1, 3)
    assert proxy.mutations() == []
    before = record_tags(managed.aws)[APPLIED]
    managed.charter("apply", "--allow-dirty").expect(0)
    assert_live(managed.aws, small_edit(managed.model))
    assert record_tags(managed.aws)[APPLIED] == before


def test_branch_behind_its_target(managed, proxy):
    """The target has gained a unit and been applied; the branch knows nothing of it."""
    repo = managed.repo
    repo.git("checkout", "-q", "-b", "feature")
    branch = small_edit(managed.model)
    feature = managed.commit(branch)
    repo.git("checkout", "-q", "main")
    target = seed.changed(managed.model)
    target["units"] = {"Fresh": {}, **target["units"]}
    target["policies"]["fresh"] = {"document": "policies/fresh.json"}
    target["documents"]["policies/fresh.json"] = seed.statement("Deny", ["s3:DeleteBucket"])
    managed.commit(target)
    managed.charter.apply()
    plan = managed.charter.plan("--ref", feature, "--target", "main")
    assert plans.reasons(plan) == {"unit/Old": "config"}
    assert plan["summary"]["delete"] == 0


def test_what_the_target_holds_and_the_record_does_not_is_pending(managed):
    repo = managed.repo
    repo.git("checkout", "-q", "-b", "feature")
    feature = managed.commit(small_edit(managed.model))
    repo.git("checkout", "-q", "main")
    target = seed.changed(managed.model)
    target["accounts"]["dev-1"]["tags"]["owner"] = "target"
    managed.commit(target)
    plan = managed.charter.plan("--ref", feature, "--target", "main")
    found = plans.reasons(plan)
    assert found["unit/Old"] == "config"
    assert found["account/dev-1"] == "pending"


def test_plan_id_survives_a_squash_and_other_merges(managed):
    repo = managed.repo
    repo.git("checkout", "-q", "-b", "feature")
    feature = managed.commit(small_edit(managed.model))
    first = managed.charter.plan("--ref", feature, "--target", "main")["plan_id"]
    repo.git("checkout", "-q", "main")
    target = seed.changed(managed.model)
    target["accounts"]["dev-1"]["tags"]["owner"] = "target"
    managed.commit(target)
    managed.charter.apply()
    assert managed.charter.plan("--ref", feature, "--target", "main")["plan_id"] == first
    both = small_edit(target)
    managed.commit(both, "squashed")
    assert managed.charter.plan("--ref", "HEAD")["plan_id"] == first


def test_job_run_again_after_it_has_ended(managed, proxy):
    """A saved plan that is applied is no stale plan; another commit's plan is."""
    managed.commit(small_edit(managed.model))
    managed.charter("plan", "--ref", "HEAD", "--out", "plan.json").expect(0)
    managed.charter("apply", "plan.json").expect(0)
    proxy.reset()
    managed.charter("apply", "plan.json").expect(0)
    assert proxy.mutations() == []
    managed.commit(small_edit(managed.model, "y"))
    managed.charter("apply", "plan.json").expect(4)
    assert proxy.mutations() == []


def test_saved_plan_whose_parts_were_done_by_hand(managed):
    after = small_edit(managed.model)
    after["units"]["Fresh"] = {}
    after["units"]["Security"]["policies"] = ["no-marketplace", "protect-logs"]
    managed.commit(after)
    managed.charter("plan", "--ref", "HEAD", "--out", "plan.json").expect(0)
    org, ids = managed.aws.organizations, managed.ids
    org.create_organizational_unit(ParentId=ids.root, Name="Fresh")
    org.attach_policy(PolicyId=ids.policies["no-marketplace"], TargetId=ids.units["Security"])
    managed.charter("apply", "plan.json").expect(0)
    assert_live(managed.aws, after)


def test_saved_plan_of_what_somebody_changed(managed, proxy):
    """Neither the value it goes from nor that it goes to; and drift that it does not list."""
    after = seed.changed(managed.model)
    after["units"]["Old"]["tags"]["tier"] = "x"
    managed.commit(after)
    org, ids = managed.aws.organizations, managed.ids
    org.tag_resource(ResourceId=ids.units["Security"], Tags=[{"Key": "tier", "Value": "one"}])
    managed.charter("plan", "--ref", "HEAD", "--out", "plan.json").expect(0)
    org.tag_resource(ResourceId=ids.units["Old"], Tags=[{"Key": "tier", "Value": "other"}])
    managed.charter("apply", "plan.json").expect(4)
    assert proxy.mutations() == []
    org.tag_resource(ResourceId=ids.units["Old"], Tags=[{"Key": "tier", "Value": "Old"}])
    org.tag_resource(ResourceId=ids.units["Security"], Tags=[{"Key": "tier", "Value": "two"}])
    managed.charter("apply", "plan.json").expect(0)
    live = read_live(managed.aws)["units"]
    assert (live["Old"]["tags"]["tier"], live["Security"]["tags"]["tier"]) == ("x", "two")


def killed_apply(world, proxy, operation):
    """An apply that dies after one operation has reached the server."""
    running = []
    proxy.add(
        "call_after",
        operation=operation,
        callback=lambda request: os.kill(running[0].pid, signal.SIGKILL),
    )
    running.append(world.charter.start("apply", "--ref", "HEAD"))
    running[0].communicate(timeout=120)
    assert running[0].returncode == -signal.SIGKILL
    proxy.reset()


def test_interrupted_apply_then_revert(managed, proxy):
    """A unit has no creation time: it heads the plan as a leftover until declared or released."""
    after = seed.changed(managed.model)
    after["units"]["Leftover"] = {}
    managed.commit(after)
    killed_apply(managed, proxy, "CreateOrganizationalUnit")
    assert APPLYING in record_tags(managed.aws)
    managed.commit(managed.model, "revert")
    plan = managed.charter.plan("--ref", "HEAD")
    assert [note["address"] for note in plan["leftovers"]] == ["unit/Leftover"]
    assert plans.real_calls(plan) == []
    managed.commit(after, "declared after all")
    managed.charter.apply()
    assert_live(managed.aws, after)
    assert APPLYING not in record_tags(managed.aws)


def test_interrupted_apply_then_revert_of_a_user(managed, proxy):
    """A user has a creation time later than the record's: the leftover is deleted."""
    after = seed.changed(managed.model)
    after["iam"]["accounts"]["master"]["users"]["late"] = {}
    managed.commit(after)
    # AWS gives creation times in seconds: the record's must be an earlier one.
    proxy.add("delay", operation="TagResource", seconds=1.2)
    killed_apply(managed, proxy, "CreateUser")
    managed.commit(managed.model, "revert")
    plan = managed.charter.plan("--ref", "HEAD")
    assert plans.reasons(plan)["iam_user/master/late"] == "leftover"
    managed.charter.apply()
    assert_live(managed.aws, managed.model)
    assert APPLYING not in record_tags(managed.aws)


def test_leftover_that_is_released(managed, proxy):
    after = seed.changed(managed.model)
    after["units"]["Leftover"] = {}
    managed.commit(after)
    killed_apply(managed, proxy, "CreateOrganizationalUnit")
    after = seed.changed(managed.model)
    rule = {"resource": "unit/Leftover", "reason": "kept by hand", "until": "2030-01-01"}
    after["charter"]["release"] = [rule]
    managed.commit(after, "revert")
    plan = managed.charter.plan("--ref", "HEAD")
    assert plan["leftovers"] == []
    assert [note["address"] for note in plan["released"]] == ["unit/Leftover"]
    managed.charter.apply()
    assert APPLYING not in record_tags(managed.aws)
    assert "Leftover" in read_live(managed.aws)["units"]


def test_interrupted_renames_then_revert(managed, proxy):
    """Renamed back, never made anew: ids, attachments, keys and what is inside stay."""
    after = seed.changed(managed.model)
    users, units = after["iam"]["accounts"]["master"]["users"], after["units"]
    units["Workshops"] = {**units.pop("Workloads"), "previously": "Workloads"}
    for name in ("Dev", "Prod"):
        units[f"Workshops/{name}"] = units.pop(f"Workloads/{name}")
    for account in after["accounts"].values():
        account["unit"] = account["unit"].replace("Workloads/", "Workshops/")
    after["policies"]["logs"] = {**after["policies"].pop("protect-logs"), "previously": "protect-logs"}
    units["Security"]["policies"] = ["logs"]
    users["robert"] = {**users.pop("bob"), "previously": "bob"}
    managed.commit(after)
    killed_apply(managed, proxy, "UpdateUser")
    managed.commit(managed.model, "revert")
    plan = managed.charter.plan("--ref", "HEAD")
    done = {"UpdateOrganizationalUnit", "UpdatePolicy", "UpdateUser"}
    assert plan["leftovers"] == [] and set(plans.operations(plan)) <= done
    assert "UpdateUser" in plans.operations(plan)
    managed.charter.apply()
    assert_live(managed.aws, managed.model)
    plans.assert_empty(managed.charter.plan("--ref", "HEAD"))
    assert APPLYING not in record_tags(managed.aws)
