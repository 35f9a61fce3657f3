"""Looking into accounts: boto3 with a session of the role by which charter enters them too."""

from __future__ import annotations

from typing import Any

import boto3
import seed
from botocore.config import Config

ACCESS_ROLE = "OrganizationAccountAccessRole"


class Inside:
    """IAM clients of accounts, one each, by account id."""

    def __init__(self, bench: Any, role: str = ACCESS_ROLE, external_id: str | None = None):
        self.bench, self.role = bench, role
        self.more = {"ExternalId": external_id} if external_id else {}
        self.clients: dict[str, Any] = {}

    def iam(self, account: str) -> Any:
        if account not in self.clients:
            arn = f"arn:aws:iam::{account}:role/{self.role}"
            keys = self.bench.aws.sts.assume_role(
                RoleArn=arn, RoleSessionName="looking", **self.more
            )["Credentials"]
            self.clients[account] = boto3.client(
                "iam",
                endpoint_url=f"http://127.0.0.1:{self.bench.simulator.port}",
                region_name=seed.REGION,
                aws_access_key_id=keys["AccessKeyId"],
                aws_secret_access_key=keys["SecretAccessKey"],
                aws_session_token=keys["SessionToken"],
                config=Config(retries={"max_attempts": 1}),
            )
        return self.clients[account]


def all_of(client: Any, operation: str, member: str, **input_: Any) -> list[Any]:
    return [
        one for page in client.get_paginator(operation).paginate(**input_) for one in page[member]
    ]


def user(iam: Any, name: str) -> dict[str, Any]:
    """What a user has, as plain data."""
    return {
        "groups": sorted(g["GroupName"] for g in all_of(iam, "list_groups_for_user", "Groups", UserName=name)),
        "managed": sorted(
            p["PolicyArn"]
            for p in all_of(iam, "list_attached_user_policies", "AttachedPolicies", UserName=name)
        ),
        "inline": sorted(all_of(iam, "list_user_policies", "PolicyNames", UserName=name)),
        "tags": {t["Key"]: t["Value"] for t in iam.list_user_tags(UserName=name)["Tags"]},
    }


def role(iam: Any, name: str) -> dict[str, Any]:
    found = iam.get_role(RoleName=name)["Role"]
    return {
        "trust": found["AssumeRolePolicyDocument"],
        "duration": found["MaxSessionDuration"],
        "managed": sorted(
            p["PolicyArn"]
            for p in all_of(iam, "list_attached_role_policies", "AttachedPolicies", RoleName=name)
        ),
    }


def names(iam: Any, what: str) -> list[str]:
    """Names of users, groups, roles or own policies."""
    title = what.capitalize()
    key = {"users": "UserName", "groups": "GroupName", "roles": "RoleName", "policies": "PolicyName"}[what]
    more = {"Scope": "Local"} if what == "policies" else {}
    return sorted(one[key] for one in all_of(iam, f"list_{what}", title, **more))
