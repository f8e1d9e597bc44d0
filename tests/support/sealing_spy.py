"""Watches every AES-GCM cipher of the package for a nonce that is used twice."""

import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from unittest.mock import patch

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# Every module that makes such a cipher.
WATCHED = ("tui_call.e2ee.primitives", "tui_call.e2ee.sealed_file", "tui_call.e2ee.sframe")

# The environment of another process that is to be watched, too.
_HERE = Path(__file__).parent
WATCHED_PROCESS = {"PYTHONPATH": f"{_HERE / 'watched'}{os.pathsep}{_HERE.parent.parent}"}
_MARK = "sealed-again-"


class SealingSpy:
    """What was sealed under which key and nonce.

    Attributes:
        sealed: how many seals it has seen.
        reused: how many of them had key and nonce of an earlier one, and another content.
    """

    def __init__(self, told: Callable[[], None] = lambda: None) -> None:
        """Watch; `told` hears of each nonce that is used again."""
        self._told = told
        self._patches = ExitStack()
        self.forget()

    def forget(self) -> None:
        """Begin anew; each test does."""
        self.sealed = self.reused = 0
        # By key and nonce a hash of what was sealed, which is all that a comparison needs.
        self._seen: dict[bytes, dict[bytes, int]] = {}

    def begin(self) -> None:
        """Watch every cipher that the package makes from now on."""
        for module in WATCHED:
            import_module(module)
            self._patches.enter_context(patch.object(sys.modules[module], "AESGCM", self.cipher))

    def end(self) -> None:
        self._patches.close()

    def cipher(self, key: bytes) -> "WatchedCipher":
        """Stand in for AESGCM."""
        return WatchedCipher(self, key)

    def seals(self, key: bytes, nonce: bytes, content: int) -> None:
        self.sealed += 1
        if self._seen.setdefault(key, {}).setdefault(nonce, content) != content:
            self.reused += 1
            self._told()


class WatchedCipher:
    """AESGCM, which tells the spy of everything that it seals."""

    def __init__(self, spy: SealingSpy, key: bytes) -> None:
        cipher = AESGCM(key)
        self._encrypt, self.decrypt = cipher.encrypt, cipher.decrypt
        self._spy, self._key = spy, bytes(key)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        self._spy.seals(self._key, nonce, hash((data, associated_data)))
        return self._encrypt(nonce, data, associated_data)


SPY = SealingSpy()


def write_down() -> None:
    """Leave word in the home of this process that a nonce was used again."""
    Path(os.environ["TUI_CALL_HOME"], f"{_MARK}{os.getpid()}").touch()


def expect_no_nonce_twice(home: Path) -> None:
    """Fail if one of the processes of a home has left such word."""
    assert not list(home.glob(f"{_MARK}*")), "a nonce was used again"
