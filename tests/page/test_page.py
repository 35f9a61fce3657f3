"""The HTML page in a browser: nothing is asked for and nothing complained of, by keyboard and by a
screen reader's rules, narrow, dark, on paper, with hostile names and with 10,000 accounts."""

from __future__ import annotations

import importlib.util
import json
import os
import pathlib
import subprocess
import sys
from typing import Any, Callable, Iterator

import boto3
import pytest
from conftest import ROOT, Charter, Repo
from server import twin_server

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import documents  # noqa: E402
from browser import Browser, browser_path, browsing  # noqa: E402

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not browser_path(), reason="there is no chromium"),
]

Show = Callable[..., pathlib.Path]
BLOB = "https://github.example/platform/organization/blob/"
JOB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.example",
    "GITHUB_API_URL": "https://github.example/api/v3",
    "GITHUB_REPOSITORY": "platform/organization",
}
# Everything unfolded, twice: what is unfolded may hold more to unfold.
UNFOLD = """(async () => {
    for (let i = 0; i < 3; i++) {
        for (const node of document.querySelectorAll("details:not([open])")) node.open = true;
        for (const node of document.querySelectorAll("button.fold, button.toggle, .others > button"))
            if (node.getAttribute("aria-expanded") === "false") node.click();
        await new Promise((done) => setTimeout(done, 50));
    }
})()"""
COUNT = "document.querySelector('.count').textContent"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("profile")) as one:
        yield one


@pytest.fixture
def show(binary: pathlib.Path, tmp_path: pathlib.Path) -> Show:
    """The page of a document, as `charter show` writes it."""

    def page(document: dict[str, Any], **env: str) -> pathlib.Path:
        source, out = tmp_path / "document.json", tmp_path / "document.html"
        source.write_text(json.dumps(document))
        charter(binary, tmp_path, "show", str(source), "-o", f"html={out}", **env)
        return out

    return page


def charter(binary: pathlib.Path, home: pathlib.Path, *args: str, **env: str) -> None:
    done = subprocess.run([str(binary), *args], cwd=home, capture_output=True, text=True,
                          env={"PATH": os.environ["PATH"], "HOME": str(home), "NO_COLOR": "1", **env})
    assert done.returncode in (0, 6), done.stderr


def axe() -> str:
    spec = importlib.util.find_spec("axe_core_python")
    assert spec and spec.origin
    return (pathlib.Path(spec.origin).parent / "axe.min.js").read_text()


def search(browser: Browser, text: str) -> str:
    browser.run("document.getElementById('search').focus(); document.getElementById('search').select()")
    browser.write(text)
    return browser.run(COUNT)


@pytest.mark.parametrize("document", [documents.small_drift, documents.small_plan, lambda: documents.small_plan(True)],
                         ids=["drift", "plan", "refused"])
def test_looks(browser: Browser, show: Show, document: Callable[[], dict[str, Any]]) -> None:
    """No request, no word on the console, nothing serious by axe-core, no sideways scrolling."""
    page = show(document())
    for width, dark in ((1280, False), (1280, True), (400, False), (400, True)):
        browser.look(width, dark)
        browser.open(page)
        browser.run(UNFOLD)
        assert browser.complaints() == []
        assert browser.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), width
        browser.run(axe() + "; 1")
        found = browser.run("""axe.run(document, {resultTypes: ["violations"]}).then((r) => r.violations.map(
            (v) => [v.impact, v.id, v.nodes.slice(0, 3).map((n) => n.html.slice(0, 300))]))""")
        assert [v for v in found if v[0] in ("serious", "critical")] == [], (width, dark)


def test_says(browser: Browser, show: Show) -> None:
    """What a reader must not miss, and where it stands."""
    browser.look()
    browser.open(show(documents.small_drift(), **JOB))
    browser.run(UNFOLD)
    text = browser.run("document.querySelector('#page').innerText")
    for words in (
        "Not read: 1 scope", "AccessDenied", "bob@example.org", "UpdateAssumeRolePolicy", "203.0.113.7", "2026-11-21 22:10:05 UTC",
        "@platform/identity", "charter apply --only-drift --only iam_role/crm/Deploy", "charter import --drift --only account/crm",
        "charter import --only iam_user/crm/temp", "Known, and let be", "equal lines", "arn:aws:iam::aws:policy/AdministratorAccess",
        "3 calls of charter's own applies left out",
    ):
        assert words in text, words
    assert "in sync" not in text.replace("it is not known to be in sync", "").replace("neither in sync nor resolved", "")
    links = browser.run("[...document.querySelectorAll('a[href^=http]')].map((a) => a.href)")
    assert BLOB + "d" * 40 + "/accounts/crm.yaml#L40" in links
    # The lines that AWS has and git has not are added ones: those of the new statement.
    plus = browser.run("[...document.querySelectorAll('.diff .plus')].map((n) => n.innerText)")
    assert any('"Principal": "*"' in line for line in plus) and not any("team-1" in line for line in plus)
    open_items = browser.run("[...document.querySelectorAll('.tile')].map((t) => t.innerText.replace(/\\s+/g, ' '))")
    assert "open 8" in open_items and "not read 1" in open_items


def test_nothing_differs(browser: Browser, show: Show) -> None:
    """Only where all was read."""
    browser.look()
    browser.open(show(documents.document("drift", drift=documents.drift())))
    assert "AWS is as git has it" in browser.run("document.querySelector('main').innerText")
    unread = [{"scope": "accounts", "error": "AccessDenied", "message": "no"}]
    browser.open(show(documents.document("drift", drift=documents.drift(), complete=False, unread=unread)))
    text = browser.run("document.querySelector('main').innerText")
    assert "AWS is as git has it" not in text and "not all was" in text and "Not read: 1 scope" in text


def test_plan(browser: Browser, show: Show) -> None:
    """A refusal first; losses before gains; access before and after in a table."""
    browser.look()
    browser.open(show(documents.small_plan(True)))
    browser.run(UNFOLD)
    text = browser.run("document.querySelector('main').innerText")
    places = [text.index(words) for words in ("Refused", "Lose access", "Gain access", "Deleted", "Updated")]
    assert places == sorted(places)
    rows = browser.run("[...document.querySelectorAll('td ul')].map((t) => t.textContent)")
    assert "−loses Admin +gains Data write" in rows
    assert "charter apply" not in text


def test_losses_alone(browser: Browser, show: Show) -> None:
    """A table that has no rows leaves nothing, and no bare text stands in a section."""
    plan = documents.small_plan()
    plan["access"] = [row for row in plan["access"] if row["effect"] == "loss"]
    assert plan["access"]
    browser.open(show(plan))
    bare = browser.run("""[...document.querySelectorAll("section")].flatMap((s) => [...s.childNodes])
        .filter((n) => n.nodeType === Node.TEXT_NODE).map((n) => n.data)""")
    assert bare == []
    assert "Gain access" not in browser.run("document.querySelector('main').innerText")


def test_drift_access(browser: Browser, show: Show) -> None:
    """Of drift, who gained comes first, as it happened; nothing of it while all is let be."""
    report = documents.small_drift()
    report["access"] = [
        {"account": "crm", "effect": effect, "permission": "Admin", "principal": f"user/{name}", "strength": "administrator",
         "through": None} for effect, name in (("loss", "alan"), ("gain", "grace"))
    ]
    browser.open(show(report))
    text = browser.run("document.querySelector('main').innerText")
    places = [text.index(words) for words in ("Gained access", "user/grace", "Lost access", "user/alan", "Differences")]
    assert places == sorted(places)
    for item in report["drift"]["items"]:
        item["quiet"] = True
    browser.open(show(report))
    assert "Gained access" not in browser.run("document.querySelector('main').innerText")


def test_filter(browser: Browser, show: Show) -> None:
    """By text, by choice and by place, each said in the live region; a link opens its card."""
    browser.look()
    page = show(documents.small_drift())
    browser.open(page)
    assert browser.run(COUNT) == "9 differences, 1 let be"
    assert search(browser, "deploy crm") == "3 of 9 differences"  # two, and what the session `deploy` did to crm
    assert search(browser, "nothing like it") == "0 of 9 differences"
    assert "Nothing fits the filter." in browser.run("document.querySelector('main').innerText")
    browser.run("[...document.querySelectorAll('.filter button')].find((b) => b.textContent === 'Clear').click()")
    assert browser.run(COUNT) == "9 differences, 1 let be"
    browser.run("""(() => { const s = [...document.querySelectorAll('label')].find((l) => l.textContent.startsWith('What'))
        .querySelector('select'); s.value = 'unmanaged'; s.dispatchEvent(new Event('change')); })()""")
    assert browser.run(COUNT) == "2 of 9 differences, 1 let be"
    browser.open(page, "#account%2Fcrm")
    assert browser.run("document.activeElement.closest('details').open")
    assert browser.run("document.activeElement.innerText").strip().startswith("account/crm")
    browser.run("[...document.querySelectorAll('.place')].find((b) => b.textContent.includes('Workloads')).click()")
    assert browser.run(COUNT) == "6 of 9 differences, 1 let be"
    assert browser.complaints() == []


def test_keyboard(browser: Browser, show: Show) -> None:
    """From the first key on: past the tree, into the tree, into the list."""
    browser.look()
    browser.open(show(documents.small_drift()))
    browser.key("Tab")
    assert browser.run("document.activeElement.className") == "skip"
    browser.key("Tab")
    assert browser.run("document.activeElement.getAttribute('aria-expanded')") == "true"
    browser.key("Enter")
    assert browser.run("document.activeElement.getAttribute('aria-expanded')") == "false"
    browser.key(" ")
    assert browser.run("document.activeElement.getAttribute('aria-expanded')") == "true"
    seen = []
    for _ in range(60):
        browser.key("Tab")
        seen.append(browser.run("document.activeElement.tagName + ' ' + document.activeElement.className"))
        assert browser.run("document.activeElement.getBoundingClientRect().width > 0")
        if seen[-1].startswith("SUMMARY") and browser.run("document.activeElement.closest('.card') !== null"):
            break
    assert seen[-1].startswith("SUMMARY"), seen
    browser.key("Enter")
    assert "INPUT " in seen and any(s.startswith("SELECT") for s in seen)


def test_hostile(browser: Browser, show: Show) -> None:
    """Names are text wherever they stand, and long ones are cut."""
    page = show(documents.hostile())
    for width in (1280, 400):
        browser.look(width)
        browser.open(page)
        browser.run(UNFOLD)
        assert browser.complaints() == []
        assert browser.run("typeof globalThis.hurt") == "undefined"
        assert browser.run("document.querySelectorAll('img, iframe, object, form:not(.filter), svg:not(.trend)').length") == 0
        assert browser.run("document.scripts.length") == 3
        assert browser.run("[...document.querySelectorAll('a')].every((a) => a.getAttribute('href').startsWith('#'))")
        text = browser.run("document.querySelector('#page').innerText")
        assert documents.HOSTILE[0] in text and "\\u{202e}gnp.exe" in text and "100,000 characters" in text
        assert not set(text) & set("\u202e\u2066\u2069\u200b\u2028\u2029\ufeff")
        assert browser.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_without_scripts(browser: Browser, show: Show) -> None:
    browser.look()
    page = show(documents.hostile())
    browser.send("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(page)
        assert browser.complaints() == []
        text = browser.run("document.querySelector('noscript').innerText")
        assert browser.run("document.querySelectorAll('noscript *').length") == 1
    finally:
        browser.send("Emulation.setScriptExecutionDisabled", value=False)
    assert documents.HOSTILE[0] in text and len(text.encode()) < 210_000


def test_paper(browser: Browser, show: Show) -> None:
    """What was opened is printed, what can be pressed is not."""
    page = show(documents.small_drift())
    browser.look(media="print")
    browser.open(page)
    browser.run(UNFOLD)
    assert browser.run("""[...document.querySelectorAll('.filter, .fold, .toggle, .skip, .more')]
        .every((n) => n.getBoundingClientRect().height === 0)""")
    assert browser.run("document.querySelector('.diff').getBoundingClientRect().height > 0")
    assert browser.paper().startswith(b"%PDF")


def test_large(browser: Browser, show: Show) -> None:
    """10,000 accounts and differences: found, folded, and shown a page at a time."""
    browser.look()
    browser.open(show(documents.large()))
    assert browser.complaints() == []
    assert browser.run(COUNT) == "10,000 differences"
    assert browser.run("document.querySelectorAll('#page *').length") < 5000
    assert search(browser, "team-09999") == "1 of 10,000 differences"
    assert search(browser, "person-17@") == "80 of 10,000 differences"
    assert search(browser, "") == "10,000 differences"
    browser.run("[...document.querySelectorAll('.toggle')].at(-1).click()")
    assert browser.run("document.querySelectorAll('.tree .place').length") < 300


def test_plan_of_example(browser: Browser, binary: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """A real plan, of an organization that is read from its snapshot."""
    page = tmp_path / "plan.html"
    example = ROOT / "examples" / "ml-platform"
    charter(binary, tmp_path, "plan", "--repo", str(example), "--live", f"{example}.snapshot.jsonl", "-o", f"html={page}")
    browser.look()
    browser.open(page)
    browser.run(UNFOLD)
    assert browser.complaints() == []
    tree = browser.run("document.querySelector('.tree').innerText").split("\n")
    assert "10 accounts" in tree and tree.index("Production") < tree.index("inference-prod") < tree.index("Training")
    assert "unit" not in tree
    assert browser.run("document.querySelectorAll('.card').length") > 3


MANAGEMENT = "111111111111"


@pytest.fixture
def story(binary: pathlib.Path, tmp_path: pathlib.Path) -> Iterator[Charter]:
    """The example, applied to the twin of its snapshot."""
    snapshot = ROOT / "examples" / "ml-platform.snapshot.jsonl"
    options = ["--rates", "off", "--latency", "0", "--quota-accounts", "20"]
    with twin_server(binary, tmp_path / "twin.log", *options, "--load", str(snapshot)) as port:
        one = Charter(binary, tmp_path / "home", f"http://127.0.0.1:{port}", f"AKIATWIN{MANAGEMENT}", "twin/secret/access/key")
        repo = Repo(tmp_path / "repo")
        example = ROOT / "examples" / "ml-platform"
        repo.commit({str(f.relative_to(example)): f.read_text() for f in example.rglob("*") if f.is_file()})
        one.repo = repo.path
        one.apply()
        yield one


def test_drift_of_twin(browser: Browser, story: Charter, tmp_path: pathlib.Path) -> None:
    """Somebody tags an account and makes a user: both are told with who did it."""
    outside = {"endpoint_url": story.environment["AWS_ENDPOINT_URL"], "region_name": "us-east-1",
               "aws_access_key_id": f"AKIATWIN{MANAGEMENT}", "aws_secret_access_key": "twin/secret/access/key"}
    boto3.client("organizations", **outside).tag_resource(ResourceId="666666666666", Tags=[{"Key": "team", "Value": "other = team"}])
    boto3.client("iam", **outside).create_user(UserName="temp")
    page = tmp_path / "drift.html"
    story("drift", "--ref", "HEAD", "-o", f"html={page}", "-o", f"json={tmp_path / 'drift.json'}").expect(0, 6)
    browser.look()
    browser.open(page)
    browser.run(UNFOLD)
    assert browser.complaints() == []
    text = browser.run("document.querySelector('main').innerText")
    for words in ("account/inference-prod", "other = team", "organizations:TagResource", "iam:CreateUser", "iam_user/master/temp",
                  "charter import --drift --only account/inference-prod"):
        assert words in text, words
    drift = json.loads((tmp_path / "drift.json").read_text())["drift"]
    assert browser.run(COUNT).split()[0] == str(len(drift["items"]))
