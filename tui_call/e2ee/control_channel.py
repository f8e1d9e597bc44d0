"""The sealed channel between the two devices of a call: in order, once, nothing lost unseen.

Theory of operation
===================
Each direction numbers its messages from 0; the numbers never restart, not even with new keys, and
the number makes the nonce. The receiver hands messages on in order and keeps at most 32 that came
early. Every message tells which number its sender expects next; what is not acknowledged by that is
sent again, the same bytes, at growing intervals. The service that carries all this can drop and
reorder, and gains nothing else: what it alters or replays is dropped and counted, and what it
withholds is seen by `oldest_unacknowledged`.

What a peer causes here is bounded by what it sends. Of its messages some are taken at once and
some a second after that; one beyond is dropped as if it had got lost, so that an honest peer says
it again a little later. One acknowledgement answers a burst of repetitions. What is not
acknowledged is no more than the peer's receiver keeps (`has_room`), and a word of the peer lets at
most the oldest of it be repeated.

An acknowledgement that has no message to travel with is a message of its own, which nobody
acknowledges. It may get lost for good, so it must not take a number in the order: the upper half of
the sequence numbers is for these, each used once, and the latest one counts.

With a rekey the sender changes keys between two messages. The receiver keeps the older keys until
a message under the newer ones had its turn, because until then an older one may still be repeated.
"""

import struct
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from tui_call.e2ee import primitives
from tui_call.e2ee.allowance import Allowance
from tui_call.e2ee.control_messages import (
    Answer,
    Compared,
    ControlMessage,
    Decline,
    HangUp,
    Hold,
    LeaveAsk,
    LeaveNo,
    LeaveYes,
    Muted,
    Note,
    Reconnect,
    ReconnectAsk,
    ReconnectRole,
    Rekey1,
    Rekey2,
    RekeyAck,
    RekeyAsk,
    Ringing,
    decode_control,
    encode_control,
)
from tui_call.e2ee.errors import ProtocolFailure
from tui_call.e2ee.key_schedule import ControlKeys
from tui_call.e2ee.messages import (
    CONTROL_PADDING,
    CONTROL_PREFIX_BYTES,
    HEADER_BYTES,
    MessageHeader,
    MessageType,
    pad,
    peek,
    unpad,
)
from tui_call.errors import LocalFault

__all__ = [
    "Answer",
    "ChannelExhausted",
    "Compared",
    "ControlChannel",
    "ControlDropCause",
    "ControlMessage",
    "Decline",
    "HangUp",
    "Hold",
    "LeaveAsk",
    "LeaveNo",
    "LeaveYes",
    "Muted",
    "Note",
    "Received",
    "Reconnect",
    "ReconnectAsk",
    "ReconnectRole",
    "Rekey1",
    "Rekey2",
    "RekeyAck",
    "RekeyAsk",
    "Ringing",
]

FIRST_INTERVAL = 0.4
INTERVAL_GROWTH = 1.5
LONGEST_INTERVAL = 15.0
MOST_BUFFERED = 32

MOST_REPEATED = 8
"""How many, the oldest, are sent again in time; the receiver waits for the first of them anyway."""

TAKEN_AT_ONCE = MOST_BUFFERED + 1
"""As many as an honest sender may have under way."""
TAKEN_A_SECOND = 10.0
"""More than people, rekeys and paths say together; a key held down on a keyboard says 30."""
SHORTEST_SILENCE = 0.2
"""Seconds from an acknowledgement to one that only repeats it: less than `FIRST_INTERVAL`."""

_ACKNOWLEDGEMENTS = 1 << 31
_ACKNOWLEDGEMENT_TAG = b"\0"
_NUMBERS = struct.Struct(">II")
_ACK_BYTES = 4


class ChannelExhausted(LocalFault):
    """The call has said as much as its keys allow; a new call can go on."""


class ControlDropCause(StrEnum):
    """Why something that arrived was not handed on."""

    MALFORMED = "malformed"
    UNKNOWN_GENERATION = "unknown_generation"
    UNDECRYPTABLE = "undecryptable"
    REPLAYED = "replayed"
    TOO_FAR_AHEAD = "too_far_ahead"
    TOO_MANY = "too_many"
    CONTENT = "content"


@dataclass(frozen=True, slots=True)
class Received:
    """What an arrival led to.

    Attributes:
        messages: those whose turn has come, in order; tags that are not known are left out.
        send: acknowledgements to be sent now.
    """

    messages: tuple[ControlMessage, ...] = ()
    send: tuple[bytes, ...] = ()


@dataclass(slots=True)
class _Unacknowledged:
    wire: bytes
    sealed_at: float
    sent_at: float
    resend_at: float
    interval: float


@dataclass(frozen=True, slots=True)
class _Arrived:
    """An opened message that waits for its turn: under which keys, and tag and fields."""

    generation: int
    content: bytes


class ControlChannel:
    """One end of the channel of one leg.

    Attributes:
        dropped: how many arrivals were dropped, by cause.
    """

    def __init__(
        self, call_id: bytes, leg: int, *, sending: ControlKeys, receiving: ControlKeys
    ) -> None:
        self.dropped: Counter[ControlDropCause] = Counter()
        self._header = MessageHeader(MessageType.CTL, call_id, leg).encode()
        self._sending = sending
        self._receiving = {receiving.generation: receiving}
        self._next_sequence = 0
        self._unacknowledged: dict[int, _Unacknowledged] = {}
        self._expected = 0
        self._early: dict[int, _Arrived] = {}
        self._next_acknowledgement = _ACKNOWLEDGEMENTS
        self._latest_acknowledgement = _ACKNOWLEDGEMENTS - 1
        self._stored_acknowledgement: tuple[int, bytes] | None = None
        self._silent_until = 0.0
        self._allowance = Allowance(TAKEN_AT_ONCE, TAKEN_A_SECOND)

    @property
    def has_room(self) -> bool:
        """Whether the peer's receiver would keep one more message."""
        return len(self._unacknowledged) < MOST_BUFFERED

    @property
    def next_expected(self) -> int:
        """Which number of the peer's comes next; media feedback repeats it."""
        return self._expected

    def seal(self, message: ControlMessage, now: float) -> bytes:
        """Seal a message, to be sent now and repeated as `due` says.

        Raises:
            ChannelExhausted: after 2^31 messages.
        """
        sequence = self._next_sequence
        if sequence == _ACKNOWLEDGEMENTS:
            raise ChannelExhausted
        wire = self._seal(sequence, encode_control(message))
        self._next_sequence += 1
        self._unacknowledged[sequence] = _Unacknowledged(
            wire,
            sealed_at=now,
            sent_at=now,
            resend_at=now + FIRST_INTERVAL,
            interval=FIRST_INTERVAL,
        )
        return wire

    def receive(self, wire: bytes, now: float) -> Received:
        """Take bytes that may be the peer's next message; never raises for what they are."""
        if not self._is_ours(wire):
            return self._drop(ControlDropCause.MALFORMED)
        generation, sequence = _NUMBERS.unpack_from(wire, HEADER_BYTES)
        if sequence < self._expected or sequence in self._early:
            self._drop(ControlDropCause.REPLAYED)
            return Received() if now < self._silent_until else self._acknowledged((), now)
        if _ACKNOWLEDGEMENTS > sequence > self._expected + MOST_BUFFERED:
            return self._drop(ControlDropCause.TOO_FAR_AHEAD)
        if generation not in self._receiving:
            return self._drop(ControlDropCause.UNKNOWN_GENERATION)
        try:
            padded = self._open(self._receiving[generation], sequence, wire)
        except ProtocolFailure:
            return self._drop(ControlDropCause.UNDECRYPTABLE)
        if sequence >= _ACKNOWLEDGEMENTS:
            return self._receive_acknowledgement(sequence, padded, now)
        if not self._allowance.take(now):
            return self._drop(ControlDropCause.TOO_MANY)
        content = self._read_acknowledgement(padded, now)
        self._early[sequence] = _Arrived(generation, content)
        return self._acknowledged(self._take_turns(), now)

    def acknowledge(self, next_expected: int, now: float) -> None:
        """Take the peer's word, from a message or from media feedback, for what has arrived."""
        if next_expected > self._next_sequence:
            self._drop(ControlDropCause.CONTENT)
            return
        arrived = [number for number in self._unacknowledged if number < next_expected]
        for sequence in arrived:
            del self._unacknowledged[sequence]
        if arrived:
            self.hurry_oldest(now)

    def next_deadline(self) -> float | None:
        """Return when `due` has something to send again, None if never."""
        return min((entry.resend_at for entry in self._oldest), default=None)

    def due(self, now: float) -> tuple[bytes, ...]:
        """Return what is to be sent again now, the same bytes as before."""
        late = [entry for entry in self._oldest if entry.resend_at <= now]
        for entry in late:
            entry.interval = min(entry.interval * INTERVAL_GROWTH, LONGEST_INTERVAL)
            entry.sent_at, entry.resend_at = now, now + entry.interval
        return tuple(entry.wire for entry in late)

    def hurry(self, now: float) -> None:
        """Let what is not acknowledged be due now: the way to the peer is open again."""
        for entry in self._unacknowledged.values():
            entry.resend_at, entry.interval = now, FIRST_INTERVAL

    def hurry_oldest(self, now: float) -> None:
        """Let what the peer waits for be due as soon as a repetition may be: it was heard."""
        for entry in self._oldest[:1]:
            at = max(now, entry.sent_at + FIRST_INTERVAL)
            if at < entry.resend_at:
                entry.resend_at, entry.interval = at, FIRST_INTERVAL

    def oldest_unacknowledged(self, now: float) -> float:
        """Return for how many seconds the peer has not acknowledged something, 0 if all is."""
        sealed = min((entry.sealed_at for entry in self._unacknowledged.values()), default=now)
        return now - sealed

    def install_receiving(self, keys: ControlKeys) -> None:
        """Accept messages of a further generation."""
        self._receiving[keys.generation] = keys

    def start_sending(self, keys: ControlKeys) -> None:
        """Seal under a further generation from now on; what is sealed stays as it is."""
        self._sending = keys
        self._stored_acknowledgement = None

    @property
    def _oldest(self) -> list[_Unacknowledged]:
        return list(islice(self._unacknowledged.values(), MOST_REPEATED))

    # Sealing

    def _seal(self, sequence: int, content: bytes) -> bytes:
        keys = self._sending
        prefix = self._header + _NUMBERS.pack(keys.generation, sequence)
        data = self._expected.to_bytes(_ACK_BYTES, "big") + content
        return prefix + primitives.seal(
            keys.key, _nonce(keys, sequence), pad(data, CONTROL_PADDING), self._bound(keys)
        )

    def _open(self, keys: ControlKeys, sequence: int, wire: bytes) -> bytes:
        sealed = wire[CONTROL_PREFIX_BYTES:]
        return primitives.open_sealed(keys.key, _nonce(keys, sequence), sealed, self._bound(keys))

    def _bound(self, keys: ControlKeys) -> bytes:
        """Return what is authenticated with each message."""
        return self._header + keys.generation.to_bytes(4, "big") + keys.transcript

    def _acknowledged(self, messages: tuple[ControlMessage, ...], now: float) -> Received:
        """Return what was received, with an acknowledgement."""
        self._silent_until = now + SHORTEST_SILENCE
        return Received(messages, (self._acknowledgement(),))

    def _acknowledgement(self) -> bytes:
        """Return the acknowledgement of what has arrived, sealed once a state of affairs."""
        if (
            self._stored_acknowledgement is None
            or self._stored_acknowledgement[0] != self._expected
        ):
            wire = self._seal(self._next_acknowledgement, _ACKNOWLEDGEMENT_TAG)
            self._next_acknowledgement += 1
            self._stored_acknowledgement = (self._expected, wire)
        return self._stored_acknowledgement[1]

    # Receiving

    def _is_ours(self, wire: bytes) -> bool:
        try:
            return peek(wire).encode() == self._header
        except ProtocolFailure:
            return False

    def _drop(self, cause: ControlDropCause) -> Received:
        self.dropped[cause] += 1
        return Received()

    def _receive_acknowledgement(self, sequence: int, padded: bytes, now: float) -> Received:
        if sequence <= self._latest_acknowledgement:
            return self._drop(ControlDropCause.REPLAYED)
        self._latest_acknowledgement = sequence
        self._read_acknowledgement(padded, now)
        return Received()

    def _read_acknowledgement(self, padded: bytes, now: float) -> bytes:
        """Take the ack of an opened message and return tag and fields; nothing if malformed."""
        try:
            data = unpad(padded, CONTROL_PADDING)
        except ProtocolFailure:
            self._drop(ControlDropCause.CONTENT)
            return b""
        self.acknowledge(int.from_bytes(data[:_ACK_BYTES], "big"), now)
        return data[_ACK_BYTES:]

    def _take_turns(self) -> tuple[ControlMessage, ...]:
        messages: list[ControlMessage] = []
        while arrived := self._early.pop(self._expected, None):
            self._expected += 1
            self._forget_before(arrived.generation)
            try:
                message = decode_control(arrived.content)
            except ProtocolFailure:
                self._drop(ControlDropCause.CONTENT)
                continue
            if message is not None:
                messages.append(message)
        return tuple(messages)

    def _forget_before(self, generation: int) -> None:
        for older in [number for number in self._receiving if number < generation]:
            del self._receiving[older]


def _nonce(keys: ControlKeys, sequence: int) -> bytes:
    number = int.from_bytes(keys.iv, "big") ^ sequence
    return number.to_bytes(len(keys.iv), "big")
