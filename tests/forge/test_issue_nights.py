"""Whole nights: an organization of 500 accounts that others change, the program's own reports of it, and
the issue that they are put into."""

from __future__ import annotations

import re
import time

import pytest
from comment_job import NO_AWS
from drift_job import footer, ledger, report
from forge_server import forge_server
from test_night import EXPECTED, first_half, organization, repair, second_half


class Nightly:
    """Two jobs: one that may read AWS, and one that may write issues."""

    def __init__(self, charter, server, repo):
        self.charter, self.server, self.repo = charter, server, repo
        self.file = str(charter.home / "drift.json")

    def __call__(self, code):
        time.sleep(1.1)  # a report is younger than the last by its second
        self.charter("drift", "--detailed-exitcode", "-o", f"json={self.file}").expect(code)
        return self.comment(self.file)

    def comment(self, *args):
        self.server.stop_session()
        before = len(self.server.forge.writes())
        env = {**NO_AWS, **self.server.environment(None, self.repo.git("rev-parse", "HEAD"))}
        said = self.charter("comment", *args, env=env).expect(0)
        return said, len(self.server.forge.writes()) - before

    def issue(self):
        (issue,) = self.server.forge.issues
        return issue


@pytest.mark.parametrize("kind", ["github", "gitlab", "gitea"])
def test_nights(bench, repo, charter, tmp_path, kind):
    world, hands = organization(bench, repo, charter)
    with forge_server(kind, tmp_path / "files") as server:
        night = Nightly(charter, server, repo)

        # What nobody declares is known from now on.
        night(0)
        issue = night.issue()
        assert not issue.open and "nothing differs from git" in issue.title

        first_half(hands)
        second_half(hands)
        night(2)
        assert night.issue() is issue and issue.open
        assert issue.title.startswith("charter: 60 differences outside git")
        for session in EXPECTED:
            assert session in report(issue), session
        assert "https://evil" not in re.sub(r"`[^`\n]*`", "", report(issue))

        said, sent = night(2)
        assert sent == 0 and "nothing changed, nothing is sent" in said.err

        # What cannot be read is in the issue, and takes nothing out of it.
        known = {item["name"] for item in ledger(issue)["items"]}
        bench.simulator.control("PUT", "faults", b"deny@organizations:ListPolicies")
        _, sent = night(6)
        assert sent == 1 and issue.open and "differences" in issue.title
        assert "reading is incomplete" in report(issue)
        assert known <= {item["name"] for item in ledger(issue)["items"]}
        assert not ledger(issue).get("resolved")
        bench.simulator.control("PUT", "faults", b"")

        repair(hands, world, [70])
        _, sent = night(2)
        assert sent == 1 and issue.title.startswith("charter: 59 differences")
        assert "account/more-70" in [r["address"] for r in ledger(issue)["resolved"]]
        assert "account/more-70" in report(issue)

        # All is put back: the apply says so, and the next night has nothing to add.
        plan = str(charter.home / "plan.json")
        charter("plan", "--ref", "HEAD", "--out", plan).expect(0)
        charter.apply()
        _, sent = night.comment("--status", "applied", plan)
        assert sent == 1 and not issue.open and "Put back" in footer(issue)
        _, sent = night(0)
        assert night.issue() is issue and not issue.open
        _, sent = night(0)
        assert sent == 0
