"""The gate at the service's door: what the policies of who acts allow, whatever an engine says.

It is the same function that engines ask. What a call itself allows, the core of the call knows.
"""

from collections.abc import Iterable
from typing import Literal, assert_never

import msgspec

from tui_call.permissions.encryption import own_encryption
from tui_call.permissions.gate import (
    CallFacts,
    Capability,
    KindOfCall,
    Off,
    Phase,
    PlatformFacts,
    ServiceFacts,
    gate,
)
from tui_call.permissions.settings import AccountSetting, DeviceSetting
from tui_call.reasons import GateReason
from tui_call.service.database import LoginRecord
from tui_call.service.policies import Applied, CurrentPolicies
from tui_call.service.standard_calls.acts import people_named
from tui_call.service.standard_calls.words import word_of
from tui_call.signaling.call_acts import (
    Act,
    AddAct,
    AgreeAct,
    AnswerAct,
    CancelConsultAct,
    CaptionsAct,
    ConsultAct,
    DeclineAct,
    DescribeAct,
    HandOverAct,
    HangUpAct,
    HoldAct,
    JoinConsultedAct,
    MergeAct,
    MuteAct,
    NoteAct,
    OwnWord,
    ParkAct,
    PlaceAct,
    RecordAct,
    RetrieveAct,
    TranscribeAct,
    TransferAct,
)
from tui_call.signaling.vocabulary import EncryptionSetting
from tui_call.standard_calls.keeping import WhatIsKept, Word
from tui_call.standard_calls.state import ParkedAt

_decoder = msgspec.json.Decoder(Applied)

_NO_SPEECH = (GateReason.NO_ENGINE, GateReason.ENGINE_MODEL)
"""Why speech cannot be recognised before somebody has changed that."""
_IN_A_CALL = CallFacts(Phase.ACTIVE, KindOfCall.STANDARD)
_AS_POLICIES_ARE_NOW = (Capability.RECORD, Capability.TRANSCRIPT, Capability.CAPTIONS)
"""What a policy that is withdrawn ends in a call that is on, and so begins in none."""


class CallDoor:
    """Judges by the policies that apply, in a call mostly by those with which one came into it."""

    def __init__(self, policies: CurrentPolicies) -> None:
        self._policies = policies

    def came_with(self, account: str) -> str:
        """Return the policies of somebody who comes into a call now, as the call keeps them."""
        return msgspec.json.encode(self._policies.applied(account)).decode()

    def closed(
        self, account: str, came_with: str, setting: EncryptionSetting, act: Act, speech: str = ""
    ) -> str:
        """Return the reason why somebody may not do such a thing, "" where they may.

        Args:
            account: who asks.
            came_with: the policies with which they came into the call, "" for those of now.
            setting: of the account, for calls that are not E2EE.
            act: what is asked.
            speech: why no speech is recognised now, "" where it is or that is not known.
        """
        capability = capability_of(act)
        if capability is None:
            return ""
        encryption, calling = now = self._policies.applied(account)
        if came_with:
            encryption, calling = _decoder.decode(came_with)
        if capability in _AS_POLICIES_ARE_NOW:
            _, calling = now
        own = own_encryption(
            encryption, AccountSetting(setting), DeviceSetting.FOLLOW, calling=calling
        )
        recorded = self.is_kept_by_rule(people_named(act))
        fault = GateReason(speech) if speech in _NO_SPEECH else None
        service = ServiceFacts(bridge=True, keeps=True, speech=fault, recorded_by_rule=recorded)
        found = gate(_IN_A_CALL, own, PlatformFacts(), service)[capability]
        return found.reason if isinstance(found, Off) else ""

    def may_keep(self, account: str, what: WhatIsKept | Literal["captions"]) -> bool:
        """Tell whether a person's policy lets something be begun, or go on, now."""
        terms = self._policies.applied(account)[1].terms
        match what:
            case "recording":
                return terms.recording
            case "transcript":
                return terms.transcription
            case "captions":
                return terms.captions
            case _:
                assert_never(what)

    def word(self, known: LoginRecord, own: OwnWord) -> Word:
        """Return what holds of being kept for whoever comes into a call."""
        _, calling = self._policies.applied(known.account)
        return word_of(known, own, calling.terms)

    def word_now(self, known: LoginRecord, before: Word) -> Word:
        """Return what holds of it now for somebody who is in a call."""
        return self.word(known, OwnWord(before.device_recording, before.device_captions))

    def keep_days(self, people: Iterable[str]) -> int:
        """Return the fewest days for which what is kept of people may be, 0 for ever."""
        every = (self._policies.applied(one)[1].terms.keep_days for one in people)
        return min((days for days in every if days), default=0)

    def park_group(self, account: str) -> str:
        """Return the group whose people may take what somebody parks now, "" for everybody."""
        return self._policies.applied(account)[1].terms.park_group

    def may_retrieve(self, account: str, parked: ParkedAt) -> bool:
        """Tell whether somebody may take what is parked; for others nothing is there."""
        by, group = parked.by, parked.group
        return account == by or group == "" or self._policies.is_in(group, account)

    def is_kept_by_rule(self, people: Iterable[str]) -> bool:
        """Tell whether a calling policy of any of them wants their calls recorded."""
        applied = (self._policies.applied(one) for one in people)
        return any(calling.terms.compliance_recording for _, calling in applied)


def capability_of(act: Act) -> Capability | None:  # noqa: C901 - an arm each
    """Return what an act is to the gate; None for what everybody may who is in a call."""
    match act:
        case PlaceAct(to=to):
            return Capability.STANDARD if len(to) == 1 else Capability.RING_SEVERAL
        case AnswerAct():
            return Capability.STANDARD
        case AddAct():
            return Capability.ADD
        case MergeAct():
            return Capability.MERGE
        case TransferAct():
            return Capability.TRANSFER
        case ConsultAct():
            return Capability.CONSULT
        case ParkAct():
            return Capability.PARK
        case RetrieveAct():
            return Capability.RETRIEVE
        case HandOverAct():
            return Capability.HAND_OVER
        case RecordAct():
            return Capability.RECORD
        case TranscribeAct():
            return Capability.TRANSCRIPT
        case CaptionsAct(on):
            return Capability.CAPTIONS if on else None
        case AgreeAct():
            return None
        case DeclineAct() | HangUpAct() | HoldAct() | MuteAct() | DescribeAct():
            return None
        case NoteAct():
            return None
        case JoinConsultedAct() | CancelConsultAct():
            return None  # the end of what was allowed
        case _:
            assert_never(act)
