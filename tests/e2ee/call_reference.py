"""A whole call after its handshake, written from the specification; shares no code.

Every control message, three rekeys, frames of every generation over a wrap of the step bits, every
refusal, the fingerprint and the three forms of the code. The handshake is that of
`handshake_reference`. Run as a program it prints `tests/vectors/call.json`.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from tests.e2ee import handshake_reference as reference
from tests.e2ee import sframe_reference as sframe
from tests.e2ee.handshake_reference import ADA, BOB, CALL_ID, LEG, SDP

VECTORS = Path(__file__).parent.parent / "vectors"
NONCE = bytes(range(0x30, 0x40))
REKEYS = 3
SPEECH = bytes(range(80))
# Step and counter of the frames: the ends of the header's forms, a step, a wrap of the step bits.
FRAMES = [(0, 0), (0, 7), (0, 8), (0, 255), (0, 256), (0, 4095), (1, 0), (7, 1), (8, 0)]


def number(value: int, size: int) -> bytes:
    return value.to_bytes(size, "big")


def said() -> dict[str, bytes]:
    """Return tag and fields of one message a tag, in the order of the tags, but for rekeys."""
    sdp = SDP.encode()
    return {
        "ringing": b"\x01",
        "answer": b"\x02" + sdp,
        "decline": b"\x03\x02",
        "hang_up": b"\x04\x01",
        "hold": b"\x05\x01",
        "muted": b"\x06\x00",
        "note": b"\x07" + "Grüße, 世界".encode(),
        "leave_ask": b"\x08" + NONCE + b"\x06record" + b"Ada, Bob, the archive",
        "leave_yes": b"\x09" + NONCE + b"room 5",
        "leave_no": b"\x0a" + NONCE,
        "reconnect_offer": b"\x0b" + number(1, 2) + b"\x00" + sdp,
        "reconnect_answer": b"\x0b" + number(1, 2) + b"\x01" + sdp,
        "reconnect_ask": b"\x0c" + number(2, 2),
        "rekey_ask": b"\x10",
    }


@dataclass
class Generation:
    """The keys of one generation, and what led to it."""

    index: int
    transcript: bytes
    keys: dict[str, bytes]
    rekey1: bytes = b""
    rekey2: bytes = b""
    secrets: tuple[bytes, bytes] = (b"", b"")

    def control(self, direction: str, sequence: int, content: bytes) -> bytes:
        padded = reference.padded(content, 256, 1024, 4096, 8192)
        return reference.control(
            CALL_ID, LEG, self.keys[f"ctl_{direction}_key"], self.keys[f"ctl_{direction}_iv"],
            self.transcript, sequence, padded, self.index,
        )  # fmt: skip

    def rekeyed(self) -> "Generation":
        """Take the next step, with keys of both sides from written seeds."""
        index = self.index + 1
        x_a, x_b = bytes([0x40 + index] * 32), bytes([0x50 + index] * 32)
        ek, _ = reference.mlkem_keys(bytes([0x60 + index] * 64))
        ct, kem = reference.mlkem_encapsulate(ek, bytes([0x70 + index] * 32))
        rekey1 = b"\x0d" + number(index, 4) + reference.x25519_public(x_a) + ek
        rekey2 = b"\x0e" + number(index, 4) + reference.x25519_public(x_b) + ct
        agreed = reference.x25519(x_a, reference.x25519_public(x_b))
        keys = reference.rekeyed(self.keys["chain"], self.transcript, rekey1, rekey2, kem, agreed)
        return Generation(index, keys["th"], keys, rekey1, rekey2, (kem, agreed))


def frames(generation: int, key: bytes) -> dict[str, bytes]:
    """Return the base key of each step that is used, and a packet of 160 bytes each."""
    values: dict[str, bytes] = {}
    for step, counter in FRAMES:
        blocks = b"\x01" + number(len(SPEECH), 2) + SPEECH
        header = 1 + len(sframe.tail(generation << 3 | step % 8)) + len(sframe.tail(counter))
        payload = sframe.payload(step * 4096 + counter, blocks, 160 - 16 - header)
        values[f"base_key_{step}"] = sframe.base_key_at(key, step)
        values[f"frame_{step}_{counter}"] = sframe.seal(key, generation, step, counter, payload)
    return values


def fingerprint() -> str:
    """Return the 60 digits of Ada and Bob, the account first that comes first."""
    digits = ""
    for person in sorted((ADA, BOB), key=lambda person: reference.account_field(person.account)):
        hashed = hashlib.sha512(
            reference.P + b" fp\0" + reference.public(person.identity_seed)
            + reference.account_field(person.account)
        ).digest()  # fmt: skip
        digits += str(int.from_bytes(hashed[:16], "big") % 10**30).zfill(30)
    return digits


def code(sas: bytes) -> dict[str, str]:
    """Return the three forms of the code, with the published tables."""
    emoji = json.loads((VECTORS / "matrix-sas-emoji.json").read_text(encoding="utf-8"))
    words = json.loads((VECTORS / "pgp-words.json").read_text(encoding="utf-8"))
    bits = "".join(f"{byte:08b}" for byte in sas[16:22])
    numbers = [int(bits[start : start + 6], 2) for start in range(0, 42, 6)]
    return {
        "digits": str(int.from_bytes(sas[:16], "big") % 10**20).zfill(20),
        "emoji": " ".join(emoji[value]["emoji"] for value in numbers),
        "words": " ".join(
            words["even" if place % 2 == 0 else "odd"][byte]
            for place, byte in enumerate(sas[22:28])
        ),
    }


def control_messages(generation: Generation) -> dict[str, bytes]:
    """Return one message a tag in each direction, numbered from 0; nothing is acknowledged."""
    return {
        f"ctl_{direction}_{name}": generation.control(direction, sequence, number(0, 4) + content)
        for direction in ("i2r", "r2i")
        for sequence, (name, content) in enumerate(said().items())
    }


def media(generation: Generation) -> dict[str, bytes]:
    return {
        f"{generation.index}_{direction}_{name}": value
        for direction in ("i2r", "r2i")
        for name, value in frames(generation.index, generation.keys[f"sframe_{direction}"]).items()
    }


def next_generation(
    old: Generation, numbers: dict[str, int]
) -> tuple[Generation, dict[str, bytes]]:
    """Return the generation after a rekey, and its messages and secrets."""
    new = old.rekeyed()
    ack = b"\x0f" + number(new.index, 4)
    messages = {
        "rekey1": old.control("i2r", numbers["i2r"], number(0, 4) + new.rekey1),
        "rekey2": old.control("r2i", numbers["r2i"], number(0, 4) + new.rekey2),
        "rekey_ack": old.control("i2r", numbers["i2r"] + 1, number(0, 4) + ack),
        "request": new.rekey1,
        "answer": new.rekey2,
        "kem": new.secrets[0],
        "agreed": new.secrets[1],
        **new.keys,
    }
    numbers["i2r"] += 2
    numbers["r2i"] += 1
    return new, messages


def known_call() -> dict[str, str]:
    """Return everything, bytes as hexadecimal."""
    run = reference.Handshake(ADA, BOB, CALL_ID, LEG)
    m1 = run.m1()
    run.respond(m1)
    m3 = run.offer(SDP.encode())
    secrets = run.secrets(SDP.encode(), m3)
    generation = Generation(0, secrets["th4"], secrets)
    values: dict[str, bytes] = {
        f"refuse_{reason}": run.refusal(m1, reason) for reason in range(1, 5)
    }
    values |= {f"abort_{leg}": reference.header(6, CALL_ID, leg) + b"\0" for leg in range(4)}
    values |= control_messages(generation)
    values |= media(generation)
    numbers = dict.fromkeys(("i2r", "r2i"), len(said()))
    for _ in range(REKEYS):
        generation, messages = next_generation(generation, numbers)
        values |= {f"{generation.index}_{name}": value for name, value in messages.items()}
        values |= media(generation)
    written = {name: value.hex() for name, value in values.items()}
    return written | {"fingerprint": fingerprint()} | code(secrets["sas"])


def main() -> None:
    print(json.dumps(known_call(), indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
