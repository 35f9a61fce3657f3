"""The policies in the templates are what `charter permissions` prints: read() and printed() for the
test that holds this, and as a program (`policies.py PROGRAM`) it writes them anew."""

from __future__ import annotations

import json
import pathlib
import re
import subprocess
import sys
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEMPLATES = [
    ROOT / "examples/ci/github/roles.yaml",
    ROOT / "examples/ci/gitlab/roles.yaml",
    ROOT / "examples/ci/codepipeline/charter-pipeline.yaml",
]
LIST = re.compile(
    r"(?P<head> +- Sid: (?P<sid>Charter\w+)\n(?P<in> +)Effect: Allow\n)"
    r" +Action:(?: \[\]\n|\n(?: +- [a-z-]+:\w+\n)+)"
)


def printed(binary: pathlib.Path | str) -> dict[str, dict[str, Any]]:
    """The statements of every policy that the program prints, by their Sid."""
    found = {}
    for what in ("all", "comment"):
        out = subprocess.run([binary, "permissions", what], capture_output=True, check=True).stdout
        found.update({s["Sid"]: s for s in json.loads(out)["Statement"]})
    return found


def written(text: str, statements: dict[str, dict[str, Any]]) -> str:
    def actions(match: re.Match[str]) -> str:
        lines = (f"{match['in']}  - {action}\n" for action in statements[match["sid"]]["Action"])
        return f"{match['head']}{match['in']}Action:\n{''.join(lines)}"

    return LIST.sub(actions, text)


if __name__ == "__main__":
    now = printed(sys.argv[1])
    for template in TEMPLATES:
        template.write_text(written(template.read_text(), now))
