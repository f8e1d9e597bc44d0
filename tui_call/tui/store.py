"""The application's state: what the engine last said, fed by one worker, sent to by actions.

The screen computes nothing about calls: `Store` holds the engine's `Snapshot`, meters and
figures as reactives, and passes actions on. When the engine is lost nothing of it is kept, so
that no old shield and no old microphone state can be read.
"""

import asyncio
import contextlib
import time
from abc import abstractmethod
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Literal, Protocol, cast

from textual.driver import Driver
from textual.message_pump import MessagePump
from textual.reactive import reactive
from textual.worker import Worker

from tui_call.control.actions import Action
from tui_call.control.client import CommandRefused, Pulse
from tui_call.control.deltas import Delta
from tui_call.control.figures import of_this_call
from tui_call.control.lines import Caption, Meters, Result, SnapshotMessage, Statistics
from tui_call.control.pending import Update
from tui_call.control.selection import call_now
from tui_call.control.views import CallView, SentenceView, Snapshot
from tui_call.errors import TuiCallError
from tui_call.foreign_text import clean
from tui_call.sentences import Sentence, sentence
from tui_call.tui.caption_history import CaptionHistory
from tui_call.tui.typed import TypedApp

Link = Literal["starting", "attached", "lost", "ended", "failed"]

SILENCE = Meters(-100.0, -100.0)
_HISTORY_SECONDS = 60
_METERS_A_SECOND = 8
_CAPTIONS_A_SECOND = 4
_LOOK_AGAIN = 1.0


class AttachedEngine(Protocol):
    """What the application needs of a connection to an engine (`control.client.EngineClient`)."""

    @property
    def snapshot(self) -> Snapshot:
        """The engine's state, kept up to date."""
        ...

    @property
    def pulse(self) -> Pulse:
        """Whether the engine answers in time."""
        ...

    @property
    def ended(self) -> bool:
        """Whether it said that it ends."""
        ...

    async def command(self, action: Action) -> Result:
        """Carry an action out."""
        ...

    def lines(self) -> AsyncIterator[Update]:
        """Yield what changes; end when the engine is gone."""
        ...

    async def close(self) -> None:
        """Detach."""
        ...


Attach = Callable[[], Awaitable[AttachedEngine]]


@dataclass(frozen=True, slots=True)
class Clocks:
    """Where the application takes time from, so that tests can hold it.

    Attributes:
        wall: Unix seconds.
        monotonic: seconds that never go back.
        zone: time zone of what is shown, None for this computer's.
    """

    wall: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    zone: tzinfo | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an action was not carried out, ready to be shown."""

    code: str
    sentence: SentenceView


class Store(TypedApp):
    """The application without its screens.

    Attributes:
        spoken: what captions told.
        reads_captions: id of the call whose captions this screen asked for, "" for none.
    """

    snapshot: reactive[Snapshot | None] = reactive(None, init=False, repaint=False)
    meters: reactive[Meters] = reactive(SILENCE, init=False, repaint=False, always_update=True)
    statistics: reactive[Statistics | None] = reactive(None, init=False, repaint=False)
    captioned: reactive[int] = reactive(0, init=False, repaint=False)
    """How often new words of `spoken` were shown."""
    link: reactive[Link] = reactive[Link]("starting", init=False, repaint=False)
    unpublished: reactive[str] = reactive("", init=False, repaint=False)
    """What the first line says of a draft."""
    pulse: reactive[Pulse] = reactive[Pulse]("ok", init=False, repaint=False)

    def __init__(
        self,
        attach: Attach,
        clocks: Clocks,
        driver_class: type[Driver] | None = None,
        find: Attach | None = None,
    ) -> None:
        super().__init__(clocks.monotonic, driver_class)
        self.clocks = clocks
        self.trouble = ""
        self.left_a_call = False
        self._connect = attach
        self._find = find
        self._engine: AttachedEngine | None = None
        self.history: deque[Statistics] = deque(maxlen=_HISTORY_SECONDS)
        self.spoken = CaptionHistory()
        self.reads_captions = ""
        self._metered = -1
        self._captioned_at = 0.0
        self._captions_wait = False

    @abstractmethod
    def explain(self, sentence: SentenceView, decided_by: SentenceView | None = None) -> None:
        """Show a sentence in the reason line of the screen on top."""

    def setting(self, key: str) -> str:
        """Return the value of a setting, "" while it is not known."""
        views = self.snapshot.settings if self.snapshot else ()
        return next((view.value for view in views if view.key == key), "")

    @property
    def ascii_only(self) -> bool:
        """Whether symbols are shown in ASCII."""
        return self.setting("ui.glyphs") == "ascii"

    @property
    def plain(self) -> bool:
        """Whether there are no colours to tell things apart."""
        return self.no_color or self.theme in ("mono", "ansi")

    @property
    def calm(self) -> bool:
        """Whether meters move at most once a second."""
        return self.setting("ui.calm") == "true"

    @property
    def talks(self) -> bool:
        """Whether the key that talks has opened the microphone."""
        return False

    # Engine

    def attach_engine(self) -> None:
        """Connect to the engine in the background and follow what it says."""
        self.run_worker(self._follow_engine(), group="engine", exclusive=True)

    async def detach(self) -> None:
        """Leave the engine; a call goes on there."""
        engine, self._engine = self._engine, None
        if engine is not None:
            await engine.close()

    async def ask(self, action: Action) -> Result | Refusal:
        """Send an action and return its result, or why there is none."""
        try:
            if self._engine is not None:
                return await self._engine.command(action)
        except CommandRefused as refused:
            return Refusal(refused.code, refused.sentence)
        except TuiCallError as error:
            return Refusal("", error.sentence)
        return Refusal("", sentence("T_NO_ENGINE"))

    def send(
        self, action: Action, then: Callable[[Result], None] | None = None
    ) -> Worker[Result | Refusal]:
        """Send an action in the background; a refusal is explained on the screen on top.

        Args:
            action: what the engine shall do.
            then: called with the result if it was done.
        """
        return self.run_worker(self._send(action, then), group="actions")

    async def _send(
        self, action: Action, then: Callable[[Result], None] | None
    ) -> Result | Refusal:
        answer = await self.ask(action)
        if isinstance(answer, Refusal):
            self.explain(answer.sentence)
        elif then is not None:
            then(answer)
        return answer

    async def _follow_engine(self) -> None:
        self.link = "starting"
        engine: AttachedEngine | None
        try:
            engine = await self._connect()
        except TuiCallError as error:
            self.trouble = clean(str(error), 200)
            self.link = "failed"
            return
        while engine is not None:
            await self._follow(engine)
            engine = await self._found_again() if self._is_gone else None

    @property
    def _is_gone(self) -> bool:
        return self.link in ("lost", "ended")

    async def _follow(self, engine: AttachedEngine) -> None:
        """Show what an engine says until it is gone or was left."""
        self._engine = engine
        self.pulse = engine.pulse
        self.snapshot = engine.snapshot
        self.link = "attached"
        async for update in engine.lines():
            self._take(update, engine)
        if self._engine is engine:
            call = engine.snapshot.front
            self.left_a_call = call is not None and call.phase != "ended" and not engine.ended
            self._engine = None
            self.link = "ended" if engine.ended else "lost"
            self.snapshot = None
            self.meters = SILENCE
            self.history.clear()
            self.spoken.keep_only(())
            self.reads_captions = ""
            self.statistics = None

    async def _found_again(self) -> AttachedEngine | None:
        """Look for an engine that stood still, or was started elsewhere; none is started."""
        while self._find is not None:
            await asyncio.sleep(_LOOK_AGAIN)
            with contextlib.suppress(TuiCallError):
                return await self._find()
        return None

    def _take(self, update: Update, engine: AttachedEngine) -> None:
        match update:
            case Delta() | SnapshotMessage():
                self._go_on_reading(self.snapshot, engine.snapshot)
                self.snapshot = engine.snapshot
                self._forget_the_call_before(engine.snapshot)
                self.spoken.keep_only([call.id for call in engine.snapshot.calls])
            case Caption():
                self._caption(update, engine.snapshot)
            case Meters():
                self._meter(update)
            case Statistics():
                self.history.append(update)
                self.statistics = update
                self._forget_the_call_before(engine.snapshot)

    def _go_on_reading(self, before: Snapshot | None, now: Snapshot) -> None:
        """Read on where a call was merged into another one, under whose id it goes on."""
        read = [call for call in before.calls if call.id == self.reads_captions] if before else []
        read_on = call_now(now, read[0].id) if read else None
        if read and (read_on is None or read_on.id != read[0].id):
            self.reads_captions = read_on.id if read_on is not None and read_on.captions else ""
            self.spoken.go_on(read[0].id, self.reads_captions)

    def _forget_the_call_before(self, snapshot: Snapshot) -> None:
        self.statistics = of_this_call(self.statistics, snapshot)
        while self.history and of_this_call(self.history[0], snapshot) is None:
            self.history.popleft()

    def _meter(self, levels: Meters) -> None:
        """Show new levels, as often as an eye follows them, calmly once a second; silence always.

        A slow screen does not lag: it draws when nothing waits, and then what came last.
        """
        moment = int(self.clocks.monotonic() * (1 if self.calm else _METERS_A_SECOND))
        if moment != self._metered or levels == SILENCE:
            self._metered, self.meters = moment, levels

    def _caption(self, caption: Caption, snapshot: Snapshot) -> None:
        """Keep new words, and show them as often as an eye follows them."""
        if all(call.id != caption.call for call in snapshot.calls):
            return
        self.spoken.take(caption)
        if self._captions_wait:
            return
        gap = 1.0 if self.calm else 1 / _CAPTIONS_A_SECOND
        if self.clocks.monotonic() - self._captioned_at >= gap:
            self._show_captions()
        else:
            self._captions_wait = True
            self.set_timer(gap, self._show_captions)

    def _show_captions(self) -> None:
        self._captions_wait, self._captioned_at = False, self.clocks.monotonic()
        self.captioned += 1

    def press(self, id_: str) -> None:
        """Do what a key does, as if it had been pressed on the screen on top."""
        for active in self.screen.active_bindings.values():
            if active.binding.id == id_:
                self.call_later(self.run_action, active.binding.action, active.node)
                return

    def tick(self) -> None:
        """Once a second: whether the engine still answers in time."""
        if self._engine is not None:
            self.pulse = self._engine.pulse


def store_of(node: MessagePump) -> Store:
    """Return the application that a widget or a screen is in."""
    return cast("Store", node.app)  # pyright: ignore[reportUnknownMemberType] - Textual's App


def lasting(call: CallView | None) -> bool:
    """Whether there is a call that has not ended."""
    return call is not None and call.phase != "ended"


def ringing(call: CallView | None) -> bool:
    """Whether a call rings that may be answered here."""
    return call is not None and call.ringing_here and call.phase in ("setup", "ringing")


def against_inviting(snapshot: Snapshot | None) -> Sentence | None:
    """Return why the person here cannot invite, None where they may, or nobody knows yet."""
    if snapshot is None or snapshot.service.state != "online" or snapshot.me.role == "admin":
        return None
    return sentence("O_INVITE", org=snapshot.me.organisation_name)


def administers(snapshot: Snapshot | None) -> bool:
    """Whether the person here may read all of the organisation, and perhaps change it."""
    return snapshot is not None and snapshot.me.state == "ready" and snapshot.me.role != "member"
