"""charter killed before and after each mutating call, on a twin as slow to agree with itself as AWS:
accounts are made by and by, and listings leave out for a while what was just made. (The same on a twin
that is quick: test_process_killed in test_faults.py.) The next apply converges; the twin's own log
tells that nothing was made twice, and nothing deleted but what the commit deletes."""

from __future__ import annotations

import time
from collections import Counter

import plans
import pytest
import seed
from conftest import Bench
from live import assert_live
from simulator import simulated
from test_faults import CALLS, kill_at

SLOW = ["--job-time", "700", "--lag", "2", "--latency", "5"]
LAG = 2.4  # seconds after which every listing shows what was made: the job, and the lag
SOME = {0, 3, 8, 13, CALLS - 1}
INDEXES = [
    index if index in SOME else pytest.param(index, marks=pytest.mark.exhaustive)
    for index in range(CALLS)
]


@pytest.fixture(scope="module")
def slow(binary, tmp_path_factory):
    directory = tmp_path_factory.mktemp("slow")
    with simulated("twin", binary, directory, *SLOW) as simulator:
        bench = Bench(simulator)
        yield bench
        bench.proxy.stop()


@pytest.fixture
def bench(slow):
    slow.empty()
    if not slow.made:
        slow.make(seed.small_model())
        time.sleep(LAG)
        slow.empty()
    yield slow
    assert not slow.wrong, "\n".join(slow.wrong[:20])


def apply_until_done(managed):
    """A run may find an account that it asked for in no listing yet: it says so, and the next goes on."""
    for _ in range(3):
        time.sleep(LAG)
        if managed.charter("apply", "--ref", "HEAD").expect(0, 5).code == 0:
            break
    time.sleep(LAG)


def took_effect(bench):
    """Operations by how often they did something, but for the tags, which may be written again."""
    lines = bench.simulator.control("GET", "log")
    names = Counter(line.partition(":")[2].partition(" ")[0] for line in lines)
    return {name: n for name, n in names.items() if name not in ("TagResource", "UntagResource")}


@pytest.mark.parametrize("action", ["call_before", "call_after"])
@pytest.mark.parametrize("index", INDEXES)
def test_killed_and_run_again(managed, bench, proxy, action, index):
    after = plans.edit_scenario(managed.model, False)
    managed.commit(after)
    bench.simulator.control("DELETE", "log")
    kill_at(managed, proxy, action, index)
    apply_until_done(managed)
    assert_live(managed.aws, after)
    assert took_effect(bench) == Counter(plans.SCENARIO_OPERATIONS)
    plans.assert_empty(managed.charter.plan("--ref", "HEAD"))


def test_killed_again_and_again(managed, bench, proxy):
    """Each run gets a few calls further; the last one ends it."""
    after = plans.edit_scenario(managed.model, False)
    managed.commit(after)
    bench.simulator.control("DELETE", "log")
    for action in ("call_after", "call_before") * 4:
        proxy.reset()
        kill_at(managed, proxy, action, 2)
        time.sleep(LAG)
    proxy.reset()
    apply_until_done(managed)
    assert_live(managed.aws, after)
    assert took_effect(bench) == Counter(plans.SCENARIO_OPERATIONS)
    plans.assert_empty(managed.charter.plan("--ref", "HEAD"))
