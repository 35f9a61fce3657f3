"""What a configuration can say about what charter leaves alone: ignore, release, external,
unmanaged, and the table of what AWS owns."""

import json

import plans
import seed
from live import assert_live, read_live


def test_ignored_attribute(managed, proxy):
    after = seed.changed(managed.model)
    rule = {
        "resource": "account/dev-*",
        "attributes": ["tags"],
        "reason": "a vendor's tool edits them",
        "until": "2030-01-01",
    }
    after["charter"]["ignore"] = [rule]
    managed.commit(after)
    managed.charter.apply()
    tag = [{"Key": "domain", "Value": "vendor"}]
    managed.aws.organizations.tag_resource(ResourceId=managed.ids.accounts["dev-1"], Tags=tag)
    managed.aws.organizations.tag_resource(ResourceId=managed.ids.accounts["prod-1"], Tags=tag)
    plan = managed.charter.plan("--ref", "HEAD")
    assert set(plans.reasons(plan)) == {"account/prod-1"}
    late = managed.charter.plan("--ref", "HEAD", "--date", "2031-01-01")
    assert set(plans.reasons(late)) == {"account/dev-1", "account/prod-1"}


def test_release_deletes_nothing(managed, proxy):
    after = seed.changed(managed.model)
    rule = {"resource": "iam_group/master/leavers", "reason": "moved", "until": "2030-01-01"}
    after["charter"]["release"] = [rule]
    del after["iam"]["accounts"]["master"]["groups"]["leavers"]
    del after["iam"]["accounts"]["master"]["users"]["frank"]["groups"]
    managed.commit(after)
    managed.charter.apply()
    assert [r for r in proxy.mutations() if not plans.record_request(r)] == []
    assert "leavers" in read_live(managed.aws)["groups"]
    plans.assert_empty(managed.charter.plan("--ref", "HEAD"))


def test_external_is_read_and_never_written(managed, proxy):
    org = managed.aws.organizations
    org.create_policy(
        Name="theirs",
        Description="",
        Type="SERVICE_CONTROL_POLICY",
        Content=json.dumps(seed.statement("Deny", ["s3:DeleteBucket"])),
    )
    after = seed.changed(managed.model)
    after["policies"]["theirs"] = {"external": True}
    after["units"]["Old"]["policies"] = ["theirs"]
    managed.commit(after)
    plan = managed.charter.plan("--ref", "HEAD")
    assert plans.operations(plan) == ["AttachPolicy"]
    assert plan["summary"]["unmanaged"] == 0
    managed.charter.apply()
    del after["policies"]["theirs"]
    after["units"]["Old"]["policies"] = []
    managed.commit(after)
    managed.charter.apply()
    assert "theirs" in read_live(managed.aws)["policies"]


def test_external_that_is_not_there(managed, proxy):
    after = seed.changed(managed.model)
    after["policies"]["theirs"] = {"external": True}
    managed.commit(after)
    result = managed.charter("plan", "--ref", "HEAD").expect(0)
    assert "policy/theirs" in result.out and "AWS does not have it" in result.out
    after["units"]["Old"]["policies"] = ["theirs"]
    managed.commit(after)
    result = managed.charter("apply", "--ref", "HEAD").expect(1)
    assert "units.yaml:" in result.err and "unit/Old needs policy/theirs" in result.err
    assert proxy.mutations() == []


def test_clearing_and_letting_go(managed):
    """An empty list or map clears; a key that goes away is let be, and no longer compared."""
    after = seed.changed(managed.model)
    alice = after["iam"]["accounts"]["master"]["users"]["alice"]
    alice["permissions_boundary"] = "developer-boundary"
    managed.commit(after)
    managed.charter.apply()
    for key in ("groups", "permissions_boundary"):
        alice[key] = []
    for key in ("inline_policies", "tags"):
        alice[key] = {}
    del after["units"]["Security"]["policies"], after["units"]["Security"]["tags"]
    managed.commit(after)
    managed.charter.apply()
    live = read_live(managed.aws)
    user, unit = live["users"]["alice"], live["units"]["Security"]
    assert (user["groups"], user["inline"], user["boundary"], user["tags"]) == ([], {}, "", {})
    assert unit == {"policies": ["protect-logs"], "tags": {"tier": "Secu"}}
    org, ids = managed.aws.organizations, managed.ids
    org.attach_policy(PolicyId=ids.policies["no-marketplace"], TargetId=ids.units["Security"])
    org.tag_resource(ResourceId=ids.units["Security"], Tags=[{"Key": "tier", "Value": "x"}])
    plans.assert_empty(managed.charter.plan("--ref", "HEAD"))


def test_first_declaration_of_a_set_takes_nothing_away(managed, proxy):
    after = seed.changed(managed.model)
    del after["units"]["Security"]["policies"]
    managed.commit(after)
    managed.charter.apply()
    proxy.reset()
    after["units"]["Security"]["policies"] = ["no-marketplace"]
    managed.commit(after)
    result = managed.charter("apply", "--ref", "HEAD").expect(3)
    assert "- protect-logs" in result.out + result.err
    assert proxy.mutations() == []
    after["units"]["Security"]["policies"] = ["no-marketplace", "protect-logs"]
    managed.commit(after)
    managed.charter.apply()
    assert_live(managed.aws, after)


def test_unmanaged_can_be_passed_over(managed):
    managed.aws.organizations.create_organizational_unit(ParentId=managed.ids.root, Name="ByHand")
    managed.aws.iam.create_user(UserName="stranger")
    assert managed.charter.plan("--ref", "HEAD")["summary"]["unmanaged"] == 2
    after = seed.changed(managed.model)
    after["charter"]["unmanaged"] = {"iam": "ignore", "units": "report"}
    managed.commit(after)
    assert managed.charter.plan("--ref", "HEAD")["summary"]["unmanaged"] == 1
    after["charter"]["unmanaged"] = "ignore"
    managed.commit(after)
    assert managed.charter.plan("--ref", "HEAD")["summary"]["unmanaged"] == 0


def test_what_aws_owns_is_left_alone(managed):
    org, ids = managed.aws.organizations, managed.ids
    made = org.create_policy(
        Name="aws-guardrails-AbCdEf",
        Description="",
        Type="SERVICE_CONTROL_POLICY",
        Content=json.dumps(seed.statement("Deny", ["s3:DeleteBucket"])),
    )
    guardrail = made["Policy"]["PolicySummary"]["Id"]
    org.attach_policy(PolicyId=guardrail, TargetId=ids.units["Security"])
    plan = managed.charter.plan("--ref", "HEAD")
    plans.assert_empty(plan)
    assert plan["summary"]["unmanaged"] == 0
    after = seed.changed(managed.model)
    after["units"]["Security"]["policies"] = []
    managed.commit(after)
    assert plans.operations(managed.charter.plan("--ref", "HEAD")) == ["DetachPolicy"]
    managed.charter.apply()
    live = read_live(managed.aws)["units"]["Security"]["policies"]
    assert live == ["aws-guardrails-AbCdEf"]


def test_policy_types_and_services_only_ever_add(managed, proxy):
    after = seed.changed(managed.model)
    organization = after["charter"]["organization"]
    organization["policy_types"] = ["SERVICE_CONTROL_POLICY", "TAG_POLICY"]
    organization["trusted_services"] = ["sso.amazonaws.com"]
    managed.commit(after)
    managed.charter.apply()
    operations = [r.operation for r in proxy.mutations() if not plans.record_request(r)]
    assert operations == ["EnableAWSServiceAccess"]
    plans.assert_empty(managed.charter.plan("--ref", "HEAD"))


def test_variables_in_documents(managed):
    after = seed.changed(managed.model)
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Action": "s3:*",
                "Resource": "arn:${partition}:s3:::logs-${accounts.dev-1.id}/${aws:username}",
                "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "${organization.id}"}},
            }
        ],
    }
    after["documents"]["policies/protect-logs.json"] = document
    managed.commit(after)
    managed.charter.apply()
    text = json.dumps(read_live(managed.aws)["policies"]["protect-logs"]["content"])
    assert f"arn:aws:s3:::logs-{managed.ids.accounts['dev-1']}/${{aws:username}}" in text
    assert managed.ids.org in text
    plans.assert_empty(managed.charter.plan("--ref", "HEAD"))


def test_variable_of_an_account_that_is_made_in_the_same_apply(managed):
    after = seed.changed(managed.model)
    after["accounts"]["fresh"] = {"email": "aws+fresh@example.com", "unit": "Old"}
    document = seed.statement("Deny", ["s3:*"])
    document["Statement"][0]["Resource"] = "arn:aws:s3:::logs-${accounts.fresh.id}"
    after["documents"]["policies/protect-logs.json"] = document
    managed.commit(after)
    managed.charter.apply()
    listed = managed.aws.organizations.list_accounts()["Accounts"]
    fresh = [a["Id"] for a in listed if a["Name"] == "fresh"]
    text = json.dumps(read_live(managed.aws)["policies"]["protect-logs"]["content"])
    assert f"logs-{fresh[0]}" in text
    plans.assert_empty(managed.charter.plan("--ref", "HEAD"))


def test_clean_drift_report_of_a_managed_organization(managed):
    report = managed.charter("drift", "-o", "json").expect(0).json()
    assert report["changes"] == []
    assert_live(managed.aws, managed.model)
