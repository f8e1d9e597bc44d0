"""What the tap has to keep and read of all calls, said again whole to each that comes."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Set
from dataclasses import dataclass

from msgspec import structs

from tui_call.service.standard_calls.links import TapLink
from tui_call.signaling.tap_messages import (
    ALL_HEARD_WITHIN,
    AcknowledgePart,
    CloseTap,
    KeptPart,
    SetTap,
    TapMember,
    TappedRooms,
    TryAgain,
)
from tui_call.standard_calls.kept_rooms import TapPart, TapRoom, tap_room
from tui_call.standard_calls.state import StandardCall

CLOSES_WITHIN = ALL_HEARD_WITHIN + 30.0
"""Seconds for which a tap is kept that has not said yet that a part is closed."""

Part = tuple[str, int]
"""Id of a recording or transcript, and number of the part."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is said of a room, but for since when, and to which tap alone, "" to any."""

    said: SetTap
    tap: str


class TapRooms:
    """Keeps the tap's rooms as the calls are, and the tap itself while anything needs it.

    Attributes:
        reached: whether the worker's frames reach the tap.
    """

    def __init__(self, link: TapLink, clock: Callable[[], float] = time.monotonic) -> None:
        """Order the tap of a link; `clock` is that of worker and tap, too."""
        self._link = link
        self._clock = clock
        self._given_up: Callable[[Set[Part]], None] | None = None
        self._rooms: dict[str, _Wanted] = {}
        self._unclosed: set[Part] = set()
        self._beginning = 0
        self.reached = True

    @property
    def tap(self) -> str:
        """Names the tap that is there, "" for none: one that frames do not reach keeps nothing."""
        return self._link.name if self.reached else ""

    @contextlib.asynccontextmanager
    async def ready(self) -> AsyncGenerator[bool]:
        """Have the tap for a call that begins and must be recorded; whether it is there now."""
        self._beginning += 1
        try:
            self._want()
            yield await self._link.until_there() and self.tap != ""
        finally:
            self._beginning -= 1
            self._want()

    def set(self, call: StandardCall, fence: int) -> None:
        """Have what is kept and read of a call as it is now; of one that is over it is nothing."""
        room, before = tap_room(call), self._rooms.pop(call.id, None)
        if room is not None:
            wanted = _Wanted(_as_said(room, fence), call.tap)
            self._rooms[call.id] = wanted
            if wanted != before and self._is_for(wanted):
                self._say(wanted.said)
        elif before is not None:
            self._link.say(CloseTap(call.id, fence, self._clock()))
        self.expect(_parts(before) - _parts(self._rooms.get(call.id)))

    def when_given_up(self, given_up: Callable[[Set[Part]], None]) -> None:
        """Let somebody know of parts of which no tap has said in time that they are closed."""
        self._given_up = given_up

    def greet(self) -> None:
        """Say everything to a tap that has come."""
        for wanted in self._rooms.values():
            if self._is_for(wanted):
                self._say(wanted.said)

    def close_others(self, tapped: TappedRooms) -> None:
        """Close what a tap has of calls that are over."""
        for room, fence in tapped.rooms:
            if room not in self._rooms:
                self._link.say(CloseTap(room, fence))

    def expect(self, parts: Set[Part]) -> None:
        """Keep the tap for a while, until it has said that these parts are closed."""
        self._unclosed |= parts
        if parts:
            asyncio.get_running_loop().call_later(CLOSES_WITHIN, self._give_up, parts)
        self._want()

    def wants(self, part: Part) -> bool:
        """Tell whether a part has to be open."""
        return any(part in _parts(wanted) for wanted in self._rooms.values())

    def acknowledge(self, kept: str, part: int) -> None:
        """Let the tap forget a part, which is written down as closed."""
        self._link.say(AcknowledgePart(kept, part))
        self._unclosed -= {(kept, part)}
        self._want()

    def try_again(self) -> None:
        """Have the speech engine started anew, after it stopped."""
        self._link.say(TryAgain())

    def _say(self, said: SetTap) -> None:
        self._link.say(structs.replace(said, at=self._clock()))

    def _is_for(self, wanted: _Wanted) -> bool:
        """Tell whether parts were meant for the tap that is there: another one opens new ones."""
        return wanted.tap in ("", self._link.name)

    def _give_up(self, parts: Set[Part]) -> None:
        """Forget those that are not written even now."""
        late = {part for part in parts & self._unclosed if not self.wants(part)}
        self._unclosed -= parts
        if late and self._given_up is not None:
            self._given_up(late)
        self._want()

    def _want(self) -> None:
        self._link.want(bool(self._rooms or self._unclosed or self._beginning))


def _parts(wanted: _Wanted | None) -> frozenset[Part]:
    both = (wanted.said.recording, wanted.said.transcript) if wanted is not None else ()
    return frozenset((part.kept, part.part) for part in both if part is not None)


def _as_said(room: TapRoom, fence: int) -> SetTap:
    members = (
        TapMember(seat.source, seat.person, seat.kept, seat.transcribed, seat.captioned)
        for seat in room.seats
    )
    recording, transcript = _part(room.recording), _part(room.transcript)
    return SetTap(room.id, fence, tuple(members), recording, transcript, room.captions)


def _part(part: TapPart | None) -> KeptPart | None:
    if part is None:
        return None
    return KeptPart(part.kept, part.part, part.began, tracks=part.tracks, by_rule=part.by_rule)
