"""SFrame (RFC 9605): header codec, cipher suites, key derivation and ratchet.

Calls use suite 5 only; the other suites are rows of one table, so that every published vector
checks this code. What a call makes of key ids, counters and metadata stands in `media`.
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from tui_call.errors import RemoteFault

NONCE_BYTES = 12
_LARGEST_FIELD = 2**64 - 1
_EXTENDED = 0b1000
_KEY_LABEL = b"SFrame 1.0 Secret key "
_SALT_LABEL = b"SFrame 1.0 Secret salt "
_RATCHET_LABEL = b"SFrame 1.0 Ratchet"


class MalformedHeader(RemoteFault):
    """The packet does not begin with an SFrame header."""


class ForgedFrame(RemoteFault):
    """The frame was not made with this key, or was changed on the way."""


@dataclass(frozen=True, slots=True)
class SFrameHeader:
    """An SFrame header (RFC 9605, section 4.3).

    Attributes:
        key_id: KID, an unsigned number of at most 8 bytes.
        counter: CTR, likewise.
        length: bytes that the header takes, 1-17.
    """

    key_id: int
    counter: int
    length: int


def encode_header(key_id: int, counter: int) -> bytes:
    """Return the shortest header: config byte `X|K(3)|Y|C(3)`, then KID and CTR where needed.

    Raises:
        ValueError: a number is negative or over 64 bits.
    """
    if not (0 <= key_id <= _LARGEST_FIELD and 0 <= counter <= _LARGEST_FIELD):
        raise ValueError("key id and counter are unsigned 64-bit numbers")
    key_nibble, key_bytes = _encode_field(key_id)
    counter_nibble, counter_bytes = _encode_field(counter)
    return bytes((key_nibble << 4 | counter_nibble,)) + key_bytes + counter_bytes


def decode_header(packet: bytes) -> SFrameHeader:
    """Read the header that a packet begins with; only the shortest encoding counts.

    Raises:
        MalformedHeader: the packet is too short, or a field is longer than it needs to be.
    """
    if not packet:
        raise MalformedHeader
    key_id, end = _decode_field(packet, packet[0] >> 4, 1)
    counter, end = _decode_field(packet, packet[0] & 0b1111, end)
    return SFrameHeader(key_id, counter, end)


def _encode_field(value: int) -> tuple[int, bytes]:
    if value < _EXTENDED:
        return value, b""
    length = (value.bit_length() + 7) // 8
    return _EXTENDED | length - 1, value.to_bytes(length, "big")


def _decode_field(packet: bytes, nibble: int, start: int) -> tuple[int, int]:
    if nibble < _EXTENDED:
        return nibble, start
    end = start + (nibble & 0b111) + 1
    value = int.from_bytes(packet[start:end], "big")
    shortest = value >= _EXTENDED and (end - start == 1 or packet[start] != 0)
    if len(packet) < end or not shortest:
        raise MalformedHeader
    return value, end


class FrameCipher(Protocol):
    """An AEAD; `encrypt` appends the tag, `decrypt` raises InvalidTag."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Return ciphertext and tag."""
        ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Return the plaintext, or raise InvalidTag."""
        ...


class CounterModeCipher:
    """AES-CTR with a truncated HMAC (RFC 9605, section 4.5.1)."""

    def __init__(self, key: bytes, hash_name: str, tag_bytes: int) -> None:
        authentication_bytes = hashlib.new(hash_name).digest_size
        self._encryption_key = key[:-authentication_bytes]
        self._authentication_key = key[-authentication_bytes:]
        self._hash_name = hash_name
        self._tag_bytes = tag_bytes

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Return ciphertext and tag."""
        ciphertext = self._keystream(nonce, data)
        return ciphertext + self._tag(nonce, ciphertext, associated_data or b"")

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Return the plaintext, or raise InvalidTag."""
        ciphertext, tag = data[: -self._tag_bytes], data[-self._tag_bytes :]
        if not hmac.compare_digest(tag, self._tag(nonce, ciphertext, associated_data or b"")):
            raise InvalidTag
        return self._keystream(nonce, ciphertext)

    def _keystream(self, nonce: bytes, data: bytes) -> bytes:
        counter_mode = modes.CTR(nonce + bytes(16 - NONCE_BYTES))
        return Cipher(algorithms.AES(self._encryption_key), counter_mode).encryptor().update(data)

    def _tag(self, nonce: bytes, ciphertext: bytes, associated_data: bytes) -> bytes:
        lengths = (len(associated_data), len(ciphertext), self._tag_bytes)
        prefix = b"".join(length.to_bytes(8, "big") for length in lengths)
        message = prefix + nonce + associated_data + ciphertext
        return hmac.digest(self._authentication_key, message, self._hash_name)[: self._tag_bytes]


@dataclass(frozen=True, slots=True)
class CipherSuite:
    """A row of the cipher suites (RFC 9605, section 4.5).

    Attributes:
        number: its registered number.
        hash: of the key derivation, and of the HMAC in AES-CTR-HMAC.
        key_bytes: Nk; for AES-CTR-HMAC the keys of both.
        tag_bytes: Nt.
        counter_mode: AES-CTR-HMAC, else AES-GCM.
    """

    number: int
    hash: hashes.HashAlgorithm
    key_bytes: int
    tag_bytes: int
    counter_mode: bool

    def cipher(self, key: bytes) -> FrameCipher:
        """Return the AEAD of this suite under a key of `key_bytes`."""
        if self.counter_mode:
            return CounterModeCipher(key, self.hash.name, self.tag_bytes)
        return AESGCM(key)


SUITES = {
    suite.number: suite
    for suite in (
        CipherSuite(1, hashes.SHA256(), 16 + 32, 10, counter_mode=True),
        CipherSuite(2, hashes.SHA256(), 16 + 32, 8, counter_mode=True),
        CipherSuite(3, hashes.SHA256(), 16 + 32, 4, counter_mode=True),
        CipherSuite(4, hashes.SHA256(), 16, 16, counter_mode=False),
        CipherSuite(5, hashes.SHA512(), 32, 16, counter_mode=False),
        CipherSuite(6, hashes.SHA512(), 32 + 64, 10, counter_mode=True),
        CipherSuite(7, hashes.SHA512(), 32 + 64, 8, counter_mode=True),
        CipherSuite(8, hashes.SHA512(), 32 + 64, 4, counter_mode=True),
    )
}
AES_256_GCM_SHA512_128 = SUITES[5]


class FrameKey:
    """What one KID stands for: an AEAD and the salt of its nonces (RFC 9605, section 4.4.2).

    Args:
        base_key: the shared secret, of any length.
        key_id: KID; it enters the derivation.
        suite: the cipher suite.
    """

    def __init__(
        self, base_key: bytes, key_id: int, suite: CipherSuite = AES_256_GCM_SHA512_128
    ) -> None:
        secret = HKDF.extract(suite.hash, None, base_key)
        context = key_id.to_bytes(8, "big") + suite.number.to_bytes(2, "big")
        self._key_id = key_id
        self._cipher = suite.cipher(
            HKDFExpand(suite.hash, suite.key_bytes, _KEY_LABEL + context).derive(secret)
        )
        salt = HKDFExpand(suite.hash, NONCE_BYTES, _SALT_LABEL + context).derive(secret)
        self._salt = int.from_bytes(salt, "big")

    def seal(self, counter: int, plaintext: bytes, metadata: bytes = b"") -> bytes:
        """Return a packet: header, ciphertext, tag. A counter serves once (section 4.4.3)."""
        header = encode_header(self._key_id, counter)
        return header + self._cipher.encrypt(self._nonce(counter), plaintext, header + metadata)

    def open(self, header: SFrameHeader, packet: bytes, metadata: bytes = b"") -> bytes:
        """Return the plaintext of a packet that begins with `header` (section 4.4.4).

        Raises:
            ForgedFrame: header, metadata, ciphertext or tag are not what this key made.
        """
        associated_data = packet[: header.length] + metadata
        try:
            # AESGCM.decrypt_into would leave unauthenticated plaintext behind on failure.
            return self._cipher.decrypt(
                self._nonce(header.counter), packet[header.length :], associated_data
            )
        except InvalidTag as error:
            raise ForgedFrame from error

    def _nonce(self, counter: int) -> bytes:
        return (self._salt ^ counter).to_bytes(NONCE_BYTES, "big")


def ratchet(base_key: bytes, suite: CipherSuite = AES_256_GCM_SHA512_128) -> bytes:
    """Return the base key of the next step, as long as the suite's hash (section 5.1)."""
    secret = HKDF.extract(suite.hash, None, base_key)
    return HKDFExpand(suite.hash, suite.hash.digest_size, _RATCHET_LABEL).derive(secret)
