"""The operating system's randomness, for the end-to-end core, which has none of its own."""

import secrets

from tui_call.e2ee.entropy import system_encapsulate


class SystemEntropy:
    """Implements `e2ee.entropy.Entropy`."""

    def random(self, length: int) -> bytes:
        """Return random bytes from the operating system."""
        return secrets.token_bytes(length)

    def encapsulate(self, encapsulation_key: bytes) -> tuple[bytes, bytes]:
        """Return ML-KEM-768 ciphertext and shared secret, with the library's own randomness."""
        return system_encapsulate(encapsulation_key)
