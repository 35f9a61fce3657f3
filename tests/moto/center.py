"""IAM Identity Center for the tests, with boto3: what others make and change there, and what is there as
plain data."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError
from live import pages

MANAGED = "arn:aws:iam::aws:policy/"


def by_type(principal: str) -> tuple[str, str]:
    """GROUP or USER, and the name, of "group/NAME" or "user/NAME"."""
    kind, _, name = principal.partition("/")
    return kind.upper(), name


class Center:
    """Of the management account of an organization; `accounts`: names to ids."""

    def __init__(self, bench: Any, accounts: dict[str, str]):
        self.bench, self.accounts = bench, accounts
        self.sso, self.store = bench.aws.sso_admin, bench.aws.identitystore
        (instance,) = self.sso.list_instances()["Instances"]
        self.instance = {"InstanceArn": instance["InstanceArn"]}
        self.where = {"IdentityStoreId": instance["IdentityStoreId"]}

    # By names

    def users(self) -> dict[str, str]:
        found = pages(self.store, "list_users", "Users", **self.where)
        return self.ids(found, "UserName", "UserId")

    def groups(self) -> dict[str, str]:
        found = pages(self.store, "list_groups", "Groups", **self.where)
        return self.ids(found, "DisplayName", "GroupId")

    def sets(self) -> dict[str, str]:
        arns = pages(self.sso, "list_permission_sets", "PermissionSets", **self.instance)
        return self.ids([self.described(arn) for arn in arns], "Name", "PermissionSetArn")

    @staticmethod
    def ids(found: list[dict[str, Any]], name: str, key: str) -> dict[str, str]:
        names = [one[name] for one in found]
        assert len(set(names)) == len(names), f"twice: {sorted(names)}"
        return {one[name]: one[key] for one in found}

    def set_of(self, name: str) -> dict[str, str]:
        """What an operation on a permission set is told."""
        return {**self.instance, "PermissionSetArn": self.sets()[name]}

    def principal(self, principal: str) -> dict[str, str]:
        kind, name = by_type(principal)
        ids = self.groups() if kind == "GROUP" else self.users()
        return {"PrincipalType": kind, "PrincipalId": ids.get(name, name)}

    # What others do

    def make_user(self, name: str, family: str = "Tester") -> str:
        return self.store.create_user(
            **self.where, UserName=name, DisplayName=f"{name} {family}",
            Name={"GivenName": name, "FamilyName": family},
            Emails=[{"Value": f"{name}@example.com", "Type": "work", "Primary": True}],
        )["UserId"]  # fmt: skip

    def make_group(self, name: str, members: list[str] = [], description: str = "") -> str:
        more = {"Description": description} if description else {}
        made = self.store.create_group(**self.where, DisplayName=name, **more)["GroupId"]
        users = self.users() if members else {}
        for member in members:
            self.store.create_group_membership(
                **self.where, GroupId=made, MemberId={"UserId": users[member]}
            )
        return made

    def add_member(self, group: str, user: str) -> None:
        group_id, member = self.groups()[group], {"UserId": self.users()[user]}
        self.store.create_group_membership(**self.where, GroupId=group_id, MemberId=member)

    def remove_member(self, group: str, user: str) -> None:
        member = self.memberships(self.groups()[group])[self.users()[user]]
        self.store.delete_group_membership(**self.where, MembershipId=member)

    def make_set(self, name: str, policies: list[str] = [], **more: Any) -> str:
        made = self.sso.create_permission_set(**self.instance, Name=name, **more)
        arn = made["PermissionSet"]["PermissionSetArn"]
        for policy in policies:
            self.sso.attach_managed_policy_to_permission_set(
                **self.instance, PermissionSetArn=arn, ManagedPolicyArn=MANAGED + policy
            )
        return arn

    def assignment(self, name: str, account: str, principal: str) -> dict[str, str]:
        return {
            **self.set_of(name),
            "TargetId": self.accounts[account],
            "TargetType": "AWS_ACCOUNT",
            **self.principal(principal),
        }

    def assign(self, name: str, account: str, principal: str) -> None:
        made = self.sso.create_account_assignment(**self.assignment(name, account, principal))
        self.wait(made, "creation")

    def unassign(self, name: str, account: str, principal: str) -> None:
        made = self.sso.delete_account_assignment(**self.assignment(name, account, principal))
        self.wait(made, "deletion")

    def wait(self, made: dict[str, Any], what: str) -> None:
        """Until what was asked for has been done."""
        key = f"AccountAssignment{what.capitalize()}Status"
        request = {f"AccountAssignment{what.capitalize()}RequestId": made[key]["RequestId"]}
        describe = getattr(self.sso, f"describe_account_assignment_{what}_status")
        until = time.monotonic() + 30
        while made[key]["Status"] == "IN_PROGRESS" and time.monotonic() < until:
            time.sleep(0.02)
            made = describe(**self.instance, **request)
        assert made[key]["Status"] == "SUCCEEDED", made[key]

    def synchronize(self, *ids: str) -> None:
        """These users and groups are kept by an identity provider from now on."""
        if self.bench.simulator.name == "moto":
            self.bench.proxy.gaps.external.update(ids)
        else:
            there = json.dumps(dict.fromkeys(ids, "1")).encode()
            self.bench.simulator.control("POST", "scim", there)

    # What is there

    def memberships(self, group: str) -> dict[str, str]:
        """Ids of memberships by ids of users."""
        found = pages(
            self.store, "list_group_memberships", "GroupMemberships", **self.where, GroupId=group
        )
        users = [one["MemberId"]["UserId"] for one in found]
        assert len(set(users)) == len(users), f"a member is there twice: {users}"
        return {one["MemberId"]["UserId"]: one["MembershipId"] for one in found}

    def described(self, arn: str) -> dict[str, Any]:
        asked = {**self.instance, "PermissionSetArn": arn}
        return self.sso.describe_permission_set(**asked)["PermissionSet"]

    def read_users(self) -> dict[str, dict[str, str]]:
        found = {}
        for user in pages(self.store, "list_users", "Users", **self.where):
            found[user["UserName"]] = {
                "given_name": user["Name"]["GivenName"],
                "family_name": user["Name"]["FamilyName"],
                "display_name": user["DisplayName"],
                "email": user["Emails"][0]["Value"],
            }
        return found

    def read_groups(self) -> dict[str, dict[str, Any]]:
        names = {key: name for name, key in self.users().items()}
        return {
            group["DisplayName"]: {
                "description": group.get("Description") or "",
                "members": sorted(names.get(m, m) for m in self.memberships(group["GroupId"])),
            }
            for group in pages(self.store, "list_groups", "Groups", **self.where)
        }

    def read_set(self, arn: str) -> dict[str, Any]:
        asked, described = {**self.instance, "PermissionSetArn": arn}, self.described(arn)
        managed = pages(
            self.sso, "list_managed_policies_in_permission_set", "AttachedManagedPolicies", **asked
        )
        customer = pages(
            self.sso, "list_customer_managed_policy_references_in_permission_set",
            "CustomerManagedPolicyReferences", **asked,
        )  # fmt: skip
        inline = self.sso.get_inline_policy_for_permission_set(**asked).get("InlinePolicy")
        tags = self.sso.list_tags_for_resource(**self.instance, ResourceArn=arn)["Tags"]
        return {
            "description": described.get("Description") or "",
            "duration": described["SessionDuration"],
            "relay_state": described.get("RelayState") or "",
            "managed": sorted(policy["Arn"].removeprefix(MANAGED) for policy in managed),
            "customer": sorted(policy["Path"] + policy["Name"] for policy in customer),
            "inline": json.loads(inline) if inline else None,
            "boundary": self.boundary(asked),
            "tags": {tag["Key"]: tag["Value"] for tag in tags},
        }

    def boundary(self, asked: dict[str, str]) -> str:
        try:
            found = self.sso.get_permissions_boundary_for_permission_set(**asked)
        except ClientError as error:
            assert error.response["Error"]["Code"] == "ResourceNotFoundException"
            return ""
        reference = found["PermissionsBoundary"].get("CustomerManagedPolicyReference")
        if reference:
            return reference["Path"] + reference["Name"]
        return found["PermissionsBoundary"]["ManagedPolicyArn"].removeprefix(MANAGED)

    def read_sets(self) -> dict[str, dict[str, Any]]:
        return {name: self.read_set(arn) for name, arn in self.sets().items()}

    def read_assignments(self) -> list[str]:
        """SET/ACCOUNT/group/NAME or SET/ACCOUNT/user/NAME, sorted; none is there twice."""
        accounts = {key: name for name, key in self.accounts.items()}
        names = {key: name for name, key in (self.users() | self.groups()).items()}
        found = []
        for name, arn in self.sets().items():
            for account in accounts:
                asked = {**self.instance, "PermissionSetArn": arn, "AccountId": account}
                rows = pages(self.sso, "list_account_assignments", "AccountAssignments", **asked)
                for row in rows:
                    principal = names.get(row["PrincipalId"], row["PrincipalId"])
                    kind = row["PrincipalType"].lower()
                    found.append(f"{name}/{accounts[account]}/{kind}/{principal}")
        assert len(set(found)) == len(found), f"an assignment is there twice: {sorted(found)}"
        return sorted(found)

    def old_versions(self) -> dict[str, list[str]]:
        """Names of accounts by names of sets, where the version is not the latest."""
        accounts = {key: name for name, key in self.accounts.items()}
        old = {}
        for name, arn in self.sets().items():
            found = pages(
                self.sso, "list_accounts_for_provisioned_permission_set", "AccountIds",
                **self.instance, PermissionSetArn=arn,
                ProvisioningStatus="LATEST_PERMISSION_SET_NOT_PROVISIONED",
            )  # fmt: skip
            if found:
                old[name] = sorted(accounts[account] for account in found)
        return old

    def read(self) -> SimpleNamespace:
        return SimpleNamespace(
            users=self.read_users(),
            groups=self.read_groups(),
            sets=self.read_sets(),
            assignments=self.read_assignments(),
            old=self.old_versions(),
        )


def wanted(model: dict[str, Any]) -> SimpleNamespace:
    """What read() finds once `identity_center` of a model is applied, but for the assignments: these
    are for the test to say."""
    center, documents = model["identity_center"], model["documents"]

    def boundary(declared: dict[str, Any]) -> str:
        named = declared.get("permissions_boundary") or {}
        if "customer_managed_policy" in named:
            policy = named["customer_managed_policy"]
            return policy.get("path", "/") + policy["name"]
        return named.get("aws_managed_policy", "").removeprefix("aws/")

    def inline(declared: dict[str, Any]) -> Any:
        document = declared.get("inline_policy") or None
        return documents[document] if isinstance(document, str) else document

    return SimpleNamespace(
        users={
            name: {key: value for key, value in user.items() if key != "previously"}
            for name, user in center.get("users", {}).items()
        },
        groups={
            name: {
                "description": group.get("description", ""),
                "members": sorted(group.get("members", [])),
            }
            for name, group in center.get("groups", {}).items()
        },
        sets={
            name: {
                "description": declared.get("description", ""),
                "duration": duration(declared.get("session_duration", "1h")),
                "relay_state": declared.get("relay_state", ""),
                "managed": sorted(
                    p.removeprefix("aws/") for p in declared.get("aws_managed_policies", [])
                ),
                "customer": sorted(
                    p.get("path", "/") + p["name"]
                    for p in declared.get("customer_managed_policies", [])
                ),
                "inline": inline(declared),
                "boundary": boundary(declared),
                "tags": dict(declared.get("tags", {})),
            }
            for name, declared in center.get("permission_sets", {}).items()
        },
        old={},
    )


def duration(text: str) -> str:
    """8h, 90m as AWS shows them."""
    minutes = int(text[:-1]) * (60 if text.endswith("h") else 1)
    hours, minutes = divmod(minutes, 60)
    return f"PT{f'{hours}H' if hours else ''}{f'{minutes}M' if minutes else ''}"
