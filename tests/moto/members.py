"""Two member accounts that hold something of every kind of IAM, the commit that changes each, and
what is in an account as plain data."""

from __future__ import annotations

import json
from typing import Any

import seed
from inside import Inside, burden
from live import pages

NAMES = ("alpha", "beta")


def allow(*actions: str) -> dict[str, Any]:
    return seed.allow(list(actions))


def trust(*principals: str, **more: Any) -> dict[str, Any]:
    return seed.role_trust({"AWS": sorted(principals)}, **more)


OWN, MAIN = "arn:aws:iam::${account.id}:root", seed.ROOT_USER
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
POLICIES = {
    "dev": {"document": allow("s3:Get*")},
    "few": {"path": "/boundaries/", "document": allow("s3:*", "ec2:*")},
    **{f"spare-{k}": {"document": allow("sqs:*")} for k in range(2)},
}
ROLES: dict[str, Any] = {
    "app": {"trust": trust(OWN), "managed_policies": ["dev"], "tags": {"a": "1", "b": "2"}},
    "bound": {
        "trust": trust(OWN),
        "permissions_boundary": "few",
        "managed_policies": ["dev"],
        "inline_policies": {"x": allow("sns:*")},
    },
    "old": {
        "path": "/apps/",
        "trust": trust(MAIN),
        "permissions_boundary": "few",
        "managed_policies": ["dev"],
        "inline_policies": {"x": allow("sns:*"), "y": allow("sqs:*")},
    },
    "reader": {"trust": trust(MAIN)},
}
USERS = {
    "eve": {
        "groups": ["people"],
        "managed_policies": ["dev"],
        "inline_policies": {"x": allow("sns:*")},
    },
    "adam": {"groups": ["people"]},
    "zoe": {"groups": []},
}
ALPHA: dict[str, Any] = {
    "policies": POLICIES,
    "groups": {"people": {"managed_policies": ["dev"]}},
    "users": USERS,
    "roles": ROLES,
    "alias": "alpha-one",
    "password_policy": {"minimum_length": 14, "require_symbols": True},
    "oidc_providers": {
        issuer: {"client_ids": ["one"], "tags": {"a": "b"}} for issuer in ("a.example", "b.example")
    },
}
BETA: dict[str, Any] = {
    "policies": {"dev": {"document": allow("s3:Get*")}},
    "users": {"eve": {"managed_policies": ["dev"]}, "adam": {}, "zoe": {}},
    "roles": {"guest": {"trust": trust(MAIN)}},
}


def before() -> dict[str, Any]:
    model = seed.empty_model()
    model["charter"]["organization"]["policy_types"] = ["SERVICE_CONTROL_POLICY"]
    model["charter"]["organization"]["root"] = {"policies": [], "tags": {}}
    for name in NAMES:
        model["accounts"][name] = {"email": f"{name}@example.com", "unit": "/"}
    model["iam"] = {"accounts": {"alpha": ALPHA, "beta": BETA}}
    return seed.changed(model)


def after(model: dict[str, Any]) -> dict[str, Any]:
    """Something comes, changes and goes of each kind, and an account needs the other."""
    model = seed.changed(model)
    alpha, beta = (model["iam"]["accounts"][name] for name in NAMES)
    roles = alpha["roles"]
    alpha["policies"]["dev"]["document"] = allow("s3:Get*", "s3:List*")
    alpha["policies"]["fresh"] = {"document": allow("kms:*"), "tags": {"a": "b"}}
    del alpha["policies"]["spare-1"]
    del alpha["users"]["eve"]
    del roles["old"]
    roles["new"] = {
        "path": "/apps/",
        "trust": trust(OWN, Condition=MFA),
        "max_session_duration": "2h",
        "permissions_boundary": "few",
        "managed_policies": ["fresh"],
        "inline_policies": {"x": allow("sns:*")},
        "tags": {"team": "web"},
    }
    roles["app"] = {
        "trust": trust(OWN, MAIN),
        "max_session_duration": "4h",
        "permissions_boundary": "few",
        "managed_policies": ["fresh"],
        "tags": {"a": "2"},
    }
    roles["bound"] = {
        "trust": trust(OWN),
        "permissions_boundary": {},
        "managed_policies": ["dev"],
        "inline_policies": {"x": allow("sns:Get*")},
    }
    alpha["alias"] = "alpha-two"
    alpha["password_policy"] = {"minimum_length": 20, "require_symbols": True}
    del alpha["oidc_providers"]["b.example"]
    alpha["oidc_providers"]["c.example"] = {"client_ids": ["one"]}
    alpha["oidc_providers"]["a.example"]["tags"] = {"a": "c"}
    del beta["users"]["eve"]
    beta["policies"]["dev"]["document"] = allow("s3:*")
    beta["alias"] = "beta-one"
    beta["roles"]["visitor"] = {
        "trust": trust("arn:aws:iam::${accounts.alpha.id}:role/apps/new"),
        "managed_policies": ["dev"],
    }
    return model


def by_hand(inside: Inside, ids: Any, twin: bool) -> None:
    """What no configuration says and stands in the way of a deletion."""
    iam = inside.iam(ids.accounts["alpha"])
    burden(iam, "eve")
    iam.upload_ssh_public_key(UserName="eve", SSHPublicKeyBody="ssh-rsa AAAA")
    if twin:  # moto does not have them
        iam.create_service_specific_credential(
            UserName="eve", ServiceName="codecommit.amazonaws.com"
        )
    iam.create_instance_profile(InstanceProfileName="old")
    iam.add_role_to_instance_profile(InstanceProfileName="old", RoleName="old")
    arn = f"arn:aws:iam::{ids.accounts['alpha']}:policy/dev"
    for number in range(4):
        document = json.dumps(allow("s3:Get*", f"sns:Get{number}"))
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=False)
    iam.create_access_key(UserName="adam")


VOLATILE = {
    "CreateDate",
    "PasswordLastUsed",
    "ResponseMetadata",
    "RoleLastUsed",
    "UpdateDate",
}
IDS = {"UserId", "GroupId", "RoleId", "PolicyId", "InstanceProfileId"}


def plain(value: Any) -> Any:
    """Without times and ids; lists in an order of their own."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items() if k not in VOLATILE | IDS}
    if isinstance(value, list):
        return sorted((plain(v) for v in value), key=lambda v: json.dumps(v, sort_keys=True))
    return value


def devices(iam: Any, status: str) -> list[str]:
    found = iam.list_virtual_mfa_devices(AssignmentStatus=status)["VirtualMFADevices"]
    return [device["SerialNumber"] for device in found]


def read_account(iam: Any) -> dict[str, Any]:
    details = iam.get_account_authorization_details(
        Filter=["User", "Group", "Role", "LocalManagedPolicy"]
    )
    assert not details.get("IsTruncated")
    found: dict[str, Any] = {
        "users": {u["UserName"]: u for u in details["UserDetailList"]},
        "groups": {g["GroupName"]: g for g in details["GroupDetailList"]},
        "roles": {r["RoleName"]: r for r in details["RoleDetailList"]},
        "policies": {p["Arn"].rpartition("/")[2]: p for p in details["Policies"]},
        "aliases": iam.list_account_aliases()["AccountAliases"],
        "profiles": pages(iam, "list_instance_profiles", "InstanceProfiles"),
        "devices": devices(iam, "Assigned"),
        "spare": devices(iam, "Unassigned"),
        "providers": {},
        "keys": {},
    }
    for role in pages(iam, "list_roles", "Roles"):
        # What the details lack.
        more = iam.get_role(RoleName=role["RoleName"])["Role"]
        found["roles"][role["RoleName"]] |= {
            "Description": more.get("Description") or "",
            "MaxSessionDuration": more["MaxSessionDuration"],
        }
    for provider in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]:
        arn = provider["Arn"]
        found["providers"][arn] = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    for name in found["users"]:
        found["keys"][name] = len(iam.list_access_keys(UserName=name)["AccessKeyMetadata"])
    try:
        found["password"] = iam.get_account_password_policy()["PasswordPolicy"]
    except iam.exceptions.NoSuchEntityException:
        found["password"] = None
    return plain(found)


def read_all(inside: Inside, ids: Any) -> dict[str, Any]:
    """By account; its id is its name wherever it stands."""
    text = json.dumps({n: read_account(inside.iam(ids.accounts[n])) for n in NAMES})
    for name in NAMES:
        text = text.replace(ids.accounts[name], f"<{name}>")
    return json.loads(text)
