"""Parsers of what comes to a bridge and a tap: to the port, and on the streams between them."""

import msgspec
from aioice import stun

from tests.fuzz.examples import json_seeds
from tests.fuzz.target import NotOfThePeer, Target
from tests.support import strangers
from tests.support.bridge_rooms import Scene, people
from tests.support.whole_frame import whole_frame
from tui_call.bridge_packet import (
    HOP,
    MUTED,
    BridgePacket,
    MalformedPacket,
    encode_packet,
    parse_packet,
)
from tui_call.payload import Audio, Copy, Feedback, Report
from tui_call.signaling import tap_messages
from tui_call.signaling.bridge_messages import (
    CloseRoom,
    FromWorker,
    PlayTone,
    SetRoom,
    ToWorker,
    encode_line,
    from_worker_decoder,
    to_worker_decoder,
)
from tui_call.signaling.tap_messages import FromTap, ToTap
from tui_call.tap_frame import MalformedTapFrame, TapFrame, TapFrames, encode_tap_frame
from tui_call.transport.bridge_stun import asked_for, authentic_check

USERNAME, PASSWORD = b"theirs:ours", b"of ICE, of the leg"
BAD_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def bridge_targets() -> list[Target]:
    packets = (BridgePacket(7, 1, 40, 0, bytes(20)), BridgePacket(2**32 - 1, 255, 255, 3, b"x"))
    frames = (TapFrame("room", 1, 1.5, 75, bytes(20)), TapFrame("a" * 64, 254, 1e9, 2**40, b"x"))
    return [
        Target("check at a bridge", (check(),), take_check, (NotOfThePeer,)),
        Target("who is asked for", (check(), *strangers.STUN.values()), asked_for),
        Target("packet of a bridge", tuple(map(encode_packet, packets)), parse_packet,
               (MalformedPacket,)),
        Target("packet at a bridge", (*map(encode_packet, packets), *spoken()), take_packet),
        Target("orders to a bridge", json_seeds(ToWorker, encode_line), obey, BAD_JSON),
        Target("what a bridge tells", json_seeds(FromWorker, encode_line),
               from_worker_decoder.decode, BAD_JSON),
        Target("frames to a tap", (b"".join(map(encode_tap_frame, frames)),),
               lambda data: list(TapFrames().feed(data)), (MalformedTapFrame,)),
        Target("orders to a tap", json_seeds(ToTap, tap_messages.encode_line),
               tap_messages.to_tap_decoder.decode, BAD_JSON),
        Target("what a tap tells", json_seeds(FromTap, tap_messages.encode_line),
               tap_messages.from_tap_decoder.decode, BAD_JSON),
    ]  # fmt: skip


def spoken() -> tuple[bytes, ...]:
    """Return what a device says of the way to it, and a frame of sound."""
    feedback = whole_frame(0, (Feedback(100, 0, 0, 0), Report(7, 0, 10)))
    sound = whole_frame(9, (Audio(bytes(20)), Copy(3, bytes(9))))
    said = BridgePacket(8, HOP, MUTED, 0, feedback), BridgePacket(9, 1, 30, 0, sound)
    return tuple(map(encode_packet, said))


def take_packet(data: bytes) -> None:
    """Take it of somebody who hears and is heard, where nothing is kept and where it is."""
    scene = Scene(people(3))
    for tapped in (False, True):
        scene.tell(people(3), tapped=tapped)
        scene.rooms.packet("leg1", data, scene.now)
        scene.say("leg2")
        scene.pass_time()


def obey(line: bytes) -> None:
    """Do it, and go on."""
    order, scene = to_worker_decoder.decode(line), Scene(people(3))
    if isinstance(order, SetRoom | CloseRoom | PlayTone):
        scene.rooms.order(order, scene.now)
    scene.say("leg1")
    scene.pass_time()


def check() -> bytes:
    message = stun.Message(
        message_method=stun.Method.BINDING,
        message_class=stun.Class.REQUEST,
        transaction_id=bytes(range(12)),
        attributes={"USERNAME": USERNAME.decode(), "PRIORITY": 1, "ICE-CONTROLLING": 1},
    )
    message.add_message_integrity(PASSWORD)
    return bytes(message)


def take_check(data: bytes) -> None:
    if asked_for(data) != USERNAME or authentic_check(data, PASSWORD) is None:
        raise NotOfThePeer
