"""Every parser of the program that reads what others wrote, with seeds that it takes.

`refuses` are the faults that a parser has for what it does not take; anything else that it raises
is a defect. Sealed parts are tried from inside the seal too, as a dishonest peer can.
"""

import copy
from datetime import UTC, datetime, timedelta
from functools import cache

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.utils import CryptographyDeprecationWarning

from tests.calls.two_devices import World
from tests.e2ee import handshake_reference as reference
from tests.e2ee import sframe_reference, test_linking, test_renewal
from tests.e2ee.call_reference import said
from tests.e2ee.machines import BOB, SDP, WALL, answer, call, callee_entropy, honest, sessions
from tests.fuzz.bridge_targets import bridge_targets
from tests.fuzz.examples import json_seeds
from tests.fuzz.file_targets import file_targets
from tests.fuzz.kept_targets import kept_targets
from tests.fuzz.target import KEY, NotOfThePeer, Target
from tests.support import strangers
from tests.support.fake_engine import ready
from tests.transport.test_description import VERBOSE
from tui_call.calls.events import NoteWritten
from tui_call.config.ice_server import InvalidIceServer, parse_ice_server
from tui_call.control import codec, lines
from tui_call.control.deltas import Delta
from tui_call.control.replica import Replica
from tui_call.e2ee.control_channel import ControlChannel
from tui_call.e2ee.control_messages import decode_control
from tui_call.e2ee.credentials import Credential
from tui_call.e2ee.description import check_description, read_description
from tui_call.e2ee.errors import ProtocolFailure
from tui_call.e2ee.handshake import CalleeHandshake, RefusalReason, refuse
from tui_call.e2ee.key_schedule import ControlKeys
from tui_call.e2ee.media import MediaOpener, MediaSealer
from tui_call.e2ee.messages import MessageType, peek
from tui_call.e2ee.renewal import read_ask, read_give
from tui_call.e2ee.sframe import MalformedHeader, decode_header
from tui_call.payload import (
    Audio,
    Copy,
    End,
    Feedback,
    Hold,
    MalformedPayload,
    Report,
    parse_payload,
)
from tui_call.signaling import administration, administration_answers
from tui_call.signaling import messages as signaling
from tui_call.signaling.device_link import DeviceLink, InvalidDeviceLink, parse_device_link
from tui_call.signaling.invite import InvalidInvite, InviteLink, parse_invite
from tui_call.signaling.pins import ShownCertificate
from tui_call.transport.description import BadDescription, read_answer, read_offer
from tui_call.transport.dtls_mac import with_mac, without_mac

PASSWORD = "of ICE, of the receiver"


@cache
def recorded() -> dict[MessageType, tuple[bytes, ...]]:
    """Return every message of a call with notes, by type."""
    world = World().talk()
    for device in world.devices:
        device.handle(NoteWritten("a note " * 40))
    world.run(1.0)
    world.caller.hang_up()
    world.settle()
    kinds = {peek(payload).type for payload in world.carried}
    return {
        kind: tuple(payload for payload in world.carried if peek(payload).type is kind)
        for kind in kinds
    }


def text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


# The handshake; each parser gets a fresh machine


def handshake_targets() -> list[Target]:
    caller, refusing = call(), call()
    callee = answer(caller.invite)
    waiting = copy.copy(caller)
    caller.receive_respond(callee.respond_message, WALL)
    offer = caller.offer(SDP.encode())
    refusals = tuple(refuse(BOB, refusing.invite, reason) for reason in RefusalReason)
    credentials = (reference.ADA.credential(), reference.BOB.credential(capabilities=9))
    return [
        Target("M1", (waiting.invite,), lambda data: CalleeHandshake.respond(
            BOB, data, callee_entropy()), (ProtocolFailure,), costly=True),
        Target("M2", (callee.respond_message,), lambda data: copy.copy(waiting).receive_respond(
            data, WALL), (ProtocolFailure,), costly=True, exact=True),
        Target("M3", (offer,), lambda data: copy.copy(callee).receive_offer(
            data, WALL, check=read_description),
               (ProtocolFailure,), costly=True, exact=True),
        Target("REFUSE", refusals, lambda data: refusing.receive_refusal(data, WALL),
               (ProtocolFailure,), costly=True, exact=True),
        Target("ABORT and headers", (call().abort(), offer, *refusals), peek, (ProtocolFailure,)),
        Target("credential", credentials, lambda data: Credential.decode(data).check(WALL),
               (ProtocolFailure,), costly=True, exact=True),
        Target("inside M2", (respond_content(),), open_respond, (ProtocolFailure,), costly=True),
        Target("signed offer", (SDP.encode(),), open_signed_offer, (ProtocolFailure,), costly=True),
        Target("inside M3", (offer_content(),), open_offer, (ProtocolFailure,), costly=True),
    ]  # fmt: skip


def respond_content() -> bytes:
    run = honest()
    run.respond(call().invite)
    signed = reference.lh("tr", run.th2, run.cred_b, run.caps_b)
    signature = reference.ed25519(reference.BOB.device_seed).sign(
        reference.P + b" sig r\0" + signed
    )
    return reference.padded(run.cred_b + run.caps_b + signature, 768)


def open_respond(content: bytes) -> object:
    """Let a callee seal anything at all in M2."""
    caller = call()
    return caller.receive_respond(
        honest().respond(caller.invite, content=sized(content, 768)), WALL
    )


def offer_content() -> bytes:
    """Return what M3 holds, but for its signature, which only one answer to the invite has."""
    run = honest()
    plain = run.n_a + run.cred_a + run.caps_a + bytes(64) + SDP.encode()
    return reference.padded(plain, 4096)


def open_offer(content: bytes) -> object:
    run = honest()
    callee = answer(run.m1())
    run.take_respond(run.m1(), callee.respond_message)
    sealed = run.offer(SDP.encode(), content=sized(content, 4096))
    return callee.receive_offer(sealed, WALL)


def open_signed_offer(sdp: bytes) -> object:
    """Let a caller seal and sign anything at all as its session description."""
    run = honest()
    callee = answer(run.m1())
    run.take_respond(run.m1(), callee.respond_message)
    return callee.receive_offer(run.offer(sdp[:12_000]), WALL, check=read_description)


def sized(content: bytes, size: int) -> bytes:
    return content[:size].ljust(size, b"\0")


# What is said under the keys of a call


def control_targets() -> list[Target]:
    caller, _ = sessions()
    wires = tuple(recorded()[MessageType.CTL])
    contents = tuple(bytes(4) + content for content in said().values())

    def receive(data: bytes) -> object:
        return copy.deepcopy(caller.control).receive(data, 0.0)

    known = honest()
    m1 = known.m1()
    known.respond(m1)
    secrets = known.secrets(SDP.encode(), known.offer(SDP.encode()))

    def receive_sealed(data: bytes) -> object:
        return channel_of(secrets).receive(sealed_control(secrets, data), 0.0)

    return [
        Target("CTL", wires, receive),
        Target("inside CTL", contents, receive_sealed),
        Target("control message", tuple(said().values()), decode_control, (ProtocolFailure,)),
    ]


def channel_of(secrets: dict[str, bytes]) -> ControlChannel:
    keys = [
        ControlKeys(0, secrets["th4"], secrets[f"ctl_{way}_key"], secrets[f"ctl_{way}_iv"])
        for way in ("i2r", "r2i")
    ]
    return ControlChannel(reference.CALL_ID, reference.LEG, sending=keys[0], receiving=keys[1])


def sealed_control(secrets: dict[str, bytes], data: bytes) -> bytes:
    """Seal anything as the caller's first message; what is no padded size is padded."""
    whole = data[:8000]
    return reference.control(
        reference.CALL_ID, reference.LEG, secrets["ctl_i2r_key"], secrets["ctl_i2r_iv"],
        secrets["th4"], 0, reference.padded(whole, 256, 1024, 4096, 8192),
    )  # fmt: skip


# Between the devices of one account


def own_device_targets() -> list[Target]:
    hello = test_linking.newcomer().hello
    link = test_linking.open_link()
    link.receive(hello, test_linking.DEVICE, 0)
    linked = link.answer(test_linking.credential(), test_linking.entropy(2))
    secret, pair = test_renewal.SECRET, test_renewal.PAIR
    return [
        Target("link HELLO", (hello,), lambda data: test_linking.open_link().receive(
            data, test_linking.DEVICE, 0), (ProtocolFailure,), exact=True),
        Target("link ANSWER", (linked,), lambda data: test_linking.newcomer().receive(
            data, test_linking.WALL), (ProtocolFailure,), costly=True, exact=True),
        Target("renewal ASK", (test_renewal.asked(),), lambda data: read_ask(
            secret, pair, test_renewal.KEY, data), (ProtocolFailure,), exact=True),
        Target("renewal GIVE", (test_renewal.given_now(),), lambda data: read_give(
            secret, pair, test_renewal.PRESENT, data, test_renewal.WALL),
            (ProtocolFailure,), exact=True),
    ]  # fmt: skip


# Media


def media_targets() -> list[Target]:
    sealer = MediaSealer(KEY)
    blocks = [
        Audio(bytes(40)),
        Copy(1, b"copy"),
        Feedback(3, 4, 5, 6),
        Hold(True),
        End(2),
        Report(7, 8, 9),
    ]
    packets = tuple(sealer.seal(number, blocks) for number in range(1, 20))
    payloads = tuple(
        sframe_reference.payload(9, part, 139)
        for part in (
            b"\1\0\3abc", b"\2\0\5\1copy", b"\3\0\x0a" + bytes(10),
            b"\4\0\1\1\5\0\1\2", b"\x7f\0\0",
        )
    )  # fmt: skip

    def open_any(data: bytes) -> object:
        return opener().open(data, 0.0)

    def open_payload(data: bytes) -> object:
        return opener().open(sframe_reference.seal(KEY, 0, 0, 0, data), 0.0)

    def take_records(data: bytes) -> None:
        if without_mac(data, PASSWORD) is None:
            raise NotOfThePeer

    records = (with_mac(strangers.DTLS["client hello"], PASSWORD), with_mac(b"\x15", PASSWORD))
    return [
        Target("datagram of DTLS", records, take_records, (NotOfThePeer,), exact=True),
        Target("SFrame header", packets, decode_header, (MalformedHeader,)),
        Target("SFrame packet", packets, open_any),
        Target("inside SFrame", payloads, open_payload),
        Target("payload", payloads, parse_payload, (MalformedPayload,)),
    ]


def opener() -> MediaOpener:
    made = MediaOpener()
    made.install(0, KEY)
    return made


# Texts


def text_targets() -> list[Target]:
    descriptions = (SDP.encode(), VERBOSE.encode())
    invite = InviteLink("192.0.2.7", 4433, "abcd2345", KEY)
    v6 = InviteLink("2001:db8::1", 4433, "abcd2345", KEY)
    link = DeviceLink(invite, KEY, bytes(16))
    return [
        Target("SDP rules", descriptions, lambda data: check_description(text(data)),
               (ProtocolFailure,)),
        Target("SDP offer", descriptions[1:], lambda data: read_offer(text(data)),
               (BadDescription,)),
        Target("SDP answer", (VERBOSE.replace("actpass", "active").encode(),),
               lambda data: read_answer(text(data)), (BadDescription,)),
        Target("invite link", (invite.link.encode(), v6.link.encode()),
               lambda data: parse_invite(text(data)), (InvalidInvite,)),
        Target("device link", (link.link.encode(),),
               lambda data: parse_device_link(text(data)), (InvalidDeviceLink,)),
        # The library warns of what it will not take one day.
        Target("certificate of a service", (certificate(),), ShownCertificate.of,
               (ValueError, CryptographyDeprecationWarning)),
        Target("STUN or TURN server",
               (b"stun:[2001:db8::1]:3478", b"turns:ada:word@relay.example:443?transport=tcp"),
               lambda data: parse_ice_server(text(data)), (InvalidIceServer,)),
        Target("signaling to the service", json_seeds(signaling.ClientMessage, signaling.encode),
               signaling.decode_client, (signaling.MalformedMessage,)),
        Target("signaling to a client", json_seeds(signaling.ServiceMessage, signaling.encode),
               signaling.decode_service, (signaling.MalformedMessage,)),
        Target("asked as an administrator", json_seeds(administration.Request,
               administration.encode), administration.decode, (signaling.MalformedMessage,)),
        Target("answered to an administrator", json_seeds(administration_answers.Answer,
               administration_answers.encode_answer),
               lambda data: administration_answers.answer_of(msgspec.json.decode(data)),
               (signaling.MalformedMessage, msgspec.DecodeError, UnicodeDecodeError,
                RecursionError)),
        Target("control socket to the engine",
               json_seeds(lines.ClientLine, codec.encode),
               codec.decode_client, (codec.MalformedLine,)),
        Target("control socket to a screen",
               json_seeds(lines.EngineLine, codec.encode), told, (codec.MalformedLine,)),
    ]  # fmt: skip


def certificate() -> bytes:
    """Return the same certificate (DER) each time."""
    key, name = Ed25519PrivateKey.from_private_bytes(KEY), x509.Name([])
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=90))
        .sign(key, None)
    )
    return made.public_bytes(Encoding.DER)


def told(line: bytes) -> object:
    """Take a line of an engine as a screen does; return what is shown then."""
    message = codec.decode_engine(line)
    copy = Replica(message.snapshot if isinstance(message, lines.SnapshotMessage) else ready())
    if isinstance(message, Delta):
        copy.apply(message)
    return copy.snapshot


# Files


@cache
def targets() -> tuple[Target, ...]:
    """Return all parsers."""
    return (
        *handshake_targets(),
        *control_targets(),
        *own_device_targets(),
        *media_targets(),
        *text_targets(),
        *bridge_targets(),
        *kept_targets(),
        *file_targets(),
    )
