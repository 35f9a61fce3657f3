"""The Markdown report as a forge shows it: real plans of examples/ml-platform, and hostile names in
them, rendered by cmark-gfm and by a browser."""

from __future__ import annotations

import copy
import json
import os
import pathlib
import re
from typing import Any, Callable

import pytest
from conftest import ROOT, Charter, Repo
from rendered import Page, browse, browser, references, render
from server import twin_server

pytestmark = pytest.mark.once

EXAMPLE = ROOT / "examples" / "ml-platform"
SNAPSHOT = ROOT / "examples" / "ml-platform.snapshot.jsonl"
MANAGEMENT = "111111111111"
JOB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.example",
    "GITHUB_API_URL": "https://github.example/api/v3",
    "GITHUB_REPOSITORY": "platform/organization",
}
BLOB = "https://github.example/platform/organization/blob/"

HOSTILE = [
    "**bold** _it_ ~~gone~~",
    "# heading",
    "- item\n1. one\n+ two",
    "> [!CAUTION]\n> quote",
    "[x](javascript:alert(1))",
    "![x](https://evil.example/x.png)",
    "[ref]: https://evil.example\n[ref]",
    "https://evil.example/a?b=c",
    "www.evil.example",
    "<https://evil.example>",
    "ada@example.com",
    "@user",
    "@team/x",
    "#12",
    "GH-12",
    "owner/repo#1",
    "owner/repo@1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d",
    "1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d",
    "!12 %3 &4 ~bug ^alert $9",
    ":tada: :+1:",
    "<script>document.title='pwned'</script>",
    "<img src=x onerror=\"document.title='pwned'\">",
    "</details></summary></table></td><h1>x</h1>",
    "<details open><summary>y</summary>",
    "<!-- charter: {} -->",
    "<!-- charter:end --> a --> b",
    "&lt;b&gt; &#64;user &amp;#35;1",
    "`code` ``two`` ``` x",
    "```\nfence\n```",
    "~~~\nfence\n~~~",
    "| a | b |\n|---|---|",
    "a|b|@user|`c`|",
    "[^1]\n\n[^1]: foot",
    "- [ ] task",
    "$x^2$ $$y$$ $`z`$",
    "x\n===\ny\n---",
    "\\@user \\` \\<b>",
    "::error file=x::y\n::stop-commands::z",
    "##[error]x ##vso[task.setvariable variable=a]b",
    "\x1b[2J\x1b[31mred\x07",
    "\u202edesrever\u2066x",
    "z\u200b\u200dw\u00adx\U000e0021",
    "x\"]; click n1 call y() end",
    "tab\there",
    "@x `#1|" * 9362,  # 64 kB
]


def configuration() -> dict[str, str]:
    return {
        str(f.relative_to(EXAMPLE)): f.read_text() for f in EXAMPLE.rglob("*") if f.is_file()
    }


def changed(files: dict[str, str]) -> dict[str, str]:
    """An account moves, a family of accelerators more is allowed, a person leaves a team."""

    def replaced(file: str, old: str, new: str) -> str:
        assert files[file].count(old) == 1, (file, old)
        return files[file].replace(old, new)

    return {
        **files,
        "accounts.yaml": replaced("accounts.yaml", "unit: Data, tags: {team: data}}\n\n",
                                  "unit: Evaluation, tags: {team: data}}\n\n"),
        "people.yaml": replaced("people.yaml", "members: [grace, mei]", "members: [grace]"),
        "policies/training-guardrails.json": replaced(
            "policies/training-guardrails.json", '"ml.g5.*",', '"ml.g5.*", "ml.g6.*",'
        ),
    }


class Story:
    """The example applied to the twin of its snapshot, and a change to it: the plan of the first
    commit, and of the change with the first as the target."""

    def __init__(self, binary: pathlib.Path, directory: pathlib.Path, url: str):
        self.charter = Charter(
            binary, directory / "home", url, f"AKIATWIN{MANAGEMENT}", "twin/secret/access/key"
        )
        self.directory = directory
        self.repo = Repo(directory / "repo")
        self.charter.repo = self.repo.path
        files = configuration()
        self.repo.commit(files, "the organization as it should be")
        self.first = self.plan("first")
        self.charter.apply()
        self.repo.git("checkout", "-q", "-b", "change")
        self.commit = self.repo.commit(changed(files), "a change")
        self.second = self.plan("second", "--target", "main")

    def plan(self, name: str, *args: str) -> dict[str, Any]:
        out = self.directory / f"{name}.json"
        text = self.directory / f"{name}.md"
        self.charter(
            "plan", "--ref", "HEAD", "--out", str(out), "-o", f"markdown={text}", *args
        ).expect(0, 6)
        return json.loads(out.read_text())

    def markdown(self, name: str) -> str:
        return (self.directory / f"{name}.md").read_text()

    def show(self, plan: dict[str, Any], form: str = "markdown", **env: str) -> str:
        path = self.directory / "shown.json"
        path.write_text(json.dumps(plan))
        return self.charter("show", str(path), "-o", form, env=env).expect(0).out


@pytest.fixture(scope="module")
def story(binary, tmp_path_factory):
    directory = tmp_path_factory.mktemp("rendered")
    options = ["--rates", "off", "--latency", "0", "--quota-accounts", "20"]
    log = directory / "twin.log"
    with twin_server(binary, log, *options, "--load", str(SNAPSHOT)) as port:
        yield Story(binary, directory, f"http://127.0.0.1:{port}")


@pytest.fixture
def page() -> Callable[[str], Page]:
    def rendered(markdown: str) -> Page:
        page = Page(render(markdown))
        assert not page.wrong, page.wrong[:10]
        return page

    return rendered


def sections(markdown: str) -> list[str]:
    return re.findall(r"^### ([^(\n]*?)(?: \(\d+\))?$", markdown, re.MULTILINE)


def test_order(story):
    assert sections(story.markdown("second")) == [
        "Deletions and losses", "Access lost", "Administrator or write access gained", "Changes", "Policy documents",
        "New", "How it is applied",
    ]


@pytest.mark.parametrize("name", ["first", "second"])
def test_tables_folds_and_fences(story, page, name):
    markdown = story.markdown(name)
    assert len(markdown.encode()) <= 60000
    found = page(markdown)
    assert found.tags.get("details", 0) == markdown.count("<details>") > 0
    lines = [line for line in markdown.split("\n") if line.startswith("|")]
    rows = [line for line in lines if not line.startswith("|---")]
    assert len(found.rows) == len(rows)
    assert {len(row) for row in found.rows} <= {4, 5}
    plan = getattr(story, name)
    calls = [text for language, text in found.fences if language == ""]
    assert len(calls) == 1 and len(calls[0].splitlines()) == len(plan["calls"])
    for language, text in found.fences:
        assert language in ("", "diff", "mermaid")
        if language == "diff":
            assert {line[0] for line in text.splitlines()} <= set("+- @")


def test_links_lead_to_lines(story, page):
    """Each line of the configuration that a change names, at the commit that was planned."""
    found = page(story.show(story.second, **JOB))
    assert found.links
    for url, text in found.links:
        match = re.fullmatch(re.escape(f"{BLOB}{story.commit}/") + r"([\w/.-]+)(?:#L(\d+))?", url)
        assert match, url
        file, line = match.groups()
        lines = (story.repo.path / file).read_text().splitlines()
        assert line is None or int(line) <= len(lines)
        assert text in (file, line, f"{file}:{line}")
    targets = {url.rpartition("/")[2] for url, _ in found.links}
    places = {
        f"{c['source']['file']}#L{c['source']['line']}"
        for c in story.second["changes"]
        if c.get("source")
    }
    assert places <= targets


def hostile(plan: dict[str, Any], name: str) -> dict[str, Any]:
    """The name wherever a plan holds something from outside."""
    made = copy.deepcopy(plan)
    made["organization"] = made["scope"] = name
    made["refused"] = name
    made["unread"] = [{"scope": name, "error": name, "message": name}]
    made["complete"] = False
    for change in made["changes"]:
        change["address"] = f"{change['kind']}/{name}"
        change["id"] = name
        if change.get("source"):
            change["source"]["file"] = name
        for attribute in change["attributes"]:
            for side in ("added", "removed", "changed"):
                for element in attribute.get(side, []):
                    if "key" in element:
                        element["key"] = name
            for side in ("base", "head", "live"):
                if isinstance(attribute.get(side), str):
                    attribute[side] = name
    for row in made["access"]:
        row.update(principal=name, account=name, permission=name, through=name)
    for guard in made["guards"]:
        guard["detail"] = name
    for call in made["calls"]:
        call["account"] = call["change"] = name
        call["input"] = {"Name": name}
    for notes in ("unmanaged", "released", "ignored", "by_hand", "leftovers", "warnings"):
        made[notes] = [
            {"address": name, "id": name, "kind": "iam_user", "text": name}
            for _ in range(2)
        ]
    return made


def as_log(text: str) -> list[str]:
    """Lines that a CI system would take for a command, or a terminal for something else."""
    wrong = [line for line in text.split("\n") if line.lstrip().startswith("::")]
    wrong += re.findall(r"##(?:vso)?\[.{0,20}", text)
    return wrong + re.findall(r"[\x00-\x09\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069]", text)


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_names_are_inert(story, page, number):
    name = HOSTILE[number]
    plan = hostile(story.second, name)
    markdown = story.show(plan, **JOB)
    assert "<!--" not in markdown
    assert not as_log(markdown)
    found = page(markdown)
    assert not found.comments
    assert not references(found), references(found)[:5]
    assert all(url.startswith(BLOB) for url, _ in found.links)
    assert {len(row) for row in found.rows} <= {4, 5}
    assert found.tags.get("h2") == 1
    assert len(markdown.encode()) <= 60000 or "bytes)" in markdown
    if len(name) > 60000:
        assert "bytes)" in found.text
    else:
        word = re.search(r"[a-z]{3,}", name)
        assert word is None or word[0] in found.text
    for form in ("text", "calls"):
        assert not as_log(story.show(plan, form))


@pytest.mark.skipif(not browser(), reason="not installed: chromium")
def test_hostile_names_in_a_browser(story, tmp_path):
    """All on one page: nothing ran, nothing is there that a report does not have."""
    markdown = "\n\n".join(story.show(hostile(story.second, name), **JOB) for name in HOSTILE[:-1])
    dom = browse(render(markdown), tmp_path)
    assert "<title>report</title>" in dom
    found = Page(dom.partition("<body>")[2].rpartition("</body>")[0])
    unknown = [w for w in found.wrong if not w.startswith("</")]
    assert not unknown, unknown[:10]
    assert "pwned" in found.text
    assert found.tags["h2"] == len(HOSTILE) - 1


README = ROOT / "README.md"
MARKS = re.compile(r"(?<=<!-- plan:begin -->\n).*?(?=<!-- plan:end -->)", re.DOTALL)


def without_ids(text: str) -> str:
    """Calls that are under way together are answered in any order, and so are the ids of what they make."""
    made = r"\bou-mlp1-[0-9a-z]{8}\b|\bp-[0-9a-z]{8,}\b|\bps-[0-9a-f]{16}\b|\b\d{12}\b"
    return re.sub(made + r"|\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "ID", text)


def test_readme(story):
    """Its comment is a real one. CHARTER_README=write puts the present one there."""
    quoted = "".join(f"> {line}".rstrip() + "\n" for line in story.markdown("second").splitlines())
    text = README.read_text()
    assert len(MARKS.findall(text)) == 1
    if os.environ.get("CHARTER_README") == "write":
        README.write_text(MARKS.sub(lambda _: quoted, text))
    else:
        assert without_ids(MARKS.search(text)[0]) == without_ids(quoted)
