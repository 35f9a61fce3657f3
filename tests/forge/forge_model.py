"""What a forge knows, whatever its API: users, pull requests and their comments; what goes wrong; and
what was asked of it. Tests change it by these methods, programs by the server's paths."""

from __future__ import annotations

import datetime
import itertools
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Callable

from forge_repository import Files, Issue

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
ACCOUNT = "111111111111"


@dataclass
class User:
    name: str
    token: str  # of CodeCommit: the access key
    id: int
    bot: bool = False
    may_read: bool = True
    may_comment: bool = True
    may_label: bool = True
    may_push: bool = True
    may_pull: bool = True
    session: str = "run-1"  # of CodeCommit: roles have another in each run

    @property
    def arn(self) -> str:
        return f"arn:aws:sts::{ACCOUNT}:assumed-role/{self.name}/{self.session}"


@dataclass
class Comment:
    id: int
    author: User
    author_arn: str
    body: str
    created: datetime.datetime
    updated: datetime.datetime
    editor: User | None = None
    hidden: str | None = None  # why it was minimised
    system: bool = False  # GitLab's own notes
    token: str | None = None  # CodeCommit's idempotency token
    forge: "Forge | None" = field(default=None, repr=False)

    def edit(self, by: User, body: str) -> None:
        """As somebody does it in the forge's pages."""
        assert self.forge
        self.body, self.editor, self.updated = body, by, self.forge.tick()


@dataclass
class Pull:
    number: int
    head: str
    branch: str
    target: str
    base: str  # tip of the target branch as it was last looked at
    fork: bool
    author: User
    forge: "Forge" = field(repr=False)
    open: bool = True
    merged: str | None = None
    how: str | None = None  # merge, squash, rebase
    title: str = "a change"
    body: str = ""
    came: list[str] = field(default_factory=list)  # what the merge put on the target branch
    comments: list[Comment] = field(default_factory=list)

    def push(self, head: str) -> None:
        self.head = head
        self.forge.say(self, self.author, "added 1 commit", system=True)

    def merge(self, how: str, commit: str, came: list[str] | None = None) -> None:
        """`commit`: the target branch's tip after it; `came`: its first-parent commits, where there
        are more than this one (rebase)."""
        self.open, self.merged, self.how, self.came = False, commit, how, came or [commit]

    def comment(self, by: User, body: str) -> Comment:
        return self.forge.say(self, by, body)

    def said(self, by: User | None = None) -> list[Comment]:
        """What people and programs wrote, oldest first."""
        return [c for c in self.comments if not c.system and by in (None, c.author)]


@dataclass
class Fault:
    """`what`: drop_before, drop_after (the connection, before or after the effect), status,
    status_after, limit (429), secondary (GitHub's 403), slow, junk (no JSON), shape (JSON of another
    shape), repeat (a page whose next page is itself), meet (waits until `times` requests are there),
    call (a function, before the answer)."""

    what: str
    operation: str | None
    times: int
    status: int = 500
    seconds: float = 1
    call: Callable[[], None] | None = None
    barrier: threading.Barrier | None = None


@dataclass
class Entry:
    """One request; no tokens."""

    operation: str
    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: Any
    user: str
    status: int = 0  # 0: none was sent
    fault: str | None = None


WRITES = {
    "add", "edit", "hide", "issue_add", "issue_edit", "label_add", "branch_add", "commit_add",
    "tree_add", "blob_add", "ref_add", "files", "pull_add",
}


class Forge:
    """`wrong`: requests that the forge's published API does not have, and replies of this server
    that it would not give. A test that leaves any has failed."""

    def __init__(self, repository: str):
        self.repository = repository
        self.number = 4711  # of the repository
        self.users: dict[str, User] = {}
        self.pulls: dict[int, Pull] = {}
        self.issues: list[Issue] = []
        self.labelled: list[Issue] = []  # GitHub lists pull requests among its issues
        self.labels: dict[str, int] = {}  # Gitea's
        self.files = Files()
        self.proposed: dict[str, Pull | None] = {}  # CodeCommit's, by idempotency token
        self.log: list[Entry] = []
        self.wrong: list[str] = []
        self.faults: list[Fault] = []
        self.lock = threading.RLock()
        self.ids = itertools.count(1001)
        self.ticks = itertools.count()
        self.bot = self.user("charter-bot", bot=True)
        self.alice = self.user("alice")
        self.mallory = self.user("mallory")

    def tick(self) -> datetime.datetime:
        return START + datetime.timedelta(seconds=next(self.ticks))

    def user(self, name: str, **more: Any) -> User:
        made = User(name, f"token-of-{name}", next(self.ids), **more)
        self.users[made.token] = made
        return made

    def open(
        self, head: str, *, branch: str = "topic", target: str = "main", fork: bool = False,
        base: str = "0" * 40,
    ) -> Pull:
        number = len(self.pulls) + 1
        self.pulls[number] = Pull(number, head, branch, target, base, fork, self.alice, self)
        self.say(self.pulls[number], self.alice, "assigned to @alice", system=True)
        return self.pulls[number]

    def say(self, pull: Pull, by: User, body: str, **more: Any) -> Comment:
        with self.lock:
            now = self.tick()
            made = Comment(next(self.ids), by, by.arn, body, now, now, forge=self, **more)
            pull.comments.append(made)
            return made

    def issue(self, number: int) -> Issue | None:
        return next((i for i in self.issues if i.number == number), None)

    def open_issue(self, by: User, title: str, body: str, labels: list[str]) -> Issue:
        with self.lock:
            now = self.tick()
            made = Issue(501 + len(self.issues), by, title, body, labels, now, now, self)
            self.issues.append(made)
            return made

    def propose(self, by: User, branch: str, into: str, title: str, body: str) -> Pull | None:
        if any(p.open and (p.branch, p.target) == (branch, into) for p in self.pulls.values()):
            return None
        made = self.open(self.files.branches[branch], branch=branch, target=into,
                         base=self.files.branches[into])
        made.author, made.title, made.body = by, title, body
        return made

    def find(self, id: int) -> tuple[Pull, Comment] | None:
        pairs = ((p, c) for p in self.pulls.values() for c in p.comments if c.id == id)
        return next(pairs, None)

    def merged_as(self, commit: str) -> list[Pull]:
        return [p for p in self.pulls.values() if p.merged and commit in (p.merged, *p.came)]

    def fault(self, what: str, operation: str | None = None, times: int = 1, **more: Any) -> Fault:
        """`operation`: pull, pulls_of, list, read, add, edit, hide, ask (GitHub's authorship), who,
        issues, issue, issue_add, issue_edit, and so on as in the adapters' `words`; None: any."""
        made = Fault(what, operation, times, **more)
        if what == "meet":
            made.barrier = threading.Barrier(times)
        self.faults.append(made)
        return made

    def fault_of(self, operation: str) -> Fault | None:
        with self.lock:
            for fault in self.faults:
                if fault.times > 0 and fault.operation in (None, operation):
                    fault.times -= 1
                    return fault
        return None

    def asked(self, *operations: str) -> list[Entry]:
        return [e for e in self.log if not operations or e.operation in operations]

    def writes(self) -> list[Entry]:
        return self.asked(*WRITES)

    def wait(self, barrier: threading.Barrier) -> None:
        try:
            barrier.wait(timeout=20)
        except threading.BrokenBarrierError:
            self.wrong.append("requests that should meet did not")


def stamp(when: datetime.datetime, milliseconds: bool = False) -> str:
    form = "%Y-%m-%dT%H:%M:%S." + f"{when.microsecond // 1000:03}Z"
    return when.strftime(form if milliseconds else "%Y-%m-%dT%H:%M:%SZ")


def wait_for(what: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
