"""The service's certificate: self-signed and made once, or configured; trusted through a pin.

The pin comes with the invite link. The own certificate carries no name and no address, because
nothing but the hash of its key is ever checked.
"""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tui_call.service.faults import CertificateUnusable
from tui_call.service.private_files import write_private
from tui_call.signaling.pins import ShownCertificate

FILE = "certificate.pem"
LIFE = timedelta(days=365 * 30)


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """What the service shows.

    Attributes:
        context: TLS 1.3 with certificate and key.
        shown: what clients see of it.
    """

    context: ssl.SSLContext
    shown: ShownCertificate

    @property
    def pin(self) -> bytes:
        """SHA-256 of its key, for invites."""
        return self.shown.key


def open_certificate(
    state_directory: Path,
    certificate: Path | None = None,
    key: Path | None = None,
    known: bytes | None = None,
) -> ServerCertificate:
    """Load the certificate and key that are configured, else those of the state directory.

    Args:
        state_directory: where both are made at the first start, in one file.
        certificate: PEM file, the service's own certificate first. Clients pin its key: a renewed
            one with that key is the same to them.
        key: PEM file of its key, None where it is in the same file.
        known: pin of the own key, of its certificate in older stores, None where none was made yet.

    Raises:
        CertificateUnusable: a file is missing or damaged, or the own key is another than before.
        StateUnusable: the certificate cannot be written.
    """
    path = certificate or state_directory / FILE
    if certificate is None and known is None and not path.exists():
        write_private(path, _make())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.num_tickets = 0  # no client resumes a session; each would take a packet of its own
    try:
        loaded = x509.load_pem_x509_certificate(path.read_bytes())
        shown = ShownCertificate.of(loaded.public_bytes(serialization.Encoding.DER))
        context.load_cert_chain(path, key)
    except (OSError, ValueError) as error:  # an ssl.SSLError is an OSError
        raise CertificateUnusable("missing", path=path) from error
    if certificate is None and known is not None and not shown.known_by([known]):
        raise CertificateUnusable("another", path=path)
    return ServerCertificate(context, shown)


def _make() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tui-call")])
    # The device that checks nothing but the pin may still be one with a slow clock.
    begin = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + LIFE)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
