"""`charter comment` at each forge: one comment for each target, kept up to date, never mixed up with
somebody else's, never written twice. Every request is held against the forge's published API."""

from __future__ import annotations

import copy
import json
import pathlib
import threading

import pytest
from comment_job import FIRST, SECOND, THIRD, Job, Plans, block, footer, report, status
from conftest import Charter
from forge_server import KINDS, forge_server

NEW = {"github": 65536, "gitlab": 1000000, "gitea": 65536, "codecommit": 10240}
HTTP = [k for k in KINDS if k != "codecommit"]


@pytest.fixture(scope="session")
def plans(binary, tmp_path_factory):
    return Plans(binary, tmp_path_factory.mktemp("plans"))


@pytest.fixture
def job(request, plans, binary, tmp_path):
    """A pull request whose head is FIRST; the forge by the test's parameter, or GitHub."""
    kind = getattr(request, "param", "github")
    with forge_server(kind, tmp_path / "files") as server:
        pull = server.forge.open(FIRST, base="0" * 40)
        charter = Charter(binary, tmp_path / "home", "http://127.0.0.1:9")
        yield Job(server, charter, plans, pull, tmp_path)


each = pytest.mark.parametrize("job", KINDS, indirect=True)
over_http = pytest.mark.parametrize("job", HTTP, indirect=True)


def at_once(job: Job, files: list[str]) -> None:
    """Runs that have all looked before any writes."""
    job.forge.fault("meet", "list", times=len(files))
    envs = [job.environment() for _ in files]
    results = []

    def run(i: int) -> None:
        results.append(job.charter("comment", files[i], env=envs[i]))

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(files))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == len(files)
    for result in results:
        result.expect(0)


def pushed(job: Job, head: str = SECOND) -> None:
    job.pull.push(head)


@each
def test_one_comment_with_its_history(job):
    plan = job.plan()
    env = job.environment()
    job.comment(plan, env=env).expect(0)
    first = job.only()
    assert job.plans.first["plan_id"][:12] in report(first)
    assert status(first) == "planned" and "planned" in footer(first)
    assert block(first)["commit"] == FIRST

    before = len(job.forge.writes())
    job.comment(plan).expect(0)  # by a later run, with another page
    assert len(job.forge.writes()) == before

    pushed(job)
    job.comment(job.plan(SECOND, 5, job.plans.second)).expect(0)
    assert job.only() is first and block(first)["commit"] == SECOND
    assert job.plans.second["plan_id"][:12] in report(first)
    past = block(first)["past"]
    assert [(p[0], p[2]) for p in past] == [(FIRST[:12], "superseded")]
    assert "Earlier plans (1)" in first.body and FIRST[:12] in first.body
    if job.kind != "codecommit":
        assert "<details><summary>Earlier plans (1)" in first.body

    pushed(job, THIRD)
    job.comment(job.plan(THIRD, 6)).expect(0)
    assert [p[0] for p in block(job.only())["past"]] == [SECOND[:12], FIRST[:12]]
    assert len(job.pull.said()) == 1


@each
def test_a_new_comment_and_the_former_put_away(job):
    job.comment(job.plan()).expect(0)
    first = job.only()
    pushed(job)
    job.comment("--comment", "new", job.plan(SECOND, 5, job.plans.second)).expect(0)
    second = job.only()
    assert second is not first and block(second)["commit"] == SECOND
    if job.kind == "github":
        assert first.hidden == "OUTDATED" and status(first) == "planned"
    else:
        assert status(first) == "superseded"
        assert job.kind == "codecommit" or "<details>" in report(first)
    # From then on the new one is the comment.
    pushed(job, THIRD)
    job.comment(job.plan(THIRD, 6)).expect(0)
    assert block(second)["commit"] == THIRD and len(job.pull.said()) == 2


@each
def test_an_older_run_changes_nothing(job):
    job.comment(job.plan(FIRST, 10)).expect(0)
    before = job.only().body
    writes = len(job.forge.writes())
    older = job.comment(job.plan(FIRST, 9, job.plans.second)).expect(0)
    assert "newer plan" in older.err
    pushed(job)
    outrun = job.comment(job.plan(FIRST, 11, job.plans.second)).expect(0)
    assert SECOND[:12] in outrun.err
    job.pull.merge("merge", "b" * 40)
    closed = job.comment(job.plan(SECOND, 12)).expect(0)
    assert "not open" in closed.err
    assert job.only().body == before and len(job.forge.writes()) == writes


@each
def test_a_date_to_come_holds_up_no_later_push(job):
    """A machine's clock, or who writes a plan by hand, says when it was made."""
    wrong = {"created": "2999-01-01T00:00:00Z", "tool": "charter", "estimate_seconds": 1}
    job.comment(job.plan(FIRST, meta=wrong)).expect(0)
    pushed(job)
    job.comment(job.plan(SECOND, 5, job.plans.second)).expect(0)
    assert block(job.only())["commit"] == SECOND
    assert block(job.only())["plan_id"] == job.plans.second["plan_id"]


@each
def test_somebody_elses_comment_is_not_ours(job):
    """The marks are there, word for word; who wrote it is what counts."""
    job.comment(job.plan()).expect(0)
    ours = job.only()
    forged = job.pull.comment(job.forge.mallory, ours.body)
    body = forged.body
    job.pull.comments.remove(ours)
    untold = job.comment("--status", "applied").expect(0)
    assert "no comment of ours" in untold.err and "somebody else" in untold.err
    assert forged.body == body
    job.comment(job.plan(FIRST, 5, job.plans.second)).expect(0)
    assert forged.body == body and not forged.hidden and forged.editor is None
    assert job.only() is not forged and len(job.pull.said()) == 2
    assert block(job.only())["past"] == []


@each
def test_an_edited_comment_is_written_anew(job):
    job.comment(job.plan()).expect(0)
    ours = job.only()
    ours.edit(job.forge.mallory, ours.body.replace("17 to create", "0 to create"))
    edited = ours.body
    assert "edited" in job.comment("--status", "applied").expect(1).err
    assert ours.body == edited
    job.comment(job.plan()).expect(0)
    assert job.only() is ours and "17 to create" in report(ours)
    assert block(ours)["past"] == []
    # Nor is it remembered.
    ours.edit(job.forge.mallory, ours.body.replace("17 to create", "0 to create"))
    job.comment(job.plan(FIRST, 6, job.plans.second)).expect(0)
    assert job.only() is ours and block(ours)["past"] == []


def test_github_knows_who_edited(job):
    """Another comment of ours, whole and with its right digest, is put in place of this one."""
    other = job.forge.open(FIRST)
    job.comment("--pull-request", str(other.number), job.plan(FIRST, 5, job.plans.second)).expect(0)
    job.comment(job.plan()).expect(0)
    ours = job.only()
    ours.edit(job.forge.mallory, other.said()[0].body)
    assert "edited" in job.comment("--status", "applied").expect(1).err
    job.comment(job.plan()).expect(0)
    assert block(ours)["plan_id"] == job.plans.first["plan_id"] and block(ours)["past"] == []


@each
def test_line_ends_are_no_edit(job):
    """Forges keep bodies in their own way."""
    job.comment(job.plan()).expect(0)
    ours = job.only()
    ours.body = ours.body.rstrip().replace("\n", "\r\n") + "\r\n\r\n"
    writes = len(job.forge.writes())
    job.comment(job.plan()).expect(0)
    assert len(job.forge.writes()) == writes
    pushed(job)
    job.comment(job.plan(SECOND, 5, job.plans.second)).expect(0)
    assert [p[0] for p in block(ours)["past"]] == [FIRST[:12]]


@each
@pytest.mark.parametrize("same", [True, False])
def test_two_runs_at_once(job, same):
    """Both have looked before either has written."""
    files = [job.plan(FIRST, 5), job.plan(FIRST, *([5] if same else [6, job.plans.second]))]
    at_once(job, files)
    newest = job.only()
    if not same:
        assert block(newest)["created"] == "2026-03-01T10:06:00Z"
    pushed(job)
    job.comment(job.plan(SECOND, 7)).expect(0)
    assert job.only() is newest and block(newest)["commit"] == SECOND


@each
def test_two_runs_bring_it_up_to_date_at_once(job):
    """No forge has an update that depends on what is there: one of the two stands, whole."""
    job.comment(job.plan()).expect(0)
    ours = job.only()
    at_once(job, [job.plan(FIRST, 5), job.plan(FIRST, 6, job.plans.second)])
    assert job.only() is ours
    plan = job.plans.second if "06:00Z" in block(ours)["created"] else job.plans.first
    assert block(ours)["plan_id"] == plan["plan_id"] and plan["plan_id"][:12] in report(ours)
    job.comment(job.plan(FIRST, 7)).expect(0)
    assert job.only() is ours and block(ours)["past"]


@each
def test_removals_that_do_not_fit_fail_the_job(job):
    """What takes something away is never left out: then nothing is written."""
    doc = json.loads(pathlib.Path(job.plan()).read_text())
    unit = next(c for c in doc["changes"] if c["address"] == "unit/Data")
    names = [f"{i:04}-{'a-unit-with-a-long-name-' * 4}" for i in range(NEW[job.kind] // 100)]
    gone = [
        {**unit, "action": "delete", "address": f"unit/{n}", "attributes": [], "calls": []}
        for n in names[:9000]
    ]
    doc["changes"] += gone
    doc["summary"]["delete"] = len(gone)
    said = job.comment(job.plan(plan=doc)).expect(1)
    assert "does not fit" in said.err and not job.forge.writes()


@each
def test_status_changes_the_footer_only(job):
    job.comment(job.plan()).expect(0)
    ours = job.only()
    said, id = report(ours), block(ours)["plan_id"]
    job.pull.merge("squash", "b" * 40)
    env = job.environment(commit="b" * 40)  # a job of the protected branch
    job.comment("--status", "applying", env=env).expect(0)
    assert status(ours) == "applying"
    page = "https://ci.example.com/runs/77"
    args = ["--status", "applied", "--run-url", page]
    job.comment(*args, env=env).expect(0)
    assert (status(ours), report(ours), block(ours)["plan_id"]) == ("applied", said, id)
    assert "**applied**" in footer(ours) and f"]({page})" in footer(ours)
    writes = len(job.forge.writes())
    job.comment(*args, env=env).expect(0)
    assert len(job.forge.writes()) == writes and len(job.pull.said()) == 1


@over_http
def test_a_fork_has_no_plan(job):
    """Whoever made one has credentials where a stranger's job runs."""
    pull = job.forge.open(FIRST, fork=True)
    said = job.comment(job.plan(), env=job.environment(pull)).expect(1)
    assert "fork" in said.err and not job.forge.writes()


@each
def test_a_run_that_made_no_plan(job):
    """What stands there must not be taken for the plan of what was pushed."""
    job.comment("--status", "outdated").expect(0)
    assert not job.pull.said()
    job.comment(job.plan()).expect(0)
    ours = job.only()
    said = report(ours)
    before = job.environment()
    pushed(job)
    writes = len(job.forge.writes())
    if job.kind != "codecommit":  # whose jobs do not know their commit
        late = job.comment("--status", "outdated", env=before).expect(0)
        assert SECOND[:12] in late.err and len(job.forge.writes()) == writes
    page = "https://ci.example.com/runs/78"
    job.comment("--status", "outdated", "--run-url", page).expect(0)
    assert (status(ours), report(ours), block(ours)["commit"]) == ("outdated", said, FIRST)
    assert "made no plan" in footer(ours) and page in footer(ours) and FIRST[:12] in footer(ours)
    job.comment(job.plan(SECOND, 5)).expect(0)
    assert job.only() is ours and status(ours) == "planned"
    assert [p[2] for p in block(ours)["past"]] == ["superseded"]
    # Once merged it is for the apply to say what became of it.
    job.comment("--status", "applied").expect(0)
    job.pull.merge("squash", "b" * 40)
    assert "not open" in job.comment("--status", "outdated").expect(0).err
    assert status(ours) == "applied"


@each
@pytest.mark.parametrize("what", ["drop_before", "drop_after", "status_after"])
def test_a_lost_answer_makes_no_second_comment(job, what):
    job.forge.fault(what, "add", status=502)
    job.comment(job.plan()).expect(0)
    assert len(job.pull.said()) == 1
    pushed(job)
    job.forge.fault(what, "edit", status=502)
    job.comment(job.plan(SECOND, 5, job.plans.second)).expect(0)
    assert len(job.pull.said()) == 1 and block(job.only())["commit"] == SECOND


@each
def test_limits_are_waited_for(job):
    for operation in ("pull", "list"):
        job.forge.fault("limit", operation, seconds=1)
    job.forge.fault("secondary" if job.kind == "github" else "limit", "add", seconds=1)
    job.comment(job.plan()).expect(0)
    assert len(job.pull.said()) == 1


@each
def test_what_is_to_be_mended_is_said(job):
    """A forge that does not let us fails the job, with what to do about it."""
    forge, plan = job.forge, job.plan()
    nobody = forge.user("nobody")
    forge.users.pop(nobody.token)
    said = job.comment(plan, env=job.environment(user=nobody)).expect(1)
    assert "token" in said.err
    reader = forge.user("reader", may_comment=False)
    said = job.comment(plan, env=job.environment(user=reader)).expect(1)
    mend = {
        "github": "pull-requests: write",
        "gitlab": "api",
        "gitea": "write:issue",
        "codecommit": "codecommit:PostCommentForPullRequest",
    }
    assert mend[job.kind] in said.err
    stranger = forge.user("stranger", may_read=False)
    said = job.comment(plan, env=job.environment(user=stranger)).expect(1)
    name = str(job.forge.number) if job.kind == "gitlab" else job.forge.repository
    assert name in said.err
    said = job.comment("--pull-request", "99", plan).expect(1)
    assert "99" in said.err
    assert not job.pull.said()


@over_http
def test_answers_that_make_no_sense(job):
    plan = job.plan()
    for what in ("junk", "shape"):
        for operation in ("pull", "list"):
            job.forge.fault(what, operation)
            failed = job.comment(plan).expect(1)
            assert "Unicorn" not in failed.err and not job.pull.said()
        # It was written, whatever was answered: no second run writes it again.
        job.forge.fault(what, "add")
        job.comment(plan).expect(0, 1)
        job.comment(plan).expect(0)
        assert len(job.pull.said()) == 1
        job.pull.comments.clear()
    if job.kind != "gitea":  # Gitea's list has no pages
        job.forge.fault("repeat", "list", times=9)
        assert "next" in job.comment(plan).expect(1).err and not job.pull.said()


@each
def test_tokens_are_shown_nowhere(job):
    token = job.forge.bot.token
    for args in (["-vv", job.plan()], ["-vv", "--pull-request", "99", job.plan()]):
        result = job.comment(*args)
        assert token not in result.out + result.err
    assert all(token not in str(entry) for entry in job.forge.log)


@each
def test_among_many_others(job):
    """Ours stands on the third page, and is found."""
    for i in range(210):
        job.pull.comment(job.forge.alice, f"comment {i}")
    job.comment(job.plan()).expect(0)
    for i in range(20):
        job.pull.comment(job.forge.mallory, f"later comment {i}")
    pushed(job)
    job.comment(job.plan(SECOND, 5, job.plans.second)).expect(0)
    assert block(job.only())["commit"] == SECOND
    assert len(job.pull.said(job.forge.bot)) == 1


@each
def test_each_target_has_its_own(job):
    """Another scope's plan, and a drift report of the same scope."""
    job.comment(job.plan()).expect(0)
    first = job.only()
    body = first.body
    job.comment(job.plan(FIRST, 5, scope="another")).expect(0)
    drift = job.plan(FIRST, 6, format="charter.drift/1")
    job.comment("--pull-request", str(job.pull.number), drift).expect(0)
    assert len(job.ours()) == 3 and first.body == body
    assert len({block(c)["target"] for c in job.ours()}) == 3
    many = job.comment("--status", "applied").expect(1)
    assert "several scopes" in many.err
    job.comment("--status", "applied", job.plan()).expect(0)
    assert [status(c) for c in job.ours()] == ["applied", "planned", "reported"]


@each
def test_a_drift_report(job):
    """On a pull request that is named, as a comment. Nothing comes of it: its footer promises
    nothing, and is none that a job changes."""
    report = job.plan(FIRST, 6, format="charter.drift/1")
    job.comment("--pull-request", str(job.pull.number), report).expect(0)
    alone = job.only()
    assert status(alone) == "reported" and "a merge" not in footer(alone)
    assert "no comment of ours" in job.comment("--status", "applied").expect(0).err
    assert "drift report" in job.comment("--status", "applied", report).expect(1).err
    job.comment(job.plan()).expect(0)
    job.comment("--status", "applied").expect(0)
    assert [status(c) for c in job.ours()] == ["reported", "applied"]


@each
def test_a_plan_of_uncommitted_changes(job):
    plan = copy.deepcopy(job.plans.first)
    plan["head"]["tree"] = None
    said = job.comment(job.plan(plan=plan)).expect(1)
    assert "uncommitted changes" in said.err and not job.forge.writes()


@each
def test_what_a_run_says(job):
    """One line of what became of it, each request with -vv, nothing with -q."""
    plan = job.plan()
    first = job.comment("-vv", plan).expect(0)
    assert "pull request 1: the comment is written" in first.err
    assert first.err.count(" -> 20") >= 3, first.err
    assert "the footer says applied" in job.comment("--status", "applied").expect(0).err
    pushed(job)
    quiet = job.comment("-q", job.plan(SECOND, 5, job.plans.second)).expect(0)
    assert quiet.out + quiet.err == ""


@each
def test_the_page_of_a_run(job):
    job.comment(job.plan()).expect(0)
    wrong = job.comment("--status", "applied", "--run-url", "javascript:alert(1)").expect(1)
    assert "--run-url" in wrong.err and status(job.only()) == "planned"


@each
def test_a_large_plan_fits(job):
    job.comment(job.plan(plan=job.plans.large)).expect(0)
    size = len(job.only().body.encode())
    assert size <= min(NEW[job.kind], 65000)
    assert job.plans.large["plan_id"][:12] in job.only().body
    # With as much history as there is room for, and a footer with a link.
    for i in range(14):
        head = f"{i:040x}"
        pushed(job, head)
        job.comment(job.plan(head, 10 + i, job.plans.large if i % 2 else job.plans.first)).expect(0)
    job.comment("--status", "failed", "--run-url", "https://ci.example.com/" + "x" * 200).expect(0)
    assert len(job.only().body.encode()) <= min(NEW[job.kind], 65000)
    assert len(block(job.only())["past"]) >= 5


@each
def test_options_in_place_of_a_ci_system(job):
    env = {**job.environment(), **{k: None for k in job.environment() if not k.startswith("AWS_")}}
    assert "which forge" in job.comment(job.plan(), env=env).expect(1).err
    env |= job.server.token()
    job.comment(*job.server.options(job.pull), job.plan(), env=env).expect(0)
    assert job.only()


@each
@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_the_pull_request_of_a_commit(job, how):
    """A job of the protected branch finds it by the commit; where there is none, it does not guess."""
    job.comment(job.plan()).expect(0)
    job.pull.merge(how, "b" * 40, ["a" * 40, "b" * 40] if how == "rebase" else None)
    job.comment("--status", "applied", env=job.environment(commit="b" * 40)).expect(0)
    assert status(job.only()) == "applied"
    nothing = job.comment("--status", "applied", env=job.environment(commit="c" * 40)).expect(0)
    assert "came by no pull request" in nothing.err


@pytest.mark.parametrize("job", ["github", "gitlab"], indirect=True)
def test_merges_into_other_branches_are_passed_over(job):
    """Whoever may merge into some branch can have any commit come by a pull request of theirs."""
    job.comment(job.plan()).expect(0)
    other = job.forge.open("a" * 40, branch="mine", target="side")
    other.merge("merge", "d" * 40, ["d" * 40, "a" * 40])
    job.pull.merge("rebase", "b" * 40, ["a" * 40, "b" * 40])
    job.comment("--status", "applied", env=job.environment(commit="a" * 40)).expect(0)
    assert status(job.only()) == "applied"
