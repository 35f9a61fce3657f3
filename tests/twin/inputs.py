"""Inputs by a service model's shapes: the least that the model asks for, with values that name
nothing that exists."""

from __future__ import annotations

from typing import Any

UUID = "00000000-0000-0000-0000-000000000000"
# Members by name, where the model's pattern alone does not tell a value that AWS could know.
VALUES = {
    "AccountAssignmentCreationRequestId": UUID,
    "AccountAssignmentDeletionRequestId": UUID,
    "AccountId": "999999999999",
    "AWSServiceName": "elasticbeanstalk.amazonaws.com",
    "AccessKeyId": "AKIAIOSFODNN7EXAMPLE",
    "AssumeRolePolicyDocument": '{"Version":"2012-10-17","Statement":[]}',
    "AuthenticationCode1": "123456",
    "AuthenticationCode2": "654321",
    "ChildId": "999999999999",
    "Content": "{}",
    "CountryCode": "CH",
    "CreateAccountRequestId": "car-" + "0" * 32,
    "DestinationParentId": "r-zzzz",
    "End": "2026-11-01",
    "Email": "nobody@example.com",
    "EmailAddress": "nobody@example.com",
    "OrganizationalUnitId": "ou-zzzz-00000000",
    "OpenIDConnectProviderArn": "arn:aws:iam::123456789012:oidc-provider/nothing",
    "ParentId": "ou-zzzz-00000000",
    "PermissionsBoundary": "arn:aws:iam::123456789012:policy/nothing",
    "PhoneNumber": "+41 44 000 00 00",
    "PolicyArn": "arn:aws:iam::123456789012:policy/nothing",
    "PolicyDocument": '{"Version":"2012-10-17","Statement":[]}',
    "PolicyId": "p-zzzzzzzz",
    "PolicyType": "TAG_POLICY",
    "ResourceId": "999999999999",
    "RoleArn": "arn:aws:iam::999999999999:role/nothing",
    "RootId": "r-zzzz",
    "SerialNumber": "arn:aws:iam::123456789012:mfa/nothing",
    "ServicePrincipal": "nothing.amazonaws.com",
    "SourceParentId": "r-zzzz",
    "Start": "2026-10-01",
    "SSHPublicKeyId": "APKA" + "A" * 17,
    "ServiceSpecificCredentialId": "ACCA" + "A" * 17,
    "CertificateId": "A" * 32,
    "TargetId": "999999999999",
    "GroupId": UUID,
    "IdentityStoreId": "d-0000000000",
    "InstanceArn": "arn:aws:sso:::instance/ssoins-0000000000000000",
    "ManagedPolicyArn": "arn:aws:iam::aws:policy/nothing",
    "MembershipId": UUID,
    "PermissionSetArn": "arn:aws:sso:::permissionSet/ssoins-0000000000000000/ps-0000000000000000",
    "PrincipalId": UUID,
    "ProvisionPermissionSetRequestId": UUID,
    "UserId": UUID,
    "VersionId": "v9",
}


def value_of(shape: Any, name: str) -> Any:
    if name in VALUES and shape.type_name not in ("structure", "list"):
        return VALUES[name]
    if shape.type_name == "structure":
        return {n: value_of(shape.members[n], n) for n in shape.required_members}
    if shape.type_name == "list":
        return [value_of(shape.member, "")]
    if shape.type_name == "boolean":
        return True
    if shape.type_name in ("integer", "long"):
        return shape.metadata.get("min", 1)
    return shape.enum[0] if shape.enum else "nothing"


def least_input(model: Any) -> dict[str, Any]:
    """For an operation model of botocore."""
    return value_of(model.input_shape, "") if model.input_shape else {}
