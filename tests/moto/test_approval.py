"""Saved plans: nothing is done that the plan does not show, and a file that was tampered with, or
is no plan, changes nothing."""

import datetime
import json

import plans
import pytest
import seed
from live import assert_live, record_tags

APPLYING = "charter:applying/main"


def save(world, path):
    world.charter("plan", "--ref", "HEAD", "--out", str(path)).expect(0)
    return json.loads(path.read_text())


def commit_tag(world):
    after = seed.changed(world.model)
    after["units"]["Old"]["tags"] = {"owner": "archive"}
    world.commit(after)
    return after


def test_leftover_that_the_saved_plan_does_not_list_stays(managed, tmp_path):
    path = tmp_path / "plan.json"
    late = seed.changed(managed.model)
    late["iam"]["accounts"]["master"]["users"]["late"] = {}
    managed.commit(late)
    unfinished = managed.repo.git("rev-parse", "HEAD")
    after = commit_tag(managed)
    tag = {"Key": APPLYING, "Value": f"2026-01-01T00:00:00Z {unfinished}"}
    managed.aws.organizations.tag_resource(ResourceId=managed.ids.root, Tags=[tag])
    assert save(managed, path)["summary"]["delete"] == 0
    managed.aws.iam.create_user(UserName="late")
    managed.charter("apply", str(path), "--ref", "HEAD").expect(0)
    managed.aws.iam.get_user(UserName="late")
    assert unfinished in record_tags(managed.aws)[APPLYING]
    # Listed by a plan of now, it goes.
    assert plans.reasons(save(managed, path))["iam_user/master/late"] == "leftover"
    managed.charter("apply", str(path), "--ref", "HEAD").expect(0)
    assert_live(managed.aws, after)
    assert APPLYING not in record_tags(managed.aws)


def test_drift_that_the_saved_plan_does_not_list_stays(managed, tmp_path):
    path = tmp_path / "plan.json"
    after = commit_tag(managed)
    save(managed, path)
    managed.aws.iam.remove_user_from_group(GroupName="auditors", UserName="alice")
    managed.charter("apply", str(path), "--ref", "HEAD").expect(0)
    groups = managed.aws.iam.list_groups_for_user(UserName="alice")["Groups"]
    assert "auditors" not in [g["GroupName"] for g in groups]
    managed.charter.apply()
    assert_live(managed.aws, after)


@pytest.mark.parametrize("options", [["--only", "account/*"], ["--no-removals"]])
def test_part_of_a_plan_is_no_approval_of_the_whole(managed, proxy, tmp_path, options):
    path = str(tmp_path / "plan.json")
    after = commit_tag(managed)
    managed.charter("plan", "--ref", "HEAD", "--out", path, *options).expect(0)
    managed.charter("apply", path, "--ref", "HEAD").expect(4)
    assert proxy.mutations() == []
    managed.charter("apply", path, "--ref", "HEAD", *options).expect(0)
    managed.charter("plan", "--ref", "HEAD", "--out", path).expect(0)
    managed.charter("apply", path, "--ref", "HEAD").expect(0)
    assert_live(managed.aws, after)


def test_plan_that_does_not_fit_is_shown_beside_the_one_of_now(managed, proxy, tmp_path):
    path = tmp_path / "plan.json"
    after = commit_tag(managed)
    save(managed, path)
    after["units"]["Old"]["tags"] = {"owner": "nobody"}
    managed.commit(after)
    run = managed.charter("apply", str(path), "--ref", "HEAD").expect(4)
    assert "\n- unit/Old: tags: + owner: (none) -> archive" in run.err
    assert "\n+ unit/Old: tags: + owner: (none) -> nobody" in run.err


def without_id(plan):
    plan["plan_id"] = None


def other_id(plan):
    plan["plan_id"] = "0" * 64


def drift_report(plan):
    plan["format"] = "charter.drift/1"


def no_object(plan):
    plan["changes"] = {}


def strange_number(plan):
    plan["calls"][0]["needs"] = [4000000000]


@pytest.mark.parametrize(
    "spoil, code",
    [(without_id, 1), (other_id, 4), (drift_report, 1), (no_object, 1), (strange_number, 1)],
)
def test_file_that_is_no_such_plan(managed, proxy, tmp_path, spoil, code):
    path = tmp_path / "plan.json"
    commit_tag(managed)
    plan = save(managed, path)
    spoil(plan)
    path.write_text(json.dumps(plan))
    managed.charter("apply", str(path), "--ref", "HEAD").expect(code)
    assert proxy.mutations() == []


def test_calls_of_the_file_are_never_sent(managed, proxy, tmp_path):
    """What is performed is planned anew: a file can say no more than which plan was approved."""
    path = tmp_path / "plan.json"
    after = commit_tag(managed)
    plan = save(managed, path)
    for call in plan["calls"]:
        if call["operation"] == "TagResource":
            call["input"] = {"ResourceId": managed.ids.root, "Tags": [{"Key": "x", "Value": "y"}]}
    path.write_text(json.dumps(plan))
    managed.charter("apply", str(path), "--ref", "HEAD").expect(0)
    assert "x" not in record_tags(managed.aws)
    assert_live(managed.aws, after)


def with_empty_units(model, n, guards):
    after = seed.changed(model)
    for k in range(1, n + 1):
        after["units"][f"Empty-{k}"] = {}
    after["charter"]["guards"] = guards
    return after


def test_date_of_a_trial_brings_back_no_allowance(managed, proxy):
    today = datetime.date.today()
    ended = str(today - datetime.timedelta(days=2))
    allow = {"removals": "unit", "count": 4, "reason": "trial", "until": ended}
    guards = {"allow": [allow]}
    managed.commit(with_empty_units(managed.model, 4, guards))
    managed.charter.apply()
    proxy.reset()
    managed.commit(with_empty_units(managed.model, 0, guards))
    before = str(today - datetime.timedelta(days=5))
    managed.charter("plan", "--ref", "HEAD", "--date", before).expect(0)
    managed.charter("apply", "--ref", "HEAD", "--date", before).expect(3)
    assert proxy.mutations() == []
