"""The system's keyring: only real backends, every failure one fault."""

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import chainer, fail, null

from tui_call.profile.keyring_backend import KeyringUnavailable, SystemKeyring, find_keyring


class MemoryBackend(KeyringBackend):
    """Stands for a real backend: `real` below gives it the module of one."""

    priority = -1  # never picked by the library itself

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class BrokenBackend(MemoryBackend):
    def get_password(self, service: str, username: str) -> str | None:
        raise TimeoutError("the bus does not answer")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise TimeoutError("the bus does not answer")


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> MemoryBackend:
    monkeypatch.setattr(MemoryBackend, "__module__", "keyring.backends.SecretService")
    return MemoryBackend()


def configure(monkeypatch: pytest.MonkeyPatch, backend: KeyringBackend) -> None:
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)


def test_a_secret_is_kept(real: MemoryBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, real)
    found = find_keyring()
    assert found is not None
    found.set("name", bytes(range(32)))
    assert found.get("name") == bytes(range(32))
    assert list(real.kept) == [("tui-call", "name")]


@pytest.mark.parametrize("backend", [fail.Keyring, null.Keyring, MemoryBackend])
def test_backends_that_keep_nothing_or_in_the_clear_are_refused(
    backend: type[KeyringBackend], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(monkeypatch, backend())
    assert find_keyring() is None


def test_the_first_real_one_of_several_is_used(
    real: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chainer.ChainerBackend, "backends", [null.Keyring(), real])
    configure(monkeypatch, chainer.ChainerBackend())
    found = find_keyring()
    assert found is not None
    found.set("name", b"secret")
    assert real.kept
    monkeypatch.setattr(chainer.ChainerBackend, "backends", [null.Keyring()])
    assert find_keyring() is None


def test_whatever_a_backend_raises_is_one_fault() -> None:
    broken = SystemKeyring(BrokenBackend())
    with pytest.raises(KeyringUnavailable):
        broken.get("name")
    with pytest.raises(KeyringUnavailable):
        broken.set("name", b"secret")


@pytest.mark.parametrize("kept", [None, "", "not base64!"])
def test_an_entry_that_is_gone_or_changed_is_a_fault(kept: str | None) -> None:
    backend = MemoryBackend()
    if kept is not None:
        backend.set_password("tui-call", "name", kept)
    with pytest.raises(KeyringUnavailable):
        SystemKeyring(backend).get("name")
