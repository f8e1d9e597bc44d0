"""Honest devices whose whole network is an attacker: it carries what it wants, where it wants.

A `Telephone` is one person's device: it answers invites, and its calls are run by the product's
runner. Everything that it sends goes into the hands of the `Attacker`, who may deliver,
keep, alter and mix it, and who takes part with machines and identities of his own. A `Call` is held
to the rules that every call keeps by a `Referee`.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

from tests.calls.device import WatchedCall
from tests.calls.liars import LyingCaller, OwnLeg
from tests.calls.two_devices import ANSWER, OFFER, PIN_OF_ADA, PIN_OF_BOB, SeededEntropy
from tests.e2ee import handshake_reference as reference
from tests.e2ee.machines import WALL
from tests.support.virtual_time import VirtualTime
from tui_call.calls.effects import Effect, Ended, ReceiveUnder, SendUnder
from tui_call.calls.events import Event
from tui_call.calls.introduction import KnownPeer
from tui_call.calls.rules import CallRules
from tui_call.e2ee.control_channel import ControlMessage
from tui_call.e2ee.credentials import LocalIdentity
from tui_call.e2ee.errors import ProtocolFailure
from tui_call.e2ee.handshake import CalleeHandshake, CallerHandshake, refuse
from tui_call.e2ee.media import MediaFrame, MediaSealer
from tui_call.e2ee.messages import Invite, MessageType, RefusalReason, peek
from tui_call.engine.calls.reports import LegAddress, Report
from tui_call.engine.calls.runner import CallRunner
from tui_call.engine.calls.surroundings import OnDescribed, OnFailed, OnPacket, Surroundings
from tui_call.identifiers import AccountId
from tui_call.payload import Audio

ACCOUNTS = {"ada": reference.ADA.account, "bob": reference.BOB.account}
PINS = {"ada": PIN_OF_ADA, "bob": PIN_OF_BOB}


_RULES = CallRules(may_leave=True, rekey_interval=10.0)
Key = tuple[bytes, int]
"""Call id and leg."""


@dataclass(frozen=True, eq=False)
class Letter:
    """Something in the attacker's hands: in whose name it is, and for whom.

    Attributes:
        forged: the attacker made it.
    """

    sender: str
    receiver: str
    payload: bytes
    forged: bool = False


@dataclass(frozen=True, eq=False)
class Packet:
    """A media packet, and the key that sealed it."""

    sender: str
    key: Key
    payload: bytes
    sealed_with: bytes


class Call:
    """One call at an honest device, in which nothing takes any time.

    Attributes:
        account: with whom the call is meant to be.
        device: which device of theirs is called; None at the callee.
        proven_by: the message with which the other device proved itself.
        wants_to_leave: the questions that the person here asked or agreed to.
        authentic: how many packets were.
    """

    without_relay = False
    datagrams_filtered = 0
    tell_addresses = True

    def __init__(
        self,
        machine: WatchedCall,
        key: Key,
        account: str,
        device: bytes | None,
        time: VirtualTime,
        send: Callable[[bytes], None],
    ) -> None:
        self.machine = machine
        self.referee = machine.referee
        self.key = key
        self.account = account
        self.device = device
        self.proven_by: bytes | None = None
        self.wants_to_leave: set[bytes] = set()
        self.authentic = 0
        self._sealed: list[bytes] = []
        around = Surroundings(
            time,
            self._make_paths,
            lambda _, payload, __: send(payload),
            self,
            self._hears,
            on_failure=self._failed,
        )
        self.runner = CallRunner(key[0], account, {device or bytes(16): machine}, around)

    @property
    def effects(self) -> list[Effect]:
        return self.machine.effects

    @property
    def code(self) -> bytes | None:
        return self.machine.code

    @property
    def keys(self) -> tuple[bytes, bytes] | None:
        return self.machine.keys

    @property
    def sending(self) -> list[bytes]:
        """The base keys of all generations, to send."""
        first = [self.keys[0]] if self.keys and self.referee.media_started else []
        return first + [under.key for under in self.effects if isinstance(under, SendUnder)]

    @property
    def receiving(self) -> list[bytes]:
        """The base keys of all generations, to receive."""
        first = [self.keys[1]] if self.keys and self.referee.media_started else []
        return first + [under.key for under in self.effects if isinstance(under, ReceiveUnder)]

    def seal(self) -> bytes | None:
        """Return the packet of the next frame, None where there is no sound."""
        self._sealed.clear()
        self.runner.foremost.frame(b"opus")
        return self._sealed[-1] if self._sealed else None

    def open(self, packet: bytes, path: int) -> bool:
        """Take a packet of a path; tell whether it was authentic."""
        before = self.authentic
        self._on_packet(path, packet)
        return self.authentic > before

    # What the runner needs (CallPaths, CallObserver)

    def _failed(self, work: str, error: BaseException) -> None:
        del work
        raise error

    def _make_paths(
        self, leg: LegAddress, on_packet: OnPacket, on_described: OnDescribed, on_failed: OnFailed
    ) -> "Call":
        del leg, on_failed
        self._on_packet, self._on_described = on_packet, on_described
        return self

    def kind(self, number: int) -> str:
        return f"path {number}"

    def gather(self, number: int) -> None: ...

    def offer(self, number: int) -> None:
        self._on_described(number, OFFER)

    def answer(self, number: int, offer: str) -> None:
        del offer
        self._on_described(number, ANSWER)

    def connect(self, number: int, answer: str) -> None: ...

    def send(self, packet: bytes) -> None:
        self._sealed.append(packet)

    def close(self, number: int) -> None: ...

    closed = True

    def shut(self) -> None: ...

    async def close_all(self) -> None: ...

    def leg_reports(self, leg: LegAddress, report: Report) -> None: ...

    def call_ended(self, call_id: bytes, end: Ended) -> None: ...

    def _hears(self, leg: LegAddress, frame: MediaFrame) -> None:
        del leg, frame
        self.authentic += 1


class Telephone:
    """An honest person's device, with every call that it has ever had.

    Attributes:
        pins: the keys that the person remembers, by account.
        refused: the invites that this device has refused.
    """

    def __init__(self, attacker: "Attacker", name: str, identity: LocalIdentity) -> None:
        self.name = name
        self.identity = identity
        self.pins: dict[str, KnownPeer] = {}
        self.calls: dict[Key, Call] = {}
        self.refused: set[bytes] = set()
        self.refuses = False
        self._attacker = attacker

    def place_call(self, account: str, device: bytes, call_id: bytes, leg: int) -> Call:
        """Call an account's device; which device, only the service knows."""
        handshake = CallerHandshake(
            self.identity,
            to_account=AccountId(account),
            to_device=device,
            call_id=call_id,
            leg=leg,
            entropy=self._attacker.entropy(),
        )
        return self._begin(handshake, account, device)

    def arrived(self, payload: bytes) -> None:
        """Take bytes from the service, whatever they are."""
        try:
            header = peek(payload)
        except ProtocolFailure:
            return
        call = self.calls.get((header.call_id, header.leg))
        if call is not None:
            unproven = call.machine.peer is None
            call.runner.message(call.runner.foremost, payload)
            if unproven and call.machine.peer is not None:
                call.proven_by = payload
        elif header.type is MessageType.M1:
            self._invited(payload)

    def _invited(self, payload: bytes) -> None:
        try:
            if self.refuses:
                refusal = refuse(self.identity, payload, RefusalReason.POLICY)
                self.refused.add(payload)
                self._attacker.takes(self.name, refusal)
                return
            handshake = CalleeHandshake.respond(self.identity, payload, self._attacker.entropy())
        except ProtocolFailure:
            return
        self._begin(handshake, str(handshake.claimed_account), None)

    def _begin(
        self, handshake: CallerHandshake | CalleeHandshake, account: str, device: bytes | None
    ) -> Call:
        machine = WatchedCall(handshake, self.pins.get(account), _RULES)
        key = (handshake.call_id, handshake.leg)
        call = Call(machine, key, account, device, self._attacker.time, self._takes)
        self.calls[key] = call
        call.runner.begin()
        return call

    def _takes(self, payload: bytes) -> None:
        self._attacker.takes(self.name, payload)

    def handle(self, call: Call, event: Event) -> None:
        call.runner.post(event)

    def heard(self, call: Call, packet: bytes, path: int = 0) -> bool:
        """Take a media packet on a path; tell whether it was authentic."""
        return call.open(packet, path)


class Attacker:
    """Whoever owns the service and the network; knows every public thing, and no honest key.

    Attributes:
        time: that of everybody.
        letters: everything that anybody sent, honest or not, in order.
        waiting: the numbers in `letters` that were not delivered as they should.
    """

    def __init__(self, seed: int, people: dict[str, LocalIdentity]) -> None:
        self.time = VirtualTime(WALL)
        self.letters: list[Letter] = []
        self.waiting: list[int] = []
        self.packets: list[Packet] = []
        self.own_legs: list[OwnLeg] = []
        self.telephones = {name: Telephone(self, name, own) for name, own in people.items()}
        self._seeds = itertools.count(seed * 1000)
        self._ids = itertools.count(1)

    @property
    def calls(self) -> list[tuple[Telephone, Call]]:
        return [
            (phone, call) for phone in self.telephones.values() for call in phone.calls.values()
        ]

    def entropy(self) -> SeededEntropy:
        return SeededEntropy(next(self._seeds))

    def new_call_id(self) -> bytes:
        return next(self._ids).to_bytes(16, "big")

    def other(self, name: str) -> str:
        return next(other for other in self.telephones if other != name)

    # The service

    def takes(self, sender: str, payload: bytes, *, forged: bool = False) -> None:
        self.letters.append(Letter(sender, self.other(sender), payload, forged))
        self.waiting.append(len(self.letters) - 1)

    def deliver_next(self) -> None:
        """Do for once what a service is for."""
        if self.waiting:
            letter = self.letters[self.waiting.pop(0)]
            self.telephones[letter.receiver].arrived(letter.payload)

    def deliver_own(self) -> None:
        """Deliver what the attacker made, and withhold the rest."""
        mine = [self.letters[number] for number in self.waiting if self.letters[number].forged]
        self.waiting.clear()
        for letter in mine:
            self.telephones[letter.receiver].arrived(letter.payload)

    def wait(self, seconds: float) -> None:
        self.time.run(seconds)

    # Legs of his own

    def calls_as(self, liar: LocalIdentity, account: str, victim: str, key: Key) -> OwnLeg:
        """Invite a victim in an account's name, and show what the liar has for it."""
        meant = self.telephones[victim].identity.credential
        machine = LyingCaller(
            liar,
            to_account=meant.account_id,
            to_device=meant.device_id,
            call_id=key[0],
            leg=key[1],
            entropy=self.entropy(),
            claims=AccountId(account),
        )
        return self._joins(machine, victim, machine.invite)

    def answers_as(self, liar: LocalIdentity, victim: str, invite: bytes) -> OwnLeg | None:
        """Answer a victim's invite in the callee's place, whoever is called."""
        try:
            machine = CalleeHandshake(liar, Invite.decode(invite), self.entropy())
        except ProtocolFailure:
            return None
        return self._joins(machine, victim, machine.respond_message)

    def _joins(
        self, machine: CallerHandshake | CalleeHandshake, victim: str, first: bytes
    ) -> OwnLeg:
        leg = OwnLeg(machine, victim)
        self.own_legs.append(leg)
        self.takes(self.other(victim), first, forged=True)
        return leg

    def proceeds(self, leg: OwnLeg) -> None:
        """Take whatever of the victim's fits, and go as far as that leads."""
        from_victim = [
            letter for letter in self.letters if letter.sender == leg.victim and not letter.forged
        ]
        for letter in from_victim:
            if leg.session is not None or leg.dead:
                break
            try:
                if isinstance(leg.machine, CalleeHandshake):
                    leg.machine.receive_offer(letter.payload, WALL)
                else:
                    leg.machine.receive_respond(letter.payload, WALL)
                    self.takes(
                        self.other(leg.victim), leg.machine.offer(OFFER.encode()), forged=True
                    )
            except ProtocolFailure as failure:
                leg.dead = not failure.harmless
        if leg.session is not None and leg.sealer is None:
            leg.sealer = MediaSealer(leg.session.send_key)

    def says(self, leg: OwnLeg, message: ControlMessage) -> None:
        """Say something on the control channel of an own leg."""
        if leg.session is not None:
            wire = leg.session.control.seal(message, self.time.now())
            self.takes(self.other(leg.victim), wire, forged=True)

    def frame_of(self, leg: OwnLeg) -> None:
        if leg.sealer is not None and leg.session is not None:
            payload = leg.sealer.seal(next(leg.numbers), [Audio(b"opus")])
            key = (leg.machine.call_id, leg.machine.leg)
            self.packets.append(Packet(self.other(leg.victim), key, payload, leg.session.send_key))
