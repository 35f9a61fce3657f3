"""`make bench`: `charter comment` at a server that plays each forge, and the Markdown of 10,000 changes.

Requests beside the formula, for a pull request with c comments that are not ours (divisions rounded
up, at least 1):

    pull     the pull request           1, none of a footer; of a first plan on CodeCommit 1 more: the
                                        commits that the comment is on
    list     comments                   c/100 (Gitea has no pages: 1); of a first plan once more, for
                                        that of another run
    ask      whose our comment is       GitHub: 1
    who      who we are                 GitLab, Gitea, CodeCommit: 1
    add      the comment                1 of a first plan
    edit     the same comment           1 of a later plan, and of a footer

Seconds of CPU and bytes: a plan in which each of 10,000 accounts gets another tag, beside what a
comment may hold, and beside ten times what 1,000 take.

Ends with 1 if the requests differ from the formula or a goal is missed.
"""

from __future__ import annotations

import json
import math
import pathlib
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from typing import Any

import measure
from twin import KEYS, MANAGEMENT, Organization, configure, snapshot

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "forge"))
sys.path.insert(0, str(ROOT / "tests" / "moto"))

from forge_server import KINDS, ForgeServer, forge_server  # noqa: E402

STRANGERS = 250  # comments of others
PAGE = 100
HEADS = ["1" * 40, "2" * 40]
SECONDS = 1  # of CPU, for a report or a comment of all changes: a goal
LINEAR = 1.5
LIMIT = 60000
NOBODY = "http://127.0.0.1:9"


def plan_of(home: pathlib.Path, accounts: int) -> dict:
    """Each account gets another tag than it has."""
    o = Organization(accounts, max(1, accounts // 10), max(1, accounts // 100))
    live, repo, out = (home / f"{accounts}.{what}" for what in ("jsonl", "repo", "json"))
    live.write_text(snapshot(o))
    configure(o, repo)
    declared = (repo / "accounts.yaml").read_text()
    (repo / "accounts.yaml").write_text(declared.replace("}\n", ", tags: {number: changed}}\n"))
    measure.run(home, NOBODY, KEYS, "plan", "--repo", str(repo), "--live", str(live), "--out",
                str(out), "-o", "json=/dev/null")
    plan = json.loads(out.read_text())
    assert plan["summary"]["update"] + plan["summary"]["drift"] >= accounts, plan["summary"]
    return plan


def saved(home: pathlib.Path, plan: dict, head: str, minute: int) -> str:
    """As a job of that commit made it."""
    plan["head"] |= {"commit": head, "tree": head}
    plan["meta"]["created"] = f"2026-03-01T10:{minute:02}:00Z"
    path = home / "saved.json"
    path.write_text(json.dumps(plan))
    return str(path)


# What a run is to write: a comment, the same again, a later one, a footer.
WRITES = {"first": "add", "same": None, "later": "edit", "footer": "edit"}


def formula(kind: str, what: str) -> Counter[str]:
    first = what == "first"
    pages = 1 if kind == "gitea" else math.ceil(STRANGERS / PAGE)
    want = Counter({"list": 2 * pages if first else pages})
    want["ask" if kind == "github" else "who"] = 1
    if what != "footer":
        want["pull"] = 2 if first and kind == "codecommit" else 1
    if WRITES[what]:
        want[WRITES[what]] = 1
    return want


@dataclass
class Job:
    server: ForgeServer
    pull: Any
    home: pathlib.Path


def comment(job: Job, what: str, *arguments: str) -> bool:
    """One run, its requests and its seconds."""
    before = len(job.server.forge.log)
    _, cpu, _, passed = measure.run(
        job.home, NOBODY, KEYS, "comment", *job.server.options(job.pull), *arguments,
        **{k: v for k, v in job.server.token().items() if v is not None})
    sent = Counter(e.operation for e in job.server.forge.log[before:])
    shown = ", ".join(f"{k} {n}" for k, n in sorted(sent.items()))
    want = formula(job.server.kind, what)
    good = sent == want
    print(f"  {job.server.kind:10} {what:7} {shown:36} CPU {cpu:5.2f} s, {passed:.2f} s passed"
          f"{'' if good else f'   DIFFERS from {dict(want)}'}"
          f"{'' if cpu <= SECONDS else '   MISSED'}")
    return good and cpu <= SECONDS


def forge(kind: str, plan: dict, home: pathlib.Path) -> bool:
    """A first plan, the same again, a later one, a footer."""
    with forge_server(kind, home / kind) as server:
        job = Job(server, server.forge.open(HEADS[0]), home)
        for k in range(STRANGERS - len(job.pull.comments)):
            server.forge.say(job.pull, server.forge.alice, f"comment {k}")
        good = comment(job, "first", saved(home, plan, HEADS[0], 0))
        good = comment(job, "same", saved(home, plan, HEADS[0], 1)) and good
        job.pull.push(HEADS[1])
        good = comment(job, "later", saved(home, plan, HEADS[1], 2)) and good
        return comment(job, "footer", "--status", "applied") and good


def markdown(home: pathlib.Path, few: dict, many: dict) -> bool:
    took = []
    good = True
    for plan in (few, many):
        path = saved(home, plan, HEADS[0], 0)
        out, cpu, memory, passed = measure.run(home, NOBODY, KEYS, "show", path, "-o", "markdown")
        size = len(out.encode())
        within = size <= LIMIT and cpu <= SECONDS
        took.append(cpu)
        print(f"  {len(plan['changes']):6} changes: {size} bytes (limit {LIMIT}), CPU {cpu:.2f} s "
              f"(goal {SECONDS} s), {passed:.2f} s passed, peak memory {memory / 1e6:.0f} MB"
              f"{'' if within else '   MISSED'}")
        good = good and within
    factor = took[1] / max(took[0], 0.01)
    linear = factor <= len(many["changes"]) / len(few["changes"]) * LINEAR
    print(f"  CPU {factor:.1f} times{'' if linear else '   MISSED'}")
    return good and linear


def main() -> int:
    changes = int(sys.argv[1]) if len(sys.argv) > 1 else 10000
    with tempfile.TemporaryDirectory() as name:
        home = pathlib.Path(name)
        few, many = plan_of(home, changes // 10), plan_of(home, changes)
        print(f"The Markdown of a saved plan, of {changes // 10} and of {changes} accounts with another tag:")
        good = markdown(home, few, many)
        print(f"\nIts comment, on a pull request with {STRANGERS} comments of others:")
        for kind in KINDS:
            good = forge(kind, many, home) and good
    if not good:
        print("bench: a goal was missed", file=sys.stderr)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
