"""GitLab's API, version 4."""

from __future__ import annotations

import pathlib
import re
import urllib.parse
from typing import Any

import schemas
from forge_model import Comment, Pull, User, stamp
from forge_rest import GitLabKeeping
from forge_wire import Adapter, Reply, Request, page

MERGE_REQUEST = "/projects/{id}/merge_requests/{merge_request_iid}"
NOTES = f"{MERGE_REQUEST}/notes"


class GitLab(GitLabKeeping, Adapter):
    repository = "platform/infra/cloud"
    prefix = "/api/v4"
    description = schemas.description("gitlab")
    words = {
        ("GET", "/user"): "who",
        ("GET", MERGE_REQUEST): "pull",
        ("GET", "/projects/{id}/repository/commits/{sha}/merge_requests"): "pulls_of",
        ("GET", NOTES): "list",
        ("POST", NOTES): "add",
        ("GET", f"{NOTES}/{{note_id}}"): "read",
        ("PUT", f"{NOTES}/{{note_id}}"): "edit",
        ("GET", "/projects/{id}/issues"): "issues",
        ("POST", "/projects/{id}/issues"): "issue_add",
        ("GET", "/projects/{id}/issues/{issue_iid}"): "issue",
        ("PUT", "/projects/{id}/issues/{issue_iid}"): "issue_edit",
        ("GET", "/projects/{id}/repository/branches/{branch}"): "branch",
        ("POST", "/projects/{id}/repository/commits"): "commit_add",
        ("GET", "/projects/{id}/merge_requests"): "pulls",
        ("POST", "/projects/{id}/merge_requests"): "pull_add",
    }

    def token(self, url: str, user: User) -> dict[str, str | None]:
        return {"GITLAB_TOKEN": user.token}

    def environment(
        self, url: str, run: int, pull: Pull | None, commit: str | None, files: pathlib.Path
    ) -> dict[str, str | None]:
        web = f"{url}/{self.forge.repository}"
        made: dict[str, str | None] = {
            "GITLAB_CI": "true",
            "CI": "true",
            "CI_API_V4_URL": url + self.prefix,
            "CI_SERVER_URL": url,
            "CI_PROJECT_ID": str(self.forge.number),
            "CI_PROJECT_PATH": self.forge.repository,
            "CI_PROJECT_URL": web,
            "CI_JOB_URL": f"{web}/-/jobs/{7000 + run}",
            "CI_JOB_ID": str(7000 + run),
            "CI_PIPELINE_SOURCE": "merge_request_event" if pull else "push",
            "CI_COMMIT_SHA": pull.head if pull else commit,
            "CI_DEFAULT_BRANCH": "main",
        }
        if not pull:
            return {**made, "CI_COMMIT_BRANCH": "main"}
        return {
            **made,
            "CI_MERGE_REQUEST_IID": str(pull.number),
            "CI_MERGE_REQUEST_PROJECT_ID": str(self.forge.number),
            "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": str(self.forge.number + int(pull.fork)),
            "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": pull.branch,
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": pull.target,
        }

    def who(self, request: Request) -> User | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        token = request.headers.get("private-token") or (token if scheme == "Bearer" else "")
        return self.forge.users.get(token)

    def request_errors(self, request: Request) -> list[str]:
        wrong = super().request_errors(request)
        if request.operation in ("add", "edit") and isinstance(request.body, dict):
            wrong += quick_actions(str(request.body.get("body")))
        if request.operation in ("issue_add", "issue_edit") and isinstance(request.body, dict):
            wrong += quick_actions(str(request.body.get("description")))
        return wrong

    def is_ours(self, request: Request) -> bool:
        names = (self.forge.repository, str(self.forge.number))
        return request.template == "/user" or request.parts.get("id") in names

    def user(self, user: User) -> dict[str, Any]:
        return {"id": user.id, "username": user.name, "name": user.name, "state": "active"}

    def shown(self, pull: Pull, comment: Comment) -> dict[str, Any]:
        return {
            "id": comment.id,
            "body": comment.body,
            "author": self.user(comment.author),
            "created_at": stamp(comment.created, True),
            "updated_at": stamp(comment.updated, True),
            "system": comment.system,
            "noteable_type": "MergeRequest",
            "noteable_iid": pull.number,
            "project_id": self.forge.number,
        }

    def shown_pull(self, request: Request, pull: Pull) -> dict[str, Any]:
        squash = pull.merged if pull.how == "squash" else None
        return {
            "iid": pull.number,
            "project_id": self.forge.number,
            "state": "merged" if pull.merged else "opened" if pull.open else "closed",
            "merged_at": stamp(self.forge.tick(), True) if pull.merged else None,
            "target_branch": pull.target,
            "source_branch": pull.branch,
            "source_project_id": self.forge.number + int(pull.fork),
            "target_project_id": self.forge.number,
            # A rebased merge request was pushed again before it was fast-forwarded.
            "sha": pull.merged if pull.how == "rebase" else pull.head,
            "merge_commit_sha": pull.merged if pull.how == "merge" else None,
            "squash_commit_sha": squash,
            "web_url": f"{request.origin}/{self.forge.repository}/-/merge_requests/{pull.number}",
            "author": self.user(pull.author),
        }

    def do_who(self, request: Request, user: User) -> Reply:
        return self.made(request, 200, {**self.user(user), "bot": user.bot})

    def do_pull(self, request: Request, user: User) -> Reply:
        pull = self.pull(request.parts["merge_request_iid"])
        if not pull:
            return self.not_found(request)
        return self.made(request, 200, self.shown_pull(request, pull))

    def do_pulls_of(self, request: Request, user: User) -> Reply:
        found = self.forge.merged_as(request.parts["sha"])
        found += [
            p
            for p in self.forge.pulls.values()
            if p.head == request.parts["sha"] and p not in found
        ]
        shown = [self.shown_pull(request, p) for p in found]
        state = request.asked("state", "")
        return self.made(request, 200, [p for p in shown if state in ("", p["state"])])

    def do_list(self, request: Request, user: User) -> Reply:
        pull = self.pull(request.parts["merge_request_iid"])
        if not pull:
            return self.not_found(request)
        notes = sorted(pull.comments, key=lambda c: c.id)
        if request.asked("sort", "desc") == "desc":
            notes.reverse()
        if request.asked("activity_filter", "") == "only_comments":
            notes = [n for n in notes if not n.system]
        number, size = int(request.asked("page", "1")), int(request.asked("per_page", "20"))
        items, more = page(notes, number, size)
        reply = self.made(request, 200, [self.shown(pull, c) for c in items])
        self.pages(request, reply, number, number + 1 if more else 0, size)
        return reply

    def pages(self, request: Request, reply: Reply, number: int, after: int, size: int) -> None:
        reply.headers |= {"X-Page": str(number), "X-Per-Page": str(size)}
        reply.headers["X-Next-Page"] = str(after) if after else ""
        if after:
            kept = [(k, v) for k, v in request.query if k != "page"]
            query = urllib.parse.urlencode([*kept, ("page", after)])
            url = f"{request.origin}{self.prefix}{request.path}?{query}"
            reply.headers["Link"] = f'<{url}>; rel="next"'

    def repeat(self, request: Request, reply: Reply) -> None:
        number = int(request.asked("page", "1"))
        self.pages(request, reply, number, number, int(request.asked("per_page", "20")))

    def do_read(self, request: Request, user: User) -> Reply:
        found = self.comment(request.parts["note_id"])
        return self.made(request, 200, self.shown(*found)) if found else self.not_found(request)

    def do_add(self, request: Request, user: User) -> Reply:
        pull = self.pull(request.parts["merge_request_iid"])
        if not pull:
            return self.not_found(request)
        if not user.may_comment:
            return Reply(403, {"error": "insufficient_scope", "error_description": "scope: api"})
        # Blank ends are cut off as the note is saved.
        note = pull.comment(user, request.body["body"].strip())
        return self.made(request, 201, self.shown(pull, note))

    def do_edit(self, request: Request, user: User) -> Reply:
        found = self.comment(request.parts["note_id"])
        if not found:
            return self.not_found(request)
        if not user.may_comment or found[1].author is not user:
            return Reply(403, {"message": "403 Forbidden"})
        found[1].edit(user, request.body["body"].strip())
        return self.made(request, 200, self.shown(*found))


def quick_actions(body: str) -> list[str]:
    """GitLab carries out lines that begin with a slash, outside of code."""
    wrong = []
    fence = ""
    for line in body.split("\n"):
        mark = re.match(r" {0,3}(`{3,}|~{3,})", line)
        if mark and not fence:
            fence = mark[1]
        elif fence and re.fullmatch(rf" {{0,3}}{fence[0]}{{{len(fence)},}}\s*", line):
            fence = ""
        elif not fence and re.match(r"/[a-z]\w*", line):
            wrong.append(f"GitLab would carry out the line {line[:80]!r}")
    return wrong
