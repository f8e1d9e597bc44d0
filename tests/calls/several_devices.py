"""A call to several devices of one person, in virtual time: a `World` a leg, one caller over all.

The caller's devices of the worlds are the legs of one call, which one runner owns. Each leg has its
own service, and so its own weather.
"""

from collections.abc import Callable, Sequence
from typing import cast

from tests.calls.device import VirtualPaths
from tests.calls.two_devices import PIN_OF_ADA, PIN_OF_BOB, Device, Weather, World
from tests.e2ee import handshake_reference as reference
from tests.e2ee.machines import ADA, WALL, local
from tests.support.virtual_time import VirtualTime
from tui_call.calls.effects import Ended, StartMedia, StartRinging
from tui_call.calls.events import PersonAnswers, PersonHangsUp
from tui_call.calls.forked_call import CallEvent, LegEvent
from tui_call.calls.introduction import KnownPeer
from tui_call.calls.rules import CallRules
from tui_call.calls.states import State
from tui_call.e2ee.credentials import LocalIdentity
from tui_call.e2ee.media import MediaFrame
from tui_call.e2ee.messages import RefusalReason
from tui_call.engine.calls.reports import LegAddress, Report
from tui_call.engine.calls.runner import CallRunner
from tui_call.engine.calls.surroundings import OnDescribed, OnFailed, OnPacket, Surroundings
from tui_call.reasons import EndReason


def device_of_bob(number: int, *, epoch: int = 7, identity_seed: bytes = b"") -> LocalIdentity:
    """Return one of Bob's devices: the same identity key, its own device key, unless told."""
    person = reference.Person(
        reference.BOB.account,
        bytes([0xB0 + number] * 16),
        identity_seed or reference.BOB.identity_seed,
        bytes([0xD0 + number] * 32),
    )
    return local(person, person.credential(epoch=epoch))


class CallerLeg(Device):
    """The caller's end of one leg; one runner has all of them."""

    world: "LegWorld"

    def _make_runner(self) -> CallRunner:
        return cast("CallRunner", None)  # comes when every leg is there

    def start(self) -> None:
        raise AssertionError("the call is started as a whole")

    def post(self, event: CallEvent) -> None:
        """Let an event happen to this leg; the runner is told which one it is."""
        assert not isinstance(event, LegEvent)
        self.runner.post_to(self.leg, event)


class LegWorld(World):
    """One leg: the caller, one device of the person called, and the service between them."""

    def __init__(
        self,
        number: int,
        callee: LocalIdentity,
        *,
        seed: int,
        weather: Weather,
        caller_knows: KnownPeer | None,
        refuses: RefusalReason | None,
        rules: CallRules,
        time: VirtualTime,
    ) -> None:
        super().__init__(
            seed + number,
            weather=weather,
            caller_knows=caller_knows,
            callee_knows=PIN_OF_ADA,
            callee=callee,
            refuses=refuses,
            leg=number,
            caller_rules=rules,
            time=time,
        )
        self.number = number
        self.caller = CallerLeg(self, self.caller.machine, ADA, callee)


class SeveralDevices:
    """One call with its legs; implements `CallObserver`.

    Attributes:
        worlds: one a leg.
        ended: how the call ended for the caller, None while it is on.
        rang: how often the caller's ringing tone began.
    """

    def __init__(
        self,
        callees: Sequence[LocalIdentity],
        *,
        seed: int = 0,
        weather: Sequence[Weather] = (),
        refusals: Sequence[RefusalReason | None] = (),
        caller_knows: KnownPeer | None = PIN_OF_BOB,
        rules: CallRules | None = None,
    ) -> None:
        self.time = VirtualTime(WALL)
        self.worlds = [
            LegWorld(
                number,
                callee,
                seed=10 * seed,
                weather=weather[number] if weather else Weather(),
                caller_knows=caller_knows,
                rules=rules or CallRules(),
                refuses=refusals[number] if refusals else None,
                time=self.time,
            )
            for number, callee in enumerate(callees)
        ]
        self.ended: Ended | None = None
        self.rang = 0
        self.runner = self._make_runner()

    def _make_runner(self) -> CallRunner:
        first = self.worlds[0].caller
        cores = {leg.peer.device_id: leg.machine for leg in self._callers.values()}
        around = Surroundings(
            self.time,
            self._make_paths,
            self._send,
            self,
            self._hears,
            on_failure=self.worlds[0].caller.failed,
        )
        runner = CallRunner(self.worlds[0].call_id, first.peer.account_id, cores, around)
        for leg in self._callers.values():
            leg.runner = runner
        return runner

    @property
    def _callers(self) -> dict[bytes, Device]:
        return {world.caller.peer.device_id: world.caller for world in self.worlds}

    @property
    def winner(self) -> int | None:
        started = [world for world in self.worlds if world.caller.saw(StartMedia)]
        assert len(started) <= 1
        return started[0].number if started else None

    # What the runner needs, leg by leg

    def _make_paths(
        self, leg: LegAddress, on_packet: OnPacket, on_described: OnDescribed, on_failed: OnFailed
    ) -> VirtualPaths:
        caller = self._callers[leg.device]
        return caller.make_paths(leg, on_packet, on_described, on_failed)

    def _send(self, leg: LegAddress, payload: bytes, repeat: bool) -> None:
        self._callers[leg.device].send(leg, payload, repeat)

    def _hears(self, leg: LegAddress, frame: MediaFrame) -> None:
        self._callers[leg.device].hears(leg, frame)

    def leg_reports(self, leg: LegAddress, report: Report) -> None:
        self.rang += isinstance(report, StartRinging)
        self._callers[leg.device].leg_reports(leg, report)

    def call_ended(self, call_id: bytes, end: Ended) -> None:
        assert call_id == self.worlds[0].call_id
        assert self.ended is None
        self.ended = end

    # Time

    @property
    def now(self) -> float:
        return self.time.now()

    def run(self, seconds: float) -> None:
        self.time.run(seconds)

    def run_until(self, reached: Callable[[], bool], seconds: float = 100.0) -> bool:
        return self.time.run_until(reached, seconds)

    # Usual courses

    def start(self) -> "SeveralDevices":
        self.runner.begin()
        return self

    def hang_up(self, reason: EndReason = EndReason.HUNG_UP) -> None:
        self.runner.post(PersonHangsUp(reason))

    def ring(self) -> "SeveralDevices":
        """Call until it rings at every device."""
        self.start()
        assert self.run_until(lambda: all(is_at(world, State.RINGING) for world in self.worlds))
        assert self.run_until(lambda: self.rang == 1)
        return self

    def answer(self, number: int) -> None:
        self.worlds[number].callee.handle(PersonAnswers())

    def talk(self, number: int) -> "SeveralDevices":
        """Answer on one device, until both ends are secure."""
        self.answer(number)
        world = self.worlds[number]
        assert self.run_until(lambda: {d.state for d in world.devices} == {State.SECURE}, 20)
        return self


def is_at(world: World, state: State) -> bool:
    """Tell whether the device that is called stands at a state; it may not know of the call."""
    return len(world.devices) == 2 and world.callee.state is state
