"""`charter import` of random organizations: charter makes one as a random configuration says, other hands
add to it, and an import into a repository that has nothing of it leaves an empty plan.

IMPORT_SEEDS says how many; a failing seed is in the name of its test.
"""

from __future__ import annotations

import json
import os
import random
from typing import Any

import pytest
import seed
import staff
from plans import assert_empty
from test_import import importer

SEEDS = range(int(os.environ.get("IMPORT_SEEDS", "4")))
NAMES = ["a b", "Älpha", "yes", "1e3", "0755", "x: y", "#1", "A.B_c", "null", "ops", "data", "Prod", "dev"]
WORDS = [n for n in NAMES if n.isascii() and not set(n) & set(" :#")]
PICK = ["s3:Get*", "ec2:Describe*", "iam:List*", "sts:GetCallerIdentity", "kms:Decrypt", "logs:*"]

GUARDED = ["s3:DeleteBucket", "ec2:RunInstances", "kms:*"]  # what denies more would lock charter out


class Dice(random.Random):
    def some(self, values: list[Any], most: int = 3) -> list[Any]:
        return self.sample(values, self.randint(0, min(most, len(values))))

    def maybe(self, **more: Any) -> dict[str, Any]:
        return {k: v for k, v in more.items() if self.random() < 0.5}

    def document(self) -> dict[str, Any]:
        body = {
            "Effect": self.choice(["Allow", "Deny"]),
            "Action": self.choice([self.choice(PICK), self.sample(PICK, 2)]),
            "Resource": self.choice(["*", ["*"], ["arn:aws:s3:::a", "arn:aws:s3:::a/*"]]),
        }
        condition = {"StringLike": {"aws:RequestedRegion": self.choice(["eu-*", ["eu-*", "us-*"]])}}
        bodies = [{**body, **self.maybe(Sid=f"S{k}", Condition=condition)} for k in range(self.randint(1, 3))]
        return {"Version": "2012-10-17", "Statement": bodies if len(bodies) > 1 else self.choice([bodies, bodies[0]])}

    def tags(self) -> dict[str, str]:
        return {key: self.choice(["", "1", "true", "a: b", "x y"]) for key in self.some(["team", "env", "Cost"])}


def organization(dice: Dice, model: dict[str, Any]) -> None:
    for name in dice.some(NAMES, 5):
        body = {"Effect": "Deny", "Action": dice.sample(GUARDED, 2), "Resource": "*"}
        document = {"Version": "2012-10-17", "Statement": [body]}
        model["policies"][name] = {"document": document, "tags": dice.tags(), **dice.maybe(description="d: 'x' # y")}
    policies = list(model["policies"])
    for name in dice.some(NAMES, 6):
        parent = dice.choice(["", *(p for p in model["units"] if p.count("/") < 3)])
        path = f"{parent}/{name}" if parent else name
        model["units"][path] = {"policies": dice.some(policies, 2), "tags": dice.tags()}
    for k in range(dice.randint(0, 6)):
        unit = dice.choice(["/", *model["units"]])
        account = {"email": f"aws+{k}@example.com", "unit": unit, "tags": dice.tags()}
        model["accounts"][f"{dice.choice(NAMES[:1] + NAMES[2:])}-{k}"] = {**account, **dice.maybe(policies=dice.some(policies, 1))}


def entities(dice: Dice, model: dict[str, Any]) -> None:
    own: dict[str, Any] = {kind: {} for kind in ("users", "groups", "roles", "policies")}

    def held() -> dict[str, Any]:
        inline = {f"in-{name}": dice.document() for name in dice.some(WORDS, 2)}
        return {"managed_policies": dice.some(list(own["policies"]), 2), "inline_policies": inline}

    for name in dice.some(WORDS, 3):
        own["policies"][f"p-{name}"] = {"document": dice.document(), **dice.maybe(path="/a/b/", tags=dice.tags())}
    for name in dice.some(WORDS, 3):
        own["groups"][f"g-{name}"] = {**held(), **dice.maybe(path="/teams/")}
    for name in dice.some(WORDS, 4):
        more = dice.maybe(path="/people/", tags=dice.tags())
        own["users"][f"u-{name}"] = {"groups": dice.some(list(own["groups"]), 2), **held(), **more}
    for name in dice.some(WORDS, 3):
        trust = seed.role_trust({"Service": dice.choice(["ec2.amazonaws.com", "lambda.amazonaws.com"])})
        more = dice.maybe(max_session_duration="90m", description="r: x", tags=dice.tags())
        own["roles"][f"r-{name}"] = {"trust": trust, **held(), **more}
    model["iam"] = {"accounts": {"master": own}}


def people(dice: Dice, model: dict[str, Any]) -> None:
    users = {name: staff.person(name) for name in dice.some(["ann", "ben", "cat", "dan", "eve"], 5)}
    groups = {
        name: {"members": dice.some(list(users), 3), **dice.maybe(description="g: #1")}
        for name in dice.some(["eng", "ops", "audit"])
    }
    sets = {}
    for name in dice.some(["Reader", "Writer", "Admin"]):
        policies = dice.some(["aws/ReadOnlyAccess", "aws/job-function/ViewOnlyAccess"], 2)
        more = dice.maybe(session_duration="90m", relay_state="https://example.com/#a", inline_policy=dice.document())
        sets[name] = {"description": f"{name}: does", "aws_managed_policies": policies, "tags": dice.tags(), **more}
    products = []
    for _ in range(dice.randint(0, 4)):
        product = {
            "permission_sets": dice.some(list(sets), 2),
            "groups": dice.some(list(groups), 2),
            "users": dice.some(list(users), 1),
            "accounts": dice.some(list(model["accounts"]), 3),
        }
        if product["permission_sets"] and product["accounts"] and (product["groups"] or product["users"]):
            products.append({k: v for k, v in product.items() if v})
    center = {"region": seed.REGION, "users": users, "groups": groups, "permission_sets": sets}
    model["identity_center"] = {**center, "assignments": products}


def by_hand(dice: Dice, aws: Any) -> None:
    """Documents as nobody who knows charter would write them, and what is no business of it."""
    for k in range(dice.randint(0, 3)):
        text = json.dumps(dice.document(), indent=dice.choice([None, 1, 4]))
        aws.iam.create_policy(PolicyName=f"hand-{k}", PolicyDocument=text)
    trust = json.dumps(seed.role_trust({"Service": "ec2.amazonaws.com"}), indent=3)
    aws.iam.create_role(RoleName="AWSReservedSSO_X_0123456789abcdef", AssumeRolePolicyDocument=trust)
    aws.iam.create_user(UserName="hand")
    aws.iam.create_access_key(UserName="hand")


@pytest.mark.parametrize("number", SEEDS)
def test_random(bench: Any, repo: Any, charter: Any, number: int) -> None:
    dice = Dice(number)
    model = seed.empty_model()
    model["charter"]["organization"] |= {
        "policy_types": ["SERVICE_CONTROL_POLICY"],
        "root": {"policies": [], "tags": dice.tags()},
    }
    made, ids = bench.make(seed.changed(model))
    organization(dice, made)
    entities(dice, made)
    if dice.random() < 0.7:
        people(dice, made)
    repo.commit(seed.config(made), "as it should be")
    charter.repo = repo.path
    charter.apply()
    assert_empty(charter.plan("--ref", "HEAD"))
    by_hand(dice, bench.aws)
    bench.aws.organizations.untag_resource(
        ResourceId=ids.root, TagKeys=["charter:applied/main", "charter:applying/main"]
    )
    repo.commit({"README.md": "Nothing yet\n"}, "a beginning")
    bench.proxy.reset()
    importer(charter, repo)
    assert bench.proxy.mutations() == []
    plan = charter.plan()
    assert plan["summary"]["unmanaged"] == 0, plan["unmanaged"]
    repo.commit(message="what exists")
    assert_empty(charter.plan("--ref", "HEAD"))
