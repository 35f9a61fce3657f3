"""`charter import`: configuration for what exists. The plan of the result is empty, nothing that is
there is written over, AWS's own and secrets are left out, and names of AWS lead nowhere."""

from __future__ import annotations

import json
import re

import plans
import seed
import yaml

TRUST = json.dumps(seed.role_trust({"Service": "ec2.amazonaws.com"}))
DOCUMENT = json.dumps(seed.allow(["s3:Get*"]))


def importer(charter, repo, *args, code=0):
    result = charter("import", "--repo", str(repo.path), "--rates", "off", *args)
    return result.expect(code)


def files(repo) -> dict[str, str]:
    found = [p for p in repo.path.rglob("*") if p.is_file() and ".git" not in p.parts]
    return {str(p.relative_to(repo.path)): p.read_text() for p in found}


def empty_repo(world):
    """A repository without a configuration, of the organization that the world made."""
    world.repo.commit({"README.md": "Nothing yet\n"}, "a beginning")
    return world.repo


def written(result) -> dict[str, int]:
    """Resources by file."""
    form = re.compile(r"wrote (\S+)(?: \((\d+) resources?\))?")
    lines = [form.fullmatch(line) for line in result.out.splitlines()]
    assert all(lines), result.out
    return {line[1]: int(line[2] or 0) for line in lines}


def assert_adopts(world, repo):
    """Committed, what was imported has an empty plan; an apply writes the record alone."""
    repo.commit(message="what exists")
    plan = world.charter.plan("--ref", "HEAD")
    plans.assert_empty(plan)
    assert plan["complete"]
    world.charter.apply()
    plans.assert_empty(world.charter.plan("--ref", "HEAD"))
    return plan


def test_everything(small, bench):
    """An organization that grew by hand, in a repository that has nothing of charter."""
    iam = small.aws.iam
    iam.create_role(RoleName="by-hand", AssumeRolePolicyDocument=TRUST, MaxSessionDuration=5400)
    iam.put_role_policy(RoleName="by-hand", PolicyName="inline", PolicyDocument=DOCUMENT)
    iam.create_role(RoleName="AWSReservedSSO_Set_0123456789abcdef", AssumeRolePolicyDocument=TRUST)
    iam.create_user(UserName="keyed")
    secret = iam.create_access_key(UserName="keyed")["AccessKey"]
    iam.create_login_profile(UserName="keyed", Password="correct-Horse-battery-9")
    bench.proxy.reset()
    repo = empty_repo(small)
    result = importer(small.charter, repo)
    assert bench.proxy.mutations() == []
    made = written(result)
    text = files(repo)
    assert set(made) == set(text) - {"README.md"}
    assert {"charter.yaml", "units.yaml", "policies.yaml", "accounts/root.yaml"} <= set(made)
    whole = "\n".join(text.values())
    keys = secret["SecretAccessKey"], secret["AccessKeyId"]
    for hidden in (*keys, "Horse", "AWSReserved", "login"):
        assert hidden not in whole
    first = yaml.safe_load(text["charter.yaml"])
    assert first["charter"] == 1 and first["organization"]["id"].startswith("o-")
    (path,) = [p for p, data in text.items() if "by-hand:" in data]
    (account,) = yaml.safe_load(text[path])["iam"]["accounts"].values()
    role = account["roles"]["by-hand"]
    assert role["max_session_duration"] == "90m"
    assert role["trust"].endswith("role-by-hand-trust.json")
    (statement,) = json.loads(text[role["inline_policies"]["inline"]])["Statement"]
    assert statement == {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}
    plan = assert_adopts(small, repo)
    assert plan["summary"]["adopt"] > 10
    again = importer(small.charter, repo)
    assert again.out == ""


def test_entered(small, bench):
    """An account that is entered and has nothing yet is named, so that what comes to it is seen."""
    repo = empty_repo(small)
    importer(small.charter, repo)
    declared, named = set(), set()
    for path, data in files(repo).items():
        part = yaml.safe_load(data) if path.endswith(".yaml") else {}
        declared |= set(part.get("accounts", {}))
        named |= set(part.get("iam", {}).get("accounts", {}))
    assert len(declared) > 1 and named == declared
    assert_adopts(small, repo)
    # One account may stand in several files.
    small.aws.iam.create_user(UserName="zoe")
    importer(small.charter, repo)
    assert_adopts(small, repo)


def test_same_bytes(small, bench):
    """The same organization gives the same files, whatever the pages."""
    repo = empty_repo(small)
    importer(small.charter, repo)
    first = files(repo)
    repo.write({"README.md": "Nothing yet\n"})
    importer(small.charter, repo)
    assert files(repo) == first


def test_full(full, bench):
    """60 accounts."""
    repo = empty_repo(full)
    importer(full.charter, repo)
    assert_adopts(full, repo)


def test_one_by_one(managed, bench):
    """What is unmanaged beside a configuration; existing files stay to the byte."""
    iam = managed.aws.iam
    before = files(managed.repo)
    account = next(iter(managed.model["iam"]["accounts"]))
    iam.create_group(GroupName="by-hand")
    iam.create_user(UserName="zoe")
    iam.add_user_to_group(GroupName="by-hand", UserName="zoe")
    iam.create_role(RoleName="by-hand", AssumeRolePolicyDocument=TRUST)
    result = importer(managed.charter, managed.repo, "--only", f"iam_user/{account}/zoe")
    (path,) = written(result)
    text = files(managed.repo)
    assert {k: v for k, v in text.items() if k != path} == before
    iam_of = yaml.safe_load(text[path])["iam"]["accounts"][account]
    assert set(iam_of["users"]) == {"zoe"} and iam_of["users"]["zoe"]["groups"] == ["by-hand"]
    assert iam_of["groups"] == {"by-hand": {"external": True}}
    assert_adopts(managed, managed.repo)
    # The next one gets a file of its own.
    result = importer(managed.charter, managed.repo, "--only", f"iam_role/{account}/by-hand")
    assert path not in written(result)
    assert files(managed.repo)[path] == text[path]
    assert_adopts(managed, managed.repo)


def test_names_lead_nowhere(managed, bench):
    """Names that a path, YAML or the configuration would take for something else."""
    org, root = managed.aws.organizations, managed.ids.root
    names = ["../../etc", ".hidden", "_left", "yes", "a: b", "# c", "1e3", "null", "A/B%", "*x"]
    names.append("a" * 100)
    for name in names:
        org.create_organizational_unit(ParentId=root, Name=name)
        org.create_policy(
            Name=name,
            Description="- x: 'y' \"z\" # \u00fc",
            Type="SERVICE_CONTROL_POLICY",
            Content=json.dumps(seed.statement("s", [f"s3:Get{len(name)}*"])),
        )
    result = importer(managed.charter, managed.repo)
    text = files(managed.repo)
    for path in written(result):
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*", path), path
    new = [p for p in written(result) if p.startswith("policies") and p.endswith(".yaml")]
    policies = {k for p in new for k in yaml.safe_load(text[p])["policies"]}
    assert policies == set(names)
    assert_adopts(managed, managed.repo)


def test_unread(managed, bench):
    """What cannot be read is named, and nothing is said of it."""
    managed.aws.iam.create_user(UserName="zoe")
    bench.proxy.add("deny", operation="GetAccountAuthorizationDetails", times=99)
    result = importer(managed.charter, managed.repo, code=6)
    assert "zoe" not in result.out
    told = [line for line in result.err.splitlines() if "not read" in line]
    assert len(told) == len(set(told)) and not [line for line in told if "/oidc" in line]


def test_refusals(managed, charter, tmp_path):
    """Where nothing can be written it says so, and writes nothing."""
    repo = managed.repo
    for args in (["--repo", str(repo.path), "--ref", "HEAD"], ["--repo", f"file://{repo.path}"]):
        result = charter("import", "--rates", "off", *args).expect(1)
        assert "--pull-request" in result.err
    bare = tmp_path / "bare.git"
    repo.git("clone", "-q", "--bare", str(repo.path), str(bare))
    result = charter("import", "--rates", "off", "--repo", str(bare)).expect(1)
    assert "bare repository" in result.err and "--pull-request" in result.err
    assert not list(bare.rglob("*.yaml"))
    empty = tmp_path / "empty"
    empty.mkdir()
    result = charter("import", "--drift", "--repo", str(empty), "--rates", "off").expect(1)
    assert "import without --drift first" in result.err
    result = charter("import", "--only", "unit/Nope", "--repo", str(empty), "--rates", "off").expect(0)
    assert "nothing to import" in result.err and result.out == ""
    assert list(empty.iterdir()) == []


def test_links_lead_nowhere(managed, tmp_path):
    """What git ignores is not read, and not written through or over either."""
    repo, outside = managed.repo, tmp_path / "outside"
    outside.mkdir()
    managed.aws.organizations.create_organizational_unit(ParentId=managed.ids.root, Name="New")
    managed.aws.iam.create_role(RoleName="new", AssumeRolePolicyDocument=TRUST)
    before = files(repo)
    made = {path: (repo.path / path).read_text() for path in written(importer(managed.charter, repo))}
    directory = next(p.split("/")[0] for p in made if "/" in p and not any(
        old.startswith(p.split("/")[0] + "/") for old in before))
    first, last = min(made), max(made)
    for path in made:
        (repo.path / path).unlink()
    for path in sorted(repo.path.glob(f"{directory}/**"), reverse=True):
        path.rmdir()
    (repo.path / ".git" / "info").mkdir(exist_ok=True)
    (repo.path / ".git" / "info" / "exclude").write_text(f"/{directory}\n/{first}\n/{last}\n")
    (repo.path / directory).symlink_to(outside)
    importer(managed.charter, repo, code=1)
    assert list(outside.iterdir()) == [] and files(repo) == before
    # What was there before is not taken away by a failure.
    (repo.path / directory).unlink()
    there = {first: made[first], last: "other"}
    for path, text in there.items():
        (repo.path / path).parent.mkdir(exist_ok=True)
        (repo.path / path).write_text(text)
    importer(managed.charter, repo, code=1)
    assert files(repo) == {**before, **there}


def test_identity_center(staff):
    """People, groups, sets and who has them where: thousands of assignments would be as readable."""
    staff.aws.organizations.untag_resource(
        ResourceId=staff.ids.root, TagKeys=["charter:applied/main", "charter:applying/main"]
    )
    repo = empty_repo(staff)
    region = staff.model["identity_center"]["region"]
    result = staff.charter(
        "import", "--repo", str(repo.path), env={"AWS_REGION": region}
    ).expect(0)
    assert staff.sent() == []
    made = written(result)
    text = files(repo)
    products = yaml.safe_load(text["identity/assignments.yaml"])["identity_center"]["assignments"]
    assert len(products) < made["identity/assignments.yaml"]
    for product in products:
        for key, names in product.items():
            assert names == sorted(names), key
    assert_adopts(staff, repo)
