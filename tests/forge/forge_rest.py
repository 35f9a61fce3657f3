"""Issues and proposals of the forges that speak REST: what GitHub, GitLab and Gitea answer."""

from __future__ import annotations

import base64
import urllib.parse
from typing import Any

from forge_model import User, stamp
from forge_repository import Issue
from forge_wire import Reply, Request, page


class Keeping:
    """What is alike in all of them."""

    forge: Any
    number_part: str
    milliseconds = False

    def issue(self, request: Request) -> Issue | None:
        text = request.parts[self.number_part]
        return self.forge.issue(int(text)) if text.isdigit() else None

    def user(self, user: User) -> dict[str, Any]:
        raise NotImplementedError

    def shown_issue(self, request: Request, issue: Issue) -> dict[str, Any]:
        raise NotImplementedError

    def refuse(self, request: Request) -> Reply:
        return Reply(403, {"message": "403 Forbidden"})

    def listed(self, request: Request) -> list[Issue]:
        label, state = request.asked("labels", ""), request.asked("state", "open")
        found = [i for i in self.forge.issues if not label or label in i.labels]
        found = [i for i in found if state == "all" or i.open == (state in ("open", "opened"))]
        return sorted(found, key=lambda i: -i.number)

    def do_issue(self, request: Request, user: User) -> Reply:
        found = self.issue(request)
        if not found:
            return self.not_found(request)
        return self.made(request, 200, self.shown_issue(request, found))

    def add_issue(self, request: Request, user: User, body: str, labels: list[str]) -> Reply:
        if not user.may_comment:
            return self.refuse(request)
        made = self.forge.open_issue(user, request.body["title"], body, labels)
        return self.made(request, 201, self.shown_issue(request, made))

    def edit_issue(self, request: Request, user: User, body: str | None, open: bool | None) -> Reply:
        found = self.issue(request)
        if not found:
            return self.not_found(request)
        if not user.may_comment:
            return self.refuse(request)
        found.edit(user, body, request.body.get("title"))
        found.open = found.open if open is None else open
        return self.made(request, 200, self.shown_issue(request, found))


class GitHubKeeping(Keeping):
    number_part = "issue_number"

    def shown_issue(self, request: Request, issue: Issue) -> dict[str, Any]:
        return {
            "id": 80000 + issue.number,
            "node_id": f"I_{issue.number}",
            "number": issue.number,
            "title": issue.title,
            "body": issue.body,
            "state": "open" if issue.open else "closed",
            "html_url": f"{request.origin}/{self.forge.repository}/issues/{issue.number}",
            "labels": [{"id": 1, "name": n} for n in issue.labels],
            "user": self.user(issue.author),
            "created_at": stamp(issue.created),
            "updated_at": stamp(issue.updated),
        }

    def do_issues(self, request: Request, user: User) -> Reply:
        """Pull requests are issues too."""
        number, size = int(request.asked("page", "1")), int(request.asked("per_page", "30"))
        items, more = page(self.listed(request), number, size)
        shown = [self.shown_issue(request, i) for i in items]
        link = {k: f"{request.origin}/x" for k in ("url", "html_url", "diff_url", "patch_url")}
        for pull in self.forge.labelled:
            shown.append({**self.shown_issue(request, pull), "pull_request": link})
        reply = self.made(request, 200, shown)
        if more:
            self.link(request, reply, number + 1, size)
            query = urllib.parse.urlencode([(k, v) for k, v in request.query if k != "page"])
            url = f"{request.origin}{self.prefix}/repositories/{self.forge.number}/issues?{query}"
            reply.headers["Link"] = f'<{url}&page={number + 1}>; rel="next"'
        return reply

    def refuse(self, request: Request) -> Reply:
        return self.error(403, "Resource not accessible by integration")

    def sized(self, request: Request) -> Reply | None:
        if len(request.body.get("body") or "") > 65536 or len(request.body.get("title", "")) > 256:
            return self.error(422, "Validation Failed: body is too long")
        return None

    def do_issue_add(self, request: Request, user: User) -> Reply:
        labels = request.body.get("labels", []) if user.may_label else []
        return self.sized(request) or self.add_issue(request, user, request.body["body"], labels)

    def do_issue_edit(self, request: Request, user: User) -> Reply:
        state = request.body.get("state")
        open = None if state is None else state == "open"
        return self.sized(request) or self.edit_issue(request, user, request.body["body"], open)

    def do_branch(self, request: Request, user: User) -> Reply:
        name = request.parts["branch"]
        tip = self.forge.files.branches.get(name)
        if not tip:
            return self.error(404, "Branch not found")
        return self.made(request, 200, {"name": name, "commit": {"sha": tip}})

    def do_commit(self, request: Request, user: User) -> Reply:
        found = self.forge.files.commits.get(request.parts["commit_sha"])
        if not found:
            return self.not_found(request)
        sha = request.parts["commit_sha"]
        return self.made(request, 200, {"sha": sha, "tree": {"sha": found["tree"]}})

    def do_tree(self, request: Request, user: User) -> Reply:
        files, id = self.forge.files, request.parts["tree_sha"]
        if id not in files.commits:
            return self.not_found(request)
        tree = [
            {"path": path, "mode": mode, "type": "blob", "sha": sha}
            for path, (mode, sha) in sorted(files.entries(id).items())
        ]
        return self.made(request, 200, {"sha": id, "tree": tree, "truncated": False})

    def do_tree_add(self, request: Request, user: User) -> Reply:
        files, body = self.forge.files, request.body
        if not user.may_push:
            return self.refuse(request)
        if body["base_tree"] not in files.trees:
            return self.error(422, "base_tree is not a valid oid")
        entries = dict(files.trees[body["base_tree"]])
        for entry in body["tree"]:
            if "content" in entry:
                entries[entry["path"]] = (entry["mode"], files.blob(entry["content"].encode()))
            elif entry["sha"] is None:
                entries.pop(entry["path"])
            else:
                assert entry["sha"] in files.blobs
                entries[entry["path"]] = (entry["mode"], entry["sha"])
        return self.made(request, 201, {"sha": files.tree(entries)})

    def do_blob_add(self, request: Request, user: User) -> Reply:
        if not user.may_push:
            return self.refuse(request)
        data = base64.b64decode(request.body["content"], validate=True)
        return self.made(request, 201, {"sha": self.forge.files.blob(data)})

    def do_commit_add(self, request: Request, user: User) -> Reply:
        body = request.body
        id = self.forge.files.commit(body["tree"], body["parents"], body["message"])
        return self.made(request, 201, {"sha": id, "tree": {"sha": body["tree"]}})

    def do_ref_add(self, request: Request, user: User) -> Reply:
        name = request.body["ref"].removeprefix("refs/heads/")
        if name in self.forge.files.branches:
            return self.error(422, "Reference already exists")
        assert request.body["sha"] in self.forge.files.commits
        self.forge.files.branches[name] = request.body["sha"]
        target = {"sha": request.body["sha"], "type": "commit"}
        return self.made(request, 201, {"ref": request.body["ref"], "object": target})

    def do_pulls(self, request: Request, user: User) -> Reply:
        head = request.asked("head", "").partition(":")[2]
        found = [p for p in self.forge.pulls.values()
                 if p.open and p.branch == head and p.target == request.asked("base", "")]
        return self.made(request, 200, [self.shown_pull(request, p, False) for p in found])

    def do_pull_add(self, request: Request, user: User) -> Reply:
        body = request.body
        if not user.may_pull:
            return self.error(403, "GitHub Actions is not permitted to create or approve pull requests.")
        pull = self.forge.propose(user, body["head"], body["base"], body["title"], body["body"])
        if not pull:
            return self.error(422, "Validation Failed")
        return self.made(request, 201, self.shown_pull(request, pull, True))


class GiteaKeeping(GitHubKeeping):
    number_part = "index"

    def shown_issue(self, request: Request, issue: Issue) -> dict[str, Any]:
        made = super().shown_issue(request, issue)
        made.pop("node_id")
        labels = [{"id": self.forge.labels[n], "name": n} for n in issue.labels]
        return {**made, "labels": labels, "original_author": "", "pull_request": None}

    def refuse(self, request: Request) -> Reply:
        return self.forbidden()

    def error(self, status: int, message: str) -> Reply:
        return Reply(status, {"message": message, "url": "http://forge/api/swagger"})

    def do_issues(self, request: Request, user: User) -> Reply:
        """By a label that it does not have it lists all issues."""
        found = self.listed(request)
        if request.asked("labels", "") not in self.forge.labels:
            found = sorted(self.forge.issues, key=lambda i: -i.number)
        number, size = int(request.asked("page", "1")), int(request.asked("limit", "30"))
        items, more = page(found, number, size)
        reply = self.made(request, 200, [self.shown_issue(request, i) for i in items])
        if more:
            query = urllib.parse.urlencode([(k, v) for k, v in request.query if k != "page"])
            url = f"{request.origin}{self.prefix}{request.path}?{query}&page={number + 1}"
            reply.headers["Link"] = f'<{url}>; rel="next"'
        return reply

    def do_labels(self, request: Request, user: User) -> Reply:
        shown = [{"id": id, "name": name} for name, id in self.forge.labels.items()]
        return self.made(request, 200, shown)

    def do_label_add(self, request: Request, user: User) -> Reply:
        if not user.may_comment:
            return self.refuse(request)
        name = request.body["name"]
        self.forge.labels[name] = 60 + len(self.forge.labels)
        return self.made(request, 201, {"id": self.forge.labels[name], "name": name})

    def do_issue_add(self, request: Request, user: User) -> Reply:
        names = {id: name for name, id in self.forge.labels.items()}
        labels = [names[id] for id in request.body.get("labels", [])]
        return self.add_issue(request, user, request.body["body"], labels)

    def do_branch(self, request: Request, user: User) -> Reply:
        name = request.parts["branch"]
        tip = self.forge.files.branches.get(name)
        if not tip:
            return self.not_found(request)
        return self.made(request, 200, {"name": name, "commit": {"id": tip}})

    def do_branch_add(self, request: Request, user: User) -> Reply:
        body, files = request.body, self.forge.files
        if not user.may_push:
            return self.refuse(request)
        if body["new_branch_name"] in files.branches:
            return self.error(409, "The branch already exists.")
        assert body["old_ref_name"] in files.commits
        files.branches[body["new_branch_name"]] = body["old_ref_name"]
        shown = {"name": body["new_branch_name"], "commit": {"id": body["old_ref_name"]}}
        return self.made(request, 201, shown)

    def do_tree(self, request: Request, user: User) -> Reply:
        files, id = self.forge.files, request.parts["sha"]
        if id not in files.commits:
            return self.not_found(request)
        number, size = int(request.asked("page", "1")), min(int(request.asked("per_page", "99")), 2)
        items, more = page(sorted(files.entries(id).items()), number, size)
        tree = [{"path": p, "mode": m, "type": "blob", "sha": s} for p, (m, s) in items]
        return self.made(request, 200, {"sha": id, "page": number, "tree": tree, "truncated": more})

    def do_files(self, request: Request, user: User) -> Reply:
        files, body = self.forge.files, request.body
        there = files.entries(files.branches[body["branch"]])
        changes: dict[str, bytes | None] = {}
        for change in body["files"]:
            path, what = change["path"], change["operation"]
            if (what == "create") == (path in there):
                return self.error(422, f"repository file already exists, or not [path: {path}]")
            if path in there and change["sha"] != there[path][1]:
                return self.error(422, f"sha does not match [given: {change['sha']}]")
            data = None if what == "delete" else base64.b64decode(change["content"], validate=True)
            changes[path] = data
        id = files.put(body["branch"], changes, body["message"])
        return self.made(request, 201, {"commit": {"sha": id}})

    def do_pull_of(self, request: Request, user: User) -> Reply:
        for pull in self.forge.pulls.values():
            if pull.branch == request.parts["head"] and pull.target == request.parts["base"]:
                return self.made(request, 200, self.shown_pull(request, pull))
        return self.not_found(request)

    def do_pull_add(self, request: Request, user: User) -> Reply:
        body = request.body
        pull = self.forge.propose(user, body["head"], body["base"], body["title"], body["body"])
        if not pull:
            return self.error(409, "pull request already exists for these targets")
        return self.made(request, 201, self.shown_pull(request, pull))


class GitLabKeeping(Keeping):
    number_part = "issue_iid"

    def shown_issue(self, request: Request, issue: Issue) -> dict[str, Any]:
        return {
            "id": 80000 + issue.number,
            "iid": issue.number,
            "project_id": self.forge.number,
            "title": issue.title,
            "description": issue.body,
            "state": "opened" if issue.open else "closed",
            "web_url": f"{request.origin}/{self.forge.repository}/-/issues/{issue.number}",
            "labels": issue.labels,
            "author": self.user(issue.author),
            "created_at": stamp(issue.created, True),
            "updated_at": stamp(issue.updated, True),
            "closed_at": None if issue.open else stamp(issue.updated, True),
        }

    def do_issues(self, request: Request, user: User) -> Reply:
        number, size = int(request.asked("page", "1")), int(request.asked("per_page", "20"))
        items, more = page(self.listed(request), number, size)
        reply = self.made(request, 200, [self.shown_issue(request, i) for i in items])
        self.pages(request, reply, number, number + 1 if more else 0, size)
        return reply

    def do_issue_add(self, request: Request, user: User) -> Reply:
        labels = [n for n in request.body.get("labels", "").split(",") if n]
        return self.add_issue(request, user, request.body["description"].strip(), labels)

    def do_issue_edit(self, request: Request, user: User) -> Reply:
        event = request.body.get("state_event")
        open = None if event is None else event == "reopen"
        return self.edit_issue(request, user, request.body["description"].strip(), open)

    def shown_commit(self, id: str) -> dict[str, Any]:
        commit = self.forge.files.commits[id]
        return {"id": id, "parent_ids": commit["parents"], "message": commit["message"]}

    def do_branch(self, request: Request, user: User) -> Reply:
        name = request.parts["branch"]
        tip = self.forge.files.branches.get(name)
        if not tip:
            return Reply(404, {"message": "404 Branch Not Found"})
        return self.made(request, 200, {"name": name, "commit": self.shown_commit(tip)})

    def do_commit_add(self, request: Request, user: User) -> Reply:
        files, body = self.forge.files, request.body
        if not user.may_push:
            return self.refuse(request)
        if body["branch"] in files.branches:
            text = f"A branch called '{body['branch']}' already exists."
            return Reply(400, {"message": text})
        there = files.entries(body["start_sha"])
        changes: dict[str, bytes | None] = {}
        for action in body["actions"]:
            if (action["action"] == "create") == (action["file_path"] in there):
                return Reply(400, {"message": "A file with this name already exists, or not"})
            gone = action["action"] == "delete"
            data = None if gone else base64.b64decode(action["content"], validate=True)
            changes[action["file_path"]] = data
        files.branches[body["branch"]] = body["start_sha"]
        id = files.put(body["branch"], changes, body["commit_message"])
        return self.made(request, 201, self.shown_commit(id))

    def do_pulls(self, request: Request, user: User) -> Reply:
        asked = (request.asked("source_branch", ""), request.asked("target_branch", ""))
        pulls = self.forge.pulls.values()
        found = [p for p in pulls if p.open and (p.branch, p.target) == asked]
        return self.made(request, 200, [self.shown_pull(request, p) for p in found])

    def do_pull_add(self, request: Request, user: User) -> Reply:
        body = request.body
        pull = self.forge.propose(
            user, body["source_branch"], body["target_branch"], body["title"], body["description"]
        )
        if not pull:
            return Reply(409, {"message": ["Another open merge request already exists"]})
        return self.made(request, 201, self.shown_pull(request, pull))
