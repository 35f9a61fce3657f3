"""The action's script as GitHub's runner runs it, with inputs that would do something if any word of
them were read as shell: the program gets them as they are, and nothing else happens."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pathlib
import platform
import re
import signal
import subprocess
import tarfile
import time
from dataclasses import dataclass, field

import pytest
import yaml

pytestmark = pytest.mark.once

ROOT = pathlib.Path(__file__).resolve().parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
VERSION = STEPS["get the program"]["env"]["CHARTER_VERSION"]

# Stands for the program: writes its arguments and environment down.
STUB = """#!/usr/bin/env python3
import json, os, sys
with open(os.environ["STUB_LOG"], "a") as log:
    print(json.dumps({"args": sys.argv[1:], "cwd": os.getcwd(), "env": dict(os.environ)}), file=log)
with open(os.environ["GITHUB_OUTPUT"], "a") as output:
    print("plan_id=0123", file=output)
sys.exit(int(os.environ.get("STUB_EXIT", "0")))
"""

HOSTILE = [
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned",
    "| touch pwned",
    "&& touch pwned #",
    "' ; touch pwned ; '",
    '" ; touch pwned ; "',
    "a\ntouch pwned\n",
    "${IFS}touch${IFS}pwned",
    "<(touch pwned)",
    "x[$(touch pwned)]",
    "*",
    "~",
    "\\$(touch pwned)",
    "::add-mask::x",
    "-x",
    "%s%n",
]


@dataclass
class Runner:
    """What a job has: a workspace, a place for outputs, and the variables of a composite step."""

    path: pathlib.Path
    inputs: dict[str, str] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)

    @property
    def workspace(self) -> pathlib.Path:
        return self.path / "workspace"

    def __post_init__(self) -> None:
        self.workspace.mkdir()
        (self.path / "temp").mkdir()
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.path),
            "RUNNER_TEMP": str(self.path / "temp"),
            "GITHUB_OUTPUT": str(self.path / "output"),
            "STUB_LOG": str(self.path / "log"),
            "CHARTER_RELEASES": (self.path / "releases").as_uri(),
        }
        self.inputs = {
            name: str(spec.get("default", "")) for name, spec in ACTION["inputs"].items()
        }

    def step(self, name: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Runs a step's `run` with its `env`, each expression in the place where it stands."""
        known = {f"inputs.{key}": value for key, value in self.inputs.items()}
        known["github.action_path"] = str(ROOT)
        values = {
            key: re.sub(r"\$\{\{ (\S+) \}\}", lambda found: known[found[1]], str(value))
            for key, value in STEPS[name]["env"].items()
        }
        script = self.path / "script.sh"
        script.write_text(STEPS[name]["run"])
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.workspace,
            env={**self.env, **values, **env},
            capture_output=True,
            text=True,
            timeout=60,
        )

    def install(self, **env: str) -> subprocess.CompletedProcess[str]:
        return self.step("get the program", **env)

    def run(self, **inputs: str) -> subprocess.CompletedProcess[str]:
        self.inputs |= {name.replace("_", "-"): value for name, value in inputs.items()}
        return self.step("charter")

    def calls(self) -> list[dict]:
        log = self.path / "log"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def outputs(self) -> list[str]:
        return (self.path / "output").read_text().splitlines()


def release(runner: Runner, version: str = VERSION) -> dict[str, str]:
    """A release in a directory; the checksums that action.yml would hold."""
    name = f"charter-{version}-linux-{platform.machine()}"
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as tar:
        info = tarfile.TarInfo(f"{name}/bin/charter")
        info.mode, info.size = 0o755, len(STUB)
        tar.addfile(info, io.BytesIO(STUB.encode()))
    place = runner.path / "releases" / f"v{version}"
    place.mkdir(parents=True)
    (place / f"{name}.tar.gz").write_bytes(data.getvalue())
    checksum = hashlib.sha256(data.getvalue()).hexdigest()
    return {f"CHARTER_SHA256_{platform.machine().upper()}": checksum}


@pytest.fixture
def runner(tmp_path: pathlib.Path) -> Runner:
    return Runner(tmp_path)


@pytest.fixture
def installed(runner: Runner) -> Runner:
    done = runner.install(**release(runner))
    assert done.returncode == 0, done.stderr
    return runner


def test_no_expression_in_a_script() -> None:
    for step in STEPS.values():
        assert "${{" not in step["run"]
    assert set(ACTION["outputs"]) == {
        "plan_id", "create", "update", "delete", "drift", "open", "fresh", "resolved", "unread",
        "has_changes", "refused", "exit-code",
    }  # fmt: skip
    used = set(re.findall(r"inputs\.([\w-]+)", str(ACTION["runs"])))
    assert used == set(ACTION["inputs"])
    assert "github.token" not in (ROOT / "action.yml").read_text()


def test_inputs_and_outputs_are_documented() -> None:
    page = (ROOT / "docs/install.md").read_text()
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    told = {name for row in rows for name in re.findall(r"`([\w-]+)`", row)}
    assert {*ACTION["inputs"], *ACTION["outputs"]} <= told


def test_version_is_the_programs() -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(rf"^VERSION := {re.escape(VERSION)}$", makefile, re.M)


def test_a_release_by_its_checksum(runner: Runner) -> None:
    checksums = release(runner)
    assert runner.install(**checksums).returncode == 0
    assert (runner.path / "temp/charter-program/bin/charter").exists()
    assert runner.run(command="validate").returncode == 0


def test_another_file_is_refused(runner: Runner) -> None:
    checksums = {name: "0" * 64 for name in release(runner)}
    done = runner.install(**checksums)
    assert done.returncode == 1 and "checksum" in done.stderr
    assert not (runner.path / "temp/charter-program/bin").exists()


def test_a_release_that_is_not_there(runner: Runner) -> None:
    done = runner.install(**{f"CHARTER_SHA256_{platform.machine().upper()}": "0" * 64})
    assert done.returncode == 1 and "cannot be fetched" in done.stderr


@pytest.mark.parametrize(
    ("inputs", "args"),
    [
        ({"command": "validate"}, ["validate", "--ref=HEAD"]),
        ({"command": "validate", "ref": "", "path": "a b"}, ["validate", "--path=a b"]),
        (
            {"command": "plan", "target": "origin/main", "plan_file": "p.json",
             "args": "-o markdown=p.md\n  -o\ttext"},
            ["plan", "--ref=HEAD", "--target=origin/main", "-o", "markdown=p.md", "-o", "text",
             "--out=p.json"],
        ),
        ({"command": "apply", "plan_file": "p.json"}, ["apply", "--ref=HEAD", "./p.json"]),
        ({"command": "apply", "plan_file": "/a/p.json"}, ["apply", "--ref=HEAD", "/a/p.json"]),
        ({"command": "drift"}, ["drift", "--ref=HEAD"]),
        ({"command": "rehearse", "target": "main"}, ["rehearse", "--ref=HEAD", "--target=main"]),
        ({"command": "comment", "plan_file": "-p"}, ["comment", "./-p"]),
        ({"command": "comment", "args": "--status applied"}, ["comment", "--status", "applied"]),
        ({"command": "doctor", "path": "o"}, ["doctor", "--path=o", "--ref=HEAD"]),
    ],
)  # fmt: skip
def test_words(installed: Runner, inputs: dict[str, str], args: list[str]) -> None:
    done = installed.run(**inputs)
    assert done.returncode == 0, done.stderr
    assert [call["args"] for call in installed.calls()] == [args]


@pytest.mark.parametrize(
    "inputs",
    [
        {"command": "selftest"},
        {"command": ""},
        {"command": "plan; id"},
        {"command": "plan\nid"},
        {"command": "apply", "target": "origin/main"},
        {"command": "validate", "plan_file": "p.json"},
        {"command": "plan", "working_directory": "nowhere"},
    ],
)
def test_refused(installed: Runner, inputs: dict[str, str]) -> None:
    done = installed.run(**inputs)
    assert done.returncode == 1 and done.stderr.startswith(("::error::charter: ", "/"))
    assert installed.calls() == []
    assert done.stderr.count("::error::") == 1


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_inputs(installed: Runner, hostile: str) -> None:
    """In every input at once: each arrives in one piece; `args` in as many as it has words."""
    (installed.workspace / "file").write_text("for a glob to find\n")
    done = installed.run(
        command="plan", path=hostile, ref=hostile, target=hostile, plan_file=hostile, args=hostile
    )
    assert done.returncode == 0, done.stderr
    (call,) = installed.calls()
    assert call["args"] == [
        "plan", f"--path={hostile}", f"--ref={hostile}", f"--target={hostile}",
        *hostile.split(), f"--out={hostile}",
    ]  # fmt: skip
    assert done.stdout == "" and done.stderr == ""
    assert not list(installed.path.rglob("pwned"))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_command_and_directory(installed: Runner, hostile: str) -> None:
    assert installed.run(command=hostile).returncode == 1
    assert installed.run(command="plan", working_directory=f"no/{hostile}").returncode == 1
    assert installed.calls() == [] and not list(installed.path.rglob("pwned"))


def test_the_token(installed: Runner) -> None:
    """Goes in as GITHUB_TOKEN, under no other name and on no command line; none, if none is given."""
    installed.run(command="plan")
    installed.run(command="comment", token="canary$(id)")
    first, second = installed.calls()
    assert "GITHUB_TOKEN" not in first["env"]
    assert second["env"]["GITHUB_TOKEN"] == "canary$(id)"
    assert [name for name, value in second["env"].items() if "canary" in value] == ["GITHUB_TOKEN"]
    assert "canary" not in str(second["args"])


@pytest.mark.parametrize("code", [0, 1, 2, 3, 4, 5, 6, 130])
def test_exit_code(installed: Runner, code: int) -> None:
    installed.env["STUB_EXIT"] = str(code)
    assert installed.run(command="apply").returncode == code
    assert installed.outputs() == ["plan_id=0123", f"exit-code={code}"]


def test_working_directory(installed: Runner) -> None:
    (installed.workspace / "a dir").mkdir()
    assert installed.run(command="plan", working_directory="a dir").returncode == 0
    assert installed.calls()[0]["cwd"] == str(installed.workspace / "a dir")


def test_the_program_takes_these_words(
    runner: Runner, binary: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    """Not the stub: the options that the script makes are the program's."""
    place = tmp_path / "temp/charter-program/bin"
    place.mkdir(parents=True)
    (place / "charter").symlink_to(binary)
    assert runner.install().returncode == 0
    subprocess.run(["cp", "-r", f"{ROOT}/examples/organization", runner.workspace / "o"], check=True)
    done = runner.run(command="validate", path="o", ref="")
    assert done.returncode == 0, done.stderr
    for command in ("validate", "plan", "apply", "drift", "rehearse", "doctor"):
        shown = subprocess.run([binary, "help", command], capture_output=True, text=True).stdout
        takes = {"--ref", "--path"} | ({"--target"} if command in ("plan", "rehearse") else set())
        assert takes <= set(re.findall(r"--[a-z-]+", shown)), command
    for command in ("comment", "show"):
        shown = subprocess.run([binary, "help", command], capture_output=True, text=True).stdout
        assert not re.findall(r"--(?:ref|path|target)\b", shown), command


# Stands for an apply: ends what is in flight at the first signal, leaves at the second.
PATIENT = """#!/usr/bin/env python3
import os, signal, sys, time
seen = []
signal.signal(signal.SIGTERM, lambda *_: seen.append(1))
open(os.environ["STUB_LOG"], "w").close()
end = time.time() + 20
while time.time() < end and len(seen) < int(os.environ["STUB_SIGNALS"]):
    time.sleep(0.05)
if seen:
    time.sleep(0.5)
sys.exit(143 if seen else 0)
"""


@pytest.mark.parametrize("signals", [[signal.SIGINT], [signal.SIGINT, signal.SIGTERM]])
def test_a_cancelled_job_ends_the_program(tmp_path: pathlib.Path, signals: list[int]) -> None:
    """The runner signals the step's shell, and nothing below it."""
    runner = Runner(tmp_path)
    program = tmp_path / "temp" / "charter-program" / "bin" / "charter"
    program.parent.mkdir(parents=True)
    program.write_text(PATIENT)
    program.chmod(0o755)
    inputs = {f"INPUT_{name.replace('-', '_').upper()}": "" for name in ACTION["inputs"]}
    inputs |= {"INPUT_COMMAND": "apply", "INPUT_WORKING_DIRECTORY": ".", "ACTION_PATH": str(ROOT)}
    script = tmp_path / "script.sh"
    script.write_text(STEPS["charter"]["run"])
    step = subprocess.Popen(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
        cwd=runner.workspace,
        env={**runner.env, **inputs, "STUB_SIGNALS": str(len(signals))},
        start_new_session=True,
        # What is ignored when a shell begins it cannot trap, and who starts tests in the background
        # ignores interrupts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    started = time.monotonic()
    while not (tmp_path / "log").exists() and time.monotonic() < started + 20:
        time.sleep(0.05)
    for number in signals:
        step.send_signal(number)
        time.sleep(0.3)
    assert step.wait(timeout=30) == 143
    assert (tmp_path / "output").read_text() == "exit-code=143\n"
