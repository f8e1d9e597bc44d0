"""A STUN and TURN server for tests: coturn, as a process, with short-lived credentials."""

import asyncio
import contextlib
import datetime
import ipaddress
import signal
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tui_call.config.ice_server import IceServer, Way

HOST = "127.0.0.1"
SECRET = "shared between the service and the relay"
SOON = 20.0


@dataclass(frozen=True, slots=True)
class Coturn:
    """A server that runs.

    Attributes:
        port: of UDP and TCP.
        tls_port: of TLS.
        authority: PEM file with the certificate that its own is signed with.
        log: what it says.
    """

    port: int
    tls_port: int
    authority: Path
    log: Path

    def relay(self, way: Way, username: str, credential: str) -> IceServer:
        port = self.tls_port if way == "TLS" else self.port
        return IceServer(HOST, port, True, way, username, credential)

    @property
    def stun(self) -> IceServer:
        return IceServer(HOST, self.port)


@contextlib.asynccontextmanager
async def coturn(directory: Path) -> AsyncIterator[Coturn]:
    """Run a server that keeps its files in a directory."""
    server = Coturn(*_free_ports(), directory / "authority.pem", directory / "coturn.log")
    _write_certificate(server.authority, directory / "key.pem")
    with server.log.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            "turnserver", "-n", "--no-cli", "--no-dtls", "--verbose", "--log-file=stdout",
            f"--listening-ip={HOST}", f"--relay-ip={HOST}", "--allow-loopback-peers",
            f"--listening-port={server.port}", f"--tls-listening-port={server.tls_port}",
            f"--cert={server.authority}", f"--pkey={directory / 'key.pem'}",
            "--use-auth-secret", f"--static-auth-secret={SECRET}", "--realm=tests",
            f"--pidfile={directory / 'coturn.pid'}", f"--userdb={directory / 'coturn.db'}",
            stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        await _until_it_listens(server)
        yield server
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def _until_it_listens(server: Coturn) -> None:
    async with asyncio.timeout(SOON):
        for port in (server.port, server.tls_port):
            while True:
                try:
                    _, writer = await asyncio.open_connection(HOST, port)
                except OSError:
                    await asyncio.sleep(0.02)
                else:
                    writer.close()
                    await writer.wait_closed()
                    break


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind((HOST, 0))
        other.bind((HOST, 0))
        return one.getsockname()[1], other.getsockname()[1]


def _write_certificate(file: Path, key_file: Path) -> None:
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
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
