"""Published vectors of RFC 9605 (appendix C), and what they do not cover."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_call.e2ee.sframe import (
    SUITES,
    CounterModeCipher,
    ForgedFrame,
    FrameKey,
    MalformedHeader,
    decode_header,
    encode_header,
    ratchet,
)

VECTORS = Path(__file__).parent.parent / "vectors"
PUBLISHED = json.loads((VECTORS / "sframe-test-vectors.json").read_text())
PUBLISHED_256 = json.loads((VECTORS / "sframe-test-vectors-aes256.json").read_text())
FRAMES = PUBLISHED["sframe"] + PUBLISHED_256["sframe_aes_256_ctr_hmac"]
COUNTER_MODE = PUBLISHED["aes_ctr_hmac"] + PUBLISHED["aes_256_ctr_hmac"]


def field(vector: dict[str, str], name: str) -> bytes:
    return bytes.fromhex(vector[name])


def test_every_published_header_is_encoded_and_decoded() -> None:
    assert len(PUBLISHED["header"]) == 289
    for vector in PUBLISHED["header"]:
        encoded = field(vector, "encoded")
        assert encode_header(vector["kid"], vector["ctr"]) == encoded
        header = decode_header(encoded + b"rest")
        assert (header.key_id, header.counter, header.length) == (
            vector["kid"],
            vector["ctr"],
            len(encoded),
        )


@pytest.mark.parametrize("vector", COUNTER_MODE, ids=lambda vector: vector["cipher_suite"])
def test_published_counter_mode(vector: dict) -> None:
    suite = SUITES[vector["cipher_suite"]]
    cipher = suite.cipher(field(vector, "key"))
    assert isinstance(cipher, CounterModeCipher)
    nonce, associated = field(vector, "nonce"), field(vector, "aad")
    assert cipher.encrypt(nonce, field(vector, "pt"), associated) == field(vector, "ct")
    assert cipher.decrypt(nonce, field(vector, "ct"), associated) == field(vector, "pt")


@pytest.mark.parametrize("vector", FRAMES, ids=lambda vector: vector["cipher_suite"])
def test_published_frames(vector: dict) -> None:
    metadata, sealed = field(vector, "metadata"), field(vector, "ct")
    key = FrameKey(field(vector, "base_key"), vector["kid"], SUITES[vector["cipher_suite"]])
    assert key.seal(vector["ctr"], field(vector, "pt"), metadata) == sealed
    assert key.open(decode_header(sealed), sealed, metadata) == field(vector, "pt")


@pytest.mark.parametrize("vector", FRAMES, ids=lambda vector: vector["cipher_suite"])
def test_a_changed_bit_anywhere_is_noticed(vector: dict) -> None:
    metadata, sealed = field(vector, "metadata"), field(vector, "ct")
    key = FrameKey(field(vector, "base_key"), vector["kid"], SUITES[vector["cipher_suite"]])
    header = decode_header(sealed)
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(ForgedFrame):
            key.open(header, bytes(changed), metadata)
    with pytest.raises(ForgedFrame):
        key.open(header, sealed, metadata + b"x")
    with pytest.raises(ForgedFrame):
        key.open(header, sealed[: header.length + 3], metadata)


def test_all_suites_are_tried() -> None:
    assert {vector["cipher_suite"] for vector in FRAMES} == set(SUITES)


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), st.binary(max_size=4))
def test_a_header_comes_back(key_id: int, counter: int, rest: bytes) -> None:
    encoded = encode_header(key_id, counter)
    header = decode_header(encoded + rest)
    assert (header.key_id, header.counter, header.length) == (key_id, counter, len(encoded))


@given(st.binary(max_size=20))
def test_a_header_has_one_encoding(packet: bytes) -> None:
    try:
        header = decode_header(packet)
    except MalformedHeader:
        return
    assert encode_header(header.key_id, header.counter) == packet[: header.length]


@pytest.mark.parametrize("packet", ["", "80", "8007", "900008", "9008", "0900ff", "08", "f0ff"])
def test_cut_and_longer_headers_are_refused(packet: str) -> None:
    with pytest.raises(MalformedHeader):
        decode_header(bytes.fromhex(packet))


@pytest.mark.parametrize(("key_id", "counter"), [(-1, 0), (0, -1), (2**64, 0), (0, 2**64)])
def test_numbers_outside_64_bits_are_refused(key_id: int, counter: int) -> None:
    with pytest.raises(ValueError, match="64-bit"):
        encode_header(key_id, counter)


@pytest.mark.parametrize("suite", SUITES.values(), ids=lambda suite: str(suite.number))
def test_a_ratchet_step_is_as_long_as_the_hash(suite) -> None:
    stepped = ratchet(bytes(32), suite)
    assert len(stepped) == suite.hash.digest_size
    assert ratchet(stepped, suite) != stepped
