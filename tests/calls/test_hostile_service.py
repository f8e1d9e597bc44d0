"""The attacker owns the service and the network, and has any number of identities of his own.

Whatever it does: two honest ends share the keys of one call with the account that they meant, or
they end with a reason; nobody rings unproven; nothing but an E2EE call ever starts.
"""

from contextlib import suppress
from dataclasses import replace
from typing import get_args

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.calls.hostile_choices import CHOICE, DEVICES_TOLD, LIARS, NAMES, NONCES, SAYINGS, WANTED
from tests.calls.hostile_judge import EFFECTS_OF_A_CALL, check_codes, check_effect, check_keys
from tests.calls.hostile_service import ACCOUNTS, PINS, Attacker, Call, Letter, Packet, Telephone
from tests.calls.liars import HONEST, OwnLeg, liar
from tests.calls.two_devices import ANSWER
from tests.e2ee import handshake_reference as reference
from tests.e2ee.machines import flipped
from tui_call.calls.effects import Effect, LeaveAsked
from tui_call.calls.events import (
    NewPathWanted,
    PathLost,
    PersonAgreesToLeave,
    PersonAnswers,
    PersonAsksToLeave,
    PersonHangsUp,
    SenderIdle,
    Undeliverable,
)
from tui_call.calls.states import State
from tui_call.e2ee import control_channel as control
from tui_call.e2ee.errors import ProtocolFailure
from tui_call.e2ee.handshake import refuse
from tui_call.e2ee.messages import RefusalReason, encode_abort
from tui_call.permissions.admission import Allowed, CallSide, Denied, PeerEncryption, may_call
from tui_call.permissions.encryption import own_encryption
from tui_call.permissions.policies import E2EECalls, EncryptionPolicy, PolicySource
from tui_call.permissions.settings import AccountSetting, DeviceSetting
from tui_call.reasons import GateReason


def test_the_effects_of_a_call_begin_no_other_kind_of_call() -> None:
    assert {kind.__name__ for kind in get_args(Effect)} == EFFECTS_OF_A_CALL


class HostileService(RuleBasedStateMachine):
    """Ada and Bob call each other; everything between them is against them."""

    @initialize(
        seed=st.integers(0, 2**16),
        remembered=st.sampled_from(["both", "none", "none", "ada", "bob"]),
        course=st.sampled_from(
            ["nothing", "ringing", "talking", "two calls", "middle", "middle", "refused"]
        ),
        kind=LIARS,
    )
    def begins(self, seed: int, remembered: str, course: str, kind: str) -> None:
        """Let calls get so far undisturbed; from then on anything happens."""
        self.attacker = Attacker(seed, HONEST)
        for name, phone in self.attacker.telephones.items():
            other = self.attacker.other(name)
            if remembered in ("both", other):
                phone.pins[ACCOUNTS[other]] = PINS[other]
        match course:
            case "ringing":
                self.a_call_goes_well("ada", answered=False)
            case "talking":
                self.a_call_goes_well("ada", answered=True)
            case "two calls":
                self.a_call_goes_well("ada", answered=True)
                self.a_call_goes_well("bob", answered=True)
            case "refused":
                self.a_refusal_is_forged("ada", kind, RefusalReason.POLICY)
            case "middle":
                self.somebody_is_in_the_middle("ada", kind, answered=True)
            case _:
                pass

    @rule(name=NAMES, answered=st.booleans())
    def a_call_goes_well(self, name: str, answered: bool) -> None:
        """Let a call come about, as far as that is possible now."""
        other = self.attacker.telephones[self.attacker.other(name)]
        device = other.identity.credential.device_id
        self.attacker.waiting.clear()
        self.attacker.telephones[name].place_call(
            ACCOUNTS[other.name], device, self.attacker.new_call_id(), 0
        )
        self.messages_arrive(20)
        if answered:
            self.somebody_answers(other.name)
            self.messages_arrive(20)
            self.frames_arrive(name, 2, newest=False)
            self.frames_arrive(other.name, 2, newest=False)

    # Honest people

    @rule(name=NAMES, device=DEVICES_TOLD, choice=CHOICE, policy=st.sampled_from(E2EECalls))
    def somebody_calls(self, name: str, device: bytes, choice: int, policy: E2EECalls) -> None:
        """Call the other; policy and directory are the service's word, and can only prevent it."""
        told = EncryptionPolicy("any", PolicySource.ORGANISATION, policy)
        own = own_encryption(told, AccountSetting.ON, DeviceSetting.FOLLOW)
        said = PeerEncryption(GateReason.POLICY if choice % 4 == 0 else None)
        outcome = may_call(own, said, CallSide.CALLER)
        assert isinstance(outcome, Allowed | Denied)
        if isinstance(outcome, Allowed):
            call_id = self.attacker.new_call_id()
            account = ACCOUNTS[self.attacker.other(name)]
            self.attacker.telephones[name].place_call(account, device, call_id, choice % 4)

    @rule(name=NAMES)
    def somebody_answers(self, name: str) -> None:
        phone = self.attacker.telephones[name]
        for call in list(phone.calls.values()):
            if call.machine.state is State.RINGING:
                phone.handle(call, PersonAnswers())

    @precondition(lambda self: self.attacker.calls)
    @rule(choice=CHOICE, patience=st.integers(0, 3))
    def somebody_hangs_up(self, choice: int, patience: int) -> None:
        phone, call = self.call(choice)
        if patience == 0:
            phone.handle(call, PersonHangsUp())

    @rule(name=NAMES, count=st.integers(0, 4))
    def somebody_refuses_for_a_while(self, name: str, count: int) -> None:
        """Refuse the next call, which may be answered by others at the same time."""
        self.attacker.telephones[name].refuses = True
        self.a_call_goes_well(self.attacker.other(name), answered=False)
        self.messages_arrive(count)
        self.attacker.telephones[name].refuses = False

    @precondition(lambda self: self.attacker.calls)
    @rule(choice=CHOICE, nonce=st.sampled_from(NONCES), both=st.booleans())
    def somebody_asks_to_leave(self, choice: int, nonce: bytes, both: bool) -> None:
        phone, call = self.call(choice)
        call.wants_to_leave.add(nonce)
        phone.handle(call, PersonAsksToLeave(nonce, "record", "both of us"))
        if both:
            self.messages_arrive(20)
            for number in range(len(self.attacker.calls)):
                self.somebody_agrees_to_leave(number)
            self.messages_arrive(20)

    @precondition(lambda self: self.attacker.calls)
    @rule(choice=CHOICE)
    def somebody_agrees_to_leave(self, choice: int) -> None:
        phone, call = self.call(choice)
        asked = [effect.nonce for effect in call.effects if isinstance(effect, LeaveAsked)]
        if asked:
            call.wants_to_leave.add(asked[-1])
            phone.handle(call, PersonAgreesToLeave(asked[-1], "room"))

    # What a service is for

    @rule(count=st.integers(1, 6))
    def messages_arrive(self, count: int) -> None:
        for _ in range(count):
            self.attacker.deliver_next()

    @rule(seconds=st.sampled_from([0.5, 0.5, 4.0, 21.0]))
    def time_passes(self, seconds: float) -> None:
        self.attacker.wait(seconds)

    @rule(name=NAMES, count=st.integers(1, 3), newest=st.booleans())
    def frames_arrive(self, name: str, count: int, newest: bool) -> None:
        """Let each call of somebody's be heard at the other end of its key, on either path."""
        for call in list(self.attacker.telephones[name].calls.values()):
            for _ in range(count):
                self.sealed(name, call)
        for packet in self.attacker.packets[-count:]:
            self.heard(packet, self.attacker.other(name), packet.key, newest_path=newest)

    @precondition(lambda self: self.attacker.calls)
    @rule(choice=CHOICE, event=WANTED, undisturbed=st.booleans())
    def a_path_or_keys_are_wanted(
        self, choice: int, event: NewPathWanted | SenderIdle, undisturbed: bool
    ) -> None:
        phone, call = self.call(choice)
        phone.handle(call, event)
        if undisturbed:
            self.a_call_goes_on(phone.name, 0.5)

    @rule(name=NAMES, seconds=st.sampled_from([1.0, 11.0]))
    def a_call_goes_on(self, name: str, seconds: float) -> None:
        """Let time pass as it does where nobody interferes: there and back, and heard."""
        for _ in range(3):
            self.time_passes(seconds)
            self.messages_arrive(20)
            self.frames_arrive(name, 1, newest=True)
            self.frames_arrive(self.attacker.other(name), 1, newest=True)

    # What this one does instead

    @rule(count=st.integers(1, 3))
    def messages_get_lost(self, count: int) -> None:
        del self.attacker.waiting[:count]

    @precondition(lambda self: self.attacker.letters)
    @rule(choice=CHOICE, name=NAMES)
    def something_is_repeated_to_anybody(self, choice: int, name: str) -> None:
        self.attacker.telephones[name].arrived(self.letter(choice).payload)

    @precondition(lambda self: len(self.attacker.waiting) > 1)
    @rule(choice=CHOICE)
    def messages_change_places(self, choice: int) -> None:
        waiting = self.attacker.waiting
        waiting.append(waiting.pop(choice % len(waiting)))

    @precondition(lambda self: self.attacker.letters)
    @rule(choice=CHOICE, position=CHOICE, name=NAMES, how=st.sampled_from(["flip", "cut", "grow"]))
    def something_is_altered(self, choice: int, position: int, name: str, how: str) -> None:
        payload = self.letter(choice).payload
        position %= len(payload)
        altered = {
            "flip": flipped(payload, position),
            "cut": payload[:position],
            "grow": payload + payload[: position + 1],
        }[how]
        self.attacker.telephones[name].arrived(altered)

    @precondition(lambda self: self.attacker.letters)
    @rule(first=CHOICE, second=CHOICE, position=CHOICE, name=NAMES)
    def two_messages_are_spliced(self, first: int, second: int, position: int, name: str) -> None:
        front, back = self.letter(first).payload, self.letter(second).payload
        at = position % min(len(front), len(back))
        self.attacker.telephones[name].arrived(front[:at] + back[at:])

    @precondition(lambda self: self.attacker.letters and self.attacker.calls)
    @rule(choice=CHOICE, of=CHOICE)
    def a_message_of_one_call_goes_into_another(self, choice: int, of: int) -> None:
        phone, call = self.call(of)
        payload = self.letter(choice).payload
        readdressed = payload[:4] + call.key[0] + bytes([call.key[1]]) + payload[21:]
        phone.arrived(readdressed)

    @precondition(lambda self: self.attacker.calls)
    @rule(choice=CHOICE, way=st.sampled_from(["abort", "offline", "leave"]))
    def an_end_is_forged(self, choice: int, way: str) -> None:
        phone, call = self.call(choice)
        if way == "abort":
            phone.arrived(encode_abort(*call.key))
        elif way == "offline":
            phone.handle(call, Undeliverable())
        else:
            leave = reference.control(
                *call.key, bytes(32), bytes(12), bytes(32), 0, bytes(4) + b"\x09" + bytes(20)
            )
            phone.arrived(leave)

    @rule(name=NAMES, kind=LIARS, reason=st.sampled_from(RefusalReason))
    def a_refusal_is_forged(self, name: str, kind: str, reason: RefusalReason) -> None:
        """Refuse a call in its callee's place."""
        attacker = self.attacker
        callee = attacker.other(name)
        attacker.waiting.clear()
        attacker.telephones[name].place_call(
            ACCOUNTS[callee], HONEST[callee].credential.device_id, attacker.new_call_id(), 0
        )
        invite = attacker.letters[-1].payload
        with suppress(ProtocolFailure):
            attacker.telephones[name].arrived(refuse(liar(callee, kind), invite, reason))

    @rule(victim=NAMES, kind=LIARS, choice=CHOICE, reuse=st.booleans())
    def the_attacker_calls(self, victim: str, kind: str, choice: int, reuse: bool) -> None:
        key = (self.attacker.new_call_id(), choice % 4)
        if reuse and self.attacker.calls:
            key = self.call(choice)[1].key
        name = self.attacker.other(victim)
        self.attacker.calls_as(liar(name, kind), ACCOUNTS[name], victim, key)

    @precondition(lambda self: self.attacker.letters)
    @rule(choice=CHOICE, kind=LIARS)
    def the_attacker_answers(self, choice: int, kind: str) -> None:
        letter = self.letter(choice)
        self.attacker.answers_as(liar(letter.receiver, kind), letter.sender, letter.payload)

    @precondition(lambda self: self.attacker.own_legs)
    @rule(choice=CHOICE)
    def the_attacker_proceeds(self, choice: int) -> None:
        self.attacker.proceeds(self.own_leg(choice))

    @precondition(lambda self: self.attacker.own_legs)
    @rule(choice=CHOICE, message=SAYINGS)
    def the_attacker_says(self, choice: int, message: control.ControlMessage) -> None:
        self.attacker.says(self.own_leg(choice), message)
        self.attacker.deliver_own()
        self.the_attacker_is_heard(self.own_leg(choice))

    @precondition(lambda self: self.attacker.own_legs)
    @rule(asked=st.sampled_from(NONCES), agreed=st.sampled_from(NONCES))
    def the_attacker_leaves_alone(self, asked: bytes, agreed: bytes) -> None:
        """Ask whether E2EE is left, and say yes to it oneself."""
        for leg in self.attacker.own_legs:
            self.attacker.says(leg, control.LeaveAsk(asked, "record", "nobody at all"))
            self.attacker.says(leg, control.LeaveYes(agreed, "room"))
        self.attacker.deliver_own()

    @precondition(lambda self: self.attacker.packets and self.attacker.calls)
    @rule(choice=CHOICE, of=CHOICE, position=CHOICE, flip=st.booleans())
    def a_frame_goes_anywhere(self, choice: int, of: int, position: int, flip: bool) -> None:
        packet = self.attacker.packets[choice % len(self.attacker.packets)]
        if flip:
            altered = flipped(packet.payload, position % len(packet.payload))
            packet = replace(packet, payload=altered, sealed_with=b"nobody's")
        phone, call = self.call(of)
        self.heard(packet, phone.name, call.key)

    @rule(caller=NAMES, kind=LIARS, answered=st.booleans())
    def somebody_is_in_the_middle(self, caller: str, kind: str, answered: bool) -> None:
        """Take a call, and call its callee, with own keys under both names."""
        attacker = self.attacker
        callee = attacker.other(caller)
        attacker.waiting.clear()
        call = attacker.telephones[caller].place_call(
            ACCOUNTS[callee], HONEST[callee].credential.device_id, attacker.new_call_id(), 0
        )
        invite = attacker.letters[-1].payload
        answers = attacker.answers_as(liar(callee, kind), caller, invite)
        assert answers is not None
        calls = attacker.calls_as(liar(caller, kind), ACCOUNTS[caller], callee, call.key)
        legs = [answers, calls]
        for _ in range(3):
            attacker.deliver_own()
            for leg in legs:
                attacker.proceeds(leg)
        if answered:
            attacker.says(legs[0], control.Answer(ANSWER))
            self.somebody_answers(callee)
            attacker.deliver_own()
            for leg in legs:
                self.the_attacker_is_heard(leg)

    def the_attacker_is_heard(self, leg: OwnLeg) -> None:
        """Let a frame of an own leg arrive, so that the victim's call is secure, with him."""
        packets = len(self.attacker.packets)
        self.attacker.frame_of(leg)
        for packet in self.attacker.packets[packets:]:
            self.heard(packet, leg.victim, packet.key)

    # Looking at it

    def letter(self, choice: int) -> Letter:
        return self.attacker.letters[choice % len(self.attacker.letters)]

    def call(self, choice: int) -> tuple[Telephone, Call]:
        return self.attacker.calls[choice % len(self.attacker.calls)]

    def own_leg(self, choice: int) -> OwnLeg:
        return self.attacker.own_legs[choice % len(self.attacker.own_legs)]

    def sealed(self, name: str, call: Call) -> None:
        payload = call.seal()
        if payload is not None:
            self.attacker.packets.append(Packet(name, call.key, payload, call.sending[-1]))

    def heard(
        self, packet: Packet, name: str, key: tuple[bytes, int], *, newest_path: bool = False
    ) -> None:
        """Let a packet arrive; only who has the key that sealed it takes it."""
        phone = self.attacker.telephones[name]
        call = phone.calls.get(key)
        path = call.referee.newest_path if call is not None and newest_path else 0
        if call is not None and phone.heard(call, packet.payload, path):
            assert packet.sealed_with in call.receiving

    # What holds

    @invariant()
    def keys_are_shared_with_whom_they_were_meant_for(self) -> None:
        for phone, call in self.attacker.calls:
            check_keys(self.attacker, phone, call)

    @invariant()
    def equal_codes_are_equal_keys(self) -> None:
        check_codes(self.attacker)

    @invariant()
    def nothing_rings_unproven_and_no_other_call_starts(self) -> None:
        for phone, call in self.attacker.calls:
            for effect in call.effects:
                assert type(effect).__name__ in EFFECTS_OF_A_CALL
                check_effect(self.attacker, phone, call, effect)

    def teardown(self) -> None:
        """In the end every call is secure or over, whatever was withheld."""
        if not hasattr(self, "attacker"):
            return
        for _ in range(4):
            self.attacker.wait(61.0)
        for phone, call in self.attacker.calls:
            assert call.machine.state in (State.SECURE, State.ENDED)
            phone.handle(call, PathLost())
            assert call.referee.end is not None


HostileService.TestCase.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
TestHostileService = HostileService.TestCase
