"""AWS CodeCommit (JSON 1.1), and STS's answer to who is calling. Signatures are not verified."""

from __future__ import annotations

import base64
import pathlib
import re
from typing import Any

import schemas
from forge_model import ACCOUNT, WRITES, Comment, Pull, User
from forge_wire import Reply, Request

TARGET = "CodeCommit_20150413."
SIZE = 10240  # of a comment, in bytes
WORDS = {
    "GetPullRequest": "pull",
    "ListPullRequests": "pulls_of",
    "GetCommentsForPullRequest": "list",
    "GetComment": "read",
    "PostCommentForPullRequest": "add",
    "UpdateComment": "edit",
    "GetCallerIdentity": "who",
    "GetBranch": "branch",
    "CreateBranch": "branch_add",
    "CreateCommit": "commit_add",
    "CreatePullRequest": "pull_add",
}
HOW = {"merge": "THREE_WAY_MERGE", "squash": "SQUASH_MERGE", "rebase": "FAST_FORWARD_MERGE"}


class Refused(Exception):
    def __init__(self, code: str, message: str = "", status: int = 400):
        super().__init__(code)
        self.reply = Reply(status, {"__type": code, "message": message or code})


class CodeCommit:
    repository = "cloud"
    prefix = ""

    def __init__(self, forge: Any):
        self.forge = forge
        self.model = schemas.codecommit()

    def token(self, url: str, user: User) -> dict[str, str | None]:
        return {
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": user.token,
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
        }

    def environment(
        self, url: str, run: int, pull: Pull | None, commit: str | None, files: pathlib.Path
    ) -> dict[str, str | None]:
        host = "git-codecommit.us-east-1.amazonaws.com"
        console = "https://us-east-1.console.aws.amazon.com/codesuite/codebuild"
        build = f"charter:0b5e3f6c-0000-4000-8000-{run:012d}"
        made: dict[str, str | None] = {
            "CODEBUILD_BUILD_ID": build,
            "CODEBUILD_BUILD_ARN": f"arn:aws:codebuild:us-east-1:{ACCOUNT}:build/{build}",
            "CODEBUILD_BUILD_URL": f"{console}/projects/charter/build/{build}/log",
            "CODEBUILD_RESOLVED_SOURCE_VERSION": pull.head if pull else commit,
            "CODEBUILD_SOURCE_REPO_URL": f"https://{host}/v1/repos/{self.forge.repository}",
            "CODEBUILD_SOURCE_VERSION": pull.head if pull else commit,
        }
        return {**made, "CODEBUILD_WEBHOOK_TRIGGER": f"pr/{pull.number}"} if pull else made

    def route(self, request: Request) -> None:
        name = request.headers.get("x-amz-target", "").removeprefix(TARGET)
        if "Action=GetCallerIdentity" in request.data.decode(errors="replace"):
            name = "GetCallerIdentity"
        request.template = name
        request.operation = WORDS.get(name, "unknown")

    def who(self, request: Request) -> User | None:
        found = re.match(
            r"AWS4-HMAC-SHA256 Credential=([^/]+)/", request.headers.get("authorization", "")
        )
        return self.forge.users.get(found[1]) if found else None

    def request_errors(self, request: Request) -> list[str]:
        if request.operation in ("unknown", "who"):
            known = request.operation == "who"
            return [] if known else [f"operation {request.template} is not known"]
        wrong = []
        if (request.method, request.path) != ("POST", "/"):
            wrong.append(f"{request.method} {request.path}")
        if request.headers.get("content-type") != "application/x-amz-json-1.1":
            wrong.append(f"Content-Type: {request.headers.get('content-type')}")
        if not request.headers.get("x-amz-date"):
            wrong.append("no X-Amz-Date")
        if "host" not in request.headers.get("authorization", "").partition("SignedHeaders=")[2]:
            wrong.append("the host is not signed")
        shape = self.model.operation_model(request.template).input_shape
        wrong += schemas.aws_errors(shape, request.body)
        return [f"{request.template}: {w}" for w in wrong]

    def reply_errors(self, request: Request, reply: Reply) -> list[str]:
        if reply.status != 200 or request.operation == "who":
            if reply.status != 200 and request.operation not in ("unknown", "who"):
                shapes = self.model.operation_model(request.template).error_shapes
                codes = [s.metadata.get("error", {}).get("code", s.name) for s in shapes]
                general = ["UnrecognizedClientException", "AccessDeniedException"]
                if reply.body["__type"] not in codes + general:
                    return [f"{request.template} never answers {reply.body['__type']}"]
            return []
        shape = self.model.operation_model(request.template).output_shape
        if shape is None:
            return [] if reply.raw == b"" else [f"{request.template} answers nothing"]
        return [f"reply to {request.template}: {e}" for e in schemas.aws_errors(shape, reply.body)]

    def failure(self, what: str, status: int, seconds: float) -> Reply:
        if what == "status":
            return Reply(status, {"__type": "InternalFailure", "message": "Server Error"})
        return Reply(400, {"__type": "ThrottlingException", "message": "Rate exceeded"})

    def invalid(self) -> Reply:
        return Reply(400, {"__type": "ValidationException", "message": "not valid"})

    def repeat(self, request: Request, reply: Reply) -> None:
        reply.body["nextToken"] = "1"

    def answer(self, request: Request, user: User | None) -> Reply:
        try:
            if user is None:
                text = "The security token included in the request is invalid."
                raise Refused("UnrecognizedClientException", text)
            if request.operation == "unknown":
                raise Refused("UnknownOperationException")
            if request.operation == "who":
                return self.do_who(user)
            reads = request.operation not in WRITES
            if not (user.may_read if reads else user.may_comment):
                text = f"User: {user.arn} is not authorized to perform: codecommit:"
                raise Refused("AccessDeniedException", text + request.template)
            body = getattr(self, f"do_{request.operation}")(request.body or {}, user)
            raw = b"" if body == {} else None
            return Reply(200, body, raw=raw, type="application/x-amz-json-1.1")
        except Refused as refused:
            refused.reply.type = "application/x-amz-json-1.1"
            return refused.reply

    def do_who(self, user: User) -> Reply:
        text = (
            '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
            f"<GetCallerIdentityResult><Arn>{user.arn}</Arn><UserId>AROAEXAMPLE:{user.session}"
            f"</UserId><Account>{ACCOUNT}</Account></GetCallerIdentityResult>"
            "<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>"
            "</GetCallerIdentityResponse>"
        )
        return Reply(200, None, raw=text.encode(), type="text/xml")

    def pull_of(self, body: dict[str, Any]) -> Pull:
        if body.get("repositoryName", self.forge.repository) != self.forge.repository:
            raise Refused("RepositoryDoesNotExistException")
        id = body["pullRequestId"]
        pull = self.forge.pulls.get(int(id)) if id.isdigit() else None
        if not pull:
            raise Refused("PullRequestDoesNotExistException")
        return pull

    def shown(self, comment: Comment) -> dict[str, Any]:
        made = {
            "commentId": str(comment.id),
            "content": comment.body,
            "creationDate": comment.created.timestamp(),
            "lastModifiedDate": comment.updated.timestamp(),
            "authorArn": comment.author_arn,
            "deleted": False,
        }
        return {**made, "clientRequestToken": comment.token} if comment.token else made

    def shown_pull(self, pull: Pull) -> dict[str, Any]:
        merge: dict[str, Any] = {"isMerged": pull.merged is not None}
        if pull.merged:
            merge |= {"mergedBy": pull.author.arn, "mergeOption": HOW[pull.how or "merge"]}
            merge |= {} if pull.how == "rebase" else {"mergeCommitId": pull.merged}
        target = {
            "repositoryName": self.forge.repository,
            "sourceReference": f"refs/heads/{pull.branch}",
            "destinationReference": f"refs/heads/{pull.target}",
            "destinationCommit": pull.base,
            # Only fast-forwards are of its own making: what is rebased was pushed again before.
            "sourceCommit": pull.merged if pull.how == "rebase" else pull.head,
            "mergeBase": pull.base,
            "mergeMetadata": merge,
        }
        return {
            "pullRequestId": str(pull.number),
            "title": "a change",
            "pullRequestStatus": "OPEN" if pull.open else "CLOSED",
            "authorArn": pull.author.arn,
            "pullRequestTargets": [target],
            "revisionId": "r1",
        }

    def do_pull(self, body: dict[str, Any], user: User) -> dict[str, Any]:
        return {"pullRequest": self.shown_pull(self.pull_of(body))}

    def paged(self, body: dict[str, Any], items: list[Any]) -> tuple[list[Any], dict[str, str]]:
        start, size = int(body.get("nextToken", "0")), body.get("maxResults", 100)
        more = start + size < len(items)
        return items[start : start + size], {"nextToken": str(start + size)} if more else {}

    def do_pulls_of(self, body: dict[str, Any], user: User) -> dict[str, Any]:
        if body["repositoryName"] != self.forge.repository:
            raise Refused("RepositoryDoesNotExistException")
        status = body.get("pullRequestStatus")
        pulls = sorted(self.forge.pulls.values(), key=lambda p: -p.number)
        pulls = [p for p in pulls if status in (None, "OPEN" if p.open else "CLOSED")]
        items, more = self.paged(body, [str(p.number) for p in pulls])
        return {"pullRequestIds": items, **more}

    def do_list(self, body: dict[str, Any], user: User) -> dict[str, Any]:
        pull = self.pull_of(body)
        items, more = self.paged(body, pull.said())
        data = {
            "pullRequestId": str(pull.number),
            "repositoryName": self.forge.repository,
            "beforeCommitId": pull.base,
            "afterCommitId": pull.head,
            "comments": [self.shown(c) for c in items],
        }
        return {"commentsForPullRequestData": [data] if items else [], **more}

    def do_read(self, body: dict[str, Any], user: User) -> dict[str, Any]:
        return {"comment": self.shown(self.found(body["commentId"])[1])}

    def found(self, id: str) -> tuple[Pull, Comment]:
        found = self.forge.find(int(id)) if id.isdigit() else None
        if not found:
            raise Refused("CommentDoesNotExistException")
        return found

    def sized(self, content: str) -> None:
        if not content:
            raise Refused("CommentContentRequiredException")
        if len(content.encode()) > SIZE:
            raise Refused("CommentContentSizeLimitExceededException")

    def do_add(self, body: dict[str, Any], user: User) -> dict[str, Any]:
        pull = self.pull_of(body)
        self.sized(body["content"])
        if body["afterCommitId"] != pull.head and pull.open:
            raise Refused("CommitDoesNotExistException")
        token = body.get("clientRequestToken")
        for comment in pull.said():
            if token and comment.token == token:
                # It answers the first request again, whatever became of the comment since.
                return {"repositoryName": self.forge.repository, "comment": self.shown(comment)}
        made = self.forge.say(pull, user, body["content"], token=token)
        return {
            "repositoryName": self.forge.repository,
            "pullRequestId": str(pull.number),
            "comment": self.shown(made),
        }

    def do_branch(self, body: dict[str, Any], user: User) -> dict[str, Any]:
        tip = self.forge.files.branches.get(body["branchName"])
        if not tip:
            raise Refused("BranchDoesNotExistException")
        return {"branch": {"branchName": body["branchName"], "commitId": tip}}

    def do_branch_add(self, body: dict[str, Any], user: User) -> dict[str, Any]:
        files = self.forge.files
        if body["branchName"] in files.branches:
            raise Refused("BranchNameExistsException")
        if body["commitId"] not in files.commits:
            raise Refused("CommitDoesNotExistException")
        files.branches[body["branchName"]] = body["commitId"]
        return {}

    def do_commit_add(self, body: dict[str, Any], user: User) -> dict[str, Any]:
        files = self.forge.files
        if files.branches[body["branchName"]] != body["parentCommitId"]:
            raise Refused("ParentCommitIdOutdatedException")
        put = {f["filePath"]: base64.b64decode(f["fileContent"]) for f in body.get("putFiles", [])}
        gone = {f["filePath"]: None for f in body.get("deleteFiles", [])}
        if len(put) + len(gone) > 100:
            raise Refused("MaximumFileEntriesExceededException")
        id = files.put(body["branchName"], {**put, **gone}, body["commitMessage"])
        return {"commitId": id, "treeId": files.commits[id]["tree"]}

    def do_pull_add(self, body: dict[str, Any], user: User) -> dict[str, Any]:
        target = body["targets"][0]
        made = self.forge.proposed.get(body["clientRequestToken"])
        if not made:
            made = self.forge.propose(
                user, target["sourceReference"], target["destinationReference"], body["title"],
                body["description"],
            )
            self.forge.proposed[body["clientRequestToken"]] = made
        return {"pullRequest": self.shown_pull(made)}

    def do_edit(self, body: dict[str, Any], user: User) -> dict[str, Any]:
        comment = self.found(body["commentId"])[1]
        self.sized(body["content"])
        if comment.author is not user:
            raise Refused("CommentNotCreatedByCallerException")
        comment.edit(user, body["content"])
        return {"comment": self.shown(comment)}
