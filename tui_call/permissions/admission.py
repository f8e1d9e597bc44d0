"""Whether an E2EE call with another person can be.

One that cannot be is refused as such, and may be a standard call (`standard`). The caller asks
before an invite leaves, and again when a refusal came back; the callee asks when an invite arrives.
An invite is always for an E2EE call, so a caller's E2EE is on as far as a callee knows.
"""

from dataclasses import dataclass
from enum import StrEnum

from tui_call.permissions.encryption import OwnEncryption
from tui_call.permissions.policies import Authority
from tui_call.reasons import EndReason, GateReason


class CallSide(StrEnum):
    """Which end of the call this is. The value is the audience of a sentence."""

    CALLER = "caller"
    CALLEE = "callee"


@dataclass(frozen=True, slots=True)
class PeerEncryption:
    """What is known of the other person's E2EE calls.

    Attributes:
        off: why they are off, None when they are on.
        required: the other person takes only E2EE calls.
    """

    off: GateReason | None = None
    required: bool = False


@dataclass(frozen=True, slots=True)
class Allowed:
    """The call can be, and is E2EE."""


@dataclass(frozen=True, slots=True)
class Denied:
    """The call cannot be.

    Attributes:
        side: which end this is.
        end_reason: why there is no call.
        code: of the sentence for this end, which has a row for `side`.
        reason: why E2EE is off where it is off.
        own: it is off at this end.
        more: how many further reasons hold at this end.
        refusal: the number that a callee puts into its signed refusal; None where it says
            nothing at all, because a locked device signs nothing.
    """

    side: CallSide
    end_reason: EndReason
    code: str
    reason: GateReason
    own: bool
    more: int = 0
    refusal: int | None = None


# Reasons of the REFUSE message; docs/protocol.md, "Refusal and abort".
_REFUSALS = {
    GateReason.POLICY: 1,
    GateReason.SETTING: 2,
    GateReason.OLD_DEVICE: 3,
    GateReason.COMPLIANCE: 4,
}
# Without its key or a credential that holds, a device has nothing to refuse with.
_CANNOT_SIGN = {GateReason.KEY_LOCKED, GateReason.CREDENTIAL_OVER}
_PEER_REASONS = {number: reason for reason, number in _REFUSALS.items()}


def may_call(own: OwnEncryption, peer: PeerEncryption | None, side: CallSide) -> Allowed | Denied:
    """Decide whether a call with another person can be.

    Args:
        own: what holds at this end.
        peer: what is known of the other, None while nothing is.
        side: which end this is.
    """
    if not own.on:
        return _own_off(own, peer, side)
    if peer is None or peer.off is None:
        return Allowed()
    end_reason, code = EndReason.E2EE_OFF, EndReason.E2EE_OFF.value
    if own.required_by is not None and side is CallSide.CALLEE:
        end_reason, code = EndReason.PEER_REQUIRES, EndReason.PEER_REQUIRES.value
    elif own.required_by is not None:
        by_policy = own.required_by.authority is not Authority.SETTING
        end_reason = EndReason.OWN_REQUIRE
        code = "R_OWN_REQUIRE_POLICY" if by_policy else end_reason.value
    return Denied(side, end_reason, code, peer.off, own=False)


def peer_refused(refusal: int) -> PeerEncryption:
    """Return what a refusal says of its sender.

    Args:
        refusal: the number in the REFUSE message, 1 to 4.

    Raises:
        KeyError: there is no such refusal.
    """
    return PeerEncryption(off=_PEER_REASONS[refusal])


def _own_off(own: OwnEncryption, peer: PeerEncryption | None, side: CallSide) -> Denied:
    end_reason = EndReason.E2EE_OFF
    if side is CallSide.CALLER and peer is not None and peer.required:
        end_reason = EndReason.PEER_REQUIRES
    reason = own.reasons[0]
    # A policy that is not known allows nothing, which to the other side is the policy.
    told = GateReason.POLICY if reason is GateReason.POLICY_UNKNOWN else reason
    silent = side is CallSide.CALLER or not _CANNOT_SIGN.isdisjoint(own.reasons)
    refusal = None if silent else _REFUSALS[told]
    return Denied(side, end_reason, end_reason.value, reason, True, own.more, refusal)
