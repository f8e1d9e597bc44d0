"""Sealing and opening the frames of a call: SFrame suite 5 with a ratchet, a number, one length.

A direction has one base key a generation. Every 4096 sealed frames its key takes a ratchet step
and CTR starts at 0 again, so KID is `generation << 3 | step mod 8`. Frames carry their own number
N, which counts on over steps and generations; RTP's fields carry no meaning.

The opener never trusts the three bits of the step: it tries the key that they point to and moves
only when that key opened the frame. Keys ahead are derived once and kept, so that forged packets
cost one decryption each.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from types import MappingProxyType

from tui_call.e2ee.replay import ReplayWindow
from tui_call.e2ee.sframe import (
    AES_256_GCM_SHA512_128,
    ForgedFrame,
    FrameKey,
    MalformedHeader,
    decode_header,
    encode_header,
    ratchet,
)
from tui_call.payload import (
    NUMBER_BYTES,
    Audio,
    Block,
    Copy,
    MalformedPayload,
    encode_payload,
    parse_payload,
)

FRAMES_PER_STEP = 4096
STEP_BITS = 3
PREVIOUS_SECONDS = 2.0
METADATA = b"\0"
"""SFrame's metadata; one value on every path, so that each carries the same bytes."""
LARGEST_GENERATION = 2**13 - 1
_STEPS = 1 << STEP_BITS
_PREVIOUS = _STEPS - 1  # one step back is seven ahead
_TAG_BYTES = AES_256_GCM_SHA512_128.tag_bytes
_LONGEST_HEADER = 5


class SizeProfile(IntEnum):
    """Bytes of a whole SFrame packet; speech, silence, mute and hold all have this size.

    Attributes:
        LEAN: 20 ms of Opus at 16 kbit/s and every other block, for a path that takes no more.
        SPEECH: the same at 43.2 kbit/s, or 20 kbit/s with a copy.
        SPEECH_AND_COPIES: 32 kbit/s with a copy, 20.8 kbit/s with two, or 16 kbit/s with three.
    """

    LEAN = 96
    SPEECH = 160
    SPEECH_AND_COPIES = 240

    @property
    def capacity(self) -> int:
        """Bytes for blocks, with their tags and lengths, under the longest header."""
        return self.value - _LONGEST_HEADER - _TAG_BYTES - NUMBER_BYTES - 1


class DropCause(StrEnum):
    """Why a packet was not used."""

    FOREIGN = "foreign"  # no SFrame packet as calls make them
    UNKNOWN_GENERATION = "unknown generation"  # not installed, or replaced over 2 s ago
    OLD_STEP = "old step"  # of a step that ended over 2 s ago
    FAILED = "failed"  # not authentic
    REPLAYED = "replayed"
    MALFORMED = "malformed"  # authentic, but not a payload
    NUMBER_MISMATCH = "number mismatch"  # authentic, but number and counter do not go together


@dataclass(frozen=True, slots=True)
class MediaFrame:
    """An authentic frame.

    Attributes:
        number: N, 20 ms frames since the call began.
        generation: of the key that opened it.
        blocks: those that may be used; each kind other than sound only when this frame is the
            newest that carried it.
    """

    number: int
    generation: int
    blocks: tuple[Block, ...]


class MediaSealer:
    """Seals the frames of one direction in one generation. Not for use by two threads.

    Args:
        base_key: 32 bytes from the key schedule.
        generation: 0 for the handshake, one more for each rekey.
        profile: the size of all packets; may be changed between frames.

    Raises:
        ValueError: the generation is outside 0-8191.
    """

    def __init__(
        self, base_key: bytes, generation: int = 0, profile: SizeProfile = SizeProfile.SPEECH
    ) -> None:
        _check_generation(generation)
        self.profile = profile
        self._generation = generation
        self._base_key = base_key
        self._step = 0
        self._counter = 0
        self._next_number: int | None = None
        self._key = FrameKey(base_key, _key_id(generation, 0))

    def seal(self, number: int, blocks: Sequence[Block]) -> bytes:
        """Return one packet of exactly `profile` bytes.

        Args:
            number: N; one more than that of the frame before.
            blocks: of at most `profile.capacity` bytes.

        Raises:
            ValueError: another number is due, or the blocks do not fit. Nothing was sealed.
        """
        if number != self._next_number and self._next_number is not None:
            raise ValueError(f"frame {self._next_number} is due, not {number}")
        if self._counter == FRAMES_PER_STEP:
            self._take_step()
        header = encode_header(_key_id(self._generation, self._step), self._counter)
        payload = encode_payload(number, blocks, self.profile - len(header) - _TAG_BYTES)
        packet = self._key.seal(self._counter, payload, METADATA)
        self._counter += 1
        self._next_number = number + 1
        return packet

    def _take_step(self) -> None:
        self._step += 1
        self._counter = 0
        self._base_key = ratchet(self._base_key)
        self._key = FrameKey(self._base_key, _key_id(self._generation, self._step))


class MediaOpener:
    """Opens the frames of one direction, over all generations. Never raises on any bytes.

    Times are monotonic seconds.
    """

    def __init__(self) -> None:
        self._generations: dict[int, _Generation] = {}
        self._newest_used = -1
        self._newest_used_since = 0.0
        self._newest_number: dict[type[Block], int] = {}
        self._dropped: Counter[DropCause] = Counter()

    @property
    def dropped(self) -> Mapping[DropCause, int]:
        """How many packets were not used, by cause."""
        return MappingProxyType(self._dropped)

    def install(self, generation: int, base_key: bytes) -> None:
        """Accept frames of a generation from now on.

        The generations before it stay until 2 s after its first authentic frame.

        Raises:
            ValueError: it is outside 0-8191 or not newer than all before; taking one twice would
                forget which frames were used.
        """
        _check_generation(generation)
        if generation <= max(self._generations, default=-1):
            raise ValueError(f"generation {generation} is not new")
        self._generations[generation] = _Generation(generation, base_key)

    def open(self, packet: bytes, now: float) -> MediaFrame | None:
        """Return an authentic frame that was not seen before, or None; `dropped` says why."""
        result = self._open(packet, now)
        if isinstance(result, DropCause):
            self._dropped[result] += 1
            return None
        return result

    def _open(self, packet: bytes, now: float) -> MediaFrame | DropCause:
        try:
            header = decode_header(packet)
        except MalformedHeader:
            return DropCause.FOREIGN
        if header.counter >= FRAMES_PER_STEP:
            return DropCause.FOREIGN
        self._forget_replaced(now)
        generation = self._generations.get(header.key_id >> STEP_BITS)
        if generation is None:
            return DropCause.UNKNOWN_GENERATION
        distance = (header.key_id - generation.step) % _STEPS
        step_key = generation.key_at(distance, now)
        if step_key is None:
            return DropCause.OLD_STEP
        try:
            payload = step_key.key.open(header, packet, METADATA)
        except ForgedFrame:
            return DropCause.FAILED
        if not step_key.window.accept(header.counter):
            return DropCause.REPLAYED
        if 0 < distance < _PREVIOUS:
            generation.move(distance, now)
        if generation.number > self._newest_used:
            self._newest_used, self._newest_used_since = generation.number, now
        frames_before = step_key.step * FRAMES_PER_STEP + header.counter
        return self._read(payload, generation, frames_before)

    def _read(
        self, payload: bytes, generation: "_Generation", frames_before: int
    ) -> MediaFrame | DropCause:
        try:
            number, blocks = parse_payload(payload)
        except MalformedPayload:
            return DropCause.MALFORMED
        if generation.first_number is None:
            generation.first_number = number - frames_before
        elif number != generation.first_number + frames_before:
            return DropCause.NUMBER_MISMATCH
        usable = tuple(block for block in blocks if self._usable(block, number))
        return MediaFrame(number, generation.number, usable)

    def _usable(self, block: Block, number: int) -> bool:
        if isinstance(block, Audio | Copy):
            return True
        if number <= self._newest_number.get(type(block), -1):
            return False
        self._newest_number[type(block)] = number
        return True

    def _forget_replaced(self, now: float) -> None:
        if min(self._generations, default=self._newest_used) >= self._newest_used:
            return
        if now - self._newest_used_since >= PREVIOUS_SECONDS:
            for number in [old for old in self._generations if old < self._newest_used]:
                del self._generations[number]


class _StepKey:
    """The key of one ratchet step, and which of its frames were used."""

    def __init__(self, generation: int, step: int, base_key: bytes) -> None:
        self.step = step
        self.base_key = base_key
        self.key = FrameKey(base_key, _key_id(generation, step))
        self.window = ReplayWindow()


class _Generation:
    """The keys of one generation: current step, the one before, and candidates ahead.

    Attributes:
        number: of the generation.
        first_number: N of its frame 0, None before the first authentic frame.
    """

    def __init__(self, number: int, base_key: bytes) -> None:
        self.number = number
        self.first_number: int | None = None
        self._previous: _StepKey | None = None
        self._moved_at = 0.0
        # the current step, then those ahead of it that were asked for
        self._keys = [_StepKey(number, 0, base_key)]

    @property
    def step(self) -> int:
        """The current step, counted from 0."""
        return self._keys[0].step

    def key_at(self, distance: int, now: float) -> _StepKey | None:
        """Return the key that is 0 to 6 steps ahead, or for 7 the previous one while it lives."""
        if now - self._moved_at >= PREVIOUS_SECONDS:
            self._previous = None
        if distance == _PREVIOUS:
            return self._previous
        while len(self._keys) <= distance:
            last = self._keys[-1]
            self._keys.append(_StepKey(self.number, last.step + 1, ratchet(last.base_key)))
        return self._keys[distance]

    def move(self, distance: int, now: float) -> None:
        """Make the step current that is `distance` ahead; older keys but one are forgotten."""
        self._previous = self._keys[distance - 1]
        self._keys = self._keys[distance:]
        self._moved_at = now


def _key_id(generation: int, step: int) -> int:
    return generation << STEP_BITS | step % _STEPS


def _check_generation(generation: int) -> None:
    if not 0 <= generation <= LARGEST_GENERATION:
        raise ValueError(f"a generation is 0-{LARGEST_GENERATION}")
