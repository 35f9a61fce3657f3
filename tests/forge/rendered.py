"""Markdown as GitHub renders it (cmark-gfm), taken apart; and a look by a browser."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

EXTENSIONS = ["table", "autolink", "strikethrough", "tagfilter", "tasklist", "footnotes"]
# What a report is made of; anything else came from a name.
TAGS = set(
    "h2 h3 h4 p ul li table thead tbody tr th td br strong b em code pre a blockquote details summary"
    .split()
)
VOID = {"br"}


def render(markdown: str) -> str:
    options = [o for e in EXTENSIONS for o in ("-e", e)]
    done = subprocess.run(
        ["cmark-gfm", "--unsafe", *options],
        input=markdown.encode(),
        capture_output=True,
        check=True,
    )
    return done.stdout.decode()


@dataclass
class Page(HTMLParser):
    """The elements of a rendered report, its text outside code, its links and table rows."""

    html: str
    tags: dict[str, int] = field(default_factory=dict)
    links: list[tuple[str, str]] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    fences: list[tuple[str, str]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    text: str = ""
    bare: str = ""  # outside code: where a forge looks for references
    open: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.html)
        self.close()
        self.wrong += [f"<{tag}> is not closed" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] = self.tags.get(tag, 0) + 1
        self.bare += " "
        if tag not in TAGS:
            self.wrong.append(f"<{tag} {attrs}>")
        if tag == "a":
            self.links.append((dict(attrs).get("href") or "", ""))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag == "code" and "pre" in self.open:
            self.fences.append(((dict(attrs).get("class") or "").removeprefix("language-"), ""))
        known = {"a": {"href"}, "code": {"class"}, "th": {"align"}, "td": {"align"}}
        for name, _ in attrs:
            if name not in known.get(tag, set()):
                self.wrong.append(f"<{tag} {name}>")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            self.wrong.append(f"</{tag}> within {self.open[-3:]}")
        else:
            self.open.pop()

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_data(self, data: str) -> None:
        self.text += data
        if "code" not in self.open:
            self.bare += data
        if "a" in self.open:
            self.links[-1] = (self.links[-1][0], self.links[-1][1] + data)
        if ("td" in self.open or "th" in self.open) and self.rows:
            self.rows[-1][-1] += data
        if "pre" in self.open and "code" in self.open:
            self.fences[-1] = (self.fences[-1][0], self.fences[-1][1] + data)


# What GitHub and GitLab make links of after the Markdown is rendered.
REFERENCES = re.compile(
    r"""(?x) (?<![\w/])@[\w-] | (?<!\w)\#\d | \bGH-\d | \w\#\d | \w@[0-9a-f]{7}
    | \bhttps?:// | \bwww\. | (?<!\w)[!$%&~^][\w"] | :[a-z+][\w+-]*: | \$[^\s$]+\$""",
    re.IGNORECASE,
)


def references(page: Page) -> list[str]:
    bare = re.sub(r"\[!(CAUTION|WARNING)\]", "", page.bare)  # alerts, which cmark-gfm does not know
    return [bare[max(0, m.start() - 20) : m.end() + 20] for m in REFERENCES.finditer(bare)]


def browser() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


def browse(html: str, directory: Path) -> str:
    """The document as a browser has it in the end: whatever ran has run."""
    page = directory / "page.html"
    page.write_text(
        "<!doctype html><meta charset=utf-8><title>report</title><body>" + html, encoding="utf-8"
    )
    done = subprocess.run(
        [
            browser() or "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
            "--virtual-time-budget=2000", f"--user-data-dir={directory / 'profile'}", "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return done.stdout.decode()
