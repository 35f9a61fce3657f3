"""docs/adopt-github.md: every command of the page is run, in its order, and prints what the page
shows."""

from __future__ import annotations

import os
import pathlib
import re
import socket
import subprocess
from typing import Iterator

import pytest

pytestmark = pytest.mark.once

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "adopt-github.md"


def blocks() -> Iterator[tuple[str, str]]:
    """Fenced blocks with their language."""
    for match in re.finditer(r"^```(\w*)\n(.*?)^```$", PAGE.read_text(), re.M | re.S):
        yield match[1], match[2]


def steps() -> list[tuple[str, str | None]]:
    """The commands of each block, and what the block behind it says that they print."""
    found: list[tuple[str, str | None]] = []
    last = ""
    for language, text in blocks():
        if language == "sh":
            found.append((text, None))
        elif language == "" and last == "sh":
            found[-1] = (found[-1][0], text)
        last = language
    return found


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def stable(text: str) -> list[str]:
    """Ids of commits differ from run to run."""
    return [re.sub(r"\b[0-9a-f]{12}([0-9a-f]{28})?\b", "COMMIT", s.rstrip()) for s in text.splitlines()]


def shows(printed: str, shown: str) -> bool:
    """`...` on a line stands for any lines."""
    parts, part = [], []
    for line in stable(shown):
        if line == "...":
            parts.append(part)
            part = []
        else:
            part.append(line)
    parts.append(part)
    lines, at = stable(printed), 0
    for i, part in enumerate(parts):
        while lines[at : at + len(part)] != part:
            if i == 0 or at >= len(lines):
                return False
            at += 1
        at += len(part)
    return not parts[-1] or at == len(lines)


def run(directory: pathlib.Path, binary: pathlib.Path) -> list[str]:
    """What each block printed, in one shell. The port is another one, so that many tests can run."""
    bin = directory / "bin"
    bin.mkdir()
    (bin / "charter").symlink_to(binary.resolve())
    (directory / "home").mkdir()
    (directory / "work").mkdir()
    script = ["set -e", "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT"]
    for i, (commands, _) in enumerate(steps()):
        script += [f"exec >{directory}/{i}.out 2>{directory}/{i}.err", commands]
    who = {f"GIT_{a}_{b}": "test@example.com" for a in ("AUTHOR", "COMMITTER") for b in ("NAME", "EMAIL")}
    environment = {
        "PATH": f"{bin}:{os.environ['PATH']}",
        "HOME": str(directory / "home"),
        "CHARTER": str(ROOT),
        "AWS_EC2_METADATA_DISABLED": "true",
        "GIT_CONFIG_NOSYSTEM": "1",
        **who,
        **{k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")},
    }
    text = "\n".join(script).replace("127.0.0.1:4566", f"127.0.0.1:{free_port()}")
    done = subprocess.run(
        ["bash", "-c", text],
        cwd=directory / "work",
        env=environment,
        stdin=subprocess.DEVNULL,
        timeout=120,
    )
    printed = [(directory / f"{i}.out") for i in range(len(steps()))]
    last = max(i for i, p in enumerate(printed) if p.exists())
    assert done.returncode == 0, (
        f"exit {done.returncode} in\n{steps()[last][0]}\n{printed[last].read_text()}"
        f"{(directory / f'{last}.err').read_text()}"
    )
    return [p.read_text() for p in printed]


def test_the_page_runs(tmp_path: pathlib.Path, binary: pathlib.Path) -> None:
    printed = run(tmp_path, binary)
    assert len(printed) >= 10
    compared = 0
    for (commands, shown), text in zip(steps(), printed):
        if shown is not None:
            assert shows(text, shown), f"{commands}\nprints\n{text}\nand the page shows\n{shown}"
            compared += 1
    assert compared >= 8


def test_links() -> None:
    for page in (PAGE, ROOT / "docs" / "doctor.md"):
        for name in re.findall(r"\]\(([a-z-]+\.md)\)", page.read_text()):
            assert (ROOT / "docs" / name).exists(), f"{page.name}: {name}"
