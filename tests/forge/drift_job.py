"""Nights: drift reports by hand, of what differs in the tags of units, and the job that puts each on a
forge as its issue."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import pathlib
import re
from dataclasses import dataclass, field
from typing import Any

from comment_job import FIRST, NO_AWS, Plans
from conftest import Charter, Result
from forge_repository import Issue
from forge_server import ForgeServer

LABEL = "charter-drift"


def name_of(kind: str, address: str, attribute: str | None, element: str | None) -> str:
    """As charter names an item: the same difference has the same name every night."""
    parts = [kind, address, attribute, element]
    data = b"".join(b"\0" if p is None else b"=" + p.encode() + b"\0" for p in parts)
    return hashlib.sha256(data).hexdigest()[:16]


def tag(unit: str, key: str, live: str = "by-hand") -> dict[str, Any]:
    """A tag that somebody put on a unit."""
    address = f"unit/{unit}"
    return {
        "kind": "drift", "address": address, "attribute": "tags", "element": key, "sign": "+",
        "live": hashlib.sha256(live.encode()).hexdigest()[:16], "value": live,
        "name": name_of("drift", address, "tags", key), "scope": "organizations", "rank": "write",
    }


def unmanaged(unit: str) -> dict[str, Any]:
    address = f"unit/{unit}"
    return {
        "kind": "unmanaged", "address": address, "attribute": None, "element": None, "sign": "+",
        "live": "", "name": name_of("unmanaged", address, None, None), "scope": "organizations",
        "rank": "plain",
    }


def unread(scope: str) -> dict[str, Any]:
    return {
        "kind": "unread", "address": scope, "attribute": None, "element": None, "sign": None,
        "live": "", "name": name_of("unread", scope, None, None), "scope": scope, "rank": "plain",
        "text": "AccessDenied",
    }


def changes_of(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    changes: dict[str, dict[str, Any]] = {}
    for item in items:
        if item["kind"] != "drift":
            continue
        change = changes.setdefault(item["address"], {
            "action": "update", "kind": "unit", "address": item["address"], "id": "ou-a1b2-12345678",
            "source": {"file": "units.yaml", "line": 3}, "reason": "drift", "risk": "low",
            "attributes": [{"name": "tags", "added": [], "changed": [], "removed": []}], "calls": [],
        })
        element = {"key": item["element"], "reason": "drift", "base": None, "head": None}
        change["attributes"][0]["removed"].append({**element, "live": item["value"]})
    return list(changes.values())


def drift_of(items: list[dict[str, Any]], changes: list[dict[str, Any]]) -> dict[str, Any]:
    where = {c["address"]: i for i, c in enumerate(changes)}
    blank = {"id": None, "cause": None, "event": None, "first_seen": None, "fresh": False,
             "quiet": False, "break_glass": False, "owner": None, "source": None, "text": None}
    made = [
        {**blank, **{k: v for k, v in i.items() if k != "value"}, "change": where.get(i["address"])}
        for i in items
    ]
    return {"causes": [], "history": False, "items": made, "own_calls": 0, "passed": None,
            "resolved": [], "since": None, "trail_unread": None, "trend": []}


@dataclass
class Nights:
    server: ForgeServer
    charter: Charter
    plans: Plans
    directory: pathlib.Path
    runs: int = field(default=0)

    @property
    def kind(self) -> str:
        return self.server.kind

    @property
    def forge(self) -> Any:
        return self.server.forge

    def document(self, *items: dict[str, Any], day: int, **more: Any) -> dict[str, Any]:
        made = copy.deepcopy(self.plans.first)
        failed = [i for i in items if i["kind"] == "unread"]
        made.update(
            format="charter.drift/1", changes=changes_of(list(items)), calls=[], guards=[], access=[],
            unmanaged=[{"kind": "unit", "address": i["address"], "id": None, "text": None}
                       for i in items if i["kind"] == "unmanaged"],
            unread=[{"scope": i["address"], "error": "AccessDenied", "message": "no"} for i in failed],
            complete=not failed, refused=None,
        )
        made.pop("accounts", None)
        made["drift"] = drift_of(list(items), made["changes"])
        made["summary"] = {**dict.fromkeys(made["summary"], 0), "drift": len(made["changes"]),
                           "update": len(made["changes"])}
        made["head"]["commit"] = FIRST
        made["meta"]["created"] = f"2026-03-{day:02}T02:00:00Z"
        made.update(more)
        return made

    def write(self, document: dict[str, Any]) -> str:
        self.runs += 1
        path = self.directory / f"drift-{self.runs}.json"
        path.write_text(json.dumps(document))
        return str(path)

    def comment(self, *args: str, **env: str | None) -> Result:
        self.server.stop_session()
        whole = {**NO_AWS, **self.server.environment(None, FIRST), **env}
        return self.charter("comment", *args, env=whole)

    def night(self, *items: dict[str, Any], day: int, **more: Any) -> Result:
        return self.comment(self.write(self.document(*items, day=day, **more)))

    def applied(self, *items: dict[str, Any], commit: str = FIRST) -> Result:
        """After an apply of a plan that lists these."""
        made = self.document(*items, day=28, format="charter.plan/1")
        made.pop("drift")
        made["head"]["commit"] = commit
        return self.comment("--status", "applied", self.write(made))

    def only(self) -> Issue:
        assert len(self.forge.issues) == 1, [i.title for i in self.forge.issues]
        return self.forge.issues[0]

    def sent(self) -> int:
        return len(self.forge.writes())


def block(issue: Issue) -> dict[str, Any]:
    found = re.match(r"<!-- charter: (\{.*\}) -->\n", issue.body)
    assert found, issue.body[:300]
    return json.loads(found[1])


def ledger(issue: Issue) -> dict[str, Any]:
    return json.loads(base64.b64decode(block(issue)["ledger"], validate=True))


def report(issue: Issue) -> str:
    return issue.body.partition("-->\n")[2].partition("<!-- charter:end -->")[0]


def footer(issue: Issue) -> str:
    return issue.body.rpartition("\n---\n")[2]
