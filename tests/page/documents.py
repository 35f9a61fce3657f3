"""Documents for the page: plans and drift reports by hand, small, hostile and large. `charter show`
checks them as it reads them."""

from __future__ import annotations

import hashlib
import json
from typing import Any

Document = dict[str, Any]
CREATED = "2026-11-22T03:20:00Z"

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": f"Team{n}",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::111122223333:role/team-{n}"},
            "Action": "sts:AssumeRole",
        }
        for n in range(6)
    ],
}


def compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def digest(*parts: Any) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def document(kind: str, **more: Any) -> Document:
    return {
        "access": [],
        "base": {"commit": "a" * 40, "config": "b" * 64, "tree": "c" * 40},
        "by_hand": [],
        "calls": [],
        "changes": [],
        "complete": True,
        "format": f"charter.{kind}/1",
        "guards": [],
        "head": {"commit": "d" * 40, "config": "e" * 64, "tree": "f" * 40},
        "ignored": [],
        "leftovers": [],
        "meta": {"created": CREATED, "estimate_seconds": 7, "tool": "charter 0.1.0"},
        "organization": "o-exampleorgid",
        "path": "",
        "plan_id": "0" * 64,
        "refused": None,
        "released": [],
        "scope": "default",
        "summary": dict.fromkeys(("adopt", "calls", "create", "delete", "drift", "unmanaged", "update"), 0),
        "target": None,
        "unmanaged": [],
        "unread": [],
        "warnings": [],
    } | more


def change(address: str, attributes: list[Document], **more: Any) -> Document:
    return {
        "action": "update",
        "address": address,
        "attributes": attributes,
        "calls": [],
        "id": None,
        "kind": address.split("/")[0],
        "reason": "drift",
        "risk": "medium",
        "source": {"file": "accounts/crm.yaml", "line": 12},
    } | more


def event(time: str, call: str, account: str, session: str = "bob@example.org", **more: Any) -> Document:
    return {
        "account": account,
        "address": "203.0.113.7",
        "agent": "Mozilla/5.0 (X11; Linux x86_64)",
        "console": True,
        "id": digest(time, call, account, session),
        "invoked_by": "",
        "key": "ASIAEXAMPLE",
        "operation": call,
        "principal": f"arn:aws:sts::{account}:assumed-role/AWSReservedSSO_Admin/{session}",
        "region": "us-east-1",
        "service": "iam",
        "session": session,
        "time": time,
    } | more


def item(kind: str, address: str, **more: Any) -> Document:
    return {
        "address": address,
        "attribute": None,
        "break_glass": False,
        "cause": None,
        "change": None,
        "element": None,
        "event": None,
        "first_seen": None,
        "fresh": False,
        "id": None,
        "kind": kind,
        "live": "",
        "name": digest(kind, address, more.get("attribute"), more.get("element")),
        "owner": None,
        "quiet": False,
        "rank": "plain",
        "scope": None,
        "sign": None,
        "source": None,
        "text": None,
    } | more


def cause(items: list[int], events: list[Document], **more: Any) -> Document:
    return {
        "events": events,
        "first": events[0]["time"] if events else None,
        "fresh": False,
        "items": items,
        "last": events[-1]["time"] if events else None,
        "principal": events[0]["principal"] if events else None,
        "rank": "plain",
        "session": events[0]["session"] if events else None,
    } | more


def drift(**more: Any) -> Document:
    return {
        "causes": [],
        "history": True,
        "items": [],
        "own_calls": 3,
        "passed": ["iam_role/*/Legacy*"],
        "resolved": [],
        "since": "2026-11-21T02:20:00Z",
        "trail_unread": None,
        "trend": [],
    } | more


def account(name: str, unit: str) -> Document:
    return {"name": name, "unit": unit}


def small_drift() -> Document:
    """One of each kind of difference, of three people and of nobody known."""
    wider = {**TRUST, "Statement": TRUST["Statement"] + [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}
    changes = [
        change("account/crm", [{"name": "unit", "base": "Workloads", "head": "Workloads", "live": "Sandbox", "reason": "drift"}]),
        change("iam_role/crm/Deploy", [
            {"name": "trust", "base": compact(TRUST), "head": compact(TRUST), "live": compact(wider), "reason": "drift"},
            {"name": "managed_policies", "added": [], "removed": [
                {"key": "arn:aws:iam::aws:policy/AdministratorAccess", "reason": "drift"}]},
        ], source={"file": "accounts/crm.yaml", "line": 40}),
        change("iam_role/billing/Audit", [], action="create"),
    ]
    events = [
        event("2026-11-21T22:10:05Z", "UpdateAssumeRolePolicy", "222222222222"),
        event("2026-11-21T22:11:40Z", "AttachRolePolicy", "222222222222"),
    ]
    moved = event("2026-11-22T01:02:03Z", "MoveAccount", "111122223333", "deploy", console=False, service="organizations",
                  agent="aws-cli/2.34")
    known = {"first_seen": CREATED, "fresh": True, "owner": "@platform/identity"}
    old = {"first_seen": "2026-11-12T03:20:00Z", "owner": "@crm"}
    source = {"file": "accounts/crm.yaml", "line": 40}
    items = [
        item("drift", "iam_role/crm/Deploy", attribute="trust", rank="administrator", cause=0, event=0, change=1, sign="~", source=source, **known),
        item("drift", "iam_role/crm/Deploy", attribute="managed_policies", element="arn:aws:iam::aws:policy/AdministratorAccess",
             rank="administrator", cause=0, event=1, change=1, sign="+", source=source, **known),
        item("drift", "account/crm", attribute="unit", cause=1, event=0, change=0, sign="~", rank="write", **old),
        item("missing", "iam_role/billing/Audit", cause=2, change=2, sign="-", **old),
        item("unmanaged", "iam_user/crm/temp", cause=3, sign="+", id="AIDAEXAMPLE", **known),
        item("stale", "permission_set/ReadOnly", cause=4, attribute="accounts", element="crm", sign="~", **old),
        item("unmanaged", "iam_role/billing/Legacy", cause=5, quiet=True, sign="+"),
        item("unread", "iam/444455556666", text="AccessDenied: not authorized to perform iam:ListRoles", sign="!"),
        item("rule", "iam_role/*/Legacy*", text="until the migration is done", sign="!"),
    ]
    alone = [cause([n], []) for n in (3, 4, 5, 6)]
    trend = [
        {"fresh": n % 3, "oldest": "2026-11-12T03:20:00Z", "open": 3 + (n * 5) % 7, "repair_seconds": 86400, "resolved": n % 2,
         "time": f"2026-11-{n:02}T03:20:00Z"}
        for n in range(12, 23)
    ]
    resolved = [{"address": "iam_role/crm/Build", "attribute": "trust", "element": None, "first_seen": "2026-11-15T03:20:00Z",
                 "kind": "drift", "name": digest("resolved"), "resolved": CREATED}]
    causes = [cause([0, 1], events, fresh=True, rank="administrator"), cause([2], [moved], rank="write"), *alone]
    return document(
        "drift", changes=changes, complete=False,
        accounts=[account("crm", "Workloads"), account("billing", "Workloads/Finance"), account("lab", "Sandbox"),
                  account("audit", "/")],
        drift=drift(causes=causes, items=items, trend=trend, resolved=resolved),
        unread=[{"scope": "iam/444455556666", "error": "AccessDenied", "message": "not authorized to perform iam:ListRoles"}],
    )


def small_plan(refused: bool = False) -> Document:
    narrower = {**TRUST, "Statement": TRUST["Statement"][:5]}
    changes = [
        change("account/crm", [{"name": "unit", "base": "Workloads", "head": "Workloads/Finance", "live": "Workloads", "reason": "config"}],
               reason="config", calls=[1]),
        change("iam_role/crm/Deploy", [
            {"name": "trust", "base": compact(TRUST), "head": compact(narrower), "live": compact(TRUST), "reason": "config"},
            {"name": "tags", "added": [{"key": "owner", "reason": "config", "head": "crm", "live": None}],
             "changed": [{"key": "stage", "reason": "config", "base": "dev", "head": "prod", "live": "dev"}], "removed": []},
        ], reason="config", calls=[2]),
        change("iam_user/crm/temp", [], action="delete", reason="config", risk="high", calls=[3],
               source={"base": True, "file": "accounts/crm.yaml", "line": 60}),
    ]
    calls = [
        {"account": "management", "change": "account/crm", "input": {"AccountId": "222222222222"}, "n": 1, "needs": [],
         "operation": "MoveAccount", "service": "organizations"},
        {"account": "crm", "change": "iam_role/crm/Deploy", "input": {"RoleName": "Deploy"}, "n": 2, "needs": [1],
         "operation": "UpdateAssumeRolePolicy", "service": "iam"},
        {"account": "crm", "change": "iam_user/crm/temp", "input": {"UserName": "temp"}, "n": 3, "needs": [],
         "operation": "DeleteUser", "service": "iam"},
    ]
    access = [
        {"account": f"lab-{n}", "effect": effect, "permission": permission, "principal": f"user/{who}", "strength": strength,
         "through": through}
        for n in range(11)
        for effect, permission, who, strength, through in (
            ("gain", "Data", "alice", "write", "group/data"), ("loss", "Admin", "alice", "administrator", None),
            ("gain", "ReadOnly", "bob", "read", "group/data"))
    ]
    return document(
        "plan", access=access, changes=changes, calls=calls,
        accounts=[account("crm", "Workloads"), *(account(f"lab-{n}", "Sandbox") for n in range(11))],
        guards=[{"name": "removals", "result": "refuse" if refused else "pass", "detail": "1 of 2 allowed"}],
        refused="removals: 1 more than allowed\nprotected: account/crm" if refused else None,
        summary={"adopt": 0, "calls": 3, "create": 0, "delete": 1, "drift": 0, "unmanaged": 1, "update": 2},
        unmanaged=[{"address": "iam_role/crm/Legacy", "id": "AROAEXAMPLE", "kind": "iam_role", "text": "nobody declares it"}],
        warnings=[{"address": None, "id": None, "kind": None, "text": "the contact of crm is old"}],
    )


HOSTILE = [
    "</script><script>globalThis.hurt=1</script>",
    "<img src=x onerror=globalThis.hurt=1>",
    "<!--<script>",
    "]]></noscript><h1>hurt</h1>",
    "\"'><svg onload=globalThis.hurt=1>",
    "javascript:globalThis.hurt=1",
    "\u202egnp.exe\u2066x\u2069\u200b\u2028\u2029\ufeff",
    "${globalThis.hurt=1} `\\u003cb\\u003e` &lt;b&gt; @TEXT@ @JS@",
    "__proto__",
    "constructor",
    "x" * 100_000,
]


def hostile() -> Document:
    """Every text that AWS or a repository may give, as bad as it can be."""
    items, causes, changes = [], [], []
    for n, text in enumerate(HOSTILE):
        bad = event("2026-11-21T22:10:05Z", text, text, text, address=text, agent=text, principal=text, invoked_by=text,
                    region=text, service=text, key=text)
        address = "iam_role/" + text.replace("/", "%2F") + "/" + text.replace("/", "%2F")
        changes.append(change(address, [
            {"name": "description", "base": text, "head": text, "live": text + "!", "reason": "drift"},
            {"name": "trust", "base": None, "head": compact({text: [text]}), "live": compact({text: {text: text}}), "reason": "drift"},
            {"name": "tags", "added": [], "removed": [{"key": text, "reason": "drift", "live": text}], "changed": []},
        ], id=text, source={"file": text, "line": 1}))
        items.append(item("drift", address, attribute="description", element=text, cause=n, event=0, change=n, id=text,
                          owner=text, scope=text, text=text, first_seen=CREATED, source={"file": text, "line": 1}))
        causes.append(cause([n], [bad]))
    return document(
        "drift", accounts=[account(text, text) for text in HOSTILE], changes=changes, complete=False,
        drift=drift(causes=causes, items=items, trail_unread=HOSTILE[0],
                    resolved=[{"address": t, "attribute": t, "element": t, "first_seen": CREATED, "kind": "drift",
                               "name": digest(t), "resolved": CREATED} for t in HOSTILE]),
        organization=HOSTILE[0], path=HOSTILE[1], scope=HOSTILE[6],
        unread=[{"scope": t, "error": t, "message": t} for t in HOSTILE],
        warnings=[{"address": t, "id": t, "kind": t, "text": t} for t in HOSTILE],
    )


def large(accounts: int = 10_000, differences: int = 10_000) -> Document:
    """Units of 40 accounts, sessions of 40 differences."""
    names = [f"team-{n:05}" for n in range(accounts)]
    items, changes, causes = [], [], []
    for n in range(differences):
        address = f"iam_role/{names[n % accounts]}/Role{n // accounts}"
        changes.append(change(address, [{"name": "trust", "base": compact(TRUST), "head": compact(TRUST),
                                         "live": compact({**TRUST, "Statement": TRUST["Statement"][:4]}), "reason": "drift"}]))
        items.append(item("drift", address, attribute="trust", sign="~", rank="administrator", cause=n // 40, event=n % 40,
                          change=n, owner=f"@team-{n % 90}", first_seen=CREATED, fresh=n % 7 == 0,
                          source={"file": f"accounts/{names[n % accounts]}.yaml", "line": 8}))
    for first in range(0, differences, 40):
        members = list(range(first, min(first + 40, differences)))
        causes.append(cause(members, [
            event(f"2026-11-21T{n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02}Z", "UpdateAssumeRolePolicy", f"{n:012}",
                  f"person-{first // 40 % 200}@example.org") for n in members], rank="administrator", fresh=True))
    tree = [account(name, f"Workloads/Area-{n // 400}/Team-{n // 40}") for n, name in enumerate(names)]
    return document("drift", accounts=tree, changes=changes, drift=drift(causes=causes, items=items))
