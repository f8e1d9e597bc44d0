"""The lines between a screen or command and the engine: JSON, one struct a line.

A client sends `ClientHello` and gets `EngineHello` and a `SnapshotMessage`; from then on the engine
sends a delta (`control.deltas`) for each thing in it that changes, and figures of which only the
newest count: `Meters` (at most 12 a second) and `Statistics` (one a second). A `Command` carries an
id and one action; the engine answers `Ok` or `Error` with that id.
"""

from typing import Any, Literal

import msgspec

from tui_call.control.actions import Action, Short
from tui_call.control.deltas import AnyDelta
from tui_call.control.views import SentenceView, Snapshot

VERSION = 2
CLIENT_LINE_BYTES = 1_048_576
ENGINE_LINE_BYTES = 16 * 1_048_576
"""A snapshot holds the people of a whole organisation."""

Result = dict[str, Any]
"""What an action gives, by name: texts and numbers, and one body that the engine does not read."""

ErrorCode = Literal[
    "malformed", "version", "unknown_command", "wrong_state", "not_found", "not_allowed",
    "gate", "invalid", "unavailable", "failed",
]  # fmt: skip


class _Message(msgspec.Struct, frozen=True, tag_field="type"):
    pass


class ClientHello(_Message, frozen=True, tag="hello"):
    """First line of a client.

    Attributes:
        client: "tui", "cli", …; only "tui" counts as a screen that keeps an engine running.
        lists: people and past calls are told, too; who asks one question does without them.
    """

    version: int
    client: Short
    lists: bool = True


class Command(_Message, frozen=True, tag="command"):
    """One action; `id` is chosen by the client and repeated in the answer."""

    id: int
    action: Action


class Ping(_Message, frozen=True, tag="ping"):
    """Asks for a `Pong` with the same number."""

    number: int


class EngineHello(_Message, frozen=True, tag="hello"):
    """First line of an engine."""

    version: int
    engine: str
    process: int


class SnapshotMessage(_Message, frozen=True, tag="snapshot"):
    """The whole state: first, and again to a client that has not read for too long."""

    snapshot: Snapshot


class Meters(_Message, frozen=True, tag="meters"):
    """Levels in dBFS (-100 is silence), and whether each side speaks now.

    Attributes:
        voices: in a standard call the level of each member who is heard, by `MemberView.number`.
    """

    microphone: float
    speaker: float
    speaking: bool = False
    peer_speaking: bool = False
    voices: dict[int, float] = {}


class Statistics(_Message, frozen=True, tag="statistics"):
    """Figures of the call since its start; `loss` and `concealed` are shares of frames, 0 to 1.

    Attributes:
        call: the call's number, as in `CallView`.
        delay_ms: mouth to ear as far as this side knows it: half the round trip, jitter buffer
            and devices.
        frames_recovered: those of the lost ones that were played from a copy or by FEC.
        wanted_ms: what the jitter buffer aims at for the quickest frame.
        sending_bitrate: of the sound in one frame, bits a second.
        sending_copies: how many frames earlier the copies are that travel with each frame.
        generation: how many times fresh keys were agreed since the handshake.
        path_number: of the path in use; each that was tried has one.
        path_changes: how many times the call took another path.
        packet_sizes: distinct sizes of sealed packets sent, in bytes.
        setup_ms: from the command to call, or from the answer, to the first authentic frame.
        input_started: monotonic seconds of the first sample read from a file, else 0.
        output_started: monotonic seconds of the first sample written to a file, else 0.
    """

    call: str = ""
    delay_ms: float = 0
    round_trip_ms: float = 0
    jitter_ms: float = 0
    loss: float = 0
    concealed: float = 0
    buffer_ms: float = 0
    frames_sent: int = 0
    frames_received: int = 0
    frames_lost: int = 0
    frames_concealed: int = 0
    frames_recovered: int = 0
    wanted_ms: float = 0
    sending_bitrate: int = 0
    sending_copies: tuple[int, ...] = ()
    foreign_dropped: int = 0
    replayed_dropped: int = 0
    datagrams_filtered: int = 0
    generation: int = 0
    path_number: int = 0
    path_changes: int = 0
    packet_sizes: tuple[int, ...] = ()
    setup_ms: float = 0
    input_started: float = 0
    output_started: float = 0


class Caption(_Message, frozen=True, tag="caption"):
    """What somebody in a call says; kept nowhere, so a screen that comes later has none of before.

    Attributes:
        call: `CallView.id`.
        number: `MemberView.number`, 0 for the person here.
        name: whose words they are.
        utterance: grows with each of the call that is begun to be heard.
        revision: a later one of an utterance replaces the earlier one.
        text: all of the utterance so far.
        stable: so many characters of it stay as they are; the rest is a guess.
        began, ended: seconds since the call began.
        final: the utterance is over; without a text nothing was said after all.
        at: Unix seconds when it was begun to be said.
    """

    call: str
    number: int
    name: str
    utterance: int
    revision: int
    text: str
    stable: int = 0
    began: float = 0
    ended: float = 0
    final: bool = False
    at: float = 0


class Ok(_Message, frozen=True, tag="ok"):
    """The command was carried out; what it gives is named where the order is."""

    id: int
    result: Result = {}


class Error(_Message, frozen=True, tag="error"):
    """The command was not carried out: `detail` says why in a sentence, with its code if any."""

    id: int
    code: ErrorCode
    detail: str
    sentence: SentenceView | None = None


class Pong(_Message, frozen=True, tag="pong"):
    """Answer to `Ping`."""

    number: int


class Farewell(_Message, frozen=True, tag="farewell"):
    """The engine ends because it was told to, and hung up before; no line follows."""


ClientLine = ClientHello | Command | Ping
EngineLine = (
    EngineHello | SnapshotMessage | AnyDelta | Meters | Statistics | Caption | Ok | Error | Pong
    | Farewell
)  # fmt: skip
