"""One sound of all who are kept: decoded, summed, limited, and encoded once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tui_call.voice.coding import Bandwidth, Coding
from tui_call.voice.limiter import Limiter
from tui_call.voice.opus import Decoder, Encoder, MalformedAudio
from tui_call.voice.samples import Samples
from tui_call.voice.sound import FRAME_SAMPLES

CODING = Coding(56_000, Bandwidth.FULL)
"""25 MB an hour. PESQ of 20 s of speech that devices sent with 43 kbit/s: 3.72 with 43 again, 3.79
with 48, 3.86 with 56, 3.88 with 64."""

CONCEALED_SLOTS = 5
"""A voice of which nothing comes goes on for 100 ms, and is silent then."""

_Which = tuple[int, int]
"""A person, and which of the sounds of one slot."""


@dataclass(frozen=True, slots=True)
class SlotSound:
    """What there is of a slot.

    Attributes:
        packet: of the slot; of the one behind it where `fec` says that this tells of the slot, too.
    """

    packet: bytes
    fec: bool = False


class Mix:
    """Makes the packets of a mix, slot by slot; who is silent costs nothing."""

    def __init__(self) -> None:
        self._voices: dict[_Which, _Voice] = {}
        self._limiter = Limiter()
        self._encoder = Encoder(CODING)
        self._total = np.zeros(FRAME_SAMPLES, np.int32)

    def mixed(self, said: Mapping[int, Sequence[SlotSound]]) -> bytes:
        """Return the packet of a slot.

        Args:
            said: what there is of each person, of well-formed packets; of several sounds each is
                a voice of its own.
        """
        sounds = {
            (person, place): sound
            for person, several in said.items()
            for place, sound in enumerate(several)
        }
        self._total[:] = 0
        for which in {**self._voices, **sounds}:
            if (samples := self._heard(which, sounds.get(which))) is not None:
                self._total += samples
        return self._encoder.encode(self._limiter.limited(self._total))

    def _heard(self, which: _Which, sound: SlotSound | None) -> Samples | None:
        voice = self._voices.get(which)
        if sound is None:
            if voice is not None and voice.missed >= CONCEALED_SLOTS:
                del self._voices[which]  # it begins anew, not from what it said last
                return None
            return voice.concealed() if voice is not None else None
        if voice is None:
            voice = self._voices[which] = _Voice()
        return voice.decoded(sound)


class _Voice:
    """Somebody who is heard in the mix.

    Attributes:
        missed: for so many slots in a row nothing came.
    """

    def __init__(self) -> None:
        self.missed = 0
        self._decoder = Decoder()

    def decoded(self, sound: SlotSound) -> Samples:
        try:
            samples = self._decode(sound)
        except MalformedAudio:  # its frame is of 20 ms, and still none
            return self.concealed()
        self.missed = 0
        return samples

    def _decode(self, sound: SlotSound) -> Samples:
        if sound.fec:
            return self._decoder.decode_fec(sound.packet)
        return self._decoder.decode(sound.packet)

    def concealed(self) -> Samples:
        self.missed += 1
        return self._decoder.conceal()
