"""The CI files by the linters that know their languages, the policies in them by the program, and their
scripts by a shell that runs them with a program that writes down how it was called."""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
from typing import Any

import boto3
import pytest
import yaml

import hardening
import policies

pytestmark = pytest.mark.once

BIN = pathlib.Path(sys.executable).parent
WORKFLOWS = sorted(name for name in hardening.FILES if name.endswith(".yml") and "gitlab" not in name)
TEMPLATES = sorted(name for name in hardening.FILES if name.endswith(".yaml"))
GITLAB = "examples/ci/gitlab/.gitlab-ci.yml"
YAMLLINT = """
extends: default
rules:
  line-length: disable
  document-start: disable
  truthy: {check-keys: false}
  comments: {min-spaces-from-content: 1}
  braces: {max-spaces-inside: 0}
"""
LINTERS = {
    "actionlint": ["actionlint", "-no-color", *WORKFLOWS],
    "zizmor": ["zizmor", "--offline", "--no-progress", "--persona=regular", *WORKFLOWS],
    "cfn-lint": ["cfn-lint", *TEMPLATES],
    "yamllint": ["yamllint", "--strict", "-d", YAMLLINT, *hardening.FILES],
    "gitlab": [
        "check-jsonschema", "--builtin-schema", "vendor.gitlab-ci",
        "--data-transform", "gitlab-ci", GITLAB,
    ],
    "github": ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS],
}  # fmt: skip


@pytest.mark.parametrize("name", LINTERS)
def test_linters(name: str) -> None:
    program, *args = LINTERS[name]
    found = shutil.which(program, path=f"{BIN}{os.pathsep}{os.environ['PATH']}")
    assert found, f"{program} is in tests/requirements.txt"
    done = subprocess.run([found, *args], cwd=hardening.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def actions_of(template: str) -> dict[str, list[dict]]:
    found: dict[str, list[dict]] = {}
    for policy in hardening.policies(hardening.load((hardening.ROOT / template).read_text())):
        for statement in policy["Statement"]:
            if str(statement.get("Sid", "")).startswith("Charter"):
                found.setdefault(statement["Sid"], []).append(statement)
    return found


def test_policies(binary: pathlib.Path) -> None:
    """The actions are those that the program prints; resources are its own, or narrower; each policy
    is within the 6,144 characters that AWS admits."""
    printed = policies.printed(binary)
    wanted = {"CharterAssignments", "CharterEnters", "CharterReads", "CharterWrites"}
    assert set(printed) == wanted | {"CharterComments"}
    narrower = {"CharterEnters", "CharterComments"}
    for template in TEMPLATES:
        found = actions_of(template)
        assert set(found) == wanted | ({"CharterComments"} if "pipeline" in template else set())
        for sid, statements in found.items():
            for statement in statements:
                assert statement["Action"] == printed[sid]["Action"], f"{template}: {sid}: run policies.py"
                resources = [str(leaf) for leaf in hardening.leaves(statement["Resource"])]
                resources = [r.replace("arn:${AWS::Partition}:", "arn:*:") for r in resources]
                given = hardening.as_list(printed[sid]["Resource"])
                assert resources == given or (sid in narrower and "*" not in resources)
        for policy in hardening.policies(hardening.load((hardening.ROOT / template).read_text())):
            assert len(json.dumps(policy, separators=(",", ":"))) < 6144


def test_actions_exist(binary: pathlib.Path) -> None:
    """Every action that is printed is one that AWS lists for its service."""
    import cfnlint

    data = pathlib.Path(cfnlint.__file__).parent / "data/AdditionalSpecs/Policies.json"
    services = json.loads(data.read_text())
    unknown = []
    for statement in policies.printed(binary).values():
        for action in statement["Action"]:
            prefix, name = action.split(":")
            if name.lower() not in services[prefix]["Actions"]:
                unknown.append(action)
    assert unknown == []


class Shell:
    """Runs lines as CI systems do, in a directory with a `charter` that notes its arguments and ends
    as it is told, and with nothing of this machine's environment."""

    def __init__(self, directory: pathlib.Path):
        self.directory = self.where = directory
        self.calls = directory / "calls"
        program = directory / "bin" / "charter"
        program.parent.mkdir()
        program.write_text('#!/bin/sh\nprintf "%s\\n" "$*" >>"$CALLS"\nexit "${CHARTER_ENDS:-0}"\n')
        program.chmod(0o755)

    def runs(self, charter: Any, repo: pathlib.Path) -> dict[str, str]:
        """From here on `charter` is the program, in a clone of the repository; its environment. At
        AWS's rates it would wait for its turn most of the time."""
        program = self.directory / "bin" / "charter"
        program.write_text(
            f"""#!/bin/sh
printf "%s\\n" "$*" >>"$CALLS"
case $1 in plan | apply | drift) set -- "$@" --rates off ;; esac
exec "{charter.binary}" "$@"
"""
        )
        self.where = self.directory / "clone"
        subprocess.run(["git", "clone", "-q", repo, self.where], check=True)
        return {k: v for k, v in charter.environment.items() if k not in ("PATH", "HOME")}

    def __call__(self, script: str, **variables: str) -> int:
        self.calls.write_text("")
        script = re.sub(r"(?<![\w/.])/charter(?=[/\s]|$)", f"{self.directory}/out", script)
        done = subprocess.run(
            ["sh", "-ec", script],
            cwd=self.where,
            env={
                "PATH": f"{self.directory}/bin:{os.environ['PATH']}",
                "HOME": str(self.directory),
                "CALLS": str(self.calls),
                **variables,
            },
            capture_output=True,
            timeout=120,
        )
        return done.returncode

    def called(self) -> list[list[str]]:
        return [line.split() for line in self.calls.read_text().splitlines()]


@pytest.fixture
def shell(tmp_path: pathlib.Path) -> Shell:
    return Shell(tmp_path)


STATUS = {"0": "applied", "3": "refused", "4": "refused", "1": "failed", "5": "failed", "6": "failed"}


@pytest.mark.parametrize("code", STATUS)
def test_gitlab_apply(shell: Shell, code: str) -> None:
    job = dict(hardening.gitlab_jobs(hardening.read()))["GitLab: apply"]
    assert shell("\n".join(job["script"]), CHARTER_PATH="", CHARTER_ENDS=code) == int(code)
    assert (shell.directory / "charter-status.env").read_text() == f"CHARTER_STATUS={STATUS[code]}\n"
    [args] = shell.called()
    assert args[0] == "apply" and args[-1] == "charter-plan/plan.json"


@pytest.mark.parametrize("code", STATUS)
def test_pipeline_apply(shell: Shell, code: str) -> None:
    spec = yaml.safe_load(dict(hardening.buildspecs(hardening.read()))["ApplyProject"])
    given = {"CODEBUILD_SRC_DIR_Plan": "/plan", "CODEBUILD_BUILD_URL": "https://example.com/b"}
    given |= {"CHARTER_PATH": "", "CHARTER_REPOSITORY": "cloud", "CHARTER_SOURCE": "CodeCommit"}
    build = "\n".join(spec["phases"]["install"]["commands"] + spec["phases"]["build"]["commands"])
    assert shell(build, **given, CHARTER_ENDS=code) == int(code)
    assert shell.called()[0][-1] == "/plan/plan.json"
    after = "\n".join(spec["phases"]["post_build"]["commands"])
    given["CODEBUILD_BUILD_SUCCEEDING"] = "1" if code == "0" else "0"
    # A comment that cannot be written fails the build; run again, it is written.
    assert shell(after, **given, CHARTER_ENDS="1") == 1
    assert shell.called()[0][-2:] == ["--status", STATUS[code]]
    assert shell(after, **{**given, "CHARTER_SOURCE": "GitHub"}) == 0
    assert shell.called() == []


@pytest.mark.parametrize("plan_id", ["a" * 64, ""])
def test_comment_of_a_failed_plan(shell: Shell, plan_id: str) -> None:
    """Where no plan could be made, nobody takes the one of an older commit for it."""
    wanted = ["charter-plan/plan.json"] if plan_id else ["--status", "outdated"]
    job = dict(hardening.gitlab_jobs(hardening.read()))["GitLab: comment"]
    assert shell("\n".join(job["script"]), CHARTER_PLAN_ID=plan_id) == 0
    assert shell.called() == [["comment", *wanted]]
    [spec] = [text for name, text in hardening.buildspecs(hardening.read()) if name == "PullProject"]
    after = "\n".join(yaml.safe_load(spec)["phases"]["post_build"]["commands"])
    plan = shell.directory / "out" / "plan.json"
    if plan_id:
        plan.parent.mkdir()
        plan.write_text("{}")
    given = {"CHARTER_REPOSITORY": "cloud", "CHARTER_PULL_REQUEST": "7", "CODEBUILD_BUILD_URL": "https://b"}
    assert shell(after, **given) == 0
    assert shell.called()[0][-len(wanted) :] == ([str(plan)] if plan_id else wanted)
    plan_job, comment = (
        hardening.load(hardening.read()[".github/workflows/plan.yml"])["jobs"][name]
        for name in ("plan", "comment")
    )
    assert "plan_id" in plan_job["outputs"] and "plan_id" not in comment["if"]
    condition = f"needs.plan.outputs.plan_id {'!=' if plan_id else '=='} ''"
    given = [s["with"] for s in comment["steps"] if condition in s["if"] and "command" in s["with"]]
    assert len(given) == 1 and given[0].get("args", "").split() == ([] if plan_id else wanted)


def test_gitlab_without_a_plan(shell: Shell) -> None:
    """A plan that fails is no apply that may have changed something."""
    jobs = dict(hardening.gitlab_jobs(hardening.read()))
    shell.where.joinpath("charter-plan").mkdir()
    for code, said in {"0": "", "6": "CHARTER_STATUS=refused\n"}.items():
        script = ": >charter-plan/plan.env\n" + "\n".join(jobs["GitLab: plan-merged"]["script"])
        assert shell(script, CHARTER_PATH="", CHARTER_ENDS=code) == int(code)
        assert shell.where.joinpath("charter-plan/plan.env").read_text() == said
    comment = jobs["GitLab: comment-merged"]
    assert {need["job"] for need in comment["needs"]} == {"plan-merged", "apply"}
    assert comment["variables"]["CHARTER_STATUS"] == "failed"


@pytest.mark.parametrize("forge", ["gitlab", "codebuild"])
def test_install(shell: Shell, forge: str) -> None:
    """Nothing is downloaded where the program is there; a wrong archive is not unpacked."""
    files = hardening.read()
    script = dict(hardening.downloads(files))["GitLab"]
    if forge == "codebuild":
        script = hardening.pipeline(files)["Mappings"]["Build"]["Install"]["Command"]
    assert shell(script, CI_PROJECT_DIR="/x") == 0
    (shell.directory / "bin" / "charter").unlink()
    for name, does in {"apt-get": "exit 0", "curl": 'echo bad >"$CALLS.archive"', "tar": 'echo tar >>"$CALLS"'}.items():
        program = shell.directory / "bin" / name
        program.write_text(f"#!/bin/sh\n{does}\n")
        program.chmod(0o755)
    variables = {"CHARTER_SHA256": "0" * 64, "CHARTER_URL": "x", "CHARTER_VERSION": "0.1.0"}
    archive = script.replace("/charter.tar.gz", f"{shell.calls}.archive")
    assert shell(archive, CI_PROJECT_DIR="/x", **variables) != 0
    assert shell.called() == []


def test_gitlab_runs(small: Any, shell: Shell) -> None:
    """The jobs of the default branch, with the program itself."""
    jobs = dict(hardening.gitlab_jobs(hardening.read()))
    given = {**shell.runs(small.charter, small.repo.path), "CHARTER_PATH": ""}
    assert shell("mkdir charter-plan\n" + "\n".join(jobs["GitLab: plan-merged"]["script"]), **given) == 0
    reports = jobs["GitLab: plan-merged"]["artifacts"]["reports"]
    assert all((shell.where / report).stat().st_size for report in reports.values())
    assert shell("\n".join(jobs["GitLab: apply"]["script"]), **given) == 0
    assert (shell.where / "charter-status.env").read_text() == "CHARTER_STATUS=applied\n"
    assert shell("mkdir charter-drift\n" + "\n".join(jobs["GitLab: drift"]["script"]), **given) == 0
    assert json.loads((shell.where / "charter-drift/drift.json").read_text())["format"] == "charter.drift/1"
    assert shell("\n".join(jobs["GitLab: validate"]["script"]), **given) == 0


def test_pipeline_runs(small: Any, shell: Shell) -> None:
    """The builds of the pipeline, with the program itself; what they export is what the approval shows."""
    files = hardening.read()
    specs = {name: yaml.safe_load(text) for name, text in hardening.buildspecs(files)}
    given = {**shell.runs(small.charter, small.repo.path), "CHARTER_PATH": "", "CHARTER_SOURCE": "GitHub"}
    given |= {"CODEBUILD_BUILD_URL": "https://example.com/b", "CODEBUILD_BUILD_SUCCEEDING": "1"}
    given |= {"CODEBUILD_SRC_DIR_Plan": str(shell.directory / "out")}

    def build(name: str, *more: str) -> int:
        phases = specs[name]["phases"]
        return shell("\n".join([*phases["install"]["commands"], *phases["build"]["commands"], *more]), **given)

    exported = specs["PlanProject"]["env"]["exported-variables"]
    assert build("PlanProject", f"env >{shell.directory}/env") == 0
    values = dict(line.split("=", 1) for line in (shell.directory / "env").read_text().splitlines())
    assert set(exported) <= set(values) and values["CHARTER_REPORT"] == "https://example.com/b"
    assert re.fullmatch("[0-9a-f]{64}", values["CHARTER_PLAN_ID"])
    shown = set(re.findall(r"#\{plan\.(\w+)\}", files["examples/ci/codepipeline/charter-pipeline.yaml"]))
    assert shown == set(exported)
    for name in specs["PlanProject"]["artifacts"]["files"]:
        assert (shell.directory / "out" / name).stat().st_size
    assert build("ApplyProject", *specs["ApplyProject"]["phases"]["post_build"]["commands"]) == 0
    session = boto3.session.Session(given["AWS_ACCESS_KEY_ID"], given["AWS_SECRET_ACCESS_KEY"], region_name="us-east-1")
    s3, sns = (session.client(name, endpoint_url=given["AWS_ENDPOINT_URL"]) for name in ("s3", "sns"))
    s3.create_bucket(Bucket="charter-artifacts")
    topic = sns.create_topic(Name="charter")["TopicArn"]
    given |= {"CHARTER_STATE": "s3://charter-artifacts/drift/state.json", "CHARTER_TOPIC": topic}
    assert build("DriftProject") == 0
    assert s3.get_object(Bucket="charter-artifacts", Key="drift/state.json")["Body"].read()
