"""The gate: what can be done now, and for all else the reason, the remedy and who decided.

One pure function for all who ask. The engine asks before it does anything and before it shows
anything, so a screen, a command and a script get the same answer; the service asks at its door
before it does anything in a standard call, of the policy of who acts. A call keeps the facts of
policy and setting with which it began.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from tui_call.permissions.encryption import OwnEncryption
from tui_call.permissions.policies import Authority, DecidedBy
from tui_call.permissions.situation import (
    CallFacts,
    KindOfCall,
    Phase,
    PlatformFacts,
    ServiceFacts,
)
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
    GO_E2EE = "go_e2ee"
    STANDARD = "standard"
    RING_SEVERAL = "ring_several"
    RETRIEVE = "retrieve"


_AROUND_CALLS = (
    Capability.COMPARE,
    Capability.LEAVE_E2EE,
    Capability.GO_E2EE,
    Capability.STANDARD,
    Capability.RING_SEVERAL,
    Capability.RETRIEVE,
)
IN_CALL = tuple(capability for capability in Capability if capability not in _AROUND_CALLS)


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
    service: ServiceFacts

    @property
    def standard(self) -> bool:
        return self.call is not None and self.call.kind is KindOfCall.STANDARD


_Check = Callable[[_Situation], Off | None]

_ON = On()
_NO_BRIDGE = ServiceFacts()
_E2EE = DecidedBy(Authority.CALL_KIND)
_BRIDGE = DecidedBy(Authority.BRIDGE)
_OTHERS = DecidedBy(Authority.OTHERS)
_STANDARD = DecidedBy(Authority.STANDARD_KIND)
_STATE = DecidedBy(Authority.CALL_STATE)
_DEVICE = DecidedBy(Authority.DEVICE)
_SERVICE = DecidedBy(Authority.SERVICE)


def gate(
    call: CallFacts | None,
    own: OwnEncryption,
    platform: PlatformFacts,
    service: ServiceFacts = _NO_BRIDGE,
) -> Mapping[Capability, On | Off]:
    """Return for each capability whether it is on.

    Args:
        call: the call, None where there is none.
        own: what policy and setting say for the person who acts, as it was when the call began.
        platform: the computer of this person.
        service: what the service has.
    """
    situation = _Situation(call, own, platform, service)
    return {capability: _answer(capability, situation) for capability in Capability}


def _answer(capability: Capability, situation: _Situation) -> On | Off:
    return _first(_CHECKS[capability], situation) or _ON


def _first(checks: tuple[_Check, ...], situation: _Situation) -> Off | None:
    """Return what the first check says that objects."""
    objections = (check(situation) for check in checks)
    return next((objection for objection in objections if objection is not None), None)


def _off(reason: GateReason, decided_by: DecidedBy) -> Off:
    return Off(reason, decided_by, remedy_of=reason)


# The call, as far as it is


def _needs_call(situation: _Situation) -> Off | None:
    call = situation.call
    if call is None or call.phase is Phase.ENDED:
        return _off(GateReason.NO_CALL, _STATE)
    return None


def _needs_keys(situation: _Situation) -> Off | None:
    """The keys of a call can be looked at after it, so only its beginning stands in the way."""
    if situation.call is None:
        return _off(GateReason.NO_CALL, _STATE)
    if situation.standard:
        return _off(GateReason.BRIDGE_HEARS, _STANDARD)
    if situation.call.phase is Phase.SETUP:
        return _off(GateReason.NO_KEYS_YET, _STATE)
    return None


def _needs_connection(situation: _Situation) -> Off | None:
    if situation.call is None or situation.call.phase is not Phase.ACTIVE:
        return _off(GateReason.NOT_CONNECTED, _STATE)
    return None


def _needs(fact: Callable[[CallFacts], bool], reason: GateReason) -> _Check:
    """Need that something holds for a call that there is."""

    def check(situation: _Situation) -> Off | None:
        there = situation.call is None or fact(situation.call)
        return None if there else _off(reason, _STATE)

    return check


_ends_asking_first = _needs(
    lambda call: not call.passed_on or call.consulting, GateReason.PASSED_ON
)
_is_not_passed_on = _needs(lambda call: not call.passed_on, GateReason.PASSED_ON)
_is_with_the_others = _needs(lambda call: not call.consulting, GateReason.PASSED_ON)
_is_not_parked = _needs(lambda call: not call.parked, GateReason.PARKED)
_GOES_ON: tuple[_Check, ...] = (_needs_connection, _is_not_parked)
_has_places = _needs(lambda call: call.places_left > 0, GateReason.FULL)
_has_other_call = _needs(lambda call: call.other_call, GateReason.NO_OTHER_CALL)
_has_other_device = _needs(lambda call: call.other_device, GateReason.NO_OTHER_DEVICE)
_has_free_slot = _needs(lambda call: call.free_slot, GateReason.NO_FREE_SLOT)
_goes_by_no_rule = _needs(lambda call: not call.by_rule, GateReason.BY_RULE)
_is_heard_by_no_rule = _needs(lambda call: not call.by_rule, GateReason.HEARD_BY_RULE)
_is_for_two = _needs(lambda call: call.people == 2, GateReason.MORE_THAN_TWO)


# This computer


def _needs_audio_library(situation: _Situation) -> Off | None:
    there = situation.platform.audio_library
    return None if there else _off(GateReason.NO_AUDIO_LIBRARY, _DEVICE)


def _needs_microphone(situation: _Situation) -> Off | None:
    there = situation.platform.microphone
    return None if there else _off(GateReason.NO_MICROPHONE, _DEVICE)


# Which kind of call there can be


def _needs_bridge(situation: _Situation) -> Off | None:
    return None if situation.service.bridge else _off(GateReason.NO_BRIDGE, _BRIDGE)


def _takes_standard_calls(situation: _Situation) -> Off | None:
    """Say who takes only E2EE calls, if somebody required that."""
    required_by = situation.own.required_by
    if required_by is None:
        return None
    by_setting = required_by.authority is Authority.SETTING
    return _off(GateReason.ONLY_E2EE if by_setting else GateReason.E2EE_REQUIRED, required_by)


def _rule(situation: _Situation) -> DecidedBy | None:
    """Return who has the call recorded by rule: of who acts, or of somebody who is meant."""
    calling = situation.own.calling
    if calling is not None and calling.terms.compliance_recording:
        return calling.decided_by
    return _OTHERS if situation.service.recorded_by_rule else None


def _can_be_kept(situation: _Situation) -> Off | None:
    """Rule out what has to be recorded and cannot be."""
    rule = _rule(situation)
    if rule is None or situation.service.keeps:
        return None
    return _off(GateReason.MUST_BE_RECORDED, rule)


def _nobody_is_apart_from_a_rule(situation: _Situation) -> Off | None:
    """Rule out speaking where the tap does not hear it."""
    rule = _rule(situation)
    return _goes_by_no_rule(situation) if rule is None else _off(GateReason.BY_RULE, rule)


def _has_tap(situation: _Situation) -> Off | None:
    return None if situation.service.keeps else _off(GateReason.NO_TAP, _BRIDGE)


def _has_speech(situation: _Situation) -> Off | None:
    fault = situation.service.speech
    return None if fault is None else _off(fault, _BRIDGE)


_STANDARD_CALLS: tuple[_Check, ...] = (_takes_standard_calls, _needs_bridge, _can_be_kept)


def _stays_e2ee(situation: _Situation) -> Off | None:
    """Say why a call cannot leave E2EE: somebody requires it, else there is nothing to go to."""
    required_by = situation.own.required_by
    if required_by is not None:
        by_setting = required_by.authority is Authority.SETTING
        reason = GateReason.LEAVE_SETTING if by_setting else GateReason.LEAVE_POLICY
        return _off(reason, required_by)
    if not situation.service.bridge:
        return _off(GateReason.NO_STANDARD_CALLS, _E2EE)
    return _can_be_kept(situation)


def _is_standard(situation: _Situation) -> Off | None:
    return None if situation.standard else _off(GateReason.IS_E2EE, _E2EE)


def _is_e2ee(situation: _Situation) -> Off | None:
    return _off(GateReason.BRIDGE_HEARS, _STANDARD) if situation.standard else None


def _can_be_e2ee(situation: _Situation) -> Off | None:
    own = situation.own
    return _is_heard_by_no_rule(situation) if own.on else _off(own.reasons[0], own.decided_by)


# What others than the two have to do with


def _allowed(term: Callable[[CallingTerms], bool], reason: GateReason) -> _Check:
    """Need that the calling policy of who acts allows something; unknown, it allows nothing."""

    def check(situation: _Situation) -> Off | None:
        calling = situation.own.calling
        if calling is None:
            return _off(GateReason.POLICY_NOT_TOLD, _SERVICE)
        return None if term(calling.terms) else _off(reason, calling.decided_by)

    return check


def _beyond_two(in_e2ee: GateReason, *allowed: _Check) -> tuple[_Check, ...]:
    """Need a call that is not E2EE, and what else has to hold in one.

    To leave E2EE helps only where it can be left, and where all of that holds then.
    """

    def closed_by_e2ee(situation: _Situation) -> Off | None:
        if situation.standard:
            return None
        closed = _stays_e2ee(situation) or _first(allowed, situation)
        return Off(in_e2ee, _E2EE, remedy_of=closed.reason if closed else in_e2ee)

    return (_needs_call, closed_by_e2ee, *allowed)


def _ringing_several(situation: _Situation) -> Off | None:
    """Close it as E2EE does, where no standard call can be had."""
    closed = _first((_takes_standard_calls, _needs_bridge), situation)
    return Off(GateReason.E2EE_RING_SEVERAL, closed.decided_by, closed.reason) if closed else None


_MAY_RECORD = _allowed(lambda terms: terms.recording, GateReason.POLICY_RECORD)
_MAY_CAPTION = _allowed(lambda terms: terms.captions, GateReason.POLICY_CAPTIONS)
_MAY_TRANSCRIBE = _allowed(lambda terms: terms.transcription, GateReason.POLICY_TRANSCRIPT)
_MAY_TRANSFER = _allowed(lambda terms: terms.transfer, GateReason.POLICY_TRANSFER)
_MAY_CONSULT = _allowed(lambda terms: terms.transfer, GateReason.POLICY_CONSULT)
_MAY_PARK = _allowed(lambda terms: terms.park, GateReason.POLICY_PARK)
_MAY_MERGE = _allowed(lambda terms: terms.merge, GateReason.POLICY_MERGE)
_MAY_ADD = _allowed(lambda terms: terms.add_people, GateReason.POLICY_ADD)
_MAY_RING_SEVERAL = _allowed(lambda terms: terms.add_people, GateReason.POLICY_RING_SEVERAL)

# The first check that objects gives the answer.
_CHECKS: Mapping[Capability, tuple[_Check, ...]] = {
    Capability.MUTE: (_needs_call, _needs_audio_library, _needs_microphone),
    Capability.HOLD: (_needs_call, _needs_connection),
    Capability.KEYS: (_needs_keys,),
    Capability.DEVICES: (_needs_audio_library,),
    Capability.NOTES: (_needs_call, *_GOES_ON),
    Capability.FIGURES: (_needs_call, _needs_connection),
    Capability.RECORD: (
        *_beyond_two(GateReason.E2EE_RECORD, _goes_by_no_rule, _MAY_RECORD, _has_tap),
        *_GOES_ON,
    ),
    Capability.CAPTIONS: (
        *_beyond_two(GateReason.E2EE_CAPTIONS, _MAY_CAPTION, _has_tap, _has_speech),
        _needs_connection,
    ),
    Capability.TRANSCRIPT: (
        *_beyond_two(GateReason.E2EE_TRANSCRIPT, _MAY_TRANSCRIBE, _has_tap, _has_speech),
        *_GOES_ON,
    ),
    Capability.TRANSFER: (
        *_beyond_two(GateReason.E2EE_TRANSFER, _MAY_TRANSFER),
        *_GOES_ON,
        _ends_asking_first,
        _can_be_kept,
    ),
    Capability.CONSULT: (
        *_beyond_two(GateReason.E2EE_CONSULT, _MAY_CONSULT),
        *_GOES_ON,
        _is_not_passed_on,
        _has_places,
        _nobody_is_apart_from_a_rule,
    ),
    Capability.PARK: (
        *_beyond_two(GateReason.E2EE_PARK, _MAY_PARK),
        *_GOES_ON,
        _is_not_passed_on,
        _has_free_slot,
    ),
    Capability.MERGE: (
        *_beyond_two(GateReason.E2EE_MERGE, _MAY_MERGE),
        *_GOES_ON,
        _is_not_passed_on,
        _has_other_call,
        _can_be_kept,
    ),
    Capability.ADD: (
        *_beyond_two(GateReason.E2EE_ADD, _MAY_ADD),
        *_GOES_ON,
        _is_with_the_others,
        _has_places,
        _can_be_kept,
    ),
    Capability.HAND_OVER: (
        *_beyond_two(GateReason.E2EE_HAND_OVER),
        _needs_connection,
        _has_other_device,
    ),
    Capability.COMPARE: (_needs_call, _needs_keys, _needs_connection),
    Capability.LEAVE_E2EE: (_needs_call, _is_e2ee, _stays_e2ee),
    Capability.GO_E2EE: (_needs_call, _is_standard, _is_for_two, _can_be_e2ee, _needs_connection),
    Capability.STANDARD: _STANDARD_CALLS,
    Capability.RING_SEVERAL: (_ringing_several, _can_be_kept, _MAY_RING_SEVERAL),
    Capability.RETRIEVE: _STANDARD_CALLS,
}
"""What can be done in a call and around it."""
