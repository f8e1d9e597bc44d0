"""The ways of one standard call to the bridge, and its sound on them.

A leg is a connection of this device to the bridge. A new one is made where addresses changed, where
nothing comes on the one in use, and where another bridge worker carries the call; the one before is
closed when the new one works, so nobody hears a gap. What the legs have in common, numbers of
frames and all that was heard so far, is above them.
"""

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal, Protocol

from tui_call.calls.path_monitor import PathEvent, PathMonitor, PathSuspect
from tui_call.engine.calls.clock import Clock, Timer
from tui_call.engine.calls.leg_figures import LegCounts
from tui_call.engine.calls.path_watch import PathWatch
from tui_call.engine.calls.surroundings import CallPaths, OnDescribed, OnFailed, OnPacket
from tui_call.engine.media.libraries import CallLibraries
from tui_call.sentences import Sentence
from tui_call.tasks import OnFailure, Tasks
from tui_call.voice.coding import Coding

if TYPE_CHECKING:
    from tui_call.engine.media.bridge_media import BridgeMedia

BEAT_SECONDS = 0.1
"""How often it is looked whether the bridge has to be told something beside sound."""

AGAIN_AFTER = 0.5
"""Seconds until another leg is tried where the bridge takes none now."""

WORKS_WITHIN = 3.0
"""Seconds in which something has to come on a new leg, before another one is tried."""

log = logging.getLogger(__name__)

OnConnected = Callable[[int], None]
MakePaths = Callable[[OnPacket, OnDescribed, OnFailed, OnConnected], CallPaths]
Describe = Callable[[str, str], Awaitable[Sentence | None]]


class LegObserver(Protocol):
    """Is told how the legs of a call do."""

    def media_begins(self) -> None:
        """There is something to hear and to speak into, though no leg works yet."""
        ...

    def leg_works(self) -> None:
        """The sound begins, or goes on by another leg."""
        ...

    def path_event(self, event: PathEvent) -> None:
        """Nothing comes any more, or something again."""
        ...

    def coding_changed(self, coding: Coding) -> None:
        """Frames should be encoded in another way from now on."""
        ...


@dataclass(frozen=True, slots=True)
class BridgeSurroundings:
    """What the legs of all calls have in common.

    Attributes:
        clock: tells the time and wakes.
        make_paths: makes the connections of a call.
        level: of what the microphone sends now, dBFS; None while nothing is said.
        libraries: what has to be loaded before.
        on_failure: takes what nobody foresaw.
    """

    clock: Clock
    make_paths: MakePaths
    level: Callable[[], float | None]
    libraries: CallLibraries
    on_failure: OnFailure


class BridgeLegs:
    """Sends and takes the sound of a call, by whichever leg works."""

    def __init__(
        self,
        call_id: Callable[[], bytes],
        around: BridgeSurroundings,
        describe: Describe,
        observer: LegObserver,
        tasks: Tasks,
    ) -> None:
        """Make no leg yet.

        Args:
            call_id: of the call, which may become another one's.
            around: what the legs of all calls have in common.
            describe: hands a leg's id and its offer to the bridge.
            observer: is told how the legs do.
            tasks: own what nobody waits for.
        """
        self._call_id = call_id
        self._around = around
        self._describe = describe
        self._observer = observer
        self._tasks = tasks
        self._paths = around.make_paths(self._packet, self._described, self._failed, self._connects)
        self._media: BridgeMedia | None = None
        self._ids: dict[str, int] = {}
        self._newest = self._changes = 0
        self._asked_at = self._setup_ms = 0.0
        self._renewed_at = float("-inf")
        self._works = 0  # the number of the leg in use, 0 for none
        self._worker, self._worker_lost = "", False
        self._wanted = self._over = False
        self._asking = 0  # the number of the leg that the bridge is asked for
        self._watch: PathWatch | None = None
        self._tries: Timer | None = None
        self._beats: Timer | None = None

    @property
    def media(self) -> "BridgeMedia | None":
        """The sound, None before the first leg and after the end."""
        return self._media

    @property
    def works(self) -> bool:
        """Whether sound goes to the bridge and comes from there."""
        return bool(self._works)

    @property
    def path(self) -> str:
        """How packets travel, "" before they do."""
        return self._paths.kind(self._works) if self._works else ""

    @property
    def quality(self) -> Literal["", "good", "fair", "poor", "lost"]:
        """One word for the way from the bridge."""
        return self._media.monitor.quality.value if self._media is not None else ""

    @property
    def counts(self) -> LegCounts:
        """What is counted of its way."""
        return LegCounts(
            self._call_id(),
            self._paths.datagrams_filtered,
            self._works,
            self._changes,
            self._setup_ms,
        )

    def voices(self) -> Mapping[int, float]:
        """Return how loud each member is who is heard, dBFS, by its number in the call."""
        media = self._media
        return {one: round(level, 1) for one, level in media.voices().items()} if media else {}

    def frame(self, opus: bytes | None) -> None:
        """Send a frame of the microphone; silence needs no packet, as beats go on."""
        if opus is not None and self._media is not None and self._works:
            now = self._around.clock.monotonic()
            self._paths.send(self._media.seal(opus, self._around.level(), now))

    async def last_frames(self) -> None:
        """Return at once: the end is told by the service."""

    # Legs

    def begin(self) -> None:
        """Make the first leg, as soon as what it takes is loaded."""
        if not self._wanted:
            self._wanted = True
            self._asked_at = self._around.clock.now()
            self._around.libraries.when_loaded(self._begin)

    def carried_by(self, worker: str) -> None:
        """Make a new leg where another bridge worker carries the call now, but not too often.

        So it is where the service lost sight of the same one: it knows no leg of it any more.
        """
        if not worker:
            self._worker_lost = bool(self._worker)
            return
        before, lost = self._worker, self._worker_lost
        self._worker, self._worker_lost = worker, False
        if not before or (before == worker and not lost):
            return
        clock, due = self._around.clock, self._renewed_at + AGAIN_AFTER
        if clock.now() >= due:
            self.renew()
        else:
            self._stop_trying()
            self._tries = clock.call_at(due, self.renew)

    def renew(self) -> None:
        """Make a new leg; the one in use goes on until it works."""
        if self._media is None:
            return
        self._newest += 1
        self._renewed_at = self._around.clock.now()
        self._ids[secrets.token_hex(16)] = self._newest
        for number in range(self._works + 1, self._newest):
            self._paths.close(number)
        self._paths.offer(self._newest)
        self._try_again_in(WORKS_WITHIN)

    def hide_addresses(self) -> None:
        """Leave legs that tell this computer's addresses, for those through a relay."""
        if self._paths.tell_addresses:
            self.renew()

    def described(self, leg: str, answer: str) -> None:
        """Take the bridge's answer to the offer of a leg, "" where it takes none now."""
        if self._ids.get(leg) != self._newest:
            return
        if answer:
            self._paths.connect(self._newest, answer)
        else:
            self._try_again_in(AGAIN_AFTER)

    def shut(self) -> None:
        """Let every leg close: the call is over."""
        self._over = True
        if self._watch is not None:
            self._watch.stop()
        for timer in (self._tries, self._beats):
            if timer is not None:
                timer.cancel()
        self._media = None
        self._works = 0
        self._paths.shut()

    async def close(self) -> None:
        """Close every leg, and wait for that."""
        self.shut()
        await self._paths.close_all()

    def _begin(self) -> None:
        if self._over:
            return
        from tui_call.engine.media.bridge_media import BridgeMedia

        monitor = PathMonitor(self._around.clock.now())
        self._media = BridgeMedia(monitor, self._path_event, self._observer.coding_changed)
        self._observer.media_begins()
        self._beat()
        self.renew()

    def _try_again_in(self, seconds: float) -> None:
        """Make another leg after a while, unless something comes on this one by then."""
        self._stop_trying()
        clock = self._around.clock
        self._tries = clock.call_at(clock.now() + seconds, partial(self._look, self._newest))

    def _stop_trying(self) -> None:
        if self._tries is not None:
            self._tries.cancel()

    def _look(self, number: int) -> None:
        if self._newest != number or self._works == number:
            return
        if self._asking == number:  # the service is away; the offer is as good when it is back
            self._try_again_in(WORKS_WITHIN)
        else:
            self.renew()

    def _described(self, number: int, offer: str) -> None:
        leg = next((one for one, of in self._ids.items() if of == number), None)
        if leg is not None and number == self._newest:
            self._tasks.spawn(self._offer(number, leg, offer))

    async def _offer(self, number: int, leg: str, offer: str) -> None:
        self._asking = number
        refused = await self._describe(leg, offer) if not self._over else None
        if self._asking == number:
            self._asking = 0
        if refused is not None and number == self._newest and not self._over:
            log.info("no leg", {"code": refused.code})
            self._try_again_in(AGAIN_AFTER)

    def _failed(self, number: int) -> None:
        if number == self._newest and not self._over:
            self._works = 0 if self._works == number else self._works
            self._try_again_in(AGAIN_AFTER)

    def _connects(self, number: int) -> None:
        """Say on a new leg that this end lives; what comes on it then shows that it works."""
        if self._media is not None and number == self._newest:
            self._send_beat()

    def _packet(self, number: int, packet: bytes) -> None:
        if self._media is None:
            return
        clock = self._around.clock
        self._media.open(packet, number, clock.monotonic(), clock.now())
        if number > self._works:
            self._go_over(number)

    def _go_over(self, number: int) -> None:
        now = self._around.clock.now()
        self._setup_ms = self._setup_ms or (now - self._asked_at) * 1000
        self._changes += self._works > 0
        self._works = number
        self._ids = {leg: of for leg, of in self._ids.items() if of >= number}
        for older in range(1, number):
            self._paths.close(older)
        if self._watch is None and self._media is not None:
            self._watch = PathWatch(self._media.monitor, self._path_event, self._around.clock)
        self._observer.leg_works()

    def _path_event(self, event: PathEvent) -> None:
        if isinstance(event, PathSuspect):
            self.renew()
        self._observer.path_event(event)

    # Beats

    def _beat(self) -> None:
        clock = self._around.clock
        self._beats = clock.call_at(clock.now() + BEAT_SECONDS, self._beat)
        self._send_beat()

    def _send_beat(self) -> None:
        packet = self._media.beat(self._around.clock.monotonic()) if self._media else None
        if packet is not None:
            self._paths.send(packet)
