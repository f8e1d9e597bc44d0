"""An hour of a call in virtual time: the whole sound path, sealed, over a bad and changing network.

Ada hums into a microphone, her audio loop encodes, her media seals; the network loses and delays;
Ben's media opens, and his audio loop pulls the playout by the clock of a device that runs 200 ppm
off. Ben says nothing, but his frames bring Ada his feedback. Every five minutes the call goes over
to another path with another delay under fresh keys: by turns as planned, with the same packets on
both paths for two seconds, and after half a second in which nothing came through.
"""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from bench.handshake import sessions
from tests.support.measured_sound import hum
from tests.support.virtual_sound import (
    BEGIN,
    Ear,
    Silence,
    SilenceEncoder,
    SoundTime,
    Spoken,
    WatchedDecoder,
)
from tui_call.calls.path_monitor import PathMonitor
from tui_call.calls.reconnecting import OLD_PATH_SECONDS
from tui_call.e2ee.handshake import Session
from tui_call.e2ee.rekey import RekeyRequest, answer_rekey
from tui_call.engine.media.media import Media
from tui_call.transport.impairment import Impairment
from tui_call.voice.alignment import align
from tui_call.voice.audio_loop import AudioLoop
from tui_call.voice.coding import Coding
from tui_call.voice.devices.paced import PacedPort
from tui_call.voice.opus import Encoder
from tui_call.voice.playout import Playout, PlayoutStatistics
from tui_call.voice.redundancy import PLAIN
from tui_call.voice.samples import Samples, silence
from tui_call.voice.sound import SAMPLE_RATE

MINUTE = 60.0
DRIFT = 200e-6
LOSS = 0.02
JITTER_MS = 8.0
PATH_DELAYS = (0.010, 0.090)
"""Seconds one way, from the least to the most; the first and the last path have the same."""
RECONNECTION_SECONDS = 5 * MINUTE
SILENT_SECONDS = 0.54
"""Between the end of one path and the next one's beginning, where only silence told (measured)."""
SEEDS = (1, 2, 3)

_WALL = 1_800_000_000.0


@dataclass(frozen=True, slots=True)
class Hour:
    """What came of a call.

    Attributes:
        clicks: when there were any, in seconds from the beginning of what was heard.
        delay_first: median from mouth to ear at the beginning, seconds.
        delay_last: the same at the end.
        generation: of the keys in the end.
        replayed: packets that a second path brought again.
        playout: the listener's figures.
    """

    clicks: list[float]
    delay_first: float
    delay_last: float
    generation: int
    replayed: int
    playout: PlayoutStatistics

    @property
    def delay_grew(self) -> float:
        """By how many seconds the delay at the end is off that at the beginning."""
        return abs(self.delay_last - self.delay_first)


def hours(seeds: tuple[int, ...] = SEEDS) -> list[Hour]:
    """Return an hour for each seed; each takes a process of its own."""
    with ProcessPoolExecutor() as pool:
        return list(pool.map(hour, seeds))


def hour(
    seed: int,
    seconds: float = 60 * MINUTE,
    every: float = RECONNECTION_SECONDS,
    measured: float = MINUTE,
) -> Hour:
    """Make a call.

    Args:
        seed: of what the network does.
        seconds: how long it lasts.
        every: seconds between reconnections.
        measured: for how many seconds at both ends of it the delay is measured.
    """
    return _Call(random.Random(seed), seconds, every, measured).run()


class _Path:
    """A way between the two, each of whose datagrams has a fate of its own."""

    def __init__(self, number: int, delay: float, chance: random.Random) -> None:
        self.number = number
        self.open = True
        self._delay = delay
        self._fates: tuple[Iterator[float | None], ...] = tuple(
            Impairment(LOSS, JITTER_MS, chance.getrandbits(32)).fates() for _ in range(2)
        )

    def takes(self, direction: int) -> float | None:
        """Return the seconds that the next datagram takes, None when it is lost."""
        late = next(self._fates[direction])
        return None if late is None else self._delay + late


class Side:
    """Media and audio loop of one person, as an engine puts them together."""

    def __init__(
        self,
        session: Session,
        port: PacedPort,
        encoder: Encoder,
        playout: Playout,
        send: Callable[[bytes], None],
        clock: Callable[[], float],
    ) -> None:
        self.session = session
        self.port = port
        self.media = Media(
            session, PathMonitor(clock()), lambda *_: None, lambda _: None, self._use
        )
        self.media.playout = playout
        self.loop = AudioLoop(port, encoder, self._seal, playout if port.has_speaker else None)
        encoder.use(self.media.coding)
        self._send = send
        self._clock = clock
        self._path = 0

    def hear(self, packet: bytes, path: int) -> None:
        if path > self._path:
            self._path = path
            self.media.path_changed()
        now = self._clock()
        self.media.open(packet, path, now, now)

    def _use(self, coding: Coding) -> None:
        self.loop.encoder.use(coding)

    def _seal(self, opus: bytes, _: float) -> None:
        now = self._clock()
        packet = self.media.seal(opus, now, _WALL + now)
        assert packet is not None
        self._send(packet)


class _Call:
    """Two sides, the paths between them, and what happens when."""

    def __init__(
        self, chance: random.Random, seconds: float, every: float, measured: float
    ) -> None:
        self._time = SoundTime()
        self._seconds = seconds
        self._chance = chance
        self._paths: list[_Path] = []
        caller, callee = sessions()
        self._hum = Spoken(hum(MINUTE))
        self._measured = measured
        self._ear = Ear(measured, seconds - measured)
        clock = self._time.now
        ada_port = PacedPort(self._hum, None, clock)
        ben_port = PacedPort(Silence(), self._ear, lambda: self._time.seconds * (1 + DRIFT))
        self._ada = Side(
            caller, ada_port, Encoder(PLAIN.coding), Playout(), partial(self._sent, 0), clock
        )
        self._ben = Side(
            callee, ben_port, SilenceEncoder(PLAIN.coding),
            Playout(decoder=WatchedDecoder(self._ear)), partial(self._sent, 1), clock,
        )  # fmt: skip
        first = chance.uniform(*PATH_DELAYS)
        self._open_path(first)
        changes = [every * (count + 1) for count in range(int((seconds - 1) / every))]
        for change in changes:
            delay = first if change is changes[-1] else chance.uniform(*PATH_DELAYS)
            silent = changes.index(change) % 2 == 1
            self._time.call_at(BEGIN + change, partial(self._reconnect, delay, silent=silent))

    def run(self) -> Hour:
        for side in (self._ada, self._ben):
            self._time.step(side.loop)
        self._time.run(self._seconds)
        return self._result()

    # The network

    def _sent(self, direction: int, packet: bytes) -> None:
        for path in self._paths:
            if path.open and (takes := path.takes(direction)) is not None:
                came = partial(self._came, direction, path, packet)
                self._time.call_at(self._time.seconds + takes, came)

    def _came(self, direction: int, path: _Path, packet: bytes) -> None:
        if path.open:
            (self._ben, self._ada)[direction].hear(packet, path.number)

    def _open_path(self, delay: float) -> None:
        self._paths.append(_Path(len(self._paths), delay, self._chance))

    def _reconnect(self, delay: float, *, silent: bool) -> None:
        old = self._paths[-1]
        if silent:
            old.open = False
            self._time.call_at(self._time.seconds + SILENT_SECONDS, partial(self._open_path, delay))
            self._time.call_at(self._time.seconds + SILENT_SECONDS, self._rekey)
            return
        self._open_path(delay)
        self._rekey()

        def close() -> None:
            old.open = False
            for side in (self._ada, self._ben):
                side.media.path_changed()

        self._time.call_at(self._time.seconds + OLD_PATH_SECONDS, close)

    def _rekey(self) -> None:
        """Agree on fresh keys; those who have them use them when both can have them."""
        ada, ben = self._ada, self._ben
        request = RekeyRequest(ada.session.generation + 1, ada.session.entropy)
        answer, ben_keys = answer_rekey(ben.session, request.message, ben.session.entropy)
        ada_keys = request.finish(ada.session, answer)
        for side, keys in ((ada, ada_keys), (ben, ben_keys)):
            own, others = side.session.directions(keys)
            side.media.receive_under(keys.generation, others.media)
            send = partial(side.media.send_under, keys.generation, own.media)
            self._time.call_at(self._time.seconds + 2 * PATH_DELAYS[1], send)

    def _result(self) -> Hour:
        ear = self._ear
        at_last = self._seconds - self._measured
        return Hour(
            clicks=ear.clicks,
            delay_first=self._delay(0.0, ear.first, 0),
            delay_last=self._delay(at_last, ear.last, ear.last_position),
            generation=self._ben.media.generation,
            replayed=self._ben.media.replayed_dropped,
            playout=self._ben.media.playout.statistics(),
        )

    def _delay(self, begin: float, heard: list[Samples], position: int) -> float:
        """Return the median delay of what was said from `begin` on, and heard from a position."""
        spoken, output = self._ada.port.input_started_at, self._ben.port.output_started_at
        assert spoken is not None
        assert output is not None
        said = silence(round(self._measured * SAMPLE_RATE))
        self._hum.fill(round(begin * SAMPLE_RATE), said)
        heard_at = (output + position / SAMPLE_RATE) / (1 + DRIFT)
        median = align(said, np.concatenate(heard), heard_at - spoken - begin).percentile(50)
        assert median is not None
        return median
