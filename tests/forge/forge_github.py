"""GitHub: REST below the API's root, as on GitHub Enterprise, and GraphQL."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import graphql
import schemas
from forge_model import Comment, Pull, User, stamp
from forge_rest import GitHubKeeping
from forge_wire import Adapter, Reply, Request, page

VERSIONS = {"2022-11-28"}
REPOSITORY = "/repos/{owner}/{repo}"
ISSUES = f"{REPOSITORY}/issues"


class GitHub(GitHubKeeping, Adapter):
    repository = "platform/cloud"
    prefix = "/api/v3"
    description = schemas.description("github")
    words = {
        ("GET", "/user"): "who",
        ("GET", REPOSITORY): "repository",
        ("GET", f"{REPOSITORY}/pulls/{{pull_number}}"): "pull",
        ("GET", f"{REPOSITORY}/commits/{{commit_sha}}/pulls"): "pulls_of",
        ("GET", f"{ISSUES}/{{issue_number}}/comments"): "list",
        ("POST", f"{ISSUES}/{{issue_number}}/comments"): "add",
        ("GET", f"{ISSUES}/comments/{{comment_id}}"): "read",
        ("PATCH", f"{ISSUES}/comments/{{comment_id}}"): "edit",
        ("GET", ISSUES): "issues",
        ("POST", ISSUES): "issue_add",
        ("GET", f"{ISSUES}/{{issue_number}}"): "issue",
        ("PATCH", f"{ISSUES}/{{issue_number}}"): "issue_edit",
        ("GET", f"{REPOSITORY}/branches/{{branch}}"): "branch",
        ("GET", f"{REPOSITORY}/git/commits/{{commit_sha}}"): "commit",
        ("POST", f"{REPOSITORY}/git/commits"): "commit_add",
        ("GET", f"{REPOSITORY}/git/trees/{{tree_sha}}"): "tree",
        ("POST", f"{REPOSITORY}/git/trees"): "tree_add",
        ("POST", f"{REPOSITORY}/git/blobs"): "blob_add",
        ("POST", f"{REPOSITORY}/git/refs"): "ref_add",
        ("GET", f"{REPOSITORY}/pulls"): "pulls",
        ("POST", f"{REPOSITORY}/pulls"): "pull_add",
    }

    def token(self, url: str, user: User) -> dict[str, str | None]:
        return {"GITHUB_TOKEN": user.token}

    def environment(
        self, url: str, run: int, pull: Pull | None, commit: str | None, files: pathlib.Path
    ) -> dict[str, str | None]:
        name = self.forge.repository
        head = pull.head if pull else commit
        event: dict[str, Any] = {"after": commit, "ref": "refs/heads/main"}
        if pull:
            whose = f"mallory/{name.split('/')[1]}" if pull.fork else name
            event = {"action": "synchronize", "number": pull.number}
            event["pull_request"] = {
                "number": pull.number,
                "head": {"sha": head, "ref": pull.branch, "repo": {"full_name": whose}},
                "base": {"sha": pull.base, "ref": pull.target, "repo": {"full_name": name}},
            }
        event["repository"] = {"full_name": name}
        (files / "event.json").write_text(json.dumps(event))
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": url + self.prefix,
            "GITHUB_SERVER_URL": url,
            "GITHUB_GRAPHQL_URL": f"{url}/api/graphql",
            "GITHUB_REPOSITORY": name,
            "GITHUB_EVENT_NAME": "pull_request" if pull else "push",
            "GITHUB_EVENT_PATH": str(files / "event.json"),
            "GITHUB_REF": f"refs/pull/{pull.number}/merge" if pull else "refs/heads/main",
            "GITHUB_SHA": "f" * 40 if pull else commit,  # of a pull request: GitHub's own merge
            "GITHUB_RUN_ID": str(7000 + run),
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_STEP_SUMMARY": str(files / f"summary-{run}.md"),
            "GITHUB_OUTPUT": str(files / f"output-{run}.txt"),
        }

    def route(self, request: Request) -> None:
        if request.path in ("/api/graphql", "/graphql"):
            text = str((request.body or {}).get("query") if isinstance(request.body, dict) else "")
            request.operation = "hide" if "minimizeComment" in text else "ask"
            request.template = "graphql"
            return
        # The links of its pages name the repository by its number.
        ours = f"{self.prefix}/repositories/{self.forge.number}/"
        if request.path.startswith(ours):
            name = f"{self.prefix}/repos/{self.forge.repository}/"
            request.path = name + request.path[len(ours) :]
        super().route(request)

    def who(self, request: Request) -> User | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return self.forge.users.get(token) if scheme.lower() in ("bearer", "token") else None

    def header_errors(self, request: Request) -> list[str]:
        wrong = super().header_errors(request)
        version = request.headers.get("x-github-api-version")
        if request.template != "graphql" and version not in VERSIONS:
            wrong.append(f"X-GitHub-Api-Version: {version}")
        return wrong

    def request_errors(self, request: Request) -> list[str]:
        if request.template != "graphql":
            return super().request_errors(request)
        return schemas.graph_errors(request.body) + self.header_errors(request)

    def reply_errors(self, request: Request, reply: Reply) -> list[str]:
        if request.template != "graphql":
            return super().reply_errors(request, reply)
        return []

    def failure(self, what: str, status: int, seconds: float) -> Reply:
        if what != "secondary":
            return super().failure(what, status, seconds)
        text = "You have exceeded a secondary rate limit. Please wait a few minutes."
        return Reply(403, {"message": text}, {"Retry-After": str(int(seconds))})

    def error(self, status: int, message: str) -> Reply:
        link = "https://docs.github.com/rest"
        body = {"message": message, "documentation_url": link, "status": str(status)}
        return Reply(status, body)

    def unknown_user(self, request: Request) -> Reply:
        return self.error(401, "Bad credentials")

    def not_found(self, request: Request) -> Reply:
        return self.error(404, "Not Found")

    def is_ours(self, request: Request) -> bool:
        if request.template in ("graphql", "/user"):
            return True
        return f"{request.parts.get('owner')}/{request.parts.get('repo')}" == self.forge.repository

    def login(self, user: User) -> str:
        return user.name + ("[bot]" if user.bot else "")

    def user(self, user: User) -> dict[str, Any]:
        return {"login": self.login(user), "id": user.id, "type": "Bot" if user.bot else "User"}

    def shown(self, comment: Comment) -> dict[str, Any]:
        return {
            "id": comment.id,
            "node_id": f"IC_{comment.id}",
            "body": comment.body,
            "user": self.user(comment.author),
            "created_at": stamp(comment.created),
            "updated_at": stamp(comment.updated),
        }

    def shown_pull(self, request: Request, pull: Pull, whole: bool) -> dict[str, Any]:
        owner, name = self.forge.repository.split("/")
        head_owner = "mallory" if pull.fork else owner
        sides = {
            side: {
                "ref": ref,
                "sha": sha,
                "label": f"{whose}:{ref}",
                "repo": {
                    "id": self.forge.number + int(whose != owner),
                    "full_name": f"{whose}/{name}",
                    "name": name,
                    "fork": whose != owner,
                },
            }
            for side, ref, sha, whose in (
                ("head", pull.branch, pull.head, head_owner),
                ("base", pull.target, pull.base, owner),
            )
        }
        made: dict[str, Any] = {
            "number": pull.number,
            "state": "open" if pull.open else "closed",
            "merged_at": stamp(self.forge.tick()) if pull.merged else None,
            # Of an open one: GitHub's own merge, to try it.
            "merge_commit_sha": pull.merged or "f" * 40,
            "html_url": f"{request.origin}/{self.forge.repository}/pull/{pull.number}",
            "user": self.user(pull.author),
            **sides,
        }
        return {**made, "merged": pull.merged is not None} if whole else made

    def do_who(self, request: Request, user: User) -> Reply:
        if user.bot:
            return self.error(403, "Resource not accessible by integration")
        return self.made(request, 200, self.user(user))

    def do_repository(self, request: Request, user: User) -> Reply:
        return self.made(request, 200, {"full_name": self.forge.repository})

    def do_pull(self, request: Request, user: User) -> Reply:
        pull = self.pull(request.parts["pull_number"])
        if not pull:
            return self.not_found(request)
        return self.made(request, 200, self.shown_pull(request, pull, True))

    def do_pulls_of(self, request: Request, user: User) -> Reply:
        commit = request.parts["commit_sha"]
        found = self.forge.merged_as(commit)
        found += [p for p in self.forge.pulls.values() if commit == p.head and p not in found]
        return self.made(request, 200, [self.shown_pull(request, p, False) for p in found])

    def do_list(self, request: Request, user: User) -> Reply:
        pull = self.pull(request.parts["issue_number"])
        if not pull:
            return self.not_found(request)
        number = int(request.asked("page", "1"))
        size = min(int(request.asked("per_page", "30")), 100)
        items, more = page(pull.said(), number, size)
        reply = self.made(request, 200, [self.shown(c) for c in items])
        if more:
            self.link(request, reply, number + 1, size)
        return reply

    def link(self, request: Request, reply: Reply, number: int, size: int) -> None:
        ours = f"{request.origin}{self.prefix}/repositories/{self.forge.number}"
        path = request.path.removeprefix(f"/repos/{self.forge.repository}")
        url = f"{ours}{path}?per_page={size}&page="
        reply.headers["Link"] = f'<{url}{number}>; rel="next", <{url}99>; rel="last"'

    def repeat(self, request: Request, reply: Reply) -> None:
        self.link(request, reply, 1, int(request.asked("per_page", "30")))

    def do_read(self, request: Request, user: User) -> Reply:
        found = self.comment(request.parts["comment_id"])
        return self.made(request, 200, self.shown(found[1])) if found else self.not_found(request)

    def write(self, request: Request, user: User) -> Reply | None:
        if not user.may_comment:
            return self.error(403, "Resource not accessible by integration")
        body = request.body["body"]
        if not body.strip() or len(body) > 65536:
            reply = self.error(422, "Validation Failed")
            why = "body is too long (maximum is 65536 characters)"
            reply.body["errors"] = [{"resource": "IssueComment", "code": "unprocessable",
                                     "field": "data", "message": why}]
            return reply
        return None

    def do_add(self, request: Request, user: User) -> Reply:
        pull = self.pull(request.parts["issue_number"])
        if not pull:
            return self.not_found(request)
        refused = self.write(request, user)
        if refused:
            return refused
        return self.made(request, 201, self.shown(pull.comment(user, request.body["body"])))

    def do_edit(self, request: Request, user: User) -> Reply:
        found = self.comment(request.parts["comment_id"])
        if not found:
            return self.not_found(request)
        refused = self.write(request, user)
        if refused:
            return refused
        found[1].edit(user, request.body["body"])
        return self.made(request, 200, self.shown(found[1]))

    def actor(self, user: User | None) -> dict[str, Any] | None:
        """GraphQL names a bot without the suffix that REST gives it."""
        return user and {"__typename": "Bot" if user.bot else "User", "login": user.name}

    def issue_node(self, id: str, viewer: User) -> Any:
        issue = self.forge.issue(int(id[2:])) if id[2:].isdigit() else None
        if not issue:
            return graphql.GraphQLError(f"Could not resolve to a node with the global id of '{id}'")
        return {
            "__typename": "Issue",
            "id": id,
            "author": self.actor(issue.author),
            "editor": self.actor(issue.editor),
            "viewerDidAuthor": issue.author is viewer,
        }

    def node(self, id: str, viewer: User) -> Any:
        if id.startswith("I_"):
            return self.issue_node(id, viewer)
        found = self.forge.find(int(id[3:])) if id.startswith("IC_") and id[3:].isdigit() else None
        if not found:
            return graphql.GraphQLError(f"Could not resolve to a node with the global id of '{id}'")
        comment = found[1]
        return {
            "__typename": "IssueComment",
            "id": id,
            "databaseId": comment.id,
            "body": comment.body,
            "author": self.actor(comment.author),
            "editor": self.actor(comment.editor),
            "createdAt": stamp(comment.created),
            "lastEditedAt": stamp(comment.updated) if comment.editor else None,
            "viewerDidAuthor": comment.author is viewer,
            "isMinimized": comment.hidden is not None,
            "minimizedReason": comment.hidden and comment.hidden.lower(),
        }

    def minimize(self, viewer: User, subject: str, why: str) -> Any:
        node = self.node(subject, viewer)
        if isinstance(node, Exception) or not viewer.may_comment:
            raise graphql.GraphQLError("Resource not accessible by integration")
        found = self.forge.find(node["databaseId"])
        assert found
        found[1].hidden = why
        return {"minimizedComment": self.node(subject, viewer)}

    def graph(self, request: Request, user: User) -> Reply:
        body = request.body if isinstance(request.body, dict) else {}
        root = {
            "node": lambda info, id: self.node(id, user),
            "nodes": lambda info, ids: [self.node(i, user) for i in ids],
            "viewer": {"login": user.name},
            "minimizeComment": lambda info, input: self.minimize(
                user, input["subjectId"], input["classifier"]
            ),
        }
        result = graphql.graphql_sync(
            schemas.graph(),
            str(body.get("query", "")),
            root_value=root,
            variable_values=body.get("variables"),
        )
        if result.errors and result.data is None and not body:
            return self.error(400, "Problems parsing JSON")
        return Reply(200, result.formatted)

    do_ask = do_hide = graph
