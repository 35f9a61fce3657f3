"""Fixtures: a simulated AWS (moto, or charter's twin) for the session, emptied before each test; the
proxy before it; boto3 clients; git repositories; and the program itself, found by CHARTER_BIN."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import pathlib
import shutil
import subprocess
import sys
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Callable, Iterator

import pytest

for directory in ("moto", "twin"):
    sys.path.insert(0, str(pathlib.Path(__file__).parent / directory))

import differences  # noqa: E402
import seed  # noqa: E402
from center import Center  # noqa: E402
from proxy import Proxy, Reply, Request  # noqa: E402
from simulator import MANAGED, NAMES, Simulator, simulated  # noqa: E402
from staff import staff_model  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[1]
CENTER_SERVICES = {"sso", "sso-admin", "identitystore"}
NEEDS_AWS = {"plan", "apply", "drift", "snapshot", "import", "report", "doctor", "rehearse"}
WORKERS_MAX = 16  # each has servers of its own


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--aws",
        choices=[*NAMES, "both"],
        default=os.environ.get("CHARTER_TEST_AWS", "both"),
        help="the simulated AWS of tests/moto: moto, the twin, or both in turn (the default)",
    )


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Of `-n auto`: half of the time a test waits, for replies, jobs and pauses."""
    return min(2 * len(os.sched_getaffinity(0)), WORKERS_MAX)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test that needs an AWS runs once on each; those of tests/twin and tests/forge on the twin
    alone. Of very many alike the twin takes all, moto only those that it is asked for alone."""
    if "simulator_name" not in metafunc.fixturenames:
        return
    asked = metafunc.config.getoption("aws")
    names = list(NAMES) if asked == "both" else [asked]
    if metafunc.definition.path.parent.name in ("twin", "forge"):
        names = ["twin"]
    elif asked == "both" and metafunc.definition.get_closest_marker("exhaustive"):
        names = ["twin"]
    metafunc.parametrize("simulator_name", names)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where the two differ, differences.txt says why; what it says is checked."""
    gone = [item for item in items if not differences.mark(item)]
    if gone:
        config.hook.pytest_deselected(items=gone)
        items[:] = [item for item in items if item not in gone]


class Bench:
    """A running simulated AWS with the proxy before it and boto3 clients that look past it."""

    def __init__(self, simulator: Simulator):
        twin = simulator.name == "twin"
        self.simulator = simulator
        self.wrong: list[str] = []
        self.made: dict[str, Any] = {}
        self.answered: list[tuple[str, int]] = []  # operation and status, of the twin
        self.proxy = Proxy(
            simulator.port,
            gaps=not twin,
            key=(simulator.key, simulator.secret) if twin else None,
            check=self.check if twin else None,
        ).start()
        self.aws = seed.clients(self.proxy.url, simulator.observer, simulator.secret)

    def check(self, request: Request, reply: Reply) -> None:
        """Every reply of the twin has the form that AWS's own models give it."""
        from shapes import reply_errors

        self.answered.append((request.operation, reply.status))
        for error in reply_errors(request.service, request.operation, reply):
            self.wrong.append(f"{request.operation} {request.input}: {error}")

    def make(self, model: dict[str, Any]) -> tuple[dict[str, Any], SimpleNamespace]:
        """The model in the empty simulator: made call by call, on the twin only once. The model
        with what was chosen for it, and the ids by name."""
        key = json.dumps(model, sort_keys=True)
        if key not in self.made:
            ids = seed.make(model, self.aws)
            if self.simulator.name == "moto":
                return model, ids
            state = json.dumps(self.simulator.control("GET", "state")).encode()
            self.made[key] = copy.deepcopy((model, ids)), state
        known, state = self.made[key]
        self.simulator.control("PUT", "state", state)
        return copy.deepcopy(known)

    def empty(self) -> None:
        self.proxy.settle()
        self.simulator.empty()
        self.proxy.reset()
        self.proxy.gaps.reset()
        self.wrong.clear()
        self.answered.clear()


@pytest.fixture(scope="session")
def benches(
    binary: pathlib.Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Bench]]:
    """Each is started when a test first needs it, and runs until the session ends."""
    running: dict[str, Bench] = {}
    with contextlib.ExitStack() as stack:

        def bench(name: str) -> Bench:
            if name not in running:
                directory = tmp_path_factory.mktemp(name)
                simulator = stack.enter_context(simulated(name, binary, directory))
                running[name] = Bench(simulator)
                stack.callback(running[name].proxy.stop)
            return running[name]

        yield bench


@pytest.fixture
def bench(
    benches: Callable[[str], Bench], simulator_name: str, request: pytest.FixtureRequest
) -> Iterator[Bench]:
    """An empty AWS with the same random numbers, for each test that uses it."""
    managed = simulator_name == "moto" and request.node.get_closest_marker("managed_policies")
    found = benches(MANAGED if managed else simulator_name)
    found.empty()
    yield found
    assert not found.wrong, "\n".join(found.wrong[:20])


@pytest.fixture
def simulator(bench: Bench) -> Simulator:
    return bench.simulator


@pytest.fixture
def proxy(bench: Bench) -> Proxy:
    return bench.proxy


@pytest.fixture
def aws(bench: Bench) -> SimpleNamespace:
    return bench.aws


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

    def __init__(
        self,
        binary: pathlib.Path,
        home: pathlib.Path,
        url: str,
        key: str = "testing",
        secret: str = "testing",
    ):
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
            "AWS_ACCESS_KEY_ID": key,
            "AWS_SECRET_ACCESS_KEY": secret,
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
def charter(binary: pathlib.Path, bench: Bench, tmp_path: pathlib.Path) -> Charter:
    simulator = bench.simulator
    return Charter(
        binary, tmp_path / "home", bench.proxy.url, simulator.key, simulator.secret
    )


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
    """An organization in AWS, its model, and a repository whose first commit declares it."""

    model: dict[str, Any]
    ids: SimpleNamespace
    repo: Repo
    aws: SimpleNamespace
    charter: Charter

    def commit(self, model: dict[str, Any], message: str = "a change") -> str:
        return self.repo.commit(seed.config(model), message)


def build_world(model: dict[str, Any], bench: Bench, repo: Repo, charter: Charter) -> World:
    model, ids = bench.make(model)
    repo.commit(seed.config(model), "the organization as it is")
    charter.repo = repo.path
    return World(model, ids, repo, bench.aws, charter)


@pytest.fixture
def small(bench: Bench, repo: Repo, charter: Charter) -> World:
    """The small organization, not yet under charter: no record."""
    return build_world(seed.small_model(), bench, repo, charter)


@pytest.fixture
def full(bench: Bench, repo: Repo, charter: Charter) -> World:
    """The organization of 60 accounts, not yet under charter."""
    return build_world(seed.full_model(), bench, repo, charter)


@pytest.fixture(scope="session")
def records() -> dict[tuple[str, str], dict[str, str]]:
    """What the first apply of a commit wrote, by simulator and commit: commits and ids repeat from
    test to test."""
    return {}


@pytest.fixture
def managed(
    small: World, bench: Bench, records: dict[tuple[str, str], dict[str, str]]
) -> World:
    """The small organization, applied once: its first commit is the record. The apply itself is
    done once in a session; later its two tags are written as it wrote them."""
    commit = bench.simulator.name, small.repo.git("rev-parse", "HEAD")
    org = small.aws.organizations
    if commit in records:
        tags = [{"Key": k, "Value": v} for k, v in records[commit].items()]
        org.tag_resource(ResourceId=small.ids.root, Tags=tags)
    else:
        small.charter.apply()
        tags = org.list_tags_for_resource(ResourceId=small.ids.root)["Tags"]
        records[commit] = {t["Key"]: t["Value"] for t in tags if t["Key"].startswith("charter:")}
    bench.proxy.reset()
    return small


@dataclass
class Staff(World):
    """An organization whose people, permission sets and assignments are under charter."""

    bench: Bench
    center: Center

    def put(self, message: str = "a change", **identity: Any) -> None:
        """Commits the model with these parts of `identity_center` in place of its own."""
        after = seed.changed(self.model)
        after["identity_center"].update(identity)
        self.commit(after, message)

    def calls(self, plan: dict[str, Any]) -> list[str]:
        return sorted(c["operation"] for c in plan["calls"] if c["service"] in CENTER_SERVICES)

    def sent(self) -> list[str]:
        """What changed Identity Center, or tried to."""
        requests = self.bench.proxy.mutations()
        return [r.operation for r in requests if r.service in ("sso", "identitystore")]


@pytest.fixture(scope="session")
def staffs() -> dict[str, bytes]:
    """The twin's state after the first apply of a commit."""
    return {}


@pytest.fixture
def staff(bench: Bench, repo: Repo, charter: Charter, staffs: dict[str, bytes]) -> Staff:
    """What staff.py says, applied once: its first commit is the record."""
    model, ids = bench.make(staff_model())
    commit = repo.commit(seed.config(model), "the organization with its people")
    charter.repo = repo.path
    if commit in staffs:
        bench.simulator.control("PUT", "state", staffs[commit])
    else:
        charter.apply()
        if bench.simulator.name == "twin":
            staffs[commit] = json.dumps(bench.simulator.control("GET", "state")).encode()
    bench.proxy.reset()
    return Staff(model, ids, repo, bench.aws, charter, bench, Center(bench, ids.accounts))


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
