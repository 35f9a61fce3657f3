"""A server that plays one forge (GitHub, GitLab, Gitea or AWS CodeCommit) over forge_model.py: enough
of its API for charter, each request and each reply held against what the forge publishes."""

from __future__ import annotations

import contextlib
import http.server
import json
import pathlib
import socket
import threading
import time
import urllib.parse
from dataclasses import dataclass, field
from typing import Any, Iterator

from forge_codecommit import CodeCommit
from forge_gitea import Gitea
from forge_github import GitHub
from forge_gitlab import GitLab
from forge_model import Entry, Fault, Forge, User, wait_for
from forge_wire import Reply, Request

KINDS = {"github": GitHub, "gitlab": GitLab, "gitea": Gitea, "codecommit": CodeCommit}
SECRET = ("authorization", "private-token", "job-token", "x-amz-security-token")


@dataclass
class ForgeServer:
    """`forge`: the model. `api`: what --forge-url takes; of CodeCommit, AWS_ENDPOINT_URL."""

    kind: str
    forge: Forge
    port: int
    adapter: Any
    files: pathlib.Path  # a directory for what CI systems give in files
    runs: int = field(default=0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def api(self) -> str:
        return self.url + self.adapter.prefix

    def options(self, pull: Any = None) -> list[str]:
        """The command line that names this forge, where no CI system does."""
        made = ["--forge", self.kind, "--repository", self.forge.repository]
        made += ["--forge-url", self.api] if self.kind != "codecommit" else []
        return made + (["--pull-request", str(pull.number)] if pull else [])

    def token(self, user: User | None = None) -> dict[str, str | None]:
        return self.adapter.token(self.url, user or self.forge.bot)

    def environment(
        self, pull: Any = None, commit: str | None = None, user: User | None = None
    ) -> dict[str, str | None]:
        """What the forge's CI system tells a job: of a pull request, or of a push of `commit`."""
        self.runs += 1
        self.files.mkdir(parents=True, exist_ok=True)
        made = self.adapter.environment(self.url, self.runs, pull, commit, self.files)
        return {**made, **self.token(user)}

    def stop_session(self) -> None:
        """The next run's role session has another name (CodeCommit)."""
        self.forge.bot.session = f"run-{len(self.forge.log) + 2}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "forge"
    sys_version = ""
    timeout = 30
    server: "Listener"

    def log_message(self, *args: Any) -> None:
        pass

    def version_string(self) -> str:
        return "forge"

    def any(self) -> None:
        forge, adapter = self.server.forge, self.server.adapter
        length = int(self.headers.get("content-length", "0"))
        data = self.rfile.read(length)
        headers = {k.lower(): v for k, v in self.headers.items()}
        path, _, query = self.path.partition("?")
        pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
        request = Request(self.command, path, pairs, headers, data, self.server.url)
        if "transfer-encoding" in headers:
            forge.wrong.append("a body without a length")
        adapter.route(request)
        shown = {k: v for k, v in headers.items() if k not in SECRET}
        user = adapter.who(request)
        entry = Entry(
            request.operation, self.command, request.path, pairs, shown, request.body,
            user.name if user else "",
        )
        forge.log.append(entry)
        wrong = adapter.request_errors(request) if user else []
        forge.wrong += [f"{e} (by {user.name})" for e in wrong if user]
        fault = None if wrong else forge.fault_of(request.operation)
        entry.fault = fault.what if fault else None
        reply = adapter.invalid() if wrong else self.answer(request, user, fault)
        if reply is None:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        entry.status = reply.status
        self.send(reply)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = any

    def answer(self, request: Request, user: User | None, fault: Fault | None) -> Reply | None:
        """None: the connection is dropped."""
        forge, adapter = self.server.forge, self.server.adapter
        what = fault.what if fault else ""
        if fault and what == "call" and fault.call:
            fault.call()
        if fault and what == "slow":
            time.sleep(fault.seconds)
        if what == "drop_before":
            return None
        if fault and what in ("status", "limit", "secondary"):
            return adapter.failure(what, fault.status, fault.seconds)
        with forge.lock:
            reply = adapter.answer(request, user)
            forge.wrong += adapter.reply_errors(request, reply)
        if fault and fault.barrier:
            forge.wait(fault.barrier)
        if what == "drop_after":
            return None
        if fault and what == "status_after":
            return adapter.failure("status", fault.status, fault.seconds)
        if what == "junk":
            return Reply(reply.status, None, {}, raw=b"<html><body>Unicorn!</body></html>")
        if what == "shape":
            return Reply(reply.status, {"id": [], "body": 7, "data": "none", "comments": {"a": 1}})
        if what == "repeat":
            adapter.repeat(request, reply)
        return reply

    def send(self, reply: Reply) -> None:
        data = reply.raw if reply.raw is not None else json.dumps(reply.body).encode()
        with contextlib.suppress(OSError):
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.type)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, forge: Forge, adapter: Any):
        super().__init__(("127.0.0.1", 0), Handler)
        self.forge, self.adapter = forge, adapter
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


@contextlib.contextmanager
def forge_server(
    kind: str, files: pathlib.Path, repository: str | None = None
) -> Iterator[ForgeServer]:
    """Runs until the block ends; then whatever was wrong fails the test."""
    forge = Forge(repository or KINDS[kind].repository)
    adapter = KINDS[kind](forge)
    listener = Listener(forge, adapter)
    thread = threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield ForgeServer(kind, forge, listener.server_address[1], adapter, files)
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()
    assert not forge.wrong, "\n".join(forge.wrong[:20])


__all__ = ["KINDS", "ForgeServer", "forge_server", "wait_for"]
