"""What is typed, one key after the other.

Textual hands a key to the widget in focus and forgets it: letters are taken there, while every
other key climbs from queue to queue up to the application, which runs what is bound to it. Keys
that arrive at once (pasted, or sent together by a slow line) so overtake each other, and the second
one meets a screen, a field or a text that the first has not changed yet. Here each key waits until
all that the key before it set going is done.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress

from textual import events
from textual.app import App
from textual.command import CommandPalette
from textual.driver import Driver
from textual.message_pump import MessagePump
from textual.worker import WorkerError

_WAITS_AT_MOST = 1.0
_ROUNDS = 2


class KeysInOrder(App[str]):
    """An application that takes a key, or pasted text, when the one before was dealt with.

    Attributes:
        typed: what waits for its turn.
    """

    def __init__(self, driver_class: type[Driver] | None = None) -> None:
        super().__init__(driver_class=driver_class)
        self.typed = asyncio.Queue[events.Key | events.Paste]()

    def on_mount(self) -> None:
        """Take what is typed from now on."""
        self.run_worker(self._take_typed(), group="typed")

    async def on_event(self, event: events.Event) -> None:
        """Put what is typed into its row; all else goes its way."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            self.typed.put_nowait(event)
        else:
            await super().on_event(event)

    async def _take_typed(self) -> None:
        while True:
            event = await self.typed.get()
            if not (isinstance(event, events.Key) and event.is_printable):
                await _at_most_a_second(self._found())
            await self.take_typed(event)
            await _at_most_a_second(self._dealt_with())
            self.typed.task_done()

    async def take_typed(self, event: events.Key | events.Paste) -> None:
        """Take one key, or pasted text."""
        await super().on_event(event)

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
                if isinstance(node, MessagePump):
                    await _passed(node)
            quiet = quiet + 1 if before == (self.screen, self.focused) else 0


async def _at_most_a_second(waiting: Coroutine[None, None, None]) -> None:
    """Wait, but not for a widget that is stuck: the keys that leave must go on working."""
    with suppress(TimeoutError):
        await asyncio.wait_for(waiting, _WAITS_AT_MOST)


async def _passed(queue: MessagePump) -> None:
    """Wait until a queue has passed all that stands in it now."""
    passed = asyncio.Event()
    if queue.call_later(passed.set):
        await passed.wait()
