"""What a forge keeps beside pull requests: issues with labels, and a repository of branches and
commits, enough for a program that makes one commit."""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Issue:
    number: int
    author: Any
    title: str
    body: str
    labels: list[str]
    created: datetime.datetime
    updated: datetime.datetime
    forge: Any = field(repr=False)
    open: bool = True
    editor: Any = None

    def edit(self, by: Any, body: str | None = None, title: str | None = None) -> None:
        """As somebody does it in the forge's pages. GitHub names who edited the body alone."""
        self.updated = self.forge.tick()
        if body is not None and body != self.body:
            self.body, self.editor = body, by
        self.title = self.title if title is None else title


def digest(*parts: Any) -> str:
    return hashlib.sha1(repr(parts).encode()).hexdigest()


@dataclass
class Files:
    """Objects by id: bytes, trees (path to mode and blob id), commits; branches by name."""

    blobs: dict[str, bytes] = field(default_factory=dict)
    trees: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)
    commits: dict[str, dict[str, Any]] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)

    def blob(self, data: bytes) -> str:
        id = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
        self.blobs[id] = data
        return id

    def tree(self, entries: dict[str, tuple[str, str]]) -> str:
        id = digest("tree", sorted(entries.items()))
        self.trees[id] = entries
        return id

    def commit(self, tree: str, parents: list[str], message: str) -> str:
        id = digest("commit", tree, parents, message)
        self.commits[id] = {"tree": tree, "parents": parents, "message": message}
        return id

    def start(self, files: dict[str, bytes], mode: dict[str, str] | None = None) -> str:
        """The first commit, on `main`."""
        entries = {p: ((mode or {}).get(p, "100644"), self.blob(d)) for p, d in files.items()}
        self.branches["main"] = self.commit(self.tree(entries), [], "first")
        return self.branches["main"]

    def entries(self, commit: str) -> dict[str, tuple[str, str]]:
        return dict(self.trees[self.commits[commit]["tree"]])

    def at(self, branch: str) -> dict[str, bytes]:
        """The files of a branch."""
        found = self.entries(self.branches[branch])
        return {path: self.blobs[id] for path, (_, id) in found.items()}

    def modes(self, branch: str) -> dict[str, str]:
        return {p: mode for p, (mode, _) in self.entries(self.branches[branch]).items()}

    def put(self, branch: str, changes: dict[str, bytes | None], message: str) -> str:
        """One commit more on the branch."""
        parent = self.branches[branch]
        entries = self.entries(parent)
        for path, data in changes.items():
            if data is None:
                del entries[path]
            else:
                entries[path] = (entries.get(path, ("100644", ""))[0], self.blob(data))
        self.branches[branch] = self.commit(self.tree(entries), [parent], message)
        return self.branches[branch]
