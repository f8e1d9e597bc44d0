"""Where randomness comes in: an object passed to the handshake, so that tests can script it."""

from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey


class Entropy(Protocol):
    """Randomness for one handshake; the engine's is the operating system's."""

    def random(self, length: int) -> bytes:
        """Return `length` unpredictable bytes."""
        ...

    def encapsulate(self, encapsulation_key: bytes) -> tuple[bytes, bytes]:
        """Return ML-KEM-768 ciphertext (1088 bytes) and shared secret (32 bytes).

        Raises:
            ValueError: the key is not one of ML-KEM-768.
        """
        ...


def system_encapsulate(encapsulation_key: bytes) -> tuple[bytes, bytes]:
    """Encapsulate with the library, which takes its randomness from the operating system.

    Args:
        encapsulation_key: 1184 bytes (FIPS 203, section 7.2).

    Returns:
        Ciphertext and shared secret.

    Raises:
        ValueError: wrong length, or coefficients out of range.
    """
    secret, ciphertext = MLKEM768PublicKey.from_public_bytes(encapsulation_key).encapsulate()
    return ciphertext, secret
