"""Handshakes with scripted randomness: the people and seeds of `handshake_reference`."""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.e2ee import handshake_reference as reference
from tui_call.e2ee.credentials import Credential, LocalIdentity
from tui_call.e2ee.entropy import system_encapsulate
from tui_call.e2ee.errors import FailureKind, ProtocolFailure
from tui_call.e2ee.handshake import CalleeHandshake, CallerHandshake, Session
from tui_call.identifiers import AccountId

WALL = 1_000_000.0
SDP = reference.SDP
SECRETS = ("_ephemeral", "_nonce", "_agreed")


class ScriptedEntropy:
    """Hands out what it was given, in order, and insists on the lengths."""

    def __init__(
        self,
        *script: bytes,
        encapsulate: Callable[[bytes], tuple[bytes, bytes]] = system_encapsulate,
    ) -> None:
        self._script = list(script)
        self.encapsulate = encapsulate

    def random(self, length: int) -> bytes:
        value = self._script.pop(0)
        assert len(value) == length
        return value


def caller_entropy() -> ScriptedEntropy:
    return ScriptedEntropy(bytes([1] * 32), bytes([2] * 64), bytes([3] * 32))


def callee_entropy(
    encapsulate: Callable[[bytes], tuple[bytes, bytes]] = system_encapsulate,
) -> ScriptedEntropy:
    return ScriptedEntropy(bytes([4] * 32), bytes([5] * 32), encapsulate=encapsulate)


def local(person: reference.Person, credential: bytes | None = None) -> LocalIdentity:
    return LocalIdentity(
        Credential.decode(credential or person.credential()),
        Ed25519PrivateKey.from_private_bytes(person.device_seed),
    )


ADA = local(reference.ADA)
BOB = local(reference.BOB)
MALLORY = reference.Person("mallory@home-3fk2", bytes([0xC0] * 16), b"\xc1" * 32, b"\xc2" * 32)
# Bob's account and device, but another person's keys.
FALSE_BOB = reference.Person(
    reference.BOB.account, reference.BOB.device_id, MALLORY.identity_seed, MALLORY.device_seed
)
OTHER_DEVICE = reference.Person(
    reference.BOB.account, b"\xbb" * 16, reference.BOB.identity_seed, reference.BOB.device_seed
)


def call(identity: LocalIdentity = ADA) -> CallerHandshake:
    """Ada calls Bob; the same M1 each time."""
    return CallerHandshake(
        identity,
        to_account=AccountId(reference.BOB.account),
        to_device=reference.BOB.device_id,
        call_id=reference.CALL_ID,
        leg=reference.LEG,
        entropy=caller_entropy(),
    )


def answer(invite: bytes, identity: LocalIdentity = BOB) -> CalleeHandshake:
    """Bob's device answers an M1."""
    return CalleeHandshake.respond(identity, invite, callee_entropy())


def after_offer() -> tuple[CallerHandshake, CalleeHandshake]:
    """Return a caller that has made M3, and a callee that has not seen it."""
    caller = call()
    callee = answer(caller.invite)
    caller.receive_respond(callee.respond_message, WALL)
    caller.offer(SDP.encode())
    return caller, callee


def sessions() -> tuple[Session, Session]:
    """Return the caller's and the callee's session of one completed handshake."""
    caller, callee = after_offer()
    callee.receive_offer(caller.stored_offer, WALL)
    return caller.session, callee.session


def flipped(message: bytes, position: int) -> bytes:
    """Return the message with one bit of a byte turned; which bit, the position decides."""
    changed = bytearray(message)
    changed[position] ^= 1 << position % 8
    return bytes(changed)


def honest() -> reference.Handshake:
    return reference.Handshake(reference.ADA, reference.BOB, reference.CALL_ID, reference.LEG)


def fails(kind: FailureKind, action: Callable[[], object]) -> ProtocolFailure:
    with pytest.raises(ProtocolFailure) as caught:
        action()
    assert caught.value.kind is kind
    return caught.value


def secrets_of(machine: CallerHandshake | CalleeHandshake) -> set[str]:
    return {name for name in SECRETS if hasattr(machine, name)}


def assert_over(machine: CallerHandshake | CalleeHandshake) -> None:
    assert secrets_of(machine) == set()
    with pytest.raises(RuntimeError):
        _ = machine.session
