"""A moto server and a twin of our own: started on a free port, ended with the block."""

from __future__ import annotations

import contextlib
import http.client
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time
from typing import Iterator


def post(port: int, path: str, body: str = "", kind: str = "text/plain") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("POST", path, body, {"Content-Type": kind})
        return connection.getresponse().status
    finally:
        connection.close()


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port: int, process: subprocess.Popen[bytes], log: pathlib.Path) -> None:
    for _ in range(300):
        try:
            post(port, "/moto-api/reset")
            return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
    raise RuntimeError(f"moto does not start: {log.read_text()[-2000:]}")


@contextlib.contextmanager
def moto_server(log: pathlib.Path, managed_policies: bool = False) -> Iterator[int]:
    """Its port. Ends with the block."""
    port = free_port()
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "MOTO_"))}
    program = ["-m", "moto.server"]
    if managed_policies:
        environment["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
        program = [str(pathlib.Path(__file__).with_name("moto_managed.py"))]
    with open(log, "wb") as out:
        process = subprocess.Popen(
            [sys.executable, *program, "-H", "127.0.0.1", "-p", str(port)],
            stdout=out,
            stderr=out,
            env=environment,
        )
    try:
        wait_for(port, process, log)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def empty_moto(port: int) -> None:
    """Nothing in it, no checks of signatures, and the same random numbers each time."""
    assert post(port, "/moto-api/reset-auth", "inf") == 200
    assert post(port, "/moto-api/reset") == 200
    assert post(port, "/moto-api/seed?a=42") == 200


def twin_url(process: subprocess.Popen[bytes], log: pathlib.Path) -> str:
    """What it says once it listens."""
    for _ in range(600):
        found = re.search(r"http://127\.0\.0\.1:\d+", log.read_text())
        if found:
            return found.group()
        if process.poll() is not None:
            break
        time.sleep(0.02)
    raise RuntimeError(f"the twin does not start: {log.read_text()[-2000:]}")


@contextlib.contextmanager
def twin_server(binary: pathlib.Path, log: pathlib.Path, *options: str) -> Iterator[int]:
    """Its port. It must end in good order when it is told to, and not before."""
    with open(log, "wb") as out:
        process = subprocess.Popen(
            [str(binary), "twin", "--listen", "127.0.0.1:0", *options], stdout=out, stderr=out
        )
    try:
        yield int(twin_url(process, log).rpartition(":")[2])
    finally:
        early = process.poll()
        process.send_signal(signal.SIGTERM)
        code = process.wait(30)
        said = log.read_text(errors="replace")
        bad = re.search(r"AddressSanitizer|LeakSanitizer|runtime error:", said)
        assert early is None and code in (0, 143) and not bad, f"twin: exit {code}\n{said[-6000:]}"
