"""Parsers of what comes to a bridge and a tap: to the port, and on the streams between them."""

import msgspec
from aioice import stun

from tests.fuzz.examples import json_seeds
from tests.fuzz.target import NotOfThePeer, Target
from tests.support import strangers
from tui_call.bridge_packet import BridgePacket, MalformedPacket, encode_packet, parse_packet
from tui_call.signaling import tap_messages
from tui_call.signaling.bridge_messages import (
    FromWorker,
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
    frames = (TapFrame("room", 1, 1.5, bytes(20)), TapFrame("a" * 64, 254, 1e9, b"x"))
    return [
        Target("check at a bridge", (check(),), take_check, (NotOfThePeer,)),
        Target("who is asked for", (check(), *strangers.STUN.values()), asked_for),
        Target("packet of a bridge", tuple(map(encode_packet, packets)), parse_packet,
               (MalformedPacket,)),
        Target("orders to a bridge", json_seeds(ToWorker, encode_line), to_worker_decoder.decode,
               BAD_JSON),
        Target("what a bridge tells", json_seeds(FromWorker, encode_line),
               from_worker_decoder.decode, BAD_JSON),
        Target("frames to a tap", (b"".join(map(encode_tap_frame, frames)),),
               lambda data: list(TapFrames().feed(data)), (MalformedTapFrame,)),
        Target("orders to a tap", json_seeds(ToTap, tap_messages.encode_line),
               tap_messages.to_tap_decoder.decode, BAD_JSON),
        Target("what a tap tells", json_seeds(FromTap, tap_messages.encode_line),
               tap_messages.from_tap_decoder.decode, BAD_JSON),
    ]  # fmt: skip


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
