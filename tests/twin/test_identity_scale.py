"""Three hundred accounts, forty permission sets, eighty groups and the six thousand assignments that
their products make: what the plan says of them, as JSON and as the comment of a pull request. Nothing
is asked of an AWS: the live side is a snapshot."""

from __future__ import annotations

import re

import pytest
from conftest import Charter, Repo
from workforce import Workforce, configure, snapshot

COMMENT_MAX = 60_000  # bytes: what a forge takes
W = Workforce(300, 40, 80, 160, sets_of_unit=10)
GUARDS = "guards:\n  removals:\n    assignment: {floor: 10, share: 25%, count: 500}\n"


def assignments(unit_of) -> set[tuple[str, str, str]]:
    """(set, account, group) where accounts are in these units."""
    return {
        (f"Set{s}", f"account-{account}", f"group-{g}")
        for account in range(1, W.accounts + 1)
        for s in W.sets_of(unit_of(account))
        for g in W.groups_of(unit_of(account))
    }


def changed(plan, action: str) -> set[tuple[str, str, str]]:
    return {
        tuple(c["address"].removeprefix("assignment/").replace("/group/", "/").split("/"))
        for c in plan["changes"]
        if c["kind"] == "assignment" and c["action"] == action
    }


def people(of: set[tuple[str, str, str]]) -> set[tuple[str, str, str, str]]:
    """(user, account, set, through): two people are in each group."""
    return {
        (f"user/user-{u}", account, s, f"group/{group}")
        for s, account, group in of
        for u in range(int(group.removeprefix("group-")), W.users, W.groups)
    }


def access(plan, effect: str) -> set[tuple[str, str, str, str]]:
    return {
        (row["principal"], row["account"], row["permission"], row["through"])
        for row in plan["access"]
        if row["effect"] == effect
    }


def section(comment: str, title: str) -> list[str]:
    return comment.partition(f"### {title} (")[2].partition("\n### ")[0].splitlines()


def told(comment: str, verb: str, sign: str) -> int:
    """What the lines of people who gain or lose add up to: "+12 −0", or one where there is no sum."""
    total = 0
    titles = ("Access lost", "Access gained", "Other access gained",
              "Administrator or write access gained")
    for line in (line for title in titles for line in section(comment, title)):
        if re.match(rf"\| {verb}s? (\w+ access )?\|", line):
            sums = re.search(rf"{sign}(\d+)", line.replace(",", ""))
            total += int(sums[1]) if sums else 1
    return total


def deleted(comment: str) -> int:
    """The same of the lines of deletions: "400 in all"."""
    lines = [line for line in section(comment, "Deletions and losses") if line.startswith("| delete")]
    sums = [re.search(r"(\d+) in all", line.replace(",", "")) for line in lines]
    return sum(int(found[1]) if found else 1 for found in sums)


@pytest.fixture
def repo(tmp_path) -> Repo:
    """The configuration of all of it."""
    configure(W, tmp_path / "files")
    repo = Repo(tmp_path / "repo")
    files = {f.name: f.read_text() for f in (tmp_path / "files").iterdir()}
    files["charter.yaml"] += GUARDS
    repo.commit(files)
    return repo


@pytest.fixture
def charter(binary, tmp_path, repo) -> Charter:
    charter = Charter(binary, tmp_path / "home", "http://127.0.0.1:1")
    charter.repo = repo.path
    return charter


def both(charter, tmp_path, *args: str, code: int = 0):
    file = tmp_path / "plan.md"
    plan = charter.plan("--live", str(tmp_path / "live.jsonl"), "-o", f"markdown={file}", *args, code=code)
    comment = file.read_bytes()
    assert len(comment) < COMMENT_MAX
    return plan, comment.decode()


def test_made_from_nothing(charter, tmp_path):
    snapshot(W, tmp_path / "live.jsonl", workforce=False)
    plan, comment = both(charter, tmp_path)
    assert changed(plan, "create") == assignments(W.unit_of)
    assert len(assignments(W.unit_of)) == W.assignments == 6000
    assert access(plan, "gain") == people(assignments(W.unit_of)) and not access(plan, "loss")
    assert told(comment, "gain", r"\+") == len(plan["access"])


def test_accounts_of_a_unit_move(charter, repo, tmp_path):
    """Twenty accounts go from one unit to another, whose groups and sets are others."""
    snapshot(W, tmp_path / "live.jsonl")
    accounts = repo.path / "accounts.yaml"
    accounts.write_text(accounts.read_text().replace("unit: unit-0}", "unit: unit-5}"))
    plan, comment = both(charter, tmp_path, "--base", "HEAD")
    before, after = assignments(W.unit_of), assignments(lambda k: W.unit_of(k) or 5)
    lost, gained = before - after, after - before
    assert len(lost) == len(gained) == 20 * 10 * 2
    assert changed(plan, "delete") == lost and changed(plan, "create") == gained
    assert access(plan, "loss") == people(lost) and access(plan, "gain") == people(gained)
    assert {c["kind"] for c in plan["changes"]} == {"account", "assignment"}
    # Every loss is told, in lines that people read.
    assert told(comment, "lose", "−") == len(people(lost)) and deleted(comment) == len(lost)
    assert len(comment.splitlines()) < 400


def test_everybody_of_a_unit_goes(charter, repo, tmp_path):
    """More than the limit: the plan is refused, and shows all the same who would lose what."""
    snapshot(W, tmp_path / "live.jsonl")
    file = repo.path / "assignments.yaml"
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(line for line in lines if "[unit-0]" not in line and "[unit-1]" not in line))
    plan, comment = both(charter, tmp_path, "--base", "HEAD", code=3)
    lost = {a for a in assignments(W.unit_of) if W.unit_of(int(a[1].removeprefix("account-"))) < 2}
    assert changed(plan, "delete") == lost and not changed(plan, "create")
    assert "removals: assignment: 800 would go, 500 allowed of 6000 read" in plan["refused"]
    assert told(comment, "lose", "−") == len(people(lost)) and deleted(comment) == len(lost)


def test_import(binary, tmp_path):
    """All of it into an empty repository: the plan of that has no change, or nothing is written. A
    snapshot does not say in which region Identity Center is."""
    live, repo = tmp_path / "live.jsonl", tmp_path / "imported"
    snapshot(Workforce(40, 4, 8, 16, sets_of_unit=2), live)
    repo.mkdir()
    charter = Charter(binary, tmp_path, "http://127.0.0.1:1")
    del charter.environment["AWS_REGION"]
    refused = charter("import", "--live", str(live), repo=repo).expect(1)
    assert "AWS_REGION" in refused.err and not list(repo.iterdir())
    charter.environment["AWS_REGION"] = "eu-central-1"
    charter("import", "--live", str(live), repo=repo).expect(0)
    assert "region: eu-central-1" in (repo / "charter.yaml").read_text()
    plan = charter("plan", "--live", str(live), "-o", "json", repo=repo).expect(0).json()
    assert not any(plan["summary"][k] for k in ("create", "update", "delete", "drift"))
