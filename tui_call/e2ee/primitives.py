"""The library's primitives, with one failure for everything that they refuse.

Telling a bad point from a bad tag would help only an attacker, so that each ValueError, InvalidTag
and InvalidSignature is the same `ProtocolFailure(AUTHENTICATION)`.
"""

from collections.abc import Generator
from contextlib import contextmanager

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tui_call.e2ee.errors import FailureKind, ProtocolFailure

TAG_BYTES = 16

_FIELD_PRIME = 2**255 - 19
_ORDER_EIGHT = int.from_bytes(
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
)
# The y coordinates of the eight points whose order divides the cofactor; y and -y have one order.
_SMALL_ORDER = frozenset(
    {0, 1, _FIELD_PRIME - 1, _ORDER_EIGHT, _FIELD_PRIME - _ORDER_EIGHT},
)


@contextmanager
def one_failure() -> Generator[None]:
    """Turn whatever a primitive raises inside the block into one failure.

    Raises:
        ProtocolFailure: AUTHENTICATION.
    """
    try:
        yield
    except (ValueError, InvalidTag, InvalidSignature) as error:
        raise ProtocolFailure(FailureKind.AUTHENTICATION) from error


def seal(key: bytes, nonce: bytes, plaintext: bytes, associated_data: bytes) -> bytes:
    """Seal with AES-256-GCM; the result is 16 bytes longer than the plaintext."""
    return AESGCM(key).encrypt(nonce, plaintext, associated_data)


def open_sealed(key: bytes, nonce: bytes, sealed: bytes, associated_data: bytes) -> bytes:
    """Open what `seal` sealed.

    Raises:
        ProtocolFailure: AUTHENTICATION.
    """
    with one_failure():
        return AESGCM(key).decrypt(nonce, sealed, associated_data)


def verify(public_key: bytes, signature: bytes, message: bytes) -> None:
    """Verify an Ed25519 signature (RFC 8032).

    Raises:
        ProtocolFailure: AUTHENTICATION.
    """
    with one_failure():
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)


def agree(private_key: X25519PrivateKey, public_key: bytes) -> bytes:
    """Return the X25519 shared secret (RFC 7748); an all-zero one is refused.

    Raises:
        ProtocolFailure: AUTHENTICATION.
    """
    with one_failure():
        return private_key.exchange(X25519PublicKey.from_public_bytes(public_key))


def is_usable_signing_key(public_key: bytes) -> bool:
    """Tell whether 32 bytes are an Ed25519 key worth verifying with.

    Refused are encodings that are not canonical (RFC 8032, section 5.1.3) and points of small
    order, for which signatures exist that verify over any message. The library takes both. A y
    that is on no point fails at the first signature.
    """
    y = int.from_bytes(public_key, "little") & (2**255 - 1)
    return y < _FIELD_PRIME and y not in _SMALL_ORDER
