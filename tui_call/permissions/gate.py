"""The gate: what can be done now, and for all else the reason, the remedy and who decided.

One pure function that the engine asks before it does anything and before it shows anything, so
that a screen, a command and a script get the same answer. A call keeps the encryption facts with
which it began.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from tui_call.permissions.encryption import OwnEncryption
from tui_call.permissions.policies import Authority, CallingPolicy, DecidedBy
from tui_call.permissions.terms import CallingTerms
from tui_call.reasons import GateReason, short_form


class Capability(StrEnum):
    """What may be on or off. `IN_CALL` are those that a call lists, in this order."""

    MUTE = "mute"
    HOLD = "hold"
    KEYS = "keys"
    DEVICES = "devices"
    NOTES = "notes"
    FIGURES = "figures"
    RECORD = "record"
    CAPTIONS = "captions"
    TRANSCRIPT = "transcript"
    TRANSFER = "transfer"
    CONSULT = "consult"
    PARK = "park"
    MERGE = "merge"
    ADD = "add"
    HAND_OVER = "hand_over"
    # known to the gate, and not in the list of a call
    COMPARE = "compare"
    LEAVE_E2EE = "leave_e2ee"
    RING_SEVERAL = "ring_several"


_AROUND_CALLS = (
    Capability.COMPARE,
    Capability.LEAVE_E2EE,
    Capability.RING_SEVERAL,
)
IN_CALL = tuple(capability for capability in Capability if capability not in _AROUND_CALLS)


class Phase(StrEnum):
    """How far a call is."""

    SETUP = "setup"
    RINGING = "ringing"
    CONNECTING = "connecting"
    ACTIVE = "active"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What the gate needs to know of an E2EE call.

    Attributes:
        phase: how far it is.
        bridge: there is one that a standard call could go through; this version has none.
    """

    phase: Phase
    bridge: bool = False


@dataclass(frozen=True, slots=True)
class PlatformFacts:
    """What the gate needs to know of this computer.

    Attributes:
        audio_library: PortAudio is there, or the sound comes from elsewhere.
        microphone: there is a device to speak into.
    """

    audio_library: bool = True
    microphone: bool = True


@dataclass(frozen=True, slots=True)
class On:
    """It works now."""


@dataclass(frozen=True, slots=True)
class Off:
    """It does not work now.

    Attributes:
        reason: why; the value is the code of the full sentence.
        decided_by: who decided.
        remedy_of: the reason whose remedy helps. It is another one where the remedy of `reason`
            itself, to leave E2EE, is closed too.
    """

    reason: GateReason
    decided_by: DecidedBy
    remedy_of: GateReason

    @property
    def short(self) -> str:
        """At most 24 cells, to stand beside "off"."""
        return short_form(self.reason)


@dataclass(frozen=True, slots=True)
class _Situation:
    call: CallFacts | None
    own: OwnEncryption
    platform: PlatformFacts


_Check = Callable[[_Situation], Off | None]

_ON = On()
_KIND = DecidedBy(Authority.CALL_KIND)
_STATE = DecidedBy(Authority.CALL_STATE)
_DEVICE = DecidedBy(Authority.DEVICE)


def gate(
    call: CallFacts | None, own: OwnEncryption, platform: PlatformFacts
) -> Mapping[Capability, On | Off]:
    """Return for each capability whether it is on.

    Args:
        call: the call, None where there is none.
        own: what policy and setting say for the person here, as it was when the call began.
        platform: this computer.
    """
    situation = _Situation(call, own, platform)
    return {capability: _answer(capability, situation) for capability in Capability}


def _answer(capability: Capability, situation: _Situation) -> On | Off:
    objections = (check(situation) for check in _CHECKS[capability])
    return next((objection for objection in objections if objection is not None), _ON)


def _off(reason: GateReason, decided_by: DecidedBy) -> Off:
    return Off(reason, decided_by, remedy_of=reason)


def _needs_call(situation: _Situation) -> Off | None:
    call = situation.call
    if call is None or call.phase is Phase.ENDED:
        return _off(GateReason.NO_CALL, _STATE)
    return None


def _needs_keys(situation: _Situation) -> Off | None:
    """The keys of a call can be looked at after it, so only its beginning stands in the way."""
    if situation.call is None:
        return _off(GateReason.NO_CALL, _STATE)
    if situation.call.phase is Phase.SETUP:
        return _off(GateReason.NO_KEYS_YET, _STATE)
    return None


def _needs_connection(situation: _Situation) -> Off | None:
    if situation.call is None or situation.call.phase is not Phase.ACTIVE:
        return _off(GateReason.NOT_CONNECTED, _STATE)
    return None


def _needs_audio_library(situation: _Situation) -> Off | None:
    there = situation.platform.audio_library
    return None if there else _off(GateReason.NO_AUDIO_LIBRARY, _DEVICE)


def _needs_microphone(situation: _Situation) -> Off | None:
    there = situation.platform.microphone
    return None if there else _off(GateReason.NO_MICROPHONE, _DEVICE)


def _stays_e2ee(situation: _Situation) -> Off | None:
    """Say why a call cannot leave E2EE: somebody requires it, else there is nothing to go to."""
    required_by = situation.own.required_by
    if required_by is None:
        bridge = situation.call is not None and situation.call.bridge
        return None if bridge else _off(GateReason.NO_STANDARD_CALLS, _KIND)
    by_setting = required_by.authority is Authority.SETTING
    reason = GateReason.LEAVE_SETTING if by_setting else GateReason.LEAVE_POLICY
    return _off(reason, required_by)


def _closed_by_e2ee(reason: GateReason) -> _Check:
    """Need a call that is not E2EE; to leave E2EE helps only for what the policy then allows."""

    def check(situation: _Situation) -> Off:
        closed = _stays_e2ee(situation) or _ruled_out(reason, situation.own.calling)
        return Off(reason, _KIND, remedy_of=closed.reason if closed else reason)

    return check


def _ruled_out(reason: GateReason, calling: CallingPolicy | None) -> Off | None:
    """Say why the calling policy rules out what E2EE closes for a reason."""
    rule = _BY_POLICY.get(reason)
    if rule is None or calling is None or rule[0](calling.terms):
        return None
    return _off(rule[1], calling.decided_by)


_BY_POLICY: Mapping[GateReason, tuple[Callable[[CallingTerms], bool], GateReason]] = {
    GateReason.E2EE_RECORD: (lambda terms: terms.recording, GateReason.POLICY_RECORD),
    GateReason.E2EE_CAPTIONS: (lambda terms: terms.captions, GateReason.POLICY_CAPTIONS),
    GateReason.E2EE_TRANSCRIPT: (lambda terms: terms.transcription, GateReason.POLICY_TRANSCRIPT),
    GateReason.E2EE_TRANSFER: (lambda terms: terms.transfer, GateReason.POLICY_TRANSFER),
    GateReason.E2EE_CONSULT: (lambda terms: terms.transfer, GateReason.POLICY_CONSULT),
    GateReason.E2EE_PARK: (lambda terms: terms.park, GateReason.POLICY_PARK),
    GateReason.E2EE_MERGE: (lambda terms: terms.merge, GateReason.POLICY_MERGE),
    GateReason.E2EE_ADD: (lambda terms: terms.add_people, GateReason.POLICY_ADD),
}
"""Of what E2EE closes: whether a calling policy allows it, and the reason where it does not."""

# The first check that objects gives the answer.
_CHECKS: Mapping[Capability, tuple[_Check, ...]] = {
    Capability.MUTE: (_needs_call, _needs_audio_library, _needs_microphone),
    Capability.HOLD: (_needs_call, _needs_connection),
    Capability.KEYS: (_needs_keys,),
    Capability.DEVICES: (_needs_audio_library,),
    Capability.NOTES: (_needs_call, _needs_connection),
    Capability.FIGURES: (_needs_call, _needs_connection),
    Capability.RECORD: (_needs_call, _closed_by_e2ee(GateReason.E2EE_RECORD)),
    Capability.CAPTIONS: (_needs_call, _closed_by_e2ee(GateReason.E2EE_CAPTIONS)),
    Capability.TRANSCRIPT: (_needs_call, _closed_by_e2ee(GateReason.E2EE_TRANSCRIPT)),
    Capability.TRANSFER: (_needs_call, _closed_by_e2ee(GateReason.E2EE_TRANSFER)),
    Capability.CONSULT: (_needs_call, _closed_by_e2ee(GateReason.E2EE_CONSULT)),
    Capability.PARK: (_needs_call, _closed_by_e2ee(GateReason.E2EE_PARK)),
    Capability.MERGE: (_needs_call, _closed_by_e2ee(GateReason.E2EE_MERGE)),
    Capability.ADD: (_needs_call, _closed_by_e2ee(GateReason.E2EE_ADD)),
    Capability.HAND_OVER: (_needs_call, _closed_by_e2ee(GateReason.E2EE_HAND_OVER)),
    Capability.COMPARE: (_needs_call, _needs_keys, _needs_connection),
    Capability.LEAVE_E2EE: (_needs_call, _stays_e2ee),
    Capability.RING_SEVERAL: (_closed_by_e2ee(GateReason.E2EE_RING_SEVERAL),),
}
