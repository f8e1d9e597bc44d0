"""What hearing three voices costs a device beside hearing one: packets, jitter buffers, decoding.

The same second of sound is heard again and again in virtual time, and what is counted is the
processor's time. Taking a packet out of DTLS-SRTP comes on top; it is measured with the bridge.
"""

import time
from statistics import median

from bench.table import Row
from tests.support.measured_sound import hum
from tests.support.virtual_bridge import CLEAN, Device
from tests.support.virtual_sound import Silence, SoundTime
from tui_call.bridge_packet import BridgePacket, encode_packet
from tui_call.payload import NUMBER_BYTES, Audio, block_bytes, encode_payload
from tui_call.voice.devices.paced import PacedPort, Sink
from tui_call.voice.mixer import Mixer
from tui_call.voice.opus import Encoder
from tui_call.voice.redundancy import PLAIN
from tui_call.voice.samples import Samples
from tui_call.voice.sound import FRAME_SAMPLES, FRAME_SECONDS

SECONDS = 20.0
RUNS = 5
_ENCODED = 5.0


class _Deaf(Sink):
    def take(self, position: int, samples: Samples) -> None:
        """Hear nothing."""


def voices_rows(seconds: float = SECONDS, runs: int = RUNS) -> list[Row]:
    """Return the line of the table."""
    more = median(_cost(3, seconds) - _cost(1, seconds) for _ in range(runs))
    return [Row("three voices: of a core, more than one", 3, True, " %", more * 100)]


def _cost(voices: int, seconds: float) -> float:
    """Return the share of a core that a device takes which hears so many voices."""
    encoder, said = Encoder(PLAIN.coding), hum(_ENCODED)
    packets = [encoder.encode(frame) for frame in said.reshape(-1, FRAME_SAMPLES)]
    virtual = SoundTime()
    device = Device(9, PacedPort(Silence(), _Deaf(), virtual.now), Mixer(), CLEAN, CLEAN)
    device.begin(lambda _: None, virtual)

    def come(number: int) -> None:
        blocks = [Audio(packets[number % len(packets)])]
        frame = encode_payload(number, blocks, NUMBER_BYTES + block_bytes(blocks) + 1)
        for voice in range(voices):
            packet = encode_packet(BridgePacket(number * voices + voice, voice + 1, 30, 0, frame))
            device.media.open(packet, 1, virtual.seconds, virtual.seconds)
        virtual.call_at(virtual.seconds + FRAME_SECONDS, lambda: come(number + 1))

    come(0)
    began = time.process_time()
    virtual.run(seconds)
    return (time.process_time() - began) / seconds
