"""`make bench`: the HTML page of 10,000 accounts and as many differences in a browser, with bounds.

The document: 250 sessions of 40 differences, each a trust policy; 278 units. Measured are the
milliseconds from the start of the navigation until something is painted (the median of five), and
those that the slowest of some searches takes, layout included. Ends with 1 if a bound is missed, and
with 0 where there is no Chromium.
"""

from __future__ import annotations

import json
import pathlib
import statistics
import sys
import tempfile

import measure

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "page"))

import documents  # noqa: E402
from browser import Browser, browser_path, browsing  # noqa: E402

ACCOUNTS = 10_000
PAINT, FILTER = 1000, 100  # milliseconds
SEARCHES = ["t", "te", "team-0", "person-17", "team-09999", "zzz", "role0 person-3", ""]
PAINTED = """new Promise((done) => new PerformanceObserver((list) => done(list.getEntries()[0].startTime))
    .observe({type: "paint", buffered: true}))"""
SEARCHED = """((text) => {
    const search = document.getElementById("search"), from = performance.now();
    search.value = text;
    search.dispatchEvent(new Event("input"));
    document.body.offsetHeight;
    return performance.now() - from;
})"""


def painted(browser: Browser, page: pathlib.Path) -> float:
    browser.open(page)
    return browser.run(PAINTED)


def main() -> int:
    if not browser_path():
        print("page: there is no chromium")
        return 0
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        home = pathlib.Path(directory)
        source, page = home / "drift.json", home / "drift.html"
        source.write_text(json.dumps(documents.large(ACCOUNTS, ACCOUNTS)))
        _, cpu, memory, _ = measure.run(home, "http://127.0.0.1:9", ("none", "none"), "show", str(source), "-o", f"html={page}")
        with browsing(home / "profile") as browser:
            browser.look()
            paint = statistics.median(painted(browser, page) for _ in range(5))
            filters = max(browser.run(f"{SEARCHED}({json.dumps(text)})") for text in SEARCHES)
        print(f"page of {ACCOUNTS:,} accounts and differences: {page.stat().st_size / 1e6:.0f} MB, "
              f"{cpu:.2f} s of CPU and {memory / (1 << 20):.0f} MiB to write")
        print(f"  first paint {paint:.0f} ms (at most {PAINT}), filter {filters:.0f} ms (at most {FILTER})")
    return int(paint > PAINT or filters > FILTER)


if __name__ == "__main__":
    sys.exit(main())
