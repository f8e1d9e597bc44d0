"""The legs of a call that is placed here: one call with each device, judged together."""

from collections.abc import Callable, Mapping
from functools import partial

from tui_call.calls.effects import Ended
from tui_call.calls.events import Event
from tui_call.calls.one_to_one import OneToOneCall
from tui_call.calls.placed_call import LegEffect, PlacedCall, PlacedEffect
from tui_call.engine.call import ActiveCall
from tui_call.engine.call_listener import CallListener
from tui_call.engine.call_record import CallRecord
from tui_call.engine.paths import Network


class PlacedLegs:
    """Feeds the machine of a placed call, and lets each leg carry out its part.

    The record's `active` is the leg that stands for the call, from the first moment on.
    """

    def __init__(
        self,
        record: CallRecord,
        machines: Mapping[bytes, OneToOneCall],
        network: Callable[[], Network],
        clock: Callable[[], float],
        listener: CallListener,
        ended: Callable[[Ended], None],
    ) -> None:
        """Make a leg for each device; nothing is sent before `start`.

        Args:
            record: of the call; gets its legs.
            machines: by device, in the order of their leg numbers.
            network: tells how paths are made now.
            clock: as in `ActiveCall`.
            listener: is told what happens in each leg.
            ended: is told the end of the call as a whole.
        """
        self._record = record
        self._clock = clock
        self._placed = PlacedCall(dict(enumerate(machines.values())))
        self._ended = ended
        record.legs = tuple(
            ActiveCall(
                machine,
                record.id,
                record.account,
                device,
                network,
                clock,
                listener,
                feed=partial(self.handle, number),
            )
            for number, (device, machine) in enumerate(machines.items())
        )
        record.active = record.legs[0]

    def start(self) -> None:
        """Send an invite to each device."""
        self._do(self._placed.start(self._clock()))

    def handle(self, number: int, event: Event) -> None:
        """Take what happened to a leg."""
        self._do(self._placed.handle(number, event, self._clock()))

    def _do(self, effects: list[PlacedEffect]) -> None:
        legs = self._record.legs
        self._record.active = legs[self._placed.foremost]
        for number in self._placed.ringing:
            legs[number].figures.rang = True
        for effect in effects:
            match effect:
                case LegEffect(number, wanted):
                    legs[number].do([wanted])
                case Ended():
                    self._ended(effect)
        for leg in legs:
            leg.do([])  # its time may be another one now
