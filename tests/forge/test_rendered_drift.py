"""A drift report as a forge shows it, with names from outside wherever it holds some."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest
from conftest import Charter
from rendered import Page, browse, browser, references, render
from test_rendered import BLOB, HOSTILE, JOB, as_log

pytestmark = pytest.mark.once

COMMIT = "1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d"
PLAIN = "plain"


def event(name: str) -> dict[str, Any]:
    return {
        "account": name, "address": name, "agent": name, "console": True, "id": name,
        "invoked_by": name, "key": name, "operation": name, "principal": name, "region": name,
        "service": name, "session": name, "time": "2026-11-21T22:10:00Z",
    }  # fmt: skip


def item(number: int, name: str, **more: Any) -> dict[str, Any]:
    return {
        "address": f"iam_role/{name}/{number}", "attribute": None, "break_glass": False,
        "cause": None, "change": None, "element": None, "event": None, "first_seen": None,
        "fresh": True, "id": name, "kind": "drift", "live": "", "name": f"{number:016x}",
        "owner": name, "quiet": False, "rank": "write", "scope": None, "sign": "~",
        "source": {"file": name, "line": number}, "text": name, **more,
    }  # fmt: skip


def change(kind: str, name: str) -> dict[str, Any]:
    return {
        "action": "update", "address": f"{kind}/{name}", "calls": [], "id": name, "kind": kind,
        "reason": "drift", "risk": "medium", "source": {"file": name, "line": 7},
        "attributes": [
            {"name": "tags", "added": [], "changed": [],
             "removed": [{"key": name, "live": name, "head": None, "base": None,
                          "reason": "drift"}]},
        ],
    }  # fmt: skip


def report(name: str) -> dict[str, Any]:
    """One item of each kind, known and new, by somebody and by nobody."""
    kinds = ["drift", "stale", "missing", "unmanaged", "rule"]
    items = [
        item(1, name, cause=0, event=0, change=0, attribute="tags", element=name,
             address=f"account/{name}", rank="break_glass", break_glass=True),
        item(2, name, cause=1, event=0, change=1, attribute="tags", element=name),
        item(3, name, change=2, attribute="tags", element=name),
        *(item(4 + n, name, kind=kind) for n, kind in enumerate(kinds)),
        *(item(9 + n, name, kind=kind, quiet=True, fresh=False, attribute=name, element=name)
          for n, kind in enumerate(kinds)),
    ]  # fmt: skip
    causes = [
        {"events": [event(name)], "first": "2026-11-21T22:10:00Z", "fresh": True, "items": [n],
         "last": "2026-11-21T22:10:00Z", "principal": name, "rank": "write", "session": name}
        for n in (0, 1)
    ]  # fmt: skip
    commit = {"commit": COMMIT, "config": None, "tree": COMMIT}
    notes = ("by_hand", "ignored", "leftovers", "released", "unmanaged", "warnings")
    return {
        "access": [], "base": commit, "calls": [], "complete": False, "format": "charter.drift/1",
        "changes": [change(kind, name) for kind in ("account", "iam_role", "unit")],
        "drift": {
            "causes": causes, "history": True, "items": items, "own_calls": 3, "passed": [name],
            "resolved": [{"address": name, "attribute": name, "element": name, "kind": "drift",
                          "first_seen": "2026-11-20T02:00:00Z", "name": "00000000000000ff",
                          "resolved": "2026-11-22T02:00:00Z"}],
            "since": None, "trail_unread": name,
            "trend": [{"fresh": 1, "oldest": None, "open": 1, "repair_seconds": None,
                       "resolved": 1, "time": "2026-11-22T02:00:00Z"}],
        },
        "guards": [], "head": commit,
        "meta": {"created": "2026-11-22T02:00:00Z", "estimate_seconds": 0, "tool": "charter"},
        "organization": "o-exampleorgid", "path": "", "plan_id": None, "refused": None,
        "scope": "main", "target": None, "unread": [{"scope": name, "error": name, "message": name}],
        "summary": dict.fromkeys(
            ("adopt", "calls", "create", "delete", "drift", "unmanaged", "update"), 0),
        **{key: [{"address": name, "id": name, "kind": "iam_user", "text": name}] for key in notes},
    }  # fmt: skip


@pytest.fixture
def show(binary, tmp_path):
    charter = Charter(binary, tmp_path / "home", "http://127.0.0.1:9", "AKIATEST", "test")
    charter.repo = tmp_path

    def shown(made: dict[str, Any], form: str = "markdown", **env: str) -> str:
        path: pathlib.Path = tmp_path / "drift.json"
        path.write_text(json.dumps(made))
        return charter("show", str(path), "-o", form, env=env).expect(0).out

    return shown


def rendered(markdown: str) -> Page:
    page = Page(render(markdown))
    assert not page.wrong, page.wrong[:10]
    return page


def test_parts(show):
    """Every part once, links to the lines, tables that are tables."""
    page = rendered(show(report(PLAIN), **JOB))
    titles = [
        "Break-glass resources (1)", "Changed outside git (1)", "nobody is known for it (2)",
        "Missing in AWS, and nobody is known for it (1)", "Unmanaged: in AWS, never declared",
        "Not provisioned everywhere (1)", "Ignore rules that have ended (1)", "Not read (1)",
        "Resolved since the last report (1)", "Unmanaged, and known before (1)",
        "Known and let be (4)", "Beside these", "What to do",
    ]  # fmt: skip
    at = [page.text.find(title) for title in titles]
    assert -1 not in at and at == sorted(at), list(zip(titles, at))
    assert page.tags["h4"] == 2 and page.tags["details"] == 2
    assert {len(row) for row in page.rows} == {5}
    assert {url for url, _ in page.links} >= {f"{BLOB}{COMMIT}/{PLAIN}#L7"}
    assert "in sync" not in page.text


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_names_are_inert(show, number):
    made = report(HOSTILE[number])
    markdown = show(made, **JOB)
    assert "<!--" not in markdown
    assert not as_log(markdown)
    page = rendered(markdown)
    assert not page.comments
    assert not references(page), references(page)[:5]
    assert all(url.startswith(BLOB) for url, _ in page.links)
    assert {len(row) for row in page.rows} <= {5}
    assert page.tags["h2"] == 1
    # A row that has no room leaves its cause a line.
    assert page.tags.get("h4", 0) == 2 or len(HOSTILE[number]) > 60000
    assert len(markdown.encode()) <= 60000 or "bytes)" in markdown
    assert not as_log(show(made, "text"))


@pytest.mark.skipif(not browser(), reason="not installed: chromium")
def test_hostile_names_in_a_browser(show, tmp_path):
    markdown = "\n\n".join(show(report(name), **JOB) for name in HOSTILE[:-1])
    dom = browse(render(markdown), tmp_path)
    assert "<title>report</title>" in dom
    page = Page(dom.partition("<body>")[2].rpartition("</body>")[0])
    unknown = [w for w in page.wrong if not w.startswith("</")]
    assert not unknown, unknown[:10]
    assert page.tags["h2"] == len(HOSTILE) - 1
