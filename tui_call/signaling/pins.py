"""Pins: by what a client knows its service again, whatever else its certificate says.

A pin is the SHA-256 of a public key (SubjectPublicKeyInfo, DER; RFC 7469, section 2.4), so that a
certificate may be renewed. Who joined before that pinned the whole certificate (DER), and knows
the same certificate by it. No bytes are both a key and a certificate, so one look finds either.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Self

import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tui_call.signaling.invite import PIN_BYTES

MOST_PINS = 4
Pins = Annotated[
    tuple[Annotated[bytes, msgspec.Meta(min_length=PIN_BYTES, max_length=PIN_BYTES)], ...],
    msgspec.Meta(max_length=MOST_PINS),
]


@dataclass(frozen=True, slots=True)
class ShownCertificate:
    """What a service shows, as pins name it.

    Attributes:
        key: SHA-256 of the public key.
        whole: SHA-256 of the certificate.
    """

    key: bytes
    whole: bytes

    @classmethod
    def of(cls, certificate: bytes) -> Self:
        """Look at a certificate (DER).

        Raises:
            ValueError: it is none, or has a key of an unknown kind.
        """
        try:
            key = x509.load_der_x509_certificate(certificate).public_key()
        except (UnsupportedAlgorithm, x509.InvalidVersion) as error:
            raise ValueError(str(error)) from error
        encoded = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return cls(hashlib.sha256(encoded).digest(), hashlib.sha256(certificate).digest())

    def known_by(self, pins: Iterable[bytes]) -> bytes | None:
        """Return the pin that is of this key or certificate, None where none is."""
        return next((pin for pin in pins if pin in (self.key, self.whole)), None)
