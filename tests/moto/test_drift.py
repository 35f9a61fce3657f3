"""What changed outside git is found, told apart from what the commit changes, and put back."""

import json

import plans
import seed
from live import assert_live, read_live


def drift_by_hand(world):
    """Five changes of a person with a console: tags, content, attachment, membership, unit."""
    org, ids = world.aws.organizations, world.ids
    org.tag_resource(ResourceId=ids.accounts["dev-1"], Tags=[{"Key": "domain", "Value": "by hand"}])
    text = json.dumps(seed.statement("Deny", ["s3:DeleteBucket"]))
    org.update_policy(PolicyId=ids.policies["protect-logs"], Content=text)
    org.detach_policy(PolicyId=ids.policies["training-guardrails"], TargetId=ids.units["Workloads/Dev"])
    world.aws.iam.add_user_to_group(UserName="dave", GroupName="data")
    org.tag_resource(ResourceId=ids.units["Old"], Tags=[{"Key": "tier", "Value": "by hand"}])
    org.move_account(
        AccountId=ids.accounts["dev-6"],
        SourceParentId=ids.units["Workloads/Dev"],
        DestinationParentId=ids.root,
    )


EXPECTED = {
    "account/dev-1",
    "account/dev-6",
    "policy/protect-logs",
    "unit/Workloads/Dev",
    "unit/Old",
    "iam_user/master/dave",
}


def test_each_is_reported_and_reverted(managed, proxy):
    drift_by_hand(managed)
    report = managed.charter("drift", "-o", "json").expect(0).json()
    assert report["format"] == "charter.drift/1"
    assert EXPECTED == {c["address"] for c in report["changes"]}
    assert {c["reason"] for c in report["changes"]} == {"drift"}
    assert proxy.mutations() == []
    managed.charter("drift", "--detailed-exitcode").expect(2)
    plan = managed.charter.plan("--ref", "HEAD")
    assert EXPECTED <= set(plans.reasons(plan))
    assert plan["summary"]["drift"] >= len(EXPECTED)
    managed.charter.apply()
    assert_live(managed.aws, managed.model)
    managed.charter("drift", "--detailed-exitcode").expect(0)


def test_access_is_told_as_it_happened(managed):
    """Who was put into a group has gained, though putting it back takes from them."""
    managed.aws.iam.add_user_to_group(UserName="dave", GroupName="data")
    report = managed.charter("drift", "-o", "json").expect(0).json()
    (told,) = {(a["effect"], a["principal"], a["through"]) for a in report["access"]}
    assert told == ("gain", "iam_user/master/dave", "iam_group/master/data")
    text = managed.charter("drift").expect(0).out
    assert text.index("Access gained and lost") < text.index("Changed outside git")
    assert "+ iam_user/master/dave gained" in " ".join(text.split())
    plan = managed.charter.plan("--ref", "HEAD")
    assert {a["effect"] for a in plan["access"]} == {"loss"}


def test_ended_rule_is_told_once(managed):
    after = seed.changed(managed.model)
    after["charter"]["ignore"] = [{"resource": "account/dev-1", "reason": "trial", "until": "2020-01-01"}]
    managed.commit(after)
    managed.charter.apply()
    report = managed.charter("drift", "-o", "json").expect(0).json()
    assert [i["address"] for i in report["drift"]["items"] if i["kind"] == "rule"] == ["account/dev-1"]
    assert report["warnings"] == []
    plan = managed.charter.plan("--ref", "HEAD")
    assert [w["address"] for w in plan["warnings"]] == ["account/dev-1"]


def test_break_glass_is_never_hidden(managed):
    """In a look for drift. A plan passes it over as the rule says: it would be refused."""
    after = seed.changed(managed.model)
    after["charter"] |= {
        "guards": {"break_glass": ["iam_user/master/dave", "iam_user/master/emergency-*"]},
        "ignore": [{"resource": "iam_user/master/*", "reason": "r", "until": "2099-01-01"}],
        "unmanaged": {"iam": "ignore"},
    }
    managed.commit(after)
    managed.charter.apply()
    managed.aws.iam.create_user(UserName="emergency-1")
    for name in ("dave", "frank"):
        managed.aws.iam.add_user_to_group(UserName=name, GroupName="data")
    report = managed.charter("drift", "-o", "json").expect(0).json()
    items = [(i["address"], i["kind"], i["break_glass"]) for i in report["drift"]["items"]]
    assert items == [
        ("iam_user/master/dave", "drift", True),
        ("iam_user/master/emergency-1", "unmanaged", True),
    ]
    assert managed.charter.plan("--ref", "HEAD")["changes"] == []


def test_unit_renamed_by_hand_is_made_again(managed):
    """The old path is gone and the new one never declared: created again, the other left alone."""
    org, unit = managed.aws.organizations, managed.ids.units["Workloads/Prod"]
    org.update_organizational_unit(OrganizationalUnitId=unit, Name="Production")
    plan = managed.charter.plan("--ref", "HEAD")
    found = plans.change_of(plan, "unit/Workloads/Prod")
    assert found["action"] == "create" and found["reason"] == "drift"
    managed.charter.apply()
    live = read_live(managed.aws)
    assert live["accounts"]["prod-1"]["unit"] == "Workloads/Prod"
    assert "Workloads/Production" in live["units"]
    plans.assert_empty(managed.charter.plan("--ref", "HEAD"))


def test_drift_conflict_and_configuration_are_told_apart(managed):
    drift_by_hand(managed)
    after = seed.changed(managed.model)
    after["accounts"]["dev-1"]["tags"]["domain"] = "training"
    after["accounts"]["dev-3"]["tags"]["domain"] = "training"
    managed.commit(after)
    plan = managed.charter.plan("--ref", "HEAD")
    found = plans.reasons(plan)
    assert found["account/dev-1"] == "conflict"
    assert found["account/dev-3"] == "config"
    assert found["policy/protect-logs"] == "drift"
    managed.charter.apply()
    assert_live(managed.aws, after)


def test_only_drift(managed):
    managed.aws.iam.add_user_to_group(UserName="dave", GroupName="data")
    after = seed.changed(managed.model)
    after["accounts"]["dev-3"]["tags"]["domain"] = "training"
    managed.commit(after)
    managed.charter.apply("--only-drift")
    assert_live(managed.aws, managed.model)
    managed.charter.apply()
    assert_live(managed.aws, after)


def test_undeclared_is_listed_and_never_touched(managed, proxy):
    org = managed.aws.organizations
    org.create_organizational_unit(ParentId=managed.ids.root, Name="ByHand")
    text = json.dumps(seed.statement("Deny", ["s3:DeleteBucket"]))
    org.create_policy(Name="by-hand", Description="", Type="SERVICE_CONTROL_POLICY", Content=text)
    managed.aws.iam.create_user(UserName="stranger")
    made = org.create_account(AccountName="stranger", Email="stranger@example.com")
    seed.account_id(org, made)
    report = managed.charter("drift", "-o", "json").expect(0)
    for address in ("unit/ByHand", "policy/by-hand", "iam_user/master/stranger", "account/stranger"):
        assert address in report.out
    assert report.json()["changes"] == []
    plan = managed.charter.plan("--ref", "HEAD")
    assert plan["summary"]["unmanaged"] >= 4
    plans.assert_empty(plan)
    after = seed.changed(managed.model)
    after["units"]["Old"]["tags"]["owner"] = "x"
    managed.commit(after)
    proxy.reset()
    managed.charter.apply()
    touched = [r.operation for r in proxy.mutations() if not plans.record_request(r)]
    assert touched == ["TagResource"]


def test_policy_texts_that_mean_the_same_are_no_drift(managed):
    org, ids = managed.aws.organizations, managed.ids
    same = {
        "Statement": {
            "Resource": ["*"],
            "Action": ["cloudtrail:StopLogging", "cloudtrail:DeleteTrail"],
            "Effect": "Deny",
            "Sid": "Deny",
        },
        "Version": "2012-10-17",
    }
    org.update_policy(PolicyId=ids.policies["protect-logs"], Content=json.dumps(same, indent=4))
    plans.assert_empty(managed.charter.plan("--ref", "HEAD"))
    other = json.loads(json.dumps(same).replace("StopLogging", "StartLogging"))
    org.update_policy(PolicyId=ids.policies["protect-logs"], Content=json.dumps(other))
    plan = managed.charter.plan("--ref", "HEAD")
    assert plans.reasons(plan) == {"policy/protect-logs": "drift"}
