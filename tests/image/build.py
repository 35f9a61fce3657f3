#!/usr/bin/env python3
"""Builds the container image without a container engine: reads the Dockerfile and does its steps in a
root that debootstrap makes of the packages that this machine's apt is set up for. As root.

    build.py [--target STAGE] [--root DIR] [--cache DIR] OUT

What RUN leaves is kept in the cache until a directory is copied in, so that the second run only
compiles. --root: an existing root of the base image (`debian:12-slim`) in place of debootstrap.
An instruction, or a form of one, that the Dockerfile does not use is an error."""

from __future__ import annotations

import argparse
import fnmatch
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field

SOURCE = pathlib.Path(__file__).resolve().parents[2]
CACHE = SOURCE / "build" / "image" / "cache"
SUITES = {"debian:12-slim": "bookworm"}
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class DockerfileError(Exception):
    pass


@dataclass
class Stage:
    name: str
    base: str
    steps: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Image:
    """A file system, and what a container engine is told about it."""

    root: pathlib.Path
    env: dict[str, str] = field(default_factory=dict)
    user: str = "0:0"
    workdir: str = "/"
    entrypoint: list[str] = field(default_factory=list)


def instructions(text: str) -> list[tuple[str, str]]:
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [
        (word.upper(), rest.strip())
        for word, _, rest in (line.strip().partition(" ") for line in joined.splitlines())
        if word
    ]


def expanded(text: str, values: dict[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        if found[1] not in values:
            raise DockerfileError(f"${{{found[1]}}} has no value")
        return values[found[1]]

    return re.sub(r"\$\{(\w+)\}", value, text)


def pairs(text: str) -> dict[str, str]:
    words = text.split()
    if not all(re.fullmatch(r"[A-Za-z_]\w*=[^\s\"'\\$]*", word) for word in words):
        raise DockerfileError(f"ENV {text}: NAME=value without quotes, please")
    return dict(word.split("=", 1) for word in words)


def parse(text: str) -> list[Stage]:
    stages: list[Stage] = []
    globals_: dict[str, str] = {}
    for word, rest in instructions(text):
        if word == "ARG" and not stages:
            name, _, value = rest.partition("=")
            globals_[name] = value
        elif word == "FROM":
            found = re.fullmatch(r"(\S+)(?:\s+AS\s+(\w+))?", expanded(rest, globals_), re.I)
            if not found:
                raise DockerfileError(f"FROM {rest}")
            stages.append(Stage(found[2] or "", found[1]))
        elif word in STEPS and stages:
            stages[-1].steps.append((word, rest))
        else:
            raise DockerfileError(f"{word}: not an instruction that is understood here")
    if not stages:
        raise DockerfileError("no FROM")
    return stages


# The context: what COPY sees of the source, without what .dockerignore names.


def ignored(path: str, patterns: list[str]) -> bool:
    parts = path.split("/")
    for pattern in patterns:
        if pattern.startswith("**/"):
            if any(fnmatch.fnmatch(part, pattern[3:]) for part in parts):
                return True
        elif "/" in pattern or pattern.startswith("!"):
            raise DockerfileError(f".dockerignore: {pattern} is not understood here")
        elif fnmatch.fnmatch(parts[0], pattern):
            return True
    return False


def context_copy(source: pathlib.Path, out: pathlib.Path) -> None:
    patterns = (source / ".dockerignore").read_text().split()

    def skip(directory: str, names: list[str]) -> list[str]:
        where = os.path.relpath(directory, source)
        return [n for n in names if ignored(os.path.normpath(f"{where}/{n}"), patterns)]

    shutil.copytree(source, out, symlinks=True, ignore=skip)


def digest(path: pathlib.Path) -> str:
    """Of everything that an image has of its files: names, modes, owners, times, bytes."""
    total = hashlib.sha256()
    for file in [path, *sorted(path.rglob("*"))]:
        st = file.lstat()
        what = [str(file.relative_to(path)), st.st_mode, st.st_uid, st.st_gid, int(st.st_mtime)]
        if file.is_symlink():
            what.append(os.readlink(file))
        elif file.is_file():
            what.append(hashlib.sha256(file.read_bytes()).hexdigest())
        total.update(json.dumps(what).encode())
    return total.hexdigest()


class Builder:
    def __init__(
        self,
        source: pathlib.Path,
        work: pathlib.Path,
        cache: pathlib.Path,
        base: pathlib.Path | None = None,
    ):
        self.stages = parse((source / "Dockerfile").read_text())
        self.work, self.cache, self.base = work, cache, base
        self.context = work / "context"
        self.done: dict[str, Image] = {}
        self.used: set[str] = set()
        work.mkdir(parents=True)
        cache.mkdir(parents=True, exist_ok=True)
        context_copy(source, self.context)

    def build(self, target: str = "") -> Image:
        return self.stage(self.named(target) if target else self.stages[-1])

    def named(self, name: str) -> Stage:
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise DockerfileError(f"no stage {name}")

    def stage(self, stage: Stage) -> Image:
        name = stage.name or "last"
        if name in self.done:
            return self.done[name]
        image = Image(self.work / name)
        state = State(self, image, stage.base)
        if stage.base == "scratch":
            image.root.mkdir()
        elif stage.base in SUITES:
            self.restore(image, state, lambda: self.base_make(stage.base, image.root))
        else:
            raise DockerfileError(f"FROM {stage.base}: only {', '.join(SUITES)} and scratch")
        for word, rest in stage.steps:
            STEPS[word](state, rest)
        self.done[name] = image
        return image

    def restore(self, image: Image, state: State, make) -> None:
        """The root as it is kept under this state's key, or made and kept."""
        kept = self.cache / state.key
        if not kept.exists():
            make()
            part = self.cache / f"{state.key}.part"
            shutil.rmtree(part, ignore_errors=True)
            copy_tree(image.root, part)
            part.rename(kept)
        else:
            shutil.rmtree(image.root, ignore_errors=True)
            copy_tree(kept, image.root)
        self.used.add(state.key)

    def base_make(self, base: str, root: pathlib.Path) -> None:
        if self.base:
            copy_tree(self.base, root)
        else:
            repositories = apt_repositories()
            mirror = next((uri for uri, suite, _ in repositories if suite == SUITES[base]), None)
            if not mirror:
                raise DockerfileError(f"this machine's apt has no repository of {SUITES[base]}")
            run(["debootstrap", "--variant=minbase", SUITES[base], str(root), mirror])
            lines = [" ".join(("deb", *repository)) for repository in repositories]
            (root / "etc/apt/sources.list").write_text("\n".join(lines) + "\n")

    def tidy(self) -> None:
        """Drops what was kept for other Dockerfiles."""
        for path in self.cache.iterdir():
            if path.name not in self.used:
                shutil.rmtree(path)


class State:
    """A stage while it is built. The key names what led here; None once a directory came in."""

    def __init__(self, builder: Builder, image: Image, base: str):
        self.builder, self.image = builder, image
        self.args: dict[str, str] = {}
        self.key: str | None = hashlib.sha256(base.encode()).hexdigest()[:16]

    def mix(self, *words: str) -> None:
        if self.key is not None:
            self.key = hashlib.sha256(json.dumps([self.key, *words]).encode()).hexdigest()[:16]

    def inside(self, path: str) -> pathlib.Path:
        full = os.path.normpath(os.path.join(self.image.workdir, path))
        return self.image.root / full.lstrip("/")

    def arg(self, rest: str) -> None:
        name, _, value = rest.partition("=")
        self.args[name] = os.environ.get(name, value)

    def env(self, rest: str) -> None:
        self.image.env.update(pairs(rest))

    def workdir(self, rest: str) -> None:
        self.image.workdir = os.path.normpath(os.path.join(self.image.workdir, rest))
        self.inside(".").mkdir(parents=True, exist_ok=True)

    def user(self, rest: str) -> None:
        if not re.fullmatch(r"\d+:\d+", rest):
            raise DockerfileError(f"USER {rest}: numbers, please: a scratch image may have no names")
        self.image.user = rest

    def entrypoint(self, rest: str) -> None:
        self.image.entrypoint = json.loads(rest)

    def copy(self, rest: str) -> None:
        words = rest.split()
        if words[0].startswith("--from="):
            stage = self.builder.named(words.pop(0).removeprefix("--from="))
            source = self.builder.stage(stage).root / words[0].lstrip("/")
            self.key = None
        else:
            source = self.builder.context / words[0]
        if len(words) != 2 or words[0].startswith("--"):
            raise DockerfileError(f"COPY {rest}")
        if source.is_dir():
            self.key = None
        elif self.key:
            self.mix("COPY", rest, hashlib.sha256(source.read_bytes()).hexdigest())
        target = self.inside(words[1])
        if source.is_dir():
            copy_tree(source, target)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)

    def run(self, rest: str) -> None:
        self.mix("RUN", rest)

        def execute() -> None:
            for name in ("resolv.conf", "hosts"):
                shutil.copy(f"/etc/{name}", self.image.root / "etc" / name)
            chroot(self.image, ["/bin/sh", "-c", rest], env={**self.args, "DEBIAN_FRONTEND": "noninteractive"})

        if self.key is None:
            execute()
        else:
            self.builder.restore(self.image, self, execute)


STEPS = {
    "ARG": State.arg,
    "COPY": State.copy,
    "ENTRYPOINT": State.entrypoint,
    "ENV": State.env,
    "RUN": State.run,
    "USER": State.user,
    "WORKDIR": State.workdir,
}


def apt_repositories() -> list[tuple[str, str, str]]:
    """What the machine's own apt reads of Debian: URI, suite, component."""
    form = "$(REPO_URI) $(RELEASE) $(COMPONENT)"
    done = run(["apt-get", "indextargets", "--format", form, "Created-By: Packages"])
    rows = (tuple(line.split()) for line in done.splitlines())
    return [r for r in rows if len(r) == 3 and r[1].startswith("bookworm")]


def copy_tree(source: pathlib.Path, target: pathlib.Path) -> None:
    """As COPY does: what is there stays, owners and times come along."""
    target.mkdir(parents=True, exist_ok=True)
    run(["cp", "-a", "--reflink=auto", f"{source}/.", str(target)])


def run(command: list[str]) -> str:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise DockerfileError(f"{' '.join(command)[:200]}: {(done.stdout + done.stderr)[-4000:]}")
    return done.stdout


def chroot_command(image: Image, command: list[str]) -> list[str]:
    """In a mount namespace of its own where the machine allows that: with /proc, and nothing of it
    stays behind."""
    enter = ["chroot", f"--userspec={image.user}", str(image.root), *command]
    probe = ["unshare", "--mount", "mount", "-t", "proc", "proc", "/proc"]
    if (image.root / "proc").is_dir() and subprocess.run(probe, capture_output=True).returncode == 0:
        script = 'mount -t proc proc "$0/proc" && exec "$@"'
        return ["unshare", "--mount", "sh", "-c", script, str(image.root), *enter]
    return enter


def chroot(image: Image, command: list[str], env: dict[str, str] | None = None) -> str:
    """Runs a command as the image's user with the image's environment and nothing of ours."""
    # chroot(1) leaves the working directory at "/"; WORKDIR is the step's.
    if command[:2] == ["/bin/sh", "-c"]:
        command = ["/bin/sh", "-c", f"cd {image.workdir} && {command[2]}"]
    full = {"PATH": PATH, **image.env, **(env or {})}
    done = subprocess.run(
        chroot_command(image, command),
        env=full,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        raise DockerfileError(f"{command[-1][:200]}: exit {done.returncode}\n{done.stdout[-8000:]}")
    return done.stdout


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", default="")
    parser.add_argument("--root", type=pathlib.Path)
    parser.add_argument("--cache", type=pathlib.Path, default=CACHE)
    parser.add_argument("out", type=pathlib.Path)
    options = parser.parse_args()
    try:
        builder = Builder(SOURCE, options.out, options.cache, options.root)
        image = builder.build(options.target)
    except DockerfileError as error:
        print(f"build: {error}", file=sys.stderr)
        return 1
    print(image.root, digest(image.root))
    return 0


if __name__ == "__main__":
    sys.exit(main())
