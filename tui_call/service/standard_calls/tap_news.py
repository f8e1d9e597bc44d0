"""What the tap reports, as what happens to calls, and what is said in them to who reads it."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Set

from tui_call.errors import LocalFault
from tui_call.service.database.kept import ClosePart, KeptParts
from tui_call.service.standard_calls.call_book import KnownCall
from tui_call.service.standard_calls.exchange import CallExchange
from tui_call.service.standard_calls.tap_rooms import Part, TapRooms
from tui_call.service.standard_calls.telling import CallTelling
from tui_call.service.standard_calls.unsaved_reports import AWAY_SECONDS
from tui_call.signaling.bridge_messages import UNREACHED_SECONDS
from tui_call.signaling.liveness import Alive
from tui_call.signaling.standard_calls import CaptionSpoken
from tui_call.signaling.tap_messages import (
    CUT_SHORT,
    FromTap,
    PartClosed,
    PartOpened,
    SpeechState,
    Spoken,
    TapHello,
    TappedRooms,
)
from tui_call.signaling.vocabulary import MOST_SPOKEN
from tui_call.standard_calls.events import KeepingFailed, KeepingStopped, PartIsOpen, TapChanged
from tui_call.standard_calls.keeping import Keeping
from tui_call.standard_calls.kept_course import NO_TAP
from tui_call.standard_calls.state import StandardCall
from tui_call.tasks import Tasks

PARTIAL_SECONDS = 0.2
"""Between two revisions of what a member is saying."""

_CAN_GO_ON = ("", CUT_SHORT)
"""Why a part is closed by a tap that ends: another tap goes on in the next part."""

log = logging.getLogger(__name__)


class TapNews:
    """Takes it."""

    def __init__(
        self,
        exchange: CallExchange,
        rooms: TapRooms,
        parts: KeptParts,
        telling: CallTelling,
        wall_clock: Callable[[], float],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare.

        Args:
            exchange: runs the calls.
            rooms: orders the tap.
            parts: of which the end is written down.
            telling: tells of what is said, and of the speech engine.
            wall_clock: Unix seconds.
            clock: monotonic seconds, as the tap has them.
        """
        self._exchange = exchange
        self._rooms = rooms
        self._parts = parts
        self._telling = telling
        self._wall_clock = wall_clock
        self._clock = clock
        self._speech = telling.speech
        self._said: dict[tuple[str, int], float] = {}
        self._opened: set[Part] = set()  # of which the tap that is there says so
        self._tasks = Tasks()
        rooms.when_given_up(self._give_up)

    async def hear(self, message: FromTap) -> None:
        """Take what a tap says."""
        match message:
            case TapHello():
                await self._follow_tap()
                self._rooms.greet()
            case TappedRooms():
                self._rooms.close_others(message)
            case PartOpened(kept, part):
                self._opened.add((kept, part))
                call, _ = self._of(kept)
                if call is not None:
                    await self._exchange.insist(call.id, PartIsOpen(kept, part))
            case PartClosed():
                self._tasks.spawn(self._close(message))
                await self._broke_off(message)
            case Spoken():
                self._spoken(message)
            case SpeechState():
                await self._speech_is(message)
            case Alive():
                pass

    async def reached(self, reached: bool) -> None:
        """Take note whether the frames of calls reach the tap."""
        if reached is self._rooms.reached:
            return
        self._rooms.reached = reached
        await self._follow_tap(0.0 if reached else UNREACHED_SECONDS)
        await self._tell_speech(self._speech if reached else SpeechState(NO_TAP))

    async def lost(self, unnoticed: float = 0.0) -> None:
        """Take note that the tap is gone, and all that was open in it, for so many seconds now."""
        self._opened.clear()
        await self._follow_tap(unnoticed)
        await self._speech_is(SpeechState())

    async def missed(self) -> None:
        """Take note that no tap can be had: what was about to begin does not."""
        for known in await self._exchange.saved():
            for _, keeping in known.call.kept:
                if keeping.phase == "opening":
                    await self._exchange.insist(known.call.id, KeepingFailed(keeping.id, NO_TAP))

    async def close(self) -> None:
        """Write down nothing more; what a tap has not been acknowledged it says again."""
        self._tasks.cancel()
        await self._tasks.wait()

    # What is kept

    def _of(self, kept: str) -> tuple[StandardCall | None, Keeping | None]:
        """Return the call of which something is being kept, and that."""
        for known in self._exchange.calls:
            for _, keeping in known.call.kept:
                if keeping.id == kept:
                    return known.call, keeping
        return None, None

    async def _follow_tap(self, unnoticed: float = 0.0) -> None:
        """Have what was open in another tap go on in the one that is there."""
        since = self._wall_clock() - unnoticed
        told = await self._say_of_tap(_kept(self._exchange.calls), since)
        await self._say_of_tap(_kept(await self._exchange.saved()) - told, since)

    async def _say_of_tap(self, calls: Set[str], since: float) -> Set[str]:
        """Say of all calls at once, each of which may wait for the store, which tap is there."""
        changed = TapChanged(self._rooms.tap, since)
        await asyncio.gather(*(self._exchange.insist(call, changed) for call in calls))
        return calls

    async def _broke_off(self, closed: PartClosed) -> None:
        """Let a call know of what cannot go on, or was stopped before this service started.

        A tap closes a part in good order where it is told to, or ends itself. One that is there and
        has closed a part before it came was told so by a service that could not save it any more.
        """
        part = (closed.kept, closed.part)
        before = part not in self._opened
        self._opened.discard(part)
        call, keeping = self._of(closed.kept)
        if call is None or keeping is None:
            return
        if (keeping.part, call.tap) != (closed.part, self._rooms.tap):
            return
        if closed.why not in _CAN_GO_ON:
            await self._exchange.insist(call.id, KeepingFailed(closed.kept, closed.why))
        elif before and self._rooms.wants(part):
            await self._exchange.insist(call.id, KeepingStopped(closed.kept, ""))

    async def _close(self, closed: PartClosed) -> None:
        """Write the end of a part down, and let the tap forget it then."""
        row = ClosePart(
            closed.kept,
            closed.part,
            int(self._wall_clock()),
            closed.seconds,
            closed.files,
            closed.why,
        )
        while True:
            try:
                await self._parts.close(row)
            except LocalFault as fault:
                log.error("part is not closed", {"fault": type(fault).__name__})
                await asyncio.sleep(AWAY_SECONDS)
            else:
                self._rooms.acknowledge(closed.kept, closed.part)
                return

    def _give_up(self, parts: Set[Part]) -> None:
        """Close parts of which nothing was ever on a disk, or is not any more."""
        for kept, part in parts:
            self._tasks.spawn(self._close(PartClosed(kept, part, 0.0, why=CUT_SHORT)))

    # What is said

    def _spoken(self, spoken: Spoken) -> None:
        """Pass on what a member says to the devices that show captions, and to no other."""
        known = self._exchange.calls.here(spoken.room)
        if known is None or not self._is_due(known.call, spoken):
            return
        began = self._clock() - (self._wall_clock() - known.call.began)
        text = spoken.text[:MOST_SPOKEN]
        caption = CaptionSpoken(
            known.call.id,
            spoken.source,
            spoken.utterance,
            spoken.revision,
            text,
            min(spoken.stable, len(text)),
            max(0.0, spoken.began - began),
            max(0.0, spoken.ended - began),
            spoken.final,
        )
        self._telling.show(known.call, caption, spoken.began)

    def _is_due(self, call: StandardCall, spoken: Spoken) -> bool:
        """Tell whether somebody is in the call, may be shown, and is not so too often."""
        key, now = (call.id, spoken.source), self._clock()
        speaker = next((one for one in call.inside if one.number == spoken.source), None)
        if speaker is None:  # who has just left is heard out
            return spoken.final and self._said.pop(key, None) is not None
        if not speaker.word.captioned:
            return False
        if not spoken.final and now - self._said.get(key, 0.0) < PARTIAL_SECONDS:
            return False
        alive = self._exchange.calls
        self._said = {one: at for one, at in self._said.items() if one[0] in alive}
        self._said[key] = now
        return True

    async def _speech_is(self, state: SpeechState) -> None:
        """Take what the tap says of whether speech is recognised; no transcript without."""
        fails = state.fault and state != self._telling.speech
        self._speech = state
        await self._tell_speech(state)
        for known in await self._exchange.saved() if fails else ():
            call = known.call
            if call.transcript is not None:
                failed = KeepingFailed(call.transcript.id, state.fault)
                await self._exchange.insist(call.id, failed)

    async def _tell_speech(self, state: SpeechState) -> None:
        """Tell all whom it concerns whether speech is recognised."""
        if state == self._telling.speech:
            return
        self._telling.speech = state
        for known in self._exchange.calls:
            await self._exchange.tell(known.call.id)


def _kept(calls: Iterable[KnownCall]) -> Set[str]:
    return {known.call.id for known in calls if known.call.kept}
