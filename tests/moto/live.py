"""What is in moto, read with boto3 and brought to the same shape as a model: `read_live(aws)` must
equal `wanted(model)` once charter has applied the model, and hold nothing else."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

AWS_OWNED = {"FullAWSAccess", "RCPFullAWSAccess"}
TYPES = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY", "TAG_POLICY")


def plain_tags(tags: list[dict[str, str]]) -> dict[str, str]:
    return {t["Key"]: t["Value"] for t in tags if not t["Key"].startswith(("charter:", "aws:"))}


def pages(client: Any, operation: str, key: str, **input_: Any) -> list[Any]:
    paginator = client.get_paginator(operation).paginate(**input_)
    return [item for page in paginator for item in page[key]]


def once(table: dict[str, Any], name: str, value: Any) -> None:
    assert name not in table, f"{name} exists twice"
    table[name] = value


def read_target(org: Any, target: str) -> dict[str, Any]:
    names = []
    for policy_type in TYPES:
        found = pages(org, "list_policies_for_target", "Policies", TargetId=target, Filter=policy_type)
        names += [p["Name"] for p in found if p["Name"] not in AWS_OWNED]
    tags = org.list_tags_for_resource(ResourceId=target)["Tags"]
    return {"policies": sorted(names), "tags": plain_tags(tags)}


def read_tree(org: Any, live: dict[str, Any]) -> None:
    root = org.list_roots()["Roots"][0]["Id"]
    live["root"] = read_target(org, root)
    queue = [(root, "")]
    for parent, path in queue:
        for unit in pages(
            org, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent
        ):
            name = f"{path}/{unit['Name']}".lstrip("/")
            once(live["units"], name, read_target(org, unit["Id"]))
            queue.append((unit["Id"], name))
        for account in pages(org, "list_accounts_for_parent", "Accounts", ParentId=parent):
            row = {"email": account["Email"], "unit": path or "/", **read_target(org, account["Id"])}
            row["state"] = account.get("State", account.get("Status"))
            once(live["accounts"], account["Name"], row)


def read_policies(org: Any, live: dict[str, Any]) -> None:
    for policy_type in TYPES:
        for summary in pages(org, "list_policies", "Policies", Filter=policy_type):
            if summary["Name"] in AWS_OWNED:
                continue
            content = org.describe_policy(PolicyId=summary["Id"])["Policy"]["Content"]
            row = {
                "type": policy_type,
                "description": summary["Description"],
                "content": json.loads(content),
                "tags": plain_tags(org.list_tags_for_resource(ResourceId=summary["Id"])["Tags"]),
            }
            once(live["policies"], summary["Name"], row)


def inline(detail: dict[str, Any], key: str) -> dict[str, Any]:
    return {p["PolicyName"]: p["PolicyDocument"] for p in detail.get(key, [])}


def attached(detail: dict[str, Any]) -> list[str]:
    return sorted(p["PolicyArn"].rpartition("/")[2] for p in detail.get("AttachedManagedPolicies", []))


def read_identity(iam: Any, live: dict[str, Any]) -> None:
    details = iam.get_account_authorization_details(Filter=["User", "Group", "LocalManagedPolicy"])
    for user in details["UserDetailList"]:
        live["users"][user["UserName"]] = {
            "path": user["Path"],
            "groups": sorted(user.get("GroupList", [])),
            "managed": attached(user),
            "inline": inline(user, "UserPolicyList"),
            "boundary": user.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
            "tags": plain_tags(user.get("Tags", [])),
        }
    for group in details["GroupDetailList"]:
        live["groups"][group["GroupName"]] = {
            "path": group["Path"],
            "managed": attached(group),
            "inline": inline(group, "GroupPolicyList"),
        }
    for policy in details["Policies"]:
        default = [v for v in policy["PolicyVersionList"] if v["IsDefaultVersion"]][0]
        tags = iam.list_policy_tags(PolicyArn=policy["Arn"])["Tags"]
        live["iam_policies"][policy["Arn"].rpartition("/")[2]] = {
            "path": policy["Path"],
            "content": default["Document"],
            "tags": plain_tags(tags),
        }


def read_live(aws: SimpleNamespace) -> dict[str, Any]:
    live: dict[str, Any] = {
        "root": {},
        "units": {},
        "accounts": {},
        "policies": {},
        "users": {},
        "groups": {},
        "iam_policies": {},
    }
    read_tree(aws.organizations, live)
    read_policies(aws.organizations, live)
    read_identity(aws.iam, live)
    return live


def record_tags(aws: SimpleNamespace) -> dict[str, str]:
    org = aws.organizations
    root = org.list_roots()["Roots"][0]["Id"]
    tags = org.list_tags_for_resource(ResourceId=root)["Tags"]
    return {t["Key"]: t["Value"] for t in tags if t["Key"].startswith("charter:")}


def wanted(model: dict[str, Any]) -> dict[str, Any]:
    """The shape of read_live() that the model asks for."""
    documents = model["documents"]

    def document(path: str) -> Any:
        return json.loads(documents[path]) if isinstance(documents[path], str) else documents[path]

    def target(declared: dict[str, Any]) -> dict[str, Any]:
        return {
            "policies": sorted(declared.get("policies", [])),
            "tags": dict(declared.get("tags", {})),
        }

    def inline_of(declared: dict[str, Any]) -> dict[str, Any]:
        return {n: document(p) for n, p in declared.get("inline_policies", {}).items()}

    own = model["iam"].get("accounts", {}).get("master", {})
    paths = {n: p.get("path", "/") for n, p in own.get("policies", {}).items()}

    def boundary(declared: dict[str, Any]) -> str:
        name = declared.get("permissions_boundary")
        return f"arn:aws:iam::123456789012:policy{paths[name]}{name}" if name else ""

    return {
        "root": target(model["charter"]["organization"]["root"]),
        "units": {path: target(unit) for path, unit in model["units"].items()},
        "accounts": {
            name: {
                "email": account["email"],
                "unit": account["unit"],
                "state": "ACTIVE",
                **target(account),
            }
            for name, account in model["accounts"].items()
        },
        "policies": {
            name: {
                "type": policy.get("type", "SERVICE_CONTROL_POLICY"),
                "description": policy.get("description", ""),
                "content": document(policy["document"]),
                "tags": dict(policy.get("tags", {})),
            }
            for name, policy in model["policies"].items()
        },
        "users": {
            name: {
                "path": user.get("path", "/"),
                "groups": sorted(user.get("groups", [])),
                "managed": sorted(user.get("managed_policies", [])),
                "inline": inline_of(user),
                "boundary": boundary(user),
                "tags": dict(user.get("tags", {})),
            }
            for name, user in own.get("users", {}).items()
        },
        "groups": {
            name: {
                "path": group.get("path", "/"),
                "managed": sorted(group.get("managed_policies", [])),
                "inline": inline_of(group),
            }
            for name, group in own.get("groups", {}).items()
        },
        "iam_policies": {
            name: {
                "path": policy.get("path", "/"),
                "content": document(policy["document"]),
                "tags": dict(policy.get("tags", {})),
            }
            for name, policy in own.get("policies", {}).items()
        },
    }


def loosened(value: Any) -> Any:
    """Policy documents as sets: AWS calls the order of actions and a list of one equal."""
    if isinstance(value, dict):
        return {k: loosened(v) for k, v in value.items()}
    if isinstance(value, list):
        items = [loosened(v) for v in value]
        if len(items) == 1:
            return items[0]
        return sorted(items, key=lambda v: json.dumps(v, sort_keys=True))
    return value


def difference(live: Any, want: Any, path: str = "") -> list[str]:
    """What differs, a line each: where, what is live, what was wanted."""
    if isinstance(live, dict) and isinstance(want, dict):
        keys = sorted(live.keys() | want.keys())
        return [d for k in keys for d in difference(live.get(k), want.get(k), f"{path}/{k}")]
    return [] if live == want else [f"{path}: {live!r}, not {want!r}"]


def assert_live(aws: SimpleNamespace, model: dict[str, Any]) -> None:
    live, want = read_live(aws), wanted(model)
    for section in want:
        differs = difference(loosened(live[section]), loosened(want[section]), section)
        assert not differs, "\n".join(differs[:20])
