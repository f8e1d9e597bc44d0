"""The owner of an E2EE call: the only one who feeds its core, one event after the other."""

from collections import deque
from collections.abc import Iterable, Mapping
from functools import partial

from tui_call.calls.effects import Ended
from tui_call.calls.events import (
    AddressesChanged,
    CallBegins,
    Event,
    HoldChanged,
    MessageArrived,
    MuteChanged,
    NewPathWanted,
    PersonAnswers,
    PersonHangsUp,
    ServiceBack,
    TimePassed,
)
from tui_call.calls.forked_call import CallEffect, CallEvent, ForkedCall, LegEffect, LegEvent
from tui_call.calls.one_to_one import OneToOneCall
from tui_call.calls.states import State
from tui_call.engine.calls.clock import Timer
from tui_call.engine.calls.leg import Leg
from tui_call.engine.calls.reports import LegAddress
from tui_call.engine.calls.surroundings import Surroundings
from tui_call.reasons import EndReason
from tui_call.tasks import attempt


class CallRunner:
    """One call, from the first message to the last frame.

    An event that comes while another one is under way waits for its turn, so that no effect finds
    the core in a state that it was not meant for. Whatever fails in one is told, and keeps nothing
    after it from being done.

    Attributes:
        id: 16 bytes.
        account: who is at the other end.
        legs: one for each device that is called; one alone for a call that comes in.
    """

    def __init__(
        self,
        call_id: bytes,
        account: str,
        cores: Mapping[bytes, OneToOneCall],
        around: Surroundings,
    ) -> None:
        """Own a call that has not begun.

        Args:
            call_id: 16 bytes.
            account: who is at the other end.
            cores: of the legs, by device.
            around: what calls have in common.
        """
        self.id = call_id
        self.account = account
        self.legs = tuple(
            Leg(core, LegAddress(call_id, account, device), around, partial(self._post_of, number))
            for number, (device, core) in enumerate(cores.items())
        )
        self._core = ForkedCall(dict(enumerate(cores.values())))
        self._around = around
        self._waiting: deque[CallEvent] = deque()
        self._draining = False
        self._ended = self._closed = False
        self._timer: Timer | None = None
        self._wakes_at: float | None = None

    @property
    def foremost(self) -> Leg:
        """The leg that stands for the call: the one that was answered, else the furthest."""
        return self.legs[self._core.foremost]

    @property
    def voice(self) -> Leg:
        """The same, to those to whom it is sound alone."""
        return self.foremost

    @property
    def over(self) -> bool:
        """Whether nothing more has to be said about it."""
        return all(leg.paths.closed if self._closed else leg.over for leg in self.legs)

    @property
    def ringing(self) -> tuple[Leg, ...]:
        """The legs whose devices have said that they ring, ended or not."""
        return tuple(self.legs[number] for number in sorted(self._core.ringing))

    def leg_with(self, account: str, device: bytes) -> Leg | None:
        """Return the leg with a device, None if it is not called or calling."""
        for leg in self.legs:
            if (leg.address.account, leg.address.device) == (account, device):
                return leg
        return None

    def begin(self) -> None:
        """Send the first messages, and meanwhile load what it takes to go on."""
        self._around.libraries.begin()
        self.post(CallBegins())

    def post(self, event: CallEvent) -> None:
        """Let the core take an event, now or when what is under way is done.

        Once the paths are closed it takes none: what a device still sends would open another one.
        """
        if self._closed:
            return
        self._waiting.append(event)
        if self._draining:
            return
        self._draining = True
        try:
            while self._waiting:
                self._take(self._waiting.popleft())
        finally:
            self._draining = False
            self._set_timer()

    def message(self, leg: Leg, payload: bytes) -> None:
        """Take signaling bytes from the device of a leg."""
        event = MessageArrived(payload, self._around.clock.wall())
        self._around.libraries.when_loaded(partial(self.post_to, leg, event))

    def post_to(self, leg: Leg, event: Event) -> None:
        """Let one leg take an event."""
        self._post_of(self.legs.index(leg), event)

    def answer(self) -> None:
        """Take the call, which rings here."""
        self.post(PersonAnswers())

    def end(self, reason: EndReason) -> None:
        """End, cancel or decline it."""
        self.post(PersonHangsUp(reason))

    def hold(self, on: bool) -> None:
        """Tell that the person here holds it, or does no more."""
        self.post(HoldChanged(on))

    def mute(self, on: bool) -> None:
        """Tell that the microphone is closed, or open."""
        self.post(MuteChanged(on))

    def find_new_path(self) -> None:
        """Look for another way through the network; the call goes on meanwhile."""
        self.post(NewPathWanted())

    def service_back(self) -> None:
        """Send at once what other devices have not acknowledged while there was no service."""
        self.post(ServiceBack())

    def addresses_changed(self) -> None:
        """Go over to a path from the addresses of now; those not told yet are looked for anew."""
        for leg in self.legs:
            self._go_over(leg)

    def hide_addresses(self) -> None:
        """Leave paths that tell this computer's addresses, for those through a relay."""
        for leg in self.legs:
            if leg.paths.tell_addresses:
                self._go_over(leg)

    async def close(self) -> None:
        """Take nothing more, and close every path."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        for leg in self.legs:
            await leg.close()

    def _go_over(self, leg: Leg) -> None:
        if leg.state is State.RINGING:
            leg.paths.gather(0)
        self.post_to(leg, AddressesChanged())

    def _post_of(self, number: int, event: Event) -> None:
        self.post(LegEvent(number, event))

    def _take(self, event: CallEvent) -> None:
        try:
            effects = self._core.handle(event, self._around.clock.now())
        except Exception as error:
            self._around.on_failure(_name(event), error)
            self._pass_over(event)
        else:
            self._carry_out(effects)

    def _pass_over(self, event: CallEvent) -> None:
        """Go on without an event that the core could not take; end a call that else never would."""
        if isinstance(event, CallBegins | TimePassed | PersonHangsUp):
            reason = event.reason if isinstance(event, PersonHangsUp) else EndReason.HUNG_UP
            self._end_without_core(Ended(reason, by_peer=False))

    def _end_without_core(self, end: Ended) -> None:
        """Let nobody listen on, and nothing wake the call again."""
        self._closed = True
        self._waiting.clear()
        self._carry_out([LegEffect(number, end) for number in range(len(self.legs))])
        if not self._ended:
            self._carry_out([end])

    def _carry_out(self, effects: Iterable[CallEffect]) -> None:
        for effect in effects:
            attempt(self._around.on_failure, _name(effect), self._do, effect)

    def _do(self, effect: CallEffect) -> None:
        match effect:
            case LegEffect(number, wanted):
                self.legs[number].carry_out(wanted)
            case Ended():
                self._ended = True
                self._around.observer.call_ended(self.id, effect)

    def _set_timer(self) -> None:
        deadline = None if self._closed else self._core.next_deadline()
        if deadline == self._wakes_at:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._wakes_at = deadline
        if deadline is not None:
            self._timer = self._around.clock.call_at(deadline, self._time_passed)

    def _time_passed(self) -> None:
        self._timer = self._wakes_at = None
        self.post(TimePassed())


def _name(of: CallEvent | CallEffect) -> str:
    """Return what an event or an effect is called in the log."""
    match of:
        case LegEvent(_, inner) | LegEffect(_, inner):
            return type(inner).__name__
        case _:
            return type(of).__name__
