"""Run Debian's nginx on this machine, with TLS, by the configuration that the documentation shows."""

from __future__ import annotations

import datetime
import fcntl
import http.client
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from support.client import Client
from support.paths import REPOSITORY

HOST = "graph.example.org"
#: The address of clients, another one than nginx has as a client of the server.
CLIENT = "127.0.0.2"


def shown_configurations() -> list[str]:
    """Return the configurations in docs/operating.md: a server, and a location of another."""
    text = (REPOSITORY / "docs/operating.md").read_text("utf-8")
    return re.findall(r"```nginx\n(.*?)```", text, re.S)


@contextmanager
def proxying(
    configuration: str, folder: Path, port: int, upstream: int
) -> Iterator[ssl.SSLContext]:
    """Run nginx for HOST on a port of this machine; return what trusts its certificate."""
    command = nginx()
    certificate, key = _certify(folder)
    for shown, real in (
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("127.0.0.1:8000", f"127.0.0.1:{upstream}"),
        (f"/etc/ssl/certs/{HOST}.pem", str(certificate)),
        (f"/etc/ssl/private/{HOST}.key", str(key)),
    ):
        assert shown in configuration
        configuration = configuration.replace(shown, real)
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file = folder / "nginx.conf"
    file.write_text(
        f"{'user root;' if os.geteuid() == 0 else ''}\ndaemon off;\npid {folder}/pid;\n"
        f"error_log {folder}/error.log;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}\n{configuration}\n}}\n",
        encoding="utf-8",
    )
    process = subprocess.Popen([command, "-c", file, "-e", f"{folder}/error.log"])
    try:
        _wait(process, port, folder)
        yield ssl.create_default_context(cafile=str(certificate))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


class TlsClient(Client):
    """A client of HOST, whose connections go to a port of this machine."""

    def __init__(self, port: int, context: ssl.SSLContext, token: str = "") -> None:
        super().__init__(port, token)
        self.base = f"https://{HOST}"
        self._connection = _LocalConnection(port, context)


class _LocalConnection(http.client.HTTPSConnection):
    """A connection to HOST that is looked up nowhere."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        super().__init__(HOST, context=context, timeout=60)
        self._port, self._tls = port, context

    def connect(self) -> None:
        plain = socket.create_connection(("127.0.0.1", self._port), 60, (CLIENT, 0))
        self.sock = self._tls.wrap_socket(plain, server_hostname=HOST)


def nginx() -> str:
    """Return the path of nginx; as root on Debian, install it where it is missing."""
    # Not by two processes of the tests at the same time.
    with (Path(tempfile.gettempdir()) / "iprgraph-nginx.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        path, apt = _find(), shutil.which("apt-get")
        if path is None and apt and os.geteuid() == 0:
            wait = ["-qq", "-o", "DPkg::Lock::Timeout=300"]
            environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            install = ["install", "--yes", "--no-install-recommends", "nginx-light"]
            # Installed, it would be started, on a port that may not be free.
            policy = Path("/usr/sbin/policy-rc.d")
            is_ours = not policy.exists()
            if is_ours:
                policy.write_text("#!/bin/sh\nexit 101\n")
                policy.chmod(0o755)
            try:
                for command in (["update"], install):
                    subprocess.run(
                        [apt, *wait, *command], env=environment, capture_output=True, timeout=900
                    )
            finally:
                if is_ours:
                    policy.unlink()
            path = _find()
    if path is None:
        reason = "nginx is not installed (Debian: apt-get install nginx-light)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


def _find() -> str | None:
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def _certify(folder: Path) -> tuple[Path, Path]:
    """Write a certificate for HOST that it has signed itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


def _wait(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        except OSError:
            log = folder / "error.log"
            assert process.poll() is None, log.read_text() if log.is_file() else "nginx ended"
            assert time.monotonic() < deadline
            time.sleep(0.05)
