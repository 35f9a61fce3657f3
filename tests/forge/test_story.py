"""From a pull request to what AWS is after its merge, with a git server, a forge and a twin:
opened, planned, commented, pushed again, merged in each way, applied in both, and run again."""

from __future__ import annotations

import signal

import plans
import pytest
import seed
from live import assert_live, record_tags
from pull_story import (  # noqa: F401
    APPLIED,
    APPLYING,
    Open,
    assert_applied,
    both_ways,
    by_pull_request,
    by_saved_plan,
    edit_document,
    edit_people,
    edit_unit,
    edit_units,
    hidden,
    kind,
    needs_servers,
    nothing,
    served,
    story,
)

pytestmark = needs_servers


@pytest.mark.exhaustive
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
    story.proxy.reset()
    apply(commits[0]).expect(4)
    assert story.proxy.mutations() == []
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
def test_live_value_as_it_was_shown(story, way):
    story.tag_old("somebody")
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


def test_two_runs_comment_at_once(story):
    one = story.open("units", edit_units)
    story.plan(one)
    story.forge.forge.fault("meet", "list", times=2)
    for done in story.jobs_at_once(2, "comment", one.file, pull=one.pull, aws=False, token=True):
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
    args = [file] if way is by_saved_plan else ["--from-pull-request"]
    runs = story.jobs_at_once(2, "apply", *args, *story.where(), token=way is by_pull_request)
    codes = sorted(done.code for done in runs)
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
        story.tag_old(before)
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
    story.proxy.reset()
    way(story, one).expect(0)
    assert story.proxy.mutations() == []
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


@pytest.mark.parametrize("mended", ["by hand", "by the same job", "by the next merge"])
def test_footer_that_cannot_be_written(story, mended):
    """AWS is as it should be, and the job fails all the same; the footer is mended later."""
    one = story.planned("units", edit_units)
    pulls = [one]
    story.merge(one)
    story.forge.forge.fault("call", "edit", call=lambda: None)  # "applying" is written
    story.forge.forge.fault("status", "edit", times=100, status=422)
    done = by_pull_request(story, one).expect(1)
    assert "the apply ended with exit code 0, and the comment does not say so" in done.err
    assert_live(story.world.aws, story.model)
    story.forge.forge.faults.clear()
    assert story.status(one) == "applying"
    if mended == "by hand":
        number = ["--pull-request", str(one.pull.number)]
        tell = story.job("comment", "--status", "applied", *number, aws=False, token=True)
        tell.expect(0)
    else:
        if mended == "by the next merge":
            pulls.append(story.planned("people", edit_people))
            story.merge(pulls[1])
        by_pull_request(story, *pulls).expect(0)
    assert_applied(story, *pulls)
