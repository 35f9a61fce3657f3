"""The main job: a commit that touches everything is planned, applied, confirmed by boto3 and
followed by an empty plan."""

import plans
import pytest
import seed
from live import assert_live, read_live, record_tags

SINGLE = ["TagResource", "UntagResource"]


def check_plan(plan, full):
    mover = "development" if full else "dev"
    for k in range(1, 6):
        change = plans.change_of(plan, f"account/{mover}-{k}")
        assert change["action"] == "update" and change["reason"] == "config"
        unit = plans.attribute_of(plan, f"account/{mover}-{k}", "unit")
        assert unit["head"] == "Workloads/New"
    for address in ("unit/Research", "unit/Workloads/New", "account/research-1"):
        assert plans.change_of(plan, address)["action"] == "create"
    assert plans.change_of(plan, "policy/deny-leave")["action"] == "update"
    for old, new in (
        [("unit/Classroom", "unit/Campus"), ("account/sandbox-1", "account/playground-1")]
        if full
        else [("unit/Old", "unit/Archive"), ("account/prod-1", "account/live-1")]
    ):
        change = plans.change_of(plan, new)
        assert change["action"] == "update" and change["reason"] == "rename"
        assert old not in plans.reasons(plan)
    group = plans.change_of(plan, "iam_group/master/leavers")
    assert group["action"] == "delete" and group["reason"] == "config"
    added = plans.attribute_of(plan, "iam_user/master/dave", "groups")["added"]
    assert len(added) == 1 and "crm-developers" in str(added)
    assert plan["summary"]["delete"] == 1
    found = [o for o in plans.operations(plan) if o not in SINGLE]
    want = list(plans.SCENARIO_OPERATIONS)
    # moto has no Paths and a new account is made in the root: its move is a call of its own.
    assert found == sorted(want)


@pytest.mark.parametrize("size", ["small", "full"])
def test_everything_in_one_commit(size, proxy, request):
    world = request.getfixturevalue(size)
    world.charter.apply()
    assert_live(world.aws, world.model)
    after = plans.edit_scenario(world.model, size == "full")
    head = world.commit(after)
    plan = world.charter.plan("--ref", "HEAD")
    check_plan(plan, size == "full")

    proxy.reset()
    world.charter.apply()
    assert_live(world.aws, after)
    assert head in record_tags(world.aws)["charter:applied/main"]
    assert "charter:applying/main" not in record_tags(world.aws)

    sent = sorted(r.operation for r in proxy.mutations())
    assert sent == sorted(c["operation"] for c in plan["calls"])
    lines = plans.journals(world.charter.home)
    listed = sorted(line["operation"] for line in lines if line.get("event") == "send")
    assert [o for o in sent if listed.count(o) < sent.count(o)] == []
    ended = {line["state"] for line in lines if line.get("event") == "end"}
    assert not ended & {"failed", "stale", "unknown", "skipped"}, lines

    proxy.reset()
    plans.assert_empty(world.charter.plan("--ref", "HEAD"))
    world.charter.apply()
    assert proxy.mutations() == []


def test_identities_survive_a_rename(managed):
    before = {a["Id"] for a in managed.aws.organizations.list_accounts()["Accounts"]}
    unit = managed.ids.units["Old"]
    managed.commit(plans.edit_scenario(managed.model, False))
    managed.charter.apply()
    after = {a["Id"] for a in managed.aws.organizations.list_accounts()["Accounts"]}
    assert len(after - before) == 1 and not before - after
    described = managed.aws.organizations.describe_organizational_unit(OrganizationalUnitId=unit)
    assert described["OrganizationalUnit"]["Name"] == "Archive"


def test_previously_is_inert_later(managed):
    after = plans.edit_scenario(managed.model, False)
    managed.commit(after)
    managed.charter.apply()
    after["units"]["Security"]["tags"]["owner"] = "security"
    managed.commit(after)
    plan = managed.charter.plan("--ref", "HEAD")
    assert plans.operations(plan) == ["TagResource"]


def test_move_of_a_unit_under_another_parent(managed):
    after = seed.changed(managed.model)
    after["units"]["Workloads/Old"] = {**after["units"].pop("Old"), "previously": "Old"}
    after["accounts"]["old-1"]["unit"] = "Workloads/Old"
    managed.commit(after)
    managed.charter("plan", "--ref", "HEAD").expect(1, 3)
    after["units"]["Workloads/Old"]["move"] = True
    managed.commit(after)
    plan = managed.charter.plan("--ref", "HEAD")
    moved = plans.change_of(plan, "unit/Workloads/Old")
    assert moved["risk"] == "high"
    managed.charter.apply()
    assert_live(managed.aws, after)
    plans.assert_empty(managed.charter.plan("--ref", "HEAD"))


def test_users_groups_and_policies_of_the_identity_account(managed):
    after = seed.changed(managed.model)
    own = after["iam"]["accounts"]["master"]
    own["users"]["grace"] = {
        "path": "/people/",
        "groups": ["newcomers"],
        "managed_policies": ["newcomer"],
        "inline_policies": {"costs": "policies/read-costs.json"},
        "permissions_boundary": "developer-boundary",
        "tags": {"team": "new"},
    }
    own["groups"]["newcomers"] = {"path": "/teams/", "managed_policies": ["newcomer"]}
    own["policies"]["newcomer"] = {"document": "policies/newcomer.json", "tags": {"team": "new"}}
    after["documents"]["policies/newcomer.json"] = seed.allow(["s3:Get*", "s3:List*"])
    own["users"]["bob"]["permissions_boundary"] = "developer-boundary"
    after["documents"]["policies/developer.json"] = seed.allow(["ec2:*", "s3:*", "sqs:*"])
    own["users"]["alice"]["inline_policies"] = {}
    managed.commit(after)
    managed.charter.apply()
    assert_live(managed.aws, after)
    plans.assert_empty(managed.charter.plan("--ref", "HEAD"))
    for text in range(6):
        after["documents"]["policies/developer.json"] = seed.allow([f"ec2:Describe{text}"])
        managed.commit(after)
        managed.charter.apply()
        assert_live(managed.aws, after)
    del own["users"]["grace"]
    del own["groups"]["newcomers"]
    del own["policies"]["newcomer"]
    managed.commit(after)
    managed.charter.apply()
    assert_live(managed.aws, after)


def test_organization_is_created_where_there_is_none(aws, repo, charter, simulator):
    model = seed.empty_model()
    model["accounts"]["master"]["email"] = simulator.email
    if simulator.name == "twin":  # moto's has this name already
        aws.account.put_account_name(AccountName="master")
    seed.organization_policies(model)
    model["charter"]["organization"]["create"] = True
    model["units"] = {"Security": {"policies": ["protect-logs"], "tags": {}}}
    model["accounts"]["audit"] = {"email": "aws+audit@example.com", "unit": "Security"}
    repo.commit(seed.config(model))
    charter.repo = repo.path
    charter.apply()
    assert_live(aws, model)
    plans.assert_empty(charter.plan("--ref", "HEAD"))
    assert set(read_live(aws)["accounts"]) == {"master", "audit"}
