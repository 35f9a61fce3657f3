"""`import --drift` into files that people wrote: what others changed is in them afterwards, and no other
line is touched."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest
import seed
from center import MANAGED, Center
from inside import Inside
from live import pages

HERE = pathlib.Path(__file__).parent
AWS = "arn:aws:iam::aws:policy/"


def hand_files() -> dict[str, str]:
    """What stands in tests/twin/hand, as it stands there."""
    where = HERE / "hand"
    return {
        str(path.relative_to(where)): path.read_text()
        for path in sorted(where.rglob("*"))
        if path.is_file()
    }


class Hand:
    """The organization of tests/twin/hand, applied, and the ways in which others change it."""

    def __init__(self, bench: Any, repo: Any, charter: Any):
        self.bench, self.repo, self.charter, self.org = bench, repo, charter, bench.aws.organizations
        self.org.create_organization(FeatureSet="ALL")
        seed.trust(self.org)
        seed.name_management({"accounts": {"master": {}}}, bench.aws)
        repo.commit(hand_files(), "as people wrote it")
        charter.repo = repo.path
        charter.apply()
        self.ids = {a["Name"]: a["Id"] for a in pages(self.org, "list_accounts", "Accounts")}
        self.root = self.org.list_roots()["Roots"][0]["Id"]
        self.center = Center(bench, self.ids)
        self.iam = Inside(bench).iam(self.ids["identity"])

    def policy(self, name: str) -> str:
        found = pages(self.org, "list_policies", "Policies", Filter="SERVICE_CONTROL_POLICY")
        return {p["Name"]: p["Id"] for p in found}[name]

    def unit(self, path: str) -> str:
        at = self.root
        for name in path.split("/"):
            operation = "list_organizational_units_for_parent"
            found = pages(self.org, operation, "OrganizationalUnits", ParentId=at)
            at = {u["Name"]: u["Id"] for u in found}[name]
        return at

    def document(self, name: str) -> dict[str, Any]:
        found = self.org.describe_policy(PolicyId=self.policy(name))["Policy"]["Content"]
        return json.loads(found)

    def tag(self, resource: str, **tags: str) -> None:
        self.org.tag_resource(
            ResourceId=resource, Tags=[{"Key": k, "Value": v} for k, v in tags.items()]
        )

    def meddle(self) -> None:
        """Some thirty changes behind charter's back."""
        self.meddle_organization()
        self.meddle_policies()
        self.meddle_iam()
        self.meddle_center()

    def meddle_organization(self) -> None:
        org, ids = self.org, self.ids
        self.tag(self.root, owner="operations")
        org.attach_policy(PolicyId=self.policy("freeze"), TargetId=self.unit("Workloads"))
        org.detach_policy(PolicyId=self.policy("protect-logs"), TargetId=self.unit("Workloads"))
        self.tag(self.unit("Workloads/Production"), oncall="no")
        org.attach_policy(PolicyId=self.policy("training"), TargetId=self.unit("Workloads/Development"))
        org.untag_resource(ResourceId=ids["identity"], TagKeys=["team"])
        org.detach_policy(PolicyId=self.policy("freeze"), TargetId=ids["shop-prod"])
        self.tag(ids["shop-dev"], env="staging")
        org.move_account(
            AccountId=ids["shop-dev"],
            SourceParentId=self.unit("Workloads/Development"),
            DestinationParentId=self.unit("Workloads/Training"),
        )

    def meddle_policies(self) -> None:
        org = self.org
        body = self.document("protect-logs")
        buckets = next(s for s in body["Statement"] if s["Sid"] == "Buckets")
        buckets["Action"].append("s3:PutLifecycleConfiguration")
        body["Statement"].append(
            {"Sid": "Keys", "Effect": "Deny", "Action": ["kms:Disable*"], "Resource": "*"}
        )
        org.update_policy(PolicyId=self.policy("protect-logs"), Content=json.dumps(body))
        body = self.document("deny-root-keys")
        body["Statement"][0]["Action"] = ["iam:CreateAccessKey", "iam:UpdateAccessKey"]
        org.update_policy(PolicyId=self.policy("deny-root-keys"), Content=json.dumps(body))
        body = self.document("deny-regions")
        body["Statement"][0]["Condition"]["StringNotEquals"]["aws:RequestedRegion"] = ["eu-central-1"]
        org.update_policy(
            PolicyId=self.policy("deny-regions"),
            Content=json.dumps(body),
            Description="Where we are, by law",
        )

    def meddle_iam(self) -> None:
        iam = self.iam
        iam.remove_user_from_group(GroupName="operators", UserName="alice")
        iam.attach_user_policy(UserName="bob", PolicyArn=AWS + "job-function/Billing")
        iam.remove_user_from_group(GroupName="operators", UserName="carol")
        iam.delete_user(UserName="carol")
        body = iam.get_user_policy(UserName="robot", PolicyName="artifacts")["PolicyDocument"]
        body["Statement"][0]["Action"] = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
        iam.put_user_policy(
            UserName="robot", PolicyName="artifacts", PolicyDocument=json.dumps(body)
        )
        iam.detach_group_policy(GroupName="developers", PolicyArn=AWS + "job-function/Billing")
        iam.put_group_policy(
            GroupName="operators", PolicyName="hand", PolicyDocument=json.dumps(seed.allow(["ec2:*"]))
        )
        iam.update_role(RoleName="deploy", MaxSessionDuration=7200, Description="Deploys all")
        iam.update_account_password_policy(MinimumPasswordLength=20, RequireSymbols=True)

    def meddle_center(self) -> None:
        center = self.center
        center.remove_member("shop", "ada")
        center.add_member("auditors", "bert")
        center.store.update_user(
            **center.where, UserId=center.users()["cleo"],
            Operations=[{"AttributePath": "displayName", "AttributeValue": "Cleo N."}],
        )  # fmt: skip
        center.sso.detach_managed_policy_from_permission_set(
            **center.set_of("Developer"), ManagedPolicyArn=MANAGED + "ReadOnlyAccess"
        )
        center.sso.update_permission_set(**center.set_of("Reader"), SessionDuration="PT3H")
        for name in ("Developer", "Reader"):
            center.sso.provision_permission_set(
                **center.set_of(name), TargetType="ALL_PROVISIONED_ACCOUNTS"
            )
        center.unassign("Reader", "audit", "group/auditors")
        center.unassign("Reader", "shop-prod", "group/shop")
        center.unassign("Developer", "training-2", "group/shop")
        center.unassign("Billing", "master", "user/cleo")
        center.assign("Billing", "shop-prod", "user/ada")


@pytest.fixture
def hand(bench, repo, charter) -> Hand:
    return Hand(bench, repo, charter)


def edited(hand: Hand) -> str:
    """Lines of the working tree that differ, without the blobs' names."""
    diff = hand.repo.git("diff", "-U0", "--no-prefix")
    return "".join(f"{line}\n" for line in diff.split("\n") if not line.startswith("index "))


def test_only_the_lines_that_must(hand):
    hand.meddle()
    done = hand.charter("import", "--drift").expect(0)
    assert "left:" not in done.err, done.err
    assert edited(hand) == (HERE / "hand.diff").read_text()
    hand.repo.commit(message="what others did")
    assert hand.charter.plan()["changes"] == []
    assert "nothing drifted" in hand.charter("import", "--drift").expect(0).err
    assert edited(hand).strip() == ""


def test_what_cannot_be_written_is_left(hand):
    """What stands for more than what drifted is not edited: its line and the reason are told."""
    auditor = Inside(hand.bench).iam(hand.ids["shop-prod"])
    auditor.tag_role(RoleName="auditor", Tags=[{"Key": "team", "Value": "nobody"}])
    hand.center.unassign("Developer", "shop-dev", "group/shop")
    hand.center.unassign("Reader", "shop-prod", "group/shop")
    hand.center.unassign("Reader", "shop-prod", "group/auditors")
    made = hand.org.create_policy(
        Name="unknown", Description="", Type="SERVICE_CONTROL_POLICY",
        Content=json.dumps(seed.statement("No", ["ec2:*"])),
    )  # fmt: skip
    unknown = made["Policy"]["PolicySummary"]["Id"]
    hand.org.attach_policy(PolicyId=unknown, TargetId=hand.ids["audit"])
    done = hand.charter("import", "--drift").expect(0)
    told = [line.partition("left: ")[2] for line in done.err.split("\n") if "left: " in line]
    assert len(told) == 2, done.err
    assert "iam_role/shop-prod/auditor: declared by `iam.baselines.auditors`" in " ".join(told)
    assert "charter.yaml:" in " ".join(told)
    assert "policy/unknown is not declared" in " ".join(told)
    # Both that a product had are gone, and so is the product; one of many is excepted.
    found = edited(hand)
    assert "-    # Production is for reading." in found
    assert "+      except: [ shop-dev ]" in found
    assert "auditor:" not in found
    hand.repo.commit(message="what others did")
    assert {c["address"] for c in hand.charter.plan()["changes"]} == {
        "iam_role/shop-prod/auditor",
        "account/audit",
    }


def test_what_is_to_be_applied_stays(hand):
    """A change that is committed and not yet applied is not drift: beside it, drift is written."""
    files = hand_files()
    changed = files["charter.yaml"].replace("Deploys the shop", "Deploys shops")
    hand.repo.commit({**files, "charter.yaml": changed}, "another description")
    hand.iam.update_role(RoleName="deploy", MaxSessionDuration=7200, Description="Deploys the shop")
    done = hand.charter("import", "--drift").expect(0)
    assert "an apply does that" in done.err
    assert "max_session_duration: 2h       # the longest build" in edited(hand)
    hand.repo.commit(message="what others did")
    (change,) = hand.charter.plan()["changes"]
    assert [a["name"] for a in change["attributes"]] == ["description"]


def test_line_ends_and_the_last_line_are_kept(hand):
    """Files as other editors write them: carriage returns, and no end of the last line."""
    files = hand_files()
    files["identity/center.yaml"] = files["identity/center.yaml"].replace("\n", "\r\n").rstrip()
    files["policies/deploy-own.json"] = files["policies/deploy-own.json"].rstrip()
    (hand.repo.path / ".gitattributes").write_text("* -text\n")
    hand.repo.commit({**files, ".gitattributes": "* -text\n"}, "other line ends")
    for name, text in files.items():
        (hand.repo.path / name).write_bytes(text.encode())
    hand.repo.commit(message="other line ends")
    hand.charter.apply()
    hand.center.add_member("auditors", "bert")
    hand.center.assign("Billing", "shop-prod", "user/ada")
    hand.charter("import", "--drift").expect(0)
    data = (hand.repo.path / "identity/center.yaml").read_bytes()
    assert data.count(b"\r\n") == data.count(b"\n")
    assert not data.endswith(b"\n")
    assert b"members: [ cleo, bert ]\r\n" in data
    assert b"permission_sets: [ Billing ]" in data
