"""An organization for the tests: a model as plain data, made in a simulated AWS with boto3 and written as
charter's configuration. Both come from the same model, so the configuration declares exactly what
was made.

As a program: seed.py ENDPOINT_URL [DIRECTORY] makes the organization of 60 accounts and writes the
configuration into DIRECTORY.
"""

from __future__ import annotations

import copy
import functools
import json
import pathlib
import sys
import time
from types import SimpleNamespace
from typing import Any

import boto3
import botocore.session
import yaml
from botocore.config import Config
from botocore.loaders import create_loader

MANAGEMENT = "123456789012"
ROOT_USER = f"arn:aws:iam::{MANAGEMENT}:root"
SERVICES = (
    "organizations",
    "account",
    "iam",
    "sts",
    "ce",
    "sso-admin",
    "identitystore",
    "cloudtrail",
    "sns",
)
REGION = "us-east-1"
LOADER = create_loader()  # of the services' models, which are large: once for all sessions

UNITS = {
    "Security": 4,
    "Infrastructure": 2,
    "Infrastructure/Network": 4,
    "Infrastructure/Shared": 5,
    "Workloads": 1,
    "Workloads/Production": 3,
    "Workloads/Production/Payments": 8,
    "Workloads/Development": 12,
    "Workloads/Training": 10,
    "Sandbox": 6,
    "Suspended": 1,
    "Classroom": 3,
}

SMALL_UNITS = {"Security": 1, "Workloads": 0, "Workloads/Dev": 6, "Workloads/Prod": 1, "Old": 1}


def statement(sid: str, actions: list[str], **more: Any) -> dict[str, Any]:
    body = {"Sid": sid, "Effect": "Deny", "Action": actions, "Resource": "*", **more}
    return {"Version": "2012-10-17", "Statement": [body]}


def rcp(sid: str, actions: list[str]) -> dict[str, Any]:
    outside = {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-exampleorgid"}}
    return statement(sid, actions, Principal="*", Condition=outside)


def tag_policy(key: str, values: list[str]) -> dict[str, Any]:
    return {"tags": {key: {"tag_key": {"@@assign": key}, "tag_value": {"@@assign": values}}}}


def allow(actions: list[str]) -> dict[str, Any]:
    body = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [body]}


def role_trust(
    principal: dict[str, Any], action: Any = "sts:AssumeRole", **more: Any
) -> dict[str, Any]:
    body = {"Effect": "Allow", "Action": action, "Principal": principal, **more}
    return {"Version": "2012-10-17", "Statement": [body]}


SCPS = {
    "deny-leave": ["organizations:LeaveOrganization"],
    "deny-root-keys": ["iam:CreateAccessKey"],
    "protect-logs": ["cloudtrail:DeleteTrail", "cloudtrail:StopLogging"],
    "protect-guardduty": ["guardduty:DeleteDetector", "guardduty:DisassociateMembers"],
    "training-guardrails": ["ec2:RunInstances", "sagemaker:CreateTrainingJob"],
    "no-public-buckets": ["s3:PutAccountPublicAccessBlock"],
    "no-expensive-gpus": ["ec2:PurchaseReservedInstancesOffering"],
    "freeze": ["ec2:*", "rds:*"],
    "no-marketplace": ["aws-marketplace:Subscribe"],
}
ATTACHED = {
    "Security": ["protect-guardduty", "protect-logs"],
    "Infrastructure": ["protect-logs"],
    "Infrastructure/Network": ["no-marketplace"],
    "Workloads": ["deny-root-keys", "no-public-buckets"],
    "Workloads/Production": ["require-org-s3"],
    "Workloads/Production/Payments": ["require-org-kms", "tag-data"],
    "Workloads/Training": ["no-expensive-gpus", "training-guardrails"],
    "Suspended": ["freeze"],
    "Classroom": ["training-guardrails"],
}


def organization_policies(model: dict[str, Any]) -> None:
    documents = model["documents"]
    for name, actions in SCPS.items():
        document = f"policies/{name}.json"
        documents[document] = statement("Deny", actions)
        model["policies"][name] = {"description": f"SCP {name}", "document": document}
    for name, actions in {
        "require-org-s3": ["s3:GetObject", "s3:PutObject"],
        "require-org-kms": ["kms:Decrypt"],
        "require-org-sqs": ["sqs:SendMessage"],
    }.items():
        document = f"policies/{name}.json"
        documents[document] = rcp("OnlyUs", actions)
        model["policies"][name] = {
            "type": "RESOURCE_CONTROL_POLICY",
            "description": f"RCP {name}",
            "document": document,
        }
    for name, values in {
        "tag-owner": ["platform", "data"],
        "tag-data": ["public", "internal"],
        "tag-env": ["dev", "prod"],
    }.items():
        document = f"policies/{name}.json"
        documents[document] = tag_policy(name.removeprefix("tag-"), values)
        model["policies"][name] = {
            "type": "TAG_POLICY",
            "description": f"tag policy {name}",
            "document": document,
        }
    for name in ("deny-leave", "protect-logs", "tag-owner"):
        model["policies"][name]["tags"] = {"owner": "platform"}


def identity_account(model: dict[str, Any]) -> None:
    documents = model["documents"]
    documents["policies/developer.json"] = allow(["ec2:*", "s3:*"])
    documents["policies/boundary.json"] = allow(["ec2:*", "s3:*", "iam:Get*"])
    documents["policies/read-costs.json"] = allow(["ce:Get*"])
    model["iam"] = {
        "accounts": {
            "master": {
                "users": {
                    "alice": {
                        "path": "/people/",
                        "groups": ["crm-developers", "auditors"],
                        "managed_policies": [],
                        "inline_policies": {"costs": "policies/read-costs.json"},
                        "tags": {"team": "crm"},
                    },
                    "bob": {"groups": ["crm-developers"], "managed_policies": ["developer"]},
                    "carol": {"groups": ["data"], "tags": {"team": "data"}},
                    "dave": {"groups": []},
                    "erin": {"path": "/people/", "groups": ["data"]},
                    "frank": {"groups": ["leavers"]},
                },
                "groups": {
                    "crm-developers": {"managed_policies": ["developer"], "inline_policies": {}},
                    "auditors": {
                        "managed_policies": [],
                        "inline_policies": {"costs": "policies/read-costs.json"},
                    },
                    "data": {"path": "/teams/", "managed_policies": ["developer"]},
                    "leavers": {"managed_policies": [], "inline_policies": {}},
                },
                "policies": {
                    "developer": {
                        "description": "what developers do",
                        "document": "policies/developer.json",
                    },
                    "developer-boundary": {
                        "path": "/boundaries/",
                        "document": "policies/boundary.json",
                        "tags": {"owner": "platform"},
                    },
                },
            }
        }
    }


def empty_model() -> dict[str, Any]:
    return {
        "charter": {
            "charter": 1,
            "scope": "main",
            "organization": {
                "management_account": MANAGEMENT,
                "feature_set": "ALL",
                "policy_types": ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY", "TAG_POLICY"],
                "root": {"policies": ["deny-leave", "tag-owner"], "tags": {"owner": "platform"}},
            },
        },
        "units": {},
        "accounts": {"master": {"id": MANAGEMENT, "email": "master@example.com", "unit": "/"}},
        "policies": {},
        "iam": {},
        "documents": {},
    }


def account_prefix(unit: str) -> str:
    return unit.rpartition("/")[2].lower()


def add_units(model: dict[str, Any], units: dict[str, int]) -> None:
    for unit, accounts in units.items():
        model["units"][unit] = {"policies": sorted(ATTACHED.get(unit, [])), "tags": {"tier": unit[:4]}}
        for k in range(1, accounts + 1):
            name = f"{account_prefix(unit)}-{k}"
            account = {"email": f"aws+{name}@example.com", "unit": unit}
            if k % 2:
                account["tags"] = {"domain": account_prefix(unit), "number": str(k)}
            if k == 1:
                account["policies"] = ["no-marketplace"] if unit == "Sandbox" else []
            model["accounts"][name] = account


def full_model() -> dict[str, Any]:
    """60 accounts (the management account is one) in 12 units of 3 levels, 15 policies, IAM."""
    model = empty_model()
    organization_policies(model)
    add_units(model, UNITS)
    identity_account(model)
    return model


def small_model() -> dict[str, Any]:
    """The same in 10 accounts and 5 units: for tests that run it many times."""
    model = empty_model()
    organization_policies(model)
    keep = {"deny-leave", "deny-root-keys", "protect-logs", "training-guardrails", "tag-owner"}
    keep |= {"no-public-buckets", "no-marketplace"}
    for name in set(model["policies"]) - keep:
        del model["documents"][model["policies"].pop(name)["document"]]
    add_units(model, SMALL_UNITS)
    for unit, policies in {
        "Security": ["protect-logs"],
        "Workloads": ["deny-root-keys", "no-public-buckets"],
        "Workloads/Dev": ["training-guardrails"],
    }.items():
        model["units"][unit]["policies"] = policies
    identity_account(model)
    return model


def large_model(accounts: int) -> dict[str, Any]:
    """The full model with more accounts, spread over its units."""
    model = full_model()
    units = list(UNITS)
    while len(model["accounts"]) < accounts:
        k = len(model["accounts"])
        unit = units[k % len(units)]
        name = f"more-{k}"
        model["accounts"][name] = {
            "email": f"aws+{name}@example.com",
            "unit": unit,
            "tags": {"number": str(k)},
        }
    return model


class Clients(SimpleNamespace):
    """boto3's clients of a session, each made when it is first asked for."""

    def __init__(self, session: boto3.session.Session, **options: Any):
        super().__init__()
        self.make = functools.partial(session.client, **options)

    def __getattr__(self, name: str) -> Any:
        service = name.replace("_", "-")
        if service not in SERVICES:
            raise AttributeError(name)
        setattr(self, name, self.make(service))
        return getattr(self, name)


def clients(
    endpoint: str,
    key: str = "observer",
    secret: str = "observer",
    token: str | None = None,
    config: Config = Config(retries={"total_max_attempts": 1}, proxies={}),
) -> SimpleNamespace:
    """boto3 clients. The proxy neither records nor disturbs the requests of an observer's key."""
    core = botocore.session.Session()
    core.register_component("data_loader", LOADER)
    session = boto3.session.Session(
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        region_name=REGION,
        botocore_session=core,
    )
    return Clients(session, endpoint_url=endpoint, config=config)


def tag_list(tags: dict[str, str] | None) -> list[dict[str, str]]:
    return [{"Key": k, "Value": v} for k, v in (tags or {}).items()]


def document_text(model: dict[str, Any], path: str) -> str:
    return json.dumps(model["documents"][path])


def make(model: dict[str, Any], aws: SimpleNamespace) -> SimpleNamespace:
    """Makes the model in an empty simulated AWS; returns the ids by name, and puts the
    organization's id and the management account's e-mail, which nobody chooses, into the model."""
    org = aws.organizations
    ids = SimpleNamespace(units={}, accounts={"master": MANAGEMENT}, policies={}, root="", org="")
    ids.org = org.create_organization(FeatureSet="ALL")["Organization"]["Id"]
    root = org.list_roots()["Roots"][0]
    ids.root = root["Id"]
    model["charter"]["organization"]["id"] = ids.org
    wanted = model["charter"]["organization"]["policy_types"]
    for policy_type in sorted(set(wanted) - {t["Type"] for t in root["PolicyTypes"]}):
        org.enable_policy_type(RootId=ids.root, PolicyType=policy_type)
    wait_for_types(org, len(wanted))
    trust(org)
    name_management(model, aws)
    make_policies(model, org, ids)
    make_tree(model, org, ids)
    make_identity(model, aws.iam)
    return ids


def name_management(model: dict[str, Any], aws: SimpleNamespace) -> None:
    found = aws.organizations.describe_account(AccountId=MANAGEMENT)["Account"]
    if found["Name"] != "master":
        aws.account.put_account_name(AccountName="master")
    model["accounts"]["master"]["email"] = found["Email"]


def wait_for_types(org: Any, n: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        types = org.list_roots()["Roots"][0]["PolicyTypes"]
        if [t["Status"] for t in types] == ["ENABLED"] * n:
            return
    raise AssertionError(types)


def trust(org: Any) -> None:
    """The organization's management account may rename its members."""
    org.enable_aws_service_access(ServicePrincipal="account.amazonaws.com")


def account_id(org: Any, made: dict[str, Any]) -> str:
    """The id of an account that create_account() asked for, once it is there."""
    status = made["CreateAccountStatus"]
    until = time.monotonic() + 30
    while status["State"] == "IN_PROGRESS" and time.monotonic() < until:
        status = org.describe_create_account_status(CreateAccountRequestId=status["Id"])
        status = status["CreateAccountStatus"]
    assert status["State"] == "SUCCEEDED", status
    return status["AccountId"]


def make_policies(model: dict[str, Any], org: Any, ids: SimpleNamespace) -> None:
    for name, policy in model["policies"].items():
        made = org.create_policy(
            Name=name,
            Description=policy.get("description", ""),
            Type=policy.get("type", "SERVICE_CONTROL_POLICY"),
            Content=document_text(model, policy["document"]),
            Tags=tag_list(policy.get("tags")),
        )
        ids.policies[name] = made["Policy"]["PolicySummary"]["Id"]


def make_tree(model: dict[str, Any], org: Any, ids: SimpleNamespace) -> None:
    def attach(target: str, declared: dict[str, Any]) -> None:
        for policy in declared.get("policies", []):
            org.attach_policy(PolicyId=ids.policies[policy], TargetId=target)

    root = model["charter"]["organization"]["root"]
    org.tag_resource(ResourceId=ids.root, Tags=tag_list(root["tags"]))
    attach(ids.root, root)
    for path, unit in sorted(model["units"].items()):
        parent, _, name = path.rpartition("/")
        made = org.create_organizational_unit(
            ParentId=ids.units[parent] if parent else ids.root,
            Name=name,
            Tags=tag_list(unit.get("tags")),
        )
        ids.units[path] = made["OrganizationalUnit"]["Id"]
        attach(ids.units[path], unit)
    for name, account in model["accounts"].items():
        if name not in ids.accounts:
            made = org.create_account(
                AccountName=name, Email=account["email"], Tags=tag_list(account.get("tags"))
            )
            ids.accounts[name] = account_id(org, made)
            if account["unit"] != "/":
                org.move_account(
                    AccountId=ids.accounts[name],
                    SourceParentId=ids.root,
                    DestinationParentId=ids.units[account["unit"]],
                )
        attach(ids.accounts[name], account)


def make_identity(model: dict[str, Any], iam: Any) -> None:
    own = model["iam"].get("accounts", {}).get("master", {})
    arns = {}
    for name, policy in own.get("policies", {}).items():
        more = {"Description": policy["description"]} if "description" in policy else {}
        made = iam.create_policy(
            PolicyName=name,
            Path=policy.get("path", "/"),
            PolicyDocument=document_text(model, policy["document"]),
            Tags=tag_list(policy.get("tags")),
            **more,
        )
        arns[name] = made["Policy"]["Arn"]
    for name, group in own.get("groups", {}).items():
        iam.create_group(GroupName=name, Path=group.get("path", "/"))
        for policy in group.get("managed_policies", []):
            iam.attach_group_policy(GroupName=name, PolicyArn=arns[policy])
        for policy, path in group.get("inline_policies", {}).items():
            iam.put_group_policy(
                GroupName=name, PolicyName=policy, PolicyDocument=document_text(model, path)
            )
    for name, user in own.get("users", {}).items():
        iam.create_user(UserName=name, Path=user.get("path", "/"), Tags=tag_list(user.get("tags")))
        for group in user.get("groups", []):
            iam.add_user_to_group(UserName=name, GroupName=group)
        for policy in user.get("managed_policies", []):
            iam.attach_user_policy(UserName=name, PolicyArn=arns[policy])
        for policy, path in user.get("inline_policies", {}).items():
            iam.put_user_policy(
                UserName=name, PolicyName=policy, PolicyDocument=document_text(model, path)
            )


class PlainDumper(yaml.SafeDumper):
    """No anchors and aliases: charter refuses them."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def dump(value: Any) -> str:
    return yaml.dump(value, Dumper=PlainDumper, sort_keys=False, width=100)


def config(model: dict[str, Any]) -> dict[str, str]:
    """The configuration files of a model, by path."""
    files = {"charter.yaml": dump(model["charter"])}
    for section in ("units", "accounts", "policies", "iam", "identity_center"):
        if model.get(section):
            files[f"{section}.yaml"] = dump({section: model[section]})
    for path, document in model["documents"].items():
        text = document if isinstance(document, str) else json.dumps(document, indent=2) + "\n"
        files[path] = text
    return files


def changed(model: dict[str, Any]) -> dict[str, Any]:
    """A copy to edit."""
    return copy.deepcopy(model)


def write(files: dict[str, str], directory: pathlib.Path) -> None:
    for path, text in files.items():
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


def main() -> None:
    model = full_model()
    ids = make(model, clients(sys.argv[1]))
    if len(sys.argv) > 2:
        write(config(model), pathlib.Path(sys.argv[2]))
    print(f"organization {ids.org}: {len(ids.accounts)} accounts, {len(ids.units)} units")


if __name__ == "__main__":
    main()
