"""A key from a passphrase: the child gives what this process would, and its failures are told."""

import unicodedata
from io import BytesIO

import pytest

from tui_call.control.processes import run_module
from tui_call.e2ee.sealed_file import Argon2Parameters, derive_from_passphrase
from tui_call.profile import derive
from tui_call.profile.derive import DerivationFailed, in_child, main, passphrase_bytes

SMALL = Argon2Parameters(memory=64, passes=1, lanes=2)
SALT = bytes(range(16))


def run_here(module: str, request: bytes) -> tuple[int, bytes]:
    assert module == "tui_call.profile.derive"
    output = BytesIO()
    return main(BytesIO(request), output), output.getvalue()


@pytest.mark.parametrize("passphrase", [b"", b"correct horse \xff\n"])
def test_the_child_derives_the_same(passphrase: bytes) -> None:
    expected = derive_from_passphrase(passphrase, SALT, SMALL)
    assert in_child(run_here)(passphrase, SALT, SMALL) == expected


@pytest.mark.e2e
def test_a_real_child_derives_the_same() -> None:
    expected = derive_from_passphrase(b"correct horse", SALT, SMALL)
    assert in_child(run_module)(b"correct horse", SALT, SMALL) == expected


def test_too_little_memory_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_little(*_: object) -> bytes:
        raise MemoryError

    monkeypatch.setattr(derive, "derive_from_passphrase", too_little)
    with pytest.raises(MemoryError):
        in_child(run_here)(b"correct horse", SALT, SMALL)


def test_a_child_that_fails_or_babbles_is_a_fault() -> None:
    for outcome in ((1, b""), (-9, b""), (0, b"short"), (2, bytes(32))):
        with pytest.raises(DerivationFailed):
            in_child(lambda *_, outcome=outcome: outcome)(b"correct horse", SALT, SMALL)


@pytest.mark.parametrize("parameters", [Argon2Parameters(2**21), Argon2Parameters(64, 0, 2)])
def test_the_child_keeps_to_the_limits(parameters: Argon2Parameters) -> None:
    with pytest.raises(DerivationFailed):
        in_child(run_here)(b"correct horse", SALT, parameters)
    assert main(BytesIO(b"too short"), BytesIO()) != 0


def test_composed_and_decomposed_letters_are_one_passphrase() -> None:
    composed = "Zoë Ünal"
    assert passphrase_bytes(unicodedata.normalize("NFD", composed)) == passphrase_bytes(composed)
    assert passphrase_bytes("\udc80") != passphrase_bytes("")
