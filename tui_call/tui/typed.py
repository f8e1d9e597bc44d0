"""What is typed: one key after the other, and none for a screen that is gone.

Textual hands a key to the widget in focus and forgets it: letters are taken there, while every
other key climbs from queue to queue up to the application, which runs what is bound to it. Keys
that arrive at once (pasted, or sent together by a slow line) so overtake each other, and the second
one meets a screen, a field or a text that the first has not changed yet. Here each key waits until
all that the key before it set going is done.

A key that was meant for one screen must not act on the next. Where a screen comes up by itself, or
when a typed line was finished, all keys sleep until nothing was typed for a moment; where another
key brought it, that key does, so that one pressed twice or held down does nothing more. What a text
field takes, and keys that nobody types in a text, sleep never.
"""

import asyncio
import sys
from codecs import IncrementalDecoder, getincrementaldecoder
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any, cast

from textual import events
from textual.command import CommandPalette
from textual.driver import Driver
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.signal import Signal
from textual.widgets import Input
from textual.worker import WorkerError

from tui_call.tui.talk import QUIET_BEFORE_ARMED, LateKeys
from tui_call.tui.updates import PartialApp

_WAITS_AT_MOST = 1.0
_ROUNDS = 2
_EVERY_KEY = ""
_BACK = "escape"


def _decoder(encoding: str) -> Callable[[], IncrementalDecoder]:
    return partial(getincrementaldecoder(encoding), "replace")


if sys.platform != "win32":
    from textual.drivers import linux_driver

    # Textual ends the application at a byte that is not UTF-8, as a key of an old terminal sends.
    linux_driver.getincrementaldecoder = _decoder  # pyright: ignore[reportPrivateImportUsage]


class TypedApp(PartialApp):
    """An application that takes a key, or pasted text, when the one before was dealt with.

    Args:
        monotonic: gives seconds that never go back.
        driver_class: Textual's driver, for tests.

    Attributes:
        typed: what waits for its turn.
    """

    def __init__(
        self, monotonic: Callable[[], float], driver_class: type[Driver] | None = None
    ) -> None:
        super().__init__(driver_class=driver_class)
        self.typed = asyncio.Queue[events.Key | events.Paste]()
        self._monotonic = monotonic
        self._taking = _EVERY_KEY
        self._ends_a_line = False
        self._sleeping = _EVERY_KEY
        self._late = LateKeys(-QUIET_BEFORE_ARMED)

    def on_mount(self) -> None:
        """Take what is typed from now on."""
        shown = cast("Signal[Screen[Any]]", self.screen_change_signal)  # pyright: ignore[reportUnknownMemberType]
        shown.subscribe(self, self._screen_changed, immediate=True)
        self.run_worker(self._take_typed(), group="typed")

    async def on_event(self, event: events.Event) -> None:
        """Put what is typed into its row; all else goes its way."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            self.typed.put_nowait(event)
        else:
            await super().on_event(event)

    # Keys that sleep

    @property
    def drowsy(self) -> bool:
        """Whether some key sleeps."""
        return not self._late.armed(self._monotonic())

    def sleeps(self, key: str = _EVERY_KEY) -> bool:
        """Whether a key, or every one, does nothing yet on the screen that came up."""
        if not self.drowsy or _is_no_text(key):
            return False
        field = self.focused
        if isinstance(field, Input) and key and _is_for(field, key):
            return False
        return self._sleeping in (_EVERY_KEY, key)

    def put_to_sleep(self, key: str = _EVERY_KEY) -> None:
        """Let a key, or every one, do nothing until nothing was typed for a moment."""
        self._sleeping = key
        self._late.disturb(self._monotonic())
        self.screen.set_timer(QUIET_BEFORE_ARMED, self.screen.refresh_bindings)
        self.screen.refresh_bindings()

    def _screen_changed(self, screen: Screen[object]) -> None:
        if self._taking != _BACK and not self.awake_on(screen):
            self.put_to_sleep(_EVERY_KEY if self._ends_a_line else self._taking)

    def awake_on(self, screen: Screen[object]) -> bool:  # noqa: ARG002
        """Whether no key on a screen that came up could have been meant for the one before."""
        return False

    # One after the other

    async def _take_typed(self) -> None:
        while True:
            event = await self.typed.get()
            try:
                if isinstance(event, events.Key):
                    await self._take_key(event)
                else:
                    await self._take_pasted(event)
            finally:
                self.typed.task_done()

    async def _take_key(self, event: events.Key) -> None:
        if not event.is_printable:
            await _at_most_a_second(self._found())
        if self.sleeps(event.key):
            self.put_to_sleep(self._sleeping)
            return
        self._taking = event.key
        self._ends_a_line = event.key == "enter" and isinstance(self.focused, Input)
        await super().on_event(event)
        await _at_most_a_second(self._dealt_with())
        self._taking = _EVERY_KEY

    async def _take_pasted(self, event: events.Paste) -> None:
        if not isinstance(self.focused, Input):
            self.put_to_sleep()
        await super().on_event(event)
        await _at_most_a_second(self._dealt_with())

    async def _found(self) -> None:
        """Wait for what the palette looks for: Enter takes a row of what was found last."""
        if isinstance(self.screen, CommandPalette):
            for search in [worker for worker in self.workers if worker.node is self.screen]:
                with suppress(WorkerError):
                    await search.wait()

    async def _dealt_with(self) -> None:
        """Wait until the queues that a key climbs are empty, and stay on one screen and field.

        The first round follows the key itself, the second what was posted on its way: a field tells
        its screen that Enter was pressed, a question tells its answer, a new screen its focus.
        """
        quiet = 0
        while quiet < _ROUNDS:
            before = self.screen, self.focused
            for node in (self.focused or self.screen).ancestors_with_self:
                await _passed(node)
            quiet = quiet + 1 if before == (self.screen, self.focused) else 0


def _is_no_text(key: str) -> bool:
    """Whether a key is pressed on purpose only: with ctrl, or one that no text needs."""
    return key.startswith(("ctrl+", "tab", "shift+tab")) or (key[:1] == "f" and key[1:].isdigit())


def _is_for(field: Input, key: str) -> bool:
    """Whether a text field takes a key; Enter is for it when there is something to take."""
    return bool(field.value) if key == "enter" else key != _BACK


async def _at_most_a_second(waiting: Coroutine[None, None, None]) -> None:
    """Wait, but not for a widget that is stuck: the keys that leave must go on working."""
    with suppress(TimeoutError):
        await asyncio.wait_for(waiting, _WAITS_AT_MOST)


async def _passed(queue: MessagePump) -> None:
    """Wait until a queue has passed all that stands in it now."""
    passed = asyncio.Event()
    if queue.call_later(passed.set):
        await passed.wait()
