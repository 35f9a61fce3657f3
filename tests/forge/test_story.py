"""From a pull request to what AWS is after its merge, with a git server, a forge and a twin: opened,
planned, commented, pushed again, merged in each way, applied in both; and whatever is to be refused."""

from __future__ import annotations

import base64
import concurrent.futures
import hashlib
import json
import re
import signal
from dataclasses import dataclass
from typing import Any, Callable

import git_server
import plans
import pytest
import seed
from forge_model import Comment, Pull
from forge_server import ForgeServer, forge_server
from git_server import PASSWORD, USER, GitServer
from live import assert_live, record_tags

pytestmark = pytest.mark.skipif(
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

    def __init__(self, world, server: GitServer, forge: ForgeServer, name: str):
        self.world, self.forge, self.charter = world, forge, world.charter
        self.server, self.name = server, name
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

    def job(self, *args: str, pull: Pull | None = None, aws: bool = True, token: bool = False):
        """A job of the CI system: of a pull request, or after a push to main."""
        commit = None if pull else self.tip()
        env = self.forge.environment(pull, commit)
        env.update({} if token else NO_TOKEN)
        env.update({} if aws else NO_AWS)
        return self.charter(*args, env=env)

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


@pytest.fixture
def bench(benches):
    found = benches("twin")
    found.empty()
    yield found
    assert not found.wrong, "\n".join(found.wrong[:20])


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with GitServer(tmp_path_factory.mktemp("git")).serving() as server:
        yield server


@pytest.fixture
def kind():
    return "github"


@pytest.fixture
def story(managed, served, kind, tmp_path, request):
    name = re.sub(r"[^a-z_]+", "-", request.node.name.lower())
    with forge_server(kind, tmp_path / "forge") as forge:
        yield Story(managed, served, forge, name)


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
    assert story.world.charter.proxy.mutations() == []
    for opened in pulls:
        assert story.status(opened) == "refused", story.ours(opened).body[-500:]


@pytest.fixture(autouse=True)
def proxied(request):
    """The proxy at hand for assert_refused()."""
    if "story" in request.fixturenames:
        story = request.getfixturevalue("story")
        story.charter.proxy = request.getfixturevalue("proxy")


@both_ways
@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
@pytest.mark.parametrize("kind", ["github", "gitlab", "gitea"])
def test_from_opening_to_applied(story, way, how):
    """A plan survives the merge of another pull request, whatever the strategy of either."""
    one = story.planned("units", edit_units)
    first = story.ours(one)
    said, head = hidden(first.body), one.pull.head
    assert said["status"] == "planned" and said["commit"] == head
    story.push(one, edit_document)
    plan = story.plan(one)
    story.comment(one)
    again = hidden(story.ours(one).body)
    assert story.ours(one).id == first.id and again["plan_id"] == plan["plan_id"]
    assert [(p[0], p[1]) for p in again["past"]] == [(head[:12], said["plan_id"][:12])]
    assert head[:12] in story.ours(one).body.partition("<!-- charter:end -->")[2]
    people = story.planned("people", edit_people)
    story.merge(people, "squash")
    way(story, people).expect(0)
    assert_applied(story, people)
    edit_people(one.model)
    story.merge(one, how)
    way(story, one).expect(0)
    assert_applied(story, one)
    assert hidden(story.ours(one).body)["plan_id"] == plan["plan_id"]
    if way is by_pull_request:
        edits = [e.body["body"] for e in story.forge.forge.asked("edit")]
        assert [hidden(body)["status"] for body in edits[-2:]] == ["applying", "applied"]


@both_ways
def test_two_merges_before_one_apply(story, way):
    one, people = story.planned("units", edit_units), story.planned("people", edit_people)
    story.merge(one, "rebase")
    edit_units(people.model)
    story.merge(people)
    way(story, one, people).expect(0)
    assert_applied(story, one, people)


def test_each_merge_by_its_own_job(story):
    """In their order, whatever main is by then; a job that comes too late changes nothing."""
    pulls = [story.planned("units", edit_units), story.planned("people", edit_people)]
    commits = [story.merge(pulls[0])]
    edit_units(pulls[1].model)
    commits.append(story.merge(pulls[1], "squash"))

    def apply(commit):
        where = ["--repo", story.url, "--ref", commit]
        return story.job("apply", "--from-pull-request", *where, token=True)

    for opened, commit in zip(pulls, commits):
        assert story.status(opened) == "planned"
        apply(commit).expect(0)
        assert story.status(opened) == "applied"
    story.charter.proxy.reset()
    apply(commits[0]).expect(4)
    assert story.charter.proxy.mutations() == []
    assert_applied(story, *pulls)


@both_ways
def test_no_change(story, way):
    """Planned as that, a merge of no change is applied: the record goes on."""
    story.repo.git("checkout", "-q", "-b", "words", "main")
    files = {**seed.config(story.model), "README": "words\n"}
    story.repo.commit(files)
    pull = story.forge.forge.open(story.send("words"), branch="words")
    words = Open(pull, story.model, str(story.charter.home / "words.json"))
    plans.assert_empty(story.plan(words))
    story.comment(words)
    story.merge(words)
    way(story, words).expect(0)
    assert_applied(story, words)


@both_ways
@pytest.mark.parametrize("how", ["merge", "squash"])
def test_no_change_that_the_merge_makes_one(story, way, how):
    words = story.planned("words", nothing)
    story.merge(words, how, also=edit_units)
    if way is by_saved_plan:
        done = story.job("apply", words.file, *story.where())
        assert_refused(story, done)
    else:
        assert_refused(story, way(story, words), words)


def tag_old(story: Story, value: str) -> None:
    ids = story.world.ids.units
    tags = [{"Key": "owner", "Value": value}]
    story.world.aws.organizations.tag_resource(ResourceId=ids["Old"], Tags=tags)


@both_ways
def test_live_value_changed_since(story, way):
    """What the plan showed as overwritten is another value by now."""
    tag_old(story, "somebody")
    one = story.planned("units", edit_unit)
    assert "somebody" in story.ours(one).body
    story.merge(one)
    done = way(story, one, between=lambda: tag_old(story, "another"))
    assert_refused(story, done, one)


@both_ways
def test_live_value_as_it_was_shown(story, way):
    tag_old(story, "somebody")
    one = story.planned("units", edit_unit)
    story.merge(one)
    way(story, one).expect(0)
    assert_applied(story, one)


def test_drift_that_came_after_the_plan_stays(story):
    """It was approved by nobody; the next pull request shows it."""
    one = story.planned("units", edit_units)
    story.merge(one)
    story.world.aws.iam.remove_user_from_group(GroupName="auditors", UserName="alice")
    by_pull_request(story, one).expect(0)
    groups = story.world.aws.iam.list_groups_for_user(UserName="alice")["Groups"]
    assert "auditors" not in [g["GroupName"] for g in groups]
    assert story.status(one) == "applied"


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_pushed_after_the_plan(story, how):
    one = story.planned("units", edit_units)
    story.push(one, edit_document)
    assert "nothing is written" in story.comment(one).err  # a run that ends too late
    story.merge(one, how)
    assert_refused(story, story.job("apply", one.file, *story.where()))
    assert_refused(story, by_pull_request(story, one), one)


def test_plan_of_another_pull_request(story):
    """A swapped file."""
    one, people = story.planned("units", edit_units), story.planned("people", edit_people)
    before = story.ours(people).body
    done = story.job("comment", one.file, pull=people.pull, aws=False, token=True).expect(0)
    assert "nothing is written" in done.err and story.ours(people).body == before
    story.merge(people)
    assert_refused(story, story.job("apply", one.file, *story.where()))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body.replace("Research", "Research2"),
        lambda body: body + "Looks good.\n",
        lambda body: re.sub(r'("plan_id": ")\w{8}', r"\g<1>01234567", body, count=1),
    ],
)
def test_edited_comment(story, spoil):
    one = story.planned("units", edit_units)
    said = story.ours(one)
    before = said.body
    said.edit(story.forge.forge.mallory, spoil(before))
    assert said.body != before
    story.merge(one)
    by_pull_request(story, one).expect(4)
    assert story.charter.proxy.mutations() == []


def sealed(body: str, plan_id: str) -> str:
    """Our comment with another plan's id, and a digest that fits: that is no secret."""
    block, rest = re.match(r'<!-- charter: (.*?),"digest":"\w+"} -->\n(.*)', body, re.S).groups()
    block, n = re.subn(r'"plan_id": "\w+"', f'"plan_id": "{plan_id}"', block)
    assert n == 1
    digest = hashlib.sha256((block + rest.rstrip()).encode()).hexdigest()
    return f'<!-- charter: {block},"digest":"{digest}"}} -->\n{rest}'


@pytest.mark.parametrize("by", ["charter-bot", "mallory"])
def test_comment_edited_with_a_digest_that_fits(story, by):
    """The forge tells who edited it. What our own token writes, it cannot tell from us."""
    one = story.planned("units", edit_units)
    story.merge(one, also=edit_people)
    plan = story.second_plan()
    user = next(u for u in story.forge.forge.users.values() if u.name == by)
    story.ours(one).edit(user, sealed(story.ours(one).body, plan["plan_id"]))
    story.charter.proxy.reset()
    done = by_pull_request(story, one)
    if by == "mallory":
        assert "was edited by somebody else" in done.expect(4).err
        assert story.charter.proxy.mutations() == []
    else:
        done.expect(0)


def test_comment_of_another_author(story):
    """The same words by somebody else say nothing."""
    one = story.open("units", edit_units)
    story.plan(one)
    story.comment(one)
    said = story.ours(one)
    one.pull.comments.remove(said)
    one.pull.comment(story.forge.forge.mallory, said.body)
    story.merge(one)
    by_pull_request(story, one).expect(4)
    assert story.charter.proxy.mutations() == []
    assert [c.body for c in one.pull.said()] == [said.body]


@pytest.mark.parametrize("behind", [False, True])
def test_pushed_to_main_without_a_pull_request(story, behind):
    """Alone, or below a merge that was approved: the plan of that was not of this."""
    one = story.planned("units", edit_units)
    story.model = story.change("main", story.model, edit_people)
    if behind:
        edit_people(one.model)
        story.merge(one)
    assert_refused(story, by_pull_request(story, one), *([one] if behind else []))


def test_two_runs_comment_at_once(story):
    one = story.open("units", edit_units)
    story.plan(one)
    story.forge.forge.fault("meet", "list", times=2)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for done in pool.map(lambda _: story.comment(one), range(2)):
            done.expect(0)
    left = [c for c in one.pull.said(story.forge.forge.bot) if not c.hidden]
    assert len(left) == 1 and hidden(left[0].body)["status"] == "planned"


@both_ways
def test_two_runs_apply_at_once(story, way, bench):
    """Each call takes effect once, and there is one record."""
    one = story.planned("units", edit_units)
    story.merge(one)
    bench.simulator.control("DELETE", "log")
    file = one.file
    if way is by_saved_plan:
        file = str(story.charter.home / "approved.json")
        story.job("plan", *story.where(), "--out", file).expect(0)

    def run(_):
        args = [file] if way is by_saved_plan else ["--from-pull-request"]
        return story.job("apply", *args, *story.where(), token=way is by_pull_request)

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        codes = sorted(done.code for done in pool.map(run, range(2)))
    assert codes[0] == 0 and codes[1] in (0, 4, 5), codes
    lines = bench.simulator.control("GET", "log")
    made = [line for line in lines if "CreateOrganizationalUnit" in line]
    assert len(made) == 1, lines
    story.job("apply", *story.where()).expect(0)
    assert_live(story.world.aws, story.model)
    plans.assert_empty(story.second_plan())
    assert record_tags(story.world.aws)[APPLIED].split()[0] == story.tip()


@both_ways
@pytest.mark.parametrize("before", [None, "somebody"])
def test_run_again_after_a_part(story, way, bench, before):
    """A call fails; the same job again continues and ends applied, also where what was done
    overwrote a value that the plan showed."""
    if before:
        tag_old(story, before)
    one = story.planned("units", edit_units, edit_document)
    story.merge(one)
    bench.simulator.control("PUT", "faults", b"deny@CreateOrganizationalUnit")
    way(story, one).expect(5)
    assert story.status(one) == "failed"
    assert APPLYING in record_tags(story.world.aws)
    bench.simulator.control("PUT", "faults", b"")
    if way is by_saved_plan:
        file = str(story.charter.home / "approved.json")
        story.job("apply", file, *story.where()).expect(0)
        story.job("comment", "--status", "applied", aws=False, token=True).expect(0)
    else:
        way(story, one).expect(0)
    assert_applied(story, one)


@both_ways
def test_run_again_after_all(story, way):
    one = story.planned("units", edit_units)
    story.merge(one)
    way(story, one).expect(0)
    story.charter.proxy.reset()
    way(story, one).expect(0)
    assert story.charter.proxy.mutations() == []
    assert_applied(story, one)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_job_that_is_ended(story, proxy, number):
    """Told to end, it says so in the footer; killed, it cannot. Run again, it continues."""
    one = story.planned("units", edit_units, edit_document)
    story.merge(one)
    running = []
    fault = proxy.add(
        "call_after", mutates=True, nth=1, callback=lambda _: running[0].send_signal(number)
    )
    running.append(story.start("apply", "--from-pull-request"))
    running[0].communicate(timeout=120)
    killed = number == signal.SIGKILL
    assert fault.hits == 1 and running[0].returncode == (-number if killed else 128 + number)
    assert story.status(one) == ("applying" if killed else "failed")
    by_pull_request(story, one).expect(0)
    assert_applied(story, one)


def test_footer_that_cannot_be_written(story):
    """AWS is as it should be, and the job fails all the same; the footer is mended by hand."""
    one = story.planned("units", edit_units)
    story.merge(one)
    story.forge.forge.fault("call", "edit", call=lambda: None)  # "applying" is written
    story.forge.forge.fault("status", "edit", times=100, status=422)
    done = by_pull_request(story, one).expect(1)
    assert "the apply ended with exit code 0, and the comment does not say so" in done.err
    assert_live(story.world.aws, story.model)
    story.forge.forge.faults.clear()
    number = ["--pull-request", str(one.pull.number)]
    tell = story.job("comment", "--status", "applied", *number, aws=False, token=True)
    tell.expect(0)
    assert_applied(story, one)


def test_forge_that_cannot_be_asked(story):
    """Without the comments nothing is known to be approved."""
    one = story.planned("units", edit_units)
    story.merge(one)
    story.forge.forge.fault("status", "list", times=100, status=404)
    by_pull_request(story, one).expect(1)
    assert story.charter.proxy.mutations() == []


@both_ways
def test_guard_refuses(story, way):
    """The comment says so from the beginning; merged all the same, nothing is done."""

    def protect(model):
        model["charter"]["guards"] = {"protect": ["policy/no-marketplace"]}

    def delete(model):
        del model["documents"][model["policies"].pop("no-marketplace")["document"]]

    before = story.planned("guards", protect)
    story.merge(before)
    way(story, before).expect(0)
    story.charter.proxy.reset()
    one = story.open("policies", delete)
    story.plan(one, code=3)
    story.comment(one)
    assert story.status(one) == "refused"
    story.merge(one)
    assert_refused(story, way(story, one), one, code=3)


@both_ways
def test_held(story, way):
    one = story.planned("units", edit_units)
    story.merge(one)
    org, root = story.world.aws.organizations, story.world.ids.root
    org.tag_resource(ResourceId=root, Tags=[{"Key": "charter:hold", "Value": "incident 4711"}])
    done = way(story, one)
    assert "incident 4711" in done.err + done.out
    assert_refused(story, done, one, code=3)
    org.untag_resource(ResourceId=root, TagKeys=["charter:hold"])
    way(story, one).expect(0)
    assert_applied(story, one)


def checkout(story: Story, *options: str):
    """As actions/checkout leaves it: shallow, with its token as a header in the configuration."""
    url = story.server.url(story.name, below="auth")
    copy = story.charter.home / "checkout"
    env = {"GIT_SSL_CAINFO": str(story.server.ca)}
    token = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    header = ["-c", f"http.{url.partition('/auth')[0]}/.extraheader=AUTHORIZATION: basic {token}"]
    git_server.git(*header, "clone", "-q", *options, url, str(copy), **env)
    git_server.git("config", *header[1].split("=", 1), cwd=copy)
    return copy


def test_shallow_checkout(story):
    """Too little of the history to tell anything: the message says how to get it."""
    one = story.planned("units", edit_units, edit_document)
    story.push(one, edit_people)
    story.plan(one)
    story.comment(one)
    story.merge(one, "rebase")
    copy = checkout(story, "--depth", "1")
    where = ["--repo", str(copy), "--ref", "HEAD"]
    for args in (["plan"], ["apply", "--from-pull-request"]):
        done = story.job(*args, *where, token=True).expect(1)
        assert "fetch-depth: 0" in done.err and PASSWORD not in done.err
    assert story.charter.proxy.mutations() == []
    git_server.git("fetch", "-q", "--unshallow", cwd=copy, GIT_SSL_CAINFO=str(story.server.ca))
    story.job("apply", "--from-pull-request", *where, token=True).expect(0)
    assert_applied(story, one)


def test_commit_that_the_checkout_lacks(story):
    """History was rewritten: the commit of the record is fetched with the checkout's own token."""
    story.repo.git("checkout", "-q", "--orphan", "other")
    edit_units(story.model)
    story.world.commit(story.model)
    story.repo.git("branch", "-M", "other", "main")
    story.send("main")
    copy = checkout(story)
    where = ["--repo", str(copy), "--ref", "HEAD"]
    done = story.job("plan", *where).expect(4)
    assert "is neither the commit applied last" in done.err
    section = story.server.url("", below="").rpartition("//")[0]
    git_server.git("config", "--remove-section", f"http.{section}/", cwd=copy)
    done = story.job("plan", *where).expect(1)
    assert "the server asks for credentials, and there are none" in done.err
