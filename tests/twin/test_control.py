"""The paths below /_twin/: what a test does to a twin that runs."""

from __future__ import annotations

import json

import pytest
import wire
from simulator import MANAGEMENT


def do(simulator, call):
    """Status and answer of one POST /_twin/do."""
    body = call if isinstance(call, bytes) else json.dumps(call).encode()
    answer = wire.exchange(wire.connect(simulator), "/_twin/do", {}, body)
    return answer.status, answer.json()


def call(service, operation, **input_):
    return {"service": service, "operation": operation, "input": input_}


def test_somebody_does_something(simulator, aws):
    aws.organizations.create_organization(FeatureSet="ALL")
    simulator.control("DELETE", "log")
    simulator.control("PUT", "faults", b"deny")
    root = do(simulator, {"service": "organizations", "operation": "ListRoots"})[1]["Roots"][0]["Id"]
    made = do(simulator, {"account": MANAGEMENT, **call("organizations", "CreateOrganizationalUnit", ParentId=root, Name="A")})
    assert made[0] == 200 and made[1]["OrganizationalUnit"]["Name"] == "A"
    status, user = do(simulator, call("iam", "CreateUser", UserName="eve"))
    assert (status, user["User"]["Arn"]) == (200, f"arn:aws:iam::{MANAGEMENT}:user/eve")
    assert simulator.control("GET", "log") == []  # nobody's own
    simulator.control("PUT", "faults", b"")
    units = aws.organizations.list_organizational_units_for_parent(ParentId=root)["OrganizationalUnits"]
    assert [unit["Name"] for unit in units] == ["A"]


def test_somebody_is_refused(simulator, aws):
    wanted = call("organizations", "ListRoots")
    assert do(simulator, wanted) == (400, {"code": "AWSOrganizationsNotInUseException"})
    aws.organizations.create_organization(FeatureSet="ALL")
    assert do(simulator, call("iam", "GetUser", UserName="nobody")) == (400, {"code": "NoSuchEntity"})
    assert do(simulator, call("iam", "Nothing")) == (400, {"code": "InvalidAction"})
    assert do(simulator, call("s3", "ListBuckets")) == (400, {"code": "InvalidAction"})
    assert do(simulator, {"account": "999999999999", **wanted}) == (400, {"message": "there is no account 999999999999"})


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"{}", b'{"service": "iam"}', b'{"service": 1, "operation": "ListUsers"}',
     b'{"service": "iam", "operation": "ListUsers", "input": []}',
     b'{"service": "iam", "operation": "ListUsers", "inputs": {}}'],
)  # fmt: skip
def test_somebody_mumbles(simulator, body):
    status, answer = do(simulator, body)
    assert status == 400 and list(answer) == ["message"]


def test_members_of_wrong_types(simulator, aws):
    """What stands in `input` comes past the protocols, which know texts only."""
    aws.organizations.create_organization(FeatureSet="ALL")
    for operation in ("CreateUser", "CreateRole", "CreatePolicy", "ListUsers", "TagUser", "CreateGroup"):
        for value in (None, 1, [], {}, [1], True):
            names = ("UserName", "RoleName", "PolicyName", "GroupName", "Path", "Tags", "MaxItems", "PolicyDocument",
                     "AssumeRolePolicyDocument", "MaxSessionDuration", "Marker")  # fmt: skip
            assert do(simulator, call("iam", operation, **dict.fromkeys(names, value)))[0] in (200, 400)


def test_state_that_is_none(simulator, aws):
    """It is looked at as closely as one of --load, and nothing trips over what is let in."""
    aws.organizations.create_organization(FeatureSet="ALL")
    before = simulator.control("GET", "state")
    for table, row in (("root", {"types": {"TAG_POLICY": 5}}), ("units", {"ou-1": []}), ("policies", {"p-1": None}),
                       ("root", {"types": {"SOMETHING": "ENABLED"}}), ("keys", {"AKIA": {"account": 1}})):  # fmt: skip
        body = json.dumps({**before, table: {**before[table], **row}}).encode()
        headers = {"Content-Length": str(len(body))}
        connection = wire.connect(simulator)
        connection.request("PUT", "/_twin/state", body, headers)
        answer = connection.getresponse()
        assert answer.status == 400 and "message" in json.loads(answer.read()), (table, row)
        connection.close()
    assert simulator.control("GET", "state") == before
