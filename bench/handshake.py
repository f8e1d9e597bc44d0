"""What a handshake costs each side, in time of its processor."""

import statistics
import time
from collections.abc import Callable
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tui_call.e2ee.credentials import LocalIdentity, issue_credential
from tui_call.e2ee.handshake import CalleeHandshake, CallerHandshake, Session
from tui_call.engine.entropy import SystemEntropy
from tui_call.identifiers import AccountId

WALL = 1_800_000_000.0
ROUNDS = 200
_SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 96\r\n"
    f"a=fingerprint:sha-256 {':'.join(['AB'] * 32)}\r\na=setup:actpass\r\n"
)

_T = TypeVar("_T")


def handshake_cpu_ms() -> tuple[float, float]:
    """Return the median milliseconds of caller and callee, from M1 to the keys of the call."""
    ada, ben = identity("ada@bench", b"\x01" * 16), identity("ben@bench", b"\x02" * 16)
    spent = [_handshake(ada, ben) for _ in range(ROUNDS)]
    caller, callee = zip(*spent, strict=True)
    return statistics.median(caller) * 1000, statistics.median(callee) * 1000


def _handshake(ada: LocalIdentity, ben: LocalIdentity) -> tuple[float, float]:
    watch = _Watch()
    caller = watch.caller(
        lambda: CallerHandshake(
            ada, to_account=ben.credential.account_id, to_device=ben.credential.device_id,
            call_id=b"\x03" * 16, leg=0, entropy=SystemEntropy(),
        )
    )  # fmt: skip
    callee = watch.callee(lambda: CalleeHandshake.respond(ben, caller.invite, SystemEntropy()))
    watch.caller(lambda: caller.receive_respond(callee.respond_message, WALL))
    offer = watch.caller(lambda: caller.offer(_SDP.encode()))
    watch.callee(lambda: callee.receive_offer(offer, WALL))
    assert caller.session.security_code_secret == callee.session.security_code_secret
    return watch.spent["caller"], watch.spent["callee"]


class _Watch:
    def __init__(self) -> None:
        self.spent = {"caller": 0.0, "callee": 0.0}

    def caller(self, step: Callable[[], _T]) -> _T:
        return self._of("caller", step)

    def callee(self, step: Callable[[], _T]) -> _T:
        return self._of("callee", step)

    def _of(self, side: str, step: Callable[[], _T]) -> _T:
        began = time.process_time()
        done = step()
        self.spent[side] += time.process_time() - began
        return done


def sessions() -> tuple[Session, Session]:
    """Return what a handshake leaves at the caller's and at the callee's end."""
    ada, ben = identity("ada@bench", b"\x01" * 16), identity("ben@bench", b"\x02" * 16)
    caller = CallerHandshake(
        ada, to_account=ben.credential.account_id, to_device=ben.credential.device_id,
        call_id=b"\x03" * 16, leg=0, entropy=SystemEntropy(),
    )  # fmt: skip
    callee = CalleeHandshake.respond(ben, caller.invite, SystemEntropy())
    caller.receive_respond(callee.respond_message, WALL)
    callee.receive_offer(caller.offer(_SDP.encode()), WALL)
    return caller.session, callee.session


def identity(account: str, device: bytes) -> LocalIdentity:
    """Return a self-made identity of an account and a device."""
    identity_private, device_private = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    credential = issue_credential(
        identity_private,
        device_key=device_private.public_key().public_bytes_raw(),
        device_id=device,
        epoch=0,
        not_before=int(WALL) - 60,
        not_after=int(WALL) + 86_400,
        account_id=AccountId(account),
    )
    return LocalIdentity(credential, device_private)
