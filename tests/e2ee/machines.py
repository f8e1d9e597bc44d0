"""Handshakes with scripted randomness: the people and seeds of `handshake_reference`."""

from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.e2ee import handshake_reference as reference
from tui_call.e2ee.credentials import Credential, LocalIdentity
from tui_call.e2ee.entropy import system_encapsulate
from tui_call.e2ee.handshake import CalleeHandshake, CallerHandshake, Session
from tui_call.identifiers import AccountId

WALL = 1_000_000.0
SDP = reference.SDP


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
    caller.offer(SDP)
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
