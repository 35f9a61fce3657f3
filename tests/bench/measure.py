"""One run of the program, measured."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("CHARTER_BIN", str(ROOT / "build" / "release" / "charter"))
# A process begins with the peak memory of the one that started it, and this one is large: a small
# one stands between. It writes CPU seconds, kibibytes and seconds to its last argument.
BETWEEN = """
import os, sys, time
begin = time.monotonic()
pid = os.posix_spawn(sys.argv[1], sys.argv[1:-1], os.environ)
_, status, usage = os.wait4(pid, 0)
with open(sys.argv[-1], "w") as out:
    passed = time.monotonic() - begin
    print(usage.ru_utime + usage.ru_stime, usage.ru_maxrss, passed, file=out)
sys.exit(os.waitstatus_to_exitcode(status) & 255)
"""


def run(
    home: pathlib.Path, url: str, keys: tuple[str, str], *arguments: str, code: int = 0, **more: str
) -> tuple[str, float, float, float]:
    """Its output, CPU seconds, peak memory in bytes and seconds that passed. `more`: its environment."""
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(home),
        "AWS_ACCESS_KEY_ID": keys[0],
        "AWS_SECRET_ACCESS_KEY": keys[1],
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": url,
        **more,
    }
    usage = home / "usage"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", BETWEEN, BINARY, *arguments, str(usage)],
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode != code:
        sys.exit(f"bench: charter {arguments[0]} ended with {done.returncode}:\n{done.stderr}")
    cpu, kib, passed = usage.read_text().split()
    return done.stdout, float(cpu), float(kib) * 1024, float(passed)
