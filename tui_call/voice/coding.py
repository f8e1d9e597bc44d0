"""What an encoder is asked for; plain data, without the codec."""

from dataclasses import dataclass
from enum import IntEnum

from tui_call.voice.sound import FRAMES_PER_SECOND


class Bandwidth(IntEnum):
    """The highest frequencies that are sent: opus_defines.h, `OPUS_BANDWIDTH_*`.

    Attributes:
        WIDE: to 8 kHz; under about 32 kbit/s all bits are needed there.
        FULL: to 20 kHz.
    """

    WIDE = 1103
    FULL = 1105


@dataclass(frozen=True, slots=True)
class Coding:
    """What an encoder makes of a frame.

    Attributes:
        bitrate: bits a second, 6000 to 510000.
        bandwidth: the highest frequencies.
        expected_loss: the share of packets that is lost, 0 to 100; more puts more bits into FEC.
    """

    bitrate: int
    bandwidth: Bandwidth = Bandwidth.FULL
    expected_loss: int = 0

    @property
    def packet_bytes(self) -> int:
        """Size of every packet."""
        return self.bitrate // FRAMES_PER_SECOND // 8
