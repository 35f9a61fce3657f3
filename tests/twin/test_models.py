"""Every reply of the twin has the form that AWS's service models give it. The proxy checks all that
pass through it, in every test on the twin (conftest.py); here each operation is called, with success
and with what it refuses, and the check itself is tried."""

from __future__ import annotations

import json

import pytest
import seed
import shapes
import tour
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError
from inputs import least_input
from proxy import Reply

# What an operation that the twin does not have answers, by protocol.
UNKNOWN = {"UnknownOperationException", "InvalidAction"}
# The twin has no resource policies, so that one is never there.
ONLY_REFUSES = {"DescribeResourcePolicy"}


def unchecked(bench, key, secret, token=None):
    """Clients that send what they are told to."""
    config = Config(retries={"total_max_attempts": 1}, proxies={}, parameter_validation=False)
    return seed.clients(bench.proxy.url, key, secret, token, config)


def answer(client, operation, input_):
    try:
        getattr(client, xform_name(operation))(**input_)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "done"


@pytest.fixture
def clients(bench):
    return unchecked(bench, bench.simulator.observer, bench.simulator.secret)


def client_of(clients, service):
    return getattr(clients, service.replace("-", "_"))


def known(clients, service):
    """The twin's operations of a service, found by trying all that the model has. An operation that
    cannot refuse for what its input lacks takes effect."""
    client = client_of(clients, service)
    names = sorted(shapes.operations(service))
    return [name for name in names if answer(client, name, {}) not in UNKNOWN]


@pytest.fixture
def operations(bench, clients):
    found = {service: known(clients, service) for service in seed.SERVICES}
    bench.empty()
    return found


def call_all(clients, operations, input_of):
    """Every operation once; each answer is checked by the proxy. Some must have been refused."""
    answers = {}
    for service, names in operations.items():
        model = shapes.service_model(service)
        for name in names:
            input_ = input_of(model.operation_model(name))
            answers[service, name] = answer(client_of(clients, service), name, input_)
    return answers


def test_every_operation_answers(bench, aws, operations):
    """`operations` of all charter's own, and no operation of the twin is left out of the tour."""
    tour.walk(aws)
    made = aws.organizations.create_account(AccountName="gone", Email="gone@example.com")
    account = seed.account_id(aws.organizations, made)
    bench.simulator.make_accounts_older(5)
    aws.organizations.remove_account_from_organization(AccountId=account)
    bench.simulator.empty()
    aws.organizations.create_organization(FeatureSet="ALL")
    aws.organizations.delete_organization()
    done = {operation for operation, status in bench.answered if status == 200}
    have = {name for names in operations.values() for name in names}
    assert have - done == ONLY_REFUSES & have
    assert len(have) > 100


def test_refusals_of_what_is_missing(bench, clients, operations):
    tour.organizations(bench.aws)
    answers = call_all(clients, operations, lambda model: {})
    required = [
        (service, name)
        for service, name in answers
        if least_input(shapes.service_model(service).operation_model(name))
    ]
    assert [name for name in required if answers[name] == "done"] == []


def test_refusals_of_what_is_not_there(bench, clients, operations):
    tour.organizations(bench.aws)
    call_all(clients, operations, least_input)


def test_refusals_within_the_identity_center(bench, clients, operations):
    """Of an instance and a store that are there."""
    tour.organizations(bench.aws)
    found = bench.aws.sso_admin.list_instances()["Instances"][0]

    def input_of(model):
        here = {name: found[name] for name in ("InstanceArn", "IdentityStoreId")}
        return {**least_input(model), **{n: here[n] for n in here if n in model.input_shape.members}}

    names = {service: operations[service] for service in ("sso-admin", "identitystore")}
    answers = call_all(clients, names, input_of)
    known = {"ResourceNotFoundException", "ValidationException", "done"}
    assert set(answers.values()) == known, answers
    assert [k for k, v in answers.items() if v == "done" and not k[1].startswith(("List", "Describe"))] == [
        ("sso-admin", "CreatePermissionSet")
    ]


def test_refusals_without_an_organization(clients, operations):
    names = [n for n in operations["organizations"] if n != "CreateOrganization"]
    answers = call_all(clients, {"organizations": names}, least_input)
    assert set(answers.values()) == {"AWSOrganizationsNotInUseException"}


def test_refusals_to_a_member_account(bench, aws, operations):
    """What is the organization's may be written by its management account alone."""
    ids = tour.organizations(aws)
    member = unchecked(bench, f"AKIAOBSV{ids.account}", bench.simulator.secret)
    before = bench.simulator.control("GET", "state")
    answers = call_all(member, {"organizations": operations["organizations"]}, least_input)
    writes = [key for key in answers if not key[1].startswith(("List", "Describe"))]
    assert [key for key in writes if answers[key] == "done"] == []
    after = bench.simulator.control("GET", "state")
    for table in ("units", "accounts", "policies", "root"):
        assert after[table] == before[table]


@pytest.mark.parametrize(
    "key, secret, token, codes",
    [
        ("AKIAIOSFODNN7EXAMPLE", "x", None, {"UnrecognizedClientException", "InvalidClientTokenId"}),
        (f"AKIAOBSV{seed.MANAGEMENT}", "wrong", None, {"InvalidSignatureException", "SignatureDoesNotMatch"}),
        (f"AKIAOBSV{seed.MANAGEMENT}", None, "token", {"UnrecognizedClientException", "InvalidClientTokenId"}),
    ],
    ids=["unknown key", "wrong secret", "token of nobody"],
)  # fmt: skip
def test_refusals_of_strangers(bench, operations, key, secret, token, codes):
    strangers = unchecked(bench, key, secret or bench.simulator.secret, token)
    answers = call_all(strangers, operations, least_input)
    # It is not signed: it brings a proof of its own.
    assert answers.pop(("sts", "AssumeRoleWithWebIdentity")) == "InvalidIdentityToken"
    assert set(answers.values()) == codes


def reply_of(status, body, kind="application/x-amz-json-1.1", **headers):
    named = [("Content-Type", kind), ("x-amzn-RequestId", "1")]
    named += [(k.replace("_", "-"), v) for k, v in headers.items()]
    return Reply(status, named, body if isinstance(body, bytes) else json.dumps(body).encode())


GOOD = {"Id": "r-abcd", "Arn": "arn:aws:organizations::123456789012:root/o-abcdefghij/r-abcd",
        "Name": "Root", "PolicyTypes": [{"Type": "TAG_POLICY", "Status": "ENABLED"}]}  # fmt: skip


@pytest.mark.parametrize(
    "change, said",
    [
        ({}, None),
        ({"extra": 1}, "not a member"),
        ({"Id": "r-ABCD"}, "does not match"),
        ({"Name": 7}, "no string"),
        ({"Name": "x" * 129}, "more than 128"),
        ({"PolicyTypes": [{"Type": "NONE"}]}, "is not one of"),
        ({"PolicyTypes": {}}, "no list"),
        ({"Arn": None}, "no string"),
    ],
)
def test_the_check_finds(change, said):
    reply = reply_of(200, {"Roots": [{**GOOD, **change}]})
    found = shapes.reply_errors("organizations", "ListRoots", reply)
    assert (found == []) if said is None else said in " ".join(found), found


IAM = b'<%sResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">%s</%sResponse>'
META = b"<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>"
USER = (b"<Path>/</Path><UserName>a</UserName><UserId>AIDAAAAAAAAAAAAAAAAA</UserId>"
        b"<Arn>arn:aws:iam::123456789012:user/a</Arn><CreateDate>%s</CreateDate>")  # fmt: skip


@pytest.mark.parametrize(
    "user, said",
    [
        (USER % b"2026-01-01T00:00:00Z", None),
        (USER % b"1767225600", "no timestamp"),
        (USER % b"2026-01-01T00:00:00Z" + b"<Other/>", "not a member"),
        (USER.replace(b"<Path>/</Path>", b"") % b"2026-01-01T00:00:00Z", "required by User"),
    ],
)
def test_the_check_finds_in_xml(user, said):
    result = b"<GetUserResult><User>%s</User></GetUserResult>" % user
    reply = reply_of(200, IAM % (b"GetUser", result + META, b"GetUser"), "text/xml")
    found = shapes.reply_errors("iam", "GetUser", reply)
    assert (found == []) if said is None else said in " ".join(found), found


@pytest.mark.parametrize(
    "code, said",
    [("ParentNotFoundException", None), ("AccessDeniedException", None), ("NoSuchThing", "not an error of")],
)
def test_the_check_finds_in_errors(code, said):
    reply = reply_of(400, {"__type": code, "Message": "no"}, x_amzn_ErrorType=code)
    found = shapes.reply_errors("organizations", "ListAccountsForParent", reply)
    assert (found == []) if said is None else said in " ".join(found), found
