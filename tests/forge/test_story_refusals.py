"""What a merge is refused for: what was shown is not what would be done, or not by whom."""

from __future__ import annotations

import base64
import hashlib
import re

import git_server
import pytest
from git_server import PASSWORD, USER
from pull_story import (  # noqa: F401
    Story,
    assert_applied,
    assert_refused,
    both_ways,
    by_pull_request,
    by_saved_plan,
    edit_document,
    edit_people,
    edit_unit,
    edit_units,
    kind,
    needs_servers,
    nothing,
    served,
    story,
)

pytestmark = needs_servers


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


@both_ways
def test_live_value_changed_since(story, way):
    """What the plan showed as overwritten is another value by now."""
    story.tag_old("somebody")
    one = story.planned("units", edit_unit)
    assert "somebody" in story.ours(one).body
    story.merge(one)
    done = way(story, one, between=lambda: story.tag_old("another"))
    assert_refused(story, done, one)


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_pushed_after_the_plan(story, how):
    one = story.planned("units", edit_units)
    story.push(one, edit_document)
    assert "nothing is written" in story.comment(one).err  # a run that ends too late
    story.merge(one, how)
    assert_refused(story, story.job("apply", one.file, *story.where()))
    assert_refused(story, by_pull_request(story, one), one)


def test_pushed_after_the_plan_without_a_change(story):
    """The plan would be the same; of this commit nobody saw it."""
    one = story.planned("units", edit_units)
    story.push(one, nothing)
    story.merge(one)
    done = by_pull_request(story, one)
    assert "was planned at" in done.err
    assert_refused(story, done, one)


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
    assert story.proxy.mutations() == []


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
    story.proxy.reset()
    done = by_pull_request(story, one)
    if by == "mallory":
        assert "was edited by somebody else" in done.expect(4).err
        assert story.proxy.mutations() == []
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
    assert story.proxy.mutations() == []
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


def test_forge_that_cannot_be_asked(story):
    """Without the comments nothing is known to be approved."""
    one = story.planned("units", edit_units)
    story.merge(one)
    story.forge.forge.fault("status", "list", times=100, status=404)
    by_pull_request(story, one).expect(1)
    assert story.proxy.mutations() == []


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
    story.proxy.reset()
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
    assert story.proxy.mutations() == []
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
