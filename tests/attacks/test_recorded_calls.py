"""What somebody reads who recorded a whole call, and who got the long-term keys afterwards.

The attempt to read is written from the specification with `handshake_reference`. Given the secrets
that existed only during the call it reads everything, which shows that it would; given all that the
two devices still have, it reads nothing.
"""

import itertools
from dataclasses import dataclass

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.calls.two_devices import Device, SeededEntropy, World
from tests.e2ee import handshake_reference as reference
from tests.e2ee.sframe_reference import expand, extract
from tui_call.calls.events import NoteWritten
from tui_call.e2ee.messages import MessageType, peek

SEED = 3
NOTE = "the harbour is silver"
LONG_TERM = [
    seed
    for person in (reference.ADA, reference.BOB)
    for seed in (person.identity_seed, person.device_seed)
]


class RecordedWorld(World):
    """A world whose network writes everything down."""

    def __init__(self) -> None:
        super().__init__(SEED)
        self.frames: list[tuple[bool, bytes]] = []

    def carry_frame(self, sender: Device, packet: bytes, *path: int) -> None:
        self.frames.append((sender is self.caller, packet))
        super().carry_frame(sender, packet, *path)


@dataclass
class Recording:
    """The bytes of a call as they were on the way."""

    messages: list[bytes]
    frames: list[tuple[bool, bytes]]

    def of(self, message_type: MessageType) -> bytes:
        return next(m for m in self.messages if peek(m).type is message_type)

    def read(self, kem: bytes, agreed: bytes) -> list[bytes]:
        """Return everything that opens under the keys that two shared secrets give."""
        m1, m2, m3 = (self.of(kind) for kind in (MessageType.M1, MessageType.M2, MessageType.M3))
        th2 = reference.lh("th2", m1, m2[:1173])
        secret = reference.hkdf_extract(th2, kem + agreed)
        read: list[bytes] = []
        e2 = opened(reference.ex(secret, "hs r", th2), bytes(12), m2[1173:], m2[:21] + th2)
        e3 = opened(reference.ex(secret, "hs i", th2), bytes(12), m3[21:], m3[:21] + th2)
        if e2 is None or e3 is None:
            return [part for part in (e2, e3) if part is not None]
        read += [e2, e3]
        generation, th4 = self.generation(secret, th2, e2, e3)
        for message in self.messages:
            for side in ("i2r", "r2i"):
                read += self.control(message, generation, th4, side)
        for is_callers, packet in self.frames:
            key = generation["sframe_i2r" if is_callers else "sframe_r2i"]
            read += frame(key, packet)
        return read

    def generation(
        self, secret: bytes, th2: bytes, e2: bytes, e3: bytes
    ) -> tuple[dict[str, bytes], bytes]:
        m2, m3 = self.of(MessageType.M2), self.of(MessageType.M3)
        cred_b, caps_b = e2[4:237], e2[237:245]
        length = int.from_bytes(e3[:4], "big")
        n_a, cred_a, caps_a = e3[4:36], e3[36:269], e3[269:277]
        sdp = e3[341 : 4 + length]
        th3 = reference.lh(
            "th3", th2, m2[1173:], reference.sha(cred_b), caps_b, n_a, cred_a, caps_a,
            reference.sha(sdp),
        )  # fmt: skip
        th4 = reference.lh("th4", th3, m3)
        return reference.generation(reference.ex(secret, "main", th4)), th4

    def control(self, message: bytes, keys: dict[str, bytes], th4: bytes, side: str) -> list[bytes]:
        if peek(message).type is not MessageType.CTL:
            return []
        iv, sequence = keys[f"ctl_{side}_iv"], message[25:29].rjust(12, b"\0")
        nonce = bytes(a ^ b for a, b in zip(iv, sequence, strict=True))
        bound = message[:21] + message[21:25] + th4
        content = opened(keys[f"ctl_{side}_key"], nonce, message[29:], bound)
        return [] if content is None else [content]


def opened(key: bytes, nonce: bytes, sealed: bytes, bound: bytes) -> bytes | None:
    try:
        return AESGCM(key).decrypt(nonce, sealed, bound)
    except InvalidTag:
        return None


def frame(base_key: bytes, packet: bytes) -> list[bytes]:
    """Open a frame of the first seven, whose header is one byte."""
    context = bytes(8) + (5).to_bytes(2, "big")
    secret = extract(base_key)
    salt = expand(secret, b"SFrame 1.0 Secret salt " + context, 12)
    nonce = bytes(a ^ b for a, b in zip(salt, bytes(11) + packet[:1], strict=True))
    key = expand(secret, b"SFrame 1.0 Secret key " + context, 32)
    content = opened(key, nonce, packet[1:], packet[:1] + b"\0")
    return [] if content is None else [content]


@pytest.fixture(scope="module")
def recording() -> Recording:
    world = RecordedWorld()
    world.talk()
    world.caller.handle(NoteWritten(NOTE))
    world.run(1.0)
    frames = [entry for entry in world.frames if entry[1][0] < 8]
    return Recording(world.carried, frames)


@pytest.fixture(scope="module")
def call_secrets(recording: Recording) -> tuple[bytes, bytes]:
    """Return what existed only in the call: the shared secrets of ML-KEM and of X25519."""
    caller, callee = SeededEntropy(SEED), SeededEntropy(SEED + 1)
    x_a, kem_seed, x_b = caller.random(32), caller.random(64), callee.random(32)
    ciphertext = recording.of(MessageType.M2)[53:1141]
    kem = MLKEM768PrivateKey.from_seed_bytes(kem_seed).decapsulate(ciphertext)
    return kem, reference.x25519(x_a, reference.x25519_public(x_b))


def test_with_the_secrets_of_the_call_all_of_it_can_be_read(
    recording: Recording, call_secrets: tuple[bytes, bytes]
) -> None:
    read = recording.read(*call_secrets)
    controls = [m for m in recording.messages if peek(m).type is MessageType.CTL]
    assert len(read) == 2 + len(controls) + len(recording.frames)
    assert any(NOTE.encode() in content for content in read)
    assert any(b"a=fingerprint" in content for content in read)
    assert any(b"opus" in content for content in read)


def derivable(recording: Recording) -> set[bytes]:
    """Return whatever 32 bytes both pairs of long-term keys give with all public keys."""
    publics = [recording.of(MessageType.M1)[167:199], recording.of(MessageType.M2)[21:53]]
    publics += [reference.x25519_public(seed) for seed in LONG_TERM]
    agreed = {reference.x25519(seed, public) for seed in LONG_TERM for public in publics}
    return {bytes(32), *LONG_TERM, *agreed}


def test_leaked_identity_and_device_keys_open_nothing(recording: Recording) -> None:
    known = derivable(recording)
    assert len(known) > 20
    for kem, agreed in itertools.product(known, repeat=2):
        assert recording.read(kem, agreed) == []


def test_one_of_the_two_secrets_opens_nothing(
    recording: Recording, call_secrets: tuple[bytes, bytes]
) -> None:
    kem, agreed = call_secrets
    for known in derivable(recording):
        assert recording.read(kem, known) == []
        assert recording.read(known, agreed) == []


def test_no_long_term_key_is_in_what_was_recorded(recording: Recording) -> None:
    everything = b"".join([*recording.messages, *(packet for _, packet in recording.frames)])
    for secret in LONG_TERM:
        assert secret not in everything
    for credential in (reference.ADA.credential(), reference.BOB.credential()):
        assert credential[1:33] not in everything  # nobody on the way learns who talks by key
