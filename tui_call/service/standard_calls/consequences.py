"""What follows from a call once it is saved: at the bridge, at the tap, and for its people."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import assert_never

from tui_call.service.bus.traffic import Address
from tui_call.service.standard_calls.bridge_rooms import BridgeRooms
from tui_call.service.standard_calls.tap_rooms import TapRooms
from tui_call.service.standard_calls.telling import CallTelling
from tui_call.service.standard_calls.unsaved_reports import UnsavedReports
from tui_call.standard_calls.effects import (
    Effect,
    EndLeg,
    LeaveWord,
    Ring,
    SoundTone,
    Tell,
    TellOver,
)
from tui_call.standard_calls.state import StandardCall


class CallConsequences:
    """Orders the bridge worker and the tap, and tells people.

    Attributes:
        taps: the tap's rooms.
    """

    def __init__(self, telling: CallTelling, rooms: BridgeRooms, taps: TapRooms) -> None:
        self.taps = taps
        self._telling = telling
        self._rooms = rooms
        self._ring: Callable[[str, Ring], None] | None = None
        self._unsaved: UnsavedReports | None = None

    def go_by(self, unsaved: UnsavedReports) -> None:
        """Go by what is told of calls, too, and not in them yet as it could not be saved."""
        self._unsaved = unsaved

    def when_rings(self, ring: Callable[[str, Ring], None]) -> None:
        """Let somebody see to it that a call, given by its id, can ring where it is to."""
        self._ring = ring

    def set(self, call: StandardCall, fence: int) -> None:
        """Have rooms and what is kept as the call is now."""
        self._telling.listeners.set(call)
        unsaved = self._unsaved
        call = unsaved.as_kept(call) if unsaved is not None else call
        self.taps.set(call, fence)  # first, so that nobody is heard before being kept
        if call.by_rule and unsaved is not None and not unsaved.is_recorded(call):
            call = replace(call, recording=None)
        self._rooms.set(call, fence)

    def is_over(self, call: StandardCall, fence: int) -> None:
        """Leave no rooms of a call that is over, whoever ended it."""
        self.set(replace(call, members=(), recording=None, transcript=None), fence)

    async def tell(self, call: StandardCall) -> None:
        """Tell a call as it is now to all its people."""
        await self._telling.tell(call, map(Address, call.accounts))

    async def carry_out(
        self, call: StandardCall, fence: int, effects: Iterable[Effect], *, runs_here: bool
    ) -> None:
        """Carry out what a step of a call brings about; rooms are of the service that runs it."""
        if runs_here:
            self.set(call, fence)
        for effect in effects:
            if isinstance(effect, EndLeg | SoundTone):
                if runs_here:
                    self._order(call, fence, effect)
            else:
                await self._do(call, effect)

    def _order(self, call: StandardCall, fence: int, effect: EndLeg | SoundTone) -> None:
        match effect:
            case EndLeg(leg):
                self._rooms.end_leg(call, fence, leg)
            case SoundTone():
                self._rooms.play(call, fence, effect)

    async def _do(self, call: StandardCall, effect: Tell | TellOver | Ring | LeaveWord) -> None:
        match effect:
            case Tell():
                await self.tell(call)
            case TellOver():
                await self._telling.tell_over(call, effect)
            case Ring():
                if self._ring is not None:
                    self._ring(call.id, effect)
            case LeaveWord():
                await self._telling.leave_word(call, effect)
            case _:
                assert_never(effect)
