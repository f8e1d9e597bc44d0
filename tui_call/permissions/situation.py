"""What the gate has to know: of a call, of a computer, of the service."""

from dataclasses import dataclass
from enum import StrEnum

from tui_call.reasons import GateReason


class Phase(StrEnum):
    """How far a call is."""

    SETUP = "setup"
    RINGING = "ringing"
    CONNECTING = "connecting"
    ACTIVE = "active"
    ENDED = "ended"


class KindOfCall(StrEnum):
    """Who can hear a call: the two people alone, or the people and the bridge."""

    E2EE = "e2ee"
    STANDARD = "standard"


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What the gate needs to know of a call; what is not known stands in nobody's way.

    Attributes:
        phase: how far it is.
        kind: who can hear it.
        people: in it or asked to come, the person here among them.
        places_left: how many more may come.
        passed_on: it is being transferred.
        consulting: the person here speaks with somebody first, before a transfer.
        other_call: the person here has another call to merge with.
        other_device: of the person here, which could take the call over.
        free_slot: there is one to park it at.
        parked: it is at a slot, and nobody hears anybody.
        by_rule: it is recorded by rule.
    """

    phase: Phase
    kind: KindOfCall = KindOfCall.E2EE
    people: int = 2
    places_left: int = 1
    passed_on: bool = False
    consulting: bool = False
    other_call: bool = True
    other_device: bool = True
    free_slot: bool = True
    parked: bool = False
    by_rule: bool = False


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
class ServiceFacts:
    """What the gate needs to know of the service.

    Attributes:
        bridge: it has one, which standard calls go through.
        keeps: it has a tap, by which calls are recorded, transcribed and captioned.
        speech: why no speech is recognised there, NO_ENGINE or ENGINE_MODEL; None where it is. An
            engine that stopped is tried again where somebody asks for it.
        recorded_by_rule: calls of somebody who is meant are recorded by rule.
    """

    bridge: bool = False
    keeps: bool = False
    speech: GateReason | None = None
    recorded_by_rule: bool = False
