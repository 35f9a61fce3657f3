"""What each simulated AWS answers in the cases where such programs tend to be kinder than AWS. They
agree unless differences.txt lists the behaviour, with the reason by AWS's models or manual."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, Callable

import differences
import pytest
import seed
from botocore.exceptions import ClientError
from center import MANAGED, Center
from simulator import TWIN_SECRET

PROBES: dict[str, tuple[Callable[[Any], Any], str]] = {}
DENY = json.dumps(seed.statement("Deny", ["s3:DeleteBucket"]))


def probe(name: str, answer: str) -> Callable[[Any], Any]:
    """Registers what is tried, and what both answer where they agree: a code, or what it returns."""

    def register(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        PROBES[name] = function, answer
        return function

    return register


class Organization:
    """A new one with a unit, an account in it, and an SCP."""

    def __init__(self, aws: SimpleNamespace):
        self.aws, self.org, self.iam = aws, aws.organizations, aws.iam
        self.org.create_organization(FeatureSet="ALL")
        self.root = self.org.list_roots()["Roots"][0]["Id"]
        if not self.types():
            self.org.enable_policy_type(RootId=self.root, PolicyType="SERVICE_CONTROL_POLICY")
        self.unit = self.new_unit("Unit")
        self.account = self.new_account("one")
        self.org.move_account(
            AccountId=self.account, SourceParentId=self.root, DestinationParentId=self.unit
        )
        self.policy = self.new_policy("policy")

    def types(self) -> list[str]:
        return [t["Type"] for t in self.org.list_roots()["Roots"][0]["PolicyTypes"]]

    def new_unit(self, name: str, parent: str | None = None) -> str:
        made = self.org.create_organizational_unit(ParentId=parent or self.root, Name=name)
        return made["OrganizationalUnit"]["Id"]

    def new_account(self, name: str) -> str:
        made = self.org.create_account(AccountName=name, Email=f"{name}@example.com")
        return seed.account_id(self.org, made)

    def new_policy(self, name: str, content: str = DENY) -> str:
        made = self.org.create_policy(
            Name=name, Description="", Type="SERVICE_CONTROL_POLICY", Content=content
        )
        return made["Policy"]["PolicySummary"]["Id"]


# Organizations


@probe("second unit of a name below one parent", "DuplicateOrganizationalUnitException")
def _(o):
    o.new_unit("Unit")


@probe("unit of a name that another parent has", "done")
def _(o):
    other = o.new_unit("Other", o.unit)
    o.new_unit("Unit", other)


@probe("unit renamed to a name that another parent has", "done")
def _(o):
    below = o.new_unit("Below", o.unit)
    o.org.update_organizational_unit(OrganizationalUnitId=below, Name="Unit")


@probe("unit deleted with an account in it", "OrganizationalUnitNotEmptyException")
def _(o):
    o.org.delete_organizational_unit(OrganizationalUnitId=o.unit)


@probe("unit at the sixth level", "ConstraintViolationException")
def _(o):
    parent = o.unit
    for k in range(5):
        parent = o.new_unit(f"Level{k}", parent)


@probe("account moved from where it is not", "SourceParentNotFoundException")
def _(o):
    o.org.move_account(
        AccountId=o.account, SourceParentId=o.root, DestinationParentId=o.new_unit("Other")
    )


@probe("account moved to where it is", "DuplicateAccountException")
def _(o):
    o.org.move_account(AccountId=o.account, SourceParentId=o.unit, DestinationParentId=o.unit)


@probe("second account of an e-mail", "FAILED EMAIL_ALREADY_EXISTS")
def _(o):
    made = o.org.create_account(AccountName="two", Email="one@example.com")["CreateAccountStatus"]
    status = o.org.describe_create_account_status(CreateAccountRequestId=made["Id"])
    status = status["CreateAccountStatus"]
    return " ".join(filter(None, (status["State"], status.get("FailureReason"))))


@probe("status of an account creation that nobody asked for", "CreateAccountStatusNotFoundException")
def _(o):
    o.org.describe_create_account_status(CreateAccountRequestId="car-" + "0" * 32)


@probe("role of a new account holds AdministratorAccess", "yes")
def _(o):
    role = f"arn:aws:iam::{o.account}:role/OrganizationAccountAccessRole"
    made = o.aws.sts.assume_role(RoleArn=role, RoleSessionName="probe")["Credentials"]
    keys = made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"]
    iam = seed.clients(o.aws.iam.meta.endpoint_url, *keys).iam
    found = iam.list_attached_role_policies(RoleName="OrganizationAccountAccessRole")
    names = [p["PolicyName"] for p in found["AttachedPolicies"]]
    return "yes" if names == ["AdministratorAccess"] else "no"


@probe("accounts are listed with their paths", "yes")
def _(o):
    found = o.org.list_accounts()["Accounts"]
    return "yes" if all("Paths" in account for account in found) else "no"


@probe("accounts on a page", "20")
def _(o):
    for k in range(20):
        o.new_account(f"more-{k}")
    return str(len(o.org.list_accounts()["Accounts"]))


@probe("page larger than the model allows", "InvalidInputException")
def _(o):
    # boto3 looks at the range itself.
    o.org.meta.events.register("before-call", fifty)
    try:
        o.org.list_accounts(MaxResults=20)
    finally:
        o.org.meta.events.unregister("before-call", fifty)


def fifty(params: dict[str, Any], **_: Any) -> None:
    params["body"] = b'{"MaxResults": 50}'


@probe("children of a parent that is not there", "ParentNotFoundException")
def _(o):
    o.org.list_organizational_units_for_parent(ParentId="ou-abcd-00000000")


@probe("policy attached twice", "DuplicatePolicyAttachmentException")
def _(o):
    for _ in range(2):
        o.org.attach_policy(PolicyId=o.policy, TargetId=o.unit)


@probe("policy attached to nothing", "TargetNotFoundException")
def _(o):
    o.org.attach_policy(PolicyId=o.policy, TargetId="999999999999")


@probe("policy detached that is not attached", "PolicyNotAttachedException")
def _(o):
    o.org.detach_policy(PolicyId=o.policy, TargetId=o.unit)


@probe("last SCP of a target detached", "ConstraintViolationException")
def _(o):
    o.org.detach_policy(PolicyId="p-FullAWSAccess", TargetId=o.unit)


@probe("policy of a type that is not enabled attached", "PolicyTypeNotEnabledException")
def _(o):
    content = json.dumps(seed.tag_policy("owner", ["a"]))
    made = o.org.create_policy(Name="t", Description="", Type="TAG_POLICY", Content=content)
    o.org.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=o.unit)


@probe("policy type enabled twice", "PolicyTypeAlreadyEnabledException")
def _(o):
    o.org.enable_policy_type(RootId=o.root, PolicyType="SERVICE_CONTROL_POLICY")


@probe("policy of text that is no JSON", "MalformedPolicyDocumentException")
def _(o):
    o.new_policy("bad", "{")


@probe("second policy of a name", "DuplicatePolicyException")
def _(o):
    o.new_policy("policy")


@probe("policy deleted that is attached", "PolicyInUseException")
def _(o):
    o.org.attach_policy(PolicyId=o.policy, TargetId=o.unit)
    o.org.delete_policy(PolicyId=o.policy)


@probe("policy that is not there described", "PolicyNotFoundException")
def _(o):
    o.org.describe_policy(PolicyId="p-00000000")


@probe("policy that AWS manages deleted", "InvalidInputException")
def _(o):
    o.org.delete_policy(PolicyId="p-FullAWSAccess")


@probe("delegated administrator of a service without trusted access", "ConstraintViolationException")
def _(o):
    o.org.register_delegated_administrator(
        AccountId=o.account, ServicePrincipal="guardduty.amazonaws.com"
    )


@probe("organization made twice", "AlreadyInOrganizationException")
def _(o):
    o.org.create_organization(FeatureSet="ALL")


# IAM


@probe("second user of a name in other case", "EntityAlreadyExists")
def _(o):
    o.iam.create_user(UserName="alice")
    o.iam.create_user(UserName="Alice")


@probe("user deleted that has an access key", "DeleteConflict")
def _(o):
    o.iam.create_user(UserName="alice")
    o.iam.create_access_key(UserName="alice")
    o.iam.delete_user(UserName="alice")


@probe("user deleted that is in a group", "DeleteConflict")
def _(o):
    o.iam.create_user(UserName="alice")
    o.iam.create_group(GroupName="people")
    o.iam.add_user_to_group(UserName="alice", GroupName="people")
    o.iam.delete_user(UserName="alice")


@probe("group deleted that has a member", "DeleteConflict")
def _(o):
    o.iam.create_user(UserName="alice")
    o.iam.create_group(GroupName="people")
    o.iam.add_user_to_group(UserName="alice", GroupName="people")
    o.iam.delete_group(GroupName="people")


@probe("policy attached to a user twice", "done")
def _(o):
    o.iam.create_user(UserName="alice")
    arn = o.iam.create_policy(PolicyName="p", PolicyDocument=DENY)["Policy"]["Arn"]
    for _ in range(2):
        o.iam.attach_user_policy(UserName="alice", PolicyArn=arn)


@probe("IAM policy deleted that is attached", "DeleteConflict")
def _(o):
    o.iam.create_user(UserName="alice")
    arn = o.iam.create_policy(PolicyName="p", PolicyDocument=DENY)["Policy"]["Arn"]
    o.iam.attach_user_policy(UserName="alice", PolicyArn=arn)
    o.iam.delete_policy(PolicyArn=arn)


@probe("sixth version of an IAM policy", "LimitExceeded")
def _(o):
    arn = o.iam.create_policy(PolicyName="p", PolicyDocument=DENY)["Policy"]["Arn"]
    for _ in range(5):
        o.iam.create_policy_version(PolicyArn=arn, PolicyDocument=DENY)


@probe("default version of an IAM policy deleted", "DeleteConflict")
def _(o):
    arn = o.iam.create_policy(PolicyName="p", PolicyDocument=DENY)["Policy"]["Arn"]
    o.iam.delete_policy_version(PolicyArn=arn, VersionId="v1")


@probe("IAM policy of text that is no JSON", "MalformedPolicyDocument")
def _(o):
    o.iam.create_policy(PolicyName="p", PolicyDocument="{")


@probe("user that is not there", "NoSuchEntity")
def _(o):
    o.iam.get_user(UserName="nobody")


@probe("user removed from a group that it is not in", "NoSuchEntity")
def _(o):
    o.iam.create_user(UserName="alice")
    o.iam.create_group(GroupName="people")
    o.iam.remove_user_from_group(UserName="alice", GroupName="people")


@probe("eleventh group of a user", "LimitExceeded")
def _(o):
    o.iam.create_user(UserName="alice")
    for k in range(11):
        o.iam.create_group(GroupName=f"g{k}")
        o.iam.add_user_to_group(UserName="alice", GroupName=f"g{k}")


@probe("tag of AWS's own prefix", "InvalidInput")
def _(o):
    o.iam.create_user(UserName="alice", Tags=[{"Key": "aws:x", "Value": "y"}])


# Identity Center


class Staffed(Center):
    """With a user in a group, and a permission set."""

    def __init__(self, o: Organization):
        super().__init__(o, {"one": o.account})
        self.user, self.group = self.make_user("ada"), self.make_group("team", ["ada"])
        self.arn = self.make_set("Reader", ["ReadOnlyAccess"])
        self.pair = {**self.instance, "PermissionSetArn": self.arn}

    def job(self, principal: dict[str, str]) -> dict[str, Any]:
        target = {"TargetId": self.accounts["one"], "TargetType": "AWS_ACCOUNT"}
        return self.sso.create_account_assignment(**self.pair, **target, **principal)


@probe("second user of a store of a name", "ConflictException")
def _(o):
    Staffed(o).make_user("ada")


@probe("second group of a store of a name", "ConflictException")
def _(o):
    Staffed(o).make_group("team")


@probe("membership twice", "ConflictException")
def _(o):
    Staffed(o).add_member("team", "ada")


@probe("user of a store deleted twice", "ResourceNotFoundException")
def _(o):
    center = Staffed(o)
    for _ in range(2):
        center.store.delete_user(**center.where, UserId=center.user)


@probe("members of a group whose user was deleted", "0")
def _(o):
    center = Staffed(o)
    center.store.delete_user(**center.where, UserId=center.user)
    return str(len(center.memberships(center.group)))


@probe("second permission set of a name", "ConflictException")
def _(o):
    Staffed(o).make_set("Reader")


@probe("permission set deleted that is assigned", "ConflictException")
def _(o):
    center = Staffed(o)
    center.assign("Reader", "one", "group/team")
    center.sso.delete_permission_set(**center.pair)


@probe("managed policy attached to a permission set twice", "ConflictException")
def _(o):
    center = Staffed(o)
    policy = MANAGED + "ReadOnlyAccess"
    center.sso.attach_managed_policy_to_permission_set(**center.pair, ManagedPolicyArn=policy)


@probe("managed policy detached from a permission set that lacks it", "ResourceNotFoundException")
def _(o):
    center = Staffed(o)
    policy = MANAGED + "SecurityAudit"
    center.sso.detach_managed_policy_from_permission_set(**center.pair, ManagedPolicyArn=policy)


@probe("assignment asked for twice", "SUCCEEDED 1")
def _(o):
    center = Staffed(o)
    for _ in range(2):
        center.assign("Reader", "one", "group/team")
    asked = {**center.pair, "AccountId": o.account}
    return f"SUCCEEDED {len(center.sso.list_account_assignments(**asked)['AccountAssignments'])}"


@probe("assignment of a user that is not there", "ResourceNotFoundException")
def _(o):
    nobody = "11111111-2222-4333-8444-555555555555"
    Staffed(o).job({"PrincipalType": "USER", "PrincipalId": nobody})


@probe("assignment brings its role into the account", "yes")
def _(o):
    center = Staffed(o)
    center.assign("Reader", "one", "group/team")
    keys = f"AKIAOBSV{o.account}", TWIN_SECRET
    iam = seed.clients(o.iam.meta.endpoint_url, *keys).iam
    path = "/aws-reserved/sso.amazonaws.com/"
    return "yes" if iam.list_roles(PathPrefix=path)["Roles"] else "no"


def answer_of(function: Callable[[], Any]) -> str:
    try:
        return function() or "done"
    except ClientError as error:
        code = error.response["Error"]["Code"]
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return code if status < 500 else f"{status} {code}"


def expected_of(name: str, answer: str, simulator: Any) -> str:
    return differences.BEHAVIOURS.get(name, {}).get(simulator.name, answer)


@pytest.mark.parametrize("name", PROBES)
def test_behaviour(aws, simulator, name):
    function, answer = PROBES[name]
    organization = Organization(aws)
    assert answer_of(lambda: function(organization)) == expected_of(name, answer, simulator)


# Before there is an organization with all that.


def list_accounts(aws):
    aws.organizations.list_accounts()


def enabled_types(aws):
    aws.organizations.create_organization(FeatureSet="ALL")
    found = aws.organizations.list_roots()["Roots"][0]["PolicyTypes"]
    return " ".join(t["Type"] for t in found) or "none"


EARLY = {
    "listing without an organization": (list_accounts, "AWSOrganizationsNotInUseException"),
    "policy types of a new organization": (enabled_types, "SERVICE_CONTROL_POLICY"),
}


@pytest.mark.parametrize("name", EARLY)
def test_early_behaviour(aws, simulator, name):
    function, answer = EARLY[name]
    assert answer_of(lambda: function(aws)) == expected_of(name, answer, simulator)


def test_each_difference_is_one():
    """What is listed is tried, differs, and the twin does what is AWS's way: only moto may not."""
    known = {**PROBES, **EARLY}
    for name, section in differences.BEHAVIOURS.items():
        assert name in known, name
        assert section["moto"] != section["twin"] == known[name][1], name


def test_each_listed_test_is_there(request):
    """A line of a test that is gone, or was renamed, has to go too."""
    here = {f"{i.path.name}::{getattr(i, 'originalname', i.name)}" for i in request.session.items}
    files = {name.partition("::")[0] for name in here}
    for listed in differences.TESTS:
        test = listed.partition(" ")[0]
        if test.partition("::")[0] in files:
            defined = (request.path.parent / test.partition("::")[0]).read_text()
            assert f"def {test.partition('::')[2]}(" in defined, listed
