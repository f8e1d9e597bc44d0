"""What the library is not asked, or answers too kindly."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tests.e2ee import handshake_reference as reference
from tui_call.e2ee import primitives
from tui_call.e2ee.entropy import system_encapsulate
from tui_call.e2ee.errors import FailureKind, ProtocolFailure

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P


def square_root(square: int) -> int | None:
    """Return a root modulo P, which is 5 modulo 8."""
    root = pow(square, (P + 3) // 8, P)
    if root * root % P != square:
        root = root * pow(2, (P - 1) // 4, P) % P
    return root if root * root % P == square else None


def add(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    """Add two points of edwards25519 (RFC 8032, section 5.1)."""
    product = D * a[0] * b[0] * a[1] * b[1] % P
    x = (a[0] * b[1] + b[0] * a[1]) * pow(1 + product, -1, P) % P
    y = (a[1] * b[1] + a[0] * b[0]) * pow(1 - product, -1, P) % P
    return x, y


def times(factor: int, point: tuple[int, int]) -> tuple[int, int]:
    result = (0, 1)
    for bit in bin(factor)[2:]:
        result = add(result, result)
        if bit == "1":
            result = add(result, point)
    return result


def encoded(point: tuple[int, int]) -> bytes:
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def small_order_points() -> set[tuple[int, int]]:
    """Return all multiples of a point of order 8, found by clearing the prime order part."""
    prime_order = 2**252 + 27742317777372353535851937790883648493
    y = 2
    while True:
        y += 1
        x = square_root((y * y - 1) * pow(D * y * y + 1, -1, P) % P)
        if x is None:
            continue
        torsion = times(prime_order, (x, y))
        multiples = {times(factor, torsion) for factor in range(8)}
        if len(multiples) == 8:
            return multiples


def test_all_eight_small_order_keys_are_refused_and_honest_ones_are_not() -> None:
    points = small_order_points()
    assert all(times(8, point) == (0, 1) for point in points)
    for point in points:
        assert not primitives.is_usable_signing_key(encoded(point))
    for seed in range(50):
        key = Ed25519PrivateKey.from_private_bytes(bytes([seed] * 32)).public_key()
        assert primitives.is_usable_signing_key(key.public_bytes_raw())


def test_the_library_alone_would_take_a_small_order_key() -> None:
    key, signature = bytes(32), bytes(64)
    forgeries = 0
    for number in range(16):
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(signature, bytes([number]))
            forgeries += 1
        except Exception:
            continue
    assert forgeries > 0
    assert not primitives.is_usable_signing_key(key)


@pytest.mark.parametrize("y", [P, P + 1, P + 2, 2**255 - 1])
@pytest.mark.parametrize("sign", [0, 1])
def test_keys_that_are_not_canonical_are_refused(y: int, sign: int) -> None:
    assert not primitives.is_usable_signing_key((y | sign << 255).to_bytes(32, "little"))


@pytest.mark.parametrize("y", [1, P - 1])
def test_a_sign_without_an_x_is_refused(y: int) -> None:
    assert not primitives.is_usable_signing_key((y | 1 << 255).to_bytes(32, "little"))


def test_everything_that_a_primitive_refuses_is_one_failure() -> None:
    own = reference.X25519PrivateKey.from_private_bytes(bytes([1] * 32))
    sealed = primitives.seal(bytes(32), bytes(12), b"text", b"bound")
    assert primitives.open_sealed(bytes(32), bytes(12), sealed, b"bound") == b"text"
    refused = (
        lambda: primitives.open_sealed(bytes(32), bytes(12), sealed, b"other"),
        lambda: primitives.open_sealed(bytes(32), bytes(12), b"", b""),
        lambda: primitives.verify(reference.public(bytes(32)), bytes(64), b""),
        lambda: primitives.agree(own, bytes(32)),
        lambda: primitives.agree(own, bytes(31)),
    )
    for action in refused:
        with pytest.raises(ProtocolFailure) as caught:
            action()
        assert caught.value.kind is FailureKind.AUTHENTICATION


def test_what_the_library_encapsulates_another_implementation_opens() -> None:
    encapsulation_key, decapsulation_key = reference.mlkem_keys(bytes(range(64)))
    ciphertext, secret = system_encapsulate(encapsulation_key)
    assert (len(ciphertext), len(secret)) == (1088, 32)
    assert reference.ML_KEM_768.decaps(decapsulation_key, ciphertext) == secret
    with pytest.raises(ValueError, match="1184"):
        system_encapsulate(encapsulation_key[1:])
