"""Secrets in the operating system's keyring, where there is a real one.

The library also has backends that keep nothing or keep it in the clear, and its configuration may
name one of them; only those known to ask the system are used.
"""

import base64
from typing import Protocol

from tui_call.errors import LocalFault

SERVICE = "tui-call"
REAL_BACKENDS = frozenset(
    {
        "keyring.backends.SecretService",
        "keyring.backends.libsecret",
        "keyring.backends.kwallet",
        "keyring.backends.macOS",
        "keyring.backends.Windows",
    }
)


class KeyringUnavailable(LocalFault):
    """There is no keyring here, it is locked, or it no longer has the key of this profile."""


class SecretStore(Protocol):
    """A place that keeps secrets by name."""

    def get(self, name: str) -> bytes:
        """Return a secret.

        Raises:
            KeyringUnavailable: it does not answer or has none of that name.
        """
        ...

    def set(self, name: str, secret: bytes) -> None:
        """Keep a secret.

        Raises:
            KeyringUnavailable: it cannot be kept.
        """
        ...


class _Backend(Protocol):
    """What is asked of the library, which types its own methods only in part."""

    def get_password(self, service: str, username: str, /) -> str | None: ...
    def set_password(self, service: str, username: str, password: str, /) -> None: ...


class SystemKeyring:
    """A `SecretStore` over one backend of the keyring library."""

    def __init__(self, backend: _Backend) -> None:
        self._backend = backend

    def get(self, name: str) -> bytes:
        """Return a secret; see `SecretStore`."""
        try:
            kept = self._backend.get_password(SERVICE, name)
        except Exception as error:  # each backend has its system's own errors
            raise KeyringUnavailable from error
        if not kept:
            raise KeyringUnavailable
        try:
            return base64.b64decode(kept, validate=True)
        except ValueError as error:
            raise KeyringUnavailable from error

    def set(self, name: str, secret: bytes) -> None:
        """Keep a secret; see `SecretStore`."""
        try:
            self._backend.set_password(SERVICE, name, base64.b64encode(secret).decode())
        except Exception as error:  # each backend has its system's own errors
            raise KeyringUnavailable from error


def find_keyring() -> SystemKeyring | None:
    """Return the keyring of this system, or None where there is no real one.

    The library is loaded here: a profile under a passphrase needs none of its memory.
    """
    import keyring
    from keyring.backends.chainer import ChainerBackend

    configured = keyring.get_keyring()
    backends = configured.backends if isinstance(configured, ChainerBackend) else [configured]
    for backend in backends:
        if type(backend).__module__ in REAL_BACKENDS:
            return SystemKeyring(backend)
    return None
