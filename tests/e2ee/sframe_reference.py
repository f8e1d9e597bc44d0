"""A second SFrame suite 5, from RFC 9605 by HMAC alone, for known answers; shares no code."""

import hashlib
import hmac

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def expand(secret: bytes, info: bytes, length: int) -> bytes:
    output, block, index = b"", b"", 1
    while len(output) < length:
        block = hmac.new(secret, block + info + bytes([index]), hashlib.sha512).digest()
        output, index = output + block, index + 1
    return output[:length]


def extract(base_key: bytes) -> bytes:
    return hmac.new(bytes(64), base_key, hashlib.sha512).digest()


def base_key_at(base_key: bytes, step: int) -> bytes:
    for _ in range(step):
        base_key = expand(extract(base_key), b"SFrame 1.0 Ratchet", 64)
    return base_key


def seal(base_key: bytes, generation: int, step: int, counter: int, payload: bytes) -> bytes:
    """Seal under the key of a step, given the base key of step 0."""
    key_id = generation << 3 | step % 8
    context = key_id.to_bytes(8, "big") + (5).to_bytes(2, "big")
    secret = extract(base_key_at(base_key, step))
    key = expand(secret, b"SFrame 1.0 Secret key " + context, 32)
    salt = expand(secret, b"SFrame 1.0 Secret salt " + context, 12)
    nonce = bytes(a ^ b for a, b in zip(salt, counter.to_bytes(12, "big"), strict=True))
    header = config(key_id) << 4 | config(counter)
    head = bytes([header]) + tail(key_id) + tail(counter)
    return head + AESGCM(key).encrypt(nonce, payload, head + b"\0")


def tail(value: int) -> bytes:
    return b"" if value < 8 else value.to_bytes(-(-value.bit_length() // 8), "big")


def config(value: int) -> int:
    return value if value < 8 else 8 + len(tail(value)) - 1


def payload(number: int, blocks: bytes, length: int) -> bytes:
    return (number.to_bytes(4, "big") + blocks + b"\x80").ljust(length, b"\0")
