"""Git servers of the tests' own: git's http-backend behind lighttpd, with certificates of an
authority made for the occasion, and sshd; each on a free loopback port, as whoever runs the tests.

lighttpd serves the same repositories on several ports, which differ in their certificate alone:
`url(name)` is of the right one. Below /auth/ it asks for a password; below /moved/ it redirects
within the host, below /plain/ to plain http there, below /away/ to another host."""

from __future__ import annotations

import contextlib
import datetime
import getpass
import ipaddress
import os
import pathlib
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from typing import Iterator

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
USER, PASSWORD = "ci", "pass/word s3cret"
DAY = datetime.timedelta(days=1)
PORTS = ("https", "expired", "other_host", "http")  # what is listened on, by its certificate


def missing(*programs: str) -> list[str]:
    """Those that this machine does not have."""
    return [p for p in programs if not shutil.which(p, path=PATH)]


def pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    kind = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption())


class Authority:
    """A certificate authority. `path` is its own certificate, in PEM."""

    def __init__(self, path: pathlib.Path, name: str = "Test authority"):
        self.path = path
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        constraints = x509.BasicConstraints(ca=True, path_length=0)
        path.write_bytes(self.sign(self.name, self.key, [constraints], DAY))

    def sign(self, name, key, extensions, ends: datetime.timedelta) -> bytes:
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 30 * DAY)
            .not_valid_after(now + ends)
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        signed = builder.sign(self.key, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.PEM)

    def issue(self, path: pathlib.Path, host: str = "localhost", ends: datetime.timedelta = DAY):
        """A server's certificate with its key, in one file, for an address or a name."""
        key = ec.generate_private_key(ec.SECP256R1())
        try:
            name: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host))
        except ValueError:
            name = x509.DNSName(host)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        names = [x509.SubjectAlternativeName([name])]
        path.write_bytes(pem(key) + self.sign(subject, key, names, ends))
        path.chmod(0o600)


def free_ports(n: int) -> list[int]:
    """Held together, so that they differ."""
    held = [socket.socket() for _ in range(n)]
    try:
        for s in held:
            s.bind(("127.0.0.1", 0))
        return [s.getsockname()[1] for s in held]
    finally:
        for s in held:
            s.close()


def wait_for(port: int, process: subprocess.Popen[bytes], log: pathlib.Path) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    said = log.read_text(errors="replace")[-2000:]
    raise RuntimeError(f"{process.args[0]} does not start: {said}")


@contextlib.contextmanager
def running(command: list[str], port: int, log: pathlib.Path) -> Iterator[subprocess.Popen[bytes]]:
    with open(log, "wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
    try:
        wait_for(port, process, log)
        yield process
    finally:
        process.terminate()
        process.wait(10)


@contextlib.contextmanager
def silent() -> Iterator[int]:
    """The port of a server that takes connections and never says a word."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen(8)
        yield s.getsockname()[1]


def git(*args: str, cwd: pathlib.Path | None = None, **env: str) -> str:
    """git itself, with nothing of the machine's own configuration."""
    quiet = {"PATH": PATH, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
    done = subprocess.run(
        ["git", *args], cwd=cwd, env={**quiet, "HOME": "/nonexistent", **env},
        capture_output=True, text=True,
    )
    assert done.returncode == 0, f"git {' '.join(args)}: {done.stderr}"
    return done.stdout.strip()


@dataclass
class GitServer:
    """Repositories below `repositories`, served while the block lasts."""

    directory: pathlib.Path
    ports: dict[str, int] = field(default_factory=dict)

    @property
    def repositories(self) -> pathlib.Path:
        return self.directory / "repositories"

    @property
    def ca(self) -> pathlib.Path:
        return self.directory / "ca.pem"

    @property
    def other_ca(self) -> pathlib.Path:
        return self.directory / "other-ca.pem"

    def create(self, name: str) -> pathlib.Path:
        """An empty bare repository, whose directory it returns."""
        path = self.repositories / f"{name}.git"
        git("init", "-q", "--bare", "-b", "main", str(path))
        git("config", "uploadpack.allowAnySHA1InWant", "true", cwd=path)
        return path

    def url(self, name: str, port: str = "https", below: str = "git", user: str = "") -> str:
        scheme = "http" if port == "http" else "https"
        at = f"{user}@" if user else ""
        return f"{scheme}://{at}localhost:{self.ports[port]}/{below}/{name}.git"

    def certificates(self) -> None:
        authority = Authority(self.ca)
        Authority(self.other_ca, "Another authority")
        authority.issue(self.directory / "https.pem")
        authority.issue(self.directory / "expired.pem", ends=-DAY)
        authority.issue(self.directory / "other_host.pem", host="git.example.com")

    def configuration(self) -> str:
        backend = pathlib.Path(git("--exec-path")) / "git-http-backend"
        sockets = "\n".join(
            f'$SERVER["socket"] == "127.0.0.1:{port}" {{\n'
            f'\tssl.engine = "enable"\n\tssl.pemfile = "{self.directory}/{name}.pem"\n}}'
            for name, port in self.ports.items()
            if name != "http"
        )
        return f"""
server.modules = ("mod_setenv", "mod_alias", "mod_redirect", "mod_auth", "mod_authn_file",
	"mod_cgi", "mod_openssl")
server.document-root = "{self.directory}/empty"
server.bind = "127.0.0.1"
server.port = {self.ports["http"]}
server.upload-dirs = ("{self.directory}")
setenv.set-environment = ("GIT_PROJECT_ROOT" => "{self.repositories}",
	"GIT_HTTP_EXPORT_ALL" => "1", "GIT_CONFIG_GLOBAL" => "/dev/null", "PATH" => "{PATH}",
	"HOME" => "/nonexistent")
alias.url = ("/git" => "{backend}", "/auth" => "{backend}")
auth.backend = "plain"
auth.backend.plain.userfile = "{self.directory}/passwords"
auth.require = ("/auth" => ("method" => "basic", "realm" => "git", "require" => "valid-user"))
url.redirect = ("^/moved/(.*)" => "/git/$1",
	"^/plain/(.*)" => "http://localhost:{self.ports["http"]}/auth/$1",
	"^/away/(.*)" => "https://127.0.0.1:{self.ports["https"]}/git/$1")
$HTTP["url"] =~ "^/(git|auth)($|/)" {{ cgi.assign = ("" => "") }}
{sockets}
"""

    @contextlib.contextmanager
    def serving(self) -> Iterator["GitServer"]:
        (self.directory / "empty").mkdir()
        self.repositories.mkdir()
        self.certificates()
        (self.directory / "passwords").write_text(f"{USER}:{PASSWORD}\n")
        self.ports = dict(zip(PORTS, free_ports(len(PORTS))))
        file = self.directory / "lighttpd.conf"
        file.write_text(self.configuration())
        program = shutil.which("lighttpd", path=PATH) or "lighttpd"
        log = self.directory / "lighttpd.log"
        command = [program, "-D", "-f", str(file)]
        with running(command, self.ports["https"], log):
            yield self


class SshServer:
    """sshd with a host key of its own. `home` has what a client's HOME needs: its key, and the
    host key in .ssh/known_hosts."""

    def __init__(self, directory: pathlib.Path, home: pathlib.Path):
        self.directory, self.home = directory, home
        self.port = free_ports(1)[0]
        self.user = getpass.getuser()
        self.known_hosts = home / ".ssh" / "known_hosts"
        self.key = home / ".ssh" / "id_ed25519"

    def make_key(self, path: pathlib.Path) -> str:
        """Its public half."""
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", str(path)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        return path.with_name(path.name + ".pub").read_text()

    def known(self, public: str) -> str:
        """A line of known_hosts."""
        return f"[127.0.0.1]:{self.port} {' '.join(public.split()[:2])}\n"

    def url(self, repository: pathlib.Path) -> str:
        return f"ssh://{self.user}@127.0.0.1:{self.port}{repository}"

    def configuration(self) -> str:
        return f"""
ListenAddress 127.0.0.1
Port {self.port}
HostKey {self.directory}/host_key
AuthorizedKeysFile {self.directory}/authorized_keys
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PubkeyAuthentication yes
PermitRootLogin prohibit-password
PermitUserEnvironment no
LogLevel VERBOSE
"""

    @contextlib.contextmanager
    def serving(self) -> Iterator["SshServer"]:
        self.key.parent.mkdir(parents=True, mode=0o700)
        self.known_hosts.write_text(self.known(self.make_key(self.directory / "host_key")))
        (self.directory / "authorized_keys").write_text(self.make_key(self.key))
        (self.directory / "sshd_config").write_text(self.configuration())
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
        program = shutil.which("sshd", path=PATH) or "sshd"
        command = [program, "-D", "-e", "-f", str(self.directory / "sshd_config")]
        with running(command, self.port, self.directory / "sshd.log"):
            yield self

    def said(self) -> str:
        return (self.directory / "sshd.log").read_text(errors="replace")


@contextlib.contextmanager
def agent(key: pathlib.Path) -> Iterator[str]:
    """The socket of an ssh agent that holds this key."""
    path = key.parent / "agent"
    command = ["ssh-agent", "-D", "-a", str(path)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            if path.exists():
                break
            time.sleep(0.02)
        environment = {"PATH": PATH, "SSH_AUTH_SOCK": str(path)}
        add = ["ssh-add", "-q", str(key)]
        subprocess.run(add, env=environment, check=True, stdin=subprocess.DEVNULL)
        yield str(path)
    finally:
        process.terminate()
        process.wait(10)
        path.unlink(missing_ok=True)
