"""The container images, built from the Dockerfile by its own steps (build.py), and the tar file of
`make dist`. Needs root and debootstrap, and takes a minute once the packages are in build/image."""

from __future__ import annotations

import contextlib
import http.server
import os
import pathlib
import re
import shutil
import ssl
import subprocess
import sys
import threading
from typing import Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import build  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / "build" / "image"
LIMIT = 60 * 1000 * 1000
USER = 65532

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("debootstrap"),
    reason="needs root and debootstrap",
)

# All that the image may hold, for any architecture; directories of these alone.
CONTENTS = [
    r"usr/bin/charter",
    r"usr/lib/charter/lib[\w.+-]+\.so[\d.]*",
    r"lib/[\w-]+-linux-gnu/lib(c|m|resolv)\.so\.\d",
    r"lib(64)?/ld-linux[\w-]*\.so\.\d",
    r"etc/(passwd|group|nsswitch\.conf|ld\.so\.cache)",
    r"etc/ssl/certs/ca-certificates\.crt",
    r"usr/share/doc/charter/LICENSE",
    r"usr/share/doc/charter/licenses/[\w.+-]+",
]
EMPTY = {"home/charter", "repository", "tmp"}


@pytest.fixture(scope="session")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[build.Builder]:
    """CHARTER_IMAGE_ROOT: an existing root of debian:12-slim in place of debootstrap."""
    given = os.environ.get("CHARTER_IMAGE_ROOT")
    work = WORK / "work"
    shutil.rmtree(work, ignore_errors=True)
    yield build.Builder(ROOT, work, build.CACHE, pathlib.Path(given) if given else None)
    shutil.rmtree(work)


@pytest.fixture(scope="session")
def image(builder: build.Builder) -> build.Image:
    made = builder.build()
    builder.tidy()
    return made


@pytest.fixture
def copy(image: build.Image, tmp_path: pathlib.Path) -> build.Image:
    """A container of the image: what is written into it stays in it. An engine adds the hosts."""
    build.copy_tree(image.root, tmp_path / "container")
    (tmp_path / "container/etc/hosts").write_text("127.0.0.1 localhost\n")
    return build.Image(
        tmp_path / "container", image.env, image.user, image.workdir, image.entrypoint
    )


def command(image: build.Image, *args: str, **env: str) -> dict:
    """What starts the image's program as a container engine does, but for /proc."""
    user, group = map(int, image.user.split(":"))

    def enter() -> None:
        os.chroot(image.root)
        os.chdir(image.workdir)
        os.setgroups([])
        os.setgid(group)
        os.setuid(user)

    return {
        "args": [*image.entrypoint, *args],
        "env": {"PATH": build.PATH, **image.env, **env},
        "preexec_fn": enter,
        "stdin": subprocess.DEVNULL,
        "text": True,
    }


def run(image: build.Image, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        **command(image, *args, **env),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=60,
    )


def files(root: pathlib.Path) -> Iterator[tuple[str, os.stat_result]]:
    for path in sorted(root.rglob("*")):
        yield str(path.relative_to(root)), path.lstat()


def test_what_the_engine_is_told(image: build.Image) -> None:
    assert image.entrypoint == ["/usr/bin/charter"]
    assert image.user == f"{USER}:{USER}"
    assert image.workdir == "/repository"


def test_holds_nothing_else(image: build.Image) -> None:
    held, needed = set(), set()
    for name, st in files(image.root):
        if (image.root / name).is_dir():
            held.add(name)
            continue
        assert any(re.fullmatch(pattern, name) for pattern in CONTENTS), name
        needed |= {str(parent) for parent in pathlib.PurePath(name).parents if str(parent) != "."}
    assert held - needed == EMPTY | {"home"}
    assert not [name for name in EMPTY if list((image.root / name).iterdir())]


def test_files_are_plain(image: build.Image) -> None:
    """No links, devices, setuid; root's, and writable by nobody else but for /tmp."""
    for name, st in files(image.root):
        path = image.root / name
        assert path.is_file() or path.is_dir(), name
        assert not path.is_symlink(), name
        assert (st.st_uid, st.st_gid) == (0, 0), name
        assert st.st_mode & 0o7777 == 0o1777 if name == "tmp" else not st.st_mode & 0o7022, name


def test_size(image: build.Image) -> None:
    size = sum(st.st_size for _, st in files(image.root))
    print(f"{size / 1e6:.1f} MB")
    assert size < LIMIT


def test_every_library_is_used(image: build.Image) -> None:
    """And none is missing: those that the loader lists, with both paths to them."""
    done = run(image, LD_TRACE_LOADED_OBJECTS="1")
    assert done.returncode == 0 and "not found" not in done.stdout
    used = set(re.findall(r"(?:=> |\t)(/\S+) \(", done.stdout))
    there = {f"/{name}" for name, _ in files(image.root) if re.search(r"\.so(\.|$)", name)}
    assert {path for path in there if path != "/etc/ld.so.cache"} == used


def test_every_library_has_its_licence(image: build.Image) -> None:
    licences = image.root / "usr/share/doc/charter/licenses"
    rows = [line.split() for line in (licences / "packages").read_text().splitlines()]
    assert len(rows) > 30 and all(len(row) == 4 for row in rows)
    for row in rows:
        assert (licences / row[0]).stat().st_size > 100, row
    assert (licences / "ca-certificates").exists()


def test_same_bytes_again(builder: build.Builder, image: build.Image) -> None:
    """The whole of it, compiled a second time from the same source."""
    again = build.Builder(ROOT, builder.work / "again", builder.cache, builder.base)
    shutil.rmtree(again.context)
    build.copy_tree(builder.context, again.context)
    assert build.digest(again.build().root) == build.digest(image.root)


def test_version_and_help(image: build.Image) -> None:
    version = re.search(r"^VERSION := (\S+)", (ROOT / "Makefile").read_text(), re.M)
    assert version
    assert run(image, "--version").stdout == f"charter {version[1]}\n"
    done = run(image, "help")
    assert done.returncode == 0 and "Usage: charter COMMAND" in done.stdout and not done.stderr


# TLS, by both libraries that speak it: libcurl to AWS, libgit2 to a git server.


class Refuse(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(418)

    do_POST = do_GET

    def log_message(self, *args: object) -> None:
        pass


@contextlib.contextmanager
def https_server(directory: pathlib.Path) -> Iterator[tuple[int, str]]:
    """Its port and certificate, which nobody has signed but itself."""
    key, certificate = directory / "key.pem", directory / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refuse)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1], certificate.read_text()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIATWIN111111111111",
    "AWS_SECRET_ACCESS_KEY": "twin/secret/access/key",
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_MAX_ATTEMPTS": "1",
}


@pytest.mark.parametrize("library", ["libgit2", "libcurl"])
def test_certificates(copy: build.Image, tmp_path: pathlib.Path, library: str) -> None:
    """The image's own list of authorities decides; a server that one of them knows is spoken to."""
    bundle = copy.root / "etc/ssl/certs/ca-certificates.crt"
    assert bundle.read_text().count("BEGIN CERTIFICATE") > 100
    with https_server(tmp_path) as (port, certificate):
        url = f"https://localhost:{port}"
        if library == "libgit2":
            words, env = ["validate", "--repo", f"{url}/repository"], {}
        else:
            words, env = ["report", "hygiene"], {**KEYS, "AWS_ENDPOINT_URL": url}
        unknown = run(copy, *words, **env)
        bundle.write_text(bundle.read_text() + certificate)
        known = run(copy, *words, **env)
    assert unknown.returncode == 1 and "certificate" in unknown.stderr, unknown.stderr
    assert known.returncode == 1 and "certificate" not in known.stderr, known.stderr
    assert "418" in known.stderr


def make_repository(place: pathlib.Path) -> None:
    shutil.copytree(ROOT / "examples/ml-platform", place, dirs_exist_ok=True)
    who = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
    for words in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "all"]):
        subprocess.run(["git", "-C", str(place), *who, *words], check=True)


def test_plan_and_apply_against_the_twin(copy: build.Image) -> None:
    """The repository is mounted at the working directory; the journal goes where the image says."""
    make_repository(copy.root / "repository")
    shutil.copy(ROOT / "examples/ml-platform.snapshot.jsonl", copy.root / "live.jsonl")
    twin = subprocess.Popen(
        **command(copy, "twin", "--listen", "127.0.0.1:0", "--rates", "off", "-q",
                  "--quota-accounts", "20", "--load", "/live.jsonl"),
        stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert twin.stdout
        endpoint = re.search(r"http://[\d.:]+", twin.stdout.readline())
        assert endpoint
        env = {**KEYS, "AWS_ENDPOINT_URL": endpoint[0], "AWS_MAX_ATTEMPTS": "3"}
        plan = run(copy, "plan", "--rates", "off", "--ref", "HEAD", "--out", "/tmp/plan", **env)
        assert plan.returncode == 0, plan.stderr
        assert plan.stdout
        apply = run(copy, "apply", "--rates", "off", "--ref", "HEAD", "/tmp/plan", **env)
        assert apply.returncode == 0, apply.stderr
        assert list((copy.root / "tmp/state").rglob("*.jsonl"))
    finally:
        twin.terminate()
        twin.wait()


def test_image_with_a_shell(builder: build.Builder, image: build.Image) -> None:
    """The one for CI systems that run their scripts inside: the same program and authorities."""
    ci = builder.build("ci")
    done = build.chroot(ci, ["/bin/sh", "-c", "charter --version && command -v charter"])
    assert done.endswith("/usr/bin/charter\n")
    for name in ("usr/bin/charter", "etc/ssl/certs/ca-certificates.crt"):
        assert (ci.root / name).read_bytes() == (image.root / name).read_bytes()


def test_an_instruction_that_is_not_understood() -> None:
    for text in ("FROM scratch\nVOLUME /x\n", "RUN x\n", "", "FROM a AS b AS c\n"):
        with pytest.raises(build.DockerfileError):
            build.parse(text)


# The tar file of `make dist`, in a Debian that has nothing but itself.


@pytest.fixture(scope="session")
def dist(builder: build.Builder, image: build.Image) -> pathlib.Path:
    """Made where the image was: unpacked below /opt of a bare base."""
    stage = builder.stage(builder.named("build"))
    made = build.Image(stage.root, {"SOURCE_DATE_EPOCH": "0"}, workdir="/src")
    build.chroot(made, ["/bin/sh", "-c", "make dist"])
    (tar,) = (stage.root / "src/build/dist").glob("*.tar.gz")
    base = build.Image(builder.work / "bare")
    builder.restore(base, build.State(builder, base, builder.named("build").base), lambda: None)
    shutil.copy(tar, base.root / "opt")
    return base.root / "opt" / tar.name


def test_tar_file(dist: pathlib.Path) -> None:
    bare = build.Image(dist.parents[1])
    place = dist.name.removesuffix(".tar.gz")
    assert not list(bare.root.glob("usr/lib/*/libcurl*"))
    script = f"tar -xzf /opt/{dist.name} -C /opt && /opt/{place}/bin/charter --version"
    assert build.chroot(bare, ["/bin/sh", "-c", script]).startswith("charter ")
    tree = bare.root / "opt" / place
    assert (tree / "share/man/man1/charter.1").read_text().startswith(".")
    for pattern in ("bash-completion/completions/charter", "zsh/site-functions/_charter"):
        assert (tree / "share" / pattern).stat().st_size > 1000
    assert (tree / "share/doc/charter/LICENSE").exists()
    assert not [name for name, _ in files(tree) if re.search(r"/(ld-|libc\.so|libm\.so)", name)]
    versions = set()
    for path in [tree / "bin/charter", *(tree / "lib/charter").iterdir()]:
        versions |= set(re.findall(rb"GLIBC_2\.(\d+)", path.read_bytes()))
    assert max(map(int, versions)) <= 36
