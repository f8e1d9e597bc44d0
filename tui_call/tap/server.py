"""The tap: services give it orders, workers give it frames, and it says what becomes of them."""

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import assert_never

from tui_call.control.companion import Reply, Services
from tui_call.signaling.fences import in_lines
from tui_call.signaling.liveness import Alive, LivenessCheck
from tui_call.signaling.tap_messages import (
    VERSION,
    AcknowledgePart,
    CloseTap,
    PartClosed,
    PartOpened,
    SetTap,
    SpeechState,
    TapHello,
    TappedRooms,
    ToTap,
    TryAgain,
    encode_line,
    to_tap_decoder,
)
from tui_call.tap.intake import Intake
from tui_call.tap.interfaces import MakeKeeper, MakeSpeech, Recognised, SpeechSettings
from tui_call.tap.parts import PartNews, part_of
from tui_call.tap.rooms import KeptRooms

LOOK_SECONDS = 0.25
"""Between looks whether anybody needs it."""

HEARD_WITHIN = 1.5
"""For so long, at its end, what was said is waited for; the service waits for three seconds."""

_NAME_BYTES = 8

log = logging.getLogger(__name__)


class Tap:
    """Keeps and reads what services order; to be used in one running event loop, once.

    Args:
        keeper: makes what writes.
        directory: of all that is written.
        speech: makes what recognises.
        settings: of that.
        clock: monotonic seconds.

    Attributes:
        name: of this one.
        services: that it serves.
        intake: takes the frames of workers.
    """

    def __init__(
        self,
        keeper: MakeKeeper,
        directory: Path,
        speech: MakeSpeech,
        settings: SpeechSettings,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = secrets.token_hex(_NAME_BYTES)
        self.services = Services(to_tap_decoder.decode, self._greeting, self._obey, clock)
        self.intake = Intake()
        self._parts = PartNews(self._say_part)
        self._speech_state: SpeechState | None = None
        self._keeper = keeper(directory, self._parts.take, lambda: self.intake.taken_until)
        self._speech = speech(settings, self._hear, self._tell_speech)
        self._rooms = KeptRooms(self._keeper, self._speech, self.intake, self._parts, clock)

    async def run(self, stopped: asyncio.Event) -> None:
        """Go on until told to stop, or until no service needs it; then close all files."""
        self._keeper.close_left_behind()
        log.info("tap listens")
        try:
            while not (stopped.is_set() or self.services.unneeded):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stopped.wait(), LOOK_SECONDS)
        finally:
            await self._rooms.close(HEARD_WITHIN)
            await self._speech.close()
            self.services.close()
            log.info("tap ends", {"alone": self.services.unneeded, "dropped": self.intake.dropped})

    def _greeting(self) -> Iterator[bytes]:
        yield encode_line(TapHello(VERSION, self.name))
        for rooms in in_lines(self._rooms.fences):
            yield encode_line(TappedRooms(rooms))
        if self._speech_state is not None:
            yield encode_line(self._speech_state)
        for said in self._parts.to_say():
            yield encode_line(said)

    def _obey(self, order: ToTap, reply: Reply) -> None:
        match order:
            case SetTap() | CloseTap():
                self._rooms.order(order)
            case AcknowledgePart():
                if self._parts.acknowledge(part_of(order)):
                    self._keeper.acknowledged(order.kept, order.part)
            case TryAgain():
                self._speech.try_again()
            case LivenessCheck():
                reply(encode_line(Alive()))
            case _:
                assert_never(order)

    def _say_part(self, said: PartOpened | PartClosed) -> None:
        self.services.say(encode_line(said))

    def _hear(self, recognised: Recognised) -> None:
        self._rooms.hear(recognised)
        if recognised.member.captioned:
            self.services.say(encode_line(recognised.spoken))

    def _tell_speech(self, state: SpeechState) -> None:
        self._speech_state = state
        self.services.say(encode_line(state))
