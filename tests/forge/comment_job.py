"""A job that puts plans on a pull request: the program, a forge, and saved plans for it."""

from __future__ import annotations

import copy
import json
import pathlib
import re
from dataclasses import dataclass
from typing import Any

from conftest import ROOT, Charter, Repo, Result
from forge_model import Comment, Pull, User
from forge_server import ForgeServer

EXAMPLE = ROOT / "examples" / "ml-platform"
SNAPSHOT = ROOT / "examples" / "ml-platform.snapshot.jsonl"
NO_AWS = {
    name: None
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_ENDPOINT_URL")
}
FIRST, SECOND, THIRD = "1" * 40, "2" * 40, "3" * 40


class Plans:
    """Real plans of examples/ml-platform against its snapshot: `first`, and two with more in them."""

    def __init__(self, binary: pathlib.Path, directory: pathlib.Path):
        self.charter = Charter(binary, directory / "home", "http://127.0.0.1:9")
        self.repo = Repo(directory / "repo")
        files = {
            str(f.relative_to(EXAMPLE)): f.read_text() for f in EXAMPLE.rglob("*") if f.is_file()
        }
        self.first = self.make(files)
        tags = "units:\n  Sandbox:\n    tags: {tier: sandbox}\n"
        self.second = self.make({**files, "units-more.yaml": tags})
        many = "".join(
            f"  unit-with-a-rather-long-name-{i:04}:\n    tags: {{owner: somebody-{i}}}\n"
            for i in range(900)
        )
        self.large = self.make({**files, "units-more.yaml": "units:\n" + many})

    def make(self, files: dict[str, str]) -> dict[str, Any]:
        self.repo.commit(files)
        out = self.repo.path.parent / "plan.json"
        self.charter(
            "plan", "--ref", "HEAD", "--live", str(SNAPSHOT), "--out", str(out), "-o",
            "json=/dev/null", repo=self.repo.path,
        ).expect(0, 6)
        return json.loads(out.read_text())


@dataclass
class Job:
    """`comment` runs as a job of the forge's CI system, without options and AWS credentials."""

    server: ForgeServer
    charter: Charter
    plans: Plans
    pull: Pull
    directory: pathlib.Path

    @property
    def kind(self) -> str:
        return self.server.kind

    @property
    def forge(self) -> Any:
        return self.server.forge

    def plan(
        self, head: str = FIRST, minute: int = 0, plan: dict[str, Any] | None = None, **more: Any
    ) -> str:
        """A file with this plan, as a job of that commit made it."""
        made = copy.deepcopy(plan or self.plans.first)
        made["head"]["commit"] = head
        made["meta"]["created"] = f"2026-03-01T10:{minute:02}:00Z"
        made.update(more)
        path = self.directory / f"plan-{len(list(self.directory.glob('plan-*')))}.json"
        path.write_text(json.dumps(made))
        return str(path)

    def environment(
        self, pull: Pull | None = None, commit: str | None = None, user: User | None = None
    ) -> dict[str, str | None]:
        pull = pull if pull or commit else self.pull
        return {**NO_AWS, **self.server.environment(pull, commit, user)}

    def comment(self, *args: str, env: dict[str, str | None] | None = None) -> Result:
        self.server.stop_session()
        return self.charter("comment", *args, env=env or self.environment())

    def ours(self) -> list[Comment]:
        """Our comments that still count: neither minimised nor folded by ourselves."""
        said = self.pull.said(self.forge.bot)
        return [c for c in said if not c.hidden and status(c) != "superseded"]

    def only(self) -> Comment:
        ours = self.ours()
        assert len(ours) == 1, [c.body[:300] for c in ours]
        return ours[0]


def block(comment: Comment) -> dict[str, Any]:
    """What the comment says to a program."""
    found = re.match(r"<!-- charter: (\{.*\}) -->\n", comment.body)
    assert found, comment.body[:300]
    return json.loads(found[1])


def status(comment: Comment) -> str:
    return block(comment)["status"]


def report(comment: Comment) -> str:
    return comment.body.partition("-->\n")[2].partition("<!-- charter:end -->")[0]


def footer(comment: Comment) -> str:
    return comment.body.rpartition("\n---\n")[2]
