"""The one issue of a target at each forge: opened, left alone, edited, closed and reopened as the nights
go. Every request is held against the forge's published API."""

from __future__ import annotations

import http.server
import json
import threading
from typing import Any

import pytest
from comment_job import FIRST, Plans
from conftest import Charter
from drift_job import LABEL, Nights, block, footer, ledger, report, tag, unmanaged, unread
from forge_server import forge_server
from rendered import Page, references, render
from test_rendered import HOSTILE

HTTP = ["github", "gitlab", "gitea"]


@pytest.fixture(scope="session")
def plans(binary, tmp_path_factory):
    return Plans(binary, tmp_path_factory.mktemp("plans"))


@pytest.fixture
def nights(request, plans, binary, tmp_path):
    kind = getattr(request, "param", "github")
    with forge_server(kind, tmp_path / "files") as server:
        charter = Charter(binary, tmp_path / "home", "http://127.0.0.1:9")
        yield Nights(server, charter, plans, tmp_path)


each = pytest.mark.parametrize("nights", HTTP, indirect=True)

ONE, TWO, THREE = tag("Sandbox", "one"), tag("Sandbox", "two"), tag("Workloads", "three")


@each
def test_the_whole_life(nights):
    opened = nights.night(ONE, unmanaged("Old"), day=1).expect(0)
    issue = nights.only()
    assert issue.open and issue.labels == [LABEL] and issue.author is nights.forge.bot
    assert issue.title.startswith("charter: 1 difference outside git in o-")
    assert f"issue {issue.number} is opened" in opened.err
    assert "one" in report(issue) and "2026-03-01" in footer(issue)
    sent = nights.sent()

    same = nights.night(ONE, unmanaged("Old"), day=2).expect(0)
    assert nights.sent() == sent and "nothing changed, nothing is sent" in same.err

    nights.night(ONE, TWO, unmanaged("Old"), day=3).expect(0)
    assert nights.sent() == sent + 1 and issue.title.startswith("charter: 2 differences")
    assert "two" in report(issue) and "first seen `2026-03-01T02:00:00Z`" in footer(issue)

    nights.night(TWO, unmanaged("Old"), day=4).expect(0)
    assert issue.title.startswith("charter: 1 difference ") and issue.open
    assert [r["element"] for r in ledger(issue)["resolved"]] == ["one"]

    closed = nights.night(unmanaged("Old"), day=5).expect(0)
    assert not issue.open and f"issue {issue.number} is closed" in closed.err
    assert issue.title.startswith("charter: nothing differs from git")
    sent = nights.sent()
    nights.night(unmanaged("Old"), day=6).expect(0)
    assert nights.sent() == sent

    again = nights.night(THREE, unmanaged("Old"), day=7).expect(0)
    assert issue.open and f"issue {issue.number} is reopened" in again.err
    assert nights.only() is issue


@each
def test_closed_by_hand(nights):
    nights.night(ONE, TWO, day=1).expect(0)
    issue = nights.only()
    issue.open = False
    sent = nights.sent()
    quiet = nights.night(ONE, TWO, day=2).expect(0)
    assert "closed by hand" in quiet.err and nights.sent() == sent
    nights.night(ONE, day=3).expect(0)
    assert nights.sent() == sent and not issue.open

    nights.night(ONE, TWO, THREE, day=4).expect(0)
    assert issue.open and issue.title.startswith("charter: 1 difference ")
    # What was let be does not keep it open.
    nights.night(ONE, TWO, day=5).expect(0)
    assert not issue.open and issue.title.startswith("charter: nothing new differs from git")

    # Another live value of what was let be is news.
    nights.night(tag("Sandbox", "one", live="another"), TWO, day=6).expect(0)
    assert issue.open


@each
def test_a_partial_reading_resolves_nothing(nights):
    nights.night(ONE, TWO, day=1).expect(0)
    issue = nights.only()
    nights.night(ONE, unread("organizations"), day=2).expect(0)
    assert issue.open and "resolved" not in issue.title
    assert {i.get("element") for i in ledger(issue)["items"]} >= {"one", "two"}
    nights.night(unread("organizations"), day=3).expect(0)
    assert issue.open and "nothing differs" not in issue.title
    nights.night(day=4).expect(0)
    assert not issue.open


@each
def test_an_apply_closes_it(nights):
    nights.night(ONE, TWO, day=1).expect(0)
    issue = nights.only()
    half = nights.applied(ONE, commit="a" * 40).expect(0)
    assert issue.open and issue.title.startswith("charter: 1 difference ")
    assert "Put back" in footer(issue) and "`" + "a" * 12 + "`" in footer(issue)
    assert "brought up to date" in half.err
    nights.applied(THREE).expect(0)
    sent = nights.sent()
    nights.applied(tag("Workloads", "other")).expect(0)
    assert nights.sent() == sent
    nights.applied(ONE, TWO, commit="b" * 40).expect(0)
    assert not issue.open and "b" * 12 in footer(issue)
    # An apply that says it and did not do it.
    nights.night(TWO, day=2).expect(0)
    assert issue.open


@each
def test_a_plan_without_drift_asks_nothing(nights):
    nights.night(ONE, day=1).expect(0)
    nights.forge.log.clear()
    nights.applied().expect(0)
    assert not nights.forge.asked("issues")


@each
def test_the_first_night_without_anything(nights):
    """What is there is remembered: what comes later is news."""
    nights.night(unmanaged("Old"), day=1).expect(0)
    issue = nights.only()
    assert not issue.open
    sent = nights.sent()
    nights.night(unmanaged("Old"), day=2).expect(0)
    assert nights.sent() == sent
    nights.night(unmanaged("Old"), unmanaged("New"), day=3).expect(0)
    assert issue.open and issue.title.startswith("charter: 1 difference ")


@each
def test_an_older_report(nights):
    nights.night(ONE, TWO, day=5).expect(0)
    sent = nights.sent()
    older = nights.night(ONE, day=4).expect(0)
    assert "newer report" in older.err and nights.sent() == sent
    nights.night(ONE, TWO, day=5).expect(0)
    assert nights.sent() == sent


@each
def test_a_look_alike_of_somebody_else(nights):
    nights.night(ONE, day=1).expect(0)
    ours = nights.only()
    fake = nights.forge.open_issue(nights.forge.mallory, ours.title, ours.body, [LABEL])
    body = fake.body
    found = nights.night(ONE, TWO, day=2).expect(0)
    assert f"issue {fake.number} looks like ours" in found.err
    assert fake.body == body and fake.open and ours.title.startswith("charter: 2 ")
    ours.labels.clear()  # without it it is not found: another one is opened, the fake is left
    nights.night(ONE, TWO, day=3).expect(0)
    assert len(nights.forge.issues) == 3 and fake.body == body


@each
def test_edited_by_hand(nights):
    nights.night(ONE, unmanaged("Old"), day=1).expect(0)
    issue = nights.only()
    issue.edit(nights.forge.alice, issue.body.replace("one", "none of your business"))
    told = nights.night(ONE, unmanaged("Old"), day=2).expect(0)
    assert "edited by somebody else" in told.err and issue.open
    assert "none of your business" not in issue.body and "dates begin anew" in footer(issue)
    sent = nights.sent()
    nights.night(ONE, unmanaged("Old"), day=3).expect(0)
    assert nights.sent() == sent


@each
def test_an_edit_hides_nothing(nights):
    """What nobody declares is let be where it came before the first report, not before an edit."""
    nights.night(ONE, unmanaged("Old"), day=1).expect(0)
    nights.night(ONE, unmanaged("Old"), unmanaged("New"), day=2).expect(0)
    issue = nights.only()
    issue.edit(nights.forge.mallory, issue.body.replace("New", "Old"))
    nights.night(unmanaged("Old"), unmanaged("New"), day=3).expect(0)
    assert issue.open and issue.title.startswith("charter: 2 differences")
    issue.edit(nights.forge.mallory, "<!-- charter: {} -->")
    nights.night(unmanaged("Old"), unmanaged("New"), day=4).expect(0)
    assert all(not i.get("quiet") for i in ledger(nights.forge.issues[-1])["items"]) or issue.open


def by(event: str, minute: int) -> dict[str, Any]:
    return {"id": event, "service": "organizations", "operation": "TagResource",
            "account": "111111111111", "region": "us-east-1",
            "principal": "arn:aws:iam::111111111111:user/mallory", "session": "mallory",
            "key": "AKIA", "address": "198.51.100.7", "agent": "aws-cli/2",
            "invoked_by": "", "console": False, "time": f"2026-02-27T02:{minute:02}:00Z"}


@each
def test_who_did_it_comes_later(nights):
    """CloudTrail is late: the issue gets the name as soon as it is there."""

    def night(day: int, event: dict[str, Any] | None) -> None:
        made = nights.document(ONE, day=day)
        if event:
            made["drift"]["causes"] = [{
                "events": [event], "first": event["time"], "last": event["time"], "fresh": False,
                "items": [0], "principal": event["principal"], "session": event["session"],
                "rank": "write"}]
            made["drift"]["items"][0].update(cause=0, event=0)
        nights.comment(nights.write(made)).expect(0)

    night(1, None)
    issue = nights.only()
    assert "mallory" not in issue.body
    sent = nights.sent()
    night(2, by("e-1", 1))
    assert "mallory" in report(issue) and nights.sent() == sent + 1
    night(3, by("e-1", 1))
    night(4, None)  # could not be asked
    night(5, by("e-1", 1))
    assert nights.sent() == sent + 1
    night(6, by("e-2", 5))
    assert nights.sent() == sent + 2


@each
def test_several_of_ours(nights):
    nights.night(ONE, day=1).expect(0)
    first = nights.only()
    second = nights.forge.open_issue(nights.forge.bot, first.title, first.body, [LABEL])
    nights.night(ONE, TWO, day=2).expect(0)
    assert not first.open and f"#{second.number} has taken the place" in first.body
    assert second.open and second.title.startswith("charter: 2 ")
    sent = nights.sent()
    nights.night(ONE, TWO, day=3).expect(0)
    assert nights.sent() == sent


@each
def test_two_scopes(nights):
    nights.night(ONE, day=1, scope="main").expect(0)
    nights.night(ONE, day=1, scope="other").expect(0)
    assert len(nights.forge.issues) == 2
    assert [i.title.endswith(f"(scope {s})") for i, s in zip(nights.forge.issues, ("main", "other"))]
    nights.night(day=2, scope="main").expect(0)
    assert [i.open for i in nights.forge.issues] == [False, True]


@each
@pytest.mark.exhaustive
@pytest.mark.parametrize("what", ["drop_before", "drop_after", "status", "status_after", "junk"])
def test_lost_answers(nights, what):
    """At each request of the nights: no second issue, and in the end it is as it should be."""
    first = {"github": ["ask"], "gitlab": ["who"], "gitea": ["who", "labels", "label_add"]}[nights.kind]
    first += ["issues", "issue_add"]
    later = ["issues", "issue_edit"]
    if what == "junk":
        first, later = ["issue_add"], ["issue_edit"]
    for operation in first:
        nights.forge.fault(what, operation)
    nights.night(ONE, day=1).expect(0)
    issue = nights.only()
    for operation in later:
        nights.forge.fault(what, operation)
    nights.night(ONE, TWO, day=2).expect(0)
    assert nights.only() is issue and issue.title.startswith("charter: 2 ") and issue.open
    nights.forge.fault(what, "issue_edit")
    nights.night(day=3).expect(0)
    assert nights.only() is issue and not issue.open
    assert not any(fault.times for fault in nights.forge.faults)


@each
def test_refused(nights):
    nights.forge.bot.may_comment = False
    refused = nights.night(ONE, day=1).expect(1)
    assert "403" in refused.err and not nights.forge.issues
    assert {"github": "issues: write", "gitlab": "Reporter", "gitea": "write:issue"}[
        nights.kind
    ] in refused.err


def test_no_label_no_issue_that_is_found_again(nights):
    nights.forge.bot.may_label = False
    refused = nights.night(ONE, day=1).expect(1)
    assert "may not set labels" in refused.err and "501" in refused.err


@each
def test_hostile_names(nights):
    """Nothing in the issue does anything but be read, and its block is read back."""
    items = [tag("Sandbox", text[:120], live=text[:200]) for text in HOSTILE]
    nights.night(*items, day=1, scope="@mallory #1 <b>").expect(0)
    issue = nights.only()
    assert "@" not in issue.title and "#" not in issue.title and "<" not in issue.title
    page = Page(render(issue.body))
    page.wrong = [w for w in page.wrong if w != "<hr []>" and "hr" not in w]
    assert not page.wrong, page.wrong[:5]
    assert not references(page), references(page)[:5]
    assert len(page.comments) == 2
    sent = nights.sent()
    again = nights.night(*items, day=2, scope="@mallory #1 <b>").expect(0)
    assert nights.sent() == sent, again.err


def test_many_differences_fit(nights):
    items = [tag(f"Unit-with-a-long-name-{i:04}", f"key-{i}") for i in range(600)]
    nights.night(*items, day=1).expect(0)
    issue = nights.only()
    assert len(issue.body) < 65536 and block(issue)["open"]
    sent = nights.sent()
    nights.night(*items, day=2).expect(0)
    assert nights.sent() == sent
    nights.night(*items[1:], day=3).expect(0)
    assert issue.open
    nights.night(day=4).expect(0)
    assert not issue.open


@pytest.mark.parametrize("nights", ["codecommit"], indirect=True)
def test_a_forge_without_issues(nights):
    refused = nights.comment(nights.write(nights.document(ONE, day=1)))
    refused.expect(1)
    assert "--state" in refused.err and "--notify" in refused.err


class Webhook(http.server.BaseHTTPRequestHandler):
    """What a chat takes: says what it is told to say, and remembers."""

    told: list[str] = []
    status = 200

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["content-length"]))
        if Webhook.status == 200:
            Webhook.told.append(json.loads(data)["text"])
        self.send_response(Webhook.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def webhook():
    Webhook.told, Webhook.status = [], 200
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Webhook)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/services/secret"
    server.shutdown()
    server.server_close()
    thread.join()


@each
def test_people_are_told(nights, webhook):
    def night(*items, day):
        file = nights.write(nights.document(*items, day=day))
        return nights.comment(file, "--notify", "webhook", CHARTER_WEBHOOK=webhook).expect(0)

    night(ONE, day=1)
    issue = nights.only()
    assert len(Webhook.told) == 1 and f"/{issue.number}" in Webhook.told[0]
    assert ledger(issue)["told"]
    sent = nights.sent()
    night(ONE, day=2)
    assert len(Webhook.told) == 1 and nights.sent() == sent

    # One edit, and the notification before it.
    night(ONE, TWO, day=3)
    assert len(Webhook.told) == 2 and nights.sent() == sent + 1

    Webhook.status = 404
    missed = night(ONE, TWO, THREE, day=4)
    assert "not told" in missed.err and "secret" not in missed.err
    assert not ledger(issue)["told"] and issue.title.startswith("charter: 3 ")
    Webhook.status = 200
    night(ONE, TWO, THREE, day=5)
    assert len(Webhook.told) == 3 and ledger(issue)["told"]
    night(ONE, TWO, THREE, day=6)
    assert len(Webhook.told) == 3

    # The end is told, however long it takes.
    Webhook.status = 404
    night(day=7)
    night(day=8)
    assert len(Webhook.told) == 3 and not issue.open and not ledger(issue)["told"]
    Webhook.status = 200
    night(day=9)
    assert len(Webhook.told) == 4 and "ended" in Webhook.told[3] and ledger(issue)["told"]
    sent = nights.sent()
    night(day=10)
    assert len(Webhook.told) == 4 and nights.sent() == sent


def test_notify_is_of_an_issue(nights):
    plan = nights.write(nights.document(ONE, day=1))
    pull = nights.forge.open(FIRST)
    for args in (["--pull-request", str(pull.number), plan], ["--status", "applied"]):
        assert "--notify" in nights.comment(*args, "--notify", "webhook").expect(1).err
    assert not nights.forge.writes()
    bad = nights.comment(plan, "--notify", "everybody").expect(1)
    assert "everybody" in bad.err and not nights.forge.issues
