"""The CI files by the linters that know their languages, the policies in them by the program, and their
scripts by a shell that runs them with a program that writes down how it was called."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest
import yaml

import hardening
import policies

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
        self.directory = directory
        self.calls = directory / "calls"
        program = directory / "bin" / "charter"
        program.parent.mkdir()
        program.write_text('#!/bin/sh\nprintf "%s\\n" "$*" >>"$CALLS"\nexit "${CHARTER_ENDS:-0}"\n')
        program.chmod(0o755)

    def __call__(self, script: str, **variables: str) -> int:
        self.calls.write_text("")
        script = script.replace("/charter/", f"{self.directory}/out/").replace(
            "mkdir -p /charter", f"mkdir -p {self.directory}/out"
        )
        done = subprocess.run(
            ["sh", "-c", script],
            cwd=self.directory,
            env={
                "PATH": f"{self.directory}/bin:{os.environ['PATH']}",
                "HOME": str(self.directory),
                "CALLS": str(self.calls),
                **variables,
            },
            capture_output=True,
            timeout=30,
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
    assert shell("set -e\n" + "\n".join(job["script"]), CHARTER_PATH="", CHARTER_ENDS=code) == int(code)
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
    # A comment that cannot be written does not undo the apply.
    assert shell(after, **given, CHARTER_ENDS="1") == 0
    assert shell.called()[0][-2:] == ["--status", STATUS[code]]
    assert shell(after, **{**given, "CHARTER_SOURCE": "GitHub"}) == 0
    assert shell.called() == []


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
    assert shell("set -e\n" + archive, CI_PROJECT_DIR="/x", **variables) != 0
    assert shell.called() == []
