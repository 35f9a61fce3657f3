"""Pull requests from their opening to the apply: a git server, a forge, a twin, and the jobs of a
CI system, for test_story.py and test_story_refusals.py."""

from __future__ import annotations

import concurrent.futures
import json
import re
from dataclasses import dataclass
from typing import Any, Callable

import git_server
import plans
import pytest
import seed
from forge_model import Comment, Pull
from forge_server import ForgeServer, forge_server
from git_server import GitServer
from live import assert_live, record_tags

needs_servers = pytest.mark.skipif(
    bool(git_server.missing("lighttpd")), reason="not installed: lighttpd"
)
APPLIED, APPLYING = "charter:applied/main", "charter:applying/main"
NO_AWS = dict.fromkeys(["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL"])
NO_TOKEN = dict.fromkeys(["GITHUB_TOKEN", "GITLAB_TOKEN", "GITEA_TOKEN"])
FOOTERS = {0: "applied", 5: "failed"}  # by the code of an apply; any other: refused

Edit = Callable[[dict[str, Any]], None]


def edit_unit(model):
    model["units"]["Old"]["tags"]["owner"] = "archive"


def edit_units(model):
    edit_unit(model)
    model["units"]["Research"] = {"policies": ["no-marketplace"], "tags": {}}


def edit_document(model):
    model["documents"]["policies/deny-leave.json"] = seed.statement(
        "Deny", ["organizations:LeaveOrganization", "account:CloseAccount"]
    )


def edit_people(model):
    model["iam"]["accounts"]["master"]["users"]["dave"]["groups"] = ["crm-developers"]


def nothing(model):
    pass


@dataclass
class Open:
    """A pull request with the model that its branch declares."""

    pull: Pull
    model: dict[str, Any]
    file: str  # the saved plan of its branch


class Story:
    """An organization under charter, whose repository is on a git server, and its forge."""

    def __init__(self, world, server: GitServer, forge: ForgeServer, proxy, name: str):
        self.world, self.forge, self.charter = world, forge, world.charter
        self.server, self.proxy, self.name = server, proxy, name
        self.repo = world.repo
        self.bare = server.create(name)
        self.model = world.model  # what main declares
        world.charter.environment["AWS_CA_BUNDLE"] = str(server.ca)
        self.url = server.url(name)
        self.send("main")

    def send(self, branch: str) -> str:
        self.repo.git("push", "-q", "--force", str(self.bare), branch)
        return self.repo.git("rev-parse", branch)

    def change(self, branch: str, model, *edits: Edit) -> dict[str, Any]:
        """A commit on a branch, pushed."""
        after = seed.changed(model)
        for edit in edits:
            edit(after)
        self.repo.git("checkout", "-q", branch)
        self.world.commit(after, f"a change of {branch}")
        self.send(branch)
        return after

    def open(self, branch: str, *edits: Edit) -> Open:
        self.repo.git("checkout", "-q", "-b", branch, "main")
        model = self.change(branch, self.model, *edits)
        pull = self.forge.forge.open(self.repo.git("rev-parse", branch), branch=branch)
        return Open(pull, model, str(self.charter.home / f"{branch}.json"))

    def push(self, opened: Open, *edits: Edit) -> None:
        opened.model = self.change(opened.pull.branch, opened.model, *edits)
        opened.pull.push(self.repo.git("rev-parse", opened.pull.branch))

    def environment(self, pull: Pull | None = None, aws: bool = True, token: bool = False):
        """Of a job of a pull request, or after a push to main."""
        env = self.forge.environment(pull, None if pull else self.tip())
        env.update({} if token else NO_TOKEN)
        env.update({} if aws else NO_AWS)
        return env

    def job(self, *args: str, pull: Pull | None = None, aws: bool = True, token: bool = False):
        return self.charter(*args, env=self.environment(pull, aws, token))

    def jobs_at_once(self, n: int, *args: str, pull: Pull | None = None, **what: bool):
        environments = [self.environment(pull, **what) for _ in range(n)]
        with concurrent.futures.ThreadPoolExecutor(n) as pool:
            return list(pool.map(lambda env: self.charter(*args, env=env), environments))

    def tip(self) -> str:
        return self.repo.git("rev-parse", "main")

    def plan(self, opened: Open, code: int = 0) -> dict[str, Any]:
        """The job that plans has no token."""
        where = ["--repo", self.url, "--ref", opened.pull.branch, "--target", "main"]
        self.job("plan", *where, "--out", opened.file, pull=opened.pull).expect(code)
        with open(opened.file) as f:
            return json.load(f)

    def comment(self, opened: Open):
        """The job that comments has no AWS credentials."""
        return self.job("comment", opened.file, pull=opened.pull, aws=False, token=True).expect(0)

    def planned(self, branch: str, *edits: Edit) -> Open:
        """A pull request as reviewers see it."""
        opened = self.open(branch, *edits)
        self.plan(opened)
        self.comment(opened)
        return opened

    def ours(self, opened: Open) -> Comment:
        """The one comment of ours."""
        found = opened.pull.said(self.forge.forge.bot)
        assert len(found) == 1, [c.body[:200] for c in found]
        return found[0]

    def status(self, opened: Open) -> str:
        return hidden(self.ours(opened).body)["status"]

    def merge(self, opened: Open, how: str = "merge", also: Edit = nothing) -> str:
        """As the forge does it; `also`: what its page for conflicts was used for."""
        git, branch, before = self.repo.git, opened.pull.branch, self.tip()
        options = {"merge": "--no-ff", "squash": "--squash", "rebase": "--ff-only"}
        if how == "rebase":
            branch = self.rebase(opened)
        git("checkout", "-q", "main")
        git("merge", "-q", options[how], branch)
        if how == "squash":
            git("commit", "-q", "--allow-empty", "-m", "squashed")
        if also is not nothing:
            also(opened.model)
            seed.write(seed.config(opened.model), self.repo.path)
            git("add", "-A")
            git("commit", "-q", "--amend", "--no-edit")
        came = git("rev-list", "--first-parent", "--reverse", f"{before}..main").split()
        opened.pull.merge(how, self.send("main"), came)
        self.model = seed.changed(opened.model)
        return came[-1]

    def rebase(self, opened: Open) -> str:
        """GitLab does it to the branch itself, which is a push with a pipeline of its own."""
        branch = opened.pull.branch
        rebased = branch if self.forge.kind == "gitlab" else "rebased"
        self.repo.git("checkout", "-q", "-B", rebased, branch)
        self.repo.git("rebase", "-q", "main")
        if rebased == branch:
            opened.pull.push(self.send(branch))
            self.plan(opened)
            self.comment(opened)
        return rebased

    def where(self) -> list[str]:
        return ["--repo", self.url, "--ref", self.tip()]

    def start(self, *args: str):
        """A job with a token, under way."""
        env = self.forge.environment(None, self.tip())
        self.charter.environment.update({k: v for k, v in env.items() if v is not None})
        return self.charter.start(*args, *self.where())

    def tag_old(self, value: str) -> None:
        """By hand, what edit_unit() declares otherwise."""
        tags = [{"Key": "owner", "Value": value}]
        unit = self.world.ids.units["Old"]
        self.world.aws.organizations.tag_resource(ResourceId=unit, Tags=tags)

    def second_plan(self) -> dict[str, Any]:
        return self.job("plan", *self.where(), "-o", "json").expect(0).json()


def hidden(body: str) -> dict[str, Any]:
    """What our comment says to a program."""
    found = re.match(r"<!-- charter: (.*?) -->\n", body)
    assert found, body[:300]
    return json.loads(found.group(1))


def by_saved_plan(story: Story, *pulls: Open, between: Callable[[], None] = lambda: None):
    """The shipped default: planned on main, approved, applied by its file; then the footer."""
    file = str(story.charter.home / "approved.json")
    story.job("plan", *story.where(), "--out", file).expect(0, 3)
    between()
    done = story.job("apply", file, *story.where())
    status = FOOTERS.get(done.code, "refused")
    for opened in pulls:
        number = ["--pull-request", str(opened.pull.number)]
        tell = story.job("comment", "--status", status, *number, aws=False, token=True)
        tell.expect(0)
    return done


def by_pull_request(story: Story, *pulls: Open, between: Callable[[], None] = lambda: None):
    between()
    return story.job("apply", "--from-pull-request", *story.where(), token=True)


both_ways = pytest.mark.parametrize("way", [by_saved_plan, by_pull_request])


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with GitServer(tmp_path_factory.mktemp("git")).serving() as server:
        yield server


@pytest.fixture
def kind():
    return "github"


@pytest.fixture
def story(managed, served, proxy, kind, tmp_path, request):
    name = re.sub(r"[^a-z_]+", "-", request.node.name.lower())
    with forge_server(kind, tmp_path / "forge") as forge:
        yield Story(managed, served, forge, proxy, name)


def assert_applied(story: Story, *pulls: Open) -> None:
    """AWS is as main says, the record is main's commit, nothing is left to do, and the footers say
    so with a link to the run."""
    assert_live(story.world.aws, story.model)
    tags = record_tags(story.world.aws)
    assert tags[APPLIED].split()[0] == story.tip() and APPLYING not in tags
    plans.assert_empty(story.second_plan())
    for opened in pulls:
        said = hidden(story.ours(opened).body)
        assert said["status"] == "applied" and said["run_url"] in story.ours(opened).body
        assert "**applied**" in story.ours(opened).body


def assert_refused(story: Story, done, *pulls: Open, code: int = 4) -> None:
    """Nothing was written to AWS, and the footers say so."""
    done.expect(code)
    assert story.proxy.mutations() == []
    for opened in pulls:
        assert story.status(opened) == "refused", story.ours(opened).body[-500:]
