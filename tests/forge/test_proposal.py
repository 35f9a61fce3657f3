"""`charter import --pull-request` at each forge: a branch with one commit on what is there, and its pull
request. Every request is held against the forge's published API."""

from __future__ import annotations

import pytest
from comment_job import NO_AWS, SNAPSHOT
from conftest import Charter, Repo
from forge_server import KINDS, forge_server

README = "An organization.\n"
FAULTS = ["drop_before", "drop_after", "status", "status_after"]


class Scene:
    """A repository without configuration, at a forge, and an organization that is there."""

    def __init__(self, kind, binary, tmp_path, server):
        self.kind, self.server, self.forge = kind, server, server.forge
        self.repo = Repo(tmp_path / "repo")
        self.head = self.repo.commit({"README.md": README})
        self.charter = Charter(binary, tmp_path / "home", "http://127.0.0.1:9")
        files = self.forge.files
        tree = files.tree({"README.md": ("100755", files.blob(README.encode()))})
        files.commits[self.head] = {"tree": tree, "parents": [], "message": "first"}
        files.branches["main"] = self.head

    def run(self):
        env = {**NO_AWS, **self.server.environment(None, self.head)}
        # Of CodeCommit: it names no branch. The checkout is at one.
        self.server.stop_session()
        return self.charter(
            "import", "--pull-request", "--ref", "HEAD", "--live", str(SNAPSHOT), env=env,
            repo=self.repo.path,
        )

    def only(self):
        assert len(self.forge.pulls) == 1
        return self.forge.pulls[1]


@pytest.fixture
def scene(request, binary, tmp_path):
    with forge_server(request.param, tmp_path / "files") as server:
        yield Scene(request.param, binary, tmp_path, server)


each = pytest.mark.parametrize("scene", KINDS, indirect=True)


def check(scene):
    pull = scene.only()
    files = scene.forge.files
    assert pull.open and pull.target == "main" and pull.branch.startswith("charter/import-")
    assert files.commits[files.branches[pull.branch]]["parents"] == [scene.head]
    there = files.at(pull.branch)
    assert there.pop("README.md") == README.encode()
    assert files.modes(pull.branch)["README.md"] == "100755"
    assert "charter.yaml" in there and len(there) > 3
    assert set(scene.forge.files.branches) == {"main", pull.branch}
    assert pull.title.startswith("import: ")


@each
def test_a_branch_and_its_pull_request(scene):
    done = scene.run().expect(0)
    check(scene)
    assert scene.only().branch in done.out
    assert not scene.repo.git("status", "--porcelain")
    # A branch is never written over: the next one has another name, or is refused.
    most = {"github": 4, "gitlab": 2, "gitea": 3, "codecommit": 3}[scene.kind]
    writes = [(e.operation, e.status) for e in scene.forge.writes()]
    assert len(writes) == most, writes


@each
@pytest.mark.exhaustive
@pytest.mark.parametrize("what", FAULTS)
def test_lost_answers(scene, what):
    for operation in ("branch", "commit", "tree", "tree_add", "commit_add", "ref_add", "branch_add",
                      "files", "pull_add"):
        scene.forge.fault(what, operation)
    scene.run().expect(0)
    check(scene)


@each
def test_refused(scene):
    scene.forge.bot.may_push = False
    scene.forge.bot.may_comment = False
    scene.run().expect(1)
    assert not scene.forge.pulls and set(scene.forge.files.branches) == {"main"}
