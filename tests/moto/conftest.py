"""Fixtures: one moto server for the session, emptied before each test; the proxy before it; boto3
clients; git repositories; and the program itself, found by CHARTER_BIN."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import seed  # noqa: E402
from proxy import Proxy  # noqa: E402
from server import empty_moto, moto_server  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
NEEDS_AWS = {"plan", "apply", "drift", "snapshot", "import", "report", "doctor", "rehearse"}


@pytest.fixture(scope="session")
def moto_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with moto_server(tmp_path_factory.mktemp("moto") / "moto.log") as port:
        yield port


@pytest.fixture(scope="session")
def proxy_session(moto_port: int) -> Iterator[Proxy]:
    proxy = Proxy(moto_port).start()
    yield proxy
    proxy.stop()


@pytest.fixture(autouse=True)
def fresh(request: pytest.FixtureRequest) -> None:
    """An empty moto with the same random numbers, for each test that uses it."""
    if {"proxy_session", "moto_port"} & set(request.fixturenames):
        request.getfixturevalue("proxy_session").settle()
        empty_moto(request.getfixturevalue("moto_port"))
        request.getfixturevalue("proxy_session").reset()
        request.getfixturevalue("proxy_session").gaps.reset()


@pytest.fixture
def proxy(proxy_session: Proxy) -> Proxy:
    return proxy_session


@pytest.fixture(scope="session")
def aws_session(proxy_session: Proxy) -> SimpleNamespace:
    return seed.clients(proxy_session.url)


@pytest.fixture
def aws(aws_session: SimpleNamespace) -> SimpleNamespace:
    return aws_session


@dataclass
class Result:
    args: list[str]
    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)

    def expect(self, *codes: int) -> "Result":
        assert self.code in codes, (
            f"charter {' '.join(self.args)}: exit {self.code}, not {codes}\n"
            f"--- stdout\n{self.out[-4000:]}\n--- stderr\n{self.err[-4000:]}"
        )
        return self


class Charter:
    """The program, with an environment that holds nothing of the machine's own AWS set-up."""

    def __init__(self, binary: pathlib.Path, home: pathlib.Path, url: str):
        self.binary = binary
        self.home = home
        self.url = url
        self.repo: pathlib.Path | None = None
        self.environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(home),
            "XDG_STATE_HOME": str(home / "state"),
            "XDG_CACHE_HOME": str(home / "cache"),
            "TMPDIR": str(home / "tmp"),
            "TZ": "UTC",
            "NO_COLOR": "1",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": seed.REGION,
            "AWS_ENDPOINT_URL": url,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                self.environment[name] = os.environ[name]
        (home / "tmp").mkdir(parents=True, exist_ok=True)

    def command(self, *args: str, repo: pathlib.Path | None = None) -> list[str]:
        full = [str(self.binary), *args]
        where = repo or self.repo
        if where is not None and args and args[0] in NEEDS_AWS | {"validate"}:
            if "--repo" not in args:
                full += ["--repo", str(where)]
        if args and args[0] in NEEDS_AWS and "--rates" not in args:
            full += ["--rates", "off"]
        return full

    def __call__(
        self,
        *args: str,
        repo: pathlib.Path | None = None,
        env: dict[str, str | None] | None = None,
        timeout: float = 120,
    ) -> Result:
        environment = {**self.environment, **{k: v for k, v in (env or {}).items() if v is not None}}
        for name, value in (env or {}).items():
            if value is None:
                environment.pop(name, None)
        done = subprocess.run(
            self.command(*args, repo=repo),
            env=environment,
            cwd=self.home,
            capture_output=True,
            timeout=timeout,
        )
        result = Result(
            list(args), done.returncode, done.stdout.decode(), done.stderr.decode(errors="replace")
        )
        no_crash(result)
        return result

    def start(self, *args: str, repo: pathlib.Path | None = None) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command(*args, repo=repo),
            env=self.environment,
            cwd=self.home,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def plan(self, *args: str, repo: pathlib.Path | None = None, code: int = 0) -> dict[str, Any]:
        return self("plan", "-o", "json", *args, repo=repo).expect(code).json()

    def apply(self, *args: str, repo: pathlib.Path | None = None, code: int = 0) -> Result:
        return self("apply", "--ref", "HEAD", *args, repo=repo).expect(code)


def no_crash(result: Result) -> None:
    """Killed by a signal, or stopped by a sanitizer, is never an answer."""
    sanitizer = "AddressSanitizer" in result.err or "runtime error:" in result.err
    sanitizer = sanitizer or "LeakSanitizer" in result.err
    assert result.code >= 0 and not sanitizer, (
        f"charter {' '.join(result.args)}: exit {result.code}\n{result.err[-6000:]}"
    )


@pytest.fixture(scope="session")
def binary() -> pathlib.Path:
    path = pathlib.Path(os.environ.get("CHARTER_BIN", ROOT / "build" / "charter"))
    if not path.exists():
        pytest.fail(f"{path} is not built: run make, or set CHARTER_BIN")
    return path


@pytest.fixture
def charter(binary: pathlib.Path, proxy: Proxy, tmp_path: pathlib.Path) -> Charter:
    return Charter(binary, tmp_path / "home", proxy.url)


class Repo:
    """A git repository whose commits are made from dictionaries of files."""

    def __init__(self, path: pathlib.Path):
        self.path = path
        self.clock = 1767225600
        path.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *args: str) -> str:
        who = {"NAME": "Test", "EMAIL": "test@example.com", "DATE": f"{self.clock} +0000"}
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(self.path),
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_SYSTEM": "/dev/null",
            **{f"GIT_{role}_{k}": v for role in ("AUTHOR", "COMMITTER") for k, v in who.items()},
        }
        done = subprocess.run(
            ["git", *args], cwd=self.path, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"git {' '.join(args)}: {done.stderr}"
        return done.stdout.strip()

    def write(self, files: dict[str, str]) -> None:
        """Makes the working tree hold exactly these files."""
        for entry in self.path.iterdir():
            if entry.name != ".git":
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        seed.write(files, self.path)

    def commit(self, files: dict[str, str] | None = None, message: str = "a change") -> str:
        if files is not None:
            self.write(files)
        self.clock += 60
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def clone(self, name: str, *options: str) -> "Repo":
        copy = Repo.__new__(Repo)
        copy.path, copy.clock = self.path.parent / name, self.clock
        self.git("clone", "-q", *options, f"file://{self.path}", str(copy.path))
        return copy


@pytest.fixture
def repo(tmp_path: pathlib.Path) -> Repo:
    return Repo(tmp_path / "repo")


@dataclass
class World:
    """An organization in moto, its model, and a repository whose first commit declares it."""

    model: dict[str, Any]
    ids: SimpleNamespace
    repo: Repo
    aws: SimpleNamespace
    charter: Charter

    def commit(self, model: dict[str, Any], message: str = "a change") -> str:
        return self.repo.commit(seed.config(model), message)


def build_world(model: dict[str, Any], aws: SimpleNamespace, repo: Repo, charter: Charter) -> World:
    ids = seed.make(model, aws)
    repo.commit(seed.config(model), "the organization as it is")
    charter.repo = repo.path
    return World(model, ids, repo, aws, charter)


@pytest.fixture
def small(aws: SimpleNamespace, repo: Repo, charter: Charter) -> World:
    """The small organization, not yet under charter: no record."""
    return build_world(seed.small_model(), aws, repo, charter)


@pytest.fixture
def full(aws: SimpleNamespace, repo: Repo, charter: Charter) -> World:
    """The organization of 60 accounts, not yet under charter."""
    return build_world(seed.full_model(), aws, repo, charter)


@pytest.fixture(scope="session")
def records() -> dict[str, dict[str, str]]:
    """What the first apply of a commit wrote, by commit: commits and ids repeat from test to test."""
    return {}


@pytest.fixture
def managed(small: World, proxy: Proxy, records: dict[str, dict[str, str]]) -> World:
    """The small organization, applied once: its first commit is the record. The apply itself is
    done once in a session; later its two tags are written as it wrote them."""
    commit = small.repo.git("rev-parse", "HEAD")
    org = small.aws.organizations
    if commit in records:
        tags = [{"Key": k, "Value": v} for k, v in records[commit].items()]
        org.tag_resource(ResourceId=small.ids.root, Tags=tags)
    else:
        small.charter.apply()
        tags = org.list_tags_for_resource(ResourceId=small.ids.root)["Tags"]
        records[commit] = {t["Key"]: t["Value"] for t in tags if t["Key"].startswith("charter:")}
    proxy.reset()
    return small


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """How often the main scenario was broken off at one of its calls, and went on to the end."""
    passed = [r.nodeid for r in terminalreporter.stats.get("passed", []) if r.when == "call"]
    for name, what in (
        ("test_connection_cut", "applies with the connection of one write cut"),
        ("test_process_killed", "applies killed at one write"),
    ):
        count = len([n for n in passed if f"::{name}[" in n])
        if count:
            terminalreporter.write_line(f"{count} {what}: the next one converged, nothing is twice")
