"""`charter plan -o json` of the organization of 60 accounts: its keys, and that the same input gives
the same bytes, whatever the order and size of the pages."""

import json
import re

import plans
import pytest
import seed
from live import assert_live

TOP = {
    "format",
    "plan_id",
    "organization",
    "base",
    "head",
    "summary",
    "complete",
    "unread",
    "changes",
    "access",
    "guards",
    "calls",
    "meta",
}
SUMMARY = {"create", "update", "delete", "adopt", "drift", "unmanaged", "calls"}
CHANGE = {"action", "kind", "address", "id", "source", "reason", "risk", "attributes", "calls"}
CALL = {"n", "service", "operation", "account", "input", "needs", "change"}
REASONS = {"config", "drift", "conflict", "adopt", "pending", "expired", "credit", "rename", "leftover"}


def without_meta(text: str) -> str:
    shorter, n = re.subn(r'"meta":\s*\{[^{}]*\},?', "", text)
    assert n == 1
    return shorter


def sorted_keys(pairs):
    keys = [k for k, _ in pairs]
    assert keys == sorted(keys), keys
    return dict(pairs)


def assert_shape(text: str) -> dict:
    plan = json.loads(text, object_pairs_hook=sorted_keys)
    assert TOP <= set(plan)
    assert plan["format"] == "charter.plan/1"
    assert SUMMARY <= set(plan["summary"])
    assert re.fullmatch(r"[0-9a-f]{64}", plan["plan_id"].removeprefix("sha256:"))
    for side in ("base", "head"):
        assert plan[side] is None or {"commit", "tree", "config"} <= set(plan[side])
    lines = {line.strip().rstrip(",") for line in text.splitlines()}
    for name in ("changes", "calls", "guards", "access", "unread"):
        for element in plan[name]:
            compact = json.dumps(element, sort_keys=True, separators=(",", ":"))
            found = any(
                line.startswith("{") and line.endswith("}") and json.loads(line) == element
                for line in lines
                if line[:1] == "{" and len(line) > 1
            )
            assert found, f"{name}: no line holds {compact}"
    for change in plan["changes"]:
        assert CHANGE <= set(change), change
        assert change["action"] in ("create", "update", "delete", "adopt"), change
        assert change["reason"] in REASONS
        assert change["risk"] in ("low", "medium", "high")
        assert change["address"].split("/")[0] == change["kind"]
        if change["source"] is not None:
            assert {"file", "line"} <= set(change["source"])
    for k, call in enumerate(plan["calls"], 1):
        assert CALL <= set(call), call
        assert call["n"] == k
        assert all(need < k for need in call["needs"])
    for guard in plan["guards"]:
        assert {"name", "result", "detail"} <= set(guard)
    assert plan["summary"]["calls"] == len(plan["calls"])
    assert {"created", "tool", "estimate_seconds"} <= set(plan["meta"])
    return plan


@pytest.fixture
def planned(full):
    full.charter.apply()
    full.commit(plans.edit_scenario(full.model, True))
    return full


def test_first_plan_adopts_everything_and_changes_nothing(full, proxy):
    result = full.charter("plan", "-o", "json", "--ref", "HEAD").expect(0)
    plan = assert_shape(result.out)
    assert plan["organization"] == full.ids.org
    assert plan["complete"] is True and plan["unread"] == []
    assert plan["summary"]["create"] == plan["summary"]["delete"] == plan["summary"]["unmanaged"] == 0
    plans.assert_empty(plan)
    assert proxy.mutations() == []


def test_keys_bytes_and_the_order_of_replies(planned, proxy):
    charter = planned.charter
    first = charter("plan", "-o", "json", "--ref", "HEAD").expect(0).out
    plan = assert_shape(first)
    assert plan["base"]["commit"] and plan["head"]["commit"] == planned.repo.git("rev-parse", "HEAD")
    assert plan["head"]["tree"] == planned.repo.git("rev-parse", "HEAD^{tree}")
    again = charter("plan", "-o", "json", "--ref", "HEAD").expect(0).out
    assert without_meta(again) == without_meta(first)
    for change in ({"jitter": 1}, {"shuffle": 2}, {"jitter": 3, "shuffle": 3, "page_size": 3}):
        proxy.reset()
        for name, value in change.items():
            setattr(proxy, name, value)
        other = charter("plan", "-o", "json", "--ref", "HEAD").expect(0).out
        assert without_meta(other) == without_meta(first), change


def test_working_tree_and_exit_code(small):
    small.charter.apply()
    small.charter("plan", "--detailed-exitcode").expect(0)
    after = seed.changed(small.model)
    after["units"]["Old"]["tags"]["owner"] = "nobody"
    small.repo.write(seed.config(after))
    small.charter("plan").expect(0)
    small.charter("plan", "--detailed-exitcode").expect(2)
    plan = small.charter.plan()
    assert plans.reasons(plan) == {"unit/Old": "config"}
    assert plans.operations(plan) == ["TagResource"]


def test_several_outputs_in_one_run(small, tmp_path):
    files = {f: tmp_path / f"plan.{f}" for f in ("json", "markdown", "text")}
    options = [o for f, path in files.items() for o in ("-o", f"{f}={path}")]
    small.charter("plan", *options).expect(0)
    assert_shape(files["json"].read_text())
    assert files["markdown"].stat().st_size > 0
    assert files["text"].stat().st_size > 0


def test_plan_never_mutates_and_saved_plan_is_applied(managed, proxy, tmp_path):
    after = seed.changed(managed.model)
    after["units"]["Old"]["tags"] = {"tier": "Old", "owner": "archive"}
    managed.commit(after)
    saved = tmp_path / "plan.json"
    managed.charter("plan", "--ref", "HEAD", "--out", str(saved)).expect(0)
    assert proxy.mutations() == []
    managed.charter("apply", str(saved), "--ref", "HEAD").expect(0)
    assert_live(managed.aws, after)
    plan = managed.charter.plan("--ref", "HEAD")
    plans.assert_empty(plan)


def test_expected_plan_id(managed, proxy):
    after = seed.changed(managed.model)
    after["units"]["Old"]["tags"]["owner"] = "archive"
    managed.commit(after)
    plan_id = managed.charter.plan("--ref", "HEAD")["plan_id"]
    managed.charter("apply", "--ref", "HEAD", "--expect", "0" * len(plan_id)).expect(4)
    assert proxy.mutations() == []
    # Where a comment is said to be, and none is looked for.
    lost = ["--expect", plan_id, "--repository", "example/cloud"]
    assert "--from-pull-request" in managed.charter("apply", "--ref", "HEAD", *lost).expect(1).err
    assert proxy.mutations() == []
    managed.charter("apply", "--ref", "HEAD", "--expect", plan_id).expect(0)
    assert_live(managed.aws, after)


def test_snapshot_stands_for_the_live_organization(managed, proxy, tmp_path):
    after = seed.changed(managed.model)
    after["units"]["Old"]["tags"]["owner"] = "archive"
    managed.commit(after)
    live = tmp_path / "live.jsonl"
    managed.charter("snapshot", "--out", str(live)).expect(0)
    direct = managed.charter.plan("--ref", "HEAD")
    proxy.reset()
    offline = managed.charter.plan("--ref", "HEAD", "--live", str(live))
    assert plans.real_calls(offline) == plans.real_calls(direct)
    assert offline["plan_id"] == direct["plan_id"]
    assert proxy.mutations() == []
