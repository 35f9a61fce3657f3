"""Gitea, and Forgejo, which kept its API."""

from __future__ import annotations

import pathlib
from typing import Any

import schemas
from forge_github import GitHub
from forge_model import Comment, Pull, User, stamp
from forge_rest import GiteaKeeping
from forge_wire import Adapter, Reply, Request

REPOSITORY = "/repos/{owner}/{repo}"
ISSUES = f"{REPOSITORY}/issues"


class Gitea(GiteaKeeping, Adapter):
    repository = "platform/cloud"
    prefix = "/api/v1"
    description = schemas.description("gitea")
    words = {
        ("GET", "/user"): "who",
        ("GET", REPOSITORY): "repository",
        ("GET", f"{REPOSITORY}/pulls/{{index}}"): "pull",
        ("GET", f"{REPOSITORY}/commits/{{sha}}/pull"): "pulls_of",
        ("GET", f"{ISSUES}/{{index}}/comments"): "list",
        ("POST", f"{ISSUES}/{{index}}/comments"): "add",
        ("GET", f"{ISSUES}/comments/{{id}}"): "read",
        ("PATCH", f"{ISSUES}/comments/{{id}}"): "edit",
        ("GET", ISSUES): "issues",
        ("POST", ISSUES): "issue_add",
        ("GET", f"{ISSUES}/{{index}}"): "issue",
        ("PATCH", f"{ISSUES}/{{index}}"): "issue_edit",
        ("GET", f"{REPOSITORY}/labels"): "labels",
        ("POST", f"{REPOSITORY}/labels"): "label_add",
        ("GET", f"{REPOSITORY}/branches/{{branch}}"): "branch",
        ("POST", f"{REPOSITORY}/branches"): "branch_add",
        ("GET", f"{REPOSITORY}/git/trees/{{sha}}"): "tree",
        ("POST", f"{REPOSITORY}/contents"): "files",
        ("POST", f"{REPOSITORY}/pulls"): "pull_add",
        ("GET", f"{REPOSITORY}/pulls/{{base}}/{{head}}"): "pull_of",
    }

    def token(self, url: str, user: User) -> dict[str, str | None]:
        return {"GITEA_TOKEN": user.token}

    def environment(
        self, url: str, run: int, pull: Pull | None, commit: str | None, files: pathlib.Path
    ) -> dict[str, str | None]:
        """Its runner speaks as GitHub's does."""
        made = GitHub.environment(self, url, run, pull, commit, files)
        made.pop("GITHUB_GRAPHQL_URL")
        return {**made, "GITEA_ACTIONS": "true", "GITHUB_RUN_NUMBER": str(run)}

    def who(self, request: Request) -> User | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return self.forge.users.get(token) if scheme.lower() in ("bearer", "token") else None

    def is_ours(self, request: Request) -> bool:
        name = f"{request.parts.get('owner')}/{request.parts.get('repo')}"
        return request.template == "/user" or name == self.forge.repository

    def not_found(self, request: Request) -> Reply:
        text = "The target couldn't be found."
        return Reply(404, {"errors": None, "message": text, "url": "http://forge/api/swagger"})

    def user(self, user: User) -> dict[str, Any]:
        return {"id": user.id, "login": user.name, "full_name": "", "email": "x@example.com"}

    def shown(self, comment: Comment) -> dict[str, Any]:
        return {
            "id": comment.id,
            "body": comment.body,
            "user": self.user(comment.author),
            "original_author": "",
            "original_author_id": 0,
            "assets": [],
            "created_at": stamp(comment.created),
            "updated_at": stamp(comment.updated),
        }

    def shown_pull(self, request: Request, pull: Pull) -> dict[str, Any]:
        owner, name = self.forge.repository.split("/")
        whose = "mallory" if pull.fork else owner
        merged = pull.merged is not None
        return {
            "id": 9000 + pull.number,
            "number": pull.number,
            "state": "open" if pull.open else "closed",
            "merged": merged,
            "merged_at": stamp(self.forge.tick()) if merged else None,
            "merge_commit_sha": pull.merged,
            "html_url": f"{request.origin}/{self.forge.repository}/pulls/{pull.number}",
            "user": self.user(pull.author),
            "head": {
                "ref": pull.branch,
                "sha": pull.head,
                "repo_id": self.forge.number + int(pull.fork),
                "repo": {"id": self.forge.number + int(pull.fork), "full_name": f"{whose}/{name}"},
            },
            "base": {
                "ref": pull.target,
                "sha": pull.base,
                "repo_id": self.forge.number,
                "repo": {"id": self.forge.number, "full_name": self.forge.repository},
            },
        }

    def do_who(self, request: Request, user: User) -> Reply:
        return self.made(request, 200, self.user(user))

    def do_repository(self, request: Request, user: User) -> Reply:
        return self.made(request, 200, {"full_name": self.forge.repository})

    def do_pull(self, request: Request, user: User) -> Reply:
        pull = self.pull(request.parts["index"])
        if not pull:
            return self.not_found(request)
        return self.made(request, 200, self.shown_pull(request, pull))

    def do_pulls_of(self, request: Request, user: User) -> Reply:
        """One, and only by the commit that it was merged as."""
        found = [p for p in self.forge.pulls.values() if p.merged == request.parts["sha"]]
        if not found:
            return self.not_found(request)
        return self.made(request, 200, self.shown_pull(request, found[0]))

    def do_list(self, request: Request, user: User) -> Reply:
        """All of them: this list has no pages."""
        pull = self.pull(request.parts["index"])
        if not pull:
            return self.not_found(request)
        return self.made(request, 200, [self.shown(c) for c in pull.said()])

    def repeat(self, request: Request, reply: Reply) -> None:
        pass

    def do_read(self, request: Request, user: User) -> Reply:
        found = self.comment(request.parts["id"])
        return self.made(request, 200, self.shown(found[1])) if found else self.not_found(request)

    def forbidden(self) -> Reply:
        text = "token does not have at least one of required scope(s): [write:issue]"
        return Reply(403, {"message": text, "url": "http://forge/api/swagger"})

    def do_add(self, request: Request, user: User) -> Reply:
        pull = self.pull(request.parts["index"])
        if not pull:
            return self.not_found(request)
        if not user.may_comment:
            return self.forbidden()
        return self.made(request, 201, self.shown(pull.comment(user, request.body["body"])))

    def do_edit(self, request: Request, user: User) -> Reply:
        found = self.comment(request.parts["id"])
        if not found:
            return self.not_found(request)
        if not user.may_comment:
            return self.forbidden()
        found[1].edit(user, request.body["body"])
        return self.made(request, 200, self.shown(found[1]))
