"""What moto lacks of IAM Identity Center, kept from the requests that pass and written into moto's
replies: boundaries and tags of permission sets, which accounts have which version of them, changes of
users and groups, and who is kept by an identity provider.

A user or group that was renamed keeps its first name in moto itself, so nobody else can take that."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

from replies import Reply, Request, error_reply, json_reply

Pair = tuple[str, str]  # a permission set's ARN, an account's id

# What makes the version that accounts have an old one.
CHANGES_SET = {
    "UpdatePermissionSet",
    "AttachManagedPolicyToPermissionSet",
    "DetachManagedPolicyFromPermissionSet",
    "AttachCustomerManagedPolicyReferenceToPermissionSet",
    "DetachCustomerManagedPolicyReferenceFromPermissionSet",
    "PutInlinePolicyToPermissionSet",
    "DeleteInlinePolicyFromPermissionSet",
}
ISSUER = "https://scim.aws.com/example"


def name_of(entity: dict[str, Any]) -> str:
    return entity.get("UserName") or entity.get("DisplayName") or ""


def set_path(entity: dict[str, Any], path: str, value: Any) -> None:
    """An attribute by the path that UpdateUser and UpdateGroup give it."""
    keys = [key[:1].upper() + key[1:] for key in path.split(".")]
    for key in keys[:-1]:
        entity = entity.setdefault(key, {})
    entity[keys[-1]] = value


def merged(entity: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    found = {**entity, **over}
    if isinstance(over.get("Name"), dict):
        found["Name"] = {**(entity.get("Name") or {}), **over["Name"]}
    return found


def not_there(request: Request, what: str) -> Reply:
    """A user or a group of the store that is not there."""
    message = f"{what} not found."
    return error_reply(request, 400, "ResourceNotFoundException", message, ResourceType=what)


class CenterGaps:
    """The operations of gaps.txt that are of `sso` and `identitystore`."""

    proxy: Any

    def reset_center(self) -> None:
        self.set_boundaries: dict[str, dict[str, Any]] = {}
        self.set_tags: dict[str, dict[str, str]] = {}
        self.versions: dict[str, int] = {}
        self.provisioned: dict[Pair, int] = {}
        self.holders: dict[Pair, set[Pair]] = {}  # type and id of principals
        self.provisionings: dict[str, dict[str, Any]] = {}
        self.paths: dict[str, str] = {}  # ARNs of AWS's policies, by those without their path
        self.changed: dict[str, dict[str, Any]] = {}  # by the id of a user or group
        self.external: set[str] = set()

    # Permission sets

    def absent_set(self, request: Request) -> Reply | None:
        """moto's refusal, where there is no such set."""
        keys = ("InstanceArn", "PermissionSetArn")
        asked = {key: request.input.get(key) for key in keys}
        asked["PermissionSetArn"] = asked["PermissionSetArn"] or request.input.get("ResourceArn")
        reply = self.proxy.ask("sso", "DescribePermissionSet", asked)
        return None if reply.status == 200 else reply

    def do_PutPermissionsBoundaryToPermissionSet(self, request: Request) -> Reply:
        absent = self.absent_set(request)
        if absent is None:
            arn = request.input["PermissionSetArn"]
            self.set_boundaries[arn] = request.input["PermissionsBoundary"]
            self.change_set(arn)
        return absent or json_reply({})

    def do_GetPermissionsBoundaryForPermissionSet(self, request: Request) -> Reply:
        found = self.set_boundaries.get(request.input["PermissionSetArn"])
        if found is None:
            return error_reply(request, 400, "ResourceNotFoundException", "there is no boundary")
        return json_reply({"PermissionsBoundary": found})

    def do_DeletePermissionsBoundaryFromPermissionSet(self, request: Request) -> Reply:
        arn = request.input["PermissionSetArn"]
        if self.set_boundaries.pop(arn, None) is None:
            return error_reply(request, 400, "ResourceNotFoundException", "there is no boundary")
        self.change_set(arn)
        return json_reply({})

    def do_ListTagsForResource(self, request: Request) -> Reply:
        tags = self.set_tags.get(request.input["ResourceArn"], {})
        listed = [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
        return self.absent_set(request) or json_reply({"Tags": listed})

    def do_TagResource(self, request: Request) -> Reply:
        absent = self.absent_set(request)
        if absent is None:
            tags = self.set_tags.setdefault(request.input["ResourceArn"], {})
            tags.update({tag["Key"]: tag["Value"] for tag in request.input["Tags"]})
        return absent or json_reply({})

    def do_UntagResource(self, request: Request) -> Reply:
        absent = self.absent_set(request)
        if absent is None:
            for key in request.input["TagKeys"]:
                self.set_tags.get(request.input["ResourceArn"], {}).pop(key, None)
        return absent or json_reply({})

    def do_DescribePermissionSetProvisioningStatus(self, request: Request) -> Reply:
        found = self.provisionings.get(request.input["ProvisionPermissionSetRequestId"])
        if found is None:
            return error_reply(request, 400, "ResourceNotFoundException", "no such request")
        return json_reply({"PermissionSetProvisioningStatus": found})

    def change_set(self, arn: str) -> None:
        self.versions[arn] = self.versions.get(arn, 0) + 1

    def patch_sso(self, request: Request, reply: Reply) -> None:
        """After a request that moto did: what it means for what is kept here."""
        patch = getattr(self, "sso_" + request.operation, None)
        if request.operation in CHANGES_SET:
            self.change_set(request.input["PermissionSetArn"])
        elif patch is not None:
            value = reply.json() or {}
            reply.body = json.dumps(patch(request.input, value) or value).encode()

    def sso_CreatePermissionSet(self, input_: dict[str, Any], reply: dict[str, Any]) -> None:
        tags = {tag["Key"]: tag["Value"] for tag in input_.get("Tags", [])}
        self.set_tags[reply["PermissionSet"]["PermissionSetArn"]] = tags
        self.sso_DescribePermissionSet(input_, reply)

    def sso_DescribePermissionSet(self, input_: dict[str, Any], reply: dict[str, Any]) -> None:
        """moto shows a duration that nobody gave as a number, and members that are not there."""
        found = {key: value for key, value in reply["PermissionSet"].items() if value is not None}
        if not isinstance(found.get("SessionDuration"), str):
            found["SessionDuration"] = "PT1H"
        reply["PermissionSet"] = found

    def sso_DeletePermissionSet(self, input_: dict[str, Any], reply: dict[str, Any]) -> None:
        arn = input_["PermissionSetArn"]
        self.set_boundaries.pop(arn, None)
        self.set_tags.pop(arn, None)
        for pair in [pair for pair in self.provisioned if pair[0] == arn]:
            del self.provisioned[pair]

    def for_moto(self, input_: dict[str, Any]) -> dict[str, Any]:
        """moto knows only those of AWS's policies that have no path of their own: it is told them
        without."""
        arn = input_.get("ManagedPolicyArn", "")
        short = re.sub(r":policy/.*/", ":policy/", arn)
        if short == arn:
            return input_
        self.paths[short] = arn
        return {**input_, "ManagedPolicyArn": short}

    def sso_ListManagedPoliciesInPermissionSet(
        self, input_: dict[str, Any], reply: dict[str, Any]
    ) -> None:
        for policy in reply["AttachedManagedPolicies"]:
            policy["Arn"] = self.paths.get(policy["Arn"], policy["Arn"])

    def sso_CreateAccountAssignment(self, input_: dict[str, Any], reply: dict[str, Any]) -> None:
        """The first of a pair brings the set there as it is; another leaves it as it was."""
        pair = input_["PermissionSetArn"], input_["TargetId"]
        holder = input_["PrincipalType"], input_["PrincipalId"]
        self.holders.setdefault(pair, set()).add(holder)
        self.provisioned.setdefault(pair, self.versions.get(pair[0], 0))

    def sso_DeleteAccountAssignment(self, input_: dict[str, Any], reply: dict[str, Any]) -> None:
        pair = input_["PermissionSetArn"], input_["TargetId"]
        holders = self.holders.get(pair, set())
        holders.discard((input_["PrincipalType"], input_["PrincipalId"]))
        if not holders:
            self.provisioned.pop(pair, None)

    def sso_ProvisionPermissionSet(self, input_: dict[str, Any], reply: dict[str, Any]) -> None:
        arn, account = input_["PermissionSetArn"], input_.get("TargetId")
        for pair in self.provisioned:
            if pair[0] == arn and account in (None, pair[1]):
                self.provisioned[pair] = self.versions.get(arn, 0)
        status = reply["PermissionSetProvisioningStatus"]
        status["RequestId"] = status.get("RequestId") or str(uuid.uuid4())
        self.provisionings[status["RequestId"]] = {**status, "Status": "SUCCEEDED"}
        status["Status"] = "IN_PROGRESS"

    def pairs(self, input_: dict[str, Any]) -> list[Pair]:
        """The provisioned ones that a listing is asked for."""
        asked = input_.get("ProvisioningStatus", "")
        found = []
        for pair in sorted(self.provisioned):
            latest = self.provisioned[pair] == self.versions.get(pair[0], 0)
            if asked in ("", f"LATEST_PERMISSION_SET_{'' if latest else 'NOT_'}PROVISIONED"):
                found.append(pair)
        return found

    def sso_ListAccountsForProvisionedPermissionSet(
        self, input_: dict[str, Any], reply: dict[str, Any]
    ) -> dict[str, Any]:
        arn = input_["PermissionSetArn"]
        return {"AccountIds": [pair[1] for pair in self.pairs(input_) if pair[0] == arn]}

    def sso_ListPermissionSetsProvisionedToAccount(
        self, input_: dict[str, Any], reply: dict[str, Any]
    ) -> dict[str, Any]:
        account = input_["AccountId"]
        return {"PermissionSets": [pair[0] for pair in self.pairs(input_) if pair[1] == account]}

    # Users and groups

    def do_UpdateUser(self, request: Request) -> Reply:
        return self.update(request, "User", "UserName")

    def do_UpdateGroup(self, request: Request) -> Reply:
        return self.update(request, "Group", "DisplayName")

    def update(self, request: Request, kind: str, name: str) -> Reply:
        store, key = request.input["IdentityStoreId"], request.input[kind + "Id"]
        found = self.listed(store, kind)
        if key not in found:
            return not_there(request, kind.upper())
        changed = json.loads(json.dumps(self.changed.get(key, {})))
        for operation in request.input["Operations"]:
            set_path(changed, operation["AttributePath"], operation.get("AttributeValue"))
        taken = [e for i, e in found.items() if i != key and e[name] == changed.get(name)]
        if taken:
            return error_reply(
                request, 400, "ConflictException", f"Duplicate {name}",
                Reason="UNIQUENESS_CONSTRAINT_VIOLATION",
            )
        self.changed[key] = changed
        return json_reply({"IdentityStoreId": store, kind + "Id": key})

    def listed(self, store: str, kind: str) -> dict[str, dict[str, Any]]:
        """All users or groups as they are now, by id."""
        found: dict[str, dict[str, Any]] = {}
        token: dict[str, str] = {}
        while True:
            input_ = {"IdentityStoreId": store, **token}
            reply = self.proxy.ask("identitystore", f"List{kind}s", input_).json() or {}
            for entity in reply.get(kind + "s", []):
                found[entity[kind + "Id"]] = self.as_it_is(entity, kind)
            if not reply.get("NextToken"):
                return found
            token = {"NextToken": reply["NextToken"]}

    def as_it_is(self, entity: dict[str, Any], kind: str) -> dict[str, Any]:
        key = entity[kind + "Id"]
        found = merged(entity, self.changed.get(key, {}))
        if key in self.external:
            found["ExternalIds"] = [{"Issuer": ISSUER, "Id": key}]
        return {name: value for name, value in found.items() if value is not None}

    def patch_identitystore(self, request: Request, reply: Reply) -> None:
        operation, input_ = request.operation, request.input
        if operation in ("GetUserId", "GetGroupId"):
            self.find_by_name(request, reply, operation[3:-2])
        if reply.status != 200:
            return
        if operation in ("ListUsers", "ListGroups"):
            kind, value = operation[4:-1], reply.json() or {}
            value[kind + "s"] = [self.as_it_is(entity, kind) for entity in value[kind + "s"]]
            reply.body = json.dumps(value).encode()
        elif operation in ("DescribeUser", "DescribeGroup"):
            value = reply.json() or {}
            reply.body = json.dumps(self.as_it_is(value, operation[8:])).encode()
        elif operation == "DeleteUser":
            member = {"MemberId": {"UserId": input_["UserId"]}}
            self.end_memberships(input_, "ListGroupMembershipsForMember", member)
        elif operation == "DeleteGroup":
            self.end_memberships(input_, "ListGroupMemberships", {"GroupId": input_["GroupId"]})

    def find_by_name(self, request: Request, reply: Reply, kind: str) -> None:
        """moto knows the first names only."""
        asked = request.input.get("AlternateIdentifier", {}).get("UniqueAttribute", {})
        if not self.changed or asked.get("AttributePath", "").lower() not in (
            "username",
            "displayname",
        ):
            return
        store = request.input["IdentityStoreId"]
        for key, entity in self.listed(store, kind).items():
            if name_of(entity) == asked.get("AttributeValue"):
                answer = json_reply({"IdentityStoreId": store, kind + "Id": key})
                break
        else:
            answer = not_there(request, kind.upper())
        reply.status, reply.headers, reply.body = answer.status, answer.headers, answer.body

    def end_memberships(
        self, input_: dict[str, Any], listing: str, whose: dict[str, Any]
    ) -> None:
        """They go with either side of them; moto keeps them."""
        store = {"IdentityStoreId": input_["IdentityStoreId"]}
        reply = self.proxy.ask("identitystore", listing, {**store, **whose}).json() or {}
        for membership in reply.get("GroupMemberships", []):
            gone = {**store, "MembershipId": membership["MembershipId"]}
            self.proxy.ask("identitystore", "DeleteGroupMembership", gone)
