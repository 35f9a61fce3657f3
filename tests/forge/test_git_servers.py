"""The configuration read from git servers: over https with right and wrong certificates, passwords
and redirects, over ssh with right and wrong host keys, and from servers that say nothing."""

from __future__ import annotations

import contextlib
import signal
import time
import urllib.parse

import git_server
import pytest
from conftest import Charter, Repo
from git_server import PASSWORD, USER, GitServer, SshServer, agent, git, silent

FILES = {
    "charter.yaml": "charter: 1\norganization: {}\n",
    "README": "one\n",
}
CREDENTIALS = f"{USER}:{urllib.parse.quote(PASSWORD, safe='')}"
UNVERIFIED = "the server's certificate does not verify"
HOST_KEY = "the server's host key is not the one in ~/.ssh/known_hosts, or there is none"


def needs(*programs: str) -> pytest.MarkDecorator:
    gone = git_server.missing(*programs)
    return pytest.mark.skipif(bool(gone), reason=f"not installed: {', '.join(gone)}")


needs_lighttpd = needs("lighttpd")
needs_sshd = needs("sshd", "ssh-keygen", "ssh-agent", "ssh-add")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A repository "team/org" over https, and a commit of it that no branch leads to."""
    directory = tmp_path_factory.mktemp("git")
    with GitServer(directory).serving() as server:
        server.hidden = fill(server.create("team/org"), directory / "work")
        yield server


def fill(repository, work) -> str:
    repo = Repo(work)
    repo.commit(FILES)
    repo.git("push", "-q", str(repository), "HEAD:main")
    hidden = repo.commit(message="nowhere")
    repo.git("push", "-q", str(repository), "HEAD:refs/hidden/one")
    return hidden


@pytest.fixture
def program(binary, tmp_path):
    """charter as a job has it, without any AWS."""
    return Charter(binary, tmp_path / "home", "http://127.0.0.1:9")


def read(program, url, *more, **env):
    """Nothing is left of the clone, and no password is told."""
    done = program("validate", "-vv", "--repo", url, *more, env=env)
    assert list((program.home / "tmp").iterdir()) == []
    for secret in (PASSWORD, urllib.parse.quote(PASSWORD, safe=""), "s3cret"):
        assert secret not in done.out + done.err
    return done


@needs_lighttpd
@pytest.mark.parametrize("below, user", [("git", ""), ("moved", ""), ("auth", CREDENTIALS)])
def test_https(served, program, below, user):
    """A redirect within the host is followed, as git does."""
    url = served.url("team/org", below=below, user=user)
    for name in ("AWS_CA_BUNDLE", "SSL_CERT_FILE", "CI_SERVER_TLS_CA_FILE"):
        read(program, url, **{name: str(served.ca)}).expect(0)


@needs_lighttpd
def test_commit_that_no_branch_leads_to(served, program):
    url = served.url("team/org")
    read(program, url, "--ref", served.hidden, AWS_CA_BUNDLE=str(served.ca)).expect(0)


@needs_lighttpd
@pytest.mark.parametrize(
    "where, says",
    [
        ({"port": "expired"}, UNVERIFIED),
        ({"port": "other_host"}, UNVERIFIED),
        ({"port": "http"}, "http:// URLs are not accepted"),
        ({"below": "away"}, "cannot redirect from 'localhost' to '127.0.0.1'"),
        ({"below": "away", "user": CREDENTIALS}, "cannot redirect from"),
        ({"below": "plain", "user": CREDENTIALS}, "cannot redirect from 'https' to 'http'"),
        ({"below": "auth"}, "the server asks for credentials, and there are none"),
        ({"below": "auth", "user": f"{USER}:s3cret"}, "the credentials were not accepted"),
        ({"below": "none"}, "404"),
    ],
)
def test_https_refused(served, program, where, says):
    done = read(program, served.url("team/org", **where), AWS_CA_BUNDLE=str(served.ca)).expect(1)
    assert says in done.err and done.out == ""


@needs_lighttpd
@pytest.mark.parametrize("ca, says", [("other_ca", UNVERIFIED), (None, UNVERIFIED)])
def test_authority_that_is_not_the_servers(served, program, ca, says):
    """Without AWS_CA_BUNDLE, the system's authorities."""
    env = {"AWS_CA_BUNDLE": str(getattr(served, ca)) if ca else None}
    done = read(program, served.url("team/org"), **env).expect(1)
    assert says in done.err


@pytest.fixture
def ssh(tmp_path, program):
    directory = tmp_path / "ssh"
    directory.mkdir()
    with SshServer(directory, program.home).serving() as server:
        repository = tmp_path / "org.git"
        git("init", "-q", "--bare", "-b", "main", str(repository))
        fill(repository, tmp_path / "work")
        server.repository = server.url(repository)
        yield server


def known_right(ssh, tmp_path):
    pass


def known_missing(ssh, tmp_path):
    ssh.known_hosts.unlink()


def known_other(ssh, tmp_path):
    ssh.known_hosts.write_text(ssh.known(ssh.make_key(tmp_path / "other")))


def known_elsewhere(ssh, tmp_path):
    """The right key, of another host."""
    right = ssh.known_hosts.read_text()
    ssh.known_hosts.write_text(right.replace("127.0.0.1", "192.0.2.1"))


@needs_sshd
@pytest.mark.parametrize(
    "prepare, code",
    [(known_right, 0), (known_missing, 1), (known_other, 1), (known_elsewhere, 1)],
)
def test_host_key(ssh, program, tmp_path, prepare, code):
    prepare(ssh, tmp_path)
    done = read(program, ssh.repository).expect(code)
    assert (HOST_KEY in done.err) == bool(code)
    assert ("Accepted publickey" in ssh.said()) == (code == 0)


@needs_sshd
def test_key_of_the_agent(ssh, program, tmp_path):
    key = ssh.key.rename(tmp_path / "key")
    done = read(program, ssh.repository).expect(1)
    assert "no key of the ssh agent or of ~/.ssh was accepted" in done.err
    with agent(key) as path:
        read(program, ssh.repository, SSH_AUTH_SOCK=path).expect(0)


@needs_sshd
def test_key_that_is_not_let_in(ssh, program, tmp_path):
    """Nor is it tried for ever."""
    ssh.key.unlink()
    ssh.make_key(ssh.key)
    done = read(program, ssh.repository).expect(1)
    assert "no key of the ssh agent or of ~/.ssh was accepted" in done.err
    with agent(ssh.key) as path:
        read(program, ssh.repository, SSH_AUTH_SOCK=path).expect(1)


@pytest.mark.parametrize("scheme", ["https", "ssh"])
def test_ended_while_a_server_is_silent(program, scheme):
    """The limit of a minute is the unit tests' (test_source.c); a job that is ended ends at once."""
    with silent() as port, contextlib.ExitStack() as stack:
        url = f"{scheme}://git:s3cret@127.0.0.1:{port}/org.git"
        running = program.start("validate", "--repo", url)
        stack.callback(running.kill)
        time.sleep(1)
        assert running.poll() is None
        running.send_signal(signal.SIGTERM)
        before = time.monotonic()
        out, err = running.communicate(timeout=20)
        assert running.returncode == 128 + signal.SIGTERM and time.monotonic() - before < 5
        assert b"interrupted" in err and b"s3cret" not in out + err
    assert list((program.home / "tmp").iterdir()) == []


@needs_lighttpd
def test_what_the_tests_serve_is_what_git_takes(served, tmp_path):
    """git itself, with its own certificates and its own client, agrees with the tests' servers."""
    copy = tmp_path / "copy"
    git("clone", "-q", served.url("team/org"), str(copy), GIT_SSL_CAINFO=str(served.ca))
    assert (copy / "README").read_text() == "one\n"
    with pytest.raises(AssertionError):
        url = served.url("team/org", "expired")
        git("clone", "-q", url, str(tmp_path / "none"), GIT_SSL_CAINFO=str(served.ca))
