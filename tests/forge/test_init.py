"""charter init: what it writes, where, and what it leaves alone."""

from __future__ import annotations

import json
import pathlib
import re
import subprocess
from typing import Any

import pytest
import yaml

import seed

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "ci"
PIN = "0123456789abcdef0123456789abcdef01234567"
FILES = {
    "github": {
        ".github/workflows/charter-plan.yml": "github/charter-plan.yml",
        ".github/workflows/charter-apply.yml": "github/charter-apply.yml",
        ".github/workflows/charter-drift.yml": "github/charter-drift.yml",
        ".charter/charter-roles.yaml": "github/roles.yaml",
    },
    "gitlab": {
        ".gitlab-ci.yml": "gitlab/.gitlab-ci.yml",
        ".charter/charter-roles.yaml": "gitlab/roles.yaml",
    },
    "codepipeline": {".charter/charter-pipeline.yaml": "codepipeline/charter-pipeline.yaml"},
}
NOBODY = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "AWS_REGION": None}


@pytest.fixture
def place(tmp_path: pathlib.Path) -> pathlib.Path:
    """An empty repository whose branch is `trunk`."""
    path = tmp_path / "place"
    subprocess.run(["git", "init", "-q", "-b", "trunk", str(path)], check=True)
    return path


def written(place: pathlib.Path) -> dict[str, str]:
    return {
        str(p.relative_to(place)): p.read_text()
        for p in place.rglob("*")
        if p.is_file() and ".git" not in p.relative_to(place).parts[:1]
    }


def plain(text: str) -> Any:
    """As YAML, whatever the tags of CloudFormation are."""

    class Loader(yaml.SafeLoader):
        pass

    def any_tag(loader: Any, suffix: str, node: Any) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return loader.construct_scalar(node)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        return loader.construct_mapping(node, deep=True)

    Loader.add_multi_constructor("!", any_tag)
    return yaml.load(text, Loader)


def origin(place: pathlib.Path, url: str) -> None:
    subprocess.run(["git", "-C", str(place), "remote", "add", "origin", url], check=True)


def test_every_template_is_written(charter: Any, tmp_path: pathlib.Path) -> None:
    """Without credentials, region and branch: charter.yaml says what to fill in, and every file of
    examples/ci is written as it is, but for the pin."""
    shipped = {
        str(p.relative_to(EXAMPLES)) for p in EXAMPLES.rglob("*") if p.is_file()
    }
    assert shipped == {f for files in FILES.values() for f in files.values()}
    for ci, files in FILES.items():
        place = tmp_path / ci
        place.mkdir()
        done = charter("init", "--repo", str(place), "--ci", ci, env=NOBODY).expect(0)
        found = written(place)
        assert set(found) == {"charter.yaml", *files}
        assert "FILL IN" in found["charter.yaml"] and "Fill in the ids" in done.out
        assert "111111111111" in done.out
        for to, source in files.items():
            shown = (EXAMPLES / source).read_text()
            assert re.sub(r"(@|Default: )[0-9a-f]{40}\b", rf"\g<1>{PIN}", found[to]) == shown
        charter("validate", "--repo", str(place)).expect(0)


def test_what_is_known_is_written(small: Any, place: pathlib.Path) -> None:
    origin(place, "git@github.com:acme/cloud-org.git")
    charter = small.charter
    where = ["--repo", str(place), "--path", "aws/org"]
    done = charter("init", *where, "--ci", "github", "--region", "eu-central-1").expect(0)
    found = written(place)
    config = yaml.safe_load(found["aws/org/charter.yaml"])
    organization = small.aws.organizations.describe_organization()["Organization"]
    assert config["organization"] == {
        "id": organization["Id"], "management_account": seed.MANAGEMENT
    }
    charter("validate", "--repo", str(place), "--path", "aws/org").expect(0)
    apply = yaml.safe_load(found[".github/workflows/charter-apply.yml"])
    job = apply["jobs"]["charter"]
    assert apply[True]["push"]["branches"] == ["trunk"]
    assert job["with"]["apply-role"] == f"arn:aws:iam::{seed.MANAGEMENT}:role/charter-apply"
    assert job["with"]["region"] == "eu-central-1" and job["with"]["path"] == "aws/org"
    assert re.fullmatch(
        r"charter-gitops/charter/\.github/workflows/apply\.yml@[0-9a-f]{40}", job["uses"]
    )
    if PIN in job["uses"]:
        assert PIN in done.out
    roles = plain(found[".charter/charter-roles.yaml"])["Parameters"]
    assert roles["Owner"]["Default"] == "acme" and roles["Repository"]["Default"] == "cloud-org"
    assert roles["Branch"]["Default"] == "trunk"
    assert "111111111111" not in "".join(found.values())
    assert "us-east-1" not in found[".github/workflows/charter-apply.yml"]
    plan = charter("plan", "--repo", str(place), "--path", "aws/org").expect(0)
    assert plan.out.startswith("Plan: nothing to do")


def test_other_forges(small: Any, place: pathlib.Path, tmp_path: pathlib.Path) -> None:
    origin(place, "https://gitlab.example.com/group/sub/cloud.git")
    small.charter("init", "--repo", str(place), "--ci", "gitlab").expect(0)
    found = written(place)
    assert plain(found[".charter/charter-roles.yaml"])["Parameters"]["Project"]["Default"] == (
        "group/sub/cloud"
    )
    assert f"arn:aws:iam::{seed.MANAGEMENT}:role/charter-plan" in found[".gitlab-ci.yml"]
    other = tmp_path / "other"
    subprocess.run(["git", "init", "-q", "-b", "trunk", str(other)], check=True)
    origin(other, "https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/org")
    small.charter("init", "--repo", str(other), "--ci", "codepipeline", "--path", "x").expect(0)
    pipeline = plain(written(other)[".charter/charter-pipeline.yaml"])["Parameters"]
    assert pipeline["Repository"]["Default"] == "org"
    assert pipeline["Branch"]["Default"] == "trunk" and pipeline["Path"]["Default"] == "x"
    # What begins as the pin does, and is none.
    assert len(pipeline["CharterSha256"]["Default"]) == 64
    assert pipeline["CharterSha256"]["Default"].startswith(PIN)


def test_without_an_organization(charter: Any, bench: Any, place: pathlib.Path) -> None:
    charter("init", "--repo", str(place)).expect(0)
    text = written(place)["charter.yaml"]
    assert yaml.safe_load(text)["organization"] == "none" and "create: true" in text
    charter("validate", "--repo", str(place)).expect(0)
    bench.aws.iam.create_role(
        RoleName="charter-record",
        AssumeRolePolicyDocument=json.dumps({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Deny", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}],
        }),
    )
    charter("plan", "--repo", str(place)).expect(0)


def test_nothing_is_written_over(small: Any, place: pathlib.Path) -> None:
    (place / "charter.yaml").write_text("mine\n")
    done = small.charter("init", "--repo", str(place), "--ci", "github").expect(0)
    assert "kept    charter.yaml" in done.out and "wrote   .github/workflows" in done.out
    before = written(place)
    assert before["charter.yaml"] == "mine\n"
    done = small.charter("init", "--repo", str(place), "--ci", "github").expect(1)
    assert "wrote" not in done.out and written(place) == before
    assert "nothing was written" in done.err
    # Another CI system's file of the same name is no file of this one.
    assert "charter.yaml, which is there already and differs" in done.out
    assert "charter-plan.yml, which is there already\n" in done.out
    done = small.charter("init", "--repo", str(place), "--ci", "gitlab").expect(0)
    assert "charter-roles.yaml, which is there already and differs" in done.out


@pytest.mark.parametrize("ci", ["github", "gitlab", "codepipeline"])
def test_what_is_not_known_is_said(small: Any, place: pathlib.Path, ci: str) -> None:
    """No branch, no remote: the files hold examples."""
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    for args in ([*who, "commit", "-q", "--allow-empty", "-m", "x"], ["checkout", "-q", "--detach"]):
        subprocess.run(["git", "-C", str(place), *args], check=True)
    done = small.charter("init", "--repo", str(place), "--ci", ci).expect(0)
    assert "no branch is checked out" in done.err and "--parameter-overrides" in done.out
    assert f"docs/{'adopt-github' if ci == 'github' else ci}.md" in done.out


def test_links_are_not_followed(small: Any, place: pathlib.Path, tmp_path: pathlib.Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (place / ".github").symlink_to(outside)
    (place / "charter.yaml").symlink_to(outside / "target.yaml")
    done = small.charter("init", "--repo", str(place), "--ci", "github").expect(1)
    assert not list(outside.iterdir())
    assert "failed  .github/workflows/charter-plan.yml" in done.out
    assert "kept    charter.yaml" in done.out


@pytest.mark.parametrize(
    "args, words",
    [
        (["--path", "../x"], ".."),
        (["--path", "a b"], "letters"),
        (["--region", "eu west"], "region"),
        (["--ci", "jenkins"], "github"),
        (["--repo", "https://git.example.com/a/b"], "clone"),
    ],
)
def test_refused(small: Any, place: pathlib.Path, args: list[str], words: str) -> None:
    where = [] if "--repo" in args else ["--repo", str(place)]
    done = small.charter("init", *where, *args).expect(1)
    assert words in done.err and not written(place)


def test_a_branch_that_yaml_would_read(small: Any, place: pathlib.Path) -> None:
    """A name that git takes and a file must not: it is left to people."""
    name = "x],#${{evil}}"
    subprocess.run(["git", "-C", str(place), "symbolic-ref", "HEAD", f"refs/heads/{name}"], check=True)
    done = small.charter("init", "--repo", str(place), "--ci", "github").expect(0)
    assert name in done.err
    assert not any("evil" in text for text in written(place).values())


def test_a_stack_is_deployed_from_where_it_was_written(place: pathlib.Path, small: Any) -> None:
    for ci, files in FILES.items():
        for file in (f for f in files if f.startswith(".charter/")):
            small.charter("init", "--repo", str(place), "--ci", ci).expect(0)
            text = (place / file).read_text()
            assert re.search(r"--template-file (\S+)", text)[1] == file  # type: ignore[index]
            for page in (ROOT / "docs").glob("*.md"):
                assert f"--template-file {pathlib.Path(file).name}" not in page.read_text()
            (place / file).unlink()


def test_settings_alone_are_valid(place: pathlib.Path, small: Any) -> None:
    small.charter("init", "--repo", str(place)).expect(0)
    said = small.charter("validate", "--repo", str(place)).expect(0)
    assert said.out == "working tree is valid: nothing is declared\n"


def test_the_program_knows_its_commit(tmp_path: pathlib.Path) -> None:
    """Built of one commit, then of another: what holds the pin is made again, and only then."""
    object_ = tmp_path / "debug" / "reconciler" / "template_files.o"
    found = []
    for pin in ("a" * 40, "a" * 40, "b" * 40):
        subprocess.run(
            ["make", "-s", "-C", str(ROOT), f"BUILD={tmp_path}", f"CHARTER_COMMIT={pin}", str(object_)],
            check=True,
        )
        assert pin.encode() in object_.read_bytes()
        found.append(object_.stat().st_mtime_ns)
    assert found[0] == found[1] < found[2]
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert "\nARG CHARTER_COMMIT=\nRUN make " in dockerfile
