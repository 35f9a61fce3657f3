"""A small organization with people in Identity Center, and the commit that changes something of every
sort there."""

from __future__ import annotations

from typing import Any

import seed

WRITE = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": "*"}],
}
# By set and principal, where the first commit assigns it.
FIRST = {
    "Reader group/eng": ["work-1", "work-2"],
    "Reader user/cat": ["master"],
    "Writer group/eng": ["lab-1"],
    "Writer group/ops": ["lab-1"],
    "Admin group/ops": ["master", "work-1", "work-2", "lab-1"],
}


def person(name: str, **more: str) -> dict[str, str]:
    return {
        "given_name": name.capitalize(),
        "family_name": "Tester",
        "display_name": f"{name.capitalize()} Tester",
        "email": f"{name}@example.com",
        **more,
    }


def assign(sets: str, principals: str, **where: Any) -> dict[str, Any]:
    """A product; principals as "group/eng user/cat"."""
    made: dict[str, Any] = {"permission_sets": sets.split()}
    for kind in ("group", "user"):
        names = [p[len(kind) + 1 :] for p in principals.split() if p.startswith(kind + "/")]
        if names:
            made[kind + "s"] = names
    return {**made, **where}


def rows(table: dict[str, list[str]]) -> list[str]:
    """As Center.read_assignments() lists them."""
    found = []
    for key, accounts in table.items():
        name, _, principal = key.partition(" ")
        found += [f"{name}/{account}/{principal}" for account in accounts]
    return sorted(found)


def staff_model() -> dict[str, Any]:
    model = seed.empty_model()
    charter = model["charter"]
    charter["organization"]["policy_types"] = ["SERVICE_CONTROL_POLICY"]
    charter["organization"]["root"] = {"policies": [], "tags": {}}
    # A few of nine are more than a share of them.
    charter["guards"] = {"removals": {"assignment": {"floor": 20, "share": "50%", "count": 20}}}
    model["units"] = {"Work": {}, "Lab": {}}
    for name in ("work-1", "work-2", "lab-1"):
        unit = name.partition("-")[0].capitalize()
        model["accounts"][name] = {"email": f"{name}@example.com", "unit": unit}
    model["identity_center"] = {
        "region": seed.REGION,
        "users": {name: person(name) for name in ("ann", "ben", "cat", "dan")},
        "groups": {
            "eng": {"description": "Builds", "members": ["ann", "ben"]},
            "ops": {"description": "Runs", "members": ["cat"]},
        },
        "permission_sets": {
            "Reader": {
                "description": "Reads",
                "session_duration": "2h",
                "aws_managed_policies": ["aws/ReadOnlyAccess", "aws/SecurityAudit"],
                "tags": {"team": "platform"},
            },
            "Writer": {
                "description": "Writes",
                "relay_state": "https://console.aws.amazon.com/s3",
                "inline_policy": WRITE,
                "permissions_boundary": {"aws_managed_policy": "aws/PowerUserAccess"},
            },
            "Admin": {"description": "Everything", "aws_managed_policies": ["aws/AdministratorAccess"]},
        },
        "assignments": [
            assign("Reader", "group/eng", units=["Work"]),
            assign("Reader", "user/cat", accounts=["master"]),
            assign("Writer", "group/eng group/ops", units=["Lab"]),
            assign("Admin", "group/ops", accounts=["master"], units=["Work", "Lab"]),
        ],
    }
    return model


def edited(model: dict[str, Any]) -> dict[str, Any]:
    """Something comes, changes and goes of every sort."""
    after = seed.changed(model)
    center = after["identity_center"]
    users, groups, sets = center["users"], center["groups"], center["permission_sets"]
    users["eve"] = person("eve")
    users["anna"] = {**users.pop("ann"), "display_name": "Anna T.", "previously": "ann"}
    del users["dan"]
    groups["builders"] = {
        "description": "Builds", "members": ["anna", "eve"], "previously": "eng",
    }  # fmt: skip
    del groups["eng"]
    groups["audit"] = {"description": "Looks", "members": ["ben"]}
    reader = sets["Reader"]
    reader["session_duration"] = "4h"
    reader["aws_managed_policies"] = ["aws/ReadOnlyAccess", "aws/job-function/ViewOnlyAccess"]
    reader["permissions_boundary"] = {"aws_managed_policy": "aws/ReadOnlyAccess"}
    reader["tags"] = {"team": "security"}
    del sets["Writer"]
    sets["Auditor"] = {
        "description": "Audits",
        "aws_managed_policies": ["aws/SecurityAudit"],
        "inline_policy": WRITE,
        "tags": {"team": "security"},
    }
    center["assignments"] = [
        assign("Reader", "group/builders", units=["Work"], **{"except": ["work-2"]}),
        assign("Reader", "user/cat", accounts=["master", "lab-1"]),
        assign("Auditor", "group/audit user/eve", units=["Work"]),
        assign("Admin", "group/ops", accounts=["master"], units=["Work", "Lab"]),
    ]
    return after


EDITED = {
    "Reader group/builders": ["work-1"],
    "Reader user/cat": ["master", "lab-1"],
    "Auditor group/audit": ["work-1", "work-2"],
    "Auditor user/eve": ["work-1", "work-2"],
    "Admin group/ops": ["master", "work-1", "work-2", "lab-1"],
}
