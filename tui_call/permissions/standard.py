"""Whether a call that is not E2EE can be: refused, asked first, or visible as such.

A standard call is heard by a bridge. Whatever places or takes one asks here first, in both
directions. What decides is only what this device knows by itself: the own
setting and policy, and the mark that E2EE was made with the account. Policies, the directory and
refusals come from a service that nobody has to trust: they can say why a call is not E2EE, and can
refuse one, but never spare the person the question.
"""

from dataclasses import dataclass, replace

from tui_call.permissions.admission import CallSide, Denied, PeerEncryption, may_call
from tui_call.permissions.encryption import OwnEncryption
from tui_call.reasons import EndReason, GateReason


@dataclass(frozen=True, slots=True)
class AskFirst:
    """E2EE was made with this account: the person has to say yes before anything else happens.

    Attributes:
        side: which end this is.
        reason: why the call is not E2EE.
        own: it is so because of this end.
    """

    side: CallSide
    reason: GateReason
    own: bool

    @property
    def code(self) -> str:
        """Of the question."""
        return "Q_FIRST"


@dataclass(frozen=True, slots=True)
class Visible:
    """E2EE was never made with this account: before anybody speaks it says that a bridge hears.

    Attributes:
        side: which end this is.
        reason: why the call is not E2EE.
        own: it is so because of this end.
    """

    side: CallSide
    reason: GateReason
    own: bool

    @property
    def code(self) -> str:
        """Of the sentence that says so."""
        return "Q_STANDARD" if self.side is CallSide.CALLER else "Q_IN_STANDARD"


def may_be_standard(
    own: OwnEncryption, peer: PeerEncryption | None, side: CallSide, *, e2ee_made: bool
) -> Denied | AskFirst | Visible:
    """Decide about a call that is not E2EE, placed from here or arriving here.

    Args:
        own: what holds at this end.
        peer: what is known of the other, from a refusal or otherwise; None while nothing is.
        side: which end this is.
        e2ee_made: the mark of the account on this device.
    """
    reason, is_own = _why(own, peer, side)
    if own.required:
        denied = may_call(own, PeerEncryption(off=reason), side)
        assert isinstance(denied, Denied)  # one of the two ends is off
        return replace(denied, own=is_own)
    if GateReason.KEY_LOCKED in own.reasons:
        # What is remembered of people is sealed: a mark could not be seen.
        code = EndReason.E2EE_OFF
        return Denied(side, code, code.value, GateReason.KEY_LOCKED, own=True, more=own.more)
    if side is CallSide.CALLER and peer is not None and peer.required:
        code = EndReason.PEER_REQUIRES
        return Denied(side, code, code.value, reason, own=is_own)
    return AskFirst(side, reason, is_own) if e2ee_made else Visible(side, reason, is_own)


def _why(
    own: OwnEncryption, peer: PeerEncryption | None, side: CallSide
) -> tuple[GateReason, bool]:
    if not own.on:
        return own.reasons[0], True
    if peer is not None and peer.off is not None:
        return peer.off, False
    return GateReason.STANDARD_ASKED, side is CallSide.CALLER
