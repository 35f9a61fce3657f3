"""CloudTrail of the twin: who did what, from where, found as AWS's own clients find it; and the notes
of a night: objects of S3, messages of SNS."""

from __future__ import annotations

import datetime
import json

import boto3
import pytest
import seed
import tour
from botocore.config import Config
from botocore.exceptions import ClientError

AGENT = "nightwatch/1.0"
TRUST = json.dumps(
    seed.role_trust({"AWS": seed.ROOT_USER}, ["sts:AssumeRole", "sts:SetSourceIdentity"])
)


def clients(bench, key, secret, token=None, agent=AGENT):
    config = Config(
        retries={"total_max_attempts": 1},
        proxies={},
        user_agent=agent,
        request_checksum_calculation="when_required",
    )
    return seed.clients(bench.proxy.url, key, secret, token, config)


def direct(bench, service, key=None, region=seed.REGION, token=None, secret=None):
    """Past the proxy."""
    return boto3.client(
        service,
        endpoint_url=f"http://127.0.0.1:{bench.simulator.port}",
        region_name=region,
        aws_access_key_id=key or bench.simulator.observer,
        aws_secret_access_key=secret or bench.simulator.secret,
        aws_session_token=token,
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )


def lookup(aws, key=None, value=None, **more):
    if key:
        more["LookupAttributes"] = [{"AttributeKey": key, "AttributeValue": value}]
    pages = aws.cloudtrail.get_paginator("lookup_events").paginate(**more)
    return [event for page in pages for event in page["Events"]]


def record(event):
    return json.loads(event["CloudTrailEvent"])


def code_of(function, **input_):
    with pytest.raises(ClientError) as caught:
        function(**input_)
    return caught.value.response["Error"]["Code"]


def test_a_session_is_named(bench, aws):
    tour.organizations(aws)
    aws.iam.create_role(RoleName="Ops", Path="/team/", AssumeRolePolicyDocument=TRUST)
    arn = f"arn:aws:iam::{seed.MANAGEMENT}:role/team/Ops"
    keys = aws.sts.assume_role(
        RoleArn=arn, RoleSessionName="alice@example.com", SourceIdentity="alice"
    )["Credentials"]
    alice = clients(bench, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    alice.iam.create_user(UserName="mallory", Path="/x/", Tags=tour.TAGS)
    event, *others = lookup(aws, "Username", "alice@example.com")
    assert others == []
    said = record(event)
    assert event["EventName"] == said["eventName"] == "CreateUser"
    assert event["EventId"] == said["eventID"]
    assert (event["EventSource"], event["ReadOnly"]) == ("iam.amazonaws.com", "false")
    assert event["AccessKeyId"] == keys["AccessKeyId"]
    assert {(r["ResourceType"], r["ResourceName"]) for r in event["Resources"]} >= {
        ("AWS::IAM::User", "mallory"),
        ("AWS::IAM::User", f"arn:aws:iam::{seed.MANAGEMENT}:user/x/mallory"),
    }
    who = said["userIdentity"]
    assert who["type"] == "AssumedRole"
    assert who["arn"] == f"arn:aws:sts::{seed.MANAGEMENT}:assumed-role/Ops/alice@example.com"
    assert who["principalId"].endswith(":alice@example.com")
    assert who["sessionContext"]["sessionIssuer"]["arn"] == arn
    assert who["sessionContext"]["sourceIdentity"] == "alice"
    assert said["userAgent"].startswith(AGENT)
    assert said["sourceIPAddress"] == "127.0.0.1"
    assert said["awsRegion"] == "us-east-1" and said["recipientAccountId"] == seed.MANAGEMENT
    assert said["requestParameters"] == {
        "userName": "mallory",
        "path": "/x/",
        "tags": [{"key": "a", "value": "b"}],
    }
    assert said["responseElements"]["user"]["userName"] == "mallory"
    assert not said["readOnly"] and said["managementEvent"]
    seconds = (datetime.datetime.now(datetime.timezone.utc) - event["EventTime"]).total_seconds()
    assert 0 <= seconds < 60


def test_users_administrators_and_the_console(bench, aws):
    tour.organizations(aws)
    aws.iam.create_user(UserName="bob")
    aws.iam.attach_user_policy(
        UserName="bob", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
    )
    key = aws.iam.create_access_key(UserName="bob")["AccessKey"]
    bob = clients(bench, key["AccessKeyId"], key["SecretAccessKey"])
    bob.iam.create_group(GroupName="g")
    bench.simulator.control(
        "POST",
        "do",
        json.dumps(
            {"service": "iam", "operation": "DeleteGroup", "input": {"GroupName": "g"}}
        ).encode(),
    )
    console, users = (record(e) for e in lookup(aws, "ResourceName", "g"))
    assert users["userIdentity"]["type"] == "IAMUser"
    assert users["userIdentity"]["userName"] == "bob"
    assert users["userIdentity"]["accessKeyId"] == key["AccessKeyId"]
    assert console["userIdentity"]["type"] == "Root"
    assert console["sessionCredentialFromConsole"] == "true"
    assert console["eventName"] == "DeleteGroup" and console["responseElements"] is None
    (made,) = lookup(aws, "EventName", "CreateAccessKey")
    assert key["SecretAccessKey"] not in json.dumps(record(made))
    assert record(made)["responseElements"]["accessKey"]["accessKeyId"] == key["AccessKeyId"]
    (found,) = lookup(aws, "AccessKeyId", key["AccessKeyId"])
    assert found["Username"] == "bob"
    assert {e["Username"] for e in lookup(aws, "EventName", "CreateUser")} == {"twin"}


def test_refused_calls_stand_with_their_code(bench, aws):
    tour.organizations(aws)
    assert code_of(aws.iam.delete_user, UserName="nobody") == "NoSuchEntity"
    bench.simulator.control("PUT", "faults", b"deny@iam:CreateUser")
    assert code_of(aws.iam.create_user, UserName="somebody") == "AccessDenied"
    bench.simulator.control("PUT", "faults", b"")
    (denied,) = lookup(aws, "EventName", "CreateUser")
    (missing,) = lookup(aws, "EventName", "DeleteUser")
    assert record(denied)["errorCode"] == "AccessDenied"
    assert record(missing)["errorCode"] == "NoSuchEntity"
    assert record(denied)["responseElements"] is None
    assert record(denied)["userIdentity"]["userName"] == "twin"


def test_what_aws_does_and_hides(bench, aws):
    ids = tour.organizations(aws)
    (made,) = lookup(aws, "EventName", "CreateAccount")
    assert "one@example.com" not in made["CloudTrailEvent"]
    (result,) = lookup(aws, "EventName", "CreateAccountResult")
    details = record(result)["serviceEventDetails"]["createAccountStatus"]
    assert details["accountId"] == ids.account and details["state"] == "SUCCEEDED"
    (moved,) = lookup(aws, "EventName", "MoveAccount")
    assert record(moved)["requestParameters"]["accountId"] == ids.account
    assert moved["Resources"] == []


def test_pages_times_and_attributes(bench, aws):
    for k in range(120):
        aws.iam.create_group(GroupName=f"g{k}")
    trail = aws.cloudtrail
    events = lookup(aws, "EventName", "CreateGroup")
    names = [record(e)["requestParameters"]["groupName"] for e in events]
    assert names == [f"g{k}" for k in reversed(range(120))]
    first = trail.lookup_events(MaxResults=50)
    aws.iam.create_group(GroupName="late")
    second = trail.lookup_events(MaxResults=50, NextToken=first["NextToken"])
    shown = [e["EventId"] for e in first["Events"] + second["Events"]]
    assert shown == [e["EventId"] for e in events[:100]]
    now = datetime.datetime.now(datetime.timezone.utc)
    day = datetime.timedelta(days=1)
    assert lookup(aws, StartTime=now - 2 * day, EndTime=now - day) == []
    assert len(lookup(aws, "ReadOnly", "false", StartTime=now - day)) == 121
    assert lookup(aws, "ReadOnly", "true") == []
    assert len(lookup(aws, "EventSource", "iam.amazonaws.com")) == 121
    assert lookup(aws, "EventName", "creategroup") == []
    event = events[7]
    assert [e["EventId"] for e in lookup(aws, "EventId", event["EventId"])] == [event["EventId"]]
    assert len(lookup(aws, "ResourceType", "AWS::IAM::Group")) == 121
    asked = trail.lookup_events
    two = [{"AttributeKey": "EventName", "AttributeValue": "x"}] * 2
    assert code_of(asked, LookupAttributes=two) == "InvalidLookupAttributesException"
    assert code_of(asked, StartTime=now, EndTime=now - day) == "InvalidTimeRangeException"
    assert code_of(asked, NextToken="none") == "InvalidNextTokenException"
    assert (
        code_of(asked, NextToken=first["NextToken"], LookupAttributes=two[:1])
        == "InvalidNextTokenException"
    )
    # Events are of one account and one Region.
    assert direct(bench, "cloudtrail", region="eu-west-1").lookup_events()["Events"] == []


def test_members_have_their_own(bench, aws):
    ids = tour.organizations(aws)
    member = clients(bench, f"AKIAOBSV{ids.account}", bench.simulator.secret)
    member.iam.create_user(UserName="within")
    (event,) = lookup(member, "EventName", "CreateUser")
    assert record(event)["recipientAccountId"] == ids.account
    assert lookup(aws, "EventName", "CreateUser") == []


def test_the_state_keeps_them(bench, aws):
    aws.iam.create_user(UserName="kept")
    state = bench.simulator.control("GET", "state")
    bench.simulator.empty()
    assert lookup(aws) == []
    bench.simulator.control("PUT", "state", json.dumps(state).encode())
    assert [e["EventName"] for e in lookup(aws)] == ["CreateUser"]


def test_objects(bench):
    s3 = direct(bench, "s3")
    s3.create_bucket(Bucket="notes")
    where = {"Bucket": "notes", "Key": "a b/ü+%2F/ledger.json"}
    assert code_of(s3.get_object, **where) == "NoSuchKey"
    assert code_of(s3.put_object, **where, Body=b"0", IfMatch='"x"') == "NoSuchKey"
    tag = s3.put_object(**where, Body="{'ä'}".encode(), IfNoneMatch="*")["ETag"]
    assert code_of(s3.put_object, **where, Body=b"2", IfNoneMatch="*") == "PreconditionFailed"
    assert code_of(s3.put_object, **where, Body=b"2", IfMatch='"other"') == "PreconditionFailed"
    got = s3.get_object(**where)
    assert (got["Body"].read().decode(), got["ETag"]) == ("{'ä'}", tag)
    newer = s3.put_object(**where, Body=b"2", IfMatch=tag, ContentType="application/json")["ETag"]
    assert newer != tag
    got = s3.get_object(**where)
    assert (got["Body"].read(), got["ContentType"]) == (b"2", "application/json")
    assert code_of(s3.get_object, Bucket="none", Key="x") == "NoSuchBucket"
    elsewhere = direct(bench, "s3", region="eu-west-1")
    elsewhere.create_bucket(
        Bucket="far", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    # The refusal names the Region, and boto3 asks again there.
    s3.put_object(Bucket="far", Key="x", Body=b"y")
    assert elsewhere.get_object(Bucket="far", Key="x")["Body"].read() == b"y"


def test_messages(bench, aws):
    topic = aws.sns.create_topic(Name="nights")["TopicArn"]
    aws.sns.publish(TopicArn=topic, Subject="x" * 100, Message="m" * 262144)
    for wrong in ({"Subject": "x" * 101}, {"Subject": "a\nb"}, {"Subject": "ä"}, {"Message": ""},
                  {"Message": "m" * 262145}, {"TopicArn": topic.replace("us-east-1", "eu-west-1")}):
        message = {"TopicArn": topic, "Message": "m", **wrong}
        assert code_of(aws.sns.publish, **message) == "InvalidParameter", wrong
    assert code_of(aws.sns.publish, TopicArn=topic + "x", Message="m") == "NotFound"
    kept = bench.simulator.control("GET", "state")["topics"][topic]["messages"]
    assert [m["Subject"] for m in kept.values()] == ["x" * 100]
