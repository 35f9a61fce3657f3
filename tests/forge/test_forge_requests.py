"""The tests' own forge server: it takes what the forges publish, answers in their shapes, and notices
what they would refuse. Without this a program that passes its tests may still fail at the forge."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request

import pytest
import schemas
from forge_gitlab import quick_actions
from forge_server import KINDS, forge_server

pytestmark = pytest.mark.once

HEAD = "a" * 40
MERGED = "b" * 40


class Client:
    """What charter sends, written once more."""

    def __init__(self, server):
        self.server, self.forge = server, server.forge
        self.version = "2022-11-28"

    def http(self, method, path, body=None, headers=None, token=None):
        token = token or self.forge.bot.token
        made = {
            "github": {
                "Authorization": f"Bearer {token}",
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": self.version,
            },
            "gitlab": {"PRIVATE-TOKEN": token},
            "gitea": {"Authorization": f"token {token}"},
            "codecommit": {
                "Authorization": f"AWS4-HMAC-SHA256 Credential={token}/x, SignedHeaders=host, Signature=x",
                "X-Amz-Date": "20260101T000000Z",
                "Content-Type": "application/x-amz-json-1.1",
            },
        }[self.server.kind]
        data = json.dumps(body).encode() if body is not None else None
        if data:
            made.setdefault("Content-Type", "application/json")
        url = path if path.startswith("http") else self.server.api + path
        request = urllib.request.Request(url, data, {**made, **(headers or {})}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as reply:
                return reply.status, json.loads(reply.read()), reply.headers
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read()), error.headers

    def aws(self, operation, body):
        target = {"X-Amz-Target": f"CodeCommit_20150413.{operation}"}
        return self.http("POST", "/", body, target)

    def add(self, number, text):
        name = self.forge.repository
        if self.server.kind == "codecommit":
            body = {"pullRequestId": str(number), "repositoryName": name, "content": text}
            body |= {"beforeCommitId": "0" * 40, "afterCommitId": HEAD}
            return self.aws("PostCommentForPullRequest", body)[1]["comment"]
        if self.server.kind == "gitlab":
            quoted = urllib.parse.quote(name, safe="")
            path = f"/projects/{quoted}/merge_requests/{number}/notes"
        else:
            path = f"/repos/{name}/issues/{number}/comments"
        status, reply, _ = self.http("POST", path, {"body": text})
        assert status == 201
        return reply


@pytest.fixture(params=KINDS)
def client(request, tmp_path):
    with forge_server(request.param, tmp_path / "files") as server:
        yield Client(server)


@pytest.fixture
def github(tmp_path):
    with forge_server("github", tmp_path / "files") as server:
        yield Client(server)


def taken(client):
    """What the server found wrong, which is then no failure of the test."""
    wrong, client.forge.wrong[:] = list(client.forge.wrong), []
    return "\n".join(wrong)


def test_a_story(client):
    """Each operation, answered in the published shape."""
    forge, kind, name = client.forge, client.server.kind, client.forge.repository
    pull = forge.open(HEAD)
    assert client.add(1, "hello") and [c.body for c in pull.said()] == ["hello"]
    comment = pull.said()[0]
    pull.comment(forge.mallory, "me too")
    pull.merge("squash", MERGED)
    if kind == "codecommit":
        shown = client.aws("GetPullRequest", {"pullRequestId": "1"})[1]["pullRequest"]
        assert shown["pullRequestTargets"][0]["mergeMetadata"]["mergeCommitId"] == MERGED
        body = {"repositoryName": name, "pullRequestStatus": "CLOSED"}
        assert client.aws("ListPullRequests", body)[1] == {"pullRequestIds": ["1"]}
        page = client.aws("GetCommentsForPullRequest", {"pullRequestId": "1", "maxResults": 1})[1]
        assert len(page["commentsForPullRequestData"][0]["comments"]) == 1 and page["nextToken"]
        edit = {"commentId": str(comment.id), "content": "more"}
        assert client.aws("UpdateComment", edit)[1]["comment"]["content"] == "more"
    elif kind == "gitlab":
        root = f"/projects/{forge.number}"
        assert client.http("GET", f"{root}/merge_requests/1")[1]["squash_commit_sha"] == MERGED
        path = f"{root}/repository/commits/{MERGED}/merge_requests?state=merged"
        assert [p["iid"] for p in client.http("GET", path)[1]] == [1]
        path = f"{root}/merge_requests/1/notes"
        notes, headers = client.http("GET", f"{path}?sort=asc&per_page=2")[1:]
        assert notes[0]["system"] and headers["X-Next-Page"] == "2"
        assert client.http("PUT", f"{path}/{comment.id}", {"body": "more"})[0] == 200
        assert client.http("GET", "/user")[1]["username"] == "charter-bot"
    else:
        root = f"/repos/{name}"
        shown = client.http("GET", f"{root}/pulls/1")[1]
        assert (shown["merged"], shown["merge_commit_sha"]) == (True, MERGED)
        assert shown["head"]["sha"] == HEAD
        path = f"{root}/commits/{MERGED}/pull"
        found = client.http("GET", path + ("s" if kind == "github" else ""))[1]
        assert [p["number"] for p in (found if kind == "github" else [found])] == [1]
        path = f"{root}/issues/comments/{comment.id}"
        assert client.http("PATCH", path, {"body": "more"})[1]["body"] == "more"
        pages = client.http("GET", f"{root}/issues/1/comments")
        assert len(pages[1]) == 2
    assert comment.body == "more" and comment.editor is forge.bot


def test_githubs_pages_and_authorship(github):
    pull = github.forge.open(HEAD)
    for text in "abc":
        pull.comment(github.forge.mallory, text)
    path = f"/repos/{github.forge.repository}/issues/1/comments?per_page=2"
    link = github.http("GET", path)[2]["Link"]
    assert '/repositories/4711/issues/1/comments?per_page=2&page=2>; rel="next"' in link
    assert [c["body"] for c in github.http("GET", link[1 : link.index(">")])[1]] == ["c"]
    ours = github.add(1, "ours")
    query = """query($ids: [ID!]!) { nodes(ids: $ids) { ... on IssueComment {
        id viewerDidAuthor isMinimized lastEditedAt editor { login } author { login } } } }"""
    ids = [f"IC_{pull.said()[0].id}", ours["node_id"]]
    found = github.http("POST", f"{github.server.url}/api/graphql",
                        {"query": query, "variables": {"ids": ids}})[1]["data"]["nodes"]
    assert [n["viewerDidAuthor"] for n in found] == [False, True]
    mutation = """mutation($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) {
        minimizedComment { isMinimized } } }"""
    body = {"query": mutation, "variables": {"id": ours["node_id"]}}
    said = github.http("POST", f"{github.server.url}/api/graphql", body)[1]
    assert said["data"]["minimizeComment"]["minimizedComment"]["isMinimized"]
    assert pull.said()[-1].hidden == "OUTDATED"
    assert [e.operation for e in github.forge.log[-2:]] == ["ask", "hide"]


def test_what_github_does_not_have_is_noticed(github):
    github.forge.open(HEAD)
    root = f"/repos/{github.forge.repository}/issues/1/comments"
    for method, path, body, said in (
        ("GET", root + "?per_pages=100", None, "query parameter per_pages is not known"),
        ("GET", root + "?page=one", None, "is not of type 'integer'"),
        ("POST", root, {"text": "x"}, "'body' is a required property"),
        ("POST", root, {"body": "x", "draft": True}, "Additional properties"),
        ("DELETE", root, None, "no such operation"),
    ):
        github.http(method, path, body)
        assert said in taken(github)
    github.version = "2020-01-01"
    github.http("GET", root)
    assert "X-GitHub-Api-Version: 2020-01-01" in taken(github)
    for query, said in (
        ("{ nodes(ids: [1]) { viewerDidAuthor } }", "Cannot query field 'viewerDidAuthor'"),
        ("{ nodes(", "Syntax Error"),
        ("query($id: String!) { node(id: $id) { id } }", "expecting type 'ID!'"),
    ):
        github.http("POST", f"{github.server.url}/api/graphql", {"query": query})
        assert said in taken(github)


def test_what_the_others_do_not_have_is_noticed(client):
    """A misspelled member, and a reply that the forge would not give."""
    client.forge.open(HEAD)
    if client.server.kind == "codecommit":
        body = {"pullRequestId": "1", "repositoryName": "cloud", "content": "x", "text": "x"}
        client.aws("PostCommentForPullRequest", body)
        wrong = taken(client)
        assert "beforeCommitId is missing" in wrong and "text is not known" in wrong
        shape = schemas.codecommit().operation_model("UpdateComment").output_shape
        assert schemas.aws_errors(shape, {"comment": {"commentId": 7}}) == [
            "$.comment.commentId: 7 is no string"
        ]
        return
    description = client.server.adapter.description
    said = ("/comments", "/notes")
    add = next(t for m, _, t, _ in description.operations if m == "POST" and t.endswith(said))
    path = add.replace("{id}", "4711").replace("{owner}/{repo}", "platform/cloud")
    for name in ("{issue_number}", "{merge_request_iid}", "{index}"):
        path = path.replace(name, "1")
    client.http("POST", path, {"bodi": "x"})
    assert "'body' is a required property" in taken(client)
    assert description.reply_errors("POST", path, 201, {"id": "seven"})


def test_quick_actions_of_gitlab():
    assert quick_actions("a\n/close\nb") and quick_actions("/approve")
    assert not quick_actions("a /close\n```\n/close\n```\n ~~~\n/x\n~~~~\n/*")


@pytest.mark.parametrize("what", ["drop_before", "drop_after"])
def test_dropped_connections(client, what):
    """The difference that a program cannot see: whether it was done."""
    pull = client.forge.open(HEAD)
    client.forge.fault(what, "add")
    with pytest.raises(OSError):
        client.add(1, "hello")
    assert len(pull.said()) == (1 if what == "drop_after" else 0)
    assert client.add(1, "hello")
