"""The points of docs/hardening.md as checks over the workflows, the GitLab file and the CloudFormation
templates: check() returns what breaks each point, by its name."""

from __future__ import annotations

import functools
import pathlib
import re
from typing import Any, Callable, Iterator

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES = [
    *(f".github/workflows/{name}.yml" for name in ("plan", "apply", "drift")),
    *(f"examples/ci/github/charter-{name}.yml" for name in ("plan", "apply", "drift")),
    "examples/ci/github/roles.yaml",
    "examples/ci/gitlab/.gitlab-ci.yml",
    "examples/ci/gitlab/roles.yaml",
    "examples/ci/codepipeline/charter-pipeline.yaml",
]
Text = dict[str, str]
Found = Iterator[str]


class Loader(yaml.SafeLoader):
    """CloudFormation's and GitLab's tags as {tag: value}; `on` is a word."""


def tagged(loader: Loader, tag: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return {tag: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {tag: loader.construct_sequence(node, deep=True)}
    return {tag: loader.construct_mapping(node, deep=True)}


Loader.add_multi_constructor("!", tagged)
Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in rules if tag != "tag:yaml.org,2002:bool"]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf")
)


@functools.lru_cache(maxsize=None)
def load(text: str) -> Any:
    """What is returned is nobody's to change."""
    return yaml.load(text, Loader)


def read() -> Text:
    return {name: (ROOT / name).read_text() for name in FILES}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def leaves(value: Any) -> Iterator[Any]:
    """Every scalar of it, whatever conditions it stands in."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    else:
        yield value


# --- GitHub


def workflows(files: Text) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, text in files.items():
        if name.endswith(".yml") and "gitlab" not in name:
            yield name, load(text)


def jobs(files: Text) -> Iterator[tuple[str, dict[str, Any]]]:
    """The jobs that have steps: those of the reusable workflows."""
    for name, workflow in workflows(files):
        for job_name, job in workflow["jobs"].items():
            if "steps" in job:
                yield f"{name}: {job_name}", job


def steps_of(job: dict[str, Any], command: str) -> list[dict[str, Any]]:
    return [s for s in job["steps"] if s.get("with", {}).get("command") == command]


def events(files: Text) -> Found:
    allowed = {"pull_request", "push", "schedule", "workflow_dispatch", "workflow_call"}
    for name, workflow in workflows(files):
        on = workflow["on"]
        for event in set(on if isinstance(on, (dict, list)) else [on]) - allowed:
            yield f"{name}: {event}"


def permissions(files: Text) -> Found:
    for name, workflow in workflows(files):
        if workflow.get("permissions") != {}:
            yield f"{name}: the top level grants {workflow.get('permissions')}"
        for job_name, job in workflow["jobs"].items():
            granted = job.get("permissions")
            if not isinstance(granted, dict) or granted.get("contents") == "write":
                yield f"{name}: {job_name} has {granted}"


def called(files: Text) -> Found:
    """A workflow that is called may ask for no more than its caller gives: GitHub starts neither then."""
    asked: dict[str, set[tuple[str, str]]] = {}
    for name, workflow in workflows(files):
        for job in workflow["jobs"].values():
            asked.setdefault(name, set()).update((job.get("permissions") or {}).items())
    for name, workflow in workflows(files):
        for job in workflow["jobs"].values():
            path = str(job.get("uses", "")).partition("@")[0].partition("/.github/")[2]
            given = {**(job.get("permissions") or {})}
            for scope, access in sorted(asked.get(f".github/{path}", set()) if path else ()):
                if given.get(scope) not in ("write", access):
                    yield f"{name}: calls {path}, which asks for {scope}: {access}"


def comment_job(files: Text) -> Found:
    """Who writes to the forge has nothing of AWS, and the other way round."""
    for name, job in jobs(files):
        granted = job["permissions"]
        writes = [scope for scope, to in granted.items() if to == "write" and scope != "id-token"]
        words = [str(word) for word in leaves(job)]
        if writes and ("id-token" in granted or any("AWS_" in w or "role" in w for w in words)):
            yield f"{name}: writes {writes} and reaches AWS"
        if writes and any("actions/checkout" in w for w in words):
            yield f"{name}: writes {writes} beside a checkout"
        if "id-token" in granted and any("token" in s.get("with", {}) for s in job["steps"]):
            yield f"{name}: reaches AWS and has a token of the forge"
        for step in steps_of(job, "comment"):
            # A drift report becomes an issue.
            scope = "issues" if "drift.json" in step["with"].get("plan-file", "") else "pull-requests"
            if granted.get(scope) != "write" or "token" not in step["with"]:
                yield f"{name}: cannot comment"
    for name, job in gitlab_jobs(files):
        comments = any("charter comment" in line for line in job.get("script", []))
        if comments and ("id_tokens" in job or "AWS_ROLE_ARN" in job.get("variables", {})):
            yield f"{name}: comments and reaches AWS"
        if comments and job.get("variables", {}).get("GIT_STRATEGY") != "none":
            yield f"{name}: comments beside a checkout"
        if comments and "name" not in job.get("environment", {}):
            yield f"{name}: its token is every job's"


def forks(files: Text) -> Found:
    same = "github.event.pull_request.head.repo.full_name == github.repository"
    for name, job in jobs(files):
        if not name.startswith(".github/workflows/plan.yml"):
            continue
        if "id-token" in job["permissions"] and same not in job.get("if", ""):
            yield f"{name}: reaches AWS for a fork"
    same = "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_MERGE_REQUEST_PROJECT_ID"
    for name, job in gitlab_jobs(files):
        for rule in job.get("rules", []):
            of_request = '"merge_request_event"' in rule["if"]
            if of_request and "validate" not in name and same not in rule["if"]:
                yield f"{name}: runs for a fork"


def environment(files: Text) -> Found:
    """An apply waits for people, and the role that writes is in no other job."""
    for name, job in jobs(files):
        applies = bool(steps_of(job, "apply"))
        if applies and "environment" not in job:
            yield f"{name}: applies without an environment"
        if not applies and any("apply-role" in str(word) for word in leaves(job)):
            yield f"{name}: has the role that writes"
    for name, job in gitlab_jobs(files):
        applies = any("charter apply" in line for line in job.get("script", []))
        if not applies and "apply" in str(job.get("variables", {}).get("AWS_ROLE_ARN", "")):
            yield f"{name}: has the role that writes"
        if not applies:
            continue
        if job.get("environment", {}).get("name") != "production":
            yield f"{name}: applies without an environment"
        for rule in job["rules"]:
            if rule.get("when") != "manual" or "$CI_DEFAULT_BRANCH" not in rule["if"]:
                yield f"{name}: applies without a person"
    template = pipeline(files)
    kinds = [action["ActionTypeId"]["Category"] for action in actions(template)]
    if kinds != ["Source", "Source", "Build", "Approval", "Build"]:
        yield f"pipeline: {kinds}"
    for action in actions(template):
        told = action["Configuration"].get("CustomData", "")
        if action["ActionTypeId"]["Category"] == "Approval" and not (
            "#{plan.CHARTER_PLAN_ID}" in told
            and "#{plan.CHARTER_DELETE}" in told
            and action["Configuration"].get("ExternalEntityLink") == "#{plan.CHARTER_REPORT}"
        ):
            yield "pipeline: the approval does not show the plan"


def same_plan(files: Text) -> Found:
    """What is applied is the saved plan, and no file of the repository can be taken for it."""
    for name, job in jobs(files):
        for step in [*steps_of(job, "apply"), *steps_of(job, "plan"), *steps_of(job, "comment")]:
            given = step["with"]
            by_status = "--status" in given.get("args", "")
            if not by_status and "${{ runner.temp }}/" not in given.get("plan-file", ""):
                yield f"{name}: {given['command']} with {given.get('plan-file')}"
    for name, job in gitlab_jobs(files):
        for line in job.get("script", []):
            if "charter apply" in line and "charter-plan/plan.json" not in line:
                yield f"{name}: applies another plan"
    for name, text in buildspecs(files):
        if "charter apply" in text and "$CODEBUILD_SRC_DIR_Plan/plan.json" not in text:
            yield f"{name}: applies another plan"


def concurrency(files: Text) -> Found:
    for name, workflow in workflows(files):
        if any("apply.yml" in job.get("uses", "") for job in workflow["jobs"].values()):
            if workflow.get("concurrency", {}).get("cancel-in-progress") is not False:
                yield f"{name}: an apply may be cut short"
            if workflow["concurrency"]["group"] != "charter-apply":
                yield f"{name}: two applies at once"
    for name, job in gitlab_jobs(files):
        if any("charter apply" in line for line in job.get("script", [])):
            if job.get("interruptible") is not False or "resource_group" not in job:
                yield f"{name}: an apply may be cut short, or two run at once"
    if pipeline(files)["Resources"]["Pipeline"]["Properties"].get("ExecutionMode") != "QUEUED":
        yield "pipeline: a later run takes the place of an earlier one"


def pins(files: Text) -> Found:
    for name, _ in workflows(files):
        for line in files[name].splitlines():
            if re.match(r"\s*(- )?uses:", line) and not re.search(
                r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line
            ):
                yield f"{name}: {line.strip()}"
    for name, text in downloads(files):
        if "sha256sum -c -" not in text or "--proto =https" not in text:
            yield f"{name}: takes what it gets"


def scripts(files: Text) -> Found:
    for name, job in jobs(files):
        for step in job["steps"]:
            if "${{" in step.get("run", ""):
                yield f"{name}: an expression in a script"


def checkouts(files: Text) -> Found:
    for name, job in jobs(files):
        for step in job["steps"]:
            if not step.get("uses", "").startswith("actions/checkout@"):
                continue
            if step.get("with", {}).get("persist-credentials") is not False:
                yield f"{name}: leaves the token in the checkout"
            if "id-token" in job["permissions"] and step["with"].get("fetch-depth") != 0:
                yield f"{name}: without the history"
    if load(files["examples/ci/gitlab/.gitlab-ci.yml"])["variables"]["GIT_DEPTH"] != 0:
        yield "GitLab: without the history"


def timeouts(files: Text) -> Found:
    for name, job in jobs(files):
        if not isinstance(job.get("timeout-minutes"), int):
            yield name
    for name, job in gitlab_jobs(files):
        if "timeout" not in job:
            yield name
    for name, project in projects(files):
        if "TimeoutInMinutes" not in project:
            yield name


# --- GitLab


def gitlab_jobs(files: Text) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each job with what it extends."""
    document = load(files["examples/ci/gitlab/.gitlab-ci.yml"])

    def whole(job: dict[str, Any]) -> dict[str, Any]:
        if "extends" not in job:
            return job
        base = whole(document[job["extends"]])
        variables = {**base.get("variables", {}), **job.get("variables", {})}
        return {**base, **job, "variables": variables}

    for name, job in document.items():
        if isinstance(job, dict) and "script" in job:
            yield f"GitLab: {name}", whole(job)


# --- CloudFormation


def templates(files: Text) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, text in files.items():
        if name.endswith(".yaml"):
            yield name, load(text)


def pipeline(files: Text) -> dict[str, Any]:
    return load(files["examples/ci/codepipeline/charter-pipeline.yaml"])


def actions(template: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for stage in template["Resources"]["Pipeline"]["Properties"]["Stages"]:
        for action in stage["Actions"]:
            yield from action["If"][1:] if "If" in action else [action]


def projects(files: Text) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, resource in pipeline(files)["Resources"].items():
        if resource["Type"] == "AWS::CodeBuild::Project":
            yield name, resource["Properties"]


def buildspecs(files: Text) -> Iterator[tuple[str, str]]:
    """The build specifications as CodeBuild gets them."""
    install = pipeline(files)["Mappings"]["Build"]["Install"]["Command"]
    for name, project in projects(files):
        spec = project["Source"].get("BuildSpec")
        if isinstance(spec, dict) and "Sub" in spec:
            yield name, spec["Sub"][0].replace("${Install}", install)


def downloads(files: Text) -> Iterator[tuple[str, str]]:
    yield from buildspecs(files)
    text = load(files["examples/ci/gitlab/.gitlab-ci.yml"])[".charter"]["before_script"]
    yield "GitLab", "\n".join(text)


def roles(files: Text) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, template in templates(files):
        for role_name, resource in template["Resources"].items():
            if resource["Type"] == "AWS::IAM::Role":
                yield f"{name}: {role_name}", resource["Properties"]


def trust(role: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The statements that trust, each with its conditions as {key: values}, with equality told."""
    for statement in role["AssumeRolePolicyDocument"]["Statement"]:
        keys: dict[str, Any] = {}
        for operator, tests in statement.get("Condition", {}).items():
            for key, value in tests.items():
                keys[key] = operator, [str(leaf) for leaf in leaves(value)]
        yield statement, keys


def subjects(files: Text) -> Found:
    """Tokens are asked for their audience and subject, in every form that the subject has."""
    for name, role in roles(files):
        for statement, keys in trust(role):
            if "Federated" not in statement["Principal"]:
                continue
            ends = {key.rsplit(":", 1)[-1]: value for key, value in keys.items()}
            if ends.get("aud") != ("StringEquals", ["sts.amazonaws.com"]):
                yield f"{name}: the audience is not asked for"
            operator, forms = ends.get("sub", ("", []))
            subs = [form for form in forms if form.startswith(("repo:", "project_path:"))]
            if not subs or any(sub in ("repo:*", "*") for sub in subs):
                yield f"{name}: the subject is not asked for"
            if "github" in name:
                ids = [sub for sub in subs if "@${OwnerId}/" in sub and "@${RepositoryId}:" in sub]
                plain = {re.sub(r"@\$\{\w+\}", "", sub) for sub in ids}
                if operator != "StringEquals" or any("*" in sub for sub in subs):
                    yield f"{name}: a subject with a wildcard"
                if plain != set(subs) - set(ids):
                    yield f"{name}: a subject in one form only"
                for claim in ("repository_id", "job_workflow_ref"):
                    if claim not in ends:
                        yield f"{name}: {claim} is not asked for"
            if "ApplyRole" not in name:
                continue
            if "github" in name and not all(sub.endswith(":environment:${Environment}") for sub in subs):
                yield f"{name}: applies outside of the environment"
            if "github" in name and ends.get("ref") != ("StringEquals", ["refs/heads/${Branch}"]):
                yield f"{name}: applies another branch"
            if "gitlab" in name and (operator != "StringEquals" or "*" in subs[0]):
                yield f"{name}: applies another branch"


def principals(files: Text) -> Found:
    for name, template in templates(files):
        for resource_name, resource in template["Resources"].items():
            for policy in policies(resource.get("Properties", {})):
                for statement in policy["Statement"]:
                    if statement["Effect"] != "Allow":
                        continue
                    if "*" in [*leaves(statement.get("Principal", ""))]:
                        yield f"{name}: {resource_name} trusts everyone"
                    if "NotAction" in statement or "NotPrincipal" in statement:
                        yield f"{name}: {resource_name} allows all but something"
                    if "*" in as_list(statement["Action"]):
                        yield f"{name}: {resource_name} allows everything"
    for name, role in roles(files):
        for statement, keys in trust(role):
            service = "Service" in statement["Principal"]
            if service and not {"aws:SourceArn", "aws:SourceAccount"} & set(keys):
                yield f"{name}: a service of another account may use it"


def policies(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if isinstance(value.get("Statement"), list):
            yield value
        for inner in value.values():
            yield from policies(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from policies(inner)


def two_roles(files: Text) -> Found:
    """Only the role of the apply writes; entering other accounts is by the named role."""
    for name, role in roles(files):
        attached = [leaf for leaf in leaves(role.get("ManagedPolicyArns", []))]
        if ("WritePolicy" in attached) != name.endswith("ApplyRole"):
            yield f"{name}: {attached}"
    for name, template in templates(files):
        for policy in policies(template["Resources"]):
            for statement in policy["Statement"]:
                entered = "sts:AssumeRole" in as_list(statement["Action"])
                if entered and "Principal" not in statement:
                    if "role/${AccessRole}" not in str(statement["Resource"]):
                        yield f"{name}: enters by any role"


def buildspec(files: Text) -> Found:
    found = dict(buildspecs(files))
    for name, _ in projects(files):
        if name not in found or "version: 0.2" not in found[name]:
            yield f"{name}: its specification comes from the branch"


def artifacts(files: Text) -> Found:
    resources = pipeline(files)["Resources"]
    bucket = resources["Artifacts"]["Properties"]
    default = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"][0]
    if default["ServerSideEncryptionByDefault"]["SSEAlgorithm"] != "aws:kms":
        yield "the bucket is not encrypted with the key"
    if bucket["VersioningConfiguration"]["Status"] != "Enabled":
        yield "the bucket keeps no versions"
    block = bucket["PublicAccessBlockConfiguration"]
    if list(block.values()) != [True] * 4:
        yield "the bucket may be public"
    if "aws:SecureTransport" not in str(resources["ArtifactsPolicy"]):
        yield "the bucket is read in the clear"
    if "KmsMasterKeyId" not in resources["Topic"]["Properties"]:
        yield "messages are not encrypted"


POINTS: dict[str, Callable[[Text], Found]] = {
    "events": events,
    "permissions": lambda files: [*permissions(files), *called(files)],
    "comment-job": comment_job,
    "forks": forks,
    "environment": environment,
    "same-plan": same_plan,
    "concurrency": concurrency,
    "pins": pins,
    "scripts": scripts,
    "checkouts": checkouts,
    "timeouts": timeouts,
    "subjects": subjects,
    "principals": principals,
    "two-roles": two_roles,
    "buildspec": buildspec,
    "artifacts": artifacts,
}


def check(files: Text) -> dict[str, list[str]]:
    return {point: found for point, of in POINTS.items() if (found := list(of(files)))}
