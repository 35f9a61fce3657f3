"""What a branch has where GitLab's jobs write: a job that fails early must not send it on. Its plan
would be shown as the job's, and its variables would be those of the job that has the token."""

from __future__ import annotations

import pathlib
import subprocess
from typing import Any

import hardening
import pytest

JOBS = dict(hardening.gitlab_jobs(hardening.read()))


def sent(job: dict[str, Any]) -> list[str]:
    """What it sends to jobs that come after it: files, and variables."""
    artifacts = job.get("artifacts", {})
    env = artifacts.get("reports", {}).get("dotenv")
    return [*artifacts.get("paths", []), *([env] if env else [])]


@pytest.mark.parametrize("name", [name for name, job in JOBS.items() if sent(job)])
@pytest.mark.parametrize("kind", ["file", "link"])
def test_nothing_of_the_branch_is_sent(tmp_path: pathlib.Path, name: str, kind: str) -> None:
    places = [pathlib.PurePath(path) for path in sent(JOBS[name])]
    other = tmp_path / "other"
    here = tmp_path / "clone"
    other.mkdir()
    here.mkdir()
    for place in places:
        if kind == "link":
            (here / place.parts[0]).unlink(missing_ok=True)
            (here / place.parts[0]).symlink_to(other)
            continue
        file = here / place if place.suffix else here / place / "file"
        file.parent.mkdir(exist_ok=True)
        file.write_text("LD_PRELOAD=/of/the/branch\n")
    first = JOBS[name]["before_script"][0]
    subprocess.run(["sh", "-ec", first], cwd=here, check=True)
    left = [f for f in here.rglob("*") if f.is_symlink() or f.is_file()]
    assert left == [] and list(other.iterdir()) == []
