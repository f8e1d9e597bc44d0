"""How a voice sounds through the bridge, beside the same voice in a direct call.

In virtual time, so that nothing but the way of the sound makes the difference.
"""

import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.handshake import sessions
from bench.hour import Side
from bench.table import Row
from tests.support.measured_sound import make_speech, pesq_wide_band
from tests.support.virtual_bridge import CLEAN, BridgedCall, Device, Recording
from tests.support.virtual_sound import Silence, SoundTime, Spoken
from tui_call.transport.impairment import Impairment
from tui_call.voice.devices.paced import PacedPort
from tui_call.voice.devices.sound_file import read_sound_file
from tui_call.voice.mixer import Mixer
from tui_call.voice.opus import Encoder
from tui_call.voice.playout import Playout
from tui_call.voice.redundancy import PLAIN
from tui_call.voice.samples import Samples

SECONDS = 23.0
LOSS = 0.1
SEEDS = (1, 2, 3)

_SPEAKER, _LISTENER, _OTHER = 1, 2, 3


@dataclass(frozen=True, slots=True)
class BridgeSound:
    """PESQ wide band of one voice.

    Attributes:
        direct: in a call without a bridge.
        bridged: through it, every way clean.
        lossy: where that listener's way loses `LOSS`, median over `SEEDS`.
        beside: where somebody else's way does, the worst of them.
    """

    direct: float
    bridged: float
    lossy: float
    beside: float

    @property
    def rows(self) -> list[Row]:
        """The lines of the table."""
        below, spoiled = self.direct - self.bridged, self.bridged - self.beside
        return [
            Row("bridge: PESQ below that of a direct call", 0.1, True, "", below),
            Row("  10 % loss on one's way: PESQ there", 3.5, False, "", self.lossy),
            Row("  by how much lower then for others", 0.05, True, "", spoiled),
        ]


def bridge_sound(seconds: float = SECONDS, seeds: Sequence[int] = SEEDS) -> BridgeSound:
    """Make the calls."""
    with tempfile.TemporaryDirectory(prefix="tui-call-bench-") as name:
        _, speech = make_speech(Path(name), seconds)
        said = read_sound_file(speech)
    clean, _ = _bridged(said, CLEAN)
    lossy = [_bridged(said, Impairment(LOSS, 0.0, seed)) for seed in seeds]
    return BridgeSound(
        direct=_pesq(said, _direct(said)),
        bridged=_pesq(said, clean),
        lossy=statistics.median(_pesq(said, there) for there, _ in lossy),
        beside=min(_pesq(said, other) for _, other in lossy),
    )


def _bridged(said: Samples, down: Impairment) -> tuple[Samples, Samples]:
    """Return what a listener heard on a way like that, and what another one did."""
    time = SoundTime()
    heard, others = Recording(), Recording()
    ears = {_LISTENER: heard, _OTHER: others}
    devices: list[Device] = []
    for number in (_SPEAKER, *ears):
        mouth = Spoken(said) if number == _SPEAKER else Silence()
        port = PacedPort(mouth, ears.get(number), time.now)
        way = down if number == _LISTENER else CLEAN
        devices.append(Device(number, port, Mixer(), CLEAN, way))
    BridgedCall(time, devices)
    time.run(SECONDS)
    return heard.samples, others.samples


def _direct(said: Samples) -> Samples:
    """Return what is heard in an E2EE call without a network."""
    time, heard = SoundTime(), Recording()
    ports = PacedPort(Spoken(said), None, time.now), PacedPort(Silence(), heard, time.now)
    sides: list[Side] = []
    for place, (session, port) in enumerate(zip(sessions(), ports, strict=True)):

        def send(packet: bytes, to: int = 1 - place) -> None:
            sides[to].hear(packet, 0)

        sides.append(Side(session, port, Encoder(PLAIN.coding), Playout(), send, time.now))
    for side in sides:
        time.step(side.loop)
    time.run(SECONDS)
    return heard.samples


def _pesq(said: Samples, heard: Samples) -> float:
    return pesq_wide_band(said, heard) or 0.0
