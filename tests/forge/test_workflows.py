"""The workflows, the GitLab file and the templates hold each point of docs/hardening.md; for each point
small broken copies fail, so that the checker sees what it says it sees."""

from __future__ import annotations

import re

import pytest

import hardening

pytestmark = pytest.mark.once

PLAN, APPLY, DRIFT = (f".github/workflows/{name}.yml" for name in ("plan", "apply", "drift"))
CALL_PLAN, CALL_APPLY = (f"examples/ci/github/charter-{name}.yml" for name in ("plan", "apply"))
ROLES = "examples/ci/github/roles.yaml"
GITLAB = "examples/ci/gitlab/.gitlab-ci.yml"
GITLAB_ROLES = "examples/ci/gitlab/roles.yaml"
PIPELINE = "examples/ci/codepipeline/charter-pipeline.yaml"

# Point, file, what stands there, what is put in its place (the first time it stands there).
BROKEN = [
    ("events", CALL_PLAN, "  pull_request:", "  pull_request_target:"),
    ("events", CALL_APPLY, "  push:", "  issue_comment:\n  push:"),
    ("permissions", PLAN, "permissions: {}", "permissions: write-all"),
    ("permissions", CALL_PLAN, "permissions: {}\n", ""),
    ("permissions", DRIFT, "    permissions:\n      contents: read\n      id-token: write\n", ""),
    ("permissions", APPLY, "contents: read", "contents: write"),
    ("comment-job", PLAN, "pull-requests: write", "pull-requests: write\n      id-token: write"),
    ("comment-job", PLAN, "          command: comment", "          command: comment\n          args: ${{ inputs.role }}"),
    ("comment-job", PLAN, "      id-token: write", "      id-token: write\n      pull-requests: write"),
    ("comment-job", PLAN, "          command: plan", "          command: plan\n          token: x"),
    ("comment-job", PLAN, "          token: ${{ github.token }}\n", ""),
    ("comment-job", GITLAB, "comment:\n  extends: .charter", "comment:\n  extends: .aws"),
    ("comment-job", GITLAB, "  environment:\n    name: charter-comment\n    action: access\n", ""),
    ("comment-job", GITLAB, "  variables:\n    GIT_STRATEGY: none\n", ""),
    ("forks", PLAN, "    if: ${{ github.event.pull_request.head.repo", "    if: ${{ true || github.x"),
    ("forks", GITLAB, "_SOURCE_PROJECT_ID == $CI_MERGE_REQUEST", "_SOURCE_PROJECT_ID != $CI_MERGE"),
    ("environment", APPLY, "    environment: ${{ inputs.environment }}\n", ""),
    ("environment", APPLY, "AWS_ROLE_ARN: ${{ inputs.plan-role }}", "AWS_ROLE_ARN: ${{ inputs.apply-role }}"),
    ("environment", GITLAB, "      when: manual\n", ""),
    ("environment", GITLAB, "    name: production", "    name: other"),
    ("environment", GITLAB, "role/charter-plan", "role/charter-apply"),
    ("environment", PIPELINE, "Category: Approval", "Category: Build"),
    ("environment", PIPELINE, "Plan #{plan.CHARTER_PLAN_ID}", "A plan"),
    ("same-plan", APPLY, "${{ runner.temp }}/charter/plan.json", "plan.json"),
    ("same-plan", APPLY, "          plan-file: ${{ runner.temp }}/charter/plan.json\n", ""),
    ("same-plan", PLAN, "plan-file: ${{ runner.temp }}/plan.json", "plan-file: plan.json"),
    ("same-plan", GITLAB, " charter-plan/plan.json || code", " || code"),
    ("same-plan", PIPELINE, ' "$CODEBUILD_SRC_DIR_Plan/plan.json"', ""),
    ("concurrency", CALL_APPLY, "cancel-in-progress: false", "cancel-in-progress: true"),
    ("concurrency", CALL_APPLY, "group: charter-apply", "group: charter-${{ github.sha }}"),
    ("concurrency", GITLAB, "  resource_group: charter-apply\n", ""),
    ("concurrency", GITLAB, "  interruptible: false\n", ""),
    ("concurrency", PIPELINE, "ExecutionMode: QUEUED", "ExecutionMode: SUPERSEDED"),
    ("pins", PLAN, "checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1", "checkout@v7"),
    ("pins", CALL_APPLY, "0123456789abcdef0123456789abcdef01234567 # v0.1.0", "main"),
    ("pins", GITLAB, "sha256sum -c -", "cat"),
    ("pins", PIPELINE, "sha256sum -c -", "cat"),
    ("scripts", APPLY, "    steps:\n", "    steps:\n      - run: echo ${{ github.head_ref }}\n"),
    ("checkouts", PLAN, "          persist-credentials: false\n", ""),
    ("checkouts", APPLY, "          fetch-depth: 0\n", "          fetch-depth: 1\n"),
    ("checkouts", GITLAB, "GIT_DEPTH: 0", "GIT_DEPTH: 20"),
    ("timeouts", APPLY, "    timeout-minutes: 350\n", ""),
    ("timeouts", GITLAB, "  timeout: 6 hours\n", ""),
    ("timeouts", PIPELINE, "      TimeoutInMinutes: 480\n", ""),
    ("subjects", ROLES, ":aud: sts.amazonaws.com", ":aud: other"),
    ("subjects", ROLES, "${Repository}:pull_request", "*"),
    ("subjects", ROLES, "                    - !Sub repo:${Owner}@${OwnerId}/${Repository}@${RepositoryId}:pull_request\n", ""),
    ("subjects", ROLES, "${RepositoryId}:environment:${Environment}", "${RepositoryId}:pull_request"),
    ("subjects", ROLES, ":ref: !Sub refs/heads/${Branch}", ":ref: !Sub refs/heads/*"),
    ("subjects", ROLES, ":job_workflow_ref: !If", ":workflow: !If"),
    ("subjects", GITLAB_ROLES, "ref_type:branch:ref:${Branch}", "ref_type:branch:ref:*"),
    ("principals", GITLAB_ROLES, "Federated: !Sub arn:${AWS::Partition}:iam::${AWS::AccountId}:oidc-provider/gitlab.com", "AWS: '*'"),
    ("principals", PIPELINE, "Principal: {Service: events.amazonaws.com}", "Principal: '*'"),
    ("principals", PIPELINE, "            Condition:\n              ArnEquals:\n                aws:SourceArn: !Sub arn:${AWS::Partition}:codebuild:${AWS::Region}:${AWS::AccountId}:project/${Name}-apply\n", ""),
    ("comment-job", DRIFT, "      issues: write\n", ""),
    ("permissions", "examples/ci/github/charter-drift.yml", "      issues: write\n", ""),
    ("two-roles", ROLES, "        - !Ref ReadPolicy\n", "        - !Ref WritePolicy\n"),
    ("two-roles", PIPELINE, "[!Ref ReadPolicy, !Ref BuildPolicy, !Ref DriftPolicy]", "[!Ref WritePolicy, !Ref BuildPolicy]"),
    ("two-roles", ROLES, "Resource: !Sub arn:${AWS::Partition}:iam::*:role/${AccessRole}", "Resource: '*'"),
    ("buildspec", PIPELINE, "BuildSpec: !Sub\n          - |\n            version: 0.2", "BuildSpec: !Sub\n          - |\n            buildspec.yml"),
    ("artifacts", PIPELINE, "BlockPublicPolicy: true", "BlockPublicPolicy: false"),
    ("artifacts", PIPELINE, "VersioningConfiguration: {Status: Enabled}", "VersioningConfiguration: {Status: Suspended}"),
    ("artifacts", PIPELINE, "      KmsMasterKeyId: !GetAtt Key.Arn\n", ""),
]  # fmt: skip


def test_shipped() -> None:
    assert hardening.check(hardening.read()) == {}


@pytest.mark.parametrize("point, file, here, instead", BROKEN)
def test_broken_is_found(point: str, file: str, here: str, instead: str) -> None:
    files = hardening.read()
    assert here in files[file]
    files[file] = files[file].replace(here, instead, 1)
    assert list(hardening.POINTS[point](files))


def test_every_point_is_broken_and_documented() -> None:
    assert {point for point, *_ in BROKEN} == set(hardening.POINTS)
    page = (hardening.ROOT / "docs/hardening.md").read_text()
    page = page.split("## What the files hold")[1].split("\n## ")[0]
    assert re.findall(r"^\| `([a-z-]+)` \|", page, re.M) == list(hardening.POINTS)
