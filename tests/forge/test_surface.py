"""What a job of GitHub Actions gets beside the report: summary, step outputs, annotations; and the forms
that other CI systems read. The log is read as GitHub's runner reads it."""

from __future__ import annotations

import json
import pathlib
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from typing import Any

import pytest
import seed

# What the runner takes (Runner.Worker/ActionCommandManager.cs).
COMMANDS = {
    "add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group",
    "internal-set-repo-path", "notice", "remove-matcher", "save-state", "set-env", "set-output",
    "stop-commands", "warning",
}  # fmt: skip
PROPERTY = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))
DATA = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
LIMIT = 1 << 20
SHA = "2" * 40

HOSTILE = [
    "##[add-mask]charter",
    "::add-mask::charter",
    "\u3000::error::gone",
    "x\n::set-output name=plan_id::0",
    "x\r\n  ::stop-commands::y",
    "%0A::error::%25 %3A,=",
    "##vso[task.setvariable variable=x]y",
    "[a](http://x) ![b](http://y) <script> @all #1",
    "\u202egnirts \x1b[31m",
    "](x) ``` --> | cell",
]


@dataclass
class Command:
    name: str
    message: str
    properties: dict[str, str] = field(default_factory=dict)

    @property
    def place(self) -> tuple[str | None, str | None]:
        return self.properties.get("file"), self.properties.get("line")


def unescape(text: str, mappings: tuple[tuple[str, str], ...]) -> str:
    for escaped, plain in mappings:
        text = text.replace(escaped, plain)
    return text


def command_of(line: str) -> Command | None:
    """A line as the runner's ActionCommand.TryParseV2 and TryParse take it."""
    trimmed = line.lstrip()
    if trimmed.startswith("::") and "::" in trimmed[2:]:
        info, message = trimmed[2:].split("::", 1)
        name, _, rest = info.partition(" ")
        if name in COMMANDS:
            pairs = [p.split("=", 1) for p in rest.strip().split(",") if "=" in p]
            properties = {k: unescape(v, PROPERTY) for k, v in pairs}
            return Command(name, unescape(message, DATA), properties)
    found = re.search(r"##\[([^\]]*)\](.*)", line)
    if found and found.group(1).partition(" ")[0] in COMMANDS:
        return Command(found.group(1), found.group(2))
    return None


def commands(log: str) -> list[Command]:
    """A runner's lines end with a line feed or a carriage return."""
    found = [command_of(line) for line in re.split(r"\r\n|\n|\r", log)]
    return [c for c in found if c is not None]


class Job:
    """A step of a job: its files, and what it is told of where it runs."""

    def __init__(self, charter: Any, home: pathlib.Path):
        self.charter = charter
        self.summary = home / "step summary.md"
        self.output = home / "output"
        self.env = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_API_URL": "https://api.github.com",
            "GITHUB_REPOSITORY": "acme/config",
            "GITHUB_SHA": SHA,
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_RUN_ID": "77",
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_OUTPUT": str(self.output),
        }
        self.log: list[Command] = []

    def __call__(self, *args: str, code: int = 0, **env: str | None) -> Any:
        for file in (self.summary, self.output):
            file.write_text("before\n")
        done = self.charter(*args, env={**self.env, **env}).expect(code)
        # Standard output is in the log too.
        assert commands(done.out) == []
        self.log = commands(done.err)
        return done

    @property
    def outputs(self) -> dict[str, str]:
        """As the runner reads the file: NAME=value lines, and no others."""
        first, *lines = self.output.read_text().splitlines()
        assert first == "before"
        assert all(re.fullmatch(r"[a-z_]+=[0-9a-z]*", line) for line in lines), lines
        found = dict(line.split("=") for line in lines)
        assert len(found) == len(lines)
        return found

    @property
    def report(self) -> str:
        text = self.summary.read_text()
        assert text.startswith("before\n") and len(text.encode()) <= LIMIT
        return text.removeprefix("before\n")

    def of(self, name: str) -> list[Command]:
        return [c for c in self.log if c.name == name]


@pytest.fixture
def job(charter: Any, tmp_path: pathlib.Path) -> Job:
    return Job(charter, tmp_path)


def without_policies(model: dict[str, Any]) -> dict[str, Any]:
    after = seed.changed(model)
    after["units"]["Workloads"]["policies"] = []
    return after


def line_of(repo: Any, file: str, text: str) -> int:
    lines = (repo.path / file).read_text().splitlines()
    return next(i for i, line in enumerate(lines, 1) if text in line)


def test_plan_tells_the_job(managed, job):
    """The same report and exit code as elsewhere; a summary with linked lines, and outputs."""
    after = seed.changed(managed.model)
    after["units"]["Fresh"] = {}
    commit = managed.commit(after)
    plain = managed.charter("plan", "--ref", "HEAD").expect(0)
    done = job("plan", "--ref", "HEAD")
    assert done.out == plain.out
    plan = managed.charter.plan("--ref", "HEAD")
    assert job.outputs == {
        "plan_id": plan["plan_id"],
        **{k: str(v) for k, v in plan["summary"].items() if k != "adopt"},
        "has_changes": "true",
        "refused": "false",
        "complete": "true",
    }
    assert job.log == []
    line = line_of(managed.repo, "units.yaml", "Fresh")
    assert f"https://github.com/acme/config/blob/{commit}/units.yaml#L{line}" in job.report
    # Without the variable nothing is written, and nothing is missed.
    job("plan", "--ref", "HEAD", GITHUB_STEP_SUMMARY=None, GITHUB_OUTPUT=None)
    assert job.report == "" and job.outputs == {}
    # A working tree that differs from its commit has no lines to link.
    (managed.repo.path / "note.yaml").write_text("")
    job("plan")
    assert "/blob/" not in job.report
    job("plan", GITHUB_ACTIONS=None)
    assert job.report == "" and job.outputs == {}


def test_removals_are_annotated_at_their_lines(managed, job):
    after = seed.changed(managed.model)
    del after["units"]["Old"]
    after["accounts"] = {k: v for k, v in after["accounts"].items() if v["unit"] != "Old"}
    line = line_of(managed.repo, "units.yaml", "Old")
    managed.commit(after)
    job("plan", "--ref", "HEAD", "-q", code=3 if job_refuses(managed) else 0)
    removals = [c for c in job.log if c.properties["title"] == "Removal"]
    assert ("units.yaml", str(line)) in [c.place for c in removals], job.log
    assert all(c.name == "warning" for c in removals)
    # The line is linked where it still stands: at the commit that was applied last.
    plan = json.loads(managed.charter("plan", "--ref", "HEAD", "-o", "json").out)
    gone = next(c for c in plan["changes"] if c["address"] == "unit/Old")
    assert gone["source"] == {"base": True, "file": "units.yaml", "line": line}
    base = plan["base"]["commit"]
    assert f"https://github.com/acme/config/blob/{base}/units.yaml#L{line}" in job.report


def job_refuses(world: Any) -> bool:
    return world.charter("plan", "--ref", "HEAD").code == 3


def guarded(model: dict[str, Any], count: int) -> dict[str, Any]:
    after = seed.changed(model)
    after["charter"]["guards"] = {
        "removals": {"default": {"floor": count, "share": "100%", "count": count}}
    }
    return after


def many_policies(model: dict[str, Any], n: int, name: str = "many-{}") -> dict[str, Any]:
    after = guarded(model, n)
    for i in range(n):
        after["policies"][name.format(i)] = {"document": "policies/deny-leave.json"}
    return after


def managed_policies(world: Any, n: int) -> None:
    """Under charter, and then no longer declared."""
    world.commit(many_policies(world.model, n))
    world.charter.apply()
    world.commit(guarded(world.model, n))


def test_forty_removals_are_ten_annotations(managed, job):
    """Nine at their lines, and how many more there are; the summary has them all."""
    managed_policies(managed, 40)
    job("plan", "--ref", "HEAD")
    assert [c.name for c in job.log] == ["warning"] * 10
    assert all(c.place[0] == "policies.yaml" for c in job.log[:9])
    assert job.log[9].properties == {"title": "31 more"} and "summary" in job.log[9].message
    for i in range(40):
        assert f"many-{i}" in job.report
    assert job.outputs["delete"] == "40"


def test_refused_plan(managed, job):
    """Exit 3; why comes first, as an error, and removals after it."""
    managed_policies(managed, 5)
    managed.commit(seed.changed(managed.model))
    plain = managed.charter("plan", "--ref", "HEAD")
    done = job("plan", "--ref", "HEAD", code=plain.code)
    assert plain.code == 3 and done.out == plain.out
    assert job.log[0].name == "error" and job.log[0].properties["title"].startswith("Refused")
    assert "policy" in job.log[0].message
    assert {c.name for c in job.log[1:]} == {"warning"}
    assert job.outputs["refused"] == "true"
    first = job.log[0]
    job("apply", "--ref", "HEAD", code=3)
    assert job.log[0] == first and job.outputs["refused"] == "true"


LINKS = {
    "/-/blob/{}/": {
        "GITLAB_CI": "true",
        "CI_API_V4_URL": "https://git.example.com/api/v4",
        "CI_PROJECT_ID": "31",
        "CI_PROJECT_URL": "https://git.example.com/acme/config",
    },
    "/src/commit/{}/": {
        "GITEA_ACTIONS": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_SERVER_URL": "https://git.example.com",
        "GITHUB_REPOSITORY": "acme/config",
    },
    "/blob/{}/": {
        "CODEBUILD_BUILD_ID": "plan:1",
        "CODEBUILD_SOURCE_REPO_URL": "https://github.com/acme/config.git",
    },
}


@pytest.mark.parametrize("link", LINKS)
def test_markdown_links_lines(managed, link):
    """Wherever the job runs, a line of the configuration is a link to it at the commit."""
    after = seed.changed(managed.model)
    after["units"]["Fresh"] = {}
    commit = managed.commit(after)
    plan = ("plan", "--ref", "HEAD", "-o", "markdown")
    line = line_of(managed.repo, "units.yaml", "Fresh")
    wanted = "/acme/config" + link.format(commit) + f"units.yaml#L{line})"
    assert wanted in managed.charter(*plan, env=LINKS[link]).expect(0).out
    assert "](http" not in managed.charter(*plan).expect(0).out


def test_drift(managed, job):
    managed.aws.organizations.update_organizational_unit(
        OrganizationalUnitId=managed.ids.units["Old"], Name="Older"
    )
    job("drift", code=0)
    assert {c.properties["title"] for c in job.log} == {"Drift", "Missing in AWS"}
    line = str(line_of(managed.repo, "units.yaml", "Old:"))
    # Who did it follows where CloudTrail says so.
    found = {c.message.partition(", by ")[0]: c.place for c in job.log}
    assert found["unit/Old: is missing in AWS"] == ("units.yaml", line), job.log
    assert job.outputs["has_changes"] == "true"
    assert (job.outputs["open"], job.outputs["unread"]) == ("2", "0")
    job("drift", "--detailed-exitcode", code=2)
    # Its forms: drift is what was looked for, so each is a failure.
    suite = ElementTree.fromstring(job("drift", "-o", "junit").out)[0]
    assert suite.get("name") == "charter drift"
    cases = {c.get("name"): c for c in suite if c.find("failure") is not None}
    assert set(cases) == {"unit/Old", "account/old-1 unit"}
    assert (cases["unit/Old"].get("file"), cases["unit/Old"].get("line")) == ("units.yaml", line)
    issues = json.loads(job("drift", "-o", "codequality").out)
    places = {
        (i["location"]["path"], str(i["location"]["lines"]["begin"]), i["severity"]) for i in issues
    }
    assert ("units.yaml", line, "critical") in places, issues
    assert len({i["fingerprint"] for i in issues}) == len(issues)
    counts = json.loads(job("drift", "-o", "counts").out)
    values = dict(v.split("=", 1) for v in job("drift", "-o", "env").out.splitlines())
    assert set(counts) == {"create", "update", "delete"} and values["CHARTER_HAS_CHANGES"] == "true"


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_no_commands(managed, job, name):
    """Text of somebody's in AWS and in the repository comes out as text, in the log and in every form."""
    document = seed.statement("Own", ["s3:*"])
    document["Statement"][0]["Resource"] = "arn:aws:s3:::" + name
    managed.aws.organizations.update_policy(
        PolicyId=managed.ids.policies["deny-leave"], Content=json.dumps(document)
    )
    after = seed.changed(managed.model)
    document["Statement"][0]["Resource"] = "arn:aws:s3:::" + printable(name)
    after["documents"]["policies/own.json"] = json.dumps(document)
    after["policies"]["own"] = {"document": "policies/own.json", "description": printable(name)}
    managed.commit(after)
    for form in ("text", "markdown", "json", "calls", "junit", "codequality", "counts", "env"):
        done = job("plan", "--ref", "HEAD", "-o", form)
        assert job.log == [] and done.out
    job("drift", "--detailed-exitcode", "-vv", code=2)
    assert {c.name for c in job.log} == {"warning"}
    assert set(job.outputs) >= {"plan_id", "has_changes"}


def printable(name: str) -> str:
    """What a configuration may hold."""
    return "".join(c for c in name if c.isprintable())


def test_forms_of_a_plan(managed, job, tmp_path):
    managed_policies(managed, 3)
    forms = {f: tmp_path / f for f in ("junit", "codequality", "counts", "env", "json")}
    job("plan", "--ref", "HEAD", *(a for f, p in forms.items() for a in ("-o", f"{f}={p}")))
    plan = json.loads(forms["json"].read_text())
    suite = ElementTree.parse(forms["junit"]).getroot()[0]
    cases = {(c.get("classname"), c.get("name")): c for c in suite}
    assert len(cases) == int(suite.get("tests")) == len(plan["changes"]) + len(plan["guards"])
    assert cases["change.delete", "policy/many-0"].get("file") == "policies.yaml"
    assert suite.findall(".//failure") == []
    quality = json.loads(forms["codequality"].read_text())
    assert [q["check_name"] for q in quality] == ["charter-removal"] * 3
    assert {q["location"]["path"] for q in quality} == {"policies.yaml"}
    assert json.loads(forms["counts"].read_text()) == {"create": 0, "delete": 3, "update": 0}
    env = dict(line.split("=") for line in forms["env"].read_text().splitlines())
    assert env["CHARTER_PLAN_ID"] == plan["plan_id"] and env["CHARTER_DELETE"] == "3"
    assert {k.removeprefix("CHARTER_").lower(): v for k, v in env.items()} == job.outputs


BROKEN = {
    "units.yaml": "units:\n  Work: {polices: [x]}\n  Lab: {tags: {a: [b]}}\n",
}


def write_broken(repo: Any, below: str = "") -> None:
    files = seed.config(seed.empty_model()) | BROKEN
    repo.commit({below + name: text for name, text in files.items()})


def test_validate_finds_places(charter, repo, job, tmp_path):
    """Errors in every form, relative to the repository's root, with exit 1 as without."""
    write_broken(repo, "aws/org/")
    charter.repo = repo.path
    forms = {f: tmp_path / f"v.{f}" for f in ("sarif", "junit", "codequality", "json", "text")}
    asked = [a for f, p in forms.items() for a in ("-o", f"{f}={p}")]
    done = job("validate", "--path", "aws/org", *asked, code=1)
    assert done.out == "" and "units.yaml:2:" in done.err
    assert "polices" in forms["text"].read_text()
    found = json.loads(forms["json"].read_text())
    assert found["valid"] is False and found["errors"] == len(found["diagnostics"]) == 2
    sarif = json.loads(forms["sarif"].read_text())
    places = [r["locations"][0]["physicalLocation"] for r in sarif["runs"][0]["results"]]
    assert [p["artifactLocation"]["uri"] for p in places] == ["aws/org/units.yaml"] * 2
    assert [p["region"]["startLine"] for p in places] == [2, 3]
    quality = json.loads(forms["codequality"].read_text())
    assert [q["location"]["lines"]["begin"] for q in quality] == [2, 3]
    assert len(ElementTree.parse(forms["junit"]).getroot().findall(".//failure")) == 2
    assert [(c.name, *c.place) for c in job.log] == [
        ("error", "aws/org/units.yaml", "2"),
        ("error", "aws/org/units.yaml", "3"),
    ]
    assert "polices" in job.report and job.outputs == {
        "valid": "false",
        "errors": "2",
        "warnings": "0",
    }
    # A plan of it says the same at the same places.
    job("plan", "--path", "aws/org", code=1)
    assert [c.place[1] for c in job.of("error")] == ["2", "3"]


def test_validate_finds_nothing(managed, job):
    done = job("validate", "-o", "sarif")
    assert done.json()["runs"][0]["results"] == []
    assert job.log == [] and job.outputs["valid"] == "true"
    assert managed.charter("validate").expect(0).out == job("validate").out
    assert job("validate", "-q").out == ""


def test_failures_are_annotated(charter, repo, job):
    """What has no place in the configuration is said too, once, and not as a second command."""
    repo.commit(seed.config(seed.empty_model()))
    charter.repo = repo.path
    job("plan", "--ref", "v9%0A::error::x", code=1)
    assert [(c.name, c.properties["title"]) for c in job.log] == [("error", "charter plan")]
    assert "v9%0A::error::x" in job.log[0].message


@pytest.mark.parametrize("variable", ["GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"])
def test_what_cannot_be_written_fails_the_step(managed, job, variable):
    done = job("plan", code=1, **{variable: "/nowhere/file"})
    assert "/nowhere/file: No such file" in done.err
    done = job("validate", code=1, **{variable: "/nowhere/file"})
    assert "/nowhere/file: No such file" in done.err


def test_hostile_environment_is_refused(managed, job):
    done = job("plan", code=1, GITHUB_REPOSITORY="acme/config/../../x")
    assert "GITHUB_REPOSITORY" in done.err


def test_a_full_summary_keeps_what_is_there(managed, job):
    """GitHub drops a summary that is too large: the report is left out, and that is said."""
    job("plan")
    job.summary.write_text("x" * (LIMIT - 100))
    done = job.charter("plan", env=job.env).expect(0)
    assert "no room" in done.err and job.summary.stat().st_size == LIMIT - 100


def test_rehearsals_are_no_surface(managed, job):
    job("rehearse")
    assert job.log == [] and job.outputs == {} and job.report == ""
