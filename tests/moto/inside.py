"""Looking into accounts, and what others do in them: boto3 with a session of the role by which charter
enters them too."""

from __future__ import annotations

from typing import Any

import boto3
import seed
from botocore.config import Config
from live import pages

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


def user(iam: Any, name: str) -> dict[str, Any]:
    """What a user has, as plain data."""
    return {
        "groups": sorted(g["GroupName"] for g in pages(iam, "list_groups_for_user", "Groups", UserName=name)),
        "managed": sorted(
            p["PolicyArn"]
            for p in pages(iam, "list_attached_user_policies", "AttachedPolicies", UserName=name)
        ),
        "inline": sorted(pages(iam, "list_user_policies", "PolicyNames", UserName=name)),
        "tags": {t["Key"]: t["Value"] for t in iam.list_user_tags(UserName=name)["Tags"]},
    }


def role(iam: Any, name: str) -> dict[str, Any]:
    found = iam.get_role(RoleName=name)["Role"]
    return {
        "trust": found["AssumeRolePolicyDocument"],
        "duration": found["MaxSessionDuration"],
        "managed": sorted(
            p["PolicyArn"]
            for p in pages(iam, "list_attached_role_policies", "AttachedPolicies", RoleName=name)
        ),
    }


def names(iam: Any, what: str) -> list[str]:
    """Names of users, groups, roles or own policies."""
    title = what.capitalize()
    key = {"users": "UserName", "groups": "GroupName", "roles": "RoleName", "policies": "PolicyName"}[what]
    more = {"Scope": "Local"} if what == "policies" else {}
    return sorted(one[key] for one in pages(iam, f"list_{what}", title, **more))


def burden(iam: Any, name: str) -> None:
    """All that may keep AWS from deleting a user."""
    iam.create_access_key(UserName=name)
    iam.create_access_key(UserName=name)
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
    iam.enable_mfa_device(
        UserName=name,
        SerialNumber=device["SerialNumber"],
        AuthenticationCode1="123456",
        AuthenticationCode2="654321",
    )
    iam.create_login_profile(UserName=name, Password="Correct-Horse-9-Battery")
    document = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
    iam.put_user_policy(UserName=name, PolicyName="by-hand", PolicyDocument=document)
    arn = iam.create_policy(PolicyName=f"{name}-extra", PolicyDocument=document)["Policy"]["Arn"]
    iam.attach_user_policy(UserName=name, PolicyArn=arn)
